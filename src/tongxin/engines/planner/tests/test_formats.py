"""Problems and answers as JSON: nothing is lost, nothing is guessed, whatever is wrong is named."""

import dataclasses
import json
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongxin.engines.planner import CompoundDay, Problem, Result, Travel, compound_day, solve, validate
from tongxin.engines.planner.faults import MOST, Fault, FormatError, text_of
from tongxin.engines.planner.formats import read_problem, read_result, write_problem, write_result
from tongxin.engines.planner.tests.builders import wild

Raw = dict[str, Any]


@st.composite
def travels(draw: st.DrawFn) -> Travel:
    names = tuple(draw(st.lists(st.text(max_size=5), max_size=3, unique=True)))
    size = len(names)
    rows = draw(st.lists(st.integers(0, MOST), min_size=size * size, max_size=size * size))
    return Travel(entrances=names, walk_min=np.array(rows, dtype=np.int32).reshape(size, size))


def anything(kind: Any) -> st.SearchStrategy[Any]:
    """Return values of any kind that a dataclass of the engine may hold, made from its type hints."""
    if kind is Travel:
        return travels()
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return st.builds(kind, **{one.name: anything(hints[one.name]) for one in dataclasses.fields(kind)})
    if kind is int:
        return st.integers(-MOST, MOST)
    if kind is float:
        return st.floats(allow_nan=False, allow_infinity=False)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    origin, parts = get_origin(kind), get_args(kind)
    if origin is tuple:
        return st.lists(anything(parts[0]), max_size=2).map(tuple)
    if origin is frozenset:
        return st.frozensets(anything(parts[0]), max_size=3)
    if origin is Mapping or (origin is not None and "Mapping" in str(origin)):
        return st.dictionaries(st.text(max_size=5), st.integers(-MOST, MOST), max_size=2)
    if parts:
        return st.one_of(*(st.none() if part is type(None) else anything(part) for part in parts))
    return st.from_type(kind) if kind is bool else st.text(max_size=8)


def same(one: Problem, two: Problem) -> bool:
    """Return whether two problems are alike in every field; arrays have no truth value of their own."""
    parts = [field.name for field in dataclasses.fields(Problem) if field.name != "travel"]
    ways = one.travel, two.travel
    return (
        all(getattr(one, name) == getattr(two, name) for name in parts)
        and np.array_equal(ways[0].walk_min, ways[1].walk_min)
        and (ways[0].entrances, ways[0].stairs_s_per_floor, ways[0].lift_min)
        == (ways[1].entrances, ways[1].stairs_s_per_floor, ways[1].lift_min)
    )


@settings(max_examples=20, deadline=None)
@given(anything(Problem))
def test_any_problem_survives_writing_and_reading(problem: Problem) -> None:
    assert same(read_problem(write_problem(problem)), problem)


@settings(max_examples=20, deadline=None)
@given(anything(Result))
def test_any_answer_survives_writing_and_reading(result: Result) -> None:
    assert read_result(write_result(result)) == result


@pytest.mark.parametrize("seed", range(6))
def test_an_answer_that_was_written_is_judged_like_the_answer(seed: int) -> None:
    problem = wild(seed)
    answer = solve(problem)
    again = read_problem(write_problem(problem))
    assert validate(again, read_result(write_result(answer))) == []
    assert solve(again).objective == answer.objective


def test_what_has_its_default_is_not_written() -> None:
    written = json.loads(write_problem(compound_day(CompoundDay(tasks=5, responders=2))))
    assert written["format"] == "tongxin-problem/1"
    assert "pins" not in written
    assert "limits" not in written


def raw() -> Raw:
    """Return a small day as plain JSON values."""
    told: Raw = json.loads(write_problem(compound_day(CompoundDay(tasks=5, responders=2))))
    return told


def _set(*path: str | int, value: object) -> Callable[[Raw], None]:
    def spoil(told: Any) -> None:
        for step in path[:-1]:
            told = told[step]
        told[path[-1]] = value

    return spoil


def _drop(*path: str | int) -> Callable[[Raw], None]:
    def spoil(told: Any) -> None:
        for step in path[:-1]:
            told = told[step]
        del told[path[-1]]

    return spoil


@pytest.mark.parametrize(
    ("spoil", "field", "fault"),
    [
        (_drop("tasks"), "tasks", Fault.MISSING),
        (_drop("tasks", 2, "window", "end_min"), "tasks[2].window.end_min", Fault.MISSING),
        (_set("tasks", 0, "duration_min", value="20"), "tasks[0].duration_min", Fault.EXPECTED),
        (_set("tasks", 0, "duration_min", value=20.5), "tasks[0].duration_min", Fault.EXPECTED),
        (_set("tasks", 0, "duration_min", value=True), "tasks[0].duration_min", Fault.EXPECTED),
        (_set("tasks", 0, "duration_min", value=None), "tasks[0].duration_min", Fault.EXPECTED),
        (_set("tasks", 0, "duration_min", value=10**9), "tasks[0].duration_min", Fault.TOO_HIGH),
        (_set("tasks", 0, "duration_min", value=10**40), "tasks[0].duration_min", Fault.TOO_HIGH),
        (_set("tasks", 0, "window", "start_min", value=-(10**9)), "tasks[0].window.start_min", Fault.TOO_LOW),
        (_set("tasks", 0, "tier", value=7), "tasks[0].tier", Fault.NOT_ALLOWED),
        (_set("tasks", 0, "hands", value=[{"skill": []}]), "tasks[0].hands[0].skill", Fault.UNKNOWN_FIELD),
        (_set("tasks", value={}), "tasks", Fault.EXPECTED),
        (_set("travel", "walk_min", value=[[0]]), "travel.walk_min", Fault.NOT_SQUARE),
        (_set("travel", "walk_min", 0, 1, value=-1), "travel.walk_min[0][1]", Fault.TOO_LOW),
        (_set("format", value="tongxin-result/1"), "format", Fault.NOT_ALLOWED),
        (_set("pins", value=[{"task": "t00000", "waives": ["NONE"]}]), "pins[0].waives[0]", Fault.NOT_ALLOWED),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_is_named(spoil: Callable[[Raw], None], field: str, fault: Fault) -> None:
    told = raw()
    spoil(told)
    with pytest.raises(FormatError) as caught:
        read_problem(json.dumps(told))
    assert caught.value.fault is fault
    # msgspec writes `[...]` for an element of a set or of a table's row.
    assert caught.value.field.replace("[...]", "[0]") in (field, field.replace("[1]", "[0]"))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", Fault.EMPTY),
        (" \n", Fault.EMPTY),
        ("{", Fault.CUT_OFF),
        ("NaN", Fault.NOT_JSON),
        ('{"horizon_min": NaN}', Fault.NOT_JSON),
        ('{"horizon_min": 1e999}', Fault.OUT_OF_RANGE),
        ("[]", Fault.EXPECTED),
        ("7", Fault.EXPECTED),
        ('{"tasks": ' + "[" * 100_000, Fault.EXPECTED),
        ('{"horizon_min": ' + "[" * 100_000, Fault.EXPECTED),
    ],
    ids=["empty", "blank", "torn", "nan", "nan-inside", "infinite", "list", "number", "deep", "deep-number"],
)
def test_what_is_no_problem_is_refused(text: str, fault: Fault) -> None:
    with pytest.raises(FormatError) as caught:
        read_problem(text)
    assert caught.value.fault is fault


@pytest.mark.parametrize(
    ("data", "fault"),
    [(b"", Fault.EMPTY), (b"\xef\xbb\xbf ", Fault.EMPTY), (b"\xff\xfe{\x00", Fault.NOT_TEXT)],
    ids=["empty", "mark", "utf-16"],
)
def test_what_is_no_text_is_refused(data: bytes, fault: Fault) -> None:
    with pytest.raises(FormatError) as caught:
        text_of(data)
    assert caught.value.fault is fault


def test_a_mark_before_the_text_does_no_harm() -> None:
    assert text_of(b"\xef\xbb\xbf{}") == "{}"
