"""Takes addresses apart: ``18-1-302``, ``18号楼1单元302``, ``18#1-302室``, ``A座1203``, ``5号院``.

The canonical place has a bare building (``18``, ``甲1``, ``A``), entrance and dwelling without
leading zeros. A villa keeps its word (``5号院``), since 5号楼 may stand beside it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from tongxin.community.importing.cells import is_blank_word, simplified, with_arabic_digits
from tongxin.community.importing.shapes import Place

_STEMS = "甲乙丙丁戊己东西南北中新老"
_B = rf"(?P<b>[{_STEMS}]?[A-Z]?\d{{1,4}}[A-Z甲乙丙丁]?|[A-Z]|[{_STEMS}](?=[楼栋座幢]))"
_E = rf"(?P<e>\d{{1,2}}|[A-Z]|[{_STEMS}])"
_F = r"(?:(?P<f>-?\d{1,2})(?:层|楼|F)-?)?"
_D = (
    r"(?:(?P<d>[A-Z]{0,2}\d{1,5}[A-Z]?(?:-\d{1,2})?|[A-Z])(?:室|号房|房间|房|号|户|#)?"
    r"(?P<t>[东西南北中][户侧间]?)?)?"
)
_BUILDING_WORD = r"(?:号楼|#楼|楼栋|号栋|栋楼|栋|幢|座|号座|楼|号|#|-(?=\d{1,2}单元))"
_ENTRANCE_WORD = r"(?:号?单元|门栋|号门|门|梯|#|-)"
_MARKED = re.compile(rf"{_B}{_BUILDING_WORD}-?(?:{_E}{_ENTRANCE_WORD}-?)?{_F}{_D}$")
_NAMED = re.compile(rf"(?P<b>[㐀-鿿]{{1,8}}?(?:楼|公寓|宿舍|大厦|馆|斋))-?(?:{_E}{_ENTRANCE_WORD}-?)?{_F}{_D}$")
_VILLA = re.compile(r"(?P<b>[甲乙丙丁]?\d{1,4}号?(?:院|别墅)|(?:别墅|院)\d{1,4}号?)$")
_INSIDE = re.compile(rf"(?:{_E}{_ENTRANCE_WORD}-?)?{_F}{_D}$")
_PART = rf"[{_STEMS}]?[A-Z]?\d{{1,5}}[A-Z]?|[A-Z]"
_DASHED = re.compile(rf"(?P<all>(?:{_PART})(?:-(?:{_PART})){{1,3}})(?:室|号|户|房)?(?P<t>[东西南北中]户?)?$")
_ENGLISH = (
    ("building", re.compile(r"\b(?:BUILDING|BLDG|BLOCK|TOWER|HOUSE)[ .#]*(?:NO[ .]*)?([A-Z]?\d+[A-Z]?|[A-Z])\b")),
    ("entrance", re.compile(r"\b(?:ENTRANCE|UNIT|STAIRCASE|STAIR|GATE)[ .#]*(?:NO[ .]*)?(\d{1,2}|[A-Z])\b")),
    ("dwelling", re.compile(r"\b(?:ROOM|RM|APARTMENT|APT|FLAT|DWELLING|DOOR)[ .#]*(?:NO[ .]*)?([A-Z]?\d+[A-Z]?)\b")),
)
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】")
_DASHES = re.compile(r"[-‐‑‒–—―−﹣~～_/\\ー]+|(?<=[\d楼栋幢座元门层])[.,、·;](?=[\dA-Z])|之|(?<=[0-9A-Z]) (?=[0-9A-Z])")
# 一 typed for a dash, as in 18一1一302; 壹 to 拾 only where a building word follows (陆 is a surname too).
_LIKE_A_DASH = re.compile(r"(?<=\d)[一丨|](?=\d)")
_FORMAL_NUMERAL = re.compile("[壹贰叁肆伍陆柒捌玖拾]+(?=号|单元|栋|幢|座|楼|门|层|室)")
_FORMAL_DIGITS = str.maketrans("壹贰叁肆伍陆柒捌玖拾", "一二三四五六七八九十")
_PHONE_BEHIND = re.compile(r"[\s,;(]*(?:联系)?(?:电话|手机)?号?[:\s]*1[3-9]\d{9}\)?\s*$")
_ORDINAL = re.compile(r"第(?=[A-Z]?\d|[A-Z])")
_BUILDING_CELL = re.compile(rf"(?:第)?{_B}{_BUILDING_WORD}?$")
_ENTRANCE_CELL = re.compile(rf"(?:第)?{_E}{_ENTRANCE_WORD}?$")
_CONTEXT = re.compile(
    rf"(?<![\dA-Z])(?P<b>[{_STEMS}]?\d{{1,3}}[A-Z]?|[A-Z])(?:号楼|#楼|栋|幢|座|#)(?:(?P<e>\d{{1,2}})(?:单元|门))?"
)
_SHEET_NUMBER = re.compile(rf"[{_STEMS}]?\d{{1,3}}号?|[A-H]号?")
_CONTEXT_ENTRANCE = re.compile(r"(?<!\d)(?P<e>\d{1,2})(?:单元|门)")


def _prepared(text: str) -> str:
    text = _LIKE_A_DASH.sub("-", _PHONE_BEHIND.sub("", simplified(text)))
    text = _FORMAL_NUMERAL.sub(lambda found: found[0].translate(_FORMAL_DIGITS), text)
    text = _ORDINAL.sub("", with_arabic_digits(text).upper())
    text = _BRACKETS.sub("", text)
    text = _DASHES.sub("-", text.strip())
    return text.replace(" ", "").strip("-。.,，、;；:：")


@lru_cache(maxsize=32_768)
def parse_address(text: str) -> Place:
    """This function will take one address apart; what it cannot understand stays in ``text``."""
    if is_blank_word(text):
        return Place()
    if re.search("[A-Za-z]{2}", text) and (english := _parse_english(text)):
        return english
    ready = _prepared(text)
    if not ready:
        return Place()
    dashed = _DASHED.fullmatch(ready)
    if dashed:
        return _from_dashed(dashed)
    if villa := _VILLA.search(ready):
        return Place(building=_building(villa["b"]))
    for pattern in (_MARKED, _DASHED, _NAMED):
        match = pattern.search(ready)
        if match is None:
            continue
        return _from_dashed(match) if pattern is _DASHED else _from_match(match)
    inside = parse_inside(text)
    return inside if inside else Place(text=text)


@lru_cache(maxsize=32_768)
def parse_inside(text: str) -> Place:
    """This function will read what stands in a room column: ``302``, ``1单元302``, ``1-302``.

    Gives entrance, floor and dwelling only; an empty place if it is none of these.
    """
    if is_blank_word(text):
        return Place()
    ready = _prepared(text)
    match = _INSIDE.fullmatch(ready)
    if match is None or not ready:
        return Place()
    return _from_match(match)


def parse_room_cell(text: str, *, has_building: bool) -> Place:
    """This function will read a room column, which may hold a room or a whole address.

    Where the building has its own column ``3-502`` means entrance 3; else building 3.
    """
    if has_building:
        inside = parse_inside(text)
        if inside:
            return inside
    elif re.fullmatch(r"[A-Za-z]?\d{1,5}[A-Za-z]?(?:室|号|户|房)?", text):
        return parse_inside(text)
    return parse_address(text)


@lru_cache(maxsize=8_192)
def parse_building_cell(text: str) -> Place:
    """This function will read a building column; a building without a number keeps its name."""
    if is_blank_word(text):
        return Place()
    ready = _prepared(text)
    if match := _BUILDING_CELL.fullmatch(ready):
        return Place(building=_building(match["b"]))
    whole = parse_address(text)
    if whole.building:
        return whole
    return Place(building=ready[:20]) if ready else Place()


@lru_cache(maxsize=8_192)
def parse_entrance_cell(text: str) -> str:
    """This function will read an entrance column, ``1单元`` or ``一`` or ``1``; empty if it is none."""
    if is_blank_word(text):
        return ""
    match = _ENTRANCE_CELL.fullmatch(_prepared(text))
    return _bare(match["e"]) if match else ""


@lru_cache(maxsize=4_096)
def parse_context(text: str) -> Place:
    """This function will find a building and an entrance in a title or a sheet's name."""
    ready = with_arabic_digits(simplified(text)).upper().replace(" ", "")
    if match := _CONTEXT.search(ready):
        return Place(building=_building(match["b"]), entrance=_bare(match["e"] or ""))
    if match := _CONTEXT_ENTRANCE.search(ready):
        return Place(entrance=_bare(match["e"]))
    return Place()


def parse_sheet_name(text: str) -> Place:
    """This function will find a building in a sheet's name, where a bare number is one too."""
    ready = with_arabic_digits(simplified(text)).upper().replace(" ", "")
    if _SHEET_NUMBER.fullmatch(ready):
        return Place(building=_building(ready.removesuffix("号")))
    return parse_context(text)


def joined(base: Place, other: Place) -> tuple[Place, bool]:
    """This function will fill the gaps of ``base`` from ``other`` and say if they contradict."""
    contradicts = any(
        mine and theirs and mine != theirs
        for mine, theirs in (
            (base.building, other.building),
            (base.entrance, other.entrance),
            (base.dwelling, other.dwelling),
        )
    )
    filled = Place(
        building=base.building or other.building,
        entrance=base.entrance or other.entrance,
        floor=base.floor if base.floor is not None else other.floor,
        dwelling=base.dwelling or other.dwelling,
        household=base.household or other.household,
        text=base.text or other.text,
    )
    if filled.building or filled.dwelling:
        filled = replace(filled, text="")
    return filled, contradicts


def floor_of(dwelling: str) -> int | None:
    """This function will derive the floor from a dwelling's number: 302 → 3, 1203 → 12."""
    match = re.match(r"[A-Z]{0,2}(\d{3,5})", dwelling)
    if match is None or dwelling.startswith("B"):
        return None
    floor = int(match[1][:-2])
    return floor if 1 <= floor <= 130 else None


def _parse_english(text: str) -> Place:
    upper = text.upper()
    found = {part: match[1] for part, pattern in _ENGLISH if (match := pattern.search(upper))}
    if "building" not in found and "dwelling" not in found:
        return Place()
    dwelling = _bare(found.get("dwelling", ""))
    return Place(
        building=_building(found.get("building", "")),
        entrance=_bare(found.get("entrance", "")),
        floor=floor_of(dwelling),
        dwelling=dwelling,
    )


def _from_match(match: re.Match[str]) -> Place:
    groups = match.groupdict()
    dwelling = _bare(groups["d"] or "") + (groups["t"] or "").rstrip("户侧间")
    floor = int(groups["f"]) if groups["f"] else floor_of(dwelling)
    building = _building(groups.get("b") or "")
    return Place(building, _bare(groups["e"] or ""), floor, dwelling)


def _from_dashed(match: re.Match[str]) -> Place:
    parts = match["all"].split("-")
    tail = (match["t"] or "").rstrip("户")
    building, entrance, floor = _building(parts[0]), "", None
    if len(parts) == 4 and len(parts[2]) <= 2:
        entrance, floor, dwelling = parts[1], parts[2], parts[3]
    elif len(parts) == 4:
        entrance, dwelling = parts[1], f"{parts[2]}-{parts[3]}"
    elif len(parts) == 3:
        entrance, dwelling = parts[1], parts[2]
    else:
        dwelling = parts[1]
    dwelling = _bare(dwelling) + tail
    number = int(floor) if floor and floor.isdigit() else floor_of(dwelling)
    return Place(building, _bare(entrance), number, dwelling)


def _bare(text: str) -> str:
    return text.lstrip("0") or text[-1:]


def _building(text: str) -> str:
    return re.sub(r"(?<!\d)0+(?=\d)", "", text)
