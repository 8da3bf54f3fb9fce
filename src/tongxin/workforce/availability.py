"""When somebody says they can come, as people write it: 11月3日 08:00-20:00, 周一至周五 上午, 每天 8-12, 全天."""

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, tzinfo

from tongxin.workforce.rules import Span

#: An offer without a day holds for this many days from the import on.
DAYS_AHEAD = 7
_WHOLE_DAY = (time(8), time(20))
_PARTS: tuple[tuple[str, tuple[time, time]], ...] = (
    ("全天|整天|随时|all ?day|any ?time", _WHOLE_DAY),
    ("夜班|夜间|通宵|night", (time(22), time(6))),
    ("早班|上午|morning|am", (time(8), time(12))),
    ("中班|下午|afternoon|pm", (time(12), time(18))),
    ("晚班|晚上|傍晚|evening", (time(18), time(22))),
    ("白天|白班|日班|day ?time", _WHOLE_DAY),
)
_CLOCK = r"(\d{1,2})(?:\s*[:：时点]\s*(\d{1,2})?\s*分?)?"
_SPAN = re.compile(
    rf"(?<![\d.\-/月]){_CLOCK}\s*(?:-|–|—|~|～|至|到|to)\s*(次日|第二天|明早)?\s*{_CLOCK}(?![\d月日号/.])",
    re.IGNORECASE,
)
_FULL_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?")
_SHORT_DATE = re.compile(r"(?<!\d)(\d{1,2})\s*[月/.]\s*(\d{1,2})\s*[日号]?(?!\d)")
_BETWEEN = re.compile(r"^\s*(?:-|–|—|~|～|至|到|to)\s*$")
_WEEKDAYS = {
    name: index
    for index, names in enumerate(
        (("一", "mon"), ("二", "tue"), ("三", "wed"), ("四", "thu"), ("五", "fri"), ("六", "sat"), ("日", "天", "sun"))
    )
    for name in names
}
_WEEKDAY = re.compile(r"(?:周|星期|礼拜)([一二三四五六日天])|\b(mon|tue|wed|thu|fri|sat|sun)[a-z]*\b", re.IGNORECASE)
_WEEKDAY_RANGE = re.compile(
    r"(?:周|星期|礼拜)([一二三四五六日天])\s*(?:-|–|~|至|到)\s*(?:周|星期|礼拜)?([一二三四五六日天])"
    r"|\b(mon|tue|wed|thu|fri|sat|sun)[a-z]*\s*(?:-|–|to)\s*(mon|tue|wed|thu|fri|sat|sun)[a-z]*\b",
    re.IGNORECASE,
)
_DAILY = re.compile(r"每天|每日|天天|daily|every ?day", re.IGNORECASE)
_WORKDAYS = re.compile(r"工作日|weekdays?", re.IGNORECASE)
_WEEKEND = re.compile(r"周末|双休日|weekends?", re.IGNORECASE)


def read_windows(texts: Iterable[str], *, from_day: date, tz: tzinfo) -> tuple[list[Span], list[str]]:
    """Return the stretches that the texts mean, and the texts that say no time.

    A text without a day holds for the next seven days, one with weekdays for those of them. A short date lies in the
    year of `from_day`, or in the next one when it has passed by more than a month. Ends before starts run over
    midnight.
    """
    spans: list[Span] = []
    unclear: list[str] = []
    for text in texts:
        found = _read(text, from_day, tz)
        if found:
            spans += found
        elif text.strip():
            unclear.append(text)
    return sorted(set(spans), key=lambda span: (span.starts_at, span.ends_at)), unclear


def _read(text: str, from_day: date, tz: tzinfo) -> list[Span]:
    days, rest = _days(text, from_day)
    clocks = _clocks(rest)
    if not clocks or (days is not None and not days):
        return []
    if days is None:
        days = [from_day + timedelta(days=n) for n in range(DAYS_AHEAD)]
    return [_span(day, start, end, tz) for day in days for start, end in clocks]


def _span(day: date, start: time, end: time, tz: tzinfo) -> Span:
    starts_at = datetime.combine(day, start, tzinfo=tz)
    ends_at = datetime.combine(day if end > start else day + timedelta(days=1), end, tzinfo=tz)
    return Span(starts_at, ends_at)


def _days(text: str, from_day: date) -> tuple[list[date] | None, str]:
    """Return the days that a text names (None: it names none) and what is left of it."""
    dates, rest = _dates(text, from_day)
    if dates is not None:
        return dates, rest
    week = [from_day + timedelta(days=n) for n in range(DAYS_AHEAD)]
    chosen: set[int] = set()
    for match in _WEEKDAY_RANGE.finditer(rest):
        first, last = (_WEEKDAYS[part.lower()] for part in match.groups() if part)
        chosen |= {(first + n) % 7 for n in range((last - first) % 7 + 1)}
    rest = _WEEKDAY_RANGE.sub(" ", rest)
    chosen |= {_WEEKDAYS[(a or b).lower()] for a, b in _WEEKDAY.findall(rest)}
    rest = _WEEKDAY.sub(" ", rest)
    if _WORKDAYS.search(rest):
        chosen |= set(range(5))
    if _WEEKEND.search(rest):
        chosen |= {5, 6}
    for pattern in (_WORKDAYS, _WEEKEND):
        rest = pattern.sub(" ", rest)
    if chosen:
        return [day for day in week if day.weekday() in chosen], rest
    return (week if _DAILY.search(rest) else None), _DAILY.sub(" ", rest)


def _dates(text: str, from_day: date) -> tuple[list[date] | None, str]:
    found: list[tuple[int, int, date | None]] = []
    for match in _FULL_DATE.finditer(text):
        found.append((match.start(), match.end(), _date(*(int(part) for part in match.groups()))))
    taken = [(start, end) for start, end, _ in found]
    for match in _SHORT_DATE.finditer(text):
        if any(start <= match.start() < end for start, end in taken):
            continue
        day = _date(from_day.year, int(match.group(1)), int(match.group(2)))
        if day is not None and day < from_day - timedelta(days=31):
            day = _date(from_day.year + 1, day.month, day.day)
        found.append((match.start(), match.end(), day))
    if not found:
        return None, text
    found.sort()
    days = [day for _, _, day in found if day is not None]
    if len(found) == 2 and len(days) == 2 and _BETWEEN.match(text[found[0][1] : found[1][0]]):
        length = (days[1] - days[0]).days
        days = [days[0] + timedelta(days=n) for n in range(length + 1)] if 0 <= length <= 31 else []
    rest = text
    for start, end, _ in reversed(found):
        rest = rest[:start] + " " + rest[end:]
    return days, rest


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _clocks(text: str) -> list[tuple[time, time]]:
    found: list[tuple[time, time]] = []
    for match in _SPAN.finditer(text):
        start, end = _time(match.group(1), match.group(2)), _time(match.group(4), match.group(5))
        if start is not None and end is not None and start != end:
            found.append((start, end))
    if found:
        return found
    return [clocks for words, clocks in _PARTS if re.search(words, text, re.IGNORECASE)]


def _time(hour: str, minute: str | None) -> time | None:
    h, m = int(hour), int(minute or 0)
    if h == 24 and m == 0:
        return time(0)
    return time(h, m) if h < 24 and m < 60 else None
