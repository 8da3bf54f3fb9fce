"""Reads a day from whatever a cell holds: text, Excel serial, datetime, 2022.11.3, 2022年11月3日."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from tongxin.community.importing.cells import as_text, simplified, with_arabic_digits
from tongxin.community.importing.shapes import Cell

# Day 60 of Excel's calendar is 29 February 1900, which never was; later days count from here.
_EXCEL_EPOCH = date(1899, 12, 30)
_BETWEEN = r"(?:\s*[-./年月\\、,]\s*|\s+)"
_YMD = re.compile(rf"(\d{{4}}){_BETWEEN}(\d{{1,2}}){_BETWEEN}(\d{{1,2}})\s*[日号]?(?:[ T]+[\d:.+Z]*)?")
_BORN = re.compile(r"\s*出?生$")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR_MONTH = re.compile(r"(\d{4})\s*[-./年\\]\s*(\d{1,2})\s*月?")
_YEAR = re.compile(r"(1[89]\d\d|20\d\d)\s*年?")
_YEAR_LAST = re.compile(r"(\d{1,2})\s*[-./]\s*(\d{1,2})\s*[-./]\s*(\d{4})(?:[ T]+[\d:.]*)?")
_SHORT_YEAR = re.compile(r"(\d{2})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*[日号]?")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_ENGLISH = re.compile(r"(?:(\d{1,2})[ -])?([a-z]{3})[a-z]*\.?[ -](?:(\d{1,2})(?:st|nd|rd|th)?,? )?(\d{4})")


class DateTrouble(StrEnum):
    """What is wrong with a date; each is the code of a reason."""

    NONE = ""
    INVALID = "date_invalid"
    INCOMPLETE = "date_incomplete"
    AMBIGUOUS = "date_ambiguous"
    SHORT_YEAR = "date_short_year"


@dataclass(frozen=True, slots=True)
class DayRead:
    """``day`` is None where none could be read; ``year`` may still be known."""

    day: date | None = None
    year: int | None = None
    trouble: DateTrouble = DateTrouble.NONE


_INVALID = DayRead(trouble=DateTrouble.INVALID)


def read_day(value: Cell, *, today: date, is_day_first: bool | None = None) -> DayRead:
    """This function will read one day.

    ``is_day_first`` is what the rest of the column says about ``11/3/2022``; None means that
    nothing says it, then the month is taken first and the trouble is AMBIGUOUS.
    """
    if isinstance(value, datetime):
        return DayRead(value.date(), value.year)
    if isinstance(value, date):
        return DayRead(value, value.year)
    if isinstance(value, bool):
        return _INVALID
    if isinstance(value, int | float):
        return _from_number(value)
    return _from_text(as_text(value), today, is_day_first)


def _from_number(value: int | float) -> DayRead:
    if not math.isfinite(value):
        return _INVALID
    if isinstance(value, float) and not value.is_integer():
        text = repr(value)
        return _from_text(text, date.max, None) if value < 2100 else _from_number(int(value))
    number = int(value)
    if 1850 <= number <= 2100:
        # A serial number of this size would be a day in 1905; a bare year is far likelier.
        return DayRead(None, number, DateTrouble.INCOMPLETE)
    if 18_500_000 <= number <= 21_001_231:
        return _day(number // 10_000, number // 100 % 100, number % 100)
    if 185_001 <= number <= 210_012 and 1 <= number % 100 <= 12:
        return DayRead(None, number // 100, DateTrouble.INCOMPLETE)
    if 61 <= number <= 80_000:
        day = _EXCEL_EPOCH + timedelta(days=number)
        return DayRead(day, day.year)
    return _INVALID


def _day(year: int, month: int, day: int, trouble: DateTrouble = DateTrouble.NONE) -> DayRead:
    try:
        return DayRead(date(year, month, day), year, trouble)
    except ValueError:
        return _INVALID


@lru_cache(maxsize=16_384)
def _from_text(text: str, today: date, is_day_first: bool | None) -> DayRead:
    if "年" in text or not text.isascii():
        text = with_arabic_digits(simplified(text))
    text = _BORN.sub("", text).strip(" .")
    for pattern in (_YMD, _COMPACT):
        if match := pattern.fullmatch(text):
            return _day(int(match[1]), int(match[2]), int(match[3]))
    if match := _YEAR_LAST.fullmatch(text):
        return _year_last(int(match[1]), int(match[2]), int(match[3]), is_day_first)
    if match := _SHORT_YEAR.fullmatch(text):
        short = int(match[1])
        century = 2000 if short <= today.year % 100 else 1900
        return _day(century + short, int(match[2]), int(match[3]), DateTrouble.SHORT_YEAR)
    if match := _YEAR_MONTH.fullmatch(text) or _YEAR.fullmatch(text):
        return DayRead(None, int(match[1]), DateTrouble.INCOMPLETE)
    if match := _ENGLISH.fullmatch(text.lower()):
        number = match[1] or match[3]
        if number and match[2] in _MONTHS:
            return _day(int(match[4]), _MONTHS.index(match[2]) + 1, int(number))
    if re.fullmatch(r"\d{4,6}(?:\.\d+)?", text):
        return _from_number(int(float(text)))
    return _INVALID


def _year_last(first: int, second: int, year: int, is_day_first: bool | None) -> DayRead:
    if first > 12 or (is_day_first and second <= 12):
        return _day(year, second, first)
    if second > 12 or first == second or is_day_first is False:
        return _day(year, first, second)
    return _day(year, first, second, DateTrouble.AMBIGUOUS)


def day_order(values: list[Cell]) -> bool | None:
    """This function will say whether a column writes the day first, None if nothing tells.

    One ``25/3/2022`` decides for all its neighbors; contradicting neighbors decide nothing.
    """
    day_first = month_first = False
    for value in values:
        if not isinstance(value, str) or len(value) > 30:
            continue
        if match := _YEAR_LAST.fullmatch(as_text(value)):
            day_first |= int(match[1]) > 12
            month_first |= int(match[2]) > 12
    return day_first if day_first != month_first else None
