"""The public benchmark: read, judged, solved by the same search, written in the public form."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from tongxin.engines.planner import MaxIterations
from tongxin.engines.planner.hhcrsp import (
    InstanceError,
    Service,
    check_routes,
    cost_of_routes,
    read_instance,
    read_routes,
    solve_instance,
    write_routes,
)

Raw = dict[str, Any]


def tiny() -> Raw:
    """Return four patients in a row, two of them for two caregivers; invented numbers."""
    places = [0, 10, 20, 30, 40]
    return {
        "patients": [
            {"id": "p1", "time_window": [0, 60], "required_caregivers": [{"service": "s1", "duration": 10}]},
            {"id": "p2", "time_window": [20, 40], "required_caregivers": [{"service": "s2"}]},
            {
                "id": "p3",
                "time_window": [60, 90],
                "required_caregivers": [{"service": "s1", "duration": 10}, {"service": "s2", "duration": 20}],
                "synchronization": {"type": "simultaneous"},
            },
            {
                "id": "p4",
                "time_window": [100, 120],
                "required_caregivers": [{"service": "s1", "duration": 10}, {"service": "s2", "duration": 5}],
                "synchronization": {"type": "sequential", "distance": [10, 20]},
            },
        ],
        "services": [{"id": "s1", "default_duration": 10}, {"id": "s2", "default_duration": 15}],
        "caregivers": [{"id": "a", "abilities": ["s1"]}, {"id": "b", "abilities": ["s2"]}],
        "central_offices": [{"id": "d"}],
        "distances": [[abs(x - y) for y in places] for x in places],
    }


def crowd(seed: int, patients: int = 25, caregivers: int = 5) -> Raw:
    """Return a random instance of the benchmark's kind."""
    random = Random(seed)
    points = [(random.random() * 100, random.random() * 100) for _ in range(patients + 1)]
    services = [f"s{k}" for k in range(6)]
    people = []
    for k in range(patients):
        names = random.sample(services, 2 if random.random() < 0.3 else 1)
        start = random.randrange(0, 480)
        people.append(
            {
                "id": f"p{k}",
                "time_window": [start, start + 120],
                "required_caregivers": [{"service": name, "duration": random.randint(10, 20)} for name in names],
                "synchronization": random.choice(
                    ({"type": "simultaneous"}, {"type": "sequential", "distance": [15, 45]})
                ),
            }
        )
    able = [random.sample(services, 3) for _ in range(caregivers - 2)]
    return {
        "patients": people,
        "services": [{"id": name, "default_duration": 10} for name in services],
        "caregivers": [{"id": f"c{k}", "abilities": can} for k, can in enumerate([services[:], services[:], *able])],
        "central_offices": [{"id": "d"}],
        "distances": [[round(((a - c) ** 2 + (b - d) ** 2) ** 0.5, 3) for c, d in points] for a, b in points],
    }


@pytest.mark.usefixtures("compiled_search")
def test_the_best_routes_of_a_tiny_instance_are_found() -> None:
    instance = read_instance(json.dumps(tiny()))
    routes = solve_instance(instance, stop=MaxIterations(10_000))
    assert check_routes(instance, routes) == []
    cost = cost_of_routes(instance, routes)
    assert (cost.distance, cost.tardiness, cost.total) == (160, 0, 160 / 3)
    starts = {(s.patient, s.service): s.start for stops in routes.values() for s in stops}
    assert starts["p3", "s1"] == starts["p3", "s2"] == 60
    assert starts["p4", "s2"] - starts["p4", "s1"] == 10


@pytest.mark.usefixtures("compiled_search")
@pytest.mark.parametrize("seed", range(4))
def test_any_routes_keep_every_rule_and_searching_longer_is_no_worse(seed: int) -> None:
    instance = read_instance(json.dumps(crowd(seed)))
    short = solve_instance(instance, stop=MaxIterations(5_000), seed=seed)
    long = solve_instance(instance, stop=MaxIterations(60_000), seed=seed)
    assert check_routes(instance, short) == []
    assert check_routes(instance, long) == []
    assert cost_of_routes(instance, long).total < cost_of_routes(instance, short).total + 30


@pytest.mark.usefixtures("compiled_search")
def test_a_seed_and_a_budget_always_give_the_same_routes() -> None:
    instance = read_instance(json.dumps(crowd(7)))
    one, two = (solve_instance(instance, stop=MaxIterations(20_000), seed=3) for _ in range(2))
    assert one == two


def test_routes_survive_writing_and_reading() -> None:
    routes = {"a": [Service("p1", "s1", 12.5, 22.5)], "b": []}
    assert read_routes(write_routes(routes)) == routes
    location = json.loads(write_routes(routes))["routes"][0]["locations"][0]
    assert location == {"patient_id": "p1", "service_id": "s1", "arrival_time": 12.5, "departure_time": 22.5}


def good() -> dict[str, list[Service]]:
    """Return routes for the tiny instance that keep every rule."""
    return {
        "a": [Service("p1", "s1", 10, 20), Service("p3", "s1", 60, 70), Service("p4", "s1", 100, 110)],
        "b": [Service("p2", "s2", 20, 35), Service("p3", "s2", 60, 80), Service("p4", "s2", 110, 115)],
    }


def test_good_routes_have_no_fault_and_their_known_cost() -> None:
    instance = read_instance(json.dumps(tiny()))
    assert check_routes(instance, good()) == []
    assert cost_of_routes(instance, good()).total == 160 / 3


@pytest.mark.parametrize(
    ("caregiver", "place", "stop", "says"),
    [
        ("a", 0, Service("p1", "s1", 5, 15), "cannot be at p1"),
        ("a", 1, Service("p3", "s1", 50, 60), "before its window"),
        ("a", 1, Service("p3", "s1", 61, 71), "after the first"),
        ("b", 2, Service("p4", "s2", 125, 130), "after the first"),
        ("b", 0, Service("p2", "s2", 20, 30), "does not take"),
        ("b", 0, Service("p2", "s1", 20, 35), "cannot do s1"),
        ("b", 0, Service("nobody", "s2", 20, 35), "is not a patient"),
    ],
)
def test_a_broken_rule_is_found(caregiver: str, place: int, stop: Service, says: str) -> None:
    instance = read_instance(json.dumps(tiny()))
    routes = good()
    routes[caregiver][place] = stop
    assert any(says in str(fault) for fault in check_routes(instance, routes))


def test_a_missing_visit_and_an_unknown_caregiver_are_found() -> None:
    instance = read_instance(json.dumps(tiny()))
    routes = good()
    del routes["a"][0]
    routes["nobody"] = []
    faults = check_routes(instance, routes)
    assert any("p1 gets 0 of 1" in str(fault) for fault in faults)
    assert any("nobody is not a caregiver" in str(fault) for fault in faults)


def _cut(raw: Raw) -> None:
    raw["distances"].pop()


def _no_one(raw: Raw) -> None:
    raw["caregivers"] = raw["caregivers"][:1]


def _backwards(raw: Raw) -> None:
    raw["patients"][0]["time_window"] = [60, 0]


def _no_window(raw: Raw) -> None:
    del raw["patients"][0]["time_window"]


def _strange(raw: Raw) -> None:
    raw["patients"][2]["synchronization"]["type"] = "sometimes"


def _lag(raw: Raw) -> None:
    raw["patients"][3]["synchronization"]["distance"] = [20, 10]


def _twice(raw: Raw) -> None:
    raw["patients"][1]["id"] = "p1"


def _word(raw: Raw) -> None:
    raw["distances"][0][1] = "far"


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_cut, "distances"),
        (_no_one, "not enough caregivers"),
        (_backwards, "ends before it starts"),
        (_no_window, "time_window"),
        (_strange, "sometimes"),
        (_lag, "synchronization.distance"),
        (_twice, "appears twice"),
        (_word, "wrong kind"),
    ],
)
def test_a_contradiction_is_named(spoil: Callable[[Raw], None], says: str) -> None:
    raw = tiny()
    spoil(raw)
    with pytest.raises(InstanceError, match=says):
        read_instance(json.dumps(raw))


@pytest.mark.parametrize("text", ["", "[]", "{", "7", '{"patients": 3}'])
def test_what_is_no_instance_is_refused(text: str) -> None:
    with pytest.raises(InstanceError):
        read_instance(text)


@pytest.mark.parametrize(
    "text", ["", "[]", '{"routes": [{}]}', '{"routes": [{"caregiver_id": "a", "locations": [1]}]}']
)
def test_what_is_no_solution_is_refused(text: str) -> None:
    with pytest.raises(InstanceError):
        read_routes(text)
