"""What the api of dispatch takes and returns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDraft:
    """A task that a room above asks for. `hands` holds the skills of each pair of hands; ids are database ids."""

    kind: str
    origin_kind: str
    origin_uuid: UUID
    window_starts_at: datetime
    window_ends_at: datetime
    due_at: datetime
    duration_min: int
    params: Mapping[str, Any] = field(default_factory=dict)
    person_id: int | None = None
    dwelling_id: int | None = None
    entrance_id: int | None = None
    building_id: int | None = None
    grid_id: int | None = None
    priority: int = 10
    is_life_and_limb: bool = False
    ppe_level: int = 0
    zone_rank: int = 0
    hands: tuple[tuple[str, ...], ...] = ((),)


class BadDraft(ValueError):
    """A draft contradicts itself; `field` names where."""

    def __init__(self, field_name: str) -> None:
        super().__init__(field_name)
        self.field = field_name


class WrongStep(Exception):
    """The assignment is not in a state from which this step is possible; `state` says where it is."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class TaskOver(Exception):
    """Somebody else ended the task first (the partner, the dispatcher, the room that opened it)."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class RulesBroken(Exception):
    """A person may not get this work: each rule with its numbers. What is waived needs a name and a reason."""

    def __init__(self, broken: tuple["Refusal", ...]) -> None:
        super().__init__(", ".join(item.rule for item in broken))
        self.broken = broken


class ReasonNeeded(ValueError):
    """Waiving a rule needs a reason in words."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One rule that says no to a person for a task, with the numbers of its sentence."""

    rule: str
    numbers: Mapping[str, Any] = field(default_factory=dict)
    can_be_waived: bool = False


@dataclass(frozen=True, slots=True)
class LoadByGrid:
    """How heavy one grid is: open tasks, without hands, late, and the hours of work ahead."""

    grid_id: int | None
    number: str
    open: int
    unassigned: int
    late: int
    minutes: int
    done_today: int


@dataclass(frozen=True, slots=True)
class LoadByPerson:
    """How heavy one person is: open assignments, minutes ahead, minutes worked in the last day."""

    responder_id: int
    uuid: UUID
    code: str
    kind: str
    tasks: int
    minutes: int
    worked: int
    cohort: str


@dataclass(frozen=True, slots=True)
class UnservedTask:
    """A task that nobody got, with the rule that binds and the smallest relief."""

    task_uuid: UUID
    kind: str
    place: str
    due_at: datetime
    rule: str
    people: int
    relief: Mapping[str, Any]
    grid_id: int | None = None


@dataclass(frozen=True, slots=True)
class ShortageLine:
    """Hands that are missing: so many people with these skills, where, from when to when."""

    skills: tuple[str, ...]
    grid: str
    starts_at: datetime
    ends_at: datetime
    responders: int
    tasks: int


@dataclass(frozen=True, slots=True)
class HandsNeeded:
    """One skill against the next 24 hours, in minutes: needed, free (of so many people), short.

    `waiting_min` is the work of open tasks without a person that this skill could do: it takes its hands first.
    """

    skill: str
    need_min: int
    have_min: int
    waiting_min: int
    short_min: int
    people: int


@dataclass(frozen=True, slots=True)
class Board:
    """Everything the dispatcher looks at: load by place and person, what is unserved, what is short, the last run."""

    at: datetime
    grids: tuple[LoadByGrid, ...]
    people: tuple[LoadByPerson, ...]
    unserved: tuple[UnservedTask, ...]
    shortages: tuple[ShortageLine, ...]
    run: Any | None
    is_running: bool


@dataclass(frozen=True, slots=True)
class MyTask:
    """One card of the phone page. `name` and `phone` stay empty until the assignee has accepted."""

    assignment_uuid: UUID
    task_uuid: UUID
    kind: str
    state: str
    starts_at: datetime
    ends_at: datetime
    due_at: datetime
    place: str
    building: str
    reason: Mapping[str, Any]
    partners: tuple[str, ...]
    ppe_level: int
    zone_rank: int
    is_pinned: bool
    masked_name: str = ""
    name: str = ""
    phone: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
