"""Calls: the caller's list, showing a number, writing down how a call came out, taking it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.utils.dateparse import parse_datetime

from tongxin.base import audit
from tongxin.base.actors import Actor
from tongxin.base.outbox import enqueue, publish
from tongxin.base.versions import update_versioned
from tongxin.community import api as community
from tongxin.residents import rules
from tongxin.residents.api.ground import request_times
from tongxin.residents.api.requests import open_request
from tongxin.residents.api.rounds import find_current_round
from tongxin.residents.events import CallLogged
from tongxin.residents.models import CallRound, LiaisonCall, Request, RoundShare

FINISH_JOB = "residents.finish_share"
CALL_PURPOSE = "residents.call"


class NothingToUndo(Exception):
    """It is too late to take the last entry back, or there was none."""


class WrongMedicineDays(ValueError):
    """Days of medicine left must be a whole number from 0 to 365."""


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that a person needs: its kind, and how urgent if the caller says so."""

    kind: str
    urgency: str = ""


@dataclass(frozen=True, slots=True)
class MyCalls:
    """One caller's list: whose turn it is, what is left, how far it is. `round` is None before the first round."""

    round: CallRound | None
    left: Sequence[LiaisonCall]
    for_others: Sequence[LiaisonCall]
    done: int
    total: int

    @property
    def next(self) -> LiaisonCall | None:
        """Return who is called next: one's own people first, those never tried before those not reached."""
        return next(iter([*self.left, *self.for_others]), None)


def get_call(area_id: int, uuid: UUID) -> LiaisonCall:
    """Return a call with its people. Raises LiaisonCall.DoesNotExist."""
    rows = LiaisonCall.objects.select_related("round__incident", "pair__deputy", "person__dwelling", "caller", "grid")
    return rows.get(area_id=area_id, uuid=uuid)


def hands_of(responder_id: int) -> Q:
    """Return the filter of the calls that are somebody's to make: own ones, and those of whom one stands in for."""
    shares = RoundShare.objects.filter(stand_in_id=responder_id, finished_at=None)
    return Q(caller_id=responder_id) | Q(
        round_id__in=shares.values("round_id"), caller_id__in=shares.values("caller_id")
    )


def _as_deputy(responder_id: int) -> Q:
    return Q(pair__deputy_id=responder_id, escalation_level__gte=1) & ~Q(caller_id=responder_id)


def is_in_hands(row: LiaisonCall, account_id: int | None) -> bool:
    """Tell whether an account makes this call: as caller, as deputy, or standing in."""
    if account_id is None:
        return False
    own = Q(caller__account_id=account_id) | Q(pair__deputy__account_id=account_id)
    shares = RoundShare.objects.filter(
        area_id=row.area_id, round_id=row.round_id, caller_id=row.caller_id, stand_in__account_id=account_id
    )
    return LiaisonCall.objects.filter(own, pk=row.pk).exists() or shares.exists()


def _in_turn(rows: QuerySet[LiaisonCall]) -> QuerySet[LiaisonCall]:
    tried = Case(When(state="DUE", then=Value(0)), default=Value(1), output_field=IntegerField())
    return rows.select_related("person__dwelling", "round", "caller").order_by(
        tried, "called_at", "person__sort_key", "id"
    )


def my_calls(*, area_id: int, incident_id: int, responder_id: int, at: datetime) -> MyCalls:
    """This function will return a caller's list of the round that has begun last, and what is late for colleagues."""
    row = find_current_round(area_id=area_id, incident_id=incident_id, at=at)
    if row is None:
        return MyCalls(None, (), (), 0, 0)
    calls = LiaisonCall.objects.filter(area_id=area_id, round__incident_id=incident_id)
    mine = calls.filter(hands_of(responder_id), round=row)
    left = list(_in_turn(mine.filter(state__in=rules.OPEN_CALLS)))
    others = calls.filter(_as_deputy(responder_id), state__in=rules.OPEN_CALLS, round=row)
    total = mine.count()
    return MyCalls(row, left, list(_in_turn(others)), total - len(left), total)


def list_calls(
    *, area_id: int, round_id: int, scope_filter: Q, state: str = "", late_at: datetime | None = None
) -> QuerySet[LiaisonCall]:
    """Return the calls of a round in the order of the doors, filtered."""
    rows = LiaisonCall.objects.filter(scope_filter, area_id=area_id, round_id=round_id)
    if state:
        rows = rows.filter(state=state)
    if late_at is not None:
        rows = rows.filter(state__in=rules.OPEN_CALLS, due_at__lte=late_at)
    return rows.select_related("person__dwelling", "caller", "pair__deputy").order_by("person__sort_key", "id")


def reveal_for_call(*, area_id: int, call_uuid: UUID, actor: Actor, at: datetime) -> community.PersonDetail:
    """This function will show whom to call, and leave the look in the audit. Raises LiaisonCall.DoesNotExist."""
    row = get_call(area_id, call_uuid)
    return community.reveal_person(area_id=area_id, uuid=row.person.uuid, actor=actor, at=at, purpose=CALL_PURPOSE)


def log_call(
    *,
    area_id: int,
    call_uuid: UUID,
    outcome: str,
    needs: Sequence[Need] = (),
    medicine_days_left: int | None = None,
    note: str = "",
    actor: Actor,
    at: datetime,
) -> LiaisonCall:
    """This function will write down how a call came out; each need becomes a request with an owner and a due time.

    UNREACHED stays open and comes round again. Medicine that runs out is a need even when the person is fine.
    A later entry for the same call replaces the one before. Raises rules.WrongOutcome, WrongMedicineDays,
    LiaisonCall.DoesNotExist, incidents.IncidentIsClosed.
    """
    rules.check_outcome(outcome, [need.kind for need in needs])
    if medicine_days_left is not None and not 0 <= medicine_days_left <= rules.MOST_MEDICINE_DAYS:
        raise WrongMedicineDays
    with transaction.atomic():
        row = _locked(area_id, call_uuid)
        changes = _changes(row, outcome, medicine_days_left, note, at)
        fresh = update_versioned(row, row.version, **changes)
        wanted = list(needs)
        urgency = rules.medicine_urgency(medicine_days_left, request_times(row.round.incident, at))
        if urgency and all(need.kind != "MEDICINE" for need in wanted):
            wanted.append(Need("MEDICINE", urgency))
        for need in wanted:
            open_request(
                area_id=area_id,
                incident_id=row.round.incident_id,
                person_uuid=row.person.uuid,
                kind=need.kind,
                urgency=need.urgency,
                text=note,
                call_id=row.pk,
                actor=actor,
                at=at,
            )
        _tell("logged", fresh, row, actor, at)
        _ask_to_finish(row, at)
    return get_call(area_id, call_uuid)


def _locked(area_id: int, call_uuid: UUID) -> LiaisonCall:
    rows = LiaisonCall.objects.select_for_update(of=("self",)).select_related("round__incident", "person")
    return rows.get(area_id=area_id, uuid=call_uuid)


def _changes(row: LiaisonCall, outcome: str, days: int | None, note: str, at: datetime) -> dict[str, Any]:
    before = {
        "state": row.state,
        "tries": row.tries,
        "called_at": row.called_at.isoformat() if row.called_at else "",
        "medicine_days_left": row.medicine_days_left,
        "logged_at": at.isoformat(),
    }
    changes: dict[str, Any] = {"state": outcome, "tries": row.tries + 1, "called_at": at, "before": before}
    if days is not None:
        changes["medicine_days_left"] = days
    if note.strip():
        row.note = note.strip()[: rules.LONGEST_TEXT]
        changes["note"] = LiaisonCall._meta.get_field("note").sealed(row)
    return changes


def _tell(action: str, fresh: LiaisonCall, row: LiaisonCall, actor: Actor, at: datetime) -> None:
    audit.record(
        f"residents.call.{action}",
        actor=actor,
        at=at,
        area_id=row.area_id,
        target_kind="LiaisonCall",
        target_uuid=row.uuid,
        detail={"state": fresh.state, "tries": fresh.tries},
    )
    event = CallLogged(row.round.incident.uuid, row.round.uuid, row.uuid, fresh.state)
    publish(event, area_id=row.area_id, at=at)


def _ask_to_finish(row: LiaisonCall, at: datetime) -> None:
    """End the caller's task when nobody is left, after the time in which the last entry can be taken back."""
    calls = LiaisonCall.objects.filter(area_id=row.area_id, round_id=row.round_id, caller_id=row.caller_id)
    if calls.filter(state__in=rules.OPEN_CALLS).exists():
        return
    share = RoundShare.objects.filter(
        area_id=row.area_id, round_id=row.round_id, caller_id=row.caller_id, finished_at=None
    ).first()
    if share is not None:
        enqueue(
            FINISH_JOB,
            area_id=row.area_id,
            at=at,
            payload={"share": str(share.uuid)},
            key=f"{share.uuid}:{at.isoformat()}",
            delay=rules.HOLD,
        )


def undo_call(*, area_id: int, call_uuid: UUID, actor: Actor, at: datetime) -> LiaisonCall:
    """This function will take the last entry of a call back, and the needs that came of it.

    Raises NothingToUndo some seconds later, or when a need is in somebody's hands already.
    """
    with transaction.atomic():
        row = _locked(area_id, call_uuid)
        logged_at = parse_datetime(str(row.before.get("logged_at", "")))
        if logged_at is None or at - logged_at > rules.UNDO:
            raise NothingToUndo
        needs = Request.objects.select_for_update().filter(area_id=area_id, call=row, opened_at=logged_at)
        if needs.exclude(state=Request.State.OPEN).exists():
            raise NothingToUndo
        for need in needs:
            update_versioned(need, need.version, state=Request.State.WITHDRAWN)
        before = row.before
        fresh = update_versioned(
            row,
            row.version,
            state=before["state"],
            tries=before["tries"],
            called_at=parse_datetime(before["called_at"]) if before["called_at"] else None,
            medicine_days_left=before["medicine_days_left"],
            note=b"",
            before={},
        )
        _tell("undone", fresh, row, actor, at)
    return get_call(area_id, call_uuid)
