"""What the planner answers: visits with reasons, what is left undone and why, what is short."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tongxin.engines.planner.codes import PauseKind, ReasonCode, ReliefKind, Rule, StoppedBy
from tongxin.engines.planner.problem import Visit, Window


@dataclass(frozen=True, order=True, kw_only=True)
class Objective:
    """The cost of an answer as tiers, most important first; compared strictly in this order, lower is better.

    Attributes
    ----------
    life_delay
        Priority x minutes late over life-and-limb tasks; an unserved one counts the whole horizon.
    unserved_priority
        Sum of the priorities of unserved tasks.
    lateness_min
        Minutes late over all served tasks.
    unfairness
        Sum over people of the square of their load (seven days + plan) in steps of ``Weights.fairness_unit_min``.
    recently_asked
        Sum over the people who get work of the hours (0-24) by which they were asked more recently than a day ago.
    walking_min
        Walking, with stairs counted ``Weights.stairs_factor`` times.
    discontinuity
        Served tasks with known faces (``Task.preferred``) that go to a stranger.
    moved
        Visits of the previous plan, frozen ones apart, that go to someone else, to another time or to nobody.
    """

    life_delay: int = 0
    unserved_priority: int = 0
    lateness_min: int = 0
    unfairness: int = 0
    recently_asked: int = 0
    walking_min: int = 0
    discontinuity: int = 0
    moved: int = 0

    @classmethod
    def from_tiers(cls, tiers: Sequence[int]) -> "Objective":
        """Return the cost with these tiers, most important first; what comes after them is left out."""
        life, unserved, late, unfair, asked, walking, strange, moved = tiers[:8]
        return cls(
            life_delay=life,
            unserved_priority=unserved,
            lateness_min=late,
            unfairness=unfair,
            recently_asked=asked,
            walking_min=walking,
            discontinuity=strange,
            moved=moved,
        )

    def as_tuple(self) -> tuple[int, ...]:
        """Return the tiers as integers, most important first."""
        return (
            self.life_delay,
            self.unserved_priority,
            self.lateness_min,
            self.unfairness,
            self.recently_asked,
            self.walking_min,
            self.discontinuity,
            self.moved,
        )


@dataclass(frozen=True, kw_only=True)
class Reason:
    """A machine code with its numbers: ``Reason(CLOSEST_FREE, {"walk_min": 4, "load_min": 120, ...})``.

    Numbers of an assignment: ``walk_min`` (to the place), ``load_min`` (weighted, before this visit, with seven days),
    ``late_min``, ``start_min``, ``asked_hours`` (0-24, see ``Objective.recently_asked``), ``known`` (1 = preferred).
    """

    code: ReasonCode
    numbers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RunnerUp:
    """The next best person for a visit, with the same numbers as the reason."""

    responder: str
    numbers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """A visit, why this person, and who would have been next; no runner-up means nobody else could."""

    visit: Visit
    reason: Reason
    runner_up: RunnerUp | None = None


@dataclass(frozen=True, kw_only=True)
class Binding:
    """A rule that stopped people from taking a task, and for how many of them it was the first to do so."""

    rule: Rule
    responders: int


@dataclass(frozen=True, kw_only=True)
class HandsNeeded:
    """So many more people with these skills at this place during this window."""

    skills: frozenset[str]
    place: str
    window: Window
    responders: int = 1


@dataclass(frozen=True, kw_only=True)
class Relief:
    """The smallest thing found that gets a task served; ``is_verified`` says that solving with it did serve the task.

    ``hands`` is filled for EXTRA_RESPONDERS, ``seats`` and ``window`` for EXTRA_VEHICLE, ``task`` for SERVE_FIRST,
    ``window`` for LONGER_WINDOW.
    """

    kind: ReliefKind
    hands: tuple[HandsNeeded, ...] = ()
    seats: int = 0
    window: Window | None = None
    task: str | None = None
    is_verified: bool = False


@dataclass(frozen=True, kw_only=True)
class Unserved:
    """A task that is left undone, the rules that bind (those of suitable people first) and the smallest relief if looked for."""

    task: str
    bindings: tuple[Binding, ...]
    relief: Relief | None = None


@dataclass(frozen=True, kw_only=True)
class Shortage:
    """Hands that are missing: skills x area x hours, with the unserved tasks that they would serve."""

    skills: frozenset[str]
    area: str | None
    window: Window
    responders: int
    tasks: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Pause:
    """A gap that must stay empty because a rule counts on it."""

    responder: str
    kind: PauseKind
    window: Window


@dataclass(frozen=True, kw_only=True)
class PersonLoad:
    """Weighted load of one person: before this plan (seven days) and with it; walking and visits of the plan."""

    responder: str
    before: int
    after: int
    walking_min: int
    visits: int


@dataclass(frozen=True, kw_only=True)
class Bound:
    """A proven lower bound on the two coverage tiers; a result without one carries ``None``, never a guess.

    ``method`` says how it was found, and whether that was broken off: then a higher bound may be true, too.
    """

    life_delay: int
    unserved_priority: int
    method: str


@dataclass(frozen=True, kw_only=True)
class Stats:
    """How the run went."""

    iterations: int
    elapsed_s: float
    stopped_by: StoppedBy
    seed: int
    engine: str


@dataclass(frozen=True, kw_only=True)
class Result:
    """The whole answer. Assignments are sorted by person and start, unserved tasks by how much they matter."""

    assignments: tuple[Assignment, ...]
    unserved: tuple[Unserved, ...]
    shortages: tuple[Shortage, ...]
    pauses: tuple[Pause, ...]
    loads: tuple[PersonLoad, ...]
    objective: Objective
    stats: Stats
    bound: Bound | None = None

    @property
    def gap(self) -> int | None:
        """Return by how much unserved priority this answer lies above its bound at most; None without a bound."""
        return None if self.bound is None else self.objective.unserved_priority - self.bound.unserved_priority

    @property
    def visits(self) -> tuple[Visit, ...]:
        """Return the bare visits, as ``validate`` and ``Problem.previous`` take them."""
        return tuple(assignment.visit for assignment in self.assignments)

    @property
    def load_spread(self) -> float:
        """Return (max - mean) / mean of the weighted load over all people; 0 when nobody has any."""
        loads = [load.after for load in self.loads]
        mean = sum(loads) / len(loads) if loads else 0.0
        return (max(loads) - mean) / mean if mean else 0.0
