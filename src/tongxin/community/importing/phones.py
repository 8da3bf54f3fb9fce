"""Phone numbers as ledgers hold them: floats, spaces, dashes, +86, two in a cell, extensions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

from tongxin.community.importing.cells import as_text, digits_of_number, is_blank_word
from tongxin.community.importing.shapes import Cell

_MOBILE = re.compile(r"1[3-9]\d{9}")
_LOCAL = re.compile(r"[2-8]\d{6,7}")
_CUT = re.compile(r"[/、,;|\n或]+|；|，|\s{2,}|\s(?=1[3-9]\d{9})")
_COUNTRY = re.compile(r"(?:\+|00)\s*86[\s\-]*(?=1[3-9])")
_MOBILES_INSIDE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_GAPS = re.compile(r"[\s\-_.()（）·]+")
_LABEL = re.compile(r"^(?:手机|电话|座机|本人|联系电话|移动电话|tel|mobile|phone|宅电|家)\s*[:：]?\s*", re.I)
_EXTENSION = re.compile(r"\s*(?:转|轉|分机|ext\.?|#)\s*(\d{1,6})$", re.I)
_TRAILING_WORDS = re.compile(r"\(?[^\d+()]{1,12}\)?$")


@dataclass(frozen=True, slots=True)
class PhonesRead:
    """``numbers`` in E.164 or, for a local landline without area code, plain digits.

    ``trouble`` is the code of a reason or empty.
    """

    numbers: tuple[str, ...] = ()
    trouble: str = ""


def read_phones(value: Cell) -> PhonesRead:
    """This function will read all numbers of a cell; a wrong one is left out and told."""
    text, lost = digits_of_number(value)
    if lost:
        return PhonesRead(trouble="phone_digits_lost")
    if _MOBILE.fullmatch(text):
        return PhonesRead(("+86" + text,))
    if is_blank_word(text):
        return PhonesRead()
    return _from_text(text if not isinstance(value, str) else as_text(text))


@lru_cache(maxsize=16_384)
def _from_text(text: str) -> PhonesRead:
    numbers: list[str] = []
    trouble = ""
    for part in _CUT.split(_COUNTRY.sub("+86", text[:200])):
        if is_blank_word(part.strip()):
            continue
        found = _numbers_in(part.strip())
        if not found:
            trouble = "phone_wrong"
        for number in found:
            if number not in numbers:
                numbers.append(number)
            if not number.startswith("+"):
                trouble = trouble or "phone_local"
    return PhonesRead(tuple(numbers), trouble)


def _numbers_in(text: str) -> list[str]:
    """Reads one number, or several mobile numbers that only words stand between."""
    if number := _one(text):
        return [number]
    inside = _MOBILES_INSIDE.findall(text)
    has_more = re.search(r"\d", _MOBILES_INSIDE.sub("", text))
    return [] if has_more else ["+86" + number for number in inside]


def _one(text: str) -> str:
    text = _LABEL.sub("", text)
    if extension := _EXTENSION.search(text):
        main = _one(text[: extension.start()])
        return f"{main};ext={extension[1]}" if main else ""
    if not text.isascii():
        inside = _MOBILE.findall(_GAPS.sub("", text))
        text = inside[0] if len(inside) == 1 else _TRAILING_WORDS.sub("", text)
    bare = _GAPS.sub("", text)
    if bare.startswith("0086"):
        bare = "+86" + bare[4:]
    elif bare.startswith("86") and len(bare) == 13:
        bare = "+" + bare
    mobile = bare.removeprefix("+86").removeprefix("0") if len(bare) > 11 else bare
    # The library's list of mobile prefixes is older than the newest ones, so length and 1[3-9] rule.
    if _MOBILE.fullmatch(mobile):
        return "+86" + mobile
    if _LOCAL.fullmatch(bare):
        return bare
    return _international(text if "+" in text or bare == text else bare, bare)


def _international(text: str, bare: str) -> str:
    if not bare or len(bare) < 7 or (bare.startswith("1") and len(bare) in (10, 11, 12)):
        return ""  # a mobile number with a digit too few or too many, not a foreign one
    try:
        parsed = phonenumbers.parse(bare if bare.startswith("+") else text, "CN")
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(parsed):
        return ""
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
