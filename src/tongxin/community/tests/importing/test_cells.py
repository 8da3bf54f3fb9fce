"""Single cells: text, dates, phones, identity numbers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxin.community.importing import cells
from tongxin.community.importing.dates import DateTrouble, day_order, read_day
from tongxin.community.importing.identity import check_character, read_identity
from tongxin.community.importing.phones import read_phones
from tongxin.community.tests.importing.messy_ledger import national_id

TODAY = date(2022, 11, 3)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("  林远 ", "林远"),
        ("１８－１－３０２", "18-1-302"),
        ("\u200b林\u00a0远\ufeff", "林 远"),
        ("林\x00远\x07", "林远"),
        ("a \t\n b", "a b"),
        ("'13912345678", "13912345678"),
        ('="13912345678"', "13912345678"),
        ("=1+1", "=1+1"),
        ("=cmd|'/c calc'!A0", "=cmd|'/c calc'!A0"),
        (13912345678.0, "13912345678"),
        (18, "18"),
        (2.5, "2.5"),
        (1.1010119580312e17, "110101195803120000"),
        (True, "是"),
        (datetime(2022, 11, 3, 9), "2022-11-03"),
        (date(2022, 11, 3), "2022-11-03"),
        ("\u202eevil", "evil"),
    ],
)
def test_as_text(value: Any, text: str) -> None:
    assert cells.as_text(value) == text


@given(st.text(max_size=60))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = cells.clean(text)
    assert cells.clean(once) == once or once.startswith(("=", "'", "`", "‘"))


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("林 远", "林远"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("John  Smith", "John  Smith"),
        ("古丽.买买提", "古丽·买买提"),
    ],
)
def test_person_name(name: str, clean: str) -> None:
    assert cells.person_name(name) == clean


def test_name_key_joins_scripts() -> None:
    assert cells.name_key("陸 遠") == cells.name_key("陆远")
    assert cells.name_key("O'Neil-Lee") == "oneillee"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("十八", 18),
        ("十", 10),
        ("二十", 20),
        ("一百零二", 102),
        ("三〇二", 302),
        ("一", 1),
        ("两", 2),
        ("", None),
        ("楼", None),
    ],
)
def test_chinese_number(text: str, number: int | None) -> None:
    assert cells.chinese_number(text) == number


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("82", 82),
        ("82岁", 82),
        ("约80", 80),
        ("8个月", 0),
        ("14个月", 1),
        ("7.0", 7),
        ("0", 0),
        ("126", None),
        ("-3", None),
        ("老", None),
    ],
)
def test_age(text: str, age: int | None) -> None:
    assert cells.age_years(text) == age


@pytest.mark.parametrize(
    ("text", "answer"), [("是", True), ("√", True), ("Y", True), ("否", False), ("0", False), ("也许", None)]
)
def test_yes_or_no(text: str, answer: bool | None) -> None:
    assert cells.yes_or_no(text) is answer


@pytest.mark.parametrize(
    ("text", "code"), [("男", "MALE"), ("女性", "FEMALE"), ("F", "FEMALE"), ("male", "MALE"), ("1", "MALE"), ("x", "")]
)
def test_sex(text: str, code: str) -> None:
    assert cells.sex_code(text) == code


def test_lists() -> None:
    assert cells.split_list("采样、驾驶，方言/采样;无") == ("采样", "驾驶", "方言")


D = date(2022, 11, 3)


@pytest.mark.parametrize(
    ("value", "day", "trouble"),
    [
        ("2022.11.3", D, ""),
        ("2022年11月3日", D, ""),
        ("2022-11-03", D, ""),
        ("2022/11/3", D, ""),
        ("20221103", D, ""),
        (20221103, D, ""),
        ("2022-11-03 08:00:00", D, ""),
        ("二〇二二年十一月三日", D, ""),
        ("２０２２．１１．３", D, ""),
        (44868, D, ""),
        (44868.0, D, ""),
        ("44868", D, ""),
        (datetime(2022, 11, 3, 5), D, ""),
        (D, D, ""),
        ("3 Nov 2022", D, ""),
        ("Nov 3, 2022", D, ""),
        ("25/3/2022", date(2022, 3, 25), ""),
        ("3/25/2022", date(2022, 3, 25), ""),
        ("5/5/2022", date(2022, 5, 5), ""),
        ("11/3/2022", D, DateTrouble.AMBIGUOUS),
        ("58-3-12", date(1958, 3, 12), DateTrouble.SHORT_YEAR),
        ("22.3.12", date(2022, 3, 12), DateTrouble.SHORT_YEAR),
        ("1958", None, DateTrouble.INCOMPLETE),
        (1958, None, DateTrouble.INCOMPLETE),
        ("1958年3月", None, DateTrouble.INCOMPLETE),
        (195803, None, DateTrouble.INCOMPLETE),
        ("2022-02-30", None, DateTrouble.INVALID),
        ("2022-13-01", None, DateTrouble.INVALID),
        ("31/31/2022", None, DateTrouble.INVALID),
        ("昨天", None, DateTrouble.INVALID),
        (-5, None, DateTrouble.INVALID),
        (1e12, None, DateTrouble.INVALID),
        (True, None, DateTrouble.INVALID),
        (float("nan"), None, DateTrouble.INVALID),
        (float("inf"), None, DateTrouble.INVALID),
        ("1861-10-30", date(1861, 10, 30), ""),
    ],
)
def test_read_day(value: Any, day: date | None, trouble: str) -> None:
    read = read_day(value, today=TODAY)
    assert (read.day, read.trouble) == (day, trouble)


def test_neighbors_settle_the_order_of_day_and_month() -> None:
    assert day_order(["11/3/2022", "25/3/2022"]) is True
    assert day_order(["11/3/2022", "3/25/2022"]) is False
    assert day_order(["25/3/2022", "3/25/2022"]) is None
    assert day_order(["11/3/2022", None, 5]) is None
    assert read_day("11/3/2022", today=TODAY, is_day_first=True).day == date(2022, 3, 11)
    assert read_day("11/3/2022", today=TODAY, is_day_first=False).trouble == ""


@given(st.one_of(st.text(max_size=30), st.floats(), st.integers()))
def test_no_date_cell_raises(value: Any) -> None:
    assert read_day(value, today=TODAY).trouble in set(DateTrouble)


@pytest.mark.parametrize(
    ("value", "numbers", "trouble"),
    [
        ("13912345678", ("+8613912345678",), ""),
        (13912345678, ("+8613912345678",), ""),
        (13912345678.0, ("+8613912345678",), ""),
        ("1.3912345678E+10", ("+8613912345678",), ""),
        ("1.39E+10", (), "phone_digits_lost"),
        ("139-1234-5678", ("+8613912345678",), ""),
        ("139 1234 5678", ("+8613912345678",), ""),
        ("+8613912345678", ("+8613912345678",), ""),
        ("0086 139 1234 5678", ("+8613912345678",), ""),
        ("8613912345678", ("+8613912345678",), ""),
        ("(+86)13912345678", ("+8613912345678",), ""),
        ("手机:13912345678", ("+8613912345678",), ""),
        ("13912345678(儿子)", ("+8613912345678",), ""),
        ("13912345678、13812345678", ("+8613912345678", "+8613812345678"), ""),
        ("13912345678 13812345678", ("+8613912345678", "+8613812345678"), ""),
        ("13912345678/139", ("+8613912345678",), "phone_wrong"),
        ("010-62881234", ("+861062881234",), ""),
        ("021 6288 1234转802", ("+862162881234;ext=802",), ""),
        ("62881234", ("62881234",), "phone_local"),
        ("+852 9123 4567", ("+85291234567",), ""),
        ("+1 650-253-0000", ("+16502530000",), ""),
        ("1391234567", (), "phone_wrong"),
        ("139123456789", (), "phone_wrong"),
        ("12912345678", (), "phone_wrong"),
        ("没有手机", (), "phone_wrong"),
        ("=1+1", (), "phone_wrong"),
        ("无", (), ""),
        ("/", (), ""),
        (None, (), ""),
    ],
)
def test_phones(value: Any, numbers: tuple[str, ...], trouble: str) -> None:
    read = read_phones(value)
    assert (read.numbers, read.trouble) == (numbers, trouble)


BORN = date(1949, 12, 31)
STANDARD = "11010519491231002X"


@pytest.mark.parametrize(
    ("value", "number", "kind", "trouble"),
    [
        (STANDARD, STANDARD, "NATIONAL", ""),
        (STANDARD.lower(), STANDARD, "NATIONAL", ""),
        ("110105 19491231 002X", STANDARD, "NATIONAL", ""),
        ("110105-19491231-002×", STANDARD, "NATIONAL", ""),
        ("１１０１０５１９４９１２３１００２Ｘ", STANDARD, "NATIONAL", ""),
        ("'11010519491231002X", STANDARD, "NATIONAL", ""),
        ("身份证号：11010519491231002X", STANDARD, "NATIONAL", ""),
        ("110105491231002", STANDARD, "NATIONAL", "id_converted"),
        (110105491231002, STANDARD, "NATIONAL", "id_converted"),
        ("110105194912310021", "", "", "id_checksum"),
        ("11010519491231002", "", "", "id_length"),
        ("11010519491331002X", "", "", "id_birth_date"),
        ("11010520291231002X", "", "", "id_birth_date"),
        ("99010519491231002X", "", "", "id_region"),
        (1.1010519491231e17, "", "", "id_digits_lost"),
        ("1.10105E+17", "", "", "id_digits_lost"),
        ("E12345678", "E12345678", "PASSPORT", "id_other_paper"),
        ("H1234567890", "H1234567890", "HK_MACAO_PERMIT", "id_other_paper"),
        ("没带", "", "", "id_wrong"),
        ("1101**********002X", "", "", "id_wrong"),
        ("=1+1", "", "", "id_wrong"),
        ("无", "", "", ""),
        (None, "", "", ""),
    ],
)
def test_identity(value: Any, number: str, kind: str, trouble: str) -> None:
    read = read_identity(value, today=TODAY)
    assert (read.number, read.kind, read.trouble) == (number, kind, trouble)
    if kind == "NATIONAL":
        assert (read.birth_date, read.sex) == (BORN, "FEMALE")


def test_told_papers() -> None:
    assert read_identity("E12345678", kind_text="护照", today=TODAY).trouble == ""
    assert read_identity("AB-99/1", kind_text="其他证件", today=TODAY).trouble == "id_wrong"
    assert read_identity("123456789", kind_text="護照", today=TODAY).kind == "OTHER"
    # A national number stays one even where the column says otherwise.
    assert read_identity(STANDARD, kind_text="护照", today=TODAY).kind == "NATIONAL"


@given(st.dates(date(1900, 1, 1), date(2022, 1, 1)), st.integers(1, 999), st.integers(0, 16))
def test_every_single_wrong_digit_is_found(born: date, sequence: int, at: int) -> None:
    number = national_id(born, sequence)
    assert read_identity(number, today=TODAY).number == number
    wrong = number[:at] + str((int(number[at]) + 1) % 10) + number[at + 1 :]
    assert read_identity(wrong, today=TODAY).number == ""


def test_check_character_of_the_standard() -> None:
    assert check_character(STANDARD[:17]) == "X"


@given(st.one_of(st.text(max_size=40), st.floats(), st.integers(), st.booleans(), st.dates()))
def test_no_phone_or_identity_cell_raises(value: Any) -> None:
    assert all(number for number in read_phones(value).numbers)
    read = read_identity(value, today=TODAY)
    assert bool(read.number) or not read.kind
