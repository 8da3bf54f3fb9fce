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
    skill = wording.SKILLS.get(slot.skill, slot.skill) if slot.skill else _("Any skill")
    return f"{clocks(slot.span.starts_at, slot.span.ends_at)} {skill}"


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
    shares = api.shares(facts.problem, [tuple(pair) for pair in rota.pairs if pair[1] in slots], facts.slots)
    days = [day for day in range(7) if rota.week_date + timedelta(days=day) >= rota.from_date]
    rows = []
    for person in people:
        mine = _of_person(rota, slots, person.pk)
        share = shares.get(person.pk)
        cells: list[Any] = [
            {
                "text": person.code,
                "url": reverse("workforce:rota_person", args=[rota.uuid, person.uuid]),
                "is_head": True,
            }
        ]
        for day in days:
            cell = rota.cells.get(str(person.pk), {}).get(str(day), {"why": "NO_SHIFT", "numbers": {}})
            cells.append(_grid_cell(mine.get(day, []), cell, broken.get((person.pk, day), "")))
        cells.append(wording.hours(share.minutes) if share else "")
        rows.append({"cells": cells})
    return {
        "caption": _("Who works when"),
        "columns": [
            {"key": "who", "label": _("Person")},
            *({"key": str(day), "label": weekday(rota.week_date + timedelta(days=day))} for day in days),
            {"key": "hours", "label": _("Hours"), "is_number": True},
        ],
        "rows": rows,
        "empty_heading": _("Nobody could be asked"),
        "empty_text": _(
            "Nobody with these skills offered times in this week. Ask everybody in service, or import offers."
        ),
    }


def _grid_cell(mine: Sequence[api.Slot], cell: Mapping[str, Any], broken: str) -> dict[str, str]:
    if broken:
        return {"text": "; ".join(slot_text(slot) for slot in mine), "tone": "error", "icon": "exclamation-triangle"}
    if mine:
        return {"text": "; ".join(slot_text(slot) for slot in mine), "tone": "success", "icon": "person-check"}
    if cell["why"] == "ABSENT":
        return {"text": wording.rota_short(cell), "tone": "warning", "icon": "person-x"}
    return {"text": wording.rota_short(cell)}


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
    """Return the shifts that miss people, what forbids it, and the smallest relief."""
    rows = []
    for entry in rota.empty:
        slot = slots.get(entry["slot"])
        if slot is None:
            continue
        why = [
            _("%(people)s × %(why)s") % {"people": count, "why": wording.ROTA_RULES[rule]}
            for rule, count in entry["bindings"].items()
            if rule in wording.ROTA_RULES
        ]
        rows.append(
            {
                "cells": [
                    {"text": weekday(localtime(slot.span.starts_at).date()), "is_head": True},
                    slot_text(slot),
                    {"text": _("%(missing)s of %(people)s") % {"missing": entry["people"], "people": slot.people},
                     "tone": "error", "icon": "exclamation-triangle"},
                    pgettext("between parts of a sentence", "; ").join(why),
                    _relief(entry["relief"], codes),
                ]
            }
        )  # fmt: skip
    return {
        "caption": _("Shifts without enough people"),
        "columns": [
            {"key": "day", "label": _("Day")},
            {"key": "shift", "label": _("Shift")},
            {"key": "missing", "label": _("Missing")},
            {"key": "why", "label": _("What keeps the others")},
            {"key": "relief", "label": _("The smallest relief")},
        ],
        "rows": rows,
        "empty_heading": _("Every shift has its people"),
        "empty_text": _("Nothing is missing in this week."),
    }


def _relief(relief: Mapping[str, Any], codes: Mapping[int, str]) -> str:
    joint = pgettext("between items of a list", ", ")
    names = [codes[pk] for pk in relief.get("people", ()) if pk in codes][:_MOST_NAMES]
    return str(wording.ROTA_RELIEF[relief["kind"]]) % wording.with_hours({**relief, "people": joint.join(names)})


def fairness_table(rota: api.Rota, facts: api.RotaFacts) -> dict[str, Any]:
    """Return least, mean and most of hours, nights, weekend shifts, free days and load: fairness in figures."""
    slots = {slot.id for slot in facts.slots}
    shares = list(
        api.shares(facts.problem, [tuple(pair) for pair in rota.pairs if pair[1] in slots], facts.slots).values()
    )
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
