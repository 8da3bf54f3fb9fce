"""Decisions of the room without a database."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from tongxin.situation import rules, wording

BEIJING = ZoneInfo("Asia/Shanghai")
DAY = date(2022, 11, 3)


@pytest.mark.parametrize(
    ("cutoff", "starts", "ends"),
    [
        (time(0, 0), (2022, 11, 3, 0, 0), (2022, 11, 4, 0, 0)),
        (time(18, 0), (2022, 11, 2, 18, 0), (2022, 11, 3, 18, 0)),
        (time(5, 30), (2022, 11, 2, 5, 30), (2022, 11, 3, 5, 30)),
    ],
)
def test_the_day_of_a_report_ends_at_the_cutoff(cutoff, starts, ends):
    period = rules.period_of(DAY, cutoff, BEIJING)
    assert period.starts_at == datetime(*starts, tzinfo=BEIJING)
    assert period.ends_at == datetime(*ends, tzinfo=BEIJING)
    assert period.last_moment < period.ends_at


@pytest.mark.parametrize(
    ("at", "cutoff", "expected"),
    [
        (datetime(2022, 11, 4, 0, 0, tzinfo=BEIJING), time(0, 0), date(2022, 11, 3)),
        (datetime(2022, 11, 3, 23, 59, tzinfo=BEIJING), time(0, 0), date(2022, 11, 2)),
        (datetime(2022, 11, 3, 17, 59, tzinfo=BEIJING), time(18, 0), date(2022, 11, 2)),
        (datetime(2022, 11, 3, 18, 0, tzinfo=BEIJING), time(18, 0), date(2022, 11, 3)),
        (datetime(2022, 11, 3, 16, 30, tzinfo=UTC), time(0, 0), date(2022, 11, 3)),
    ],
)
def test_the_last_day_that_is_over(at, cutoff, expected):
    assert rules.last_ended(at, cutoff, BEIJING).report_date == expected


AT = datetime(2022, 11, 3, 0, 0, tzinfo=UTC)


def hashed(figures, **changes):
    values = {"area_id": 1, "incident": "a", "as_of": AT} | changes
    return rules.figures_hash(figures, **values)


def test_a_hash_does_not_depend_on_order_float_form_or_time_zone():
    first = hashed({"a.x": 1, "a.y": 2.0})
    assert first == hashed({"a.y": 2, "a.x": 1})
    assert first == hashed({"a.x": 1, "a.y": 2}, as_of=AT.astimezone(BEIJING))
    assert len(first) == 64


@pytest.mark.parametrize(
    "other",
    [
        hashed({"a.x": 2}),
        hashed({"a.y": 1}),
        hashed({"a.x": 1}, area_id=2),
        hashed({"a.x": 1}, incident="b"),
        hashed({"a.x": 1}, as_of=AT + timedelta(seconds=1)),
        hashed({"a.x": 1, "a.z": 0}),
    ],
)
def test_a_hash_changes_with_whatever_it_stands_for(other):
    assert other != hashed({"a.x": 1})


def test_figures_settle_to_what_both_databases_return():
    settled = rules.settled({"b": 12.0, "a": 12.5, "c": 3})
    assert settled == {"a": 12.5, "b": 12, "c": 3}
    assert isinstance(settled["b"], int)
    assert list(settled) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("value", "previous", "expected"),
    [(3, 1, 2), (1, 3, -2), (3, 3, 0), (3, None, None), (0.3, 0.1, 0.2), (12.5, 12.0, 0.5), (12.5, 11.5, 1)],
)
def test_changes(value, previous, expected):
    assert rules.change(value, previous) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("形势总体可控。", False),
        ("18-1 at 08:00, 12 cases, 2022-11-03", False),
        ("请联系13812345678", True),
        ("１３８１２３４５６７８", True),
        ("138 1234 5678", True),
        ("138-1234-5678", True),
        ("999999199001011234", True),
        ("99999919900101123X", True),
        ("sum 100000000000000000000000", False),
        ("", False),
    ],
)
def test_texts_that_look_personal(text, expected):
    assert rules.looks_personal(text) is expected


@pytest.mark.parametrize(("count", "expected"), [(0, False), (1, True), (4, True), (5, False), (50, False)])
def test_small_groups(count, expected):
    assert rules.small_group(count, 5) is expected


# ---------- problems ----------
def test_nothing_is_wrong_when_nothing_is_late():
    assert rules.problems_in({rule.key: 0 for rule in rules.PROBLEM_RULES}) == []
    assert rules.problems_in({}) == []


@pytest.mark.parametrize("rule", rules.PROBLEM_RULES, ids=lambda rule: rule.code)
def test_each_rule_finds_its_figure_and_has_words(rule):
    found = rules.problems_in({rule.key: rule.above + 1})
    assert [(row.code, row.value) for row in found] == [(rule.code, rule.above + 1)]
    assert "%(n)s" in str(wording.PROBLEMS[rule.code])
    assert str(wording.NEXT_STEPS[rule.code])


def test_urgent_problems_come_first():
    found = rules.problems_in({rule.key: 1 for rule in rules.PROBLEM_RULES})
    urgent = [row.is_urgent for row in found]
    assert urgent == sorted(urgent, reverse=True)
    assert found[0].code == "REQUESTS_LIFE"
    assert len(found) == len(rules.PROBLEM_RULES)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({DAY: 9}, None),
        ({DAY: 10}, rules.Trigger(10, 7)),
        ({DAY: 5, DAY - timedelta(days=6): 5}, rules.Trigger(10, 7)),
        ({DAY: 5, DAY - timedelta(days=7): 5}, None),
        ({DAY: 5, DAY + timedelta(days=1): 5}, None),
        ({DAY: 2, DAY - timedelta(days=1): 1}, None),
    ],
)
def test_thresholds_of_a_reportable_outbreak(counts, expected):
    assert rules.reached_trigger(counts, (rules.Trigger(10, 7),), DAY) == expected


def test_no_threshold_is_never_reached():
    assert rules.reached_trigger({DAY: 1000}, (), DAY) is None


@pytest.mark.parametrize(
    ("minutes", "days", "expected"), [(479, 5, False), (480, 0, True), (0, 6, True), (600, 9, True)]
)
def test_limits_of_those_who_serve(minutes, days, expected):
    found = rules.is_at_limit(minutes_today=minutes, days_in_row=days, most_minutes=480, most_days=6)
    assert found is expected
