"""An exact referee for small days: CP-SAT over the rules of a one-shift day, tier by tier. Shares no code with the search.

States: skills, who is excluded, availability, task windows, walking, two hands at once with a lag, precedence by end,
the longest shift. `small_day` makes days in which nothing else binds: no zones, no wear, no vehicles, one shift a person.
"""

from random import Random

import numpy as np
from ortools.sat.python import cp_model

from tongxin.engines.planner import (
    After,
    Hand,
    LaborLimits,
    Place,
    Problem,
    Responder,
    Sync,
    Task,
    Tier,
    Travel,
    Visit,
    Window,
)

HORIZON = 420


def small_day(seed: int, *, tasks: int = 12, people: int = 3, is_tight: bool = False) -> Problem:
    """Return a crowded morning: more work than the people can do, some of it for two, some of it life and limb.

    `is_tight`: shifts so short, and lags so bounded, that it pays to begin later than one could.
    """
    random = Random(f"referee/{seed}")
    names = tuple("abcdef")
    xy = np.array([(random.randrange(40), random.randrange(40)) for _ in names])
    walk = np.abs(xy[:, None, :] - xy[None, :, :]).sum(axis=2) // 4
    made = []
    for k in range(tasks):
        start = random.randrange(0, 240, 10)
        length = random.randrange(40, 180, 10)
        pair = random.random() < 0.3
        skills = [frozenset(random.choice(((), ("A",), ("B",)))) for _ in range(2 if pair else 1)]
        earlier = [one for one in made if one.window.start_min <= start]
        made.append(
            Task(
                id=f"t{k:02d}",
                place=random.choice(names),
                duration_min=random.choice((15, 20, 30, 40)),
                window=Window(start, start + length),
                deadline_min=start + random.choice((30, 60, length)),
                hands=tuple(Hand(skills=one) for one in skills),
                priority=random.randint(1, 9),
                tier=Tier.LIFE_AND_LIMB if random.random() < 0.2 else Tier.NORMAL,
                sync=Sync(0, random.choice((0, 0, 10))),
                after=(After(task=random.choice(earlier).id, max_lag_min=90 if is_tight else None),)
                if earlier and random.random() < 0.15
                else (),
                excluded=frozenset({f"p{random.randrange(people)}"}) if random.random() < 0.1 else frozenset(),
            )
        )
    crowd = []
    for k in range(people):
        begin = random.choice((0, 0, 30, 60))
        end = begin + random.choice((120, 180, 240))
        crowd.append(
            Responder(
                id=f"p{k}",
                home_place=random.choice(names),
                end_place=random.choice((None, "a")),
                availability=(Window(begin, end),),
                skills=frozenset(random.choice((("A",), ("B",), ("A", "B")))),
            )
        )
    return Problem(
        horizon_min=HORIZON,
        first_midnight_min=-480,
        week_start_min=-480,
        places=tuple(Place(id=name, entrance=name) for name in names),
        travel=Travel(entrances=names, walk_min=walk.astype(np.int32)),
        tasks=tuple(made),
        responders=tuple(crowd),
        limits=LaborLimits(
            max_shift_min=150 if is_tight else 600, max_day_min=600, min_rest_min=660, ppe=(), max_drive_min=None
        ),
    )


class Referee:
    """The model of a small day; `optimum(tiers)` solves tier by tier and returns the values."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.model = problem, cp_model.CpModel()
        at = {name: k for k, name in enumerate(problem.travel.entrances)}
        self.at = {place.id: at[place.entrance] for place in problem.places}
        self.served = {task.id: self.model.new_bool_var(f"served {task.id}") for task in problem.tasks}
        self.start = {}
        self.does = {}
        for task in problem.tasks:
            self._task(task)
        for person in problem.responders:
            self._day(person)
        for task in problem.tasks:
            for h in range(len(task.hands)):
                doers = [var for (_, t, hand), var in self.does.items() if (t, hand) == (task.id, h)]
                self.model.add(sum(doers) == self.served[task.id])

    def walk(self, a: str, b: str) -> int:
        return int(self.problem.travel.walk_min[self.at[a], self.at[b]])

    def _task(self, task: Task) -> None:
        model, last = self.model, task.window.end_min - task.duration_min
        starts = [model.new_int_var(task.window.start_min, last, "") for _ in task.hands]
        for h, start in enumerate(starts):
            self.start[task.id, h] = start
            if h:
                model.add(start >= starts[h - 1] + task.sync.min_lag_min)
                model.add(start <= starts[h - 1] + task.sync.max_lag_min)
        for after in task.after:
            before = next(one for one in self.problem.tasks if one.id == after.task)
            model.add_implication(self.served[task.id], self.served[before.id])
            for h in range(len(before.hands)):
                end = self.start[before.id, h] + before.duration_min
                model.add(starts[0] >= end + after.min_lag_min).only_enforce_if(self.served[task.id])
            last_end = model.new_int_var(0, HORIZON, "")
            model.add_max_equality(
                last_end, [self.start[before.id, h] + before.duration_min for h in range(len(before.hands))]
            )
            if after.max_lag_min is not None:
                model.add(starts[0] <= last_end + after.max_lag_min).only_enforce_if(self.served[task.id])

    def _day(self, person: Responder) -> None:
        """A circuit from home (node 0) through the visits; who does nothing stays there."""
        model, window = self.model, person.availability[0]
        mine = [
            (task, h)
            for task in self.problem.tasks
            for h, hand in enumerate(task.hands)
            if hand.skills <= person.skills and person.id not in task.excluded
        ]
        stays = model.new_bool_var("")
        out, back = model.new_int_var(0, HORIZON, ""), model.new_int_var(0, HORIZON, "")
        model.add(out >= window.start_min)
        model.add(back <= window.end_min)
        model.add(back - out <= self.problem.limits.max_shift_min)
        arcs = [(0, 0, stays)]
        for k, (task, h) in enumerate(mine, start=1):
            does = self.does[person.id, task.id, h] = model.new_bool_var("")
            model.add_implication(does, stays.negated())
            arcs.append((k, k, does.negated()))
            start = self.start[task.id, h]
            first, last = model.new_bool_var(""), model.new_bool_var("")
            arcs += [(0, k, first), (k, 0, last)]
            model.add(start == out + self.walk(person.home_place, task.place)).only_enforce_if(first)
            home = self.walk(task.place, person.end_place) if person.end_place else 0
            model.add(back == start + task.duration_min + home).only_enforce_if(last)
            for m, (other, g) in enumerate(mine, start=1):
                if other.id != task.id:
                    follows = model.new_bool_var("")
                    arcs.append((k, m, follows))
                    ready = start + task.duration_min + self.walk(task.place, other.place)
                    model.add(self.start[other.id, g] >= ready).only_enforce_if(follows)
        for task in self.problem.tasks:
            model.add_at_most_one(
                self.does[person.id, t, h] for who, t, h in self.does if (who, t) == (person.id, task.id)
            )
        model.add_circuit(arcs)

    def _costs(self) -> list[cp_model.LinearExprT]:
        life, undone, late = [], [], []
        for task in self.problem.tasks:
            end, delay = self.model.new_int_var(0, HORIZON, ""), self.model.new_int_var(0, HORIZON, "")
            self.model.add_max_equality(
                end, [self.start[task.id, h] + task.duration_min for h in range(len(task.hands))]
            )
            self.model.add(delay >= end - task.due_min).only_enforce_if(self.served[task.id])
            late.append(delay)
            undone.append(task.priority * (1 - self.served[task.id]))
            if task.tier is Tier.LIFE_AND_LIMB:
                life.append(task.priority * (delay + HORIZON * (1 - self.served[task.id])))
        return [sum(life), sum(undone), sum(late)]

    def optimum(self, tiers: int = 3) -> tuple[int, ...]:
        """Return the optimal values of the first tiers, each held in the next. AssertionError when not proven."""
        found = []
        for cost in self._costs()[:tiers]:
            self.model.minimize(cost)
            solver = cp_model.CpSolver()
            solver.parameters.num_workers = 1
            solver.parameters.max_deterministic_time = 60
            assert solver.solve(self.model) == cp_model.OPTIMAL
            found.append(round(solver.objective_value))
            self.model.add(cost == found[-1])
            self.solver = solver
        return tuple(found)

    def visits(self) -> tuple[Visit, ...]:
        """Return the plan behind the last optimum."""
        minutes = {task.id: task.duration_min for task in self.problem.tasks}
        found = []
        for (who, task, hand), does in self.does.items():
            if self.solver.value(does):
                start = self.solver.value(self.start[task, hand])
                found.append(Visit(task, hand, who, start, start + minutes[task]))
        return tuple(found)
