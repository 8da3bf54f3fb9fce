"""The ground of the demo compound: 24 buildings in 6 grids, their doors, and the site plan in meters."""

import json
from dataclasses import dataclass
from pathlib import Path

COMPOUND_NAME = "同心科研院区"
DOORS_FOR = 5_000  # residents that the doors below hold comfortably

# Grid 2 holds building 18, where the demo's story starts.
_GRIDS = {
    1: (13, 14, 15, 16),
    2: (17, 18, 19, 20),
    3: (21, 22, 23, 24),
    4: (1, 2, 3, 4),
    5: (5, 6, 7, 8),
    6: (9, 10, 11, 12),
}
# building: (floors, entrances, doors on a floor of an entrance)
_TOWERS = {
    4: (18, 1, 6),
    8: (18, 2, 4),
    12: (18, 1, 6),
    13: (18, 2, 4),
    16: (18, 1, 8),
    20: (18, 2, 4),
    23: (18, 1, 6),
    24: (18, 2, 4),
}
_WALK_UPS = ((6, 4, 3), (6, 3, 3), (6, 4, 2), (6, 4, 3))

_BLOCK_W, _BLOCK_H, _MARGIN = 210.0, 130.0, 20.0
_ENTRANCE_W, _DEPTH = 18.0, 13.0


@dataclass(frozen=True, slots=True)
class Door:
    grid: int
    building: int
    entrance: int
    room: int

    @property
    def short(self) -> str:
        """This function will write the door as 18-1-302."""
        return f"{self.building}-{self.entrance}-{self.room}"


@dataclass(frozen=True, slots=True)
class DemoBuilding:
    number: int
    grid: int
    floors: int
    entrances: int
    doors_per_floor: int

    @property
    def has_lift(self) -> bool:
        return self.floors > 6

    def doors(self) -> list[Door]:
        """This function will list the doors from the bottom up: room 302 is the second door of the third floor."""
        return [
            Door(self.grid, self.number, entrance, floor * 100 + place)
            for entrance in range(1, self.entrances + 1)
            for floor in range(1, self.floors + 1)
            for place in range(1, self.doors_per_floor + 1)
        ]


def buildings(*, residents: int = DOORS_FOR) -> list[DemoBuilding]:
    """This function will list the 24 buildings in order of number; more residents get more doors on each floor."""
    factor = max(1, -(-residents // DOORS_FOR))
    found = []
    for grid, numbers in _GRIDS.items():
        for number in numbers:
            floors, entrances, doors = _TOWERS.get(number) or _WALK_UPS[number % len(_WALK_UPS)]
            found.append(DemoBuilding(number, grid, floors, entrances, doors * factor))
    return sorted(found, key=lambda building: building.number)


def make_site_plan(path: Path) -> None:
    """This function will write the plan as JSON: outline, label place and entrances of each building, in meters.

    x runs east, y runs south from the north-west corner. Shape: {"name", "width_m", "height_m", "grids": [{"number",
    "outline"}], "buildings": [{"number", "grid", "floors", "has_lift", "outline": [[x, y] × 4], "label": [x, y],
    "entrances": [{"number", "x", "y"}]}]}.
    """
    by_number = {building.number: building for building in buildings()}
    plan = {
        "name": COMPOUND_NAME,
        "width_m": 3 * _BLOCK_W + 2 * _MARGIN,
        "height_m": 2 * _BLOCK_H + 2 * _MARGIN,
        "grids": [{"number": grid, "outline": _rectangle(*_block_corner(grid), _BLOCK_W, _BLOCK_H)} for grid in _GRIDS],
        "buildings": [
            _drawn(by_number[number], place) for numbers in _GRIDS.values() for place, number in enumerate(numbers)
        ],
    }
    path.write_text(json.dumps(plan, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _block_corner(grid: int) -> tuple[float, float]:
    column, row = (grid - 1) % 3, (grid - 1) // 3
    return _MARGIN + column * _BLOCK_W, _MARGIN + row * _BLOCK_H


def _rectangle(x: float, y: float, width: float, height: float) -> list[list[float]]:
    return [[x, y], [x + width, y], [x + width, y + height], [x, y + height]]


def _drawn(building: DemoBuilding, place: int) -> dict[str, object]:
    left, top = _block_corner(building.grid)
    x = left + 12 + (place % 2) * _BLOCK_W / 2
    y = top + 22 + (place // 2) * _BLOCK_H / 2
    step = _ENTRANCE_W * (1.6 if building.has_lift else 1.0)
    width, depth = step * building.entrances, _DEPTH * (1.6 if building.has_lift else 1.0)
    return {
        "number": building.number,
        "grid": building.grid,
        "floors": building.floors,
        "has_lift": building.has_lift,
        "outline": _rectangle(x, y, width, depth),
        "label": [x + width / 2, y + depth / 2],
        # People enter from the south side, in the middle of each stairwell.
        "entrances": [
            {"number": number, "x": x + step * (number - 0.5), "y": y + depth}
            for number in range(1, building.entrances + 1)
        ],
    }
