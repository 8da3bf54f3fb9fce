"""Orders to working groups and their receipts (上传下达): who has it, who has not confirmed, what is late."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, Max, Q, QuerySet

from tongxin.base import audit, outbox
from tongxin.base.actors import Actor
from tongxin.hq import rules
from tongxin.hq.events import OrderIssued
from tongxin.hq.models import Decision, Order, OrderReceipt, PlanLine
from tongxin.incidents import api as incidents


def _next_number(area_id: int, incident_id: int) -> int:
    highest = Order.objects.filter(area_id=area_id, incident_id=incident_id).aggregate(number=Max("number"))
    return int(highest["number"] or 0) + 1


def _issue(order: Order, group_code: str, incident_uuid: UUID, actor: Actor, at: datetime) -> Order:
    order.number = _next_number(order.area_id, order.incident_id)
    order.save(force_insert=True)
    audit.record(
        "hq.order_issued",
        actor=actor,
        at=at,
        area_id=order.area_id,
        target_kind="Order",
        target_uuid=order.uuid,
        detail={"number": order.number, "group": group_code, "measure": order.measure},
    )
    outbox.publish(OrderIssued(incident_uuid, order.uuid, group_code), area_id=order.area_id, at=at)
    return order


def issue_for_line(line: PlanLine, *, counts: Mapping[str, int], actor: Actor, at: datetime) -> Order | None:
    """Issue the order that tells the working group of an approved line; None when the incident has no such group."""
    incident = line.plan.incident
    groups = {group.code: group for group in incidents.groups(line.area_id, incident.pk)}
    group = groups.get(rules.GROUP_OF_ROOM.get(line.room, "COMMAND"))
    if group is None:
        return None
    order = Order(
        area_id=line.area_id,
        incident=incident,
        group=group,
        line=line,
        measure=line.measure,
        numbers={"target": line.target_label, "why": line.why, "line": line.numbers, "counts": dict(counts)},
        issued_at=at,
        issued_by=actor.label,
        due_at=at + timedelta(minutes=line.due_minutes),
    )
    return _issue(order, group.code, incident.uuid, actor, at)


def issue_for_decision(*, area_id: int, uuid: UUID, actor: Actor, at: datetime) -> Order:
    """Turn a meeting's decision into an order; the same decision again returns its order."""
    try:
        with transaction.atomic():
            decision = Decision.objects.select_related("meeting__incident", "group").get(area_id=area_id, uuid=uuid)
            order = Order(
                area_id=area_id,
                incident=decision.meeting.incident,
                group=decision.group,
                decision=decision,
                text=decision.text,
                issued_at=at,
                issued_by=actor.label,
                due_at=decision.due_at,
            )
            return _issue(order, decision.group.code, decision.meeting.incident.uuid, actor, at)
    except IntegrityError:
        return Order.objects.get(area_id=area_id, decision__uuid=uuid)


def orders_query(
    *,
    area_id: int,
    incident_id: int,
    at: datetime,
    group_ids: list[int] | None = None,
    is_late: bool = False,
    is_unconfirmed: bool = False,
) -> QuerySet[Order]:
    """Return orders with the number of receipts, open ones first, by due time.

    With `is_late` only open ones past their time, with `is_unconfirmed` only open ones without any receipt.
    """
    rows = Order.objects.filter(area_id=area_id, incident_id=incident_id).select_related("group", "line", "decision")
    if group_ids is not None:
        rows = rows.filter(group_id__in=group_ids)
    if is_late:
        rows = rows.filter(state=Order.State.ISSUED, due_at__lt=at)
    if is_unconfirmed:
        rows = rows.filter(state=Order.State.ISSUED, receipts=None)
    late = Count("pk", filter=Q(state=Order.State.ISSUED, due_at__lt=at))
    return rows.annotate(receipt_count=Count("receipts", distinct=True), is_late=late).order_by("state", "due_at", "id")


def get_order(area_id: int, uuid: UUID) -> Order:
    return Order.objects.select_related("group", "line", "decision", "incident").get(area_id=area_id, uuid=uuid)


def receipts_of(order: Order) -> list[OrderReceipt]:
    return list(order.receipts.select_related("account").order_by("received_at"))


def missing_receipts(order: Order, *, at: datetime) -> list[str]:
    """Return the logins of those who hold a post in the order's group now and have not confirmed it."""
    confirmed = set(order.receipts.values_list("account_id", flat=True))
    posts = incidents.posts_of(order.area_id, order.incident_id, at=at)
    names = {
        post.account.username for post in posts if post.group_id == order.group_id and post.account_id not in confirmed
    }
    return sorted(names)


def confirm_order(*, area_id: int, uuid: UUID, remark: str = "", actor: Actor, at: datetime) -> OrderReceipt:
    """Confirm an order (回执); a second confirmation by the same account returns the first."""
    if actor.account_id is None:
        raise PermissionError("only a person can confirm an order")
    with transaction.atomic():
        order = Order.objects.get(area_id=area_id, uuid=uuid)
        receipt, is_new = OrderReceipt.objects.get_or_create(
            area_id=area_id,
            order=order,
            account_id=actor.account_id,
            defaults={"received_at": at, "remark": remark.strip()[:300]},
        )
        if is_new:
            _record("hq.order_confirmed", order, actor, at)
    return receipt


def finish_order(*, area_id: int, uuid: UUID, actor: Actor, at: datetime) -> Order:
    """Report an order as done; a done order stays as it is."""
    with transaction.atomic():
        order = Order.objects.select_for_update().get(area_id=area_id, uuid=uuid)
        if order.state == Order.State.ISSUED:
            Order.objects.filter(pk=order.pk).update(state=Order.State.DONE, done_at=at, version=order.version + 1)
            _record("hq.order_done", order, actor, at)
    return get_order(area_id, uuid)


def _record(action: str, order: Order, actor: Actor, at: datetime) -> None:
    audit.record(
        action,
        actor=actor,
        at=at,
        area_id=order.area_id,
        target_kind="Order",
        target_uuid=order.uuid,
        detail={"number": order.number},
    )
