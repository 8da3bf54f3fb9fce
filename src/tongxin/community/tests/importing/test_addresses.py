"""Addresses as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxin.community.importing import addresses
from tongxin.community.importing.cells import clean
from tongxin.community.importing.shapes import Place


@pytest.mark.parametrize(
    ("text", "door"),
    [
        ("18-1-302", "18-1-302"),
        ("１８－１－３０２", "18-1-302"),
        ("18—1—302", "18-1-302"),
        ("18/1/302", "18-1-302"),
        ("18 1 302", "18-1-302"),
        ("18 - 1 - 302", "18-1-302"),
        ("08-01-0302", "18-1-302".replace("18", "8")),
        ("18号楼1单元302", "18-1-302"),
        ("18号楼1单元302室", "18-1-302"),
        ("18号楼 1单元 302室", "18-1-302"),
        ("18号楼-1单元-302室", "18-1-302"),
        ("18#1-302室", "18-1-302"),
        ("18#楼1单元302", "18-1-302"),
        ("18栋1单元302", "18-1-302"),
        ("18幢1单元3层302", "18-1-302"),
        ("18号1单元302", "18-1-302"),
        ("18-1单元-302", "18-1-302"),
        ("18號樓1單元302室", "18-1-302"),
        ("十八号楼一单元302", "18-1-302"),
        ("十八号楼一单元三〇二", "18-1-302"),
        ("一百零二号楼3单元1502", "102-3-1502"),
        ("3号楼2门501", "3-2-501"),
        ("18栋302", "18-302"),
        ("18-302", "18-302"),
        ("A座1203", "A-1203"),
        ("A-1203", "A-1203"),
        ("B座2单元1101", "B-2-1101"),
        ("甲1号楼2单元501", "甲1-2-501"),
        ("甲1号楼2-501", "甲1-2-501"),
        ("东楼3单元502", "东-3-502"),
        ("专家公寓302", "专家公寓-302"),
        ("5号院", "5号院"),
        ("別墅12號", "别墅12号"),
        ("18-1-3-302", "18-1-302"),
        ("18-1-302-2", "18-1-302-2"),
        ("18号楼1单元302东户", "18-1-302东"),
        ("18号楼1单元302室（东侧）", "18-1-302"),
        ("某路5号院18号楼1单元302室", "18-1-302"),
        ("某小区18-1-302", "18-1-302"),
        ("某大街12号18号楼1单元302", "18-1-302"),
        ("Building 18, Unit 1, Room 302", "18-1-302"),
        ("Bldg A Apt 12", "A-12"),
        ("18号楼", "18"),
        ("无", ""),
        ("", ""),
    ],
)
def test_door(text: str, door: str) -> None:
    assert addresses.parse_address(clean(text)).door == door


@pytest.mark.parametrize("text", ["外地", "北京市某区", "2号楼地下室", "=1+1", "<b>x</b>", "'; DROP TABLE"])
def test_what_is_not_understood_keeps_its_words(text: str) -> None:
    assert addresses.parse_address(text) == Place(text=text)


@pytest.mark.parametrize(
    ("text", "has_building", "door"),
    [
        ("302", True, "302"),
        ("302室", True, "302"),
        ("3-502", True, "3-502"),
        ("3-502", False, "3-502"),
        ("1单元302", True, "1-302"),
        ("18-1-302", False, "18-1-302"),
        ("302", False, "302"),
    ],
)
def test_room_cell(text: str, has_building: bool, door: str) -> None:
    place = addresses.parse_room_cell(text, has_building=has_building)
    assert place.door == door
    assert bool(place.building) == (not has_building and "-" in text)


@pytest.mark.parametrize(
    ("text", "building"),
    [
        ("18号楼", "18"),
        ("18", "18"),
        ("018", "18"),
        ("18#", "18"),
        ("十八栋", "18"),
        ("A座", "A"),
        ("甲1号楼", "甲1"),
        ("专家公寓", "专家公寓"),
        ("5号院", "5号院"),
        ("无", ""),
    ],
)
def test_building_cell(text: str, building: str) -> None:
    assert addresses.parse_building_cell(text).building == building


@pytest.mark.parametrize(
    ("text", "entrance"), [("1单元", "1"), ("一", "1"), ("02", "2"), ("3门", "3"), ("东", "东"), ("x1y", "")]
)
def test_entrance_cell(text: str, entrance: str) -> None:
    assert addresses.parse_entrance_cell(text) == entrance


@pytest.mark.parametrize(
    ("text", "building", "entrance"),
    [
        ("18号楼住户登记表", "18", ""),
        ("十八号楼2单元", "18", "2"),
        ("2单元", "", "2"),
        ("1号网格18号楼", "18", ""),
        ("Sheet1", "", ""),
        ("2022年11月3日", "", ""),
        ("People", "", ""),
    ],
)
def test_context(text: str, building: str, entrance: str) -> None:
    place = addresses.parse_context(text)
    assert (place.building, place.entrance) == (building, entrance)


@pytest.mark.parametrize(
    ("dwelling", "floor"), [("302", 3), ("1203", 12), ("12", None), ("B101", None), ("9901", 99), ("", None)]
)
def test_floor(dwelling: str, floor: int | None) -> None:
    assert addresses.floor_of(dwelling) == floor


def test_joining_fills_gaps_and_sees_contradictions() -> None:
    base, other = Place(building="18"), Place(building="18", entrance="1", dwelling="302", floor=3)
    assert addresses.joined(base, other) == (other, False)
    assert addresses.joined(Place(building="17"), other)[1] is True


@given(st.integers(1, 200), st.integers(1, 9), st.integers(1, 40), st.integers(1, 9))
def test_all_ways_to_write_one_door_agree(building: int, entrance: int, floor: int, room: int) -> None:
    dwelling = f"{floor}{room:02d}"
    door = f"{building}-{entrance}-{dwelling}"
    for text in (
        door,
        f"{building}号楼{entrance}单元{dwelling}",
        f"{building}#{entrance}-{dwelling}室",
        f"{building}栋{entrance}单元{floor}层{dwelling}号",
    ):
        place = addresses.parse_address(text)
        assert (place.door, place.floor) == (door, floor)


@given(st.text(max_size=50))
def test_no_address_raises(text: str) -> None:
    assert isinstance(addresses.parse_address(clean(text)), Place)
