"""Who may work when: tables of allowed and refused work, without a database."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest

from tongxin.workforce.rules import (
    ResponderState,
    Span,
    Stint,
    Work,
    WorkLimits,
    WorkRule,
    available,
    check_roster,
    days_in_row,
    duties,
    is_exit_done,
    may_work,
    night_dawn,
    ppe_worn,
    state_from,
    weighted,
)
from tongxin.workforce.words import kind_of, skills_of

TZ = timezone(timedelta(hours=8))
LIMITS = WorkLimits(tz=TZ)
MORNING = datetime(2022, 11, 3, 8, tzinfo=TZ)


def at(hour, minute=0, day=3):
    return datetime(2022, 11, day, hour, minute, tzinfo=TZ)


def hour_of_work(start=MORNING, hours=1.0, **more):
    return Work(starts_at=start, ends_at=start + timedelta(hours=hours), **more)


@pytest.mark.parametrize(
    ("state", "work", "rule"),
    [
        (ResponderState(), hour_of_work(), None),
        (ResponderState(is_active=False), hour_of_work(), WorkRule.INACTIVE),
        (ResponderState(), hour_of_work(hours=8), None),
        (ResponderState(), hour_of_work(hours=8.1), WorkRule.SHIFT_LENGTH),
        (ResponderState(shift_started_at=at(1), minutes_today=420), hour_of_work(), None),
        (ResponderState(shift_started_at=at(0), minutes_today=0), hour_of_work(), WorkRule.SHIFT_LENGTH),
        (ResponderState(minutes_today=420), hour_of_work(), None),
        (ResponderState(minutes_today=421), hour_of_work(), WorkRule.DAY_HOURS),
        (ResponderState(minutes_week=48 * 60 - 60), hour_of_work(), None),
        (ResponderState(minutes_week=48 * 60 - 59), hour_of_work(), WorkRule.WEEK_HOURS),
        (ResponderState(last_duty_end_at=at(21, day=2)), hour_of_work(), None),
        (ResponderState(last_duty_end_at=at(21, 1, day=2)), hour_of_work(), WorkRule.REST),
        (ResponderState(last_duty_end_at=at(23, day=2), shift_started_at=at(7)), hour_of_work(), None),
        (ResponderState(days_in_row=5), hour_of_work(), None),
        (ResponderState(days_in_row=6), hour_of_work(), WorkRule.DAYS_IN_A_ROW),
        (ResponderState(worked_night=True), hour_of_work(start=at(12)), None),
        (ResponderState(worked_night=True), hour_of_work(start=at(11, 59)), WorkRule.NIGHT_MORNING),
        (ResponderState(ppe_minutes_since_break=180), hour_of_work(ppe_level=2), None),
        (ResponderState(ppe_minutes_since_break=181), hour_of_work(ppe_level=2), WorkRule.PPE_TIME),
        (ResponderState(ppe_minutes_since_break=999), hour_of_work(ppe_level=1), None),
        (ResponderState(hottest_zone_rank=3, exit_done=False), hour_of_work(zone_rank=3), None),
        (ResponderState(hottest_zone_rank=3, exit_done=False), hour_of_work(zone_rank=2), WorkRule.ZONE_ORDER),
        (ResponderState(hottest_zone_rank=3, exit_done=True), hour_of_work(zone_rank=0), None),
    ],
)
def test_one_piece_of_work(state, work, rule):
    broken = [item.rule for item in may_work(state, work, LIMITS)]
    assert broken[:1] == ([] if rule is None else [rule])


def test_each_refusal_carries_its_numbers():
    state = ResponderState(last_duty_end_at=at(2), days_in_row=6, minutes_today=450)
    broken = {item.rule: item.numbers for item in may_work(state, hour_of_work(), LIMITS)}
    assert broken[WorkRule.REST] == {"rested": 360, "limit": 660, "from": "2022-11-03T13:00+08:00"}
    assert broken[WorkRule.DAYS_IN_A_ROW] == {"days": 7, "limit": 6}
    assert broken[WorkRule.DAY_HOURS] == {"worked": 450, "asked": 60, "limit": 480}


@pytest.mark.parametrize(
    ("shifts", "absences", "rule"),
    [
        ([Span(at(8), at(12))], [], None),
        ([Span(at(9), at(12))], [], WorkRule.AVAILABILITY),
        ([], [], WorkRule.AVAILABILITY),
        ([Span(at(8), at(12))], [Span(at(8, 30), at(9))], WorkRule.ABSENT),
        ([Span(at(8), at(12))], [Span(at(9), at(10))], None),
    ],
)
def test_shifts_and_absences(shifts, absences, rule):
    broken = [i.rule for i in may_work(ResponderState(), hour_of_work(), LIMITS, shifts=shifts, absences=absences)]
    assert broken == ([] if rule is None else [rule])


@pytest.mark.parametrize(
    ("stints", "shifts"),
    [
        ([], []),
        ([(at(8), at(9)), (at(9, 30), at(10))], [(at(8), at(10))]),
        ([(at(8), at(9)), (at(20), at(21))], [(at(8), at(9)), (at(20), at(21))]),
        ([(at(8), at(9)), (at(17), at(18))], [(at(8), at(9)), (at(17), at(18))]),
        ([(at(9, 30), at(10)), (at(8), at(9))], [(at(8), at(10))]),
        ([(at(8), at(12)), (at(9), at(10))], [(at(8), at(12))]),
    ],
)
def test_pieces_of_work_become_shifts(stints, shifts):
    found = duties([Stint(*stint) for stint in stints], LIMITS)
    assert [(span.starts_at, span.ends_at) for span in found] == shifts


@pytest.mark.parametrize(
    ("start", "end", "dawn"),
    [
        (at(8), at(16), None),
        (at(20), at(23, 59), None),
        (at(20), at(0, 0, day=4), date(2022, 11, 4)),
        (at(22), at(6, day=4), date(2022, 11, 4)),
        (at(3), at(5), date(2022, 11, 3)),
        (at(4, 1), at(10), None),
    ],
)
def test_a_night_is_two_hours_of_it(start, end, dawn):
    assert night_dawn(Span(start, end), LIMITS) == dawn


@pytest.mark.parametrize(
    ("stints", "now", "worn"),
    [
        ([], at(12), 0),
        ([(8, 10, 120)], at(10), 120),
        ([(8, 10, 120)], at(10, 59), 179),
        ([(8, 10, 120)], at(11), 0),
        ([(8, 9, 60), (10, 11, 60)], at(11), 60),
        ([(8, 9, 60), (9, 10, 0), (10, 11, 60)], at(11), 180),
        ([(8, 9, 0)], at(9), 0),
    ],
)
def test_equipment_is_counted_from_the_last_sufficient_break(stints, now, worn):
    assert ppe_worn([Stint(at(a), at(b), ppe) for a, b, ppe in stints], now, LIMITS) == worn


@pytest.mark.parametrize(
    ("rank", "started", "tests", "now", "done"),
    [
        (2, None, (), at(8), True),
        (3, None, (1, 3, 5), at(8), False),
        (3, at(8), (1, 3, 5), at(8, day=7), False),
        (3, at(8), (1, 3, 5), at(0, day=8), True),
        (3, at(8), (1, 3), at(8, day=20), False),
    ],
)
def test_the_exit_protocol_needs_days_and_tests(rank, started, tests, now, done):
    assert (
        is_exit_done(hottest_zone_rank=rank, exit_started_at=started, tests_done=tests, at=now, limits=LIMITS) is done
    )


def test_days_in_a_row_end_yesterday():
    shifts = [Span(at(8, day=day), at(9, day=day)) for day in (2, 1)]
    assert days_in_row(shifts, date(2022, 11, 3), TZ) == 2
    assert days_in_row(shifts, date(2022, 11, 4), TZ) == 0


def test_a_state_from_what_was_worked():
    stints = [
        Stint(at(8, day=2), at(16, day=2), 60, 3),
        Stint(at(7), at(7, 30)),
        Stint(at(8), at(9), 60, 1),
    ]
    state = state_from(stints, at=at(10), limits=LIMITS)
    assert state.shift_started_at == at(7)
    assert state.minutes_today == 180
    assert state.minutes_week == 480 + 180
    assert state.days_in_row == 1
    assert state.last_duty_end_at == at(16, day=2)
    assert state.ppe_minutes_since_break == 0
    assert state.load_7d == 720 + 30 + 60


def test_a_shift_ends_by_rest_or_by_its_longest_length():
    assert state_from([Stint(at(0), at(1))], at=at(7, 59), limits=LIMITS).shift_started_at == at(0)
    over = state_from([Stint(at(0), at(1))], at=at(8), limits=LIMITS)
    assert over.shift_started_at is None
    assert over.last_duty_end_at == at(1)


def test_what_lies_ahead_does_not_count():
    assert state_from([Stint(at(9), at(10))], at=at(8), limits=LIMITS) == ResponderState()


def test_hot_work_weighs_half_more():
    assert (weighted(60, 2), weighted(60, 3)) == (60, 90)


@pytest.mark.parametrize(
    ("planned", "rules"),
    [
        ([(at(8), at(16))], []),
        ([(at(8), at(17))], ["SHIFT_LENGTH"]),
        ([(at(8), at(12)), (at(14), at(18))], ["REST"]),
        ([(at(8), at(12)), (at(11), at(15))], ["OVERLAP"]),
        ([(at(8), at(16)), (at(3, day=4), at(8, day=4))], []),
        ([(at(15), at(23)), (at(9, day=4), at(12, day=4))], ["REST"]),
        ([(at(17), at(0, 30, day=4)), (at(11, 45, day=4), at(15, day=4))], ["NIGHT_MORNING"]),
        ([(at(8, day=d), at(12, day=d)) for d in range(3, 9)], []),
        ([(at(8, day=d), at(12, day=d)) for d in range(3, 10)], ["DAYS_IN_A_ROW"]),
    ],
)
def test_a_roster_is_held_against_the_rules(planned, rules):
    assert [item.rule for item in check_roster([Span(*span) for span in planned], None, LIMITS)] == rules


def test_a_roster_begins_after_the_last_real_duty():
    assert [i.rule for i in check_roster([Span(at(8), at(12))], at(2), LIMITS)] == [WorkRule.REST]


@pytest.mark.parametrize(
    ("shifts", "gone", "left"),
    [
        ([(8, 12), (12, 16)], [], [(8, 16)]),
        ([(8, 16)], [(10, 12)], [(8, 10), (12, 16)]),
        ([(8, 16)], [(7, 17)], []),
        ([(8, 16)], [(16, 18)], [(8, 16)]),
        ([(8, 16)], [(6, 9), (15, 20)], [(9, 15)]),
        ([(8, 10), (9, 16)], [(12, 13)], [(8, 12), (13, 16)]),
    ],
)
def test_availability_is_shifts_less_absences(shifts, gone, left):
    found = available([Span(at(a), at(b)) for a, b in shifts], [Span(at(a), at(b)) for a, b in gone])
    assert found == [Span(at(a), at(b)) for a, b in left]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("志愿者", "VOLUNTEER"),
        ("护士", "MEDIC"),
        ("Driver", "DRIVER"),
        ("社区工作人员", "STAFF"),
        ("", "VOLUNTEER"),
        ("MEDIC", "MEDIC"),
    ],
)
def test_kinds_in_words(text, kind):
    assert kind_of(text) == (kind, True)


def test_an_unknown_kind_is_a_volunteer_and_told():
    assert kind_of("外星人") == ("VOLUNTEER", False)


@pytest.mark.parametrize(
    ("texts", "skills", "strange"),
    [
        (["核酸采样", "搬运"], ["SAMPLING", "CARRY"], []),
        (["SAMPLING"], ["SAMPLING"], []),
        (["飞行"], [], ["飞行"]),
        (["党员", "粤语"], [], []),
        (["登记、流调"], ["REGISTRATION", "TRACING"], []),
    ],
)
def test_skills_in_words(texts, skills, strange):
    assert skills_of(texts) == (skills, strange)


def test_limits_default_to_utc_and_name_no_week():
    assert WorkLimits().tz is UTC
    assert WorkLimits().week_min == 48 * 60
    assert WorkLimits(night_from=time(23)).night_from == time(23)
