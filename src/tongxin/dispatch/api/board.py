"""What the dispatcher and the responder look at."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from tongxin.base import audit
from tongxin.base.actors import Actor, Scope
from tongxin.community import api as community
from tongxin.dispatch.api.runs import is_running, last_run
from tongxin.dispatch.api.tasks import reached
from tongxin.dispatch.api.values import Board, LoadByGrid, LoadByPerson, MyTask, ShortageLine, UnservedTask
from tongxin.dispatch.models import Assignment, PlannerRun, Task
from tongxin.dispatch.planning.facts import read_short_handed
from tongxin.dispatch.rules import OPEN_STATES
from tongxin.workforce import api as workforce

_CHUNK = 500
_OPEN = list(OPEN_STATES)
_CONFIRMED = frozenset({"ACCEPTED", "STARTED"})
_DAY = timedelta(hours=24)
#: Who is on a shift within so long can be given work.
_SOON = timedelta(hours=2)


def board(*, area_id: int, incident_id: int, scope: Scope, at: datetime) -> Board:
    """Return load by grid and by person, what is unserved and why, and what is short, as far as the scope reaches."""
    run = last_run(area_id=area_id, incident_id=incident_id)
    return Board(
        at=at,
        grids=tuple(load_by_grid(area_id=area_id, incident_id=incident_id, scope=scope, at=at)),
        people=tuple(load_by_person(area_id=area_id, incident_id=incident_id, scope=scope, at=at)),
        unserved=tuple(_unserved(area_id, incident_id, scope, run)),
        shortages=tuple(_shortages(area_id, scope, run)),
        run=run,
        is_running=is_running(area_id=area_id, incident_id=incident_id, at=at),
    )


def _tasks(area_id: int, incident_id: int, scope: Scope) -> QuerySet[Task]:
    return Task.objects.filter(area_id=area_id, incident_id=incident_id).filter(reached(scope))


def load_by_grid(*, area_id: int, incident_id: int, scope: Scope, at: datetime) -> list[LoadByGrid]:
    """Return how heavy each grid is, in the order of the grids; the last row holds tasks without a grid."""
    rows = (
        _tasks(area_id, incident_id, scope)
        .filter(Q(state__in=_OPEN) | Q(state="DONE", finished_at__gt=at - _DAY))
        .values("grid_id")
        .annotate(
            open=Count("id", filter=Q(state__in=_OPEN)),
            unassigned=Count("id", filter=Q(state="OPEN")),
            late=Count("id", filter=Q(state__in=_OPEN, due_at__lt=at)),
            minutes=Sum("duration_min", filter=Q(state__in=_OPEN)),
            done=Count("id", filter=Q(state="DONE")),
        )
    )
    found: dict[int | None, Mapping[str, Any]] = {row["grid_id"]: row for row in rows}
    numbers = {grid.pk: grid.number for grid in community.list_grids(area_id)}
    order: list[int | None] = [pk for pk in numbers if pk in found or scope.everything or pk in scope.grid_ids]
    order += [None] if None in found else []
    empty: Mapping[str, Any] = {"open": 0, "unassigned": 0, "late": 0, "minutes": 0, "done": 0}
    return [
        LoadByGrid(
            grid_id=pk,
            number=numbers.get(pk, "") if pk is not None else "",
            open=row["open"],
            unassigned=row["unassigned"],
            late=row["late"],
            minutes=row["minutes"] or 0,
            done_today=row["done"],
        )
        for pk in order
        for row in (found.get(pk, empty),)
    ]


def load_by_person(*, area_id: int, incident_id: int, scope: Scope, at: datetime) -> list[LoadByPerson]:
    """Return how much each responder has ahead and has worked in the last day, heaviest first.

    Whoever sees the whole compound also sees who is on a shift now or soon and has nothing yet.
    """
    rows = Assignment.objects.filter(area_id=area_id, task__incident_id=incident_id, is_open=True)
    rows = rows.filter(reached(scope, "task__"))
    ahead: dict[int, Mapping[str, Any]] = {
        row["responder_id"]: row
        for row in rows.values("responder_id").annotate(tasks=Count("id"), minutes=Sum("task__duration_min"))
    }
    worked = workforce.hours_by_responder(area_id=area_id, since=at - _DAY, until=at)
    wanted = set(ahead)
    if scope.everything:
        wanted |= set(worked) | set(workforce.availability(area_id=area_id, start=at, end=at + _SOON))
    people = workforce.responders_by_id(area_id=area_id, ids=wanted)
    found = [
        LoadByPerson(
            row.pk,
            row.uuid,
            row.code,
            row.kind,
            ahead.get(row.pk, {}).get("tasks", 0),
            ahead.get(row.pk, {}).get("minutes", 0) or 0,
            worked.get(row.pk, 0),
            row.cohort,
        )
        for row in people.values()
    ]
    return sorted(found, key=lambda load: (-(load.minutes + load.worked), load.code))


def next_assignments(*, area_id: int, incident_id: int, scope: Scope, limit: int = 12) -> list[Assignment]:
    """Return the open assignments that come next (or run), with task, place and responder."""
    rows = Assignment.objects.filter(area_id=area_id, task__incident_id=incident_id, is_open=True)
    rows = rows.filter(reached(scope, "task__")).defer("note")
    rows = rows.select_related("responder", "task__dwelling", "task__entrance__building", "task__building")
    return list(rows.order_by("starts_at", "id")[:limit])


def place_label(task: Task) -> str:
    """Return where a task is: the door, else the entrance, else the building, else the grid, else nothing."""
    if task.dwelling is not None:
        return task.dwelling.door
    if task.entrance is not None:
        number = task.entrance.building.number
        return f"{number}-{task.entrance.number}" if task.entrance.number else number
    return task.building.number if task.building is not None else ""


def _by_uuid(area_id: int, incident_id: int, scope: Scope, uuids: Sequence[str]) -> dict[str, Task]:
    found: dict[str, Task] = {}
    for start in range(0, len(uuids), _CHUNK):
        rows = _tasks(area_id, incident_id, scope).filter(uuid__in=uuids[start : start + _CHUNK], state__in=_OPEN)
        for row in rows.select_related("dwelling", "entrance__building", "building", "grid"):
            found[str(row.uuid)] = row
    return found


def tasks_by_uuid(*, area_id: int, incident_id: int, scope: Scope, uuids: Iterable[str]) -> dict[str, Task]:
    """Return the tasks of these uuids that the scope reaches, in whatever state, with their places."""
    found: dict[str, Task] = {}
    wanted = sorted(set(uuids))
    for start in range(0, len(wanted), _CHUNK):
        rows = _tasks(area_id, incident_id, scope).filter(uuid__in=wanted[start : start + _CHUNK])
        found |= {str(row.uuid): row for row in rows.select_related("dwelling", "entrance__building", "building")}
    return found


def _unserved(area_id: int, incident_id: int, scope: Scope, run: PlannerRun | None) -> list[UnservedTask]:
    if run is None:
        return []
    rows = _by_uuid(area_id, incident_id, scope, [entry["task"] for entry in run.unserved])
    lacking = {str(task.uuid) for task in read_short_handed(area_id, incident_id)}
    return [
        UnservedTask(
            task.uuid,
            task.kind,
            place_label(task),
            task.due_at,
            entry["rule"],
            entry["people"],
            entry["relief"],
            task.grid_id,
        )
        for entry in run.unserved
        if (task := rows.get(entry["task"])) is not None and (task.state == Task.State.OPEN or entry["task"] in lacking)
    ]


def _shortages(area_id: int, scope: Scope, run: PlannerRun | None) -> list[ShortageLine]:
    if run is None:
        return []
    numbers = {grid.pk: grid.number for grid in community.list_grids(area_id)}
    return [
        ShortageLine(
            tuple(entry["skills"]),
            numbers.get(entry["grid_id"], ""),
            datetime.fromisoformat(entry["from"]),
            datetime.fromisoformat(entry["until"]),
            entry["responders"],
            entry["tasks"],
        )
        for entry in run.shortages
        if scope.everything or entry["grid_id"] in scope.grid_ids
    ]


def why_not_served(*, area_id: int, task: Task) -> Mapping[str, Any]:
    """Return the newest run's entry on a task that nobody got: rule, people, bindings, relief; empty otherwise."""
    run = last_run(area_id=area_id, incident_id=task.incident_id)
    is_lacking = task.state == Task.State.STARTED and task in read_short_handed(area_id, task.incident_id)
    if run is None or not (task.state == Task.State.OPEN or is_lacking):
        return {}
    return next((entry for entry in run.unserved if entry["task"] == str(task.uuid)), {})


def my_tasks(
    *,
    area_id: int,
    responder_id: int,
    at: datetime,
    actor: Actor,
    days: int = 1,
    only: UUID | None = None,
    reveal: bool = False,
) -> list[MyTask]:
    """Return what a responder has to do today in order of time, and what is overdue.

    Names are masked. With `reveal` (the page of one job, `only`) whom a task is about is shown by name and phone
    once this person has accepted it; each such look is in the audit.
    """
    zone = workforce.local_zone()
    until = workforce.midnight(at, zone) + timedelta(days=days)
    query = _mine(area_id, responder_id).filter(starts_at__lt=until).order_by("starts_at", "id")
    rows = list(query if only is None else query.filter(uuid=only))
    shown = [row for row in rows if reveal and row.state in _CONFIRMED and row.task.person_id is not None]
    people = community.list_people(area_id=area_id, ids=[row.task.person_id for row in rows if row.task.person_id])
    community.warm_names(area_id, people.values())
    partners = _partners(area_id, rows)
    _record_looks(area_id, shown, people, actor, at)
    revealed = {row.pk for row in shown}
    return [_card(row, people, partners, row.pk in revealed) for row in rows]


def _mine(area_id: int, responder_id: int) -> QuerySet[Assignment]:
    rows = Assignment.objects.filter(area_id=area_id, responder_id=responder_id, is_open=True)
    return rows.select_related("task__dwelling", "task__entrance__building", "task__building", "task__grid").defer(
        "note"
    )


def _partners(area_id: int, rows: Iterable[Assignment]) -> dict[int, list[tuple[int, str]]]:
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    others = Assignment.objects.filter(area_id=area_id, task_id__in=[row.task_id for row in rows], is_open=True)
    for task_id, pk, code in others.order_by("hand_index").values_list("task_id", "responder_id", "responder__code"):
        found[task_id].append((pk, code))
    return found


def _record_looks(
    area_id: int, rows: Sequence[Assignment], people: Mapping[int, Any], actor: Actor, at: datetime
) -> None:
    for row in rows:
        person = people.get(row.task.person_id or 0)
        if person is not None:
            audit.record(
                "dispatch.task.person_read",
                actor=actor,
                at=at,
                area_id=area_id,
                target_kind="person",
                target_uuid=person.uuid,
                detail={"purpose": "TASK", "task": str(row.task.uuid)},
            )


def _card(
    row: Assignment,
    people: Mapping[int, Any],
    partners: Mapping[int, Sequence[tuple[int, str]]],
    is_revealed: bool,
) -> MyTask:
    task = row.task
    person = people.get(task.person_id or 0)
    return MyTask(
        assignment_uuid=row.uuid,
        task_uuid=task.uuid,
        kind=task.kind,
        state=row.state,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        due_at=task.due_at,
        place=place_label(task),
        building=task.building.number if task.building is not None else "",
        reason=row.reason,
        partners=tuple(code for pk, code in partners.get(task.pk, ()) if pk != row.responder_id),
        ppe_level=task.ppe_level,
        zone_rank=task.zone_rank,
        is_pinned=row.is_pinned,
        masked_name=community.masked_name(person) if person is not None else "",
        name=person.name if is_revealed and person is not None else "",
        phone=person.phone if is_revealed and person is not None else "",
        params=task.params,
    )


def forget(*, area_id: int, person_uuid: UUID, at: datetime, actor: Actor) -> int:
    """Take a resident out of tasks, and erase notes that responders wrote; counts stay. Returns rows changed."""
    tasks = Task.objects.filter(area_id=area_id, person__uuid=person_uuid)
    notes = Assignment.objects.filter(area_id=area_id).filter(
        Q(task__in=tasks.values("pk")) | Q(subject_uuid=person_uuid)
    )
    count = notes.exclude(note=b"").update(note=b"")
    return count + tasks.update(person=None)
