"""The lower bound: below every feasible answer, tight where it can be, silent rather than wrong."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongxin.engines.planner import (
    FIRST_ANSWER,
    CompoundDay,
    Hand,
    LaborLimits,
    PpeLimit,
    ProblemError,
    SolveParameters,
    Tier,
    Window,
    compound_day,
    solve,
    validate,
    warm,
)
from tongxin.engines.planner.bound import CONVERGED, bound_of
from tongxin.engines.planner.formats import read_result, write_result
from tongxin.engines.planner.tests.builders import person, problem, task, wild

SHIFT = (Window(0, 600),)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(min_value=0, max_value=2**32))
def test_no_feasible_answer_goes_below_the_bound(seed):
    day = wild(seed)
    answer = solve(day, stop=FIRST_ANSWER)
    assert validate(day, answer) == []
    bound = bound_of(day, seconds=5, rounds=20)
    if bound is not None:
        assert bound.life_delay <= answer.objective.life_delay
        assert bound.unserved_priority <= answer.objective.unserved_priority


@pytest.mark.parametrize("has_pairs", [False, True], ids=["single", "pairs"])
@pytest.mark.parametrize("seed", range(2))
def test_crowded_days_have_a_bound_near_what_is_found(seed, has_pairs):
    day = compound_day(CompoundDay(tasks=60, responders=9, seed=seed, has_pairs=has_pairs))
    answer = solve(day, stop=FIRST_ANSWER)
    bound = bound_of(day, visits=answer.visits)
    assert bound.method == CONVERGED
    assert 0 < bound.unserved_priority <= answer.objective.unserved_priority
    assert bound.unserved_priority >= 0.5 * answer.objective.unserved_priority


def test_where_everything_is_done_the_bound_meets_it_at_once():
    day = problem([task("t1"), task("t2")], [person()])
    answer = solve(day, stop=FIRST_ANSWER)
    bound = bound_of(day, visits=answer.visits)
    assert (bound.life_delay, bound.unserved_priority, bound.method) == (0, 0, CONVERGED)


@pytest.mark.parametrize(
    ("tasks", "people", "more", "wanted"),
    [
        ([task(priority=7)], [], {}, 7),
        ([task(priority=7, hands=(Hand(skills=frozenset({"X"})),))], [person()], {}, 7),
        ([task(priority=7, hands=(Hand(), Hand()))], [person()], {}, 4),
        ([task(f"t{k}", window=Window(0, 60), priority=k + 1) for k in range(4)], [person()], {}, 6),
        ([task(zone=2, priority=3)], [person(highest_zone=1)], {}, 3),
        ([task(window=Window(0, 60), priority=3)], [person(last_duty_end_min=-600, availability=SHIFT)], {}, 3),
        (
            [task(f"t{k}", window=Window(k * 30, k * 30 + 35), ppe_level=2, priority=2) for k in range(4)],
            [person(availability=(Window(0, 400),))],
            {"limits": LaborLimits(ppe=(PpeLimit(level=2, max_min=60, break_min=60),))},
            4,
        ),
        (
            [
                task("hot", at="a", window=Window(0, 30), zone=2, priority=9),
                task("cold", at="a", window=Window(30, 65)),
            ],
            [person()],
            {"limits": LaborLimits(exit_protocol_min=None)},
            1,
        ),
        ([task(f"t{k}", window=Window(90 * k, 90 * k + 30), at="a") for k in range(6)], [person()], {}, 0),
        (
            [task(f"t{k}", window=Window(90 * k, 90 * k + 30), at="a") for k in range(6)],
            [person(availability=SHIFT)],
            {"limits": LaborLimits(max_shift_min=240)},
            3,
        ),
    ],
    ids=["nobody", "skill", "half-a-pair", "time", "cohort", "rest", "wear", "zone-order", "all-day", "short-shift"],
)
def test_each_rule_that_the_bound_knows_binds(tasks, people, more, wanted):
    assert bound_of(problem(tasks, people, **more)).unserved_priority == wanted


def test_a_life_at_stake_counts_undone_and_late():
    undone = task("a", tier=Tier.LIFE_AND_LIMB, priority=2, hands=(Hand(skills=frozenset({"X"})),))
    late = task("b", tier=Tier.LIFE_AND_LIMB, priority=3, deadline_min=20)
    bound = bound_of(problem([undone, late], [person(availability=SHIFT)]))
    # undone: 2 x 720; at best two minutes of walking and thirty of work, twelve late: 3 x 12
    assert bound.life_delay == 1440 + 36


def test_cut_short_without_a_result_there_is_no_bound():
    day = compound_day(CompoundDay(tasks=60, responders=9, seed=0))
    assert bound_of(day, seconds=0) is None


def test_the_same_rounds_give_the_same_bound():
    day = compound_day(CompoundDay(tasks=40, responders=5, seed=3))
    assert bound_of(day, rounds=3) == bound_of(day, rounds=3)


def test_a_single_minute_makes_the_difference():
    """Negative control: a day that can just be done has the bound 0, one minute more of work has not."""
    day = problem([task("t1", window=Window(0, 40)), task("t2", at="c", window=Window(0, 64))], [person()])
    assert solve(day, stop=FIRST_ANSWER).objective.unserved_priority == 0
    assert bound_of(day).unserved_priority == 0
    longer = replace(day, tasks=tuple(replace(one, duration_min=31) for one in day.tasks))
    assert solve(longer, stop=FIRST_ANSWER).objective.unserved_priority == 1
    assert bound_of(longer).unserved_priority == 1


def test_a_contradiction_is_refused():
    with pytest.raises(ProblemError):
        bound_of(problem([task(at="nowhere")], [person()]))


@pytest.mark.parametrize("has_pairs", [False, True], ids=["single", "pairs"])
@pytest.mark.usefixtures("compiled_search")
def test_an_answer_carries_its_bound_where_it_is_asked_for(has_pairs):
    day = compound_day(CompoundDay(tasks=40, responders=6, seed=1, has_pairs=has_pairs))
    plain, proven = solve(day), solve(day, parameters=SolveParameters(bound_seconds=30))
    assert (plain.bound, plain.gap) == (None, None)
    assert replace(proven, bound=None, stats=plain.stats) == plain
    assert proven.bound == bound_of(day, visits=plain.visits)
    assert proven.gap == plain.objective.unserved_priority - proven.bound.unserved_priority >= 0
    assert read_result(write_result(proven)) == proven


@pytest.mark.usefixtures("compiled_search")
def test_there_is_no_bound_when_nothing_was_proven_or_the_run_was_cancelled():
    day = compound_day(CompoundDay(tasks=40, responders=6, seed=1))
    asked = SolveParameters(bound_seconds=30)
    assert bound_of(day, cancelled=lambda: True) is None
    assert solve(day, parameters=replace(asked, bound_seconds=1e-9)).bound is None
    assert solve(day, parameters=asked, cancelled=lambda: True).bound is None


def test_the_bound_is_compiled_at_set_up(monkeypatch):
    begun = []
    monkeypatch.setattr(warm, "is_ready", lambda: False)
    monkeypatch.setattr(warm, "begin", lambda: begun.append(True))
    day = compound_day(CompoundDay(tasks=10, responders=3, seed=1))
    assert solve(day, parameters=SolveParameters(bound_seconds=30)).bound is None
    assert begun
