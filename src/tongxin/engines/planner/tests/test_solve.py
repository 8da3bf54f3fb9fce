"""What a planner would expect of the first answer: who is chosen and why, what is refused and why."""

from dataclasses import replace
from itertools import pairwise

import pytest

from tongxin.engines.planner import (
    FIRST_ANSWER,
    After,
    Hand,
    HandsNeeded,
    LaborLimits,
    MaxIterations,
    MaxTime,
    NoImprovement,
    Objective,
    PauseKind,
    Pin,
    PpeLimit,
    Problem,
    Progress,
    ReasonCode,
    ReliefKind,
    Responder,
    Result,
    Rule,
    SolveParameters,
    StoppedBy,
    Sync,
    Tier,
    Vehicle,
    Visit,
    Window,
    explain_hand,
    solve,
    validate,
)
from tongxin.engines.planner.tests.builders import DAY, person, problem, task, visit, wild

MEDIC = (Hand(skills=frozenset({"MEDIC"})),)


def checked(day: Problem) -> Result:
    """Solve and let the validator look before anything is asserted."""
    result = solve(day)
    assert validate(day, result) == []
    return result


def by_hand(result: Result) -> dict[tuple[str, int], Visit]:
    """Return the visits of a result by task and hand."""
    return {(v.task, v.hand): v for v in result.visits}


@pytest.mark.parametrize(
    ("code", "chosen", "other", "what"),
    [
        (ReasonCode.LEAST_LOADED, person("z"), person("a", load_7d=600), {}),
        (ReasonCode.LEAST_RECENTLY_ASKED, person("z", last_asked_min=-1000), person("a", last_asked_min=-60), {}),
        (ReasonCode.CLOSEST_FREE, replace(person("z"), home_place="b"), person("a"), {}),
        (ReasonCode.CONTINUITY, person("z"), person("a"), {"preferred": ("z",)}),
        (ReasonCode.EARLIER, person("z"), person("a", availability=(Window(300, 720),)), {"deadline_min": 60}),
        (ReasonCode.EARLIER, person("z"), person("a", availability=(Window(300, 720),)), {}),
        (ReasonCode.FIRST_OF_EQUALS, person("a"), person("z"), {}),
    ],
)
def test_the_better_person_is_chosen_and_the_reason_names_the_tier(
    code: ReasonCode, chosen: Responder, other: Responder, what: dict
) -> None:
    assignment = checked(problem([task(**what)], [chosen, other])).assignments[0]
    assert (assignment.visit.responder, assignment.reason.code) == (chosen.id, code)
    assert assignment.runner_up is not None
    assert assignment.runner_up.responder == other.id
    assert set(assignment.reason.numbers) == set(assignment.runner_up.numbers)


def test_the_only_person_has_no_runner_up() -> None:
    assignment = checked(problem([task(hands=MEDIC)], [person(), person("q", skills="MEDIC")])).assignments[0]
    assert (assignment.reason.code, assignment.runner_up) == (ReasonCode.ONLY_ONE, None)


def test_somebody_with_a_rare_skill_is_kept_for_it() -> None:
    tasks = [task(f"m{k}", hands=MEDIC, minutes=60, window=Window(0, 720)) for k in range(9)]
    result = checked(problem([*tasks, task(priority=9)], [person("a", skills="MEDIC"), person("z")]))
    assert by_hand(result)["t", 0].responder == "z"


def test_fairness_comes_before_walking_and_lateness_before_fairness() -> None:
    near_but_tired = replace(person("near", load_7d=900), home_place="b")
    assert checked(problem([task()], [near_but_tired, person("far")])).visits[0].responder == "far"
    hurried = task(deadline_min=30, at="b")
    assert checked(problem([hurried], [near_but_tired, person("far")])).visits[0].responder == "near"


def test_a_life_is_served_before_more_valuable_work() -> None:
    window = Window(0, 40)
    tasks = [task("life", tier=Tier.LIFE_AND_LIMB, window=window), task("rich", priority=99, window=window)]
    result = checked(problem(tasks, [person()]))
    assert [v.task for v in result.visits] == ["life"]


def test_two_hands_start_together_and_are_two_people() -> None:
    day = problem(
        [task(hands=(Hand(), *MEDIC))], [person(), person("q", skills="MEDIC", availability=(Window(100, 400),))]
    )
    visits = by_hand(checked(day))
    assert {visits["t", 0].responder, visits["t", 1].responder} == {"p", "q"}
    assert visits["t", 0].start_min == visits["t", 1].start_min == 102


def test_a_lag_between_hands_is_kept() -> None:
    day = problem([task(hands=(Hand(), Hand()), sync=Sync(15, 20))], [person(), person("q")])
    visits = by_hand(checked(day))
    assert 15 <= visits["t", 1].start_min - visits["t", 0].start_min <= 20


def test_what_follows_waits_and_is_worth_what_it_enables() -> None:
    tasks = [
        task("first", priority=1, window=Window(0, 100)),
        task("second", priority=50, window=Window(0, 100), after=(After(task="first", min_lag_min=5),)),
        task("other", priority=9, window=Window(0, 60), minutes=50),
    ]
    visits = by_hand(checked(problem(tasks, [person()])))
    assert set(visits) == {("first", 0), ("second", 0)}
    assert visits["second", 0].start_min >= visits["first", 0].end_min + 5


def test_a_pin_is_kept_and_a_waiver_lets_it_pass() -> None:
    day = problem([task(hands=MEDIC)], [person(), person("q", skills="MEDIC")])
    pin = Pin(task="t", responder="p", start_min=333, waives=frozenset({Rule.SKILL}))
    assignment = checked(replace(day, pins=(pin,))).assignments[0]
    assert (assignment.visit.responder, assignment.visit.start_min) == ("p", 333)
    assert assignment.reason.code is ReasonCode.PINNED


@pytest.mark.parametrize(
    ("rule", "who"),
    [
        (Rule.REST, person(last_duty_end_min=-30)),
        (Rule.AVAILABILITY, person(availability=(Window(600, 720),))),
        (Rule.NIGHT_MORNING, person(worked_night=True)),
        (Rule.DAYS_IN_A_ROW, person(days_in_a_row=6)),
        (Rule.DAY_HOURS, person(worked_today_min=590)),
        (Rule.SHIFT_LENGTH, person(shift_started_min=-595)),
        (Rule.ZONE_COHORT, person(highest_zone=1)),
        (Rule.PPE_TIME, person(ppe_worn_min=235)),
    ],
)
def test_a_rule_refuses_and_is_named_and_a_waiver_opens_it(rule: Rule, who: Responder) -> None:
    limits = LaborLimits(ppe=(PpeLimit(level=2, max_min=240, break_min=200),))
    day = problem([task(window=Window(20, 160), zone=2, ppe_level=2)], [who], limits=limits)
    result = checked(day)
    assert [(u.task, u.bindings[0].rule, u.bindings[0].responders) for u in result.unserved] == [("t", rule, 1)]
    waived = replace(day, pins=(Pin(task="t", responder="p", waives=frozenset({rule})),))
    assert len(checked(waived).visits) == 1


def test_equipment_is_taken_off_in_time_and_the_pause_is_in_the_answer() -> None:
    tasks = [task(f"t{k}", ppe_level=2, minutes=100) for k in range(4)]
    result = checked(
        problem(tasks, [person()], limits=LaborLimits(ppe=(PpeLimit(level=2, max_min=210, break_min=60),)))
    )
    assert len(result.visits) == 4
    pauses = [pause for pause in result.pauses if pause.kind is PauseKind.PPE_BREAK]
    assert len(pauses) == 1
    assert pauses[0].window.end_min - pauses[0].window.start_min == 60


def test_the_exit_protocol_lies_between_hot_and_clean() -> None:
    tasks = [task("hot", zone=2, priority=9), task("clean", window=Window(100, 720))]
    result = checked(problem(tasks, [person(availability=(Window(0, 200),))]))
    assert len(result.visits) == 2
    assert [p.kind for p in result.pauses] == [PauseKind.EXIT_PROTOCOL]


def test_a_vehicle_is_found_by_its_seats_and_is_used_once_at_a_time() -> None:
    buses = (
        Vehicle(id="bus", seats=6, availability=(DAY,), turnaround_min=20),
        Vehicle(id="car", seats=2, availability=(DAY,), turnaround_min=20),
    )
    tasks = [task("big", seats=5), task("big2", seats=4), task("small", seats=1)]
    visits = by_hand(checked(problem(tasks, [person(f"p{k}") for k in range(3)], vehicles=buses)))
    assert {name: v.vehicle for (name, _), v in visits.items()} == {"big": "bus", "big2": "bus", "small": "car"}


@pytest.mark.parametrize(
    ("tasks", "people", "kind", "hands"),
    [
        ([task(hands=MEDIC)], [person()], ReliefKind.EXTRA_RESPONDERS, 1),
        ([task(hands=(Hand(), *MEDIC))], [person()], ReliefKind.EXTRA_RESPONDERS, 1),
        ([task(hands=(*MEDIC, *MEDIC))], [person()], ReliefKind.EXTRA_RESPONDERS, 2),
        ([task(seats=2)], [person()], ReliefKind.EXTRA_VEHICLE, 0),
        ([task(seats=2, hands=MEDIC)], [person()], ReliefKind.EXTRA_RESPONDERS, 1),
    ],
)
def test_the_smallest_relief_is_named_and_works(tasks: list, people: list, kind: ReliefKind, hands: int) -> None:
    day = problem(tasks, people)
    relief = checked(day).unserved[0].relief
    assert relief is not None
    assert (relief.kind, len(relief.hands), relief.is_verified) == (kind, hands, True)
    assert checked(with_relief(day, relief.hands, relief.seats)).unserved == ()


def with_relief(day: Problem, hands: tuple[HandsNeeded, ...], seats: int) -> Problem:
    """Return the problem with exactly what a relief asks for."""
    extra = [
        Responder(id=f"new{k}", home_place=need.place, availability=(need.window,), skills=need.skills)
        for k, need in enumerate(hands)
    ]
    vehicles = (Vehicle(id="new", seats=seats, availability=(Window(0, day.horizon_min),)),) if seats else ()
    return replace(day, responders=(*day.responders, *extra), vehicles=(*day.vehicles, *vehicles))


@pytest.mark.parametrize("seed", range(25))
def test_every_verified_relief_serves_its_task_beside_the_plan(seed: int) -> None:
    day = wild(seed)
    result = solve(day)
    for unserved in result.unserved[:4]:
        relief = unserved.relief
        if relief is None or not relief.is_verified:
            continue
        richer = with_relief(day, relief.hands, relief.seats)
        done = {v.task for v in result.visits} | {unserved.task}
        kept = replace(
            richer,
            tasks=tuple(t for t in day.tasks if t.id in done),
            pins=tuple(pin for pin in day.pins if pin.task in done),
            limits=replace(day.limits, freeze_min=day.horizon_min),
            previous=result.visits,
        )
        after = solve(kept)
        assert unserved.task in {v.task for v in after.visits}
        assert validate(kept, after) == []


def test_what_waits_for_an_unserved_task_is_relieved_by_serving_it_first() -> None:
    result = checked(problem([task(hands=MEDIC), task("u", after=(After(task="t"),))], [person()]))
    relief = {u.task: u.relief for u in result.unserved}["u"]
    assert relief is not None
    assert (relief.kind, relief.task) == (ReliefKind.SERVE_FIRST, "t")


def test_shortages_are_hands_by_area_and_whole_hours_that_cover_what_is_left() -> None:
    tasks = [task(f"t{k}", hands=MEDIC, at="b", window=Window(60, 200)) for k in range(4)]
    day = problem(tasks, [person()])
    shortages = checked(day).shortages
    assert [(s.skills, s.area, s.responders, s.tasks) for s in shortages] == [
        (frozenset({"MEDIC"}), "grid-b", 1, ("t0", "t1", "t2", "t3"))
    ]
    assert shortages[0].window == Window(60, 180)
    medics = [person(f"m{k}", skills="MEDIC", availability=(Window(0, 200),)) for k in range(shortages[0].responders)]
    assert checked(replace(day, responders=(*day.responders, *medics))).unserved == ()


def test_unserved_tasks_are_listed_by_what_matters_and_relief_is_bounded() -> None:
    tasks = [task(f"t{k}", hands=MEDIC, priority=k + 1) for k in range(4)]
    result = solve(problem(tasks, [person()]), parameters=SolveParameters(relief_limit=2))
    assert [u.task for u in result.unserved] == ["t3", "t2", "t1", "t0"]
    assert [u.relief is not None for u in result.unserved] == [True, True, False, False]
    assert all(u.bindings[0].rule is Rule.SKILL for u in result.unserved)


def test_loads_are_reported_before_and_after_with_hot_work_counted_more() -> None:
    result = checked(problem([task(zone=2)], [person(load_7d=100), person("q", load_7d=1000)]))
    assert [(x.responder, x.before, x.after, x.visits) for x in result.loads] == [
        ("p", 100, 145, 1),
        ("q", 1000, 1000, 0),
    ]
    assert result.load_spread == pytest.approx((1000 - 572.5) / 572.5)


def test_explain_hand_says_for_everybody_why_or_why_not() -> None:
    people = [
        person("near"),
        person("tired", load_7d=900),
        person("clean", highest_zone=0),
        person("away", availability=(Window(700, 720),)),
        person("busy"),
        person("barred"),
    ]
    day = problem(
        [task(zone=1, excluded=frozenset({"barred"}), window=Window(0, 60)), task("u", window=Window(0, 60))], people
    )
    plan = [visit("near", "t", 10), visit("busy", "u", 20)]
    found = explain_hand(day, plan, task="t")
    assert [(c.responder, c.rank) for c in found[:2]] == [("near", 1), ("tired", 2)]
    assert {c.responder: c.rule for c in found[2:]} == {
        "clean": Rule.ZONE_COHORT,
        "away": Rule.AVAILABILITY,
        "busy": Rule.BUSY,
        "barred": Rule.EXCLUDED,
    }


def test_progress_counts_up_and_a_cancelled_run_says_what_was_not_tried() -> None:
    tasks = [task(f"t{k:03d}", minutes=5) for k in range(120)]
    seen: list[Progress] = []
    solve(problem(tasks, [person()]), progress=seen.append)
    assert [p.done for p in seen] == [0, 50, 100, 120]
    assert seen[-1].best is not None
    calls: list[int] = []

    def cancelled() -> bool:
        calls.append(1)
        return len(calls) > 1

    day = problem(tasks, [person()])
    result = solve(day, cancelled=cancelled)
    assert result.stats.stopped_by is StoppedBy.CANCELLED
    assert len(result.visits) == 50
    assert {u.bindings[0].rule for u in result.unserved} == {Rule.NOT_TRIED}
    assert validate(day, result) == []


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (FIRST_ANSWER, True),
        (MaxTime(1.0), False),
        (MaxTime(0.5), True),
        (MaxIterations(11), False),
        (MaxIterations(10), True),
        (NoImprovement(4), False),
        (NoImprovement(3), True),
        (MaxTime(1.0) | NoImprovement(3), True),
        (MaxTime(1.0) & NoImprovement(3), False),
        (MaxTime(0.5) & (MaxIterations(99) | NoImprovement(3)), True),
    ],
)
def test_stop_rules_combine(rule: MaxTime, expected: bool) -> None:
    assert rule(Progress(iteration=10, elapsed_s=0.5, done=1, total=1, since_improved=3)) is expected


def test_a_lower_tier_never_pays_for_a_higher_one() -> None:
    assert Objective(life_delay=0, unserved_priority=1000) < Objective(life_delay=1)
    tiers = [
        "life_delay",
        "unserved_priority",
        "lateness_min",
        "unfairness",
        "recently_asked",
        "walking_min",
        "discontinuity",
        "moved",
    ]
    for higher, lower in pairwise(tiers):
        assert Objective(**{lower: 10**9}) < Objective(**{higher: 1})
    assert Objective(**{name: k for k, name in enumerate(tiers)}).as_tuple() == tuple(range(8))


def test_three_days_are_worked_in_shifts_with_a_night_of_rest_between() -> None:
    long = Window(0, 4320)
    tasks = [task(f"t{k:02d}", window=long, minutes=120) for k in range(15)]
    days = tuple(Window(1440 * k, 1440 * k + 720) for k in range(3))
    day = problem(tasks, [person(availability=days)], horizon_min=4320)
    result = checked(day)
    assert len(result.visits) == 12
    starts = sorted(v.start_min for v in result.visits)
    pauses = [b - a - 120 for a, b in pairwise(starts)]
    assert sum(pause >= day.limits.min_rest_min for pause in pauses) == 2


def test_who_worked_the_night_is_not_sent_in_the_morning() -> None:
    tasks = [
        task("night", window=Window(840, 1200), minutes=300, priority=20),
        task("early", window=Window(1440, 1600)),
        task("noon", window=Window(1700, 2000)),
    ]
    day = problem(
        tasks, [person(availability=(Window(0, 2600),))], horizon_min=2600, limits=LaborLimits(min_rest_min=240)
    )
    result = checked(day)
    assert {v.task for v in result.visits} == {"night", "noon"}
    assert [(u.task, u.bindings[0].rule) for u in result.unserved] == [("early", Rule.NIGHT_MORNING)]


def test_hours_of_the_week_end_the_week() -> None:
    tasks = [task(f"t{k}", minutes=100) for k in range(4)]
    limits = LaborLimits(max_week_min=1000)
    result = checked(problem(tasks, [person(worked_week_min=700)], limits=limits))
    assert len(result.visits) == 2
    assert {u.bindings[0].rule for u in result.unserved} == {Rule.WEEK_HOURS}
