"""``python -m tongxin.engines.planner.compile``: compile the search now, so that nobody waits for it later."""

import sys
from time import process_time

from tongxin.engines.planner import warm


def main() -> int:
    """Compile what is not compiled yet and say how long it took."""
    started = process_time()
    was_ready = warm.is_ready()
    warm.compile_all()
    sys.stdout.write(f"planner: {'loaded' if was_ready else 'compiled'} in {process_time() - started:.1f} s\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
