"""Start a process, kill it without warning after a random moment, start it again."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).resolve().parent.parent
#: Longest time between a process being ready and its death, in seconds.
LONGEST = 0.6


def environment(**extra: str) -> dict[str, str]:
    """Return the environment of a child that imports this checkout."""
    return {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}", **extra}


def start(*arguments: str, log: Path, **extra: str) -> subprocess.Popen[bytes]:
    """Start a process in a group of its own, so that its children die with it. What it prints is added to `log`."""
    with log.open("ab") as sink:
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment(**extra),
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )


class Victim(Protocol):
    """A process at the head of a group of its own."""

    pid: int

    def poll(self) -> int | None:
        """Return None while it lives."""

    def wait(self) -> int:
        """Return when it is dead."""


class Nursery:
    """A process that forks victims quickly; its children write to `log`."""

    def __init__(self, module: str, *, log: Path, **extra: str) -> None:
        self._log = log.open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=ROOT,
            env=environment(**extra),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    def fork(self) -> "Forked":
        """Start one more victim."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("fork\n")
        self._process.stdin.flush()
        return Forked(int(self._process.stdout.readline()))

    def close(self) -> None:
        """End the nursery; it has no children any more."""
        self._process.kill()
        self._process.wait()
        self._log.close()


class Forked:
    """A grandchild: it cannot be waited for, so that its death is looked up."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def poll(self) -> int | None:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return -signal.SIGKILL
        return None

    def wait(self) -> int:
        while self.poll() is None:
            time.sleep(0.005)
        return -signal.SIGKILL


def kill(process: Victim) -> None:
    """SIGKILL the whole group: nothing can clean up."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_until(is_true: Callable[[], bool], *, seconds: float) -> bool:
    """Return whether something became true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_true():
            return True
        time.sleep(0.02)
    return is_true()


class NotReady(RuntimeError):
    """The process that should be killed never came up: the run would prove nothing."""


def campaign(launch: Callable[[], Victim], *, kills: int, seed: int, is_ready: Callable[[], bool]) -> None:
    """Launch, wait until ready, kill after a random moment; `kills` times. Raises NotReady."""
    dice = random.Random(seed)
    for number in range(kills):
        process = launch()
        try:
            ready = wait_until(lambda: is_ready() or process.poll() is not None, seconds=120)  # noqa: B023 - used at once
            if not ready or process.poll() is not None:
                raise NotReady(f"start {number + 1} of {kills}")
            time.sleep(dice.uniform(0.02, LONGEST))
        finally:
            kill(process)
