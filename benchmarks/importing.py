"""How long 10,000 people take to come in."""

from benchmarks import bench_import, installation
from benchmarks.measuring import Sheet

ROWS = 10_000


def run() -> int:
    """Import an invented ledger twice and return 1 when the bar is missed."""
    installation.begin("import")
    sheet = Sheet("import", f"Import of {ROWS:,} people", ("step", "seconds", "bar", ""))
    measured = bench_import.measure(ROWS)
    for step, seconds in measured.seconds.items():
        is_bar = step == "first import: total"
        held = sheet.hold(step, seconds, bench_import.BAR_SECONDS, lambda value: f"{value:.1f} s") if is_bar else ""
        sheet.rows.append((step, f"{seconds:.2f}", "10 s" if is_bar else "", held))
    sheet.notes.append(f"processor time of the first import {measured.cpu_seconds:.1f} s; counts {measured.counts}")
    return sheet.finish()
