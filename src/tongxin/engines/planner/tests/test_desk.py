"""The desk and plain Python give the same first answer, the same reasons and the same rules in the way."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongxin.engines.planner import CompoundDay, Problem, compound_day
from tongxin.engines.planner.compact import Compact
from tongxin.engines.planner.cost import cost_of
from tongxin.engines.planner.explain import assignments_of, bindings_of, pauses_of
from tongxin.engines.planner.greedy import Built, build
from tongxin.engines.planner.relief import ReliefFinder
from tongxin.engines.planner.result import Assignment, Binding, Relief
from tongxin.engines.planner.tests.builders import person, problem, task, wild

pytestmark = pytest.mark.usefixtures("compiled_search")
SEEDS = st.integers(min_value=0, max_value=2**32)
Answer = tuple[tuple[Assignment, ...], list[tuple[int, tuple[Binding, ...]]]]


def said(built: Built) -> Answer:
    """Return visits with their reasons, and what is left with the rules in the way."""
    return assignments_of(built.state), [(left, bindings_of(built.fitter, left)) for left in built.left]


def both(day: Problem) -> Built:
    """Build with the desk and without; all that is said must be the same."""
    quick, plain = build(Compact(day)), build(Compact(day), is_plain=True)
    assert quick.state.desk is not None
    assert plain.state.desk is None
    assert said(quick) == said(plain)
    assert cost_of(quick.state) == cost_of(plain.state)
    assert pauses_of(quick.state) == pauses_of(plain.state)
    return quick


def without_waivers(day: Problem) -> Problem:
    """Return a day whose pins waive nothing and fix only times, so that none asks for what no rule allows."""
    pins = [replace(pin, responder=None, waives=frozenset()) for pin in day.pins if pin.start_min is not None]
    return replace(day, pins=tuple(pins))


@given(seed=SEEDS)
@settings(deadline=None, max_examples=60)
def test_the_desk_answers_as_plain_python_does(seed: int) -> None:
    both(without_waivers(wild(seed)))


@given(seed=SEEDS)
@settings(deadline=None, max_examples=40)
def test_the_desk_replans_as_plain_python_does(seed: int) -> None:
    day = without_waivers(wild(seed))
    visits = tuple(
        found.visit for found in assignments_of(build(Compact(replace(day, now_min=0)), is_plain=True).state)
    )
    gone = day.responders[0].id if seed % 2 and len(day.responders) > 1 else ""
    changed = replace(
        day,
        previous=visits,
        now_min=90,
        responders=tuple(who for who in day.responders if who.id != gone),
        tasks=tuple(replace(one, preferred=tuple(p for p in one.preferred if p != gone)) for one in day.tasks),
    )
    both(changed)


def reliefs_of(day: Problem, built: Built) -> list[Relief | None]:
    """Return the relief of every task that is left."""
    hands = max((len(one.hands) for one in day.tasks), default=1)
    finder = ReliefFinder(day, built.state, hands)
    return [finder.find(built.state.compact.tasks[left].id) for left in built.left]


@given(seed=SEEDS)
@settings(deadline=None, max_examples=40)
def test_reliefs_on_the_desk_are_those_of_plain_python_and_leave_the_plan_alone(seed: int) -> None:
    day = without_waivers(wild(seed))
    quick, plain = build(Compact(day)), build(Compact(day), is_plain=True)
    before = said(quick)
    assert reliefs_of(day, quick) == reliefs_of(day, plain)
    assert said(quick) == before == said(plain)


@pytest.mark.parametrize("has_pairs", [True, False])
def test_reliefs_of_a_compound_day_are_the_same_on_the_desk(has_pairs: bool) -> None:
    day = compound_day(CompoundDay(tasks=120, responders=10, seed=4, has_pairs=has_pairs))
    quick, plain = build(Compact(day)), build(Compact(day), is_plain=True)
    assert quick.left
    assert reliefs_of(day, quick) == reliefs_of(day, plain)


@pytest.mark.parametrize("has_pairs", [True, False])
def test_a_compound_day_is_the_same_on_the_desk(has_pairs: bool) -> None:
    built = both(compound_day(CompoundDay(tasks=150, responders=14, seed=5, has_pairs=has_pairs)))
    assert built.left


def test_a_person_with_more_stops_than_the_desk_has_rows_gets_them_all() -> None:
    tasks = [task(f"t{k:02d}", minutes=5) for k in range(60)]
    alone = both(problem([replace(one, excluded=frozenset({"q"})) for one in tasks], [person("p"), person("q")]))
    assert len(alone.state.compact.people[0].stops) > 24


def test_taking_everything_out_again_leaves_the_desk_as_it_was() -> None:
    day = compound_day(CompoundDay(tasks=60, responders=9, seed=2))
    built, fresh = build(Compact(day)), build(Compact(day), cancelled=lambda: True)
    for left in list(built.state.placed):
        built.fitter.drop(left)
    for one in range(60):
        assert built.fitter.fit(one) == fresh.fitter.fit(one) or built.state.compact.tasks[one].after


def test_a_day_with_a_waiver_is_planned_without_the_desk() -> None:
    day = next(one for one in map(wild, range(50)) if any(pin.waives for pin in one.pins))
    assert build(Compact(day)).state.desk is None
