"""Reads a ledger into rows, with what a user changed in the mapping step, and says what came of each row."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from tongxin.community.importing.guard import UploadRefused
from tongxin.community.importing.layout import find_tables
from tongxin.community.importing.planning import iter_rows
from tongxin.community.importing.reader import read_upload
from tongxin.community.importing.shapes import (
    Fate,
    Field,
    ImportKind,
    ParsedRow,
    Reason,
    SheetLayout,
    SheetRole,
    Table,
    Workbook,
)

#: Gets percent and a code of what is going on; True means that somebody asked to stop.
Progress = Callable[[int, str], bool | None]
ADDED, UPDATED, UNCHANGED, DUPLICATE, REFUSED = "added", "updated", "unchanged", "duplicate", "refused"
_REPORT_EVERY = 500


class ImportCancelled(Exception):
    """Somebody asked to stop; nothing was written."""


@dataclass(frozen=True, slots=True)
class ParsedLedger:
    """A ledger as read: `rows` are all that held a person, in the order of the file, with reasons and places."""

    kind: ImportKind
    content: bytes
    workbook: Workbook
    layouts: tuple[SheetLayout, ...]
    rows: tuple[ParsedRow, ...]

    @property
    def file_hash(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class RowFate:
    """What became of one row that held a person. `reasons` are codes of `importing.reasons` with their field."""

    sheet: str
    row: int
    fate: str
    door: str
    reasons: tuple[Reason, ...] = ()
    is_doubtful: bool = False
    person_uuid: UUID | None = None


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What an import did. `counts`: added, updated, unchanged, doubtful, refused, duplicates; and places made.

    added + updated + unchanged + duplicates + refused is the number of rows; doubtful counts rows that came in
    with something to verify, whatever their fate.
    """

    run_uuid: UUID | None
    is_dry_run: bool
    counts: Mapping[str, int]
    rows: tuple[RowFate, ...]
    places: Mapping[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """This function will return the report: counts, and one object a row."""
        return {
            "counts": dict(self.counts),
            "places": dict(self.places),
            "is_dry_run": self.is_dry_run,
            "rows": [
                {
                    "sheet": row.sheet,
                    "row": row.row,
                    "fate": row.fate,
                    "door": row.door,
                    "is_doubtful": row.is_doubtful,
                    "reasons": [reason_json(reason) for reason in row.reasons],
                }
                for row in self.rows
            ],
        }


def reason_json(reason: Reason) -> dict[str, Any]:
    """This function will return a reason as JSON: code, field and counts, nothing personal."""
    return {"code": reason.code, "field": reason.field.value if reason.field else "", "params": dict(reason.params)}


def reason_of(data: Mapping[str, Any]) -> Reason:
    """This function will return the reason that `reason_json` wrote."""
    return Reason(data["code"], Field(data["field"]) if data["field"] else None, data["params"])


def report(progress: Progress | None, percent: int, note: str) -> None:
    """This function will show progress; raises ImportCancelled when somebody asked to stop."""
    if progress is not None and progress(percent, note):
        raise ImportCancelled(note)


# ---------- mapping ----------
def mapping_json(layouts: Sequence[SheetLayout]) -> dict[str, Any]:
    """This function will return what each column is taken for, as the mapping step sends it back.

    `{"sheets": {name: {"use": bool, "tables": [{"0": "name", "3": ""}]}}}`; no examples, nothing of the cells.
    """
    return {
        "sheets": {
            layout.sheet: {
                "use": layout.role is SheetRole.PEOPLE,
                "tables": [
                    {str(column.index): column.field.value if column.field else "" for column in table.mapping.columns}
                    for table in layout.tables
                ],
            }
            for layout in layouts
            if layout.tables
        }
    }


def _changed_table(table: Table, wanted: Mapping[str, str]) -> Table:
    mapping = table.mapping
    known = {column.index for column in mapping.columns}
    for index, name in wanted.items():
        if not index.isdigit() or int(index) not in known:
            continue
        meaning = Field(name) if name in set(Field) else None
        if mapping.field_at(int(index)) is not meaning:
            mapping = mapping.with_field(int(index), meaning)
    return replace(table, mapping=mapping)


def apply_mapping(layouts: Sequence[SheetLayout], mapping: Mapping[str, Any] | None) -> tuple[SheetLayout, ...]:
    """This function will return the layouts with what a user chose; sheets and columns that are not named stay."""
    sheets = mapping.get("sheets", {}) if mapping else {}
    changed = []
    for layout in layouts:
        choice = sheets.get(layout.sheet)
        if isinstance(choice, Mapping) and layout.tables:
            chosen = choice.get("tables", [])
            tables = tuple(
                _changed_table(table, chosen[at]) if at < len(chosen) else table
                for at, table in enumerate(layout.tables)
            )
            role = SheetRole.PEOPLE if choice.get("use", True) else SheetRole.EXPLANATION
            layout = replace(layout, tables=tables, role=role)
        changed.append(layout)
    return tuple(changed)


# ---------- reading ----------
def look_at(content: bytes, kind: ImportKind) -> tuple[Workbook, tuple[SheetLayout, ...]]:
    """This function will read an upload behind the guard and find its lists. Raises UploadRefused."""
    workbook = read_upload(content)
    return workbook, find_tables(workbook, kind=kind)


def parse(
    content: bytes,
    kind: ImportKind,
    *,
    mapping: Mapping[str, Any] | None = None,
    today: date,
    progress: Progress | None = None,
) -> ParsedLedger:
    """This function will read all rows of a ledger.

    Raises UploadRefused when the file cannot be read or holds no list, ImportCancelled when asked to stop.
    """
    report(progress, 1, "reading")
    workbook, found = look_at(content, kind)
    layouts = apply_mapping(found, mapping)
    total = sum(
        table.end_row - table.first_row
        for layout in layouts
        if layout.role is SheetRole.PEOPLE
        for table in layout.tables
    )
    if not any(layout.role is SheetRole.PEOPLE for layout in layouts):
        raise UploadRefused("no_people_found")
    rows: list[ParsedRow] = []
    for at, row in enumerate(iter_rows(workbook, layouts, kind=kind, today=today)):
        if at % _REPORT_EVERY == 0:
            report(progress, 10 + 40 * at // max(total, 1), "parsing")
        rows.append(row)
    return ParsedLedger(
        kind, content, workbook, layouts, tuple(row for row in rows if row.fate_hint is not Fate.IGNORED)
    )
