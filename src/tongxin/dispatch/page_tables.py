"""Tables and cards of this room's pages as plain dicts. Nothing is read here and nothing is decided."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tongxin.dispatch import api, wording
from tongxin.dispatch.rules import OPEN_STATES, PHONE_REASONS, Found
from tongxin.workforce import api as workforce

#: People offered on a card of the board; the page of the task offers all.
MOST_CHOICES = 12
#: Tasks without hands that the board lists for one grid, and people that it lists at once; the rest is folded.
MOST_UNSERVED = 20
MOST_PEOPLE = 10
#: Changes of the last run that the board lists.
MOST_CHANGES = 20


def when(at: datetime | None) -> str:
    """Return a moment as it is shown: 11月3日 08:00."""
    if at is None:
        return ""
    return date_format(localtime(at), pgettext("format of a moment, see Django's date filter", "j M H:i"))


def clock(at: datetime) -> str:
    """Return a time of day."""
    return localtime(at).strftime("%H:%M")


def state_cell(state: str) -> dict[str, str]:
    """Return a state as a cell with tone and word."""
    icons = {"success": "check-circle", "warning": "hourglass-split", "error": "x-circle"}
    tone = wording.TONES.get(state, "info")
    return {"text": wording.label(wording.STATES, state), "tone": tone, "icon": icons.get(tone, "clock")}


def grid_rows(rows: Sequence[api.LoadByGrid], unserved: Iterable[api.UnservedTask]) -> list[dict[str, Any]]:
    """Return load by grid, the heaviest first, with a bar of the hours ahead and what nobody there got."""
    most = max((row.minutes for row in rows), default=0)
    without: dict[int | None, list[api.UnservedTask]] = {}
    for task in unserved:
        without.setdefault(task.grid_id, []).append(task)
    return [
        {
            "label": _("Grid %(number)s") % {"number": row.number} if row.number else _("Without a grid"),
            "url": f"{reverse('dispatch:tasks')}?grid={row.number}" if row.number else reverse("dispatch:tasks"),
            "open": row.open,
            "unassigned": row.unassigned,
            "late": row.late,
            "hours": workforce.hours_in_words(row.minutes),
            "minutes": row.minutes,
            "most": max(most, 1),
            "done": row.done_today,
            "unserved": unserved_rows(without.get(row.grid_id, [])[:MOST_UNSERVED]),
            "more": max(0, len(without.get(row.grid_id, [])) - MOST_UNSERVED),
        }
        for row in sorted(rows, key=lambda row: -row.minutes)
    ]


def unserved_groups(rows: Iterable[api.UnservedTask]) -> list[dict[str, Any]]:
    """Return what nobody got by kind and reason, the most first; the relief is that of the first task due."""
    found: dict[tuple[str, str], list[api.UnservedTask]] = {}
    for row in rows:
        found.setdefault((row.kind, row.rule), []).append(row)
    return [
        {
            "kind": wording.label(wording.KINDS, kind),
            "count": len(tasks),
            "why": wording.unserved_sentence(rule),
            "first": unserved_rows([min(tasks, key=lambda task: task.due_at)])[0],
        }
        for (kind, rule), tasks in sorted(found.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    ]


def people_rows(rows: Sequence[api.LoadByPerson]) -> list[dict[str, Any]]:
    """Return load by person, with a bar of the hours ahead."""
    most = max((row.minutes for row in rows), default=0)
    return [
        {
            "uuid": row.uuid,
            "code": row.code,
            "kind": workforce.kind_in_words(row.kind),
            "is_hot": row.cohort == "HOT",
            "tasks": row.tasks,
            "hours": workforce.hours_in_words(row.minutes),
            "worked": workforce.hours_in_words(row.worked),
            "minutes": row.minutes,
            "most": max(most, 1),
        }
        for row in rows
    ]


def unserved_rows(rows: Iterable[api.UnservedTask]) -> list[dict[str, Any]]:
    """Return what nobody got, with the reason and what would help."""
    return [
        {
            "url": reverse("dispatch:task", args=[row.task_uuid]),
            "kind": wording.label(wording.KINDS, row.kind),
            "place": row.place,
            "due": when(row.due_at),
            "why": wording.unserved_sentence(row.rule),
            "relief": wording.relief_sentence(row.relief),
        }
        for row in rows
    ]


def shortage_table(rows: Iterable[api.ShortageLine]) -> dict[str, Any]:
    """Return the hands that are missing."""
    return {
        "caption": _("Hands that are missing"),
        "columns": [
            {"key": "skills", "label": _("Skills")},
            {"key": "grid", "label": _("Grid")},
            {"key": "when", "label": _("When")},
            {"key": "people", "label": _("People"), "is_number": True},
            {"key": "tasks", "label": _("Tasks"), "is_number": True},
        ],
        "rows": [
            {
                "cells": [
                    {"text": workforce.skill_list(row.skills) or _("any"), "is_head": True},
                    row.grid,
                    f"{when(row.starts_at)} – {when(row.ends_at)}",
                    row.responders,
                    row.tasks,
                ]
            }
            for row in rows
        ],
        "empty_heading": _("Nothing is short"),
        "empty_text": _("The last plan found hands for every task that it could place."),
    }


def call_links(rows: Iterable[api.CallDraft]) -> list[dict[str, str]]:
    """Return drafted calls by the moment of their draft."""
    return [{"url": reverse("dispatch:call", args=[row.uuid]), "at": when(row.drafted_at)} for row in rows]


def task_table(
    tasks: Iterable[api.Task], hands: Mapping[int, Sequence[api.Assignment]], at: datetime
) -> dict[str, Any]:
    """Return a page of tasks."""
    return {
        "caption": _("Tasks"),
        "columns": [
            {"key": "kind", "label": _("Task")},
            {"key": "place", "label": _("Place")},
            {"key": "due", "label": _("Due")},
            {"key": "state", "label": _("State")},
            {"key": "who", "label": _("Who")},
        ],
        "rows": [
            {
                "cells": [
                    {
                        "text": wording.label(wording.KINDS, task.kind),
                        "url": reverse("dispatch:task", args=[task.uuid]),
                        "is_head": True,
                    },
                    {"text": api.place_label(task)},
                    _due(task, at),
                    state_cell(task.state),
                    ", ".join(row.responder.code for row in hands.get(task.pk, ())),
                ]
            }
            for task in tasks
        ],
        "empty_heading": _("No tasks here"),
        "empty_text": _("Tasks are opened when lines of the plan are approved. Try another filter."),
    }


def _due(task: api.Task, at: datetime) -> dict[str, str]:
    if task.state in OPEN_STATES and task.due_at < at:
        return {"text": _("%(due)s, late") % {"due": when(task.due_at)}, "tone": "error", "icon": "clock"}
    return {"text": when(task.due_at)}


def run_card(
    run: api.PlannerRun | None, codes: Mapping[int, str], tasks: Mapping[str, api.Task]
) -> dict[str, Any] | None:
    """Return what the last run changed and why; of `tasks` only, which the viewer may see."""
    if run is None:
        return None
    difference = run.stats.get("diff", {})
    return {
        "uuid": run.uuid,
        "at": when(run.finished_at),
        "trigger": wording.label(wording.TRIGGERS, run.trigger),
        "counts": [
            (_("New"), difference.get("new", 0)),
            (_("Unchanged"), difference.get("kept", 0)),
            (_("Other time"), difference.get("shifted", 0)),
            (_("Other person"), difference.get("moved", 0)),
            (_("Without hands now"), difference.get("lost", 0)),
        ],
        "people": difference.get("people", 0),
        "rows": [_changed(row, tasks[row["task"]], codes) for row in run_rows(run) if row["task"] in tasks],
        "spread": round(100 * run.stats.get("load_spread", 0)),
        "violations": len(run.stats.get("violations", [])),
        "seconds": sum(run.stats.get("seconds", {}).values()),
    }


def run_rows(run: api.PlannerRun | None) -> list[dict[str, Any]]:
    """Return the changes of a run that the board shows."""
    rows: list[dict[str, Any]] = [] if run is None else run.stats.get("diff", {}).get("rows", [])
    return rows[:MOST_CHANGES]


def _changed(row: Mapping[str, Any], task: api.Task, codes: Mapping[int, str]) -> dict[str, Any]:
    kind = "MOVED" if row["to"] else "LOST"
    at, was = row.get("at"), row.get("was")
    if kind == "MOVED" and at == was:
        kind = "MOVED_SAME_TIME"
    words = {
        "old": codes.get(row["from"], ""),
        "who": codes.get(row["to"] or 0, ""),
        "at": when(datetime.fromisoformat(at)) if at else "",
        "was": when(datetime.fromisoformat(was)) if was else "",
    }
    return {
        "url": reverse("dispatch:task", args=[row["task"]]),
        "kind": wording.label(wording.KINDS, task.kind),
        "place": api.place_label(task),
        "text": str(wording.CHANGE_SENTENCES[kind]) % words,
        "why": wording.why_sentence(row["why"]) if row.get("why") else "",
    }


def assignment_card(
    row: api.Assignment, names: Mapping[str, str], choices: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    """Return one assignment for the dispatcher: who, when, why, who would have been next."""
    next_best = names.get(str(row.runner_up.get("responder", "")), "")
    return {
        "uuid": row.uuid,
        "field_id": f"move-{row.hand_index}",
        "hand_index": row.hand_index,
        "who": row.responder.code,
        "when": f"{when(row.starts_at)} – {clock(row.ends_at)}",
        "state": state_cell(row.state),
        "why": wording.why_sentence(row.reason),
        "runner_up": wording.runner_up_sentence(next_best, row.runner_up) if next_best else "",
        "is_pinned": row.is_pinned,
        "pin_reason": row.pin_reason,
        "pinned_by": row.pinned_by,
        "waived": [wording.unserved_sentence(code) for code in row.waived_rules],
        "choices": choices,
    }


def next_cards(
    rows: Sequence[api.Assignment], skills: Mapping[tuple[int, int], set[str]], people: Sequence[workforce.Responder]
) -> list[dict[str, Any]]:
    """Return what comes next as cards for the board, each with the people who could take it over."""
    names = {str(person.uuid): person.code for person in people}
    cards = []
    for row in rows:
        needed = skills.get((row.task_id, row.hand_index), set())
        able = [p for p in people if needed <= set(p.skills or ()) and p.pk != row.responder_id]
        card = assignment_card(row, names, [(str(p.uuid), p.code) for p in able[:MOST_CHOICES]])
        cards.append(
            card
            | {
                "task": row.task,
                "field_id": f"next-{row.uuid}",
                "kind": wording.label(wording.KINDS, row.task.kind),
                "place": api.place_label(row.task),
                "url": reverse("dispatch:task", args=[row.task.uuid]),
                "may_move": row.state in ("GIVEN", "ACCEPTED"),
            }
        )
    return cards


def my_card(card: api.MyTask, at: datetime) -> dict[str, Any]:
    """Return one job of the phone page."""
    minutes = int((card.ends_at - card.starts_at).total_seconds() // 60)
    return {
        "uuid": card.assignment_uuid,
        "url": reverse("dispatch:job", args=[card.assignment_uuid]),
        "kind": wording.label(wording.KINDS, card.kind),
        "state": state_cell(card.state),
        "code": card.state,
        "time": clock(card.starts_at),
        "until": clock(card.ends_at),
        "minutes": minutes,
        "place": card.place,
        "why": wording.why_you_sentence(card.reason),
        "is_late": card.due_at < at,
        "partners": ", ".join(card.partners),
        "needs_ppe": card.ppe_level >= 2,
        "is_hot": card.zone_rank >= workforce.HOT_FROM_RANK,
        "name": card.name or card.masked_name,
        "is_confirmed": bool(card.name),
        "phone": card.phone,
    }


def outcome_buttons(kind: str) -> list[dict[str, str]]:
    """Return the big buttons with which a job is reported."""
    return [{"code": code, "label": wording.label(wording.OUTCOMES, code)} for code in api.kind_rule(kind).outcomes]


def found_fields(kind: str) -> list[dict[str, Any]]:
    """Return what may be noted with the outcome."""
    return [
        {"name": f"found_{key}", "label": wording.label(wording.FOUND, key), "is_count": asked is Found.COUNT}
        for key, asked in api.kind_rule(kind).found.items()
    ]


def reason_buttons() -> list[dict[str, str]]:
    """Return the five reasons for which a job cannot be done."""
    return [{"code": code, "label": wording.label(wording.CANNOT, code)} for code in PHONE_REASONS]


def give_back_buttons() -> list[dict[str, str]]:
    """Return why somebody may give work back."""
    return [
        {"code": code, "label": wording.label(wording.GIVE_BACK, code)} for code in ("NO_TIME", "TOO_FAR", "NOT_ABLE")
    ]
