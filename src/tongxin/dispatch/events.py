"""What dispatch tells the rooms above: ids and codes only."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from tongxin.base.outbox import Event


@dataclass(frozen=True)
class TasksOpened(Event):
    """New tasks wait for hands."""

    KIND: ClassVar[str] = "dispatch.tasks_opened.v1"
    incident_uuid: UUID
    count: int
    is_urgent: bool = False


@dataclass(frozen=True)
class TaskFinished(Event):
    """A task was done; the room named by `origin_kind` writes its own fact from the outcome."""

    KIND: ClassVar[str] = "dispatch.task_finished.v1"
    task_uuid: UUID
    kind: str
    origin_kind: str
    origin_uuid: UUID
    outcome_code: str
    incident_uuid: UUID


@dataclass(frozen=True)
class TaskFailed(Event):
    """A task cannot be done, for a reason that lies in the task and not in the person sent."""

    KIND: ClassVar[str] = "dispatch.task_failed.v1"
    task_uuid: UUID
    kind: str
    origin_kind: str
    origin_uuid: UUID
    reason_code: str
    incident_uuid: UUID


@dataclass(frozen=True)
class TaskGivenBack(Event):
    """A hand of a task is free again."""

    KIND: ClassVar[str] = "dispatch.task_given_back.v1"
    incident_uuid: UUID
    task_uuid: UUID
    reason_code: str


@dataclass(frozen=True)
class AssignmentsMade(Event):
    """A planner run was stored."""

    KIND: ClassVar[str] = "dispatch.assignments_made.v1"
    incident_uuid: UUID
    run_uuid: UUID
    assigned: int
    unserved: int
