"""A compound's day as other engines can state it: one job a hand, one vehicle a person, a table of ways.

Stated exactly: skills, who may enter which zone, availability, rest before the shift, windows, walking with floors, the
exit protocol between a hotter and a cleaner zone (as minutes on the way), what must come first (by a cut between the two
windows). Not stated: hands that start together (``stages.py`` does it in stages), equipment worn without a break,
vehicles with seats, drivers' hours. What an answer then breaks is mended where it can be (``replay.py``).
"""

from dataclasses import dataclass, replace

import numpy as np

from tongxin.engines.planner import Problem, Task, Tier, Window
from tongxin.engines.planner.compact import Compact
from tongxin.engines.planner.gaps import earliest_departure

Table = np.ndarray
LIFE_FACTOR = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One hand of a task. ``worth`` is what leaving it undone costs; life and limb are worth a thousand times more."""

    task: str
    hand: int
    spot: int
    minutes: int
    first_start: int
    last_start: int
    last_good_start: int
    worth: int
    priority: int
    is_life: bool
    needs: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A person from the first minute of setting out to the last of work; ``is_whole`` False: a part between breaks."""

    person: str
    spot: int
    start: int
    end: int
    longest: int
    can: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Jobs, workers, minutes from spot to spot, and what the walk costs (stairs count more)."""

    jobs: tuple[Job, ...]
    workers: tuple[Worker, ...]
    minutes: Table
    walking: Table


# who does it and from when on, by (task, hand)
Plan = dict[tuple[str, int], tuple[str, int]]


def day_of(problem: Problem, *, has_breaks: bool) -> Day:
    """Return a problem as a day; with ``has_breaks`` people who wear equipment most work in parts with a break between."""
    limits = problem.limits
    if problem.pins or problem.previous or problem.now_min or limits.max_week_min is not None:
        raise ValueError("only a plan of one whole day without pins can be stated")
    compact = Compact(problem)
    windows = _cut_windows(problem)
    places: dict[tuple[int, int], int] = {}

    def spot(node: int, zone: int) -> int:
        return places.setdefault((node, zone), len(places))

    jobs = tuple(
        _job(task, hand, windows[task.id], spot(compact.task_node[k], task.zone), problem.horizon_min)
        for k, task in enumerate(compact.tasks)
        for hand in range(len(task.hands))
    )
    workers: list[Worker] = []
    for who in compact.people:
        person = who.responder
        wears = has_breaks and "SAMPLER" in person.skills and limits.ppe
        for window in person.availability:
            start = max(window.start_min, earliest_departure(compact, who))
            parts = [(start, window.end_min)]
            if wears:
                longest, pause = limits.ppe[0].max_min, limits.ppe[0].break_min
                parts = [
                    (at, min(at + longest, window.end_min)) for at in range(start, window.end_min, longest + pause)
                ]
            can = frozenset(
                person.skills | {f"zone {z}" for z in range(10) if person.lowest_zone <= z <= person.highest_zone}
            )
            workers += [
                Worker(
                    person=person.id,
                    spot=spot(who.home, person.hottest_zone),
                    start=a,
                    end=b,
                    longest=min(limits.max_shift_min, limits.max_day_min - person.worked_today_min),
                    can=can,
                )
                for a, b in parts
                if b > a
            ]
    return Day(jobs=jobs, workers=tuple(workers), **_tables(problem, compact, list(places)))


def _job(task: Task, hand: int, window: Window, spot: int, horizon: int) -> Job:
    minutes = task.hand_min(hand)
    is_life = task.tier is Tier.LIFE_AND_LIMB
    worth = task.priority * (LIFE_FACTOR if is_life else 1)
    # A task for two is worth its priority once; each hand carries its part.
    return Job(
        task=task.id,
        hand=hand,
        spot=spot,
        minutes=minutes,
        first_start=window.start_min,
        last_start=min(window.end_min, horizon) - minutes,
        last_good_start=min(task.due_min, window.end_min) - minutes,
        worth=worth,
        priority=task.priority,
        is_life=is_life,
        needs=frozenset(task.hands[hand].skills | {f"zone {task.zone}"}),
    )


def _cut_windows(problem: Problem) -> dict[str, Window]:
    """Return the windows of all tasks, cut where one must follow another, so that any starts inside keep the order."""
    windows = {task.id: task.window for task in problem.tasks}
    tasks = {task.id: task for task in problem.tasks}
    for task in problem.tasks:
        for after in task.after:
            before = tasks[after.task]
            first, second = windows[before.id], windows[task.id]
            need = max(before.hand_min(hand) for hand in range(len(before.hands)))
            own = max(task.hand_min(hand) for hand in range(len(task.hands)))
            low, high = first.start_min + need, min(first.end_min, second.end_min - own - after.min_lag_min)
            cut = max(low, (low + high) // 2)
            windows[before.id] = replace(first, end_min=min(first.end_min, cut))
            windows[task.id] = replace(second, start_min=max(second.start_min, cut + after.min_lag_min))
    return windows


def _tables(problem: Problem, compact: Compact, places: list[tuple[int, int]]) -> dict[str, Table]:
    nodes, limits = compact.nodes, problem.limits
    spots = np.array([node for node, _ in places])
    zones = np.array([zone for _, zone in places])
    minutes = np.stack([nodes.from_row(int(node))[spots] for node in spots]).astype(np.int64)
    np.fill_diagonal(minutes, 0)
    entrance = np.array([nodes.spots[node][0] for node in spots])
    level = np.asarray(problem.travel.walk_min)[entrance[:, None], entrance[None, :]].astype(np.int64)
    walking = level + problem.weights.stairs_factor * (minutes - level)
    protocol = limits.exit_protocol_min if limits.exit_protocol_min is not None else problem.horizon_min
    is_cleaner = (zones[None, :] < zones[:, None]) & (zones[:, None] >= limits.zone_order_from)
    return {"minutes": minutes + protocol * is_cleaner, "walking": walking}
