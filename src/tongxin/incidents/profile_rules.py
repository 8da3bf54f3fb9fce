"""What a rule set means for one person or one place on one day. Pure: everything known is passed in.

How days are counted (the texts leave it open; see docs/reference/profiles.md):

* management: the day of the last contact is day 0, so that a stage of 5 days ends on last contact + 5
  (the release check of a district's own quality script counts in this way);
* zones: the day on which the level was laid is day 1, so that the round of day 7 comes before the earliest lifting,
  which is 7 days after the last new infection.

Dates and times are those of the site; the caller passes local time.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tongxin.incidents.profile_codes import (
    Anchor,
    Clock,
    Finding,
    Grade,
    IsolationEnd,
    LevelClass,
    LiftKind,
    ManagementMode,
    PersonClass,
    ZoneTest,
)
from tongxin.incidents.profile_types import (
    ApprovalRule,
    IsolationCondition,
    LiftCondition,
    Profile,
    RuleSet,
    Valued,
    VectorRules,
    ZoneLevel,
    ZoneProposal,
)

__all__ = [
    "CaseFacts",
    "ConditionFinding",
    "LiftFinding",
    "ManagementPlan",
    "NoAnchor",
    "PlannedRound",
    "PlannedStage",
    "UnknownLevel",
    "ZoneFacts",
    "approvals_needed",
    "infectious_window",
    "isolation_end",
    "level_by_index",
    "level_named",
    "lift_due",
    "lookback_start",
    "management_plan",
    "pool_warning",
    "zone_proposals",
    "zone_rank",
    "zone_test_dates",
]

_RANKS = {LevelClass.LOW: 0, LevelClass.MEDIUM: 1, LevelClass.HIGH: 2}


class NoAnchor(ValueError):
    """Raised when none of the dates is known from which the rule set counts."""


class UnknownLevel(LookupError):
    """Raised when a rule set has no zone level of that key."""


@dataclass(frozen=True, slots=True)
class PlannedStage:
    """One stage with its days; both are inclusive."""

    mode: ManagementMode
    starts_date: date
    ends_date: date
    test_dates: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class ManagementPlan:
    """The stages of one person, and the rule that they come from."""

    person_class: PersonClass
    clock: Clock
    counted_from: date
    stages: tuple[PlannedStage, ...]
    rule_key: str
    source: str
    grade: Grade

    @property
    def release_date(self) -> date:
        """The last day under management; the release note is due on it."""
        return self.stages[-1].ends_date

    @property
    def test_dates(self) -> tuple[date, ...]:
        return tuple(day for stage in self.stages for day in stage.test_dates)

    def stage_on(self, day: date) -> PlannedStage | None:
        """This function will return the stage of that day; day 0 belongs to the first, None is after the release."""
        return next((stage for stage in self.stages if day <= stage.ends_date), None)


@dataclass(frozen=True, slots=True)
class PlannedRound:
    """A test that everybody in a zone takes on a day."""

    test: ZoneTest
    round_date: date
    rule_key: str
    source: str


@dataclass(frozen=True, slots=True)
class ZoneFacts:
    """What is known of a zone. ``negative_rounds`` are the ends of rounds in which everybody was sampled and negative."""

    laid_date: date
    last_new_date: date | None = None
    negative_rounds: tuple[datetime, ...] = ()
    contacts_left: int = 0
    last_contact_gone_date: date | None = None
    vector_index: float | None = None
    cleaned_at: datetime | None = None
    was_lowered: bool = False

    @property
    def counted_from(self) -> date:
        """The day from which days without a new infection are counted."""
        return max(self.laid_date, self.last_new_date or self.laid_date)


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What is known of a case when the end of isolation is judged."""

    onset_date: date | None = None
    rash_date: date | None = None
    symptoms_ended_at: datetime | None = None
    fever_ended_at: datetime | None = None
    positive_sampled_at: datetime | None = None
    negative_tests: int = 0
    is_asymptomatic: bool = False
    handles_food: bool = False


@dataclass(frozen=True, slots=True)
class ConditionFinding:
    """One condition of an AND-list: does it hold, and if that is only a matter of time, from when."""

    kind: LiftKind | IsolationEnd
    number: float
    holds: bool
    due_date: date | None
    rule_key: str
    source: str


@dataclass(frozen=True, slots=True)
class LiftFinding:
    """Every condition of lifting a level; ``to`` is the level that follows."""

    to: str
    conditions: tuple[ConditionFinding, ...]

    @property
    def is_due(self) -> bool:
        return all(condition.holds for condition in self.conditions)


def lookback_start(
    rule_set: RuleSet, *, onset_date: date | None, sample_date: date | None, rash_date: date | None = None
) -> date:
    """This function will return the first day from which meetings with the case count.

    Raises ``NoAnchor`` when none of the dates that the rule set counts from is known.
    """
    rules = rule_set.contacts
    anchor = _anchor(rules.anchors.value, onset_date=onset_date, sample_date=sample_date, rash_date=rash_date)
    return anchor - timedelta(days=rules.lookback_days.value)


def infectious_window(
    profile: Profile, *, onset_date: date | None, sample_date: date | None, rash_date: date | None = None
) -> tuple[date, date]:
    """This function will return the first and the last infectious day. Raises ``NoAnchor``."""
    course = profile.infection
    anchor = _anchor(course.anchors.value, onset_date=onset_date, sample_date=sample_date, rash_date=rash_date)
    first, last = course.infectious_from_day.value, course.infectious_until_day.value
    return anchor + timedelta(days=first), anchor + timedelta(days=last)


def management_plan(
    rule_set: RuleSet, *, person_class: PersonClass, last_contact: date, known_on: date | None = None
) -> ManagementPlan | None:
    """This function will lay out stages and test days, or return None where the rule set does not manage this class.

    ``last_contact`` is the date that the rule's clock names (for a zone leaver the day of leaving). With ``known_on``
    test days that had passed when the person was found are replaced by one test on the day of finding; the days are
    still counted from the last contact.
    """
    rule = next((row for row in rule_set.management if row.value.person_class is person_class), None)
    if rule is None:
        return None
    stages: list[PlannedStage] = []
    before = last_contact
    for stage in rule.value.stages:
        end = before + timedelta(days=stage.days)
        tests = tuple(before + timedelta(days=day) for day in sorted(stage.tests))
        stages.append(PlannedStage(stage.mode, before + timedelta(days=1), end, tests))
        before = end
    if known_on is not None:
        stages = [_caught_up(stage, known_on) for stage in stages]
    return ManagementPlan(
        person_class, rule.value.clock, last_contact, tuple(stages), rule.key, rule.source, rule.grade
    )


def _caught_up(stage: PlannedStage, known_on: date) -> PlannedStage:
    missed = any(day < known_on for day in stage.test_dates)
    kept = {day for day in stage.test_dates if day >= known_on}
    if missed and known_on <= stage.ends_date:
        kept.add(known_on)
    return PlannedStage(stage.mode, stage.starts_date, stage.ends_date, tuple(sorted(kept)))


def level_named(rule_set: RuleSet, key: str) -> ZoneLevel:
    """This function will return the zone level of that key. Raises ``UnknownLevel``."""
    for level in rule_set.zones.levels:
        if level.key == key:
            return level
    raise UnknownLevel(key)


def zone_rank(level: ZoneLevel) -> int:
    """This function will return the heat of a level for work planning: 0 low, 1 medium, 2 high."""
    return _RANKS[level.canonical]


def level_by_index(vector: VectorRules, index: float) -> str:
    """This function will return the key of the zone level of a vector index; above the last band it is the hottest."""
    for band in vector.bands:
        if index < band.value.below:
            return band.value.level
    return vector.bands[-1].value.level


def zone_proposals(rule_set: RuleSet, finding: Finding) -> tuple[Valued[ZoneProposal], ...]:
    """This function will return what a finding makes the plan propose, each with its place and level."""
    return tuple(row for row in rule_set.zones.proposals if row.value.finding is finding)


def zone_test_dates(rule_set: RuleSet, *, level_key: str, laid_date: date) -> tuple[PlannedRound, ...]:
    """This function will return the rounds of a zone in order of time; day 1 is the day the level was laid."""
    rounds = [
        PlannedRound(row.value.test, laid_date + timedelta(days=day - 1), row.key, row.source)
        for row in rule_set.rounds.zone_tests
        if row.value.level == level_key
        for day in row.value.days
    ]
    return tuple(sorted(rounds, key=lambda planned: planned.round_date))


def lift_due(level: ZoneLevel, facts: ZoneFacts, *, at: datetime) -> LiftFinding | None:
    """This function will judge each condition of lifting ``level`` at local time ``at``; None: it is the lowest level.

    A fact that is not known counts as a condition that does not hold: a zone is never lifted for want of data.
    """
    lift = level.lift_when_lowered if facts.was_lowered and level.lift_when_lowered else level.lift
    if lift is None:
        return None
    return LiftFinding(lift.to, tuple(_lift_condition(row, facts, at) for row in lift.conditions))


def _lift_condition(row: Valued[LiftCondition], facts: ZoneFacts, at: datetime) -> ConditionFinding:
    kind, number = row.value.kind, row.value.number
    holds, due = False, None
    since = facts.counted_from
    match kind:
        case LiftKind.NO_NEW_DAYS:
            due = since + timedelta(days=number)
            holds = at.date() >= due
        case LiftKind.ROUND_NEGATIVE_ON_DAY:
            due = since + timedelta(days=number - 1)
            holds = any(due <= end.date() and end <= at for end in facts.negative_rounds)
        case LiftKind.ROUND_NEGATIVE_WITHIN_HOURS:
            first = at - timedelta(hours=number)
            holds = any(first <= end <= at and end.date() >= since for end in facts.negative_rounds)
        case LiftKind.LAST_CONTACT_GONE_DAYS:
            gone = facts.last_contact_gone_date
            due = gone + timedelta(days=number) if gone else None
            holds = facts.contacts_left == 0 and (due is None or at.date() >= due)
        case LiftKind.INDEX_BELOW:
            holds = facts.vector_index is not None and facts.vector_index < number
        case LiftKind.CLEANING_DONE:
            holds = facts.cleaned_at is not None and since <= facts.cleaned_at.date() and facts.cleaned_at <= at
    return ConditionFinding(kind, number, holds, due, row.key, row.source)


def isolation_end(rule_set: RuleSet, facts: CaseFacts, *, at: datetime) -> tuple[ConditionFinding, ...]:
    """This function will judge each condition that ends the isolation of a case; all of them must hold.

    What is not known does not hold, as with zones.
    """
    rules = rule_set.isolation
    rows = rules.asymptomatic if facts.is_asymptomatic and rules.asymptomatic else rules.until
    if facts.handles_food:
        rows += rules.food_handlers
    return tuple(_isolation_condition(row, facts, at) for row in rows)


def _isolation_condition(row: Valued[IsolationCondition], facts: CaseFacts, at: datetime) -> ConditionFinding:
    kind, number = row.value.kind, row.value.number
    days = {IsolationEnd.DAYS_AFTER_ONSET: facts.onset_date, IsolationEnd.DAYS_AFTER_RASH: facts.rash_date}
    hours = {
        IsolationEnd.HOURS_SYMPTOM_FREE: facts.symptoms_ended_at,
        IsolationEnd.HOURS_FEVER_FREE: facts.fever_ended_at,
        IsolationEnd.HOURS_AFTER_POSITIVE: facts.positive_sampled_at,
    }
    holds, due = False, None
    if kind in days:
        day = days[kind]
        due = day + timedelta(days=number) if day else None
        # "through day 4": the day itself is still spent in isolation
        holds = due is not None and at.date() > due
    elif kind in hours:
        moment = hours[kind]
        due = (moment + timedelta(hours=number)).date() if moment else None
        holds = moment is not None and at - moment >= timedelta(hours=number)
    else:
        holds = facts.negative_tests >= number
    return ConditionFinding(kind, number, holds, due, row.key, row.source)


def approvals_needed(rule_set: RuleSet, measure: str, *, canonical: LevelClass | None = None) -> Valued[ApprovalRule]:
    """This function will return how many people must approve ``measure``, for a zone also by its canonical level.

    The closest row counts: measure and level, then the measure alone, then the row "*" for all others.
    """
    rows = {(row.value.measure, row.value.canonical): row for row in rule_set.approvals}
    for place in ((measure, canonical), (measure, None), ("*", canonical)):
        if place in rows:
            return rows[place]
    return rows[("*", None)]


def pool_warning(rule_set: RuleSet, *, pool_size: int, expected_share: float) -> Valued[float] | None:
    """This function will return the rule that speaks against a pool size at the expected share of positives, or None."""
    advice = rule_set.pooling
    if pool_size > 1 and expected_share > advice.stop_above_share.value:
        return advice.stop_above_share
    if pool_size >= advice.warn_size.value and expected_share > advice.warn_above_share.value:
        return advice.warn_above_share
    return None


def _anchor(
    anchors: Iterable[Anchor], *, onset_date: date | None, sample_date: date | None, rash_date: date | None
) -> date:
    known = {Anchor.ONSET: onset_date, Anchor.POSITIVE_SAMPLE: sample_date, Anchor.RASH: rash_date}
    for anchor in anchors:
        found = known[anchor]
        if found is not None:
            return found
    raise NoAnchor(", ".join(anchors))
