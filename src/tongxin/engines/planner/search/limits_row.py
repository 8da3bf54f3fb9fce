"""The numbers of a problem that hold for everybody, in one row: the same places for the search and for the desk.

Each of the two puts its own numbers behind these, from ``LIMITS`` on.
"""

from tongxin.engines.planner.problem import Problem

DAY_MIN = 1440
WEEK_MIN = 10080

# C_HORIZON, C_NOW and so on are part of what is compiled: see ``warm.fingerprint``
(
    C_HORIZON,
    C_NOW,
    C_STAIRS_S,
    C_LIFT,
    C_UNIT,
    C_SHIFT,
    C_DAY,
    C_WEEK,
    C_REST,
    C_IN_A_ROW,
    C_NIGHT_FROM,
    C_NIGHT_UNTIL,
    C_NIGHT_COUNTS,
    C_MORNING,
    C_ZONE_FROM,
    C_PROTOCOL,
    C_DRIVE_DAY,
    C_DRIVE,
    C_DRIVE_BREAK,
    C_MIDNIGHT,
    C_WEEK_START,
) = range(21)
LIMITS = 21


def limits_row(problem: Problem) -> list[int]:
    """Return these numbers of a problem, LIMITS of them in order; -1 where there is no such limit."""
    limits = problem.limits
    values = {
        C_HORIZON: problem.horizon_min,
        C_NOW: problem.now_min,
        C_STAIRS_S: problem.travel.stairs_s_per_floor,
        C_LIFT: problem.travel.lift_min,
        C_UNIT: problem.weights.fairness_unit_min,
        C_SHIFT: limits.max_shift_min,
        C_DAY: limits.max_day_min,
        C_WEEK: _number(limits.max_week_min),
        C_REST: limits.min_rest_min,
        C_IN_A_ROW: limits.max_days_in_a_row,
        C_NIGHT_FROM: limits.night_from_min,
        C_NIGHT_UNTIL: limits.night_until_min,
        C_NIGHT_COUNTS: limits.night_counts_from_min,
        C_MORNING: limits.morning_until_min,
        C_ZONE_FROM: limits.zone_order_from,
        C_PROTOCOL: _number(limits.exit_protocol_min),
        C_DRIVE_DAY: _number(limits.max_drive_day_min),
        C_DRIVE: _number(limits.max_drive_min),
        C_DRIVE_BREAK: limits.drive_break_min,
        C_MIDNIGHT: problem.first_midnight_min,
        C_WEEK_START: problem.week_start_min,
    }
    return [values[k] for k in range(LIMITS)]


def _number(value: int | None) -> int:
    return -1 if value is None else value
