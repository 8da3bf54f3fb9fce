"""Snapshots: all figures of an incident at one moment, with the hash that a judgement signs."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from tongxin.base import audit, clock
from tongxin.base.actors import Actor, system
from tongxin.incidents import api as incidents
from tongxin.situation import rules
from tongxin.situation.api.counting import figures
from tongxin.situation.api.sources import read_rooms
from tongxin.situation.models import Snapshot

_ACTOR = system("situation.snapshots")


def all_figures(*, area_id: int, incident_id: int, at: datetime) -> dict[str, int | float]:
    """Return every number of every room and of this one: the one set of facts behind pages, wall and reports."""
    found = read_rooms(area_id=area_id, incident_id=incident_id, at=at)
    found |= figures(area_id=area_id, incident_id=incident_id, at=at)
    return rules.settled(found)


def take_snapshot(
    *, area_id: int, incident_id: int, at: datetime, as_of: datetime | None = None, actor: Actor = _ACTOR
) -> Snapshot:
    """Count everything and keep it with its hash. `as_of` (default `at`) is the moment for which is counted.

    Raises `Incident.DoesNotExist`.
    """
    moment = as_of or at
    incident = incidents.Incident.objects.get(area_id=area_id, pk=incident_id)
    with transaction.atomic():
        found = all_figures(area_id=area_id, incident_id=incident_id, at=moment)
        row = Snapshot.objects.create(
            area_id=area_id,
            incident=incident,
            as_of=moment,
            taken_at=at,
            figures=found,
            hash=rules.figures_hash(found, area_id=area_id, incident=str(incident.uuid), as_of=moment),
        )
        audit.record(
            "situation.snapshot_taken",
            actor=actor,
            at=at,
            area_id=area_id,
            target_kind="Snapshot",
            target_uuid=row.uuid,
            detail={"hash": row.hash, "figures": len(found)},
        )
    return row


def mark_daily(snapshot: Snapshot, report_date: date) -> None:
    """Make a snapshot the one of its day; the one before stays as a row, because a judgement may have signed it."""
    with transaction.atomic():
        same_day = Snapshot.objects.filter(
            area_id=snapshot.area_id, incident_id=snapshot.incident_id, report_date=report_date, is_daily=True
        )
        same_day.exclude(pk=snapshot.pk).update(is_daily=False)
        Snapshot.objects.filter(pk=snapshot.pk).update(is_daily=True, report_date=report_date)
        snapshot.is_daily, snapshot.report_date = True, report_date


def get_snapshot(area_id: int, uuid: UUID) -> Snapshot:
    """Return a snapshot with its incident. Raises `Snapshot.DoesNotExist`."""
    return Snapshot.objects.select_related("incident").get(area_id=area_id, uuid=uuid)


def find_daily(area_id: int, incident_id: int, report_date: date) -> Snapshot | None:
    """Return the snapshot of a day, or None."""
    rows = Snapshot.objects.filter(area_id=area_id, incident_id=incident_id, is_daily=True, report_date=report_date)
    return rows.select_related("incident").first()


def find_daily_before(area_id: int, incident_id: int, report_date: date) -> Snapshot | None:
    """Return the snapshot of the day before, or None: an older one would be no fair comparison."""
    return find_daily(area_id, incident_id, date.fromordinal(report_date.toordinal() - 1))


def yesterday_of(area_id: int, incident_id: int, at: datetime) -> Snapshot | None:
    """Return the daily snapshot with which the numbers of `at` are compared, or None."""
    return find_daily_before(area_id, incident_id, clock.local_date(at))


def is_genuine(snapshot: Snapshot) -> bool:
    """Tell whether the figures are still those whose hash was taken."""
    return snapshot.hash == rules.figures_hash(
        snapshot.figures,
        area_id=snapshot.area_id,
        incident=str(snapshot.incident.uuid),
        as_of=snapshot.as_of,
    )
