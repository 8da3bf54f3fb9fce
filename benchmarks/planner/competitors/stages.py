"""Tasks for several hands at once, for engines that cannot state them: agree on a time, fix it, give up what is half done.

First of all: most engines know no soft deadline, so life and limb is asked for in time. Where that leaves such a task
undone it is asked for again, late rather than never.

Stage 1 gives each hand to whoever suits best, as if they were apart. Stage 2 holds the hands of each task to the later of
their starts. Stage 3 leaves out the tasks that still lack a hand, so that nobody waits in vain.
"""

from collections.abc import Callable
from dataclasses import replace

from benchmarks.planner.competitors.day import Day, Job, Plan

Engine = Callable[[Day, float, int], tuple[Plan, float]]
SHARES = (0.4, 0.4, 0.2)


def in_stages(engine: Engine, day: Day, seconds: float, seed: int) -> tuple[Plan, float]:
    """Return the plan and the processor seconds of all stages together; one stage where nobody needs a second hand."""
    teams = {job.task for job in day.jobs if job.hand > 0}
    plan, used = engine(day, (SHARES[0] if teams else 1.0) * seconds, seed)
    late = _late_rather_than_never(day, plan)
    if not teams and late is not day:
        plan, more = engine(late, seconds, seed)
        used += more
    if not teams:
        return plan, used
    day = late
    starts: dict[str, int] = {}
    for (task, _), (_, start) in plan.items():
        starts[task] = max(start, starts.get(task, start))
    held = replace(
        day, jobs=tuple(_held(job, starts, teams) for job in day.jobs if job.task not in teams or job.task in starts)
    )
    found, more = engine(held, SHARES[1] * seconds, seed)
    # An engine that gives nothing back in a stage keeps what it had.
    plan, used = found or plan, used + more
    half = {job.task for job in held.jobs if (job.task, job.hand) not in plan}
    whole = replace(held, jobs=tuple(job for job in held.jobs if job.task not in teams & half))
    found, more = engine(whole, SHARES[2] * seconds, seed)
    return found or plan, used + more


def _late_rather_than_never(day: Day, plan: Plan) -> Day:
    """Return the day with the whole window for life-and-limb jobs that a plan leaves undone; the same day if none is."""
    left = {job for job in day.jobs if job.is_life and (job.task, job.hand) not in plan}
    if not left:
        return day
    jobs = (replace(job, last_good_start=job.last_start) if job in left else job for job in day.jobs)
    return replace(day, jobs=tuple(jobs))


def _held(job: Job, starts: dict[str, int], teams: set[str]) -> Job:
    """Return a job of a team held to the agreed start; others stay as they are."""
    if job.task not in teams:
        return job
    start = min(starts[job.task], job.last_start)
    return replace(job, first_start=start, last_start=start, last_good_start=start)
