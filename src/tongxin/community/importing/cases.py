"""Reads a line list of cases: who fell ill and when. For drills on real outbreaks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongxin.community.importing.cells import as_text, is_blank_word
from tongxin.community.importing.dates import DateTrouble, read_day
from tongxin.community.importing.headers import title_key
from tongxin.community.importing.reader import read_upload
from tongxin.community.importing.shapes import Cell
from tongxin.community.importing.titles import Language

CASE_COLUMNS: dict[str, str] = {
    "person": "person personcode personid externalcode code caseid id 人员编号 编号 人员 姓名 name",
    "onset_date": "dateofprodrome prodrome onset onsetdate dateofonset symptomonset 发病日期 发病时间 起病日期 前驱期日期 症状出现日期",
    "report_date": "reportdate dateofreport reported reportedon confirmed dateofconfirmation confirmationdate 报告日期 报告时间 确诊日期 阳性日期",
    "rash_date": "dateofrash rash rashdate 出疹日期 皮疹日期",
    "death_date": "dateofdeath death deathdate died 死亡日期",
}
_FIELD_OF = {word: field for field, words in CASE_COLUMNS.items() for word in words.split()}

ERROR_SENTENCES: dict[str, tuple[str, str]] = {
    "no_header": ("没有找到表头：需要人员列，以及发病日期或报告日期列。", "No header row was found: a person column and an onset or report date are needed."),
    "no_person": ("第 {row} 行没有人员编号。", "Row {row} has no person."),
    "unknown_person": ("第 {row} 行的人员不在名单里。", "Row {row} names a person who is not on the list of people."),
    "repeated_person": ("第 {row} 行的人员在第 {first} 行已经出现。", "Row {row} repeats the person of row {first}."),
    "bad_date": ("第 {row} 行的 {column} 不是有效日期。", "Row {row}: {column} is not a date."),
    "ambiguous_date": ("第 {row} 行的 {column} 分不清月和日，请写成 2022-11-03。", "Row {row}: {column} may be day-month or month-day; write 2022-11-03."),
    "no_date": ("第 {row} 行既没有发病日期也没有报告日期。", "Row {row} has neither an onset date nor a report date."),
    "death_before_onset": ("第 {row} 行的死亡日期早于发病日期。", "Row {row}: death lies before onset."),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case. ``row`` is the number that Excel shows; at least one of onset and report is there."""

    row: int
    person: str
    onset_date: date | None = None
    report_date: date | None = None
    rash_date: date | None = None
    death_date: date | None = None


@dataclass(frozen=True, slots=True)
class CaseError:
    """What is wrong with a row; row 0 means the file. Holds no value of the file."""

    row: int
    code: str
    column: str = ""
    first: int = 0

    def sentence(self, language: Language) -> str:
        """This function will give the error in words, with its row number."""
        text = ERROR_SENTENCES[self.code][0 if language == "zh" else 1]
        return text.format(row=self.row, column=self.column, first=self.first)


@dataclass(frozen=True, slots=True)
class CaseList:
    """All cases that are right, in file order, and all errors."""

    rows: tuple[CaseRow, ...]
    errors: tuple[CaseError, ...]


def read_cases(data: bytes, *, known: frozenset[str] | None = None) -> CaseList:
    """This function will read a .csv or .xlsx line list.

    ``known`` are the codes of the people list; a case outside it is an error. Nothing is
    dropped silently: a row is either a case or an error.

    Raises:
        UploadRefused: the file cannot be read at all.
    """
    workbook = read_upload(data)
    for sheet in workbook.sheets:
        for index, row in enumerate(sheet.rows[:30]):
            columns = _columns(row)
            if "person" in columns and columns.keys() & {"onset_date", "report_date", "rash_date"}:
                return _read_rows(sheet.rows, index, columns, known)
    return CaseList((), (CaseError(0, "no_header"),))


def _columns(row: tuple[Cell, ...]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for index, value in enumerate(row):
        field = _FIELD_OF.get(title_key(value)) if isinstance(value, str) else None
        if field:
            columns.setdefault(field, index)
    return columns


def _read_rows(
    rows: tuple[tuple[Cell, ...], ...],
    header: int,
    columns: dict[str, int],
    known: frozenset[str] | None,
) -> CaseList:
    cases: list[CaseRow] = []
    errors: list[CaseError] = []
    first_of: dict[str, int] = {}
    titles = {field: as_text(rows[header][index]) for field, index in columns.items()}
    for index in range(header + 1, len(rows)):
        row = rows[index]
        if not any(value is not None and as_text(value) for value in row):
            continue
        found, wrong = _read_case(row, index + 1, columns, titles)
        if found.person and known is not None and found.person not in known:
            wrong.append(CaseError(index + 1, "unknown_person"))
        if found.person in first_of:
            wrong.append(CaseError(index + 1, "repeated_person", first=first_of[found.person]))
        elif found.person:
            first_of[found.person] = index + 1
        if wrong:
            errors.extend(wrong)
        else:
            cases.append(found)
    return CaseList(tuple(cases), tuple(errors))


def _read_case(
    row: tuple[Cell, ...], number: int, columns: dict[str, int], titles: dict[str, str]
) -> tuple[CaseRow, list[CaseError]]:
    wrong: list[CaseError] = []
    days: dict[str, date] = {}
    for field, index in columns.items():
        value = row[index] if index < len(row) else None
        if field == "person" or value is None or is_blank_word(as_text(value)):
            continue
        read = read_day(value, today=date.max)
        if read.trouble is DateTrouble.AMBIGUOUS:
            wrong.append(CaseError(number, "ambiguous_date", titles[field]))
        elif read.day is None or read.trouble:
            wrong.append(CaseError(number, "bad_date", titles[field]))
        else:
            days[field] = read.day
    person = as_text(row[columns["person"]]) if columns["person"] < len(row) else ""
    case = CaseRow(number, person, **days)
    if not person:
        wrong.append(CaseError(number, "no_person"))
    if not wrong and case.onset_date is None and case.report_date is None and not case.rash_date:
        wrong.append(CaseError(number, "no_date"))
    start = case.onset_date or case.report_date
    if start and case.death_date and case.death_date < start:
        wrong.append(CaseError(number, "death_before_onset"))
    return case, wrong
