"""Figures with their names, changes and rows: the table behind every page that shows a number."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import Resolver404, resolve

from tongxin.base import clock, policy
from tongxin.base.actors import Actor
from tongxin.incidents import api as incidents
from tongxin.sampling import api as sampling
from tongxin.situation import rules
from tongxin.situation.api.keeping import recent_figures
from tongxin.situation.api.snapshots import yesterday_of
from tongxin.situation.models import Snapshot
from tongxin.situation.registry import FigureEntry, Ground, entries, entry_of, rows_url

Number = int | float


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One number with its name, what it was yesterday and where its rows are (empty: no page, or not for this viewer)."""

    entry: FigureEntry
    value: Number
    previous: Number | None
    url: str

    @property
    def change(self) -> Number | None:
        return rules.change(self.value, self.previous)

    @property
    def is_worse(self) -> bool:
        """Tell whether the change is bad news."""
        change = self.change or 0
        return (self.entry.worse == "MORE" and change > 0) or (self.entry.worse == "LESS" and change < 0)


@dataclass(frozen=True, slots=True)
class FigureTable:
    """All figures of one moment, by key; `compared_with` is the moment of yesterday's snapshot, None when there is none."""

    rows: Mapping[str, FigureRow]
    as_of: datetime
    compared_with: datetime | None

    def age_seconds(self, at: datetime) -> int:
        """Return for how long the figures have been counted at a moment."""
        return max(int((at - self.as_of).total_seconds()), 0)

    def values(self) -> dict[str, Number]:
        return {key: row.value for key, row in self.rows.items()}


def may_open(viewer: Actor, path: str, *, area_id: int) -> bool:
    """Tell whether a viewer may open a page of this server, by the access policy."""
    try:
        match = resolve(path.partition("?")[0])
    except Resolver404:
        return False
    permission = policy.url_permissions().get(match.view_name, "")
    if permission in (policy.PUBLIC, policy.SIGNED_IN):
        return True
    return bool(permission) and policy.may(viewer, permission, area_id=area_id)


def figure_table(*, area_id: int, incident_id: int, at: datetime, viewer: Actor | None = None) -> FigureTable:
    """Set what was counted now or some seconds ago (`as_of`) beside yesterday's snapshot.

    With `viewer`, links that they may not open are empty. Raises `Incident.DoesNotExist`.
    """
    incident = incidents.Incident.objects.get(area_id=area_id, pk=incident_id)
    counted = recent_figures(area_id=area_id, incident_id=incident_id, incident_uuid=incident.uuid, at=at)
    before = yesterday_of(area_id, incident_id, counted.at)
    ground = ground_of(incident, clock.local_date(counted.at))
    rows = table_rows(counted.figures, before.figures if before else None, ground)
    if viewer is not None:
        rows = {key: _for_viewer(row, viewer, area_id) for key, row in rows.items()}
    return FigureTable(rows, counted.at, before.as_of if before else None)


def ground_of(incident: incidents.Incident, day: date) -> Ground:
    """Return what the addresses of rows are made from: incident, day, newest mass round."""
    newest = sampling.list_rounds(incident.area_id, incident.pk, kinds=["MASS"]).first()
    return Ground(incident.uuid, day, newest.uuid if newest else None)


def table_rows(
    figures: Mapping[str, Number], previous: Mapping[str, Number] | None, ground: Ground
) -> dict[str, FigureRow]:
    """Return the rows of figures that have a name, in the order of the registry."""
    before = previous or {}
    return {
        entry.key: FigureRow(entry, figures[entry.key], before.get(entry.key), rows_url(entry, ground))
        for entry in entries()
        if entry.key in figures
    }


def snapshot_rows(snapshot: Snapshot) -> list[FigureRow]:
    """Return the figures of a snapshot beside those of the day before; without links, which lead to what is now."""
    day = clock.local_date(snapshot.as_of)
    before = yesterday_of(snapshot.area_id, snapshot.incident_id, snapshot.as_of)
    rows = table_rows(snapshot.figures, before.figures if before else None, Ground(snapshot.incident.uuid, day))
    return [FigureRow(row.entry, row.value, row.previous, "") for row in rows.values()]


def _for_viewer(row: FigureRow, viewer: Actor, area_id: int) -> FigureRow:
    if not row.url or may_open(viewer, row.url, area_id=area_id):
        return row
    return FigureRow(row.entry, row.value, row.previous, "")


def nameless(figures: Mapping[str, Number]) -> list[str]:
    """Return figures that no entry names: they would be shown nowhere, so a test wants this empty."""
    return sorted(key for key in figures if entry_of(key) is None)
