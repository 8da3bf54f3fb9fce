"""What the api of sampling takes and returns, and its refusals."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from tongxin.sampling.rules import Mark


class BadRound(ValueError):
    """A round cannot be opened like this; `code` is POOL_SIZE, WINDOW, PLACE, NOBODY or KIND."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class RegisterRefused(Exception):
    """A person is not registered; `code` names the rule and `numbers` fill its sentence (codes and times, no names).

    ROUND_CLOSED, BAD_TUBE, OTHER_ROUND, TUBE_CLOSED, TUBE_FULL, ALREADY, NOT_ON_LIST, NEVER_POOLED, UNKNOWN_PERSON.
    """

    def __init__(self, code: str, **numbers: Any) -> None:
        super().__init__(code)
        self.code = code
        self.numbers = numbers


class NotRegistered(LookupError):
    """There is no such registration that still counts."""


class HasResult(Exception):
    """The tube has a result: what is in it is not changed any more."""


class ResultRefused(ValueError):
    """A result cannot be taken.

    `code` is UNKNOWN_TUBE, EMPTY_TUBE, BAD_VALUE, BAD_TIME, BEFORE_SAMPLE, VOID_TUBE, or STANDS: another result counts
    than the sender knew (`numbers` has `previous` and `people`).
    """

    def __init__(self, code: str, **numbers: Any) -> None:
        super().__init__(code)
        self.code = code
        self.numbers = numbers


class BadState(ValueError):
    """A person on the list cannot be put into this state: it is unknown, or they are registered."""


@dataclass(frozen=True, slots=True)
class Counts:
    """People of a list: all that are to be sampled, and how many of them are how far. Exempt people are apart."""

    listed: int = 0
    done: int = 0
    refused: int = 0
    away: int = 0
    missing: int = 0
    exempt: int = 0

    @property
    def percent(self) -> int:
        return 100 * self.done // self.listed if self.listed else 100


@dataclass(frozen=True, slots=True)
class PlaceProgress:
    kind: str
    id: int | None
    uuid: UUID | None
    label: str
    counts: Counts
    grid_id: int | None = None
    building_id: int | None = None


@dataclass(frozen=True, slots=True)
class RoundProgress:
    """How far a round is, as far as the viewer's scope reaches; places in walking order."""

    total: Counts
    grids: tuple[PlaceProgress, ...]
    buildings: tuple[PlaceProgress, ...]
    entrances: tuple[PlaceProgress, ...]


@dataclass(frozen=True, slots=True)
class MissingRow:
    """One person of a list, masked."""

    member_uuid: UUID
    person_uuid: UUID
    name: str
    door: str
    state: str
    state_reason: str
    is_at_home: bool
    has_phone: bool
    home_reason: str = ""
    #: what tells this person from others of the same door and masked name
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class MissingPage:
    rows: tuple[MissingRow, ...]
    total: int


@dataclass(frozen=True, slots=True)
class TubeMember:
    """Who is in a tube, masked."""

    registration_uuid: UUID
    seq: int
    person_uuid: UUID
    name: str
    door: str
    sampled_at: datetime
    #: what tells this person from others of the same door and masked name
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class DeskPerson:
    """Somebody as the desk sees them: masked, with what tells them from others of the same door and masked name.

    `state` is the one on the round's list, empty for somebody who is not on it. `is_alike` tells that the marks are not enough.
    """

    person_uuid: UUID
    name: str
    door: str
    marks: tuple[Mark, ...]
    state: str
    is_alike: bool


@dataclass(frozen=True, slots=True)
class TubeView:
    uuid: UUID
    code: str
    capacity: int
    filled: int
    state: str
    desk: str
    opened_at: datetime
    members: tuple[TubeMember, ...] = ()


@dataclass(frozen=True, slots=True)
class ResultOutcome:
    """What a result did. `people` are those in the tube; `recall_round_uuid` is set for a positive pool."""

    tube_uuid: UUID
    round_uuid: UUID
    code: str
    value: str
    previous: str
    people: int
    is_repeat: bool = False
    recall_round_uuid: UUID | None = None
    cases: int = 0
    cleared: int = 0
    back_on_list: int = 0


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One row of a results file and what would become of it (`code` is OK, REPEAT, CORRECTS, or a refusal)."""

    number: int
    tube: str
    value: str
    reported_at: datetime | None
    code: str
    numbers: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_fine(self) -> bool:
        return self.code in ("OK", "REPEAT", "CORRECTS")


@dataclass(frozen=True, slots=True)
class ResultsImport:
    """The fate of a whole results file; nothing is written when a row is refused, or in a dry run."""

    rows: tuple[ResultRow, ...]
    is_written: bool
    counts: Mapping[str, int]

    @property
    def refused(self) -> tuple[ResultRow, ...]:
        return tuple(row for row in self.rows if not row.is_fine)
