"""What the laboratory says of a tube, and what follows from it for the people in it.

A correction is a new row and the newest `reported_at` counts; what followed from the value before is taken back first.
"""

from datetime import datetime, timedelta

from django.db import transaction

from tongxin.base import audit, clock, outbox
from tongxin.base.actors import Actor
from tongxin.incidents import api as incidents
from tongxin.incidents.api import StatusFact
from tongxin.sampling import rules
from tongxin.sampling.api.recalls import close_recall, open_recall
from tongxin.sampling.api.values import ResultOutcome, ResultRefused
from tongxin.sampling.events import ResultRecorded
from tongxin.sampling.models import Registration, RoundMember, SampleResult, Tube

CAUSE = "Tube"
POSITIVE, NEGATIVE, INVALID = SampleResult.Value.POSITIVE, SampleResult.Value.NEGATIVE, SampleResult.Value.INVALID
_AHEAD = timedelta(minutes=10)


def record_result(
    *,
    area_id: int,
    tube_code: str,
    value: str,
    reported_at: datetime | None = None,
    laboratory: str = "",
    standing: str | None = None,
    actor: Actor,
    at: datetime,
) -> ResultOutcome:
    """This function will take a result of a tube and do what follows from it, in one transaction.

    POSITIVE of one person: a case. POSITIVE of several: all of them are suspects, called back for a tube each, with
    the visits at their doors. NEGATIVE of one: a suspect is cleared. INVALID: everybody is back on the list.
    The same result again changes nothing. `standing` is what the sender knows to count so far (empty: nothing): where
    something else counts, a correction would take back more than they mean, and it is refused with STANDS.
    Raises `ResultRefused` and `IncidentIsClosed`.
    """
    moment = at if reported_at is None else reported_at
    with transaction.atomic():
        tube, people = checked(area_id, tube_code, value, moment, at)
        tube = Tube.objects.select_for_update().select_related("round__incident").get(pk=tube.pk)
        counting = _standing(tube)
        if reported_at is None and counting == value:
            return _repeated(tube, value, people)
        if standing is not None and counting not in (standing, value):
            raise ResultRefused("STANDS", tube=tube.code, previous=counting, people=len(people))
        row, is_new = SampleResult.objects.get_or_create(
            area_id=area_id,
            tube=tube,
            value=value,
            reported_at=moment,
            defaults={"recorded_at": at, "recorded_by": actor.label, "laboratory": laboratory[:80]},
        )
        if not is_new:
            return _repeated(tube, value, people)
        previous, now = _standing(tube, without=row.pk), _standing(tube)
        if previous != now:
            _take_back(tube, previous, people, actor=actor, at=at)
        outcome = _follow(tube, previous, now, actor=actor, at=at)
        Tube.objects.filter(pk=tube.pk).update(state=Tube.State.RESULTED)
        _tell(tube, outcome, actor=actor, at=at)
    return outcome


def _repeated(tube: Tube, value: str, people: list[Registration]) -> ResultOutcome:
    return ResultOutcome(tube.uuid, tube.round.uuid, tube.code, value, value, len(people), is_repeat=True)


def checked(
    area_id: int, tube_code: str, value: str, reported_at: datetime, at: datetime
) -> tuple[Tube, list[Registration]]:
    """This function will return the tube of a result and who is in it. Raises `ResultRefused`."""
    if value not in SampleResult.Value.values:
        raise ResultRefused("BAD_VALUE")
    try:
        code = rules.clean_tube_code(tube_code)
    except rules.BadTubeCode:
        raise ResultRefused("UNKNOWN_TUBE") from None
    tube = Tube.objects.select_related("round__incident").filter(area_id=area_id, code=code).first()
    if tube is None:
        raise ResultRefused("UNKNOWN_TUBE", tube=code)
    if tube.state == Tube.State.VOID:
        raise ResultRefused("VOID_TUBE", tube=code)
    people = _people(tube)
    if not people:
        raise ResultRefused("EMPTY_TUBE", tube=code)
    if reported_at > at + _AHEAD:
        raise ResultRefused("BAD_TIME", tube=code)
    if reported_at < min(row.sampled_at for row in people):
        raise ResultRefused("BEFORE_SAMPLE", tube=code)
    return tube, people


def _people(tube: Tube) -> list[Registration]:
    """Return who is in a tube; an invalid result took their registrations back, but they were in it."""
    rows = Registration.objects.filter(area_id=tube.area_id, tube=tube).select_related("person").order_by("seq", "id")
    return [row for row in rows if row.voided_at is None or row.void_reason == "LAB_INVALID"]


def _standing(tube: Tube, without: int | None = None) -> str:
    rows = SampleResult.objects.filter(tube=tube).values_list("reported_at", "id", "value")
    return rules.standing_value(row for row in rows if row[1] != without)


def overturned(tube: Tube, value: str, reported_at: datetime) -> str:
    """This function will return the result that one of this moment would replace; empty where it replaces none."""
    rows = list(SampleResult.objects.filter(tube=tube).values_list("reported_at", "id", "value"))
    before = rules.standing_value(rows)
    last = max((row[0] for row in rows), default=reported_at)
    return before if before != value and reported_at >= last else ""


# ---------- what follows ----------
def _follow(tube: Tube, previous: str, now: str, *, actor: Actor, at: datetime) -> ResultOutcome:
    people = _people(tube)
    outcome = {"previous": previous, "value": now, "people": len(people)}
    base = ResultOutcome(tube.uuid, tube.round.uuid, tube.code, **outcome)  # type: ignore[arg-type]
    if previous == now:
        return base
    facts: list[StatusFact] = []
    if now == INVALID:
        return _with(base, back_on_list=_back_on_list(tube, people, actor=actor, at=at))
    if now == POSITIVE and len(people) > 1:
        _set(tube, [_fact(tube, row, "SUSPECT") for row in people], actor=actor, at=at)
        recall = open_recall(tube, people, actor=actor, at=at)
        return _with(base, recall_round_uuid=recall.uuid)
    if now == POSITIVE:
        facts = [_fact(tube, row, "CASE") for row in people]
        _set(tube, facts, actor=actor, at=at)
        return _with(base, cases=len(facts))
    if len(people) == 1:
        standing = incidents.status_of(tube.area_id, tube.round.incident_id, [people[0].person_id])
        if any(row.kind == "SUSPECT" for row in standing.values()):
            facts = [_fact(tube, people[0], "CLEARED")]
            _set(tube, facts, actor=actor, at=at)
    return _with(base, cleared=len(facts))


def _with(base: ResultOutcome, **changes: object) -> ResultOutcome:
    names = (*("tube_uuid", "round_uuid", "code", "value", "previous", "people"),)
    return ResultOutcome(**{name: getattr(base, name) for name in names}, **changes)  # type: ignore[arg-type]


def _fact(tube: Tube, row: Registration, kind: str) -> StatusFact:
    # what a sample shows was true when it was taken; validity counts from the sampling
    sampled_at = row.sampled_at
    return StatusFact(
        person_id=row.person_id,
        kind=kind,
        effective_at=sampled_at,
        cause_kind=CAUSE,
        cause_uuid=tube.uuid,
        sample_date=None if kind == "CLEARED" else clock.local_date(sampled_at),
    )


def _set(tube: Tube, facts: list[StatusFact], *, actor: Actor, at: datetime) -> None:
    incidents.set_many_statuses(
        area_id=tube.area_id, incident_id=tube.round.incident_id, facts=facts, actor=actor, at=at
    )


def _back_on_list(tube: Tube, people: list[Registration], *, actor: Actor, at: datetime) -> int:
    ids = [row.pk for row in people if row.voided_at is None]
    Registration.objects.filter(pk__in=ids).update(voided_at=at, void_reason="LAB_INVALID")
    members = RoundMember.objects.filter(
        area_id=tube.area_id, round=tube.round, person_id__in=[row.person_id for row in people]
    )
    return members.update(state=RoundMember.State.DUE, state_at=at, state_reason="LAB_INVALID")


# ---------- what followed before ----------
def _take_back(tube: Tube, previous: str, people: list[Registration], *, actor: Actor, at: datetime) -> None:
    if previous in (POSITIVE, NEGATIVE):
        for row in people:
            for fact in incidents.facts_of_person(tube.area_id, tube.round.incident_id, row.person_id):
                if fact.withdrawn_at is None and (fact.cause_kind, fact.cause_uuid) == (CAUSE, tube.uuid):
                    incidents.withdraw_status(
                        area_id=tube.area_id, uuid=fact.uuid, reason="RESULT_CORRECTED", actor=actor, at=at
                    )
    if previous == POSITIVE and len(people) > 1:
        close_recall(tube, actor=actor, at=at)
    if previous == INVALID:
        _restore(tube, people, at=at)


def _restore(tube: Tube, people: list[Registration], *, at: datetime) -> None:
    """Let registrations count again that an invalid result took back, but for those sampled anew meanwhile."""
    anew = set(
        Registration.objects.filter(
            area_id=tube.area_id,
            round=tube.round,
            person_id__in=[row.person_id for row in people],
            voided_at=None,
        ).values_list("person_id", flat=True)
    )
    back = [row for row in people if row.voided_at is not None and row.person_id not in anew]
    Registration.objects.filter(pk__in=[row.pk for row in back]).update(voided_at=None, void_reason="")
    RoundMember.objects.filter(
        area_id=tube.area_id, round=tube.round, person_id__in=[row.person_id for row in back]
    ).update(state=RoundMember.State.DONE, state_at=at, state_reason="")


def _tell(tube: Tube, outcome: ResultOutcome, *, actor: Actor, at: datetime) -> None:
    outbox.publish(
        ResultRecorded(
            tube.round.incident.uuid, tube.uuid, tube.round.uuid, outcome.value, outcome.previous, outcome.people
        ),
        area_id=tube.area_id,
        at=at,
    )
    audit.record(
        "sampling.result.recorded",
        actor=actor,
        at=at,
        area_id=tube.area_id,
        target_kind="Tube",
        target_uuid=tube.uuid,
        detail={"value": outcome.value, "previous": outcome.previous, "people": outcome.people},
    )
