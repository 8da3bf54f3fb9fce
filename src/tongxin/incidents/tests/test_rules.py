"""Pure decisions: what stands of a person by all facts, whatever the order in which they arrived."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxin.incidents import rules
from tongxin.incidents.rules import MANAGEMENT_RELEASED, Fact, standing

START = datetime(2022, 11, 3, tzinfo=UTC)


def fact(kind, day=0, **more):
    return Fact(kind, START + timedelta(days=day), **more)


RELEASED = {"cause_kind": MANAGEMENT_RELEASED}
TABLE = [
    ([], None),
    ([fact("CONTACT")], "CONTACT"),
    ([fact("SECONDARY_CONTACT"), fact("CONTACT", 1)], "CONTACT"),
    ([fact("EXPOSED"), fact("SECONDARY_CONTACT", -1)], "SECONDARY_CONTACT"),
    # a late contact never downgrades a case
    ([fact("CASE"), fact("CONTACT", 5)], "CASE"),
    ([fact("CASE"), fact("CONTACT", -5)], "CASE"),
    ([fact("CASE"), fact("SUSPECT", 1)], "CASE"),
    # suspects
    ([fact("SUSPECT"), fact("CONTACT", 1)], "SUSPECT"),
    ([fact("SUSPECT"), fact("CLEARED", 1)], "CLEARED"),
    ([fact("SUSPECT"), fact("CLEARED")], "CLEARED"),
    ([fact("SUSPECT", 2), fact("CLEARED", 1)], "SUSPECT"),
    ([fact("SUSPECT"), fact("CONTACT"), fact("CLEARED", 1)], "CONTACT"),
    ([fact("SUSPECT"), fact("CLEARED", 1), fact("SUSPECT", 2)], "SUSPECT"),
    # a retest does not end a case, and clearing nobody says nothing
    ([fact("CASE"), fact("CLEARED", 1)], "CASE"),
    ([fact("CLEARED")], None),
    ([fact("CONTACT"), fact("CLEARED", 1)], "CONTACT"),
    # release from management
    ([fact("CONTACT"), fact("CLEARED", 10, **RELEASED)], "CLEARED"),
    ([fact("CONTACT"), fact("CLEARED", 10, **RELEASED), fact("CONTACT", 12)], "CONTACT"),
    ([fact("SUSPECT"), fact("CLEARED", 1, **RELEASED)], "SUSPECT"),
    ([fact("EXPOSED"), fact("CONTACT", 3), fact("CLEARED", 2, **RELEASED)], "CONTACT"),
    # recovery
    ([fact("CASE"), fact("RECOVERED", 7)], "RECOVERED"),
    ([fact("RECOVERED", 7)], None),
    ([fact("CASE", 8), fact("RECOVERED", 7)], "CASE"),
    ([fact("CASE"), fact("RECOVERED", 7), fact("CASE", 60)], "CASE"),
    ([fact("CASE"), fact("RECOVERED", 7), fact("CASE", 60), fact("RECOVERED", 70)], "RECOVERED"),
    ([fact("CASE"), fact("RECOVERED", 7), fact("CONTACT", 9)], "RECOVERED"),
    ([fact("CASE"), fact("RECOVERED", 7), fact("SUSPECT", 9)], "SUSPECT"),
    ([fact("CONTACT"), fact("RECOVERED", 7)], "CONTACT"),
    # death
    ([fact("CASE"), fact("DIED", 3)], "DIED"),
    ([fact("DIED"), fact("CASE", 3), fact("RECOVERED", 9)], "DIED"),
]


@pytest.mark.parametrize(("facts", "kind"), TABLE)
def test_what_stands_in_every_order_of_arrival(facts, kind):
    for order in permutations(facts):
        found = standing(order)
        assert (found.kind if found else None) == kind


KINDS = st.sampled_from(rules.STANDING_ORDER)
FACTS = st.lists(
    st.builds(
        fact,
        KINDS,
        st.integers(0, 6),
        cause_kind=st.sampled_from(["Result", MANAGEMENT_RELEASED]),
        onset_date=st.none() | st.dates(date(2022, 11, 1), date(2022, 11, 5)),
        sample_date=st.none() | st.dates(date(2022, 11, 1), date(2022, 11, 5)),
        last_contact_date=st.none() | st.dates(date(2022, 11, 1), date(2022, 11, 5)),
    ),
    max_size=7,
)


@given(FACTS, st.randoms(use_true_random=False))
def test_the_order_of_arrival_never_matters(facts, random):
    shuffled = list(facts)
    random.shuffle(shuffled)
    assert standing(shuffled) == standing(facts)


@given(FACTS)
def test_a_contact_fact_never_downgrades(facts):
    before = standing(facts)
    for late in ("CONTACT", "SECONDARY_CONTACT", "EXPOSED"):
        after = standing([*facts, fact(late, 6)])
        if before is not None:
            assert rules.STANDING_ORDER.index(after.kind) <= rules.STANDING_ORDER.index(before.kind)


@given(FACTS)
def test_a_fact_told_twice_says_no_more(facts):
    assert standing([*facts, *facts]) == standing(facts)


def test_dates_are_the_careful_ones():
    facts = [
        fact("CASE", 0, sample_date=date(2022, 11, 3)),
        fact("CASE", 1, onset_date=date(2022, 11, 1), sample_date=date(2022, 11, 4)),
        fact("CONTACT", -2, last_contact_date=date(2022, 10, 30)),
        fact("CONTACT", -1, last_contact_date=date(2022, 10, 31)),
    ]
    found = standing(facts)
    assert (found.onset_date, found.sample_date) == (date(2022, 11, 1), date(2022, 11, 3))
    assert found.last_contact_date == date(2022, 10, 31)
    assert found.since_at == START


def test_a_second_illness_has_its_own_dates():
    facts = [
        fact("CASE", 0, onset_date=date(2022, 11, 1)),
        fact("RECOVERED", 7),
        fact("CASE", 60, onset_date=date(2023, 1, 1)),
    ]
    assert standing(facts).onset_date == date(2023, 1, 1)


def test_a_recovered_person_keeps_the_dates_of_the_illness():
    facts = [fact("CASE", 0, onset_date=date(2022, 11, 1)), fact("RECOVERED", 7)]
    assert standing(facts).onset_date == date(2022, 11, 1)
    assert standing(facts).since_at == START + timedelta(days=7)


@pytest.mark.parametrize(
    ("level", "than", "hotter"),
    [
        ("LOW", None, True),
        ("LOW", "LOW", False),
        ("MEDIUM", "LOW", True),
        ("HIGH", "MEDIUM", True),
        ("MEDIUM", "HIGH", False),
        ("HIGH", "HIGH", False),
    ],
)
def test_hotter(level, than, hotter):
    assert rules.is_hotter(level, than) is hotter


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ([], None),
        ([("LOW", "COMPOUND")], ("LOW", "COMPOUND")),
        ([("LOW", "COMPOUND"), ("HIGH", "BUILDING")], ("HIGH", "BUILDING")),
        ([("HIGH", "COMPOUND"), ("HIGH", "BUILDING")], ("HIGH", "BUILDING")),
        ([("MEDIUM", "ENTRANCE"), ("HIGH", "GRID")], ("HIGH", "GRID")),
    ],
)
def test_hottest(levels, expected):
    assert rules.hottest(levels) == expected


KNOWN = START


@pytest.mark.parametrize(
    ("history", "answered"),
    [
        ([], False),
        ([("HIGH", None)], True),
        ([("MEDIUM", None)], False),
        ([("HIGH", KNOWN + timedelta(days=7))], True),
        ([("HIGH", KNOWN - timedelta(days=1))], False),
        ([("HIGH", KNOWN)], False),
        ([("MEDIUM", None), ("HIGH", KNOWN + timedelta(hours=1))], True),
    ],
)
def test_a_finding_is_answered_once(history, answered):
    assert rules.is_answered("HIGH", KNOWN, history) is answered


@pytest.mark.parametrize(
    ("age", "days", "stale"), [(0, 7, False), (7, 7, False), (8, 7, True), (400, None, False), (1, 0, True)]
)
def test_old_findings_raise_nothing(age, days, stale):
    today = date(2022, 11, 30)
    assert rules.is_stale(today - timedelta(days=age), days, today) is stale
