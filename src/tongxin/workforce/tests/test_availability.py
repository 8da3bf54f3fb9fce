"""What people write about when they can come."""

from datetime import date, datetime, timedelta, timezone

import pytest

from tongxin.workforce.availability import read_windows

TZ = timezone(timedelta(hours=8))
DAY = date(2022, 11, 3)  # a Thursday


def read(*texts):
    spans, unclear = read_windows(texts, from_day=DAY, tz=TZ)
    return [(s.starts_at.strftime("%m-%d %H:%M"), s.ends_at.strftime("%m-%d %H:%M")) for s in spans], unclear


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("11月3日 08:00-20:00", [("11-03 08:00", "11-03 20:00")]),
        ("2022-11-04 8:30–12:00", [("11-04 08:30", "11-04 12:00")]),
        ("2022.11.5 上午", [("11-05 08:00", "11-05 12:00")]),
        ("11月3日22:00-次日6:00", [("11-03 22:00", "11-04 06:00")]),
        ("11月3日 18点至24点", [("11-03 18:00", "11-04 00:00")]),
        ("11/4 8-12", [("11-04 08:00", "11-04 12:00")]),
        ("11月3日至11月4日 下午", [("11-03 12:00", "11-03 18:00"), ("11-04 12:00", "11-04 18:00")]),
        ("周四、周五 晚上", [("11-03 18:00", "11-03 22:00"), ("11-04 18:00", "11-04 22:00")]),
        ("Sat 9:00-17:00", [("11-05 09:00", "11-05 17:00")]),
        ("周末 8:00-12:00", [("11-05 08:00", "11-05 12:00"), ("11-06 08:00", "11-06 12:00")]),
        ("11月3日 8:00-12:00 14:00-18:00", [("11-03 08:00", "11-03 12:00"), ("11-03 14:00", "11-03 18:00")]),
        ("11月4日 全天", [("11-04 08:00", "11-04 20:00")]),
    ],
)
def test_a_text_becomes_spans(text, spans):
    assert read(text) == (spans, [])


def test_without_a_day_an_offer_holds_for_a_week():
    spans, unclear = read("每天 08:00-20:00")
    assert unclear == []
    assert [start for start, _ in spans] == [f"11-{day:02d} 08:00" for day in range(3, 10)]
    assert read("08:00-20:00") == (spans, [])


def test_weekdays_that_run_over_the_week_end():
    spans, _ = read("周一至周五 8:00-12:00")
    assert [start[:5] for start, _ in spans] == ["11-03", "11-04", "11-07", "11-08", "11-09"]


@pytest.mark.parametrize(
    "text", ["看情况", "13月40日 8-12", "11月3日", "25:00-26:00", "8:00-8:00", "=1+1", "2月30日 上午", "x" * 5000]
)
def test_what_says_no_time_is_told_and_not_guessed(text):
    assert read(text) == ([], [text])


def test_a_short_date_long_past_means_next_year():
    spans, _ = read_windows(["1月5日 上午"], from_day=date(2022, 12, 28), tz=TZ)
    assert spans[0].starts_at == datetime(2023, 1, 5, 8, tzinfo=TZ)


def test_the_same_offer_twice_is_one():
    assert len(read("11月3日 8-12", "11月3日 08:00-12:00")[0]) == 1
