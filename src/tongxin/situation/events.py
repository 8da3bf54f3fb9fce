"""Notices of this room that go up."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from tongxin.base.outbox import Event


@dataclass(frozen=True)
class ReportMade(Event):
    """A night report was written, or written anew; `state` is PROVISIONAL or READY."""

    KIND: ClassVar[str] = "situation.report_made.v1"
    incident_uuid: UUID
    report_uuid: UUID
    report_date: date
    state: str


@dataclass(frozen=True)
class ReportSigned(Event):
    """A night report was signed off and will not change any more."""

    KIND: ClassVar[str] = "situation.report_signed.v1"
    incident_uuid: UUID
    report_uuid: UUID
    report_date: date
