"""What is to be planned: tasks, people, places, limits. All times are whole minutes after the plan's start (minute 0).

The unit is called a minute; an adapter of a public benchmark may use any other small unit, as long as it is the same
everywhere. Ids are opaque strings. Nothing here may hold a name, a phone number or free text about a person.
"""

from dataclasses import dataclass, field

from tongxin.engines.planner.codes import MeasuredFrom, Rule, Tier
from tongxin.engines.planner.limits import LaborLimits
from tongxin.engines.planner.travel import Place, Travel

ANY_ZONE = 99


@dataclass(frozen=True)
class Window:
    """A half-open stretch of time: ``start_min`` is inside, ``end_min`` is the first minute outside."""

    start_min: int
    end_min: int


@dataclass(frozen=True, kw_only=True)
class Hand:
    """One pair of hands that a task needs.

    ``duration_min`` is this hand's own duration (default: the task's). ``drives`` counts its minutes as driving.
    """

    skills: frozenset[str] = frozenset()
    duration_min: int | None = None
    drives: bool = False


@dataclass(frozen=True)
class Sync:
    """How the starts of consecutive hands of one task lie: hand k+1 starts ``min_lag`` to ``max_lag`` after hand k."""

    min_lag_min: int = 0
    max_lag_min: int = 0


SIMULTANEOUS = Sync()


@dataclass(frozen=True, kw_only=True)
class After:
    """This task's first start lies ``min_lag`` to ``max_lag`` after the start or the end of another task.

    If the other task is not served, neither is this one.
    """

    task: str
    min_lag_min: int = 0
    max_lag_min: int | None = None
    measured_from: MeasuredFrom = MeasuredFrom.END


@dataclass(frozen=True, kw_only=True)
class Task:
    """One piece of work at one place for one or more hands, each hand a different person.

    Parameters
    ----------
    window
        All hands start and end inside it (hard).
    deadline_min
        When the last hand should have ended (soft: later is late); ``None``: the end of the window.
    priority
        Weight of leaving it undone, 1 or more; within ``tier``.
    zone
        Zone level, 0 = clean, higher = hotter.
    preferred
        Ids of people whom the other side already knows (continuity).
    excluded
        Ids of people who must not get it, for example because they gave it back.
    seats
        Passenger seats; more than 0 makes it need a vehicle with that many seats for the whole task.
    end_place
        Where the hands are afterwards; ``None``: where it started.
    """

    id: str
    place: str
    duration_min: int
    window: Window
    hands: tuple[Hand, ...] = (Hand(),)
    deadline_min: int | None = None
    priority: int = 1
    tier: Tier = Tier.NORMAL
    sync: Sync = SIMULTANEOUS
    after: tuple[After, ...] = ()
    ppe_level: int = 0
    zone: int = 0
    preferred: tuple[str, ...] = ()
    excluded: frozenset[str] = frozenset()
    seats: int = 0
    end_place: str | None = None

    @property
    def due_min(self) -> int:
        """Return the minute by which the last hand should have ended."""
        return self.window.end_min if self.deadline_min is None else self.deadline_min

    def hand_min(self, hand: int) -> int:
        """Return the duration of one hand in minutes."""
        own = self.hands[hand].duration_min
        return self.duration_min if own is None else own


@dataclass(frozen=True, kw_only=True)
class Commitment:
    """Something a person does at a fixed time that is not for the planner to move: a visit already begun, a meal."""

    id: str
    place: str
    window: Window
    ppe_level: int = 0
    zone: int = 0
    drives: bool = False
    end_place: str | None = None


@dataclass(frozen=True, kw_only=True)
class Responder:
    """Someone who can be sent, as of minute 0.

    Parameters
    ----------
    home_place
        Where each shift and each availability window begins (the station, not the private home).
    availability
        Windows in time order that do not overlap; setting out, work and a required return lie inside one window.
    end_place
        Where the person must be back by the end of the window; ``None``: no return is asked.
    lowest_zone, highest_zone
        Zone levels that the person's cohort may enter.
    hottest_zone
        Hottest zone entered since the last exit protocol; 0 when it is done.
    worked_today_min, worked_week_min
        Minutes on duty before minute 0, on its calendar day and in its week.
    days_in_a_row
        Calendar days worked in a row up to and including yesterday.
    last_duty_end_min
        End of the last finished shift (0 or less); ``None``: long ago.
    shift_started_min
        Start of a shift that is still running at minute 0 (0 or less); ``None``: off duty.
    worked_night
        The last finished shift was a night shift that ended on the calendar day of minute 0.
    ppe_worn_min, drove_min
        Minutes of protective equipment / at the wheel up to minute 0 since the last sufficient break.
    drove_today_min
        Minutes at the wheel before minute 0 on its calendar day.
    load_7d
        Load of the seven days before, in weighted minutes (hot work counted with ``Weights.hot_percent``).
    last_asked_min
        When the person was last sent somewhere (0 or less); ``None``: never.
    """

    id: str
    home_place: str
    availability: tuple[Window, ...]
    skills: frozenset[str] = frozenset()
    end_place: str | None = None
    lowest_zone: int = 0
    highest_zone: int = ANY_ZONE
    hottest_zone: int = 0
    worked_today_min: int = 0
    worked_week_min: int = 0
    days_in_a_row: int = 0
    last_duty_end_min: int | None = None
    shift_started_min: int | None = None
    worked_night: bool = False
    ppe_worn_min: int = 0
    drove_min: int = 0
    drove_today_min: int = 0
    load_7d: int = 0
    last_asked_min: int | None = None
    commitments: tuple[Commitment, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Vehicle:
    """A vehicle with passenger seats. It serves one task at a time and rests ``turnaround_min`` between two."""

    id: str
    seats: int
    availability: tuple[Window, ...]
    turnaround_min: int = 0


@dataclass(frozen=True, kw_only=True)
class Pin:
    """A person's decision that the planner must keep: who does this hand, when, or both.

    ``waives`` holds the rules that a named person set aside for this one visit, with a reason kept by the caller.
    A visit is invisible to a rule that its pin waives, so that nobody else's work can hide behind the waiver.
    """

    task: str
    hand: int = 0
    responder: str | None = None
    start_min: int | None = None
    waives: frozenset[Rule] = frozenset()


@dataclass(frozen=True)
class Visit:
    """One hand of one task by one person at one time: the atom of every answer."""

    task: str
    hand: int
    responder: str
    start_min: int
    end_min: int
    vehicle: str | None = None


@dataclass(frozen=True, kw_only=True)
class Weights:
    """How the softer tiers are counted. They never let a lower tier pay with a higher one.

    Parameters
    ----------
    hot_zone, hot_percent
        A minute in a zone of this level or hotter counts this many percent of load.
    fairness_unit_min
        Load is compared in steps of this many weighted minutes, so that fairness does not hunt single minutes.
    stairs_factor
        A minute of stairs counts as this many minutes of walking.
    moved_tolerance_min
        On a replan, a visit that shifts by at most this much for the same person has not moved.
    """

    hot_zone: int = 2
    hot_percent: int = 150
    fairness_unit_min: int = 40
    stairs_factor: int = 2
    moved_tolerance_min: int = 10


@dataclass(frozen=True, eq=False, kw_only=True)
class Problem:
    """Everything that an answer depends on.

    Parameters
    ----------
    horizon_min
        Length of the plan; no visit ends later.
    first_midnight_min
        Minute of the last midnight at or before minute 0 (-480 when the plan starts at 08:00).
    week_start_min
        Minute at which the week of minute 0 began (0 or less).
    now_min
        The present; a visit that is not part of ``previous`` starts at or after it.
    previous
        Visits of the plan in force: frozen if they start before ``now_min + limits.freeze_min``, else kept if possible.
    """

    horizon_min: int
    places: tuple[Place, ...]
    travel: Travel
    tasks: tuple[Task, ...]
    responders: tuple[Responder, ...]
    vehicles: tuple[Vehicle, ...] = ()
    limits: LaborLimits = field(default_factory=LaborLimits)
    weights: Weights = field(default_factory=Weights)
    pins: tuple[Pin, ...] = ()
    previous: tuple[Visit, ...] = ()
    first_midnight_min: int = 0
    week_start_min: int = 0
    now_min: int = 0
