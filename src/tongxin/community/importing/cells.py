"""Rules for single cells: what people type, made comparable. Pure functions, no table in sight."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from functools import lru_cache
from typing import Any

from opencc import OpenCC  # type: ignore[attr-defined]  # ships no types

from tongxin.community.importing.shapes import Cell

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb]"
)
_SPACES = re.compile(r"\s+")
_HAN = "㐀-䶿一-鿿豈-﫿𠀀-𲎯〇"
_SPACE_IN_HAN = re.compile(f"(?<=[{_HAN}·])\\s+(?=[{_HAN}·])")
_SCIENTIFIC = re.compile(r"^([+-]?)(\d)(?:\.(\d+))?[eE]\+?(\d{1,2})$")
_GUARDED = re.compile(r'^="?([^"]*)"?$')
_WHOLE_NUMBER = re.compile(r"\d+\.0+")
_DOTS = re.compile("[•・‧∙⋅●˙]|(?<=[㐀-鿿])[.．](?=[㐀-鿿])")

ERROR_VALUES = frozenset(("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"))
BLANK_WORDS = frozenset(
    [
        "无",
        "没有",
        "暂无",
        "不详",
        "未知",
        "不清楚",
        "不明",
        "空",
        "待补",
        "待补充",
        "待填",
        "待核实",
        "未填",
        "未提供",
        "拒绝提供",
        "缺",
        "同上?",
        "-",
        "--",
        "---",
        "—",
        "——",
        "/",
        "//",
        "\\",
        ".",
        "..",
        "?",
        "??",
        "x",
        "xx",
        "xxx",
        "n/a",
        "na",
        "none",
        "null",
        "nil",
        "unknown",
        "无此人",
        "none.",
        "tbd",
    ]
)
YES_WORDS = frozenset(["是", "有", "y", "yes", "true", "t", "1", "√", "✓", "✔", "☑", "v", "对", "需", "需要", "独居"])
NO_WORDS = frozenset(
    [
        "否",
        "无",
        "没有",
        "n",
        "no",
        "false",
        "f",
        "0",
        "×",
        "✗",
        "✘",
        "☐",
        "x",
        "不",
        "非",
        "不需要",
        "非独居",
        "不独居",
    ]
)

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_NUMERAL = re.compile("[零〇○一二两三四五六七八九十百千]+")
_MALE = frozenset(["男", "男性", "男士", "m", "male", "man", "boy", "1", "先生", "male."])
_FEMALE = frozenset(["女", "女性", "f", "female", "woman", "girl", "2", "女士", "female."])

_t2s: Any = OpenCC("t2s")  # type: ignore[no-untyped-call]


@lru_cache(maxsize=16_384)
def _simplified_character(character: str) -> str:
    return str(_t2s.convert(character))


@lru_cache(maxsize=65_536)
def simplified(text: str) -> str:
    """This function will write traditional characters as simplified; for matching, not for storing.

    Character by character: a whole-phrase conversion would also change words.
    """
    if text.isascii():
        return text
    return "".join(c if c < "\u2e80" else _simplified_character(c) for c in text)


def as_text(value: Cell) -> str:
    """This function will give the text that the person at the keyboard meant.

    Numbers come without exponent and without ``.0``, guard apostrophes and ``="…"`` go,
    full-width becomes half-width, invisible characters vanish, white space is one space.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return format(value, ".0f") if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat()


def clean(text: str) -> str:
    """This function will normalise a typed text; see ``as_text``."""
    if text[:1] == "=":
        guarded = _GUARDED.match(text)
        # Only ="138…" is a guard; =SUM(…) stays visible as what it is.
        if guarded and guarded[1].isalnum() and text[1:2] == '"':
            text = guarded[1]
    if not text.isascii() and not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    if not text.isprintable() or not text.isascii():
        text = _INVISIBLE.sub("", text)
    text = text.strip(" \t\r\n'`‘’\u00a0\u3000") if text[:1] in "'`‘" else text.strip()
    if text.endswith(".0") and _WHOLE_NUMBER.fullmatch(text):
        # Programs that export to text write a phone or a room that was once a number as 302.0.
        text = text.partition(".")[0]
    return _SPACES.sub(" ", text) if " " in text or not text.isprintable() else text


def is_blank_word(text: str) -> bool:
    """This function will say whether a text only says that there is nothing."""
    return not text or text.lower() in BLANK_WORDS


def is_error_value(text: str) -> bool:
    """This function will say whether a formula failed in this cell."""
    return text[:1] == "#" and text.upper() in ERROR_VALUES


def person_name(text: str) -> str:
    """This function will give a name without stray spaces; the middle dot is always ``·``."""
    return _SPACE_IN_HAN.sub("", _DOTS.sub("·", text))


def name_key(name: str) -> str:
    """This function will give what two spellings of one name share: simplified, no spaces, no dots."""
    return re.sub(r"[\s·.\-']", "", simplified(name)).casefold()


def digits_of_number(value: Cell) -> tuple[str, bool]:
    """This function will give the characters of a long number and whether digits were lost.

    A spreadsheet keeps 15 digits of a number; beyond that the last ones are not what was typed.
    """
    if isinstance(value, float) and not isinstance(value, bool):
        return (as_text(value), abs(value) >= 1e15)
    text = as_text(value)
    match = _SCIENTIFIC.match(text.replace(" ", ""))
    if not match:
        return text, False
    mantissa, exponent = match[2] + (match[3] or ""), int(match[4])
    lost = len(mantissa) < min(exponent + 1, 17) or exponent >= 15
    return match[1] + mantissa.ljust(exponent + 1, "0")[: exponent + 1], lost


@lru_cache(maxsize=4_096)
def chinese_number(text: str) -> int | None:
    """This function will read 十八, 一百零二 or 三〇二; None if it is no such number."""
    if not text or any(c not in _DIGITS and c not in _UNITS for c in text):
        return None
    if not any(c in _UNITS for c in text):
        return int("".join(str(_DIGITS[c]) for c in text))
    total, digit = 0, 0
    for character in text:
        if character in _DIGITS:
            digit = _DIGITS[character]
        else:
            total += (digit or 1) * _UNITS[character]
            digit = 0
    return total + digit


def with_arabic_digits(text: str) -> str:
    """This function will write the Chinese numerals inside a text with digits."""
    if text.isascii():
        return text
    return _NUMERAL.sub(lambda match: str(chinese_number(match[0])), text)


def sex_code(text: str) -> str:
    """This function will give MALE, FEMALE or an empty text."""
    word = simplified(text).lower()
    if word in _MALE:
        return "MALE"
    return "FEMALE" if word in _FEMALE else ""


def yes_or_no(text: str) -> bool | None:
    """This function will read a tick, a word or a number; None if it is neither yes nor no."""
    word = simplified(text).lower()
    if word in YES_WORDS:
        return True
    return False if word in NO_WORDS else None


def age_years(text: str) -> int | None:
    """This function will read ``82``, ``82岁``, ``约82``, ``8个月``; None if it is no age of 0 to 125."""
    word = simplified(text).lower()
    months = re.fullmatch(r"(\d{1,2})\s*(?:个月|月龄|月|个月大|months?|m)", word)
    if months:
        return int(months[1]) // 12
    match = re.fullmatch(
        r"(?:约|大约|虚岁|周岁|about)?\s*(\d{1,3})(?:\.\d+)?\s*(?:周岁|虚岁|岁|多岁|years?|y|yrs?)?",
        word,
    )
    if not match:
        return None
    age = int(match[1])
    return age if age <= 125 else None


def split_list(text: str) -> tuple[str, ...]:
    """This function will cut ``a、b，c/d`` into its parts, blanks dropped, order kept."""
    parts = (part.strip() for part in re.split(r"[、,;/|\n]+|；|，|\s{2,}", text))
    return tuple(dict.fromkeys(part for part in parts if not is_blank_word(part)))
