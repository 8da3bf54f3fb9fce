"""The uniform doors: numbers for the wall and reports, what happened when, and forgetting a person."""

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q

from tongxin.base import audit, clock
from tongxin.base.actors import Actor
from tongxin.incidents.api.status_reads import count_status, new_counts_by_day
from tongxin.incidents.api.zone_reads import zone_levels
from tongxin.incidents.models import (
    Encounter,
    FactWithdrawal,
    Incident,
    MergeTrace,
    PersonStatus,
    Post,
    RuleSetInForce,
    TestDuty,
    ZoneLevel,
)

__all__ = ["figures", "forget", "timeline"]

_FIGURE_KINDS = {
    "cases": "CASE",
    "suspects": "SUSPECT",
    "contacts": "CONTACT",
    "secondary_contacts": "SECONDARY_CONTACT",
    "exposed": "EXPOSED",
    "recovered": "RECOVERED",
    "died": "DIED",
    "cleared": "CLEARED",
}
_NEW = {"new_cases": "CASE", "new_suspects": "SUSPECT", "new_contacts": "CONTACT"}


def figures(*, area_id: int, incident_id: int, at: datetime) -> dict[str, int | float]:
    """This function will return the numbers of this room; README.md says where the rows of each are listed."""
    counts = count_status(area_id, incident_id)
    numbers: dict[str, int | float] = {f"incidents.{key}": counts[kind] for key, kind in _FIGURE_KINDS.items()}
    # everybody who ever was a case: those who recovered or died were one
    numbers["incidents.cases_total"] = (
        PersonStatus.objects.filter(area_id=area_id, incident_id=incident_id, kind="CASE", withdrawn_at=None)
        .values("person_id")
        .distinct()
        .count()
    )
    today = new_counts_by_day(area_id, incident_id, kinds=list(_NEW.values())).get(clock.local_date(at), {})
    numbers |= {f"incidents.{key}_today": today.get(kind, 0) for key, kind in _NEW.items()}
    rows = zone_levels(area_id, incident_id, at)
    heat = Counter(row.canonical for row in rows)
    numbers |= {f"incidents.zones_{level.lower()}": heat[level] for level in ("HIGH", "MEDIUM", "LOW")}
    review = clock.local_date(at)
    numbers["incidents.zones_to_review"] = sum(
        1 for row in rows if row.review_date is not None and row.review_date <= review
    )
    return numbers


def timeline(*, area_id: int, incident_id: int, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """This function will return what happened from `since` to before `until`: codes and counts in order of time."""
    span = {"area_id": area_id, "incident_id": incident_id}
    entries: list[dict[str, Any]] = []
    for row in Incident.objects.filter(area_id=area_id, pk=incident_id):
        if since <= row.opened_at < until:
            entries.append({"at": row.opened_at, "code": "INCIDENT_OPENED", "counts": {}})
        if row.closed_at and since <= row.closed_at < until:
            entries.append({"at": row.closed_at, "code": "INCIDENT_CLOSED", "counts": {}})
    told = PersonStatus.objects.filter(**span, recorded_at__gte=since, recorded_at__lt=until, withdrawn_at=None)
    for row_at, kind, number in (
        told.values("recorded_at", "kind").annotate(number=Count("id")).values_list("recorded_at", "kind", "number")
    ):
        entries.append({"at": row_at, "code": f"STATUS_{kind}", "counts": {"persons": number}})
    entries += _zone_entries(span, since, until)
    orders = RuleSetInForce.objects.filter(**span, starts_at__gte=since, starts_at__lt=until)
    entries += [{"at": row.starts_at, "code": "RULE_SET_SWITCHED", "counts": {}} for row in orders]
    posts = Post.objects.filter(area_id=area_id, group__incident_id=incident_id)
    for starts_at in posts.filter(starts_at__gte=since, starts_at__lt=until).values_list("starts_at", flat=True):
        entries.append({"at": starts_at, "code": "POST_ASSIGNED", "counts": {}})
    return sorted(entries, key=lambda entry: (entry["at"], entry["code"]))


def _zone_entries(span: dict[str, int], since: datetime, until: datetime) -> list[dict[str, Any]]:
    rows = ZoneLevel.objects.filter(**span)
    entries = []
    laid = rows.filter(starts_at__gte=since, starts_at__lt=until)
    for row in laid:
        code = "ZONE_LOWERED" if row.is_lowered else "ZONE_RAISED"
        entries.append({"at": row.starts_at, "code": code, "counts": {"zones": 1}, "place": row.place_label})
    ended = rows.filter(ends_at__gte=since, ends_at__lt=until)
    starts = set(rows.values_list("place_kind", "place_uuid", "starts_at"))
    for row in ended:
        if (row.place_kind, row.place_uuid, row.ends_at) not in starts:
            entries.append({"at": row.ends_at, "code": "ZONE_LIFTED", "counts": {"zones": 1}, "place": row.place_label})
    return entries


def forget(*, area_id: int, person_uuid: UUID, at: datetime, actor: Actor) -> None:
    """This function will erase what identifies a person here: whom they met, and when they were to be tested.

    Status facts stay as rows of a person without name or home: the statistics of the incident need them.
    """
    with transaction.atomic():
        met, _ = (
            Encounter.objects.filter(area_id=area_id)
            .filter(Q(person_a__uuid=person_uuid) | Q(person_b__uuid=person_uuid))
            .delete()
        )
        MergeTrace.objects.filter(area_id=area_id).filter(Q(kept_uuid=person_uuid) | Q(gone_uuid=person_uuid)).delete()
        due, _ = TestDuty.objects.filter(area_id=area_id, person__uuid=person_uuid).delete()
        told = PersonStatus.objects.filter(area_id=area_id, person__uuid=person_uuid)
        kept = told.update(rule_key="", recorded_by="")
        FactWithdrawal.objects.filter(area_id=area_id, person__uuid=person_uuid).delete()
        audit.record(
            "incidents.forget",
            actor=actor,
            at=at,
            area_id=area_id,
            target_kind="Person",
            target_uuid=person_uuid,
            detail={"encounters": met, "duties": due, "facts_kept": kept},
        )
