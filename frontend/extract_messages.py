"""Find every sentence that the pages and the code show, and add what is missing to each room's Chinese catalogue.

Run as `python frontend/extract_messages.py`: new sentences are appended with an empty translation to
`src/tongxin/<room>/locale/zh_Hans/LC_MESSAGES/django.po`. Uses Django's own reader of template tags and Python's own
syntax tree, so that the GNU gettext programs are not needed.
"""

import argparse
import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polib
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "tongxin"

#: Function name -> positions of context, singular and plural in its arguments.
_CALLS: dict[str, tuple[int | None, int, int | None]] = {
    "_": (None, 0, None),
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
    "npgettext_lazy": (0, 1, 2),
}
_LITERAL = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_TEMPLATE_CALL = re.compile(
    rf"\b(?P<name>_|n?p?gettext)\((?P<arguments>\s*{_LITERAL}(?:\s*,\s*{_LITERAL})*)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence in the code: its context, singular, plural and where it stands."""

    text: str
    context: str | None
    plural: str | None
    path: Path
    line: int

    @property
    def key(self) -> tuple[str | None, str]:
        return (self.context, self.text)


def _message(name: str, arguments: list[str | None], path: Path, line: int) -> Message | None:
    context_at, text_at, plural_at = _CALLS[name]
    needed = [at for at in (context_at, text_at, plural_at) if at is not None]
    if len(arguments) <= max(needed) or any(arguments[at] is None for at in needed):
        return None
    text = arguments[text_at]
    context = arguments[context_at] if context_at is not None else None
    plural = arguments[plural_at] if plural_at is not None else None
    return Message(text=text or "", context=context, plural=plural, path=path, line=line)


def messages_in_python(path: Path) -> Iterator[Message]:
    """Yield the sentences of a Python file, from calls of gettext under its usual names."""
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name not in _CALLS:
            continue
        texts = [
            argument.value if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else None
            for argument in node.args
        ]
        if found := _message(name, texts, path, node.lineno):
            yield found


def messages_in_template(path: Path) -> Iterator[Message]:
    """Yield the sentences of a template, from translate and blocktranslate tags and `_("…")`."""
    if not settings.configured:
        settings.configure()
    source = templatize(path.read_text(encoding="utf-8"), origin=str(path))
    for match in _TEMPLATE_CALL.finditer(source):
        texts = list(ast.literal_eval(f"({match['arguments'].strip()},)"))
        if found := _message(match["name"], texts, path, source.count("\n", 0, match.start()) + 1):
            yield found


def messages_in(folder: Path) -> list[Message]:
    """Return every sentence below a folder; tests and migrations are left out."""
    found: list[Message] = []
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if "tests" in parts or "migrations" in parts or "static" in parts:
            continue
        if path.suffix == ".py":
            found += messages_in_python(path)
        elif path.suffix in (".html", ".txt") and "templates" in parts:
            found += messages_in_template(path)
    return found


def catalogue_of(room: Path) -> Path:
    """Return where a room keeps its Chinese sentences."""
    return room / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def new_catalogue() -> polib.POFile:
    """Return an empty catalogue with the head that Django needs."""
    catalogue = polib.POFile(wrapwidth=118)
    catalogue.metadata = {
        "Project-Id-Version": "tongxin",
        "Language": "zh_Hans",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    return catalogue


def known_messages(package: Path) -> set[tuple[str | None, str]]:
    """Return the keys of every sentence that some room has already translated."""
    known: set[tuple[str | None, str]] = set()
    for path in package.glob("*/locale/zh_Hans/LC_MESSAGES/django.po"):
        known |= {(entry.msgctxt, entry.msgid) for entry in polib.pofile(str(path)) if entry.translated()}
    return known


def update(room: Path, known: set[tuple[str | None, str]]) -> int:
    """Append the sentences of a room that no catalogue knows; return how many."""
    missing = {message.key: message for message in messages_in(room) if message.key not in known}
    if not missing:
        return 0
    path = catalogue_of(room)
    catalogue = polib.pofile(str(path), wrapwidth=118) if path.is_file() else new_catalogue()
    added = 0
    for message in missing.values():
        if catalogue.find(message.text, msgctxt=message.context or False):
            continue
        where = [(str(message.path.relative_to(room)), "")]
        entry = polib.POEntry(msgid=message.text, msgctxt=message.context, occurrences=where)
        if message.plural:
            entry.msgid_plural, entry.msgstr_plural = message.plural, {0: ""}
        catalogue.append(entry)
        added += 1
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue.save(str(path))
    return added


def main() -> int:
    """Run from the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rooms", nargs="*", help="rooms to look at, e.g. sampling; all when left out")
    arguments = parser.parse_args()
    rooms = [PACKAGE / name for name in arguments.rooms] or sorted(path for path in PACKAGE.iterdir() if path.is_dir())
    known = known_messages(PACKAGE)
    for room in rooms:
        if added := update(room, known):
            print(f"{room.name}: {added} sentences to translate in {catalogue_of(room).relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
