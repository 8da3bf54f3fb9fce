"""A rehearsal: a short search and a first answer that make numba compile, or load, all that both need."""

from tongxin.engines.planner.bound import bound_of
from tongxin.engines.planner.compact import Compact
from tongxin.engines.planner.explain import bindings_of
from tongxin.engines.planner.generate import CompoundDay, compound_day
from tongxin.engines.planner.greedy import build
from tongxin.engines.planner.ranking import Ranking
from tongxin.engines.planner.search.desk_table import Desk
from tongxin.engines.planner.search.improve import improve


def rehearse() -> None:
    """Plan, search and bound a small day for one round, and ask the desk everything that can be asked."""
    problem = compound_day(CompoundDay(tasks=20, responders=6))
    compact = Compact(problem)
    built = build(compact)
    improve(problem, built, how_far=lambda stand: float(stand.iteration > 0), seed=0, threads=1)
    bound_of(problem, rounds=1)
    compact = Compact(problem)
    ranking = Ranking(compact)
    first = build(compact, desk=Desk(compact, ranking))
    for task, moves in list(first.state.placed.items()):
        bindings_of(first.fitter, task)
        first.fitter.openings(task, 0, 0, problem.horizon_min)
        if first.state.desk is not None:
            first.state.desk.runner_up(task, moves[0].stop, (), {})
            first.state.broken_by(compact.people[0], moves[0].stop)
            first.state.desk.change(compact.people[0])
        first.fitter.drop(task)
