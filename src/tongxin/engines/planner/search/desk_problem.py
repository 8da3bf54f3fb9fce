"""A problem as the tables of the desk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np

from tongxin.engines.planner.compact import Compact, Person
from tongxin.engines.planner.gaps import earliest_departure
from tongxin.engines.planner.ranking import Ranking
from tongxin.engines.planner.search import desk as at
from tongxin.engines.planner.search.layout import Ints
from tongxin.engines.planner.search.limits_row import limits_row

# How many people are examined for a hand where nothing else is said.
CANDIDATES = 2
# What a person must be for a hand: skills, zone, and whom the task must not go to
Kind = tuple[frozenset[str], int, frozenset[str]]


@dataclass(slots=True)
class Laid:
    """The tables that a problem fills; the kinds of hands by the rows of ``UNFIT``; the number of hands of each task."""

    tables: dict[int, Ints] = field(default_factory=dict)
    kinds: list[Kind] = field(default_factory=list)
    hands: list[int] = field(default_factory=list)


def lay(compact: Compact, ranking: Ranking, candidates: int) -> Laid:
    """Return the tables that do not change with the plan (but for what is begun)."""
    nodes, laid = compact.nodes, Laid(hands=[len(task.hands) for task in compact.tasks])
    spots = [(*spot, climb) for spot, climb in zip(nodes.spots, nodes.climbs.tolist(), strict=True)]
    windows = [list(chain.from_iterable(person.windows)) for person in compact.people]
    needs: dict[frozenset[str], int] = {}
    tasks, hands = _work(compact, laid, needs)
    laid.tables = {
        at.TASK: _rows(tasks, at.TASK_WIDTH),
        at.HAND: _rows(hands, at.HAND_WIDTH),
        at.PERSON: _rows([person_row(compact, person) for person in compact.people], at.PERSON_WIDTH),
        at.WINDOW: _padded(windows, 0, 2),
        at.SPOT: _rows(spots, 4),
        at.WALK: np.ascontiguousarray(compact.problem.travel.walk_min, dtype=np.int64),
        at.UNFIT: _rows([[unfit_for(kind, who) for who in compact.people] for kind in laid.kinds], len(compact.people)),
        at.SPARE: _rows([ranking.spare(skills).tolist() for skills in needs], len(compact.people)),
        at.KNOWN: _padded([[compact.person_index[p] for p in task.preferred] for task in compact.tasks], -1, 1),
        at.OLD: _old(compact),
        at.PPE: _rows([(p.level, p.max_min, p.break_min) for p in compact.limits.ppe], 3),
        at.CONST: _rows([_constants(compact, candidates)], at.C_CANDIDATES + 1),
        at.VEHICLE: _padded(_vehicles(compact), 0, at.B_FIRST_WINDOW + 2),
    }
    return laid


def joined_laid(compact: Compact, laid: Laid, tables: Mapping[int, Ints], rows: Sequence[int]) -> Laid:
    """Return the tables of a problem with further people, whose indices in ``compact`` are ``rows``, ascending.

    ``tables`` are those of ``laid`` as they stand now. Those who have come have no rare skill to be spared for.
    """
    before = [row - k for k, row in enumerate(rows)]
    new = [compact.people[row] for row in rows]
    joined = {which: table.copy() for which, table in tables.items()}
    people = _rows([person_row(compact, person) for person in new], at.PERSON_WIDTH)
    joined[at.PERSON] = np.insert(joined[at.PERSON], before, people, axis=0)
    joined[at.WINDOW] = np.insert(joined[at.WINDOW], before, 0, axis=0)
    unfit = _rows([[unfit_for(kind, person) for person in new] for kind in laid.kinds], len(new))
    joined[at.UNFIT] = np.insert(joined[at.UNFIT], before, unfit, axis=1)
    joined[at.SPARE] = np.insert(joined[at.SPARE], before, 0, axis=1)
    indices = np.delete(np.arange(len(compact.people)), rows)
    known, old = joined[at.KNOWN], joined[at.OLD][:, ::2]
    known[known >= 0] = indices[known[known >= 0]]
    old[old >= 0] = indices[old[old >= 0]]
    joined[at.CONST][0, at.C_CANDIDATES] = CANDIDATES
    return Laid(tables=joined, kinds=laid.kinds, hands=laid.hands)


def vehicle_order(compact: Compact) -> list[str]:
    """Return the ids of the vehicles, the smallest first: the first that is free is taken."""
    return [vehicle.id for vehicle in sorted(compact.problem.vehicles, key=lambda v: (v.seats, v.id))]


def _rows(rows: object, width: int) -> Ints:
    return np.array(rows, dtype=np.int64).reshape(-1, width)


def _padded(groups: list[list[int]], filler: int, least: int) -> Ints:
    table = np.full((len(groups), max([least, *map(len, groups)])), filler, np.int64)
    for row, group in zip(table, groups, strict=True):
        if group:
            row[: len(group)] = group
    return table


def _work(compact: Compact, laid: Laid, needs: dict[frozenset[str], int]) -> tuple[list[list[int]], list[list[int]]]:
    """Return the rows of tasks and hands; what they need of people is collected on the way."""
    classes: dict[Kind, int] = {}
    tasks: list[list[int]] = []
    hands: list[list[int]] = []
    for index, task in enumerate(compact.tasks):
        tasks.append(
            [
                len(hands),
                len(task.hands),
                task.window.start_min,
                task.window.end_min,
                task.due_min,
                task.ppe_level,
                task.zone,
                task.seats,
                task.sync.min_lag_min,
                task.sync.max_lag_min,
                compact.task_node[index],
                compact.task_end_node[index],
                int(index in compact.started),
                index if task.preferred else -1,
            ]
        )
        for k, hand in enumerate(task.hands):
            kind = classes.setdefault((hand.skills, task.zone, task.excluded), len(classes))
            spare = needs.setdefault(hand.skills, len(needs))
            hands.append([task.hand_min(k), int(hand.drives), kind, spare, at.NONE, at.NONE])
    laid.kinds = list(classes)
    return tasks, hands


def unfit_for(kind: Kind, person: Person) -> int:
    """Return what makes a person unsuitable for a kind of hand, 0 for nothing."""
    skills, zone, excluded = kind
    who = person.responder
    if not skills <= who.skills:
        return at.SKILL
    if who.id in excluded:
        return at.EXCLUDED
    return at.OK if who.lowest_zone <= zone <= who.highest_zone else at.ZONE_COHORT


def _number(value: int | None, nothing: int) -> int:
    return nothing if value is None else value


def person_row(compact: Compact, person: Person) -> list[int]:
    """Return a person's row; stops and free stretches are counted elsewhere."""
    who, now = person.responder, compact.problem.now_min
    asked = 0 if who.last_asked_min is None else min(24, max(0, 24 - (now - who.last_asked_min) // 60))
    return [
        person.home,
        person.end_node,
        who.hottest_zone,
        who.ppe_worn_min,
        who.drove_min,
        who.drove_today_min,
        who.worked_today_min,
        who.worked_week_min,
        who.days_in_a_row,
        _number(who.last_duty_end_min, at.NONE),
        _number(who.shift_started_min, at.NONE),
        int(who.worked_night),
        earliest_departure(compact, person),
        len(person.windows),
        0,
        0,
        person.load,
        asked,
    ]


def _old(compact: Compact) -> Ints:
    """Return who did each task when in the plan in force."""
    tasks, people = compact.task_index, compact.person_index
    old = [v for v in compact.problem.previous if v.task in tasks and v.responder in people]
    old.sort(key=lambda visit: visit.task)
    rows = _rows([(tasks[visit.task], people[visit.responder], visit.start_min) for visit in old], 3)
    # where each visit stands among those of its task
    nth = np.arange(len(rows)) - np.searchsorted(rows[:, 0], rows[:, 0])
    found = np.full((len(tasks), 2 * (int(nth.max(initial=0)) + 1)), at.NONE, np.int64)
    found[rows[:, 0], 2 * nth], found[rows[:, 0], 2 * nth + 1] = rows[:, 1], rows[:, 2]
    return found


def _vehicles(compact: Compact) -> list[list[int]]:
    by_id = {vehicle.id: vehicle for vehicle in compact.problem.vehicles}
    rows = []
    for vehicle in (by_id[name] for name in vehicle_order(compact)):
        spans = [minute for window in vehicle.availability for minute in (window.start_min, window.end_min)]
        rows.append([vehicle.seats, vehicle.turnaround_min, len(vehicle.availability), 0, *spans])
    return rows


def _constants(compact: Compact, candidates: int) -> list[int]:
    return [*limits_row(compact.problem), candidates]
