"""Seconds of repeated runs, as medians and 95th percentiles; tables on the screen and in docs/benchmarks/."""

import math
import os
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs" / "benchmarks"


@dataclass(slots=True)
class Times:
    """Wall and processor seconds of repeated runs of one thing."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @contextmanager
    def run(self) -> Iterator[None]:
        """Time the block."""
        wall, cpu = perf_counter(), process_time()
        yield
        self.wall.append(perf_counter() - wall)
        self.cpu.append(process_time() - cpu)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def median(values: Sequence[float]) -> float:
    return percentile(values, 0.5)


def p95(values: Sequence[float]) -> float:
    return percentile(values, 0.95)


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms"


@dataclass(slots=True)
class Sheet:
    """One benchmark's table. A bar that is missed is said; it does not stop the others."""

    name: str
    title: str
    headings: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def hold(self, what: str, value: float, bar: float, show: Callable[[float], str] = str) -> str:
        """Compare a value with its bar and return what the table says about it."""
        if value > bar:
            self.missed.append(f"{what}: {show(value)}, bar {show(bar)}")
            return "MISSED"
        return "held"

    def finish(self) -> int:
        """Print the table, write its page, and return 1 when a bar was missed."""
        table = Table(title=self.title)
        for heading in self.headings:
            table.add_column(heading, overflow="fold")
        for row in self.rows:
            table.add_row(*row)
        console = Console(width=None if sys.stdout.isatty() else 150)
        console.print(table)
        for line in (*self.notes, *(f"MISSED {line}" for line in self.missed)):
            console.print(line, markup=False, highlight=False)
        self._write()
        return 1 if self.missed else 0

    def _write(self) -> None:
        DOCS.mkdir(parents=True, exist_ok=True)
        cells = [f"| {' | '.join(row)} |" for row in (self.headings, ("---",) * len(self.headings), *self.rows)]
        load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
        machine = f"{os.cpu_count()} processors, load {load}, Python {platform.python_version()}, SQLite"
        day = datetime.now(UTC).date().isoformat()
        head = f"# {self.title}\n\nWritten by `python -m benchmarks {self.name}` on {day}: {machine}.\n"
        foot = "".join(f"\n- {line}" for line in (*self.notes, *(f"missed: {line}" for line in self.missed)))
        (DOCS / f"{self.name}.md").write_text(f"{head}\n" + "\n".join(cells) + f"\n{foot}\n")
