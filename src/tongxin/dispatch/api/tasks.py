"""Opening, finding and cancelling tasks."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, models, transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from tongxin.base import audit
from tongxin.base.actors import Actor, Scope
from tongxin.base.outbox import publish
from tongxin.community import api as community
from tongxin.dispatch import rules
from tongxin.dispatch.api.values import BadDraft, TaskDraft
from tongxin.dispatch.events import TasksOpened
from tongxin.dispatch.models import Assignment, Task, TaskHand
from tongxin.dispatch.rules import OPEN_STATES
from tongxin.incidents import api as incidents
from tongxin.workforce import api as workforce

_CHUNK = 500
_MOST_HANDS = 12
_SOON = timedelta(hours=1)
_Key = tuple[str, str, UUID]


def open_tasks(
    drafts: Iterable[TaskDraft], *, area_id: int, incident_id: int, actor: Actor, at: datetime
) -> list[Task]:
    """Open tasks set-based, and return them in the order of the drafts.

    Safe to repeat: a draft of the same kind and origin returns the task that is there already, unchanged. Building
    and grid are filled in from the entrance. Raises BadDraft; then nothing is written.
    """
    wanted = list(drafts)
    for draft in wanted:
        _check(draft)
    if not wanted:
        return []
    try:
        return _open(wanted, area_id, incident_id, actor, at)
    except IntegrityError:
        # Another sender opened some of them at the same moment: now they are there to be found.
        return _open(wanted, area_id, incident_id, actor, at)


def _check(draft: TaskDraft) -> None:
    if draft.window_ends_at <= draft.window_starts_at:
        raise BadDraft("window_ends_at")
    if not 0 < draft.duration_min <= 24 * 60:
        raise BadDraft("duration_min")
    if draft.window_starts_at + timedelta(minutes=draft.duration_min) > draft.window_ends_at:
        raise BadDraft("duration_min")
    if not 0 < len(draft.hands) <= _MOST_HANDS:
        raise BadDraft("hands")
    if set().union(*draft.hands) - set(workforce.SKILLS):
        raise BadDraft("hands")
    if draft.priority < 1:
        raise BadDraft("priority")


def _open(drafts: Sequence[TaskDraft], area_id: int, incident_id: int, actor: Actor, at: datetime) -> list[Task]:
    with transaction.atomic():
        found = _existing(drafts, area_id, incident_id)
        places = _places(drafts, area_id)
        new: dict[_Key, Task] = {}
        hands: dict[_Key, tuple[tuple[str, ...], ...]] = {}
        for draft in drafts:
            key = (draft.kind, draft.origin_kind, draft.origin_uuid)
            if key not in found and key not in new:
                new[key] = _task(draft, places, area_id, incident_id, at)
                hands[key] = draft.hands
        rows = Task.objects.bulk_create(new.values(), batch_size=_CHUNK)
        TaskHand.objects.bulk_create(
            (
                TaskHand(area_id=area_id, task=task, index=index, skills=sorted(skills))
                for key, task in zip(new, rows, strict=True)
                for index, skills in enumerate(hands[key])
            ),
            batch_size=_CHUNK,
        )
        if rows:
            _tell_opened(rows, area_id, actor, at)
    found |= dict(zip(new, rows, strict=True))
    return [found[(draft.kind, draft.origin_kind, draft.origin_uuid)] for draft in drafts]


def _existing(drafts: Sequence[TaskDraft], area_id: int, incident_id: int) -> dict[_Key, Task]:
    found: dict[_Key, Task] = {}
    origins = sorted({draft.origin_uuid for draft in drafts})
    kinds = {draft.kind for draft in drafts}
    for start in range(0, len(origins), _CHUNK):
        rows = Task.objects.filter(
            area_id=area_id, incident_id=incident_id, kind__in=kinds, origin_uuid__in=origins[start : start + _CHUNK]
        )
        found |= {(row.kind, row.origin_kind, row.origin_uuid): row for row in rows}
    return found


def _places(drafts: Sequence[TaskDraft], area_id: int) -> dict[int, tuple[int, int | None]]:
    """Return entrance id -> building and grid, only where a draft leaves them out."""
    if all(d.entrance_id is None or (d.building_id is not None and d.grid_id is not None) for d in drafts):
        return {}
    return {row.pk: (row.building_id, row.building.grid_id) for row in community.list_entrances(area_id)}


def _task(
    draft: TaskDraft, places: dict[int, tuple[int, int | None]], area_id: int, incident_id: int, at: datetime
) -> Task:
    building_id, grid_id = draft.building_id, draft.grid_id
    if draft.entrance_id in places:
        of_entrance = places[draft.entrance_id]
        building_id, grid_id = building_id or of_entrance[0], grid_id or of_entrance[1]
    return Task(
        area_id=area_id,
        incident_id=incident_id,
        kind=draft.kind,
        params=dict(draft.params),
        person_id=draft.person_id,
        dwelling_id=draft.dwelling_id,
        entrance_id=draft.entrance_id,
        building_id=building_id,
        grid_id=grid_id,
        window_starts_at=draft.window_starts_at,
        window_ends_at=draft.window_ends_at,
        due_at=draft.due_at,
        duration_min=draft.duration_min,
        priority=draft.priority,
        is_life_and_limb=draft.is_life_and_limb,
        ppe_level=draft.ppe_level,
        zone_rank=draft.zone_rank,
        origin_kind=draft.origin_kind,
        origin_uuid=draft.origin_uuid,
        opened_at=at,
    )


def _tell_opened(rows: Sequence[Task], area_id: int, actor: Actor, at: datetime) -> None:
    by_kind: dict[str, int] = defaultdict(int)
    for row in rows:
        by_kind[row.kind] += 1
    audit.record(
        "dispatch.tasks.opened",
        actor=actor,
        at=at,
        area_id=area_id,
        target_kind="Task",
        target_uuid=rows[0].uuid if len(rows) == 1 else None,
        detail=dict(by_kind),
    )
    is_urgent = any(row.is_life_and_limb or row.due_at < at + _SOON for row in rows)
    publish(TasksOpened(rows[0].incident.uuid, len(rows), is_urgent), area_id=area_id, at=at)


def cancel_tasks(
    *,
    area_id: int,
    incident_id: int,
    origin_kind: str,
    origin_uuids: Iterable[UUID],
    kinds: Iterable[str] | None = None,
    reason: str = "",
    actor: Actor,
    at: datetime,
) -> int:
    """Cancel open tasks of these origins and take them off people's lists; return how many were cancelled.

    What has started is left to those who are at it.
    """
    origins = sorted(set(origin_uuids))
    rows = Task.objects.filter(
        area_id=area_id, incident_id=incident_id, origin_kind=origin_kind, state__in=OPEN_STATES - {"STARTED"}
    )
    if kinds is not None:
        rows = rows.filter(kind__in=list(kinds))
    count = 0
    with transaction.atomic():
        for start in range(0, len(origins), _CHUNK):
            part = rows.filter(origin_uuid__in=origins[start : start + _CHUNK])
            ids = list(part.values_list("id", flat=True))
            Assignment.objects.filter(area_id=area_id, task_id__in=ids, is_open=True).update(
                is_open=False, state=Assignment.State.WITHDRAWN, finished_at=at, give_back_code="CANCELLED"
            )
            count += Task.objects.filter(pk__in=ids).update(
                state=Task.State.CANCELLED, finished_at=at, outcome_code=reason[:40], version=models.F("version") + 1
            )
        if count:
            audit.record(
                "dispatch.tasks.cancelled",
                actor=actor,
                at=at,
                area_id=area_id,
                target_kind="Task",
                detail={"count": count, "origin_kind": origin_kind, "reason": reason[:40]},
            )
    return count


def get_task(area_id: int, uuid: UUID) -> Task:
    """Return a task with its place. Raises Task.DoesNotExist."""
    return _with_place(Task.objects.filter(area_id=area_id)).get(uuid=uuid)


def find_task(*, area_id: int, incident_id: int, kind: str, origin_kind: str, origin_uuid: UUID) -> Task | None:
    """Return the task that was opened for an origin, or None."""
    return Task.objects.filter(
        area_id=area_id, incident_id=incident_id, kind=kind, origin_kind=origin_kind, origin_uuid=origin_uuid
    ).first()


def _with_place(rows: QuerySet[Task]) -> QuerySet[Task]:
    return rows.select_related("incident", "person", "dwelling", "entrance", "entrance__building", "building", "grid")


def reached(scope: Scope, prefix: str = "") -> Q:
    """Return the filter of what a scope reaches among tasks (or, with a prefix, among rows that have a task)."""
    if scope.everything:
        return Q()
    found = Q(pk__in=[])
    if scope.grid_ids:
        found |= Q(**{f"{prefix}grid_id__in": scope.grid_ids})
    if scope.building_ids:
        found |= Q(**{f"{prefix}building_id__in": scope.building_ids})
    if scope.own and scope.account_id:
        mine = Assignment.objects.filter(
            task=OuterRef("task_id" if prefix else "pk"), responder__account_id=scope.account_id
        )
        found |= Q(Exists(mine))
    return found


def list_tasks(
    *,
    area_id: int,
    incident_id: int,
    scope: Scope | None = None,
    kinds: Iterable[str] | None = None,
    states: Iterable[str] | None = None,
    grid_id: int | None = None,
    late_at: datetime | None = None,
    origin_kind: str | None = None,
    origin_uuids: Iterable[UUID] | None = None,
) -> QuerySet[Task]:
    """Return tasks by due time with their places, filtered; `late_at` keeps open ones that were due before it."""
    rows = _with_place(Task.objects.filter(area_id=area_id, incident_id=incident_id))
    if scope is not None:
        rows = rows.filter(reached(scope))
    if kinds is not None:
        rows = rows.filter(kind__in=list(kinds))
    if states is not None:
        rows = rows.filter(state__in=list(states))
    if grid_id is not None:
        rows = rows.filter(grid_id=grid_id)
    if late_at is not None:
        rows = rows.filter(state__in=list(OPEN_STATES), due_at__lt=late_at)
    if origin_kind is not None:
        rows = rows.filter(origin_kind=origin_kind)
    if origin_uuids is not None:
        rows = rows.filter(origin_uuid__in=list(origin_uuids))
    return rows.order_by("due_at", "id")


def list_assignments(*, area_id: int, task_ids: Iterable[int], only_open: bool = True) -> dict[int, list[Assignment]]:
    """Return task id -> its assignments with responders, by hand."""
    found: dict[int, list[Assignment]] = defaultdict(list)
    wanted = sorted(set(task_ids))
    for start in range(0, len(wanted), _CHUNK):
        rows = Assignment.objects.filter(area_id=area_id, task_id__in=wanted[start : start + _CHUNK])
        if only_open:
            rows = rows.filter(is_open=True)
        for row in rows.select_related("responder").order_by("task_id", "hand_index", "id"):
            found[row.task_id].append(row)
    return dict(found)


def skills_of_hands(*, area_id: int, task_ids: Iterable[int]) -> dict[tuple[int, int], set[str]]:
    """Return (task id, hand) -> the skills that this hand needs."""
    rows = TaskHand.objects.filter(area_id=area_id, task_id__in=list(task_ids))
    return {(pk, index): set(skills) for pk, index, skills in rows.values_list("task_id", "index", "skills")}


def figures(*, area_id: int, incident_id: int, at: datetime) -> dict[str, int | float]:
    """Return the numbers of dispatch; the README names the page that lists the rows of each."""
    day = at - timedelta(hours=24)
    counts = Task.objects.filter(area_id=area_id, incident_id=incident_id).aggregate(
        open=Count("id", filter=Q(state__in=list(OPEN_STATES))),
        unassigned=Count("id", filter=Q(state="OPEN")),
        started=Count("id", filter=Q(state="STARTED")),
        late=Count("id", filter=Q(state__in=list(OPEN_STATES), due_at__lt=at)),
        done_24h=Count("id", filter=Q(state="DONE", finished_at__gt=day, finished_at__lte=at)),
        done=Count("id", filter=Q(state="DONE")),
        failed=Count("id", filter=Q(state="FAILED")),
    )
    on = Assignment.objects.filter(area_id=area_id, task__incident_id=incident_id, is_open=True)
    people = on.values("responder_id").distinct().count()
    return {f"dispatch.{name}": value for name, value in counts.items()} | {"dispatch.people_with_tasks": people}


def is_late(task: Task, at: datetime) -> bool:
    """Tell whether a task is open past its due time."""
    return rules.is_late(task.due_at, task.state, at)


def incident_of(area_id: int, uuid: UUID | None) -> incidents.Incident | None:
    """Return an incident by uuid, or the newest open one."""
    return incidents.find_open_incident(area_id) if uuid is None else incidents.get_incident(area_id, uuid)
