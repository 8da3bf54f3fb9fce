"""The desk: one person into one tube, once a round; taking it back; tubes opened, closed and counted.

Nothing here is decided by a look beforehand: a place in a tube is taken by a conditional UPDATE, and a person stands
once in a round by a unique key. The looks only find the words for a refusal.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from tongxin.base import audit, clock
from tongxin.base.actors import Actor, Scope
from tongxin.base.idempotency import Operation, Outcome, once
from tongxin.base.ids import new_uuid
from tongxin.community import api as community
from tongxin.incidents import api as incidents
from tongxin.incidents.api import RuleSet
from tongxin.sampling import rules
from tongxin.sampling.api import listing, tasks
from tongxin.sampling.api.desk_people import masked_people
from tongxin.sampling.api.rounds import in_scope
from tongxin.sampling.api.values import HasResult, NotRegistered, RegisterRefused, TubeMember, TubeView
from tongxin.sampling.models import Registration, RoundMember, SamplingRound, Tube, TubeCount

OPEN, CLOSED = Tube.State.OPEN, Tube.State.CLOSED
#: A device's clock may run ahead by this much; more is taken for wrong, and the server's time counts.
_AHEAD = timedelta(minutes=5)


def register(
    *,
    area_id: int,
    round_uuid: UUID,
    tube_code: str,
    person_uuid: UUID,
    how: str = "PICK",
    desk: str = "",
    as_guest: bool = False,
    op: Operation | None = None,
    actor: Actor,
    at: datetime,
    sampled_at: datetime | None = None,
) -> Outcome:
    """This function will put a person into a tube once for the operation id and return the receipt.

    A code that is new opens a tube: of the round's size, or of one for a person who may never share. The receipt
    holds `registration`, `tube`, `seq`, `capacity`, `filled` and `is_full`. `as_guest` takes somebody who is not on
    the list onto it. Raises `RegisterRefused` and `OtherBody`; then nothing is written.
    """
    operation = op or Operation(new_uuid(), "sampling.register", {"person": str(person_uuid), "tube": tube_code})
    moment = sampled_at if sampled_at is not None and sampled_at <= at + _AHEAD else at
    entry = _Entry(
        area_id, round_uuid, tube_code, person_uuid, how if how in rules.HOW else "PICK", desk, as_guest, moment,
        operation.op_id, actor, at,
    )  # fmt: skip
    try:
        return once(operation, lambda: _register(entry), area_id=area_id, actor=actor, at=at)
    except IntegrityError:
        # Another desk was faster by a moment: its row is there now, so say which one.
        refused = _already(area_id, round_uuid, person_uuid)
        if refused is None:
            raise
        raise refused from None


@dataclass(frozen=True, slots=True)
class _Entry:
    """One wish to put somebody into a tube."""

    area_id: int
    round_uuid: UUID
    tube_code: str
    person_uuid: UUID
    how: str
    desk: str
    as_guest: bool
    sampled_at: datetime
    op_id: UUID
    actor: Actor
    at: datetime


def _register(entry: _Entry) -> dict[str, Any]:
    area_id = entry.area_id
    round_ = SamplingRound.objects.select_related("incident").filter(area_id=area_id, uuid=entry.round_uuid).first()
    if round_ is None or round_.state != SamplingRound.State.OPEN:
        raise RegisterRefused("ROUND_CLOSED")
    person = community.list_people_by_uuid(area_id=area_id, uuids=[entry.person_uuid]).get(entry.person_uuid)
    if person is None or person.merged_into_id or person.erased_at:
        raise RegisterRefused("UNKNOWN_PERSON")
    refused = _already(area_id, entry.round_uuid, entry.person_uuid)
    if refused is not None:
        raise refused
    member = RoundMember.objects.filter(area_id=area_id, round=round_, person=person).first()
    if member is None and not entry.as_guest:
        raise RegisterRefused("NOT_ON_LIST")
    rule_set = listing.rule_set_at(round_.incident, entry.at)
    known = listing.known_of_some(round_.incident, rule_set, [person.pk], at=entry.at)
    alone = known.alone_cause(person.pk, person.birth_year)
    tube = _tube_for(round_, entry.tube_code, entry.desk, alone, entry.at)
    if alone and tube.capacity > 1:
        raise RegisterRefused("NEVER_POOLED", cause=alone, tube=tube.code)
    is_critical = bool(rules.CRITICAL_CARE & known.care.get(person.pk, frozenset()))
    seq, filled = _take_place(tube, rule_set, entry.sampled_at, is_critical)
    row = _store(entry, round_, tube, seq, person)
    _settle_member(entry, round_, member, person)
    _tell_registered(entry, round_, row, is_guest=member is None)
    is_full = filled >= tube.capacity
    counted = {"seq": seq, "capacity": tube.capacity, "filled": filled, "is_full": is_full}
    return {"registration": str(row.uuid), "tube": tube.code, **counted}


def _store(entry: _Entry, round_: SamplingRound, tube: Tube, seq: int, person: Any) -> Registration:
    return Registration.objects.create(
        area_id=entry.area_id,
        round=round_,
        tube=tube,
        seq=seq,
        person=person,
        grid_id=person.grid_id,
        entrance_id=person.entrance_id,
        sampled_at=entry.sampled_at,
        registered_at=entry.at,
        registered_by=entry.actor.label,
        how=entry.how,
        op_id=entry.op_id,
    )


def _tell_registered(entry: _Entry, round_: SamplingRound, row: Registration, *, is_guest: bool) -> None:
    """Keep the person's test days and leave the trace; there is no event a person, figures read the rows."""
    incidents.complete_test_duties(
        area_id=entry.area_id,
        incident_id=round_.incident_id,
        person_ids=[row.person_id],
        on_date=clock.local_date(entry.sampled_at),
        done_at=entry.sampled_at,
    )
    detail = {"round": str(entry.round_uuid), "tube": row.tube.code, "seq": row.seq, "how": row.how, "guest": is_guest}
    audit.record(
        "sampling.registered",
        actor=entry.actor,
        at=entry.at,
        area_id=entry.area_id,
        target_kind="person",
        target_uuid=entry.person_uuid,
        detail=detail,
    )


def _already(area_id: int, round_uuid: UUID, person_uuid: UUID) -> RegisterRefused | None:
    row = (
        Registration.objects.select_related("tube")
        .filter(area_id=area_id, round__uuid=round_uuid, person__uuid=person_uuid, voided_at=None)
        .first()
    )
    if row is None:
        return None
    return RegisterRefused("ALREADY", tube=row.tube.code, desk=row.tube.desk, at=row.sampled_at, seq=row.seq)


def _tube_for(round_: SamplingRound, code: str, desk: str, alone: str, at: datetime) -> Tube:
    try:
        clean = rules.clean_tube_code(code)
    except rules.BadTubeCode:
        raise RegisterRefused("BAD_TUBE") from None
    tube, _is_new = Tube.objects.get_or_create(
        area_id=round_.area_id,
        code=clean,
        defaults={
            "round": round_,
            "capacity": 1 if alone else round_.pool_size,
            "desk": desk[:40],
            "opened_at": at,
        },
    )
    if tube.round_id != round_.pk:
        number = SamplingRound.objects.values_list("number", flat=True).get(pk=tube.round_id)
        raise RegisterRefused("OTHER_ROUND", tube=clean, number=number)
    return tube


def _take_place(tube: Tube, rule_set: RuleSet, moment: datetime, is_critical: bool) -> tuple[int, int]:
    """Take one place of a tube and return it with how many are taken now."""
    hours = rule_set.rounds
    due = rules.result_due(
        moment,
        capacity=tube.capacity,
        is_critical=is_critical,
        pooled_hours=hours.pooled_result_hours.value,
        single_hours=hours.single_result_hours.value,
        critical_hours=hours.critical_result_hours.value,
    )
    rows = Tube.objects.filter(pk=tube.pk)
    if not rows.filter(state=OPEN, filled__lt=F("capacity")).update(filled=F("filled") + 1):
        state, filled, capacity = rows.values_list("state", "filled", "capacity").get()
        if filled >= capacity:
            raise RegisterRefused("TUBE_FULL", tube=tube.code, filled=filled, capacity=capacity)
        raise RegisterRefused("TUBE_CLOSED", tube=tube.code, state=state)
    rows.filter(Q(result_due_at=None) | Q(result_due_at__gt=due)).update(result_due_at=due)
    # The row is ours until the end of the transaction: nobody else can take the same place.
    filled = rows.values_list("filled", flat=True).get()
    taken = set(Registration.objects.filter(tube=tube, voided_at=None).values_list("seq", flat=True))
    seq = rules.free_seq(taken, tube.capacity)
    if seq is None:
        raise RegisterRefused("TUBE_FULL", tube=tube.code, filled=filled, capacity=tube.capacity)
    if filled >= tube.capacity:
        rows.update(state=CLOSED, closed_at=moment)
    return seq, filled


def _settle_member(entry: _Entry, round_: SamplingRound, member: RoundMember | None, person: Any) -> None:
    if member is None:
        RoundMember.objects.create(
            area_id=round_.area_id,
            round=round_,
            person=person,
            grid_id=person.grid_id,
            entrance_id=person.entrance_id,
            state=RoundMember.State.DONE,
            state_at=entry.at,
            state_reason="GUEST",
        )
        return
    RoundMember.objects.filter(pk=member.pk).update(state=RoundMember.State.DONE, state_at=entry.at, state_reason="")
    if member.is_at_home and entry.how != "DOOR":
        # they came to the table after all: nobody has to climb the stairs
        tasks.cancel_door_tasks(round_, [member.uuid], reason="SAMPLED_AT_DESK", actor=entry.actor, at=entry.at)


def void_registration(*, area_id: int, registration_uuid: UUID, reason: str, actor: Actor, at: datetime) -> Tube:
    """This function will take a registration back and put the person on the list again; the place in the tube is free.

    Twice is once. Raises `HasResult` when the tube was reported, `NotRegistered`, ValueError for an unknown reason.
    """
    if reason not in rules.VOID_REASONS:
        raise ValueError(reason)
    with transaction.atomic():
        row = Registration.objects.select_related("tube").filter(area_id=area_id, uuid=registration_uuid).first()
        if row is None:
            raise NotRegistered
        tube = Tube.objects.select_for_update().get(pk=row.tube_id)
        if tube.state == Tube.State.RESULTED:
            raise HasResult
        rows = Registration.objects.filter(pk=row.pk, voided_at=None)
        if not rows.update(voided_at=at, void_reason=reason):
            return tube
        was_full = tube.filled >= tube.capacity
        tube.filled -= 1
        changes: dict[str, Any] = {"filled": tube.filled}
        if tube.state == CLOSED and was_full:
            # it had closed itself because it was full
            tube.state, tube.closed_at = OPEN, None
            changes |= {"state": OPEN, "closed_at": None}
        if not tube.filled:
            changes["result_due_at"] = None
        Tube.objects.filter(pk=tube.pk).update(**changes)
        members = RoundMember.objects.filter(area_id=area_id, round_id=row.round_id, person_id=row.person_id)
        members.filter(state_reason="GUEST").delete()
        members.update(state=RoundMember.State.DUE, state_at=at, state_reason="")
        audit.record(
            "sampling.registration.voided",
            actor=actor,
            at=at,
            area_id=area_id,
            target_kind="Registration",
            target_uuid=row.uuid,
            detail={"tube": tube.code, "seq": row.seq, "reason": reason},
        )
    return tube


# ---------- tubes ----------
def open_tube(
    *,
    area_id: int,
    round_uuid: UUID,
    code: str,
    capacity: int | None = None,
    desk: str = "",
    actor: Actor,
    at: datetime,
) -> Tube:
    """This function will open a tube of an open round, or return it when it is there with the same size.

    `capacity` is the round's or 1. Raises `RegisterRefused` ROUND_CLOSED, BAD_TUBE, OTHER_ROUND, OTHER_SIZE.
    """
    with transaction.atomic():
        round_ = SamplingRound.objects.select_related("incident").filter(area_id=area_id, uuid=round_uuid).first()
        if round_ is None or round_.state != SamplingRound.State.OPEN:
            raise RegisterRefused("ROUND_CLOSED")
        size = round_.pool_size if capacity is None else capacity
        if size not in (1, round_.pool_size):
            raise RegisterRefused("OTHER_SIZE", capacity=size)
        before = Tube.objects.filter(area_id=area_id, code="".join(code.split()).upper()).exists()
        tube = _tube_for(round_, code, desk, "ALONE" if size == 1 else "", at)
        if tube.capacity != size:
            raise RegisterRefused("OTHER_SIZE", capacity=tube.capacity)
        if not before:
            _record("sampling.tube.opened", tube, actor=actor, at=at, capacity=size)
    return tube


def close_tube(*, area_id: int, tube_uuid: UUID, actor: Actor, at: datetime) -> Tube:
    """This function will close a tube that is not full; a tube without anybody becomes VOID. Twice is once."""
    with transaction.atomic():
        tube = Tube.objects.select_for_update().get(area_id=area_id, uuid=tube_uuid)
        if tube.state == OPEN:
            tube.state = CLOSED if tube.filled else Tube.State.VOID
            tube.closed_at = at
            Tube.objects.filter(pk=tube.pk).update(state=tube.state, closed_at=at)
            _record("sampling.tube.closed", tube, actor=actor, at=at, filled=tube.filled)
    return tube


def _record(action: str, tube: Tube, *, actor: Actor, at: datetime, **detail: Any) -> None:
    audit.record(
        action,
        actor=actor,
        at=at,
        area_id=tube.area_id,
        target_kind="Tube",
        target_uuid=tube.uuid,
        detail={"tube": tube.code, **detail},
    )


def get_tube(area_id: int, uuid: UUID) -> Tube:
    """This function will return a tube with its round. Raises Tube.DoesNotExist."""
    return Tube.objects.select_related("round").get(area_id=area_id, uuid=uuid)


def find_tube(area_id: int, code: str) -> Tube | None:
    """This function will return the tube of a scanned code, or None."""
    try:
        clean = rules.clean_tube_code(code)
    except rules.BadTubeCode:
        return None
    return Tube.objects.select_related("round").filter(area_id=area_id, code=clean).first()


def tube_view(tube: Tube, *, at: datetime) -> TubeView:
    """This function will return a tube with who is in it, masked and told apart, in the order of their places."""
    rows = list(
        Registration.objects.filter(tube=tube, voided_at=None).select_related("person__dwelling").order_by("seq")
    )
    shown = masked_people(area_id=tube.area_id, people=[row.person for row in rows], at=at)
    members = tuple(
        TubeMember(
            row.uuid,
            row.seq,
            row.person.uuid,
            shown[row.person_id].name,
            row.person.dwelling.door if row.person.dwelling else "",
            row.sampled_at,
            shown[row.person_id].marks,
        )
        for row in rows
    )
    return TubeView(tube.uuid, tube.code, tube.capacity, tube.filled, tube.state, tube.desk, tube.opened_at, members)


def tubes_query(area_id: int, round_id: int, *, states: tuple[str, ...] = (), desk: str = "") -> QuerySet[Tube]:
    """This function will return the tubes of a round, newest first."""
    rows = Tube.objects.filter(area_id=area_id, round_id=round_id)
    if states:
        rows = rows.filter(state__in=states)
    if desk:
        rows = rows.filter(desk=desk)
    return rows.order_by("-opened_at", "-id")


def count_tubes(*, area_id: int, round_uuid: UUID, desk: str, counted: int, actor: Actor, at: datetime) -> TubeCount:
    """This function will note how many tubes lie on a table beside how many the system knows there.

    Both numbers are kept, also when they differ: a tube that nobody registered is found before it leaves. `desk` is
    empty for the whole round. Raises ValueError for a negative number.
    """
    if not 0 <= counted <= 100_000:
        raise ValueError("counted")
    with transaction.atomic():
        round_ = SamplingRound.objects.get(area_id=area_id, uuid=round_uuid)
        rows = Tube.objects.filter(area_id=area_id, round=round_).exclude(state=Tube.State.VOID)
        if desk:
            rows = rows.filter(desk=desk)
        row = TubeCount.objects.create(
            area_id=area_id,
            round=round_,
            desk=desk[:40],
            in_system=rows.count(),
            counted=counted,
            counted_at=at,
            counted_by=actor.label,
        )
        audit.record(
            "sampling.tubes.counted",
            actor=actor,
            at=at,
            area_id=area_id,
            target_kind="SamplingRound",
            target_uuid=round_uuid,
            detail={"desk": row.desk, "in_system": row.in_system, "counted": counted},
        )
    return row


def last_counts(area_id: int, round_id: int) -> dict[str, TubeCount]:
    """This function will return the newest count of each desk of a round."""
    rows = TubeCount.objects.filter(area_id=area_id, round_id=round_id).order_by("counted_at", "id")
    return {row.desk: row for row in rows}


def registration_in_scope(area_id: int, uuid: UUID, scope: Scope) -> bool:
    """This function will tell whether a registration is of somebody who lives where a scope reaches."""
    rows = Registration.objects.filter(area_id=area_id, uuid=uuid)
    return in_scope(rows, scope).exists()
