"""Something has changed: what has begun stays, what is near stays, and of the rest as little as possible moves."""

from dataclasses import replace

import pytest

from tongxin.engines.planner import (
    CompoundDay,
    Hand,
    MaxIterations,
    Problem,
    ReasonCode,
    Responder,
    Result,
    Rule,
    Tier,
    Visit,
    Window,
    compound_day,
    replan,
    solve,
    validate,
)
from tongxin.engines.planner.tests.builders import person, problem, task, visit

PEOPLE = [person("p"), person("q")]


def checked(day: Problem, before: Result | list[Visit]) -> Result:
    """Replan and let the validator look, with the plan in force, before anything is asserted."""
    result = replan(day, before)
    visits = tuple(before.visits if isinstance(before, Result) else before)
    assert validate(replace(day, previous=visits), result) == []
    return result


def test_nothing_changed_nothing_moves() -> None:
    day = compound_day(CompoundDay(tasks=80, responders=15, seed=4))
    before = solve(day)
    after = checked(day, before)
    assert set(before.visits) <= set(after.visits)
    assert after.objective.moved == 0


@pytest.mark.parametrize(
    ("start", "code"),
    [(50, ReasonCode.FROZEN), (120, ReasonCode.FROZEN), (129, ReasonCode.FROZEN), (130, ReasonCode.KEPT)],
)
def test_what_has_begun_or_is_near_is_frozen_and_the_rest_is_kept(start: int, code: ReasonCode) -> None:
    day = problem([task()], [person("better"), person("p", load_7d=3000)], now_min=100)
    assignment = checked(day, [visit("p", "t", start)]).assignments[0]
    assert (assignment.visit, assignment.reason.code) == (visit("p", "t", start), code)


@pytest.mark.parametrize(
    ("what", "people"),
    [
        (task(), [person("q")]),
        (task(excluded=frozenset({"p"})), PEOPLE),
        (task(zone=2), [person("p", highest_zone=1), person("q")]),
        (task(hands=(Hand(skills=frozenset({"M"})),)), [person("p"), person("q", skills="M")]),
        (task(), [person("p", availability=(Window(0, 110),)), person("q")]),
    ],
)
def test_a_frozen_visit_that_has_become_impossible_finds_somebody_else(what: object, people: list[Responder]) -> None:
    day = problem([what], people, now_min=90)
    assert [v.responder for v in checked(day, [visit("p", "t", 100)]).visits] == ["q"]


def test_a_new_urgent_task_takes_the_place_of_a_lesser_one_only() -> None:
    window = Window(200, 235)
    day = problem([task("t", window=window), task("u", window=window)], PEOPLE)
    before = solve(day)
    urgent = task("urgent", window=Window(200, 235), tier=Tier.LIFE_AND_LIMB, priority=9)
    changed = replace(day, tasks=(*day.tasks, urgent), now_min=60)
    after = checked(changed, before)
    assert "urgent" in {v.task for v in after.visits}
    assert len(after.visits) == 2
    assert after.objective.moved == 1


def test_a_new_task_does_not_move_what_it_can_stand_beside() -> None:
    day = compound_day(CompoundDay(tasks=80, responders=20, seed=6))
    before = solve(replace(day, tasks=day.tasks[:-1]))
    after = checked(day, before)
    assert after.objective.moved == 0


def test_when_one_of_two_drops_out_the_other_keeps_the_time() -> None:
    day = problem([task(hands=(Hand(), Hand()))], [person("p"), person("q"), person("r")])
    before = [visit("p", "t", 300), visit("q", "t", 300, hand=1)]
    changed = replace(day, responders=(person("p"), person("r")), now_min=60)
    assert set(checked(changed, before).visits) == {visit("p", "t", 300), visit("r", "t", 300, hand=1)}


def test_few_others_move_when_a_person_drops_out() -> None:
    day = compound_day(CompoundDay(tasks=120, responders=40, seed=8))
    before = solve(day)
    for gone in ("p0003", "p0011", "p0019"):
        people = tuple(p for p in day.responders if p.id != gone)
        tasks = tuple(replace(t, preferred=tuple(p for p in t.preferred if p != gone)) for t in day.tasks)
        after = checked(replace(day, responders=people, tasks=tasks, now_min=120), before)
        assert after.objective.moved <= 5


def test_a_late_start_shifts_the_same_person_rather_than_another() -> None:
    day = problem([task()], [person("p", load_7d=600), person("q")], now_min=60)
    changed = replace(day, responders=(replace(day.responders[0], availability=(Window(215, 720),)), day.responders[1]))
    found = checked(changed, [visit("p", "t", 210)]).visits
    assert found == (visit("p", "t", 217),)


def test_the_present_may_be_given_with_the_call() -> None:
    result = replan(problem([task()], [person()]), [], now_min=300)
    assert result.visits[0].start_min >= 302


def test_a_task_that_is_gone_is_forgotten_and_a_cancelled_person_is_not_invented() -> None:
    day = problem([task("u")], [person("q")])
    assert [v.task for v in checked(day, [visit("p", "t", 10), visit("p", "u", 60)]).visits] == ["u"]


def test_what_has_begun_is_a_fact_that_no_rule_undoes() -> None:
    day = problem([task("t", zone=2), task("u", zone=0)], [person("p")], now_min=150)
    before = [visit("p", "t", 100), visit("p", "u", 135)]
    result = checked(day, before)
    assert set(result.visits) == set(before)
    assert {v.rule for v in validate(replace(day, now_min=0), before)} == {Rule.ZONE_ORDER}


def dropped(day: Problem, who: str) -> Problem:
    """Return the day without somebody, later in the morning."""
    return replace(
        day,
        now_min=200,
        responders=tuple(one for one in day.responders if one.id != who),
        tasks=tuple(replace(one, preferred=tuple(p for p in one.preferred if p != who)) for one in day.tasks),
    )


@pytest.mark.parametrize("k", range(6))
def test_when_somebody_drops_out_few_others_notice(k: int) -> None:
    day = compound_day(CompoundDay(tasks=200, responders=24, seed=6))
    before = solve(day)
    who = day.responders[4 * k].id
    partners = {found.task for found in before.visits if found.responder == who}
    unsettled = sum(found.task in partners and found.responder != who for found in before.visits)
    assert checked(dropped(day, who), before).objective.moved <= 5 + unsettled


@pytest.mark.usefixtures("compiled_search")
@pytest.mark.parametrize("k", range(3))
def test_the_search_goes_on_from_a_plan_that_people_have_set_out_for(k: int) -> None:
    day = compound_day(CompoundDay(tasks=200, responders=20, seed=k))
    before = solve(day)
    changed = dropped(day, day.responders[k].id)
    mended = checked(changed, before)
    better = replan(changed, before, stop=MaxIterations(20_000))
    assert validate(replace(changed, previous=before.visits), better) == []
    assert better.stats.iterations >= 20_000
    assert better.objective <= mended.objective
