"""What the shipped rule sets mean on real days: tables from the rulebook, and refusals."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tongxin.incidents.profile_rules import (
    CaseFacts,
    ManagementPlan,
    NoAnchor,
    UnknownLevel,
    ZoneFacts,
    approvals_needed,
    infectious_window,
    isolation_end,
    level_by_index,
    level_named,
    lift_due,
    lookback_start,
    management_plan,
    pool_warning,
    zone_proposals,
    zone_rank,
    zone_test_dates,
)
from tongxin.incidents.profiles import (
    Clock,
    Finding,
    Grade,
    Granularity,
    LevelClass,
    LiftCondition,
    LiftKind,
    ManagementMode,
    PersonClass,
    Profile,
    RuleSet,
    load_profiles,
)

BEIJING = ZoneInfo("Asia/Shanghai")
DAY = date(2022, 11, 3)
NOW = datetime(2022, 11, 10, 20, 0, tzinfo=BEIJING)


@pytest.fixture(scope="module")
def profiles() -> dict[str, Profile]:
    return load_profiles(Path(__file__).resolve().parents[4] / "profiles")


@pytest.fixture(scope="module")
def rule_sets(profiles: dict[str, Profile]) -> dict[str, RuleSet]:
    return {rule_set.id: rule_set for profile in profiles.values() for rule_set in profile.rule_sets}


def days_after(plan: ManagementPlan) -> list[int]:
    return [(day - plan.counted_from).days for day in plan.test_dates]


# ------------------------------------------------------------------------------------------------ management

CENTRAL, ISOLATION, MONITORING, SELF = (
    ManagementMode.CENTRAL_ISOLATION,
    ManagementMode.HOME_ISOLATION,
    ManagementMode.HOME_MONITORING,
    ManagementMode.SELF_MONITORING,
)


@pytest.mark.parametrize(
    ("rule_set_id", "person_class", "stages", "tests"),
    [
        ("covid-cn-9e", "CONTACT", [(CENTRAL, 1, 7), (MONITORING, 8, 10)], [1, 2, 3, 5, 7, 10]),
        ("covid-cn-9e", "SECONDARY_CONTACT", [(ISOLATION, 1, 7)], [1, 4, 7]),
        ("covid-cn-9e", "ZONE_LEAVER", [(CENTRAL, 1, 7)], []),
        ("covid-cn-9e", "LOOP_LEAVER", [(CENTRAL, 1, 7)], []),
        ("covid-cn-20m", "CONTACT", [(CENTRAL, 1, 5), (ISOLATION, 6, 8)], [1, 2, 3, 5, 6, 8]),
        ("covid-cn-20m", "ZONE_LEAVER", [(ISOLATION, 1, 7)], [1, 3, 5, 7]),
        ("covid-cn-20m", "LOOP_LEAVER", [(MONITORING, 1, 5)], [1, 3, 5]),
        ("measles-2025", "CONTACT", [(ISOLATION, 1, 21)], []),
        ("norovirus-2024", "CONTACT", [(SELF, 1, 3)], []),
        ("norovirus-2024", "EXPOSED", [(SELF, 1, 3)], []),
        ("chikungunya-2025", "EXPOSED", [(SELF, 1, 12)], []),
        ("chikungunya-2025", "ZONE_LEAVER", [(SELF, 1, 14)], []),
    ],
)
def test_stages_and_tests(
    rule_sets: dict[str, RuleSet],
    rule_set_id: str,
    person_class: str,
    stages: list[tuple[ManagementMode, int, int]],
    tests: list[int],
) -> None:
    plan = management_plan(rule_sets[rule_set_id], person_class=PersonClass(person_class), last_contact=DAY)
    assert plan is not None
    seen = [(stage.mode, (stage.starts_date - DAY).days, (stage.ends_date - DAY).days) for stage in plan.stages]
    assert seen == stages
    assert days_after(plan) == tests
    assert plan.release_date == DAY + timedelta(days=stages[-1][2])
    assert plan.rule_key == f"{rule_set_id}.management.{person_class}"
    assert plan.source


@pytest.mark.parametrize(
    ("rule_set_id", "person_class"),
    [
        ("covid-cn-20m", PersonClass.SECONDARY_CONTACT),
        ("covid-cn-9e", PersonClass.EXPOSED),
        ("measles-2025", PersonClass.SECONDARY_CONTACT),
        ("chikungunya-2025", PersonClass.CONTACT),
    ],
)
def test_a_class_without_a_rule_is_not_managed(
    rule_sets: dict[str, RuleSet], rule_set_id: str, person_class: PersonClass
) -> None:
    assert management_plan(rule_sets[rule_set_id], person_class=person_class, last_contact=DAY) is None


@pytest.mark.parametrize(
    ("found_after", "tests"),
    [
        (0, [1, 2, 3, 5, 7, 10]),
        (1, [1, 2, 3, 5, 7, 10]),
        (4, [4, 5, 7, 10]),
        (5, [5, 7, 10]),
        (7, [7, 10]),
        (8, [10]),
        (11, []),
    ],
)
def test_a_person_found_late_is_tested_on_the_day(
    rule_sets: dict[str, RuleSet], found_after: int, tests: list[int]
) -> None:
    known_on = DAY + timedelta(days=found_after)
    plan = management_plan(
        rule_sets["covid-cn-9e"], person_class=PersonClass.CONTACT, last_contact=DAY, known_on=known_on
    )
    assert plan is not None
    assert days_after(plan) == tests
    assert plan.release_date == DAY + timedelta(days=10)


@pytest.mark.parametrize(
    ("day", "mode"),
    [(-3, CENTRAL), (0, CENTRAL), (1, CENTRAL), (7, CENTRAL), (8, MONITORING), (10, MONITORING), (11, None)],
)
def test_stage_on_a_day(rule_sets: dict[str, RuleSet], day: int, mode: ManagementMode | None) -> None:
    plan = management_plan(rule_sets["covid-cn-9e"], person_class=PersonClass.CONTACT, last_contact=DAY)
    assert plan is not None
    stage = plan.stage_on(DAY + timedelta(days=day))
    assert (stage.mode if stage else None) is mode


def test_the_plan_keeps_clock_and_grade(rule_sets: dict[str, RuleSet]) -> None:
    plan = management_plan(rule_sets["covid-cn-20m"], person_class=PersonClass.ZONE_LEAVER, last_contact=DAY)
    assert plan is not None
    assert (plan.clock, plan.grade) == (Clock.LEFT_AREA, Grade.B)


def test_management_crosses_a_leap_day(rule_sets: dict[str, RuleSet]) -> None:
    plan = management_plan(rule_sets["measles-2025"], person_class=PersonClass.CONTACT, last_contact=date(2024, 2, 20))
    assert plan is not None
    assert plan.release_date == date(2024, 3, 12)


# ------------------------------------------------------------------------------------------------ looking back


@pytest.mark.parametrize(
    ("rule_set_id", "onset", "sample", "rash", "expected"),
    [
        ("covid-cn-9e", date(2022, 11, 3), date(2022, 11, 5), None, date(2022, 11, 1)),
        ("covid-cn-9e", None, date(2022, 11, 5), None, date(2022, 11, 3)),
        ("covid-cn-20m", date(2022, 12, 1), None, None, date(2022, 11, 29)),
        ("measles-2025", date(1861, 10, 30), None, date(1861, 11, 6), date(1861, 11, 2)),
        ("measles-2025", date(1861, 10, 30), None, None, date(1861, 10, 26)),
        ("norovirus-2024", date(2025, 3, 1), None, None, date(2025, 2, 26)),
    ],
)
def test_lookback(
    rule_sets: dict[str, RuleSet],
    rule_set_id: str,
    onset: date | None,
    sample: date | None,
    rash: date | None,
    expected: date,
) -> None:
    assert lookback_start(rule_sets[rule_set_id], onset_date=onset, sample_date=sample, rash_date=rash) == expected


@pytest.mark.parametrize("rule_set_id", ["covid-cn-9e", "measles-2025"])
def test_lookback_needs_a_date(rule_sets: dict[str, RuleSet], rule_set_id: str) -> None:
    with pytest.raises(NoAnchor):
        lookback_start(rule_sets[rule_set_id], onset_date=None, sample_date=None)


def test_rash_does_not_date_a_covid_case(rule_sets: dict[str, RuleSet]) -> None:
    with pytest.raises(NoAnchor):
        lookback_start(rule_sets["covid-cn-9e"], onset_date=None, sample_date=None, rash_date=DAY)


def test_infectious_window_of_measles(profiles: dict[str, Profile]) -> None:
    window = infectious_window(profiles["measles"], onset_date=None, sample_date=None, rash_date=date(1861, 11, 6))
    assert window == (date(1861, 11, 2), date(1861, 11, 10))


# ------------------------------------------------------------------------------------------------ zones


def ended(day: int, hour: int = 18) -> datetime:
    """A round that ended on a day counted from the day the level was laid (3 November = day 1)."""
    return datetime(2022, 11, 2, hour, tzinfo=BEIJING) + timedelta(days=day)


@pytest.mark.parametrize(
    ("level", "facts", "at", "holds"),
    [
        # 9th edition, high: 7 days without a new one and everybody negative on day 7
        ("high", ZoneFacts(laid_date=DAY, negative_rounds=(ended(7),)), NOW, [True, True]),
        ("high", ZoneFacts(laid_date=DAY, negative_rounds=(ended(6),)), NOW, [True, False]),
        ("high", ZoneFacts(laid_date=DAY), NOW, [True, False]),
        ("high", ZoneFacts(laid_date=DAY, negative_rounds=(ended(7),)), NOW - timedelta(days=1), [False, True]),
        ("high", ZoneFacts(laid_date=DAY, negative_rounds=(ended(9),)), NOW, [True, False]),  # not ended yet
        (
            "high",
            ZoneFacts(laid_date=DAY, last_new_date=date(2022, 11, 5), negative_rounds=(ended(7),)),
            NOW,
            [False, False],
        ),
        (
            "high",
            ZoneFacts(laid_date=DAY, last_new_date=date(2022, 11, 1), negative_rounds=(ended(7),)),
            NOW,
            [True, True],
        ),
        # medium: 7 days as first laid, 3 days where it followed high
        ("medium", ZoneFacts(laid_date=date(2022, 11, 7)), NOW, [False, False]),
        ("medium", ZoneFacts(laid_date=date(2022, 11, 7), was_lowered=True), NOW, [True]),
        ("medium", ZoneFacts(laid_date=date(2022, 11, 8), was_lowered=True), NOW, [False]),
        # a level without an own rule for the lowered takes the ordinary one
        ("high", ZoneFacts(laid_date=DAY, was_lowered=True), NOW, [True, False]),
    ],
)
def test_lifting_in_the_ninth_edition(
    rule_sets: dict[str, RuleSet], level: str, facts: ZoneFacts, at: datetime, holds: list[bool]
) -> None:
    finding = lift_due(level_named(rule_sets["covid-cn-9e"], level), facts, at=at)
    assert finding is not None
    assert [condition.holds for condition in finding.conditions] == holds
    assert finding.is_due is all(holds)


@pytest.mark.parametrize(
    ("facts", "holds"),
    [
        (ZoneFacts(laid_date=date(2022, 11, 5), negative_rounds=(NOW - timedelta(hours=24),)), [True, True]),
        (ZoneFacts(laid_date=date(2022, 11, 5), negative_rounds=(NOW - timedelta(hours=25),)), [True, False]),
        (ZoneFacts(laid_date=date(2022, 11, 6), negative_rounds=(NOW - timedelta(hours=2),)), [False, True]),
        (ZoneFacts(laid_date=date(2022, 11, 5), negative_rounds=(NOW + timedelta(minutes=1),)), [True, False]),
        (
            ZoneFacts(laid_date=DAY, last_new_date=date(2022, 11, 10), negative_rounds=(NOW - timedelta(hours=21),)),
            [False, False],
        ),
    ],
)
def test_lifting_in_the_twenty_measures(rule_sets: dict[str, RuleSet], facts: ZoneFacts, holds: list[bool]) -> None:
    finding = lift_due(level_named(rule_sets["covid-cn-20m"], "high"), facts, at=NOW)
    assert finding is not None
    assert finding.to == "low"
    assert [condition.holds for condition in finding.conditions] == holds


@pytest.mark.parametrize(
    ("cleaned_at", "holds"),
    [
        (None, False),
        (datetime(2022, 11, 9, 9, tzinfo=BEIJING), True),
        (datetime(2022, 11, 2, 9, tzinfo=BEIJING), False),
        (NOW + timedelta(hours=1), False),
    ],
)
def test_cleaning_counts_after_the_last_case_only(
    rule_sets: dict[str, RuleSet], cleaned_at: datetime | None, holds: bool
) -> None:
    facts = ZoneFacts(laid_date=DAY, cleaned_at=cleaned_at)
    finding = lift_due(level_named(rule_sets["norovirus-2024"], "cleaning"), facts, at=NOW)
    assert finding is not None
    assert {row.kind: row.holds for row in finding.conditions} == {
        LiftKind.NO_NEW_DAYS: True,
        LiftKind.CLEANING_DONE: holds,
    }


@pytest.mark.parametrize(("index", "is_due"), [(None, False), (20.0, False), (19.9, True), (0.0, True)])
def test_mosquito_index(rule_sets: dict[str, RuleSet], index: float | None, is_due: bool) -> None:
    facts = ZoneFacts(laid_date=DAY, vector_index=index)
    finding = lift_due(level_named(rule_sets["chikungunya-2025"], "high"), facts, at=NOW)
    assert finding is not None
    assert finding.is_due is is_due


@pytest.mark.parametrize(
    ("left", "gone", "holds"),
    [
        (0, None, True),
        (1, None, False),
        (0, date(2022, 11, 6), True),
        (0, date(2022, 11, 7), False),
        (1, date(2022, 11, 6), False),
    ],
)
def test_contacts_must_be_gone_where_a_site_asks_for_it(
    rule_sets: dict[str, RuleSet], left: int, gone: date | None, holds: bool
) -> None:
    """The ladder of Beijing in May 2022: the last close contact gone for 4 days."""
    level = level_named(rule_sets["covid-cn-20m"], "high")
    assert level.lift is not None
    row = level.lift.conditions[0]
    asked = replace(row, value=LiftCondition(kind=LiftKind.LAST_CONTACT_GONE_DAYS, number=4))
    level = replace(level, lift=replace(level.lift, conditions=(asked,)))
    facts = ZoneFacts(laid_date=DAY, contacts_left=left, last_contact_gone_date=gone)
    finding = lift_due(level, facts, at=NOW)
    assert finding is not None
    assert finding.is_due is holds


def test_the_lowest_level_is_not_lifted(rule_sets: dict[str, RuleSet]) -> None:
    assert lift_due(level_named(rule_sets["covid-cn-9e"], "low"), ZoneFacts(laid_date=DAY), at=NOW) is None


def test_a_condition_says_from_when_it_can_hold(rule_sets: dict[str, RuleSet]) -> None:
    finding = lift_due(level_named(rule_sets["covid-cn-9e"], "high"), ZoneFacts(laid_date=DAY), at=NOW)
    assert finding is not None
    assert [row.due_date for row in finding.conditions] == [date(2022, 11, 10), date(2022, 11, 9)]
    assert finding.conditions[0].rule_key == "covid-cn-9e.zones.levels.high.lift.conditions.NO_NEW_DAYS"


def test_unknown_level(rule_sets: dict[str, RuleSet]) -> None:
    with pytest.raises(UnknownLevel):
        level_named(rule_sets["covid-cn-20m"], "medium")


@pytest.mark.parametrize(("level", "rank"), [("high", 2), ("medium", 1), ("low", 0)])
def test_rank(rule_sets: dict[str, RuleSet], level: str, rank: int) -> None:
    assert zone_rank(level_named(rule_sets["covid-cn-9e"], level)) == rank


@pytest.mark.parametrize(
    ("rule_set_id", "finding", "expected"),
    [
        ("covid-cn-9e", Finding.CASE, [("BUILDING", "high"), ("GRID", "medium"), ("COMPOUND", "low")]),
        ("covid-cn-9e", Finding.RECALLED_POOL, [("ENTRANCE", "medium")]),
        ("covid-cn-20m", Finding.CASE, [("ENTRANCE", "high"), ("COMPOUND", "low")]),
        ("covid-cn-20m", Finding.RECALLED_POOL, [("ENTRANCE", "high")]),
        ("measles-2025", Finding.CASE, [("ENTRANCE", "watch")]),
        ("measles-2025", Finding.RECALLED_POOL, []),
    ],
)
def test_proposals(
    rule_sets: dict[str, RuleSet], rule_set_id: str, finding: Finding, expected: list[tuple[str, str]]
) -> None:
    rows = zone_proposals(rule_sets[rule_set_id], finding)
    assert [(row.value.granularity, row.value.level) for row in rows] == [
        (Granularity(place), level) for place, level in expected
    ]


@pytest.mark.parametrize(
    ("rule_set_id", "level", "expected"),
    [
        ("covid-cn-9e", "high", [("PCR", 0), ("ANTIGEN", 1), ("PCR", 2), ("PCR", 6)]),
        ("covid-cn-9e", "low", []),
        ("covid-cn-20m", "high", [("PCR", 0), ("ANTIGEN", 1), ("PCR", 2)]),
        ("measles-2025", "watch", []),
    ],
)
def test_rounds_of_a_zone(
    rule_sets: dict[str, RuleSet], rule_set_id: str, level: str, expected: list[tuple[str, int]]
) -> None:
    rounds = zone_test_dates(rule_sets[rule_set_id], level_key=level, laid_date=DAY)
    assert [(planned.test.value, (planned.round_date - DAY).days) for planned in rounds] == expected


def test_the_round_of_day_seven_is_in_time_for_lifting(rule_sets: dict[str, RuleSet]) -> None:
    rules = rule_sets["covid-cn-9e"]
    last = zone_test_dates(rules, level_key="high", laid_date=DAY)[-1]
    end = datetime.combine(last.round_date, datetime.min.time(), BEIJING) + timedelta(hours=18)
    finding = lift_due(level_named(rules, "high"), ZoneFacts(laid_date=DAY, negative_rounds=(end,)), at=NOW)
    assert finding is not None
    assert finding.is_due


@pytest.mark.parametrize(
    ("index", "level"),
    [(0, "safe"), (4.9, "safe"), (5, "low"), (9.9, "low"), (10, "medium"), (20, "high"), (1e6, "high")],
)
def test_level_by_index(rule_sets: dict[str, RuleSet], index: float, level: str) -> None:
    vector = rule_sets["chikungunya-2025"].vector
    assert vector is not None
    assert level_by_index(vector, index) == level


# ------------------------------------------------------------------------------------------------ the end of isolation


@pytest.mark.parametrize(
    ("rule_set_id", "facts", "holds"),
    [
        ("measles-2025", CaseFacts(rash_date=date(2022, 11, 5)), [True]),
        ("measles-2025", CaseFacts(rash_date=date(2022, 11, 6)), [False]),
        ("measles-2025", CaseFacts(onset_date=date(2022, 10, 1)), [False]),
        ("norovirus-2024", CaseFacts(symptoms_ended_at=NOW - timedelta(hours=72)), [True]),
        ("norovirus-2024", CaseFacts(symptoms_ended_at=NOW - timedelta(hours=71, minutes=59)), [False]),
        ("norovirus-2024", CaseFacts(), [False]),
        ("norovirus-2024", CaseFacts(is_asymptomatic=True, positive_sampled_at=NOW - timedelta(hours=73)), [True]),
        (
            "norovirus-2024",
            CaseFacts(symptoms_ended_at=NOW - timedelta(hours=90), handles_food=True, negative_tests=1),
            [True, False],
        ),
        (
            "norovirus-2024",
            CaseFacts(symptoms_ended_at=NOW - timedelta(hours=90), handles_food=True, negative_tests=2),
            [True, True],
        ),
        ("chikungunya-2025", CaseFacts(fever_ended_at=NOW - timedelta(hours=24)), [True]),
        ("chikungunya-2025", CaseFacts(fever_ended_at=NOW - timedelta(hours=23)), [False]),
        ("covid-cn-9e", CaseFacts(negative_tests=1), [False]),
        ("covid-cn-9e", CaseFacts(negative_tests=2, is_asymptomatic=True), [True]),
    ],
)
def test_end_of_isolation(rule_sets: dict[str, RuleSet], rule_set_id: str, facts: CaseFacts, holds: list[bool]) -> None:
    assert [row.holds for row in isolation_end(rule_sets[rule_set_id], facts, at=NOW)] == holds


# ------------------------------------------------------------------------------------------------ approvals and pools


@pytest.mark.parametrize(
    ("measure", "canonical", "persons", "row"),
    [
        ("RAISE_ZONE", LevelClass.HIGH, 2, "RAISE_ZONE"),
        ("RAISE_ZONE", LevelClass.LOW, 1, "*"),
        ("RAISE_ZONE", None, 1, "*"),
        ("LIFT_ZONE", LevelClass.LOW, 2, "LIFT_ZONE"),
        ("SAMPLING_ROUND", None, 1, "*"),
        ("", None, 1, "*"),
    ],
)
def test_approvals(
    rule_sets: dict[str, RuleSet], measure: str, canonical: LevelClass | None, persons: int, row: str
) -> None:
    rule = approvals_needed(rule_sets["covid-cn-9e"], measure, canonical=canonical)
    assert (rule.value.persons, rule.key) == (persons, f"site.approvals.{row}")


@pytest.mark.parametrize(
    ("size", "share", "key"),
    [
        (20, 0.005, None),
        (20, 0.006, "site.pooling.warn_above_share"),
        (10, 0.01, None),
        (10, 0.31, "site.pooling.stop_above_share"),
        (1, 0.9, None),
    ],
)
def test_pool_warning(rule_sets: dict[str, RuleSet], size: int, share: float, key: str | None) -> None:
    warning = pool_warning(rule_sets["covid-cn-9e"], pool_size=size, expected_share=share)
    assert (warning.key if warning else None) == key
