"""The whole way from the bytes of an upload to its rows, for callers that need no steps between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from tongxin.community.importing.guard import UploadRefused
from tongxin.community.importing.layout import find_tables
from tongxin.community.importing.planning import iter_rows
from tongxin.community.importing.reader import read_upload
from tongxin.community.importing.shapes import (
    Fate,
    ImportKind,
    ParsedRow,
    SheetLayout,
    SheetRole,
    Workbook,
)

PROGRESS_EVERY = 200

Progress = Callable[[int, int], None]
"""Called with the rows done and the rows expected."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """An upload as it was read, how it was understood, and its rows."""

    workbook: Workbook
    layouts: tuple[SheetLayout, ...]
    rows: tuple[ParsedRow, ...]

    def count(self) -> dict[Fate, int]:
        """This function will say how many rows have each fate."""
        counts = Counter(row.fate_hint for row in self.rows)
        return {fate: counts[fate] for fate in Fate}


def read_ledger(
    data: bytes,
    *,
    kind: ImportKind,
    today: date,
    layouts: Sequence[SheetLayout] | None = None,
    on_progress: Progress | None = None,
) -> Ledger:
    """This function will read an upload and plan all its rows.

    ``layouts`` are those that the user approved in the mapping step; without them the proposed
    ones are taken.

    Raises:
        UploadRefused: the file cannot be read, holds no list of people (``no_people_found``), or
            is not the one that the layouts were made from (``sheet_changed``).
    """
    workbook = read_upload(data)
    chosen = tuple(layouts) if layouts is not None else find_tables(workbook, kind=kind)
    if layouts is not None and not {layout.sheet for layout in chosen} <= {s.name for s in workbook.sheets}:
        raise UploadRefused("sheet_changed")
    people = [layout for layout in chosen if layout.role is SheetRole.PEOPLE]
    expected = sum(table.end_row - table.first_row for layout in people for table in layout.tables)
    if not expected:
        raise UploadRefused("no_people_found")
    rows: list[ParsedRow] = []
    for row in iter_rows(workbook, chosen, kind=kind, today=today):
        rows.append(row)
        if on_progress is not None and len(rows) % PROGRESS_EVERY == 0:
            on_progress(len(rows), expected)
    if on_progress is not None:
        on_progress(expected, expected)
    return Ledger(workbook, chosen, tuple(rows))
