"""The Word template of the report, made by this code: GB/T 9704 page, styles by font name, and the docxtpl tags.

GB/T 9704-2012: A4; upper margin 37 mm, binding margin 28 mm, type area 156 x 225 mm; body in size 3 (16 pt) FangSong,
22 lines of 28 characters; title in size 2 (22 pt) XiaoBiaoSong; headings 一、 HeiTi and （一） KaiTi; folio in size 4.
A site that wants its own letterhead saves this template once and edits it in Word; the tags are all it must keep.
"""

from io import BytesIO
from typing import Any

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.table import Table, _Row
from docx.text.paragraph import Paragraph

from tongxin.situation.documents.content import Language

XIAOBIAOSONG, FANGSONG, HEITI, KAITI, SONGTI = "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312", "宋体"
LATIN = "Times New Roman"
TYPE_AREA = Mm(156)
RED = RGBColor(0xC8, 0x10, 0x2E)

_LINE = {"zh": 28.0, "en": 20.0}
_SIZE = {"zh": 16.0, "en": 12.0}


def build_template(language: Language) -> bytes:
    """This function will make the .docx template of the report in one language."""
    document = Document()
    _set_page(document, language)
    _set_styles(document, language)
    _write_letterhead(document, language)
    _write_body(document)
    _write_sign_off(document)
    _write_folios(document)
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _set_page(document: WordDocument, language: Language) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(25)


def _set_styles(document: WordDocument, language: Language) -> None:
    size, line = _SIZE[language], _LINE[language]
    normal = _style(document, "Normal", FANGSONG, size)
    _spacing(normal, line)
    if language == "zh":
        # 28 characters of 16 pt are wider than 156 mm, so each is set 0.25 pt closer (a character grid would do the
        # same in Word, but other programs read it differently).
        _character_spacing(normal, -5)
    body = _style(document, "Body Text", FANGSONG, size)
    _indent_first_line(body, language)
    title = _style(document, "Title", XIAOBIAOSONG, 22 if language == "zh" else 18, align=WD_ALIGN_PARAGRAPH.CENTER)
    _remove_border(title)
    _spacing(title, line + 6)
    _style(document, "Subtitle", KAITI, size, align=WD_ALIGN_PARAGRAPH.CENTER)
    for level, font in ((1, HEITI), (2, KAITI), (3, FANGSONG)):
        heading = _style(document, f"Heading {level}", font, size)
        heading.paragraph_format.keep_with_next = True
        heading.font.bold = language == "en"
        _spacing(heading, line)
        _indent_first_line(heading, language)
    caption = _style(document, "Caption", HEITI, size - 4 if language == "zh" else 10, align=WD_ALIGN_PARAGRAPH.CENTER)
    caption.font.bold = False
    caption.paragraph_format.space_before = caption.paragraph_format.space_after = Pt(4)
    _style(document, "Table Text", FANGSONG, 12 if language == "zh" else 10, new=True)
    head = _style(document, "Red Head", XIAOBIAOSONG, 38 if language == "zh" else 26, new=True)
    head.font.color.rgb = RED
    head.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    note = _style(document, "Draft Note", HEITI, size, new=True)
    note.font.color.rgb = RED
    note.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for name in ("Table Text", "Red Head", "Caption"):
        document.styles[name].paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE


def _style(
    document: WordDocument,
    name: str,
    east_asian_font: str,
    size: float,
    *,
    align: WD_ALIGN_PARAGRAPH | None = None,
    new: bool = False,
) -> ParagraphStyle:
    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH) if new else document.styles[name]
    if not isinstance(style, ParagraphStyle):
        raise TypeError(f"{name} is no paragraph style in this template.")
    if new:
        style.base_style = document.styles["Normal"]
    style.font.size = Pt(size)
    style.font.italic = False
    style.font.color.rgb = RGBColor(0, 0, 0)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.attrib.clear()  # python-docx's own template points at theme fonts, which win over names
    for slot, font in (("ascii", LATIN), ("hAnsi", LATIN), ("cs", LATIN), ("eastAsia", east_asian_font)):
        fonts.set(qn(f"w:{slot}"), font)
    style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(0)
    if align is not None:
        style.paragraph_format.alignment = align
    return style


def _spacing(style: ParagraphStyle, points: float) -> None:
    style.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    style.paragraph_format.line_spacing = Pt(points)


def _character_spacing(style: ParagraphStyle, twentieths: int) -> None:
    spacing = OxmlElement("w:spacing")
    spacing.set(qn("w:val"), str(twentieths))
    style.element.get_or_add_rPr().insert_element_before(spacing, "w:w", "w:kern", "w:position", "w:sz", "w:szCs")


def _indent_first_line(style: ParagraphStyle, language: Language) -> None:
    if language == "zh":
        style.paragraph_format.first_line_indent = Pt(32)
        # In characters too, so that the indent follows when somebody changes the font size.
        style.element.pPr.find(qn("w:ind")).set(qn("w:firstLineChars"), "200")


def _remove_border(style: ParagraphStyle) -> None:
    border = style.element.pPr.find(qn("w:pBdr"))
    if border is not None:
        style.element.pPr.remove(border)


def _write_letterhead(document: WordDocument, language: Language) -> None:
    document.add_paragraph("{%p if frame.red_head %}")
    document.add_paragraph("{{ frame.red_head }}", style="Red Head")
    document.add_paragraph()
    line = document.add_paragraph("{{ frame.document_number }}")
    line.add_run("\t")
    line.add_run("{% if frame.signer %}{{ signer_word }}{% endif %}")
    signer = line.add_run("{{ frame.signer }}")
    _east_asian(signer._r.get_or_add_rPr(), KAITI)
    line.paragraph_format.tab_stops.add_tab_stop(TYPE_AREA, alignment=2)
    _bottom_border(line)
    document.add_paragraph()
    document.add_paragraph("{%p endif %}")
    document.add_paragraph("{{ frame.title }}", style="Title")
    document.add_paragraph("{{ frame.subtitle }}", style="Subtitle")
    document.add_paragraph("{%p if frame.draft %}")
    document.add_paragraph("{{ frame.draft }}", style="Draft Note")
    document.add_paragraph("{%p endif %}")
    document.add_paragraph("{%p if frame.addressee %}")
    document.add_paragraph("{{ frame.addressee }}")
    document.add_paragraph("{%p endif %}")


def _write_body(document: WordDocument) -> None:
    document.add_paragraph("{%p for block in blocks %}")
    styles = {"heading1": "Heading 1", "heading2": "Heading 2", "heading3": "Heading 3", "paragraph": "Body Text"}
    for kind, style in styles.items():
        document.add_paragraph("{%p if block.kind == '" + kind + "' %}")
        document.add_paragraph("{{r block.text }}", style=style)
        document.add_paragraph("{%p endif %}")
    document.add_paragraph("{%p if block.kind == 'caption' %}")
    caption = document.add_paragraph("{{r block.text }}", style="Caption")
    caption.paragraph_format.keep_with_next = True
    document.add_paragraph("{%p endif %}")
    document.add_paragraph("{%p if block.kind == 'curve' %}")
    picture = document.add_paragraph("{{ block.picture }}", style="Caption")
    picture.paragraph_format.keep_with_next = True
    document.add_paragraph("{%p endif %}")
    document.add_paragraph("{%p if block.kind == 'table' %}")
    _table(document)
    document.add_paragraph("{%p endif %}")
    document.add_paragraph("{%p endfor %}")


def _table(document: WordDocument) -> None:
    table = document.add_table(rows=4, cols=3, style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    _fill(table, 0, ("{%tc for header in block.headers %}", "{{ header }}", "{%tc endfor %}"))
    for cell in table.rows[0].cells:
        _east_asian(cell.paragraphs[0].runs[0]._r.get_or_add_rPr(), HEITI)
    _row_mark(table.rows[0], "tblHeader")
    _fill(table, 1, ("{%tr for row in block.rows %}", "", ""))
    _fill(table, 2, ("{%tc for cell in row %}", "{{r cell }}", "{%tc endfor %}"))
    _row_mark(table.rows[2], "cantSplit")
    _fill(table, 3, ("{%tr endfor %}", "", ""))


def _fill(table: Table, row: int, texts: tuple[str, str, str]) -> None:
    for cell, text in zip(table.rows[row].cells, texts, strict=True):
        cell.paragraphs[0].style = "Table Text"
        cell.paragraphs[0].add_run(text)
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER


def _row_mark(row: _Row, name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(f"w:{name}"))


def _write_sign_off(document: WordDocument) -> None:
    blank = document.add_paragraph()
    blank.paragraph_format.keep_with_next = True
    for text in ("{{ frame.office }}", "{{ frame.issued_on }}"):
        paragraph = document.add_paragraph(text)
        paragraph.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.paragraph_format.right_indent = Pt(64)
        paragraph.paragraph_format.keep_with_next = text != "{{ frame.issued_on }}"


def _write_folios(document: WordDocument) -> None:
    """Folios "— 1 —" in size 4 half-width SongTi: odd pages outside right, even pages outside left, one character in."""
    document.settings.odd_and_even_pages_header_footer = True
    section = document.sections[0]
    _folio(section.footer.paragraphs[0], WD_ALIGN_PARAGRAPH.RIGHT)
    _folio(section.even_page_footer.paragraphs[0], WD_ALIGN_PARAGRAPH.LEFT)


def _folio(paragraph: Paragraph, side: WD_ALIGN_PARAGRAPH) -> None:
    paragraph.paragraph_format.alignment = side
    if side == WD_ALIGN_PARAGRAPH.RIGHT:
        paragraph.paragraph_format.right_indent = Pt(14)
    else:
        paragraph.paragraph_format.left_indent = Pt(14)
    for kind in ("— ", "begin", " PAGE ", "separate", "1", "end", " —"):
        run = paragraph.add_run()
        run.font.size = Pt(14)
        _east_asian(run._r.get_or_add_rPr(), SONGTI)
        if kind in ("begin", "separate", "end"):
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)
        elif kind == " PAGE ":
            instruction = OxmlElement("w:instrText")
            instruction.set(qn("xml:space"), "preserve")
            instruction.text = kind
            run._r.append(instruction)
        else:
            run.text = kind


def _east_asian(properties: Any, font: str) -> None:
    properties.get_or_add_rFonts().set(qn("w:eastAsia"), font)


def _bottom_border(paragraph: Paragraph) -> None:
    borders = OxmlElement("w:pBdr")
    line = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "12"), ("space", "11"), ("color", str(RED))):
        line.set(qn(f"w:{name}"), value)
    borders.append(line)
    properties = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")
