"""Who tells the workforce how much work there is: a room above registers a source, because imports only go down."""

from collections.abc import Callable, Iterable
from datetime import datetime

from tongxin.workforce.rota import Demand

Source = Callable[[int, datetime, datetime], Iterable[Demand]]
_sources: list[Source] = []


def register_demand(source: Source) -> None:
    """Register what lists the hands of tasks of a compound between two moments."""
    _sources.append(source)


def demand_between(area_id: int, start: datetime, end: datetime) -> list[Demand]:
    """Return all work that the registered rooms know between two moments."""
    return [demand for source in _sources for demand in source(area_id, start, end)]
