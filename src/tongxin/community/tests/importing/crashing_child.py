"""A child that does what a parser must not: the parent has to survive it."""

from __future__ import annotations

import os
import sys
import time

from tongxin.community.importing.child import set_limits

if __name__ == "__main__":
    sys.stdin.buffer.read()
    what = sys.argv[1]
    if what == "abort":
        os.abort()
    if what == "sleep":
        time.sleep(30)
    if what == "memory":
        set_limits(256 << 20, 5)
        held = bytearray(1 << 30)
    if what == "exit":
        sys.exit(3)
    if what == "environment":
        print(sorted(os.environ))
