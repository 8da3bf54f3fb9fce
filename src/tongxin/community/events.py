"""What this room tells: ids and counts only."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from tongxin.base.outbox import Event


@dataclass(frozen=True)
class PeopleImported(Event):
    """A ledger came in whole."""

    KIND: ClassVar[str] = "community.people_imported.v1"
    run_uuid: UUID
    added: int
    updated: int


@dataclass(frozen=True)
class PeopleMerged(Event):
    """Two rows were one person: `gone_uuid` points to `kept_uuid` from now on."""

    KIND: ClassVar[str] = "community.people_merged.v1"
    kept_uuid: UUID
    gone_uuid: UUID


@dataclass(frozen=True)
class MergeUndone(Event):
    """A merge was taken back: both are people of their own again."""

    KIND: ClassVar[str] = "community.merge_undone.v1"
    kept_uuid: UUID
    returned_uuid: UUID


@dataclass(frozen=True)
class ResidentsChanged(Event):
    """People came, moved, went, or came back because that was a mistake, or special care of theirs began or ended.

    `change` is ADDED, MOVED, MOVED_OUT, UNDONE or CARE.
    """

    KIND: ClassVar[str] = "community.residents_changed.v1"
    person_uuids: tuple[UUID, ...]
    change: str


@dataclass(frozen=True)
class PersonErased(Event):
    """Everything personal of this row is gone and its key destroyed; the row only counts."""

    KIND: ClassVar[str] = "community.person_erased.v1"
    person_uuid: UUID
