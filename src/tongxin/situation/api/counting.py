"""What this room counts itself, because it takes facts of several rooms: people by zone level, reports."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q

from tongxin.base import audit
from tongxin.base.actors import Actor, Scope
from tongxin.community import api as community
from tongxin.dispatch import api as dispatch
from tongxin.incidents import api as incidents
from tongxin.situation import rules
from tongxin.situation.models import Report
from tongxin.workforce import api as workforce

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
    found["situation.over_limits"] = responders_at_limit(area_id=area_id, at=at)
    found["situation.shortages"] = sum(
        hand.people for hand in shortages(area_id=area_id, incident_id=incident_id, at=at)
    )
    worked = workforce.hours_by_responder(area_id=area_id, since=at - timedelta(hours=24), until=at)
    found["situation.served_24h"] = sum(1 for minutes in worked.values() if minutes > 0)
    return found


@dataclass(frozen=True, slots=True)
class Shortage:
    """Hands that the newest planner run missed: how many more people with these skills, where, and when."""

    skills: tuple[str, ...]
    grid: str
    starts_at: datetime
    ends_at: datetime
    people: int


def shortages(*, area_id: int, incident_id: int, at: datetime) -> list[Shortage]:
    """Return what the planner is short of and what is not over yet, the earliest first."""
    run = dispatch.last_run(area_id=area_id, incident_id=incident_id)
    if run is None:
        return []
    numbers = {grid.pk: grid.number for grid in community.list_grids(area_id)}
    found = [
        Shortage(
            tuple(row["skills"]),
            numbers.get(row["grid_id"], ""),
            datetime.fromisoformat(row["from"]),
            datetime.fromisoformat(row["until"]),
            int(row["responders"]),
        )
        for row in run.shortages
    ]
    return sorted((row for row in found if row.ends_at > at), key=lambda row: (row.starts_at, row.grid, row.skills))


def responders_at_limit(*, area_id: int, at: datetime) -> int:
    """Return how many active responders have served as long as the rule set allows, today or in days in a row."""
    ids = list(workforce.list_responders(area_id=area_id).order_by().values_list("id", flat=True))
    limits = workforce.limits_for(area_id=area_id, at=at)
    states = workforce.state_of(area_id=area_id, responder_ids=ids, at=at, limits=limits)
    return sum(
        rules.is_at_limit(
            minutes_today=state.minutes_today,
            days_in_row=state.days_in_row,
            most_minutes=limits.shift_min,
            most_days=limits.days_in_a_row,
        )
        for state in states.values()
    )


def people_by_level(*, area_id: int, incident_id: int, at: datetime) -> dict[str, int]:
    """Return how many people live behind entrances of each level, and how many such entrances there are."""
    levels = incidents.levels_by_entrance(area_id, incident_id, at)
    people = people_by_entrance(area_id, levels)
    found = {f"situation.{what}_{level.lower()}": 0 for level in LEVELS for what in ("people", "entrances")}
    for entrance_id, row in levels.items():
        found[f"situation.people_{row.canonical.lower()}"] += people.get(entrance_id, 0)
        found[f"situation.entrances_{row.canonical.lower()}"] += 1
    return found


def people_by_entrance(area_id: int, entrance_ids: Collection[int] | None = None) -> dict[int, int]:
    """Return how many people live behind each entrance, or behind these."""
    rows = community.people_query(area_id=area_id, scope=Scope(area_id, everything=True)).order_by()
    rows = rows.exclude(entrance=None) if entrance_ids is None else rows.filter(entrance_id__in=list(entrance_ids))
    counted = rows.values("entrance_id").annotate(number=Count("id"))
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
