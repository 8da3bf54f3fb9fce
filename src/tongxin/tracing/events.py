"""What tracing tells the rooms above: ids, codes and counts only."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from tongxin.base.outbox import Event


@dataclass(frozen=True)
class InvestigationOpened(Event):
    """A case has an investigation, and with it contacts to be proposed."""

    KIND: ClassVar[str] = "tracing.investigation_opened.v1"
    incident_uuid: UUID
    person_uuid: UUID
    investigation_uuid: UUID


@dataclass(frozen=True)
class InvestigationChanged(Event):
    """What the plan was drafted from changed: DATES, EXPOSURE, ENCOUNTERS, or the case was not reached (UNREACHED)."""

    KIND: ClassVar[str] = "tracing.investigation_changed.v1"
    incident_uuid: UUID
    person_uuid: UUID
    cause: str


@dataclass(frozen=True)
class ContactsListed(Event):
    """The contacts of a case were listed; `counts` by class."""

    KIND: ClassVar[str] = "tracing.contacts_listed.v1"
    incident_uuid: UUID
    person_uuid: UUID
    counts: dict[str, int]


@dataclass(frozen=True)
class ManagementReleased(Event):
    """The management of up to 500 people ended as their rules say."""

    KIND: ClassVar[str] = "tracing.management_released.v1"
    incident_uuid: UUID
    person_uuids: list[UUID]


@dataclass(frozen=True)
class RuleSetApplied(Event):
    """People under management follow another rule set from now on."""

    KIND: ClassVar[str] = "tracing.rule_set_applied.v1"
    incident_uuid: UUID
    rule_set_id: str
    persons: int
