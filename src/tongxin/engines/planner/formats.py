"""Problems and answers as JSON, read strictly: what is not a field, not of its kind or out of range is refused by name.

The shapes are made from the dataclasses of ``problem.py`` and ``result.py``, so that no field can be forgotten here.
A field that has its default is left out when writing and filled in when reading. docs/reference/planner-formats.md.
"""

import dataclasses
from collections.abc import Mapping
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
import numpy as np

from tongxin.engines.planner.faults import MOST, Fault, FormatError, decoded
from tongxin.engines.planner.problem import Problem
from tongxin.engines.planner.result import Result
from tongxin.engines.planner.travel import Travel

PROBLEM_FORM = "tongxin-problem/1"
RESULT_FORM = "tongxin-result/1"

_Whole = Annotated[int, msgspec.Meta(ge=-MOST, le=MOST)]
_Walk = list[list[Annotated[int, msgspec.Meta(ge=0, le=MOST)]]]
# Sums over a whole plan may be larger than any number that is read.
_WIDE = Annotated[int, msgspec.Meta(ge=-(2**62), le=2**62)]
_wide_classes = {"Objective", "PersonLoad", "Stats", "Bound"}

_shape_of: dict[type, Any] = {}
_class_of: dict[type, type] = {}


def _shape(kind: Any, *, is_wide: bool = False) -> Any:
    """Return what msgspec is to expect for a type hint of a dataclass."""
    if kind is int:
        return _WIDE if is_wide else _Whole
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _struct(kind)
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return Union[tuple(p if p is NoneType else _shape(p, is_wide=is_wide) for p in parts)]  # noqa: UP007 - made at run time
    if origin in (tuple, frozenset):
        return origin[tuple(p if p is Ellipsis else _shape(p, is_wide=is_wide) for p in parts)]
    if origin is Mapping:
        return dict[str, _WIDE]
    return kind


def _struct(kind: type, tag: str | None = None) -> Any:
    if kind not in _shape_of:
        hints = get_type_hints(kind)
        is_wide = kind.__name__ in _wide_classes
        fields: list[Any] = []
        for one in dataclasses.fields(kind):
            shape = _Walk if (kind, one.name) == (Travel, "walk_min") else _shape(hints[one.name], is_wide=is_wide)
            is_needed = one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING
            fields.append((one.name, shape) if is_needed else (one.name, shape | _Absent, msgspec.UNSET))
        made = msgspec.defstruct(
            kind.__name__,
            fields,
            forbid_unknown_fields=True,
            kw_only=True,
            tag_field=None if tag is None else "format",
            tag=tag,
        )
        _shape_of[kind], _class_of[made] = made, kind
    return _shape_of[kind]


_Absent = msgspec.UnsetType
_PROBLEM = _struct(Problem, PROBLEM_FORM)
_RESULT = _struct(Result, RESULT_FORM)


def _made(value: Any) -> Any:
    """Return the engine's own object for what msgspec has read."""
    kind = _class_of.get(type(value))
    if kind is not None:
        told = {name: getattr(value, name) for name in value.__struct_fields__}
        parts = {name: _made(part) for name, part in told.items() if part is not msgspec.UNSET}
        if kind is Travel:
            parts["walk_min"] = _walk(parts["walk_min"], len(parts["entrances"]))
        return kind(**parts)
    if isinstance(value, tuple):
        return tuple(_made(part) for part in value)
    return value


def _walk(rows: list[list[int]], size: int) -> np.ndarray:
    if len(rows) != size or any(len(row) != size for row in rows):
        raise FormatError("travel.walk_min", Fault.NOT_SQUARE, size=size)
    return np.array(rows, dtype=np.int32).reshape(size, size)


def _plain(value: Any) -> Any:
    """Return a value as JSON knows it; sets in order, defaults left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        told = {}
        for one in dataclasses.fields(value):
            part = getattr(value, one.name)
            default = one.default if one.default_factory is dataclasses.MISSING else one.default_factory()
            if isinstance(part, np.ndarray) or part != default:
                told[one.name] = _plain(part)
        return told
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, frozenset):
        return sorted(_plain(part) for part in value)
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    return value


def _text(form: str, value: Problem | Result) -> str:
    return msgspec.json.format(msgspec.json.encode({"format": form} | _plain(value)), indent=1).decode() + "\n"


def write_problem(problem: Problem) -> str:
    """Return a problem as JSON; reading it gives the same problem."""
    return _text(PROBLEM_FORM, problem)


def write_result(result: Result) -> str:
    """Return an answer as JSON: visits with reasons, what is undone and why, the objective tier by tier."""
    return _text(RESULT_FORM, result)


def read_problem(text: str) -> Problem:
    """Read a problem from JSON. Whether it makes sense is for ``check_problem`` to say.

    Raises
    ------
    FormatError
        The text is no such JSON; the error names the field.
    """
    problem: Problem = _made(decoded(text, _PROBLEM))
    return problem


def read_result(text: str) -> Result:
    """Read an answer from JSON. Whether it keeps the rules is for ``validate`` to say.

    Raises
    ------
    FormatError
        The text is no such JSON; the error names the field.
    """
    result: Result = _made(decoded(text, _RESULT))
    return result
