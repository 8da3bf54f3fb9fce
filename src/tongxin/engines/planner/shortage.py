"""What is short: unserved tasks turned into hands x area x hours that a call for volunteers can be made from."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tongxin.engines.planner.compact import Compact, Person, Stop
from tongxin.engines.planner.gaps import with_stop
from tongxin.engines.planner.problem import Responder, Window
from tongxin.engines.planner.result import Relief, Shortage
from tongxin.engines.planner.route import first_broken

HOUR_MIN = 60
# A new person is imagined rather than more than so many others tried.
LINES_TRIED = 40

Group = tuple[frozenset[str], str | None]


@dataclass(slots=True)
class _Line:
    """The day of one imagined person: as full as the rules allow."""

    person: Person
    stops: list[Stop] = field(default_factory=list)


def shortages_of(compact: Compact, unserved: Iterable[int], reliefs: Mapping[int, Relief]) -> tuple[Shortage, ...]:
    """Pack the missing hands of unserved tasks into as few imagined days as first fit finds, whole hours each.

    Where a relief is known only its hands are missing, and hands of a team keep its times; otherwise all hands of the
    task count. Every imagined day keeps all rules of work and walking, so the number of people is enough, though
    not proven smallest.
    """
    lines: dict[Group, list[_Line]] = defaultdict(list)
    areas = {place.id: place.area for place in compact.problem.places}
    for task in unserved:
        what = compact.tasks[task]
        for hand, starts in _missing(compact, task, reliefs.get(task)):
            group = (what.hands[hand].skills, areas[what.place])
            if not any(_put(compact, line, task, hand, starts) for line in lines[group][-LINES_TRIED:]):
                line = _Line(_imagined(compact, task, what.hands[hand].skills))
                if _put(compact, line, task, hand, starts):
                    lines[group].append(line)
    return _merged(compact, lines)


def _missing(compact: Compact, task: int, relief: Relief | None) -> list[tuple[int, Window]]:
    """Return the missing hands with the range of their starts."""
    what = compact.tasks[task]
    window = what.window
    free = [(hand, Window(window.start_min, window.end_min - what.hand_min(hand))) for hand in range(len(what.hands))]
    if relief is None or not relief.hands:
        return free if relief is None else []
    wanted = [(needed.skills, needed.window.start_min) for needed in relief.hands]
    if len(what.hands) == 1:
        return free
    found = []
    for hand, need in enumerate(what.hands):
        start = next((start for skills, start in wanted if skills == need.skills), None)
        if start is not None:
            wanted.remove((need.skills, start))
            found.append((hand, Window(start, start)))
    return found


def _imagined(compact: Compact, task: int, skills: frozenset[str]) -> Person:
    problem, place = compact.problem, compact.tasks[task].place
    everywhen = (Window(problem.now_min, problem.horizon_min),)
    responder = Responder(id="+", home_place=place, availability=everywhen, skills=skills)
    return Person(-1, responder, compact.nodes)


def _put(compact: Compact, line: _Line, task: int, hand: int, starts: Window) -> bool:
    free = starts.start_min
    if line.stops:
        last = line.stops[-1]
        free = max(free, last.end + compact.nodes.minutes(last.end_node, compact.task_node[task]))
    for start in (free, starts.start_min):
        if not starts.start_min <= start <= starts.end_min:
            continue
        stops = with_stop(line.stops, compact.stop(task, hand, start))
        if first_broken(compact, line.person, stops) is None:
            line.stops = stops
            return True
    return False


def _merged(compact: Compact, lines: Mapping[Group, list[_Line]]) -> tuple[Shortage, ...]:
    """Return days of the same hands in the same area and hours as one line with a number of people."""
    found: dict[tuple[Group, Window], list[_Line]] = defaultdict(list)
    midnight = compact.problem.first_midnight_min
    for group, days in lines.items():
        for day in days:
            start = (day.stops[0].start - midnight) // HOUR_MIN * HOUR_MIN + midnight
            end = -(-(max(stop.end for stop in day.stops) - midnight) // HOUR_MIN) * HOUR_MIN + midnight
            found[group, Window(start, end)].append(day)
    shortages = [
        Shortage(
            skills=skills,
            area=area,
            window=window,
            responders=len(days),
            tasks=tuple(sorted({compact.tasks[stop.task].id for day in days for stop in day.stops})),
        )
        for ((skills, area), window), days in found.items()
    ]
    return tuple(
        sorted(shortages, key=lambda s: (s.window.start_min, s.area or "", sorted(s.skills), s.window.end_min))
    )
