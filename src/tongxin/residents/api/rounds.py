"""Rounds of calls: opening them, handing the work to the callers, ending it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, Max, Q, QuerySet

from tongxin.base import audit
from tongxin.base.actors import Actor, Scope, system
from tongxin.base.outbox import enqueue, publish
from tongxin.dispatch import api as dispatch
from tongxin.incidents import api as incidents
from tongxin.residents import rules
from tongxin.residents.api.ground import CallingRules, calling_rules, local, open_incident_of, window_uuid
from tongxin.residents.api.pairs import reached
from tongxin.residents.events import CallRoundOpened
from tongxin.residents.models import CallRound, LiaisonCall, LiaisonPair, RoundShare
from tongxin.workforce import api as workforce

TASK_KIND = "CALL_ROUND"
SHARE_ORIGIN = "residents.share"
HAND_OUT_JOB = "residents.hand_out_round"
WINDOW_ORIGIN = "WINDOW"
_CHUNK = 500
_LONGEST_ROUND = timedelta(hours=24)


class NobodyPaired(ValueError):
    """There is nobody to call: pair the people of the list first."""


class WrongWindow(ValueError):
    """A round that ends before it begins, is over already, or runs longer than a day."""


# ---------- reads ----------
def list_rounds(*, area_id: int, incident_id: int) -> QuerySet[CallRound]:
    """Return the rounds of an incident, newest first."""
    rows = CallRound.objects.filter(area_id=area_id, incident_id=incident_id)
    return rows.select_related("incident").order_by("-starts_at", "-number")


def get_round(area_id: int, uuid: UUID) -> CallRound:
    """Return a round. Raises CallRound.DoesNotExist."""
    return CallRound.objects.select_related("incident").get(area_id=area_id, uuid=uuid)


def find_current_round(*, area_id: int, incident_id: int, at: datetime) -> CallRound | None:
    """Return the round that has begun last, or None: its calls are the ones that count now."""
    return list_rounds(area_id=area_id, incident_id=incident_id).filter(starts_at__lte=at).first()


def round_counts(*, area_id: int, round_ids: Iterable[int], at: datetime, scope: Scope) -> dict[int, dict[str, int]]:
    """Return round id -> calls, fine, need, unreached, due and late, as far as a scope reaches."""
    rows = LiaisonCall.objects.filter(area_id=area_id, round_id__in=list(round_ids)).filter(reached(scope))
    counted = {**_COUNTS, "late": Count("id", filter=_late(at))}
    found = rows.values_list("round_id").annotate(**counted).order_by()
    return {row[0]: dict(zip(counted, row[1:], strict=True)) for row in found}


_COUNTS = {
    "calls": Count("id"),
    **{state.lower(): Count("id", filter=Q(state=state)) for state in ("DUE", "FINE", "NEED", "UNREACHED")},
}


def _late(at: datetime) -> Q:
    return Q(state__in=rules.OPEN_CALLS, due_at__lte=at)


def list_shares(*, area_id: int, round_id: int) -> QuerySet[RoundShare]:
    """Return what each caller has to do in a round."""
    rows = RoundShare.objects.filter(area_id=area_id, round_id=round_id)
    return rows.select_related("caller", "stand_in").order_by("caller__code")


# ---------- opening ----------
def open_call_round(
    *,
    area_id: int,
    incident_id: int,
    starts_at: datetime,
    ends_at: datetime,
    origin_kind: str = WINDOW_ORIGIN,
    origin_uuid: UUID | None = None,
    rule_key: str = "",
    actor: Actor,
    at: datetime,
) -> CallRound:
    """This function will open one call to every paired person, and one task for every caller.

    The same origin again returns the round that is there. Without `origin_uuid` the window itself is the origin, so
    that the plan and the clock never open it twice. Who is away for most of the window is covered by the deputy.
    Raises NobodyPaired, WrongWindow, incidents.IncidentIsClosed.
    """
    incident = open_incident_of(area_id, incident_id)
    if ends_at <= starts_at or ends_at <= at or ends_at - starts_at > _LONGEST_ROUND:
        raise WrongWindow
    origin = (origin_kind, origin_uuid or window_uuid(incident.uuid, starts_at))
    span = rules.Span(starts_at, ends_at)
    found = _find(incident, *origin)
    if found is not None:
        return found
    try:
        return _open(incident, span, origin, rule_key=rule_key, actor=actor, at=at)
    except IntegrityError:
        # somebody else opened the same round at the same moment
        found = _find(incident, *origin)
        if found is None:
            raise
        return found


def _find(incident: incidents.Incident, origin_kind: str, origin_uuid: UUID) -> CallRound | None:
    return CallRound.objects.filter(
        area_id=incident.area_id, incident=incident, origin_kind=origin_kind, origin_uuid=origin_uuid
    ).first()


def _open(
    incident: incidents.Incident,
    span: rules.Span,
    origin: tuple[str, UUID],
    *,
    rule_key: str,
    actor: Actor,
    at: datetime,
) -> CallRound:
    values = calling_rules(incident, at)
    with transaction.atomic():
        rounds = CallRound.objects.filter(area_id=incident.area_id, incident=incident)
        number = (rounds.aggregate(last=Max("number"))["last"] or 0) + 1
        row = CallRound.objects.create(
            area_id=incident.area_id,
            incident=incident,
            number=number,
            starts_at=span.starts_at,
            ends_at=span.ends_at,
            rule_key=rule_key or values.rule_key,
            origin_kind=origin[0],
            origin_uuid=origin[1],
        )
        calls = _open_calls(row, at)
        if not calls:
            raise NobodyPaired
        _open_shares(row, calls, values, actor, at)
        audit.record(
            "residents.round.opened",
            actor=actor,
            at=at,
            area_id=row.area_id,
            target_kind="CallRound",
            target_uuid=row.uuid,
            detail={"number": number, "calls": len(calls), "starts_at": span.starts_at.isoformat()},
        )
        publish(CallRoundOpened(incident.uuid, row.uuid, len(calls)), area_id=row.area_id, at=at)
        enqueue(HAND_OUT_JOB, area_id=row.area_id, at=at, payload={"round": str(row.uuid)}, key=str(row.uuid))
    return row


def _open_calls(row: CallRound, at: datetime) -> list[LiaisonCall]:
    pairs = LiaisonPair.objects.filter(area_id=row.area_id, incident_id=row.incident_id, ends_at=None)
    standing = list(pairs.select_related("person").order_by("person__sort_key", "id"))
    away = _away(row, {pair.caller_id for pair in standing})
    calls = [
        LiaisonCall(
            area_id=row.area_id,
            subject_uuid=pair.person.subject_uuid,
            round=row,
            pair=pair,
            person_id=pair.person_id,
            caller_id=pair.deputy_id if pair.caller_id in away and pair.deputy_id else pair.caller_id,
            grid_id=pair.grid_id,
            due_at=row.ends_at,
        )
        for pair in standing
    ]
    return LiaisonCall.objects.bulk_create(calls, batch_size=_CHUNK)


def _away(row: CallRound, caller_ids: Iterable[int]) -> set[int]:
    """Return the callers who are absent for more than half of a round's window."""
    half = (row.ends_at - row.starts_at) / 2
    lost: dict[int, timedelta] = defaultdict(timedelta)
    for absence in workforce.absences_between(row.area_id, row.starts_at, row.ends_at, sorted(caller_ids)):
        span = min(absence.ends_at, row.ends_at) - max(absence.starts_at, row.starts_at)
        lost[absence.responder_id] += span
    return {pk for pk, span in lost.items() if span > half}


def _open_shares(
    row: CallRound, calls: Sequence[LiaisonCall], values: CallingRules, actor: Actor, at: datetime
) -> None:
    people: dict[int, int] = defaultdict(int)
    for call in calls:
        people[call.caller_id] += 1
    # the dispatcher plans what is still to come of the window
    span = rules.Span(max(row.starts_at, at), row.ends_at)
    shares = RoundShare.objects.bulk_create(
        RoundShare(
            area_id=row.area_id,
            round=row,
            caller_id=caller_id,
            people=count,
            minutes=rules.share_minutes(count, values.call_minutes, span),
        )
        for caller_id, count in sorted(people.items())
    )
    drafts = [
        dispatch.TaskDraft(
            kind=TASK_KIND,
            origin_kind=SHARE_ORIGIN,
            origin_uuid=share.uuid,
            window_starts_at=span.starts_at,
            window_ends_at=span.ends_at,
            due_at=row.ends_at,
            duration_min=share.minutes,
            params={"round_uuid": str(row.uuid), "share_uuid": str(share.uuid), "people": share.people},
            hands=((rules.CALL_SKILL,),),
        )
        for share in shares
    ]
    dispatch.open_tasks(drafts, area_id=row.area_id, incident_id=row.incident_id, actor=actor, at=at)


def open_due_rounds(*, area_id: int, at: datetime) -> CallRound | None:
    """This function will open the round of the window that runs now, if people are paired and none overlaps it.

    For the clock: called by a periodic job, safe to repeat.
    """
    incident = incidents.find_open_incident(area_id)
    if incident is None:
        return None
    values = calling_rules(incident, at)
    span = rules.running_window(local(at), values.windows)
    paired = LiaisonPair.objects.filter(area_id=area_id, incident=incident, ends_at=None).exists()
    if span is None or not paired or overlapping(area_id, incident.pk, span):
        return None
    return open_call_round(
        area_id=area_id,
        incident_id=incident.pk,
        starts_at=span.starts_at,
        ends_at=span.ends_at,
        rule_key=values.rule_key,
        actor=system("residents.open_rounds"),
        at=at,
    )


def overlapping(area_id: int, incident_id: int, span: rules.Span) -> bool:
    """Tell whether a round runs in a stretch of time already."""
    rows = CallRound.objects.filter(area_id=area_id, incident_id=incident_id)
    return rows.filter(starts_at__lt=span.ends_at, ends_at__gt=span.starts_at).exists()


# ---------- the work of the callers ----------
def hand_out_round(*, area_id: int, round_uuid: UUID, at: datetime) -> dict[str, int]:
    """This function will give each caller's task to that very caller, where the work rules allow it.

    Where they do not (no shift, too many hours), the dispatcher finds somebody, who then stands in. Safe to repeat.
    """
    row = get_round(area_id, round_uuid)
    pairs = [(task.uuid, share.caller.uuid) for share, task in _open_work(row)]
    if not pairs:
        return {"given": 0, "left_to_dispatch": 0}
    left = dispatch.hand_to(pairs, area_id=area_id, actor=system("residents.hand_out_round"), at=at)
    return {"given": len(pairs) - len(left), "left_to_dispatch": sum(bool(broken) for broken in left.values())}


def _open_work(row: CallRound) -> list[tuple[RoundShare, dispatch.Task]]:
    """Return the shares of a round whose task nobody has yet."""
    shares = {share.uuid: share for share in list_shares(area_id=row.area_id, round_id=row.pk)}
    tasks = dispatch.list_tasks(
        area_id=row.area_id,
        incident_id=row.incident_id,
        kinds=[TASK_KIND],
        states=["OPEN"],
        origin_kind=SHARE_ORIGIN,
        origin_uuids=list(shares),
    )
    return [(shares[task.origin_uuid], task) for task in tasks]


def follow_assignments(*, area_id: int, incident_uuid: UUID, at: datetime) -> int:
    """This function will note who stands in where the dispatcher gave a caller's task to somebody else.

    Returns how many shares changed hands; a second call changes nothing.
    """
    shares = RoundShare.objects.filter(area_id=area_id, finished_at=None, round__incident__uuid=incident_uuid)
    live = {share.uuid: share for share in shares.filter(round__ends_at__gt=at).select_related("round")}
    if not live:
        return 0
    incident_id = next(iter(live.values())).round.incident_id
    tasks = {
        task.pk: task
        for task in dispatch.list_tasks(
            area_id=area_id, incident_id=incident_id, origin_kind=SHARE_ORIGIN, origin_uuids=list(live)
        )
    }
    hands: Mapping[int, list[dispatch.Assignment]] = dispatch.list_assignments(area_id=area_id, task_ids=tasks)
    changed = 0
    for pk, task in tasks.items():
        share = live[task.origin_uuid]
        worker = hands[pk][0].responder_id if hands.get(pk) else share.caller_id
        stand_in = worker if worker != share.caller_id else None
        if stand_in != share.stand_in_id:
            changed += RoundShare.objects.filter(pk=share.pk).update(stand_in_id=stand_in)
    return changed


def finish_share(*, area_id: int, share_uuid: UUID, at: datetime) -> bool:
    """This function will end a share and its task when nobody of it is left to call, or its round is over.

    The task ends COMPLETED when everybody was reached, else PARTLY; a task that nobody had is cancelled.
    """
    actor = system("residents.finish_share")
    with transaction.atomic():
        share = RoundShare.objects.select_for_update().select_related("round").get(area_id=area_id, uuid=share_uuid)
        calls = LiaisonCall.objects.filter(area_id=area_id, round=share.round, caller_id=share.caller_id)
        open_ = calls.filter(state__in=rules.OPEN_CALLS).count()
        if share.finished_at is not None or (open_ and at < share.round.ends_at):
            return False
        RoundShare.objects.filter(pk=share.pk).update(finished_at=at)
        _finish_task(share, calls.exclude(state__in=rules.OPEN_CALLS).count(), open_, actor, at)
    return True


def _finish_task(share: RoundShare, reached_: int, open_: int, actor: Actor, at: datetime) -> None:
    task = dispatch.find_task(
        area_id=share.area_id,
        incident_id=share.round.incident_id,
        kind=TASK_KIND,
        origin_kind=SHARE_ORIGIN,
        origin_uuid=share.uuid,
    )
    if task is None or task.state in ("DONE", "FAILED", "CANCELLED"):
        return
    hands = dispatch.list_assignments(area_id=share.area_id, task_ids=[task.pk]).get(task.pk, [])
    if hands:
        dispatch.finish(
            area_id=share.area_id,
            assignment_uuid=hands[0].uuid,
            outcome_code="PARTLY" if open_ else "COMPLETED",
            found={"reached": reached_, "unreached": open_},
            actor=actor,
            at=at,
        )
    else:
        dispatch.cancel_tasks(
            area_id=share.area_id,
            incident_id=share.round.incident_id,
            origin_kind=SHARE_ORIGIN,
            origin_uuids=[share.uuid],
            reason="ROUND_OVER",
            actor=actor,
            at=at,
        )


def end_round_work(*, area_id: int, at: datetime) -> int:
    """This function will end the shares of rounds that are over, so that their callers are free again."""
    over = RoundShare.objects.filter(area_id=area_id, finished_at=None, round__ends_at__lte=at)
    uuids = list(over.values_list("uuid", flat=True))
    return sum(finish_share(area_id=area_id, share_uuid=uuid, at=at) for uuid in uuids)


def note_task_end(*, area_id: int, share_uuid: UUID, at: datetime) -> bool:
    """This function will note that the dispatcher's task of a share has ended; its open calls stay due."""
    rows = RoundShare.objects.filter(area_id=area_id, uuid=share_uuid, finished_at=None)
    return bool(rows.update(finished_at=at))
