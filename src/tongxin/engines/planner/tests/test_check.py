"""A problem that contradicts itself is refused with the name of the field, before anything is computed."""

from dataclasses import replace

import numpy as np
import pytest

from tongxin.engines.planner import (
    After,
    Commitment,
    Hand,
    LaborLimits,
    Pin,
    Place,
    PpeLimit,
    Problem,
    ProblemError,
    Rule,
    Sync,
    Travel,
    Vehicle,
    Weights,
    Window,
    check_problem,
    solve,
)
from tongxin.engines.planner.tests.builders import DAY, person, places, problem, street, task, visit

LIMITS = LaborLimits()
CIRCLE = [task("t", after=(After(task="u"),)), task("u", after=(After(task="t"),))]


def of(*tasks: object, people: tuple = (person(),), **more: object) -> Problem:
    """Return a problem of one person and these tasks."""
    return problem(list(tasks), list(people), **more)


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("horizon_min", of(horizon_min=0)),
        ("first_midnight_min", of(first_midnight_min=1)),
        ("first_midnight_min", of(first_midnight_min=-1440)),
        ("week_start_min", of(week_start_min=-10080)),
        ("weights.fairness_unit_min", of(weights=Weights(fairness_unit_min=0))),
        ("tasks[t]", of(task(), task())),
        ("responders[p]", of(people=(person(), person()))),
        ("places[a]", of(places=(*places(), places()[0]))),
        ("vehicles[v]", of(vehicles=(Vehicle(id="v", seats=1, availability=(DAY,)),) * 2)),
        ("pins[t/0]", of(task(), pins=(Pin(task="t"), Pin(task="t")))),
        ("previous[t/0]", of(task(), previous=(visit("p", "t", 1), visit("p", "t", 9)))),
        ("limits.max_shift_min", of(limits=replace(LIMITS, max_shift_min=-1))),
        ("limits.min_rest_min", of(limits=replace(LIMITS, min_rest_min=0))),
        ("limits.night_from_min", of(limits=replace(LIMITS, night_from_min=1500))),
        ("limits.ppe[2]", of(limits=replace(LIMITS, ppe=(PpeLimit(level=2, max_min=0, break_min=1),)))),
        ("travel.walk_min", of(travel=Travel(entrances=("a", "b"), walk_min=np.zeros((2, 3), dtype=np.int32)))),
        ("travel.walk_min", of(travel=replace(street(), walk_min=street().walk_min - 1))),
        ("places[x].entrance", of(places=(*places(), Place(id="x", entrance="nowhere")))),
        ("responders[p].home_place", of(people=(replace(person(), home_place="x"),))),
        ("responders[p].end_place", of(people=(person(end_place="x"),))),
        ("responders[p].availability", of(people=(person(availability=(Window(5, 5),)),))),
        ("responders[p].availability", of(people=(person(availability=(Window(50, 90), Window(60, 99))),))),
        ("responders[p].worked_today_min", of(people=(person(worked_today_min=-1),))),
        ("responders[p].shift_started_min", of(people=(person(shift_started_min=1),))),
        ("responders[p].last_duty_end_min", of(people=(person(last_duty_end_min=1),))),
        ("responders[p].lowest_zone", of(people=(person(lowest_zone=2, highest_zone=1),))),
        (
            "responders[p].commitments[c].place",
            of(people=(person(commitments=(Commitment(id="c", place="x", window=DAY),)),)),
        ),
        (
            "responders[p].commitments",
            of(people=(person(commitments=tuple(Commitment(id=c, place="a", window=DAY) for c in "cd")),)),
        ),
        ("vehicles[v]", of(vehicles=(Vehicle(id="v", seats=-1, availability=()),))),
        ("vehicles[v].availability", of(vehicles=(Vehicle(id="v", seats=1, availability=(Window(2, 1),)),))),
        ("tasks[t].place", of(task(at="x"))),
        ("tasks[t].place", of(task(end_place="x"))),
        ("tasks[t].hands", of(task(hands=()))),
        ("tasks[t].priority", of(task(priority=0))),
        ("tasks[t].duration_min", of(task(minutes=0))),
        ("tasks[t].duration_min", of(task(hands=(Hand(), Hand(duration_min=0))))),
        ("tasks[t]", of(task(zone=-1))),
        ("tasks[t].sync", of(task(sync=Sync(5, 4)))),
        ("tasks[t].sync", of(task(sync=Sync(-5, 4)))),
        ("tasks[t].window", of(task(window=Window(0, 29)))),
        ("tasks[t].window", of(task(window=Window(700, 900)))),
        ("tasks[t].window", of(task(window=Window(0, 59), hands=(Hand(), Hand()), sync=Sync(30, 40)))),
        ("tasks[t].preferred", of(task(preferred=("x",)))),
        ("tasks[t].after", of(task(after=(After(task="x"),)))),
        ("tasks[t].after", of(task(after=(After(task="t"),)))),
        ("tasks[t].after", of(task(after=(After(task="u", min_lag_min=5, max_lag_min=4),)), task("u"))),
        ("tasks[t].after", of(*CIRCLE)),
        ("pins[x/0]", of(task(), pins=(Pin(task="x"),))),
        ("pins[t/1]", of(task(), pins=(Pin(task="t", hand=1),))),
        ("pins[t/0].waives", of(task(), pins=(Pin(task="t", waives=frozenset({Rule.BUSY})),))),
        ("pins[t/0].responder", of(task(), pins=(Pin(task="t", responder="x"),))),
        ("pins[t/0].responder", of(task(hands=(Hand(skills=frozenset({"M"})),)), pins=(Pin(task="t", responder="p"),))),
        ("pins[t/0].responder", of(task(excluded=frozenset({"p"})), pins=(Pin(task="t", responder="p"),))),
    ],
)
def test_a_contradiction_is_named(field: str, bad: Problem) -> None:
    with pytest.raises(ProblemError) as error:
        solve(bad)
    assert error.value.field == field
    assert str(error.value) == f"{field}: {error.value.reason}"


def test_a_good_problem_passes() -> None:
    check_problem(of(task(), task("u", after=(After(task="t"),)), pins=(Pin(task="t", responder="p"),)))


def test_a_pin_may_go_against_a_skill_that_it_waives() -> None:
    pin = Pin(task="t", responder="p", waives=frozenset({Rule.SKILL}))
    check_problem(of(task(hands=(Hand(skills=frozenset({"M"})),)), pins=(pin,)))


@pytest.mark.parametrize("name", ["; DROP TABLE task", "=cmd|' /C calc'!A0", "\x00", "💥" * 1000, "<script>"])
def test_hostile_ids_are_only_ids(name: str) -> None:
    assert [v.task for v in solve(of(task(name))).visits] == [name]
