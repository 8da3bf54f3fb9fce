"""Headquarters: the plan and its lines, orders and receipts, meetings and decisions, signed judgements.

No room but this one knows what a plan is. A line holds what a field room proposed, as codes and numbers; approving
it calls that room's verb. A plan is a difference against what is in force: what is already done is not proposed.
"""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from tongxin.base.marks import HEALTH, IDENTITY, WORK, marked
from tongxin.base.models import AREA_FIELDS, AreaModel, VersionedModel


class Plan(VersionedModel):
    """One drafted version of what should be done; a new fact makes a new version, older drafts are superseded."""

    class State(models.TextChoices):
        DRAFT = "DRAFT"
        SUPERSEDED = "SUPERSEDED"
        DECIDED = "DECIDED"

    incident = models.ForeignKey("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    trigger = models.CharField(max_length=60)
    caused_by = models.UUIDField()
    rule_set_id = models.CharField(max_length=60)
    drafted_at = models.DateTimeField()
    draft_ms = models.PositiveIntegerField(default=0)

    marks = marked(f"{AREA_FIELDS} version incident number state trigger caused_by rule_set_id drafted_at draft_ms")

    class Meta(VersionedModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *VersionedModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "incident", "number"], name="hq_plan_number"),
            models.UniqueConstraint(fields=["area_id", "incident", "caused_by"], name="hq_plan_caused_by"),
            models.UniqueConstraint(
                fields=["area_id", "incident"], condition=models.Q(state="DRAFT"), name="hq_plan_one_draft"
            ),
        ]


class PlanLine(VersionedModel):
    """One measure: what, on whom or what, why (rule key, source, grade, numbers), and how it was decided.

    `room` and `measure` say whose verb carries it out; `body` is what that verb needs. `key` identifies the same
    measure across redrafts; `change` compares with the draft before.
    """

    class State(models.TextChoices):
        PROPOSED = "PROPOSED"
        STRUCK = "STRUCK"
        APPROVED = "APPROVED"
        CARRIED_OUT = "CARRIED_OUT"
        FAILED = "FAILED"

    class Change(models.TextChoices):
        NEW = "NEW"
        CHANGED = "CHANGED"
        SAME = "SAME"
        GONE = "GONE"

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="lines")
    index = models.PositiveIntegerField()
    room = models.CharField(max_length=20)
    measure = models.CharField(max_length=40)
    key = models.CharField(max_length=160)
    target_kind = models.CharField(max_length=20)
    target_uuid = models.UUIDField(null=True, blank=True)
    target_label = models.CharField(max_length=120)
    why = models.CharField(max_length=60)
    numbers = models.JSONField(default=dict)
    rule_key = models.CharField(max_length=160)
    source = models.CharField(max_length=300)
    grade = models.CharField(max_length=1)
    body = models.JSONField(default=dict)
    original_body = models.JSONField(default=dict)
    change = models.CharField(max_length=8, choices=Change.choices, default=Change.NEW)
    state = models.CharField(max_length=12, choices=State.choices, default=State.PROPOSED)
    needs_approvals = models.PositiveSmallIntegerField(default=1)
    decided_at = models.DateTimeField(null=True, blank=True)
    strike_reason = models.CharField(max_length=200, default="", blank=True)
    edited_by = models.CharField(max_length=160, default="", blank=True)
    result = models.JSONField(default=dict)
    due_minutes = models.PositiveIntegerField(default=240)

    marks = marked(
        f"{AREA_FIELDS} version plan index room measure key target_kind target_uuid why numbers rule_key source grade"
        " body original_body change state needs_approvals decided_at strike_reason result due_minutes",
        target_label=HEALTH,
        edited_by=IDENTITY,
    )

    class Meta(VersionedModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *VersionedModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "plan", "key"], name="hq_planline_key"),
        ]


class Approval(AreaModel):
    """One officer's approval of one version of a line; two where the profile says so, never the same person twice.

    An edit makes a new version: approvals of the old one do not count any more.
    """

    line = models.ForeignKey(PlanLine, on_delete=models.CASCADE, related_name="approvals")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField()
    line_version = models.PositiveIntegerField()

    marks = marked(f"{AREA_FIELDS} line approved_at line_version", account=IDENTITY)

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "line", "account", "line_version"], name="hq_approval_once"),
        ]


class Meeting(VersionedModel):
    """A special meeting of the headquarters (专项会议) with its minutes."""

    incident = models.ForeignKey("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    held_at = models.DateTimeField()
    title = models.CharField(max_length=160)
    minutes = models.TextField(default="", blank=True)
    recorded_by = models.CharField(max_length=160)

    marks = marked(f"{AREA_FIELDS} version incident held_at title", minutes=WORK, recorded_by=IDENTITY)


class Decision(VersionedModel):
    """One decision of a meeting, who answers for it and until when; it becomes an order."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="decisions")
    text = models.CharField(max_length=500)
    group = models.ForeignKey("incidents.WorkingGroup", on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField()

    marks = marked(f"{AREA_FIELDS} version meeting group due_at", text=WORK)


class Order(VersionedModel):
    """What HQ tells a working group to do (部署): from an approved line or a decision; receipts show who has it."""

    class State(models.TextChoices):
        ISSUED = "ISSUED"
        DONE = "DONE"
        WITHDRAWN = "WITHDRAWN"

    incident = models.ForeignKey("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    group = models.ForeignKey("incidents.WorkingGroup", on_delete=models.PROTECT, related_name="+")
    line = models.ForeignKey(PlanLine, null=True, blank=True, on_delete=models.PROTECT, related_name="orders")
    decision = models.ForeignKey(Decision, null=True, blank=True, on_delete=models.PROTECT, related_name="orders")
    number = models.PositiveIntegerField()
    measure = models.CharField(max_length=40, default="", blank=True)
    text = models.CharField(max_length=500, default="", blank=True)
    numbers = models.JSONField(default=dict)
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=160)
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.ISSUED)
    done_at = models.DateTimeField(null=True, blank=True)

    marks = marked(
        f"{AREA_FIELDS} version incident group line decision number measure numbers issued_at due_at state done_at",
        text=WORK,
        issued_by=IDENTITY,
    )

    class Meta(VersionedModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *VersionedModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "incident", "number"], name="hq_order_number"),
            models.UniqueConstraint(
                fields=["area_id", "line"], condition=models.Q(line__isnull=False), name="hq_order_line"
            ),
            models.UniqueConstraint(
                fields=["area_id", "decision"], condition=models.Q(decision__isnull=False), name="hq_order_decision"
            ),
        ]


class OrderReceipt(AreaModel):
    """Somebody of the group has read an order and answers for it (回执)."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="receipts")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField()
    remark = models.CharField(max_length=300, default="", blank=True)

    marks = marked(f"{AREA_FIELDS} order received_at", account=IDENTITY, remark=WORK)

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "order", "account"], name="hq_orderreceipt_once"),
        ]


class Judgement(AreaModel):
    """A signed human view of the situation beside the computed snapshot it was made from. Never changed."""

    incident = models.ForeignKey("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    snapshot_uuid = models.UUIDField()
    snapshot_hash = models.CharField(max_length=64)
    text = models.TextField()
    trend = models.CharField(max_length=12)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()
    signature = models.CharField(max_length=64)

    marks = marked(
        f"{AREA_FIELDS} incident snapshot_uuid snapshot_hash trend signed_at signature", text=WORK, signed_by=IDENTITY
    )
