"""The template tags: what people read about levels, doors, names, times and progress."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from uuid import UUID

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from tongxin.web.templatetags import tongxin_ui as ui


def render(source: str, **context: object) -> str:
    return Template("{% load tongxin_ui %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三丰", "张**"),
        ("李雷", "李*"),
        ("欧阳明远", "欧阳**"),
        ("欧阳", "欧*"),
        ("王", "王*"),
        ("Anna Berg", "A*** B***"),
        ("Li", "L***"),
        ("阿 依古丽", "阿*** 依***"),
        ("  ", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_mask_name(name: str | None, masked: str) -> None:
    assert ui.mask_name(name) == masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("+86 199 0000 1234", "*** 1234"),
        ("010-00001234", "*** 1234"),
        ("12345", "***"),
        ("", ""),
        (None, ""),
        ("call me", ""),
    ],
)
def test_mask_phone(number: str | None, masked: str) -> None:
    assert ui.mask_phone(number) == masked


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("zh-hans", "18-1-302", "18号楼1单元302"),
        ("en", "18-1-302", "Building 18, entrance 1, 302"),
        ("zh-hans", "5-甲", "5号楼甲"),
        ("en", "A-2", "Building A, 2"),
        ("en", "41", "41"),
        ("en", "", ""),
        ("en", "1-2-3-4", "1-2-3-4"),
        ("zh-hans", "%s-%(x)s-{n}", "%s号楼%(x)s单元{n}"),
    ],
)
def test_door_in_words(language: str, text: str, words: str) -> None:
    with translation.override(language):
        assert ui.door_words(text) == words


def test_door_takes_an_object_and_escapes_hostile_text() -> None:
    assert "18-1-302" in render("{% door place %}", place=SimpleNamespace(door="18-1-302"))
    hostile = render("{% door place %}{% door place long=True %}", place="<script>-1-2")
    assert "<script>" not in hostile
    assert hostile.count("&lt;script&gt;") == 2


@pytest.mark.parametrize(
    ("level", "code", "mark", "word"),
    [
        ("HIGH", "HIGH", "▲", "高风险"),
        ("medium", "MEDIUM", "●", "中风险"),
        ("LOW", "LOW", "■", "低风险"),
        ("NONE", "NONE", "○", "未定级"),
        (None, "NONE", "○", "未定级"),
        ("<b>", "NONE", "○", "未定级"),
        (SimpleNamespace(canonical="HIGH", label="封控区"), "HIGH", "▲", "封控区"),
    ],
)
def test_level_has_pattern_symbol_and_word(level: object, code: str, mark: str, word: str) -> None:
    with translation.override("zh-hans"):
        html = render("{% level_badge level %}", level=level)
    assert f"tx-level--{code}" in html
    assert mark in html
    assert word in html


def test_level_marks_differ_without_colour() -> None:
    assert len(set(ui.LEVEL_MARKS.values())) == len(ui.LEVEL_MARKS)


@pytest.mark.parametrize(
    ("language", "value", "text"),
    [
        ("zh-hans", datetime(2022, 11, 3, 0, 0, tzinfo=UTC), "11月3日 08:00"),
        ("en", datetime(2022, 11, 3, 0, 0, tzinfo=UTC), "3 Nov 08:00"),
        ("zh-hans", date(2024, 2, 29), "2月29日"),
        ("en", date(2024, 2, 29), "29 Feb"),
        ("en", None, ""),
    ],
)
def test_when(language: str, value: datetime | date | None, text: str) -> None:
    with translation.override(language):
        assert ui.when(value) == text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (59, "just now"),
        (60, "1 min ago"),
        (3599, "59 min ago"),
        (3600, "1 h ago"),
        (172799, "47 h ago"),
        (172800, "2 days ago"),
    ],
)
def test_age_words(seconds: float, words: str) -> None:
    with translation.override("en"):
        assert ui.age_words(seconds) == words


def test_age_carries_what_the_browser_needs() -> None:
    html = render("{% age 61.7 stale_after=120 %}")
    assert 'data-age="61"' in html
    assert 'data-stale-after="120"' in html
    assert render("{% age None %}") == ""


@pytest.mark.parametrize(("done", "total", "maximum"), [(12, 36, 36), (0, 0, 1), (5, 3, 5)])
def test_progress_never_divides_by_nothing(done: int, total: int, maximum: int) -> None:
    html = render("{% progress done total %}", done=done, total=total)
    assert f"{done}/{total}" in html
    assert f'max="{maximum}"' in html


def test_op_field_is_a_new_time_ordered_id_each_time() -> None:
    form = forms.Form()
    first, second = (UUID(render("{% op_field %}", form=form).split('value="')[1][:36]) for _ in range(2))
    assert first != second
    assert first.version == 7
    assert 'autocomplete="off"' in render("{% op_field %}")


def test_icon_is_decoration_unless_it_has_a_label() -> None:
    assert 'aria-hidden="true"' in render('{% icon "phone" %}')
    labelled = render('{% icon "phone" label=words %}', words='"><script>')
    assert 'role="img"' in labelled
    assert "<script>" not in labelled


@pytest.mark.parametrize(
    ("cookies", "attributes"),
    [
        ({}, ""),
        ({"tx_theme": "dark"}, 'data-bs-theme="dark"'),
        ({"tx_theme": "auto", "tx_size": "large"}, 'data-size="large"'),
        ({"tx_theme": '"><script>', "tx_size": "7"}, ""),
    ],
)
def test_page_attributes_accept_only_known_choices(cookies: dict[str, str], attributes: str) -> None:
    request = RequestFactory().get("/")
    request.COOKIES.update(cookies)
    assert render("{% page_attributes %}", request=request) == attributes


class EveryControl(forms.Form):
    text = forms.CharField(help_text="Hint")
    choice = forms.ChoiceField(choices=[("A", "a")])
    options = forms.ChoiceField(choices=[("A", "a")], widget=forms.RadioSelect)
    tick = forms.BooleanField()
    secret = forms.CharField(widget=forms.HiddenInput, required=False)


@pytest.mark.parametrize(
    ("name", "css"),
    [("text", "form-control"), ("choice", "form-select"), ("options", "tx-options"), ("tick", "tx-tickbox")],
)
def test_controls_have_our_style(name: str, css: str) -> None:
    assert f'class="{css}"' in ui.control(EveryControl()[name])
    assert "class=" not in ui.control(EveryControl()["secret"])


def test_form_errors_are_sentences_tied_to_their_field() -> None:
    form = EveryControl({"choice": "<img>"})
    html = str(form)
    assert 'id="id_text_error"' in html
    assert 'aria-describedby="id_text_helptext id_text_error"' in html
    assert 'aria-invalid="true"' in html
    assert "<img>" not in html


def test_table_cells_pairs_columns_with_text_and_dicts() -> None:
    columns = [{"label": "A"}, {"label": "B"}, {"label": "C"}]
    pairs = list(ui.table_cells([1, {"text": "x"}, None], columns))
    assert [cell["text"] for _, cell in pairs] == [1, "x", ""]
    assert list(ui.table_cells({"cells": [5]}, columns)) == [(columns[0], {"text": 5})]


def test_inline_svg_drops_the_xml_head_only() -> None:
    assert ui.inline_svg("<?xml version='1.0'?>\n<svg></svg>").strip() == "<svg></svg>"
