"""Identity numbers: GB 11643-1999 (18 digits), its 15-digit forerunner, and foreign papers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from tongxin.community.importing.cells import digits_of_number, is_blank_word, simplified
from tongxin.community.importing.shapes import Cell

# GB 11643-1999, 4.2.3: weights 2^(18-i) mod 11, check characters for remainders 0 to 10.
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
# GB/T 2260 provinces; 81-83 residence permits of Hong Kong, Macao and Taiwan; 91 foreign PR card.
_PROVINCES = frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
        "81",
        "82",
        "83",
        "91",
    ]
)
_NATIONAL = re.compile(r"\d{17}[\dX]|\d{15}")
_ALMOST = re.compile(r"\d{12,20}[\dX]?")
_NATIONAL_TYPES = ("身份证", "居民身份", "id card", "national", "resident")
_OTHER_PAPERS = (
    (re.compile(r"[HM]\d{8}(?:\d{2})?"), "HK_MACAO_PERMIT"),
    (re.compile(r"[A-Z]{3}\d{12}"), "PERMANENT_RESIDENCE"),
    (re.compile(r"[A-Z]\d{8}|[A-Z]{1,2}\d{6,8}|[A-Z]{2}\d{7}"), "PASSPORT"),
)


@dataclass(frozen=True, slots=True)
class IdentityRead:
    """A number that passed, with what it says; else ``trouble`` is the code of a reason.

    ``number`` is empty when wrong. ``kind`` is NATIONAL, PASSPORT, HK_MACAO_PERMIT,
    PERMANENT_RESIDENCE or OTHER.
    """

    number: str = ""
    kind: str = ""
    birth_date: date | None = None
    sex: str = ""
    trouble: str = ""


def check_character(first_17: str) -> str:
    """This function will compute the 18th character (GB 11643-1999, ISO 7064 MOD 11-2)."""
    return _CHECK[sum(w * int(d) for w, d in zip(_WEIGHTS, first_17, strict=True)) % 11]


def read_identity(value: Cell, *, kind_text: str = "", today: date) -> IdentityRead:
    """This function will read an identity number of any kind that ledgers hold.

    ``kind_text`` is what the ledger's own column says about the paper, empty if there is none.
    """
    text, lost = digits_of_number(value)
    if is_blank_word(text):
        return IdentityRead()
    if lost:
        return IdentityRead(trouble="id_digits_lost")
    if "(" in text:
        text = re.sub(r"\([^()\d]*\)", "", text)
    bare = re.sub(r"[\s\-_.·]", "", text).upper().replace("Х", "X").replace("×", "X")
    bare = re.sub(r"^(?:身份证号?码?|ID)[:：]?", "", bare).replace("*", "X" if bare[:-1].isdigit() else "*")
    kind = simplified(kind_text).lower()
    says_national = not kind or any(word in kind for word in _NATIONAL_TYPES)
    if says_national or _NATIONAL.fullmatch(bare):
        national = _national(bare, today)
        if national is not None:
            return national
    return _other(bare, is_told=not says_national)


def _national(bare: str, today: date) -> IdentityRead | None:
    if not _NATIONAL.fullmatch(bare):
        return IdentityRead(trouble="id_length") if _ALMOST.fullmatch(bare) else None
    trouble = ""
    if len(bare) == 15:
        # The old number has no century; all who still show one were born before 2000.
        bare = bare[:6] + "19" + bare[6:]
        bare += check_character(bare)
        trouble = "id_converted"
    try:
        born = date(int(bare[6:10]), int(bare[10:12]), int(bare[12:14]))
    except ValueError:
        return IdentityRead(trouble="id_birth_date")
    if born > today or born.year < today.year - 130:
        return IdentityRead(trouble="id_birth_date")
    if bare[:2] not in _PROVINCES:
        return IdentityRead(trouble="id_region")
    if check_character(bare[:17]) != bare[17]:
        return IdentityRead(trouble="id_checksum")
    sex = "MALE" if int(bare[16]) % 2 else "FEMALE"
    return IdentityRead(bare, "NATIONAL", born, sex, trouble)


def _other(bare: str, *, is_told: bool) -> IdentityRead:
    for pattern, kind in _OTHER_PAPERS:
        if pattern.fullmatch(bare):
            return IdentityRead(bare, kind, trouble="" if is_told else "id_other_paper")
    if is_told and re.fullmatch(r"[A-Z0-9]{5,20}", bare):
        return IdentityRead(bare, "OTHER")
    return IdentityRead(trouble="id_wrong")
