"""What a plan is made from, read with a handful of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, F, Q

from tongxin.community import api as community
from tongxin.dispatch.models import Assignment, Task, TaskHand
from tongxin.dispatch.rules import PLANNABLE_STATES
from tongxin.incidents import api as incidents
from tongxin.workforce import api as workforce

#: How far ahead a plan looks.
HORIZON = timedelta(hours=48)
_BEFORE = timedelta(hours=24)
_FACES = timedelta(days=14)
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an entrance or building stands on the site plan, in metres, and its grid."""

    key: str
    x: float
    y: float
    grid_id: int | None
    has_lift: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a problem depends on, as of `at`."""

    area_id: int
    incident_id: int
    at: datetime
    limits: workforce.WorkLimits
    tasks: Sequence[Task]
    hands: Mapping[int, Sequence[frozenset[str]]]
    open: Sequence[Assignment]
    gave_back: Mapping[int, frozenset[str]]
    known: Mapping[int, tuple[str, ...]]
    people: Mapping[int, workforce.Responder]
    availability: Mapping[int, workforce.Availability]
    states: Mapping[int, workforce.ResponderState]
    entrances: Mapping[int, Spot]
    buildings: Mapping[int, Spot]
    zone_ranks: Mapping[int, int]
    #: Tasks that somebody is at while another of its hands dropped out: only the missing hands are planned.
    short_handed: Sequence[Task] = ()

    @property
    def start(self) -> datetime:
        """Return minute 0 of the plan."""
        return self.at.replace(second=0, microsecond=0)

    def minute(self, moment: datetime) -> int:
        """Return a moment as whole minutes after the plan's start, rounded down."""
        return int((moment - self.start).total_seconds() // 60)

    def moment(self, minute: int) -> datetime:
        """Return the moment of a minute."""
        return self.start + timedelta(minutes=minute)

    def zone_rank(self, task: Task) -> int:
        """Return how hot the place of a task is now: what was asked for, or more if the zone was raised since."""
        return max(task.zone_rank, self.zone_ranks.get(task.entrance_id or 0, 0))

    @property
    def fingerprint(self) -> frozenset[tuple[object, ...]]:
        """Return what must not have changed between reading and storing."""
        return fingerprint([*self.tasks, *self.short_handed], self.open)


def fingerprint(tasks: Iterable[Task], open_: Iterable[Assignment]) -> frozenset[tuple[object, ...]]:
    """Return the states of tasks and open assignments as one comparable value."""
    return frozenset(
        {("task", task.pk, task.state, task.version) for task in tasks}
        | {("assignment", row.pk, row.state, row.responder_id, row.starts_at) for row in open_}
    )


def read_tasks(area_id: int, incident_id: int, at: datetime) -> list[Task]:
    """Return the tasks of an incident that may be planned within the horizon."""
    rows = Task.objects.filter(
        area_id=area_id, incident_id=incident_id, state__in=list(PLANNABLE_STATES), window_starts_at__lt=at + HORIZON
    )
    return list(rows.select_related("dwelling").order_by("id"))


def read_short_handed(area_id: int, incident_id: int) -> list[Task]:
    """Return the tasks that have started and of which a hand is free, because one of those sent dropped out."""
    rows = Task.objects.filter(area_id=area_id, incident_id=incident_id, state=Task.State.STARTED)
    rows = rows.annotate(
        needed=Count("hands", distinct=True),
        there=Count("assignments", filter=Q(assignments__is_open=True), distinct=True),
    )
    return list(rows.filter(there__gt=0, there__lt=F("needed")).select_related("dwelling").order_by("id"))


def read_open(area_id: int) -> list[Assignment]:
    """Return every open assignment of the compound: a person is one person in all incidents."""
    rows = Assignment.objects.filter(area_id=area_id, is_open=True).select_related("task__dwelling")
    return list(rows.defer("note").order_by("id"))


def read_facts(*, area_id: int, incident: incidents.Incident, at: datetime, also: Collection[int] = ()) -> Facts:
    """Read what a plan is made from; the number of queries does not grow with the tasks.

    People are those with a shift in reach, a pin or something at hand, and those in `also`.
    """
    limits = workforce.limits_for(area_id=area_id, at=at, incident=incident)
    tasks = read_tasks(area_id, incident.pk, at)
    short_handed = read_short_handed(area_id, incident.pk)
    open_ = read_open(area_id)
    ids = [task.pk for task in [*tasks, *short_handed]]
    availability = workforce.availability(area_id=area_id, start=at - _BEFORE, end=at + HORIZON)
    active = {row.pk: row for row in workforce.list_responders(area_id=area_id)}
    pinned = {row.responder_id for row in open_ if row.is_pinned}
    busy = {row.responder_id for row in open_ if row.task.state == Task.State.STARTED}
    keep = pinned | busy | set(also)
    people = {pk: row for pk, row in active.items() if pk in availability or pk in keep}
    entrances, buildings = _spots(area_id)
    return Facts(
        area_id=area_id,
        incident_id=incident.pk,
        at=at,
        limits=limits,
        tasks=tasks,
        hands=_hands(area_id, ids),
        open=open_,
        gave_back=_gave_back(area_id, ids),
        known=_known(area_id, tasks, at),
        people=people,
        availability=availability,
        states=workforce.state_of(area_id=area_id, responder_ids=list(people), at=at, limits=limits),
        entrances=entrances,
        buildings=buildings,
        zone_ranks=zone_ranks(area_id, incident.pk, at),
        short_handed=short_handed,
    )


def zone_ranks(area_id: int, incident_id: int, at: datetime) -> dict[int, int]:
    """Return entrance id -> how hot it is now."""
    levels = incidents.levels_by_entrance(area_id, incident_id, at)
    return {pk: workforce.ZONE_RANKS.get(level.canonical, 0) for pk, level in levels.items() if level is not None}


def _hands(area_id: int, task_ids: Sequence[int]) -> dict[int, list[frozenset[str]]]:
    found: dict[int, list[frozenset[str]]] = defaultdict(list)
    for start in range(0, len(task_ids), _CHUNK):
        rows = TaskHand.objects.filter(area_id=area_id, task_id__in=task_ids[start : start + _CHUNK])
        for task_id, skills in rows.order_by("task_id", "index").values_list("task_id", "skills"):
            found[task_id].append(frozenset(skills))
    return dict(found)


def _gave_back(area_id: int, task_ids: Sequence[int]) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for start in range(0, len(task_ids), _CHUNK):
        rows = Assignment.objects.filter(
            area_id=area_id, task_id__in=task_ids[start : start + _CHUNK], state=Assignment.State.GIVEN_BACK
        )
        for task_id, uuid in rows.values_list("task_id", "responder__uuid"):
            found[task_id].add(str(uuid))
    return {pk: frozenset(uuids) for pk, uuids in found.items()}


def _known(area_id: int, tasks: Sequence[Task], at: datetime) -> dict[int, tuple[str, ...]]:
    """Return task id -> responders whom the person of the task already knows from the same kind of work."""
    wanted = {(task.person_id, task.kind): task.pk for task in tasks if task.person_id is not None}
    people = sorted({person for person, _kind in wanted if person is not None})
    found: dict[int, set[str]] = defaultdict(set)
    for start in range(0, len(people), _CHUNK):
        rows = Assignment.objects.filter(
            area_id=area_id,
            task__person_id__in=people[start : start + _CHUNK],
            state=Assignment.State.DONE,
            finished_at__gt=at - _FACES,
        )
        for person, kind, uuid in rows.values_list("task__person_id", "task__kind", "responder__uuid"):
            if (person, kind) in wanted:
                found[wanted[person, kind]].add(str(uuid))
    return {pk: tuple(sorted(uuids)) for pk, uuids in found.items()}


def _spots(area_id: int) -> tuple[dict[int, Spot], dict[int, Spot]]:
    entrances, buildings = {}, {}
    for row in community.list_entrances(area_id):
        building = row.building
        x, y = building.x or 0.0, building.y or 0.0
        buildings[building.pk] = Spot(f"b{building.pk}", x, y, building.grid_id, building.has_lift)
        own_x, own_y = (row.x, row.y) if row.x is not None and row.y is not None else (x, y)
        entrances[row.pk] = Spot(f"e{row.pk}", own_x, own_y, building.grid_id, building.has_lift)
    return entrances, buildings


def by_uuid(rows: Iterable[workforce.Responder]) -> dict[str, workforce.Responder]:
    """Return responders by the text of their uuid, as the planner names them."""
    return {str(row.uuid): row for row in rows}


def task_uuid(text: str) -> UUID:
    """Return the uuid of a task that the planner names."""
    return UUID(text)
