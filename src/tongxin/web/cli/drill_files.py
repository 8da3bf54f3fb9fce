"""What a drill reads and writes: the line list held against the people, and tables that a spreadsheet may open."""

import csv
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from django.utils import timezone
from django.utils.translation import gettext as _

from tongxin.community import api as community

#: A line list that spans more than this is taken for a mistyped year.
LONGEST = timedelta(days=400)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class KnownCase:
    """A case as the drill tells it: on `known_date` it becomes known, by the report, else by the first symptom."""

    row: community.CaseRow
    known_date: date


@dataclass(frozen=True, slots=True)
class DrillInput:
    """All that a drill needs of its files. `key_of` gives (sheet, row) -> the ledger's own code of a person."""

    people: bytes
    cases: tuple[KnownCase, ...]
    responders: bytes | None
    key_of: dict[tuple[str, int], str]

    @property
    def first_date(self) -> date:
        return min(case.known_date for case in self.cases)

    @property
    def last_date(self) -> date:
        return max(max(filter(None, (case.known_date, case.row.rash_date, case.row.death_date))) for case in self.cases)


class BadInput(Exception):
    """The files cannot be replayed; `sentences` name the rows."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__(len(sentences))
        self.sentences = tuple(sentences)


def read_input(people: Path, cases: Path, responders: Path | None, *, language: Literal["zh", "en"]) -> DrillInput:
    """Read the files of a drill and hold them against each other. Raises BadInput, with all faults of the line list."""
    ledger, line_list = people.read_bytes(), cases.read_bytes()
    staff = responders.read_bytes() if responders else None
    keys, shared = _codes(ledger, people.name, language)
    try:
        found = community.read_cases(line_list, known=frozenset(keys.values()) | shared)
    except community.UploadRefused as refused:
        raise BadInput([_about(cases.name, community.refusal_sentence(refused, language))]) from None
    faults = [error.sentence(language) for error in sorted(found.errors, key=lambda error: error.row)]
    faults += [
        _("Row %(row)d names a person whose name is on the list of people more than once: give codes.")
        % {"row": row.row}
        for row in found.rows
        if row.person in shared
    ]
    known = tuple(sorted((_known(row) for row in found.rows), key=lambda case: (case.known_date, case.row.row)))
    if not faults:
        faults = _too_far(known) if known else [_("The list names no case.")]
    if faults:
        raise BadInput([_about(cases.name, fault) for fault in faults])
    return DrillInput(ledger, known, staff, keys)


def _codes(
    ledger: bytes, name: str, language: Literal["zh", "en"]
) -> tuple[dict[tuple[str, int], str], frozenset[str]]:
    """Return (sheet, row) -> the person's own code, and the names that several people without a code share.

    Who has no code is known by name; people who share one get their row behind it, so that each has a word of their own.
    """
    try:
        rows = community.parse_ledger("people", content=ledger).rows
    except community.UploadRefused as refused:
        raise BadInput([_about(name, community.refusal_sentence(refused, language))]) from None
    taken = [row for row in rows if row.fate_hint is not community.Fate.REFUSED]
    codes = {(row.sheet, row.row): str(row.fields.get(community.Field.EXTERNAL_CODE) or "") for row in taken}
    names = Counter(row.name for row in taken if not codes[row.sheet, row.row])
    shared = frozenset(name for name, count in names.items() if count > 1)
    keys = {}
    for row in taken:
        word = f"{row.name}#{row.row}" if row.name in shared else row.name
        keys[row.sheet, row.row] = codes[row.sheet, row.row] or word
    return keys, shared


def _about(name: str, sentence: str) -> str:
    return f"{name}: {sentence}"


def _known(row: community.CaseRow) -> KnownCase:
    known_date = row.report_date or row.onset_date or row.rash_date
    if known_date is None:
        raise AssertionError(row.row)
    return KnownCase(row, known_date)


def _too_far(cases: Sequence[KnownCase]) -> list[str]:
    """Name the rows that lie so far from the middle of the outbreak that a year was mistyped."""
    days = sorted(case.known_date for case in cases)
    middle = days[len(days) // 2]
    return [
        _("Row %(row)d: the date lies more than %(days)d days from the other cases.")
        % {"row": case.row.row, "days": LONGEST.days // 2}
        for case in cases
        if any(day is not None and abs(day - middle) > LONGEST / 2 for day in (case.known_date, case.row.death_date))
    ]


# ---------- writing ----------
def safe(value: Any) -> str:
    """Return a value as a cell that no spreadsheet takes for a formula: what could be one begins with an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, bool | int | float):
        return str(value)
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write a table as CSV (UTF-8) and return the number of rows."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for row in rows:
            writer.writerow([safe(value) for value in row])
            count += 1
    return count


@contextmanager
def all_or_nothing(out: Path) -> Iterator[Path]:
    """Give a folder to write into; what is in it comes to `out` when the block ends well, and nothing otherwise."""
    work = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        yield work
        out.mkdir(exist_ok=True)
        for path in sorted(work.iterdir()):
            path.replace(out / path.name)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def can_write_into(out: Path) -> bool:
    """Tell whether results can be put there: a folder that exists or can be made, and is no file."""
    folder = out if out.exists() else out.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
