"""Rows of lists as the table of the pages wants them: plain dicts, names masked."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tongxin.community import api as community
from tongxin.tracing import rules, wording


def when(value: datetime | date | None) -> str:
    """This function will return a moment or a day in the words of the reader's language and the site's time."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return date_format(localtime(value), pgettext("format of a moment, see Django's date filter", "j M H:i"))
    return date_format(value, pgettext("format of a day, see Django's date filter", "j M"))


def _column(key: str, label: str, *, is_number: bool = False) -> dict[str, Any]:
    return {"key": key, "label": label, "is_number": is_number}


def _door(person: Any) -> str:
    return person.dwelling.door if person.dwelling else pgettext("tracing", "no door known")


def investigation_table(rows: Iterable[Any], contacts: Mapping[int, int], at: datetime) -> dict[str, Any]:
    """This function will return the list of investigations with their three deadlines."""
    columns = [
        _column("door", pgettext("tracing", "Case")),
        _column("state", pgettext("tracing", "State")),
        _column("opened", pgettext("tracing", "Known since")),
        _column("onset", _("First symptoms")),
        _column("contacts", pgettext("tracing", "Contacts listed"), is_number=True),
        _column("report", _("Network report")),
        _column("track", _("Track")),
        _column("first", _("First report")),
    ]
    cells = [_investigation_row(row, contacts.get(row.person_id, 0), at) for row in rows]
    return {
        "caption": _("Investigations, newest first"),
        "columns": columns,
        "rows": cells,
        "empty_heading": _("No investigation matches"),
        "empty_text": _("An investigation opens by itself when somebody becomes a case."),
    }


def _investigation_row(row: Any, contacts: int, at: datetime) -> list[Any]:
    name = f"{_door(row.person)} {community.masked_name(row.person)}"
    url = reverse("tracing:investigation", args=[row.uuid])
    tone = {"OPEN": "warning", "INTERVIEWED": "info", "DONE": "success"}[row.state]
    return [
        {"text": name, "url": url, "is_head": True},
        {"text": wording.of(wording.STATES, row.state), "tone": tone},
        when(row.opened_at),
        when(row.onset_date),
        {"text": contacts, "url": reverse("tracing:contacts", args=[row.uuid])},
        deadline(row.report_due_at, row.opened_at, at),
        deadline(row.track_due_at, row.interviewed_at, at),
        deadline(row.first_report_due_at, row.finished_at, at),
    ]


def deadline(due_at: datetime, done_at: datetime | None, at: datetime) -> dict[str, Any]:
    """This function will return a deadline as a cell: late, done in time, or due."""
    late = rules.is_late(due_at, done_at, at)
    if late and done_at is None:
        return {"text": _("Late since %(time)s") % {"time": when(due_at)}, "tone": "error", "icon": "clock"}
    if done_at is not None:
        words = _("Late, done %(time)s") if late else _("Done %(time)s")
        tone, icon = ("warning", "clock") if late else ("success", "check-circle")
        return {"text": words % {"time": when(done_at)}, "tone": tone, "icon": icon}
    return {"text": _("Due %(time)s") % {"time": when(due_at)}, "tone": "info", "icon": "hourglass-split"}


def managed_table(rows: Sequence[Any], stages: Mapping[int, Any], late: set[int], today: date) -> dict[str, Any]:
    """This function will return the management list."""
    columns = [
        _column("person", pgettext("tracing", "Person")),
        _column("class", pgettext("tracing", "Class")),
        _column("stage", pgettext("tracing", "Stage today")),
        _column("last", _("Last contact")),
        _column("release", _("Release on")),
        _column("state", pgettext("tracing", "State")),
    ]
    cells = [_managed_row(row, stages.get(row.pk), row.person_id in late, today) for row in rows]
    return {
        "caption": _("People under management, next release first"),
        "columns": columns,
        "rows": cells,
        "empty_heading": _("Nobody matches"),
        "empty_text": _("People come here when their contacts are listed through the plan."),
    }


def _managed_row(row: Any, stage: Any | None, is_late: bool, today: date) -> list[Any]:
    url = reverse("tracing:management", args=[row.uuid])
    state: dict[str, Any] = {"text": wording.of(wording.MANAGEMENT_STATES, row.state)}
    if row.state == "ACTIVE" and is_late:
        state = {"text": _("Missed a test"), "tone": "error", "icon": "clock"}
    elif row.state == "ACTIVE" and row.release_date <= today:
        state = {"text": _("Release is due"), "tone": "warning", "icon": "hourglass-split"}
    return [
        {"text": f"{_door(row.person)} {community.masked_name(row.person)}", "url": url, "is_head": True},
        wording.of(wording.CLASSES, row.person_class),
        wording.of(wording.MODES, stage.mode) if stage and row.state == "ACTIVE" else "",
        when(row.last_contact_date),
        when(row.release_date),
        state,
    ]


def tests_table(rows: Sequence[tuple[Any, Any]], on_date: date) -> dict[str, Any]:
    """This function will return the tests that are due on a day, and those missed before it."""
    columns = [
        _column("person", pgettext("tracing", "Person")),
        _column("day", _("Test day")),
        _column("state", pgettext("tracing", "State")),
    ]
    return {
        "caption": _("Tests of people under management, in walking order"),
        "columns": columns,
        "rows": [
            [
                {"text": f"{_door(person)} {community.masked_name(person)}", "is_head": True},
                when(duty.due_date),
                test_state(duty, on_date),
            ]
            for person, duty in rows
        ],
        "empty_heading": _("No test is due on this day"),
        "empty_text": _("Test days come from the rule set when contacts are listed."),
    }


def test_state(duty: Any, today: date) -> dict[str, Any]:
    """This function will return a test day as a cell."""
    if duty.done_at is not None:
        return {"text": _("Sampled %(time)s") % {"time": when(duty.done_at)}, "tone": "success", "icon": "check-circle"}
    if duty.due_date < today:
        return {"text": pgettext("tracing", "Missed"), "tone": "error", "icon": "clock"}
    return {"text": pgettext("tracing", "Due"), "tone": "info", "icon": "hourglass-split"}


def shift_table(rows: Sequence[Any], people: Mapping[int, Any]) -> dict[str, Any]:
    """This function will return how management changes under another rule set, person by person."""
    columns = [
        _column("person", pgettext("tracing", "Person")),
        _column("class", pgettext("tracing", "Class")),
        _column("change", pgettext("tracing", "Change")),
        _column("before", _("Release before")),
        _column("after", _("Release after")),
        _column("days", pgettext("tracing", "Days"), is_number=True),
        _column("tests_before", _("Tests ahead before"), is_number=True),
        _column("tests_after", _("Tests ahead after"), is_number=True),
    ]
    return {
        "caption": _("What would change for each person"),
        "columns": columns,
        "rows": [_shift_row(row, people[row.person_id]) for row in rows if row.person_id in people],
        "empty_heading": _("Nothing changes"),
        "empty_text": _("Everybody under management follows this rule set already."),
    }


def _shift_row(row: Any, person: Any) -> list[Any]:
    tone = {"SHORTER": "success", "ENDS": "success", "LONGER": "warning", "TESTS": "info"}.get(row.kind)
    change: dict[str, Any] = {"text": wording.of(wording.SHIFTS, row.kind)}
    if tone:
        change["tone"] = tone
    return [
        {"text": f"{_door(person)} {community.masked_name(person)}", "is_head": True},
        wording.of(wording.CLASSES, row.person_class),
        change,
        when(row.before_release),
        when(row.after_release),
        f"{row.days:+d}" if row.days else "0",
        row.before_tests,
        row.after_tests,
    ]


def stage_bar(stages: Sequence[Any], tests: Sequence[Any], *, last_contact: date, today: date) -> list[dict[str, Any]]:
    """This function will return the stages of a person, each with its days marked: past, today, tests.

    Days run from the last contact (day 0) to the release; a day is a plain dict, so that the page needs no arithmetic.
    """
    by_day = {duty.due_date: duty for duty in tests}
    found = []
    for stage in stages:
        length = (stage.ends_date - stage.starts_date).days + 1
        days = [stage.starts_date + timedelta(days=number) for number in range(min(length, 60))]
        found.append(
            {
                "label": wording.of(wording.MODES, stage.mode),
                "starts": stage.starts_date,
                "ends": stage.ends_date,
                "is_now": stage.starts_date <= today <= stage.ends_date,
                "days": [
                    {
                        "date": day,
                        "number": (day - last_contact).days,
                        "is_today": day == today,
                        "is_past": day < today,
                        "test": test_state(by_day[day], today) if day in by_day else None,
                    }
                    for day in days
                ],
            }
        )
    return found


def tries(rows: Sequence[Any]) -> list[str]:
    """This function will tell how each try of an interview ended, in a sentence each."""
    found = []
    for row in rows:
        words = {"number": row.number, "at": when(row.unreached_at or row.ordered_at)}
        if row.unreached_at and row.is_at_door:
            text = _("Try %(number)s, at the door: not reached, %(at)s.")
        elif row.unreached_at:
            text = _("Try %(number)s: not reached, %(at)s.")
        elif row.is_at_door:
            text = _("Try %(number)s, at the door: ordered %(at)s.")
        else:
            text = _("Try %(number)s: ordered %(at)s.")
        found.append(text % words)
    return found
