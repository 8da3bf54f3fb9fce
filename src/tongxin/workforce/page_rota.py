"""A week of shifts in words: tables, cells, what is empty, fairness. Nothing is read or decided here."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tongxin.workforce import api, wording
from tongxin.workforce.page_tables import when

_GOING = ("WAITING", "RUNNING")
_MOST_NAMES = 5


def weekday(day: date) -> str:
    """Return a day as it heads a column: Mon 7 Nov."""
    return date_format(day, pgettext("format of a weekday with its date", "D j M"))


def week_name(week_date: date) -> str:
    """Return a week by its first and last day."""
    shown = pgettext("format of a day, see Django's date filter", "j M")
    return _("%(first)s to %(last)s") % {
        "first": date_format(week_date, shown),
        "last": date_format(week_date + timedelta(days=6), shown),
    }


def rota_card(rota: api.Rota | None) -> dict[str, Any] | None:
    """Return how far a week is, or what became of it; None without one."""
    if rota is None:
        return None
    return {
        "uuid": rota.uuid,
        "state": rota.state,
        "is_going": rota.state in _GOING,
        "percent": rota.share,
        "text": str(wording.ROTA_STATES[rota.state]),
        "tone": wording.ROTA_TONES.get(rota.state, "info"),
        "at": when(rota.settled_at or rota.finished_at or rota.asked_at),
        "url": reverse("workforce:rota", args=[rota.uuid])
        if rota.state not in (*_GOING, "FAILED", "CANCELLED")
        else "",
    }


def slot_text(slot: api.Slot) -> str:
    """Return a shift in words: 08:00-16:00 Sampling."""
    return f"{clocks(slot.span.starts_at, slot.span.ends_at)} {slot_skill(slot)}"


def slot_skill(slot: api.Slot) -> str:
    """Return the skill that a shift asks for."""
    return str(wording.SKILLS.get(slot.skill, slot.skill)) if slot.skill else _("Any skill")


def clocks(start: datetime, end: datetime) -> str:
    """Return from when until when by the clock."""
    return f"{localtime(start):%H:%M}–{localtime(end):%H:%M}"


def _of_person(rota: api.Rota, slots: Mapping[str, api.Slot], who: int) -> dict[int, list[api.Slot]]:
    found: dict[int, list[api.Slot]] = {}
    for one, what in rota.pairs:
        if one == who and what in slots:
            found.setdefault(slots[what].day, []).append(slots[what])
    return found


def grid_table(
    rota: api.Rota, facts: api.RotaFacts, people: Iterable[api.Responder], broken: Mapping[tuple[int, int], str]
) -> dict[str, Any]:
    """Return people x days: what each works, or in a word why not. `broken`: (person, day) -> sentence."""
    slots = {slot.id: slot for slot in facts.slots}
    shares = week_shares(rota, facts)
    days = [day for day in range(7) if rota.week_date + timedelta(days=day) >= rota.from_date]
    rows = []
    for person in people:
        mine = _of_person(rota, slots, person.pk)
        own = rota.cells.get(str(person.pk), {})
        share = shares.get(person.pk)
        rows.append(
            {
                "code": person.code,
                "url": reverse("workforce:rota_person", args=[rota.uuid, person.uuid]),
                "cells": [
                    _grid_cell(mine.get(day, []), own.get(str(day), _NOTHING), broken.get((person.pk, day), ""))
                    | {"label": weekday(rota.week_date + timedelta(days=day))}
                    for day in days
                ],
                "hours": wording.hours(share.minutes) if share else "",
            }
        )
    return {"days": [weekday(rota.week_date + timedelta(days=day)) for day in days], "rows": rows}


_NOTHING: Mapping[str, Any] = {"why": "NO_SHIFT", "numbers": {}}


def week_shares(rota: api.Rota, facts: api.RotaFacts) -> dict[int, api.Share]:
    """Return what the week asks of each person."""
    known = {slot.id for slot in facts.slots}
    return api.shares(facts.problem, [(who, what) for who, what in rota.pairs if what in known], facts.slots)


def _grid_cell(mine: Sequence[api.Slot], cell: Mapping[str, Any], broken: str) -> dict[str, Any]:
    tone = "error" if broken else "success" if mine else "warning" if cell["why"] == "ABSENT" else ""
    return {
        "shifts": [
            {"clocks": clocks(slot.span.starts_at, slot.span.ends_at), "skill": slot_skill(slot)} for slot in mine
        ],
        "short": wording.rota_short(cell),
        "tone": tone,
        "icon": {"error": "exclamation-triangle", "warning": "person-x"}.get(tone, ""),
    }


def broken_cells(
    broken: Iterable[tuple[int, str, Any]], slots: Mapping[str, api.Slot], codes: Mapping[int, str]
) -> tuple[dict[tuple[int, int], str], list[str]]:
    """Return broken rules by (person, day), and as sentences with person and shift."""
    cells: dict[tuple[int, int], str] = {}
    sentences = []
    for who, what, rule in broken:
        if what not in slots:
            continue
        slot = slots[what]
        text = _("%(who)s, %(day)s %(shift)s: %(why)s.") % {
            "who": codes.get(who, _("Somebody who is out of service")),
            "day": weekday(localtime(slot.span.starts_at).date()),
            "shift": slot_text(slot),
            "why": wording.ROTA_RULES[rule.value],
        }
        cells[who, slot.day] = text
        sentences.append(text)
    return cells, sentences


def empty_table(rota: api.Rota, slots: Mapping[str, api.Slot], codes: Mapping[int, str]) -> dict[str, Any]:
    """Return the shifts that miss people, a line for all days of one shift; what forbids it, and the smallest relief.

    Why and relief are those of the day that misses most.
    """
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for entry in rota.empty:
        if entry["slot"] in slots:
            groups.setdefault(entry["slot"].partition("-")[0], []).append(entry)
    rows = []
    for entries in sorted(groups.values(), key=lambda group: -sum(one["people"] for one in group)):
        worst = max(entries, key=lambda one: one["people"])
        rows.append(
            {
                "cells": [
                    {"text": slot_text(slots[worst["slot"]]), "is_head": True},
                    pgettext("between items of a list", ", ").join(_missing(entry, slots) for entry in entries),
                    _bindings(worst),
                    _relief(worst["relief"], codes),
                ]
            }
        )
    return {
        "caption": _("Shifts without enough people"),
        "columns": [
            {"key": "shift", "label": _("Shift")},
            {"key": "missing", "label": _("Missing")},
            {"key": "why", "label": _("What keeps the others")},
            {"key": "relief", "label": _("The smallest relief")},
        ],
        "rows": rows,
        "empty_heading": _("Every shift has its people"),
        "empty_text": _("Nothing is missing in this week."),
    }


def _missing(entry: Mapping[str, Any], slots: Mapping[str, api.Slot]) -> str:
    slot = slots[entry["slot"]]
    return _("%(day)s %(missing)s of %(people)s") % {
        "day": date_format(localtime(slot.span.starts_at), "D"),
        "missing": entry["people"],
        "people": slot.people,
    }


def _bindings(entry: Mapping[str, Any]) -> str:
    """Return what keeps how many from a shift; who lacks the skill is not worth a word where others are kept too."""
    told = {rule: count for rule, count in entry["bindings"].items() if rule in wording.ROTA_RULES}
    if len(told) > 1:
        told.pop("SKILL", None)
    why = [
        _("%(people)s × %(why)s") % {"people": count, "why": wording.ROTA_RULES[rule]} for rule, count in told.items()
    ]
    return pgettext("between parts of a sentence", "; ").join(why)


def _relief(relief: Mapping[str, Any], codes: Mapping[int, str]) -> str:
    joint = pgettext("between items of a list", ", ")
    names = [codes[pk] for pk in relief.get("people", ()) if pk in codes][:_MOST_NAMES]
    return str(wording.ROTA_RELIEF[relief["kind"]]) % wording.with_hours({**relief, "people": joint.join(names)})


def fairness_table(rota: api.Rota, facts: api.RotaFacts) -> dict[str, Any]:
    """Return least, mean and most of hours, nights, weekend shifts, free days and load: fairness in figures."""
    shares = list(week_shares(rota, facts).values())
    days = len({slot.day for slot in facts.slots})
    figures = [
        (_("Hours in this week"), [share.minutes / 60 for share in shares]),
        (_("Night shifts"), [float(share.nights) for share in shares]),
        (_("Shifts at the weekend"), [float(share.weekend) for share in shares]),
        (_("Days without a shift"), [float(days - share.days) for share in shares]),
        (_("Weighted hours with the seven days before"), [share.load / 60 for share in shares]),
    ]
    return {
        "caption": _("How fair it is"),
        "columns": [
            {"key": "what", "label": _("Of one person")},
            {"key": "least", "label": pgettext("a number", "Least"), "is_number": True},
            {"key": "mean", "label": pgettext("a number", "Mean"), "is_number": True},
            {"key": "most", "label": pgettext("a number", "Most"), "is_number": True},
        ],
        "rows": [
            {
                "cells": [
                    {"text": label, "is_head": True},
                    _number(min(values)),
                    _number(sum(values) / len(values)),
                    _number(max(values)),
                ]
            }
            for label, values in figures
            if values
        ],
        "empty_heading": _("Nobody could be asked"),
        "empty_text": "",
    }


def _number(value: float) -> str:
    rounded = round(value, 1)
    return str(int(rounded)) if rounded == int(rounded) else str(rounded)


def person_days(
    rota: api.Rota, facts: api.RotaFacts, person: api.Responder, broken: Mapping[tuple[int, int], str]
) -> list[dict[str, Any]]:
    """Return a person's week: each day with its shift or the reason for none, and what can be chosen instead."""
    slots = {slot.id: slot for slot in facts.slots}
    mine = _of_person(rota, slots, person.pk)
    found = []
    for day in range(7):
        on = rota.week_date + timedelta(days=day)
        if on < rota.from_date:
            continue
        cell = rota.cells.get(str(person.pk), {}).get(str(day), {"why": "NO_SHIFT", "numbers": {}})
        here = mine.get(day, [])
        found.append(
            {
                "number": day,
                "name": weekday(on),
                "text": "; ".join(slot_text(slot) for slot in here),
                "short": wording.rota_short(cell),
                "why": wording.rota_why(cell),
                "broken": broken.get((person.pk, day), ""),
                "is_away": cell["why"] == "ABSENT",
                "choices": [(slot.id, slot_text(slot), slot in here) for slot in facts.slots if slot.day == day],
            }
        )
    return found


def my_days(
    week_date: date,
    at: datetime,
    shifts: Sequence[api.Shift],
    absences: Sequence[api.Absence],
    cells: Mapping[str, Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """Return one's own week: each day with its shifts, told absences, the reason, and what can be said about it."""
    found = []
    for day in range(7):
        on = week_date + timedelta(days=day)
        start, end = api.midnight_of(on), api.midnight_of(on + timedelta(days=1))
        here = [row for row in shifts if start <= row.starts_at < end]
        gone = [row for row in absences if row.starts_at < end and row.ends_at > start]
        whole = any(row.starts_at <= max(start, at) and row.ends_at >= end for row in gone)
        cell = cells.get(str(day))
        found.append(
            {
                "day": on.isoformat(),
                "name": weekday(on),
                "is_over": end <= at,
                "is_today": start <= at < end,
                "shifts": [clocks(row.starts_at, row.ends_at) + (" ☾" if row.is_night else "") for row in here],
                "away": [{"uuid": row.uuid, "text": f"{when(row.starts_at)} – {when(row.ends_at)}"} for row in gone],
                "why": wording.rota_why(cell) if cell and not gone else "",
                "may_refuse": end > at and not whole,
                "may_offer": end > at and not here and not gone,
            }
        )
    return found
