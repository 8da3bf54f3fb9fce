"""What the night report says: words of both languages, content, blocks in reading order, and the curve."""

import re
from datetime import date, timedelta
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from tongxin.situation.documents.blocks import blocks_of, frame_of
from tongxin.situation.documents.content import (
    Curve,
    CurveDay,
    Figure,
    Table,
    linked,
    walk_figures,
)
from tongxin.situation.documents.curve import describe, epidemic_curve
from tongxin.situation.documents.words import (
    WORDS,
    chinese_number,
    difference,
    heading_number,
    period_text,
    plain_text,
    signed_change,
)
from tongxin.situation.tests.sample_report import HOSTILE, SITE, moment, report, some_curve, some_figures

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
