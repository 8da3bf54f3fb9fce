"""Limits on human work. Every number comes from the disease profile; the defaults are only a cautious start."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class PpeLimit:
    """Continuous wear of protective equipment of at least ``level`` for at most ``max_min``, then ``break_min`` idle.

    Wear runs from the start of the first such visit to the end of the last one, walking and waiting included,
    until a gap without work and without walking of at least ``break_min``.
    """

    level: int
    max_min: int
    break_min: int


@dataclass(frozen=True, kw_only=True)
class LaborLimits:
    """Hard limits on one person's work. All lengths in minutes; ``None`` means "no such limit".

    A *shift* starts when a person sets out from home (their station) and ends with the last visit before a pause
    of at least ``min_rest_min``. A shorter pause does not end the shift: waiting counts as being on duty.
    A shift belongs to the calendar day on which it starts.

    Parameters
    ----------
    max_shift_min
        Longest shift, from setting out to the end of the last visit.
    max_day_min
        Most minutes on duty within one calendar day, with ``Responder.worked_today_min``.
    max_week_min
        Most minutes on duty within one week, with ``Responder.worked_week_min``.
    min_rest_min
        Shortest pause between two shifts.
    max_days_in_a_row
        Most calendar days in a row on which a shift starts, with ``Responder.days_in_a_row``.
    night_from_min, night_until_min
        Night as minutes after midnight, for example 22:00 to 06:00; the night runs over midnight.
    night_counts_from_min
        A shift with at least this many minutes inside one night is a night shift.
    morning_until_min
        After a night shift no shift starts before this minute of the day on which the night ended.
    ppe
        One limit for each level of protective equipment that is limited.
    zone_order_from
        Zones of this level and hotter ones may only be left for a cleaner one through the exit protocol.
    exit_protocol_min
        Idle minutes the exit protocol takes; ``None``: it cannot be done within the plan.
    max_drive_day_min
        Most minutes at the wheel in one calendar day, with ``Responder.drove_today_min``.
    max_drive_min, drive_break_min
        Longest drive without an idle gap of ``drive_break_min``.
    freeze_min
        A visit of the previous plan that starts before ``now + freeze_min`` is not moved on a replan.
    """

    max_shift_min: int = 600
    max_day_min: int = 600
    max_week_min: int | None = None
    min_rest_min: int = 660
    max_days_in_a_row: int = 6
    night_from_min: int = 1320
    night_until_min: int = 360
    night_counts_from_min: int = 120
    morning_until_min: int = 720
    ppe: tuple[PpeLimit, ...] = (PpeLimit(level=2, max_min=240, break_min=60),)
    zone_order_from: int = 1
    exit_protocol_min: int | None = 30
    max_drive_day_min: int | None = 480
    max_drive_min: int | None = 240
    drive_break_min: int = 20
    freeze_min: int = 30
