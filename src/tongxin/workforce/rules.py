"""Who may work when: rest, hours, nights, protective equipment, hot and clean. Every refusal carries its numbers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from itertools import pairwise
from typing import Protocol, TypeVar

#: Rank of a place by the canonical level of its zone; a place without a level has rank 0.
ZONE_RANKS: Mapping[str, int] = {"LOW": 1, "MEDIUM": 2, "HIGH": 3}
#: From this rank on a zone is hot: whoever worked there may not enter a cleaner one before the exit protocol.
HOT_FROM_RANK = 3
#: Work in a hot zone weighs this much in a person's load.
HOT_PERCENT = 150
#: Equipment of this level and above is worn against the clock (coverall, N95, shield).
PPE_FROM_LEVEL = 2
LOAD_DAYS = 7

SKILLS = ("SAMPLING", "REGISTRATION", "GUARD", "CARRY", "CALLS", "DRIVING", "TRACING", "DISINFECTION")
#: What a kind of responder brings when the ledger names no skill.
SKILLS_BY_KIND: Mapping[str, tuple[str, ...]] = {
    "MEDIC": ("SAMPLING", "REGISTRATION"),
    "DRIVER": ("DRIVING",),
    "STAFF": ("CALLS", "REGISTRATION"),
    "VOLUNTEER": ("REGISTRATION", "GUARD", "CARRY"),
}


class WorkRule(StrEnum):
    """A rule on human work; the same words as the planner's rules, so that one sentence serves both."""

    AVAILABILITY = "AVAILABILITY"
    ABSENT = "ABSENT"
    INACTIVE = "INACTIVE"
    SHIFT_LENGTH = "SHIFT_LENGTH"
    DAY_HOURS = "DAY_HOURS"
    WEEK_HOURS = "WEEK_HOURS"
    REST = "REST"
    DAYS_IN_A_ROW = "DAYS_IN_A_ROW"
    NIGHT_MORNING = "NIGHT_MORNING"
    PPE_TIME = "PPE_TIME"
    ZONE_ORDER = "ZONE_ORDER"
    OVERLAP = "OVERLAP"


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A rule that says no: `numbers` are the named placeholders of its sentence (minutes, counts, ISO times)."""

    rule: WorkRule
    numbers: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkLimits:
    """Limits in minutes and days, made from a rule set by `limits_from`; the defaults are only a cautious start."""

    shift_min: int = 480
    rest_min: int = 660
    days_in_a_row: int = 6
    ppe_min: int = 240
    ppe_break_min: int = 60
    night_from: time = time(22)
    night_until: time = time(6)
    night_counts_min: int = 120
    morning_until: time = time(12)
    exit_days: int = 5
    exit_tests: tuple[int, ...] = (1, 3, 5)
    source: str = ""
    tz: tzinfo = UTC

    @property
    def week_min(self) -> int:
        """Return the most minutes in a week: no profile names them, the longest day on every allowed day does."""
        return self.shift_min * min(self.days_in_a_row, 7)


V = TypeVar("V", covariant=True)


class _Value(Protocol[V]):
    @property
    def value(self) -> V: ...


class _Window(Protocol):
    @property
    def start(self) -> time: ...
    @property
    def until(self) -> time: ...


class PeopleRules(Protocol):
    """The part of a rule set that protects those who serve (`RuleSet.people`)."""

    @property
    def shift_hours(self) -> _Value[int]: ...
    @property
    def rest_hours(self) -> _Value[int]: ...
    @property
    def ppe_hours(self) -> _Value[int]: ...
    @property
    def ppe_break_minutes(self) -> _Value[int]: ...
    @property
    def days_in_row(self) -> _Value[int]: ...
    @property
    def night(self) -> _Value[_Window]: ...
    @property
    def morning_until(self) -> _Value[time]: ...
    @property
    def exit_days(self) -> _Value[int]: ...
    @property
    def exit_tests(self) -> _Value[tuple[int, ...]]: ...


def limits_from(people: PeopleRules, *, tz: tzinfo, source: str = "") -> WorkLimits:
    """Return the limits of a rule set."""
    return WorkLimits(
        shift_min=people.shift_hours.value * 60,
        rest_min=people.rest_hours.value * 60,
        days_in_a_row=people.days_in_row.value,
        ppe_min=people.ppe_hours.value * 60,
        ppe_break_min=people.ppe_break_minutes.value,
        night_from=people.night.value.start,
        night_until=people.night.value.until,
        morning_until=people.morning_until.value,
        exit_days=people.exit_days.value,
        exit_tests=tuple(people.exit_tests.value),
        source=source,
        tz=tz,
    )


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, end exclusive."""

    starts_at: datetime
    ends_at: datetime

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)


@dataclass(frozen=True, slots=True)
class Stint:
    """One finished piece of work, as the duty records hold it."""

    starts_at: datetime
    ends_at: datetime
    ppe_minutes: int = 0
    zone_rank: int = 0

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponderState:
    """What counts for a responder's next piece of work, as of one moment.

    Duty includes waiting: a pause shorter than the rest between shifts does not end a shift. `minutes_week` counts
    the calendar week (from Monday), `days_in_row` the days up to yesterday, `load_7d` weighted minutes.
    """

    minutes_today: int = 0
    minutes_week: int = 0
    days_in_row: int = 0
    last_duty_end_at: datetime | None = None
    shift_started_at: datetime | None = None
    worked_night: bool = False
    ppe_minutes_since_break: int = 0
    cohort: str = "CLEAN"
    hottest_zone_rank: int = 0
    exit_done: bool = True
    load_7d: int = 0
    last_asked_at: datetime | None = None
    is_active: bool = True


def weighted(minutes: int, zone_rank: int) -> int:
    """Return the load of so many minutes of work."""
    return minutes * (HOT_PERCENT if zone_rank >= HOT_FROM_RANK else 100) // 100


def duties(stints: Iterable[Stint], limits: WorkLimits) -> list[Span]:
    """Join pieces of work into shifts: a pause shorter than the rest does not end a shift, unless it would grow
    beyond the longest one."""
    joined: list[Span] = []
    for stint in sorted(stints, key=lambda s: (s.starts_at, s.ends_at)):
        last = joined[-1] if joined else None
        pause = (stint.starts_at - last.ends_at).total_seconds() / 60 if last else 0
        if last is not None and pause < limits.rest_min and (pause <= 0 or _fits(last, stint, limits)):
            joined[-1] = Span(last.starts_at, max(last.ends_at, stint.ends_at))
        else:
            joined.append(Span(stint.starts_at, stint.ends_at))
    return joined


def _fits(last: Span, stint: Stint, limits: WorkLimits) -> bool:
    return stint.starts_at - last.starts_at < timedelta(minutes=limits.shift_min)


def midnight(at: datetime, tz: tzinfo) -> datetime:
    """Return the last local midnight at or before `at`."""
    return at.astimezone(tz).replace(hour=0, minute=0, second=0, microsecond=0)


def week_start(at: datetime, tz: tzinfo) -> datetime:
    """Return the local midnight with which the calendar week of `at` began (Monday)."""
    day = midnight(at, tz)
    return day - timedelta(days=day.weekday())


def _inside(span: Span, start: datetime, end: datetime) -> int:
    return max(0, int((min(span.ends_at, end) - max(span.starts_at, start)).total_seconds() // 60))


def _local(day: date, clock: time, tz: tzinfo) -> datetime:
    return datetime.combine(day, clock, tzinfo=tz)


def night_dawn(span: Span, limits: WorkLimits) -> date | None:
    """Return the day on which the night ended that this shift worked in, or None for a day shift."""
    first = span.starts_at.astimezone(limits.tz).date()
    last = span.ends_at.astimezone(limits.tz).date() + timedelta(days=1)
    found: date | None = None
    for day in (first + timedelta(days=n) for n in range((last - first).days + 1)):
        begins = _local(day - timedelta(days=1), limits.night_from, limits.tz)
        if _inside(span, begins, _local(day, limits.night_until, limits.tz)) >= limits.night_counts_min:
            found = day
    return found


def ppe_worn(stints: Sequence[Stint], at: datetime, limits: WorkLimits) -> int:
    """Return minutes of protective equipment up to `at` since the last sufficient break; walking counts."""
    since: datetime | None = None
    last_end: datetime | None = None
    for stint in sorted(stints, key=lambda s: s.starts_at):
        if last_end is not None and (stint.starts_at - last_end).total_seconds() / 60 >= limits.ppe_break_min:
            since = None
        if stint.ppe_minutes and since is None:
            since = stint.starts_at
        last_end = stint.ends_at if last_end is None else max(last_end, stint.ends_at)
    if since is None or last_end is None or (at - last_end).total_seconds() / 60 >= limits.ppe_break_min:
        return 0
    return max(0, int((at - since).total_seconds() // 60))


def is_exit_done(
    *,
    hottest_zone_rank: int,
    exit_started_at: datetime | None,
    tests_done: Iterable[int],
    at: datetime,
    limits: WorkLimits,
) -> bool:
    """Tell whether a responder may go to a cleaner zone: never hot, or the days are over and each test negative."""
    if hottest_zone_rank < HOT_FROM_RANK:
        return True
    if exit_started_at is None:
        return False
    days = (at.astimezone(limits.tz).date() - exit_started_at.astimezone(limits.tz).date()).days
    return days >= limits.exit_days and set(limits.exit_tests) <= set(tests_done)


def days_in_row(shifts: Iterable[Span], today: date, tz: tzinfo) -> int:
    """Return how many days in a row up to and including yesterday a shift began."""
    worked = {shift.starts_at.astimezone(tz).date() for shift in shifts}
    count = 0
    while today - timedelta(days=count + 1) in worked:
        count += 1
    return count


def state_from(
    stints: Sequence[Stint],
    *,
    at: datetime,
    limits: WorkLimits,
    cohort: str = "CLEAN",
    hottest_zone_rank: int = 0,
    exit_done: bool = True,
    last_asked_at: datetime | None = None,
    is_active: bool = True,
) -> ResponderState:
    """Compute a responder's state from what was really worked before `at` (some nine days back are enough)."""
    done = [stint for stint in stints if stint.starts_at < at]
    shifts = duties(done, limits)
    running = shifts[-1] if shifts and _is_running(shifts[-1], at, limits) else None
    finished = shifts[:-1] if running else shifts
    counted = [*finished, Span(running.starts_at, max(at, running.ends_at))] if running else finished
    day, week = midnight(at, limits.tz), week_start(at, limits.tz)
    since = at - timedelta(days=LOAD_DAYS)
    dawn = night_dawn(finished[-1], limits) if finished else None
    return ResponderState(
        minutes_today=sum(_inside(shift, day, at) for shift in counted),
        minutes_week=sum(_inside(shift, week, at) for shift in counted),
        days_in_row=days_in_row(shifts, at.astimezone(limits.tz).date(), limits.tz),
        last_duty_end_at=min(finished[-1].ends_at, at) if finished else None,
        shift_started_at=running.starts_at if running else None,
        worked_night=dawn is not None and dawn == at.astimezone(limits.tz).date(),
        ppe_minutes_since_break=ppe_worn(done, at, limits),
        cohort=cohort,
        hottest_zone_rank=0 if exit_done else hottest_zone_rank,
        exit_done=exit_done,
        load_7d=sum(weighted(s.minutes, s.zone_rank) for s in done if s.ends_at > since),
        last_asked_at=last_asked_at,
        is_active=is_active,
    )


def _is_running(shift: Span, at: datetime, limits: WorkLimits) -> bool:
    """A shift goes on while the pause since its last work is no rest and it has not reached its longest length."""
    pause = (at - shift.ends_at).total_seconds() / 60
    return pause < limits.rest_min and at - shift.starts_at < timedelta(minutes=limits.shift_min)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A piece of work that is asked about."""

    starts_at: datetime
    ends_at: datetime
    ppe_level: int = 0
    zone_rank: int = 0

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)


def may_work(
    state: ResponderState,
    work: Work,
    limits: WorkLimits,
    *,
    shifts: Sequence[Span] | None = None,
    absences: Sequence[Span] = (),
) -> tuple[BrokenRule, ...]:
    """Return every rule that this piece of work would break, with its numbers; empty when it may be done.

    `shifts` None leaves availability out. The planner asks the same rules of whole days; this is for one question.
    """
    broken: list[BrokenRule | None] = [
        None if state.is_active else BrokenRule(WorkRule.INACTIVE),
        _availability(work, shifts),
        _absence(work, absences),
        _shift(state, work, limits),
        _day(state, work, limits),
        _week(state, work, limits),
        _rest(state, work, limits),
        _row(state, work, limits),
        _night(state, work, limits),
        _ppe(state, work, limits),
        _zone(state, work, limits),
    ]
    return tuple(item for item in broken if item is not None)


def _availability(work: Work, shifts: Sequence[Span] | None) -> BrokenRule | None:
    if shifts is None or any(s.starts_at <= work.starts_at and work.ends_at <= s.ends_at for s in shifts):
        return None
    return BrokenRule(WorkRule.AVAILABILITY, {"from": iso(work.starts_at), "until": iso(work.ends_at)})


def _absence(work: Work, absences: Sequence[Span]) -> BrokenRule | None:
    for span in absences:
        if span.starts_at < work.ends_at and work.starts_at < span.ends_at:
            return BrokenRule(WorkRule.ABSENT, {"until": iso(span.ends_at)})
    return None


def iso(at: datetime) -> str:
    """Return a moment as it stands in the numbers of a broken rule."""
    return at.isoformat(timespec="minutes")


def _shift(state: ResponderState, work: Work, limits: WorkLimits) -> BrokenRule | None:
    start = min(state.shift_started_at or work.starts_at, work.starts_at)
    minutes = int((work.ends_at - start).total_seconds() // 60)
    if minutes <= limits.shift_min:
        return None
    return BrokenRule(WorkRule.SHIFT_LENGTH, {"minutes": minutes, "limit": limits.shift_min})


def _day(state: ResponderState, work: Work, limits: WorkLimits) -> BrokenRule | None:
    minutes = state.minutes_today + work.minutes
    if minutes <= limits.shift_min:
        return None
    return BrokenRule(
        WorkRule.DAY_HOURS, {"worked": state.minutes_today, "asked": work.minutes, "limit": limits.shift_min}
    )


def _week(state: ResponderState, work: Work, limits: WorkLimits) -> BrokenRule | None:
    if state.minutes_week + work.minutes <= limits.week_min:
        return None
    return BrokenRule(
        WorkRule.WEEK_HOURS, {"worked": state.minutes_week, "asked": work.minutes, "limit": limits.week_min}
    )


def _rest(state: ResponderState, work: Work, limits: WorkLimits) -> BrokenRule | None:
    if state.shift_started_at is not None or state.last_duty_end_at is None:
        return None
    rested = int((work.starts_at - state.last_duty_end_at).total_seconds() // 60)
    if rested >= limits.rest_min:
        return None
    free_at = state.last_duty_end_at + timedelta(minutes=limits.rest_min)
    return BrokenRule(WorkRule.REST, {"rested": rested, "limit": limits.rest_min, "from": iso(free_at)})


def _row(state: ResponderState, work: Work, limits: WorkLimits) -> BrokenRule | None:
    days = state.days_in_row + 1
    if days <= limits.days_in_a_row:
        return None
    return BrokenRule(WorkRule.DAYS_IN_A_ROW, {"days": days, "limit": limits.days_in_a_row})


def _night(state: ResponderState, work: Work, limits: WorkLimits) -> BrokenRule | None:
    if not state.worked_night or state.shift_started_at is not None:
        return None
    start = work.starts_at.astimezone(limits.tz)
    if start.time() >= limits.morning_until:
        return None
    return BrokenRule(WorkRule.NIGHT_MORNING, {"from": limits.morning_until.strftime("%H:%M")})


def _ppe(state: ResponderState, work: Work, limits: WorkLimits) -> BrokenRule | None:
    if work.ppe_level < PPE_FROM_LEVEL:
        return None
    worn = state.ppe_minutes_since_break + work.minutes
    if worn <= limits.ppe_min:
        return None
    return BrokenRule(WorkRule.PPE_TIME, {"worn": worn, "limit": limits.ppe_min, "break": limits.ppe_break_min})


def _zone(state: ResponderState, work: Work, limits: WorkLimits) -> BrokenRule | None:
    if state.exit_done or work.zone_rank >= state.hottest_zone_rank:
        return None
    return BrokenRule(
        WorkRule.ZONE_ORDER,
        {
            "rank": work.zone_rank,
            "hottest": state.hottest_zone_rank,
            "days": limits.exit_days,
            "tests": len(limits.exit_tests),
        },
    )


def check_roster(
    planned: Sequence[Span], last_duty_end_at: datetime | None, limits: WorkLimits
) -> tuple[BrokenRule, ...]:
    """Return the rules that a person's rostered shifts break among each other and after the last real duty."""
    ordered = sorted(planned, key=lambda span: span.starts_at)
    broken = [
        BrokenRule(
            WorkRule.SHIFT_LENGTH, {"minutes": span.minutes, "limit": limits.shift_min, "on": iso(span.starts_at)}
        )
        for span in ordered
        if span.minutes > limits.shift_min
    ]
    before = [] if last_duty_end_at is None else [Span(last_duty_end_at - timedelta(minutes=1), last_duty_end_at)]
    for one, two in pairwise([*before, *ordered]):
        rested = int((two.starts_at - one.ends_at).total_seconds() // 60)
        if rested < 0:
            broken.append(BrokenRule(WorkRule.OVERLAP, {"on": iso(two.starts_at)}))
        elif rested < limits.rest_min:
            broken.append(
                BrokenRule(WorkRule.REST, {"rested": rested, "limit": limits.rest_min, "from": iso(two.starts_at)})
            )
        elif _is_morning_after(one, two, limits):
            broken.append(BrokenRule(WorkRule.NIGHT_MORNING, {"from": limits.morning_until.strftime("%H:%M")}))
    broken += _long_rows(ordered, limits)
    return tuple(broken)


def _is_morning_after(one: Span, two: Span, limits: WorkLimits) -> bool:
    start = two.starts_at.astimezone(limits.tz)
    return night_dawn(one, limits) == start.date() and start.time() < limits.morning_until


def _long_rows(ordered: Sequence[Span], limits: WorkLimits) -> list[BrokenRule]:
    days = sorted({span.starts_at.astimezone(limits.tz).date() for span in ordered})
    run, longest = 0, 0
    for index, day in enumerate(days):
        run = run + 1 if index and day - days[index - 1] == timedelta(days=1) else 1
        longest = max(longest, run)
    if longest <= limits.days_in_a_row:
        return []
    return [BrokenRule(WorkRule.DAYS_IN_A_ROW, {"days": longest, "limit": limits.days_in_a_row})]


def available(shifts: Iterable[Span], absences: Iterable[Span]) -> list[Span]:
    """Return when somebody can be sent: shifts joined where they touch, less the absences, in time order."""
    joined: list[Span] = []
    for span in sorted(shifts, key=lambda s: s.starts_at):
        if joined and span.starts_at <= joined[-1].ends_at:
            joined[-1] = Span(joined[-1].starts_at, max(joined[-1].ends_at, span.ends_at))
        else:
            joined.append(span)
    for gone in absences:
        joined = [piece for span in joined for piece in _without(span, gone)]
    return joined


def _without(span: Span, gone: Span) -> list[Span]:
    if gone.ends_at <= span.starts_at or span.ends_at <= gone.starts_at:
        return [span]
    pieces = [
        Span(span.starts_at, min(span.ends_at, gone.starts_at)),
        Span(max(span.starts_at, gone.ends_at), span.ends_at),
    ]
    return [piece for piece in pieces if piece.ends_at > piece.starts_at]
