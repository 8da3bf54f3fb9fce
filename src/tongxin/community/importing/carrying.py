"""Completes a row from the rows above it: ditto marks, and a building or entrance written once for many doors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tongxin.community.importing.addresses import parse_room_cell
from tongxin.community.importing.cells import as_text, is_blank_word
from tongxin.community.importing.shapes import Cell, Field

SPARSE_SHARE = 0.15
_DITTO = frozenset(["同上", "同前", "同上一行", "〃", "″", "′′", '"', "''", "``", "ditto", "do."])
_LONGEST_DITTO = 6
#: What is one person's own is never taken from the row above, whatever the mark.
_OWN = frozenset((Field.NAME, Field.ID_NUMBER, Field.TONGXIN_ID, Field.EXTERNAL_CODE, Field.SERIAL))
_GROUPING = (Field.BUILDING, Field.ENTRANCE)

Row = tuple[Cell, ...]


def _blank(row: Row, column: int) -> bool:
    return column >= len(row) or row[column] is None or is_blank_word(as_text(row[column]))


class RowsAbove:
    """Remembers what the rows above said. ``columns`` are the used columns by field; ``rows`` the data of the table."""

    def __init__(self, columns: Mapping[Field, int], rows: Iterable[Row]) -> None:
        self.columns = {column: field for field, column in columns.items() if field not in _OWN}
        self.room = columns.get(Field.DWELLING)
        doors = [] if self.room is None else [row for row in rows if not _blank(row, self.room)]
        # Our own export writes every row whole: a gap there is a fact.
        groups = () if Field.TONGXIN_ID in columns else _GROUPING
        self.sparse = [columns[f] for f in groups if f in columns and self._is_sparse(columns[f], doors)]
        self.building, self.entrance = columns.get(Field.BUILDING), columns.get(Field.ENTRANCE)
        self.reset()

    @staticmethod
    def _is_sparse(column: int, doors: list[Row]) -> bool:
        blank = sum(1 for row in doors if _blank(row, column))
        return bool(doors) and not _blank(doors[0], column) and blank >= SPARSE_SHARE * len(doors)

    def reset(self) -> None:
        """This function will forget everything: a new section begins."""
        self.last: dict[int, Cell] = {}
        self.group: dict[int, Cell] = {}

    def completed(self, row: Row) -> tuple[Row, bool]:
        """This function will give the row with its gaps filled, and say whether a part of the place came from above."""
        changes: dict[int, Cell] = {}
        for column in self.columns:
            value = row[column] if column < len(row) else None
            if value is None:
                continue
            if isinstance(value, str) and len(value) <= _LONGEST_DITTO and value.strip().lower() in _DITTO:
                changes[column] = self.last.get(column)
            else:
                self.last[column] = value
        whole = tuple(changes.get(i, value) for i, value in enumerate(row)) if changes else row
        return self._with_group(whole) if self.sparse else (whole, False)

    def _with_group(self, row: Row) -> tuple[Row, bool]:
        if self.room is None or _blank(row, self.room):
            return row, False
        room = as_text(row[self.room])
        if not any(letter.isdigit() for letter in room):
            return row, False  # "beside the old porter's lodge" is no door of the building above
        own = parse_room_cell(room, has_building=True)
        if self.building is not None and not _blank(row, self.building):
            if as_text(row[self.building]) != as_text(self.group.get(self.building)):
                self.group = {}
            self.group[self.building] = row[self.building]
        if self.entrance is not None and not _blank(row, self.entrance):
            self.group[self.entrance] = row[self.entrance]
        gaps = {
            column: self.group[column]
            for column in self.sparse
            if column in self.group and _blank(row, column) and not (own.building or own.entrance)
        }
        return (tuple(gaps.get(i, value) for i, value in enumerate(row)), True) if gaps else (row, False)
