"""Makes the grids, buildings, entrances, dwellings and departments that a ledger names and the compound lacks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tongxin.community import rules
from tongxin.community.intake.rows import RowPerson
from tongxin.community.models import Building, Department, Dwelling, Entrance, Grid

_BATCH = 500


@dataclass(slots=True)
class Places:
    """What a row's place and department are in the tables. `made` counts what was new."""

    dwellings: dict[str, Dwelling] = field(default_factory=dict)
    departments: dict[tuple[str, str], Department] = field(default_factory=dict)
    made: dict[str, int] = field(default_factory=dict)

    def dwelling_of(self, person: RowPerson) -> Dwelling | None:
        return self.dwellings.get(person.door) if person.place else None


def _grids(area_id: int, people: list[RowPerson], made: dict[str, int]) -> dict[str, Grid]:
    known = {grid.number: grid for grid in Grid.objects.filter(area_id=area_id)}
    wanted = sorted({person.grid for person in people if person.grid} - known.keys())
    new = Grid.objects.bulk_create(Grid(area_id=area_id, number=number) for number in wanted)
    made["grids"] = len(new)
    return known | {grid.number: grid for grid in new}


def _complete(building: Building, row: RowPerson, grids: dict[str, Grid]) -> bool:
    """Fill what a building lacks from a row: its grid, and the coordinates of a house. The first row wins."""
    grid = grids.get(row.grid)
    changed = False
    if building.grid_id is None and grid is not None:
        building.grid, changed = grid, True
    if building.x is None and row.x is not None and row.y is not None:
        building.x, building.y, changed = row.x, row.y, True
    floor = row.place.floor if row.place else None
    if floor is not None and building.floors < floor <= 200:
        building.floors, changed = floor, True
    return changed


def _buildings(
    area_id: int, people: list[RowPerson], grids: dict[str, Grid], made: dict[str, int]
) -> dict[str, Building]:
    known = {building.number: building for building in Building.objects.filter(area_id=area_id)}
    new: dict[str, Building] = {}
    changed: dict[int, Building] = {}
    for person in people:
        if person.place is None:
            continue
        number = person.place.building
        building = known.get(number) or new.get(number)
        if building is None:
            building = new[number] = Building(area_id=area_id, number=number, sort_key=rules.building_sort_key(number))
        if number != rules.UNKNOWN_BUILDING and _complete(building, person, grids) and building.pk:
            changed[building.pk] = building
    Building.objects.bulk_create(new.values(), batch_size=_BATCH)
    Building.objects.bulk_update(changed.values(), ["grid", "x", "y", "floors"], batch_size=_BATCH)
    made["buildings"] = len(new)
    return known | new


def _entrances(
    area_id: int, people: list[RowPerson], buildings: dict[str, Building], made: dict[str, int]
) -> dict[tuple[int, str], Entrance]:
    known = {(e.building_id, e.number): e for e in Entrance.objects.filter(area_id=area_id)}
    new: dict[tuple[int, str], Entrance] = {}
    for person in people:
        if person.place is not None:
            building = buildings[person.place.building]
            place = (building.pk, person.place.entrance)
            if place not in known and place not in new:
                new[place] = Entrance(area_id=area_id, building=building, number=person.place.entrance)
    Entrance.objects.bulk_create(new.values(), batch_size=_BATCH)
    made["entrances"] = len(new)
    return known | new


def _dwellings(
    area_id: int, people: list[RowPerson], grids: dict[str, Grid], made: dict[str, int]
) -> dict[str, Dwelling]:
    rows = Dwelling.objects.filter(area_id=area_id).select_related("entrance__building")
    known = {dwelling.door: dwelling for dwelling in rows.iterator(chunk_size=5000)}
    missing = [person for person in people if person.place is not None]
    buildings = _buildings(area_id, missing, grids, made)
    entrances = _entrances(area_id, [p for p in missing if p.door not in known], buildings, made)
    new: dict[str, Dwelling] = {}
    for person in missing:
        place = person.place
        if place is None or place.door in known or place.door in new:
            continue
        new[place.door] = Dwelling(
            area_id=area_id,
            entrance=entrances[buildings[place.building].pk, place.entrance],
            room=place.room,
            floor=place.floor,
            door=place.door,
            sort_key=rules.dwelling_sort_key(place.building, place.entrance, place.floor, place.room),
        )
    Dwelling.objects.bulk_create(new.values(), batch_size=_BATCH)
    made["dwellings"] = len(new)
    return known | new


def _departments(area_id: int, people: list[RowPerson], made: dict[str, int]) -> dict[tuple[str, str], Department]:
    known = {(row.kind, row.name): row for row in Department.objects.filter(area_id=area_id)}
    wanted = sorted({person.department for person in people if person.department} - known.keys())
    new = Department.objects.bulk_create(Department(area_id=area_id, kind=kind, name=name) for kind, name in wanted)
    made["departments"] = len(new)
    return known | {(row.kind, row.name): row for row in new}


def write_places(area_id: int, people: Iterable[RowPerson]) -> Places:
    """This function will make every place and department that the rows name, and return them by door and name.

    A building that has no grid, height or coordinates gets those of its first row that says so.
    """
    rows = list(people)
    places = Places()
    grids = _grids(area_id, rows, places.made)
    places.dwellings = _dwellings(area_id, rows, grids, places.made)
    places.departments = _departments(area_id, rows, places.made)
    return places
