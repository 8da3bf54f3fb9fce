"""The set of figures that pages show, counted once for all who ask within a few seconds.

The wall and forty officers ask for the same hundred numbers at the same time. They get the set that was counted last,
with the moment of its counting, which every page shows. A set goes by time only: what is signed or handed upward
(snapshots, reports, judgements) is always counted anew, with `all_figures`.

Each process keeps its own; nothing here is worth sharing or storing. No person is in it, only numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from uuid import UUID

from django.conf import settings

from tongxin.situation.api.snapshots import all_figures

#: Incidents of which a process keeps figures: whoever asks for more of them counts anew.
_MOST_KEPT = 64


@dataclass(frozen=True, slots=True)
class Counted:
    """All figures of an incident and the moment for which they were counted."""

    figures: Mapping[str, int | float]
    at: datetime


_kept: dict[tuple[int, UUID], Counted] = {}
_counting: dict[tuple[int, UUID], Lock] = {}
_lock = Lock()


def recent_figures(*, area_id: int, incident_id: int, incident_uuid: UUID, at: datetime) -> Counted:
    """Return every figure, counted at `at` or some seconds before; who asks while another counts waits for that.

    `TONGXIN_FIGURES_SECONDS` says how many; 0 counts every time.
    """
    key, longest = (area_id, incident_uuid), timedelta(seconds=settings.TONGXIN_FIGURES_SECONDS)
    with _lock:
        if key not in _counting and len(_counting) >= _MOST_KEPT:
            _counting.clear()
            _kept.clear()
        counting = _counting.setdefault(key, Lock())
    with counting:
        held = _kept.get(key)
        if held is None or not is_recent(held.at, at, longest):
            held = Counted(all_figures(area_id=area_id, incident_id=incident_id, at=at), at)
            _kept[key] = held
    return held


def is_recent(counted_at: datetime, at: datetime, longest: timedelta) -> bool:
    """Tell whether figures may still be shown. Not for the very moment of counting: who asks again then wants to know.

    That is so where the clock stands still, in drills and replays. A clock that was set back makes them old too.
    """
    return timedelta(0) < at - counted_at <= longest
