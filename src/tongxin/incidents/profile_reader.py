"""Reads the tables of a profile file into the frozen values, and collects every mistake on the way.

The dataclasses are the schema: names, types and ranges are taken from them, so that a key exists in one place only.
A mistake that still leaves a value (an unknown key beside it, a missing source) does not stop the reading, so that
one pass over a file finds as much as it can.
"""

import dataclasses
import math
import types
import typing
from collections.abc import Collection, Mapping
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from rapidfuzz import process

from tongxin.incidents.profile_codes import Grade
from tongxin.incidents.profile_problems import ProblemCode, ProfileProblem
from tongxin.incidents.profile_types import Valued

SITE_FILE = "site.toml"
ORIGIN_KEYS = ("source", "grade", "to_verify")
_NAMES = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    date: "a date such as 2022-11-11",
    time: 'a time such as "08:00"',
}


class _Broken:
    """The mark of a value that could not be made; it spreads upward until the whole profile is refused."""


BROKEN: typing.Final = _Broken()


def guess(word: str, known: typing.Iterable[str]) -> str | None:
    """This function will return the known word that ``word`` was probably meant to be, or None."""
    found = process.extractOne(word, sorted(known), score_cutoff=65, processor=str.lower)
    return str(found[0]) if found else None


class Reader:
    """Reads one file; ``sources`` are the citations of that file, ``problems`` is shared by all files of a run."""

    def __init__(self, *, file: str, sources: Mapping[str, str], problems: list[ProfileProblem]) -> None:
        self.file = file
        self.sources = sources
        self.problems = problems

    def report(self, key: str, code: ProblemCode, **details: object) -> _Broken:
        """This function will note one mistake and return the mark of a broken value."""
        told = tuple((name, str(value)[:200]) for name, value in details.items())
        # values that were taken over from the site keep its key, and that is where they have to be mended
        file = SITE_FILE if key.startswith("site.") else self.file
        self.problems.append(ProfileProblem(file, key, code, told))
        return BROKEN

    def read(self, hint: Any, raw: object, key: str, limits: Mapping[str, Any] = types.MappingProxyType({})) -> Any:
        """This function will turn ``raw`` into the type ``hint`` says, or report why not and return BROKEN."""
        hint = _without_none(hint)
        origin = typing.get_origin(hint)
        if origin is Valued:
            return self._valued(typing.get_args(hint)[0], raw, key, limits)
        if origin is tuple:
            return self._rows(typing.get_args(hint)[0], raw, key, limits)
        if dataclasses.is_dataclass(hint):
            return self.record(typing.cast("type[Any]", hint), raw, key)
        if isinstance(hint, type) and issubclass(hint, StrEnum):
            return self._code(hint, raw, key)
        return self._scalar(hint, raw, key, limits)

    def record(
        self,
        kind: type[Any],
        raw: object,
        key: str,
        *,
        fallback: "Fallback | None" = None,
        given: Mapping[str, Any] = types.MappingProxyType({}),
    ) -> Any:
        """This function will read one table into ``kind``.

        Keys that the table lacks are taken from ``fallback``; ``given`` holds values that were read before.
        """
        if not isinstance(raw, dict):
            return self.report(key, ProblemCode.WRONG_TYPE, found=_shown(raw), expected="a table")
        hints = typing.get_type_hints(kind)
        fields = {field.name: field for field in dataclasses.fields(kind)}
        self.report_unknown(raw, fields, key)
        values = dict(given)
        for name in fields.keys() - given.keys():
            reader: Reader = self
            table: Mapping[str, object] = raw
            place = f"{key}.{name}"
            if name not in raw and fallback and name in fallback.table:
                reader, table, place = fallback.reader, fallback.table, f"{fallback.key}.{name}"
            if name in table:
                values[name] = reader.read(hints[name], table[name], place, fields[name].metadata)
            elif fields[name].default is dataclasses.MISSING:
                values[name] = self.report(
                    place, ProblemCode.MISSING_KEY, meaning=fields[name].metadata.get("doc", name)
                )
        if any(value is BROKEN for value in values.values()):
            return BROKEN
        return kind(**values)

    def report_unknown(self, raw: Mapping[str, object], known: Collection[str], key: str) -> None:
        """This function will report every key of ``raw`` that is not in ``known``, with the likely right one."""
        for name in raw:
            if name in known:
                continue
            meant = guess(name, set(known) - set(raw))
            if meant:
                self.report(f"{key}.{name}", ProblemCode.UNKNOWN_KEY_GUESS, guess=meant)
            else:
                self.report(f"{key}.{name}", ProblemCode.UNKNOWN_KEY, known=", ".join(sorted(known)) or "–")

    def _valued(self, inner: Any, raw: object, key: str, limits: Mapping[str, Any]) -> Any:
        if not isinstance(raw, dict):
            return self.report(key, ProblemCode.WRONG_TYPE, found=_shown(raw), expected="{ value, source, grade }")
        rest = {name: part for name, part in raw.items() if name not in ORIGIN_KEYS}
        if dataclasses.is_dataclass(inner):
            value = self.record(typing.cast("type[Any]", inner), rest, key)
        else:
            self.report_unknown(rest, ("value",), key)
            if "value" not in rest:
                return self.report(f"{key}.value", ProblemCode.MISSING_KEY, meaning="the value itself")
            value = self.read(inner, rest["value"], key, limits)
        source, grade, to_verify = self._source(raw, key), self._grade(raw, key), raw.get("to_verify", False)
        if not isinstance(to_verify, bool):
            self.report(f"{key}.to_verify", ProblemCode.WRONG_TYPE, found=_shown(to_verify), expected=_NAMES[bool])
        elif grade is Grade.U and not to_verify:
            self.report(key, ProblemCode.UNVERIFIED)
        if value is BROKEN or grade is BROKEN:
            return BROKEN
        return Valued(value=value, source=source, grade=grade, key=key, to_verify=to_verify is True)

    def _source(self, raw: Mapping[str, object], key: str) -> str:
        name = raw.get("source")
        if not isinstance(name, str) or not name.strip():
            self.report(key, ProblemCode.MISSING_SOURCE)
            return ""
        if name not in self.sources:
            self.report(key, ProblemCode.UNKNOWN_SOURCE, found=name, known=", ".join(sorted(self.sources)) or "–")
        return self.sources.get(name, "")

    def _grade(self, raw: Mapping[str, object], key: str) -> Any:
        found = raw.get("grade")
        if found is None:
            return self.report(f"{key}.grade", ProblemCode.MISSING_KEY, meaning="A, B, C, D or U")
        if not isinstance(found, str) or found not in Grade.__members__:
            return self.report(f"{key}.grade", ProblemCode.BAD_GRADE, found=_shown(found))
        return Grade(found)

    def _rows(self, inner: Any, raw: object, key: str, limits: Mapping[str, Any]) -> Any:
        if not isinstance(raw, list):
            return self.report(key, ProblemCode.WRONG_TYPE, found=_shown(raw), expected="a list")
        if not raw and not limits.get("may_be_empty"):
            return self.report(key, ProblemCode.EMPTY)
        taken: dict[str, int] = {}
        rows = [
            self.read(inner, row, f"{key}.{_row_name(inner, row, number, taken)}", limits)
            for number, row in enumerate(raw, 1)
        ]
        return BROKEN if any(row is BROKEN for row in rows) else tuple(rows)

    def _code(self, kind: type[StrEnum], raw: object, key: str) -> Any:
        known = [member.value for member in kind]
        if isinstance(raw, str) and raw in known:
            return kind(raw)
        meant = guess(raw, known) if isinstance(raw, str) else None
        code = ProblemCode.UNKNOWN_CODE_GUESS if meant else ProblemCode.UNKNOWN_CODE
        return self.report(key, code, found=_shown(raw), guess=meant, known=", ".join(known))

    def _scalar(self, kind: type, raw: object, key: str, limits: Mapping[str, Any]) -> Any:
        value = _converted(kind, raw)
        if value is BROKEN:
            return self.report(key, ProblemCode.WRONG_TYPE, found=_shown(raw), expected=_NAMES[kind])
        if kind is str and not str(value).strip():
            return self.report(key, ProblemCode.EMPTY)
        low, high = limits.get("low"), limits.get("high")
        if kind in (int, float) and ((low is not None and value < low) or (high is not None and value > high)):
            self.report(key, ProblemCode.OUT_OF_RANGE, found=value, low=low, high=high)
        return value


def _without_none(hint: Any) -> Any:
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        return next(part for part in typing.get_args(hint) if part is not types.NoneType)
    return hint


def _row_name(inner: Any, row: object, number: int, taken: dict[str, int]) -> str:
    """Rows are called by the code in their first column: a rule key must survive that rows are put in another order."""
    kind = typing.get_args(inner)[0] if typing.get_origin(inner) is Valued else inner
    name = str(number)
    if isinstance(row, dict) and dataclasses.is_dataclass(kind):
        first = row.get(dataclasses.fields(kind)[0].name)
        name = first if isinstance(first, str) and first.strip() else name
    taken[name] = taken.get(name, 0) + 1
    return name if taken[name] == 1 else f"{name}-{taken[name]}"


def _converted(kind: type, raw: object) -> Any:
    if kind is time and isinstance(raw, str):
        try:
            raw = time.fromisoformat(raw)
        except ValueError:
            return BROKEN
    if kind is float and isinstance(raw, int) and not isinstance(raw, bool):
        return float(raw)
    if isinstance(raw, bool) is not (kind is bool) or not isinstance(raw, kind):
        return BROKEN
    if isinstance(raw, datetime) or (isinstance(raw, float) and not math.isfinite(raw)):
        return BROKEN
    return raw


def _shown(raw: object) -> str:
    """A short picture of a wrong value; tables and lists are only named, for they may be large."""
    if raw is None:
        return "nothing"
    if isinstance(raw, dict):
        return "a table"
    if isinstance(raw, list):
        return "a list"
    return repr(raw)[:60]


@dataclasses.dataclass(frozen=True, slots=True)
class Fallback:
    """The table of another file that stands in for missing keys; its values keep the key and source of that file."""

    reader: Reader
    table: Mapping[str, object]
    key: str
