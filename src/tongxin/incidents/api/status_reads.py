"""What people are: reads over standing statuses and facts. Health facts: pages that list persons write an audit entry."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime

from django.db.models import Case, Count, Q, QuerySet, Value, When

from tongxin.base import audit, clock
from tongxin.base.actors import Actor, Scope
from tongxin.incidents.models import CurrentStatus, PersonStatus, StatusKind
from tongxin.incidents.rules import STANDING_ORDER

__all__ = [
    "case_counts_by_day",
    "count_status",
    "facts_of_person",
    "list_status",
    "new_counts_by_day",
    "read_status_list",
    "status_of",
]

_CHUNK = 5000


def status_of(area_id: int, incident_id: int, person_ids: Iterable[int]) -> dict[int, CurrentStatus]:
    """This function will return the standing status by person id; people without one are left out."""
    wanted = list(dict.fromkeys(person_ids))
    found: dict[int, CurrentStatus] = {}
    for start in range(0, len(wanted), _CHUNK):
        rows = CurrentStatus.objects.filter(
            area_id=area_id, incident_id=incident_id, person_id__in=wanted[start : start + _CHUNK]
        )
        found |= {row.person_id: row for row in rows}
    return found


def _reached(scope: Scope) -> Q:
    """Return what of a compound a scope reaches. Whose place was set free (`own`) has to be asked of the room above."""
    if scope.everything:
        return Q()
    return Q(person__grid_id__in=scope.grid_ids) | Q(person__building_id__in=scope.building_ids)


def list_status(
    area_id: int, incident_id: int, kinds: Collection[str], scope: Scope | None = None
) -> QuerySet[CurrentStatus]:
    """This function will return standing statuses of these kinds with their persons, cases first, then the newest.

    `scope` limits them to the places that an actor reaches; None is for rooms, not for pages.
    """
    rows = CurrentStatus.objects.filter(area_id=area_id, incident_id=incident_id, kind__in=list(kinds))
    if scope is not None:
        rows = rows.filter(_reached(scope))
    heat = Case(*(When(kind=kind, then=Value(rank)) for rank, kind in enumerate(STANDING_ORDER)))
    return rows.select_related("person", "person__dwelling").order_by(heat, "-since_at", "-id")


def read_status_list(
    *, area_id: int, incident_id: int, kinds: Collection[str], scope: Scope, actor: Actor, at: datetime
) -> QuerySet[CurrentStatus]:
    """This function will return `list_status` for a page and write the one audit entry of this look."""
    audit.record(
        "incidents.read_status_list",
        actor=actor,
        at=at,
        area_id=area_id,
        target_kind="CurrentStatus",
        detail={"kinds": sorted(kinds), "everything": scope.everything, "grids": sorted(scope.grid_ids)},
    )
    return list_status(area_id, incident_id, kinds, scope)


def count_status(area_id: int, incident_id: int, scope: Scope | None = None) -> dict[str, int]:
    """This function will return how many people stand in each kind; every kind has its number, also zero."""
    rows = CurrentStatus.objects.filter(area_id=area_id, incident_id=incident_id)
    if scope is not None:
        rows = rows.filter(_reached(scope))
    counted = dict(rows.values_list("kind").annotate(number=Count("id")).values_list("kind", "number"))
    return {kind.value: counted.get(kind.value, 0) for kind in StatusKind}


def facts_of_person(area_id: int, incident_id: int, person_id: int) -> list[PersonStatus]:
    """This function will return every fact about a person, withdrawn ones too, in the order of what happened."""
    rows = PersonStatus.objects.filter(area_id=area_id, incident_id=incident_id, person_id=person_id)
    return list(rows.order_by("effective_at", "recorded_at", "id"))


def case_counts_by_day(area_id: int, incident_id: int, *, by: str = "ONSET") -> dict[date, int]:
    """This function will return cases by day, each person once, recovered and dead ones too.

    `by`: ONSET (else sample, else the day of the fact), SAMPLE (else the day of the fact) or KNOWN (the day on which
    it was recorded). Raises ValueError for another word.
    """
    if by not in ("ONSET", "SAMPLE", "KNOWN"):
        raise ValueError(by)
    rows = PersonStatus.objects.filter(area_id=area_id, incident_id=incident_id, kind="CASE", withdrawn_at=None)
    days: dict[int, list[tuple[date | None, date | None, date, date]]] = defaultdict(list)
    for person_id, onset, sample, effective_at, recorded_at in rows.values_list(
        "person_id", "onset_date", "sample_date", "effective_at", "recorded_at"
    ):
        days[person_id].append((onset, sample, clock.local_date(effective_at), clock.local_date(recorded_at)))
    counted: Counter[date] = Counter()
    for known in days.values():
        onset = min((row[0] for row in known if row[0]), default=None)
        sample = min((row[1] for row in known if row[1]), default=None)
        fact_date, known_date = min(row[2] for row in known), min(row[3] for row in known)
        choice = {"ONSET": onset or sample or fact_date, "SAMPLE": sample or fact_date, "KNOWN": known_date}
        counted[choice[by]] += 1
    return dict(sorted(counted.items()))


def new_counts_by_day(area_id: int, incident_id: int, *, kinds: Collection[str]) -> dict[date, dict[str, int]]:
    """This function will return how many people got a fact of each kind for the first time, by the day of recording."""
    rows = PersonStatus.objects.filter(
        area_id=area_id, incident_id=incident_id, kind__in=list(kinds), withdrawn_at=None
    )
    first: dict[tuple[int, str], datetime] = {}
    for person_id, kind, recorded_at in rows.values_list("person_id", "kind", "recorded_at"):
        key = (person_id, kind)
        first[key] = min(first.get(key, recorded_at), recorded_at)
    counted: dict[date, Counter[str]] = defaultdict(Counter)
    for (_person, kind), recorded_at in first.items():
        counted[clock.local_date(recorded_at)][kind] += 1
    return {day: dict(counts) for day, counts in sorted(counted.items())}
