"""Reads of the workforce: who there is, when they are there, what they may do."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from tongxin.base import audit
from tongxin.base.actors import Actor, Scope
from tongxin.incidents import api as incidents
from tongxin.workforce.api.values import Availability, ContactCard, Permitted
from tongxin.workforce.models import Absence, DutyRecord, Responder, Shift
from tongxin.workforce.rules import (
    ResponderState,
    Span,
    Stint,
    Work,
    WorkLimits,
    available,
    is_exit_done,
    limits_from,
    may_work,
    state_from,
    week_start,
)

#: Records older than this cannot change what somebody may do today.
LOOK_BACK = timedelta(days=32)
_CHUNK = 500


def local_zone() -> tzinfo:
    """Return the installation's time zone: days and nights of the work rules are local ones."""
    return timezone.get_default_timezone()


def limits_for(*, area_id: int, at: datetime, incident: Any | None = None) -> WorkLimits:
    """Return the limits on human work in force at `at`: those of the incident's rule set.

    Without an incident the newest open one counts; without any the cautious defaults do.
    """
    incident = incident or incidents.find_open_incident(area_id)
    zone = local_zone()
    if incident is None:
        return WorkLimits(tz=zone)
    try:
        rules = incidents.rule_set_of(incident, at.astimezone(zone).date())
    except LookupError:
        # A day before the profile's first rule set: people are protected all the same.
        return WorkLimits(tz=zone)
    return limits_from(rules.people, tz=zone, source=rules.id)


def list_responders(
    *,
    area_id: int,
    active: bool | None = True,
    skills: Iterable[str] | None = None,
    kind: str | None = None,
    cohort: str | None = None,
    scope: Scope | None = None,
) -> QuerySet[Responder]:
    """Return responders by code, with department and home building; `skills` asks for all of these.

    Skills are matched in memory of the ids, so that both databases answer alike.
    """
    rows = Responder.objects.filter(area_id=area_id).select_related("department", "seconded_to", "home_building")
    if active is not None:
        rows = rows.filter(is_active=active)
    if kind:
        rows = rows.filter(kind=kind)
    if cohort:
        rows = rows.filter(cohort=cohort)
    wanted = set(skills or ())
    if wanted:
        pairs = rows.values_list("id", "skills")
        rows = rows.filter(id__in=[pk for pk, have in pairs if wanted <= set(have or ())])
    if scope is not None:
        rows = rows.filter(_reached(scope))
    return rows.order_by("code")


def _reached(scope: Scope) -> Q:
    if scope.everything:
        return Q()
    reached = Q(pk__in=[])
    if scope.grid_ids:
        reached |= Q(home_building__grid_id__in=scope.grid_ids)
    if scope.building_ids:
        reached |= Q(home_building_id__in=scope.building_ids)
    if scope.own and scope.account_id:
        reached |= Q(account_id=scope.account_id)
    return reached


def get_responder(area_id: int, uuid: UUID) -> Responder:
    """Return a responder. Raises Responder.DoesNotExist."""
    return Responder.objects.select_related("department", "seconded_to", "home_building", "account").get(
        area_id=area_id, uuid=uuid
    )


def responders_by_id(*, area_id: int, ids: Iterable[int]) -> dict[int, Responder]:
    """Return responders by id."""
    found: dict[int, Responder] = {}
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), _CHUNK):
        rows = Responder.objects.filter(area_id=area_id, pk__in=wanted[start : start + _CHUNK])
        found |= {row.pk: row for row in rows}
    return found


def find_responder_of(account_id: int | None, area_id: int) -> Responder | None:
    """Return the responder who signs in with this account, or None."""
    if account_id is None:
        return None
    return Responder.objects.filter(area_id=area_id, account_id=account_id).first()


def contact_card(*, area_id: int, uuid: UUID, actor: Actor, at: datetime, purpose: str) -> ContactCard:
    """Return a responder's name and phone, and write the look into the audit."""
    row = get_responder(area_id, uuid)
    audit.record(
        "workforce.contact.read",
        actor=actor,
        at=at,
        area_id=area_id,
        target_kind="Responder",
        target_uuid=row.uuid,
        detail={"purpose": purpose},
    )
    return ContactCard(row.uuid, row.code, row.name, row.phone)


def shifts_between(
    area_id: int, start: datetime, end: datetime, responder_ids: Iterable[int] | None = None
) -> list[Shift]:
    """Return shifts in force that touch the stretch, by responder and start."""
    rows = Shift.objects.filter(area_id=area_id, cancelled_at=None, starts_at__lt=end, ends_at__gt=start)
    if responder_ids is not None:
        rows = rows.filter(responder_id__in=list(responder_ids))
    return list(rows.order_by("responder_id", "starts_at"))


def absences_between(
    area_id: int, start: datetime, end: datetime, responder_ids: Iterable[int] | None = None
) -> list[Absence]:
    """Return absences in force that touch the stretch."""
    rows = Absence.objects.filter(area_id=area_id, cancelled_at=None, starts_at__lt=end, ends_at__gt=start)
    if responder_ids is not None:
        rows = rows.filter(responder_id__in=list(responder_ids))
    return list(rows.order_by("responder_id", "starts_at"))


def availability(
    *, area_id: int, start: datetime, end: datetime, responder_ids: Iterable[int] | None = None
) -> dict[int, Availability]:
    """Return when each responder can be sent: shifts joined, less absences; only those with any shift."""
    ids = None if responder_ids is None else list(responder_ids)
    shifts: dict[int, list[Span]] = defaultdict(list)
    for shift in shifts_between(area_id, start, end, ids):
        shifts[shift.responder_id].append(Span(shift.starts_at, shift.ends_at))
    gone: dict[int, list[Span]] = defaultdict(list)
    for absence in absences_between(area_id, start, end, ids):
        gone[absence.responder_id].append(Span(absence.starts_at, absence.ends_at))
    return {
        pk: Availability(pk, tuple(available(spans, gone.get(pk, []))), tuple(gone.get(pk, [])))
        for pk, spans in shifts.items()
    }


def state_of(
    *,
    area_id: int,
    responder_ids: Sequence[int],
    at: datetime,
    limits: WorkLimits,
    coming: Mapping[int, Sequence[Stint]] | None = None,
) -> dict[int, ResponderState]:
    """Return the state of each responder that counts for the next piece of work: two queries for all of them.

    For a moment that has not come, `coming` holds what they will have worked until then beside what they did work.
    """
    rows = responders_by_id(area_id=area_id, ids=responder_ids)
    stints: dict[int, list[Stint]] = defaultdict(list)
    records = DutyRecord.objects.filter(area_id=area_id, ends_at__gt=at - LOOK_BACK, starts_at__lt=at)
    if len(rows) <= _CHUNK:
        records = records.filter(responder_id__in=list(rows))
    for pk, starts_at, ends_at, ppe, rank in records.values_list(
        "responder_id", "starts_at", "ends_at", "ppe_minutes", "zone_rank"
    ):
        stints[pk].append(Stint(starts_at, ends_at, ppe, rank))
    for pk, more in (coming or {}).items():
        stints[pk] += more
    return {pk: _state(row, stints.get(pk, []), at, limits) for pk, row in rows.items()}


def _state(row: Responder, stints: list[Stint], at: datetime, limits: WorkLimits) -> ResponderState:
    return state_from(
        stints,
        at=at,
        limits=limits,
        cohort=row.cohort,
        hottest_zone_rank=row.hottest_zone_rank,
        exit_done=is_exit_done(
            hottest_zone_rank=row.hottest_zone_rank,
            exit_started_at=row.exit_started_at,
            tests_done=row.exit_tests_done,
            at=at,
            limits=limits,
        ),
        last_asked_at=row.last_asked_at,
        is_active=row.is_active,
    )


#: What a responder may be asked: code, zone rank, equipment level.
QUESTIONS = (("CLEAN_DESK", 0, 1), ("LOW_ZONE", 1, 1), ("MEDIUM_ZONE", 2, 2), ("HOT_ZONE", 3, 2))


def permitted_now(*, area_id: int, responder: Responder, at: datetime, minutes: int = 60) -> list[Permitted]:
    """Return, for each kind of zone, whether this responder may start an hour of work now, and what says no."""
    limits = limits_for(area_id=area_id, at=at)
    state = state_of(area_id=area_id, responder_ids=[responder.pk], at=at, limits=limits)[responder.pk]
    until = at + timedelta(minutes=minutes)
    there = availability(area_id=area_id, start=at, end=until, responder_ids=[responder.pk]).get(responder.pk)
    gone = absences_between(area_id, at, until, [responder.pk])
    absences = [Span(row.starts_at, row.ends_at) for row in gone]
    shifts = list(there.spans) if there else []
    return [
        Permitted(
            code,
            rank,
            ppe,
            may_work(
                state,
                Work(starts_at=at, ends_at=until, zone_rank=rank, ppe_level=ppe),
                limits,
                shifts=None if absences else shifts,
                absences=absences,
            ),
        )
        for code, rank, ppe in QUESTIONS
    ]


def duties_of(*, area_id: int, responder: Responder, since: datetime) -> list[DutyRecord]:
    """Return what a responder worked since a moment, newest first."""
    return list(
        DutyRecord.objects.filter(area_id=area_id, responder=responder, ends_at__gt=since).order_by("-starts_at")
    )


def hours_by_responder(*, area_id: int, since: datetime, until: datetime) -> dict[int, int]:
    """Return minutes worked by responder between two moments; the base of service hours."""
    rows = DutyRecord.objects.filter(area_id=area_id, ends_at__gt=since, starts_at__lt=until)
    return dict(rows.values_list("responder_id").annotate(total=Sum("minutes")).order_by("responder_id"))


def figures(*, area_id: int, incident_id: int | None = None, at: datetime) -> dict[str, int | float]:
    """Return the workforce's numbers; the README names the page that lists the rows of each."""
    rows = Responder.objects.filter(area_id=area_id)
    counts = rows.aggregate(
        active=Count("id", filter=Q(is_active=True)),
        hot=Count("id", filter=Q(is_active=True, cohort=Responder.Cohort.HOT)),
        seconded=Count("id", filter=Q(is_active=True, seconded_to__isnull=False)),
        medics=Count("id", filter=Q(is_active=True, kind=Responder.Kind.MEDIC)),
    )
    now = Shift.objects.filter(area_id=area_id, cancelled_at=None, starts_at__lte=at, ends_at__gt=at)
    gone = Absence.objects.filter(area_id=area_id, cancelled_at=None, starts_at__lte=at, ends_at__gt=at)
    day = at - timedelta(hours=24)
    worked = DutyRecord.objects.filter(area_id=area_id, ends_at__gt=day, starts_at__lt=at).aggregate(
        total=Sum("minutes")
    )
    absent = set(gone.values_list("responder_id", flat=True))
    return {
        "workforce.responders": counts["active"],
        "workforce.medics": counts["medics"],
        "workforce.seconded": counts["seconded"],
        "workforce.hot": counts["hot"],
        "workforce.on_shift": len(set(now.values_list("responder_id", flat=True)) - absent),
        "workforce.absent": len(absent),
        "workforce.hours_24h": round((worked["total"] or 0) / 60, 1),
    }


def timeline(*, area_id: int, incident_id: int | None = None, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """Return what happened to the workforce between two moments, oldest first: absences told, hours by day."""
    told = Absence.objects.filter(area_id=area_id, told_at__gte=since, told_at__lt=until).order_by("told_at")
    found: list[dict[str, Any]] = [
        {"at": row.told_at, "code": "workforce.absent", "counts": {"responders": 1}} for row in told
    ]
    by_day: dict[datetime, int] = defaultdict(int)
    records = DutyRecord.objects.filter(area_id=area_id, ends_at__gte=since, ends_at__lt=until)
    zone = local_zone()
    for ends_at, minutes in records.values_list("ends_at", "minutes"):
        by_day[ends_at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)] += minutes
    found += [
        {"at": max(day, since), "code": "workforce.worked", "counts": {"minutes": n}} for day, n in by_day.items()
    ]
    return sorted(found, key=lambda entry: entry["at"])


def week_view(
    *, area_id: int, day: datetime, scope: Scope | None = None
) -> tuple[datetime, dict[int, list[Shift]], dict[int, list[Absence]]]:
    """Return the Monday of the week and the shifts and absences of that week by responder."""
    start = week_start(day, local_zone())
    end = start + timedelta(days=7)
    shifts: dict[int, list[Shift]] = defaultdict(list)
    for row in shifts_between(area_id, start, end):
        shifts[row.responder_id].append(row)
    gone: dict[int, list[Absence]] = defaultdict(list)
    for absence in absences_between(area_id, start, end):
        gone[absence.responder_id].append(absence)
    return start, dict(shifts), dict(gone)
