"""Short ways through the importer for its tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tongxin.community.importing.layout import find_tables
from tongxin.community.importing.planning import plan_rows
from tongxin.community.importing.reader import read_upload
from tongxin.community.importing.shapes import ImportKind, ParsedRow, Sheet, SheetLayout, Workbook
from tongxin.community.tests.importing.messy_ledger import TODAY

PEOPLE = ImportKind.PEOPLE


def book(*rows: Sequence[Any], name: str = "名单", **more: Any) -> Workbook:
    """A workbook as the reader would give it, made without a file."""
    width = max(len(row) for row in rows)
    padded = tuple((*row, *([None] * (width - len(row)))) for row in rows)
    return Workbook((Sheet(name, padded, **more),), "xlsx")


def layout_of(workbook: Workbook, kind: ImportKind = PEOPLE) -> SheetLayout:
    """The layout of the first sheet."""
    return find_tables(workbook, kind=kind)[0]


def parse(workbook: Workbook, kind: ImportKind = PEOPLE) -> tuple[ParsedRow, ...]:
    """All rows of a workbook."""
    return plan_rows(workbook, find_tables(workbook, kind=kind), kind=kind, today=TODAY)


def parse_file(data: bytes, kind: ImportKind = PEOPLE) -> tuple[ParsedRow, ...]:
    """All rows of a file."""
    return parse(read_upload(data), kind)


def codes(row: ParsedRow) -> set[str]:
    """The codes of a row's reasons."""
    return {reason.code for reason in row.reasons}
