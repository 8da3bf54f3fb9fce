"""What a report says, before anybody decides how it looks.

The texts arrive ready in the language of the report; the writers beside this file (docx, pdf, curve) only lay them out.
Numbers are `Figure`s, so that each can carry its link to the rows that it counts and its value of the day before.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")

_PLACEHOLDER = re.compile(r"%\((\w+)\)s|%%")


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that can be traced to its rows.

    `previous` is the same number one period earlier (None: not known). `unit` is a ready word (例, people).
    `link` is the path of the page with the rows, with ids and codes only. `is_new` marks what happened in the period
    (new cases) as against what stands at its end (people under management): only the former decide the zero report.
    """

    key: str
    label: str
    value: int | float
    previous: int | float | None = None
    unit: str = ""
    link: str = ""
    is_new: bool = False


Text = str | tuple[str | Figure, ...]
"""A sentence: plain, or pieces in which each number is a Figure with its link."""

Cell = str | Figure


@dataclass(frozen=True, slots=True)
class Table:
    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""

    def __post_init__(self) -> None:
        """This function will refuse a ragged table (ValueError): Word opens one with a repair warning."""
        if not self.headers:
            raise ValueError("A table needs at least one column.")
        for number, row in enumerate(self.rows, start=1):
            if len(row) != len(self.headers):
                raise ValueError(f"Row {number} has {len(row)} cells under {len(self.headers)} headers.")


@dataclass(frozen=True, slots=True)
class CurveDay:
    """Counts of one day, one per series of the curve, and the page with the rows of that day."""

    on_date: date
    counts: tuple[int, ...]
    link: str = ""


@dataclass(frozen=True, slots=True)
class Curve:
    """An epidemic curve: `series` are ready words in drawing order from the axis up, at most four."""

    title: str
    series: tuple[str, ...]
    days: tuple[CurveDay, ...]
    caption: str = ""

    def __post_init__(self) -> None:
        """This function will refuse counts that do not fit the series, are negative, or days out of order (ValueError)."""
        if not 1 <= len(self.series) <= 4:
            raise ValueError("A curve has one to four series.")
        for day in self.days:
            if len(day.counts) != len(self.series):
                raise ValueError(f"{day.on_date} has {len(day.counts)} counts for {len(self.series)} series.")
            if min(day.counts) < 0:
                raise ValueError(f"{day.on_date} has a negative count.")
        dates = [day.on_date for day in self.days]
        if dates != sorted(set(dates)):
            raise ValueError("The days of a curve are given once each, in order.")


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered part of the report; the writers number it (一、 and （一）, or 1 and 1.1): `heading` has no number."""

    heading: str
    paragraphs: tuple[Text, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    curves: tuple[Curve, ...] = ()
    subsections: tuple["Section", ...] = ()


@dataclass(frozen=True, slots=True)
class ReportContent:
    """One report in one language.

    `red_head` is the issuing office (empty: no red head); `document_number` its reference, for instance 院指〔2022〕3号;
    `signer` is who signs it off (empty: a draft, and the page says so). The period's end is exclusive, as everywhere.
    """

    language: Language
    title: str
    compound: str
    period_starts_at: datetime
    period_ends_at: datetime
    issue_number: int
    issued_at: datetime
    signer: str = ""
    red_head: str = ""
    document_number: str = ""
    addressee: str = ""
    figures: tuple[Figure, ...] = ()
    sections: tuple[Section, ...] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        """This function will refuse an unknown language, an empty period or an issue below 1 (ValueError)."""
        if self.language not in LANGUAGES:
            raise ValueError(f"No report is written in {self.language!r}.")
        if self.period_ends_at <= self.period_starts_at:
            raise ValueError("The period of a report ends after it starts.")
        if self.issue_number < 1:
            raise ValueError("Reports are numbered from 1.")

    @property
    def is_zero_report(self) -> bool:
        """This function will tell whether nothing new happened: every figure marked `is_new` is 0, and there is one."""
        new = [figure.value for figure in self.figures if figure.is_new]
        return bool(new) and not any(new)


def linked(sentence: str, /, **parts: str | Figure) -> Text:
    """This function will put figures into a translated sentence with named placeholders and keep them traceable.

    >>> linked("今日新增%(cases)s。", cases=Figure("cases", "新增病例", 3))  # doctest: +SKIP
    Raises KeyError when the sentence names a part that is not given.
    """
    pieces: list[str | Figure] = []
    start = 0
    for match in _PLACEHOLDER.finditer(sentence):
        pieces.append(sentence[start : match.start()])
        pieces.append("%" if match.group() == "%%" else parts[match.group(1)])
        start = match.end()
    pieces.append(sentence[start:])
    return tuple(piece for piece in pieces if piece != "")


def walk_figures(content: ReportContent) -> Iterator[Figure]:
    """This function will yield every figure of the report, in reading order, repeats included."""
    yield from content.figures
    for section in content.sections:
        yield from _section_figures(section)


def _section_figures(section: Section) -> Iterator[Figure]:
    for text in section.paragraphs:
        if not isinstance(text, str):
            yield from (piece for piece in text if isinstance(piece, Figure))
    yield from section.figures
    for table in section.tables:
        for row in table.rows:
            yield from (cell for cell in row if isinstance(cell, Figure))
    for subsection in section.subsections:
        yield from _section_figures(subsection)
