"""Home health care with synchronised visits (HHCRSP): the public benchmark read, written and judged.

Source of form and cost: Mankowska, Meisel & Bierwirth (2014); JSON form of github.com/iolab-uniud/hhcrsp.
Cost = (distance + total tardiness + largest tardiness) / 3; tardiness is counted at the start of each service.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from time import perf_counter
from typing import TYPE_CHECKING, Any

from tongxin.engines.planner.stop import Progress, StopRule, share_of

if TYPE_CHECKING:
    from tongxin.engines.planner.search.anneal import Stand

TOLERANCE = 1e-3


class InstanceError(ValueError):
    """An instance or a solution cannot be read or contradicts itself; the text names the field."""


@dataclass(frozen=True, slots=True)
class Patient:
    """Somebody to visit: service and minutes of each caregiver, window, and the lag between the two starts."""

    id: str
    services: tuple[tuple[str, float], ...]
    window: tuple[float, float]
    lag: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Instance:
    """One benchmark instance. Row and column 0 of ``distances`` are the depot, then the patients in order."""

    patients: tuple[Patient, ...]
    caregivers: Mapping[str, frozenset[str]]
    distances: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Service:
    """One caregiver at one patient, from the start to the end of the service."""

    patient: str
    service: str
    start: float
    end: float


Routes = Mapping[str, Sequence[Service]]


@dataclass(frozen=True, slots=True)
class Cost:
    """The three parts of the cost and the cost itself."""

    distance: float
    tardiness: float
    worst_tardiness: float

    @property
    def total(self) -> float:
        """Return the benchmark's one number."""
        return (self.distance + self.tardiness + self.worst_tardiness) / 3


def read_instance(text: str) -> Instance:
    """Read an instance from JSON.

    Raises
    ------
    InstanceError
        The text is not JSON, a field is missing or of the wrong kind, or the numbers contradict each other.
    """
    try:
        raw = json.loads(text)
    except ValueError as error:
        raise InstanceError(f"not JSON: {error}") from None
    if not isinstance(raw, dict):
        raise InstanceError("an instance must be a JSON object")
    try:
        defaults = {s["id"]: float(s["default_duration"]) for s in raw["services"]}
        patients = tuple(_patient(p, defaults) for p in raw["patients"])
        caregivers = {str(c["id"]): frozenset(map(str, c["abilities"])) for c in raw["caregivers"]}
        distances = tuple(tuple(float(x) for x in row) for row in raw["distances"])
    except KeyError as error:
        raise InstanceError(f"the field {error} is missing") from None
    except (TypeError, ValueError) as error:
        raise InstanceError(f"a field is of the wrong kind: {error}") from None
    instance = Instance(patients, caregivers, distances)
    for fault in _faults(instance, len(raw["caregivers"])):
        raise InstanceError(fault)
    return instance


def _patient(raw: Mapping[str, Any], defaults: Mapping[str, float]) -> Patient:
    services = tuple(
        (str(need["service"]), float(need["duration"]) if "duration" in need else defaults[need["service"]])
        for need in raw["required_caregivers"]
    )
    start, end = raw["time_window"]
    sync = raw.get("synchronization") or {}
    kind = sync.get("type", "simultaneous")
    if kind not in ("simultaneous", "sequential"):
        raise InstanceError(f"patients[{raw['id']}].synchronization.type is {kind!r}")
    low, high = sync["distance"] if kind == "sequential" else (0, 0)
    return Patient(str(raw["id"]), services, (float(start), float(end)), (float(low), float(high)))


def _faults(instance: Instance, caregivers: int) -> Iterator[str]:
    size = len(instance.patients) + 1
    if len(instance.distances) != size or any(len(row) != size for row in instance.distances):
        yield f"distances must have {size} rows of {size} numbers"
    if any(x < 0 or x != x for row in instance.distances for x in row):
        yield "distances must not be negative"
    if len(instance.caregivers) != caregivers:
        yield "caregivers: an id appears twice"
    if len({p.id for p in instance.patients}) != len(instance.patients):
        yield "patients: an id appears twice"
    for patient in instance.patients:
        field = f"patients[{patient.id}]"
        if not 1 <= len(patient.services) <= 2:
            yield f"{field}.required_caregivers must name one or two caregivers"
        if patient.window[1] < patient.window[0]:
            yield f"{field}.time_window ends before it starts"
        if not 0 <= patient.lag[0] <= patient.lag[1]:
            yield f"{field}.synchronization.distance must be two numbers in order"
        if any(minutes < 0 for _, minutes in patient.services):
            yield f"{field}.required_caregivers: a duration is negative"
        able = [{c for c, can in instance.caregivers.items() if name in can} for name, _ in patient.services]
        if not all(able) or len(set().union(*able)) < len(able):
            yield f"{field}.required_caregivers: there are not enough caregivers with the abilities"


def solve_instance(
    instance: Instance,
    *,
    stop: StopRule,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[Progress], None] | None = None,
) -> Routes:
    """Search for good routes with the planner's own search until ``stop`` says so.

    Waits for the search to be compiled if that has not been done. With a budget of iterations the same seed gives the
    same routes. ``progress`` is told how far it is, without ``best``.
    """
    started = perf_counter()
    patients = len(instance.patients)
    if not patients:
        return {}
    search = import_module("tongxin.engines.planner.search.hhcrsp_model")

    def how_far(stand: "Stand") -> float:
        now = Progress(
            iteration=stand.iteration,
            elapsed_s=perf_counter() - started,
            done=patients,
            total=patients,
            since_improved=stand.since_improved,
        )
        if progress is not None and stand.walker == 0:
            progress(now)
        return 1.0 if stop(now) else min(0.999, share_of(stop, now))

    routes: Routes = search.solve_routes(instance, how_far=how_far, seed=seed, threads=threads)
    return routes


def write_routes(routes: Routes) -> str:
    """Return routes in the public JSON form; ``arrival_time`` is the start of the service."""
    return json.dumps(
        {
            "routes": [
                {
                    "caregiver_id": caregiver,
                    "locations": [
                        {
                            "patient_id": stop.patient,
                            "service_id": stop.service,
                            "arrival_time": stop.start,
                            "departure_time": stop.end,
                        }
                        for stop in stops
                    ],
                }
                for caregiver, stops in routes.items()
            ]
        },
        indent=1,
    )


def read_routes(text: str) -> dict[str, list[Service]]:
    """Read routes from the public JSON form.

    Raises
    ------
    InstanceError
        The text is not in that form.
    """
    try:
        return {
            str(route["caregiver_id"]): [
                Service(
                    str(stop.get("patient_id", stop.get("patient"))),
                    str(stop.get("service_id", stop.get("service"))),
                    float(stop["arrival_time"]),
                    float(stop["departure_time"]),
                )
                for stop in route["locations"]
            ]
            for route in json.loads(text)["routes"]
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InstanceError(f"not a solution in the public form: {error!r}") from None


def cost_of_routes(instance: Instance, routes: Routes) -> Cost:
    """Compute the cost of routes from the instance alone."""
    row = {patient.id: k for k, patient in enumerate(instance.patients, 1)}
    due = {patient.id: patient.window[1] for patient in instance.patients}
    distance = sum(
        instance.distances[a][b]
        for stops in routes.values()
        if stops
        for a, b in pairwise([0, *(row[stop.patient] for stop in stops), 0])
    )
    late = [max(0.0, stop.start - due[stop.patient]) for stops in routes.values() for stop in stops]
    return Cost(distance, sum(late), max(late, default=0.0))


def check_routes(instance: Instance, routes: Routes) -> list[str]:
    """Return a sentence for every rule that routes break; the search takes no part in this."""
    patients = {patient.id: patient for patient in instance.patients}
    row = {patient.id: k for k, patient in enumerate(instance.patients, 1)}
    found: list[str] = []
    done: dict[str, list[tuple[str, Service]]] = defaultdict(list)
    for caregiver, stops in routes.items():
        if caregiver not in instance.caregivers:
            found.append(f"{caregiver} is not a caregiver")
            continue
        at, free = 0, 0.0
        for stop in stops:
            if stop.patient not in patients:
                found.append(f"{stop.patient} is not a patient")
                continue
            if stop.service not in instance.caregivers[caregiver]:
                found.append(f"{caregiver} cannot do {stop.service} at {stop.patient}")
            if stop.start < free + instance.distances[at][row[stop.patient]] - TOLERANCE:
                found.append(f"{caregiver} cannot be at {stop.patient} by {stop.start}")
            at, free = row[stop.patient], stop.end
            done[stop.patient].append((caregiver, stop))
    for patient in instance.patients:
        found += _patient_faults(patient, done[patient.id])
    return found


def _patient_faults(patient: Patient, done: list[tuple[str, Service]]) -> Iterator[str]:
    by_service = {stop.service: (who, stop) for who, stop in done}
    if len(done) != len(patient.services) or set(by_service) != {name for name, _ in patient.services}:
        yield f"{patient.id} gets {len(done)} of {len(patient.services)} services"
        return
    stops = [by_service[name][1] for name, _ in patient.services]
    for stop, (_, minutes) in zip(stops, patient.services, strict=True):
        if stop.start < patient.window[0] - TOLERANCE:
            yield f"{patient.id} is served before its window"
        if abs(stop.end - stop.start - minutes) > TOLERANCE:
            yield f"{patient.id}: {stop.service} does not take {minutes} minutes"
    if len(stops) == 2:
        lag = stops[1].start - stops[0].start
        if not patient.lag[0] - TOLERANCE <= lag <= patient.lag[1] + TOLERANCE:
            yield f"{patient.id}: the second start comes {lag:.3f} after the first"
        if len({who for who, _ in done}) < 2:
            yield f"{patient.id} needs two different caregivers"
