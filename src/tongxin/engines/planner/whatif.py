"""What would be if: two people more, a building locked, no work of a kind at night, somebody off.

The problem is planned twice with the same settings, as it is and as it would be, and the two answers are compared.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median_low

from tongxin.engines.planner.check import Contradiction, ProblemError, check_problem
from tongxin.engines.planner.parameters import SolveParameters
from tongxin.engines.planner.problem import Problem, Responder, Task, Visit, Window
from tongxin.engines.planner.result import Objective, Result
from tongxin.engines.planner.solve import DEFAULTS, solve
from tongxin.engines.planner.stop import StopRule


@dataclass(frozen=True, kw_only=True)
class MorePeople:
    """So many people more with these skills, who begin at a place and are there within the windows.

    They are taken to have worked as much in the last seven days as the middle one of those who are there.
    """

    people: int
    skills: frozenset[str]
    place: str
    windows: tuple[Window, ...]


@dataclass(frozen=True, kw_only=True)
class PersonOff:
    """Somebody is not there at all; what was planned for this person finds others, or nobody."""

    responder: str


@dataclass(frozen=True, kw_only=True)
class Hotter:
    """Some places become at least this hot and ask for at least this protection; ``added`` is work that this makes."""

    places: frozenset[str]
    zone: int
    ppe_level: int
    added: tuple[Task, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Closed:
    """Some tasks may not be done within these stretches of time.

    A task keeps the first part of its window that is left and long enough; without one it cannot be done at all.
    """

    tasks: frozenset[str]
    windows: tuple[Window, ...]


Change = MorePeople | PersonOff | Hotter | Closed


@dataclass(frozen=True, kw_only=True)
class Share:
    """How much of something is served, and how much there is."""

    served: int
    total: int


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One of the two plans in numbers.

    Attributes
    ----------
    tasks, unserved
        How many tasks there are, and the ids of those that nobody does (also those that cannot be done at all).
    unserved_priority
        Sum of the priorities of the unserved tasks of both tiers.
    late_min
        Minutes late over all served tasks.
    by_skill
        Skill -> minutes of hands; a hand counts for each of its skills, one without any for ``""``.
    by_area
        Area of the place -> tasks.
    people, most_min, mean_min
        How many people there are; the most and the mean minutes of work that this plan gives to one of them.
    objective
        The tiers of the answer; tasks that cannot be done at all are not in it.
    """

    tasks: int
    unserved: frozenset[str]
    unserved_priority: int
    late_min: int
    by_skill: Mapping[str, Share]
    by_area: Mapping[str | None, Share]
    people: int
    most_min: int
    mean_min: int
    objective: Objective


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The two plans side by side; ``gained`` and ``lost`` are tasks of both that only one of them serves."""

    before: Outcome
    after: Outcome
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    added: tuple[str, ...]
    answers: tuple[Result, Result]


def what_if(
    problem: Problem,
    changes: Sequence[Change],
    *,
    parameters: SolveParameters = DEFAULTS,
    stop: Callable[[], StopRule] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Comparison:
    """Plan a problem as it is and with changes, and compare.

    Parameters
    ----------
    problem
        The problem as it is.
    changes
        What would be different, applied one after the other.
    parameters
        Settings of both runs.
    stop
        Makes the stop rule of each run (they may have a memory of their own), instead of the one in ``parameters``.
    cancelled
        As in ``solve``; the answers so far are compared.

    Raises
    ------
    ProblemError
        The problem contradicts itself, or a change names somebody or something unknown.
    """
    changed, impossible = changed_problem(problem, changes)
    results = tuple(
        solve(one, parameters=parameters, stop=None if stop is None else stop(), cancelled=cancelled)
        for one in (problem, changed)
    )
    before = outcome_of(problem, results[0], ())
    after = outcome_of(changed, results[1], impossible)
    both = {task.id for task in problem.tasks}
    return Comparison(
        before=before,
        after=after,
        gained=tuple(sorted((before.unserved - after.unserved) & both)),
        lost=tuple(sorted((after.unserved - before.unserved) & both)),
        added=tuple(sorted(task.id for task in changed.tasks if task.id not in both)),
        answers=(results[0], results[1]),
    )


def changed_problem(problem: Problem, changes: Sequence[Change]) -> tuple[Problem, tuple[Task, ...]]:
    """Return a problem with changes made, and the tasks that cannot be done at all any more.

    Raises
    ------
    ProblemError
        A change names an unknown place, person or task, or asks for fewer than one person.
    """
    check_problem(problem)
    impossible: list[Task] = []
    for change in changes:
        match change:
            case MorePeople():
                problem = _with_people(problem, change)
            case PersonOff():
                problem = _without(problem, change.responder)
            case Hotter():
                problem = _hotter(problem, change)
            case Closed():
                problem, gone = _closed(problem, change)
                impossible += gone
    check_problem(problem)
    return problem, tuple(impossible)


def _with_people(problem: Problem, change: MorePeople) -> Problem:
    if change.people < 1:
        raise ProblemError("people", Contradiction.TOO_LOW, low=1)
    names = {person.id for person in problem.responders}
    loads = [person.load_7d for person in problem.responders]
    new: list[Responder] = []
    while len(new) < change.people:
        name = f"+{len(names)}"
        while name in names:
            name = f"+{name}"
        names.add(name)
        new.append(
            Responder(
                id=name,
                home_place=change.place,
                availability=change.windows,
                skills=change.skills,
                load_7d=median_low(loads) if loads else 0,
            )
        )
    return replace(problem, responders=(*problem.responders, *new))


def _without(problem: Problem, name: str) -> Problem:
    if all(person.id != name for person in problem.responders):
        raise ProblemError("responder", Contradiction.UNKNOWN_PERSON)
    return replace(
        problem,
        responders=tuple(person for person in problem.responders if person.id != name),
        tasks=tuple(
            replace(task, preferred=tuple(p for p in task.preferred if p != name)) if name in task.preferred else task
            for task in problem.tasks
        ),
        pins=tuple(pin for pin in problem.pins if pin.responder != name),
        previous=_whole(problem, (visit for visit in problem.previous if visit.responder != name)),
    )


def _whole(problem: Problem, visits: Iterable[Visit]) -> tuple[Visit, ...]:
    """Return those visits of the plan in force of whose task every hand is still among them."""
    left = tuple(visits)
    before, now = Counter(visit.task for visit in problem.previous), Counter(visit.task for visit in left)
    return tuple(visit for visit in left if now[visit.task] == before[visit.task])


def _hotter(problem: Problem, change: Hotter) -> Problem:
    known = {place.id for place in problem.places}
    if not change.places <= known:
        raise ProblemError("places", Contradiction.NAMES_UNKNOWN_PLACE)
    tasks = tuple(
        replace(task, zone=max(task.zone, change.zone), ppe_level=max(task.ppe_level, change.ppe_level))
        if task.place in change.places
        else task
        for task in problem.tasks
    )
    return replace(problem, tasks=(*tasks, *change.added))


def _closed(problem: Problem, change: Closed) -> tuple[Problem, list[Task]]:
    if not change.tasks <= {task.id for task in problem.tasks}:
        raise ProblemError("tasks", Contradiction.NAMES_UNKNOWN_TASK)
    kept: dict[str, Task] = {}
    gone: dict[str, Task] = {}
    for task in problem.tasks:
        window = _left(problem, task, change.windows) if task.id in change.tasks else task.window
        if window is None:
            gone[task.id] = task
        else:
            kept[task.id] = replace(task, window=window)
    while followers := [t for t in kept.values() if any(after.task in gone for after in t.after)]:
        gone |= {task.id: kept.pop(task.id) for task in followers}
    return (
        replace(
            problem,
            tasks=tuple(kept.values()),
            pins=tuple(
                pin
                for pin in problem.pins
                if pin.task in kept and (pin.start_min is None or _is_inside(kept[pin.task], pin.start_min))
            ),
            previous=_whole(
                problem,
                (v for v in problem.previous if v.task in kept and _is_inside(kept[v.task], v.start_min, v.end_min)),
            ),
        ),
        list(gone.values()),
    )


def _is_inside(task: Task, start: int, end: int | None = None) -> bool:
    return task.window.start_min <= start and (start if end is None else end) <= task.window.end_min


def _left(problem: Problem, task: Task, closed: Sequence[Window]) -> Window | None:
    """Return the first part of a task's window that lies outside of what is closed and has room for the work."""
    length = max(hand * task.sync.min_lag_min + task.hand_min(hand) for hand in range(len(task.hands)))
    start = task.window.start_min
    for window in sorted(closed, key=lambda w: w.start_min):
        if window.end_min <= start:
            continue
        end = min(window.start_min, task.window.end_min)
        if min(end, problem.horizon_min) - max(start, problem.now_min) >= length:
            return Window(start, end)
        start = max(start, window.end_min)
    if min(task.window.end_min, problem.horizon_min) - max(start, problem.now_min) >= length:
        return Window(start, task.window.end_min)
    return None


def outcome_of(problem: Problem, result: Result, impossible: Sequence[Task]) -> Outcome:
    """Return an answer in numbers, with the tasks that cannot be done at all among those that nobody does."""
    everything = (*problem.tasks, *impossible)
    served = {visit.task for visit in result.visits}
    skills: dict[str, list[int]] = {}
    areas: dict[str | None, list[int]] = {}
    area_of = {place.id: place.area for place in problem.places}
    for task in everything:
        is_served = task.id in served
        _count(areas.setdefault(area_of.get(task.place), [0, 0]), 1, is_served)
        for index, hand in enumerate(task.hands):
            for skill in sorted(hand.skills) or [""]:
                _count(skills.setdefault(skill, [0, 0]), task.hand_min(index), is_served)
    minutes: Counter[str] = Counter()
    for visit in result.visits:
        minutes[visit.responder] += visit.end_min - visit.start_min
    return Outcome(
        tasks=len(everything),
        unserved=frozenset(task.id for task in everything if task.id not in served),
        unserved_priority=sum(task.priority for task in everything if task.id not in served),
        late_min=result.objective.lateness_min,
        by_skill={key: Share(served=got, total=total) for key, (got, total) in sorted(skills.items())},
        by_area={key: Share(served=got, total=total) for key, (got, total) in areas.items()},
        people=len(problem.responders),
        most_min=max(minutes.values(), default=0),
        mean_min=minutes.total() // max(1, len(problem.responders)),
        objective=result.objective,
    )


def _count(pair: list[int], amount: int, is_served: bool) -> None:
    pair[0] += amount if is_served else 0
    pair[1] += amount
