"""The planner run: facts, problem, answer, judgement, storing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any
from uuid import UUID

from django.db import transaction

from tongxin.base import audit
from tongxin.base.actors import Actor
from tongxin.base.outbox import enqueue, publish
from tongxin.dispatch.api.searches import ask_improvement
from tongxin.dispatch.events import AssignmentsMade
from tongxin.dispatch.models import PlannerRun, Task
from tongxin.dispatch.planning.answer import shortages_json, unserved_json
from tongxin.dispatch.planning.facts import Facts, read_facts, read_short_handed
from tongxin.dispatch.planning.problem import Posed, pose
from tongxin.dispatch.planning.store import Changed, Difference, check_unchanged, store
from tongxin.dispatch.rules import PLANNABLE_STATES
from tongxin.engines import planner
from tongxin.engines.planner.solve import solve
from tongxin.engines.planner.validate import Violation, validate
from tongxin.incidents import api as incidents

ASSIGN_JOB = "dispatch.assign"
_TRIES = 3
_REPAIRS = 3
_STALE = timedelta(minutes=5)
Progress = Callable[[int, str], bool]


class RunFailed(Exception):
    """The answer broke hard rules and could not be repaired: nothing was stored, the run shows the violations."""

    def __init__(self, run: PlannerRun) -> None:
        super().__init__(str(run.uuid))
        self.run = run


@dataclass(frozen=True, slots=True)
class _Answer:
    facts: Facts
    posed: Posed
    result: planner.Result
    assignments: tuple[planner.Assignment, ...]
    dropped: tuple[str, ...]
    seconds: dict[str, float]


def assign(
    *,
    area_id: int,
    incident_id: int,
    actor: Actor,
    at: datetime,
    mode: str = "DAY",
    trigger: str = "",
    progress: Progress | None = None,
) -> PlannerRun:
    """Decide who does what, and store it: everything or nothing, and only what the independent validator accepts.

    `DAY` reconsiders what was given but neither accepted nor about to start; `REPLAN` moves as little as possible.
    What has started, starts within half an hour, or was pinned stays. Returns the run with its difference
    (`stats["diff"]`), unserved tasks and shortages. Raises RunFailed.
    """
    run = PlannerRun.objects.create(
        area_id=area_id, incident_id=incident_id, mode=mode, trigger=trigger[:60], started_at=at
    )
    for attempt in range(_TRIES):
        try:
            if attempt < _TRIES - 1:
                return _once(run, actor, at, progress)
            # Others keep changing things: the last attempt keeps them waiting for the second it takes.
            with transaction.atomic():
                return _once(run, actor, at, progress)
        except Changed:
            continue
        except Exception:
            PlannerRun.objects.filter(pk=run.pk).update(state=PlannerRun.State.FAILED, finished_at=at)
            raise
    raise RunFailed(run)


def _once(run: PlannerRun, actor: Actor, at: datetime, progress: Progress | None) -> PlannerRun:
    answer = _decide(run, at, progress)
    started = perf_counter()
    with transaction.atomic():
        check_unchanged(answer.facts)
        difference = store(answer.facts, answer.posed, answer.assignments, run, at)
        answer.seconds["store"] = round(perf_counter() - started, 3)
        _finish(run, answer, difference, at)
        audit.record(
            "dispatch.run.stored",
            actor=actor,
            at=at,
            area_id=run.area_id,
            target_kind="PlannerRun",
            target_uuid=run.uuid,
            detail={"mode": run.mode, "assigned": len(answer.assignments), "unserved": len(run.unserved)},
        )
        publish(
            AssignmentsMade(run.incident.uuid, run.uuid, len(answer.assignments), len(run.unserved)),
            area_id=run.area_id,
            at=at,
        )
    return run


def _decide(run: PlannerRun, at: datetime, progress: Progress | None) -> _Answer:
    started = perf_counter()
    facts = read_facts(area_id=run.area_id, incident=run.incident, at=at)
    posed = pose(facts, keep_given=run.mode != "DAY")
    posed_at = perf_counter()

    def report(step: planner.Progress) -> None:
        if progress is not None:
            progress(min(95, 100 * step.done // max(1, step.total)), "")

    result = solve(posed.problem, progress=report)
    solved_at = perf_counter()
    assignments, dropped = _accepted(posed, result, run, at)
    return _Answer(
        facts,
        posed,
        result,
        assignments,
        dropped,
        {
            "read": round(posed_at - started, 3),
            "solve": round(solved_at - posed_at, 3),
            "validate": round(perf_counter() - solved_at, 3),
        },
    )


def _accepted(
    posed: Posed, result: planner.Result, run: PlannerRun, at: datetime
) -> tuple[tuple[planner.Assignment, ...], tuple[str, ...]]:
    """Return the assignments that the validator accepts; tasks at which it finds a broken rule are left out."""
    kept = result.assignments
    dropped: set[str] = set()
    violations: list[Violation] = validate(posed.problem, [item.visit for item in kept])
    for _repair in range(_REPAIRS):
        if not violations:
            return kept, tuple(sorted(dropped))
        blamed = {item.task for item in violations if item.task is not None}
        lone = {item.responder for item in violations if item.task is None and item.responder is not None}
        blamed |= {item.visit.task for item in kept if item.visit.responder in lone}
        dropped |= blamed
        kept = tuple(item for item in kept if item.visit.task not in dropped)
        violations = validate(posed.problem, [item.visit for item in kept])
    if not violations:
        return kept, tuple(sorted(dropped))
    stats = {"violations": [[item.rule.value, item.task, item.responder] for item in violations[:50]]}
    PlannerRun.objects.filter(pk=run.pk).update(state=PlannerRun.State.FAILED, finished_at=at, stats=stats)
    raise RunFailed(run)


def _finish(run: PlannerRun, answer: _Answer, difference: Difference, at: datetime) -> None:
    facts, result = answer.facts, answer.result
    dropped = [
        {"task": uuid, "rule": "VALIDATOR", "people": 0, "bindings": [], "relief": {}} for uuid in answer.dropped
    ]
    run.state = PlannerRun.State.DONE
    run.finished_at = at
    run.objective = [int(tier) for tier in result.objective.as_tuple()]
    run.unserved = [*unserved_json(facts, answer.posed, result.unserved), *dropped]
    run.shortages = shortages_json(facts, result.shortages)
    run.stats = {
        "diff": difference.as_json(),
        "seconds": answer.seconds,
        "tasks": len(answer.posed.tasks),
        "people": len(facts.people),
        "load_spread": round(result.load_spread, 3),
        "violations": [],
        "dropped": list(answer.dropped),
        "engine": result.stats.engine,
        "limits": facts.limits.source,
    }
    run.save(update_fields=["state", "finished_at", "objective", "unserved", "shortages", "stats"])


def request_assign(
    *,
    area_id: int,
    incident_uuid: UUID | None = None,
    trigger: str,
    at: datetime,
    is_new_work: bool = False,
    delay: timedelta = timedelta(0),
) -> UUID | None:
    """Ask for a replan in the background; requests until that run begins are one. Returns the job's uuid.

    With `delay` it begins so much later, so that the lines of a plan that are approved together make one run.
    None when there is no open incident, or nothing to plan.
    """
    incident = incidents.find_open_incident(area_id)
    if incident_uuid is not None and (incident is None or incident.uuid != incident_uuid):
        incident = incidents.get_incident(area_id, incident_uuid)
    if incident is None:
        return None
    if not _is_work(incident, is_new_work=is_new_work):
        return None
    last = PlannerRun.objects.filter(area_id=area_id, incident=incident).order_by("-id").values_list("id", flat=True)
    return enqueue(
        ASSIGN_JOB,
        area_id=area_id,
        at=at,
        payload={"incident": str(incident.uuid), "trigger": trigger},
        key=f"{incident.uuid}:{last.first() or 0}",
        delay=delay,
    )


def _is_work(incident: incidents.Incident, *, is_new_work: bool) -> bool:
    """Tell whether anything can be planned: open work, or a started task that lost one of its hands."""
    states = ["OPEN"] if is_new_work else list(PLANNABLE_STATES)
    if Task.objects.filter(area_id=incident.area_id, incident=incident, state__in=states).exists():
        return True
    return not is_new_work and bool(read_short_handed(incident.area_id, incident.pk))


def run_requested(
    *, area_id: int, incident_uuid: UUID, trigger: str, actor: Actor, at: datetime, progress: Progress | None = None
) -> PlannerRun | None:
    """Carry out a requested replan; None when meanwhile nothing is left to plan.

    What new tasks got is then made better in the background, if there is enough of it (`searches.ask_improvement`).
    """
    incident = incidents.get_incident(area_id, incident_uuid)
    if not _is_work(incident, is_new_work=trigger == "TASKS_OPENED"):
        return None
    run = assign(
        area_id=area_id,
        incident_id=incident.pk,
        actor=actor,
        at=at,
        mode="REPLAN",
        trigger=trigger,
        progress=progress,
    )
    if trigger == "TASKS_OPENED":
        ask_improvement(run, at=at)
    return run


def last_run(*, area_id: int, incident_id: int) -> PlannerRun | None:
    """Return the newest finished run, or None."""
    rows = PlannerRun.objects.filter(area_id=area_id, incident_id=incident_id, state=PlannerRun.State.DONE)
    return rows.order_by("-id").first()


def get_run(area_id: int, uuid: UUID) -> PlannerRun:
    """Return a run. Raises PlannerRun.DoesNotExist."""
    return PlannerRun.objects.get(area_id=area_id, uuid=uuid)


def is_running(*, area_id: int, incident_id: int, at: datetime) -> bool:
    """Tell whether a run has begun in the last minutes and has not ended."""
    rows = PlannerRun.objects.filter(area_id=area_id, incident_id=incident_id, state=PlannerRun.State.RUNNING)
    return rows.filter(started_at__gt=at - _STALE).exists()


def timeline(*, area_id: int, incident_id: int, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """Return what dispatch did between two moments, oldest first: runs, and tasks ended by day and kind."""
    runs = PlannerRun.objects.filter(
        area_id=area_id, incident_id=incident_id, finished_at__gte=since, finished_at__lt=until, state="DONE"
    )
    found: list[dict[str, Any]] = [
        {
            "at": run.finished_at,
            "code": "dispatch.run",
            "counts": {"new": run.stats.get("diff", {}).get("new", 0), "unserved": len(run.unserved)},
        }
        for run in runs
    ]
    ended = Task.objects.filter(
        area_id=area_id, incident_id=incident_id, finished_at__gte=since, finished_at__lt=until, state="FAILED"
    )
    found += [
        {"at": at, "code": "dispatch.task_failed", "counts": {"tasks": 1}}
        for at in ended.values_list("finished_at", flat=True)
    ]
    return sorted(found, key=lambda entry: entry["at"])
