"""A week of shifts around the engine: what is needed as slots, who can come as workers, and the answer explained.

Minutes are those of the local wall clock since the midnight at which the rota begins, so that a day always has 1440.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from tongxin.engines.planner.limits import LaborLimits
from tongxin.engines.planner.problem import Window
from tongxin.engines.planner.rota import (
    DAY_MIN,
    WEEK_DAYS,
    Rota,
    RotaProblem,
    RotaRule,
    RotaWorker,
    ShiftSlot,
    is_night,
    load_of,
    why_not,
)
from tongxin.workforce.rules import ResponderState, Span, WorkLimits

#: More than this (people times shifts) is no week of one compound, and would be searched for hours.
MOST_PLACES = 20_000
#: Lengths of a part of the day that are proposed, the longest that the rules allow first.
_PARTS_MIN = (720, 480, 360, 240)
_MORNING = 8 * 60
#: The rule to tell of a day on which several rules forbid several shifts: what protects a person comes first.
_TOLD_FIRST = (
    RotaRule.NOT_NEEDED,
    RotaRule.NIGHT_MORNING,
    RotaRule.REST,
    RotaRule.DAYS_IN_A_ROW,
    RotaRule.REST_DAYS,
    RotaRule.WEEK_HOURS,
    RotaRule.DAY_HOURS,
    RotaRule.AVAILABILITY,
    RotaRule.SHIFT_LENGTH,
    RotaRule.SKILL,
)
Pair = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Need:
    """So many people with a skill ("" = any) from one time of day to another, on each day from Monday."""

    skill: str
    starts: time
    ends: time
    people: tuple[int, ...]

    @property
    def minutes(self) -> int:
        """Length of the shift; an end at or before the start lies on the next day."""
        length = (self.ends.hour - self.starts.hour) * 60 + self.ends.minute - self.starts.minute
        return length if length > 0 else length + DAY_MIN

    def as_json(self) -> dict[str, Any]:
        return {
            "skill": self.skill,
            "starts": self.starts.strftime("%H:%M"),
            "ends": self.ends.strftime("%H:%M"),
            "people": list(self.people),
        }


def need_from(body: Mapping[str, Any]) -> Need:
    """Return a need as it was stored."""
    return Need(
        body["skill"], time.fromisoformat(body["starts"]), time.fromisoformat(body["ends"]), tuple(body["people"])
    )


@dataclass(frozen=True, slots=True)
class Slot:
    """One shift of one day (0 = Monday) for so many people."""

    id: str
    day: int
    span: Span
    skill: str
    people: int


def slots_of(needs: Sequence[Need], *, week_date: date, from_date: date, tz: tzinfo) -> list[Slot]:
    """Return the shifts of the days from `from_date` to the Sunday of the week, in the order of time."""
    found = []
    for number, need in enumerate(needs):
        for day, people in enumerate(need.people[:WEEK_DAYS]):
            on = week_date + timedelta(days=day)
            if people and on >= from_date:
                start = datetime.combine(on, need.starts)
                end = start + timedelta(minutes=need.minutes)
                span = Span(start.replace(tzinfo=tz), end.replace(tzinfo=tz))
                found.append(Slot(f"{number}-{day}", day, span, need.skill, people))
    return sorted(found, key=lambda slot: (slot.span.starts_at, slot.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody in service, as of the midnight at which the rota begins. `offers` None: comes at any time."""

    id: int
    skills: frozenset[str]
    state: ResponderState
    offers: tuple[Span, ...] | None = None
    absences: tuple[Span, ...] = ()
    last_end_at: datetime | None = None


def labor_limits(limits: WorkLimits) -> LaborLimits:
    """Return the limits as the engine takes them."""
    return LaborLimits(
        max_shift_min=limits.shift_min,
        max_day_min=limits.shift_min,
        max_week_min=limits.week_min,
        min_rest_min=limits.rest_min,
        max_days_in_a_row=limits.days_in_a_row,
        night_from_min=_of_day(limits.night_from),
        night_until_min=_of_day(limits.night_until),
        night_counts_from_min=limits.night_counts_min,
        morning_until_min=_of_day(limits.morning_until),
    )


def _of_day(clock: time) -> int:
    return clock.hour * 60 + clock.minute


class WeekClock:
    """Turns moments into the engine's minutes since the first midnight of a rota."""

    def __init__(self, from_date: date, tz: tzinfo) -> None:
        self.start = datetime.combine(from_date, time(0))
        self.tz = tz

    def minute(self, at: datetime) -> int:
        """Return the wall-clock minutes from the first midnight to `at`; negative before it."""
        return int((at.astimezone(self.tz).replace(tzinfo=None) - self.start).total_seconds() // 60)

    def window(self, span: Span) -> Window:
        return Window(self.minute(span.starts_at), self.minute(span.ends_at))


def pose(
    slots: Sequence[Slot], candidates: Iterable[Candidate], *, clock: WeekClock, limits: WorkLimits
) -> RotaProblem:
    """Build the engine's problem; whoever has none of the skills that are asked for is left out."""
    asked = {slot.skill for slot in slots}
    workers = [
        RotaWorker(
            id=_key(one.id),
            availability=_windows(one, clock),
            skills=one.skills,
            load_7d=one.state.load_7d,
            days_in_a_row=one.state.days_in_row,
            last_end_min=None if one.last_end_at is None else clock.minute(one.last_end_at),
            worked_night=one.state.worked_night,
        )
        for one in candidates
        if "" in asked or asked & one.skills
    ]
    shifts = [
        ShiftSlot(
            id=slot.id,
            window=clock.window(slot.span),
            people=slot.people,
            skills=frozenset({slot.skill} if slot.skill else ()),
        )
        for slot in slots
    ]
    return RotaProblem(slots=tuple(shifts), workers=tuple(workers), limits=labor_limits(limits))


def _key(responder_id: int) -> str:
    # The engine orders by id: numbers of one length keep their order as text.
    return f"{responder_id:012d}"


def _windows(one: Candidate, clock: WeekClock) -> tuple[Window, ...]:
    if one.offers is None:
        spans = [Window(-DAY_MIN, (WEEK_DAYS + 2) * DAY_MIN)]
    else:
        spans = [clock.window(span) for span in one.offers]
    for gone in one.absences:
        away = clock.window(gone)
        spans = [piece for span in spans for piece in _without(span, away)]
    return tuple(spans)


def _without(span: Window, gone: Window) -> list[Window]:
    if gone.end_min <= span.start_min or span.end_min <= gone.start_min:
        return [span]
    pieces = (
        (span.start_min, min(span.end_min, gone.start_min)),
        (max(span.start_min, gone.end_min), span.end_min),
    )
    return [Window(start, end) for start, end in pieces if end > start]


def pairs_of(answer: Rota) -> list[Pair]:
    """Return who works what with the responders' own ids."""
    return [(int(who), what) for who, what in answer.pairs]


def _engine_pairs(pairs: Iterable[Pair]) -> list[tuple[str, str]]:
    return [(_key(who), what) for who, what in pairs]


def what_forbids(problem: RotaProblem, pairs: Iterable[Pair], who: int, slot_id: str) -> RotaRule | None:
    """Return the rule that somebody would break with a shift beside their others, or None; None too for strangers."""
    if _key(who) not in {worker.id for worker in problem.workers}:
        return RotaRule.SKILL
    rule = why_not(problem, _engine_pairs(pairs), _key(who), slot_id)
    return None if rule is RotaRule.NOT_NEEDED else rule


def broken_pairs(problem: RotaProblem, pairs: Sequence[Pair]) -> list[tuple[int, str, RotaRule]]:
    """Return each place of a rota that breaks a rule as things stand now."""
    found = []
    for who, slot_id in pairs:
        rule = what_forbids(problem, pairs, who, slot_id)
        if rule is not None:
            found.append((who, slot_id, rule))
    return found


def loads(problem: RotaProblem, pairs: Iterable[Pair]) -> dict[int, int]:
    """Return each person's load in minutes with this week's shifts, those of the seven days before included."""
    found = {int(worker.id): worker.load_7d for worker in problem.workers}
    by_id = {slot.id: slot for slot in problem.slots}
    for who, what in pairs:
        found[who] = found.get(who, 0) + load_of(by_id[what], problem)
    return found


def explain(
    problem: RotaProblem,
    pairs: Sequence[Pair],
    slots: Sequence[Slot],
    *,
    absent: Mapping[int, Sequence[int]],
    only: Iterable[int] | None = None,
) -> dict[str, dict[str, dict[str, Any]]]:
    """Return why each person works or is free on each day: responder id -> day -> {why, numbers}.

    `absent` names the days on which somebody told to be away; `only` limits the answer to some people.
    """
    weights = loads(problem, pairs)
    wanted = [int(worker.id) for worker in problem.workers] if only is None else list(only)
    mean = sum(weights.values()) // max(1, len(weights))
    rules = _rules(problem, pairs, wanted if only is not None else None)
    works = Counter(pairs)
    others = {
        slot.id: [who for (who, what), rule in rules.items() if what == slot.id and rule is RotaRule.NOT_NEEDED]
        for slot in slots
    }
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for who in wanted:
        cells = found.setdefault(str(who), {})
        for day in sorted({slot.day for slot in slots}):
            mine = [slot for slot in slots if slot.day == day]
            taken = [slot for slot in mine if works[who, slot.id]]
            if taken:
                cells[str(day)] = _why_works(who, [one for one in others[taken[0].id] if one != who], weights)
            else:
                told = {rules[who, slot.id] for slot in mine if (who, slot.id) in rules}
                cells[str(day)] = _why_free(told, day in absent.get(who, ()), weights.get(who, 0), mean)
    return found


def _rules(problem: RotaProblem, pairs: Sequence[Pair], only: Sequence[int] | None) -> dict[Pair, RotaRule]:
    """Return what keeps each person from each shift that they do not work.

    For some people only, the others who could come are still counted for the shifts that these people work.
    """
    works, engine = set(pairs), _engine_pairs(pairs)
    mine = None if only is None else {what for who, what in pairs if who in set(only)}
    return {
        (int(worker.id), slot.id): why_not(problem, engine, worker.id, slot.id)
        for worker in problem.workers
        for slot in problem.slots
        if (int(worker.id), slot.id) not in works
        and (only is None or mine is None or int(worker.id) in only or slot.id in mine)
    }


def _why_works(who: int, others: Sequence[int], weights: Mapping[int, int]) -> dict[str, Any]:
    if not others:
        return {"why": "ONLY_ONE", "numbers": {}}
    lighter = sum(weights[one] < weights[who] for one in others)
    code = "FEWER_LIGHTER" if lighter else "LIGHTEST"
    return {"why": code, "numbers": {"others": len(others), "lighter": lighter, "load": weights[who]}}


def _why_free(told: set[RotaRule], is_absent: bool, load: int, mean: int) -> dict[str, Any]:
    if is_absent:
        return {"why": "ABSENT", "numbers": {}}
    rule = next((one for one in _TOLD_FIRST if one in told), None)
    return {"why": rule.value if rule else "NO_SHIFT", "numbers": {"load": load, "mean": mean}}


def empty_places(
    problem: RotaProblem, pairs: Sequence[Pair], absent: Mapping[int, Sequence[int]]
) -> list[dict[str, Any]]:
    """Return the shifts that miss people, with what forbids it to how many and the smallest relief.

    ASK names people who would be allowed to come if they had time then (asked again with that time, not guessed);
    SHORTER: the shift is longer than the rules allow; MORE: so many more people with the skill are needed.
    """
    there = Counter(what for _, what in pairs)
    engine = _engine_pairs(pairs)
    found = []
    for slot in problem.slots:
        missing = slot.people - there[slot.id]
        if missing <= 0:
            continue
        works = {who for who, what in engine if what == slot.id}
        told = {one.id: why_not(problem, engine, one.id, slot.id) for one in problem.workers if one.id not in works}
        counts = Counter(rule.value for rule in told.values())
        found.append(
            {
                "slot": slot.id,
                "people": missing,
                "bindings": dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))),
                "relief": _relief(problem, engine, slot, told=told, absent=absent) | {"missing": missing},
            }
        )
    return found


def _relief(
    problem: RotaProblem,
    pairs: Sequence[tuple[str, str]],
    slot: ShiftSlot,
    *,
    told: Mapping[str, RotaRule],
    absent: Mapping[int, Sequence[int]],
) -> dict[str, Any]:
    if slot.window.end_min - slot.window.start_min > problem.limits.max_shift_min:
        return {"kind": "SHORTER", "limit": problem.limits.max_shift_min}
    fit = [int(who) for who, rule in told.items() if rule is RotaRule.NOT_NEEDED]
    for worker in problem.workers:
        if told.get(worker.id) is not RotaRule.AVAILABILITY or absent.get(int(worker.id)):
            continue
        free = replace(worker, availability=(slot.window,))
        asked = replace(problem, workers=(free,))
        if why_not(asked, pairs, worker.id, slot.id) is RotaRule.NOT_NEEDED:
            fit.append(int(worker.id))
    return {"kind": "ASK", "people": fit[:5], "count": len(fit)} if fit else {"kind": "MORE"}


@dataclass(frozen=True, slots=True)
class Share:
    """What a week asks of one person: minutes, nights, shifts at the weekend, days with a shift, load with history."""

    minutes: int
    nights: int
    weekend: int
    days: int
    load: int


def shares(problem: RotaProblem, pairs: Sequence[Pair], slots: Sequence[Slot]) -> dict[int, Share]:
    """Return for each person what the week asks of them: fairness in figures."""
    weights = loads(problem, pairs)
    shift = {slot.id: slot for slot in problem.slots}
    day = {slot.id: slot.day for slot in slots}
    found = {}
    for worker in problem.workers:
        mine = [what for who, what in pairs if who == int(worker.id)]
        found[int(worker.id)] = Share(
            minutes=sum(shift[what].window.end_min - shift[what].window.start_min for what in mine),
            nights=sum(is_night(shift[what], problem.limits) for what in mine),
            weekend=sum(day[what] >= 5 for what in mine),
            days=len({day[what] for what in mine}),
            load=weights[int(worker.id)],
        )
    return found


@dataclass(frozen=True, slots=True)
class Demand:
    """Work that was or will be there: one hand of one task, in its window."""

    starts_at: datetime
    ends_at: datetime
    minutes: int
    skills: tuple[str, ...] = ()


def proposed_needs(demands: Iterable[Demand], *, days: int, limits: WorkLimits) -> list[Need]:
    """Return what to begin with: the mean work of a day by skill and part of the day, in people of a full shift.

    A day has parts as long as the longest shift allowed (12, 8, 6 or 4 hours), from 8 o'clock on. Work counts for the
    part in which the middle of its window lies.
    """
    part_min = next((length for length in _PARTS_MIN if length <= limits.shift_min), _PARTS_MIN[-1])
    minutes: Counter[tuple[str, int]] = Counter()
    for demand in demands:
        middle = (demand.starts_at + (demand.ends_at - demand.starts_at) / 2).astimezone(limits.tz)
        part = ((_of_day(middle.time()) - _MORNING) % DAY_MIN) // part_min
        minutes[demand.skills[0] if demand.skills else "", part] += demand.minutes
    found = []
    for (skill, part), total in sorted(minutes.items()):
        people = -(-total // (max(1, days) * part_min))
        start = (_MORNING + part * part_min) % DAY_MIN
        end = (start + part_min) % DAY_MIN
        found.append(Need(skill, time(start // 60, start % 60), time(end // 60, end % 60), (people,) * WEEK_DAYS))
    return found
