"""A report as one flat row of blocks, numbered and worded: what both writers (docx, pdf) set in type.

Keeping the reading order in one place is what makes the Word file and the PDF say the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tongxin.situation.documents.content import Cell, Curve, Figure, ReportContent, Section, Table, Text
from tongxin.situation.documents.words import (
    day_text,
    difference,
    heading_number,
    period_before,
    period_text,
    plain_text,
    say,
    signed_change,
)

_MOST_IN_SENTENCE = 6

BlockKind = Literal["heading1", "heading2", "heading3", "paragraph", "caption", "table", "curve"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, with the address of the rows behind it when it is a number that has one."""

    text: str
    link: str = ""


Pieces = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Block:
    kind: BlockKind
    pieces: Pieces = ()
    headers: tuple[str, ...] = ()
    rows: tuple[tuple[Pieces, ...], ...] = ()
    curve: Curve | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """The texts around the blocks: red head, title lines and the sign-off."""

    red_head: str
    document_number: str
    signer: str
    title: str
    subtitle: str
    addressee: str
    office: str
    issued_on: str
    draft: str


def frame_of(content: ReportContent) -> Frame:
    """This function will word everything that stands around the body of the report."""
    language = content.language
    subtitle = "　".join(
        (
            plain_text(content.compound),
            say("issue", language, number=content.issue_number),
        )
    )
    return Frame(
        red_head=plain_text(content.red_head),
        document_number=plain_text(content.document_number),
        signer=plain_text(content.signer),
        title=plain_text(content.title),
        subtitle=subtitle if language == "zh" else subtitle.replace("　", ", "),
        addressee=say("addressee", language, name=plain_text(content.addressee)) if content.addressee else "",
        office=plain_text(content.red_head or content.compound),
        issued_on=day_text(content.issued_at.date(), language),
        draft="" if content.signer else say("draft", language),
    )


class _Numbers:
    """Running numbers of tables and curves in one report."""

    def __init__(self) -> None:
        self.tables = 0
        self.curves = 0


def blocks_of(content: ReportContent, *, base_url: str = "", is_page: bool = False) -> tuple[Block, ...]:
    """This function will lay the report out in reading order.

    `base_url` (for instance http://127.0.0.1:8000) makes the links of figures absolute; without it they are left out,
    because a path alone leads nowhere from a file. A page of our own (`is_page`) keeps the paths.
    """
    writer = _Writer(content, base_url.rstrip("/"), _Numbers(), is_page=is_page)
    return tuple(writer.blocks())


class _Writer:
    def __init__(self, content: ReportContent, base_url: str, numbers: _Numbers, *, is_page: bool = False) -> None:
        self.keeps_links = bool(base_url) or is_page
        self.content = content
        self.language = content.language
        self.base_url = base_url
        self.numbers = numbers
        self.before = period_before(content)

    def blocks(self) -> Iterator[Block]:
        content = self.content
        period = period_text(content.period_starts_at, content.period_ends_at, self.language)
        yield self._paragraph(say("period", self.language, period=period) + ("。" if self.language == "zh" else "."))
        if content.is_zero_report:
            yield self._paragraph(say("zero_day", self.language, period=period))
        if content.figures:
            # A long row of numbers is read in the table only.
            if len(content.figures) <= _MOST_IN_SENTENCE:
                yield Block("paragraph", self._sentence(content.figures))
            yield from self._table(self._figure_table(content.figures))
        for number, section in enumerate(content.sections, start=1):
            yield from self._section(section, (number,))

    def _section(self, section: Section, path: tuple[int, ...]) -> Iterator[Block]:
        kinds: tuple[BlockKind, ...] = ("heading1", "heading2", "heading3")
        heading = heading_number(path, self.language) + plain_text(section.heading)
        yield Block(kinds[min(len(path), 3) - 1], (Piece(heading),))
        for text in section.paragraphs:
            yield Block("paragraph", self._pieces(text))
        if section.figures:
            yield Block("paragraph", self._sentence(section.figures))
        for table in section.tables:
            yield from self._table(table)
        for curve in section.curves:
            yield from self._curve(curve)
        for number, subsection in enumerate(section.subsections, start=1):
            yield from self._section(subsection, (*path, number))

    def _paragraph(self, text: str) -> Block:
        return Block("paragraph", (Piece(text),))

    def _pieces(self, text: Text | Cell) -> Pieces:
        if isinstance(text, Figure):
            return (self._number(text),)
        if isinstance(text, str):
            return (Piece(plain_text(text)),)
        pieces: list[Piece] = []
        for part in text:
            if isinstance(part, str):
                pieces.append(Piece(plain_text(part)))
            else:
                pieces += (self._number(part), Piece(self._unit(part)))
        return tuple(piece for piece in pieces if piece.text)

    def _number(self, figure: Figure) -> Piece:
        link = figure.link if figure.link.startswith("/") and not figure.link.startswith("//") else ""
        return Piece(str(figure.value), self.base_url + link if self.keeps_links and link else "")

    def _unit(self, figure: Figure) -> str:
        """Chinese counts with a measure word; an English label says already what is counted."""
        return plain_text(figure.unit) if self.language == "zh" or figure.unit == "%" else ""

    def _sentence(self, figures: tuple[Figure, ...]) -> Pieces:
        """The figures in one sentence, each with its change in words: 新增病例3例，较前一日增加2例；……。"""
        is_chinese = self.language == "zh"
        has_previous = any(figure.previous is not None for figure in figures)
        pieces: list[Piece] = []
        for place, figure in enumerate(figures):
            label = plain_text(figure.label) + ("" if is_chinese else ": ")
            change = difference(figure, self.language, before=self.before) if has_previous else ""
            tail = (f"，{change}" if is_chinese else f" ({change})") if change else ""
            tail = self._unit(figure) + tail
            is_last = place == len(figures) - 1
            end = ("。" if is_chinese else ".") if is_last else ("；" if is_chinese else "; ")
            pieces += (Piece(label), self._number(figure), Piece(plain_text(tail) + end))
        return tuple(pieces)

    def _figure_table(self, figures: tuple[Figure, ...]) -> Table:
        headers = tuple(say(key, self.language) for key in ("item", "now", "before", "change", "unit"))
        rows = tuple(
            (
                figure.label,
                figure,
                "—" if figure.previous is None else str(figure.previous),
                signed_change(figure),
                figure.unit,
            )
            for figure in figures
        )
        return Table(headers, rows, say("figures", self.language))

    def _table(self, table: Table) -> Iterator[Block]:
        if table.caption:
            self.numbers.tables += 1
            yield self._caption("table", self.numbers.tables, table.caption)
        yield Block(
            "table",
            headers=tuple(plain_text(header) for header in table.headers),
            rows=tuple(tuple(self._pieces(cell) for cell in row) for row in table.rows),
        )

    def _curve(self, curve: Curve) -> Iterator[Block]:
        self.numbers.curves += 1
        yield Block("curve", curve=curve)
        yield self._caption("curve", self.numbers.curves, curve.caption or curve.title)

    def _caption(self, kind: str, number: int, caption: str) -> Block:
        return Block("caption", (Piece(say(kind, self.language, number=number, caption=plain_text(caption))),))
