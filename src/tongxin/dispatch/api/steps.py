"""What happens to an assignment: accept, start, finish, cannot, give back, and taking a step back."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import models, transaction

from tongxin.base import audit, policy
from tongxin.base.actors import Actor, system
from tongxin.base.outbox import enqueue, publish
from tongxin.dispatch.api.values import TaskOver, WrongStep
from tongxin.dispatch.events import TaskFailed, TaskFinished, TaskGivenBack
from tongxin.dispatch.models import Assignment, Task
from tongxin.dispatch.rules import (
    CANNOT_REASONS,
    GIVE_BACK_REASONS,
    HOLD,
    OPEN_STATES,
    UNDO,
    check_found,
    kind_rule,
    may_step,
    task_state,
)
from tongxin.workforce import api as workforce

TELL_JOB = "dispatch.tell_end"
_State = Assignment.State
_LONGEST_NOTE = 1000


class NotAnOutcome(ValueError):
    """This kind of task does not end this way."""


class NothingToUndo(Exception):
    """The step is too long ago, was told to others already, or the work is somebody else's now."""


def get_assignment(area_id: int, uuid: UUID) -> Assignment:
    """Return an assignment with task, place and responder. Raises Assignment.DoesNotExist."""
    return Assignment.objects.select_related(
        "task",
        "task__incident",
        "task__dwelling",
        "task__entrance__building",
        "task__building",
        "task__grid",
        "task__person",
        "responder",
    ).get(area_id=area_id, uuid=uuid)


def _locked(area_id: int, uuid: UUID, actor: Actor) -> Assignment:
    """Lock the task, then read the assignment again: two hands of one task never step past each other."""
    found = Assignment.objects.select_related("responder").get(area_id=area_id, uuid=uuid)
    task = Task.objects.select_for_update().get(pk=found.task_id)
    row = Assignment.objects.select_related("responder").get(pk=found.pk)
    row.task = task
    mine = actor.account_id is not None and row.responder.account_id == actor.account_id
    if not (mine or actor.is_system):
        policy.require(actor, "dispatch.task.manage", area_id=area_id)
    return row


def _step(row: Assignment, to: str, at: datetime, **changes: Any) -> None:
    if row.task.state not in OPEN_STATES:
        raise TaskOver(row.task.state)
    if not row.is_open or not may_step(row.state, to):
        raise WrongStep(row.state)
    Assignment.objects.filter(pk=row.pk).update(state=to, **changes)
    row.state = to


def _settle(task: Task, **changes: Any) -> None:
    """Write the task's state as its open assignments say."""
    states = Assignment.objects.filter(task=task, is_open=True).values_list("state", flat=True)
    state = task_state(task.hands.count(), states)
    Task.objects.filter(pk=task.pk).update(state=state, version=models.F("version") + 1, **changes)


def _note(action: str, row: Assignment, actor: Actor, at: datetime, **detail: Any) -> None:
    audit.record(
        f"dispatch.assignment.{action}",
        actor=actor,
        at=at,
        area_id=row.area_id,
        target_kind="Assignment",
        target_uuid=row.uuid,
        detail={"task": str(row.task.uuid), "kind": row.task.kind, **detail},
    )


def accept(*, area_id: int, assignment_uuid: UUID, actor: Actor, at: datetime) -> Assignment:
    """Say yes: from now on this person sees whom the task is about, and the planner moves the task only if it must.

    Raises WrongStep, TaskOver, policy.NotAllowed.
    """
    with transaction.atomic():
        row = _locked(area_id, assignment_uuid, actor)
        _step(row, _State.ACCEPTED, at, accepted_at=at)
        _settle(row.task)
        _note("accepted", row, actor, at)
    return get_assignment(area_id, assignment_uuid)


def start(*, area_id: int, assignment_uuid: UUID, actor: Actor, at: datetime) -> Assignment:
    """Begin the work: it is never moved from now on. Raises WrongStep, TaskOver, policy.NotAllowed."""
    with transaction.atomic():
        row = _locked(area_id, assignment_uuid, actor)
        changes: dict[str, Any] = {"started_at": at}
        if row.accepted_at is None:
            changes["accepted_at"] = at
        _step(row, _State.STARTED, at, **changes)
        _settle(row.task, started_at=row.task.started_at or at)
        _note("started", row, actor, at)
    return get_assignment(area_id, assignment_uuid)


def finish(
    *,
    area_id: int,
    assignment_uuid: UUID,
    outcome_code: str,
    found: Mapping[str, Any] | None = None,
    note: str = "",
    actor: Actor,
    at: datetime,
    hold: bool = False,
) -> Assignment:
    """End the task for all of its hands: one of a pair reports for both.

    Hours are recorded and the room that opened the task hears of it at once; with `hold` (the phone page) after the
    few seconds in which the step can be taken back. Raises NotAnOutcome, WrongFound, WrongStep, TaskOver, NotAllowed.
    """
    with transaction.atomic():
        row = _locked(area_id, assignment_uuid, actor)
        task = row.task
        if outcome_code not in kind_rule(task.kind).outcomes:
            raise NotAnOutcome(outcome_code)
        noted = check_found(task.kind, found or {})
        if note:
            row.note = note[:_LONGEST_NOTE]
            sealed = Assignment._meta.get_field("note").sealed(row)
            Assignment.objects.filter(pk=row.pk).update(note=sealed)
        _step(row, _State.DONE, at, finished_at=at)
        _end(row, Task.State.DONE, outcome_code, at, dict(noted))
        _note("done", row, actor, at, outcome=outcome_code)
        _tell_or_hold(task, at, hold, actor)
    return get_assignment(area_id, assignment_uuid)


def _end(row: Assignment, state: str, code: str, at: datetime, noted: dict[str, Any]) -> None:
    """Close the task and every open assignment of it."""
    task = row.task
    Assignment.objects.filter(task=task, is_open=True).update(state=_State.DONE, is_open=False, finished_at=at)
    Task.objects.filter(pk=task.pk).update(
        state=state,
        outcome_code=code,
        outcome={**noted, "assignment": str(row.uuid)},
        finished_at=at,
        told_at=None,
        version=models.F("version") + 1,
    )


def cannot(
    *, area_id: int, assignment_uuid: UUID, reason_code: str, actor: Actor, at: datetime, hold: bool = False
) -> Assignment:
    """Say that the task cannot be done, for a reason that lies in the task: it fails, and its room decides.

    A reason that lies in the person (UNWELL) gives the work back instead. Raises as `finish` does.
    """
    if reason_code in GIVE_BACK_REASONS:
        return give_back(area_id=area_id, assignment_uuid=assignment_uuid, reason_code=reason_code, actor=actor, at=at)
    if reason_code not in CANNOT_REASONS:
        raise NotAnOutcome(reason_code)
    with transaction.atomic():
        row = _locked(area_id, assignment_uuid, actor)
        _step(row, _State.DONE, at, finished_at=at)
        _end(row, Task.State.FAILED, reason_code, at, {})
        _note("cannot", row, actor, at, reason=reason_code)
        _tell_or_hold(row.task, at, hold, actor)
    return get_assignment(area_id, assignment_uuid)


def give_back(*, area_id: int, assignment_uuid: UUID, reason_code: str, actor: Actor, at: datetime) -> Assignment:
    """Give the work back: the hand is free for somebody else and never comes to the same person again.

    Raises NotAnOutcome, WrongStep, TaskOver, policy.NotAllowed.
    """
    if reason_code not in GIVE_BACK_REASONS:
        raise NotAnOutcome(reason_code)
    with transaction.atomic():
        row = _locked(area_id, assignment_uuid, actor)
        _step(row, _State.GIVEN_BACK, at, is_open=False, give_back_code=reason_code, finished_at=at)
        _settle(row.task)
        _record_started([row], row.task, at)
        _note("given_back", row, actor, at, reason=reason_code)
        publish(TaskGivenBack(row.task.incident.uuid, row.task.uuid, reason_code), area_id=area_id, at=at)
    return get_assignment(area_id, assignment_uuid)


def release_absent(*, area_id: int, responder_uuid: UUID, actor: Actor, at: datetime) -> int:
    """Free the hands of somebody who is away now, where the work has started; return how many.

    What has not started is moved by the planner. The others of a task stay at it. Safe to repeat.
    """
    responder = workforce.get_responder(area_id, responder_uuid)
    rows = Assignment.objects.filter(area_id=area_id, responder=responder, is_open=True, task__state=Task.State.STARTED)
    if not workforce.absences_between(area_id, at, at + timedelta(minutes=1), [responder.pk]):
        return 0
    found = list(rows.values_list("uuid", flat=True))
    for uuid in found:
        give_back(area_id=area_id, assignment_uuid=uuid, reason_code="RELIEVED", actor=actor, at=at)
    return len(found)


def _tell_or_hold(task: Task, at: datetime, hold: bool, actor: Actor) -> None:
    if hold:
        enqueue(
            TELL_JOB,
            area_id=task.area_id,
            at=at,
            payload={"task": str(task.uuid), "finished_at": at.isoformat()},
            key=f"{task.uuid}:{at.isoformat()}",
            delay=HOLD,
        )
    else:
        tell_end(area_id=task.area_id, task_uuid=task.uuid, finished_at=at, actor=actor, at=at)


def tell_end(*, area_id: int, task_uuid: UUID, finished_at: datetime, actor: Actor | None = None, at: datetime) -> bool:
    """Record the hours of an ended task and tell the room that opened it; once, and only for this very end."""
    with transaction.atomic():
        rows = Task.objects.filter(area_id=area_id, uuid=task_uuid, finished_at=finished_at, told_at=None)
        if not rows.filter(state__in=["DONE", "FAILED"]).update(told_at=at):
            return False
        task = Task.objects.get(area_id=area_id, uuid=task_uuid)
        done = Assignment.objects.filter(task=task, state=_State.DONE, finished_at=finished_at)
        _record(list(done), task, finished_at, actor or system("dispatch.tell_end"))
        publish(_ended(task), area_id=area_id, at=at)
    return True


def tell_held(*, area_id: int, at: datetime) -> int:
    """Tell every end that is still held; for replays, which do not wait for the clock. Returns how many."""
    rows = Task.objects.filter(area_id=area_id, state__in=["DONE", "FAILED"], told_at=None, finished_at__isnull=False)
    pairs = list(rows.values_list("uuid", "finished_at"))
    return sum(tell_end(area_id=area_id, task_uuid=uuid, finished_at=end, at=at) for uuid, end in pairs if end)


def _ended(task: Task) -> TaskFinished | TaskFailed:
    make = TaskFinished if task.state == Task.State.DONE else TaskFailed
    return make(task.uuid, task.kind, task.origin_kind, task.origin_uuid, task.outcome_code, task.incident.uuid)


def _record_started(rows: list[Assignment], task: Task, at: datetime) -> None:
    _record([row for row in rows if row.started_at], task, at, system("dispatch.give_back"))


def _record(rows: list[Assignment], task: Task, end: datetime, actor: Actor) -> None:
    """Write the hours: from the start that was pressed, else the planned length up to the end."""
    workforce.record_duty(
        [
            workforce.Duty(
                responder_id=row.responder_id,
                starts_at=min(
                    row.started_at or task.started_at or end - timedelta(minutes=task.duration_min),
                    end - timedelta(minutes=1),
                ),
                ends_at=end,
                cause_kind="dispatch.task",
                cause_uuid=row.uuid,
                zone_rank=task.zone_rank,
                ppe_level=task.ppe_level,
            )
            for row in rows
        ],
        area_id=task.area_id,
        actor=actor,
        at=end,
    )


def undo(*, area_id: int, assignment_uuid: UUID, actor: Actor, at: datetime) -> Assignment:
    """Take the last step back within twenty seconds of it.

    Raises NothingToUndo when it is too late, was told to other rooms, or the hand went to somebody else.
    """
    with transaction.atomic():
        row = _locked(area_id, assignment_uuid, actor)
        back = _UNDO.get(row.state)
        last = max(filter(None, (row.accepted_at, row.started_at, row.finished_at)), default=None)
        if back is None or last is None or at - last > UNDO or row.task.told_at is not None:
            raise NothingToUndo(row.state)
        before = row.state
        back(row)
        _settle(row.task)
        _note("undone", row, actor, at, step=before)
    return get_assignment(area_id, assignment_uuid)


def _before_end(row: Assignment) -> str:
    if row.started_at:
        return _State.STARTED
    return _State.ACCEPTED if row.accepted_at else _State.GIVEN


def _undo_accept(row: Assignment) -> None:
    Assignment.objects.filter(pk=row.pk).update(state=_State.GIVEN, accepted_at=None)


def _undo_start(row: Assignment) -> None:
    Assignment.objects.filter(pk=row.pk).update(state=_State.ACCEPTED, started_at=None)


def _undo_end(row: Assignment) -> None:
    task = row.task
    if task.state not in ("DONE", "FAILED"):
        raise NothingToUndo(row.state)
    # The partner's assignment ended at the same moment and comes back too.
    ended = Assignment.objects.filter(task=task, state=_State.DONE, finished_at=row.finished_at)
    for other in ended:
        Assignment.objects.filter(pk=other.pk).update(state=_before_end(other), is_open=True, finished_at=None)
    Task.objects.filter(pk=task.pk).update(outcome_code="", outcome={}, finished_at=None)


def _undo_give_back(row: Assignment) -> None:
    taken = Assignment.objects.filter(task=row.task, hand_index=row.hand_index, is_open=True).exists()
    if taken or row.started_at or row.task.state not in OPEN_STATES:
        raise NothingToUndo(row.state)
    state = _before_end(row)
    Assignment.objects.filter(pk=row.pk).update(state=state, is_open=True, finished_at=None, give_back_code="")


_UNDO: Mapping[str, Callable[[Assignment], None]] = {
    "ACCEPTED": _undo_accept,
    "STARTED": _undo_start,
    "DONE": _undo_end,
    "GIVEN_BACK": _undo_give_back,
}
