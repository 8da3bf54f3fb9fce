"""Machine codes of the planner. The caller turns them into sentences; the engine never speaks a human language."""

from enum import IntEnum, StrEnum


class Rule(StrEnum):
    """One hard rule, or one way in which an answer can be malformed."""

    # who may do it
    SKILL = "SKILL"
    EXCLUDED = "EXCLUDED"
    ZONE_COHORT = "ZONE_COHORT"
    # when it may be done
    AVAILABILITY = "AVAILABILITY"
    WINDOW = "WINDOW"
    PAST = "PAST"
    BUSY = "BUSY"
    TRAVEL = "TRAVEL"
    # how much a person may do
    SHIFT_LENGTH = "SHIFT_LENGTH"
    DAY_HOURS = "DAY_HOURS"
    WEEK_HOURS = "WEEK_HOURS"
    REST = "REST"
    DAYS_IN_A_ROW = "DAYS_IN_A_ROW"
    NIGHT_MORNING = "NIGHT_MORNING"
    PPE_TIME = "PPE_TIME"
    ZONE_ORDER = "ZONE_ORDER"
    DRIVER_HOURS = "DRIVER_HOURS"
    # how hands, tasks and vehicles hang together
    SYNC = "SYNC"
    DISTINCT_HANDS = "DISTINCT_HANDS"
    PRECEDENCE = "PRECEDENCE"
    SEATS = "SEATS"
    VEHICLE_BUSY = "VEHICLE_BUSY"
    # what people have fixed
    PIN = "PIN"
    FREEZE = "FREEZE"
    # malformed answers
    UNKNOWN_ID = "UNKNOWN_ID"
    DUPLICATE = "DUPLICATE"
    DURATION = "DURATION"
    INCOMPLETE_TASK = "INCOMPLETE_TASK"
    UNACCOUNTED = "UNACCOUNTED"
    OBJECTIVE = "OBJECTIVE"
    # not a rule: the run was stopped before this task was tried
    NOT_TRIED = "NOT_TRIED"


# A named person may waive these for one visit by a pin; physics, shape and other people's choices cannot be waived.
WAIVABLE_RULES = frozenset(
    {
        Rule.SKILL,
        Rule.EXCLUDED,
        Rule.ZONE_COHORT,
        Rule.AVAILABILITY,
        Rule.WINDOW,
        Rule.SHIFT_LENGTH,
        Rule.DAY_HOURS,
        Rule.WEEK_HOURS,
        Rule.REST,
        Rule.DAYS_IN_A_ROW,
        Rule.NIGHT_MORNING,
        Rule.PPE_TIME,
        Rule.ZONE_ORDER,
        Rule.DRIVER_HOURS,
        Rule.SEATS,
    }
)


class Tier(IntEnum):
    """How bad it is when a task comes late. Life-and-limb tasks come before everything else."""

    NORMAL = 0
    LIFE_AND_LIMB = 1


class ReasonCode(StrEnum):
    """The first tier on which the chosen person beat the runner-up, or the fact that decided before any comparison."""

    PINNED = "PINNED"
    FROZEN = "FROZEN"
    KEPT = "KEPT"
    ONLY_ONE = "ONLY_ONE"
    EARLIER = "EARLIER"
    LEAST_LOADED = "LEAST_LOADED"
    LEAST_RECENTLY_ASKED = "LEAST_RECENTLY_ASKED"
    CLOSEST_FREE = "CLOSEST_FREE"
    CONTINUITY = "CONTINUITY"
    FIRST_OF_EQUALS = "FIRST_OF_EQUALS"
    WHOLE_PLAN = "WHOLE_PLAN"


class ReliefKind(StrEnum):
    """What would have to be added so that an unserved task is served."""

    EXTRA_RESPONDERS = "EXTRA_RESPONDERS"
    EXTRA_VEHICLE = "EXTRA_VEHICLE"
    SERVE_FIRST = "SERVE_FIRST"
    LONGER_WINDOW = "LONGER_WINDOW"


class PauseKind(StrEnum):
    """Why a gap in a person's day must stay empty."""

    PPE_BREAK = "PPE_BREAK"
    EXIT_PROTOCOL = "EXIT_PROTOCOL"


class MeasuredFrom(StrEnum):
    """Which end of the earlier task a precedence lag is measured from."""

    START = "START"
    END = "END"


class StoppedBy(StrEnum):
    """Why a run ended."""

    COMPLETE = "COMPLETE"
    STOP_RULE = "STOP_RULE"
    CANCELLED = "CANCELLED"
