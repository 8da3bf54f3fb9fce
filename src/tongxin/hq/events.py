"""What headquarters tells the rooms above: ids and codes only."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from tongxin.base.outbox import Event


@dataclass(frozen=True)
class PlanDrafted(Event):
    """A new version of the plan waits for decisions."""

    KIND: ClassVar[str] = "hq.plan_drafted.v1"
    incident_uuid: UUID
    plan_uuid: UUID
    number: int
    waiting: int


@dataclass(frozen=True)
class LineCarriedOut(Event):
    """An approved measure was put in force."""

    KIND: ClassVar[str] = "hq.line_carried_out.v1"
    incident_uuid: UUID
    line_uuid: UUID
    measure: str


@dataclass(frozen=True)
class OrderIssued(Event):
    """A working group has a new order to confirm."""

    KIND: ClassVar[str] = "hq.order_issued.v1"
    incident_uuid: UUID
    order_uuid: UUID
    group_code: str
