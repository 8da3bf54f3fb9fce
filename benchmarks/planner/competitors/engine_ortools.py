"""OR-Tools routing: guided local search; deadlines are soft, every job may be left out at a price.

Its own first solutions take longer than the whole run on 2,000 jobs and 200 vehicles (measured: savings, cheapest arcs,
insertion in parallel and locally). So it begins with a plain one that is made here: each job in the order of its end of
window goes to who can be there with the shortest way.
"""

from time import process_time

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from benchmarks.planner.competitors.day import Day, Plan

# Minutes late count ten times a minute of walking; a point of priority more than any lateness.
LATE = 10
UNDONE = 5000
SEARCH = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH


TRIES = 4


def solve(day: Day, seconds: float, seed: int) -> Plan:
    """Search until the processor time is up; it knows no random seed.

    On a busy machine it now and then gives nothing back at all, at once, not even the plan that it was given to begin
    with; then it is asked again.
    """
    del seed
    for _ in range(TRIES):
        plan = _tried(day, seconds)
        if plan:
            return plan
    return {}


def _tried(day: Day, seconds: float) -> Plan:
    homes = sorted({worker.spot for worker in day.workers})
    spots = [job.spot for job in day.jobs] + homes
    nowhere = len(spots)
    starts = [len(day.jobs) + homes.index(worker.spot) for worker in day.workers]
    manager = pywrapcp.RoutingIndexManager(nowhere + 1, len(day.workers), starts, [nowhere] * len(day.workers))
    routing = pywrapcp.RoutingModel(manager)
    _state(day, manager, routing, np.array(spots))
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.local_search_metaheuristic = SEARCH
    # Only as a last resort: the limit below counts processor time.
    parameters.time_limit.FromMilliseconds(int(seconds * 5000))
    routing.CloseModelWithParameters(parameters)
    # Stating the model in Python is not its fault: its time counts from here.
    ends = process_time() + seconds
    routing.AddSearchMonitor(routing.solver().CustomLimit(lambda: process_time() >= ends))
    first = routing.ReadAssignmentFromRoutes(_first_routes(day, manager), True)
    found = routing.SolveFromAssignmentWithParameters(first, parameters)
    return {} if found is None else _plan(day, manager, routing, found)


def _state(day: Day, manager: pywrapcp.RoutingIndexManager, routing: pywrapcp.RoutingModel, spots: np.ndarray) -> None:
    lengths = np.array([job.minutes for job in day.jobs] + [0] * (len(spots) - len(day.jobs)))
    minutes = np.pad(day.minutes[np.ix_(spots, spots)] + lengths[:, None], ((0, 1), (0, 1)))
    minutes[:-1, -1] = lengths
    walking = np.pad(day.walking[np.ix_(spots, spots)], ((0, 1), (0, 1)))
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(walking.tolist()))
    horizon = max(worker.end for worker in day.workers)
    routing.AddDimension(routing.RegisterTransitMatrix(minutes.tolist()), horizon, horizon, False, "time")
    time = routing.GetDimensionOrDie("time")
    for k, worker in enumerate(day.workers):
        time.CumulVar(routing.Start(k)).SetRange(worker.start, worker.end)
        time.CumulVar(routing.End(k)).SetRange(worker.start, worker.end)
        if worker.end - worker.start > worker.longest:
            time.SetSpanUpperBoundForVehicle(worker.longest, k)
    able: dict[frozenset[str], list[int]] = {}
    for k, job in enumerate(day.jobs):
        index = manager.NodeToIndex(k)
        if job.needs not in able:
            able[job.needs] = [v for v, worker in enumerate(day.workers) if job.needs <= worker.can]
        routing.VehicleVar(index).SetValues([-1, *able[job.needs]])
        time.CumulVar(index).SetRange(job.first_start, max(job.first_start, job.last_start))
        time.SetCumulVarSoftUpperBound(index, max(0, job.last_good_start), LATE * (job.worth if job.is_life else 1))
        routing.AddDisjunction([index], UNDONE * job.worth)


def _first_routes(day: Day, manager: pywrapcp.RoutingIndexManager) -> list[list[int]]:
    free = np.array([worker.start for worker in day.workers])
    ends = np.array([min(worker.end, worker.start + worker.longest) for worker in day.workers])
    spots = np.array([worker.spot for worker in day.workers])
    routes: list[list[int]] = [[] for _ in day.workers]
    masks: dict[frozenset[str], np.ndarray] = {}
    for k in sorted(range(len(day.jobs)), key=lambda k: (not day.jobs[k].is_life, day.jobs[k].last_start)):
        job = day.jobs[k]
        if job.needs not in masks:
            masks[job.needs] = np.array([job.needs <= worker.can for worker in day.workers])
        way = day.minutes[spots, job.spot]
        starts = np.maximum(free + way, job.first_start)
        fits = masks[job.needs] & (starts <= job.last_start) & (starts + job.minutes <= ends)
        if fits.any():
            v = int(np.argmin(np.where(fits, starts * 1000 + way, np.iinfo(np.int64).max)))
            routes[v].append(manager.NodeToIndex(k))
            free[v], spots[v] = starts[v] + job.minutes, job.spot
    return routes


def _plan(
    day: Day, manager: pywrapcp.RoutingIndexManager, routing: pywrapcp.RoutingModel, found: pywrapcp.Assignment
) -> Plan:
    time = routing.GetDimensionOrDie("time")
    plan: Plan = {}
    for v, worker in enumerate(day.workers):
        index = found.Value(routing.NextVar(routing.Start(v)))
        while not routing.IsEnd(index):
            job = day.jobs[manager.IndexToNode(index)]
            plan[job.task, job.hand] = (worker.person, found.Min(time.CumulVar(index)))
            index = found.Value(routing.NextVar(index))
    return plan


def measured(day: Day, seconds: float, seed: int) -> tuple[Plan, float]:
    """Return the plan and the processor seconds that it took."""
    started = process_time()
    plan = solve(day, seconds, seed)
    return plan, process_time() - started
