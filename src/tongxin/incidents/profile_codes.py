"""Codes that a disease profile may use; the words behind them are in the profile file or in the locale."""

from enum import StrEnum

__all__ = [
    "Anchor",
    "Clock",
    "Degree",
    "DoorCause",
    "ExposureKind",
    "Finding",
    "Grade",
    "Granularity",
    "IsolationEnd",
    "Layer",
    "LevelClass",
    "LiftKind",
    "ManagementMode",
    "NewCaseRule",
    "PersonClass",
    "Publishing",
    "TestKind",
    "Transmission",
    "TriggerScope",
    "ZoneTest",
]


class Grade(StrEnum):
    """How far a value can be trusted: A law text or standard, B press, C mirror copy, D derived, U unsourced."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    U = "U"


class Transmission(StrEnum):
    """The contact model: from person to person, from a common source, or by a vector within a radius."""

    PERSON = "PERSON"
    EXPOSURE_SOURCE = "EXPOSURE_SOURCE"
    VECTOR_RADIUS = "VECTOR_RADIUS"


class TestKind(StrEnum):
    """What is taken from a person in a sampling round."""

    __test__ = False  # the name begins with Test, and the test collector must not take it for one

    SWAB = "SWAB"
    STOOL = "STOOL"
    SERUM = "SERUM"
    NONE = "NONE"


class Anchor(StrEnum):
    """The event of the case from which days are counted."""

    ONSET = "ONSET"
    RASH = "RASH"
    POSITIVE_SAMPLE = "POSITIVE_SAMPLE"


class Layer(StrEnum):
    """One way in which two people can have met."""

    HOUSEHOLD = "HOUSEHOLD"
    ENTRANCE = "ENTRANCE"
    FLOOR = "FLOOR"
    CLASS = "CLASS"
    WORK_UNIT = "WORK_UNIT"
    TUBE = "TUBE"
    QUEUE = "QUEUE"
    RADIUS = "RADIUS"
    VENUE = "VENUE"


class Degree(StrEnum):
    """What a person found through a layer becomes."""

    CONTACT = "CONTACT"
    SECONDARY_CONTACT = "SECONDARY_CONTACT"
    EXPOSED = "EXPOSED"


class PersonClass(StrEnum):
    """Whom a management rule is for; the last two are people, not statuses of the contact graph."""

    CONTACT = "CONTACT"
    SECONDARY_CONTACT = "SECONDARY_CONTACT"
    EXPOSED = "EXPOSED"
    ZONE_LEAVER = "ZONE_LEAVER"
    LOOP_LEAVER = "LOOP_LEAVER"


class ManagementMode(StrEnum):
    """Where a person under management stays, strictest first."""

    HOSPITAL = "HOSPITAL"
    CENTRAL_ISOLATION = "CENTRAL_ISOLATION"
    HOME_ISOLATION = "HOME_ISOLATION"
    HOME_MONITORING = "HOME_MONITORING"
    MONITORING = "MONITORING"
    SELF_MONITORING = "SELF_MONITORING"


class Clock(StrEnum):
    """The day from which the days of management are counted."""

    LAST_CONTACT = "LAST_CONTACT"
    LEFT_AREA = "LEFT_AREA"
    LEFT_LOOP = "LEFT_LOOP"


class IsolationEnd(StrEnum):
    """One condition of the AND-list that ends the isolation of a case."""

    DAYS_AFTER_ONSET = "DAYS_AFTER_ONSET"
    DAYS_AFTER_RASH = "DAYS_AFTER_RASH"
    HOURS_SYMPTOM_FREE = "HOURS_SYMPTOM_FREE"
    HOURS_FEVER_FREE = "HOURS_FEVER_FREE"
    HOURS_AFTER_POSITIVE = "HOURS_AFTER_POSITIVE"
    NEGATIVE_TESTS = "NEGATIVE_TESTS"


class LevelClass(StrEnum):
    """The canonical level behind a local zone name, hottest first."""

    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"


class Granularity(StrEnum):
    """The kind of place on which a zone level is laid, largest first."""

    COMPOUND = "COMPOUND"
    GRID = "GRID"
    BUILDING = "BUILDING"
    ENTRANCE = "ENTRANCE"


class LiftKind(StrEnum):
    """One condition of the AND-list that lifts a zone level."""

    NO_NEW_DAYS = "NO_NEW_DAYS"
    ROUND_NEGATIVE_ON_DAY = "ROUND_NEGATIVE_ON_DAY"
    ROUND_NEGATIVE_WITHIN_HOURS = "ROUND_NEGATIVE_WITHIN_HOURS"
    LAST_CONTACT_GONE_DAYS = "LAST_CONTACT_GONE_DAYS"
    INDEX_BELOW = "INDEX_BELOW"
    CLEANING_DONE = "CLEANING_DONE"


class Finding(StrEnum):
    """The fact that makes the system propose a zone level."""

    CASE = "CASE"
    RECALLED_POOL = "RECALLED_POOL"


class NewCaseRule(StrEnum):
    """What a new case inside a zone does to the zone's days: a study by people, or a fresh start of the count."""

    REVIEW = "REVIEW"
    RESTART = "RESTART"


class ZoneTest(StrEnum):
    """The test that everybody in a zone takes on a given day."""

    PCR = "PCR"
    ANTIGEN = "ANTIGEN"
    STOOL = "STOOL"


class DoorCause(StrEnum):
    """Why a person is sampled at the door or singly and never in a pool."""

    UNTRANSFERRED_RISK = "UNTRANSFERRED_RISK"
    ANTIGEN_POSITIVE = "ANTIGEN_POSITIVE"
    POOL_POSITIVE = "POOL_POSITIVE"
    IMMOBILE = "IMMOBILE"
    VERY_OLD = "VERY_OLD"
    SYMPTOMATIC = "SYMPTOMATIC"
    CONTACT = "CONTACT"
    SECONDARY_CONTACT = "SECONDARY_CONTACT"
    EXPOSED = "EXPOSED"


class ExposureKind(StrEnum):
    """A common source that an exposure-source profile asks about."""

    MEAL = "MEAL"
    WATER = "WATER"
    CLASSROOM = "CLASSROOM"
    VOMIT_EVENT = "VOMIT_EVENT"
    CARE = "CARE"


class TriggerScope(StrEnum):
    """The group of people in which an outbreak threshold is counted."""

    CLASS = "CLASS"
    UNIT = "UNIT"
    VILLAGE_OR_SCHOOL = "VILLAGE_OR_SCHOOL"
    TOWNSHIP = "TOWNSHIP"
    COUNTY = "COUNTY"


class Publishing(StrEnum):
    """What of a case may be named in public."""

    PLACES_ONLY = "PLACES_ONLY"
    NOTHING = "NOTHING"
