"""People decide about lines: edit, strike, approve. Approved lines are carried out, each in its own transaction."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import DatabaseError, IntegrityError, transaction

from tongxin.base import audit, outbox
from tongxin.base.actors import Actor, system
from tongxin.base.versions import StaleVersion, update_versioned
from tongxin.hq.api import collecting, orders
from tongxin.hq.api.values import ApprovalOutcome, LineClosed, ReasonMissing, Refused, SameApprover
from tongxin.hq.events import LineCarriedOut
from tongxin.hq.models import Approval, Plan, PlanLine
from tongxin.incidents.api import ProposalLine

log = logging.getLogger("tongxin.hq")
CARRY_OUT_JOB = "hq.carry_out"


def _open_line(area_id: int, uuid: UUID, version: int) -> PlanLine:
    """Return a line that waits for a decision, locked. Raises LineClosed, StaleVersion, PlanLine.DoesNotExist."""
    lines = PlanLine.objects.select_for_update(of=("self",)).select_related("plan__incident")
    line = lines.get(area_id=area_id, uuid=uuid)
    if line.plan.state != Plan.State.DRAFT or line.change == PlanLine.Change.GONE:
        raise LineClosed(line.plan.state if line.plan.state != Plan.State.DRAFT else line.change)
    if line.state not in (PlanLine.State.PROPOSED, PlanLine.State.FAILED):
        raise LineClosed(line.state)
    if line.version != version:
        raise StaleVersion(line)
    return line


def as_proposal(line: PlanLine, body: Mapping[str, Any] | None = None) -> ProposalLine:
    """Return a stored line as the value that its room knows."""
    return ProposalLine(
        room=line.room,
        measure=line.measure,
        key=line.key,
        target_kind=line.target_kind,
        target_uuid=line.target_uuid,
        target_label=line.target_label,
        why=line.why,
        numbers=line.numbers,
        rule_key=line.rule_key,
        source=line.source,
        grade=line.grade,
        body=line.body if body is None else body,
        due_minutes=line.due_minutes,
    )


def _record(action: str, line: PlanLine, actor: Actor, at: datetime, **detail: Any) -> None:
    audit.record(
        action,
        actor=actor,
        at=at,
        area_id=line.area_id,
        target_kind="PlanLine",
        target_uuid=line.uuid,
        detail={"measure": line.measure, "key": line.key, **detail},
    )


def edit_line(
    *, area_id: int, uuid: UUID, version: int, changes: Mapping[str, Any], actor: Actor, at: datetime
) -> PlanLine:
    """Change the body of a line and return it; approvals of the version before do not count any more.

    Raises NotEditable (the room does not accept it), LineClosed, StaleVersion.
    """
    with transaction.atomic():
        line = _open_line(area_id, uuid, version)
        body = {**line.body, **changes}
        collecting.check_body(as_proposal(line, body))
        if body == line.body:
            return line
        line = update_versioned(line, version, body=body, edited_by=actor.label, state=PlanLine.State.PROPOSED)
        _record("hq.line_edited", line, actor, at, fields=sorted(changes))
    return line


def strike_line(*, area_id: int, uuid: UUID, version: int, reason: str, actor: Actor, at: datetime) -> PlanLine:
    """Strike a line with a reason. It is not proposed again while the rooms propose the same.

    Raises ReasonMissing, LineClosed, StaleVersion.
    """
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        line = _open_line(area_id, uuid, version)
        line = update_versioned(
            line, version, state=PlanLine.State.STRUCK, strike_reason=reason.strip()[:200], decided_at=at
        )
        _record("hq.line_struck", line, actor, at)
        _close_if_decided(line.plan_id)
    return line


def restore_line(*, area_id: int, uuid: UUID, version: int, actor: Actor, at: datetime) -> PlanLine:
    """Take a strike back. Raises LineClosed, StaleVersion."""
    with transaction.atomic():
        line = PlanLine.objects.select_for_update(of=("self",)).select_related("plan").get(area_id=area_id, uuid=uuid)
        latest = Plan.objects.filter(area_id=area_id, incident_id=line.plan.incident_id).order_by("-number").first()
        if line.state != PlanLine.State.STRUCK or latest is None or latest.pk != line.plan_id:
            raise LineClosed(line.state)
        line = update_versioned(line, version, state=PlanLine.State.PROPOSED, strike_reason="", decided_at=None)
        Plan.objects.filter(pk=line.plan_id).update(state=Plan.State.DRAFT)
        _record("hq.line_restored", line, actor, at)
    return line


def approve_lines(*, area_id: int, choices: Sequence[tuple[UUID, int]], actor: Actor, at: datetime) -> ApprovalOutcome:
    """Approve lines, each as (uuid, version that was read), and carry out those that have enough approvals.

    Each line stands alone: one that is stale, closed or fails does not stop the others. `actor` must be a person.
    """
    _account(actor)
    ready: list[UUID] = []
    waiting: list[UUID] = []
    refused: list[Refused] = []
    for chosen, seen in choices:
        uuid, version = _follow(area_id, chosen, seen)
        try:
            is_ready = _approve(area_id, uuid, version, actor, at)
        except StaleVersion:
            refused.append(Refused(uuid, "STALE"))
        except (LineClosed, PlanLine.DoesNotExist):
            refused.append(Refused(uuid, "CLOSED"))
        except SameApprover:
            refused.append(Refused(uuid, "SAME_PERSON"))
        else:
            (ready if is_ready else waiting).append(uuid)
    done = [(uuid, carry_out_line(area_id=area_id, uuid=uuid, actor=actor, at=at)) for uuid in ready]
    return ApprovalOutcome(
        carried_out=tuple(uuid for uuid, is_done in done if is_done),
        waiting=tuple(waiting),
        failed=tuple(uuid for uuid, is_done in done if not is_done),
        refused=tuple(refused),
    )


def _follow(area_id: int, uuid: UUID, version: int) -> tuple[UUID, int]:
    """Return the same measure in the current draft when a redraft came in between and proposes exactly the same.

    Who reads a plan while new facts arrive must not be sent back for lines that did not change.
    """
    line = PlanLine.objects.select_related("plan").filter(area_id=area_id, uuid=uuid).first()
    if line is None or line.version != version or line.plan.state != Plan.State.SUPERSEDED:
        return uuid, version
    now = PlanLine.objects.filter(
        area_id=area_id, plan__incident_id=line.plan.incident_id, plan__state=Plan.State.DRAFT, key=line.key
    ).first()
    if now is None or now.body != line.body or now.change == PlanLine.Change.GONE:
        return uuid, version
    return now.uuid, now.version


def _account(actor: Actor) -> int:
    if actor.account_id is None:
        raise PermissionError("only a person can approve")
    return actor.account_id


def _approve(area_id: int, uuid: UUID, version: int, actor: Actor, at: datetime) -> bool:
    """Write one approval; return whether the line has enough. The unique key refuses the same person twice."""
    try:
        with transaction.atomic():
            line = _open_line(area_id, uuid, version)
            Approval.objects.create(
                area_id=area_id, line=line, account_id=_account(actor), approved_at=at, line_version=line.version
            )
            count = Approval.objects.filter(line=line, line_version=line.version).count()
            _record("hq.line_approved", line, actor, at, approvals=count, needed=line.needs_approvals)
            if count < line.needs_approvals:
                return False
            PlanLine.objects.filter(pk=line.pk).update(state=PlanLine.State.APPROVED, decided_at=at)
            # The line is carried out right after this commit; the job does it when the process dies in between.
            outbox.enqueue(
                CARRY_OUT_JOB,
                area_id=area_id,
                at=at,
                payload={"line": str(uuid)},
                key=f"{uuid}:{line.version}:{count}",
                delay=timedelta(seconds=5),
            )
    except IntegrityError as error:
        if not _has_approved(area_id, uuid, version, actor):
            raise
        raise SameApprover from error
    return True


def _has_approved(area_id: int, uuid: UUID, version: int, actor: Actor) -> bool:
    mine = Approval.objects.filter(area_id=area_id, line__uuid=uuid, account_id=_account(actor))
    return mine.filter(line_version=version).exists()


def carry_out_line(*, area_id: int, uuid: UUID, actor: Actor, at: datetime) -> bool:
    """Put an approved line in force: room verb, order and state in one transaction. Return False when it failed.

    Safe to repeat: a line that is not APPROVED any more is left alone.
    """
    try:
        with transaction.atomic():
            line = (
                PlanLine.objects.select_for_update(of=("self",))
                .select_related("plan__incident")
                .get(area_id=area_id, uuid=uuid)
            )
            if line.state != PlanLine.State.APPROVED:
                return line.state == PlanLine.State.CARRIED_OUT
            incident = line.plan.incident
            done = collecting.carry_out(as_proposal(line), area_id=area_id, incident_id=incident.pk, actor=actor, at=at)
            orders.issue_for_line(line, counts=done.counts, actor=actor, at=at)
            PlanLine.objects.filter(pk=line.pk).update(
                state=PlanLine.State.CARRIED_OUT,
                result={
                    "counts": dict(done.counts),
                    "made_kind": done.made_kind,
                    "made_uuid": str(done.made_uuid) if done.made_uuid else "",
                },
            )
            _record("hq.line_carried_out", line, actor, at, counts=dict(done.counts))
            outbox.publish(LineCarriedOut(incident.uuid, line.uuid, line.measure), area_id=area_id, at=at)
            _close_if_decided(line.plan_id)
    except DatabaseError:
        raise
    except Exception as error:
        # Whatever a room refuses with, the line is shown as failed with the rule's name and can be tried again.
        log.exception("a line failed", extra={"line": str(uuid)})
        _mark_failed(area_id, uuid, error, at)
        return False
    return True


def _mark_failed(area_id: int, uuid: UUID, error: Exception, at: datetime) -> None:
    with transaction.atomic():
        line = PlanLine.objects.select_for_update().get(area_id=area_id, uuid=uuid)
        PlanLine.objects.filter(pk=line.pk).update(
            state=PlanLine.State.FAILED, result={"error": type(error).__name__}, version=line.version + 1
        )
        _record("hq.line_failed", line, system("hq.carry_out"), at, error=type(error).__name__)


def _close_if_decided(plan_id: int) -> None:
    """A plan of which no line waits any more is DECIDED."""
    waiting = PlanLine.objects.filter(
        plan_id=plan_id,
        state__in=[PlanLine.State.PROPOSED, PlanLine.State.APPROVED, PlanLine.State.FAILED],
    ).exclude(change=PlanLine.Change.GONE)
    if not waiting.exists():
        Plan.objects.filter(pk=plan_id, state=Plan.State.DRAFT).update(state=Plan.State.DECIDED)
