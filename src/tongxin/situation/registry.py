"""The registry of figures: what a number is called, its unit, and the page that lists its rows.

A number without an entry here is not shown anywhere: a test holds every room's figures against this table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from uuid import UUID

from django.urls import NoReverseMatch, reverse

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True, slots=True)
class FigureEntry:
    """One figure. `url_name` with `query` is the page of its rows; `{day}` in a query value becomes the day counted.

    `takes_incident`, `of_round`: the page is named by the uuid of the incident, or of the newest mass round. `is_new`: it happened on the day (as against what stands
    at its end). `worse` says which direction is bad news: MORE, LESS or nothing. `order` places it within its room.
    """

    key: str
    label: "StrPromise | str"
    unit: "StrPromise | str"
    url_name: str
    query: Mapping[str, str] = field(default_factory=dict)
    takes_incident: bool = False
    is_new: bool = False
    worse: str = ""
    order: int = 100
    of_round: bool = False

    @property
    def room(self) -> str:
        return self.key.partition(".")[0]


_ENTRIES: dict[str, FigureEntry] = {}


def register(*entries: FigureEntry) -> None:
    """Add entries; the same key again replaces the entry."""
    _ENTRIES.update({entry.key: entry for entry in entries})


def entry_of(key: str) -> FigureEntry | None:
    """Return the entry of a figure, or None."""
    return _ENTRIES.get(key)


def entries() -> list[FigureEntry]:
    """Return all entries, room by room in their order."""
    return sorted(_ENTRIES.values(), key=lambda entry: (entry.room, entry.order, entry.key))


@dataclass(frozen=True, slots=True)
class Ground:
    """What addresses of rows are made from."""

    incident_uuid: UUID
    day: date
    round_uuid: UUID | None = None


def rows_url(entry: FigureEntry, ground: Ground) -> str:
    """Return the address of the rows behind a figure; empty where there is no such page."""
    target = ground.incident_uuid if entry.takes_incident else ground.round_uuid if entry.of_round else None
    if entry.of_round and target is None:
        return ""
    try:
        path = reverse(entry.url_name, args=[target] if target else [])
    except NoReverseMatch:
        return ""
    query = {key: value.format(day=ground.day.isoformat()) for key, value in entry.query.items()}
    return f"{path}?{urlencode(query)}" if query else path
