"""Counts and the story of this room, as every room offers them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from tongxin.base.actors import Scope
from tongxin.community.api.care import care_query
from tongxin.community.api.people import people_query
from tongxin.community.models import Building, Dwelling, Grid, ImportRun, MergeCandidate
from tongxin.community.rules import ONE_TO_ONE_CODES


def figures(*, area_id: int, incident_id: int | None = None, at: datetime | None = None) -> dict[str, int | float]:
    """This function will count people and places; README.md names the page that lists the rows of each figure."""
    scope = Scope(area_id=area_id, everything=True)
    people = people_query(area_id=area_id, scope=scope).aggregate(
        all=Count("id"), to_verify=Count("id", filter=Q(is_to_verify=True))
    )
    care = care_query(area_id=area_id, scope=scope).aggregate(
        all=Count("person_id", distinct=True),
        one_to_one=Count("person_id", distinct=True, filter=Q(code__in=ONE_TO_ONE_CODES)),
    )
    return {
        "community.people": people["all"],
        "community.to_verify": people["to_verify"],
        "community.possible_duplicates": MergeCandidate.objects.filter(area_id=area_id, state="OPEN").count(),
        "community.special_care": care["all"],
        "community.one_to_one": care["one_to_one"],
        "community.dwellings": Dwelling.objects.filter(area_id=area_id).count(),
        "community.buildings": Building.objects.filter(area_id=area_id).count(),
        "community.grids": Grid.objects.filter(area_id=area_id).count(),
    }


def timeline(*, area_id: int, incident_id: int | None = None, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """This function will return the imports that were written from `since` to before `until`, oldest first."""
    runs = ImportRun.objects.filter(
        area_id=area_id, state="DONE", is_dry_run=False, finished_at__gte=since, finished_at__lt=until
    )
    return [
        {"at": run.finished_at, "code": "community.ledger_imported", "counts": run.counts}
        for run in runs.order_by("finished_at", "id")
    ]
