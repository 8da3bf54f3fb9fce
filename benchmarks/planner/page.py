"""The page docs/benchmarks/planner.md, written from the numbers of the last run of each part."""

import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.measuring import DOCS

KEPT = Path(__file__).with_name("measured.json")


def keep(name: str, part: dict[str, Any]) -> None:
    """Remember the numbers of one part, with day and machine."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    machine = f"{os.cpu_count()} processors, load {load}, Python {platform.python_version()}"
    parts = _kept() | {name: part | {"measured": f"{datetime.now(UTC).date().isoformat()}: {machine}"}}
    KEPT.write_text(json.dumps(parts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _kept() -> dict[str, Any]:
    return json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}


def write() -> None:
    """Write the page."""
    lines = ["# The planner against its bars", "", "Written by `make bench-planner`. Processor seconds of one core."]
    for _, part in sorted(_kept().items()):
        lines += ["", f"## {part['title']}", "", f"Measured on {part['measured']}.", ""]
        cells = [part["headings"], ["---"] * len(part["headings"]), *part["rows"]]
        lines += [f"| {' | '.join(row)} |" for row in cells]
        lines += ["", *(f"- {note}" for note in part["notes"]), *(f"- missed: {line}" for line in part["missed"])]
    (DOCS / "planner.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
