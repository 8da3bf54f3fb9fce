"""The door of headquarters: draft, decide, order, meet, judge."""

from datetime import datetime
from uuid import UUID

from tongxin.base.actors import Actor
from tongxin.base.outbox import retry_parked as retry_item
from tongxin.dispatch.api import HandsNeeded
from tongxin.hq.api.collecting import collect
from tongxin.hq.api.deciding import (
    CARRY_OUT_JOB,
    approve_lines,
    as_proposal,
    carry_out_line,
    edit_line,
    restore_line,
    strike_line,
)
from tongxin.hq.api.drafting import draft
from tongxin.hq.api.meetings import (
    EmptyText,
    UnknownGroup,
    add_decision,
    decisions_of,
    get_meeting,
    hold_meeting,
    is_genuine,
    list_judgements,
    list_meetings,
    sign_judgement,
)
from tongxin.hq.api.orders import (
    confirm_order,
    finish_order,
    get_order,
    issue_for_decision,
    missing_receipts,
    orders_query,
    receipts_of,
)
from tongxin.hq.api.reads import (
    LineView,
    current_plan,
    figures,
    get_line,
    get_plan,
    hands_needed,
    is_waiting,
    line_words,
    lines_before,
    list_lines,
    list_plans,
    measures_in_force,
    parked_items,
    timeline,
)
from tongxin.hq.api.redrafting import (
    REDRAFT_JOB,
    URGENT_KINDS,
    draft_now,
    request_redraft,
    request_redrafts,
    run_redraft,
)
from tongxin.hq.api.values import ApprovalOutcome, LineClosed, LineWords, Parked, ReasonMissing, Refused, SameApprover
from tongxin.hq.models import Decision, Judgement, Meeting, Order, OrderReceipt, Plan, PlanLine

__all__ = [
    "CARRY_OUT_JOB",
    "REDRAFT_JOB",
    "URGENT_KINDS",
    "ApprovalOutcome",
    "Decision",
    "EmptyText",
    "HandsNeeded",
    "Judgement",
    "LineClosed",
    "LineView",
    "LineWords",
    "Meeting",
    "Order",
    "OrderReceipt",
    "Parked",
    "Plan",
    "PlanLine",
    "ReasonMissing",
    "Refused",
    "SameApprover",
    "UnknownGroup",
    "add_decision",
    "approve_lines",
    "as_proposal",
    "carry_out_line",
    "collect",
    "confirm_order",
    "current_plan",
    "decisions_of",
    "draft",
    "draft_now",
    "edit_line",
    "figures",
    "finish_order",
    "forget",
    "get_line",
    "get_meeting",
    "get_order",
    "get_plan",
    "hands_needed",
    "hold_meeting",
    "is_genuine",
    "is_waiting",
    "issue_for_decision",
    "line_words",
    "lines_before",
    "list_judgements",
    "list_lines",
    "list_meetings",
    "list_plans",
    "measures_in_force",
    "missing_receipts",
    "orders_query",
    "parked_items",
    "receipts_of",
    "request_redraft",
    "request_redrafts",
    "restore_line",
    "retry_item",
    "run_redraft",
    "sign_judgement",
    "strike_line",
    "timeline",
]


def forget(*, area_id: int, person_uuid: UUID, at: datetime, actor: Actor) -> None:
    """Nothing to forget: lines name people by id only, and what they showed of a person was masked.

    Target labels of lines about one person are emptied.
    """
    PlanLine.objects.filter(area_id=area_id, target_kind="PERSON", target_uuid=person_uuid).update(target_label="")
