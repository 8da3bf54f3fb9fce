"""The rota of a week: judged by rules written apart, optimal against CP-SAT, explained."""

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.sat.python import cp_model

from tongxin.engines.planner import LaborLimits, Window
from tongxin.engines.planner.rota import (
    RotaError,
    RotaProblem,
    RotaRule,
    RotaWorker,
    ShiftSlot,
    load_of,
    make_rota,
    why_not,
)

DAY = 1440
ALWAYS = (Window(0, 8 * DAY),)
HOURS = {"early": (6, 14), "late": (14, 22), "night": (22, 30)}


def slot(day, kind="early", people=1, skills="", **more):
    start, end = HOURS[kind]
    return ShiftSlot(
        id=f"{day}-{kind}{skills}",
        window=Window(day * DAY + start * 60, day * DAY + end * 60),
        people=people,
        skills=frozenset(skills.split()),
        **more,
    )


def worker(name="w", skills="", availability=ALWAYS, **more):
    return RotaWorker(id=name, skills=frozenset(skills.split()), availability=availability, **more)


def problem(slots, workers, **more):
    return RotaProblem(slots=tuple(slots), workers=tuple(workers), **more)


def week(seed, *, days=4, people=6):
    choice = random.Random(f"rota/{seed}")
    slots = [
        slot(day, kind, choice.choice((1, 1, 2)), choice.choice(("A", "B", "")), priority=choice.randint(1, 5))
        for day in range(days)
        for kind in HOURS
    ]
    workers = [
        worker(
            f"w{k}",
            choice.choice(("A", "B", "A B")),
            tuple(Window(d * DAY, (d + 2) * DAY) for d in range(0, days, 2) if choice.random() < 0.8),
            load_7d=choice.randrange(0, 2400, 60),
            days_in_a_row=choice.randrange(0, 4),
            last_end_min=choice.choice((None, 0, -120, -600)),
            worked_night=choice.random() < 0.2,
        )
        for k in range(people)
    ]
    limits = LaborLimits(max_days_in_a_row=3, max_week_min=1920)
    return problem(slots, workers, limits=limits, rest_days=choice.choice((1, 4)))


def faults(given, pairs):
    """Every broken rule of a rota, minute by minute and day by day: no code of the engine is used."""
    found = []
    by_id = {one.id: one for one in given.slots}
    for one, count in Counter(slot_id for _, slot_id in pairs).items():
        if count > by_id[one].people:
            found.append(("TOO_MANY", one))
    if len(set(pairs)) != len(pairs):
        found.append(("TWICE", ""))
    for who in given.workers:
        mine = sorted((by_id[s] for w, s in pairs if w == who.id), key=lambda s: s.window.start_min)
        spans = [(s.window.start_min, s.window.end_min) for s in mine]
        if any(not s.skills <= who.skills for s in mine):
            found.append(("SKILL", who.id))
        if any(not any(o.start_min <= a and b <= o.end_min for o in who.availability) for a, b in spans):
            found.append(("AVAILABILITY", who.id))
        found += [(rule, who.id) for rule in (*times_broken(given, who, spans), *days_broken(given, who, spans))]
    return found


def times_broken(given, who, spans):
    limits = given.limits
    ends = [who.last_end_min if who.last_end_min is not None else -(10**6), *(b for _, b in spans)]
    if any(a - end < limits.min_rest_min for (a, _), end in zip(spans, ends, strict=False)):
        yield "REST"
    if any(b - a > limits.max_shift_min for a, b in spans):
        yield "SHIFT_LENGTH"
    mornings = {0} if who.worked_night else set()
    for a, b in spans:
        for day in range(a // DAY, b // DAY + 2):
            night = range(day * DAY - DAY + limits.night_from_min, day * DAY + limits.night_until_min)
            if sum(minute in night for minute in range(a, b)) >= limits.night_counts_from_min:
                mornings.add(day)
    if any(a // DAY in mornings and a % DAY < limits.morning_until_min for a, _ in spans):
        yield "NIGHT_MORNING"


def days_broken(given, who, spans):
    limits, days, run = given.limits, {a // DAY for a, _ in spans}, who.days_in_a_row
    for day in range(max(days, default=0) + 1):
        run = run + 1 if day in days else 0
        if run > limits.max_days_in_a_row:
            yield "DAYS_IN_A_ROW"
    if any(sum(d in days for d in range(start, start + 7)) > 7 - given.rest_days for start in range(-6, 8)):
        yield "REST_DAYS"
    for start in range(0, 8 * DAY, DAY):
        if sum(max(0, min(b, start + DAY) - max(a, start)) for a, b in spans) > limits.max_day_min:
            yield "DAY_HOURS"
    week = sum(min(b, 7 * DAY) - min(a, 7 * DAY) for a, b in spans)
    if limits.max_week_min is not None and week > limits.max_week_min:
        yield "WEEK_HOURS"


def rules_of_one(model, given, who, x):
    """Add to a CP-SAT model what `faults` says of one person, pair by pair, and the sums over days and minutes."""
    for k, s in enumerate(given.slots):
        if faults(given, [(who.id, s.id)]):
            model.add(x[who.id, s.id] == 0)
        for t in given.slots[k + 1 :]:
            if {rule for rule, _ in faults(given, [(who.id, s.id), (who.id, t.id)])} & {"REST", "NIGHT_MORNING"}:
                model.add(x[who.id, s.id] + x[who.id, t.id] <= 1)
    days = {}
    for s in given.slots:
        day = days.setdefault(s.window.start_min // DAY, model.new_bool_var(""))
        model.add_implication(x[who.id, s.id], day)
    most = given.limits.max_days_in_a_row
    for start in range(-most, 8):
        span = range(start, start + most + 1)
        before = sum(-who.days_in_a_row <= d < 0 for d in span)
        planned = [days[d] for d in span if d in days]
        if planned and before < len(span):
            model.add(before + sum(planned) <= max(most, before))
    for start in range(-6, 8):
        model.add(sum(days[d] for d in range(start, start + 7) if d in days) <= 7 - given.rest_days)
    minutes = [x[who.id, s.id] * (s.window.end_min - s.window.start_min) for s in given.slots]
    model.add(sum(minutes) <= given.limits.max_week_min)


def optimum(given):
    """Solve the first two tiers with CP-SAT, the first held in the second."""
    model = cp_model.CpModel()
    x = {(w.id, s.id): model.new_bool_var("") for w in given.workers for s in given.slots}
    for who in given.workers:
        rules_of_one(model, given, who, x)
    for s in given.slots:
        model.add(sum(x[w.id, s.id] for w in given.workers) <= s.people)
    empty = sum(s.priority * (s.people - sum(x[w.id, s.id] for w in given.workers)) for s in given.slots)
    heaviest = model.new_int_var(0, 10**6, "")
    for w in given.workers:
        model.add(heaviest >= w.load_7d + sum(x[w.id, s.id] * load_of(s, given) for s in given.slots))
    found = []
    for tier in (empty, heaviest):
        model.minimize(tier)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        assert solver.solve(model) == cp_model.OPTIMAL
        found.append(round(solver.objective_value))
        model.add(tier == found[-1])
    return tuple(found)


@pytest.mark.parametrize("seed", range(10))
def test_the_rota_keeps_every_rule_and_cp_sat_finds_nothing_better(seed):
    given = week(seed)
    rota = make_rota(given)
    assert rota.is_proven
    assert faults(given, rota.pairs) == []
    assert rota.cost[:2] == optimum(given)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(0, 10**6))
def test_whoever_could_work_an_empty_place_is_named_with_a_rule_that_holds(seed):
    given = week(seed)
    rota = make_rota(given)
    assert faults(given, rota.pairs) == []
    for empty in rota.empty:
        on_it = {who for who, what in rota.pairs if what == empty.slot}
        assert sum(empty.bindings.values()) == len(given.workers) - len(on_it)
        assert RotaRule.NOT_NEEDED not in empty.bindings
        for one in given.workers:
            if one.id not in on_it:
                rule = why_not(given, rota.pairs, one.id, empty.slot)
                assert (rule.value, one.id) in faults(given, [*rota.pairs, (one.id, empty.slot)])


def test_the_judge_finds_broken_rules():
    """Negative control: everybody on everything breaks nearly every rule."""
    given = week(3)
    every = [(w.id, s.id) for w in given.workers for s in given.slots]
    rules = {rule for rule, _ in faults(given, every)}
    assert {"SKILL", "REST", "DAYS_IN_A_ROW", "TOO_MANY", "WEEK_HOURS", "NIGHT_MORNING", "DAY_HOURS"} <= rules


@pytest.mark.parametrize(
    ("who", "what", "more", "rule"),
    [
        (worker(skills="A"), [slot(0, skills="B")], {}, RotaRule.SKILL),
        (worker(availability=(Window(0, 600),)), [slot(0)], {}, RotaRule.AVAILABILITY),
        (worker(last_end_min=-120), [slot(0)], {}, RotaRule.REST),
        (worker(worked_night=True), [slot(0)], {}, RotaRule.NIGHT_MORNING),
        (worker(), [slot(0)], {"limits": LaborLimits(max_shift_min=240)}, RotaRule.SHIFT_LENGTH),
        (worker(days_in_a_row=6), [slot(0)], {}, RotaRule.DAYS_IN_A_ROW),
        (worker(), [slot(0)], {"rest_days": 7}, RotaRule.REST_DAYS),
        (worker(), [slot(0)], {"limits": LaborLimits(max_week_min=400)}, RotaRule.WEEK_HOURS),
        (worker(), [slot(0)], {"limits": LaborLimits(max_day_min=400)}, RotaRule.DAY_HOURS),
    ],
    ids=lambda value: value.value if isinstance(value, RotaRule) else "",
)
def test_an_empty_place_names_the_rule(who, what, more, rule):
    rota = make_rota(problem(what, [who], **more))
    assert rota.pairs == ()
    assert dict(rota.empty[0].bindings) == {rule: 1}


def test_a_night_is_not_followed_by_a_morning():
    loose = LaborLimits(min_rest_min=1, max_day_min=900)
    assert make_rota(problem([slot(0, "night"), slot(1, "late")], [worker()], limits=loose)).cost[0] == 0
    # the rest alone would allow the afternoon after the night; a later end of the morning does not
    strict = LaborLimits(min_rest_min=1, max_day_min=900, morning_until_min=900)
    rota = make_rota(problem([slot(0, "night"), slot(1, "late")], [worker()], limits=strict))
    assert [empty.people for empty in rota.empty] == [1]
    assert set(rota.empty[0].bindings) == {RotaRule.NIGHT_MORNING}


def test_the_more_urgent_place_is_filled_and_history_counts():
    slots = [slot(0, priority=1, skills="A"), slot(0, priority=5)]
    rota = make_rota(problem(slots, [worker(skills="A")]))
    assert rota.pairs == (("w", "0-early"),)
    rota = make_rota(problem([slot(0)], [worker("tired", load_7d=2400), worker("fresh")]))
    assert rota.pairs == (("fresh", "0-early"),)
    assert rota.loads == {"tired": 2400, "fresh": 480}


def test_wishes_decide_between_equals_only():
    wishing = worker("b", wishes=frozenset({"0-early"}))
    assert make_rota(problem([slot(0)], [worker("a"), wishing])).pairs == (("b", "0-early"),)
    assert make_rota(problem([slot(0)], [worker("a"), worker("b", load_7d=600, wishes=wishing.wishes)])).pairs == (
        ("a", "0-early"),
    )


def test_a_week_is_shared_evenly():
    rota = make_rota(problem([slot(day) for day in range(6)], [worker("a"), worker("b"), worker("c")]))
    assert set(Counter(who for who, _ in rota.pairs).values()) == {2}


def test_the_order_of_the_input_does_not_matter():
    given = week(4)
    turned = problem(given.slots[::-1], given.workers[::-1], limits=given.limits, rest_days=given.rest_days)
    assert make_rota(turned) == make_rota(given)


def test_nothing_to_fill_and_nobody_to_fill_it():
    assert make_rota(problem([], [worker()])).pairs == ()
    assert make_rota(problem([slot(0, people=2)], [])).empty[0].people == 2


@pytest.mark.parametrize(
    "given",
    [
        problem([slot(0), slot(0)], []),
        problem([], [worker(), worker()]),
        problem([ShiftSlot(id="s", window=Window(60, 60))], []),
        problem([slot(0, people=-1)], []),
        problem([], [], rest_days=8),
    ],
    ids=["slot-twice", "worker-twice", "no-length", "negative", "rest-days"],
)
def test_contradictions_are_named(given):
    with pytest.raises(RotaError, match=r"slots|workers|rest_days"):
        make_rota(given)
