"""Verbs of the workforce: shifts, absences, duty, the exit protocol."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from tongxin.base import audit, keys
from tongxin.base.actors import Actor
from tongxin.base.outbox import publish
from tongxin.workforce.api.reads import get_responder, limits_for, local_zone, shifts_between, state_of
from tongxin.workforce.api.values import Duty, ExitRefused, ShiftDraft, ShiftRefused, WrongSpan
from tongxin.workforce.events import DutyRecorded, ResponderUnavailable
from tongxin.workforce.models import Absence, DutyRecord, Responder, Shift
from tongxin.workforce.rules import HOT_FROM_RANK, PPE_FROM_LEVEL, Span, WorkLimits, check_roster, night_dawn

_LONGEST_SHIFT = timedelta(hours=24)
_LONGEST_ABSENCE = timedelta(days=60)
_CHUNK = 500


def set_shifts(
    drafts: Sequence[ShiftDraft], *, area_id: int, actor: Actor, at: datetime, check: bool = True
) -> list[Shift]:
    """Agree on shifts, and return the rows in the order of the drafts; the same start again changes its end.

    With `check` each person's shifts of the days around are held against rest, hours, days in a row and night before
    morning; the whole call is refused with `ShiftRefused` when one breaks a rule. Offers from a ledger are taken
    without: they say when somebody could come, the planner keeps the hours inside them.
    Raises WrongSpan, ShiftRefused.
    """
    for draft in drafts:
        if not timedelta(0) < draft.ends_at - draft.starts_at <= _LONGEST_SHIFT:
            raise WrongSpan(f"{draft.starts_at} - {draft.ends_at}")
    limits = limits_for(area_id=area_id, at=at)
    with transaction.atomic():
        if check:
            _check(drafts, area_id, limits, at)
        rows = store_shifts(drafts, area_id=area_id, limits=limits)
        audit.record(
            "workforce.shift.set",
            actor=actor,
            at=at,
            area_id=area_id,
            target_kind="Shift",
            target_uuid=rows[0].uuid if len(rows) == 1 else None,
            detail={"shifts": len(rows), "checked": check},
        )
    return rows


def _check(drafts: Sequence[ShiftDraft], area_id: int, limits: WorkLimits, at: datetime) -> None:
    by_person: dict[int, list[Span]] = defaultdict(list)
    for draft in drafts:
        by_person[draft.responder_id].append(draft.span)
    around = timedelta(days=limits.days_in_a_row + 1)
    first, last = min(d.starts_at for d in drafts) - around, max(d.ends_at for d in drafts) + around
    replaced = {(draft.responder_id, draft.starts_at) for draft in drafts}
    for shift in shifts_between(area_id, first, last, by_person):
        if (shift.responder_id, shift.starts_at) not in replaced:
            by_person[shift.responder_id].append(Span(shift.starts_at, shift.ends_at))
    states = state_of(area_id=area_id, responder_ids=list(by_person), at=at, limits=limits)
    for person, spans in by_person.items():
        coming = [span for span in spans if span.starts_at >= at]
        ended = states[person].last_duty_end_at if person in states else None
        broken = check_roster(spans, None, limits) or check_roster(coming[:1], ended, limits)
        if broken:
            raise ShiftRefused(broken)


def store_shifts(drafts: Sequence[ShiftDraft], *, area_id: int, limits: WorkLimits) -> list[Shift]:
    """Write shifts as they are, and return the rows in the order of the drafts; for this room's verbs, which check."""
    rows = [
        Shift(
            area_id=area_id,
            responder_id=draft.responder_id,
            starts_at=draft.starts_at,
            ends_at=draft.ends_at,
            is_night=night_dawn(draft.span, limits) is not None,
        )
        for draft in drafts
    ]
    Shift.objects.bulk_create(
        rows,
        batch_size=_CHUNK,
        update_conflicts=True,
        unique_fields=["area_id", "responder", "starts_at"],
        update_fields=["ends_at", "is_night", "cancelled_at"],
    )
    kept = Shift.objects.filter(area_id=area_id, responder_id__in={draft.responder_id for draft in drafts})
    kept = kept.filter(starts_at__in={draft.starts_at for draft in drafts})
    found = {(row.responder_id, row.starts_at): row for row in kept}
    return [found[(draft.responder_id, draft.starts_at)] for draft in drafts]


def cancel_shift(*, area_id: int, uuid: UUID, actor: Actor, at: datetime) -> Shift:
    """Take a shift back. Open work of its time is told as unavailable. Raises Shift.DoesNotExist."""
    with transaction.atomic():
        row = Shift.objects.select_related("responder").get(area_id=area_id, uuid=uuid)
        if Shift.objects.filter(pk=row.pk, cancelled_at=None).update(cancelled_at=at):
            audit.record(
                "workforce.shift.cancelled",
                actor=actor,
                at=at,
                area_id=area_id,
                target_kind="Shift",
                target_uuid=row.uuid,
            )
            if row.ends_at > at:
                publish(
                    ResponderUnavailable(row.responder.uuid, max(row.starts_at, at), row.ends_at),
                    area_id=area_id,
                    at=at,
                )
    return Shift.objects.get(pk=row.pk)


def mark_unavailable(
    *, area_id: int, uuid: UUID, starts_at: datetime, ends_at: datetime, reason: str, actor: Actor, at: datetime
) -> Absence:
    """Note that a responder cannot come, and tell the rooms above so that their work goes to others.

    Raises WrongSpan for a stretch that is over, upside down or longer than sixty days; ValueError for a reason that
    does not exist.
    """
    if reason not in Absence.Reason.values:
        raise ValueError(reason)
    if ends_at <= max(starts_at, at) or ends_at - starts_at > _LONGEST_ABSENCE:
        raise WrongSpan(f"{starts_at} - {ends_at}")
    with transaction.atomic():
        responder = get_responder(area_id, uuid)
        Absence.objects.filter(area_id=area_id, responder=responder, starts_at=starts_at, cancelled_at=None).update(
            cancelled_at=at
        )
        row = Absence.objects.create(
            area_id=area_id, responder=responder, starts_at=starts_at, ends_at=ends_at, reason=reason, told_at=at
        )
        audit.record(
            "workforce.absence.told",
            actor=actor,
            at=at,
            area_id=area_id,
            target_kind="Responder",
            target_uuid=responder.uuid,
            detail={"from": starts_at.isoformat(), "until": ends_at.isoformat()},
        )
        publish(ResponderUnavailable(responder.uuid, starts_at, ends_at), area_id=area_id, at=at)
    return row


def cancel_absence(*, area_id: int, uuid: UUID, actor: Actor, at: datetime) -> bool:
    """Note that a responder can come after all; return whether the absence was still in force."""
    with transaction.atomic():
        rows = Absence.objects.filter(area_id=area_id, uuid=uuid, cancelled_at=None, ends_at__gt=at)
        if not rows.update(cancelled_at=at):
            return False
        audit.record(
            "workforce.absence.cancelled", actor=actor, at=at, area_id=area_id, target_kind="Absence", target_uuid=uuid
        )
    return True


def record_duty(duties: Sequence[Duty], *, area_id: int, actor: Actor, at: datetime) -> int:
    """Write what was really worked, and move people to the hot cohort who worked in a hot zone.

    Returns how many records are new: the same cause again for the same responder writes nothing.
    """
    limits = limits_for(area_id=area_id, at=at)
    rows = [_record(duty, area_id, limits) for duty in duties if duty.ends_at > duty.starts_at]
    if not rows:
        return 0
    with transaction.atomic():
        before = _recorded(rows, area_id)
        new = [row for row in rows if (row.responder_id, row.cause_uuid) not in before]
        DutyRecord.objects.bulk_create(new, batch_size=_CHUNK, ignore_conflicts=True)
        _warm_up([duty for duty in duties if duty.zone_rank >= HOT_FROM_RANK], area_id, at)
        if new:
            uuids = Responder.objects.filter(pk__in={row.responder_id for row in new}).values_list("uuid", flat=True)
            first = new[0]
            publish(DutyRecorded(tuple(sorted(uuids)), first.cause_kind, first.cause_uuid), area_id=area_id, at=at)
    return len(new)


def _record(duty: Duty, area_id: int, limits: WorkLimits) -> DutyRecord:
    span = Span(duty.starts_at, duty.ends_at)
    return DutyRecord(
        area_id=area_id,
        responder_id=duty.responder_id,
        starts_at=duty.starts_at,
        ends_at=duty.ends_at,
        minutes=span.minutes,
        ppe_minutes=span.minutes if duty.ppe_level >= PPE_FROM_LEVEL else 0,
        zone_rank=duty.zone_rank,
        is_night=_touches_night(span, limits),
        cause_kind=duty.cause_kind,
        cause_uuid=duty.cause_uuid,
    )


def _touches_night(span: Span, limits: WorkLimits) -> bool:
    middle = (span.starts_at + (span.ends_at - span.starts_at) / 2).astimezone(local_zone()).time()
    if limits.night_from > limits.night_until:
        return middle >= limits.night_from or middle < limits.night_until
    return limits.night_from <= middle < limits.night_until


def _recorded(rows: Sequence[DutyRecord], area_id: int) -> set[tuple[int, UUID]]:
    found: set[tuple[int, UUID]] = set()
    causes = sorted({row.cause_uuid for row in rows})
    for start in range(0, len(causes), _CHUNK):
        known = DutyRecord.objects.filter(area_id=area_id, cause_uuid__in=causes[start : start + _CHUNK])
        known = known.filter(cause_kind__in={row.cause_kind for row in rows})
        found.update(known.values_list("responder_id", "cause_uuid"))
    return found


def _warm_up(hot: Sequence[Duty], area_id: int, at: datetime) -> None:
    """Hot work puts a person into the hot cohort and starts the exit protocol anew."""
    ranks: dict[int, int] = {}
    for duty in hot:
        ranks[duty.responder_id] = max(duty.zone_rank, ranks.get(duty.responder_id, 0))
    for rank in sorted(set(ranks.values())):
        people = [pk for pk, own in ranks.items() if own == rank]
        rows = Responder.objects.filter(area_id=area_id, pk__in=people)
        rows.filter(cohort=Responder.Cohort.CLEAN).update(cohort=Responder.Cohort.HOT, cohort_since_at=at)
        rows.filter(hottest_zone_rank__lt=rank).update(hottest_zone_rank=rank)
        rows.update(exit_started_at=None, exit_tests_done=[])


def start_exit_protocol(*, area_id: int, uuid: UUID, actor: Actor, at: datetime) -> Responder:
    """Start the days and tests after which a responder of the hot cohort may enter cleaner zones again.

    Safe to repeat: a running protocol keeps its first day.
    """
    with transaction.atomic():
        row = get_responder(area_id, uuid)
        rows = Responder.objects.filter(pk=row.pk, cohort=Responder.Cohort.HOT, exit_started_at=None)
        if rows.update(exit_started_at=at, exit_tests_done=[]):
            _audit_exit("workforce.exit.started", row, actor, at)
    return get_responder(area_id, uuid)


def record_exit_test(*, area_id: int, uuid: UUID, day: int, actor: Actor, at: datetime) -> Responder:
    """Note the negative test of one day of the exit protocol. Raises ExitRefused when none is running."""
    with transaction.atomic():
        row = Responder.objects.select_for_update().get(area_id=area_id, uuid=uuid)
        limits = limits_for(area_id=area_id, at=at)
        if row.exit_started_at is None or day not in limits.exit_tests:
            raise ExitRefused(limits.exit_days, limits.exit_tests)
        done = sorted({*row.exit_tests_done, day})
        Responder.objects.filter(pk=row.pk).update(exit_tests_done=done)
        _audit_exit("workforce.exit.tested", row, actor, at, day=day)
    return get_responder(area_id, uuid)


def finish_exit_protocol(*, area_id: int, uuid: UUID, actor: Actor, at: datetime) -> Responder:
    """Move a responder back to the clean cohort. Raises ExitRefused with the days and tests that are missing."""
    with transaction.atomic():
        row = Responder.objects.select_for_update().get(area_id=area_id, uuid=uuid)
        limits = limits_for(area_id=area_id, at=at)
        zone = local_zone()
        passed = (
            (at.astimezone(zone).date() - row.exit_started_at.astimezone(zone).date()).days
            if row.exit_started_at
            else 0
        )
        missing = tuple(sorted(set(limits.exit_tests) - set(row.exit_tests_done)))
        if row.cohort == Responder.Cohort.HOT:
            if row.exit_started_at is None or passed < limits.exit_days or missing:
                raise ExitRefused(max(0, limits.exit_days - passed), missing)
            Responder.objects.filter(pk=row.pk).update(
                cohort=Responder.Cohort.CLEAN,
                cohort_since_at=at,
                hottest_zone_rank=0,
                exit_started_at=None,
                exit_tests_done=[],
            )
            _audit_exit("workforce.exit.finished", row, actor, at, days=passed)
    return get_responder(area_id, uuid)


def _audit_exit(action: str, row: Responder, actor: Actor, at: datetime, **detail: int) -> None:
    audit.record(
        action, actor=actor, at=at, area_id=row.area_id, target_kind="Responder", target_uuid=row.uuid, detail=detail
    )


def note_asked(*, area_id: int, responder_ids: Iterable[int], at: datetime) -> None:
    """Remember that these responders were asked just now: the least recently asked come first next time."""
    wanted = sorted(set(responder_ids))
    for start in range(0, len(wanted), _CHUNK):
        Responder.objects.filter(area_id=area_id, pk__in=wanted[start : start + _CHUNK]).update(last_asked_at=at)


def set_active(*, area_id: int, uuid: UUID, is_active: bool, actor: Actor, at: datetime) -> Responder:
    """Take a responder out of service or back; their open work is told as unavailable."""
    with transaction.atomic():
        row = get_responder(area_id, uuid)
        if Responder.objects.filter(pk=row.pk, is_active=not is_active).update(is_active=is_active):
            action = "workforce.responder.activated" if is_active else "workforce.responder.deactivated"
            _audit_exit(action, row, actor, at)
            if not is_active:
                publish(ResponderUnavailable(row.uuid, at, at + _LONGEST_ABSENCE), area_id=area_id, at=at)
    return get_responder(area_id, uuid)


def forget(*, area_id: int, person_uuid: UUID, at: datetime, actor: Actor) -> int:
    """Erase who somebody is (a responder, or the resident who served); hours stay. Returns how many rows changed."""
    count = 0
    with transaction.atomic():
        for row in Responder.objects.filter(area_id=area_id).filter(
            subject_uuid=person_uuid
        ) | Responder.objects.filter(area_id=area_id, person__uuid=person_uuid):
            Responder.objects.filter(pk=row.pk).update(
                name=b"",
                phone=b"",
                phone_index="",
                code=f"erased-{row.pk}",
                person=None,
                home_building=None,
                is_active=False,
                dialects=[],
            )
            keys.destroy(area_id, row.subject_uuid, at=at)
            _audit_exit("workforce.responder.erased", row, actor, at)
            count += 1
    return count
