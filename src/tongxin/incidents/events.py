"""Notices of this room: ids and codes only."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from tongxin.base.outbox import Event


@dataclass(frozen=True)
class IncidentOpened(Event):
    KIND: ClassVar[str] = "incidents.incident_opened.v1"
    incident_uuid: UUID
    profile_id: str


@dataclass(frozen=True)
class IncidentClosed(Event):
    KIND: ClassVar[str] = "incidents.incident_closed.v1"
    incident_uuid: UUID


@dataclass(frozen=True)
class PersonStatusChanged(Event):
    """One person's standing status changed, or the dates from which the days of a case are counted.

    `kind` is empty when no fact holds any more; `previous` is empty when there was none. `previous` equals `kind`
    when only onset or sample date changed.
    """

    KIND: ClassVar[str] = "incidents.person_status_changed.v1"
    incident_uuid: UUID
    person_uuid: UUID
    kind: str
    previous: str
    effective_at: str


@dataclass(frozen=True)
class StatusesChanged(Event):
    """The standing status of up to 500 people became `kind` in one go (never CASE: those are told one by one)."""

    KIND: ClassVar[str] = "incidents.statuses_changed.v1"
    incident_uuid: UUID
    kind: str
    person_uuids: list[UUID]


@dataclass(frozen=True)
class ZoneLevelChanged(Event):
    """A place has another level; `level` is empty when it was lifted, `previous` when there was none."""

    KIND: ClassVar[str] = "incidents.zone_level_changed.v1"
    incident_uuid: UUID
    place_kind: str
    place_uuid: UUID
    level: str
    canonical: str
    previous: str


@dataclass(frozen=True)
class RuleSetSwitched(Event):
    KIND: ClassVar[str] = "incidents.rule_set_switched.v1"
    incident_uuid: UUID
    rule_set_id: str
    starts_at: str


@dataclass(frozen=True)
class EncountersRecorded(Event):
    """New meetings of this person are known; tracing looks again."""

    KIND: ClassVar[str] = "incidents.encounters_recorded.v1"
    incident_uuid: UUID
    person_uuid: UUID


@dataclass(frozen=True)
class TestDutiesChanged(Event):
    """Test days were added or taken away from `first_date` on."""

    __test__ = False

    KIND: ClassVar[str] = "incidents.test_duties_changed.v1"
    incident_uuid: UUID
    first_date: str
    count: int
