"""Notices of this room: ids, codes and counts only."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from tongxin.base.outbox import Event


@dataclass(frozen=True)
class RoundOpened(Event):
    """A round was opened: `kind` is MASS, HOME or RECALL, `due` the people on its list."""

    KIND: ClassVar[str] = "sampling.round_opened.v1"
    incident_uuid: UUID
    round_uuid: UUID
    kind: str
    due: int


@dataclass(frozen=True)
class RoundClosed(Event):
    """A round was closed; `missing` people of its list were neither sampled nor excused."""

    KIND: ClassVar[str] = "sampling.round_closed.v1"
    incident_uuid: UUID
    round_uuid: UUID
    kind: str
    done: int
    missing: int


@dataclass(frozen=True)
class ResultRecorded(Event):
    """The laboratory told what it found in one tube. `previous` is what counted before a correction, else empty."""

    KIND: ClassVar[str] = "sampling.result_recorded.v1"
    incident_uuid: UUID
    tube_uuid: UUID
    round_uuid: UUID
    value: str
    previous: str
    people: int


@dataclass(frozen=True)
class PoolPositive(Event):
    """A shared tube is positive: its people are called back. `entrance_uuids` are the entrances where they live."""

    KIND: ClassVar[str] = "sampling.pool_positive.v1"
    incident_uuid: UUID
    tube_uuid: UUID
    round_uuid: UUID
    recall_round_uuid: UUID
    people: int
    entrance_uuids: list[UUID]


@dataclass(frozen=True)
class ResultOverdue(Event):
    """A result should be here and is not; told once a tube."""

    KIND: ClassVar[str] = "sampling.result_overdue.v1"
    incident_uuid: UUID
    tube_uuid: UUID
    round_uuid: UUID
    people: int
    hours: int
