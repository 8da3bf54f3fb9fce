"""Places and walking: entrances of buildings form a graph; floors add stairs or a lift."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Minutes = NDArray[np.int32]
UNREACHABLE_MIN = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Place:
    """A door, a desk or a station: an entrance of the walking graph and a number of floors above (or below) it.

    ``area`` names the grid or zone by which shortages are grouped. ``id`` and ``area`` are opaque to the engine.
    """

    id: str
    entrance: str
    floors_up: int = 0
    has_lift: bool = False
    area: str | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Travel:
    """Whole minutes between entrances, and what a floor costs.

    Parameters
    ----------
    entrances
        Ids of the entrances, in the order of the rows of ``walk_min``.
    walk_min
        Shape (E, E), whole minutes from row to column, zero on the diagonal; need not be symmetric.
    stairs_s_per_floor
        Seconds on foot for one floor where there is no lift.
    lift_min
        Minutes for one ride of any height.
    """

    entrances: tuple[str, ...]
    walk_min: Minutes
    stairs_s_per_floor: int = 20
    lift_min: int = 1

    @classmethod
    def from_coordinates(
        cls,
        points_m: Mapping[str, tuple[float, float]],
        *,
        metres_per_min: float = 70.0,
        detour: float = 1.3,
        stairs_s_per_floor: int = 20,
        lift_min: int = 1,
    ) -> "Travel":
        """Take straight lines between points (metres), lengthened by ``detour``, rounded up to whole minutes."""
        names = tuple(points_m)
        xy = np.array([points_m[name] for name in names], dtype=float).reshape(-1, 2)
        metres = np.hypot(xy[:, None, 0] - xy[None, :, 0], xy[:, None, 1] - xy[None, :, 1]) * detour
        return cls(
            entrances=names,
            walk_min=_whole_minutes(metres, metres_per_min),
            stairs_s_per_floor=stairs_s_per_floor,
            lift_min=lift_min,
        )

    @classmethod
    def from_graph(
        cls,
        entrances: Iterable[str],
        paths_m: Iterable[tuple[str, str, float]],
        *,
        metres_per_min: float = 70.0,
        stairs_s_per_floor: int = 20,
        lift_min: int = 1,
    ) -> "Travel":
        """Take shortest paths (Floyd-Warshall) over footpaths ``(from, to, metres)`` that can be walked both ways.

        Entrances that no path joins are ``UNREACHABLE_MIN`` apart, so that no rule-keeping plan walks between them.

        Raises
        ------
        KeyError
            A path names an entrance that is not listed.
        """
        names = tuple(entrances)
        at = {name: i for i, name in enumerate(names)}
        metres = np.full((len(names), len(names)), np.inf)
        np.fill_diagonal(metres, 0.0)
        for a, b, length in paths_m:
            i, j = at[a], at[b]
            metres[i, j] = metres[j, i] = min(metres[i, j], length)
        for k in range(len(names)):
            np.minimum(metres, metres[:, k : k + 1] + metres[k : k + 1, :], out=metres)
        return cls(
            entrances=names,
            walk_min=_whole_minutes(metres, metres_per_min),
            stairs_s_per_floor=stairs_s_per_floor,
            lift_min=lift_min,
        )

    @property
    def index(self) -> dict[str, int]:
        """Return the row of every entrance."""
        return {name: i for i, name in enumerate(self.entrances)}

    def climb_min(self, floors: int, has_lift: bool) -> int:
        """Return the whole minutes for a number of floors, by lift where that is quicker."""
        stairs = -(-abs(floors) * self.stairs_s_per_floor // 60)
        return min(stairs, self.lift_min) if has_lift else stairs


def chain(names: Iterable[str], step_m: float) -> list[tuple[str, str, float]]:
    """Return the footpaths of a row of entrances that lie ``step_m`` metres apart."""
    return [(a, b, step_m) for a, b in pairwise(names)]


def _whole_minutes(metres: NDArray[np.float64], metres_per_min: float) -> Minutes:
    minutes = np.ceil(np.round(metres / metres_per_min, 6))
    return np.minimum(minutes, UNREACHABLE_MIN).astype(np.int32)
