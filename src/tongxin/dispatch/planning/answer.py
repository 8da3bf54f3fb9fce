"""What the planner left undone and what is short, as it is stored: codes, ids and moments."""

from collections.abc import Sequence
from typing import Any

from tongxin.dispatch.models import Task
from tongxin.dispatch.planning.facts import Facts
from tongxin.dispatch.planning.problem import HORIZON_MIN, Posed
from tongxin.engines import planner

#: A task whose window has no room left: nobody is to blame, somebody has to decide.
WINDOW_CLOSED = "WINDOW_CLOSED"
_MOST_SHORTAGES = 100


def unserved_json(facts: Facts, posed: Posed, unserved: Sequence[planner.Unserved]) -> list[dict[str, Any]]:
    """Return the unserved tasks, most important first, each with its binding rule and the smallest relief."""
    rows = [_closed(task, facts) for task in posed.closed]
    rows += [_unserved(facts, posed, item) for item in unserved]
    return rows


def _closed(task: Task, facts: Facts) -> dict[str, Any]:
    until = facts.moment(task.duration_min + 60).isoformat()
    return {
        "task": str(task.uuid),
        "rule": WINDOW_CLOSED,
        "people": 0,
        "bindings": [],
        "relief": {"kind": planner.ReliefKind.LONGER_WINDOW.value, "until": until, "is_verified": False},
    }


def _unserved(facts: Facts, posed: Posed, item: planner.Unserved) -> dict[str, Any]:
    first = item.bindings[0] if item.bindings else None
    return {
        "task": item.task,
        "rule": first.rule.value if first else planner.Rule.AVAILABILITY.value,
        "people": first.responders if first else 0,
        "bindings": [{"rule": b.rule.value, "people": b.responders} for b in item.bindings[:5]],
        "relief": relief_json(facts, item.relief),
    }


def relief_json(facts: Facts, relief: planner.Relief | None) -> dict[str, Any]:
    """Return the smallest relief as it is stored; empty when none was looked for or found."""
    if relief is None:
        return {}
    stored: dict[str, Any] = {"kind": relief.kind.value, "is_verified": relief.is_verified}
    if relief.hands:
        stored["hands"] = [
            {
                "skills": sorted(hand.skills),
                "responders": hand.responders,
                "from": facts.moment(max(0, hand.window.start_min)).isoformat(),
                "until": facts.moment(min(hand.window.end_min, HORIZON_MIN)).isoformat(),
            }
            for hand in relief.hands
        ]
    if relief.window is not None:
        stored["from"] = facts.moment(max(0, relief.window.start_min)).isoformat()
        stored["until"] = facts.moment(relief.window.end_min).isoformat()
    if relief.task is not None:
        stored["task"] = relief.task
    return stored


def shortages_json(facts: Facts, shortages: Sequence[planner.Shortage]) -> list[dict[str, Any]]:
    """Return the hands that are missing: skills x grid x hours."""
    return [
        {
            "skills": sorted(item.skills),
            "grid_id": int(item.area) if item.area is not None else None,
            "from": facts.moment(max(0, item.window.start_min)).isoformat(),
            "until": facts.moment(min(item.window.end_min, HORIZON_MIN)).isoformat(),
            "responders": item.responders,
            "tasks": len(item.tasks),
        }
        for item in shortages[:_MOST_SHORTAGES]
    ]
