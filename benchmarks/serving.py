"""How soon the first page comes after `tongxin run` on a set-up system, and how much memory an idle server holds."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from benchmarks import installation
from benchmarks.measuring import ROOT, Sheet, median

STARTS = 5
FIRST_PAGE_BAR, MEMORY_BAR = 2.0, 200.0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _page(port: int) -> bool:
    wire = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        wire.request("GET", "/accounts/login/")
        answer = wire.getresponse()
        return answer.status == 200 and b"</html>" in answer.read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        wire.close()


def _memory_mb(group: int) -> float:
    """Return the resident memory of all processes of a group, shared pages counted once a process by their share."""
    total = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if os.getpgid(int(entry.name)) != group:
                continue
            lines = (entry / "smaps_rollup").read_text().splitlines()
        except (OSError, ProcessLookupError):
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def _start(port: int) -> subprocess.Popen[bytes]:
    code = "from tongxin.web.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, "run", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "TONGXIN_QUEUE": "thread"},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )


def run() -> int:
    """Start the server some times and return 1 when a bar is missed."""
    installation.begin("server")
    sheet = Sheet("server", "Start and memory of the server", ("what", "median", "all", "bar", ""))
    seconds, cpu, memory = [], [], []
    for _number in range(STARTS):
        port, begun = _free_port(), time.perf_counter()
        spent = os.times()
        server = _start(port)
        while not _page(port) and server.poll() is None:
            time.sleep(0.02)
        seconds.append(time.perf_counter() - begun)
        time.sleep(1.0)
        memory.append(_memory_mb(server.pid))
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()
        now = os.times()
        cpu.append(now.children_user + now.children_system - spent.children_user - spent.children_system)
    rows: tuple[tuple[str, list[float], str, float | None], ...] = (
        ("first page after the start", seconds, "s", FIRST_PAGE_BAR),
        ("processor time of a start and stop", cpu, "s", None),
        ("memory of all server processes, idle", memory, "MB", MEMORY_BAR),
    )
    for what, values, unit, bar in rows:
        middle = median(values)
        held = "" if bar is None else sheet.hold(what, middle, bar, lambda value: f"{value:.1f}")
        every = ", ".join(f"{value:.1f}" for value in values)
        sheet.rows.append((what, f"{middle:.1f} {unit}", every, "" if bar is None else f"{bar:.0f} {unit}", held))
    sheet.notes.append("Memory is the proportional set size: pages that two processes share count half for each.")
    return sheet.finish()
