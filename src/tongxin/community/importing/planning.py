"""Turns the rows of the found tables into parsed rows with a fate and reasons.

The rule of the whole importer: nobody is left out for a bad field. Only a row without a name
or without a place is refused; everything else comes in, and what is doubtful is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from tongxin.community.importing.addresses import parse_context
from tongxin.community.importing.care_classes import care_class_in
from tongxin.community.importing.carrying import RowsAbove
from tongxin.community.importing.cells import as_text, is_blank_word, simplified
from tongxin.community.importing.dates import day_order
from tongxin.community.importing.headers import exact_field, title_key
from tongxin.community.importing.layout import Grid, filled, labelled_place
from tongxin.community.importing.places import PLACE_FIELDS, may_share_door, read_place
from tongxin.community.importing.reasons import severity
from tongxin.community.importing.shapes import (
    Cell,
    Fate,
    Field,
    ImportKind,
    ParsedRow,
    Place,
    Reason,
    Severity,
    SheetLayout,
    SheetRole,
    Table,
    Workbook,
)
from tongxin.community.importing.values import READERS, RowDraft, settle_contradictions

GROUPED_SHARE = 0.15
GAPS_MEANT, GAPS_MEANT_SHARE = 3, 0.33
SAMPLE_MARK = "示例 EXAMPLE"
_SUBTOTAL = re.compile(
    r"(?:.{0,16}(?:楼|单元|栋|幢|座|门|层|院|院区|小区|社区|区|网格|组|页|部分|人员|住户|居民|人数|户数|#|\d)|分|总)?"
    r"(?:合计|总计|小计|共计|总数|总人数|总户数|累计)[\s:：]*.{0,30}|(?:本|全|该)?.{0,4}共\s*\d+\s*[户人].{0,20}|"
    r"(?:grand\s*|sub-?)?total[\s:].{0,30}|(?:grand\s*|sub-?)?total|sum",
    re.IGNORECASE,
)
_TOTAL_WORD = re.compile("[计計数數共]|total|sum", re.IGNORECASE)
_NOTE_ROW = re.compile(
    r"(?:注|备注|说明|填表说明|填表人|制表人|制表|填报人|填报单位|审核人|负责人|统计人|联系人|打印时间|制表日期|填表日期|"
    r"更新时间|截至|第\s*\d+\s*页|note|remark|prepared by|page)\s*(?:[:：0-9].*|\s.*)?|\*.*",
    re.IGNORECASE | re.DOTALL,
)
_SAMPLE = re.compile(r"[(\[【]?(?:示例|样例|例如|举例|填写示例|example|sample)(?:\W.*|\s.*)?", re.IGNORECASE)
_VACANT = re.compile(r"(?:空置|空房|空户|无人居住|无人住|无人|空关|未入住|未售|vacant|empty|unoccupied)(?:[房户]|中)?")
# A lone text that counts heads, such as 院士（17人）, heads a group; it is nobody's name.
_TITLE = re.compile(r"[:：。；]|(?:名单|台账|登记表|汇总|人员表|一览表|情况)$|[(（]\s*共?\s*\d+\s*[人户名位]\s*[)）]$")
_LABEL = re.compile("住址|地址|住所|门牌|房号|住户|address", re.IGNORECASE)
_SECTION = re.compile(
    r"[▲△■●◆★☆※*【(\[]*(?:第?[\d一二三四五六七八九十甲乙丙丁A-Za-z]{1,4}(?:号楼|栋|幢|座|#楼?|单元|楼))[^\d]{0,20}.{0,20}"
)


def plan_rows(
    workbook: Workbook, layouts: Sequence[SheetLayout], *, kind: ImportKind, today: date
) -> tuple[ParsedRow, ...]:
    """This function will read all rows of all sheets whose role is PEOPLE.

    Blank rows are not reported. ``layouts`` come from ``layout.find_tables``, possibly changed
    by the user; a layout whose sheet is not in the workbook is passed over.
    """
    return tuple(iter_rows(workbook, layouts, kind=kind, today=today))


def iter_rows(
    workbook: Workbook, layouts: Sequence[SheetLayout], *, kind: ImportKind, today: date
) -> Iterator[ParsedRow]:
    """This function will do what ``plan_rows`` does, one row at a time, for a progress bar."""
    sheets = {sheet.name: sheet for sheet in workbook.sheets}
    for layout in layouts:
        if layout.role is SheetRole.PEOPLE and layout.sheet in sheets:
            grid = filled(sheets[layout.sheet])
            for table in layout.tables:
                yield from _TableReader(grid, table, kind, today).rows()


def _is_total(text: str) -> bool:
    # Nearly no cell holds such a word at all, and looking for it costs little.
    return bool(_TOTAL_WORD.search(text)) and bool(_SUBTOTAL.fullmatch(simplified(text).replace(" ", "")))


class _TableReader:
    """Walks down one table; remembers the section title and the place of the row above."""

    def __init__(self, grid: Grid, table: Table, kind: ImportKind, today: date) -> None:
        self.grid, self.table, self.kind, self.today = grid, table, kind, today
        used = [column for column in table.mapping.columns if column.field is not None]
        self.columns = {column.field: column.index for column in used if column.field}
        self.readers = [
            (field, self.columns[field], reader) for field, reader in READERS.items() if field in self.columns
        ]
        # A column of ours that nobody filled in does not promise a door in every row.
        self.places = [
            (place, self.columns[place])
            for place in PLACE_FIELDS
            if place in self.columns and self._is_used(self.columns[place])
        ]
        self.name_column = self.columns.get(Field.NAME)
        self.headers = [
            {index: title_key(as_text(value)) for index, value in enumerate(row) if value is not None}
            for row in grid.rows[table.header_row : table.header_end]
        ]
        self.context, self.section, self.above = table.context, Place(), Place()
        self.care_class = self._class_above() if kind is ImportKind.SPECIAL_CARE else ""
        self.rows_above = RowsAbove(self.columns, self._data())
        self.households: dict[str, Place] = {}
        self.has_head_column = bool(self.columns.keys() & {Field.HOUSEHOLD_HEAD, Field.HOUSEHOLD_NUMBER})
        without, people = self._without_place()
        self.is_grouped = without >= GROUPED_SHARE * people
        # No column could say who lives with whom: then it takes more gaps to believe that they are meant.
        self.is_told_by_gaps = (
            not self.has_head_column
            and Field.RELATION_TO_HEAD not in self.columns
            and without >= max(GAPS_MEANT, GAPS_MEANT_SHARE * people)
        )
        self.day_first = {
            field: day_order([row[self.columns[field]] for row in self._data() if self.columns[field] < len(row)])
            for field in (Field.BIRTH_DATE,)
            if field in self.columns
        }

    def _class_above(self) -> str:
        """Gives the class that the sheet's name or the nearest title above the list tells for all its people."""
        lines = [" ".join(as_text(v) for v in row if v is not None) for row in self.grid.rows[: self.table.header_row]]
        told = [care_class_in(line) for line in (self.table.sheet, *lines) if len(line) <= 60]
        return next((code for code in reversed(told) if code), "")

    def _data(self) -> Iterable[tuple[Cell, ...]]:
        return self.grid.rows[self.table.first_row : self.table.end_row]

    def _without_place(self) -> tuple[int, int]:
        """Return how many people have no place in their own row, and how many people there are.

        A place that is missing here and there is missing; only where it often is, it is a habit of the ledger,
        which tells the door once a household and leaves it out below.
        """
        at = [column for _, column in self.places]
        people = [row for row in self._data() if not is_blank_word(self._name(row))]
        without = sum(1 for row in people if all(c >= len(row) or row[c] is None for c in at))
        return (without if at else 0), len(people)

    def _is_used(self, column: int) -> bool:
        return any(column < len(row) and row[column] is not None for row in self._data())

    def rows(self) -> Iterator[ParsedRow]:
        """Yields each row that is not blank."""
        for offset, row in enumerate(self._data()):
            index = self.table.first_row + offset
            present = [c for c in self.columns.values() if c < len(row) and row[c] is not None]
            if not present and all(value is None for value in row):
                continue
            own = self.table.own_columns
            if own and not any(c < len(row) and row[c] is not None for c in own):
                continue
            ignored = self._why_ignored(index, row)
            if ignored:
                reason = Reason(ignored)
                yield ParsedRow(self.table.sheet, index + 1, {}, Place(), Fate.IGNORED, (reason,))
            elif present:
                parsed = self._read(index, row)
                if parsed is not None:
                    yield parsed

    def _why_ignored(self, index: int, row: tuple[Cell, ...]) -> str:
        """Gives the code of the reason to pass a row over, or an empty text."""
        texts = [value for value in row if isinstance(value, str)]
        first = as_text(texts[0]) if texts else ""
        name = self._name(row)
        if self._is_repeated_header(row):
            return "repeated_header"
        if self.name_column is not None and (index, self.name_column) in self.grid.continued:
            return "continuation_row"
        distinct = {value for value in row if value is not None}
        is_lone = len(distinct) == 1 and bool(texts)
        if is_lone and (alone := self._lone_text(first)):
            return alone
        if self._is_section_with_words(row, first, name, len(distinct)) or self._is_labelled_place(row, first):
            return "section_row"
        if first and self._is_summary(row, first, name):
            return "subtotal_row" if _is_total(first) else "note_row"
        if (name and _SAMPLE.fullmatch(name)) or SAMPLE_MARK in texts:
            return "sample_row"
        if self._is_vacant(row, name):
            return "vacant_dwelling"
        if self._is_only_numbered(row):
            return "numbered_blank"
        return ""

    def _name(self, row: tuple[Cell, ...]) -> str:
        column = self.name_column
        return as_text(row[column]) if column is not None and column < len(row) else ""

    def _is_repeated_header(self, row: tuple[Cell, ...]) -> bool:
        values = [(i, value) for i, value in enumerate(row) if value is not None]
        if any(not isinstance(value, str) for _, value in values):
            return False
        for titles in self.headers:
            hits = sum(1 for i, v in values if isinstance(v, str) and len(v) < 31 and titles.get(i) == title_key(v))
            if hits >= 2 and hits * 10 >= len(values) * 6:
                return True
        column = self.name_column
        word = row[column] if column is not None and column < len(row) else None
        return (
            isinstance(word, str)
            and len(word) < 31
            and exact_field(word) is Field.NAME
            and sum(1 for _, v in values if isinstance(v, str) and len(v) < 31 and exact_field(v)) >= 2
        )

    def _lone_text(self, text: str) -> str:
        """Judges a row that holds one text only, perhaps merged across."""
        if self.kind is ImportKind.SPECIAL_CARE:
            self.care_class = care_class_in(text) or self.care_class
        if _is_total(text):
            return "subtotal_row"
        place = parse_context(text)
        if place and _SECTION.fullmatch(text.replace(" ", "")):
            if place.building or not self.section.building:
                self.section = place
            else:
                self.section = Place(building=self.section.building, entrance=place.entrance)
            self.above = Place()
            self.rows_above.reset()
            return "section_row"
        return "note_row" if _NOTE_ROW.fullmatch(text) or len(text) > 12 or _TITLE.search(text) else ""

    def _is_section_with_words(self, row: tuple[Cell, ...], first: str, name: str, values: int) -> bool:
        """Takes 18号楼 beside 楼长：… for a section title where nobody is named."""
        if name not in ("", first) or values > 3:
            return False
        own = [self.columns[f] for f in (Field.ID_NUMBER, Field.PHONE, Field.DWELLING) if f in self.columns]
        if any(c < len(row) and row[c] is not None for c in own):
            return False
        return bool(_SECTION.fullmatch(first.replace(" ", ""))) and self._lone_text(first) == "section_row"

    def _is_labelled_place(self, row: tuple[Cell, ...], first: str) -> bool:
        """Takes 住址 | 18-1-302 between two lists for the place of the household below."""
        if len(first) > 12 or not _LABEL.search(first):
            return False
        place = labelled_place(row)
        if place.building and place.dwelling:
            self.context, self.section, self.above = place, Place(), place
            self.rows_above.reset()
        return bool(place)

    def _is_summary(self, row: tuple[Cell, ...], first: str, name: str) -> bool:
        if not (_is_total(first) or _NOTE_ROW.fullmatch(first)):
            return bool(name) and _is_total(name)
        # A person stays a person, whatever stands in the first column.
        telling = (Field.ID_NUMBER, Field.PHONE)
        held = [self.columns[f] for f in telling if f in self.columns]
        has_key = any(c < len(row) and len(as_text(row[c])) >= 7 for c in held)
        is_named = bool(name) and name != first and not _NOTE_ROW.fullmatch(name)
        return not (is_named and (has_key or _NOTE_ROW.fullmatch(first)))

    def _is_vacant(self, row: tuple[Cell, ...], name: str) -> bool:
        """Says whether the row only tells that nobody lives behind this door."""
        if name:
            return bool(_VACANT.fullmatch(name.strip("()[]")))
        telling = [self.columns[f] for f in (Field.ID_NUMBER, Field.PHONE) if f in self.columns]
        if any(column < len(row) and not is_blank_word(as_text(row[column])) for column in telling):
            return False
        return any(isinstance(value, str) and _VACANT.fullmatch(as_text(value).strip("()[]")) for value in row)

    def _is_only_numbered(self, row: tuple[Cell, ...]) -> bool:
        column = self.columns.get(Field.SERIAL)
        if column is None or column >= len(row) or row[column] is None:
            return False
        return all(value is None or i == column or is_blank_word(as_text(value)) for i, value in enumerate(row))

    def _read(self, index: int, row: tuple[Cell, ...]) -> ParsedRow | None:
        draft = RowDraft(self.today, self.day_first)
        row, is_carried = self.rows_above.completed(row)
        if is_carried:
            draft.tell("place_part_from_above")
        width = len(row)
        column = self.columns.get(Field.ID_TYPE)
        draft.id_type = as_text(row[column]) if column is not None and column < width else ""
        for field, at, reader in self.readers:
            if at < width and (value := row[at]) is not None:
                reader(draft, field, value)
        settle_contradictions(draft)
        if self.care_class and Field.SPECIAL_CARE_CLASSES not in draft.fields and Field.NAME in draft.fields:
            draft.fields[Field.SPECIAL_CARE_CLASSES] = (self.care_class,)
            draft.tell("care_class_from_title", Field.SPECIAL_CARE_CLASSES)
        context = self.section if self.section.building else self._context()
        cells_of = {field: row[at] for field, at in self.places if at < width}
        shares = self.is_grouped and may_share_door(
            draft, has_head_column=self.has_head_column, is_told_by_gaps=self.is_told_by_gaps
        )
        place = read_place(draft, cells_of, context, self.above if shares else Place(), self.households)
        if not draft.fields and not place and not draft.reasons:
            return None
        if place:
            self.above = place
            if place.household:
                self.households.setdefault(place.household, place)
        self._refuse(draft, place)
        return ParsedRow(self.table.sheet, index + 1, draft.fields, place, _fate(draft.reasons), tuple(draft.reasons))

    def _context(self) -> Place:
        if self.section.entrance and self.context.building:
            return Place(building=self.context.building, entrance=self.section.entrance)
        return self.context

    def _refuse(self, draft: RowDraft, place: Place) -> None:
        fields = draft.fields
        if Field.NAME not in fields and self.name_column is None and Field.EXTERNAL_CODE in fields:
            fields[Field.NAME] = fields[Field.EXTERNAL_CODE]
            draft.tell("name_is_code", Field.NAME)
        if Field.NAME not in fields:
            draft.tell("no_name", Field.NAME)
        if place:
            return
        if self.kind is ImportKind.RESPONDERS:
            if not fields.keys() & {Field.HOME_DEPARTMENT, Field.DEPARTMENT, Field.WORK_UNIT, Field.PHONE}:
                draft.tell("responder_unreachable")
        elif self.kind is ImportKind.PEOPLE or not fields.keys() & {
            Field.TONGXIN_ID,
            Field.ID_NUMBER,
            Field.PHONE,
            Field.EXTERNAL_CODE,
        }:
            # A special-care list names people who are known already; a sure key finds them.
            draft.tell("no_place", Field.ADDRESS)


def _fate(reasons: Sequence[Reason]) -> Fate:
    weights = {severity(reason.code) for reason in reasons}
    if Severity.REFUSAL in weights:
        return Fate.REFUSED
    return Fate.DOUBTFUL if Severity.DOUBT in weights else Fate.OK
