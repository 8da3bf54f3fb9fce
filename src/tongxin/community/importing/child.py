"""The process that touches the inside of an upload: ``python -m tongxin.community.importing.child``.

It takes the file on standard input and writes one msgpack message to standard output. It sets
its own limits first. If the parser aborts, only this process dies and the parent says so.
Imports are few on purpose; this starts for each upload.
"""

from __future__ import annotations

import sys
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

import msgspec

from tongxin.community.importing import delimited, limits
from tongxin.community.importing.exact_cells import exact_cells

try:
    import resource
except ImportError:  # no such limits on this system; the parent's clock still holds
    resource = None  # type: ignore[assignment]

DATE_CODE = 1
_EXACT_ABOVE = 1e15


def set_limits(memory_bytes: int, cpu_s: int) -> None:
    """This function will bind this very process; what exceeds the limits dies alone."""
    if resource is None:
        return
    wanted = (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_CORE, 0),
    )
    for kind, value in wanted:
        try:
            resource.setrlimit(kind, (value, value))
        except (ValueError, OSError):
            continue  # a system that does not know this limit


def _cell(value: Any, exact: int | str | None) -> Any:
    if isinstance(exact, str):
        return exact
    if isinstance(value, str):
        return value[: limits.MAX_CELL_CHARACTERS] if value else None
    if isinstance(value, float):
        if exact is not None:
            return exact
        return int(value) if value.is_integer() and abs(value) < _EXACT_ABOVE else value
    if isinstance(value, datetime | date):
        return msgspec.msgpack.Ext(DATE_CODE, value.isoformat().encode("ascii"))
    if isinstance(value, time | timedelta):
        return str(value)
    return value


def _read_workbook(data: bytes) -> dict[str, Any]:
    # Loaded only where a workbook is read: a text ledger needs no native parser.
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum  # noqa: PLC0415

    workbook = CalamineWorkbook.from_filelike(BytesIO(data))
    exact_of = exact_cells(data)
    sheets: list[dict[str, Any]] = []
    for index, about in enumerate(workbook.sheets_metadata[: limits.MAX_SHEETS]):
        if about.typ is not SheetTypeEnum.WorkSheet:
            continue
        sheet = workbook.get_sheet_by_index(index)
        exact = exact_of[index] if index < len(exact_of) else {}
        rows = [
            [_cell(value, exact.get((r, c)) if exact else None) for c, value in enumerate(row)]
            for r, row in enumerate(sheet.to_python(skip_empty_area=False))
        ]
        merged = [[*start, *end] for start, end in sheet.merged_cell_ranges or ()]
        hidden = about.visible is not SheetVisibleEnum.Visible
        sheets.append({"name": about.name, "rows": rows, "merged": merged, "hidden": hidden})
    return {"format": "xlsx", "sheets": sheets, "encoding": "", "delimiter": ""}


def _read_text(data: bytes) -> dict[str, Any]:
    text, encoding = delimited.decode(data)
    delimiter = delimited.find_delimiter(text)
    rows = delimited.read_rows(text, delimiter)
    width = max((len(row) for row in rows), default=0)
    padded = [
        [value[: limits.MAX_CELL_CHARACTERS] or None for value in row] + [None] * (width - len(row)) for row in rows
    ]
    sheet = {"name": "csv", "rows": padded, "merged": [], "hidden": False}
    return {"format": "csv", "sheets": [sheet], "encoding": encoding, "delimiter": delimiter}


def main(arguments: list[str]) -> int:
    """This function will read standard input as the format named and write the cells out."""
    set_limits(limits.CHILD_MEMORY_BYTES, limits.CHILD_CPU_S)
    data = sys.stdin.buffer.read()
    try:
        message = _read_workbook(data) if arguments == ["xlsx"] else _read_text(data)
    except MemoryError:
        message = {"refused": "file_too_much_memory"}
    except ValueError:
        message = {"refused": "sheet_too_large"}
    except Exception:  # whatever the parser calls a file that it cannot read
        message = {"refused": "file_damaged"}
    sys.stdout.buffer.write(msgspec.msgpack.encode(message))
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
