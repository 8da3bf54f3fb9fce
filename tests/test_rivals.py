"""How other engines' plans come before the judge: what is stated, what is mended, what is refused."""

from dataclasses import replace

import pytest
from benchmarks.planner.competitors.day import Day, Plan, day_of
from benchmarks.planner.competitors.replay import replay
from benchmarks.planner.competitors.stages import in_stages
from benchmarks.planner.rivals import OURS, WALKER, Run, table

from tongxin.engines.planner import (
    After,
    CompoundDay,
    Hand,
    Objective,
    PpeLimit,
    Problem,
    Tier,
    Window,
    compound_day,
    objective_of,
    solve,
    validate,
)
from tongxin.engines.planner.limits import LaborLimits
from tongxin.engines.planner.tests.builders import person, problem, task


def plan_of(day: Problem) -> Plan:
    """Return our own first answer as another engine would hand it over."""
    return {(visit.task, visit.hand): (visit.responder, visit.start_min) for visit in solve(day).visits}


@pytest.mark.parametrize("has_pairs", [False, True], ids=["single", "pairs"])
def test_a_plan_that_keeps_every_rule_is_replayed_as_it_is(has_pairs: bool) -> None:
    # A lag between two hands is not handed over: only the later of their starts is.
    day = compound_day(CompoundDay(tasks=80, responders=15, seed=5, has_pairs=has_pairs))
    visits, refused = replay(day, plan_of(day))
    assert validate(day, visits) == []
    assert refused <= 1
    assert objective_of(day, visits).unserved_priority <= solve(day).objective.unserved_priority + 9


@pytest.mark.parametrize("seed", range(3))
def test_a_plan_full_of_mistakes_never_breaks_a_rule_before_the_judge(seed: int) -> None:
    day = compound_day(CompoundDay(tasks=60, responders=8, seed=seed))
    who = [one.id for one in day.responders]
    wrong = {
        (one.id, hand): (who[(k + hand) % len(who)], one.window.start_min)
        for k, one in enumerate(day.tasks)
        for hand in range(len(one.hands))
    }
    visits, refused = replay(day, wrong)
    assert validate(day, visits) == []
    assert refused > 0


def test_a_task_is_begun_later_where_that_mends_it_and_refused_where_nothing_does() -> None:
    day = problem([task("a"), task("b"), task("c", window=Window(0, 40))], [person()])
    visits, refused = replay(day, {("a", 0): ("p", 10), ("b", 0): ("p", 11), ("c", 0): ("p", 12)})
    assert [(visit.task, visit.start_min) for visit in visits] == [("a", 10), ("b", 40)]
    assert refused == 1


def test_half_a_team_is_nobody() -> None:
    day = problem([task("a", hands=(Hand(), Hand()))], [person("p"), person("q")])
    assert replay(day, {("a", 0): ("p", 10)}) == ([], 0)
    assert replay(day, {("a", 0): ("p", 10), ("a", 1): ("p", 10)}) == ([], 0)
    visits, _ = replay(day, {("a", 0): ("p", 10), ("a", 1): ("q", 25)})
    assert {visit.start_min for visit in visits} == {25}


def test_the_exit_protocol_stands_in_the_ways() -> None:
    day = problem([task("hot", at="b", zone=2), task("clean", at="c")], [person()])
    stated = day_of(day, has_breaks=False)
    hot, clean = (next(job.spot for job in stated.jobs if job.task == name) for name in ("hot", "clean"))
    assert (stated.minutes[hot, clean], stated.minutes[clean, hot], stated.walking[hot, clean]) == (2 + 30, 2, 2)


def test_windows_of_tasks_in_a_row_are_cut_so_that_any_starts_fit() -> None:
    after = After(task="a", min_lag_min=10)
    stated = day_of(problem([task("a"), task("b", after=(after,))], [person()]), has_breaks=False)
    first, second = stated.jobs
    assert first.last_start + first.minutes + 10 <= second.first_start
    assert second.last_start >= second.first_start


def test_who_wears_equipment_works_in_parts_with_a_break() -> None:
    limits = LaborLimits(ppe=(PpeLimit(level=2, max_min=240, break_min=60),))
    day = problem([task()], [person("s", skills="SAMPLER"), person("p")], limits=limits)
    stated = day_of(day, has_breaks=True)
    assert [(w.person, w.start, w.end) for w in stated.workers] == [
        ("p", 0, 720),
        ("s", 0, 240),
        ("s", 300, 540),
        ("s", 600, 720),
    ]


def test_what_cannot_be_stated_is_said() -> None:
    with pytest.raises(ValueError, match="without pins"):
        day_of(replace(problem([task()], [person()]), now_min=5), has_breaks=False)


def test_hands_are_held_to_the_later_start_and_half_teams_given_up() -> None:
    day = day_of(
        problem([task("a", hands=(Hand(), Hand())), task("b", hands=(Hand(), Hand())), task("c")], [person()]),
        has_breaks=False,
    )
    asked: list[Day] = []
    answers: list[Plan] = [
        {("a", 0): ("p", 10), ("a", 1): ("q", 30), ("b", 0): ("p", 50), ("c", 0): ("p", 90)},
        {("a", 0): ("p", 30), ("a", 1): ("q", 30), ("b", 1): ("p", 50), ("c", 0): ("p", 90)},
        {("a", 0): ("p", 30)},
    ]

    def engine(stated: Day, seconds: float, seed: int) -> tuple[Plan, float]:
        asked.append(stated)
        return answers[len(asked) - 1], seconds

    plan, used = in_stages(engine, day, 10.0, 1)
    held = {(job.task, job.hand): (job.first_start, job.last_start) for job in asked[1].jobs}
    assert held["a", 0] == held["a", 1] == (30, 30)
    assert held["b", 0] == held["b", 1] == (50, 50)
    assert {job.task for job in asked[2].jobs} == {"a", "c"}
    assert (plan, used) == (answers[2], pytest.approx(10.0))


def test_life_and_limb_is_asked_for_late_rather_than_never() -> None:
    day = day_of(problem([task("a", tier=Tier.LIFE_AND_LIMB, deadline_min=40)], [person()]), has_breaks=False)
    asked: list[Day] = []

    def engine(stated: Day, seconds: float, seed: int) -> tuple[Plan, float]:
        asked.append(stated)
        return {}, seconds

    in_stages(engine, day, 1.0, 1)
    assert [stated.jobs[0].last_good_start for stated in asked] == [10, 690]


def runs(unserved: int, walking: int) -> list[Run]:
    cost = Objective(unserved_priority=unserved, walking_min=walking)
    return [Run(objective=cost, served=100, refused=0, broken=0, cpu_s=1.0)]


@pytest.mark.parametrize(
    ("ours", "walking", "missed"),
    [(80, 10, 0), (81, 10, 1), (80, 21, 1), (81, 21, 2)],
    ids=["held", "less", "way", "both"],
)
def test_a_bar_that_is_missed_is_said(ours: int, walking: int, missed: int) -> None:
    found = {OURS: runs(ours, 30), WALKER: runs(ours, walking), "other": runs(100, 20)}
    page = table("title", {"days": found}, {"gone": "no wheel"})
    assert len(page["missed"]) == missed
    assert len(page["rows"]) == 3
    assert "gone: not installed here (no wheel)." in page["notes"]
