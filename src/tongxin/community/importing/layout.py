"""Finds the lists in a workbook: which sheets hold people, where the header is, which place it is."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tongxin.community.importing.addresses import parse_address, parse_context, parse_sheet_name
from tongxin.community.importing.blocks import blocks_of
from tongxin.community.importing.cells import as_text
from tongxin.community.importing.headers import (
    EXACT,
    exact_field,
    looks_like_name,
    propose_mapping,
    title_key,
)
from tongxin.community.importing.shapes import (
    Cell,
    Field,
    ImportKind,
    Mapping,
    Place,
    Sheet,
    SheetLayout,
    SheetRole,
    Table,
    Workbook,
)

HEADER_SEARCH_ROWS = 60
SAMPLE_ROWS = 200
PREVIEW_ROWS = 12
PREVIEW_COLUMNS = 30
_PERSON_FIELDS = frozenset((Field.NAME, Field.EXTERNAL_CODE, Field.HOUSEHOLD_HEAD))
_EXPLAINING = re.compile(
    r"(?:填写|填表|填报|使用|导入|字段|模板)?(?:说明|须知|要求|示例|样例|帮助)(?:书|页|表)?\d*|数据字典|字典|选项|代码表|"
    r"(?:instructions?|readme|notes?|examples?|samples?|help|options?|dictionary)",
    re.IGNORECASE,
)
_COUNTS = re.compile("户数|人数|总数|合计|小计|栋数|数量")
_DATA = re.compile(r"[+\d][\d\s.\-:/()]{3,}[xX]?")


@dataclass(frozen=True, slots=True)
class Grid:
    """The rows with merged cells filled; ``continued`` are the cells that only repeat one above."""

    rows: tuple[tuple[Cell, ...], ...]
    continued: frozenset[tuple[int, int]]


def filled(sheet: Sheet) -> Grid:
    """This function will write the value of each merged range into all its cells."""
    if not sheet.merged:
        return Grid(sheet.rows, frozenset())
    rows = [list(row) for row in sheet.rows]
    continued: set[tuple[int, int]] = set()
    budget = 200_000  # hostile ranges overlap; no real ledger merges this many cells
    for span in sheet.merged:
        if span.top >= len(rows) or span.left >= len(rows[span.top]):
            continue
        value = rows[span.top][span.left]
        bottom, right = min(span.bottom, len(rows) - 1), min(span.right, len(rows[0]) - 1)
        budget -= max(bottom - span.top + 1, 0) * max(right - span.left + 1, 0)
        if budget < 0:
            break
        for r in range(span.top, bottom + 1):
            for c in range(span.left, right + 1):
                if rows[r][c] is None:
                    rows[r][c] = value
                if r > span.top:
                    continued.add((r, c))
    return Grid(tuple(tuple(row) for row in rows), frozenset(continued))


def find_tables(workbook: Workbook, *, kind: ImportKind) -> tuple[SheetLayout, ...]:
    """This function will say of each sheet what it is, and find its lists.

    Sheets that explain, and hidden ones, keep the tables that were found, so that a user may
    turn them into PEOPLE. A workbook whose only lists are hidden has them taken.
    """
    layouts = [_sheet_layout(sheet, kind) for sheet in workbook.sheets]
    if not any(layout.role is SheetRole.PEOPLE for layout in layouts):
        layouts = [
            replace(layout, role=SheetRole.PEOPLE) if layout.role is SheetRole.HIDDEN and layout.tables else layout
            for layout in layouts
        ]
    return tuple(layouts)


def _sheet_layout(sheet: Sheet, kind: ImportKind) -> SheetLayout:
    preview = tuple(tuple(as_text(value)[:60] for value in row[:PREVIEW_COLUMNS]) for row in sheet.rows[:PREVIEW_ROWS])
    if not any(value is not None for row in sheet.rows for value in row):
        return SheetLayout(sheet.name, SheetRole.EMPTY)
    grid = filled(sheet)
    tables = tuple(_tables(sheet.name, grid, kind))
    if sheet.is_hidden:
        role = SheetRole.HIDDEN
    elif not tables or _EXPLAINING.fullmatch(sheet.name.strip()):
        role = SheetRole.EXPLANATION
    else:
        role = SheetRole.PEOPLE
    return SheetLayout(sheet.name, role, tables, preview)


def _tables(name: str, grid: Grid, kind: ImportKind) -> list[Table]:
    rows = grid.rows
    header = _find_header(rows, 0) or _nameless_header(rows, kind)
    if header is None:
        bare = _headerless(name, rows, kind)
        return [bare] if bare else []
    tables: list[Table] = []
    above = 0
    while header is not None:
        top, end = header
        following = _next_header(rows, end, rows[end - 1])
        stop = following[0] if following else len(rows)
        titles, groups = _titles(rows, top, end)
        context = _context(name, rows[above:top])
        sample = rows[end : min(end + SAMPLE_ROWS, stop)]
        for block, own in blocks_of(titles, groups, sample, kind):
            if _holds_people(block, titles):
                tables.append(Table(name, top, end, end, stop, block, context, own))
        header, above = following, stop
    return tables


def _is_repeated(row: Sequence[Cell], header: Sequence[Cell]) -> bool:
    """Says whether most titles stand where the header has them too."""
    pairs = [(as_text(value), as_text(title)) for value, title in zip(row, header, strict=False) if value is not None]
    same = sum(1 for value, title in pairs if title_key(value) == title_key(title))
    return same * 10 >= len(pairs) * 6


def labelled_place(row: Sequence[Cell]) -> Place:
    """This function will read a row such as 住址 | 18号楼1单元302 | 户主电话 | … above the list of a household."""
    texts = [as_text(value) for value in row if value is not None]
    for label, value in itertools.pairwise(texts):
        is_label = exact_field(label) is Field.ADDRESS and len(value) <= 60 and exact_field(value) is None
        if is_label and (place := parse_address(value)).building:
            return place
    return Place()


def _context(name: str, above: Sequence[Sequence[Cell]]) -> Place:
    for row in reversed(above):
        if (place := labelled_place(row)).dwelling:
            return place
        texts = {as_text(value) for value in row if isinstance(value, str)}
        for text in texts:
            if len(text) <= 60 and parse_context(text):
                return parse_context(text)
    return parse_sheet_name(name)


def _header_fields(row: Sequence[Cell], above: Sequence[Cell] | None = None) -> set[Field]:
    found = set()
    for index, value in enumerate(row):
        group = above[index] if above and index < len(above) else None
        text = value if isinstance(value, str) else ""
        if len(text) > 30:
            continue
        both = exact_field(f"{group}{text}") if isinstance(group, str) and text else None
        field = both or exact_field(text) if text else None
        if field is None and isinstance(group, str):
            field = exact_field(group)
        if field is not None:
            found.add(field)
    return found


def _has_data(row: Sequence[Cell]) -> bool:
    values = [value for value in row if value is not None]
    data = sum(1 for value in values if not isinstance(value, str) or _DATA.fullmatch(value.strip()))
    return data * 4 > len(values)


def _is_header(row: Sequence[Cell], above: Sequence[Cell] | None = None) -> int:
    """Gives the number of fields that a row names if it can be a header, else 0."""
    if _has_data(row):
        return 0
    found = _header_fields(row, above)
    return len(found) if len(found) >= 2 and found & _PERSON_FIELDS else 0


def _find_header(rows: Sequence[Sequence[Cell]], start: int) -> tuple[int, int] | None:
    """Finds the first header from ``start`` on: (its first row, the row after its last)."""
    for index in range(start, min(start + HEADER_SEARCH_ROWS, len(rows))):
        pair = index + 1 < len(rows)
        double = _is_header(rows[index + 1], _groups(rows[index], rows[index + 1])) if pair else 0
        single = _is_header(rows[index])
        if double and _is_group_row(rows[index], rows[index + 1]) and double > single:
            return _lowest_pair(rows, index, double)
        if single:
            return index, index + 1
    return None


def _lowest_pair(rows: Sequence[Sequence[Cell]], top: int, known: int) -> tuple[int, int]:
    """Follows a header of three rows down to the pair whose lower row names the columns."""
    while top + 2 < len(rows):
        deeper = _is_header(rows[top + 2], _groups(rows[top + 1], rows[top + 2]))
        if deeper < known or rows[top + 2] == rows[top + 1] or not _is_group_row(rows[top + 1], rows[top + 2]):
            break
        if _is_repeated(rows[top + 2], rows[top + 1]) and deeper == known:
            break
        top, known = top + 1, deeper
    return top, top + 2


def _nameless_header(rows: Sequence[Sequence[Cell]], kind: ImportKind) -> tuple[int, int] | None:
    """Finds a header whose name column has a title of its own making, told by what stands below."""
    for index, row in enumerate(rows[:HEADER_SEARCH_ROWS]):
        if _has_data(row) or len(_header_fields(row)) < 2:
            continue
        titles, groups = _titles(rows, index, index + 1)
        mapping = propose_mapping(titles, groups, rows[index + 1 : index + 1 + SAMPLE_ROWS], kind)
        if mapping.index_of(Field.NAME) is not None:
            return index, index + 1
    return None


def _is_group_row(upper: Sequence[Cell], lower: Sequence[Cell]) -> bool:
    """Says whether the upper row names groups of columns, and is not a title or a header alone."""
    if _has_data(upper) or _has_data(lower) or labelled_place(upper):
        return False
    texts = [as_text(value) for value in upper if value is not None]
    known = sum(1 for value in lower if isinstance(value, str) and exact_field(value))
    return len(set(texts)) >= 2 and known >= 2 and bool(_header_fields(upper) or known >= 3)


def _groups(upper: Sequence[Cell], lower: Sequence[Cell]) -> list[Cell]:
    """Spreads a group's title to the right, as far as titles stand below it."""
    spread: list[Cell] = []
    last: Cell = None
    for index, value in enumerate(upper):
        if value is not None:
            last = value
        elif lower[index] is None:
            last = None
        spread.append(value if value is not None else last)
    return spread


def _titles(rows: Sequence[Sequence[Cell]], top: int, end: int) -> tuple[list[str], list[str]]:
    lower = [as_text(value) if isinstance(value, str) else "" for value in rows[end - 1]]
    if end - top == 1:
        return lower, [""] * len(lower)
    groups = [as_text(value) for value in _groups(rows[top], rows[end - 1])]
    return lower, groups


def _next_header(rows: Sequence[Sequence[Cell]], start: int, current: Sequence[Cell]) -> tuple[int, int] | None:
    """Finds the next header that differs from the present one; equal ones are only repeated."""
    for index in range(start, len(rows)):
        row = rows[index]
        if not any(
            isinstance(v, str) and ("名" in v or "户主" in v or v.lower().endswith(("name", "person"))) for v in row
        ):
            continue
        if _is_header(row) >= 3 and not _is_repeated(row, current):
            return index, index + 1
    return None


def _headerless(name: str, rows: Sequence[Sequence[Cell]], kind: ImportKind) -> Table | None:
    """Takes a sheet without any header if its columns speak for themselves."""
    start = next((i for i, row in enumerate(rows) if sum(v is not None for v in row) >= 2), None)
    if start is None or len(rows) - start < 3:
        return None
    if any(isinstance(value, str) and (_COUNTS.search(value) or exact_field(value)) for value in rows[start]):
        return None  # these are titles of something else, such as a summary by building
    width = len(rows[start])
    sample = rows[start : start + SAMPLE_ROWS]
    mapping = propose_mapping([""] * width, [""] * width, sample, kind)
    found = {column.field for column in mapping.columns}
    if Field.NAME not in found or not found & {Field.PHONE, Field.ID_NUMBER, Field.ADDRESS}:
        return None
    return Table(name, start, start, start, len(rows), mapping, _context(name, rows[:start]))


def _holds_people(mapping: Mapping, titles: Sequence[str]) -> bool:
    names = [column for column in mapping.columns if column.field in _PERSON_FIELDS]
    if not names:
        return False
    if any(column.confidence >= EXACT for column in names):
        return True
    # A summary has a leader's name per building beside its counts; those are no residents.
    if sum(1 for text in titles if _COUNTS.search(text)) >= 1:
        return False
    return any(looks_like_name(text) for column in names for text in column.examples)
