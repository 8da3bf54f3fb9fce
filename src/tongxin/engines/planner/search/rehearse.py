"""A rehearsal: one short search that makes numba compile, or load, all that a search needs."""

from tongxin.engines.planner.compact import Compact
from tongxin.engines.planner.generate import CompoundDay, compound_day
from tongxin.engines.planner.greedy import build
from tongxin.engines.planner.search.improve import improve


def rehearse() -> None:
    """Search a small day for one round."""
    problem = compound_day(CompoundDay(tasks=20, responders=6))
    improve(problem, build(Compact(problem)), how_far=lambda stand: float(stand.iteration > 0), seed=0, threads=1)
