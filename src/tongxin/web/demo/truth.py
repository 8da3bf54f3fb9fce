"""What is really in a generated ledger, row by row: the answer that tests and benchmarks hold an import against."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# A row with one of these defects belongs on the list of people to verify; the others are read without a question.
DOUBTFUL = frozenset({"wrong_id", "wrong_phone"})
# A row with one of these cannot be taken: nobody knows who or where.
REFUSED = frozenset({"no_name", "no_place"})


@dataclass(frozen=True, slots=True)
class RowTruth:
    """One row that holds a person. `row` counts from 1 as Excel shows it; `number` is the resident's number."""

    sheet: str
    row: int
    number: int
    door: str
    defects: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LedgerTruth:
    """The summary of one ledger: `ignored` are rows that hold no person (titles, subtotals, repeated headers)."""

    path: Path
    rows: tuple[RowTruth, ...]
    ignored: tuple[tuple[str, int], ...]

    def with_defect(self, defect: str) -> list[RowTruth]:
        """This function will list the rows with one defect: wrong_id, wrong_phone, duplicate, no_name, no_place, traditional."""
        return [row for row in self.rows if defect in row.defects]

    @property
    def refused(self) -> list[RowTruth]:
        """The rows that an import cannot take."""
        return [row for row in self.rows if row.defects & REFUSED]

    @property
    def doubtful(self) -> list[RowTruth]:
        """The rows whose wrong field is left empty and whose person is to be verified."""
        return [row for row in self.rows if row.defects & DOUBTFUL and not row.defects & REFUSED]

    @property
    def people(self) -> int:
        """How many different people an import of this ledger should know in the end."""
        return len({row.number for row in self.rows if not row.defects & REFUSED})

    def counts(self) -> dict[str, int]:
        """This function will give the summary in numbers."""
        return {
            "rows": len(self.rows),
            "people": self.people,
            "refused": len(self.refused),
            "doubtful": len(self.doubtful),
            "duplicates": len(self.with_defect("duplicate")),
            "ignored": len(self.ignored),
        }


class Recorder:
    """Collects the truth while a ledger is written."""

    def __init__(self) -> None:
        self.rows: list[RowTruth] = []
        self.ignored: list[tuple[str, int]] = []

    def person(self, sheet: str, place: int, number: int, *, door: str, defects: frozenset[str]) -> None:
        """This function will note a person at a 0-based row of a sheet."""
        self.rows.append(RowTruth(sheet, place + 1, number, door, defects))

    def nobody(self, sheet: str, places: Iterator[int] | range) -> None:
        """This function will note 0-based rows that hold no person."""
        self.ignored += [(sheet, place + 1) for place in places]

    def truth(self, path: Path) -> LedgerTruth:
        """This function will close the record."""
        return LedgerTruth(path, tuple(self.rows), tuple(self.ignored))
