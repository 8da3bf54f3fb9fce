"""Values and errors of headquarters' door."""

from dataclasses import dataclass
from uuid import UUID


class LineClosed(Exception):
    """The line was decided, or fell away, before this decision arrived. `state` says how it stands."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class SameApprover(Exception):
    """This officer has approved this version already; the second approval must come from another person."""


class ReasonMissing(Exception):
    """A strike needs a reason: those who read the plan tomorrow must know why."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that an approval did not reach: `code` is STALE, CLOSED or SAME_PERSON."""

    uuid: UUID
    code: str


@dataclass(frozen=True, slots=True)
class ApprovalOutcome:
    """What became of the lines that one officer approved."""

    carried_out: tuple[UUID, ...]
    waiting: tuple[UUID, ...]
    failed: tuple[UUID, ...]
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True)
class Parked:
    """A piece of background work that failed five times and waits for a person."""

    uuid: UUID
    handler: str
    tries: int
    error: str
    at: str


@dataclass(frozen=True, slots=True)
class LineWords:
    """A line in the present language: what, on whom or where, and why."""

    measure: str
    target: str
    why: str
