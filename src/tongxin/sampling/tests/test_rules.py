"""Decisions without a database."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tongxin.sampling import rules
from tongxin.sampling.rules import Capacity, InQueue, PlaceCount

AT = datetime(2022, 11, 3, 8, 0, tzinfo=UTC)
TEN = Capacity(10, 360, 700, 2500, 240)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("t001", "T001"),
        (" 2022 1103 0001 ", "202211030001"),
        ("AB-12/3.4_x", "AB-12/3.4_X"),
        ("A" * 40, "A" * 40),
    ],
)
def test_a_tube_code_is_stored_in_one_form(text, code):
    assert rules.clean_tube_code(text) == code


@pytest.mark.parametrize(
    "text", ["", "  ", "AB", "A" * 41, "管号一二三", "<script>", "A;DROP", "=1+1", "-ABC", "A\x00BC1"]
)
def test_what_is_no_tube_code_is_refused(text):
    with pytest.raises(rules.BadTubeCode):
        rules.clean_tube_code(text)


@pytest.mark.parametrize(
    ("code", "is_tube"),
    [("T001", True), ("202211030001", True), ("18-1-302", False), ("18-1", False), ("ZSM", False), ("", False)],
)
def test_a_door_or_initials_are_not_taken_for_a_tube(code, is_tube):
    assert rules.looks_like_tube(code) is is_tube


@pytest.mark.parametrize(
    ("status", "care", "born", "causes"),
    [
        ("", (), 1980, ()),
        ("", (), None, ()),
        ("", (), 1942, ("VERY_OLD",)),
        ("", (), 1943, ()),
        ("", ("VERY_OLD",), None, ("VERY_OLD",)),
        ("", ("VERY_OLD",), 1930, ("VERY_OLD",)),
        ("", ("BEDBOUND",), 1990, ("IMMOBILE",)),
        ("", ("CHRONIC", "HARDSHIP"), 1990, ()),
        ("SUSPECT", (), 1990, ("POOL_POSITIVE",)),
        ("CONTACT", (), 1990, ("UNTRANSFERRED_RISK", "CONTACT")),
        ("SECONDARY_CONTACT", (), 1990, ("UNTRANSFERRED_RISK", "SECONDARY_CONTACT")),
        ("EXPOSED", ("BEDBOUND",), 1940, ("EXPOSED", "IMMOBILE", "VERY_OLD")),
        ("CLEARED", (), 1990, ()),
    ],
)
def test_causes_of_a_visit(status, care, born, causes):
    found = rules.causes_of(status=status, care=care, birth_year=born, very_old_age=80, on_date=date(2022, 11, 3))
    assert found == causes


def test_only_causes_that_the_profile_names_count():
    assert rules.first_of(("EXPOSED", "VERY_OLD"), {"VERY_OLD"}) == "VERY_OLD"
    assert rules.first_of(("EXPOSED",), {"VERY_OLD"}) == ""


@pytest.mark.parametrize(
    ("people", "at_door", "tubes", "tables", "samplers", "sites"),
    [
        (0, 0, 0, 0, 0, 0),
        (1, 0, 1, 1, 1, 1),
        (10, 0, 1, 1, 1, 1),
        (11, 0, 2, 1, 1, 1),
        (5000, 0, 500, 8, 14, 2),
        (5000, 400, 460 + 400, 7, 13, 2),
        (7, 7, 7, 0, 0, 0),
    ],
)
def test_what_a_round_needs(people, at_door, tubes, tables, samplers, sites):
    needs = rules.needs_of(people, at_door, TEN)
    assert (needs.tubes, needs.tables, needs.samplers, needs.sites) == (tubes, tables, samplers, sites)
    assert needs.hands.get("SAMPLING", 0) == people - at_door + at_door * rules.MINUTES_AT_DOOR


@pytest.mark.parametrize("people", [1, 59, 360, 361, 700, 701, 1399, 5000])
@pytest.mark.parametrize("hours", [1, 4, 10])
def test_tables_serve_everybody_within_the_window_and_nobody_wears_equipment_too_long(people, hours):
    ends = AT + timedelta(hours=hours)
    shifts = rules.desk_shifts("1", people, TEN, starts_at=AT, ends_at=ends)
    assert sum(shift.people for shift in shifts) == people
    for shift in shifts:
        assert shift.minutes <= 240
        assert shift.starts_at >= AT
        assert shift.starts_at + timedelta(minutes=shift.minutes) <= ends
        assert shift.people <= shift.minutes * shift.samplers + 1
    by_desk = {}
    for shift in sorted(shifts, key=lambda row: row.number):
        assert shift.starts_at >= by_desk.get(shift.desk, AT), "shifts of one table do not overlap"
        by_desk[shift.desk] = shift.starts_at + timedelta(minutes=shift.minutes)


def test_nobody_needs_no_table():
    assert rules.desk_shifts("1", 0, TEN, starts_at=AT, ends_at=AT + timedelta(hours=1)) == ()


@pytest.mark.parametrize(
    ("positive", "tested", "suspects", "population", "share"),
    [(0, 0, 0, 0, 0.0), (1, 100, 0, 5000, 0.01), (0, 1000, 20, 1000, 0.02), (9, 3, 0, 10, 1.0)],
)
def test_expected_share(positive, tested, suspects, population, share):
    assert rules.share_of_positives(positive, tested, suspects, population) == pytest.approx(share)


@pytest.mark.parametrize(
    ("capacity", "is_critical", "hours"), [(10, False, 24), (10, True, 6), (1, False, 6), (1, True, 6)]
)
def test_when_a_result_is_due(capacity, is_critical, hours):
    due = rules.result_due(
        AT, capacity=capacity, is_critical=is_critical, pooled_hours=24, single_hours=6, critical_hours=6
    )
    assert due - AT == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("taken", "capacity", "seq"), [(set(), 10, 1), ({1, 2}, 10, 3), ({1, 3}, 3, 2), ({1, 2, 3}, 3, None)]
)
def test_the_lowest_free_place_is_taken(taken, capacity, seq):
    assert rules.free_seq(taken, capacity) == seq


def test_the_newest_report_counts_whatever_came_first():
    later, earlier = AT + timedelta(hours=1), AT
    assert rules.standing_value([(later, 1, "NEGATIVE"), (earlier, 2, "POSITIVE")]) == "NEGATIVE"
    assert rules.standing_value([(AT, 1, "NEGATIVE"), (AT, 2, "POSITIVE")]) == "POSITIVE"
    assert rules.standing_value([]) == ""


@pytest.mark.parametrize(
    ("people", "negative", "positive", "code"),
    [
        (10, 0, 0, "WAITING"),
        (10, 9, 0, "WAITING"),
        (10, 8, 1, "FOUND_WAITING"),
        (10, 9, 1, "FOUND"),
        (10, 10, 0, "UNRESOLVED"),
        (0, 0, 0, "WAITING"),
    ],
)
def test_how_far_a_recall_is(people, negative, positive, code):
    assert rules.recall_state(people, negative + positive, negative, positive).code == code


def queue(*minutes, desk="1"):
    return [InQueue(n, desk, AT + timedelta(minutes=m)) for n, m in enumerate(minutes, 1)]


@pytest.mark.parametrize(
    ("places", "minutes", "found"),
    [
        (1, 60, {(2, -1), (4, 1)}),
        (2, 60, {(1, -2), (2, -1), (4, 1), (5, 2)}),
        (9, 60, {(1, -2), (2, -1), (4, 1), (5, 2)}),
        (2, 1, {(2, -1), (4, 1)}),
        (2, 0, set()),
        (0, 60, set()),
    ],
)
def test_who_stood_near(places, minutes, found):
    line = queue(0, 9, 10, 11, 30)
    near = rules.queue_neighbours(line, 3, places=places, minutes=minutes)
    assert {(row.person_id, gap) for row, gap in near} == found


def test_another_desk_is_another_queue():
    line = [*queue(0, 1, 2), InQueue(9, "2", AT)]
    assert {row.person_id for row, _gap in rules.queue_neighbours(line, 2, places=5, minutes=60)} == {1, 3}
    assert rules.queue_neighbours(line, 77, places=5, minutes=60) == []


@pytest.mark.parametrize(
    ("states", "negative", "other", "is_negative"),
    [
        ({}, 0, 0, True),
        ({"DONE": 5}, 5, 0, True),
        ({"DONE": 5, "AWAY": 1, "EXEMPT": 2}, 5, 0, True),
        ({"DONE": 5, "DUE": 1}, 5, 0, False),
        ({"DONE": 5, "REFUSED": 1}, 5, 0, False),
        ({"DONE": 5}, 4, 1, False),
        ({"DONE": 5}, 4, 0, False),
    ],
)
def test_a_place_is_negative_only_when_everybody_is(states, negative, other, is_negative):
    assert rules.is_wholly_negative(PlaceCount(1, states, negative, other)) is is_negative
