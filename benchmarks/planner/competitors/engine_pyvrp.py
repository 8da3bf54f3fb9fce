"""PyVRP: iterated local search; every job is optional with a prize, skills are loads that only the skilled can carry."""

from time import process_time

import numpy as np
import pyvrp

from benchmarks.planner.competitors.day import Day, Plan

# One point of priority is worth more than any way; life and limb are worth so many times more. Larger factors scale the
# penalties so that less is served (measured on days of their own).
PRIZE = 200
LIFE_PRIZE = 20


class _CpuTime:
    def __init__(self, seconds: float) -> None:
        self.ends = process_time() + seconds

    def __call__(self, best_cost: int) -> bool:
        return process_time() >= self.ends


def solve(day: Day, seconds: float, seed: int) -> Plan:
    """Search until the processor time is up."""
    ends = process_time() + seconds
    data = _data(day)
    result = pyvrp.solve(data, _CpuTime(ends - process_time()), seed=seed, collect_stats=False, display=False)
    plan: Plan = {}
    for route in result.best.routes():
        person = day.workers[route.vehicle_type()].person
        for step in route.schedule():
            if step.is_client():
                job = day.jobs[step.idx]
                plan[job.task, job.hand] = (person, step.end_time - job.minutes)
    return plan


def _data(day: Day) -> pyvrp.ProblemData:
    needs = {name: k for k, name in enumerate(sorted({n for job in day.jobs for n in job.needs}))}
    spots = len(day.minutes)
    # An open route: the last depot lies nowhere and costs nothing.
    minutes, walking = (np.pad(table, ((0, 1), (0, 1))) for table in (day.minutes, day.walking))
    homes = sorted({worker.spot for worker in day.workers})
    depots = [pyvrp.Depot(location=spot) for spot in homes] + [pyvrp.Depot(location=spots)]
    clients = [
        pyvrp.Client(
            location=job.spot,
            delivery=[int(name in job.needs) for name in needs],
            service_duration=job.minutes,
            tw_early=job.first_start,
            tw_late=max(job.first_start, job.last_good_start if job.is_life else job.last_start),
            prize=PRIZE * job.priority * (LIFE_PRIZE if job.is_life else 1),
            required=False,
        )
        for job in day.jobs
    ]
    vehicles = [
        pyvrp.VehicleType(
            capacity=[len(day.jobs) if name in worker.can else 0 for name in needs],
            start_depot=homes.index(worker.spot),
            end_depot=len(homes),
            tw_early=worker.start,
            tw_late=worker.end,
            shift_duration=worker.longest,
        )
        for worker in day.workers
    ]
    locations = [pyvrp.Location(0, 0) for _ in range(spots + 1)]
    return pyvrp.ProblemData(locations, clients, depots, vehicles, [walking], [minutes])


def measured(day: Day, seconds: float, seed: int) -> tuple[Plan, float]:
    """Return the plan and the processor seconds that it took."""
    started = process_time()
    plan = solve(day, seconds, seed)
    return plan, process_time() - started
