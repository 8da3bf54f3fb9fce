"""Walking between entrances and up to floors."""

import pytest

from tongxin.engines.planner import CompoundDay, Place, Problem, Travel, compound_day
from tongxin.engines.planner.compact import Nodes
from tongxin.engines.planner.tests.builders import problem
from tongxin.engines.planner.travel import UNREACHABLE_MIN, chain
from tongxin.engines.planner.validate_people import Lookup


def test_coordinates_become_whole_minutes_rounded_up() -> None:
    travel = Travel.from_coordinates({"a": (0, 0), "b": (70, 0), "c": (0, 71)}, detour=1.0)
    assert travel.walk_min.tolist() == [[0, 1, 2], [1, 0, 2], [2, 2, 0]]


def test_a_graph_is_walked_along_its_shortest_paths() -> None:
    paths = [*chain("abcd", 70.0), ("a", "d", 140.0), ("a", "d", 500.0)]
    travel = Travel.from_graph("abcdx", paths)
    at = travel.index
    assert travel.walk_min[at["a"], at["c"]] == 2
    assert travel.walk_min[at["d"], at["a"]] == 2
    assert travel.walk_min[at["a"], at["x"]] == UNREACHABLE_MIN


def test_a_path_to_nowhere_is_refused() -> None:
    with pytest.raises(KeyError):
        Travel.from_graph("ab", [("a", "z", 1.0)])


@pytest.mark.parametrize(
    ("floors", "has_lift", "minutes"),
    [
        (0, False, 0),
        (1, False, 1),
        (3, False, 1),
        (6, False, 2),
        (-2, False, 1),
        (6, True, 1),
        (30, True, 1),
        (0, True, 0),
    ],
)
def test_floors_cost_stairs_or_one_ride(floors: int, has_lift: bool, minutes: int) -> None:
    assert Travel.from_coordinates({"a": (0, 0)}).climb_min(floors, has_lift) == minutes


def everywhere() -> Problem:
    """Return a problem with doors on several floors of entrances with and without lifts."""
    doors = [
        Place(id=f"{name}{floor}{lift}", entrance=name, floors_up=floor, has_lift=lift)
        for name in "abe"
        for floor in (0, 2, 9)
        for lift in (True, False)
    ]
    return problem([], [], places=tuple(doors))


def test_the_search_and_the_validator_walk_alike_though_they_share_no_code() -> None:
    day = everywhere()
    nodes, walks = Nodes(day), Lookup(day)
    for a in day.places:
        for b in day.places:
            one, two = nodes.of_place[a.id], nodes.of_place[b.id]
            expected = walks.minutes(a.id, b.id)
            assert nodes.minutes(one, two) == expected
            assert int(nodes.to_row(two)[one]) == int(nodes.from_row(one)[two]) == expected


def test_generated_days_repeat_and_differ_by_seed() -> None:
    one, two, other = (compound_day(CompoundDay(tasks=50, responders=9, seed=s)) for s in (1, 1, 2))
    assert (one.tasks, one.responders, one.places) == (two.tasks, two.responders, two.places)
    assert one.tasks != other.tasks
    assert all(len(t.hands) == 1 for t in compound_day(CompoundDay(tasks=50, has_pairs=False)).tasks)
