"""One-to-one pairing: optimal tier by tier (CP-SAT and every possible answer as referees), stable, canonical, explained."""

import itertools
import random
from collections import Counter
from dataclasses import astuple, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.sat.python import cp_model

from tongxin.engines.planner.pairing import (
    Caller,
    Listed,
    NextBest,
    PairCode,
    PairingCost,
    PairingRules,
    PairTier,
    TooManyToPair,
    even_share,
    pair,
)

RULES = PairingRules(uneven_by=1)


def crowd(count, **options):
    return [Listed(id=index, **options) for index in range(count)]


def team(count, **options):
    return [Caller(id=1000 + index, **options) for index in range(count)]


def again(people, answer):
    """The same people with what the answer gave them in hand."""
    held = {one.person_id: one for one in answer.pairs}
    return [replace(one, stays_with=held[one.id].caller_id, deputy_stays=held[one.id].deputy_id) for one in people]


def loads(answer, callers):
    counts = Counter(one.caller_id for one in answer.pairs)
    return [counts[caller.id] for caller in callers]


def judged(people, callers, chosen, rules):
    """The tiers of an assignment (person id -> caller id or None), counted apart from the engine; None: not allowed."""
    by_id = {caller.id: caller for caller in callers}
    spoken = set().union(*(caller.dialects for caller in callers)) if callers else set()
    low, high = even_share(len(people), len(callers), len(people) if rules.uneven_by is None else rules.uneven_by)
    counts = Counter(caller_id for caller_id in chosen.values() if caller_id is not None)
    unpaired = misses = moved = far = 0
    fixed = Counter(one.stays_with for one in people if one.is_fixed)
    for caller in callers:
        if caller.most is not None and counts[caller.id] > max(caller.most, fixed[caller.id]):
            return None
    for one in people:
        caller_id = chosen[one.id]
        if caller_id is None:
            if one.is_fixed:
                return None
            unpaired += 1
            continue
        caller = by_id[caller_id]
        if caller_id != one.stays_with if one.is_fixed else caller_id in one.barred:
            return None
        stays = one.stays_with == caller_id
        misses += one.dialect in spoken and one.dialect not in caller.dialects and not stays
        moved += one.stays_with in by_id and not stays
        far += rules.stranger * (caller_id not in one.known)
        far += rules.other_area * (one.area is None or one.area != caller.area)
        far += rules.other_department * (one.department is None or one.department != caller.department)
    uneven = sum(max(0, counts[c.id] - high, low - counts[c.id]) for c in callers)
    squares = sum(counts[c.id] ** 2 for c in callers)
    return PairingCost(unpaired=unpaired, no_dialect=misses, uneven=uneven, moved=moved, squares=squares, far=far)


def a_case(choice, people, callers):
    dialects = ("粤语", "闽南语", "吴语")
    crew = [
        Caller(
            id=100 + index,
            dialects=frozenset(choice.sample(dialects[:2], choice.choice((0, 0, 1, 2)))),
            area=choice.choice((None, 1, 2)),
            department=choice.choice((None, 1, 2)),
            most=choice.choice((None, None, None, 2, 3)),
        )
        for index in range(callers)
    ]
    ids = [caller.id for caller in crew]
    listed = []
    for index in range(people):
        stays = choice.choice((None, *ids, 999))
        listed.append(
            Listed(
                id=index,
                dialect=choice.choice(("", "", *dialects)),
                area=choice.choice((None, 1, 2)),
                department=choice.choice((None, 1, 2)),
                known=frozenset(choice.sample(ids, choice.choice((0, 0, 1)))),
                barred=frozenset(choice.sample(ids, choice.choice((0, 0, 0, 1)))),
                stays_with=stays,
                is_fixed=stays in ids and choice.random() < 0.15,
            )
        )
    return listed, crew


# ---------- referees ----------
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), people=st.integers(1, 5), callers=st.integers(1, 3))
def test_no_possible_answer_is_better_and_the_first_of_the_best_is_taken(seed, people, callers):
    listed, crew = a_case(random.Random(seed), people, callers)
    choices = [*(caller.id for caller in crew), None]
    every = []
    for chosen in itertools.product(choices, repeat=people):
        cost = judged(listed, crew, dict(enumerate(chosen)), RULES)
        if cost is not None:
            # nobody comes after all ids, as in the engine
            every.append((astuple(cost), [999_999 if one is None else one for one in chosen], chosen))
    best = min(every)
    answer = pair(listed, crew, rules=RULES)
    assert astuple(answer.cost) == best[0]
    assert tuple(one.caller_id for one in answer.pairs) == best[2]
    for one in answer.pairs:
        check_next_best(one, every, best[0])


def check_next_best(one, every, best):
    others = [cost for cost, _, chosen in every if chosen[one.person_id] not in (one.caller_id, None)]
    # whoever is fixed has no other possible answer
    if not others or one.next_best is None:
        assert (one.next_best is None) == (not others)
        return
    tier = list(PairTier).index(one.next_best.tier)
    wanted = tuple(a - b for a, b in zip(min(others), best, strict=True))
    assert wanted[:tier] == (0,) * tier
    assert wanted[tier] == one.next_best.by


def optimum_by_cp_sat(people, callers, rules):
    """Solve tier by tier with CP-SAT, each tier held at its optimum in the next."""
    model = cp_model.CpModel()
    spoken = set().union(*(caller.dialects for caller in callers))
    low, high = even_share(len(people), len(callers), rules.uneven_by)
    x, misses, moved, far, out = {}, [], [], [], []
    for one in people:
        for caller in callers:
            if (one.stays_with != caller.id) if one.is_fixed else (caller.id in one.barred):
                continue
            var = x[one.id, caller.id] = model.new_bool_var("")
            stays = one.stays_with == caller.id
            if one.dialect in spoken and one.dialect not in caller.dialects and not stays:
                misses.append(var)
            if one.stays_with in {c.id for c in callers} and not stays:
                moved.append(var)
            miles = rules.stranger * (caller.id not in one.known)
            miles += rules.other_area * (one.area is None or one.area != caller.area)
            miles += rules.other_department * (one.department is None or one.department != caller.department)
            far.append(miles * var)
        missing = model.new_bool_var("")
        if one.is_fixed:
            model.add(missing == 0)
        out.append(missing)
        model.add_exactly_one([missing, *(var for (who, _), var in x.items() if who == one.id)])
    uneven, squares = [], []
    fixed = Counter(one.stays_with for one in people if one.is_fixed)
    for caller in callers:
        mine = [var for (_, whom), var in x.items() if whom == caller.id]
        load = model.new_int_var(0, len(people), "")
        model.add(load == sum(mine))
        if caller.most is not None:
            model.add(load <= max(caller.most, fixed[caller.id]))
        beyond, square = model.new_int_var(0, len(people), ""), model.new_int_var(0, len(people) ** 2, "")
        model.add_max_equality(beyond, [load - high, low - load, 0])
        model.add_multiplication_equality(square, [load, load])
        uneven.append(beyond)
        squares.append(square)
    found = []
    for tier in (out, misses, uneven, moved, squares, far):
        model.minimize(sum(tier))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.max_deterministic_time = 20
        assert solver.solve(model) == cp_model.OPTIMAL
        found.append(round(solver.objective_value))
        model.add(sum(tier) == found[-1])
    return tuple(found)


@pytest.mark.parametrize("seed", range(4))
def test_cp_sat_finds_nothing_better(seed):
    people, callers = a_case(random.Random(1000 + seed), 24, 5)
    assert astuple(pair(people, callers, rules=RULES).cost) == optimum_by_cp_sat(people, callers, RULES)


def test_the_judge_sees_a_worse_answer():
    """Negative control: swapping two callers of an optimal answer by hand is never judged better, and here worse."""
    people, callers = a_case(random.Random(1001), 24, 5)
    answer = pair(people, callers, rules=RULES)
    chosen = {one.person_id: one.caller_id for one in answer.pairs}
    assert judged(people, callers, chosen, RULES) == answer.cost
    worse = 0
    for a, b in itertools.combinations(range(24), 2):
        cost = judged(people, callers, {**chosen, a: chosen[b], b: chosen[a]}, RULES)
        assert cost is None or cost >= answer.cost
        worse += cost is None or cost > answer.cost
    assert worse > 100


# ---------- the rules of the trade ----------
def test_499_people_are_spread_evenly_over_40_callers_with_deputies_who_are_somebody_else():
    callers = team(40)
    answer = pair(crowd(499), callers)
    assert sorted(set(loads(answer, callers))) == [12, 13]
    assert all(one.deputy_id not in (None, one.caller_id) for one in answer.pairs)
    second = Counter(one.deputy_id for one in answer.pairs)
    assert sorted(set(second.values())) == [12, 13]


def test_the_people_of_one_caller_are_spread_over_many_deputies():
    heirs: dict[int, set[int]] = {}
    for one in pair(crowd(120), team(12)).pairs:
        heirs.setdefault(one.caller_id, set()).add(one.deputy_id)
    assert min(len(them) for them in heirs.values()) >= 8


def test_when_a_caller_leaves_only_that_callers_people_move():
    people, callers = crowd(120), team(12)
    before = pair(people, callers)
    after = pair(again(people, before), callers[1:], rules=PairingRules(uneven_by=5))
    moved = {
        old.person_id for old, new in zip(before.pairs, after.pairs, strict=True) if old.caller_id != new.caller_id
    }
    assert moved == {one.person_id for one in before.pairs if one.caller_id == callers[0].id}
    assert after.cost.moved == 0  # whose caller has left is not moved but given a new one


def test_asking_again_changes_nothing():
    people, callers = a_case(random.Random(5), 60, 7)
    first = pair(people, callers, rules=RULES)
    second = pair(again(people, first), callers, rules=RULES)
    assert [(one.caller_id, one.deputy_id) for one in second.pairs] == [
        (one.caller_id, one.deputy_id) for one in first.pairs
    ]


@pytest.mark.parametrize(
    ("uneven_by", "wanted"),
    [(None, [30, 0]), (15, [30, 0]), (10, [25, 5]), (0, [15, 15])],
    ids=["never", "within", "five-move", "even"],
)
def test_a_new_caller_gets_people_only_beyond_the_even_share(uneven_by, wanted):
    callers = team(2)
    answer = pair(crowd(30, stays_with=1000), callers, rules=PairingRules(uneven_by=uneven_by))
    assert loads(answer, callers) == wanted
    assert answer.cost.moved == wanted[1]


def test_what_somebody_decided_is_not_for_the_balance_to_change():
    callers = team(2)
    people = [Listed(id=index, stays_with=1000, is_fixed=index < 12) for index in range(16)]
    answer = pair(people, callers, rules=PairingRules(uneven_by=0))
    assert loads(answer, callers) == [12, 4]
    assert {one.caller_id for one in answer.pairs[:12]} == {1000}
    assert all(one.next_best is None for one in answer.pairs[:12])


def test_a_full_caller_gets_nobody_else_and_too_few_places_are_told():
    callers = [Caller(id=1, most=2), Caller(id=2, most=3)]
    answer = pair(crowd(7), callers)
    assert loads(answer, callers) == [2, 3]
    assert answer.cost.unpaired == 2
    assert [one.person_id for one in answer.pairs if one.caller_id is None] == [5, 6]
    assert answer.pairs[5].codes == ()


def test_a_dialect_goes_before_the_balance():
    callers = [Caller(id=1, dialects=frozenset({"粤语"})), Caller(id=2), Caller(id=3)]
    answer = pair(crowd(6, dialect="粤语"), callers, rules=PairingRules(uneven_by=0))
    assert loads(answer, callers) == [6, 0, 0]
    assert all(PairCode.SAME_DIALECT in one.codes for one in answer.pairs)
    assert answer.pairs[0].next_best == NextBest(2, PairTier.NO_DIALECT, 1)


def test_a_dialect_that_nobody_speaks_keeps_nobody_from_a_call():
    answer = pair([Listed(id=1, dialect="闽南语")], team(2))
    assert answer.pairs[0].codes == (PairCode.NO_SPEAKER, PairCode.LEAST_LOAD)
    assert answer.cost.no_dialect == 0


@pytest.mark.parametrize(
    ("person", "code"),
    [
        (Listed(id=1, known=frozenset({1001})), PairCode.KNOWN_BEFORE),
        (Listed(id=1, department=7), PairCode.SAME_DEPARTMENT),
        (Listed(id=1, area=3), PairCode.SAME_AREA),
        (Listed(id=1, stays_with=1001), PairCode.KEPT),
    ],
    ids=lambda value: value.value if isinstance(value, PairCode) else "",
)
def test_closeness_decides_between_equal_loads(person, code):
    callers = [Caller(id=1000), Caller(id=1001, department=7, area=3), Caller(id=1002)]
    answer = pair([person], callers).pairs[0]
    assert (answer.caller_id, answer.codes[0]) == (1001, code)
    assert answer.next_best.caller_id == 1000
    assert answer.next_best.by > 0


def test_closeness_never_beats_the_balance():
    callers = team(5)
    assert loads(pair(crowd(10, known=frozenset({1000})), callers), callers) == [2] * 5


def test_nobody_calls_themself_and_a_lone_caller_has_no_deputy():
    assert pair([Listed(id=1, barred=frozenset({1000}))], team(2)).pairs[0].caller_id == 1001
    assert pair([Listed(id=1, barred=frozenset({1000}))], team(1)).pairs[0].caller_id is None
    assert [one.deputy_id for one in pair(crowd(3), team(1)).pairs] == [None] * 3


def test_without_callers_or_people_nothing_breaks():
    assert pair([], []).pairs == ()
    assert pair([], team(2)).pairs == ()
    answer = pair(crowd(2), [])
    assert [one.caller_id for one in answer.pairs] == [None, None]
    assert answer.cost.unpaired == 2


def test_the_order_of_the_input_does_not_matter():
    people, callers = a_case(random.Random(9), 40, 6)
    assert pair(people[::-1], callers[::-1], rules=RULES) == pair(people, callers, rules=RULES)


@pytest.mark.parametrize(
    ("people", "callers"),
    [
        ([Listed(id=1), Listed(id=1)], team(1)),
        (crowd(1), [Caller(id=1), Caller(id=1)]),
        ([Listed(id=1, is_fixed=True, stays_with=5)], team(1)),
    ],
    ids=["person-twice", "caller-twice", "fixed-to-nobody"],
)
def test_contradictions_are_refused(people, callers):
    with pytest.raises(ValueError, match=r"twice|not there"):
        pair(people, callers)


def test_what_would_not_fit_exact_numbers_is_refused():
    with pytest.raises(TooManyToPair):
        pair(crowd(200), team(2000), rules=PairingRules(stranger=10**7))
