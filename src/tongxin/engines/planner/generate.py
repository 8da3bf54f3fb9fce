"""Seeded days of an invented compound, for tests, baselines and benchmarks."""

from dataclasses import dataclass, replace
from random import Random

from tongxin.engines.planner.codes import Tier
from tongxin.engines.planner.limits import LaborLimits
from tongxin.engines.planner.problem import After, Hand, Problem, Responder, Sync, Task, Vehicle, Window
from tongxin.engines.planner.travel import Place, Travel

# code, skills of each hand, minutes, protective equipment, priorities, weight among the tasks
_KINDS: tuple[tuple[str, tuple[str, ...], int, int, tuple[int, int], int], ...] = (
    ("sample", ("SAMPLER",), 15, 2, (4, 7), 14),
    ("home", ("SAMPLER", ""), 20, 2, (5, 8), 14),
    ("carry", ("",), 20, 0, (1, 4), 34),
    ("meal", ("",), 10, 0, (3, 6), 18),
    ("call", ("CALLER",), 15, 0, (2, 5), 10),
    ("visit", ("MEDIC",), 30, 1, (6, 9), 6),
    ("move", ("DRIVER", ""), 45, 2, (6, 9), 4),
)


@dataclass(frozen=True, kw_only=True)
class CompoundDay:
    """Size and kind of a generated day from 08:00 to 22:00; ``has_pairs`` adds tasks for two hands at once."""

    tasks: int = 200
    responders: int = 30
    seed: int = 0
    has_pairs: bool = True


def compound_day(day: CompoundDay) -> Problem:
    """Make the day: buildings in a grid of streets, tasks of all kinds, people of mixed skills and history.

    The same settings always give the same problem.
    """
    random = Random(f"{day.seed}/{day.tasks}/{day.responders}/{day.has_pairs}")
    buildings = max(6, min(160, day.tasks // 12))
    travel, places = _compound(random, buildings)
    stations = [place.id for place in places if place.area == "station"]
    doors = [place for place in places if place.area != "station"]
    zones = {f"grid-{g}": random.choice((0, 0, 0, 1, 2)) for g in range(6)}
    people = tuple(_responder(random, k, stations) for k in range(day.responders))
    tasks = [_task(random, k, doors, zones, people, has_pairs=day.has_pairs) for k in range(day.tasks)]
    return Problem(
        horizon_min=840,
        first_midnight_min=-480,
        week_start_min=-480,
        places=tuple(places),
        travel=travel,
        tasks=tuple(_chained(random, tasks)),
        responders=people,
        vehicles=tuple(
            Vehicle(id=f"bus-{k}", seats=4 + 4 * (k % 3), availability=(Window(0, 840),), turnaround_min=15)
            for k in range(max(2, day.responders // 15))
        ),
        limits=LaborLimits(),
    )


def _compound(random: Random, buildings: int) -> tuple[Travel, list[Place]]:
    width = max(3, round(buildings**0.5))
    points: dict[str, tuple[float, float]] = {}
    places: list[Place] = []
    for b in range(buildings):
        x, y = 60.0 * (b % width), 80.0 * (b // width)
        has_lift = random.random() < 0.4
        floors = random.choice((12, 18)) if has_lift else 6
        for e in range(3):
            name = f"{b + 1}-{e + 1}"
            points[name] = (x + 15.0 * e, y)
            for floor in range(1, floors, 2):
                area = f"grid-{b * 6 // buildings}"
                door = f"{name}-{floor + 1}01"
                places.append(Place(id=door, entrance=name, floors_up=floor, has_lift=has_lift, area=area))
    for k in range(3):
        points[f"station-{k}"] = (60.0 * random.randrange(width), 80.0 * random.randrange(buildings // width))
        places.append(Place(id=f"station-{k}", entrance=f"station-{k}", area="station"))
    return Travel.from_coordinates(points), places


def _responder(random: Random, k: int, stations: list[str]) -> Responder:
    skills = {
        skill for skill, share in (("SAMPLER", 0.25), ("MEDIC", 0.12), ("CALLER", 0.35)) if random.random() < share
    }
    if k % 10 == 9:
        skills.add("DRIVER")
    start = random.choice((0, 0, 0, 120, 300))
    was_late = random.random() < 0.15
    worked_hot = random.random() < 0.1
    return Responder(
        id=f"p{k:04d}",
        home_place=random.choice(stations),
        availability=(Window(start, min(840, start + random.choice((360, 540, 660)))),),
        skills=frozenset(skills),
        highest_zone=99 if random.random() < 0.7 else 1,
        hottest_zone=2 if worked_hot else 0,
        days_in_a_row=random.choice((0, 1, 2, 3, 5)),
        last_duty_end_min=-540 if was_late else -720,
        load_7d=random.randrange(0, 1800, 30),
        last_asked_min=-60 * random.randrange(10, 60),
    )


def _task(
    random: Random, k: int, doors: list[Place], zones: dict[str, int], people: tuple[Responder, ...], *, has_pairs: bool
) -> Task:
    kinds = [kind for kind in _KINDS if has_pairs or len(kind[1]) == 1]
    code, needs, minutes, ppe, (low, high), _ = random.choices(kinds, [kind[5] for kind in kinds])[0]
    door = random.choice(doors)
    start = random.randrange(0, 600, 30)
    length = random.choice((120, 180, 240))
    is_urgent = code == "visit" and random.random() < 0.3
    hands = tuple(Hand(skills=frozenset({s} if s else ()), drives=s == "DRIVER") for s in needs)
    knows = code == "call" and random.random() < 0.5
    callers = [person.id for person in people if "CALLER" in person.skills]
    return Task(
        id=f"t{k:05d}",
        place=door.id,
        duration_min=minutes,
        window=Window(start, min(840, start + length)),
        hands=hands,
        deadline_min=min(840, start + (60 if is_urgent else 100)),
        priority=random.randint(low, high),
        tier=Tier.LIFE_AND_LIMB if is_urgent else Tier.NORMAL,
        sync=Sync(0, 10) if code == "home" and random.random() < 0.2 else Sync(),
        ppe_level=ppe,
        zone=zones[door.area or ""],
        preferred=(random.choice(callers),) if knows and callers else (),
        seats=random.choice((1, 2, 4)) if code == "move" else 0,
    )


def _chained(random: Random, tasks: list[Task]) -> list[Task]:
    """Return the tasks with a few that must follow another one at the same time of day."""
    chained = list(tasks)
    for k in range(1, len(tasks), 25):
        before, task = chained[k - 1], chained[k]
        if before.window.start_min <= task.window.start_min and not before.after:
            after = After(task=before.id, min_lag_min=random.choice((0, 10)))
            chained[k] = replace(task, after=(after,))
    return chained
