"""What the compiled search believes is what the exact rules and the validator's own count say, to the unit."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongxin.engines.planner import (
    After,
    CompoundDay,
    MaxIterations,
    Window,
    compound_day,
    objective_of,
    solve,
    validate,
)
from tongxin.engines.planner.compact import Compact
from tongxin.engines.planner.cost import cost_of
from tongxin.engines.planner.explain import visit_of
from tongxin.engines.planner.greedy import build
from tongxin.engines.planner.problem import Problem
from tongxin.engines.planner.search import the
from tongxin.engines.planner.search.anneal import anneal
from tongxin.engines.planner.search.encode import encode
from tongxin.engines.planner.search.improve import decoded, mended, steering
from tongxin.engines.planner.search.layout import (
    K_SERVED,
    N_MOVE,
    N_POOL,
    R_NEXT,
    R_PERSON,
    R_PREV,
    R_START,
    T_FIRST,
    T_HANDS,
    V_CLASS,
    V_FROM,
    V_TASK,
    V_UNTIL,
    Best,
    Model,
    Pace,
    State,
)
from tongxin.engines.planner.search.memory import new_state
from tongxin.engines.planner.search.plan import rebuild
from tongxin.engines.planner.search.walk import walk
from tongxin.engines.planner.tests.builders import person, problem, task, wild
from tongxin.engines.planner.tests.referee import small_day

pytestmark = pytest.mark.usefixtures("compiled_search")
SEEDS = st.integers(min_value=0, max_value=2**32)


def walked(given_problem: Problem, steps: int = 5_000) -> tuple[Model, State]:
    """Return a model and a state after so many moves from the first answer."""
    built = build(Compact(given_problem))
    encoded = encode(built.state, built.fitter)
    person_of = mended(encoded)
    assert person_of is not None
    state = new_state(encoded.model, seed=1)
    m, s = the.table_of(encoded.model), the.table_of(state)
    assert rebuild(m, s, encoded.rank, person_of)
    how = steering()
    heat, best = np.array([50.0, 5.0]), state.cost.copy()
    walk(m, s, Pace(how.weight, how.share, heat, steps, True), Best(encoded.rank.copy(), person_of.copy(), best))
    return encoded.model, state


def days() -> list[Problem]:
    return [compound_day(CompoundDay(tasks=60, responders=9, seed=k)) for k in range(3)]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(SEEDS)
def test_the_search_and_the_exact_rules_agree_on_rules_and_cost(seed: int) -> None:
    given_problem = wild(seed)
    built = build(Compact(given_problem))
    encoded = encode(built.state, built.fitter)
    person_of = mended(encoded)
    if person_of is None:
        # A fixed visit that only its waiver or its past explains: the first answer stands.
        return
    found = anneal(
        encoded.model,
        encoded.rank,
        person_of,
        steering=steering(),
        how_far=lambda stand: stand.iteration / 5_000,
        seed=seed % 1000,
    )
    plan = decoded(given_problem, built, encoded, found.rank, found.person)
    assert plan is not None
    assert cost_of(plan.state).as_tuple() == tuple(found.best[:8].tolist())
    tasks = plan.state.compact.tasks
    visits = [visit_of(plan.state.compact, tasks[t].id, move) for t, ms in plan.state.placed.items() for move in ms]
    assert validate(given_problem, visits) == []
    assert objective_of(given_problem, visits).as_tuple() == tuple(found.best[:8].tolist())


@pytest.mark.parametrize("k", range(3))
def test_times_and_cost_kept_step_by_step_are_those_worked_out_anew(k: int) -> None:
    model, state = walked(days()[k])
    fresh = new_state(model, seed=1)
    who = state.row[: len(model.visit), R_PERSON].astype(np.int32)
    assert rebuild(the.table_of(model), the.table_of(fresh), state.rank, who)
    assert fresh.cost.tolist() == state.cost.tolist()
    is_served = state.task_now[model.visit[:, V_TASK], K_SERVED] == 1
    assert (fresh.row[: len(model.visit)][is_served] == state.row[: len(model.visit)][is_served]).all()
    assert (fresh.person_now == state.person_now).all()


@pytest.mark.parametrize("k", range(3))
def test_days_stay_rings_in_the_global_order(k: int) -> None:
    model, state = walked(days()[k])
    visits, seen = len(model.visit), 0
    for p in range(len(model.person)):
        u, last = visits + p, -np.inf
        while (n := int(state.row[u, R_NEXT])) != visits + p:
            assert state.row[n, R_PREV] == u
            assert state.row[n, R_PERSON] == p
            rank = float(state.rank[model.visit[n, V_TASK]])
            assert rank > last
            u, last, seen = n, rank, seen + 1
        assert state.row[visits + p, R_PREV] == u
    assert seen == int((state.row[:visits, R_PERSON] >= 0).sum())
    assert state.tally[N_MOVE] > 0


@pytest.mark.parametrize("k", range(3))
def test_who_waits_is_who_is_not_served(k: int) -> None:
    model, state = walked(days()[k])
    waiting = set(state.pool[0, : state.tally[N_POOL]].tolist())
    assert waiting == set(np.flatnonzero(state.task_now[:, K_SERVED] == 0).tolist())
    for t in waiting:
        assert state.row[model.task[t, T_FIRST], R_PERSON] == -1


def test_a_first_plan_that_breaks_a_rule_is_mended_by_leaving_a_task_out() -> None:
    day = problem([task("a"), task("b", at="e")], [person("p")])
    built = build(Compact(day))
    encoded = encode(built.state, built.fitter)
    encoded.model.visit[1, V_UNTIL] = -1
    person_of = mended(encoded)
    assert person_of is not None
    assert person_of.tolist() == [0, -1]


def test_a_plan_with_hundreds_of_faults_is_mended_and_searched() -> None:
    """A day of 20,000 tasks has some two hundred visits that the search times otherwise than the first answer."""
    compact = Compact(compound_day(CompoundDay(tasks=600, responders=40, seed=3)))
    built = build(compact)
    encoded = encode(built.state, built.fitter)
    visit, able = encoded.model.visit, encoded.model.able
    crowded = encoded.person.copy()
    for first, hands in encoded.model.task[:, [T_FIRST, T_HANDS]]:
        if hands == 1 and crowded[first] >= 0:
            # work for one goes to the first who may do it, so that most of it has no time
            crowded[first] = able[visit[first, V_CLASS], 1]
    crowd = replace(encoded, person=crowded)
    person_of = mended(crowd)
    assert person_of is not None
    tasks = encoded.model.task[:, T_FIRST]
    kept, begun = person_of[tasks] >= 0, crowded[tasks] >= 0
    assert int(begun.sum()) - int(kept.sum()) > 200
    assert kept.any()
    assert (person_of[person_of >= 0] == crowded[person_of >= 0]).all()
    state = new_state(encoded.model, seed=0)
    assert rebuild(the.table_of(encoded.model), the.table_of(state), encoded.rank, person_of)
    found = anneal(
        encoded.model, encoded.rank, person_of, steering=steering(), how_far=lambda s: float(s.iteration >= 5_000)
    )
    assert found.iterations == 5_000
    assert found.best.tolist() < state.cost.tolist()


def _short_shift() -> Problem:
    """Return a day whose two visits fit into one shift only if the first begins as late as minute 100."""
    tasks = [task("first", minutes=20, window=Window(0, 300)), task("last", minutes=20, window=Window(200, 220))]
    day = problem(tasks, [person("p")])
    return replace(day, limits=replace(day.limits, max_shift_min=120))


def test_a_shift_begins_late_enough_for_its_last_visit() -> None:
    day = _short_shift()
    result = solve(day, stop=MaxIterations(5_000))
    assert validate(day, result) == []
    starts = {v.task: v.start_min for v in result.visits}
    assert starts.keys() == {"first", "last"}
    assert starts["first"] >= 100


def test_a_visit_is_held_only_as_long_as_another_one_asks_for_it() -> None:
    """Without the last visit the first one begins at once again."""
    built = build(Compact(_short_shift()))
    encoded = encode(built.state, built.fitter)
    both = np.zeros_like(encoded.person)
    state = new_state(encoded.model, seed=1)
    m, s = the.table_of(encoded.model), the.table_of(state)
    rank = np.arange(len(encoded.rank), dtype=float)
    if encoded.model.visit[0, V_FROM] > 0:
        rank = rank[::-1].copy()
    assert rebuild(m, s, rank, both)
    starts = sorted(state.row[:2, R_START].tolist())
    assert starts[0] >= 100
    alone = np.where(encoded.model.visit[:, V_FROM] > 0, -1, 0).astype(np.int32)
    assert rebuild(m, s, rank, alone)
    assert int(state.row[int(np.flatnonzero(alone == 0)[0]), R_START]) < 100


def test_what_must_follow_soon_waits_for_what_follows_late() -> None:
    """The later task opens at minute 200, at most 30 after the earlier one has ended."""
    tasks = [
        task("early", minutes=20, window=Window(0, 300)),
        task("late", minutes=20, window=Window(200, 300), after=(After(task="early", max_lag_min=30),)),
    ]
    day = problem(tasks, [person("p"), person("q")])
    result = solve(day, stop=MaxIterations(5_000))
    assert validate(day, result) == []
    starts = {v.task: v.start_min for v in result.visits}
    assert starts["early"] + 20 >= starts["late"] - 30


@pytest.mark.parametrize("seed", range(6))
def test_held_times_kept_step_by_step_are_those_worked_out_anew(seed: int) -> None:
    model, state = walked(small_day(seed, is_tight=True))
    anew = new_state(model, seed=1)
    assert rebuild(
        the.table_of(model), the.table_of(anew), state.rank, state.row[: len(model.visit), R_PERSON].astype(np.int32)
    )
    served = state.row[: len(model.visit), R_PERSON] >= 0
    assert (state.row[: len(model.visit), R_START][served] == anew.row[: len(model.visit), R_START][served]).all()
    assert state.cost.tolist() == anew.cost.tolist()


def test_a_table_refuses_arrays_that_are_not_contiguous() -> None:
    state = new_state(encode(*_built()).model, seed=1)
    with pytest.raises(ValueError, match="contiguous"):
        the.table_of(state._replace(row=state.row[:, ::2]))


def _built() -> tuple:  # type: ignore[type-arg]
    built = build(Compact(problem([task()], [person()])))
    return built.state, built.fitter
