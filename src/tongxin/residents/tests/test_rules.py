"""Pure rules: windows of rounds, due times, who is told of what is late, and the steps of a request."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from tongxin.residents import rules

ZONE = ZoneInfo("Asia/Shanghai")
TIMES = rules.RequestTimes(
    life=timedelta(minutes=30),
    today_until=time(20),
    today_at_least=timedelta(hours=1),
    normal=timedelta(hours=24),
    medicine_today_days=2,
    medicine_days=7,
    visit_minutes=20,
    escalate_minutes=(0, 60, 120),
)
WINDOWS = [(time(9), time(12, 30)), (time(15), time(18, 30))]


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("now", "starts"),
    [
        ("2022-11-03 08:00", "2022-11-03 09:00"),
        ("2022-11-03 09:00", "2022-11-03 09:00"),
        ("2022-11-03 10:45", "2022-11-03 09:00"),  # just half of it is left
        ("2022-11-03 10:46", "2022-11-03 15:00"),
        ("2022-11-03 14:00", "2022-11-03 15:00"),
        ("2022-11-03 18:00", "2022-11-04 09:00"),
        ("2022-11-03 23:59", "2022-11-04 09:00"),
    ],
)
def test_the_next_window_is_the_running_one_while_half_of_it_is_left(now, starts):
    assert rules.next_window(at(now), WINDOWS).starts_at == at(starts)


@pytest.mark.parametrize(
    ("now", "starts"),
    [
        ("2022-11-03 08:59", None),
        ("2022-11-03 09:00", "2022-11-03 09:00"),
        ("2022-11-03 12:29", "2022-11-03 09:00"),
        ("2022-11-03 12:30", None),
        ("2022-11-03 15:00", "2022-11-03 15:00"),
    ],
)
def test_the_running_window_is_half_open(now, starts):
    found = rules.running_window(at(now), WINDOWS)
    assert (found and found.starts_at) == (starts and at(starts))


def test_a_window_may_run_over_midnight():
    span = rules.running_window(at("2022-11-04 00:30"), [(time(22), time(1))])
    assert (span.starts_at, span.ends_at) == (at("2022-11-03 22:00"), at("2022-11-04 01:00"))


def test_without_windows_nothing_opens():
    assert rules.next_window(at("2022-11-03 08:00"), []) is None
    assert rules.running_window(at("2022-11-03 09:30"), []) is None


def test_a_moment_without_a_zone_has_no_window():
    assert rules.next_window(datetime(2022, 11, 3, 8), WINDOWS) is None
    assert rules.running_window(datetime(2022, 11, 3, 9), WINDOWS) is None


def test_the_windows_of_a_day_come_in_order():
    spans = rules.windows_on(date(2022, 11, 3), reversed(WINDOWS), ZONE)
    assert [span.starts_at.hour for span in spans] == [9, 15]


@pytest.mark.parametrize(
    ("urgency", "opened", "due"),
    [
        ("LIFE", "2022-11-03 09:00", "2022-11-03 09:30"),
        ("LIFE", "2022-11-03 23:45", "2022-11-04 00:15"),
        ("TODAY", "2022-11-03 09:00", "2022-11-03 20:00"),
        ("TODAY", "2022-11-03 19:00", "2022-11-03 20:00"),
        ("TODAY", "2022-11-03 19:30", "2022-11-03 20:30"),
        ("TODAY", "2022-11-03 22:00", "2022-11-03 23:00"),
        ("NORMAL", "2022-11-03 09:00", "2022-11-04 09:00"),
    ],
)
def test_a_need_is_due_by_its_urgency(urgency, opened, due):
    assert rules.due_at(urgency, at(opened), TIMES) == at(due)


@pytest.mark.parametrize("urgency", ["", "life", "SOON", "=1+1"])
def test_an_unknown_urgency_is_refused(urgency):
    with pytest.raises(ValueError, match=r"is not a valid Urgency"):
        rules.due_at(urgency, at("2022-11-03 09:00"), TIMES)


@pytest.mark.parametrize(
    ("first", "second", "hotter"),
    [("LIFE", "NORMAL", "LIFE"), ("NORMAL", "TODAY", "TODAY"), ("TODAY", "TODAY", "TODAY")],
)
def test_the_hotter_urgency_wins(first, second, hotter):
    assert rules.hotter(first, second) == rules.hotter(second, first) == hotter


@pytest.mark.parametrize(
    ("days", "urgency"), [(None, ""), (0, "TODAY"), (2, "TODAY"), (3, "NORMAL"), (7, "NORMAL"), (8, ""), (365, "")]
)
def test_medicine_that_runs_out_is_a_need(days, urgency):
    assert rules.medicine_urgency(days, TIMES) == urgency


@pytest.mark.parametrize(
    ("outcome", "kinds", "refusal"),
    [
        ("FINE", [], None),
        ("UNREACHED", [], None),
        ("NEED", ["FOOD"], None),
        ("NEED", ["FOOD", "MEDICINE"], None),
        ("NEED", [], "NEED_WITHOUT_KIND"),
        ("FINE", ["FOOD"], "KIND_WITHOUT_NEED"),
        ("UNREACHED", ["FOOD"], "KIND_WITHOUT_NEED"),
        ("DUE", [], "UNKNOWN_OUTCOME"),
        ("", [], "UNKNOWN_OUTCOME"),
        ("<script>", [], "UNKNOWN_OUTCOME"),
        ("NEED", ["GOLD"], "UNKNOWN_NEED"),
        ("NEED", ["DOOR_CHECK"], "UNKNOWN_NEED"),
    ],
)
def test_an_outcome_fits_its_needs(outcome, kinds, refusal):
    if refusal is None:
        rules.check_outcome(outcome, kinds)
        return
    with pytest.raises(rules.WrongOutcome, match=refusal):
        rules.check_outcome(outcome, kinds)


STATES = ["OPEN", "IN_HAND", "DONE", "CLOSED", "WITHDRAWN"]
ALLOWED = {
    *{("OPEN", "IN_HAND"), ("OPEN", "DONE"), ("OPEN", "WITHDRAWN")},
    *{("IN_HAND", "IN_HAND"), ("IN_HAND", "DONE"), ("IN_HAND", "OPEN")},
    *{("DONE", "CLOSED"), ("DONE", "IN_HAND")},
}


@pytest.mark.parametrize("now", STATES)
@pytest.mark.parametrize("then", STATES)
def test_a_request_is_closed_only_after_done(now, then):
    if (now, then) in ALLOWED:
        rules.check_step(now, then)
        return
    with pytest.raises(rules.WrongStep) as wrong:
        rules.check_step(now, then)
    assert wrong.value.state == now


@pytest.mark.parametrize(
    ("level", "late_minutes", "steps"),
    [
        (0, -1, []),
        (0, 0, [1]),
        (0, 59, [1]),
        (0, 60, [1, 2]),
        (1, 60, [2]),
        (1, 59, []),
        (0, 500, [1, 2, 3]),
        (3, 500, []),
    ],
)
def test_each_step_comes_at_its_minute_and_once(level, late_minutes, steps):
    due = at("2022-11-03 12:30")
    assert rules.steps_due(level, due, due + timedelta(minutes=late_minutes), (0, 60, 120)) == steps


@pytest.mark.parametrize(
    ("step", "has_deputy", "role"),
    [
        (1, True, "DEPUTY"),
        (1, False, "GRID_LEADER"),
        (2, True, "GRID_LEADER"),
        (3, True, "COMMUNITY"),
        (9, True, "COMMUNITY"),
    ],
)
def test_the_chain_ends_at_the_community_group(step, has_deputy, role):
    assert rules.told(rules.CALL_CHAIN, step, has_deputy=has_deputy) == role


@pytest.mark.parametrize(("people", "minutes"), [(1, 5), (12, 60), (42, 210), (60, 210), (0, 1)])
def test_a_share_never_asks_for_more_than_the_window_holds(people, minutes):
    span = rules.Span(at("2022-11-03 09:00"), at("2022-11-03 12:30"))
    assert rules.share_minutes(people, 5, span) == minutes
