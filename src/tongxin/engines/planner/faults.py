"""What is wrong with a file: codes with numbers. The caller has the sentences of its languages; these are English."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

import msgspec

Decoded = TypeVar("Decoded")
MOST_MB = 256
# Numbers of files are held to this, so that no sum of them leaves 64 bits.
MOST = 10_000_000


class Fault(StrEnum):
    """Why a file cannot be read, or how it contradicts itself."""

    NOT_TEXT = "NOT_TEXT"
    EMPTY = "EMPTY"
    TOO_BIG = "TOO_BIG"
    TOO_DEEP = "TOO_DEEP"
    NO_FORMAT = "NO_FORMAT"
    NOT_JSON = "NOT_JSON"
    CUT_OFF = "CUT_OFF"
    MISSING = "MISSING"
    UNKNOWN_FIELD = "UNKNOWN_FIELD"
    EXPECTED = "EXPECTED"
    WRONG_KIND = "WRONG_KIND"
    NOT_ALLOWED = "NOT_ALLOWED"
    NOT_A_NUMBER = "NOT_A_NUMBER"
    NOT_WHOLE = "NOT_WHOLE"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    COLUMNS = "COLUMNS"
    NO_ROUTE = "NO_ROUTE"
    TOO_LOW = "TOO_LOW"
    TOO_HIGH = "TOO_HIGH"
    TWICE = "TWICE"
    UNKNOWN_ID = "UNKNOWN_ID"
    BACKWARDS = "BACKWARDS"
    NOT_SQUARE = "NOT_SQUARE"
    NOT_ENOUGH = "NOT_ENOUGH"
    ONE_OR_TWO = "ONE_OR_TWO"
    LAGS = "LAGS"
    SYNC_KIND = "SYNC_KIND"
    TOO_HEAVY = "TOO_HEAVY"
    FLEET_TOO_SMALL = "FLEET_TOO_SMALL"
    TOO_FAR = "TOO_FAR"
    ONE_DEPOT = "ONE_DEPOT"
    NOT_SUPPORTED = "NOT_SUPPORTED"


FAULTS: Mapping[Fault, str] = {
    Fault.NOT_TEXT: "is not text in UTF-8",
    Fault.EMPTY: "is empty",
    Fault.TOO_BIG: "is larger than %(most)s MB",
    Fault.TOO_DEEP: "is nested too deeply",
    Fault.NO_FORMAT: "is in none of the formats hhcrsp, tongxin and vrptw",
    Fault.NOT_JSON: "is not JSON (byte %(byte)s)",
    Fault.CUT_OFF: "ends in the middle of its JSON",
    Fault.MISSING: "is missing",
    Fault.UNKNOWN_FIELD: "is not a field of this format",
    Fault.EXPECTED: "is of the wrong kind: %(expected)s is asked for, %(got)s was found",
    Fault.WRONG_KIND: "is of the wrong kind",
    Fault.NOT_ALLOWED: "may not be %(value)s",
    Fault.NOT_A_NUMBER: "is not a number: %(got)s",
    Fault.NOT_WHOLE: "is not a whole number: %(got)s",
    Fault.OUT_OF_RANGE: "is a number out of range",
    Fault.COLUMNS: "must have %(columns)s columns, not %(got)s",
    Fault.NO_ROUTE: "must look like Route #1: 3 7 2, not like %(got)s",
    Fault.TOO_LOW: "must be at least %(low)s",
    Fault.TOO_HIGH: "must be at most %(high)s",
    Fault.TWICE: "appears twice",
    Fault.UNKNOWN_ID: "names %(name)s, which is not known",
    Fault.BACKWARDS: "ends before it starts",
    Fault.NOT_SQUARE: "must have %(size)s rows of %(size)s numbers",
    Fault.NOT_ENOUGH: "there are not enough caregivers with the abilities",
    Fault.ONE_OR_TWO: "must name one or two caregivers",
    Fault.LAGS: "must be two numbers in order",
    Fault.SYNC_KIND: "%(name)s is not a kind of synchronization",
    Fault.TOO_HEAVY: "asks for %(demand)s, and a vehicle carries %(capacity)s",
    Fault.FLEET_TOO_SMALL: "all demands are %(demand)s together, and all vehicles carry %(capacity)s",
    Fault.TOO_FAR: "cannot be served in its window by a vehicle that is back in time",
    Fault.ONE_DEPOT: "there must be exactly one depot",
    Fault.NOT_SUPPORTED: "%(name)s is not supported",
}


class FormatError(ValueError):
    """A file cannot be read or contradicts itself: ``field`` says where, ``fault`` what, ``detail`` with what numbers."""

    def __init__(self, field: str, fault: Fault, **detail: object) -> None:
        super().__init__(f"{field}: {FAULTS[fault] % detail}")
        self.field = field
        self.fault = fault
        self.detail = detail

    def __reduce__(self) -> tuple[Callable[..., "FormatError"], tuple[object, ...]]:
        """Return how to make it again in another process."""
        return _again, (type(self), self.field, self.fault, self.detail)


def _again(kind: type[FormatError], field: str, fault: Fault, detail: Mapping[str, object]) -> FormatError:
    return kind(field, fault, **detail)


class RouteRule(StrEnum):
    """A rule that routes of a public benchmark can break."""

    UNKNOWN_CAREGIVER = "UNKNOWN_CAREGIVER"
    UNKNOWN_PATIENT = "UNKNOWN_PATIENT"
    ABILITY = "ABILITY"
    TOO_SOON = "TOO_SOON"
    SERVICES = "SERVICES"
    BEFORE_WINDOW = "BEFORE_WINDOW"
    DURATION = "DURATION"
    LAG = "LAG"
    SAME_CAREGIVER = "SAME_CAREGIVER"
    UNKNOWN_CUSTOMER = "UNKNOWN_CUSTOMER"
    NOT_ONCE = "NOT_ONCE"
    CAPACITY = "CAPACITY"
    TOO_LATE = "TOO_LATE"
    BACK_LATE = "BACK_LATE"
    FLEET = "FLEET"
    COST = "COST"


ROUTE_RULES: Mapping[RouteRule, str] = {
    RouteRule.UNKNOWN_CAREGIVER: "%(caregiver)s is not a caregiver",
    RouteRule.UNKNOWN_PATIENT: "%(patient)s is not a patient",
    RouteRule.ABILITY: "%(caregiver)s cannot do %(service)s at %(patient)s",
    RouteRule.TOO_SOON: "%(caregiver)s cannot be at %(patient)s by %(time)s",
    RouteRule.SERVICES: "%(patient)s gets %(count)s of %(most)s services, or others than it needs",
    RouteRule.BEFORE_WINDOW: "%(patient)s is served before its window",
    RouteRule.DURATION: "%(patient)s: %(service)s does not take %(time)s minutes",
    RouteRule.LAG: "%(patient)s: the second start comes %(time)s after the first",
    RouteRule.SAME_CAREGIVER: "%(patient)s needs two different caregivers",
    RouteRule.UNKNOWN_CUSTOMER: "%(customer)s is not a customer",
    RouteRule.NOT_ONCE: "customer %(customer)s is visited %(count)s times, not once",
    RouteRule.CAPACITY: "route %(route)s carries %(count)s, more than %(most)s",
    RouteRule.TOO_LATE: "route %(route)s reaches customer %(customer)s at %(time)s, after its window",
    RouteRule.BACK_LATE: "route %(route)s is back at %(time)s, after the depot has closed",
    RouteRule.FLEET: "there are %(count)s routes for %(most)s vehicles",
    RouteRule.COST: "the answer says a cost of %(said)s; it is %(counted)s",
}


@dataclass(frozen=True)
class Broken:
    """One rule that routes break, with the ids and numbers that show it."""

    rule: RouteRule
    detail: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return it as an English sentence."""
        return ROUTE_RULES[self.rule] % self.detail


def text_of(data: bytes) -> str:
    """Return the text of a file.

    Raises
    ------
    FormatError
        It is empty, too large or not UTF-8.
    """
    if len(data) > MOST_MB << 20:
        raise FormatError("file", Fault.TOO_BIG, most=MOST_MB)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FormatError("file", Fault.NOT_TEXT) from None
    if not text.strip():
        raise FormatError("file", Fault.EMPTY)
    return text


_WHERE = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>.*)`)?$", re.DOTALL)
_NAMED = re.compile(r"Object (?P<how>missing required|contains unknown) field `(?P<name>[^`]*)`")
_EXPECTED = re.compile(r"Expected `(?P<expected>[^`]*)`, got `(?P<got>[^`]*)`$")
_VALUE = re.compile(r"Invalid (?:enum )?value (?P<value>.+)$", re.DOTALL)
_BYTE = re.compile(r"\(byte (\d+)\)$")
_LIMIT = re.compile(r"Expected `\w+` (?P<sign>[<>])=? (?P<number>[-+.e\d]+)$")


def decoded(text: str, kind: Callable[..., Decoded], error: type[FormatError] = FormatError) -> Decoded:
    """Return JSON as objects of a kind that msgspec knows; nothing is guessed or converted.

    Raises
    ------
    FormatError
        Of the class ``error``, naming the field.
    """
    if not text.strip():
        raise error("file", Fault.EMPTY)
    try:
        found: Decoded = msgspec.json.decode(text.encode(), type=kind)
    except msgspec.ValidationError as fault:
        raise _named(str(fault), error) from None
    except msgspec.DecodeError as fault:
        byte = _BYTE.search(str(fault))
        if byte is None:
            raise error("file", Fault.CUT_OFF) from None
        raise error("file", Fault.NOT_JSON, byte=int(byte[1])) from None
    except RecursionError:
        raise error("file", Fault.TOO_DEEP) from None
    return found


def _named(message: str, error: type[FormatError]) -> FormatError:
    """Return what msgspec says as field and fault."""
    found = _WHERE.match(message)
    what = found["what"] if found else message
    path = ((found["path"] if found else None) or "$").removeprefix("$").removeprefix(".")
    if named := _NAMED.match(what):
        fault = Fault.MISSING if named["how"].startswith("missing") else Fault.UNKNOWN_FIELD
        return error(f"{path}.{named['name']}".removeprefix("."), fault)
    field = path or "file"
    if limit := _LIMIT.match(what):
        if limit["sign"] == ">":
            return error(field, Fault.TOO_LOW, low=limit["number"])
        return error(field, Fault.TOO_HIGH, high=limit["number"])
    if kind := _EXPECTED.match(what):
        return error(field, Fault.EXPECTED, expected=kind["expected"], got=kind["got"])
    if value := _VALUE.match(what):
        return error(field, Fault.NOT_ALLOWED, value=value["value"][:40])
    return error(field, Fault.OUT_OF_RANGE if what == "Number out of range" else Fault.WRONG_KIND)
