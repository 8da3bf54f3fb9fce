"""Negative controls: for every hard rule one good answer that passes and one broken answer that is found out."""

from dataclasses import dataclass, field, replace

import pytest

from tongxin.engines.planner import (
    After,
    Commitment,
    Hand,
    LaborLimits,
    Pin,
    Place,
    Problem,
    Rule,
    Sync,
    Vehicle,
    Visit,
    Window,
    objective_of,
    solve,
    validate,
)
from tongxin.engines.planner.tests.builders import DAY, person, places, problem, task, visit

LIMITS = LaborLimits()


@dataclass
class Control:
    """A rule, a problem, an answer that keeps the rule and one that breaks it and nothing else."""

    rule: Rule
    problem: Problem
    good: list[Visit]
    broken: list[Visit]
    also: set[Rule] = field(default_factory=set)


LONG = (Window(0, 4320),)
WIDE = Window(0, 4320)


def days(tasks: list, people: list, **more: object) -> Problem:
    """Return three days instead of one."""
    return problem(tasks, people, horizon_min=4320, **more)


def two(**more: object) -> list:
    """Return two tasks at "b" that may be done at any time of three days."""
    return [task("t", window=WIDE, **more), task("u", window=WIDE, **more)]


CONTROLS = {
    "skill": Control(
        Rule.SKILL,
        problem([task(hands=(Hand(skills=frozenset({"MEDIC"})),))], [person(), person("q", skills="MEDIC")]),
        [visit("q", "t", 100)],
        [visit("p", "t", 100)],
    ),
    "excluded": Control(
        Rule.EXCLUDED,
        problem([task(excluded=frozenset({"p"}))], [person(), person("q")]),
        [visit("q", "t", 100)],
        [visit("p", "t", 100)],
    ),
    "cohort too clean": Control(
        Rule.ZONE_COHORT,
        problem([task(zone=2)], [person(highest_zone=1), person("q")]),
        [visit("q", "t", 100)],
        [visit("p", "t", 100)],
    ),
    "cohort too hot": Control(
        Rule.ZONE_COHORT,
        problem([task(zone=0)], [person(lowest_zone=2), person("q")]),
        [visit("q", "t", 100)],
        [visit("p", "t", 100)],
    ),
    "after the availability": Control(
        Rule.AVAILABILITY,
        problem([task()], [person(availability=(Window(60, 180),))]),
        [visit("p", "t", 150)],
        [visit("p", "t", 151)],
    ),
    "the way there is before the availability": Control(
        Rule.AVAILABILITY,
        problem([task()], [person(availability=(Window(60, 180),))]),
        [visit("p", "t", 62)],
        [visit("p", "t", 61)],
    ),
    "the way back is after the availability": Control(
        Rule.AVAILABILITY,
        problem([task(at="e")], [person(availability=(Window(60, 180),), end_place="a")]),
        [visit("p", "t", 142)],
        [visit("p", "t", 143)],
    ),
    "between two windows of availability": Control(
        Rule.AVAILABILITY,
        problem([task()], [person(availability=(Window(0, 100), Window(120, 300)))]),
        [visit("p", "t", 122)],
        [visit("p", "t", 90)],
    ),
    "before the window": Control(
        Rule.WINDOW,
        problem([task(window=Window(100, 200))], [person()]),
        [visit("p", "t", 100)],
        [visit("p", "t", 99)],
    ),
    "after the window": Control(
        Rule.WINDOW,
        problem([task(window=Window(100, 200))], [person()]),
        [visit("p", "t", 170)],
        [visit("p", "t", 171)],
    ),
    "in the past": Control(
        Rule.PAST, problem([task()], [person()], now_min=100), [visit("p", "t", 102)], [visit("p", "t", 101)]
    ),
    "two things at once": Control(
        Rule.BUSY,
        problem([task(), task("u")], [person()]),
        [visit("p", "t", 100), visit("p", "u", 130)],
        [visit("p", "t", 100), visit("p", "u", 129)],
    ),
    "during a commitment": Control(
        Rule.BUSY,
        problem([task()], [person(commitments=(Commitment(id="meal", place="b", window=Window(100, 130)),))]),
        [visit("p", "t", 130)],
        [visit("p", "t", 110)],
    ),
    "no time to walk": Control(
        Rule.TRAVEL,
        problem([task(), task("u", at="e")], [person()]),
        [visit("p", "t", 100), visit("p", "u", 136)],
        [visit("p", "t", 100), visit("p", "u", 135)],
    ),
    "no time for the stairs": Control(
        Rule.TRAVEL,
        problem([task(at="e"), task("u", at="e6")], [person()]),
        [visit("p", "t", 100), visit("p", "u", 132)],
        [visit("p", "t", 100), visit("p", "u", 131)],
    ),
    "shift too long": Control(
        Rule.SHIFT_LENGTH,
        problem([task(), task("u")], [person()], limits=replace(LIMITS, max_shift_min=300)),
        [visit("p", "t", 100), visit("p", "u", 368)],
        [visit("p", "t", 100), visit("p", "u", 369)],
    ),
    "running shift too long": Control(
        Rule.SHIFT_LENGTH,
        problem([task()], [person(shift_started_min=-400)], limits=replace(LIMITS, max_shift_min=500)),
        [visit("p", "t", 70)],
        [visit("p", "t", 71)],
    ),
    "too many hours today": Control(
        Rule.DAY_HOURS,
        problem([task()], [person(worked_today_min=575)], limits=replace(LIMITS, max_day_min=607)),
        [visit("p", "t", 100)],
        [],
    ),
    "too many hours this week": Control(
        Rule.WEEK_HOURS,
        problem([task(), task("u")], [person(worked_week_min=2000)], limits=replace(LIMITS, max_week_min=2100)),
        [visit("p", "t", 100), visit("p", "u", 168)],
        [visit("p", "t", 100), visit("p", "u", 169)],
    ),
    "not rested": Control(
        Rule.REST,
        problem([task()], [person(last_duty_end_min=-600)]),
        [visit("p", "t", 62)],
        [visit("p", "t", 61)],
    ),
    "too many days in a row": Control(
        Rule.DAYS_IN_A_ROW,
        days(two(), [person(availability=LONG, days_in_a_row=5)]),
        [visit("p", "t", 100), visit("p", "u", 2900)],
        [visit("p", "t", 100), visit("p", "u", 1300)],
    ),
    "morning after a night": Control(
        Rule.NIGHT_MORNING,
        problem([task()], [person(worked_night=True, last_duty_end_min=-700)]),
        [visit("p", "t", 242)],
        [visit("p", "t", 241)],
    ),
    "morning after a night in the plan": Control(
        Rule.NIGHT_MORNING,
        days(two(minutes=180), [person(availability=LONG)], limits=replace(LIMITS, min_rest_min=300)),
        [visit("p", "t", 840, minutes=180), visit("p", "u", 1682, minutes=180)],
        [visit("p", "t", 840, minutes=180), visit("p", "u", 1681, minutes=180)],
    ),
    "equipment too long": Control(
        Rule.PPE_TIME,
        problem([task(ppe_level=2, minutes=120), task("u", ppe_level=2, minutes=120)], [person()]),
        [visit("p", "t", 100, minutes=120), visit("p", "u", 220, minutes=120)],
        [visit("p", "t", 100, minutes=120), visit("p", "u", 221, minutes=120)],
    ),
    "equipment break too short": Control(
        Rule.PPE_TIME,
        problem([task(ppe_level=2, minutes=200), task("u", ppe_level=3, minutes=60)], [person()]),
        [visit("p", "t", 100, minutes=200), visit("p", "u", 360, minutes=60)],
        [visit("p", "t", 100, minutes=200), visit("p", "u", 359, minutes=60)],
    ),
    "equipment worn before": Control(
        Rule.PPE_TIME,
        problem([task(ppe_level=2)], [person(ppe_worn_min=200)]),
        [visit("p", "t", 62)],
        [visit("p", "t", 61)],
    ),
    "from hot to clean": Control(
        Rule.ZONE_ORDER,
        problem([task(zone=2), task("u")], [person()]),
        [visit("p", "t", 100), visit("p", "u", 160)],
        [visit("p", "t", 100), visit("p", "u", 159)],
    ),
    "exit protocol not done before": Control(
        Rule.ZONE_ORDER,
        problem([task()], [person(hottest_zone=2)]),
        [visit("p", "t", 32)],
        [visit("p", "t", 31)],
    ),
    "no exit within the plan": Control(
        Rule.ZONE_ORDER,
        problem([task(zone=1), task("u")], [person()], limits=replace(LIMITS, exit_protocol_min=None)),
        [visit("p", "u", 100), visit("p", "t", 200)],
        [visit("p", "t", 100), visit("p", "u", 600)],
    ),
    "too long at the wheel": Control(
        Rule.DRIVER_HOURS,
        problem(
            [task(minutes=120, hands=(Hand(drives=True),)), task("u", minutes=130, hands=(Hand(drives=True),))],
            [person()],
        ),
        [visit("p", "t", 100, minutes=120), visit("p", "u", 240, minutes=130)],
        [visit("p", "t", 100, minutes=120), visit("p", "u", 239, minutes=130)],
    ),
    "too much driving in a day": Control(
        Rule.DRIVER_HOURS,
        problem([task(minutes=120, hands=(Hand(drives=True),))], [person(drove_today_min=400), person("q")]),
        [visit("q", "t", 100, minutes=120)],
        [visit("p", "t", 100, minutes=120)],
    ),
    "not at the same time": Control(
        Rule.SYNC,
        problem([task(hands=(Hand(), Hand()))], [person(), person("q")]),
        [visit("p", "t", 100), visit("q", "t", 100, hand=1)],
        [visit("p", "t", 100), visit("q", "t", 101, hand=1)],
    ),
    "outside the lag": Control(
        Rule.SYNC,
        problem([task(hands=(Hand(), Hand()), sync=Sync(10, 20))], [person(), person("q")]),
        [visit("p", "t", 100), visit("q", "t", 110, hand=1)],
        [visit("p", "t", 100), visit("q", "t", 121, hand=1)],
    ),
    "one person for two hands": Control(
        Rule.DISTINCT_HANDS,
        problem([task(hands=(Hand(), Hand()), sync=Sync(30, 60))], [person(), person("q")]),
        [visit("p", "t", 100), visit("q", "t", 130, hand=1)],
        [visit("p", "t", 100), visit("p", "t", 130, hand=1)],
    ),
    "one hand missing": Control(
        Rule.INCOMPLETE_TASK,
        problem([task(hands=(Hand(), Hand()))], [person(), person("q")]),
        [],
        [visit("p", "t", 100)],
    ),
    "too early after another": Control(
        Rule.PRECEDENCE,
        problem([task(), task("u", after=(After(task="t", min_lag_min=20, max_lag_min=60),))], [person()]),
        [visit("p", "t", 100), visit("p", "u", 150)],
        [visit("p", "t", 100), visit("p", "u", 149)],
    ),
    "too late after another": Control(
        Rule.PRECEDENCE,
        problem([task(), task("u", after=(After(task="t", min_lag_min=20, max_lag_min=60),))], [person()]),
        [visit("p", "t", 100), visit("p", "u", 190)],
        [visit("p", "t", 100), visit("p", "u", 191)],
    ),
    "after nothing": Control(
        Rule.PRECEDENCE,
        problem([task(), task("u", after=(After(task="t"),))], [person()]),
        [visit("p", "t", 100)],
        [visit("p", "u", 100)],
    ),
    "too few seats": Control(
        Rule.SEATS,
        problem(
            [task(seats=3)],
            [person()],
            vehicles=tuple(Vehicle(id=f"v{n}", seats=n, availability=(DAY,)) for n in (2, 4)),
        ),
        [visit("p", "t", 100, vehicle="v4")],
        [visit("p", "t", 100, vehicle="v2")],
    ),
    "vehicle not there": Control(
        Rule.SEATS,
        problem([task(seats=3)], [person()], vehicles=(Vehicle(id="v", seats=4, availability=(Window(0, 130),)),)),
        [visit("p", "t", 100, vehicle="v")],
        [visit("p", "t", 101, vehicle="v")],
    ),
    "vehicle not ready again": Control(
        Rule.VEHICLE_BUSY,
        problem(
            [task(seats=1), task("u", seats=1)],
            [person(), person("q")],
            vehicles=(Vehicle(id="v", seats=4, availability=(DAY,), turnaround_min=15),),
        ),
        [visit("p", "t", 100, vehicle="v"), visit("q", "u", 145, vehicle="v")],
        [visit("p", "t", 100, vehicle="v"), visit("q", "u", 144, vehicle="v")],
    ),
    "not the pinned person": Control(
        Rule.PIN,
        problem([task()], [person(), person("q")], pins=(Pin(task="t", responder="q"),)),
        [visit("q", "t", 100)],
        [visit("p", "t", 100)],
    ),
    "not the pinned time": Control(
        Rule.PIN,
        problem([task()], [person()], pins=(Pin(task="t", start_min=100),)),
        [visit("p", "t", 100)],
        [visit("p", "t", 101)],
    ),
    "frozen visit moved": Control(
        Rule.FREEZE,
        problem([task()], [person(), person("q")], now_min=80, previous=(visit("p", "t", 100),)),
        [visit("p", "t", 100)],
        [visit("q", "t", 100)],
    ),
    "started visit dropped": Control(
        Rule.FREEZE,
        problem([task()], [person()], now_min=110, previous=(visit("p", "t", 100),)),
        [visit("p", "t", 100)],
        [],
    ),
    "unknown task": Control(Rule.UNKNOWN_ID, problem([task()], [person()]), [], [visit("p", "x", 100)]),
    "unknown person": Control(Rule.UNKNOWN_ID, problem([task()], [person()]), [], [visit("x", "t", 100)]),
    "unknown hand": Control(Rule.UNKNOWN_ID, problem([task()], [person()]), [], [visit("p", "t", 100, hand=1)]),
    "unknown vehicle": Control(Rule.UNKNOWN_ID, problem([task()], [person()]), [], [visit("p", "t", 100, vehicle="x")]),
    "shorter than the task": Control(
        Rule.DURATION, problem([task()], [person()]), [], [visit("p", "t", 100, minutes=29)]
    ),
    "the same hand twice": Control(
        Rule.DUPLICATE,
        problem([task()], [person(), person("q")]),
        [visit("p", "t", 100)],
        [visit("p", "t", 100), visit("q", "t", 100)],
    ),
}


@pytest.mark.parametrize("name", CONTROLS)
def test_the_good_answer_passes(name: str) -> None:
    control = CONTROLS[name]
    assert validate(control.problem, control.good) == []


@pytest.mark.parametrize("name", [name for name in CONTROLS if name != "too many hours today"])
def test_the_broken_answer_is_found(name: str) -> None:
    control = CONTROLS[name]
    assert {found.rule for found in validate(control.problem, control.broken)} == {control.rule}


def test_a_day_is_counted_with_what_was_worked_before() -> None:
    limits = replace(LIMITS, max_day_min=606)
    day = problem([task()], [person(worked_today_min=575)], limits=limits)
    assert [found.rule for found in validate(day, [visit("p", "t", 100)])] == [Rule.DAY_HOURS]


def test_the_controls_cover_every_rule_of_an_answer() -> None:
    of_results = {Rule.UNACCOUNTED, Rule.OBJECTIVE, Rule.NOT_TRIED}
    assert {control.rule for control in CONTROLS.values()} == set(Rule) - of_results


@pytest.mark.parametrize(
    ("waived", "day", "answer"),
    [
        (Rule.SKILL, problem([task(hands=(Hand(skills=frozenset({"MEDIC"})),))], [person()]), 100),
        (Rule.REST, problem([task()], [person(last_duty_end_min=-100)]), 100),
        (Rule.AVAILABILITY, problem([task()], [person(availability=(Window(300, 400),))]), 100),
        (Rule.WINDOW, problem([task(window=Window(300, 400))], [person()]), 100),
        (Rule.PPE_TIME, problem([task(ppe_level=2)], [person(ppe_worn_min=230)]), 30),
        (Rule.ZONE_ORDER, problem([task()], [person(hottest_zone=2)]), 10),
        (Rule.ZONE_COHORT, problem([task(zone=2)], [person(highest_zone=1)]), 100),
        (Rule.DAY_HOURS, problem([task()], [person(worked_today_min=600)]), 100),
    ],
)
def test_a_waived_rule_is_waived_for_that_visit_only(waived: Rule, day: Problem, answer: int) -> None:
    visits = [visit("p", "t", answer)]
    assert {found.rule for found in validate(day, visits)} == {waived}
    pinned = replace(day, pins=(Pin(task="t", responder="p", waives=frozenset({waived})),))
    assert validate(pinned, visits) == []


def test_nobody_elses_work_hides_behind_a_waiver() -> None:
    tasks = [task("t", zone=0), task("u", zone=0)]
    pin = Pin(task="t", responder="p", waives=frozenset({Rule.ZONE_ORDER}))
    day = problem(tasks, [person(hottest_zone=2)], pins=(pin,))
    found = validate(day, [visit("p", "t", 5), visit("p", "u", 35, minutes=30)])
    assert [(v.rule, v.task) for v in found] == []
    day = replace(day, limits=replace(LIMITS, exit_protocol_min=60))
    found = validate(day, [visit("p", "t", 5), visit("p", "u", 35)])
    assert [(v.rule, v.task) for v in found] == [(Rule.ZONE_ORDER, "u")]


def test_a_result_must_account_for_every_task_and_state_its_true_cost() -> None:
    day = problem([task(), task("u", hands=(Hand(skills=frozenset({"MEDIC"})),))], [person()])
    result = solve(day)
    assert validate(day, result) == []
    forgetful = replace(result, unserved=())
    assert [v.rule for v in validate(day, forgetful)] == [Rule.UNACCOUNTED]
    boasting = replace(result, objective=replace(result.objective, walking_min=0))
    assert [v.rule for v in validate(day, boasting)] == [Rule.OBJECTIVE]


@pytest.mark.parametrize(
    ("tier", "value", "tasks", "person_more", "start"),
    [
        ("lateness_min", 10, [task(deadline_min=120)], {}, 100),
        ("unserved_priority", 7, [task(), task("u", priority=7)], {}, 100),
        ("unfairness", 9, [task()], {"load_7d": 100}, 100),
        ("recently_asked", 22, [task()], {"last_asked_min": -125}, 100),
        ("walking_min", 2, [task()], {}, 100),
        ("walking_min", 8 + 2 * 2, [task(at="e6")], {}, 100),
        ("discontinuity", 1, [task(preferred=("q",))], {}, 100),
        ("discontinuity", 0, [task(preferred=("p",))], {}, 100),
    ],
)
def test_each_tier_is_counted(tier: str, value: int, tasks: list, person_more: dict, start: int) -> None:
    day = problem(tasks, [person(**person_more), person("q")])
    assert getattr(objective_of(day, [visit("p", "t", start)]), tier) == value


def test_lifts_are_quicker_than_stairs() -> None:
    with_lift = tuple(Place(id=p.id, entrance=p.entrance, floors_up=p.floors_up, has_lift=True) for p in places())
    day = problem([task(at="e6")], [person()], places=with_lift)
    assert objective_of(day, [visit("p", "t", 100)]).walking_min == 8 + 2 * 1
