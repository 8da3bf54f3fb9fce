"""Every template of every room: nothing inline, nothing from elsewhere, only icons that exist."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.test import RequestFactory, override_settings
from django.views import defaults

PACKAGE = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(PACKAGE.glob("*/templates/**/*.html"))
ICONS = set((PACKAGE.parents[1] / "frontend" / "icons.txt").read_text(encoding="utf-8").split())
_TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)


class Inline(HTMLParser):
    """Collects what a strict page policy would block."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in names and names.get("type") != "application/json"):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name == "style" or (name.startswith("on") and len(name) > 2) or name.startswith("hx-on"):
                self.found.append(name)
            if value and re.match(r"\s*(javascript:|js:|https?://|//)", value):
                self.found.append(f"{name}={value}")


def blocked_parts(source: str) -> list[str]:
    parser = Inline()
    parser.feed(_TAG.sub("x", source))
    return parser.found


@pytest.mark.parametrize(
    "hostile",
    [
        "<style>a{}</style>",
        '<p style="color:red">',
        "<script>1</script>",
        '<a onclick="x()">',
        '<a href="javascript:1">',
        '<img src="https://cdn.example/x.png">',
        '<b hx-on:click="x">',
        "<form hx-vals='js:{a: 1}'>",
    ],
)
def test_the_check_itself_finds_what_the_policy_blocks(hostile: str) -> None:
    assert blocked_parts(hostile)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_template_keeps_the_page_policy(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert blocked_parts(source) == []
    unknown = set(re.findall(r"""\{% icon ["']([^"']+)["']""", source)) - ICONS
    assert not unknown, f"add to frontend/icons.txt: {unknown}"
    get_template(str(path.relative_to(path.parents[len(path.parts) - path.parts.index("templates") - 2])))


@pytest.mark.parametrize("code", ["400", "403", "404", "429", "500", "503"])
def test_error_pages_need_nothing_and_speak_both_languages(code: str) -> None:
    html = get_template(f"{code}.html").render({})
    assert 'lang="zh-hans"' in html
    assert 'lang="en"' in html
    assert "首页" in html
    assert "Start page" in html
    assert html.count("<h1>") == 1


def test_error_pages_are_those_that_django_uses() -> None:
    request = RequestFactory().get("/x")
    assert defaults.page_not_found(request, Exception()).status_code == 404
    assert "这里没有您可以查看的内容".encode() in defaults.page_not_found(request, Exception()).content
    with override_settings(DEBUG=False):
        assert "系统出错了".encode() in defaults.server_error(request).content


def test_a_missing_template_is_noticed() -> None:
    with pytest.raises(TemplateDoesNotExist):
        get_template("web/no_such_page.html")


@pytest.mark.parametrize(("cancel_url", "buttons"), [("", 0), ("/stop", 1)])
def test_long_work_shows_progress_and_can_be_stopped(cancel_url: str, buttons: int) -> None:
    job = {"label": "<b>Import</b>", "done": 3, "total": 10, "unit": "", "url": "/job", "cancel_url": cancel_url}
    html = get_template("web/_job.html").render({"job": job}, RequestFactory().get("/"))
    assert 'hx-get="/job"' in html
    assert "3/10" in html
    assert "<b>" not in html
    assert html.count("<button") == buttons
