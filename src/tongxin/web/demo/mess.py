"""How real ledgers write things: each value in one of the forms that people really type."""

import random
from datetime import date, datetime

from tongxin.web.demo.compound import Door
from tongxin.web.demo.names import TRADITIONAL

CellValue = str | int | float | datetime

_WIDE = str.maketrans("0123456789-X", "０１２３４５６７８９－Ｘ")


def phone_cell(rng: random.Random, phone: str) -> CellValue:
    """This function will write a right phone number: text, a number, spaced, dashed, +86 or full-width."""
    if not phone:
        return ""
    form = rng.choices(("text", "float", "spaced", "dashed", "prefixed", "wide"), weights=(60, 25, 5, 4, 3, 3))[0]
    if form == "float":
        return float(phone)
    if form == "spaced":
        return f"{phone[:3]} {phone[3:7]} {phone[7:]}"
    if form == "dashed":
        return f"{phone[:3]}-{phone[3:7]}-{phone[7:]}"
    if form == "prefixed":
        return f"+86{phone}"
    return phone.translate(_WIDE) if form == "wide" else phone


def identity_cell(rng: random.Random, number: str) -> str:
    """This function will write a right identity number: plain, spaced, full-width or with a small x."""
    form = rng.choices(("plain", "spaced", "wide", "small"), weights=(90, 4, 2, 4))[0]
    if form == "spaced":
        return f"{number[:6]} {number[6:14]} {number[14:]}"
    if form == "wide":
        return number.translate(_WIDE)
    return number.lower() if form == "small" else number


def wrong_identity(rng: random.Random, number: str) -> str:
    """This function will spoil an identity number: another check character, or a digit lost."""
    if rng.random() < 0.5:
        return number[:-1] + rng.choice([letter for letter in "0123456789" if letter != number[-1]])
    place = rng.randrange(6, 17)
    return number[:place] + number[place + 1 :]


def wrong_phone(rng: random.Random, phone: str) -> str:
    """This function will spoil a phone number: a digit lost or doubled."""
    place = rng.randrange(3, 11)
    return phone[:place] + phone[place + 1 :] if rng.random() < 0.5 else phone[:place] + phone[place] + phone[place:]


def date_cell(rng: random.Random, day: date) -> CellValue:
    """This function will write a day as a real date, as 1957.3.8 or as 1957年3月8日."""
    form = rng.choices(("date", "dots", "words"), weights=(50, 30, 20))[0]
    if form == "date":
        return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a spreadsheet's day has no time zone
    return f"{day.year}.{day.month}.{day.day}" if form == "dots" else f"{day.year}年{day.month}月{day.day}日"


def address_cell(rng: random.Random, door: Door) -> str:
    """This function will write a door as 18-1-302 or 18号楼1单元302, now and then full-width."""
    form = rng.choices(("short", "long", "room", "wide"), weights=(45, 40, 10, 5))[0]
    if form == "long":
        return f"{door.building}号楼{door.entrance}单元{door.room}"
    if form == "room":
        return f"{door.building}号楼{door.entrance}单元{door.room}室"
    return door.short.translate(_WIDE) if form == "wide" else door.short


def name_cell(rng: random.Random, name: str) -> tuple[str, bool]:
    """This function will write a name, now and then spaced or in traditional characters (then the flag is True)."""
    draw = rng.random()
    if draw < 0.012:
        old = "".join(TRADITIONAL.get(letter, letter) for letter in name)
        return old, old != name
    if draw < 0.03 and len(name) == 2:
        return f"{name[0]}　{name[1]}", False
    return name, False
