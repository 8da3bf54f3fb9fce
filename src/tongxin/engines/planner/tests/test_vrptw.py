"""Routing with time windows: two forms read, judged apart, solved by the planner's search under capacity."""

import math
from itertools import permutations
from random import Random

import pytest

from tongxin.engines.planner import MaxIterations
from tongxin.engines.planner.faults import Fault, FormatError, RouteRule
from tongxin.engines.planner.vrptw import (
    Answer,
    Instance,
    check_answer,
    cost_of_answer,
    read_answer,
    read_instance,
    solve_instance,
    write_answer,
)

# Invented: six customers on two sides of a depot; a vehicle carries three of them.
TABLE = """STREET

VEHICLE
NUMBER     CAPACITY
  3          30

CUSTOMER
CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE   TIME

    0      0         0          0          0       200          0
    1     10         0         10          0        60          5
    2     20         0         10         10        80          5
    3     30         0         10         20       100          5
    4    -10         0         10          0        60          5
    5    -20         0         10         10        80          5
    6    -30         0         10         20       100          5
"""
SECTIONS = """NAME : STREET
TYPE : VRPTW
DIMENSION : 4
VEHICLES : 2
CAPACITY : 20
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 10 0
3 20 0
4 -10 0
DEMAND_SECTION
1 0
2 10
3 10
4 20
TIME_WINDOW_SECTION
1 0 200
2 0 60
3 0 80
4 0 60
SERVICE_TIME_SECTION
1 0
2 5
3 5
4 5
DEPOT_SECTION
1
-1
EOF
"""


def crowd(seed: int, customers: int, vehicles: int, capacity: int) -> str:
    """Return a random instance of the table's form."""
    random = Random(seed)
    lines = [*TABLE.splitlines()[:4], f"{vehicles} {capacity}", *TABLE.splitlines()[5:9], "0 50 50 0 0 1000 0"]
    for k in range(1, customers + 1):
        ready = random.randrange(0, 600)
        lines.append(
            f"{k} {random.randrange(100)} {random.randrange(100)} {random.randrange(1, 30)} {ready} {ready + 150} 10"
        )
    return "\n".join(lines)


def test_the_table_is_read() -> None:
    instance = read_instance(TABLE)
    assert (instance.vehicles, instance.capacity, len(instance.stops)) == (3, 30, 7)
    assert instance.ways[1][3] == 20
    assert (instance.stops[2].ready, instance.stops[2].due, instance.stops[2].service) == (10, 80, 5)


def test_the_sections_are_read_with_the_depot_first() -> None:
    text = (
        SECTIONS.replace("DEPOT_SECTION\n1", "DEPOT_SECTION\n4")
        .replace("1 0\n2 10\n3 10\n4 20", "1 5\n2 5\n3 5\n4 0")
        .replace("4 0 60", "4 0 200")
    )
    instance = read_instance(text)
    assert [stop.id for stop in instance.stops] == [4, 1, 2, 3]
    assert (instance.vehicles, instance.capacity) == (2, 20)
    assert read_instance(SECTIONS.replace("VEHICLES : 2\n", "")).vehicles == 3


@pytest.mark.usefixtures("compiled_search")
@pytest.mark.parametrize(("text", "cost"), [(TABLE, 120.0), (SECTIONS, 60.0)], ids=["table", "sections"])
def test_the_best_routes_of_a_street_are_found(text: str, cost: float) -> None:
    instance = read_instance(text)
    answer = solve_instance(instance, stop=MaxIterations(10_000))
    assert check_answer(instance, answer) == []
    assert cost_of_answer(instance, answer) == pytest.approx(cost)


def exact(instance: Instance) -> float:
    """Return the least distance over every order of customers cut into routes in every way."""
    ids = [stop.id for stop in instance.stops[1:]]
    best = math.inf
    for order in permutations(ids):
        for cuts in range(2 ** (len(ids) - 1)):
            routes: list[tuple[int, ...]] = []
            route: list[int] = []
            for k, one in enumerate(order):
                route.append(one)
                if cuts >> k & 1 or k == len(order) - 1:
                    routes.append(tuple(route))
                    route = []
            answer = Answer(tuple(routes))
            if cost_of_answer(instance, answer) < best and not check_answer(instance, answer):
                best = cost_of_answer(instance, answer)
    return best


@pytest.mark.usefixtures("compiled_search")
@pytest.mark.parametrize("seed", range(3))
def test_a_small_instance_is_solved_to_the_proven_best(seed: int) -> None:
    instance = read_instance(crowd(seed, customers=5, vehicles=4, capacity=45))
    answer = solve_instance(instance, stop=MaxIterations(20_000), seed=seed)
    assert check_answer(instance, answer) == []
    assert answer.cost == pytest.approx(exact(instance))


@pytest.mark.usefixtures("compiled_search")
@pytest.mark.parametrize(("seed", "capacity"), [(1, 60), (2, 90), (3, 400)])
def test_routes_keep_capacity_and_windows(seed: int, capacity: int) -> None:
    instance = read_instance(crowd(seed, customers=40, vehicles=40, capacity=capacity))
    answer = solve_instance(instance, stop=MaxIterations(40_000), seed=seed)
    assert check_answer(instance, answer) == []
    loads = [sum(instance.stops[one].demand for one in route) for route in answer.routes]
    assert max(loads) <= capacity


@pytest.mark.usefixtures("compiled_search")
def test_a_seed_and_a_budget_always_give_the_same_routes() -> None:
    instance = read_instance(crowd(4, customers=30, vehicles=15, capacity=80))
    one, two = (solve_instance(instance, stop=MaxIterations(20_000), seed=3) for _ in range(2))
    assert one == two


@pytest.mark.usefixtures("compiled_search")
def test_who_finds_no_room_is_named_rather_than_squeezed_in() -> None:
    # Two far corners at the same minute, one vehicle: each alone could be served.
    text = TABLE.split("    1  ")[0].replace("3          30", "1          30")
    instance = read_instance(text + "1 50 0 1 50 60 5\n2 -50 0 1 50 60 5\n")
    answer = solve_instance(instance, stop=MaxIterations(5_000))
    assert [(one.rule, one.detail["count"]) for one in check_answer(instance, answer)] == [(RouteRule.NOT_ONCE, 0)]


def test_an_instance_without_customers_needs_no_route() -> None:
    instance = read_instance(TABLE.split("    1  ")[0])
    assert solve_instance(instance, stop=MaxIterations(10)) == Answer((), 0.0)


def test_an_answer_survives_writing_and_reading() -> None:
    answer = Answer(((1, 2, 3), (4,)), 123.25)
    assert write_answer(answer) == "Route #1: 1 2 3\nRoute #2: 4\nCost 123.250000\n"
    assert read_answer(write_answer(answer)) == answer


GOOD = Answer(((1, 2, 3), (4, 5, 6)), 120.0)


def test_good_routes_break_nothing() -> None:
    assert check_answer(read_instance(TABLE), GOOD) == []


@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        (Answer(((1, 2, 3), (4, 5))), RouteRule.NOT_ONCE),
        (Answer(((1, 2, 3), (4, 5, 6, 6))), RouteRule.NOT_ONCE),
        (Answer(((1, 2, 3), (4, 5, 6), (0,))), RouteRule.UNKNOWN_CUSTOMER),
        (Answer(((1, 2, 3), (4, 5, 6), (99,))), RouteRule.UNKNOWN_CUSTOMER),
        (Answer(((1, 2, 3, 4), (5, 6))), RouteRule.CAPACITY),
        (Answer(((3, 2, 4), (1, 5, 6))), RouteRule.TOO_LATE),
        (Answer(((1,), (2,), (3,), (4, 5, 6))), RouteRule.FLEET),
        (Answer(GOOD.routes, 60.0), RouteRule.COST),
    ],
    ids=["missing", "twice", "depot", "unknown", "capacity", "late", "fleet", "cost"],
)
def test_a_broken_rule_is_found(answer: Answer, rule: RouteRule) -> None:
    assert rule in {one.rule for one in check_answer(read_instance(TABLE), answer)}


def test_a_vehicle_that_is_back_too_late_is_found() -> None:
    instance = read_instance(TABLE.replace("0       200 ", "0        74 "))
    slow = Answer(((1, 3, 2), (4,), (5,), (6,)))
    assert RouteRule.BACK_LATE in {one.rule for one in check_answer(instance, slow)}


@pytest.mark.parametrize(
    ("old", "new", "field", "fault"),
    [
        ("VEHICLE\n", "", "VEHICLE", Fault.MISSING),
        ("CUSTOMER\n", "", "CUSTOMER", Fault.MISSING),
        ("3          30", "three      30", "VEHICLE", Fault.MISSING),
        ("3          30", "3          lots", "VEHICLE.CAPACITY", Fault.NOT_A_NUMBER),
        ("3          30", "0          30", "VEHICLE.NUMBER", Fault.TOO_LOW),
        ("3          30", "1          30", "VEHICLE.NUMBER", Fault.FLEET_TOO_SMALL),
        ("3          30", "3          9", "CUSTOMER[1].DEMAND", Fault.TOO_HEAVY),
        ("    2     20  ", "    1     20  ", "CUSTOMER[1]", Fault.TWICE),
        ("    2     20  ", "    2     nan ", "CUSTOMER[2].XCOORD", Fault.TOO_LOW),
        ("    2     20  ", "    2     1e9 ", "CUSTOMER[2].XCOORD", Fault.TOO_HIGH),
        ("    2     20  ", "    2  ", "CUSTOMER[2]", Fault.COLUMNS),
        ("    2     20  ", "    2     900 ", "CUSTOMER[2]", Fault.TOO_FAR),
        ("10        80          5\n    3", "10        9          5\n    3", "CUSTOMER[2].DUE DATE", Fault.BACKWARDS),
        (
            "    1     10         0         10 ",
            "    1     10         0         -1 ",
            "CUSTOMER[1].DEMAND",
            Fault.TOO_LOW,
        ),
        (
            "    1     10         0         10 ",
            "    1     10         0        1.5 ",
            "CUSTOMER[1].DEMAND",
            Fault.NOT_WHOLE,
        ),
        (
            "    0      0         0          0 ",
            "    0      0         0          4 ",
            "CUSTOMER[0].DEMAND",
            Fault.TOO_HIGH,
        ),
    ],
    ids=lambda value: value if value and value in list(Fault) else "",
)
def test_a_contradiction_in_the_table_is_named(old: str, new: str, field: str, fault: Fault) -> None:
    assert old in TABLE
    with pytest.raises(FormatError) as caught:
        read_instance(TABLE.replace(old, new, 1))
    assert (caught.value.field, caught.value.fault) == (field, fault)


@pytest.mark.parametrize(
    ("old", "new", "field", "fault"),
    [
        ("DEMAND_SECTION\n1 0\n2 10\n3 10\n4 20\n", "", "DEMAND_SECTION", Fault.MISSING),
        ("4 20\n", "", "DEMAND_SECTION[4]", Fault.MISSING),
        ("4 20\n", "3 20\n", "DEMAND_SECTION[3]", Fault.TWICE),
        ("3 0 80\n", "3 0\n", "TIME_WINDOW_SECTION[3]", Fault.COLUMNS),
        ("CAPACITY : 20\n", "", "CAPACITY", Fault.MISSING),
        ("EUC_2D", "GEO", "EDGE_WEIGHT_TYPE", Fault.NOT_SUPPORTED),
        ("DEPOT_SECTION\n1\n", "DEPOT_SECTION\n1\n2\n", "DEPOT_SECTION", Fault.ONE_DEPOT),
        ("DEPOT_SECTION\n1\n", "DEPOT_SECTION\n", "DEPOT_SECTION", Fault.ONE_DEPOT),
        ("DEPOT_SECTION\n1\n", "DEPOT_SECTION\n9\n", "DEPOT_SECTION", Fault.UNKNOWN_ID),
    ],
    ids=lambda value: value if value and value in list(Fault) else "",
)
def test_a_contradiction_in_the_sections_is_named(old: str, new: str, field: str, fault: Fault) -> None:
    assert old in SECTIONS
    with pytest.raises(FormatError) as caught:
        read_instance(SECTIONS.replace(old, new, 1))
    assert (caught.value.field, caught.value.fault) == (field, fault)


@pytest.mark.parametrize("text", ["", "hello", "Route #1: a b", "Route #1: -3", "Cost free", '{"routes": []}'])
def test_what_is_no_answer_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        read_answer(text)
