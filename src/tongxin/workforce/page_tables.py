"""Tables and cards of this room's pages as plain dicts. Nothing is read here and nothing is decided."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tongxin.community.api import mask_name
from tongxin.workforce import api, wording


def when(at: datetime | None) -> str:
    """Return a moment as it is shown: 11月3日 08:00."""
    if at is None:
        return ""
    return date_format(localtime(at), pgettext("format of a moment, see Django's date filter", "j M H:i"))


def responder_table(
    rows: Iterable[api.Responder], on_shift: set[int], absent: set[int], *, with_links: bool = True
) -> dict[str, Any]:
    """Return a page of responders with masked names; links only for those who may open a responder's page."""
    return {
        "caption": _("Responders"),
        "columns": [
            {"key": "code", "label": _("Code")},
            {"key": "name", "label": _("Name")},
            {"key": "kind", "label": _("Kind")},
            {"key": "skills", "label": _("Skills")},
            {"key": "department", "label": _("Department")},
            {"key": "state", "label": _("Now")},
            {"key": "cohort", "label": _("Cohort")},
        ],
        "rows": [
            {
                "cells": [
                    _code_cell(row, with_links=with_links),
                    mask_name(row.name),
                    wording.kind_in_words(row.kind),
                    wording.skill_list(row.skills),
                    _department(row),
                    _now(row, on_shift, absent),
                    _cohort(row),
                ]
            }
            for row in rows
        ],
        "empty_heading": _("Nobody here yet"),
        "empty_text": _("Import the list of volunteers, staff, medics and drivers, or try another filter."),
    }


def _code_cell(row: api.Responder, *, with_links: bool) -> dict[str, Any]:
    cell: dict[str, Any] = {"text": row.code, "is_head": True}
    return cell | {"url": reverse("workforce:responder", args=[row.uuid])} if with_links else cell


def _department(row: api.Responder) -> str:
    home = row.department.name if row.department else ""
    if row.seconded_to:
        return _("%(home)s, seconded to %(other)s") % {"home": home, "other": row.seconded_to.name}
    return home


def _now(row: api.Responder, on_shift: set[int], absent: set[int]) -> dict[str, str]:
    if not row.is_active:
        return {"text": _("Not in service"), "tone": "debug", "icon": "x-circle"}
    if row.pk in absent:
        return {"text": _("Away"), "tone": "warning", "icon": "person-x"}
    if row.pk in on_shift:
        return {"text": _("On shift"), "tone": "success", "icon": "person-check"}
    return {"text": _("Off duty"), "tone": "info", "icon": "moon-stars"}


def _cohort(row: api.Responder) -> dict[str, str]:
    if row.cohort == "HOT":
        return {"text": str(wording.COHORTS["HOT"]), "tone": "error", "icon": "exclamation-triangle"}
    return {"text": str(wording.COHORTS["CLEAN"]), "tone": "success", "icon": "check-circle"}


def state_facts(state: api.ResponderState, limits: api.WorkLimits) -> list[tuple[str, str]]:
    """Return hours today, this week, the last rest, nights, equipment and load in words."""
    hours = wording.hours
    facts = [
        (
            _("Hours today"),
            _("%(worked)s of at most %(most)s")
            % {"worked": hours(state.minutes_today), "most": hours(limits.shift_min)},
        ),
        (
            _("Hours this week"),
            _("%(worked)s of at most %(most)s") % {"worked": hours(state.minutes_week), "most": hours(limits.week_min)},
        ),
        (
            _("Days in a row before today"),
            _("%(days)s of at most %(most)s") % {"days": state.days_in_row, "most": limits.days_in_a_row},
        ),
        (_("Last shift ended"), when(state.last_duty_end_at) or _("long ago")),
        (_("Weighted hours of seven days"), hours(state.load_7d)),
    ]
    if state.shift_started_at:
        facts.insert(0, (_("On duty since"), when(state.shift_started_at)))
    if state.ppe_minutes_since_break:
        facts.append(
            (
                _("Protective equipment without a break"),
                _("%(worked)s of at most %(most)s")
                % {"worked": hours(state.ppe_minutes_since_break), "most": hours(limits.ppe_min)},
            )
        )
    return facts


def permitted_rows(items: Iterable[api.Permitted]) -> list[dict[str, Any]]:
    """Return what somebody may do now, and what says no with its numbers."""
    return [
        {
            "label": str(wording.QUESTIONS[item.code]),
            "is_allowed": item.is_allowed,
            "reasons": [wording.rule_sentence(broken) for broken in item.broken],
        }
        for item in items
    ]


def week_table(
    start: datetime,
    people: Iterable[api.Responder],
    shifts: Mapping[int, Sequence[api.Shift]],
    absences: Mapping[int, Sequence[api.Absence]],
    *,
    with_links: bool = True,
) -> dict[str, Any]:
    """Return a week of shifts: one row a person, one column a day."""
    days = [start + timedelta(days=n) for n in range(7)]
    return {
        "caption": _("Shifts of the week"),
        "columns": [
            {"key": "who", "label": _("Person")},
            *(
                {"key": str(n), "label": date_format(day, pgettext("format of a weekday with its date", "D j M"))}
                for n, day in enumerate(days)
            ),
        ],
        "rows": [
            {
                "cells": [
                    _code_cell(row, with_links=with_links),
                    *(_day_cell(day, shifts.get(row.pk, ()), absences.get(row.pk, ())) for day in days),
                ]
            }
            for row in people
        ],
        "empty_heading": _("No shifts this week"),
        "empty_text": _("Shifts come with the import of the list, or are agreed on a person's page."),
    }


def _day_cell(day: datetime, shifts: Sequence[api.Shift], absences: Sequence[api.Absence]) -> dict[str, str] | str:
    until = day + timedelta(days=1)
    if any(row.starts_at < until and row.ends_at > day for row in absences):
        return {"text": _("Away"), "tone": "warning", "icon": "person-x"}
    texts = [
        f"{localtime(row.starts_at):%H:%M}–{localtime(row.ends_at):%H:%M}" + (" ☾" if row.is_night else "")
        for row in shifts
        if day <= row.starts_at < until
    ]
    return "; ".join(texts)
