"""A person decides: move work to somebody, pin it, let it go; and the questions why and why not."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import models, transaction

from tongxin.base import audit, policy
from tongxin.base.actors import Actor
from tongxin.dispatch.api.steps import get_assignment
from tongxin.dispatch.api.values import BadDraft, ReasonNeeded, Refusal, RulesBroken, TaskOver, WrongStep
from tongxin.dispatch.models import Assignment, Task
from tongxin.dispatch.planning.facts import Facts, read_facts
from tongxin.dispatch.planning.problem import Posed, pose, visit_of, waived
from tongxin.dispatch.rules import PLANNABLE_STATES, task_state
from tongxin.engines import planner
from tongxin.engines.planner.validate import Violation, validate
from tongxin.workforce import api as workforce

#: Rules about a whole plan, not about this person and this work.
_BESIDE = frozenset({"FREEZE", "INCOMPLETE_TASK", "UNACCOUNTED", "OBJECTIVE", "PIN", "DUPLICATE"})
_STEP_MIN = 15
_MOST_STARTS = 60
_SHORTEST_REASON = 4


def move_assignment(
    *,
    area_id: int,
    task_uuid: UUID,
    hand_index: int,
    responder_uuid: UUID,
    actor: Actor,
    at: datetime,
    waived_rules: Collection[str] = (),
    reason: str = "",
) -> Assignment:
    """Give one hand of a task to somebody by hand, pinned: the planner keeps it.

    Every hard rule is asked of the validator. What says no is raised as RulesBroken with its numbers, unless it is
    among `waived_rules` and can be waived; waiving needs a `reason` and is audited. Raises ReasonNeeded, RulesBroken,
    TaskOver, policy.NotAllowed, Task.DoesNotExist, Responder.DoesNotExist.
    """
    policy.require(actor, "dispatch.task.manage", area_id=area_id)
    waives = waived(waived_rules)
    if waives and len(reason.strip()) < _SHORTEST_REASON:
        raise ReasonNeeded
    with transaction.atomic():
        task = Task.objects.select_for_update().get(area_id=area_id, uuid=task_uuid)
        if task.state not in PLANNABLE_STATES:
            raise TaskOver(task.state)
        responder = workforce.get_responder(area_id, responder_uuid)
        start, used = _fitting(task, hand_index, responder, at=at, waives=waives)
        row = _hand_over(task, hand_index, responder, start, at)
        Assignment.objects.filter(pk=row.pk).update(
            is_pinned=True,
            pin_reason=reason.strip()[:200],
            pinned_by=actor.label[:160],
            waived_rules=sorted(rule.value for rule in used),
        )
        _settle(task)
        workforce.note_asked(area_id=area_id, responder_ids=[responder.pk], at=at)
        _note("moved", row, responder, actor=actor, at=at, used=used)
    return get_assignment(area_id, row.uuid)


def hand_to(
    pairs: Sequence[tuple[UUID, UUID]], *, area_id: int, actor: Actor, at: datetime
) -> dict[UUID, tuple[Refusal, ...]]:
    """Give tasks of one hand, each to a person of its own, pinned as by `move_assignment`; facts are read once.

    `pairs` are (task uuid, responder uuid), no task and no person twice (ValueError). Returns the tasks that were not
    given with the rules that said no; a task that is over or given meanwhile has none. Nothing is waived.
    """
    policy.require(actor, "dispatch.task.manage", area_id=area_id)
    if len({task for task, _ in pairs}) < len(pairs) or len({person for _, person in pairs}) < len(pairs):
        raise ValueError("a task or a person is named twice")
    left: dict[UUID, tuple[Refusal, ...]] = {}
    read: dict[int, tuple[Facts, Posed]] = {}
    with transaction.atomic():
        tasks = Task.objects.select_for_update(of=("self",)).select_related("incident", "dwelling")
        found = {task.uuid: task for task in tasks.filter(area_id=area_id, uuid__in=[uuid for uuid, _ in pairs])}
        people = {row.uuid: row for row in workforce.list_responders(area_id=area_id)}
        for task_uuid, responder_uuid in pairs:
            task, responder = found.get(task_uuid), people.get(responder_uuid)
            if task is None or responder is None or task.state not in PLANNABLE_STATES:
                left[task_uuid] = ()
                continue
            if task.incident_id not in read:
                also = [row.pk for row in people.values()]
                facts = read_facts(area_id=area_id, incident=task.incident, at=at, also=also)
                read[task.incident_id] = facts, pose(facts, with_closed=True)
            try:
                start, _used = _fitting(task, 0, responder, at=at, read=read[task.incident_id])
            except RulesBroken as error:
                left[task_uuid] = error.broken
                continue
            row = _hand_over(task, 0, responder, start, at)
            Assignment.objects.filter(pk=row.pk).update(is_pinned=True, pinned_by=actor.label[:160])
            _settle(task)
            _note("moved", row, responder, actor=actor, at=at)
        workforce.note_asked(area_id=area_id, responder_ids=[people[p].pk for t, p in pairs if t not in left], at=at)
    return left


def _note(
    action: str,
    row: Assignment,
    to: workforce.Responder,
    *,
    actor: Actor,
    at: datetime,
    used: Iterable[planner.Rule] = (),
) -> None:
    audit.record(
        f"dispatch.assignment.{action}",
        actor=actor,
        at=at,
        area_id=row.area_id,
        target_kind="Assignment",
        target_uuid=row.uuid,
        detail={"responder": str(to.uuid), "waived": sorted(rule.value for rule in used)},
    )


def _hand_over(
    task: Task, hand_index: int, responder: workforce.Responder, start: datetime, at: datetime
) -> Assignment:
    Assignment.objects.filter(task=task, is_open=True).filter(
        models.Q(hand_index=hand_index) | models.Q(responder=responder)
    ).update(is_open=False, state=Assignment.State.WITHDRAWN, finished_at=at, give_back_code="MOVED")
    return Assignment.objects.create(
        area_id=task.area_id,
        subject_uuid=responder.subject_uuid,
        task=task,
        hand_index=hand_index,
        responder=responder,
        starts_at=start,
        ends_at=start + timedelta(minutes=task.duration_min),
        reason={"code": planner.ReasonCode.PINNED.value},
        given_at=at,
    )


def _settle(task: Task) -> None:
    states = Assignment.objects.filter(task=task, is_open=True).values_list("state", flat=True)
    Task.objects.filter(pk=task.pk).update(
        state=task_state(task.hands.count(), states), version=models.F("version") + 1
    )


class _Trial:
    """One hand of one task tried on one person, beside all that this person and the partners have already."""

    def __init__(self, facts: Facts, posed: Posed, task: Task, hand_index: int, responder: workforce.Responder) -> None:
        self._facts, self._task, self._hand, self._person = facts, task, hand_index, str(responder.uuid)
        uuid = str(task.uuid)
        standing = [row for row in facts.open if row.responder_id in facts.people]
        planned = {row.pk for row in facts.tasks}
        partners = [
            row
            for row in standing
            if row.task_id == task.pk and row.hand_index != hand_index and row.responder_id != responder.pk
        ]
        own = [
            row
            for row in standing
            if row.responder_id == responder.pk and row.task_id != task.pk and row.task_id in planned
        ]
        self._visits = [visit_of(facts, row) for row in [*partners, *own]]
        self._partner_starts = sorted({visit.start_min for visit in self._visits if visit.task == uuid})
        mine = next((r for r in standing if r.task_id == task.pk and r.hand_index == hand_index), None)
        self._standing_start = facts.minute(mine.starts_at) if mine is not None else None
        self._problem = self._reduced(posed)

    def _reduced(self, posed: Posed) -> planner.Problem:
        tasks = {visit.task for visit in self._visits} | {str(self._task.uuid)}
        people = {visit.responder for visit in self._visits} | {self._person}
        problem = posed.problem
        return replace(
            problem,
            tasks=tuple(task for task in problem.tasks if task.id in tasks),
            responders=tuple(person for person in problem.responders if person.id in people),
            pins=(),
            previous=tuple(self._visits),
        )

    def starts(self) -> Iterator[int]:
        """Yield the starts worth trying: the partners' one; else the present one, then through the window."""
        if self._partner_starts:
            yield from self._partner_starts[:1]
            return
        if self._standing_start is not None and self._standing_start >= 0:
            yield self._standing_start
        first = max(0, self._facts.minute(self._task.window_starts_at))
        last = max(self._facts.minute(self._task.window_ends_at) - self._task.duration_min, first)
        yield from (first + extra for extra in (0, 5, 10) if first + extra <= last)
        yield from range(first + _STEP_MIN, last + 1, max(_STEP_MIN, (last - first) // _MOST_STARTS))

    def broken(self, start: int, waives: frozenset[planner.Rule]) -> list[Violation]:
        """Return the rules that this start would break and that nothing broke before."""
        uuid = str(self._task.uuid)
        visit = planner.Visit(uuid, self._hand, self._person, start, start + self._task.duration_min)
        pin = planner.Pin(task=uuid, hand=self._hand, responder=self._person, waives=waives)
        problem = replace(self._problem, pins=(pin,))
        before = {(item.rule, item.task, item.responder) for item in validate(self._problem, self._visits)}
        return [
            item
            for item in validate(problem, [*self._visits, visit])
            if item.rule.value not in _BESIDE and (item.rule, item.task, item.responder) not in before
        ]


def _fitting(
    task: Task,
    hand_index: int,
    responder: workforce.Responder,
    *,
    at: datetime,
    waives: frozenset[planner.Rule] = frozenset(),
    read: tuple[Facts, Posed] | None = None,
) -> tuple[datetime, frozenset[planner.Rule]]:
    """Return the first start at which nothing says no, and which of the waived rules it really needed.

    `read` are the facts of a moment ago, when nothing has touched this person and this task since.
    """
    if read is None:
        facts = read_facts(area_id=task.area_id, incident=task.incident, at=at, also=(responder.pk,))
        read = facts, pose(facts, with_closed=True)
    facts, posed = read
    if responder.pk not in facts.people:
        raise RulesBroken((Refusal(workforce.WorkRule.INACTIVE.value),))
    trial = _Trial(facts, posed, task, hand_index, responder)
    best: list[Violation] | None = None
    for start in trial.starts():
        broken = trial.broken(start, waives)
        if not broken:
            used = {item.rule for item in trial.broken(start, frozenset())} & waives
            return facts.moment(start), frozenset(used)
        if best is None or len(broken) < len(best):
            best = broken
    raise RulesBroken(_refusals(best or []))


def _refusals(broken: Sequence[Violation]) -> tuple[Refusal, ...]:
    found: dict[str, Refusal] = {}
    for item in broken:
        found.setdefault(
            item.rule.value, Refusal(item.rule.value, dict(item.detail), item.rule in planner.WAIVABLE_RULES)
        )
    return tuple(found.values())


def why_not(
    *, area_id: int, task_uuid: UUID, responder_uuid: UUID, at: datetime, hand_index: int = 0
) -> tuple[Refusal, ...]:
    """Return what keeps a responder from a task: each rule with its numbers; empty when they could do it.

    Pure reading. Raises Task.DoesNotExist, Responder.DoesNotExist.
    """
    task = Task.objects.select_related("incident", "dwelling").get(area_id=area_id, uuid=task_uuid)
    responder = workforce.get_responder(area_id, responder_uuid)
    try:
        _fitting(task, hand_index, responder, at=at)
    except RulesBroken as error:
        return error.broken
    return ()


def pin(*, area_id: int, assignment_uuid: UUID, reason: str = "", actor: Actor, at: datetime) -> Assignment:
    """Fix who does it: the planner keeps this person. Raises WrongStep, policy.NotAllowed."""
    return _set_pin(area_id, assignment_uuid, actor, at, is_pinned=True, reason=reason)


def unpin(*, area_id: int, assignment_uuid: UUID, actor: Actor, at: datetime) -> Assignment:
    """Let the planner decide again; rules that were waived for it hold again. Raises WrongStep, NotAllowed."""
    return _set_pin(area_id, assignment_uuid, actor, at, is_pinned=False, reason="")


def _set_pin(area_id: int, uuid: UUID, actor: Actor, at: datetime, *, is_pinned: bool, reason: str) -> Assignment:
    policy.require(actor, "dispatch.task.manage", area_id=area_id)
    with transaction.atomic():
        row = Assignment.objects.select_related("responder").get(area_id=area_id, uuid=uuid)
        changes = {
            "is_pinned": is_pinned,
            "pin_reason": reason.strip()[:200],
            "pinned_by": actor.label[:160] if is_pinned else "",
        }
        if not is_pinned:
            changes["waived_rules"] = []
        if not Assignment.objects.filter(pk=row.pk, is_open=True).update(**changes):
            raise WrongStep(row.state)
        _note("pinned" if is_pinned else "unpinned", row, row.responder, actor=actor, at=at)
    return get_assignment(area_id, uuid)


def extend_task(*, area_id: int, task_uuid: UUID, until: datetime, actor: Actor, at: datetime) -> Task:
    """Give a task more time: its window and due time end later. Raises TaskOver, BadDraft, policy.NotAllowed."""
    policy.require(actor, "dispatch.task.manage", area_id=area_id)
    with transaction.atomic():
        task = Task.objects.select_for_update().get(area_id=area_id, uuid=task_uuid)
        if task.state not in PLANNABLE_STATES:
            raise TaskOver(task.state)
        room = timedelta(minutes=task.duration_min)
        if until < max(at, task.window_starts_at) + room or until > at + timedelta(days=7):
            raise BadDraft("window_ends_at")
        Task.objects.filter(pk=task.pk).update(window_ends_at=until, due_at=until, version=models.F("version") + 1)
        audit.record(
            "dispatch.task.extended",
            actor=actor,
            at=at,
            area_id=area_id,
            target_kind="Task",
            target_uuid=task.uuid,
            detail={"until": until.isoformat()},
        )
    task.refresh_from_db()
    return task
