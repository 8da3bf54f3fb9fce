"""The door for calls that come down: one set of facts, counted once, on pages, on the wall and in the night report."""

from tongxin.situation.api.counting import figures, forget, timeline
from tongxin.situation.api.snapshots import (
    all_figures,
    find_daily,
    find_daily_before,
    get_snapshot,
    is_genuine,
    take_snapshot,
    yesterday_of,
)
from tongxin.situation.api.sources import register_source
from tongxin.situation.models import Report, Snapshot
from tongxin.situation.registry import FigureEntry

__all__ = [
    "FigureEntry",
    "Report",
    "Snapshot",
    "all_figures",
    "figures",
    "find_daily",
    "find_daily_before",
    "forget",
    "get_snapshot",
    "is_genuine",
    "register_source",
    "take_snapshot",
    "timeline",
    "yesterday_of",
]
