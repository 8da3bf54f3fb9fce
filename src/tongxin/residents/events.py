"""What this room tells the rooms above: ids, codes and counts only."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from tongxin.base.outbox import Event


@dataclass(frozen=True)
class PairsChanged(Event):
    """People of the one-to-one list got a caller, another caller, or left the list."""

    KIND: ClassVar[str] = "residents.pairs_changed.v1"
    incident_uuid: UUID
    opened: int
    closed: int


@dataclass(frozen=True)
class CallRoundOpened(Event):
    KIND: ClassVar[str] = "residents.call_round_opened.v1"
    incident_uuid: UUID
    round_uuid: UUID
    calls: int


@dataclass(frozen=True)
class CallLogged(Event):
    """One call of a round came out in some way, or its entry was taken back (`outcome` DUE or UNREACHED)."""

    KIND: ClassVar[str] = "residents.call_logged.v1"
    incident_uuid: UUID
    round_uuid: UUID
    call_uuid: UUID
    outcome: str


@dataclass(frozen=True)
class RequestOpened(Event):
    """A need is known; it has an owner and a due time."""

    KIND: ClassVar[str] = "residents.request_opened.v1"
    incident_uuid: UUID
    request_uuid: UUID
    urgency: str


@dataclass(frozen=True)
class RequestClosed(Event):
    KIND: ClassVar[str] = "residents.request_closed.v1"
    incident_uuid: UUID
    request_uuid: UUID


@dataclass(frozen=True)
class StepsTaken(Event):
    """Late calls and requests went one step up the chain."""

    KIND: ClassVar[str] = "residents.steps_taken.v1"
    incident_uuid: UUID
    calls: int
    requests: int
