"""What the workforce tells the rooms above: ids and codes only."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from tongxin.base.outbox import Event


@dataclass(frozen=True)
class ResponderUnavailable(Event):
    """A responder cannot come from `starts_at` to `ends_at`: open work has to be given to others."""

    KIND: ClassVar[str] = "workforce.responder_unavailable.v1"
    responder_uuid: UUID
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class DutyRecorded(Event):
    """Responders finished a stretch of duty with this cause."""

    KIND: ClassVar[str] = "workforce.duty_recorded.v1"
    responder_uuids: tuple[UUID, ...]
    cause_kind: str
    cause_uuid: UUID


@dataclass(frozen=True)
class RespondersImported(Event):
    """A ledger of responders came in."""

    KIND: ClassVar[str] = "workforce.responders_imported.v1"
    added: int
    updated: int


@dataclass(frozen=True)
class RotaSettled(Event):
    """A week of shifts was taken, or taken back: who can be sent when is another matter now."""

    KIND: ClassVar[str] = "workforce.rota_settled.v1"
    rota_uuid: UUID
    is_taken: bool
