"""A proposed plan: looked at, taken, discarded, and taken back while nothing of it has begun."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from tongxin.base import audit, policy
from tongxin.base.actors import Actor
from tongxin.base.outbox import publish
from tongxin.dispatch.events import AssignmentsMade
from tongxin.dispatch.models import Assignment, PlannerRun, PlanSearch, Task
from tongxin.dispatch.planning.facts import read_facts
from tongxin.dispatch.planning.problem import pose
from tongxin.dispatch.planning.proposal import Change, Stale, changed_plan, reversed_changes
from tongxin.dispatch.planning.store import store

_State = PlanSearch.State
_GOING = (_State.WAITING, _State.RUNNING)
#: For so long the board tells how the last search ended, if that was nothing to decide.
_SHOWN = timedelta(hours=2)
_CHUNK = 500


class NotProposed(Exception):
    """This plan is not waiting for a decision any more; `state` says what became of it."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class TooLateToUndo(Exception):
    """Something of the plan has begun or was changed since; `rules` names what the plan before would break now."""

    def __init__(self, rules: Sequence[str] = ()) -> None:
        super().__init__(", ".join(rules))
        self.rules = tuple(rules)


def get_search(area_id: int, uuid: UUID) -> PlanSearch:
    """Return a search. Raises PlanSearch.DoesNotExist."""
    return PlanSearch.objects.select_related("run", "incident").get(area_id=area_id, uuid=uuid)


def newest_search(*, area_id: int, incident_id: int, at: datetime, purpose: str = "PLAN") -> PlanSearch | None:
    """Return the search that the board speaks of: one under way, a proposal, else what ended in the last two hours."""
    rows = PlanSearch.objects.filter(area_id=area_id, incident_id=incident_id, purpose=purpose)
    found = list(rows.defer("unserved", "shortages").order_by("-id")[:10])
    for states in (_GOING, (_State.PROPOSED,)):
        current = next((row for row in found if row.state in states), None)
        if current is not None:
            return current
    ended = next((row for row in found if row.state != _State.DISCARDED), None)
    return ended if ended is not None and ended.asked_at > at - _SHOWN else None


def take_plan(*, area_id: int, search_uuid: UUID, actor: Actor, at: datetime) -> PlannerRun:
    """Make a proposed plan the plan in force: all of its changes or none.

    In one transaction it is compared with what is there now and judged by the validator. What does not hold any more
    raises Stale, and nothing is changed (`searches.look_again` then). Raises NotProposed, Stale, policy.NotAllowed.
    """
    policy.require(actor, "dispatch.task.manage", area_id=area_id)
    with transaction.atomic():
        search = _locked(area_id, search_uuid, _State.PROPOSED)
        run = apply(search, search.changes, mode=search.mode, actor=actor, at=at)
        _settle(search, _State.TAKEN, at, run=run)
        _note("adopted", search, actor=actor, at=at, detail={"changes": len(search.changes)})
    return run


def discard_plan(*, area_id: int, search_uuid: UUID, actor: Actor, at: datetime) -> None:
    """Lay a proposed plan aside; nothing changes. Raises NotProposed, policy.NotAllowed."""
    policy.require(actor, "dispatch.task.manage", area_id=area_id)
    with transaction.atomic():
        search = _locked(area_id, search_uuid, _State.PROPOSED)
        _settle(search, _State.DISCARDED, at)
        _note("discarded", search, actor=actor, at=at, detail={"changes": len(search.changes)})


def undo_plan(*, area_id: int, search_uuid: UUID, actor: Actor, at: datetime) -> PlannerRun:
    """Go back to the plan before one that was taken, as long as nothing of it has begun and no rule speaks against.

    Raises NotProposed, TooLateToUndo, policy.NotAllowed.
    """
    policy.require(actor, "dispatch.task.manage", area_id=area_id)
    with transaction.atomic():
        search = _locked(area_id, search_uuid, _State.TAKEN)
        _lock_tasks(search)
        try:
            back = reversed_changes(search.changes, _standing(search))
            run = apply(search, back, mode="UNDO", actor=actor, at=at)
        except Stale as error:
            raise TooLateToUndo(error.rules) from error
        _settle(search, _State.UNDONE, at, run=run)
        _note("undone", search, actor=actor, at=at, detail={"changes": len(search.changes)})
    return run


def may_undo(search: PlanSearch) -> bool:
    """Tell whether a taken plan can still be taken back (the rules are asked when it is done)."""
    if search.state != _State.TAKEN:
        return False
    try:
        reversed_changes(search.changes, _standing(search))
    except Stale:
        return False
    return True


def _standing(search: PlanSearch) -> dict[tuple[str, int], Assignment]:
    """Return the open assignments of the tasks that a search changes."""
    uuids = sorted({change["task"] for change in search.changes})
    found: dict[tuple[str, int], Assignment] = {}
    for start in range(0, len(uuids), _CHUNK):
        rows = Assignment.objects.filter(
            area_id=search.area_id, task__uuid__in=uuids[start : start + _CHUNK], is_open=True
        )
        for row in rows.select_related("task").defer("note"):
            found[str(row.task.uuid), row.hand_index] = row
    return found


def _locked(area_id: int, uuid: UUID, state: str) -> PlanSearch:
    rows = PlanSearch.objects.select_for_update(of=("self",)).select_related("incident")
    search = rows.get(area_id=area_id, uuid=uuid, purpose=PlanSearch.Purpose.PLAN)
    if search.state != state:
        raise NotProposed(search.state)
    return search


def _settle(search: PlanSearch, state: str, at: datetime, **changes: Any) -> None:
    PlanSearch.objects.filter(pk=search.pk).update(state=state, settled_at=at, **changes)


def _note(action: str, search: PlanSearch, *, actor: Actor, at: datetime, detail: dict[str, Any]) -> None:
    audit.record(
        f"dispatch.plan.{action}",
        actor=actor,
        at=at,
        area_id=search.area_id,
        target_kind="PlanSearch",
        target_uuid=search.uuid,
        detail=detail,
    )


def _lock_tasks(search: PlanSearch) -> None:
    """Let nobody accept or begin what is about to change before it is decided."""
    uuids = sorted({change["task"] for change in search.changes})
    for start in range(0, len(uuids), _CHUNK):
        rows = Task.objects.filter(area_id=search.area_id, uuid__in=uuids[start : start + _CHUNK])
        list(rows.select_for_update().order_by("id").values_list("pk", flat=True))


def propose(search: PlanSearch, *, at: datetime) -> None:
    """Lay an older proposal aside, and make sure that the new one holds now. Raises Stale."""
    _lock_tasks(search)
    facts = read_facts(area_id=search.area_id, incident=search.incident, at=at)
    changed_plan(facts, pose(facts, with_closed=True), search.changes)
    PlanSearch.objects.filter(area_id=search.area_id, incident_id=search.incident_id, state=_State.PROPOSED).update(
        state=_State.DISCARDED, settled_at=at
    )


def apply(search: PlanSearch, changes: Sequence[Change], *, mode: str, actor: Actor, at: datetime) -> PlannerRun:
    """Make changes to the plan in force and return the run that says so. In a transaction. Raises Stale."""
    _lock_tasks(search)
    facts = read_facts(area_id=search.area_id, incident=search.incident, at=at)
    posed = pose(facts, with_closed=True)
    is_back = mode == "UNDO"
    plan = changed_plan(facts, posed, changes, is_back=is_back)
    runs = PlannerRun.objects.filter(area_id=search.area_id, incident_id=search.incident_id, state="DONE")
    last = (runs.filter(pk__lt=search.run_id) if is_back and search.run_id else runs).order_by("-id").first()
    run = PlannerRun.objects.create(
        area_id=search.area_id,
        incident_id=search.incident_id,
        mode=mode,
        trigger="UNDO" if is_back else search.trigger,
        started_at=at,
    )
    difference = store(facts, posed, plan, run, at)
    run.state, run.finished_at = PlannerRun.State.DONE, at
    run.objective = (search.before if is_back else search.best)["tiers"]
    run.unserved = _unserved(last, search, is_back=is_back)
    run.shortages = search.shortages if not is_back or last is None else last.shortages
    run.stats = {**search.stats, "diff": difference.as_json(), "violations": [], "dropped": [], "seconds": {}}
    run.save(update_fields=["state", "finished_at", "objective", "unserved", "shortages", "stats"])
    publish(
        AssignmentsMade(search.incident.uuid, run.uuid, len(plan), len(run.unserved)), area_id=search.area_id, at=at
    )
    return run


def _unserved(last: PlannerRun | None, search: PlanSearch, *, is_back: bool) -> list[dict[str, Any]]:
    """Return why tasks have no hands: what the search says, and of what came since, the last run; never both."""
    newest, older = search.unserved, last.unserved if last is not None else []
    if is_back:
        newest, older = older, newest
    said = {entry["task"] for entry in newest}
    decided = {change["task"] for change in search.changes if change["after"]} if not is_back else set()
    return [*newest, *(entry for entry in older if entry["task"] not in said | decided)]
