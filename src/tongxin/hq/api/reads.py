"""What pages and rooms above read of headquarters."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q

from tongxin.base.models import QueueItem
from tongxin.dispatch import api as dispatch
from tongxin.dispatch.api import HandsNeeded
from tongxin.hq import wording
from tongxin.hq.api import collecting
from tongxin.hq.api.values import LineWords, Parked
from tongxin.hq.models import Order, Plan, PlanLine


def current_plan(area_id: int, incident_id: int) -> Plan | None:
    """Return the newest version of the plan, whatever its state; None before the first."""
    rows = Plan.objects.filter(area_id=area_id, incident_id=incident_id).select_related("incident")
    return rows.order_by("-number").first()


def get_plan(area_id: int, uuid: UUID) -> Plan:
    """Return a plan. Raises Plan.DoesNotExist."""
    return Plan.objects.select_related("incident").get(area_id=area_id, uuid=uuid)


def list_plans(area_id: int, incident_id: int) -> list[Plan]:
    """Return all versions, newest first, each with `line_count` and `done_count`."""
    rows = Plan.objects.filter(area_id=area_id, incident_id=incident_id)
    return list(
        rows.annotate(
            line_count=Count("lines", filter=~Q(lines__change=PlanLine.Change.GONE)),
            done_count=Count("lines", filter=Q(lines__state=PlanLine.State.CARRIED_OUT)),
        ).order_by("-number")
    )


@dataclass(frozen=True, slots=True)
class LineView:
    """A line with the officers who approved its present version."""

    line: PlanLine
    approved_by: tuple[str, ...]
    has_my_approval: bool


def list_lines(plan: Plan, *, account_id: int | None = None) -> list[LineView]:
    """Return the lines of a plan in order, with their approvals."""
    lines = plan.lines.order_by("index").prefetch_related("approvals__account")
    views = []
    for line in lines:
        approvals = [approval for approval in line.approvals.all() if approval.line_version == line.version]
        views.append(
            LineView(
                line=line,
                approved_by=tuple(approval.account.username for approval in approvals),
                has_my_approval=any(approval.account_id == account_id for approval in approvals),
            )
        )
    return views


def hands_needed(plan: Plan, views: Sequence[LineView], *, at: datetime) -> list[HandsNeeded]:
    """Return skill by skill what the lines that still wait ask for, who is free and what is short, the shortest first.

    Minutes of the next 24 hours, as dispatch estimates them (`dispatch.api.estimate_hands`).
    """
    waiting = [view.line for view in views if is_waiting(view.line)]
    needed = [collecting.hands_of(line) for line in waiting]
    return dispatch.estimate_hands(area_id=plan.area_id, incident=plan.incident, needed=needed, at=at)


def is_waiting(line: PlanLine) -> bool:
    """Tell whether a line waits for a decision."""
    return line.state in (PlanLine.State.PROPOSED, PlanLine.State.FAILED) and line.change != PlanLine.Change.GONE


def lines_before(plan: Plan, keys: Iterable[str]) -> dict[str, PlanLine]:
    """Return key -> the same line of the version before, for those that changed."""
    rows = PlanLine.objects.filter(
        area_id=plan.area_id, plan__incident_id=plan.incident_id, plan__number=plan.number - 1, key__in=list(keys)
    )
    return {row.key: row for row in rows}


def get_line(area_id: int, uuid: UUID) -> PlanLine:
    """Return a line with its plan. Raises PlanLine.DoesNotExist."""
    return PlanLine.objects.select_related("plan__incident").get(area_id=area_id, uuid=uuid)


def line_words(line: PlanLine) -> LineWords:
    """Return a line as people read it, in the present language."""
    return LineWords(
        measure=wording.measure(line.room, line.measure),
        target=wording.target(line.room, line.target_label, line.target_kind),
        why=wording.why(line.room, line.why, line.numbers),
    )


def measures_in_force(area_id: int, incident_id: int) -> list[PlanLine]:
    """Return the lines that were carried out, newest first."""
    rows = PlanLine.objects.filter(area_id=area_id, plan__incident_id=incident_id, state=PlanLine.State.CARRIED_OUT)
    return list(rows.order_by("-decided_at", "index")[:200])


def figures(*, area_id: int, incident_id: int, at: datetime) -> dict[str, int]:
    """Return counts of lines that wait and of orders that are open, unconfirmed, late."""
    lines = PlanLine.objects.filter(
        area_id=area_id, plan__incident_id=incident_id, plan__state=Plan.State.DRAFT
    ).exclude(change=PlanLine.Change.GONE)
    orders = Order.objects.filter(area_id=area_id, incident_id=incident_id, state=Order.State.ISSUED)
    return {
        "hq.lines_waiting": lines.filter(state=PlanLine.State.PROPOSED).count(),
        "hq.lines_failed": lines.filter(state=PlanLine.State.FAILED).count(),
        "hq.orders_open": orders.count(),
        "hq.orders_unconfirmed": orders.filter(receipts=None).count(),
        "hq.orders_late": orders.filter(due_at__lt=at).count(),
        "hq.parked": QueueItem.objects.filter(area_id=area_id, state="PARKED").count(),
    }


def timeline(*, area_id: int, incident_id: int, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """Return drafts and orders between two moments, oldest first."""
    plans = Plan.objects.filter(
        area_id=area_id, incident_id=incident_id, drafted_at__gte=since, drafted_at__lt=until
    ).annotate(line_count=Count("lines"))
    orders = Order.objects.filter(
        area_id=area_id, incident_id=incident_id, issued_at__gte=since, issued_at__lt=until
    ).annotate(code=F("group__code"))
    rows: list[dict[str, Any]] = [
        {"at": plan.drafted_at, "code": "hq.plan_drafted", "counts": {"number": plan.number, "lines": plan.line_count}}
        for plan in plans
    ]
    rows += [{"at": order.issued_at, "code": "hq.order_issued", "counts": {"number": order.number}} for order in orders]
    return sorted(rows, key=lambda row: row["at"])


def parked_items(area_id: int) -> list[Parked]:
    """Return what failed five times, oldest first."""
    rows = QueueItem.objects.filter(area_id=area_id, state="PARKED").order_by("at", "id")[:200]
    return [Parked(row.uuid, row.handler, row.tries, row.error, row.at.isoformat()) for row in rows]
