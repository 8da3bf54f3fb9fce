"""Small problems for tests: a street of five entrances two minutes apart, and wild random ones."""

from dataclasses import replace
from random import Random

import numpy as np

from tongxin.engines.planner import (
    After,
    Commitment,
    Hand,
    LaborLimits,
    MeasuredFrom,
    Pin,
    Place,
    PpeLimit,
    Problem,
    Responder,
    Rule,
    Sync,
    Task,
    Tier,
    Travel,
    Vehicle,
    Visit,
    Window,
)

DAY = Window(0, 720)
STREET = tuple("abcde")


def street() -> Travel:
    """Return five entrances in a row, two minutes from each to the next."""
    steps = np.abs(np.arange(5)[:, None] - np.arange(5)[None, :]) * 2
    return Travel(entrances=STREET, walk_min=steps.astype(np.int32))


def places() -> tuple[Place, ...]:
    """Return a door on the ground at every entrance, and one six floors up at "e"."""
    return (
        *(Place(id=name, entrance=name, area=f"grid-{name}") for name in STREET),
        Place(id="e6", entrance="e", floors_up=6),
    )


def task(name: str = "t", *, at: str = "b", minutes: int = 30, window: Window = DAY, **more: object) -> Task:
    """Return a task for one hand without any skill."""
    return Task(id=name, place=at, duration_min=minutes, window=window, **more)  # type: ignore[arg-type]


def person(
    name: str = "p", *, skills: str = "", availability: tuple[Window, ...] = (DAY,), **more: object
) -> Responder:
    """Return somebody at entrance "a" who is there all day; skills are given as words."""
    return Responder(id=name, home_place="a", availability=availability, skills=frozenset(skills.split()), **more)  # type: ignore[arg-type]


def problem(tasks: list[Task], people: list[Responder], **more: object) -> Problem:
    """Return a day from 08:00 to 20:00 in the street."""
    settings: dict[str, object] = {
        "horizon_min": 720,
        "first_midnight_min": -480,
        "week_start_min": -480,
        "places": places(),
        "travel": street(),
    } | more
    return Problem(tasks=tuple(tasks), responders=tuple(people), **settings)  # type: ignore[arg-type]


def visit(who: str, what: str, start: int, *, minutes: int = 30, hand: int = 0, vehicle: str | None = None) -> Visit:
    """Return a visit of so many minutes."""
    return Visit(what, hand, who, start, start + minutes, vehicle)


def wild(seed: int) -> Problem:
    """Return a random small problem that uses every kind of rule at once; two days in one of three."""
    random = Random(seed)
    horizon = random.choice((720, 720, 2600))
    names = [place.id for place in places()]
    people = [_wild_person(random, f"p{k}", horizon, names) for k in range(random.randint(1, 6))]
    tasks = [_wild_task(random, f"t{k:02d}", horizon, names, people) for k in range(random.randint(1, 22))]
    for k in range(1, len(tasks)):
        if random.random() < 0.15:
            after = After(
                task=tasks[random.randrange(k)].id,
                min_lag_min=random.choice((0, 20)),
                max_lag_min=random.choice((None, 60, 300)),
                measured_from=random.choice(list(MeasuredFrom)),
            )
            tasks[k] = replace(tasks[k], after=(after,))
    return problem(
        tasks,
        people,
        horizon_min=horizon,
        vehicles=tuple(
            Vehicle(id=f"v{k}", seats=random.randint(1, 4), availability=(Window(0, horizon),), turnaround_min=15)
            for k in range(random.randint(0, 2))
        ),
        limits=_wild_limits(random),
        pins=tuple(_wild_pins(random, tasks, people)),
        now_min=random.choice((0, 0, 60)),
    )


def _wild_limits(random: Random) -> LaborLimits:
    return LaborLimits(
        max_shift_min=random.choice((180, 300, 600)),
        max_day_min=random.choice((200, 400, 600)),
        max_week_min=random.choice((None, 900)),
        min_rest_min=random.choice((300, 660)),
        max_days_in_a_row=random.choice((3, 6, 6)),
        night_counts_from_min=60,
        ppe=random.choice(
            (
                (PpeLimit(level=2, max_min=90, break_min=30),),
                (),
                (PpeLimit(level=1, max_min=120, break_min=20), PpeLimit(level=2, max_min=60, break_min=40)),
            )
        ),
        zone_order_from=random.choice((1, 2)),
        exit_protocol_min=random.choice((None, 15, 40)),
        max_drive_day_min=random.choice((None, 100)),
        max_drive_min=random.choice((None, 60)),
    )


def _wild_person(random: Random, name: str, horizon: int, names: list[str]) -> Responder:
    windows = [Window(0, 720)] if random.random() < 0.5 else [Window(60, 260), Window(300, 700)]
    if horizon > 720:
        windows += [Window(840, 1500), Window(1500, 2500)]
    is_on = random.random() < 0.2
    commitment = Commitment(id="c", place=random.choice(names), window=Window(120, 150), zone=random.randint(0, 2))
    return person(
        name,
        skills=" ".join(skill for skill in ("M", "S", "D") if random.random() < 0.7),
        availability=tuple(windows),
        end_place=random.choice((None, None, "a", "e6")),
        highest_zone=random.choice((99, 99, 1)),
        hottest_zone=random.choice((0, 0, 2)),
        worked_today_min=random.choice((0, 100)),
        worked_week_min=random.choice((0, 600)),
        days_in_a_row=random.choice((0, 1, 2, 5)),
        last_duty_end_min=None if is_on else random.choice((None, -300, -700)),
        shift_started_min=-60 if is_on else None,
        worked_night=not is_on and random.random() < 0.1,
        ppe_worn_min=random.choice((0, 0, 40)),
        drove_min=random.choice((0, 30)),
        drove_today_min=30,
        load_7d=random.randrange(0, 900, 30),
        last_asked_min=random.choice((None, -100, -2000)),
        commitments=(commitment,) if random.random() < 0.2 else (),
    )


def _wild_task(random: Random, name: str, horizon: int, names: list[str], people: list[Responder]) -> Task:
    hands = tuple(
        Hand(
            skills=frozenset(random.choice(("", "", "", "M", "S", "D")).split()),
            duration_min=random.choice((None, None, 25)),
            drives=random.random() < 0.2,
        )
        for _ in range(random.choice((1, 1, 1, 2, 3)))
    )
    start = random.randrange(0, horizon - 300, 7)
    return task(
        name,
        at=random.choice(names),
        minutes=random.choice((10, 20, 45)),
        window=Window(start, start + random.choice((90, 200, 300))),
        hands=hands,
        deadline_min=random.choice((None, start + 60)),
        priority=random.randint(1, 9),
        tier=Tier.LIFE_AND_LIMB if random.random() < 0.1 else Tier.NORMAL,
        sync=random.choice((Sync(), Sync(0, 15), Sync(5, 20))),
        ppe_level=random.choice((0, 0, 1, 2)),
        zone=random.choice((0, 0, 1, 2)),
        preferred=(random.choice(people).id,) if random.random() < 0.2 else (),
        excluded=frozenset({random.choice(people).id}) if random.random() < 0.1 else frozenset(),
        seats=random.choice((0, 0, 0, 0, 2)),
        end_place=random.choice((None, None, None, "d")),
    )


def _wild_pins(random: Random, tasks: list[Task], people: list[Responder]) -> list[Pin]:
    pins = []
    for one in tasks:
        if random.random() < 0.12:
            who = random.choice(people)
            waives = frozenset(
                {Rule.SKILL, Rule.EXCLUDED}
                | set(
                    random.sample([Rule.SHIFT_LENGTH, Rule.REST, Rule.PPE_TIME, Rule.AVAILABILITY, Rule.ZONE_ORDER], 2)
                )
            )
            start = one.window.start_min + 30 if random.random() < 0.4 else None
            pins.append(Pin(task=one.id, responder=who.id, start_min=start, waives=waives))
    return pins
