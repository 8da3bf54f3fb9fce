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
from typing import TYPE_CHECKING, Annotated

import msgspec

from tongxin.engines.planner.faults import Broken, Fault, FormatError, RouteRule, decoded
from tongxin.engines.planner.stop import Progress, StopRule, follow

if TYPE_CHECKING:
    pass

TOLERANCE = 1e-3
# In thousandths this still fits the 32 bits of the search's table of ways.
FURTHEST = 1_000_000

_Number = Annotated[float, msgspec.Meta(ge=0, le=FURTHEST)]
_Time = Annotated[float, msgspec.Meta(ge=-1e9, le=1e9)]
_Id = str | int


class InstanceError(FormatError):
    """An instance or a solution cannot be read or contradicts itself; the text names the field."""


class _Need(msgspec.Struct):
    service: _Id
    duration: _Number | None = None


class _Lag(msgspec.Struct):
    type: str = "simultaneous"
    distance: tuple[_Number, _Number] | None = None


class _PatientForm(msgspec.Struct):
    id: _Id
    time_window: tuple[_Number, _Number]
    required_caregivers: list[_Need]
    synchronization: _Lag | None = None


class _ServiceForm(msgspec.Struct):
    id: _Id
    default_duration: _Number | None = None


class _CaregiverForm(msgspec.Struct):
    id: _Id
    abilities: list[_Id]


class _InstanceForm(msgspec.Struct):
    patients: list[_PatientForm]
    services: list[_ServiceForm]
    caregivers: list[_CaregiverForm]
    distances: list[list[_Number]]


class _LocationForm(msgspec.Struct):
    arrival_time: _Time
    departure_time: _Time
    patient_id: _Id | None = None
    service_id: _Id | None = None
    # so the form was written once
    patient: _Id | None = None
    service: _Id | None = None


class _RouteForm(msgspec.Struct):
    caregiver_id: _Id
    locations: list[_LocationForm]


class _RoutesForm(msgspec.Struct):
    routes: list[_RouteForm]


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
    raw = decoded(text, _InstanceForm, InstanceError)
    defaults = {str(service.id): service.default_duration for service in raw.services}
    patients = tuple(_patient(patient, defaults) for patient in raw.patients)
    caregivers = {str(c.id): frozenset(map(str, c.abilities)) for c in raw.caregivers}
    distances = tuple(tuple(row) for row in raw.distances)
    _refuse_twice("caregivers", [str(c.id) for c in raw.caregivers])
    _refuse_twice("patients", [p.id for p in patients])
    _refuse_twice("services", [str(s.id) for s in raw.services])
    instance = Instance(patients, caregivers, distances)
    for field, fault, detail in _faults(instance):
        raise InstanceError(field, fault, **detail)
    return instance


def _refuse_twice(field: str, ids: list[str]) -> None:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            raise InstanceError(f"{field}[{one}]", Fault.TWICE)
        seen.add(one)


def _patient(raw: _PatientForm, defaults: Mapping[str, float | None]) -> Patient:
    field = f"patients[{raw.id}]"
    services = []
    for need in raw.required_caregivers:
        name = str(need.service)
        minutes = defaults.get(name) if need.duration is None else need.duration
        if minutes is None and name not in defaults:
            raise InstanceError(f"{field}.required_caregivers", Fault.UNKNOWN_ID, name=name)
        if minutes is None:
            raise InstanceError(f"{field}.required_caregivers.duration", Fault.MISSING)
        services.append((name, minutes))
    sync = raw.synchronization or _Lag()
    if sync.type not in ("simultaneous", "sequential"):
        raise InstanceError(f"{field}.synchronization.type", Fault.SYNC_KIND, name=sync.type)
    if sync.type == "sequential" and sync.distance is None:
        raise InstanceError(f"{field}.synchronization.distance", Fault.MISSING)
    lag = sync.distance if sync.type == "sequential" and sync.distance is not None else (0.0, 0.0)
    return Patient(str(raw.id), tuple(services), raw.time_window, lag)


def _faults(instance: Instance) -> Iterator[tuple[str, Fault, dict[str, object]]]:
    size = len(instance.patients) + 1
    if len(instance.distances) != size or any(len(row) != size for row in instance.distances):
        yield "distances", Fault.NOT_SQUARE, {"size": size}
    for patient in instance.patients:
        field = f"patients[{patient.id}]"
        if not 1 <= len(patient.services) <= 2:
            yield f"{field}.required_caregivers", Fault.ONE_OR_TWO, {}
        if patient.window[1] < patient.window[0]:
            yield f"{field}.time_window", Fault.BACKWARDS, {}
        if patient.lag[1] < patient.lag[0]:
            yield f"{field}.synchronization.distance", Fault.LAGS, {}
        if len({name for name, _ in patient.services}) < len(patient.services):
            yield f"{field}.required_caregivers", Fault.TWICE, {}
        able = [{c for c, can in instance.caregivers.items() if name in can} for name, _ in patient.services]
        if not all(able) or len(set().union(*able)) < len(able):
            yield f"{field}.required_caregivers", Fault.NOT_ENOUGH, {}


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
    patients = len(instance.patients)
    if not patients:
        return {}
    search = import_module("tongxin.engines.planner.search.hhcrsp_model")
    how_far = follow(stop, total=patients, progress=progress)
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
    raw = decoded(text, _RoutesForm, InstanceError)
    _refuse_twice("routes", [str(route.caregiver_id) for route in raw.routes])
    return {str(route.caregiver_id): [_service(stop) for stop in route.locations] for route in raw.routes}


def _service(raw: _LocationForm) -> Service:
    patient = raw.patient if raw.patient_id is None else raw.patient_id
    service = raw.service if raw.service_id is None else raw.service_id
    if patient is None or service is None:
        raise InstanceError(f"routes.locations.{'patient_id' if patient is None else 'service_id'}", Fault.MISSING)
    return Service(str(patient), str(service), raw.arrival_time, raw.departure_time)


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


def check_routes(instance: Instance, routes: Routes) -> list[Broken]:
    """Return every rule that routes break; the search takes no part in this."""
    patients = {patient.id: patient for patient in instance.patients}
    row = {patient.id: k for k, patient in enumerate(instance.patients, 1)}
    found: list[Broken] = []
    done: dict[str, list[tuple[str, Service]]] = defaultdict(list)
    for caregiver, stops in routes.items():
        if caregiver not in instance.caregivers:
            found.append(Broken(RouteRule.UNKNOWN_CAREGIVER, {"caregiver": caregiver}))
            continue
        at, free = 0, 0.0
        for stop in stops:
            words = {"caregiver": caregiver, "patient": stop.patient, "service": stop.service, "time": stop.start}
            if stop.patient not in patients:
                found.append(Broken(RouteRule.UNKNOWN_PATIENT, words))
                continue
            if stop.service not in instance.caregivers[caregiver]:
                found.append(Broken(RouteRule.ABILITY, words))
            if stop.start < free + instance.distances[at][row[stop.patient]] - TOLERANCE:
                found.append(Broken(RouteRule.TOO_SOON, words))
            at, free = row[stop.patient], stop.end
            done[stop.patient].append((caregiver, stop))
    for patient in instance.patients:
        found += _patient_faults(patient, done[patient.id])
    return found


def _patient_faults(patient: Patient, done: list[tuple[str, Service]]) -> Iterator[Broken]:
    by_service = {stop.service: (who, stop) for who, stop in done}
    if len(done) != len(patient.services) or set(by_service) != {name for name, _ in patient.services}:
        words = {"patient": patient.id, "count": len(done), "most": len(patient.services)}
        yield Broken(RouteRule.SERVICES, words)
        return
    stops = [by_service[name][1] for name, _ in patient.services]
    for stop, (_, minutes) in zip(stops, patient.services, strict=True):
        words = {"patient": patient.id, "service": stop.service, "time": minutes}
        if stop.start < patient.window[0] - TOLERANCE:
            yield Broken(RouteRule.BEFORE_WINDOW, words)
        if abs(stop.end - stop.start - minutes) > TOLERANCE:
            yield Broken(RouteRule.DURATION, words)
    if len(stops) == 2:
        lag = stops[1].start - stops[0].start
        if not patient.lag[0] - TOLERANCE <= lag <= patient.lag[1] + TOLERANCE:
            yield Broken(RouteRule.LAG, {"patient": patient.id, "time": round(lag, 3)})
        if len({who for who, _ in done}) < 2:
            yield Broken(RouteRule.SAME_CAREGIVER, {"patient": patient.id})
