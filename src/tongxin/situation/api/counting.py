"""What this room counts itself, because it takes facts of several rooms: people by zone level, reports."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q

from tongxin.base import audit
from tongxin.base.actors import Actor, Scope
from tongxin.community import api as community
from tongxin.incidents import api as incidents
from tongxin.situation.models import Report

LEVELS = ("HIGH", "MEDIUM", "LOW")


def figures(*, area_id: int, incident_id: int, at: datetime) -> dict[str, int | float]:
    """Return the numbers of this room; the README names the page that lists the rows of each."""
    found: dict[str, int | float] = dict(people_by_level(area_id=area_id, incident_id=incident_id, at=at))
    rows = Report.objects.filter(area_id=area_id, incident_id=incident_id)
    found |= {
        f"situation.{key}": value
        for key, value in rows.aggregate(
            reports=Count("id"), reports_to_sign=Count("id", filter=Q(state=Report.State.READY))
        ).items()
    }
    return found


def people_by_level(*, area_id: int, incident_id: int, at: datetime) -> dict[str, int]:
    """Return how many people live behind entrances of each level, and how many such entrances there are."""
    levels = incidents.levels_by_entrance(area_id, incident_id, at)
    people = people_by_entrance(area_id)
    found = {f"situation.{what}_{level.lower()}": 0 for level in LEVELS for what in ("people", "entrances")}
    for entrance_id, row in levels.items():
        found[f"situation.people_{row.canonical.lower()}"] += people.get(entrance_id, 0)
        found[f"situation.entrances_{row.canonical.lower()}"] += 1
    return found


def people_by_entrance(area_id: int) -> dict[int, int]:
    """Return how many people live behind each entrance."""
    rows = community.people_query(area_id=area_id, scope=Scope(area_id, everything=True)).order_by()
    counted = rows.exclude(entrance=None).values("entrance_id").annotate(number=Count("id"))
    return dict(counted.values_list("entrance_id", "number"))


def timeline(*, area_id: int, incident_id: int, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """Return reports written and signed between two moments (the end is outside), oldest first."""
    rows = Report.objects.filter(area_id=area_id, incident_id=incident_id)
    found = [
        {"at": at, "code": "situation.report_made", "counts": {"number": number}}
        for at, number in rows.filter(made_at__gte=since, made_at__lt=until).values_list("made_at", "number")
    ]
    found += [
        {"at": at, "code": "situation.report_signed", "counts": {"number": number}}
        for at, number in rows.filter(signed_at__gte=since, signed_at__lt=until).values_list("signed_at", "number")
    ]
    return sorted(found, key=lambda entry: (entry["at"], entry["code"]))


def forget(*, area_id: int, person_uuid: UUID, at: datetime, actor: Actor) -> None:
    """Record that nothing had to be erased: this room keeps counts and places, never a person."""
    with transaction.atomic():
        audit.record(
            "situation.forget", actor=actor, at=at, area_id=area_id, target_kind="person", target_uuid=person_uuid
        )
