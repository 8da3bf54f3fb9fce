"""The night report as Word and PDF: what it says, how it is laid out, and that no text in it is ever run as markup."""

import io
import re
import zipfile
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from itertools import pairwise
from xml.etree import ElementTree

import docx
import pytest
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from tongxin.situation.documents.blocks import blocks_of, frame_of
from tongxin.situation.documents.content import (
    Curve,
    CurveDay,
    Figure,
    ReportContent,
    Section,
    Table,
    linked,
    walk_figures,
)
from tongxin.situation.documents.curve import describe, epidemic_curve
from tongxin.situation.documents.docx import render_docx
from tongxin.situation.documents.letterhead import build_template
from tongxin.situation.documents.pdf import FontsMissing, render_curve_png, render_pdf
from tongxin.situation.documents.words import (
    WORDS,
    chinese_number,
    difference,
    heading_number,
    period_text,
    plain_text,
    signed_change,
)

BEIJING = timezone(timedelta(hours=8))
SITE = "http://127.0.0.1:8000"
HOSTILE = (
    '#eval("1+1")',
    '#let x = read("/etc/passwd")',
    "{{ 7*7 }}",
    "{% for x in range(9) %}{% endfor %}",
    "{# gone #}",
    "{_{ x }_} {_% y %_}",
    "*bold* _it_ `raw` $x^2$ <label> @ref \\ // ---",
    "<w:p>&amp;]]></w:t>",
    "</svg><script>alert(1)</script>",
    '=HYPERLINK("http://x")',
)


def moment(day: int, hour: int = 0) -> datetime:
    return datetime(2022, 11, day, hour, tzinfo=BEIJING)


def some_curve(counts=((0, 1), (2, 0), (3, 1)), series=("有症状", "无症状")) -> Curve:
    days = tuple(CurveDay(date(2022, 11, 1 + i), pair, f"/situation/days/{i}/") for i, pair in enumerate(counts))
    return Curve("每日新增", series, days)


def some_figures(scale: int = 1) -> tuple[Figure, ...]:
    return (
        Figure("cases", "新增病例", 3 * scale, 1, "例", "/situation/figures/cases/", is_new=True),
        Figure("contacts", "新增密接", 42 * scale, 50, "人", "/situation/figures/contacts/", is_new=True),
        Figure("managed", "在管密接", 118, 118, "人", "/situation/figures/managed/"),
    )


def report(**changes) -> ReportContent:
    total = Figure("total", "累计", 9, 6, "例", "/situation/figures/total/")
    content = ReportContent(
        language="zh",
        title="疫情防控工作情况报告",
        compound="同心院",
        period_starts_at=moment(3),
        period_ends_at=moment(4),
        issue_number=3,
        issued_at=moment(4, 5),
        signer="林知远",
        red_head="同心院疫情防控指挥部",
        document_number="同防指〔2022〕3号",
        figures=some_figures(),
        sections=(
            Section("当前形势", (linked("累计报告%(total)s，传播链清楚。", total=total),), curves=(some_curve(),)),
            Section(
                "工作开展情况",
                subsections=(
                    Section(
                        "核酸检测",
                        ("尚有39人未采。",),
                        tables=(Table(("网格", "未采"), (("1号网格", total),), "未采人数"),),
                    ),
                    Section("一对一联系", ("499人全部联系。",)),
                ),
            ),
        ),
    )
    return replace(content, **changes)


def document_text(packed: bytes) -> str:
    body = docx.Document(io.BytesIO(packed)).element.body
    return "\n".join("".join(node.text or "" for node in p.iter(qn("w:t"))) for p in body.iter(qn("w:p")))


def pdf_text(packed: bytes) -> str:
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(packed)).pages)
    return re.sub(r"\s+", "", text)


# --- words ------------------------------------------------------------------------------------------------------------


def test_every_word_is_in_both_languages_with_the_same_parts():
    for key, texts in WORDS.items():
        assert set(texts) == {"zh", "en"}, key
        parts = [set(re.findall(r"%\((\w+)\)s", text)) for text in texts.values()]
        # English needs no measure word after a number.
        assert parts[0] - {"unit"} == parts[1] - {"unit"}, key
        assert all(texts.values()), key


@pytest.mark.parametrize(
    ("value", "previous", "zh", "en", "sign"),
    [
        (3, 1, "较前一日增加2例", "2 more than the day before", "+2"),
        (1, 3, "较前一日减少2例", "2 fewer than the day before", "−2"),
        (3, 3, "与前一日持平", "the same as the day before", "0"),
        (0, 0, "与前一日持平", "the same as the day before", "0"),
        (3, None, "前一日无数据", "no figure for the day before", "—"),
        (0, 1_000_000, "较前一日减少1000000例", "1000000 fewer than the day before", "−1000000"),
    ],
)
def test_difference_in_words_and_numbers(value, previous, zh, en, sign):
    figure = Figure("cases", "新增病例", value, previous, "例")
    assert difference(figure, "zh") == zh
    assert difference(figure, "en") == en
    assert signed_change(figure) == sign


@pytest.mark.parametrize(
    ("number", "text"), [(1, "一"), (9, "九"), (10, "十"), (11, "十一"), (20, "二十"), (35, "三十五"), (99, "九十九")]
)
def test_chinese_numbers(number, text):
    assert chinese_number(number) == text


@pytest.mark.parametrize("number", [0, -1, 100])
def test_chinese_numbers_refused(number):
    with pytest.raises(ValueError, match="1 to 99"):
        chinese_number(number)


@pytest.mark.parametrize(
    ("path", "zh", "en"), [((2,), "二、", "2. "), ((2, 1), "（一）", "2.1 "), ((2, 1, 3), "3．", "2.1.3 ")]
)
def test_heading_numbers(path, zh, en):
    assert heading_number(path, "zh") == zh
    assert heading_number(path, "en") == en


@pytest.mark.parametrize(
    ("start", "end", "zh", "en"),
    [
        (moment(3), moment(4), "2022年11月3日0—24时", "3 Nov 2022, 00:00-24:00"),
        (moment(3, 8), moment(3, 20), "2022年11月3日8时至20时", "3 Nov 2022 08:00 to 20:00"),
        (moment(3, 8), moment(4, 8), "2022年11月3日8时至11月4日8时", "3 Nov 2022 08:00 to 4 Nov 08:00"),
        (
            moment(3) + timedelta(minutes=30),
            moment(5),
            "2022年11月3日0时30分至11月5日0时",
            "3 Nov 2022 00:30 to 5 Nov 00:00",
        ),
    ],
)
def test_periods(start, end, zh, en):
    assert period_text(start, end, "zh") == zh
    assert period_text(start, end, "en") == en


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a\x00b\x07c\x1b", "abc"),
        ("first\r\nsecond\tthird", "first second third"),
        ("\u202egnp.exe", "gnp.exe"),
        ("\ud800x", "x"),
        ("林知远 𠮷", "林知远 𠮷"),
    ],
)
def test_plain_text_drops_what_no_document_can_hold(text, plain):
    assert plain_text(text) == plain


# --- content ----------------------------------------------------------------------------------------------------------


def test_linked_sentence_keeps_its_figures():
    figure = Figure("cases", "", 3)
    assert linked("今日%(cases)s，占5%%，在%(place)s。", cases=figure, place="18-1") == (
        "今日", figure, "，占5", "%", "，在", "18-1", "。",
    )  # fmt: skip
    with pytest.raises(KeyError):
        linked("%(missing)s")


def test_every_figure_can_be_walked_to():
    keys = [figure.key for figure in walk_figures(report())]
    assert keys == ["cases", "contacts", "managed", "total", "total"]
    assert all(figure.link for figure in walk_figures(report()))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Table((), ()),
        lambda: Table(("a", "b"), (("1",),)),
        lambda: some_curve(counts=((1,),)),
        lambda: some_curve(counts=((-1, 0),)),
        lambda: some_curve(series=(), counts=()),
        lambda: some_curve(series=("a",) * 5, counts=()),
        lambda: Curve("x", ("a",), (CurveDay(date(2022, 1, 2), (1,)), CurveDay(date(2022, 1, 1), (1,)))),
        lambda: Curve("x", ("a",), (CurveDay(date(2022, 1, 1), (1,)),) * 2),
        lambda: report(language="fr"),
        lambda: report(period_ends_at=moment(3)),
        lambda: report(issue_number=0),
    ],
)
def test_contradictory_content_is_refused(make):
    with pytest.raises(ValueError):  # noqa: PT011 - the sentence differs for each case
        make()


@pytest.mark.parametrize(
    ("figures", "is_zero"),
    [
        (some_figures(), False),
        (some_figures(0), True),
        ((some_figures(0)[0],), True),
        ((some_figures(0)[0], some_figures()[1]), False),
        ((some_figures()[2],), False),
        ((), False),
    ],
)
def test_zero_report_is_decided_by_new_figures_only(figures, is_zero):
    assert report(figures=figures).is_zero_report is is_zero


# --- blocks -----------------------------------------------------------------------------------------------------------


def test_blocks_are_numbered_in_reading_order():
    blocks = blocks_of(report())
    headings = ["".join(piece.text for piece in block.pieces) for block in blocks if block.kind.startswith("heading")]
    assert headings == ["一、当前形势", "二、工作开展情况", "（一）核酸检测", "（二）一对一联系"]
    captions = ["".join(piece.text for piece in block.pieces) for block in blocks if block.kind == "caption"]
    assert captions == ["表1　主要数字", "图1　每日新增", "表2　未采人数"]


@pytest.mark.parametrize(
    ("link", "base", "wanted"),
    [
        ("/x/", SITE, SITE + "/x/"),
        ("/x/", SITE + "/", SITE + "/x/"),
        ("/x/", "", ""),
        ("", SITE, ""),
        ("//evil.example/x", SITE, ""),
        ("javascript:alert(1)", SITE, ""),
        ("http://evil.example", SITE, ""),
    ],
)
def test_only_paths_of_the_site_become_links(link, base, wanted):
    content = report(figures=(Figure("cases", "新增病例", 3, 1, "例", link),), sections=())
    links = {piece.link for block in blocks_of(content, base_url=base) for piece in block.pieces if piece.text == "3"}
    assert links == {wanted}


def test_draft_is_named_until_signed():
    assert frame_of(report()).draft == ""
    assert frame_of(report(signer="")).draft == "草稿，尚未签发"
    assert frame_of(report(signer="", language="en")).draft == "Draft, not yet signed"


def test_longer_period_is_compared_with_the_period_before():
    blocks = blocks_of(report(period_starts_at=moment(1)))
    text = "".join(piece.text for block in blocks for piece in block.pieces)
    assert "较上期增加2例" in text
    assert "前一日" not in text


# --- the curve --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
def test_curve_is_accessible_and_needs_no_style_or_script(language):
    drawing = epidemic_curve(some_curve(), language=language, element_id="night")
    root = ElementTree.fromstring(drawing)
    assert root.get("role") == "img"
    ids = {node.get("id"): node for node in root.iter() if node.get("id")}
    title, description = (ids[name] for name in root.get("aria-labelledby").split())
    assert title.text == "每日新增"
    assert description.text == describe(some_curve(), language)
    assert "7" in description.text
    assert "style=" not in drawing
    assert "<script" not in drawing
    assert "<style" not in drawing


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", "2022年11月1日至2022年11月3日共7，最高为11月3日，4。"),
        ("en", "7 in all from 1 Nov 2022 to 3 Nov 2022; the highest day is 3 Nov with 4."),
    ],
)
def test_curve_in_words(language, words):
    assert describe(some_curve(), language) == words


def bars(drawing: str) -> list[dict[str, float]]:
    root = ElementTree.fromstring(drawing)
    space = "{http://www.w3.org/2000/svg}"
    return [
        {name: float(bar.get(name)) for name in ("x", "y", "width", "height")}
        for group in root.iter(f"{space}g")
        for bar in group.iter(f"{space}rect")
    ]


def test_bars_are_as_high_as_their_counts_and_do_not_overlap():
    drawn = bars(epidemic_curve(some_curve(counts=((1, 0), (2, 0), (4, 0))), language="zh"))
    assert drawn[1]["height"] == pytest.approx(2 * drawn[0]["height"], abs=0.2)
    assert drawn[2]["height"] == pytest.approx(4 * drawn[0]["height"], abs=0.2)
    for left, right in pairwise(drawn):
        assert left["x"] + left["width"] < right["x"]


def test_stacked_bars_stand_on_each_other():
    below, above = bars(epidemic_curve(some_curve(counts=((2, 3),)), language="zh"))
    assert above["y"] + above["height"] == pytest.approx(below["y"], abs=0.2)


@pytest.mark.parametrize("highest", [0, 1, 4, 5, 9, 99, 674, 12_345])
def test_axis_holds_the_highest_day_with_whole_ticks(highest):
    drawing = epidemic_curve(some_curve(counts=((highest, 0),)), language="zh")
    ticks = [int(text) for text in re.findall(r'text-anchor="end"[^>]*>([^<]*)<', drawing)]
    assert ticks[0] == 0
    assert ticks[-1] >= highest
    assert len({right - left for left, right in pairwise(ticks)}) == 1


@pytest.mark.parametrize(("counts", "words"), [(((0, 0),), "期间无新增"), ((), "暂无数据")])
def test_empty_curve_says_so(counts, words):
    drawing = epidemic_curve(some_curve(counts=counts), language="zh")
    assert drawing.count(words) == 2
    assert bars(drawing) == []


def test_series_differ_by_pattern_not_only_by_color():
    series = ("一", "二", "三", "四")
    drawing = epidemic_curve(Curve("t", series, (CurveDay(date(2022, 1, 1), (1, 1, 1, 1)),)), language="zh")
    assert len(set(re.findall(r'<rect [^>]*fill="([^"]+)"', drawing))) == 4
    assert drawing.count("<pattern ") == 3


def test_long_curve_labels_some_days_only():
    days = tuple(CurveDay(date(2022, 1, 1) + timedelta(days=i), (i % 7,)) for i in range(180))
    drawing = epidemic_curve(Curve("t", ("病例",), days), language="en")
    assert len(re.findall(r"\d{1,2} [A-Z][a-z]{2}</text>", drawing)) <= 12


def test_bars_link_to_their_rows_on_a_page_only():
    assert 'href="/situation/days/1/"' in epidemic_curve(some_curve(), language="zh", with_links=True)
    assert "href" not in epidemic_curve(some_curve(), language="zh")
    bad = Curve("t", ("病例",), (CurveDay(date(2022, 1, 1), (1,), "javascript:alert(1)"),))
    assert "javascript" not in epidemic_curve(bad, language="zh", with_links=True)


@pytest.mark.parametrize("element_id", ["", "1a", 'x"y', "a b", "<"])
def test_ids_that_would_break_the_drawing_are_refused(element_id):
    with pytest.raises(ValueError, match="id of a curve"):
        epidemic_curve(some_curve(), language="zh", element_id=element_id)


@pytest.mark.parametrize("text", [*HOSTILE, "\x00\x1b\u202e"])
def test_curve_prints_hostile_text(text):
    curve = Curve(text, (text, text), (CurveDay(date(2022, 1, 1), (1, 2)),))
    root = ElementTree.fromstring(epidemic_curve(curve, language="zh", with_links=True))
    assert not [node for node in root.iter() if node.tag.endswith("script")]
    assert root[0].text == (plain_text(text) or None)


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
