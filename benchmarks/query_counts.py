"""`python -m benchmarks.query_counts [--write]`: show the recorded query counts of the pages, or record them anew."""

import json
import os
import subprocess
import sys

from benchmarks.measuring import ROOT

FILE = ROOT / "tests" / "query_counts.json"


def main(arguments: list[str]) -> int:
    """Count again with `--write` (only if no page's queries grow with its rows), and print what is recorded."""
    if arguments == ["--write"]:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_query_counts.py"]
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, "TONGXIN_WRITE_QUERY_COUNTS": "1"}, check=False)
        if done.returncode:
            return done.returncode
    elif arguments:
        print("python -m benchmarks.query_counts [--write]", file=sys.stderr)
        return 2
    for name, count in json.loads(FILE.read_text()).items():
        print(f"{count:>4}  {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
