"""The clock, read only at the edges (views, command line, worker) and passed in everywhere else.

A drill or demo runs on another day: `TONGXIN_HOME/clock-shift` holds the seconds to add to the machine's clock.
Leases and back-off use `machine_now`, which no drill shifts.
"""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone


def machine_now() -> datetime:
    """Return the machine's own time, aware, UTC."""
    return datetime.now(UTC)


def _shift_file() -> Path:
    return Path(settings.TONGXIN_HOME) / "clock-shift"


def shift() -> timedelta:
    """Return how far the drill clock is from the machine's clock; zero in real operation."""
    try:
        return timedelta(seconds=int(_shift_file().read_text().strip()))
    except (FileNotFoundError, ValueError):
        return timedelta(0)


def now() -> datetime:
    """Return the present of this installation: the machine's clock, moved when a drill is on."""
    return machine_now() + shift()


def set_now(at: datetime) -> None:
    """Move the installation's clock so that `now()` is `at`. For drills and the demo only."""
    seconds = int((at - machine_now()).total_seconds())
    _shift_file().write_text(f"{seconds}\n")


def local_date(at: datetime) -> date:
    """Return the calendar day of `at` in the installation's time zone."""
    return timezone.localtime(at).date()
