"""The night report as Word and PDF: how it is laid out, and that no text in it is ever run as markup."""

import io
import re
import zipfile
from dataclasses import replace
from datetime import date, datetime, timedelta
from xml.etree import ElementTree

import docx
import pytest
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from tongxin.situation.documents.content import (
    Curve,
    CurveDay,
    Figure,
    Section,
    Table,
)
from tongxin.situation.documents.curve import describe
from tongxin.situation.documents.docx import render_docx
from tongxin.situation.documents.letterhead import build_template
from tongxin.situation.documents.pdf import FontsMissing, render_curve_png, render_pdf
from tongxin.situation.documents.words import (
    plain_text,
)
from tongxin.situation.tests.sample_report import (
    HOSTILE,
    SITE,
    document_text,
    pdf_text,
    report,
    some_curve,
    some_figures,
)

# --- Word -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def word() -> docx.document.Document:
    return docx.Document(io.BytesIO(render_docx(report(), base_url=SITE)))


def test_page_is_that_of_the_standard(word):
    section = word.sections[0]
    page = (section.page_width, section.page_height)
    margins = (section.top_margin, section.left_margin, section.bottom_margin, section.right_margin)
    assert [round(side.mm) for side in page] == [210, 297]
    assert [round(side.mm) for side in margins] == [37, 28, 35, 26]


@pytest.mark.parametrize(
    ("style", "font", "size"),
    [
        ("Body Text", "仿宋_GB2312", 16),
        ("Title", "方正小标宋简体", 22),
        ("Heading 1", "黑体", 16),
        ("Heading 2", "楷体_GB2312", 16),
        ("Heading 3", "仿宋_GB2312", 16),
        ("Red Head", "方正小标宋简体", 38),
    ],
)
def test_fonts_are_named_for_chinese(word, style, font, size):
    found = word.styles[style]
    fonts = found.element.rPr.rFonts
    assert fonts.get(qn("w:eastAsia")) == font
    assert not [name for name in fonts.attrib if "Theme" in name]
    assert found.font.size.pt == size


def test_body_has_22_lines_of_28_characters(word):
    normal, body = word.styles["Normal"], word.styles["Body Text"]
    assert normal.paragraph_format.line_spacing.pt == 28
    assert int(225 / 25.4 * 72 / normal.paragraph_format.line_spacing.pt) == 22
    closer = int(normal.element.rPr.find(qn("w:spacing")).get(qn("w:val"))) / 20
    assert int(156 / 25.4 * 72 / (normal.font.size.pt + closer)) == 28
    assert body.element.pPr.find(qn("w:ind")).get(qn("w:firstLineChars")) == "200"


def test_folios_stand_outside(word):
    assert word.settings.odd_and_even_pages_header_footer
    for footer, side in ((word.sections[0].footer, "RIGHT"), (word.sections[0].even_page_footer, "LEFT")):
        paragraph = footer.paragraphs[0]
        assert paragraph.alignment.name == side
        assert re.fullmatch(r"— \d+ —", paragraph.text)
        assert " PAGE " in [node.text for node in paragraph._p.iter(qn("w:instrText"))]


def test_word_says_what_the_report_says(word):
    texts = [paragraph.text for paragraph in word.paragraphs]
    wanted = [
        "同心院疫情防控指挥部",
        "疫情防控工作情况报告",
        "统计时段：2022年11月3日0—24时。",
        "一、当前形势",
        "（一）核酸检测",
        "2022年11月4日",
    ]
    assert [text for text in texts if text in wanted] == [*wanted[:2], *wanted[2:5], "同心院疫情防控指挥部", wanted[5]]
    assert any(
        "新增病例3例，较前一日增加2例；新增密接42人，较前一日减少8人；在管密接118人，与前一日持平。" in text
        for text in texts
    )
    assert "同防指〔2022〕3号\t签发人：林知远" in texts


def test_word_styles_carry_the_structure(word):
    styles = {paragraph.text: paragraph.style.name for paragraph in word.paragraphs if paragraph.text}
    assert styles["疫情防控工作情况报告"] == "Title"
    assert styles["二、工作开展情况"] == "Heading 1"
    assert styles["（一）核酸检测"] == "Heading 2"
    assert styles["499人全部联系。"] == "Body Text"


def test_tables_fill_the_type_area_and_repeat_their_header(word):
    assert [len(table.columns) for table in word.tables] == [5, 2]
    assert [[cell.text for cell in row.cells] for row in word.tables[0].rows][:3] == [
        ["项目", "本期", "上期", "增减", "单位"],
        ["新增病例", "3", "1", "+2", "例"],
        ["新增密接", "42", "50", "−8", "人"],
    ]
    for table in word.tables:
        widths = [cell.width.mm for cell in table.rows[0].cells]
        assert sum(widths) == pytest.approx(156, abs=0.5)
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None


def test_numbers_link_to_their_rows(word):
    targets = {relation.target_ref for relation in word.part.rels.values() if relation.is_external}
    assert targets == {f"{SITE}/situation/figures/{key}/" for key in ("cases", "contacts", "managed", "total")}
    without = docx.Document(io.BytesIO(render_docx(report())))
    assert not [relation for relation in without.part.rels.values() if relation.is_external]


def test_picture_has_words(word):
    assert len(word.inline_shapes) == 1
    assert word.inline_shapes[0]._inline.docPr.get("descr") == f"每日新增: {describe(some_curve(), 'zh')}"


def test_file_properties_come_from_the_report(word):
    assert word.core_properties.title == "疫情防控工作情况报告"
    assert word.core_properties.author == "同心院疫情防控指挥部"
    assert word.core_properties.language == "zh-CN"


def test_red_head_and_addressee_are_optional():
    bare = document_text(render_docx(report(red_head="", document_number="", sections=(), signer="")))
    assert "签发人" not in bare
    assert "草稿，尚未签发" in bare
    assert "市指挥部：" in document_text(render_docx(report(addressee="市指挥部", sections=())))


def test_zero_report_is_written_in_both_languages():
    quiet = report(figures=some_figures(0), sections=())
    assert "零报告：2022年11月3日0—24时，本院区无新增情况。" in document_text(render_docx(quiet))
    english = document_text(render_docx(replace(quiet, language="en")))
    assert "Zero report: nothing new happened in this compound during 3 Nov 2022, 00:00-24:00." in english
    assert "Zero report" not in document_text(render_docx(report(language="en", sections=())))


@pytest.mark.parametrize("write", [render_docx, render_pdf])
def test_same_facts_give_the_same_bytes(write):
    assert write(report()) == write(report())
    assert write(report()) != write(report(issue_number=4))


@pytest.mark.parametrize("text", HOSTILE)
def test_word_prints_hostile_text_as_it_is(text):
    content = report(
        title=text, signer=text, red_head=text, compound=text,
        figures=(Figure("x", text, 1, 2, text, "/x/"),),
        sections=(Section(text, (text,), tables=(Table((text,), ((text,),), text),)),),
    )  # fmt: skip
    # The invisible joiner is what keeps docxtpl from turning {_{ into {{.
    printed = document_text(render_docx(content)).replace("\u2060", "")
    assert printed.count(text) >= 10
    assert f"一、{text}" in printed


@given(st.text(alphabet=st.sampled_from("{}_%#<>&\"'`$*\\/a一 \n\t\a\f\x00"), min_size=1, max_size=12))
@settings(max_examples=25, deadline=None)
def test_word_survives_any_marks(text):
    content = report(title="t", figures=(), sections=(Section("h", (f"[{text}]",)),))
    printed = document_text(render_docx(content)).replace("\u2060", "")
    assert f"[{plain_text(text)}]" in printed


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_sites_own_letterhead_is_filled(language):
    own = docx.Document(io.BytesIO(build_template(language)))
    own.add_paragraph("抄送：{{ frame.office }}")
    buffer = io.BytesIO()
    own.save(buffer)
    printed = document_text(render_docx(report(language=language, sections=()), template=buffer.getvalue()))
    assert "抄送：同心院疫情防控指挥部" in printed


def test_a_letterhead_cannot_run_code():
    own = docx.Document(io.BytesIO(build_template("zh")))
    own.add_paragraph("{{ frame.__class__.__mro__ }}")
    buffer = io.BytesIO()
    own.save(buffer)
    with pytest.raises(Exception, match="unsafe"):
        render_docx(report(sections=()), template=buffer.getvalue())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_word_file_is_well_formed(language):
    with zipfile.ZipFile(io.BytesIO(render_docx(report(language=language), base_url=SITE))) as parts:
        assert parts.testzip() is None
        for name in parts.namelist():
            if name.endswith((".xml", ".rels")):
                ElementTree.fromstring(parts.read(name))
        body = parts.read("word/document.xml").decode()
    assert "{%" not in body
    assert "{{" not in body


# --- PDF --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pdf() -> PdfReader:
    return PdfReader(io.BytesIO(render_pdf(report(), base_url=SITE)))


def test_pdf_is_a4_tagged_and_named(pdf):
    assert {(round(float(page.mediabox.width)), round(float(page.mediabox.height))) for page in pdf.pages} == {
        (595, 842)
    }
    assert pdf.metadata.title == "疫情防控工作情况报告"
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert pdf.trailer["/Root"]["/Lang"].startswith("zh")


def test_pdf_embeds_its_fonts(pdf):
    names = {str(font) for page in pdf.pages for font in page["/Resources"]["/Font"].values()}
    assert names
    fonts = "".join(str(font["/BaseFont"]) for page in pdf.pages for font in page["/Resources"]["/Font"].values())
    assert "NotoSerifSC" in fonts
    assert "NotoSansSC" in fonts


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pdf_says_what_word_says(language):
    content = report(language=language)
    printed = pdf_text(render_pdf(content))
    for paragraph in docx.Document(io.BytesIO(render_docx(content))).paragraphs:
        assert re.sub(r"\s+", "", paragraph.text).replace("\t", "") in printed


def test_pdf_numbers_link_to_their_rows(pdf):
    links = {
        note.get_object()["/A"]["/URI"]
        for page in pdf.pages
        for note in page.get("/Annots", [])
        if "/A" in note.get_object()
    }
    assert links == {f"{SITE}/situation/figures/{key}/" for key in ("cases", "contacts", "managed", "total")}


@pytest.mark.parametrize("text", HOSTILE)
def test_pdf_prints_hostile_text_as_it_is(text):
    content = report(
        title=text, signer=text, red_head=text,
        figures=(Figure("x", text, 1, 2, text, "/x/"),),
        sections=(Section(text, (text,), curves=(Curve(text, (text,), (CurveDay(date(2022, 1, 1), (1,)),)),)),),
    )  # fmt: skip
    printed = pdf_text(render_pdf(content))
    assert printed.count(re.sub(r"\s+", "", text)) >= 5


def test_pages_are_numbered_and_long_tables_run_on():
    rows = tuple((f"{number}号楼", str(number)) for number in range(1, 120))
    long = report(sections=(Section("长表", tables=(Table(("楼", "人数"), rows, "各楼"),)),))
    pages = PdfReader(io.BytesIO(render_pdf(long))).pages
    assert len(pages) >= 3
    for number, page in enumerate(pages, start=1):
        text = re.sub(r"\s+", "", page.extract_text())
        assert f"—{number}—" in text
    assert sum("楼人数" in re.sub(r"\s+", "", page.extract_text()) for page in pages) >= 2, "the header is not repeated"


def test_sign_off_never_stands_alone_on_a_page():
    for length in range(1, 40):
        content = report(figures=(), sections=(Section("情况", tuple("核酸检测有序进行。" for _ in range(length))),))
        last = re.sub(r"\s+", "", PdfReader(io.BytesIO(render_pdf(content))).pages[-1].extract_text())
        assert "核酸检测有序进行" in last, length


def test_missing_fonts_are_named(tmp_path):
    with pytest.raises(FontsMissing, match="make assets"):
        render_pdf(report(), fonts_folder=tmp_path)
    with pytest.raises(FontsMissing, match="Noto Sans SC"):
        render_docx(report(), fonts_folder=tmp_path)
    assert render_docx(report(sections=()), fonts_folder=tmp_path), "a report without a curve needs no fonts"


def test_curve_picture_is_a_png():
    assert render_curve_png(some_curve(), language="zh").startswith(b"\x89PNG")


def test_report_is_quick_to_set():
    started = datetime.now()
    render_pdf(report(issue_number=77))
    render_docx(report(issue_number=77))
    assert datetime.now() - started < timedelta(seconds=3)
