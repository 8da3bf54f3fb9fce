"""VROOM by pyvroom: a heuristic that finds good routes at once; priorities are what it serves most of."""

from datetime import timedelta
from time import process_time

import vroom

from benchmarks.planner.competitors.day import Day, Plan

# Deeper costs three times the processor time on 2,000 jobs and served no more (measured on a day of its own).
EXPLORATION = 2
LIFE_PRIORITY = 100
PRIORITY_STEP = 9


def solve(day: Day, seconds: float, seed: int) -> Plan:
    """Solve once; life and limb only within their deadline, the rest within their windows.

    VROOM knows no random seed and ends by itself; the limit is wall time, so it gets double on a busy machine.
    """
    del seed
    needs = {name: k for k, name in enumerate(sorted({n for job in day.jobs for n in job.needs}))}
    asked = vroom.Input()
    asked.set_durations_matrix("car", day.minutes.astype("uint32"))
    asked.set_costs_matrix("car", day.walking.astype("uint32"))
    for k, worker in enumerate(day.workers):
        # It cannot limit a shift that begins later: the window is cut at one end or at the other.
        start, end = worker.start, worker.end
        if end - start > worker.longest:
            start, end = (start, start + worker.longest) if k % 2 else (end - worker.longest, end)
        skills = {needs[name] for name in worker.can if name in needs}
        asked.add_vehicle(vroom.Vehicle(k, start=worker.spot, skills=skills, time_window=vroom.TimeWindow(start, end)))
    for k, job in enumerate(day.jobs):
        last = job.last_good_start if job.is_life else job.last_start
        if last < job.first_start:
            continue
        asked.add_job(
            vroom.Job(
                k,
                location=job.spot,
                default_service=job.minutes,
                skills={needs[name] for name in job.needs},
                priority=LIFE_PRIORITY if job.is_life else PRIORITY_STEP * job.priority,
                time_windows=[vroom.TimeWindow(job.first_start, last)],
            )
        )
    found = asked.solve(exploration_level=EXPLORATION, nb_threads=1, timeout=timedelta(seconds=2 * seconds))
    steps = found.routes[found.routes["type"] == "job"]
    plan: Plan = {}
    for vehicle, k, arrival, waiting in zip(
        steps["vehicle_id"], steps["id"], steps["arrival"], steps["waiting_time"], strict=True
    ):
        job = day.jobs[int(k)]
        plan[job.task, job.hand] = (day.workers[int(vehicle)].person, int(arrival) + int(waiting))
    return plan


def measured(day: Day, seconds: float, seed: int) -> tuple[Plan, float]:
    """Return the plan and the processor seconds that it took."""
    started = process_time()
    plan = solve(day, seconds, seed)
    return plan, process_time() - started
