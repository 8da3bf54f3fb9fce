"""What the workforce's api takes and returns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from tongxin.workforce.rules import BrokenRule, Span


class ShiftRefused(ValueError):
    """Rostered shifts would break rules on rest and hours; `broken` names each with its numbers."""

    def __init__(self, broken: tuple[BrokenRule, ...]) -> None:
        super().__init__(", ".join(item.rule for item in broken))
        self.broken = broken


class ExitRefused(ValueError):
    """The exit protocol cannot be finished yet: days or negative tests are missing."""

    def __init__(self, days_left: int, tests_missing: tuple[int, ...]) -> None:
        super().__init__(f"{days_left} days, tests {tests_missing}")
        self.days_left = days_left
        self.tests_missing = tests_missing


class WrongSpan(ValueError):
    """A stretch of time ends before it starts, or is longer than what makes sense."""


@dataclass(frozen=True, slots=True)
class ShiftDraft:
    """One agreed stretch of one responder."""

    responder_id: int
    starts_at: datetime
    ends_at: datetime

    @property
    def span(self) -> Span:
        return Span(self.starts_at, self.ends_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """A stretch that somebody really worked for one cause (a task)."""

    responder_id: int
    starts_at: datetime
    ends_at: datetime
    cause_kind: str
    cause_uuid: UUID
    zone_rank: int = 0
    ppe_level: int = 0


@dataclass(frozen=True, slots=True)
class ContactCard:
    """How to reach one responder; every card that is handed out is in the audit."""

    uuid: UUID
    code: str
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Credential:
    """A login that was just made: the password is shown once and stored only as a hash."""

    responder_uuid: UUID
    code: str
    username: str
    password: str


@dataclass(frozen=True, slots=True)
class Availability:
    """When one responder can be sent between two moments."""

    responder_id: int
    spans: tuple[Span, ...]
    absences: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Permitted:
    """An answer on one kind of work: allowed, or each rule that says no."""

    code: str
    zone_rank: int
    ppe_level: int
    broken: tuple[BrokenRule, ...] = ()

    @property
    def is_allowed(self) -> bool:
        return not self.broken


@dataclass(frozen=True, slots=True)
class RowFate:
    """What became of one row of a ledger: added, updated, unchanged, duplicate or refused."""

    sheet: str
    row: int
    fate: str
    door: str = ""
    reasons: tuple[str, ...] = ()
    numbers: Mapping[str, int | str] = field(default_factory=dict)
