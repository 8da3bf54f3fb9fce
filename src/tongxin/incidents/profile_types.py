"""What a disease profile holds, as frozen values. No file is read here and nothing is decided.

Every value that an epidemiologist may want to change is a ``Valued``: it keeps where it came from, so that a line of
a plan can quote it. Rows such as one contact layer are one ``Valued`` as a whole. Days and hours are whole numbers
unless a field says otherwise; ``None`` means that the profile has no such rule.
"""

# ``entry`` only declares a dataclass field; nothing mutable is shared.
# ruff: noqa: RUF009

from dataclasses import MISSING, dataclass, field
from datetime import date, time
from typing import Any, Generic, TypeVar

from tongxin.incidents.profile_codes import (
    Anchor,
    Clock,
    Degree,
    DoorCause,
    ExposureKind,
    Finding,
    Grade,
    Granularity,
    IsolationEnd,
    Layer,
    LevelClass,
    LiftKind,
    ManagementMode,
    NewCaseRule,
    PersonClass,
    Publishing,
    TestKind,
    Transmission,
    TriggerScope,
    ZoneTest,
)

__all__ = [
    "ApprovalRule",
    "CallRules",
    "CaseIsolation",
    "CleaningRules",
    "ClusterSignal",
    "ContactRules",
    "Disinfection",
    "ExposureRules",
    "IndexBand",
    "Infection",
    "InvestigationRules",
    "IsolationCondition",
    "LayerRule",
    "Lift",
    "LiftCondition",
    "ManagementRule",
    "Measure",
    "OutbreakTrigger",
    "PeopleLimits",
    "PlanningRules",
    "PoolAdvice",
    "PrivacyRules",
    "Profile",
    "ReportRules",
    "RequestRules",
    "Retention",
    "RoundRules",
    "RuleSet",
    "Span",
    "Spraying",
    "Stage",
    "Text",
    "TransferRules",
    "Valued",
    "VectorRules",
    "Window",
    "ZoneLevel",
    "ZoneProposal",
    "ZoneRules",
    "ZoneTestDays",
]

T = TypeVar("T")


def entry(
    doc: str,
    *,
    low: float | None = None,
    high: float | None = None,
    default: Any = MISSING,
    may_be_empty: bool = False,
) -> Any:
    """This function will declare one key of the file: its meaning and the range that the reader holds it to."""
    told = {"doc": doc, "low": low, "high": high, "may_be_empty": may_be_empty or default == ()}
    return field(metadata=told, default=default, kw_only=True)


@dataclass(frozen=True, slots=True)
class Valued(Generic[T]):
    """A value with its origin: ``key`` is the rule key that a plan line quotes, ``source`` the full citation."""

    value: T
    source: str
    grade: Grade
    key: str
    to_verify: bool = False


def usual(value: T, key: str) -> Valued[T]:
    """This function will return the value that counts where no file names one: proposed by this product, grade D."""
    return Valued(value=value, source="proposed", grade=Grade.D, key=key)


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence or label in both languages."""

    zh: str = entry("Chinese")
    en: str = entry("English")

    def in_language(self, language: str) -> str:
        """This function will return the Chinese words for any Chinese language code, else the English ones."""
        return self.zh if language.lower().startswith("zh") else self.en


@dataclass(frozen=True, slots=True)
class Span:
    """A distribution told by its ends, in days (fractions allowed)."""

    minimum: float = entry("Shortest seen, days", low=0, high=365)
    typical_from: float = entry("Most lie between this …, days", low=0, high=365)
    typical_until: float = entry("… and this, days", low=0, high=365)
    maximum: float = entry("Longest seen, days", low=0, high=365)


@dataclass(frozen=True, slots=True)
class Window:
    """A time of day; it runs over midnight when ``until`` is not later than ``start``."""

    start: time = entry("Begins at, HH:MM")
    until: time = entry("Ends at, HH:MM, exclusive")


@dataclass(frozen=True, slots=True)
class Infection:
    incubation: Valued[Span] = entry("Time from infection to first symptoms")
    infectious_from_day: Valued[int] = entry(
        "First infectious day relative to the anchor (0 = anchor)", low=-30, high=60
    )
    infectious_until_day: Valued[int] = entry("Last infectious day relative to the anchor", low=-30, high=365)
    anchors: Valued[tuple[Anchor, ...]] = entry("Events to count from; the first one that is known counts")
    extrinsic_incubation: Valued[Span] | None = entry("Time inside the vector until it can infect", default=None)


@dataclass(frozen=True, slots=True)
class LayerRule:
    layer: Layer = entry("Way of having met")
    degree: Degree = entry("What the person found becomes")
    weight: float = entry("Closeness relative to a household, for ranking only", low=0, high=1)
    neighbours: int | None = entry("QUEUE: places before and after in the queue", low=1, high=50, default=None)
    within_minutes: int | None = entry("QUEUE, VENUE: largest gap in time", low=0, high=1440, default=None)
    radius_m: int | None = entry("RADIUS: metres around the home of the case", low=1, high=5000, default=None)
    floors: int | None = entry(
        "FLOOR: 0 = same floor only, 1 = also directly above and below", low=0, high=5, default=None
    )
    linger_minutes: int | None = entry("Risk left in the air after the case went away", low=0, high=1440, default=None)


@dataclass(frozen=True, slots=True)
class ContactRules:
    definition: Valued[Text] = entry("What makes a contact, in words for the interviewer")
    lookback_days: Valued[int] = entry("Days before the anchor from which meetings count", low=0, high=60)
    anchors: Valued[tuple[Anchor, ...]] = entry("Events to look back from; the first one that is known counts")
    secondary: Valued[bool] = entry("Are contacts of contacts designated?")
    immune_excluded: Valued[bool] = entry("Are people with proof of immunity free of management?")
    layers: tuple[Valued[LayerRule], ...] = entry("Ways of having met, each one row")


@dataclass(frozen=True, slots=True)
class Stage:
    mode: ManagementMode = entry("Where the person stays")
    days: int = entry("Length of the stage", low=1, high=365)
    tests: tuple[int, ...] = entry("Test days, counted within the stage from 1", low=1, high=365, default=())


@dataclass(frozen=True, slots=True)
class ManagementRule:
    person_class: PersonClass = entry("Whom the rule is for")
    clock: Clock = entry("The day from which days are counted; that day is day 0")
    stages: tuple[Stage, ...] = entry("Stages in their order")


@dataclass(frozen=True, slots=True)
class IsolationCondition:
    kind: IsolationEnd = entry("What has to be true")
    number: int = entry("Days, hours or tests, by kind", low=0, high=1000)


@dataclass(frozen=True, slots=True)
class CaseIsolation:
    mode: Valued[ManagementMode] = entry("Where a case stays")
    until: tuple[Valued[IsolationCondition], ...] = entry("All of these end the isolation")
    asymptomatic: tuple[Valued[IsolationCondition], ...] = entry("Instead, for a case without symptoms", default=())
    food_handlers: tuple[Valued[IsolationCondition], ...] = entry("Also for those who handle food", default=())


@dataclass(frozen=True, slots=True)
class Measure:
    code: str = entry("UPPER_CASE code that orders and tasks use")
    zh: str = entry("Chinese wording")
    en: str = entry("English wording")


@dataclass(frozen=True, slots=True)
class LiftCondition:
    kind: LiftKind = entry("What has to be true")
    number: float = entry("Days, hours or index, by kind; 1 for a plain yes", low=0, high=1000)


@dataclass(frozen=True, slots=True)
class Lift:
    to: str = entry("Key of the level that follows")
    conditions: tuple[Valued[LiftCondition], ...] = entry("All of these lift the level")


@dataclass(frozen=True, slots=True)
class ZoneLevel:
    key: str = entry("Key of the level within the rule set")
    canonical: LevelClass = entry("Canonical level")
    label: Text = entry("Name of the level")
    local_label: Text | None = entry("Name used on site, shown beside it", default=None)
    granularity: Valued[Granularity] = entry("Kind of place on which the level is laid")
    trigger: Valued[Text] = entry("What raises a place to this level, in words")
    measures: tuple[Valued[Measure], ...] = entry("What holds in a place of this level")
    lift: Lift | None = entry("How the level ends; absent on the lowest level", default=None)
    lift_when_lowered: Lift | None = entry(
        "How it ends where it followed a hotter level; absent = as lift", default=None
    )


@dataclass(frozen=True, slots=True)
class ZoneProposal:
    finding: Finding = entry("Fact that makes the proposal")
    granularity: Granularity = entry("Place proposed: the one of this kind where the person lives")
    level: str = entry("Key of the level proposed")


@dataclass(frozen=True, slots=True)
class ZoneRules:
    levels: tuple[ZoneLevel, ...] = entry("Levels, hottest first")
    proposals: tuple[Valued[ZoneProposal], ...] = entry("Proposals that the plan draws from a finding")
    on_new_case: Valued[NewCaseRule] = entry("What a new case inside a zone does to its days")


@dataclass(frozen=True, slots=True)
class ZoneTestDays:
    level: str = entry("Key of the zone level")
    test: ZoneTest = entry("Test that everybody takes")
    days: tuple[int, ...] = entry("Days after the level was laid, counted from 1", low=1, high=60)


@dataclass(frozen=True, slots=True)
class RoundRules:
    pool_sizes: Valued[tuple[int, ...]] = entry("People in one tube that are allowed", low=1, high=20)
    default_pool: Valued[int] = entry("People in one tube unless HQ says otherwise", low=1, high=20)
    zone_tests: tuple[Valued[ZoneTestDays], ...] = entry("Rounds that a zone level brings", default=())
    at_the_door: Valued[tuple[DoorCause, ...]] = entry("Who is sampled at the door, in a single tube")
    never_pooled: Valued[tuple[DoorCause, ...]] = entry("Who never shares a tube, wherever sampled")
    set_up_hours: Valued[int] = entry(
        "Sites are up so long after the order", low=0, high=24, default=usual(2, "rounds.set_up_hours")
    )
    round_hours: Valued[int] = entry("Usual length of a round", low=1, high=48, default=usual(10, "rounds.round_hours"))
    close_after_hours: Valued[int] = entry(
        "A round closes by itself so long after its end; what comes in until then still counts",
        low=0,
        high=168,
        default=usual(12, "rounds.close_after_hours"),
    )
    very_old_age: Valued[int] = entry("Age from which a person counts as very old", low=60, high=110)
    before_lift_hours: Valued[int] | None = entry(
        "All-person round this long before lifting", low=1, high=168, default=None
    )
    bag_tubes: Valued[int] = entry("Tubes in one sealed bag", low=1, high=200)
    people_per_sampler: Valued[int] = entry("People for one sampler in a round", low=1, high=5000)
    people_per_table: Valued[int] = entry("People for one sampling table", low=1, high=5000)
    people_per_site: Valued[int] = entry("People for one sampling site", low=1, high=20000)
    pooled_result_hours: Valued[int] = entry("Result of a pooled tube is due after", low=1, high=168)
    single_result_hours: Valued[int] = entry("Result of a single tube is due after", low=1, high=168)
    critical_result_hours: Valued[int] = entry(
        "Result for a person with timed medical care is due after", low=1, high=168
    )
    recall_mode: Valued[ManagementMode] = entry("Where the people of a positive pool stay until their single result")
    recall_hours: Valued[int] = entry("Single tubes of a positive pool are taken within", low=1, high=72)
    lab_delivery_hours: Valued[int] = entry("Tubes reach the laboratory within", low=1, high=72)


@dataclass(frozen=True, slots=True)
class PoolAdvice:
    warn_size: Valued[int] = entry("Pool size of which the system warns …", low=2, high=20)
    warn_above_share: Valued[float] = entry("… when the expected share of positives is above this", low=0, high=1)
    stop_above_share: Valued[float] = entry(
        "Share of positives above which pooling costs more than single tubes", low=0, high=1
    )


@dataclass(frozen=True, slots=True)
class InvestigationRules:
    report_hours: Valued[int] = entry("Network report after a positive", low=1, high=168)
    track_hours: Valued[int] = entry("Activity track of the case", low=1, high=168)
    first_report_hours: Valued[int] = entry("First epidemiological report", low=1, high=336)
    again_minutes: Valued[int] = entry("Who was not reached for the interview is tried again after", low=5, high=1440)
    door_after_tries: Valued[int] = entry("After so many vain tries somebody goes to the door", low=1, high=10)


@dataclass(frozen=True, slots=True)
class TransferRules:
    contact_hours: Valued[int] = entry("A contact is moved within", low=1, high=168)
    secondary_hours: Valued[int] = entry("A secondary contact is moved within", low=1, high=168)
    no_coach: Valued[Window] = entry("No coach drives in this window")
    second_driver_above_hours: Valued[int] = entry("A trip above this needs a second driver", low=1, high=24)
    night_sign_off: Valued[bool] = entry("Does movement at night need a signature of headquarters?")
    ambulance_seats: Valued[int] = entry("Infected people in one ambulance trip", low=1, high=10)


@dataclass(frozen=True, slots=True)
class PeopleLimits:
    shift_hours: Valued[int] = entry("Longest shift and longest day of duty", low=1, high=24)
    rest_hours: Valued[int] = entry("Shortest rest between two shifts", low=1, high=48)
    ppe_hours: Valued[int] = entry("Longest time in protective equipment without a break", low=1, high=12)
    ppe_break_minutes: Valued[int] = entry("Shortest break out of protective equipment", low=5, high=480)
    mask_hours: Valued[int] = entry("Longest use of one mask under exposure", low=1, high=12)
    days_in_row: Valued[int] = entry("Most days of duty in a row", low=1, high=30)
    night: Valued[Window] = entry("Night; duty in it is not followed by duty in the morning")
    morning_until: Valued[time] = entry("After a night of duty no shift starts before this time, HH:MM")
    exit_days: Valued[int] = entry("Days from hot duty until a cleaner zone is allowed", low=0, high=60)
    exit_tests: Valued[tuple[int, ...]] = entry(
        "Test days of the exit protocol, counted from 1", low=1, high=60, may_be_empty=True
    )


@dataclass(frozen=True, slots=True)
class ZoneWorkRules:
    """What a sealed entrance asks of hands."""

    guard_hours: Valued[int] = entry(
        "A guard stands so long at a stretch", low=1, high=12, default=usual(4, "zone_work.guard_hours")
    )
    guard_ahead_hours: Valued[int] = entry(
        "Posts are opened so long ahead", low=1, high=72, default=usual(24, "zone_work.guard_ahead_hours")
    )
    notice_hours: Valued[int] = entry(
        "The explanation at the doors is due within", low=1, high=48, default=usual(4, "zone_work.notice_hours")
    )
    notice_minutes: Valued[int] = entry(
        "Planned length of the explanation at one entrance",
        low=5,
        high=240,
        default=usual(40, "zone_work.notice_minutes"),
    )


@dataclass(frozen=True, slots=True)
class PlanningRules:
    """How long the planner looks for something better; people have their tasks before that."""

    search_seconds: Valued[int] = entry("Longest search for a better plan of the day", low=1, high=600)
    what_if_seconds: Valued[int] = entry(
        "Longest search for each of the two plans that a what-if compares", low=1, high=60
    )


@dataclass(frozen=True, slots=True)
class OutbreakTrigger:
    cases: int = entry("Cases that make the threshold", low=1, high=10000)
    within_days: int = entry("Days in which they are counted", low=1, high=365)
    scope: TriggerScope = entry("Group in which they are counted")


@dataclass(frozen=True, slots=True)
class ReportRules:
    cutoff: Valued[time] = entry("The report covers the day up to this time; 00:00 is midnight at the day's end")
    zero_report: Valued[bool] = entry("Is a report due when nothing happened?")
    ready_hours: Valued[int] = entry("The report of a day is ready this long after the day has ended", low=0, high=23)
    triggers: tuple[Valued[OutbreakTrigger], ...] = entry("Thresholds of a reportable outbreak", default=())


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    measure: str = entry("Measure code, or * for every other one")
    persons: int = entry("Different people who must approve", low=1, high=5)
    canonical: LevelClass | None = entry("Only for zones of this canonical level; absent = for all", default=None)


@dataclass(frozen=True, slots=True)
class CallRules:
    windows: Valued[tuple[Window, ...]] = entry("Call rounds of a day, each with its window")
    call_minutes: Valued[int] = entry("Planned length of one call", low=1, high=120)
    escalate_minutes: Valued[tuple[int, ...]] = entry(
        "Minutes after the window until deputy, grid leader and community group are told, one number a step",
        low=0,
        high=1440,
    )
    door_check_step: Valued[int] = entry(
        "Step from which on somebody knocks at the door of a person who was not reached", low=1, high=10
    )
    stop_after_hours: Valued[int] = entry("A call that is late for longer goes up no more", low=1, high=240)
    gone_hours: Valued[int] = entry(
        "A caller who is away at least so long hands the people over; before that the deputy steps in", low=1, high=240
    )
    pair_minutes: Valued[int] = entry("How soon whoever has no caller gets one", low=1, high=1440)
    uneven_by: Valued[int] = entry(
        "A caller may have so many people more or fewer than the even share before people move to another caller",
        low=1,
        high=1000,
    )


@dataclass(frozen=True, slots=True)
class RequestRules:
    """When the needs of residents are due, and who is told of those that are late."""

    life_minutes: Valued[int] = entry("Life in danger: due within", low=1, high=240)
    today_until: Valued[time] = entry("A need of today is due at this time of the evening …")
    today_at_least_minutes: Valued[int] = entry("… and one that comes later still gets so long", low=1, high=720)
    normal_hours: Valued[int] = entry("Any other need: due within", low=1, high=240)
    medicine_today_days: Valued[int] = entry("Medicine for so many days or fewer is a need of today", low=0, high=60)
    medicine_days: Valued[int] = entry("Medicine for so many days or fewer is a need", low=0, high=60)
    visit_minutes: Valued[int] = entry("Planned length of a visit for a need", low=1, high=240)
    escalate_minutes: Valued[tuple[int, ...]] = entry(
        "Minutes after the due time until owner, grid leader and community group are told, one number a step",
        low=0,
        high=1440,
    )


@dataclass(frozen=True, slots=True)
class Retention:
    data: str = entry("Purpose named by the personal-data marks")
    days: int = entry("Days after the incident closes", low=0, high=36500)


@dataclass(frozen=True, slots=True)
class PrivacyRules:
    retention: tuple[Valued[Retention], ...] = entry("How long each class of data is kept")
    publish: Valued[Publishing] = entry("What of a case may be named in public")
    smallest_group: Valued[int] = entry("Smallest group that may be counted in public", low=1, high=100)


@dataclass(frozen=True, slots=True)
class Spraying:
    from_day: int = entry("First day after the case became known, counted from 1", low=1, high=60)
    until_day: int = entry("Last day", low=1, high=60)
    times_a_day: int = entry("Adulticide passes in a day", low=1, high=6)


@dataclass(frozen=True, slots=True)
class IndexBand:
    below: float = entry("The band holds index values below this and not below the band before", low=0, high=100000)
    level: str = entry("Key of the zone level")


@dataclass(frozen=True, slots=True)
class VectorRules:
    radius_m: Valued[int] = entry("Metres around the home of the case: core area", low=1, high=5000)
    alert_radius_m: Valued[int] = entry("Metres around the core area: alert area", low=1, high=5000)
    spraying: tuple[Valued[Spraying], ...] = entry("Adulticide rhythm")
    source_reduction_days: Valued[int] = entry("One full pass over breeding sites within", low=1, high=60)
    survey_every_days: Valued[int] = entry("Days between two vector surveys in the core area", low=1, high=60)
    survey_households: Valued[int] = entry("Households in one survey", low=1, high=10000)
    bands: tuple[Valued[IndexBand], ...] = entry("Zone level by Breteau index, lowest first")
    stop_below: Valued[float] = entry("Control may stop below this index", low=0, high=1000)
    bite_windows: Valued[tuple[Window, ...]] = entry("Times at which the vector bites most")


@dataclass(frozen=True, slots=True)
class ClusterSignal:
    cases: int = entry("People with like symptoms", low=1, high=1000)
    within_days: int = entry("Days in which they are counted", low=1, high=60)
    scope: TriggerScope = entry("Group in which they are counted")


@dataclass(frozen=True, slots=True)
class ExposureRules:
    kinds: Valued[tuple[ExposureKind, ...]] = entry("Common sources that the interview asks about")
    before_onset_min_hours: Valued[int] = entry("An exposure counts from this long before onset …", low=0, high=2000)
    before_onset_max_hours: Valued[int] = entry("… back to this long before onset", low=1, high=2000)
    signals: tuple[Valued[ClusterSignal], ...] = entry("Early signals of a cluster", default=())


@dataclass(frozen=True, slots=True)
class Disinfection:
    surface: str = entry("UPPER_CASE code of what is cleaned")
    chlorine_mg_l_min: int = entry("Weakest solution, mg/L of active chlorine", low=1, high=100000)
    chlorine_mg_l_max: int = entry("Strongest solution, mg/L", low=1, high=100000)
    minutes: int | None = entry("Contact time", low=1, high=1440, default=None)


@dataclass(frozen=True, slots=True)
class CleaningRules:
    alcohol_effective: Valued[bool] = entry("Does alcohol hand rub work against the agent?")
    hand_wash_seconds: Valued[int] = entry("Hand washing with soap for at least", low=1, high=300)
    surfaces: tuple[Valued[Disinfection], ...] = entry("What is cleaned with what")


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules that hold over one span of days; both days are inclusive, ``None`` is open."""

    id: str = entry("Unique id, also the first part of every rule key")
    name: Text = entry("Name")
    effective_from: Valued[date] | None = entry("First day on which the rules hold; absent = always did", default=None)
    effective_until: Valued[date] | None = entry("Last day on which they hold; absent = still do", default=None)
    contacts: ContactRules = entry("Who is a contact")
    management: tuple[Valued[ManagementRule], ...] = entry("What happens to whom, for how long")
    isolation: CaseIsolation = entry("Isolation of a case")
    zones: ZoneRules = entry("Zone levels")
    rounds: RoundRules = entry("Sampling rounds")
    pooling: PoolAdvice = entry("Advice on pool sizes")
    investigation: InvestigationRules = entry("Deadlines of an investigation")
    transfer: TransferRules = entry("Moving people")
    people: PeopleLimits = entry("Limits that protect those who serve")
    planning: PlanningRules = entry("The planner")
    zone_work: ZoneWorkRules = entry("Hands for a sealed entrance", default=ZoneWorkRules())
    reports: ReportRules = entry("Reports upward")
    approvals: tuple[Valued[ApprovalRule], ...] = entry("How many people approve which measure")
    calls: CallRules = entry("One-to-one calls")
    requests: RequestRules = entry("Needs of residents")
    privacy: PrivacyRules = entry("Keeping and publishing personal data")
    vector: VectorRules | None = entry("Vector control", default=None)
    exposure: ExposureRules | None = entry("Common-source exposure", default=None)
    cleaning: CleaningRules | None = entry("Disinfection", default=None)


@dataclass(frozen=True, slots=True)
class Profile:
    """One disease. ``reference_only`` profiles are shipped for study and drills, never as today's rules."""

    id: str = entry("Unique id, equal to the file name")
    name: Text = entry("Name")
    notice: Text = entry("What to know before use")
    reference_only: bool = entry("Is it history and not today's rule?")
    transmission: Transmission = entry("Contact model")
    test: Valued[TestKind] = entry("What is sampled from people")
    infection: Infection = entry("Course of the infection")
    rule_sets: tuple[RuleSet, ...] = entry("Dated rule sets, oldest first")
