"""`python -m faults [--short] [--kills N] [--seed S]`: kill the server and the worker, and count what was lost.

Prints a table and `N passed, N failed`; the full form writes docs/proof.md. Leaves with 1 when a promise was broken,
or when a variant that is broken on purpose was not caught.
"""

import argparse
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from faults import homes
from faults.killing import ROOT, environment

#: What a killed process's lease lasts in these runs (60 s in operation), in seconds.
LEASE = 3.0
FULL, SHORT = 200, 15
#: Kills of a run that is broken on purpose: each one falls into the gap with a good chance.
CONTROL_FULL, CONTROL_SHORT = 8, 3


@dataclass(frozen=True, slots=True)
class Ask:
    """One campaign: what is killed, how often, and in which way it is broken (empty: not at all)."""

    target: str
    kills: int
    broken: str = ""
    why: str = ""


CONTROLS = (
    ("worker", "done-apart", "DONE commits after the effect"),
    ("worker", "done-first", "DONE commits before the effect"),
    ("server", "receipt-early", "the receipt is sent before the commit"),
    ("server", "check-then-insert", "a look instead of a key in the same transaction"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table."""

    campaign: str
    check: str
    looked_at: int
    wrong: int
    is_passed: bool
    detail: str


def asks(options: argparse.Namespace) -> list[Ask]:
    """Return the campaigns of this run."""
    kills = options.kills or (SHORT if options.short else FULL)
    controls = CONTROLS[:3] if options.short else CONTROLS
    control_kills = CONTROL_SHORT if options.short else CONTROL_FULL
    return [
        Ask("worker", kills),
        Ask("server", kills),
        *(Ask(target, control_kills, broken, why) for target, broken, why in controls),
    ]


def carry_out(ask: Ask, seed: int, template: homes.Template) -> dict[str, Any]:
    """Run one campaign in an empty installation of its own and return its findings."""
    with template.copy(ask.broken or ask.target) as own:
        words = json.dumps(
            {"target": ask.target, "kills": ask.kills, "seed": seed, "broken": ask.broken, "lease": LEASE}
        )
        done = subprocess.run(
            [sys.executable, "-m", "faults.campaign_process", words],
            cwd=ROOT,
            env=environment(**own),
            stdout=subprocess.PIPE,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"the {ask.broken or ask.target} campaign did not come to its end")
        found: dict[str, Any] = json.loads(done.stdout.decode().strip().splitlines()[-1])
        return found


def lines_of(ask: Ask, found: dict[str, Any]) -> list[Line]:
    """Return the table rows of a campaign; one that is broken on purpose passes when some check fails."""
    if not ask.broken:
        return [
            Line(ask.target, row["name"], row["looked_at"], row["wrong"], row["is_passed"], row["detail"])
            for row in found["checks"]
        ]
    caught = [row for row in found["checks"] if row["wrong"]]
    names = "; ".join(f"{row['name']} ({row['wrong']})" for row in caught)
    looked_at, wrong = len(found["checks"]), len(caught)
    return [Line(f"{ask.target}, broken: {ask.why}", "the fault is caught", looked_at, wrong, bool(caught), names)]


def show(lines: list[Line], summaries: list[str]) -> None:
    table = Table(title=f"Fault run on {homes.database_kind()}")
    for heading in ("Campaign", "Promise", "Looked at", "Wrong", "", "Detail"):
        table.add_column(heading, overflow="fold")
    for line in lines:
        mark = "✓" if line.is_passed else "✗"
        table.add_row(line.campaign, line.check, f"{line.looked_at:,}", f"{line.wrong:,}", mark, line.detail)
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(table)
    for summary in summaries:
        console.print(summary, markup=False, highlight=False)


def write_proof(lines: list[Line], summaries: list[str], options: argparse.Namespace) -> None:
    """Write docs/proof.md, keeping the part of the other database."""
    path = ROOT / "docs" / "proof.md"
    before = path.read_text() if path.exists() else ""
    kind = homes.database_kind()
    parts = {part.split("\n", 1)[0].strip(): part for part in before.split("\n## ")[1:]}
    rows = "\n".join(
        f"| {line.campaign} | {line.check} | {line.looked_at:,} | {line.wrong:,} | {'held' if line.is_passed else 'BROKEN'} |"
        f" {line.detail} |"
        for line in lines
    )
    day = datetime.now(UTC).date().isoformat()
    parts[kind] = (
        f"{kind}\n\nRun of {day}, seed {options.seed}, by `make faults`.\n\n"
        + "\n".join(f"- {summary}" for summary in summaries)
        + f"\n\n| campaign | promise | looked at | wrong | | detail |\n|---|---|---:|---:|---|---|\n{rows}\n"
    )
    body = "\n## ".join(["", *(parts[name].rstrip() + "\n" for name in sorted(parts, reverse=True))])
    path.write_text(INTRODUCTION + body)


INTRODUCTION = f"""# What was proved by killing

Written by `make faults`, never by hand. A real server (granian, started as `tongxin run` starts it, delivering in its
own thread) and a real worker are killed with SIGKILL, the whole process group, at random moments, and started again.
Phones send registrations and results over HTTP, keep every receipt, and send what was not answered again with the same
operation id. Afterwards the database is compared with what the phones were told.

A check that cannot fail proves nothing: the same checks are held against variants that are broken on purpose, and the
run fails if one of them is not caught.

What this run cannot show: killing a process loses nothing that the operating system already has, so SQLite with
`synchronous=NORMAL` passes here as `FULL` does. Only losing power tells the two apart. Leases last {LEASE:.0f} s here instead
of 60 s, so that the run need not wait a minute for each killed worker's item.
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="faults", description="Kill the server and the worker; count what was lost.")
    parser.add_argument("--short", action="store_true", help="the form that CI runs")
    parser.add_argument("--kills", type=int, default=0, help=f"kills a campaign ({FULL}; {SHORT} in the short form)")
    parser.add_argument("--seed", type=int, default=7, help="the same seed kills after the same waits")
    options = parser.parse_args()
    lines: list[Line] = []
    summaries: list[str] = []
    template = homes.Template()
    try:
        for ask in asks(options):
            started = time.monotonic()
            found = carry_out(ask, options.seed, template)
            lines += lines_of(ask, found)
            counts = ", ".join(f"{name} {value:,}" for name, value in found["counts"].items())
            summaries.append(f"{ask.broken or ask.target}: {counts}; {time.monotonic() - started:.0f} s")
            print(summaries[-1], file=sys.stderr, flush=True)
    finally:
        template.remove()
    show(lines, summaries)
    if not options.short:
        write_proof(lines, summaries, options)
    failed = sum(not line.is_passed for line in lines)
    print(f"{len(lines) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
