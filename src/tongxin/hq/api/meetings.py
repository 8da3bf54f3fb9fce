"""Meetings with minutes and decisions, and signed judgements beside the computed snapshot."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from tongxin.base import audit
from tongxin.base.actors import Actor
from tongxin.hq import rules
from tongxin.hq.models import Decision, Judgement, Meeting
from tongxin.incidents import api as incidents
from tongxin.situation import api as situation


class UnknownGroup(LookupError):
    """The incident has no working group with this code."""


class EmptyText(ValueError):
    """A decision or a judgement needs words."""


def hold_meeting(
    *, area_id: int, incident_id: int, title: str, minutes: str, held_at: datetime, actor: Actor, at: datetime
) -> Meeting:
    """Record a meeting and return it. Raises EmptyText without a title."""
    if not title.strip():
        raise EmptyText
    with transaction.atomic():
        meeting = Meeting.objects.create(
            area_id=area_id,
            incident_id=incident_id,
            held_at=held_at,
            title=title.strip()[:160],
            minutes=minutes.strip(),
            recorded_by=actor.label,
        )
        _record("hq.meeting_held", meeting, actor=actor, at=at)
    return meeting


def add_decision(
    *, area_id: int, meeting_uuid: UUID, text: str, group_code: str, due_at: datetime, actor: Actor, at: datetime
) -> Decision:
    """Record a decision of a meeting and return it. Raises EmptyText, UnknownGroup."""
    if not text.strip():
        raise EmptyText
    with transaction.atomic():
        meeting = Meeting.objects.get(area_id=area_id, uuid=meeting_uuid)
        groups = {group.code: group for group in incidents.groups(area_id, meeting.incident_id)}
        if group_code not in groups:
            raise UnknownGroup(group_code)
        decision = Decision.objects.create(
            area_id=area_id, meeting=meeting, text=text.strip()[:500], group=groups[group_code], due_at=due_at
        )
        _record("hq.decision_made", decision, actor=actor, at=at)
    return decision


def list_meetings(area_id: int, incident_id: int) -> list[Meeting]:
    rows = Meeting.objects.filter(area_id=area_id, incident_id=incident_id)
    return list(rows.prefetch_related("decisions").order_by("-held_at", "-id"))


def get_meeting(area_id: int, uuid: UUID) -> Meeting:
    return Meeting.objects.select_related("incident").get(area_id=area_id, uuid=uuid)


def decisions_of(meeting: Meeting) -> list[Decision]:
    """Return the decisions of a meeting with their orders."""
    return list(meeting.decisions.select_related("group").prefetch_related("orders__receipts").order_by("id"))


def sign_judgement(*, area_id: int, incident_id: int, text: str, trend: str, actor: Actor, at: datetime) -> Judgement:
    """Take a snapshot, sign the officer's view of it and return the judgement, which never changes afterwards.

    Raises EmptyText, and ValueError for a trend that is not one of `rules.TRENDS`.
    """
    if not text.strip():
        raise EmptyText
    if trend not in rules.TRENDS:
        raise ValueError(f"trend must be one of {rules.TRENDS}")
    if actor.account_id is None:
        raise PermissionError("only a person can sign")
    with transaction.atomic():
        snapshot = situation.take_snapshot(area_id=area_id, incident_id=incident_id, at=at)
        judgement = Judgement.objects.create(
            area_id=area_id,
            incident_id=incident_id,
            snapshot_uuid=snapshot.uuid,
            snapshot_hash=snapshot.hash,
            text=text.strip(),
            trend=trend,
            signed_by_id=actor.account_id,
            signed_at=at,
            signature=rules.signature(
                text=text.strip(), trend=trend, snapshot_hash=snapshot.hash, account_id=actor.account_id, at=at
            ),
        )
        _record("hq.judgement_signed", judgement, actor=actor, at=at)
    return judgement


def list_judgements(area_id: int, incident_id: int) -> list[Judgement]:
    rows = Judgement.objects.filter(area_id=area_id, incident_id=incident_id)
    return list(rows.select_related("signed_by").order_by("-signed_at", "-id"))


def is_genuine(judgement: Judgement) -> bool:
    """Return whether text, trend, snapshot, signer and time are still those that were signed."""
    return judgement.signature == rules.signature(
        text=judgement.text,
        trend=judgement.trend,
        snapshot_hash=judgement.snapshot_hash,
        account_id=judgement.signed_by_id,
        at=judgement.signed_at,
    )


def _record(action: str, row: Meeting | Decision | Judgement, *, actor: Actor, at: datetime) -> None:
    kind = type(row).__name__
    audit.record(action, actor=actor, at=at, area_id=row.area_id, target_kind=kind, target_uuid=row.uuid)
