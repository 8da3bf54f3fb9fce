"""Start a process, kill it without warning after a random moment, start it again."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def start(*arguments: str, **extra: str) -> subprocess.Popen[bytes]:
    """Start a process in a group of its own, so that its children die with it."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}", **extra},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL the whole group: nothing can clean up."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def campaign(
    launch: Callable[[], subprocess.Popen[bytes]],
    *,
    kills: int,
    seed: int,
    is_ready: Callable[[], bool],
    longest: float = 0.6,
) -> None:
    """Launch, wait until ready, kill after a random moment; `kills` times."""
    dice = random.Random(seed)
    for _ in range(kills):
        process = launch()
        deadline = time.monotonic() + 60
        while not is_ready() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(dice.uniform(0.02, longest))
        kill(process)
