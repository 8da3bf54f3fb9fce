"""Every sentence that a page or the code can show exists in Chinese, says the same, and stands in no template untranslated."""

import re
import sys
from collections import defaultdict
from html.parser import HTMLParser
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import polib
import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "tongxin"


def _load() -> ModuleType:
    spec = spec_from_file_location("extract_messages", ROOT / "frontend" / "extract_messages.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    # Dataclasses look their module up by name.
    sys.modules["extract_messages"] = module
    spec.loader.exec_module(module)
    return module


extract = _load()
ROOMS = sorted(path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file())
CATALOGUES = sorted(PACKAGE.glob("*/locale/zh_Hans/LC_MESSAGES/django.po"))
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}|%[sd]")


def _translations() -> dict[tuple[str | None, str], polib.POEntry]:
    entries: dict[tuple[str | None, str], polib.POEntry] = {}
    for path in CATALOGUES:
        for entry in polib.pofile(str(path)):
            if not entry.obsolete and entry.translated() and not entry.fuzzy:
                entries[entry.msgctxt, entry.msgid] = entry
    return entries


TRANSLATIONS = _translations()


@pytest.mark.parametrize("room", ROOMS)
def test_every_sentence_of_the_room_is_translated(room: str) -> None:
    missing = [
        f"{message.path.relative_to(PACKAGE)}:{message.line}: {message.text}"
        for message in extract.messages_in(PACKAGE / room)
        if message.key not in TRANSLATIONS
    ]
    assert missing == [], "run `python frontend/extract_messages.py` and translate what it adds"


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-5])
def test_translations_keep_their_placeholders(path: Path) -> None:
    wrong = []
    for entry in polib.pofile(str(path)):
        texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
        wanted = set(_PLACEHOLDER.findall(entry.msgid)) | set(_PLACEHOLDER.findall(entry.msgid_plural))
        wrong += [entry.msgid for text in texts if text and set(_PLACEHOLDER.findall(text)) != wanted]
    assert wrong == []


def test_no_sentence_has_two_translations() -> None:
    """Django merges the rooms' catalogues: two answers for one sentence would depend on the order of rooms."""
    seen: dict[tuple[str | None, str], set[str]] = defaultdict(set)
    for path in CATALOGUES:
        for entry in polib.pofile(str(path)):
            if entry.msgstr:
                seen[entry.msgctxt, entry.msgid].add(entry.msgstr)
    assert {key: texts for key, texts in seen.items() if len(texts) > 1} == {}


def test_chinese_has_no_exclamation_marks_and_says_nin() -> None:
    texts = [entry.msgstr for path in CATALOGUES for entry in polib.pofile(str(path))]
    assert [text for text in texts if "！" in text or re.search(r"你(?!们)", text)] == []


# ---------- words outside of translate tags ----------
class Words(HTMLParser):
    """Collects words that a visitor would read or hear."""

    SPOKEN = ("aria-label", "alt", "title", "placeholder")

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in ("script", "style")
        self.found += [value for name, value in attrs if name in self.SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.found.append(data)


_BLOCKS = re.compile(
    r"\{% comment.*?%\}.*?\{% endcomment %\}|\{% block html_attributes %\}.*?\{% endblock %\}|"
    r"\{% blocktrans\w*.*?%\}.*?\{% endblocktrans\w* %\}|\{[%{#].*?[%}#]\}",
    re.DOTALL,
)
_WORD = re.compile(r"[A-Za-z]{3,}|[\u4e00-\u9fff]")
#: Names of languages and of the product are the same in every language.
_ALLOWED = {"English", "中文", "同", "同心 Tongxin"}


def bare_words(source: str) -> list[str]:
    parser = Words()
    parser.feed(_BLOCKS.sub(" ", source))
    texts = (text.strip(" \n\t·") for text in parser.found)
    return [text for text in texts if _WORD.search(text) and text not in _ALLOWED]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Hello there</p>", ["Hello there"]),
        ("<p>您好</p>", ["您好"]),
        ('<a aria-label="Close window"></a>', ["Close window"]),
        ('<p>{% translate "Hello there" %} {{ name }}</p>', []),
        ("{% blocktranslate %}Hello {{ name }}{% endblocktranslate %}", []),
        ("{% comment %}Words for builders{% endcomment %}", []),
        ('<script src="x">let words = 1</script>', []),
    ],
)
def test_the_check_finds_bare_words(source: str, found: list[str]) -> None:
    assert bare_words(source) == found


TEMPLATES = sorted(PACKAGE.glob("*/templates/**/*.html"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_template_has_no_bare_words(path: Path) -> None:
    assert bare_words(path.read_text(encoding="utf-8")) == []


# ---------- the extractor itself ----------
def test_extractor_reads_python(tmp_path: Path) -> None:
    path = tmp_path / "page.py"
    path.write_text(
        '_("One")\ngettext_lazy("Two")\npgettext("menu", "Three")\nngettext("%(n)s day", "%(n)s days", n)\n'
        'translation.gettext("Four"); _(variable); _(f"{x}"); other("Five")\n'
    )
    found = [(message.context, message.text, message.plural) for message in extract.messages_in_python(path)]
    assert sorted(found, key=str) == sorted(
        [
            (None, "One", None),
            (None, "Two", None),
            ("menu", "Three", None),
            (None, "%(n)s day", "%(n)s days"),
            (None, "Four", None),
        ],
        key=str,
    )


def test_extractor_reads_templates(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(
        "{% load i18n %}{% translate \"One's own\" %}{% translate 'Two' context 'menu' %}\n"
        "{% blocktranslate %}Three {{ name }}{% endblocktranslate %}{% include 'x' with label=_(\"Four\") %}"
        "{% blocktranslate count n=n %}{{ n }} day{% plural %}{{ n }} days{% endblocktranslate %}"
    )
    found = {(message.context, message.text, message.plural) for message in extract.messages_in_template(path)}
    assert found == {
        (None, "One's own", None),
        ("menu", "Two", None),
        (None, "Three %(name)s", None),
        (None, "Four", None),
        (None, "%(n)s day", "%(n)s days"),
    }


def test_extractor_adds_what_is_missing_and_keeps_the_rest(tmp_path: Path) -> None:
    room = tmp_path / "room"
    (room / "templates" / "room").mkdir(parents=True)
    (room / "templates" / "room" / "page.html").write_text('{% translate "Old" %}{% translate "New" %}')
    assert extract.update(room, set()) == 2
    catalogue = polib.pofile(str(extract.catalogue_of(room)))
    catalogue.find("Old").msgstr = "旧"
    catalogue.save(str(extract.catalogue_of(room)))
    assert extract.update(room, set()) == 0
    again = polib.pofile(str(extract.catalogue_of(room)))
    assert again.find("Old").msgstr == "旧"
    assert not again.find("New").translated()
    assert extract.update(room, {(None, "New")}) == 0
