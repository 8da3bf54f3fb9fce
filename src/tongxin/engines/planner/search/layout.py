"""Where every number of the search lives: the columns of its arrays, and the arrays as two named tuples."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tongxin.engines.planner.search.limits_row import LIMITS

Ints = NDArray[np.int64]
Small = NDArray[np.int32]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
# addresses and shapes of the arrays of a model or of a state
Table = NDArray[np.int64]

NEVER = 2**40
MAX_HANDS = 8

# tiers of the cost, in order; WORST_LATE is only counted for the public benchmark
LIFE, UNSERVED, LATENESS, UNFAIR, ASKED, WALKING, STRANGERS, MOVES, WORST_LATE = range(9)
TIERS = 9

# Model.task
T_FIRST, T_HANDS, T_DUE, T_PRIORITY, T_IS_LIFE, T_FIXED, T_PPE, T_ZONE, T_EARLY, T_LATE_END = range(10)
TASK_COLUMNS = 10
# Model.visit: lags are to the hand before; V_FROM and V_UNTIL bound the start
V_TASK, V_HAND, V_MIN, V_NODE, V_END, V_CLASS, V_DRIVES, V_LOAD = range(8)
V_LAG_MIN, V_LAG_MAX, V_FROM, V_UNTIL, V_DUE, V_OLD_PERSON, V_OLD_START, V_FACT = range(8, 16)
VISIT_COLUMNS = 16
# Model.person
P_HOME, P_END, P_READY, P_VEHICLE, P_PAUSE, P_ASKED, P_LOAD, P_SHIFT, P_LOCKED, P_WINDOWS = range(10)
P_DAY, P_WEEK, P_IN_A_ROW, P_LAST_DUTY, P_WORKED_NIGHT = range(10, 15)
PERSON_COLUMNS = 15
# Model.const: the limits of ``limits_row``, and behind them
C_RULES, C_LATE_PER_HAND, C_STAIRS_FACTOR, C_TOLERANCE, C_IS_LONG = range(LIMITS, LIMITS + 5)
CONSTANTS = LIMITS + 5
# State.row: one for each visit, and after them one for each person (the ring's head and tail)
# R_HOLD: from when on a visit may start for the sake of a later one; in a head the turn of its holds, 0 without any
R_PERSON, R_PREV, R_NEXT, R_START, R_LEG, R_LATE, R_MOVED, R_HOLD = range(8)
R_SHIFT, R_HOT, R_DRIVE, R_DRIVE_DAY, R_DONE_DAY, R_WINDOW, R_PLANNED = range(8, 15)
R_SINCE = 15
# State.tally
N_MOVE, N_HEAP, N_ROWS, N_TASKS, N_PEOPLE, N_POOL, N_JOBS, N_RANDOM, N_TRIES, N_TAKEN, N_SINCE, N_FAILED = range(12)
# holds: calls of settle, holds in this one, whether one was just made, whether there was ever one
N_TURN, N_HOLDS, N_IS_HELD, N_EVER_HELD = range(12, 16)
TALLIES = 16
# State.person_now
Q_LOAD, Q_WORK = range(2)
# State.task_now
K_SERVED, K_LATE, K_STRANGER = range(3)


class Model(NamedTuple):
    """What never changes during a search. T tasks, V visits (hands), P people and vehicles, N spots, E entrances."""

    task: Ints  # (T, TASK_COLUMNS)
    visit: Ints  # (V, VISIT_COLUMNS)
    person: Ints  # (P, PERSON_COLUMNS)
    window: Ints  # (P, W, 2)
    head: Ints  # (P, R_SINCE + K): how everybody's row looks before the first visit
    spot: Ints  # (N, 4): entrance, floors up, has lift, minutes from the door to the entrance
    walk: Small  # (E, E)
    can: Flags  # (classes, P): whom skills, cohort, exclusions and pins allow
    able: Small  # (classes, P + 1): their number, then their indices
    near: Small  # (T, M): tasks that could well come before or after, the likeliest first
    link: Ints  # (L, 5): earlier task, later task, lag from, lag to, measured from the start
    before: Small  # (T, B): links by their later task, -1 beyond
    after: Small  # (T, A): links by their earlier task, -1 beyond
    known: Small  # (T, F): preferred people, -1 beyond
    ppe: Ints  # (K, 3): level, longest wear, break
    const: Ints  # (CONSTANTS,)


class State(NamedTuple):
    """A plan under change, with what is needed to take the last move back."""

    row: Ints  # (V + P, R_SINCE + K)
    rank: Floats  # (T,): the global order
    task_now: Ints  # (T, 3)
    person_now: Ints  # (P, 2)
    cost: Ints  # (TIERS,)
    tally: Ints  # (TALLIES,)
    pool: Small  # (2, T): unserved tasks, and where each task stands among them
    heap: Small  # (T + P,)
    in_heap: Ints  # (T + P,)
    out: Ints  # (MAX_HANDS, R_SINCE + K): rows being worked out
    job: Small  # (J,): tasks that are being moved
    new_rank: Floats  # (T,)
    new_person: Small  # (V,)
    hint: Small  # (V,): where in the new person's ring to start looking
    # the way back
    stamp: Ints  # (V + P + T + P,): move in which something was saved
    saved_id: Small  # (V + P,)
    saved_row: Ints  # (V + P, R_SINCE + K)
    saved_task: Ints  # (T, 4): task, and its task_now
    saved_rank: Floats  # (T,)
    saved_person: Ints  # (P, 3)
    saved_cost: Ints  # (TIERS,)


class Pace(NamedTuple):
    """How a stretch of the walk goes."""

    weight: Floats  # (TIERS,): prices that steer the walk
    share: Ints  # running totals of the moves' shares
    heat: Floats  # (2,): at its begin and at its end
    steps: int
    is_strict: bool  # the best plan is so tier by tier, not by price


class Best(NamedTuple):
    """The best plan so far: order, assignment and cost, changed in place."""

    rank: Floats  # (T,)
    person: Small  # (V,)
    cost: Ints  # (TIERS,)
