"""The frame words of a report in both languages: dates, numbering, the difference from the period before.

They are here and not in gettext because a report is written in a language of its own, whatever the reader's page speaks,
and because this package knows no framework. A test holds both languages complete.
"""

import re
from datetime import date, datetime, timedelta

from tongxin.situation.documents.content import Figure, Language, ReportContent

WORDS: dict[str, dict[Language, str]] = {
    "issue": {"zh": "第%(number)s期", "en": "No. %(number)s"},
    "draft": {"zh": "草稿，尚未签发", "en": "Draft, not yet signed"},
    "signer": {"zh": "签发人：", "en": "Signed off by: "},
    "addressee": {"zh": "%(name)s：", "en": "To: %(name)s"},
    "period": {"zh": "统计时段：%(period)s", "en": "Period covered: %(period)s"},
    "item": {"zh": "项目", "en": "Item"},
    "now": {"zh": "本期", "en": "This period"},
    "before": {"zh": "上期", "en": "Previous period"},
    "change": {"zh": "增减", "en": "Change"},
    "unit": {"zh": "单位", "en": "Unit"},
    "figures": {"zh": "主要数字", "en": "Main figures"},
    "table": {"zh": "表%(number)s　%(caption)s", "en": "Table %(number)s. %(caption)s"},
    "curve": {"zh": "图%(number)s　%(caption)s", "en": "Figure %(number)s. %(caption)s"},
    "zero_day": {
        "zh": "零报告：%(period)s，本院区无新增情况。",
        "en": "Zero report: nothing new happened in this compound during %(period)s.",
    },
    "up": {"zh": "较%(before)s增加%(change)s%(unit)s", "en": "%(change)s more than %(before)s"},
    "down": {"zh": "较%(before)s减少%(change)s%(unit)s", "en": "%(change)s fewer than %(before)s"},
    "same": {"zh": "与%(before)s持平", "en": "the same as %(before)s"},
    "unknown": {"zh": "%(before)s无数据", "en": "no figure for %(before)s"},
    "day_before": {"zh": "前一日", "en": "the day before"},
    "period_before": {"zh": "上期", "en": "the previous period"},
    "no_cases": {"zh": "期间无新增", "en": "Nothing new in these days"},
    "no_days": {"zh": "暂无数据", "en": "No data yet"},
    "curve_summary": {
        "zh": "%(first)s至%(last)s共%(total)s，最高为%(peak)s，%(highest)s。",
        "en": "%(total)s in all from %(first)s to %(last)s; the highest day is %(peak)s with %(highest)s.",
    },
    "curve_part": {"zh": "%(name)s%(value)s", "en": "%(name)s %(value)s"},
}

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DIGITS = "零一二三四五六七八九"
# What XML 1.0 cannot hold, and the marks that turn the direction of the text around a name.
_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u202a-\u202e\u2066-\u2069\ufeff]")
_BREAKS = re.compile("[\t\n\r\u2028\u2029]+")


def say(key: str, language: Language, /, **parts: str | int | float) -> str:
    """This function will return a frame word with its named parts filled in. Raises KeyError for an unknown key."""
    return WORDS[key][language] % parts if parts else WORDS[key][language]


def plain_text(text: str) -> str:
    """This function will drop what no document can hold (control characters, direction overrides) and join lines."""
    return _UNPRINTABLE.sub("", _BREAKS.sub(" ", text))


def chinese_number(number: int) -> str:
    """This function will write 1 to 99 as 一 to 九十九, as headings are numbered. Raises ValueError outside."""
    if not 1 <= number <= 99:
        raise ValueError("Headings are numbered from 1 to 99.")
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else ("十" if tens == 1 else _DIGITS[tens] + "十")
    return head + (_DIGITS[ones] if ones else "")


def heading_number(path: tuple[int, ...], language: Language) -> str:
    """This function will number a heading by its place: 一、 then （一） then 1. in Chinese; 1, 1.1, 1.1.1 in English."""
    if language == "en":
        return ".".join(str(number) for number in path) + (". " if len(path) == 1 else " ")
    if len(path) == 1:
        return chinese_number(path[0]) + "、"
    return f"（{chinese_number(path[1])}）" if len(path) == 2 else f"{path[-1]}．"


def day_text(day: date, language: Language, *, with_year: bool = True) -> str:
    """This function will write a day as 2022年11月3日 or 3 Nov 2022."""
    if language == "zh":
        return (f"{day.year}年" if with_year else "") + f"{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]}" + (f" {day.year}" if with_year else "")


def _moment(at: datetime, language: Language, *, with_day: bool, with_year: bool) -> str:
    lead = day_text(at.date(), language, with_year=with_year) if with_day else ""
    if language == "en":
        return f"{lead} {at:%H:%M}".strip()
    return f"{lead}{at.hour}时" + (f"{at.minute}分" if at.minute else "")


def period_text(starts_at: datetime, ends_at: datetime, language: Language) -> str:
    """This function will write a period; whole days as the daily flash does (11月3日0—24时), the end exclusive."""
    whole_day = starts_at.time() == ends_at.time() == datetime.min.time() and ends_at - starts_at == timedelta(days=1)
    if whole_day:
        day = day_text(starts_at.date(), language)
        return f"{day}0—24时" if language == "zh" else f"{day}, 00:00-24:00"
    start = _moment(starts_at, language, with_day=True, with_year=True)
    same_day = starts_at.date() == ends_at.date()
    end = _moment(ends_at, language, with_day=not same_day, with_year=starts_at.year != ends_at.year)
    return f"{start}至{end}" if language == "zh" else f"{start} to {end}"


def period_before(content: ReportContent) -> str:
    """This function will name what a figure is compared with: the day before for a daily report, else the period."""
    is_daily = content.period_ends_at - content.period_starts_at == timedelta(days=1)
    return say("day_before" if is_daily else "period_before", content.language)


def _change(value: int | float, previous: int | float) -> int | float:
    """The difference without the dust of floating point."""
    change = round(value - previous, 1)
    return int(change) if float(change).is_integer() else change


def difference(figure: Figure, language: Language, *, before: str = "") -> str:
    """This function will put the change since the period before in words, for instance 较前一日增加2例.

    `before` names that period; empty means the day before.
    """
    before = before or say("day_before", language)
    if figure.previous is None:
        return say("unknown", language, before=before)
    change = _change(figure.value, figure.previous)
    if change == 0:
        return say("same", language, before=before)
    return say("up" if change > 0 else "down", language, before=before, change=abs(change), unit=figure.unit)


def signed_change(figure: Figure) -> str:
    """This function will put the change in numbers: +2, −1, 0, or — when the number before is not known."""
    if figure.previous is None:
        return "—"
    change = _change(figure.value, figure.previous)
    return "0" if change == 0 else f"{'+' if change > 0 else '−'}{abs(change)}"
