"""Contacts against a brute-force oracle, and the promises of the docstrings."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongxin.engines.epidemiology import contacts as module
from tongxin.engines.epidemiology.contacts import (
    NOT_KNOWN_LEVEL,
    Cases,
    GroupLayer,
    MeetingLayer,
    RadiusLayer,
    empty_found,
    find_contacts,
    find_secondary,
    whole_numbers,
)

PEOPLE = st.integers(0, 7)
DAYS = st.integers(0, 9)
SPAN = st.tuples(DAYS, DAYS).map(sorted)
STAY = st.tuples(PEOPLE, st.integers(-1, 3), SPAN, st.sampled_from([NOT_KNOWN_LEVEL, 1, 2, 3, 4]))
CASE = st.tuples(PEOPLE, SPAN)
MEETING = st.tuples(PEOPLE, PEOPLE, DAYS)
COORDINATE = st.one_of(st.just(float("nan")), st.integers(-30, 30).map(float))
HOME = st.tuples(PEOPLE, COORDINATE, COORDINATE, SPAN)


def as_cases(rows):
    return (
        Cases(*(whole_numbers(column) for column in zip(*((p, s[0], s[1]) for p, s in rows), strict=True)))
        if rows
        else (Cases(*(whole_numbers([]) for _ in range(3))))
    )


def as_group(rows, code=0, reach=None):
    columns = [whole_numbers([row[i] for row in rows]) for i in (0, 1)]
    spans = [whole_numbers([row[2][i] for row in rows]) for i in (0, 1)]
    level = whole_numbers([row[3] for row in rows]) if reach is not None else None
    return GroupLayer(code, *columns, *spans, level=level, reach=reach or 0)


def as_meetings(rows, code=1):
    return MeetingLayer(code, *(whole_numbers([row[i] for row in rows]) for i in range(3)))


def as_radius(rows, radius, code=2):
    return RadiusLayer(
        code,
        whole_numbers([row[0] for row in rows]),
        np.array([row[1] for row in rows], dtype=float),
        np.array([row[2] for row in rows], dtype=float),
        whole_numbers([row[3][0] for row in rows]),
        whole_numbers([row[3][1] for row in rows]),
        radius,
    )


def told(found):
    """The rows as tuples, so that they can be compared."""
    columns = (found.case, found.contact, found.layer, found.first_day, found.last_day)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def add(met, key, first, last):
    if first <= last:
        before = met.get(key, (first, last))
        met[key] = (min(before[0], first), max(before[1], last))


def oracle(cases, *, stays=(), reach=None, meetings=(), homes=(), radius=0.0):
    """Every case against every row, one by one."""
    met = {}
    for case, (begins, ends) in cases:
        for p, g, (a, b), lp in stays:
            for q, h, (c, d), lq in stays:
                together = p == case and q != case and g == h and g >= 0
                if reach is not None:
                    together = together and NOT_KNOWN_LEVEL not in (lp, lq) and abs(lp - lq) <= reach
                if together:
                    add(met, (case, q, 0), max(begins, a, c), min(ends, b, d))
        for p, q, day in meetings:
            if case in (p, q) and p != q:
                add(met, (case, q if p == case else p, 1), max(begins, day), min(ends, day))
        for p, px, py, (a, b) in homes:
            for q, qx, qy, (c, d) in homes:
                if p == case and q != case and (px - qx) ** 2 + (py - qy) ** 2 <= radius**2:
                    add(met, (case, q, 2), max(begins, a, c), min(ends, b, d))
    return sorted((*key, *span) for key, span in met.items())


@settings(max_examples=120, deadline=None)
@given(st.lists(CASE, max_size=5), st.lists(STAY, max_size=14), st.sampled_from([None, 0, 1]))
def test_groups_equal_the_oracle(cases, stays, reach):
    found = find_contacts(as_cases(cases), [as_group(stays, reach=reach)])
    assert told(found) == oracle(cases, stays=stays, reach=reach)


@settings(max_examples=80, deadline=None)
@given(st.lists(CASE, max_size=5), st.lists(MEETING, max_size=14))
def test_meetings_equal_the_oracle(cases, meetings):
    assert told(find_contacts(as_cases(cases), [as_meetings(meetings)])) == oracle(cases, meetings=meetings)


@settings(max_examples=80, deadline=None)
@given(st.lists(CASE, max_size=5), st.lists(HOME, max_size=14), st.sampled_from([1.0, 7.0, 25.0]))
def test_radius_equals_the_oracle(cases, homes, radius):
    found = find_contacts(as_cases(cases), [as_radius(homes, radius)])
    assert told(found) == oracle(cases, homes=homes, radius=radius)


@settings(max_examples=60, deadline=None)
@given(st.lists(CASE, max_size=5), st.lists(STAY, max_size=12), st.lists(MEETING, max_size=8), st.randoms())
def test_order_of_rows_and_layers_changes_nothing(cases, stays, meetings, random):
    before = told(find_contacts(as_cases(cases), [as_group(stays), as_meetings(meetings)]))
    for rows in (cases, stays, meetings):
        random.shuffle(rows)
    assert told(find_contacts(as_cases(cases), [as_meetings(meetings), as_group(stays)])) == before


@settings(max_examples=60, deadline=None)
@given(st.lists(CASE, max_size=5), st.lists(STAY, max_size=14))
def test_pieces_change_nothing(cases, stays):
    whole = told(find_contacts(as_cases(cases), [as_group(stays)]))
    before = module._PAIRS_AT_ONCE
    module._PAIRS_AT_ONCE = 3
    try:
        assert told(find_contacts(as_cases(cases), [as_group(stays)])) == whole
    finally:
        module._PAIRS_AT_ONCE = before


def secondary_oracle(cases, stays, until, today):
    """Contacts of contacts one by one: from the first meeting of the contact until it was kept apart."""
    first, rows = {}, {}
    for case, contact, _, since, _ in oracle(cases, stays=stays):
        first[case, contact] = min(first.get((case, contact), since), since)
    for (case, via), since in first.items():
        for _, other, _, begins, ends in oracle([(via, (since, min(until.get(via, today), today)))], stays=stays):
            if other != case and (case, other) not in first:
                rows.setdefault((case, other), []).append((begins, via, ends))
    return sorted(
        (case, other, 0, min(found)[0], max(end for *_, end in found), min(found)[1])
        for (case, other), found in rows.items()
    )


@pytest.mark.parametrize("many", [0, 2, 200])
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(CASE, max_size=4), st.lists(STAY, max_size=12), st.dictionaries(PEOPLE, DAYS, max_size=3))
def test_secondary_contacts_equal_the_oracle(monkeypatch, many, cases, stays, until):
    monkeypatch.setattr(module, "_MANY_CONTACTS", many)
    layer = as_group(stays)
    found = find_secondary(find_contacts(as_cases(cases), [layer]), [layer], until=until, last_day=8)
    rows = [(*row, via) for row, via in zip(told(found), found.via.tolist(), strict=True)]
    assert rows == secondary_oracle(cases, stays, until, 8)


def test_a_household_is_found_whole_and_a_moved_person_only_while_they_lived_there():
    stays = [(1, 5, (0, 99), 0), (2, 5, (0, 99), 0), (3, 5, (0, 11), 0), (4, 5, (0, 9), 0), (5, 6, (0, 99), 0)]
    found = find_contacts(as_cases([(1, (10, 20))]), [as_group(stays)])
    assert told(found) == [(1, 2, 0, 10, 20), (1, 3, 0, 10, 11)]


def test_unknown_groups_join_nobody():
    stays = [(1, -1, (0, 9), 0), (2, -1, (0, 9), 0)]
    assert told(find_contacts(as_cases([(1, (0, 9))]), [as_group(stays)])) == []


@pytest.mark.parametrize(("reach", "expected"), [(0, []), (1, [2]), (2, [2, 3])])
def test_floors_reach_up_and_down(reach, expected):
    stays = [(1, 1, (0, 9), 4), (2, 1, (0, 9), 5), (3, 1, (0, 9), 2), (4, 1, (0, 9), NOT_KNOWN_LEVEL)]
    found = find_contacts(as_cases([(1, (0, 9))]), [as_group(stays, reach=reach)])
    assert found.contact.tolist() == expected


def test_nothing_known_finds_nobody():
    none = as_cases([])
    assert len(find_contacts(none, [as_group([]), as_meetings([]), as_radius([], 5.0)])) == 0
    assert len(find_secondary(empty_found(), [as_group([])], until={}, last_day=1)) == 0
    assert len(find_contacts(none, [])) == 0


def test_a_radius_of_nothing_is_refused():
    with pytest.raises(ValueError, match="radius"):
        as_radius([], 0.0)


def test_columns_of_different_length_are_refused():
    with pytest.raises(ValueError, match="length"):
        Cases(whole_numbers([1]), whole_numbers([1, 2]), whole_numbers([1]))
    with pytest.raises(ValueError, match="length"):
        MeetingLayer(0, whole_numbers([1]), whole_numbers([]), whole_numbers([1]))


def test_a_town_is_searched_in_a_blink():
    """100,000 people in 30,000 households: the join stays a join, not a loop (checked by counting, not by a watch)."""
    people = np.arange(100_000, dtype=np.int64)
    zeros, ends = np.zeros_like(people), np.full_like(people, 30)
    layer = GroupLayer(0, people, people // 3, zeros, ends)
    cases = Cases(people[:3000:3], zeros[:1000], ends[:1000])
    found = find_contacts(cases, [layer])
    assert len(found) == 2000
    assert set(found.contact - found.case) == {1, 2}
