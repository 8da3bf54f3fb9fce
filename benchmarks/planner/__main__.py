"""`python -m benchmarks.planner [hhcrsp|compound|replan|bounds|pairing|fanout|rivals …]`: measure and write docs/benchmarks/planner.md.

Time is processor time of one core, so that a busy machine does not change what is measured. Each part keeps its
numbers in `measured.json` beside this file; the page is written from all of them.
"""

import argparse
import os
import sys
from pathlib import Path

from benchmarks.planner import bounds, compound, fanout, hhcrsp, page, replan, rivals, scale
from tongxin.engines.planner import warm

PARTS = {
    "hhcrsp": hhcrsp.measure,
    "compound": compound.measure,
    "replan": replan.measure,
    "scale": scale.measure,
    "bounds": bounds.measure,
    "pairing": bounds.measure_pairing,
    "fanout": fanout.measure,
    "rivals-small": rivals.measure_small,
    "rivals-large": rivals.measure_large,
}
GROUPS = {"rivals": ["rivals-small", "rivals-large"]}


def main(arguments: list[str]) -> int:
    """Run the parts that are named, or all; return 1 when a bar was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.planner", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS, *GROUPS])
    parser.add_argument("--seconds", type=float, default=10.0, help="processor seconds for each search")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--instances", default="", help="only public instances whose name holds one of these, by comma")
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("TONGXIN_HHCRSP", "../shared/data/hhcrsp")),
        help="HHCRSP files",
    )
    options = parser.parse_args(arguments)
    warm.compile_all()
    missed = []
    for name in [name for asked in options.parts or PARTS for name in GROUPS.get(asked, [asked])]:
        part = PARTS[name](options)
        missed += part["missed"]
        page.keep(f"{name} {options.seconds:g}", part)
    page.write()
    for line in missed:
        print(f"MISSED {line}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
