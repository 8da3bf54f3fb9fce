"""The smallest relief: how few further hands would get an unserved task served, found by planning it with them."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from tongxin.engines.planner.codes import ReliefKind
from tongxin.engines.planner.compact import Compact
from tongxin.engines.planner.explain import rebuild, visit_of
from tongxin.engines.planner.fitting import Fitter, wishes_of
from tongxin.engines.planner.problem import Problem, Responder, Visit, Window
from tongxin.engines.planner.ranking import Ranking
from tongxin.engines.planner.result import HandsNeeded, Relief
from tongxin.engines.planner.state import Move, State

# The load of somebody who is only imagined: real people are always asked first.
IMAGINED_LOAD = 2**40


class ReliefFinder:
    """Tries out further hands and a further vehicle beside a finished plan, one unserved task at a time."""

    def __init__(self, problem: Problem, state: State, hands: int) -> None:
        """Copy the plan and add ``hands`` imagined people who are nowhere yet.

        The plan in force is taken as past: nothing of it moves, it only gets company.
        """
        self._problem = problem
        names = {person.id for person in problem.responders}
        self._extra = [_free_name(names, k) for k in range(hands)]
        home = problem.places[0].id if problem.places else ""
        imagined = [Responder(id=name, home_place=home, availability=()) for name in self._extra]
        joined = replace(problem, responders=(*problem.responders, *imagined))
        found = state.joined_by(joined, imagined)
        if found is None or found.desk is None:
            self._ranking, self._state = _copied(joined, state)
        else:
            self._ranking, self._state = found.desk.ranking, found
        self._compact = self._state.compact

    def find(self, task_id: str) -> Relief | None:
        """Return the smallest relief that gets a task served, or None when no number of further hands would."""
        compact, task = self._compact, self._compact.task_index[task_id]
        what = compact.tasks[task]
        for after in what.after:
            if compact.task_index[after.task] not in self._state.placed:
                return Relief(kind=ReliefKind.SERVE_FIRST, task=after.task)
        for is_seated in (True, False) if self._state.needs_vehicle(task) else (True,):
            for extra in _subsets(len(what.hands), with_none=not is_seated):
                self._state.is_without_vehicles = not is_seated
                moves = self._fit_with(task, extra)
                self._state.is_without_vehicles = False
                if moves is not None:
                    return self._relief(task, moves, is_seated)
        return None

    def _fit_with(self, task: int, hands: tuple[int, ...]) -> list[Move] | None:
        compact, what = self._compact, self._compact.tasks[task]
        for k, name in enumerate(self._extra):
            person = compact.people[compact.person_index[name]]
            is_called = k < len(hands)
            person.responder = replace(
                person.responder,
                skills=what.hands[hands[k]].skills if is_called else frozenset(),
                home_place=what.place,
                availability=(what.window,) if is_called else (),
            )
            person.home = compact.task_node[task]
            person.windows = [(w.start_min, w.end_min) for w in person.responder.availability]
            person.load = IMAGINED_LOAD
            person.known_legs = None
            self._state.change(person)
            self._ranking.refresh(person.index)
        compact.forget_skills()
        fitter = Fitter(self._state, self._ranking, 1, wishes_of(compact, self._problem.pins))
        return fitter.fit(task)

    def _relief(self, task: int, moves: list[Move], is_seated: bool) -> Relief:
        compact, what = self._compact, self._compact.tasks[task]
        imagined = {compact.person_index[name] for name in self._extra}
        hands = tuple(
            HandsNeeded(
                skills=what.hands[move.stop.hand].skills,
                place=what.place,
                window=Window(move.stop.start, move.stop.end),
            )
            for move in moves
            if move.person in imagined
        )
        window = Window(min(m.stop.start for m in moves), max(m.stop.end for m in moves))
        return Relief(
            kind=ReliefKind.EXTRA_RESPONDERS if hands else ReliefKind.EXTRA_VEHICLE,
            hands=hands,
            seats=0 if is_seated else what.seats,
            window=None if is_seated else window,
            is_verified=True,
        )


def _copied(problem: Problem, state: State) -> tuple[Ranking, State]:
    """Return a plan put together anew, visit by visit, for a problem with further people."""
    compact = Compact(problem)
    compact.started = set(state.compact.started)
    done: list[Visit] = [
        visit_of(state.compact, state.compact.tasks[task].id, move)
        for task, moves in state.placed.items()
        for move in moves
    ]
    ranking = Ranking(compact)
    ranking.compare_all()
    return ranking, rebuild(compact, ranking, done)


def _subsets(hands: int, *, with_none: bool) -> Iterator[tuple[int, ...]]:
    for size in range(0 if with_none else 1, hands + 1):
        yield from combinations(range(hands), size)


def _free_name(names: set[str], k: int) -> str:
    name = f"+{k}"
    while name in names:
        name = f"+{name}"
    return name
