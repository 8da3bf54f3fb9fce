"""A question "what if" as the engine takes it, and its answer as it is stored: ids, codes and numbers."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from tongxin.dispatch.planning.facts import Facts
from tongxin.dispatch.planning.problem import HORIZON_MIN, STATION, Posed
from tongxin.engines import planner
from tongxin.engines.planner.whatif import Change, Closed, Comparison, MorePeople, Outcome, PersonOff
from tongxin.workforce import api as workforce

_SHOWN = 50
#: The hour at which work that is closed for the night begins again.
MORNING_HOUR = 8


class UnknownInQuestion(ValueError):
    """The question names somebody or something that is not there (any more); `field` says what."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def more_people(facts: Facts, posed: Posed, question: Mapping[str, Any]) -> Change:
    """Return so many people more in a grid, from a moment on for so many hours."""
    start = max(0, facts.minute(datetime.fromisoformat(question["from"])))
    end = min(start + 60 * int(question["hours"]), HORIZON_MIN)
    area = None if question.get("grid_id") is None else str(question["grid_id"])
    home = next((place.id for place in posed.problem.places if place.area == area and area is not None), STATION)
    if end <= start:
        raise UnknownInQuestion("from")
    return MorePeople(
        people=int(question["count"]),
        skills=frozenset(question["skills"]),
        place=home,
        windows=(planner.Window(start, end),),
    )


def person_off(posed: Posed, question: Mapping[str, Any]) -> Change:
    """Return somebody who is not there."""
    if all(person.id != question["responder"] for person in posed.problem.responders):
        raise UnknownInQuestion("responder")
    return PersonOff(responder=question["responder"])


def no_work_after(facts: Facts, posed: Posed, question: Mapping[str, Any]) -> Change:
    """Return no work of a kind between an hour of the evening and `MORNING_HOUR`, each day."""
    tasks = frozenset(key for key, task in posed.tasks.items() if task.kind == question["task_kind"])
    zone = workforce.local_zone()
    day = facts.start.astimezone(zone).date()
    closed = []
    for offset in range(-1, 3):
        evening = datetime.combine(day + timedelta(days=offset), time(int(question["hour"])), tzinfo=zone)
        morning = datetime.combine(day + timedelta(days=offset + 1), time(MORNING_HOUR), tzinfo=zone)
        if facts.minute(morning) > 0 and evening < morning:
            closed.append(planner.Window(max(0, facts.minute(evening)), facts.minute(morning)))
    return Closed(tasks=tasks & {task.id for task in posed.problem.tasks}, windows=tuple(closed))


def answer_json(found: Comparison) -> dict[str, Any]:
    """Return a comparison as it is stored."""
    return {
        "before": _outcome(found.before),
        "after": _outcome(found.after),
        "gained": list(found.gained[:_SHOWN]),
        "lost": list(found.lost[:_SHOWN]),
        "gained_count": len(found.gained),
        "lost_count": len(found.lost),
        "added": len(found.added),
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "tiers": [int(tier) for tier in outcome.objective.as_tuple()],
        "tasks": outcome.tasks,
        "unserved": len(outcome.unserved),
        "late_min": outcome.late_min,
        "people": outcome.people,
        "most_min": outcome.most_min,
        "mean_min": outcome.mean_min,
        "by_skill": {key: [share.served, share.total] for key, share in outcome.by_skill.items()},
        "by_grid": {key or "": [share.served, share.total] for key, share in outcome.by_area.items()},
    }
