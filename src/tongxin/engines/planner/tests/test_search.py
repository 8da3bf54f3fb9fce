"""Whatever the search answers, the validator, which shares no code with it, finds nothing wrong."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongxin.engines.planner import CompoundDay, compound_day, objective_of, replan, solve, validate
from tongxin.engines.planner.tests.builders import wild

SEEDS = st.integers(min_value=0, max_value=2**32)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(SEEDS)
def test_any_answer_keeps_every_hard_rule_and_states_its_true_cost(seed: int) -> None:
    problem = wild(seed)
    assert validate(problem, solve(problem)) == []


@settings(max_examples=25, deadline=None, derandomize=True)
@given(SEEDS)
def test_any_replan_keeps_every_hard_rule(seed: int) -> None:
    random, problem = Random(seed), wild(seed)
    before = solve(problem)
    now = random.choice((0, 100, 250))
    people = [p for p in problem.responders if random.random() < 0.85]
    kept = {p.id for p in people}
    tasks = [replace(t, preferred=(), zone=min(2, t.zone + (random.random() < 0.1))) for t in problem.tasks]
    changed = replace(
        problem,
        responders=tuple(people),
        tasks=tuple(tasks),
        pins=tuple(pin for pin in problem.pins if pin.responder in kept),
        now_min=now,
        previous=before.visits,
    )
    assert validate(changed, replan(changed, before)) == []


@settings(max_examples=20, deadline=None, derandomize=True)
@given(SEEDS)
def test_the_order_of_the_input_changes_nothing(seed: int) -> None:
    random, problem = Random(seed), wild(seed)
    tasks, people, pins = list(problem.tasks), list(problem.responders), list(problem.pins)
    for parts in (tasks, people, pins):
        random.shuffle(parts)
    shuffled = replace(problem, tasks=tuple(tasks), responders=tuple(people), pins=tuple(pins))
    one, two = solve(problem), solve(shuffled)
    assert one.visits == two.visits
    assert one.objective == two.objective
    assert one.unserved == two.unserved


def test_the_same_problem_gives_the_same_answer() -> None:
    problem = compound_day(CompoundDay(tasks=60, responders=12, seed=5))
    one, two = solve(problem), solve(problem)
    assert (one.assignments, one.shortages, one.pauses) == (two.assignments, two.shortages, two.pauses)


@pytest.mark.parametrize("has_pairs", [True, False])
def test_a_compound_day_is_mostly_served(has_pairs: bool) -> None:
    problem = compound_day(CompoundDay(tasks=200, responders=30, seed=3, has_pairs=has_pairs))
    result = solve(problem)
    assert validate(problem, result) == []
    assert len(result.unserved) < 40
    assert result.objective == objective_of(problem, result.visits)


def test_an_empty_day_is_answered() -> None:
    problem = compound_day(CompoundDay(tasks=0, responders=3))
    result = solve(problem)
    assert (result.visits, result.unserved, result.shortages) == ((), (), ())
    assert validate(problem, result) == []


def test_a_day_without_people_leaves_everything_undone_and_says_what_is_short() -> None:
    problem = compound_day(CompoundDay(tasks=12, responders=0))
    result = solve(problem)
    assert len(result.unserved) == 12
    assert result.shortages
    assert validate(problem, result) == []
