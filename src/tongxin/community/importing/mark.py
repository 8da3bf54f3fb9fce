"""Gives a user his own workbook back, with a reason column and colored rows.

The file is opened in a guarded child as well; only .xlsx leaves, without macros or links.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from tongxin.community.importing import limits
from tongxin.community.importing.guard import UploadFormat, UploadRefused, inspect_upload
from tongxin.community.importing.marking_orders import Mark, MarkOrder, SheetOrder
from tongxin.community.importing.reader import run_child
from tongxin.community.importing.reasons import sentence, severity
from tongxin.community.importing.shapes import (
    Fate,
    Field,
    ParsedRow,
    Severity,
    SheetLayout,
    Workbook,
)
from tongxin.community.importing.titles import Language, title

MARKING_MODULE = "tongxin.community.importing.marking_child"
_LABELS: dict[Fate, tuple[str, str]] = {
    Fate.REFUSED: ("未导入", "Not imported"),
    Fate.DOUBTFUL: ("已导入，待核实", "Imported, to verify"),
}


def reason_text(row: ParsedRow, language: Language) -> str:
    """This function will give the fate and all weighty reasons of a row in words."""
    label = _LABELS[row.fate_hint][0 if language == "zh" else 1]
    weighty = [reason for reason in row.reasons if severity(reason.code) in (Severity.DOUBT, Severity.REFUSAL)]
    colon, gap = ("：", "") if language == "zh" else (": ", " ")
    return label + colon + gap.join(sentence(reason, language) for reason in weighty)


def mark_upload(
    data: bytes,
    workbook: Workbook,
    layouts: Sequence[SheetLayout],
    rows: Iterable[ParsedRow],
    *,
    language: Language,
) -> bytes:
    """This function will return the upload as .xlsx, doubtful and refused rows marked with reasons.

    A .csv comes back as a workbook. ``workbook`` and ``layouts`` are those that the rows came from.

    Raises:
        UploadRefused: the file cannot be written back (damaged, or too large to be marked).
    """
    upload_format = inspect_upload(data)
    order = _order(workbook, layouts, rows, language)
    order.rows = (
        [[None if c is None else str(c) for c in row] for row in workbook.sheets[0].rows]
        if upload_format is UploadFormat.CSV
        else None
    )
    order.data = b"" if upload_format is UploadFormat.CSV else data
    marked = run_child(msgspec.msgpack.encode(order), [], wall_s=limits.MARKING_WALL_S, module=MARKING_MODULE)
    if not marked.startswith(b"PK"):
        raise UploadRefused("file_too_much_memory" if marked == b"memory" else "file_damaged")
    return marked


def _order(
    workbook: Workbook, layouts: Sequence[SheetLayout], rows: Iterable[ParsedRow], language: Language
) -> MarkOrder:
    by_sheet: dict[str, dict[int, list[ParsedRow]]] = {}
    for row in rows:
        if row.fate_hint in _LABELS:
            by_sheet.setdefault(row.sheet, {}).setdefault(row.row, []).append(row)
    widths = {
        sheet.name: max(
            [len(sheet.rows[0]) if sheet.rows else 0]
            + [m.right + 1 for m in sheet.merged if m.right < limits.MAX_COLUMNS]
        )
        for sheet in workbook.sheets
    }
    sheets = []
    for layout in layouts:
        if layout.sheet not in by_sheet or not layout.tables:
            continue
        first = layout.tables[0]
        present = first.mapping.index_of(Field.IMPORT_RESULT)
        column = present + 1 if present is not None else widths[layout.sheet] + 1
        marks = [
            Mark(
                number,
                " / ".join(reason_text(row, language) for row in same),
                any(row.fate_hint is Fate.REFUSED for row in same),
            )
            for number, same in sorted(by_sheet[layout.sheet].items())
        ]
        header = first.header_end if first.header_end > first.header_row else 0
        sheets.append(SheetOrder(layout.sheet, column, header, marks))
    return MarkOrder(title(Field.IMPORT_RESULT, language), sheets)
