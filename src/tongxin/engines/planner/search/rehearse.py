"""A rehearsal: a short search, a first answer and a priced route that make numba compile, or load, all they need."""

import numpy as np

from tongxin.engines.planner.bound_stops import Ground
from tongxin.engines.planner.compact import Compact
from tongxin.engines.planner.explain import bindings_of
from tongxin.engines.planner.generate import CompoundDay, compound_day
from tongxin.engines.planner.greedy import build
from tongxin.engines.planner.ranking import Ranking
from tongxin.engines.planner.search.bound_pricing import best_route, room_for
from tongxin.engines.planner.search.desk_table import Desk
from tongxin.engines.planner.search.improve import improve


def rehearse() -> None:
    """Plan and search a small day for one round, price a route, and ask the desk everything that can be asked."""
    problem = compound_day(CompoundDay(tasks=20, responders=6))
    compact = Compact(problem)
    built = build(compact)
    improve(problem, built, how_far=lambda stand: float(stand.iteration > 0), seed=0, threads=1)
    _price(compact)
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


def _price(compact: Compact) -> None:
    """Price the routes of one person, as a bound does, but without the solver: it greets on standard output."""
    one = Ground(compact).stretches()[0]
    labels = room_for(int(one.stops.task.max()) + 1)
    best_route(one.stops, np.ones(len(one.stops.hand)), one.rules, labels, compact.problem.horizon_min)
