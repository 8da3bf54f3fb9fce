"""A plan written down set-based, and told as a small difference from the one before."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models

from tongxin.dispatch.models import Assignment, PlannerRun, Task
from tongxin.dispatch.planning.facts import Facts, by_uuid, fingerprint, read_open, read_short_handed, read_tasks
from tongxin.dispatch.planning.problem import Posed
from tongxin.dispatch.rules import task_state
from tongxin.engines import planner
from tongxin.workforce import api as workforce

_CHUNK = 500
_NOT_MOVED = frozenset([planner.ReasonCode.FROZEN, planner.ReasonCode.KEPT])
_SHOWN = 50


class Changed(Exception):
    """Tasks or assignments changed between reading and storing: the plan has to be made again."""


@dataclass
class Difference:
    """What a run changed: counts, and up to fifty rows of who lost what to whom."""

    new: int = 0
    kept: int = 0
    shifted: int = 0
    moved: int = 0
    lost: int = 0
    people: set[int] = field(default_factory=set)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        counts = {name: getattr(self, name) for name in ("new", "kept", "shifted", "moved", "lost")}
        return {**counts, "people": len(self.people), "rows": self.rows[:_SHOWN]}


def check_unchanged(facts: Facts) -> None:
    """Raise Changed unless tasks and assignments are as they were read."""
    tasks = read_tasks(facts.area_id, facts.incident_id, facts.at)
    tasks += read_short_handed(facts.area_id, facts.incident_id)
    if fingerprint(tasks, read_open(facts.area_id)) != facts.fingerprint:
        raise Changed


def store(
    facts: Facts, posed: Posed, assignments: Sequence[planner.Assignment], run: PlannerRun, at: datetime
) -> Difference:
    """Write assignments and task states; must be inside a transaction that has called `check_unchanged`."""
    people = by_uuid(facts.people.values())
    wanted = {(item.visit.task, posed.hand(item.visit.task, item.visit.hand)): item for item in assignments}
    difference = Difference()
    new: list[Assignment] = []
    kept: list[Assignment] = []
    changed: list[Assignment] = []
    withdrawn: list[int] = []
    for key in sorted(wanted.keys() | posed.standing.keys()):
        item, row = wanted.get(key), posed.standing.get(key)
        if item is not None and row is not None and people[item.visit.responder].pk == row.responder_id:
            kept.append(row)
            if _keep(facts, row, item, difference):
                changed.append(row)
            continue
        if row is not None:
            withdrawn.append(row.pk)
        if item is not None:
            responder = people[item.visit.responder]
            new.append(_assignment(facts, posed.tasks[key[0]], item, responder, hand=key[1], run=run, at=at))
        _count(difference, row, new[-1] if item is not None else None, key)
    _write(new, changed, withdrawn, at)
    for start in range(0, len(kept), _CHUNK):
        Assignment.objects.filter(pk__in=[row.pk for row in kept[start : start + _CHUNK]]).update(run=run)
    _settle(facts, posed, new, kept)
    workforce.note_asked(area_id=facts.area_id, responder_ids={row.responder_id for row in new}, at=at)
    return difference


def _keep(facts: Facts, row: Assignment, item: planner.Assignment, difference: Difference) -> bool:
    """Count a hand that stays with its person, and return whether anything of it has to be written."""
    starts_at = facts.moment(item.visit.start_min)
    is_shifted = facts.minute(row.starts_at) != item.visit.start_min
    if not is_shifted:
        difference.kept += 1
    else:
        difference.shifted += 1
        difference.people.add(row.responder_id)
        row.starts_at, row.ends_at = starts_at, facts.moment(item.visit.end_min)
    # "It was not moved" is no answer to "why me": the reason for which somebody was first chosen stays.
    says_why = bool(row.reason) and item.reason.code in _NOT_MOVED
    reason, runner_up = reason_json(item.reason), runner_up_json(item.runner_up)
    is_explained = row.is_pinned or says_why or (row.reason == reason and row.runner_up == runner_up)
    if not is_explained:
        row.reason, row.runner_up = reason, runner_up
    return is_shifted or not is_explained


def _count(difference: Difference, old: Assignment | None, new: Assignment | None, key: tuple[str, int]) -> None:
    if old is None:
        difference.new += 1
    elif new is None:
        difference.lost += 1
    else:
        difference.moved += 1
    ids = {row.responder_id for row in (old, new) if row is not None}
    difference.people |= ids
    if old is not None and len(difference.rows) < _SHOWN:
        difference.rows.append(
            {
                "task": key[0],
                "hand": key[1],
                "from": old.responder_id,
                "to": new.responder_id if new is not None else None,
                "was": old.starts_at.isoformat(),
                "at": new.starts_at.isoformat() if new is not None else None,
                "why": new.reason if new is not None else {},
            }
        )


def _assignment(
    facts: Facts,
    task: Task,
    item: planner.Assignment,
    responder: workforce.Responder,
    *,
    hand: int,
    run: PlannerRun,
    at: datetime,
) -> Assignment:
    return Assignment(
        area_id=facts.area_id,
        subject_uuid=responder.subject_uuid,
        task=task,
        hand_index=hand,
        responder=responder,
        starts_at=facts.moment(item.visit.start_min),
        ends_at=facts.moment(item.visit.end_min),
        reason=reason_json(item.reason),
        runner_up=runner_up_json(item.runner_up),
        run=run,
        given_at=at,
    )


def reason_json(reason: planner.Reason) -> dict[str, Any]:
    """Return a reason as it is stored: its code and its numbers."""
    return {"code": reason.code.value, **{key: int(value) for key, value in reason.numbers.items()}}


def runner_up_json(runner_up: planner.RunnerUp | None) -> dict[str, Any]:
    """Return a runner-up as it is stored: the responder's uuid and the same numbers."""
    if runner_up is None:
        return {}
    return {"responder": runner_up.responder, **{key: int(value) for key, value in runner_up.numbers.items()}}


def _write(new: Iterable[Assignment], changed: Sequence[Assignment], withdrawn: Sequence[int], at: datetime) -> None:
    for start in range(0, len(withdrawn), _CHUNK):
        Assignment.objects.filter(pk__in=withdrawn[start : start + _CHUNK]).update(
            is_open=False, state=Assignment.State.WITHDRAWN, finished_at=at, give_back_code="REPLANNED"
        )
    if changed:
        Assignment.objects.bulk_update(changed, ["starts_at", "ends_at", "reason", "runner_up"], batch_size=_CHUNK)
    Assignment.objects.bulk_create(new, batch_size=_CHUNK)


def _settle(facts: Facts, posed: Posed, new: Iterable[Assignment], kept: Iterable[Assignment]) -> None:
    """Write the state and the zone of every task that changed, grouped by value."""
    states: dict[int, list[str]] = defaultdict(list)
    for row in [*new, *kept]:
        states[row.task_id].append(row.state)
    by_state: dict[str, list[int]] = defaultdict(list)
    by_rank: dict[int, list[int]] = defaultdict(list)
    for task in facts.tasks:
        state = task_state(len(facts.hands.get(task.pk, [frozenset()])), states.get(task.pk, []))
        if state != task.state:
            by_state[state].append(task.pk)
        if facts.zone_rank(task) != task.zone_rank:
            by_rank[facts.zone_rank(task)].append(task.pk)
    for state, ids in by_state.items():
        _update(ids, state=state, version=models.F("version") + 1)
    for rank, ids in by_rank.items():
        _update(ids, zone_rank=rank)


def _update(ids: Sequence[int], **changes: Any) -> None:
    for start in range(0, len(ids), _CHUNK):
        Task.objects.filter(pk__in=ids[start : start + _CHUNK]).update(**changes)
