"""``python -m tongxin.engines.planner.compile``: compile the search now, so that nobody waits for it later."""

import sys
from time import process_time

from tongxin.engines.planner import warm


def main() -> int:
    """Compile what is not compiled yet and say how long it took; say nothing where that has been done."""
    if warm.is_ready():
        return 0
    started = process_time()
    sys.stdout.write("Compiling the planner: this takes about a minute, once.\n")
    sys.stdout.flush()
    warm.compile_all()
    sys.stdout.write(f"Planner compiled in {process_time() - started:.1f} s.\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
