"""`python -m benchmarks [name…]`: measure the bars, each in a process and a data folder of its own."""

import subprocess
import sys

from benchmarks import importing, pages, planning, serving
from benchmarks.measuring import ROOT

RUNS = {
    "plan": planning.plan,
    "assign": planning.assign,
    "import": importing.run,
    "pages": pages.run,
    "server": serving.run,
}


def main(arguments: list[str]) -> int:
    """Run what is named, or all; return 1 when a bar was missed and 2 for a name that is not known."""
    if arguments[:1] == ["--here"]:
        return RUNS[arguments[1]]()
    unknown = [name for name in arguments if name not in RUNS]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; there are: {', '.join(RUNS)}", file=sys.stderr)
        return 2
    missed = []
    for name in arguments or RUNS:
        command = [sys.executable, "-m", "benchmarks", "--here", name]
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            missed.append(name)
    print(f"missed or broken: {', '.join(missed)}" if missed else "all bars held")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
