"""Searching on from the first answer: whatever it does, the independent validator finds nothing wrong."""

from dataclasses import replace
from pathlib import Path
from random import Random
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongxin.engines.planner import (
    CompoundDay,
    Hand,
    MaxIterations,
    MaxTime,
    NoImprovement,
    Pin,
    Progress,
    Responder,
    Rule,
    SolveParameters,
    StoppedBy,
    Sync,
    Tier,
    Vehicle,
    Window,
    compound_day,
    objective_of,
    replan,
    solve,
    validate,
    warm,
)
from tongxin.engines.planner.tests.builders import DAY, person, problem, task, visit, wild

SEEDS = st.integers(min_value=0, max_value=2**32)
A_WHILE = MaxIterations(5_000)
QUIET = SolveParameters(relief_limit=0)

pytestmark = pytest.mark.usefixtures("compiled_search")


@settings(max_examples=30, deadline=None, derandomize=True)
@given(SEEDS)
def test_any_improved_answer_keeps_every_rule_and_is_no_worse(seed: int) -> None:
    given_problem = wild(seed)
    first = solve(given_problem, parameters=QUIET)
    better = solve(given_problem, parameters=QUIET, stop=A_WHILE)
    assert validate(given_problem, better) == []
    assert better.objective <= first.objective


@settings(max_examples=15, deadline=None, derandomize=True)
@given(SEEDS)
def test_any_improved_replan_keeps_every_rule(seed: int) -> None:
    random, given_problem = Random(seed), wild(seed)
    before = solve(given_problem, parameters=QUIET)
    people = [p for p in given_problem.responders if random.random() < 0.85]
    kept = {p.id for p in people}
    changed = replace(
        given_problem,
        responders=tuple(people),
        tasks=tuple(replace(t, preferred=()) for t in given_problem.tasks),
        pins=tuple(pin for pin in given_problem.pins if pin.responder in kept),
        now_min=random.choice((0, 100, 250)),
        previous=before.visits,
    )
    after = replan(changed, before, parameters=QUIET, stop=A_WHILE)
    assert validate(changed, after) == []


@settings(max_examples=10, deadline=None, derandomize=True)
@given(SEEDS)
def test_the_order_of_the_input_changes_nothing(seed: int) -> None:
    random, given_problem = Random(seed), wild(seed)
    tasks, people = list(given_problem.tasks), list(given_problem.responders)
    random.shuffle(tasks)
    random.shuffle(people)
    shuffled = replace(given_problem, tasks=tuple(tasks), responders=tuple(people))
    one = solve(given_problem, parameters=QUIET, stop=A_WHILE)
    two = solve(shuffled, parameters=QUIET, stop=A_WHILE)
    assert one.visits == two.visits


@pytest.mark.parametrize("has_pairs", [True, False])
def test_a_compound_day_gets_better_tier_by_tier(has_pairs: bool) -> None:
    day = compound_day(CompoundDay(tasks=200, responders=30, seed=1, has_pairs=has_pairs))
    first = solve(day, parameters=QUIET)
    better = solve(day, parameters=QUIET, stop=MaxIterations(60_000))
    assert validate(day, better) == []
    assert better.objective == objective_of(day, better.visits)
    assert better.objective < first.objective
    assert better.objective.unserved_priority <= 0.8 * first.objective.unserved_priority
    assert better.stats.engine == "search"
    assert better.stats.iterations == 60_000


def test_the_same_seed_and_budget_give_the_same_answer_and_another_seed_need_not() -> None:
    day = compound_day(CompoundDay(tasks=60, responders=12, seed=5))
    one, two = (solve(day, parameters=QUIET, stop=A_WHILE) for _ in range(2))
    assert (one.assignments, one.objective) == (two.assignments, two.objective)
    other = solve(day, parameters=SolveParameters(seed=9, relief_limit=0), stop=A_WHILE)
    assert validate(day, other) == []


def test_two_walks_at_once_are_as_sound_as_one() -> None:
    day = compound_day(CompoundDay(tasks=60, responders=12, seed=5))
    result = solve(day, parameters=SolveParameters(threads=2, relief_limit=0), stop=A_WHILE)
    assert validate(day, result) == []
    assert result.stats.iterations == 10_000


def test_life_and_limb_comes_first_whatever_it_costs_below() -> None:
    urgent = task("urgent", minutes=60, window=Window(0, 90), tier=Tier.LIFE_AND_LIMB, deadline_min=70)
    small = [task(f"s{k}", minutes=10, window=Window(0, 90), priority=9) for k in range(6)]
    day = problem([urgent, *small], [person("p")])
    result = solve(day, stop=A_WHILE)
    assert result.objective.life_delay == 0
    assert "urgent" in {v.task for v in result.visits}
    assert validate(day, result) == []


def test_a_pair_that_the_first_answer_cannot_staff_is_found_room_for() -> None:
    """The most valuable task per minute takes the only medic first; exchanging people serves both."""
    tasks = [
        task("easy", minutes=30, window=Window(0, 40), priority=9),
        task("pair", minutes=30, window=Window(0, 40), priority=9, hands=(Hand(skills=frozenset("M")), Hand())),
    ]
    people = [person("a", skills="M"), person("b"), person("c")]
    result = solve(problem(tasks, people), stop=A_WHILE)
    assert result.unserved == ()
    assert len({v.responder for v in result.visits}) == 3


def test_lags_between_hands_and_seats_hold_in_the_search() -> None:
    vehicle = Vehicle(id="v", seats=2, availability=(DAY,), turnaround_min=15)
    ride = {"hands": (Hand(), Hand()), "seats": 1, "window": Window(0, 200), "sync": Sync(0, 10)}
    tasks = [task(f"t{k}", minutes=40, **ride) for k in range(3)]
    day = problem(tasks, [person(f"p{k}") for k in range(4)], vehicles=(vehicle,))
    result = solve(day, stop=A_WHILE)
    assert validate(day, result) == []
    assert len(result.unserved) <= 1


def test_pins_and_waivers_stay_and_nobody_hides_behind_them() -> None:
    tasks = [task("pinned", minutes=30), *(task(f"t{k}", minutes=60) for k in range(8))]
    pins = (Pin(task="pinned", responder="b", start_min=100, waives=frozenset({Rule.PPE_TIME})),)
    day = problem(tasks, [person("a"), person("b")], pins=pins)
    result = solve(day, stop=A_WHILE)
    assert ("pinned", "b", 100) in {(v.task, v.responder, v.start_min) for v in result.visits}
    assert validate(day, result) == []


def test_what_has_begun_and_what_is_near_stays_on_a_replan() -> None:
    tasks = [task("begun"), task("near", at="c"), task("later", at="d", window=Window(300, 720))]
    old = [visit("p", "begun", 40), visit("q", "near", 70), visit("p", "later", 400)]
    day = problem(tasks, [person("p"), person("q")], now_min=60)
    result = replan(day, old, stop=A_WHILE)
    kept = {(v.task, v.responder, v.start_min) for v in result.visits}
    assert {("begun", "p", 40), ("near", "q", 70)} <= kept
    assert validate(replace(day, previous=tuple(old)), result) == []


def test_a_replan_with_nothing_new_moves_nothing() -> None:
    day = compound_day(CompoundDay(tasks=60, responders=12, seed=4))
    before = solve(day, parameters=QUIET, stop=A_WHILE)
    after = replan(day, before, now_min=0, parameters=QUIET)
    assert after.objective.moved == 0
    assert after.objective.unserved_priority <= before.objective.unserved_priority


def test_nobody_waits_for_the_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is compiled yet the first answer comes at once, and compiling has begun beside it."""
    compiling = Thread(target=list)
    monkeypatch.setattr(warm, "_MARK", tmp_path / "no mark")
    monkeypatch.setattr(warm, "_done", [])
    monkeypatch.setattr(warm, "_threads", [compiling])
    day = compound_day(CompoundDay(tasks=20, responders=6))
    result = solve(day, stop=MaxTime(600))
    assert result.stats.engine == "greedy"
    assert result.visits == solve(day).visits


def test_every_assignment_has_a_reason_and_a_runner_up_who_could() -> None:
    day = compound_day(CompoundDay(tasks=60, responders=12, seed=2))
    result = solve(day, parameters=QUIET, stop=A_WHILE)
    people = {p.id for p in day.responders}
    for assignment in result.assignments:
        assert assignment.reason.code
        if assignment.runner_up is not None:
            assert assignment.runner_up.responder in people
            assert assignment.runner_up.responder != assignment.visit.responder


def test_progress_is_told_and_a_cancelled_run_gives_the_best_so_far() -> None:
    day = compound_day(CompoundDay(tasks=60, responders=12, seed=5))
    seen: list[Progress] = []
    result = solve(day, stop=MaxTime(600), progress=seen.append, cancelled=lambda: len(seen) > 6, parameters=QUIET)
    assert result.stats.stopped_by is StoppedBy.CANCELLED
    assert validate(day, result) == []
    told = [p.best for p in seen if p.best is not None]
    assert told == sorted(told, reverse=True)
    assert [p.iteration for p in seen] == sorted(p.iteration for p in seen)


@pytest.mark.parametrize(
    ("rule", "most"), [(MaxTime(0.05), None), (NoImprovement(5_000), None), (MaxIterations(5_000) | MaxTime(60), 5_000)]
)
def test_every_stop_rule_ends_the_search(rule: MaxTime | NoImprovement, most: int | None) -> None:
    day = compound_day(CompoundDay(tasks=40, responders=8, seed=5))
    result = solve(day, parameters=QUIET, stop=rule)
    assert result.stats.stopped_by is StoppedBy.STOP_RULE
    assert result.stats.iterations > 0
    assert most is None or result.stats.iterations == most


def test_a_rule_of_the_callers_own_ends_it_too() -> None:
    day = compound_day(CompoundDay(tasks=40, responders=8, seed=5))
    result = solve(day, parameters=QUIET, stop=lambda progress: progress.iteration >= 15_000)
    assert result.stats.iterations == 15_000


@pytest.mark.parametrize("days", [1, 2])
def test_hours_rest_and_mornings_hold_over_midnight(days: int) -> None:
    who: list[Responder] = [
        person(f"p{k}", availability=(Window(0, 1440 * days),), worked_today_min=100 * k, last_duty_end_min=-700)
        for k in range(3)
    ]
    tasks = [
        task(f"t{k:02d}", minutes=45, window=Window(60 * k % (1440 * days - 300), 1440 * days), at="abcde"[k % 5])
        for k in range(30)
    ]
    day = problem(tasks, who, horizon_min=1440 * days)
    result = solve(day, parameters=QUIET, stop=MaxIterations(20_000))
    assert validate(day, result) == []
