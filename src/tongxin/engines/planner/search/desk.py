"""One flat array that holds everybody's day with the exact rules' numbers: what a first answer is built on.

The search times tasks by a global order; a first answer puts one task after another into free stretches and leaves
what is there where it is. A handful of tables of whole numbers lie one after another in one array ``q``, so that a call
of compiled code carries one argument: ``q[pos(q, DAY, row, D_START)]``. It begins with the offset and width of each.
"""
# mypy: disable-error-code="no-any-return"

from tongxin.engines.planner.search.jit import compiled
from tongxin.engines.planner.search.layout import Ints
from tongxin.engines.planner.search.limits_row import C_LIFT, C_STAIRS_S, LIMITS

NEVER = 2**30
NONE = -(2**40)
NO_ZONE = 99
MOST_KEY = 2**62

# the tables
(
    TASK,
    HAND,
    PERSON,
    WINDOW,
    SPOT,
    WALK,
    UNFIT,
    SPARE,
    KNOWN,
    OLD,
    PPE,
    CONST,
    DAY,
    GAP,
    ENTRY,
    PROBE,
    DUTY,
    PASSES,
    LIST,
    VEHICLE,
    RIDE,
    OUT,
    FLAG,
    VERDICT,
    SIZE,
) = range(25)
TABLES = 25

# TASK
T_HAND, T_HANDS, T_START, T_END, T_DUE, T_PPE, T_ZONE, T_SEATS, T_LAG_MIN, T_LAG_MAX, T_NODE, T_END_NODE = range(12)
T_STARTED, T_KNOWN = range(12, 14)
TASK_WIDTH = 14
# HAND: the row of UNFIT and of SPARE; whom and when a pin or the plan in force wants, or NONE
H_MIN, H_DRIVES, H_CLASS, H_SPARE, H_WHO, H_WHEN = range(6)
HAND_WIDTH = 6
# PERSON
P_HOME, P_END, P_HOTTEST, P_WORN, P_DROVE, P_DROVE_DAY, P_DAY, P_WEEK, P_IN_A_ROW, P_LAST_DUTY, P_SHIFT = range(11)
P_NIGHT, P_EARLIEST, P_WINDOWS, P_STOPS, P_GAPS, P_LOAD, P_ASKED = range(11, 18)
PERSON_WIDTH = 18
# CONST, in one row: the limits of ``limits_row``, and behind them
C_CANDIDATES = LIMITS
# DAY and PROBE
D_START, D_END, D_TASK, D_NODE, D_END_NODE, D_PPE, D_ZONE, D_DRIVES, D_FACT, D_DEPARTS, D_IDLE, D_FRESH, D_NEW = range(
    13
)
DAY_WIDTH = 13
# GAP: then since when and until when equipment is worn, for each limit
G_FROM, G_UNTIL, G_BEFORE, G_AFTER, G_IDLE_FROM, G_HOT, G_COOL, G_RAW_FROM, G_RAW_UNTIL, G_WORN = range(10)
# ENTRY: person, first and last start and walk of one free stretch; then both cut to the start that is being looked at
E_PERSON, E_FIRST, E_LAST, E_WALK, E_LOW, E_HIGH, E_KEY = range(7)
ENTRY_WIDTH = 7
# DUTY
U_START, U_END, U_PLANNED, U_RUNNING = range(4)
# PASSES: per stop, the span of shifts, and the zones and wear before and behind it
X_BEGINS, X_ENDS, X_HOT, X_COOL, X_WORN = range(5)
# OUT: one row for each hand
O_PERSON, O_START, O_WALK, O_OTHER, O_OTHER_START, O_OTHER_WALK, O_VEHICLE = range(7)
OUT_WIDTH = 7
# VEHICLE: then its windows
B_SEATS, B_PAUSE, B_WINDOWS, B_RIDES, B_FIRST_WINDOW = range(5)
# RIDE
RIDE_WIDTH = 3
# SIZE, in one row: how many there are; the running number of the look in FLAG, and that of the look that bars people;
# the hand that found nobody, and the first start that is asked about
S_PEOPLE, S_STOPS, S_GAPS, S_ENTRIES, S_PPE, S_VEHICLES, S_RIDES, S_LOOK, S_BARRING, S_FAILED, S_FIRST = range(11)
SIZE_WIDTH = 11
# rows of LIST: the number of entries of each hand, and room to sort starts in
ENTRIES, SORTED, STARTS, LATER, DAWNS = range(5)
LISTS = 5

# the rules as numbers; 0: none is broken
(
    OK,
    SKILL,
    EXCLUDED,
    ZONE_COHORT,
    AVAILABILITY,
    PAST,
    BUSY,
    TRAVEL,
    SHIFT_LENGTH,
    DAY_HOURS,
    WEEK_HOURS,
    REST,
    DAYS_IN_A_ROW,
    NIGHT_MORNING,
    PPE_TIME,
    ZONE_ORDER,
    DRIVER_HOURS,
    PIN,
) = range(18)


@compiled
def pos(q: Ints, table: int, row: int, column: int) -> int:
    """Return where a number of a table stands."""
    return q[2 * table] + row * q[2 * table + 1] + column


@compiled
def const(q: Ints, which: int) -> int:
    """Return a limit or a weight."""
    return q[q[2 * CONST] + which]


@compiled
def size(q: Ints, which: int) -> int:
    """Return how many there are of something."""
    return q[q[2 * SIZE] + which]


@compiled
def count(q: Ints, hand: int) -> int:
    """Return how many entries a hand has."""
    return q[pos(q, LIST, ENTRIES, hand)]


@compiled
def way(q: Ints, a: int, b: int) -> int:
    """Return the walk between two spots; from and to nowhere (-1) there is none."""
    if a < 0 or b < 0 or a == b:
        return 0
    one, two = pos(q, SPOT, a, 0), pos(q, SPOT, b, 0)
    if q[one] != q[two]:
        return q[pos(q, WALK, q[one], q[two])] + q[one + 3] + q[two + 3]
    stairs = (abs(q[one + 1] - q[two + 1]) * const(q, C_STAIRS_S) + 59) // 60
    return min(stairs, const(q, C_LIFT)) if q[one + 2] and q[two + 2] else stairs
