"""What a week of shifts is made from: who is in service, when they offered to come, what they will have worked."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from tongxin.base import clock
from tongxin.engines.planner.rota import RotaProblem
from tongxin.workforce import rota as rules
from tongxin.workforce.api.reads import (
    absences_between,
    limits_for,
    list_responders,
    local_zone,
    shifts_between,
    state_of,
)
from tongxin.workforce.demand import demand_between
from tongxin.workforce.models import Responder, Rota
from tongxin.workforce.rota import Candidate, Need, Slot, WeekClock
from tongxin.workforce.rules import Span, Stint, WorkLimits

_WEEK = timedelta(days=7)
_AHEAD = timedelta(days=2)
Offers = dict[int, list[Span]]


@dataclass(frozen=True, slots=True)
class RotaFacts:
    """One week posed as it stands now. `absent`: responder id -> days (0 = Monday) with a told absence."""

    slots: list[Slot]
    problem: RotaProblem
    people: dict[int, Responder]
    absent: dict[int, list[int]]
    offers: Offers
    limits: WorkLimits
    clock: WeekClock


def midnight_of(day: date) -> datetime:
    """Return the local midnight with which a day begins."""
    return datetime.combine(day, time(0), tzinfo=local_zone())


def propose_needs(*, area_id: int, at: datetime) -> list[Need]:
    """Return the mean work of a day, from the tasks of the last seven days and the next two, in people and shifts."""
    demands = demand_between(area_id, at - _WEEK, at + _AHEAD)
    days = {clock.local_date(demand.starts_at) for demand in demands}
    return rules.proposed_needs(demands, days=len(days), limits=limits_for(area_id=area_id, at=at))


def read_facts(rota: Rota, *, at: datetime) -> RotaFacts:
    """Read who could work the shifts that a rota asks for, and pose the problem as of its first midnight."""
    area_id, zone = rota.area_id, local_zone()
    limits = limits_for(area_id=area_id, at=at)
    slots = rules.slots_of(
        [rules.need_from(body) for body in rota.needs], week_date=rota.week_date, from_date=rota.from_date, tz=zone
    )
    begin, end = midnight_of(rota.from_date), midnight_of(rota.week_date + _WEEK)
    offers = read_offers(area_id, rota.week_date, begin, end)
    people = {row.pk: row for row in list_responders(area_id=area_id)}
    if rota.whom == "OFFERED":
        people = {pk: row for pk, row in people.items() if pk in offers}
    gone: dict[int, list[Span]] = defaultdict(list)
    for absence in absences_between(area_id, begin - timedelta(days=1), end + timedelta(days=1)):
        gone[absence.responder_id].append(Span(absence.starts_at, absence.ends_at))
    coming = _coming(area_id, rota.week_date, at, begin)
    states = state_of(area_id=area_id, responder_ids=list(people), at=begin, limits=limits, coming=coming)
    candidates = [
        Candidate(
            id=pk,
            skills=frozenset(row.skills or ()),
            state=states[pk],
            offers=tuple(offers[pk]) if pk in offers else None,
            absences=tuple(gone[pk]) if pk in gone else (),
            last_end_at=max([span.ends_at for span in coming.get(pk, ())], default=states[pk].last_duty_end_at),
        )
        for pk, row in people.items()
    ]
    week_clock = WeekClock(rota.from_date, zone)
    problem = rules.pose(slots, candidates, clock=week_clock, limits=limits)
    taking_part = {int(worker.id) for worker in problem.workers}
    return RotaFacts(
        slots=slots,
        problem=problem,
        people={pk: row for pk, row in people.items() if pk in taking_part},
        absent=_absent_days(gone, rota.week_date),
        offers=offers,
        limits=limits,
        clock=week_clock,
    )


def read_offers(area_id: int, week_date: date, begin: datetime, end: datetime) -> Offers:
    """Return when each responder said they could come between two moments, in one piece where the shifts touch.

    Where a rota of the week is in force its own shifts are no offers: what it laid aside is, and what was agreed since.
    """
    in_force = Rota.objects.filter(area_id=area_id, week_date=week_date, state=Rota.State.TAKEN).first()
    made = made_by(in_force) if in_force is not None else set()
    found: Offers = defaultdict(list)
    if in_force is not None:
        for pk, spans in in_force.offers.items():
            found[int(pk)] += [_span(body) for body in spans]
    # An offer of the evening before may reach into the first day, one of the last evening beyond the week.
    for shift in shifts_between(area_id, begin, end):
        if (shift.responder_id, shift.starts_at) not in made:
            found[shift.responder_id].append(Span(shift.starts_at, shift.ends_at))
    return {pk: _joined(spans) for pk, spans in found.items()}


def _joined(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in sorted(spans, key=lambda one: (one.starts_at, one.ends_at)):
        if joined and span.starts_at <= joined[-1].ends_at:
            joined[-1] = Span(joined[-1].starts_at, max(joined[-1].ends_at, span.ends_at))
        else:
            joined.append(span)
    return joined


def _span(body: Sequence[str]) -> Span:
    return Span(datetime.fromisoformat(body[0]), datetime.fromisoformat(body[1]))


def offers_json(offers: Offers, people: Iterable[int]) -> dict[str, list[list[str]]]:
    """Return offers as they are stored with a rota."""
    return {
        str(pk): [[span.starts_at.isoformat(), span.ends_at.isoformat()] for span in offers[pk]]
        for pk in people
        if pk in offers
    }


def slots_by_id(rota: Rota) -> dict[str, Slot]:
    """Return the shifts that a rota asks for."""
    needs = [rules.need_from(body) for body in rota.needs]
    found = rules.slots_of(needs, week_date=rota.week_date, from_date=rota.from_date, tz=local_zone())
    return {slot.id: slot for slot in found}


def made_by(rota: Rota) -> set[tuple[int, datetime]]:
    """Return responder and start of each shift that a rota makes when it is taken."""
    slots = slots_by_id(rota)
    return {(who, slots[what].span.starts_at) for who, what in rota.pairs if what in slots}


def _coming(area_id: int, week_date: date, at: datetime, begin: datetime) -> Mapping[int, list[Stint]]:
    """Return what people will have worked between now and the first midnight, by the rotas in force."""
    found: dict[int, list[Stint]] = defaultdict(list)
    rows = Rota.objects.filter(
        area_id=area_id, state=Rota.State.TAKEN, week_date__lte=week_date, week_date__gte=at.date() - timedelta(days=8)
    )
    for rota in rows:
        slots = slots_by_id(rota)
        for who, what in rota.pairs:
            span = slots[what].span if what in slots else None
            if span is not None and at <= span.starts_at < begin:
                found[who].append(Stint(span.starts_at, span.ends_at))
    return found


def _absent_days(gone: Mapping[int, Sequence[Span]], week_date: date) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for pk, spans in gone.items():
        days = [
            day
            for day in range(7)
            if any(
                span.starts_at < midnight_of(week_date + timedelta(days=day + 1))
                and span.ends_at > midnight_of(week_date + timedelta(days=day))
                for span in spans
            )
        ]
        if days:
            found[pk] = days
    return found
