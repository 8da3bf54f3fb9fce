"""A week of shifts: asked for, made in the background, changed cell by cell, taken, taken back."""

import time
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from tongxin.base import audit, clock
from tongxin.base.actors import Actor
from tongxin.base.outbox import ask_cancel, enqueue, publish
from tongxin.base.versions import update_versioned
from tongxin.engines.planner.rota import RotaCancelled, RotaRule, make_rota
from tongxin.incidents import api as incidents
from tongxin.workforce import rota as rules
from tongxin.workforce.api.reads import get_responder, limits_for, local_zone, shifts_between
from tongxin.workforce.api.rota_facts import (
    RotaFacts,
    made_by,
    midnight_of,
    offers_json,
    read_facts,
    slots_by_id,
)
from tongxin.workforce.api.values import ShiftDraft
from tongxin.workforce.api.writes import store_shifts
from tongxin.workforce.events import RotaSettled
from tongxin.workforce.models import Rota, Shift
from tongxin.workforce.rota import Need
from tongxin.workforce.rules import Span, WorkLimits, week_start

ROTA_JOB = "workforce.rota"
WHOM = ("OFFERED", "ALL")
MOST_NEEDS = 24
#: A week lies at most so far ahead: who can come is not known for later ones.
MOST_WEEKS_AHEAD = 8
_SECONDS = 20.0
_WEEK = timedelta(days=7)
_State = Rota.State
GOING = (_State.WAITING, _State.RUNNING)
Report = Callable[[int], bool]
Now = Callable[[], datetime]


class RotaRunning(Exception):
    """A rota of this week waits or runs already."""


class WeekOver(Exception):
    """The week has no day left that a rota could still change, or lies too far ahead."""


class WrongNeeds(ValueError):
    """Nothing is asked for, or more than a week of one compound can be."""


class NotThisState(Exception):
    """The rota is not in the state that this step needs; the row says in which."""


class TooLate(Exception):
    """A shift of the rota has begun: it is not taken back as a whole any more."""


class RotaRefused(Exception):
    """A change or the whole rota breaks rules: (responder id, slot id, rule) of each."""

    def __init__(self, broken: Sequence[tuple[int, str, RotaRule]]) -> None:
        super().__init__(", ".join(rule.value for _, _, rule in broken))
        self.broken = tuple(broken)


def monday_of(at: datetime) -> date:
    """Return the Monday of the week of a moment."""
    return week_start(at, local_zone()).date()


def first_day(week_date: date, at: datetime) -> date:
    """Return the first day that a rota of this week would set. Raises WeekOver.

    Today is under way: its people have been told, and changes to it are made on a person's page.
    """
    day = max(week_date, clock.local_date(at) + timedelta(days=1))
    if day >= week_date + _WEEK or week_date > monday_of(at) + MOST_WEEKS_AHEAD * _WEEK:
        raise WeekOver
    return day


def ask_rota(
    *, area_id: int, week_date: date, needs: Sequence[Need], whom: str = "OFFERED", actor: Actor, at: datetime
) -> Rota:
    """Ask for a week of shifts; the answer is a proposal. Raises WeekOver, WrongNeeds, RotaRunning."""
    from_date = first_day(week_date, at)
    if week_date.weekday() or whom not in WHOM or len(needs) > MOST_NEEDS:
        raise WrongNeeds
    slots = rules.slots_of(needs, week_date=week_date, from_date=from_date, tz=local_zone())
    if not slots:
        raise WrongNeeds
    try:
        with transaction.atomic():
            rota = Rota.objects.create(
                area_id=area_id,
                week_date=week_date,
                from_date=from_date,
                whom=whom,
                needs=[need.as_json() for need in needs],
                asked_at=at,
            )
    except IntegrityError as error:
        raise RotaRunning from error
    rota.job = enqueue(ROTA_JOB, area_id=area_id, at=at, payload={"rota": str(rota.uuid)}, key=str(rota.uuid))
    Rota.objects.filter(pk=rota.pk).update(job=rota.job)
    _note("asked", rota, actor=actor, at=at, detail={"shifts": len(slots), "whom": whom})
    return rota


def _note(verb: str, rota: Rota, *, actor: Actor, at: datetime, detail: dict[str, Any] | None = None) -> None:
    audit.record(
        f"workforce.rota.{verb}",
        actor=actor,
        at=at,
        area_id=rota.area_id,
        target_kind="Rota",
        target_uuid=rota.uuid,
        detail={"week": rota.week_date.isoformat(), **(detail or {})},
    )


def cancel_rota(*, area_id: int, uuid: UUID, actor: Actor, at: datetime) -> bool:
    """Stop the making of a rota; False when it was over already. Raises Rota.DoesNotExist."""
    with transaction.atomic():
        rota = Rota.objects.get(area_id=area_id, uuid=uuid)
        if rota.job is not None:
            ask_cancel(rota.job, area_id=area_id)
        rows = Rota.objects.filter(pk=rota.pk, state__in=GOING)
        is_stopped = bool(rows.update(state=_State.CANCELLED, finished_at=at))
        if is_stopped:
            _note("cancelled", rota, actor=actor, at=at)
    return is_stopped


def run_rota(*, area_id: int, rota_uuid: UUID, now: Now, report: Report) -> Rota | None:
    """Make a rota that was asked for, and propose it; for the worker of long jobs. None when it was over before.

    `report` writes the progress and says whether somebody asked to stop.
    """
    rows = Rota.objects.filter(area_id=area_id, uuid=rota_uuid)
    if not rows.filter(state__in=[*GOING, _State.FAILED]).update(state=_State.RUNNING, started_at=now(), share=0):
        return None
    rota = rows.get()
    try:
        facts = read_facts(rota, at=now())
        if len(facts.people) * len(facts.slots) > rules.MOST_PLACES:
            return _end(rota, _State.FAILED, now(), stats={"why": "TOO_MANY"})
        answer = make_rota(
            facts.problem, seconds=_seconds(area_id, now()), progress=_teller(rota, report, now_s=time.monotonic)
        )
    except RotaCancelled:
        return _end(rota, _State.CANCELLED, now())
    except Exception:
        _end(rota, _State.FAILED, now())
        raise
    pairs = rules.pairs_of(answer)
    rota.pairs = [list(pair) for pair in pairs]
    rota.cells = rules.explain(facts.problem, pairs, facts.slots, absent=facts.absent)
    rota.empty = rules.empty_places(facts.problem, pairs, facts.absent)
    rota.offers = offers_json(facts.offers, facts.people)
    with transaction.atomic():
        others = Rota.objects.filter(area_id=area_id, week_date=rota.week_date, state=_State.PROPOSED)
        others.update(state=_State.DISCARDED, settled_at=now())
        return _end(rota, _State.PROPOSED, now(), stats={"is_proven": answer.is_proven, "people": len(facts.people)})


def _teller(rota: Rota, report: Report, *, now_s: Callable[[], float]) -> Callable[[float], bool]:
    """Return what the engine calls: once a second it writes the share and asks whether to stop."""
    last, stop = float("-inf"), False

    def tell(share: float) -> bool:
        nonlocal last, stop
        if now_s() - last >= 1.0:
            last = now_s()
            percent = min(99, round(100 * share))
            is_going = Rota.objects.filter(pk=rota.pk, state=_State.RUNNING).update(share=percent)
            stop = report(percent) or not is_going
        return stop

    return tell


def _seconds(area_id: int, at: datetime) -> float:
    """Return how long a search may take by the profile of the open incident; twenty seconds without one."""
    incident = incidents.find_open_incident(area_id)
    if incident is None:
        return _SECONDS
    try:
        return float(incidents.rule_set_of(incident, clock.local_date(at)).planning.search_seconds.value)
    except LookupError:
        return _SECONDS


def _end(rota: Rota, state: str, at: datetime, stats: dict[str, Any] | None = None) -> Rota:
    """Write how the making ended, unless somebody stopped it meanwhile."""
    Rota.objects.filter(pk=rota.pk, state=_State.RUNNING).update(
        state=state,
        finished_at=at,
        share=100,
        stats=stats or {},
        pairs=rota.pairs,
        cells=rota.cells,
        empty=rota.empty,
        offers=rota.offers,
    )
    return Rota.objects.get(pk=rota.pk)


def get_rota(area_id: int, uuid: UUID) -> Rota:
    """Return a rota. Raises Rota.DoesNotExist."""
    return Rota.objects.get(area_id=area_id, uuid=uuid)


def rotas_of_week(*, area_id: int, week_date: date) -> list[Rota]:
    """Return the rotas of a week, newest first; the large parts (reasons, what was before) are not read."""
    rows = Rota.objects.filter(area_id=area_id, week_date=week_date).defer("cells", "offers", "before", "pairs")
    return list(rows.order_by("-id")[:10])


def rota_in_force(*, area_id: int, week_date: date) -> Rota | None:
    """Return the rota of a week that was taken, or None."""
    return Rota.objects.filter(area_id=area_id, week_date=week_date, state=_State.TAKEN).first()


def broken_now(rota: Rota, facts: RotaFacts) -> list[tuple[int, str, RotaRule]]:
    """Return what a proposal breaks as things stand now: somebody told to be away since, or worked more than known."""
    known = {slot.id for slot in facts.slots}
    gone = [(who, what, RotaRule.AVAILABILITY) for who, what in rota.pairs if who not in facts.people]
    kept = [(who, what) for who, what in rota.pairs if what in known and who in facts.people]
    return [*gone, *rules.broken_pairs(facts.problem, kept)]


def change_cell(
    *, area_id: int, uuid: UUID, responder_uuid: UUID, day: int, slot_id: str, actor: Actor, at: datetime
) -> Rota:
    """Give somebody another shift of a day, or none (`slot_id` empty); the rules are asked first.

    Raises Rota.DoesNotExist, NotThisState, RotaRefused, WrongNeeds (no such shift on that day), StaleVersion.
    """
    with transaction.atomic():
        rota = Rota.objects.select_for_update().get(area_id=area_id, uuid=uuid)
        if rota.state != _State.PROPOSED:
            raise NotThisState
        who = get_responder(area_id, responder_uuid).pk
        facts = read_facts(rota, at=at)
        slots = {slot.id: slot for slot in facts.slots}
        if slot_id and (slot_id not in slots or slots[slot_id].day != day):
            raise WrongNeeds
        kept = [
            (one, what) for one, what in rota.pairs if what in slots and not (one == who and slots[what].day == day)
        ]
        if slot_id:
            rule = rules.what_forbids(facts.problem, kept, who, slot_id)
            if rule is not None:
                raise RotaRefused([(who, slot_id, rule)])
            kept.append((who, slot_id))
        cells = rota.cells | rules.explain(facts.problem, kept, facts.slots, absent=facts.absent, only=[who])
        cells[str(who)][str(day)] = {"why": "BY_HAND", "numbers": {}}
        changed = update_versioned(
            rota,
            rota.version,
            pairs=sorted([list(pair) for pair in kept]),
            cells=cells,
            empty=rules.empty_places(facts.problem, kept, facts.absent),
        )
        _note(
            "changed", rota, actor=actor, at=at, detail={"day": day, "shift": slot_id, "responder": str(responder_uuid)}
        )
    return changed


def take_rota(*, area_id: int, uuid: UUID, actor: Actor, at: datetime) -> Rota:
    """Make a proposal the shifts of the week: what the people of it had offered on these days is laid aside.

    Raises Rota.DoesNotExist, NotThisState, WeekOver (a shift of it has begun), RotaRefused with what broke since.
    """
    with transaction.atomic():
        rota = Rota.objects.select_for_update().get(area_id=area_id, uuid=uuid)
        if rota.state != _State.PROPOSED:
            raise NotThisState
        if at >= midnight_of(rota.from_date):
            raise WeekOver
        facts = read_facts(rota, at=at)
        broken = broken_now(rota, facts)
        if broken:
            raise RotaRefused(broken)
        old = rota_in_force(area_id=area_id, week_date=rota.week_date)
        if old is not None:
            Rota.objects.filter(pk=old.pk).update(state=_State.REPLACED, settled_at=at)
        people = {*facts.people, *({who for who, _ in old.pairs} if old is not None else ())}
        begin, end = midnight_of(rota.from_date), midnight_of(rota.week_date + _WEEK)
        before = [row for row in shifts_between(area_id, begin, end, people) if row.starts_at >= begin]
        Shift.objects.filter(pk__in=[row.pk for row in before]).update(cancelled_at=at)
        slots = {slot.id: slot.span for slot in facts.slots}
        _store([(who, slots[what]) for who, what in rota.pairs], area_id, facts.limits)
        Rota.objects.filter(pk=rota.pk).update(
            state=_State.TAKEN,
            settled_at=at,
            replaces=old,
            before=[[row.responder_id, row.starts_at.isoformat(), row.ends_at.isoformat()] for row in before],
        )
        _note("adopted", rota, actor=actor, at=at, detail={"shifts": len(rota.pairs), "laid_aside": len(before)})
        publish(RotaSettled(rota.uuid, is_taken=True), area_id=area_id, at=at)
    return Rota.objects.get(pk=rota.pk)


def _store(spans: Sequence[tuple[int, Span]], area_id: int, limits: WorkLimits) -> None:
    drafts = [ShiftDraft(who, span.starts_at, span.ends_at) for who, span in spans]
    if drafts:
        store_shifts(drafts, area_id=area_id, limits=limits)


def undo_rota(*, area_id: int, uuid: UUID, actor: Actor, at: datetime) -> Rota:
    """Take a rota back: the shifts that it laid aside are there again, and so is the rota before it.

    Raises Rota.DoesNotExist, NotThisState, TooLate.
    """
    with transaction.atomic():
        rota = Rota.objects.select_for_update().get(area_id=area_id, uuid=uuid)
        if rota.state != _State.TAKEN:
            raise NotThisState
        if at >= min((slot.span.starts_at for slot in slots_by_id(rota).values()), default=at):
            raise TooLate
        made = made_by(rota)
        begin, end = midnight_of(rota.from_date), midnight_of(rota.week_date + _WEEK)
        rows = shifts_between(area_id, begin, end, {who for who, _ in made})
        own = [row.pk for row in rows if (row.responder_id, row.starts_at) in made]
        Shift.objects.filter(pk__in=own).update(cancelled_at=at)
        spans = [(who, Span(datetime.fromisoformat(a), datetime.fromisoformat(b))) for who, a, b in rota.before]
        _store(spans, area_id, limits_for(area_id=area_id, at=at))
        Rota.objects.filter(pk=rota.pk).update(state=_State.UNDONE, settled_at=at)
        if rota.replaces_id is not None:
            Rota.objects.filter(pk=rota.replaces_id, state=_State.REPLACED).update(state=_State.TAKEN, settled_at=at)
        _note("undone", rota, actor=actor, at=at, detail={"shifts": len(own), "put_back": len(spans)})
        publish(RotaSettled(rota.uuid, is_taken=False), area_id=area_id, at=at)
    return Rota.objects.get(pk=rota.pk)


def discard_rota(*, area_id: int, uuid: UUID, actor: Actor, at: datetime) -> Rota:
    """Lay a proposal aside. Raises Rota.DoesNotExist, NotThisState."""
    with transaction.atomic():
        rows = Rota.objects.filter(area_id=area_id, uuid=uuid, state=_State.PROPOSED)
        rota = get_rota(area_id, uuid)
        if not rows.update(state=_State.DISCARDED, settled_at=at):
            raise NotThisState
        _note("discarded", rota, actor=actor, at=at)
    return get_rota(area_id, uuid)
