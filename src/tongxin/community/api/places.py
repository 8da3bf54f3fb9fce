"""The compound and its places: reads, the site plan, and what headquarters may change about a building."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from tongxin.base import audit
from tongxin.base.actors import Actor
from tongxin.base.versions import update_versioned
from tongxin.community import rules
from tongxin.community.models import Building, Compound, Department, Dwelling, Entrance, Grid, Person

MAX_SITE_PLAN_BYTES = 4_000_000
_MAX_METRES = 1e7


class SitePlanWrong(ValueError):
    """A site plan file cannot be used; `code` says why and `where` names the building, nothing was written."""

    def __init__(self, code: str, where: str = "") -> None:
        super().__init__(f"{code} {where}".strip())
        self.code = code
        self.where = where


@dataclass(frozen=True, slots=True)
class PlaceOf:
    """Where a person lives now; ids are None for somebody without a dwelling. `x`, `y` are metres on the site plan."""

    dwelling_id: int | None
    entrance_id: int | None
    building_id: int | None
    grid_id: int | None
    floor: int | None
    x: float | None
    y: float | None
    department_id: int | None
    door: str


@dataclass(frozen=True, slots=True)
class SitePlanLoaded:
    """How many places got coordinates, and the building numbers of the file that the compound does not have."""

    buildings: int
    entrances: int
    unknown: tuple[str, ...]


# ---------- reads ----------
def get_compound(area_id: int) -> Compound:
    """This function will return the compound. Raises Compound.DoesNotExist."""
    return Compound.objects.get(area_id=area_id)


def list_areas() -> list[int]:
    """This function will return the `area_id` of every compound, for periodic jobs."""
    return list(Compound.objects.order_by("area_id").values_list("area_id", flat=True))


def list_compounds(area_ids: Iterable[int] | None = None) -> list[Compound]:
    """This function will return the compounds, or those of `area_ids`."""
    rows = Compound.objects.order_by("area_id")
    return list(rows if area_ids is None else rows.filter(area_id__in=list(area_ids)))


def list_grids(area_id: int) -> list[Grid]:
    """This function will return the grids in the order of their numbers."""
    return sorted(Grid.objects.filter(area_id=area_id), key=lambda grid: rules.natural_key(grid.number))


def list_buildings(area_id: int) -> list[Building]:
    """This function will return the buildings in order, each with its grid and its entrances (`entrances.all()`)."""
    rows = Building.objects.filter(area_id=area_id).select_related("grid").prefetch_related("entrances")
    return list(rows.order_by("sort_key", "id"))


def list_entrances(area_id: int) -> list[Entrance]:
    """This function will return the entrances in order, each with its building and grid."""
    rows = Entrance.objects.filter(area_id=area_id).select_related("building__grid")
    return sorted(rows, key=lambda e: (e.building.sort_key, rules.natural_key(e.number)))


def list_departments(area_id: int) -> list[Department]:
    """This function will return departments, work units and school classes, each with `people_count` (active)."""
    active = Q(people__moved_out_at=None, people__merged_into=None, people__erased_at=None)
    rows = Department.objects.filter(area_id=area_id).annotate(people_count=Count("people", filter=active))
    return list(rows.order_by("kind", "name"))


def get_building(area_id: int, number: str) -> Building:
    """This function will return a building by its number. Raises Building.DoesNotExist."""
    return Building.objects.select_related("grid").get(area_id=area_id, number=number)


def get_building_by_uuid(area_id: int, uuid: UUID) -> Building:
    """This function will return a building. Raises Building.DoesNotExist."""
    return Building.objects.select_related("grid").get(area_id=area_id, uuid=uuid)


def get_entrance_by_uuid(area_id: int, uuid: UUID) -> Entrance:
    """This function will return an entrance with its building. Raises Entrance.DoesNotExist."""
    return Entrance.objects.select_related("building__grid").get(area_id=area_id, uuid=uuid)


def get_grid_by_uuid(area_id: int, uuid: UUID) -> Grid:
    """This function will return a grid. Raises Grid.DoesNotExist."""
    return Grid.objects.get(area_id=area_id, uuid=uuid)


def find_dwelling(area_id: int, door: str) -> Dwelling | None:
    """This function will return the dwelling of a door such as 18-1-302, or None."""
    return Dwelling.objects.select_related("entrance__building__grid").filter(area_id=area_id, door=door).first()


def list_dwellings(
    area_id: int, *, building_id: int | None = None, entrance_id: int | None = None
) -> QuerySet[Dwelling]:
    """This function will return dwellings in walking order, each with `people_count` (active)."""
    active = Q(people__moved_out_at=None, people__merged_into=None, people__erased_at=None)
    rows = Dwelling.objects.filter(area_id=area_id).select_related("entrance__building")
    if building_id is not None:
        rows = rows.filter(entrance__building_id=building_id)
    if entrance_id is not None:
        rows = rows.filter(entrance_id=entrance_id)
    return rows.annotate(people_count=Count("people", filter=active)).order_by("sort_key", "id")


def person_places(area_id: int, person_ids: Iterable[int]) -> dict[int, PlaceOf]:
    """This function will return person id -> where that person lives now, with one query a 500 people.

    `x`, `y` are the entrance's, or the building's where the entrance has none.
    """
    columns = (
        *("id", "dwelling_id", "entrance_id", "building_id", "grid_id", "department_id"),
        *("dwelling__floor", "dwelling__door", "entrance__x", "entrance__y", "building__x", "building__y"),
    )
    found: dict[int, PlaceOf] = {}
    wanted = sorted(set(person_ids))
    for start in range(0, len(wanted), 500):
        rows = Person.objects.filter(area_id=area_id, id__in=wanted[start : start + 500])
        for row in rows.values(*columns):
            has_own = row["entrance__x"] is not None
            found[row["id"]] = PlaceOf(
                dwelling_id=row["dwelling_id"],
                entrance_id=row["entrance_id"],
                building_id=row["building_id"],
                grid_id=row["grid_id"],
                floor=row["dwelling__floor"],
                x=row["entrance__x"] if has_own else row["building__x"],
                y=row["entrance__y"] if has_own else row["building__y"],
                department_id=row["department_id"],
                door=row["dwelling__door"] or "",
            )
    return found


# ---------- verbs ----------
def open_compound(*, area_id: int, code: str, name: str, name_en: str = "", actor: Actor, at: datetime) -> Compound:
    """This function will make the compound of an area, or return it when it is there already."""
    with transaction.atomic():
        compound, is_new = Compound.objects.get_or_create(
            area_id=area_id, defaults={"code": code[:40], "name": name[:120], "name_en": name_en[:120]}
        )
        if is_new:
            audit.record(
                "community.compound.opened",
                actor=actor,
                at=at,
                area_id=area_id,
                target_kind="compound",
                target_uuid=compound.uuid,
            )
    return compound


def open_grid(*, area_id: int, number: str, name: str = "", actor: Actor, at: datetime) -> Grid:
    """This function will make a grid, or return the one that has this number."""
    with transaction.atomic():
        grid, is_new = Grid.objects.get_or_create(area_id=area_id, number=number[:20], defaults={"name": name[:80]})
        if is_new:
            audit.record(
                "community.grid.opened", actor=actor, at=at, area_id=area_id, target_kind="grid", target_uuid=grid.uuid
            )
    return grid


def update_building(
    *,
    area_id: int,
    uuid: UUID,
    version: int,
    grid_uuid: UUID | None,
    name: str,
    floors: int,
    has_lift: bool,
    x: float | None,
    y: float | None,
    actor: Actor,
    at: datetime,
) -> Building:
    """This function will change what headquarters knows of a building; its people follow into the grid.

    Raises StaleVersion when somebody else saved it meanwhile, and DoesNotExist for an unknown building or grid.
    """
    with transaction.atomic():
        building = Building.objects.select_for_update().get(area_id=area_id, uuid=uuid)
        grid = Grid.objects.get(area_id=area_id, uuid=grid_uuid) if grid_uuid else None
        changed = update_versioned(building, version, name=name, grid=grid, floors=floors, has_lift=has_lift, x=x, y=y)
        if building.grid_id != changed.grid_id:
            Person.objects.filter(area_id=area_id, building_id=building.pk).update(grid_id=changed.grid_id)
        audit.record(
            "community.building.changed",
            actor=actor,
            at=at,
            area_id=area_id,
            target_kind="building",
            target_uuid=uuid,
            detail={"grid": str(grid_uuid or ""), "floors": floors, "has_lift": has_lift},
        )
    return changed


# ---------- site plan ----------
def _plan_table(content: bytes) -> list[Mapping[str, Any]]:
    if len(content) > MAX_SITE_PLAN_BYTES:
        raise SitePlanWrong("plan_too_large")
    try:
        text = content.decode("utf-8-sig")
        plan = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise SitePlanWrong("plan_unreadable") from error
    rows = plan.get("buildings") if isinstance(plan, dict) else None
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) and row.get("number") for row in rows):
        raise SitePlanWrong("plan_without_buildings")
    return rows


def _metres(row: Mapping[str, Any], key: str, where: str) -> float | None:
    value = row.get(key)
    if value is None:
        return None
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not math.isfinite(value)
        or abs(value) > _MAX_METRES
    ):
        raise SitePlanWrong("plan_coordinate_wrong", where)
    return float(value)


def _outline(row: Mapping[str, Any], where: str) -> list[list[float]]:
    points = row.get("outline", [])
    if not isinstance(points, list) or len(points) > 500:
        raise SitePlanWrong("plan_outline_wrong", where)
    outline = []
    for point in points:
        if not isinstance(point, list) or len(point) != 2:
            raise SitePlanWrong("plan_outline_wrong", where)
        x, y = (_metres({"c": part}, "c", where) for part in point)
        if x is None or y is None:
            raise SitePlanWrong("plan_outline_wrong", where)
        outline.append([x, y])
    return outline


def _apply_to_building(building: Building, row: Mapping[str, Any]) -> None:
    where = building.number
    building.outline = _outline(row, where) or building.outline
    building.x, building.y = _metres(row, "x", where), _metres(row, "y", where)
    if building.x is None and building.outline:
        building.x = sum(point[0] for point in building.outline) / len(building.outline)
        building.y = sum(point[1] for point in building.outline) / len(building.outline)
    floors = row.get("floors")
    if isinstance(floors, int) and not isinstance(floors, bool) and 0 <= floors <= 200:
        building.floors = floors
    if isinstance(row.get("has_lift"), bool):
        building.has_lift = row["has_lift"]
    if isinstance(row.get("name"), str):
        building.name = row["name"][:80]
    building.version += 1


def _apply_to_entrances(building: Building, row: Mapping[str, Any]) -> list[Entrance]:
    known = {entrance.number: entrance for entrance in building.entrances.all()}
    changed = []
    for entry in row.get("entrances", []):
        if not isinstance(entry, dict):
            raise SitePlanWrong("plan_entrance_wrong", building.number)
        entrance = known.get(str(entry.get("number", "")))
        if entrance is not None:
            entrance.x = _metres(entry, "x", building.number)
            entrance.y = _metres(entry, "y", building.number)
            changed.append(entrance)
    return changed


def _grids_of_plan(area_id: int, rows: list[Mapping[str, Any]]) -> dict[str, Grid]:
    """Return the grids by number, those made that the plan names and the compound lacks."""
    grids = {grid.number: grid for grid in list_grids(area_id)}
    named = {str(row["grid"])[:20] for row in rows if row.get("grid") not in (None, "")}
    new = [Grid(area_id=area_id, number=number) for number in sorted(named - grids.keys(), key=rules.natural_key)]
    return grids | {grid.number: grid for grid in Grid.objects.bulk_create(new)}


def load_site_plan(
    *, area_id: int, path: Path | None = None, content: bytes | None = None, actor: Actor, at: datetime
) -> SitePlanLoaded:
    """This function will give buildings and entrances their coordinates from a JSON or TOML site plan.

    The file holds `buildings`, a list with `number`, optional `x`, `y`, `outline` ([x, y] metres), `floors`,
    `has_lift`, `grid`, `name` and `entrances` (`number`, `x`, `y`). All or nothing; raises SitePlanWrong. A grid that
    it names is made when the compound lacks it, and the people of the building follow into it. Buildings that the compound does not have are named in the result and left out.
    """
    data = content if content is not None else Path(path or "").read_bytes()
    rows = _plan_table(data)
    with transaction.atomic():
        known = {building.number: building for building in list_buildings(area_id)}
        grids = _grids_of_plan(area_id, [row for row in rows if str(row["number"]) in known])
        buildings, entrances, unknown = [], [], []
        for row in rows:
            building = known.get(str(row["number"]))
            if building is None:
                unknown.append(str(row["number"])[:40])
                continue
            _apply_to_building(building, row)
            buildings.append(building)
            grid = grids.get(str(row.get("grid", ""))[:20])
            if grid is not None and building.grid_id != grid.pk:
                building.grid = grid
                Person.objects.filter(area_id=area_id, building_id=building.pk).update(grid=grid)
            entrances += _apply_to_entrances(building, row)
        fields = ["outline", "x", "y", "floors", "has_lift", "name", "grid", "version"]
        Building.objects.bulk_update(buildings, fields, batch_size=200)
        Entrance.objects.bulk_update(entrances, ["x", "y"], batch_size=200)
        counts = {"buildings": len(buildings), "entrances": len(entrances), "unknown": len(unknown)}
        audit.record(
            "community.site_plan.loaded", actor=actor, at=at, area_id=area_id, target_kind="compound", detail=counts
        )
    return SitePlanLoaded(len(buildings), len(entrances), tuple(unknown))
