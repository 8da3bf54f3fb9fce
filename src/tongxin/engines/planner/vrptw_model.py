"""VRPTW as the model of the search: capacity as a hard rule, windows, one depot. An adapter, no solver.

The search has no rule for capacity, but one for the minutes at the wheel in a day: whoever would exceed them is not
given a further visit. So a visit lasts as many grains of time as its customer asks for, all of them at the wheel, the
day's limit is the capacity, and the way from a customer takes the service and the ride less those grains. Starts, sums
and the rule are then exactly those of the instance. The way back is in the last start of each customer: on straight
lines no detour on the way home is shorter.
"""

import math

import numpy as np

from tongxin.engines.planner.search import layout as at
from tongxin.engines.planner.search import limits_row as limit
from tongxin.engines.planner.search import the
from tongxin.engines.planner.search.anneal import HowFar, Steering, anneal_together
from tongxin.engines.planner.search.layout import NEVER, Ints, Model, Small
from tongxin.engines.planner.search.memory import new_state
from tongxin.engines.planner.search.nearness import near_tasks
from tongxin.engines.planner.search.plan import rebuild
from tongxin.engines.planner.vrptw import Instance

# Ways are rounded up to a ten-thousandth, so that what fits here fits in truth.
GRAIN = 10_000
ROUNDING = 1e-6
SHARES = (3800, 5600, 7500, 8200, 9250, 9550, 9850, 10000)
NEIGHBORS = 10
HEAT = (1.0, 0.02)
UNSERVED_WAYS = 4


def _up(value: float) -> int:
    return math.ceil(value * GRAIN - ROUNDING)


def model_of(instance: Instance) -> Model:
    """Return an instance as arrays; customer k is task k - 1, the depot spot 0."""
    task, visit = _tasks(instance)
    service = np.array([stop.service for stop in instance.stops])
    demand = np.array([stop.demand for stop in instance.stops], np.int64)
    ways = np.ceil((np.array(instance.ways) + service[:, None]) * GRAIN - ROUNDING).astype(np.int64) - demand[:, None]
    walk = np.ascontiguousarray(ways, dtype=np.int32)
    spot = np.zeros((len(walk), 4), np.int64)
    spot[:, 0] = np.arange(len(walk))
    people = min(instance.vehicles, len(task))
    person = np.zeros((people, at.PERSON_COLUMNS), np.int64)
    person[:, at.P_SHIFT], person[:, at.P_WINDOWS] = NEVER, 1
    head = np.zeros((people, at.R_SINCE), np.int64)
    head[:, at.R_WINDOW] = -1
    window = np.zeros((people, 1, 2), np.int64)
    window[:, 0] = _up(instance.stops[0].ready), NEVER
    none = np.full((len(task), 1), -1, np.int32)
    return Model(
        task=task,
        visit=visit,
        person=person,
        window=window,
        head=head,
        spot=spot,
        walk=walk,
        can=np.ones((1, people), dtype=bool),
        able=np.concatenate([[people], np.arange(people)]).astype(np.int32).reshape(1, -1),
        near=near_tasks(task, visit, spot, walk),
        link=np.zeros((0, 5), np.int64),
        before=none,
        after=none.copy(),
        known=none.copy(),
        ppe=np.zeros((0, 3), np.int64),
        const=_constants(instance),
    )


def _constants(instance: Instance) -> Ints:
    const = np.zeros(at.CONSTANTS, np.int64)
    const[[at.C_RULES, at.C_STAIRS_FACTOR]] = 1
    const[[limit.C_HORIZON, limit.C_UNIT, limit.C_SHIFT, limit.C_DAY, limit.C_REST, limit.C_DRIVE_BREAK]] = NEVER
    const[[limit.C_WEEK, limit.C_PROTOCOL, limit.C_DRIVE]] = -1
    const[limit.C_ZONE_FROM] = const[limit.C_IN_A_ROW] = NEVER
    const[limit.C_DRIVE_DAY] = instance.capacity
    return const


def _tasks(instance: Instance) -> tuple[Ints, Ints]:
    customers = len(instance.stops) - 1
    task = np.zeros((customers, at.TASK_COLUMNS), np.int64)
    visit = np.zeros((customers, at.VISIT_COLUMNS), np.int64)
    closes = instance.stops[0].due
    for k, stop in enumerate(instance.stops[1:], 1):
        last = min(stop.due, closes - stop.service - instance.ways[k][0])
        row, own = visit[k - 1], task[k - 1]
        own[[at.T_FIRST, at.T_HANDS, at.T_PRIORITY, at.T_DUE]] = k - 1, 1, 1, NEVER
        row[[at.V_TASK, at.V_MIN, at.V_NODE, at.V_END, at.V_DRIVES]] = k - 1, stop.demand, k, k, 1
        row[[at.V_FROM, at.V_UNTIL, at.V_DUE]] = _up(stop.ready), math.floor(last * GRAIN + ROUNDING), NEVER
        own[[at.T_EARLY, at.T_LATE_END]] = row[at.V_FROM], row[at.V_UNTIL]
        row[at.V_OLD_PERSON] = -1
    return task, visit


def steering(instance: Instance) -> Steering:
    """Return how a walk is steered: distance, and for a customer left out more than any detour to reach it."""
    ways = np.sort(np.array(instance.ways)[1:, 1:], axis=1)[:, 1 : NEIGHBORS + 1]
    near = float(ways.mean()) if ways.size else 1.0
    weight = np.zeros(at.TIERS)
    weight[at.WALKING] = 1.0
    weight[at.UNSERVED] = UNSERVED_WAYS * GRAIN * (1.0 + max(map(max, instance.ways)))
    first, last = (max(near, 0.01) * GRAIN * heat for heat in HEAT)
    return Steering(weight=weight, share=np.array(SHARES), heat=(first, last), is_strict=False)


def solve_routes(instance: Instance, *, how_far: HowFar, seed: int, threads: int) -> list[tuple[int, ...]]:
    """Return the best routes found until ``how_far`` says 1, as places in ``instance.stops``."""
    model = model_of(instance)
    order = np.argsort(model.visit[:, at.V_UNTIL], kind="stable")
    rank = np.empty(len(order))
    rank[order] = np.arange(len(order), dtype=float)
    person: Small = np.full(len(model.visit), -1, np.int32)
    found = anneal_together(
        model, rank, person, steering=steering(instance), how_far=how_far, seed=seed, threads=threads
    )
    state = new_state(model, seed=0)
    rebuild(the.table_of(model), the.table_of(state), found.rank, found.person)
    routes: dict[int, list[int]] = {}
    for k in np.argsort(state.row[: len(model.visit), at.R_START], kind="stable").tolist():
        who = int(state.row[k, at.R_PERSON])
        if state.task_now[k, at.K_SERVED]:
            routes.setdefault(who, []).append(k + 1)
    return [tuple(route) for _, route in sorted(routes.items())]
