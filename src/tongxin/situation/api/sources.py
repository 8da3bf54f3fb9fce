"""Where figures come from: the rooms below, and what rooms above have put in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from tongxin.community import api as community
from tongxin.dispatch import api as dispatch
from tongxin.incidents import api as incidents
from tongxin.residents import api as residents
from tongxin.sampling import api as sampling
from tongxin.situation.entries import ALL
from tongxin.situation.registry import FigureEntry, register
from tongxin.tracing import api as tracing
from tongxin.workforce import api as workforce

Numbers = Mapping[str, int | float]


class FigureReader(Protocol):
    """What every room offers as `figures`."""

    def __call__(self, *, area_id: int, incident_id: int, at: datetime) -> Numbers: ...


@dataclass(frozen=True, slots=True)
class Source:
    """A room with its figures; `judgement` returns the newest signed view of headquarters on a moment, or an empty text."""

    room: str
    figures: FigureReader
    judgement: Callable[..., str] | None = None


_SOURCES: dict[str, Source] = {
    "community": Source("community", community.figures),
    "incidents": Source("incidents", incidents.figures),
    "sampling": Source("sampling", sampling.figures),
    "residents": Source("residents", residents.figures),
    "tracing": Source("tracing", tracing.figures),
    "dispatch": Source("dispatch", dispatch.figures),
    "workforce": Source("workforce", workforce.figures),
}


register(*ALL)


def register_source(
    room: str,
    figures: FigureReader,
    entries: tuple[FigureEntry, ...] = (),
    *,
    judgement: Callable[..., str] | None = None,
) -> None:
    """Let a room above put its figures into every snapshot; called once from that room's `AppConfig.ready`.

    `figures` and `judgement` are called with `area_id`, `incident_id` and `at`. Every figure needs an entry that names
    the page with its rows. The same room again replaces what it had put in.
    """
    register(*entries)
    _SOURCES[room] = Source(room, figures, judgement)


def read_rooms(*, area_id: int, incident_id: int, at: datetime) -> dict[str, Any]:
    """Return the figures of every room, joined."""
    found: dict[str, Any] = {}
    for source in list(_SOURCES.values()):
        found |= source.figures(area_id=area_id, incident_id=incident_id, at=at)
    return found


def newest_judgement(*, area_id: int, incident_id: int, at: datetime) -> str:
    """Return what headquarters signed last before `at`, or an empty text."""
    for source in list(_SOURCES.values()):
        if source.judgement is not None:
            text = source.judgement(area_id=area_id, incident_id=incident_id, at=at)
            if text:
                return text
    return ""
