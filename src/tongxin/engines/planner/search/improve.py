"""Improving a first answer: into arrays, the walk, and back into a plan with reasons."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tongxin.engines.planner.codes import ReasonCode
from tongxin.engines.planner.compact import Compact, Person
from tongxin.engines.planner.cost import cost_of
from tongxin.engines.planner.fitting import Fitter, wishes_of
from tongxin.engines.planner.gaps import Openings
from tongxin.engines.planner.greedy import Built
from tongxin.engines.planner.problem import Problem
from tongxin.engines.planner.ranking import Option, Ranking, reason_of, runner_up_of
from tongxin.engines.planner.result import Reason
from tongxin.engines.planner.route import first_broken
from tongxin.engines.planner.search import layout as at
from tongxin.engines.planner.search import the
from tongxin.engines.planner.search.anneal import HowFar, Steering, anneal_together
from tongxin.engines.planner.search.encode import Encoded, encode
from tongxin.engines.planner.search.hold import MOST_TASKS
from tongxin.engines.planner.search.layout import Ints, Small
from tongxin.engines.planner.search.memory import new_state as new_arrays
from tongxin.engines.planner.search.plan import mend, rebuild
from tongxin.engines.planner.state import Move, new_state

# The walk's own prices, far enough apart that cooling settles one tier after the other. What is best is decided
# tier by tier, without them.
PRICES = {
    at.LIFE: 20.0,
    at.UNSERVED: 100.0,
    at.LATENESS: 1.0,
    at.UNFAIR: 0.05,
    at.ASKED: 0.05,
    at.WALKING: 0.02,
    at.STRANGERS: 0.05,
    at.MOVES: 2.0,
}
SHARES = (1800, 3400, 4600, 5200, 6000, 8000, 9990, 10000)
# Cooled until a minute of walking counts. A day of very many tasks gets few moves for each and begins cooler: a hot begin
# costs it lateness; a small day needs it to leave what the first answer has chosen.
HEAT, HEAT_OF_MANY, MANY = (60.0, 0.008), (8.0, 0.008), 1000
# A small day is cooled down again and again from its first answer: one walk settles before life and limb does, and more
# moves do not free it. Of 40 days of twelve tasks that were kept apart, one walk found 75 % and these found 90 %.
SMALL = MOST_TASKS
HEAT_OF_SMALL = 300.0
STARTS, SCOUTING, UNTIL, AGAIN = 16, 0.9, 0.5, 20.0
# On a replan the walk starts cool, and what it pays for a moved visit is worth half a point of priority.
CALM_PRICE, CALM_HEAT = 50.0, (2.0, 0.05)
RUNNERS_UP = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Improved:
    """A better answer than the first one, with the number of moves that were tried."""

    built: Built
    iterations: int


def steering(*, is_replan: bool = False, tasks: int = 0) -> Steering:
    """Return how a walk over a compound's day is steered.

    On a replan the best plan is the cheapest by price, because strict tiers would move anybody for a minute of walking;
    ``improve`` still takes it only if it is better tier by tier.
    """
    weight = np.zeros(at.TIERS)
    weight[list(PRICES)] = list(PRICES.values())
    if is_replan:
        weight[at.MOVES] = CALM_PRICE
        return Steering(weight=weight, share=np.array(SHARES), heat=CALM_HEAT, is_strict=False)
    if tasks <= SMALL:
        return Steering(
            weight=weight,
            share=np.array(SHARES),
            heat=(HEAT_OF_SMALL, HEAT[1]),
            is_strict=True,
            starts=STARTS,
            scouting=SCOUTING,
            until=UNTIL,
            again=AGAIN,
        )
    return Steering(weight=weight, share=np.array(SHARES), heat=HEAT_OF_MANY if tasks >= MANY else HEAT, is_strict=True)


def improve(problem: Problem, built: Built, *, how_far: HowFar, seed: int, threads: int) -> Improved:
    """Search from a first answer on; the result is never worse than it, tier by tier."""
    encoded = encode(built.state, built.fitter)
    person = mended(encoded)
    if person is None:
        return Improved(built=built, iterations=0)
    found = anneal_together(
        encoded.model,
        encoded.rank,
        person,
        steering=steering(is_replan=bool(problem.previous), tasks=len(problem.tasks)),
        how_far=how_far,
        seed=seed,
        threads=threads,
    )
    better = decoded(problem, built, encoded, found.rank, found.person)
    if better is None or cost_of(better.state) >= cost_of(built.state):
        better = built
    return Improved(built=better, iterations=found.iterations)


def mended(encoded: Encoded) -> Small | None:
    """Return an assignment that the search can time, dropping tasks that the first answer times in its own way.

    None: what is fixed cannot be timed, so that the search has nothing to stand on.
    """
    model, person = encoded.model, encoded.person.copy()
    state = new_arrays(model, seed=0)
    return person if mend(the.table_of(model), the.table_of(state), encoded.rank, person) else None


def decoded(problem: Problem, built: Built, encoded: Encoded, rank: at.Floats, person: Small) -> Built | None:
    """Return the plan as the rest of the engine knows it, or None should its exact rules disagree with the search."""
    model = encoded.model
    arrays = new_arrays(model, seed=0)
    if not rebuild(the.table_of(model), the.table_of(arrays), rank, person):
        return None
    compact = Compact(problem)
    compact.started = set(built.state.compact.started)
    ranking = Ranking(compact)
    state = new_state(compact, ranking, candidates=built.fitter.candidates)
    state.frozen = set(built.state.frozen)
    fitter = Fitter(state, ranking, built.fitter.candidates, wishes_of(compact, problem.pins))
    for task in range(len(compact.tasks)):
        if arrays.task_now[task, at.K_SERVED]:
            state.place(task, _moves(compact, built, encoded, arrays.row, task), is_last=False)
    fitter.catch_up()
    if any(_is_broken(compact, who) for who in compact.people):
        return None
    for task, moves in state.placed.items():
        state.placed[task] = [_explained(fitter, built, task, move) for move in moves]
    left = [task for task in range(len(compact.tasks)) if task not in state.placed]
    return Built(state=state, fitter=fitter, left=left, not_tried=[])


def _is_broken(compact: Compact, who: Person) -> bool:
    is_planned = not all(stop.is_fact for stop in who.stops)
    return is_planned and first_broken(compact, who, who.stops) is not None


def _moves(compact: Compact, built: Built, encoded: Encoded, row: Ints, task: int) -> list[Move]:
    visit, first = encoded.model.visit, int(encoded.model.task[task, at.T_FIRST])
    vehicle, moves = None, []
    if built.state.placed.get(task) is not None and not built.state.needs_vehicle(task):
        vehicle = built.state.placed[task][0].vehicle
    for v in range(first, first + int(encoded.model.task[task, at.T_HANDS])):
        who, hand, start = int(row[v, at.R_PERSON]), int(visit[v, at.V_HAND]), int(row[v, at.R_START])
        if hand < 0:
            vehicle = compact.problem.vehicles[who - encoded.people].id
            continue
        reason = Reason(code=ReasonCode.WHOLE_PLAN)
        moves.append(Move(person=who, stop=compact.stop(task, hand, start), reason=reason, vehicle=vehicle))
    return moves


def _explained(fitter: Fitter, built: Built, task: int, move: Move) -> Move:
    """Return a move with its reason: the first answer's if it is the same, else against whoever is free then."""
    for old in built.state.placed.get(task, ()):
        if (old.person, old.stop.hand, old.stop.start) == (move.person, move.stop.hand, move.stop.start):
            return Move(
                person=move.person, stop=move.stop, reason=old.reason, runner_up=old.runner_up, vehicle=move.vehicle
            )
    hand, start = move.stop.hand, move.stop.start
    who = fitter.compact.people[move.person]
    walk = fitter.compact.nodes.minutes(who.home, move.stop.node)
    for before in who.stops:
        if before.end <= start and before.task != task:
            walk = fitter.compact.nodes.minutes(before.end_node, move.stop.node)
    mine = fitter.ranking.option(task, hand, move.person, start, walk)
    other = _other(fitter, task, move)
    runner_up, reason = runner_up_of(fitter.compact, other), reason_of(mine, other)
    return Move(person=move.person, stop=move.stop, reason=reason, runner_up=runner_up, vehicle=move.vehicle)


def _other(fitter: Fitter, task: int, move: Move) -> Option | None:
    """Return who would be next for a visit at its time."""
    desk, hand = fitter.state.desk, move.stop.hand
    if desk is None:
        return next(_others(fitter, task, move), None)
    team = [other.person for other in fitter.state.placed[task]]
    found = desk.runner_up(task, move.stop, team, fitter.wishes)
    return None if found is None else fitter.ranking.option(task, hand, found[0], move.stop.start, found[1])


def _others(fitter: Fitter, task: int, move: Move) -> Iterator[Option]:
    """Yield who else could take a visit at its time beside all that they do, the likeliest few."""
    hand, start = move.stop.hand, move.stop.start
    opening: Openings = fitter.openings(task, hand, start, start)
    team = {other.person for other in fitter.state.placed[task]}
    keys = fitter.ranking.keys(task, hand, opening.person, opening.first, opening.walk)
    looked_at = 0
    for k in keys.argsort(kind="stable").tolist():
        person = int(opening.person[k])
        if person in team:
            continue
        if fitter.state.broken_by(fitter.compact.people[person], move.stop) is None:
            yield fitter.ranking.option(task, hand, person, start, int(opening.walk[k]))
        looked_at += 1
        if looked_at >= RUNNERS_UP:
            return
