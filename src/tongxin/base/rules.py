"""Pure decisions of the ground floor: after how many wrong passwords who waits, and how long."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Failure:
    """A wrong password, and what it shares with the try at hand; `is_known`: the owner had signed in there before."""

    at: datetime
    is_login: bool
    is_device: bool
    is_trail: bool
    is_known: bool


@dataclass(frozen=True, slots=True)
class Limit:
    """As many failures within the window, and the wait lasts as long as the window after the last of them."""

    code: str
    most: int
    window: timedelta
    counts: Callable[[Failure], bool]
    spares_known: bool


@dataclass(frozen=True, slots=True)
class Wait:
    """Which limit asks to wait, and until when."""

    code: str
    until: datetime


_QUARTER = timedelta(minutes=15)
LIMITS = (
    # One login on one device: whoever mistypes waits here, and nowhere else.
    Limit("HERE", 6, _QUARTER, lambda row: row.is_login and row.is_device, spares_known=False),
    # One login over all devices that its owner never used: a new cookie a try does not buy more tries.
    Limit("LOGIN", 30, timedelta(hours=1), lambda row: row.is_login and not row.is_known, spares_known=True),
    # One device over all logins: somebody goes through a list of names.
    Limit("DEVICE", 20, _QUARTER, lambda row: row.is_device and not row.is_known, spares_known=True),
    # The same with a new cookie each time. High, because new phones of one make share one address on the first day.
    Limit("TRAIL", 100, _QUARTER, lambda row: row.is_trail and not row.is_known, spares_known=True),
)


def longest_wait(failures: Iterable[Failure], *, is_known: bool, at: datetime) -> Wait | None:
    """Return the wait that ends last among the limits that are reached; None when none is.

    `is_known` spares a device on which the owner has signed in before from all limits but the one of this device.
    """
    rows = sorted(failures, key=lambda row: row.at)
    waits = [wait for limit in LIMITS if not (is_known and limit.spares_known) and (wait := _wait(limit, rows, at))]
    return max(waits, key=lambda wait: wait.until, default=None)


def _wait(limit: Limit, rows: list[Failure], at: datetime) -> Wait | None:
    counted = [row.at for row in rows if limit.counts(row)]
    if len(counted) < limit.most:
        return None
    until = counted[-1] + limit.window
    # Failures during a wait are not counted, so that the last one is the one that reached the limit.
    is_reached = counted[-limit.most] > counted[-1] - limit.window
    return Wait(limit.code, until) if is_reached and at < until else None
