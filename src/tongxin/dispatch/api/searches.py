"""A search for a better plan in the background: asked for, watched, stopped; what it finds is proposed or taken.

People have their tasks from the first answer at once. What a search finds afterwards is taken by itself only while
nobody counts on what it changes; else it waits as a proposal for a dispatcher. Asked for by hand it always waits.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from tongxin.base import audit, clock
from tongxin.base.actors import Actor
from tongxin.base.outbox import ask_cancel, enqueue
from tongxin.dispatch.api.proposals import apply, propose
from tongxin.dispatch.models import Assignment, PlannerRun, PlanSearch
from tongxin.dispatch.planning.answer import shortages_json, unserved_json
from tongxin.dispatch.planning.facts import read_facts
from tongxin.dispatch.planning.pace import Pace, Watch
from tongxin.dispatch.planning.proposal import DECIDE_MIN, Asked, Stale, differences, is_told, pose_search
from tongxin.dispatch.rules import FEWEST_HANDS, search_seconds
from tongxin.engines import planner
from tongxin.incidents import api as incidents

SEARCH_JOB = "dispatch.search"
WHAT_IF_JOB = "dispatch.what_if"
#: What was given so long ago may have been read, even if nobody accepted it yet.
READ_AFTER = timedelta(minutes=2)
_TRIES = 3
#: A replan that moves little looks for more hands for at most so long after its first answer.
REPLAN_SECONDS = 3.0
_SECONDS = 20.0
_State = PlanSearch.State
GOING = (_State.WAITING, _State.RUNNING)
Report = Callable[[int], bool]
Now = Callable[[], datetime]


class SearchRunning(Exception):
    """A search for this incident waits or runs already."""


def ask_search(*, area_id: int, incident_id: int, mode: str, actor: Actor, at: datetime) -> PlanSearch:
    """Ask for a plan that is shown as a difference before anybody takes it.

    `REPLAN` moves little and searches three seconds where work stays without hands, `DAY` searches for longer. Raises SearchRunning.
    """
    search = _ask(
        area_id=area_id,
        incident_id=incident_id,
        values={"purpose": "PLAN", "mode": mode, "trigger": "BY_HAND"},
        at=at,
    )
    if search is None:
        raise SearchRunning
    note("search.asked", search, actor=actor, at=at, detail={"mode": mode})
    return search


def look_again(*, area_id: int, search_uuid: UUID, actor: Actor, at: datetime) -> PlanSearch:
    """Lay a proposal aside that does not hold any more, and search again in the same way. Raises SearchRunning."""
    with transaction.atomic():
        search = PlanSearch.objects.select_for_update().get(area_id=area_id, uuid=search_uuid)
        PlanSearch.objects.filter(pk=search.pk, state=_State.PROPOSED).update(state=_State.STALE, settled_at=at)
        mode = "DAY" if search.mode == "IMPROVE" else search.mode
        return ask_search(area_id=area_id, incident_id=search.incident_id, mode=mode, actor=actor, at=at)


def ask_what_if(*, area_id: int, incident_id: int, question: dict[str, Any], actor: Actor, at: datetime) -> PlanSearch:
    """Ask what would be if: two plans are made and compared, nothing is changed. Raises SearchRunning."""
    search = _ask(
        area_id=area_id,
        incident_id=incident_id,
        values={"purpose": "WHAT_IF", "mode": question["kind"], "trigger": "BY_HAND", "question": question},
        at=at,
    )
    if search is None:
        raise SearchRunning
    note("what_if.asked", search, actor=actor, at=at, detail={"kind": question["kind"]})
    return search


def ask_improvement(run: PlannerRun, *, at: datetime) -> PlanSearch | None:
    """Ask for a better plan than a run's first answer; None where it is too small or a search is under way."""
    hands = sum(run.stats["diff"][name] for name in ("new", "kept", "shifted", "moved")) + len(run.unserved)
    if run.stats["diff"]["new"] < 2 or hands < FEWEST_HANDS:
        return None
    values = {"purpose": "PLAN", "mode": "IMPROVE", "trigger": run.trigger, "given_since": run.started_at}
    return _ask(area_id=run.area_id, incident_id=run.incident_id, values=values, at=at)


def _ask(*, area_id: int, incident_id: int, values: dict[str, Any], at: datetime) -> PlanSearch | None:
    try:
        with transaction.atomic():
            search = PlanSearch.objects.create(area_id=area_id, incident_id=incident_id, asked_at=at, **values)
    except IntegrityError:
        return None
    job = enqueue(
        SEARCH_JOB if search.purpose == "PLAN" else WHAT_IF_JOB,
        area_id=area_id,
        at=at,
        payload={"search": str(search.uuid)},
        key=str(search.uuid),
    )
    PlanSearch.objects.filter(pk=search.pk).update(job=job)
    search.job = job
    return search


def note(action: str, search: PlanSearch, *, actor: Actor, at: datetime, detail: dict[str, Any]) -> None:
    """Write what a person did with a search into the audit."""
    audit.record(
        f"dispatch.{action}",
        actor=actor,
        at=at,
        area_id=search.area_id,
        target_kind="PlanSearch",
        target_uuid=search.uuid,
        detail=detail,
    )


def cancel_search(*, area_id: int, search_uuid: UUID, actor: Actor, at: datetime) -> bool:
    """Stop a search; the plan stays as it is. False when it was over already. Raises PlanSearch.DoesNotExist."""
    with transaction.atomic():
        search = PlanSearch.objects.get(area_id=area_id, uuid=search_uuid)
        if search.job is not None:
            ask_cancel(search.job, area_id=area_id)
        # Whoever runs it looks at this row too: it is over for everybody from now on.
        rows = PlanSearch.objects.filter(pk=search.pk, state__in=GOING)
        is_stopped = bool(rows.update(state=_State.CANCELLED, finished_at=at))
        if is_stopped:
            note("search.cancelled", search, actor=actor, at=at, detail={"purpose": search.purpose})
    return is_stopped


def begin(area_id: int, search_uuid: UUID, at: datetime) -> PlanSearch | None:
    """Take a search in hand; None when it is over, or another one began after it had failed."""
    rows = PlanSearch.objects.filter(area_id=area_id, uuid=search_uuid)
    try:
        with transaction.atomic():
            begun = rows.filter(state__in=[*GOING, _State.FAILED]).update(state=_State.RUNNING, started_at=at, share=0)
    except IntegrityError:
        return None
    return rows.select_related("incident").get() if begun else None


def teller(search: PlanSearch, report: Report) -> Callable[[int, planner.Objective | None], bool]:
    """Return what is told once a second: writes how far the search is, and says whether to stop."""

    def tell(percent: int, best: planner.Objective | None) -> bool:
        is_asked = report(percent)
        changes: dict[str, Any] = {"share": percent}
        if best is not None:
            changes["best"] = {"tiers": [int(tier) for tier in best.as_tuple()]}
        is_going = PlanSearch.objects.filter(pk=search.pk, state=_State.RUNNING).update(**changes)
        return is_asked or not is_going

    return tell


def run_search(*, area_id: int, search_uuid: UUID, actor: Actor, now: Now, report: Report) -> PlanSearch | None:
    """Carry a search out: look for a better plan, and propose or take it. For the worker of long jobs.

    What changed while it ran makes it look again. `now` tells the time, `report` writes the progress and says whether
    somebody asked to stop. None when it was over before it began.
    """
    search = begin(area_id, search_uuid, now())
    if search is None:
        return None
    try:
        for attempt in range(_TRIES):
            try:
                return _search(search, actor=actor, now=now, report=report, is_last=attempt == _TRIES - 1)
            except Stale:
                continue
    except Exception:
        end(search, _State.FAILED, now())
        raise
    return end(search, _State.STALE, now())


def _search(search: PlanSearch, *, actor: Actor, now: Now, report: Report, is_last: bool) -> PlanSearch:
    at = now()
    facts = read_facts(area_id=search.area_id, incident=search.incident, at=at)
    decide_min = 0 if search.mode == "IMPROVE" else DECIDE_MIN
    is_anew = search.mode != "REPLAN"
    asked = pose_search(facts, is_fixed=_fixed(search, at), decide_min=decide_min, is_anew=is_anew)
    seconds = _seconds(search, asked, at)
    # Others keep changing things: the last attempt takes the first answer, which is there at once.
    if search.mode == "REPLAN":
        seconds = min(seconds, REPLAN_SECONDS)
    watch = Watch(seconds, teller(search, report))
    before = planner.objective_of(asked.posed.problem, asked.in_force)
    search.before = standing_json(asked, asked.in_force, before)
    PlanSearch.objects.filter(pk=search.pk).update(before=search.before)
    result = _solve(asked.posed.problem, watch, seconds=0.0 if is_last else seconds, is_kept=search.mode == "REPLAN")
    if watch.is_cancelled:
        return end(search, _State.CANCELLED, now())
    changes = differences(asked, result.assignments)
    _fill(search, asked, result, changes)
    if not changes or result.objective.as_tuple()[:7] >= before.as_tuple()[:7]:
        return end(search, _State.NOTHING, now())
    return _settle(search, actor=actor, at=now())


def _solve(problem: planner.Problem, watch: Watch, *, seconds: float, is_kept: bool) -> planner.Result:
    """Search for so many seconds (0: the first answer). With `is_kept` the plan in force is moved as little as that allows.

    The first answer keeps it and fills what has no hands. A search after it, which moves more, counts only where it
    gives more work hands or makes it less late: fairness and walking alone are no reason to move people.
    """
    if seconds <= 0 or is_kept:
        first = planner.solve(problem, stop=planner.FIRST_ANSWER, progress=watch.progress, cancelled=watch.cancelled)
        if seconds <= 0 or watch.is_cancelled or not any(first.objective.as_tuple()[:3]):
            return first
    result = planner.solve(problem, stop=Pace(seconds), progress=watch.progress, cancelled=watch.cancelled)
    if is_kept and result.objective.as_tuple()[:3] >= first.objective.as_tuple()[:3]:
        return first
    return result


def _fixed(search: PlanSearch, at: datetime) -> Callable[[Assignment], bool]:
    """Return what a search leaves alone beside pins and what starts soon."""
    if search.mode != "IMPROVE":
        return lambda row: row.state == Assignment.State.ACCEPTED
    return lambda row: is_told(row, given_since=search.given_since, longest=at - READ_AFTER)


def _seconds(search: PlanSearch, asked: Asked, at: datetime) -> float:
    hands = sum(len(task.hands) for task in asked.posed.problem.tasks)
    return search_seconds(hands, seconds_of_profile(search.incident, at, "search_seconds"))


def seconds_of_profile(incident: incidents.Incident, at: datetime, key: str) -> float:
    """Return a number of seconds of the profile's `planning`; twenty on a day before its first rule set."""
    try:
        planning = incidents.rule_set_of(incident, clock.local_date(at)).planning
    except LookupError:
        return _SECONDS
    return float(getattr(planning, key).value)


def standing_json(asked: Asked, visits: Sequence[planner.Visit], objective: planner.Objective) -> dict[str, Any]:
    """Return a plan in numbers: its tiers, tasks with and without hands, people, and the most work of one person."""
    minutes: Counter[str] = Counter()
    for visit in visits:
        minutes[visit.responder] += visit.end_min - visit.start_min
    served = {visit.task for visit in visits}
    return {
        "tiers": [int(tier) for tier in objective.as_tuple()],
        "served": len(served),
        "unserved": len(asked.posed.problem.tasks) - len(served) + len(asked.posed.closed),
        "people": len(minutes),
        "most_min": max(minutes.values(), default=0),
    }


def _fill(search: PlanSearch, asked: Asked, result: planner.Result, changes: list[dict[str, Any]]) -> None:
    search.best = standing_json(asked, result.visits, result.objective)
    search.changes = changes
    search.unserved = unserved_json(asked.facts, asked.posed, result.unserved)
    search.shortages = shortages_json(asked.facts, result.shortages)
    search.stats = {
        "engine": result.stats.engine,
        "iterations": result.stats.iterations,
        "seconds": round(result.stats.elapsed_s, 2),
        "load_spread": round(result.load_spread, 3),
        "tasks": len(asked.posed.tasks),
        "people": len(asked.facts.people),
    }


def _settle(search: PlanSearch, *, actor: Actor, at: datetime) -> PlanSearch:
    """Take what moves nobody who counts on it, else propose it. Raises Stale."""
    with transaction.atomic():
        if not PlanSearch.objects.select_for_update().filter(pk=search.pk, state=_State.RUNNING).exists():
            return PlanSearch.objects.get(pk=search.pk)
        if search.mode == "IMPROVE" and not _tells_anew(search, at):
            search.run = apply(search, search.changes, mode="IMPROVE", actor=actor, at=at)
            search.settled_at = at
            note("plan.adopted", search, actor=actor, at=at, detail={"changes": len(search.changes), "automatic": True})
            return end(search, _State.TAKEN, at)
        waiting = PlanSearch.objects.filter(
            area_id=search.area_id, incident_id=search.incident_id, state=_State.PROPOSED
        )
        if search.mode == "IMPROVE" and waiting.exists():
            # Somebody is reading what they asked for: it is not pulled away from under their eyes.
            return end(search, _State.DISCARDED, at)
        propose(search, at=at)
        return end(search, _State.PROPOSED, at)


def _tells_anew(search: PlanSearch, at: datetime) -> bool:
    """Tell whether the changes move somebody who counts on what the plan says now."""
    uuids = [change["before"]["assignment"] for change in search.changes if change["before"]]
    rows = Assignment.objects.filter(area_id=search.area_id, uuid__in=uuids[:_MOST_ASKED]).defer("note")
    if len(uuids) > _MOST_ASKED:
        return True
    return any(is_told(row, given_since=search.given_since, longest=at - READ_AFTER) for row in rows)


#: More than so many moved hands are never taken unseen (and no database takes more values at once).
_MOST_ASKED = 500


def end(search: PlanSearch, state: str, at: datetime) -> PlanSearch:
    """Write how a search ended, unless somebody stopped it meanwhile; what it found stays readable."""
    search.state, search.finished_at, search.share = state, at, 100
    PlanSearch.objects.filter(pk=search.pk, state=_State.RUNNING).update(
        **{
            name: getattr(search, name)
            for name in (
                "state", "finished_at", "settled_at", "share", "before", "best", "changes", "unserved", "shortages",
                "answer", "stats", "run",
            )
        }
    )  # fmt: skip
    return PlanSearch.objects.get(pk=search.pk)
