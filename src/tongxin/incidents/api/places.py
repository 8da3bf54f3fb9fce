"""The tree of places as zones need it: who contains whom. Built once a question from a few reads of `community`."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from tongxin.base.actors import Scope
from tongxin.community import api as community
from tongxin.incidents.rules import WIDTH


@dataclass(frozen=True, slots=True)
class Place:
    """A place on which a level may lie. `label` is how people call it: 18-1, 18, the number of a grid."""

    kind: str
    id: int
    uuid: UUID
    label: str
    building_id: int | None = None
    grid_id: int | None = None

    @property
    def key(self) -> tuple[str, UUID]:
        return (self.kind, self.uuid)


@dataclass(frozen=True)
class PlaceTree:
    """All places of a compound, widest first."""

    places: tuple[Place, ...]

    @cached_property
    def by_key(self) -> dict[tuple[str, UUID], Place]:
        return {place.key: place for place in self.places}

    @cached_property
    def _by_id(self) -> dict[tuple[str, int], Place]:
        return {(place.kind, place.id): place for place in self.places}

    @cached_property
    def compound(self) -> Place:
        return next(place for place in self.places if place.kind == "COMPOUND")

    def find(self, kind: str, id_: int | None) -> Place | None:
        return None if id_ is None else self._by_id.get((kind, id_))

    def around(self, place: Place) -> list[Place]:
        """This function will return the place and all that contain it, narrowest first."""
        found = [place]
        if place.kind == "ENTRANCE":
            found.append(self._by_id["BUILDING", place.building_id or 0])
        if place.kind in ("ENTRANCE", "BUILDING"):
            grid = self.find("GRID", place.grid_id)
            found += [grid] if grid else []
        if place.kind != "COMPOUND":
            found.append(self.compound)
        return found

    def inside(self, place: Place) -> list[Place]:
        """This function will return the place and all that it contains."""
        if place.kind == "COMPOUND":
            return list(self.places)
        if place.kind == "GRID":
            return [place, *(p for p in self.places if p.grid_id == place.id)]
        if place.kind == "BUILDING":
            return [place, *(p for p in self.places if p.building_id == place.id)]
        return [place]

    def entrances_of(self, place: Place) -> list[Place]:
        return [inner for inner in self.inside(place) if inner.kind == "ENTRANCE"]

    def home(self, kind: str, lives: "Home") -> Place | None:
        """This function will return the place of a kind in which somebody lives, or None where it is not known."""
        if kind == "COMPOUND":
            return self.compound
        ids = {"GRID": lives.grid_id, "BUILDING": lives.building_id, "ENTRANCE": lives.entrance_id}
        return self.find(kind, ids[kind])


@dataclass(frozen=True, slots=True)
class Home:
    entrance_id: int | None
    building_id: int | None
    grid_id: int | None


def place_tree(area_id: int) -> PlaceTree:
    """This function will read the places of a compound: four queries whatever its size."""
    compound = community.get_compound(area_id)
    buildings = community.list_buildings(area_id)
    places = [Place("COMPOUND", compound.pk, compound.uuid, compound.name)]
    places += [Place("GRID", grid.pk, grid.uuid, grid.name or grid.number) for grid in community.list_grids(area_id)]
    places += [Place("BUILDING", row.pk, row.uuid, row.number, grid_id=row.grid_id) for row in buildings]
    for building in buildings:
        for entrance in sorted(building.entrances.all(), key=lambda row: (len(row.number), row.number)):
            label = f"{building.number}-{entrance.number}" if entrance.number else building.number
            inside = {"building_id": building.pk, "grid_id": building.grid_id}
            places.append(Place("ENTRANCE", entrance.pk, entrance.uuid, label, **inside))
    return PlaceTree(tuple(places))


def homes_of(area_id: int, person_ids: Iterable[int]) -> dict[int, Home]:
    """This function will return where people live now; those without a place are left out."""
    found = community.person_places(area_id, list(person_ids))
    return {person_id: Home(place.entrance_id, place.building_id, place.grid_id) for person_id, place in found.items()}


def count_residents(area_id: int, place: Place) -> int:
    """This function will return how many people live in a place now."""
    if place.kind == "COMPOUND":
        return community.people_query(area_id=area_id, scope=Scope(area_id, everything=True)).count()
    if place.kind == "GRID":
        return len(community.people_ids_in(area_id, grid_ids=[place.id]))
    if place.kind == "BUILDING":
        return len(community.people_ids_in(area_id, building_ids=[place.id]))
    return len(community.people_ids_in(area_id, entrance_ids=[place.id]))


def by_width(places: Iterable[Place]) -> list[Place]:
    """This function will sort places: widest first, then by their number."""
    return sorted(places, key=lambda place: (WIDTH[place.kind], len(place.label), place.label))
