"""HHCRSP as the model of the search: soft lateness for each hand, pairs with lags, one depot. An adapter, no solver."""

import numpy as np

from tongxin.engines.planner.hhcrsp import Instance, Routes, Service
from tongxin.engines.planner.search import the
from tongxin.engines.planner.search.anneal import HowFar, Steering, anneal_together
from tongxin.engines.planner.search.layout import (
    C_LATE_PER_HAND,
    C_STAIRS_FACTOR,
    CONSTANTS,
    LATENESS,
    NEVER,
    P_PAUSE,
    P_SHIFT,
    P_WINDOWS,
    PERSON_COLUMNS,
    R_SHIFT,
    T_EARLY,
    T_FIRST,
    T_HANDS,
    T_LATE_END,
    T_PRIORITY,
    TASK_COLUMNS,
    TIERS,
    UNSERVED,
    V_CLASS,
    V_DUE,
    V_END,
    V_FROM,
    V_HAND,
    V_LAG_MAX,
    V_LAG_MIN,
    V_MIN,
    V_NODE,
    V_OLD_PERSON,
    V_TASK,
    V_UNTIL,
    VISIT_COLUMNS,
    WALKING,
    WORST_LATE,
    Floats,
    Ints,
    Model,
    Small,
    State,
)
from tongxin.engines.planner.search.layout import R_PERSON as PERSON
from tongxin.engines.planner.search.layout import R_START as START
from tongxin.engines.planner.search.limits_row import C_UNIT
from tongxin.engines.planner.search.memory import new_state
from tongxin.engines.planner.search.plan import rebuild

# Instances have three decimals: whole thousandths are exact.
GRAIN = 1000
NEAR = 32
WAIT_SHARE = 0.2
SHARES = (3960, 5900, 7900, 8700, 9870, 9870, 9870, 10000)
# One cooling ends by chance in a bad valley: the best of three is warmed again.
HEAT = (1000.0 * GRAIN, 0.3 * GRAIN)
STARTS, SCOUTING, AGAIN = 3, 0.6, 5.0 * GRAIN


def _whole(value: float) -> int:
    return round(value * GRAIN)


def model_of(instance: Instance) -> Model:
    """Return an instance as arrays, in thousandths of its unit of time."""
    task, visit = _tasks(instance)
    names = sorted(instance.caregivers)
    services = sorted({name for patient in instance.patients for name, _ in patient.services})
    can = np.array([[name in instance.caregivers[c] for c in names] for name in services], dtype=bool)
    kind = {name: k for k, name in enumerate(services)}
    visit[:, V_CLASS] = [kind[name] for patient in instance.patients for name, _ in patient.services]
    person = np.zeros((len(names), PERSON_COLUMNS), np.int64)
    person[:, P_SHIFT] = NEVER
    person[:, P_PAUSE] = person[:, P_WINDOWS] = 0
    walk = np.array([[_whole(x) for x in row] for row in instance.distances], np.int32)
    spot = np.zeros((len(walk), 4), np.int64)
    spot[:, 0] = np.arange(len(walk))
    const = np.zeros(CONSTANTS, np.int64)
    const[[C_LATE_PER_HAND, C_STAIRS_FACTOR, C_UNIT]] = 1
    const[C_UNIT] = NEVER
    none = np.full((len(task), 1), -1, np.int32)
    return Model(
        task=task,
        visit=visit,
        person=person,
        window=np.zeros((len(names), 1, 2), np.int64),
        head=np.zeros((len(names), R_SHIFT), np.int64),
        spot=spot,
        walk=walk,
        can=can,
        able=_able(can),
        near=_near(task, visit, walk),
        link=np.zeros((0, 5), np.int64),
        before=none,
        after=none.copy(),
        known=none.copy(),
        ppe=np.zeros((0, 3), np.int64),
        const=const,
    )


def _tasks(instance: Instance) -> tuple[Ints, Ints]:
    task = np.zeros((len(instance.patients), TASK_COLUMNS), np.int64)
    visit = np.zeros((sum(len(p.services) for p in instance.patients), VISIT_COLUMNS), np.int64)
    at = 0
    for t, patient in enumerate(instance.patients):
        start, due = map(_whole, patient.window)
        task[t, [T_FIRST, T_HANDS, T_PRIORITY, T_EARLY, T_LATE_END]] = at, len(patient.services), 1, start, due
        for hand, (_, minutes) in enumerate(patient.services):
            row = visit[at]
            row[[V_TASK, V_HAND, V_MIN, V_NODE, V_END]] = t, hand, _whole(minutes), t + 1, t + 1
            row[[V_FROM, V_UNTIL, V_DUE, V_OLD_PERSON]] = start, NEVER, due, -1
            if hand:
                row[[V_LAG_MIN, V_LAG_MAX]] = _whole(patient.lag[0]), _whole(patient.lag[1])
            at += 1
    return task, visit


def _able(can: np.ndarray) -> Small:
    able = np.full((len(can), can.shape[1] + 1), -1, np.int32)
    for k, row in enumerate(can):
        who = np.flatnonzero(row)
        able[k, 0] = len(who)
        able[k, 1 : len(who) + 1] = who
    return able


def _near(task: Ints, visit: Ints, walk: Small) -> Small:
    """Return for each task those that could best stand beside it: near in space, and in time without long waits."""
    way = walk[1:, 1:].astype(float)
    minutes = visit[task[:, T_FIRST], V_MIN].astype(float)
    start, due = task[:, T_EARLY].astype(float), task[:, T_LATE_END].astype(float)
    ready = (start + minutes)[:, None] + way
    latest = (due + minutes)[:, None] + way
    gap = way + WAIT_SHARE * np.maximum(0, start[None, :] - latest) + np.maximum(0, ready - due[None, :])
    gap = np.minimum(gap, gap.T)
    np.fill_diagonal(gap, np.inf)
    order = np.argsort(gap, axis=1, kind="stable")[:, : max(1, min(NEAR, len(task) - 1))]
    return np.ascontiguousarray(order.astype(np.int32)) if len(task) > 1 else np.full((1, 1), -1, np.int32)


def weights() -> Floats:
    """Return the benchmark's weights, in thirds: distance, tardiness and worst tardiness count alike."""
    weight = np.zeros(TIERS)
    weight[[LATENESS, WALKING, WORST_LATE]] = 1.0
    weight[UNSERVED] = 1e12
    return weight


def solve_routes(instance: Instance, *, how_far: HowFar, seed: int, threads: int) -> Routes:
    """Return the best routes found until ``how_far`` says 1."""
    model = model_of(instance)
    rank, person = first_plan(model)
    steering = Steering(
        weight=weights(),
        share=np.array(SHARES),
        heat=HEAT,
        is_strict=False,
        starts=STARTS,
        scouting=SCOUTING,
        again=AGAIN,
    )
    found = anneal_together(model, rank, person, steering=steering, how_far=how_far, seed=seed, threads=threads)
    state = new_state(model, seed=0)
    rebuild(the.table_of(model), the.table_of(state), found.rank, found.person)
    return routes_of(instance, model, state)


def first_plan(model: Model) -> tuple[Floats, Small]:
    """Return a first order (by due time) with the caregivers who would be soonest; always everybody is served."""
    order = np.argsort(model.visit[model.task[:, T_FIRST], V_DUE], kind="stable")
    rank = np.empty(len(order))
    rank[order] = np.arange(len(order))
    person = np.full(len(model.visit), -1, np.int32)
    free, at = np.zeros(len(model.person), np.int64), np.zeros(len(model.person), np.int64)
    for t in order:
        first, hands = int(model.task[t, T_FIRST]), int(model.task[t, T_HANDS])
        scarce = sorted(range(first, first + hands), key=lambda v: int(model.can[model.visit[v, V_CLASS]].sum()))
        taken: list[int] = []
        for v in scarce:
            arrival = free + model.walk[at, t + 1]
            worth = arrival + model.walk[at, t + 1] + np.where(model.can[model.visit[v, V_CLASS]], 0, NEVER)
            worth[taken] = NEVER * 2
            who = int(np.argmin(worth))
            taken.append(who)
            person[v] = who
        start = max(int(model.task[t, T_EARLY]), int((free + model.walk[at, t + 1])[taken].max()))
        for v in range(first, first + hands):
            start += int(model.visit[v, V_LAG_MIN])
            free[person[v]], at[person[v]] = start + int(model.visit[v, V_MIN]), t + 1
    return rank, person


def routes_of(instance: Instance, model: Model, state: State) -> Routes:
    """Return the plan of a state as the benchmark's routes."""
    names = sorted(instance.caregivers)
    found: dict[str, list[Service]] = {name: [] for name in names}
    for v in np.argsort(state.row[: len(model.visit), START], kind="stable"):
        patient = instance.patients[int(model.visit[v, V_TASK])]
        service, minutes = patient.services[int(model.visit[v, V_HAND])]
        start = int(state.row[v, START]) / GRAIN
        who = names[int(state.row[v, PERSON])]
        found[who].append(Service(patient.id, service, start, round(start + minutes, 3)))
    return {name: stops for name, stops in found.items() if stops}
