"""Routing with time windows (VRPTW): the public instances read, judged and written; solved by the planner's own search.

Two forms are read: the table of Solomon and of Gehring & Homberger (``VEHICLE``, ``CUSTOMER``), and the sections of
VRPLIB (``NODE_COORD_SECTION`` ...) that PyVRP uses. Ways are straight lines, not rounded; time and distance are the same.
The cost is the distance of all routes. Written and read as ``Route #1: 3 7 2`` lines with a last line ``Cost 123.4``.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING

from tongxin.engines.planner.faults import Broken, Fault, FormatError, RouteRule
from tongxin.engines.planner.stop import Progress, StopRule, follow

if TYPE_CHECKING:
    pass

TOLERANCE = 1e-3
FURTHEST = 50_000
MOST_CUSTOMERS = 5_000
MOST_CAPACITY = 10_000_000


@dataclass(frozen=True, slots=True)
class Stop:
    """The depot or a customer: where, how much, from when to when service may begin, and how long it takes."""

    id: int
    x: float
    y: float
    demand: int
    ready: float
    due: float
    service: float


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance. ``stops[0]`` is the depot; ``ways`` are the distances in the order of ``stops``."""

    vehicles: int
    capacity: int
    stops: tuple[Stop, ...]
    ways: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """Routes as ids of customers in order, and the cost that a file states for them."""

    routes: tuple[tuple[int, ...], ...]
    cost: float | None = None


def read_instance(text: str) -> Instance:
    """Read an instance in one of the two forms.

    Raises
    ------
    FormatError
        A part is missing or of the wrong kind, or the instance is infeasible by construction; names the part.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise FormatError("file", Fault.EMPTY)
    is_sections = any(line.upper().startswith("NODE_COORD_SECTION") for line in lines)
    instance = _sections(lines) if is_sections else _table(lines)
    for field, fault, detail in _faults(instance):
        raise FormatError(field, fault, **detail)
    return instance


def _number(field: str, text: str, *, low: float, high: float) -> float:
    try:
        value = float(text)
    except ValueError:
        raise FormatError(field, Fault.NOT_A_NUMBER, got=text[:40]) from None
    if not value >= low:
        raise FormatError(field, Fault.TOO_LOW, low=low)
    if not value <= high:
        raise FormatError(field, Fault.TOO_HIGH, high=high)
    return value


def _whole(field: str, text: str, *, low: int, high: int) -> int:
    value = _number(field, text, low=low, high=high)
    if value != int(value):
        raise FormatError(field, Fault.NOT_WHOLE, got=text[:40])
    return int(value)


def _table(lines: list[str]) -> Instance:
    """Read the form of Solomon: NAME, VEHICLE with number and capacity, CUSTOMER with seven columns."""
    fleet = takewhile(lambda line: not line.upper().startswith("CUSTOMER"), _after(lines, "VEHICLE"))
    numbers = next((line.split() for line in fleet if line[0].isdigit() or line[0] == "-"), None)
    if numbers is None or len(numbers) < 2:
        raise FormatError("VEHICLE", Fault.MISSING)
    rows = [line.split() for line in _after(lines, "CUSTOMER") if not line[0].isalpha()]
    stops = []
    for k, row in enumerate(rows):
        field = f"CUSTOMER[{row[0] if row else k}]"
        if len(row) != 7:
            raise FormatError(field, Fault.COLUMNS, columns=7, got=len(row))
        stops.append(_stop(field, row))
    if not stops:
        raise FormatError("CUSTOMER", Fault.MISSING)
    return _instance(
        _whole("VEHICLE.NUMBER", numbers[0], low=1, high=MOST_CUSTOMERS),
        _whole("VEHICLE.CAPACITY", numbers[1], low=0, high=MOST_CAPACITY),
        stops,
    )


def _after(lines: list[str], title: str) -> list[str]:
    at = next((k for k, line in enumerate(lines) if line.upper().startswith(title)), None)
    if at is None:
        raise FormatError(title, Fault.MISSING)
    return lines[at + 1 :]


def _stop(field: str, row: Sequence[str]) -> Stop:
    times = [
        _number(f"{field}.{name}", text, low=0, high=FURTHEST)
        for name, text in zip(("READY TIME", "DUE DATE", "SERVICE TIME"), row[4:7], strict=True)
    ]
    return Stop(
        _whole(field, row[0], low=0, high=MOST_CAPACITY),
        _number(f"{field}.XCOORD", row[1], low=-FURTHEST, high=FURTHEST),
        _number(f"{field}.YCOORD", row[2], low=-FURTHEST, high=FURTHEST),
        _whole(f"{field}.DEMAND", row[3], low=0, high=MOST_CAPACITY),
        *times,
    )


_HEAD = re.compile(r"^([A-Z_]+)\s*:?\s*(.*)$")


Sections = dict[str, list[list[str]]]
_BY_CUSTOMER = ("DEMAND_SECTION", "TIME_WINDOW_SECTION", "SERVICE_TIME_SECTION")


def _sections(lines: list[str]) -> Instance:
    """Read the form of VRPLIB with its sections for coordinates, demands, windows, service times and the depot."""
    heads, sections = _parts(lines)
    kind = heads.get("EDGE_WEIGHT_TYPE", "EUC_2D")
    if kind not in ("EUC_2D", "EXACT_2D"):
        raise FormatError("EDGE_WEIGHT_TYPE", Fault.NOT_SUPPORTED, name=kind)
    if "CAPACITY" not in heads:
        raise FormatError("CAPACITY", Fault.MISSING)
    depots = [row[0] for row in sections.get("DEPOT_SECTION", []) if row[0] != "-1"]
    if len(depots) != 1:
        raise FormatError("DEPOT_SECTION", Fault.ONE_DEPOT)
    points = _rows("NODE_COORD_SECTION", sections, 2)
    if depots[0] not in points:
        raise FormatError("DEPOT_SECTION", Fault.UNKNOWN_ID, name=depots[0])
    told = [_rows(title, sections, 1 + (title == "TIME_WINDOW_SECTION")) for title in _BY_CUSTOMER]
    stops = []
    for name in sorted(points, key=lambda one: one != depots[0]):
        for title, part in zip(_BY_CUSTOMER, told, strict=True):
            if name not in part:
                raise FormatError(f"{title}[{name}]", Fault.MISSING)
        stops.append(_stop(f"NODE[{name}]", [name, *points[name], *(cell for part in told for cell in part[name])]))
    vehicles = heads.get("VEHICLES", str(max(1, len(stops) - 1)))
    return _instance(
        _whole("VEHICLES", vehicles, low=1, high=MOST_CUSTOMERS),
        _whole("CAPACITY", heads["CAPACITY"], low=0, high=MOST_CAPACITY),
        stops,
    )


def _parts(lines: list[str]) -> tuple[dict[str, str], Sections]:
    """Return the lines ``NAME : value`` and the rows of each section."""
    heads: dict[str, str] = {}
    sections: Sections = {}
    section: list[list[str]] | None = None
    for line in lines:
        head = _HEAD.match(line)
        if head is None:
            if section is not None:
                section.append(line.split())
        elif head[1].endswith("_SECTION"):
            section = sections.setdefault(head[1], [])
        else:
            heads[head[1]] = head[2].strip().strip('"')
            section = None
    return heads, sections


def _rows(title: str, sections: Sections, width: int) -> dict[str, list[str]]:
    if title not in sections:
        raise FormatError(title, Fault.MISSING)
    found: dict[str, list[str]] = {}
    for row in sections[title]:
        field = f"{title}[{row[0]}]"
        if len(row) != width + 1:
            raise FormatError(field, Fault.COLUMNS, columns=width + 1, got=len(row))
        if row[0] in found:
            raise FormatError(field, Fault.TWICE)
        found[row[0]] = row[1:]
    return found


def _instance(vehicles: int, capacity: int, stops: list[Stop]) -> Instance:
    if len(stops) > MOST_CUSTOMERS + 1:
        raise FormatError("CUSTOMER", Fault.TOO_HIGH, high=MOST_CUSTOMERS)
    ways = tuple(tuple(math.hypot(a.x - b.x, a.y - b.y) for b in stops) for a in stops)
    return Instance(vehicles, capacity, tuple(stops), ways)


def _faults(instance: Instance) -> Iterator[tuple[str, Fault, dict[str, object]]]:
    depot, *customers = instance.stops
    twice = next((one for one, count in Counter(stop.id for stop in instance.stops).items() if count > 1), None)
    if twice is not None:
        yield f"CUSTOMER[{twice}]", Fault.TWICE, {}
    if depot.demand:
        yield f"CUSTOMER[{depot.id}].DEMAND", Fault.TOO_HIGH, {"high": 0}
    for k, stop in enumerate(instance.stops):
        if stop.due < stop.ready:
            yield f"CUSTOMER[{stop.id}].DUE DATE", Fault.BACKWARDS, {}
        if stop.demand > instance.capacity:
            carried: dict[str, object] = {"demand": stop.demand, "capacity": instance.capacity}
            yield f"CUSTOMER[{stop.id}].DEMAND", Fault.TOO_HEAVY, carried
        begins = max(stop.ready, depot.ready + instance.ways[0][k])
        if k and (begins > stop.due or begins + stop.service + instance.ways[k][0] > depot.due):
            yield f"CUSTOMER[{stop.id}]", Fault.TOO_FAR, {}
    total, most = sum(stop.demand for stop in customers), instance.vehicles * instance.capacity
    if total > most:
        yield "VEHICLE.NUMBER", Fault.FLEET_TOO_SMALL, {"demand": total, "capacity": most}


def solve_instance(
    instance: Instance,
    *,
    stop: StopRule,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[Progress], None] | None = None,
) -> Answer:
    """Search for short routes with the planner's own search until ``stop`` says so.

    Every route keeps capacity and windows; customers for whom no room was found are missing, and ``check_answer`` says so.
    With a budget of iterations the same seed gives the same answer.
    """
    customers = len(instance.stops) - 1
    if not customers:
        return Answer((), 0.0)
    search = import_module("tongxin.engines.planner.vrptw_model")
    how_far = follow(stop, total=customers, progress=progress)
    routes: list[tuple[int, ...]] = search.solve_routes(instance, how_far=how_far, seed=seed, threads=threads)
    answer = Answer(tuple(tuple(instance.stops[k].id for k in route) for route in routes))
    return Answer(answer.routes, cost_of_answer(instance, answer))


def cost_of_answer(instance: Instance, answer: Answer) -> float:
    """Return the distance of all routes, from the instance alone; customers that are not known are passed over."""
    at = {stop.id: k for k, stop in enumerate(instance.stops)}
    known = [[0, *(at[one] for one in route if one in at), 0] for route in answer.routes]
    return sum(instance.ways[a][b] for route in known for a, b in pairwise(route))


def check_answer(instance: Instance, answer: Answer) -> list[Broken]:
    """Return every rule that routes break; the search takes no part in this."""
    at = {stop.id: k for k, stop in enumerate(instance.stops) if k}
    found: list[Broken] = []
    if len(answer.routes) > instance.vehicles:
        found.append(Broken(RouteRule.FLEET, {"count": len(answer.routes), "most": instance.vehicles}))
    visits = Counter(one for route in answer.routes for one in route)
    found += [Broken(RouteRule.UNKNOWN_CUSTOMER, {"customer": one}) for one in visits if one not in at]
    found += [Broken(RouteRule.NOT_ONCE, {"customer": one, "count": visits[one]}) for one in at if visits[one] != 1]
    for number, route in enumerate(answer.routes, 1):
        found += _route_faults(instance, number, [at[one] for one in route if one in at])
    counted = cost_of_answer(instance, answer)
    if answer.cost is not None and abs(answer.cost - counted) > max(0.1, 1e-4 * counted):
        found.append(Broken(RouteRule.COST, {"said": f"{answer.cost:.3f}", "counted": f"{counted:.3f}"}))
    return found


def _route_faults(instance: Instance, number: int, route: list[int]) -> Iterator[Broken]:
    depot = instance.stops[0]
    load = sum(instance.stops[k].demand for k in route)
    if load > instance.capacity:
        yield Broken(RouteRule.CAPACITY, {"route": number, "count": load, "most": instance.capacity})
    now, here = depot.ready, 0
    for k in route:
        stop = instance.stops[k]
        now = max(stop.ready, now + instance.ways[here][k])
        if now > stop.due + TOLERANCE:
            yield Broken(RouteRule.TOO_LATE, {"route": number, "customer": stop.id, "time": f"{now:.3f}"})
        now, here = now + stop.service, k
    now += instance.ways[here][0]
    if now > depot.due + TOLERANCE:
        yield Broken(RouteRule.BACK_LATE, {"route": number, "time": f"{now:.3f}"})


def write_answer(answer: Answer) -> str:
    """Return an answer in the form that the public instances' solutions have."""
    lines = [f"Route #{k}: {' '.join(map(str, route))}" for k, route in enumerate(answer.routes, 1)]
    return "\n".join([*lines, f"Cost {answer.cost or 0.0:.6f}"]) + "\n"


_ROUTE = re.compile(r"^Route\s*#?(\d+)\s*:?\s*(.*)$", re.IGNORECASE)
_COST = re.compile(r"^Cost\s*:?\s*(\S+)$", re.IGNORECASE)


def read_answer(text: str) -> Answer:
    """Read an answer in that form.

    Raises
    ------
    FormatError
        A line is neither a route nor the cost.
    """
    routes: list[tuple[int, ...]] = []
    cost: float | None = None
    for number, line in enumerate(text.splitlines(), 1):
        words = line.strip()
        if not words:
            continue
        if found := _ROUTE.match(words):
            field = f"Route #{found[1]}"
            routes.append(tuple(_whole(field, word, low=0, high=MOST_CAPACITY) for word in found[2].split()))
        elif said := _COST.match(words):
            cost = _number("Cost", said[1], low=0, high=1e12)
        else:
            raise FormatError(f"line {number}", Fault.NO_ROUTE, got=words[:40])
    if not routes and cost is None:
        raise FormatError("Route #1", Fault.MISSING)
    return Answer(tuple(routes), cost)
