"""What the marking process is told. Apart from it, so that the server need not load what opens workbooks."""

from __future__ import annotations

import msgspec


class Mark(msgspec.Struct, array_like=True):
    """A row as Excel numbers it, the words, and whether it was refused."""

    row: int
    text: str
    is_refused: bool


class SheetOrder(msgspec.Struct, array_like=True):
    """The marks of one sheet, its result column and its header row, both counted from 1 (0 = none)."""

    name: str
    column: int
    header_row: int
    marks: list[Mark]


class MarkOrder(msgspec.Struct):
    """Everything that the child is told; ``rows`` instead of ``data`` for a text ledger."""

    title: str
    sheets: list[SheetOrder]
    data: bytes = b""
    rows: list[list[str | None]] | None = None
