"""The formats that `tongxin planner` knows: each reads, solves, writes and checks in its own way, in one shape."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from django.utils.translation import gettext as _

from tongxin.engines.planner import MaxTime, Problem, Progress, Result, SolveParameters, solve, validate
from tongxin.engines.planner import check as checking
from tongxin.engines.planner import hhcrsp as homecare
from tongxin.engines.planner import vrptw as routing
from tongxin.engines.planner.faults import Broken, Fault, FormatError, decoded
from tongxin.engines.planner.formats import read_problem, read_result, write_result
from tongxin.engines.planner.validate import Violation, objective_of


class Format(StrEnum):
    """How a file is written."""

    HHCRSP = "hhcrsp"
    TONGXIN = "tongxin"
    VRPTW = "vrptw"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How to search, whom to tell how far it is, and who may end it."""

    seconds: float
    seed: int
    threads: int
    progress: Callable[[Progress], None]
    cancelled: Callable[[], bool]
    bound_seconds: float = 0.0

    def share(self, progress: Progress) -> float:
        """Return how much of the time is used up."""
        return MaxTime(self.seconds).share(progress)

    def __call__(self, progress: Progress, /) -> bool:
        """Return True when the time is up or somebody has asked to stop: a run is a stop rule."""
        return self.cancelled() or progress.elapsed_s >= self.seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """An answer in numbers for the table, and every rule that it breaks."""

    figures: Mapping[str, str]
    broken: Sequence[Broken | Violation]


class Adapter(Protocol):
    """One format. Reading raises FormatError or ProblemError."""

    def read(self, text: str) -> Any:
        """Return the problem in a file."""

    def read_answer(self, text: str) -> Any:
        """Return the answer in a file."""

    def solve(self, problem: Any, run: Run) -> Any:
        """Return the best answer found."""

    def write(self, problem: Any, answer: Any) -> str:
        """Return an answer as text."""

    def judge(self, problem: Any, answer: Any) -> Outcome:
        """Return what an answer costs and breaks."""


class _HomeCare:
    """The public benchmark of synchronised visits."""

    def read(self, text: str) -> homecare.Instance:
        return homecare.read_instance(text)

    def read_answer(self, text: str) -> homecare.Routes:
        return homecare.read_routes(text)

    def solve(self, problem: homecare.Instance, run: Run) -> homecare.Routes:
        return homecare.solve_instance(problem, stop=run, seed=run.seed, threads=run.threads, progress=run.progress)

    def write(self, problem: homecare.Instance, answer: homecare.Routes) -> str:
        return homecare.write_routes(answer) + "\n"

    def judge(self, problem: homecare.Instance, answer: homecare.Routes) -> Outcome:
        broken = homecare.check_routes(problem, answer)
        services = sum(len(stops) for stops in answer.values())
        figures = {
            _("Patients"): str(len(problem.patients)),
            _("Services given"): f"{services} / {sum(len(p.services) for p in problem.patients)}",
            _("Caregivers on the way"): f"{sum(bool(stops) for stops in answer.values())} / {len(problem.caregivers)}",
        }
        if {stop.patient for stops in answer.values() for stop in stops} <= {p.id for p in problem.patients}:
            cost = homecare.cost_of_routes(problem, answer)
            figures |= {
                _("Distance"): f"{cost.distance:.3f}",
                _("Tardiness"): f"{cost.tardiness:.3f}",
                _("Worst tardiness"): f"{cost.worst_tardiness:.3f}",
                _("Cost"): f"{cost.total:.3f}",
            }
        return Outcome(figures=figures, broken=broken)


class _Own:
    """A compound's day."""

    def read(self, text: str) -> Problem:
        problem = read_problem(text)
        checking.check_problem(problem)
        return problem

    def read_answer(self, text: str) -> Result:
        return read_result(text)

    def solve(self, problem: Problem, run: Run) -> Result:
        return solve(
            problem,
            parameters=SolveParameters(seed=run.seed, threads=run.threads, bound_seconds=run.bound_seconds),
            stop=run,
            progress=run.progress,
            cancelled=run.cancelled,
        )

    def write(self, problem: Problem, answer: Result) -> str:
        return write_result(answer)

    def judge(self, problem: Problem, answer: Result) -> Outcome:
        broken = validate(problem, answer)
        served = {visit.task for visit in answer.visits}
        figures = {
            _("Tasks served"): f"{len(served)} / {len(problem.tasks)}",
            _("People on the way"): f"{len({v.responder for v in answer.visits})} / {len(problem.responders)}",
        }
        if not any(one.rule in ("UNKNOWN_ID", "DUPLICATE") for one in broken):
            cost = objective_of(problem, answer.visits)
            figures |= {
                _("Life and limb: weighted minutes late"): str(cost.life_delay),
                _("Priority left undone"): str(cost.unserved_priority),
                _("Minutes late"): str(cost.lateness_min),
                _("Unfairness"): str(cost.unfairness),
                _("Asked again within a day"): str(cost.recently_asked),
                _("Minutes of walking and stairs"): str(cost.walking_min),
                _("Known faces missed"): str(cost.discontinuity),
                _("Visits moved"): str(cost.moved),
            }
        return Outcome(figures=figures, broken=broken)


class _Routing:
    """Routing with time windows and capacity."""

    def read(self, text: str) -> routing.Instance:
        return routing.read_instance(text)

    def read_answer(self, text: str) -> routing.Answer:
        return routing.read_answer(text)

    def solve(self, problem: routing.Instance, run: Run) -> routing.Answer:
        return routing.solve_instance(problem, stop=run, seed=run.seed, threads=run.threads, progress=run.progress)

    def write(self, problem: routing.Instance, answer: routing.Answer) -> str:
        return routing.write_answer(answer)

    def judge(self, problem: routing.Instance, answer: routing.Answer) -> Outcome:
        served = {one for route in answer.routes for one in route} & {stop.id for stop in problem.stops[1:]}
        figures = {
            _("Customers served"): f"{len(served)} / {len(problem.stops) - 1}",
            _("Routes"): f"{sum(map(bool, answer.routes))} / {problem.vehicles}",
            _("Distance"): f"{routing.cost_of_answer(problem, answer):.3f}",
        }
        return Outcome(figures=figures, broken=routing.check_answer(problem, answer))


FORMATS: Mapping[Format, Adapter] = {Format.HHCRSP: _HomeCare(), Format.TONGXIN: _Own(), Format.VRPTW: _Routing()}


def bound_figures(problem: Any, answer: Any) -> dict[str, str]:
    """Return how far an answer can be from the best one at most, or that nothing is proven about it."""
    if not isinstance(problem, Problem) or not isinstance(answer, Result) or answer.bound is None:
        return {_("No plan leaves less undone than"): _("nothing was proven")}
    bound, total = answer.bound, sum(task.priority for task in problem.tasks)
    share = 100 * (answer.gap or 0) / max(1, total)
    return {
        _("No plan leaves less undone than"): str(bound.unserved_priority),
        _("No plan has fewer weighted minutes late for life and limb than"): str(bound.life_delay),
        _("At most so much better coverage is possible"): f"{answer.gap} ({share:.1f} %)",
    }


def format_of(text: str) -> Format:
    """Return the format that a text is in, by its content.

    Raises
    ------
    FormatError
        It is in none, or not JSON although it looks so.
    """
    if text.lstrip()[:1] not in ("{", "["):
        if not any(line.strip().upper().startswith(_ROUTING) for line in text.splitlines()[:40]):
            raise FormatError("file", Fault.NO_FORMAT)
        return Format.VRPTW
    told = decoded(text, dict[str, Any])
    if str(told.get("format", "")).startswith("tongxin-") or "responders" in told:
        return Format.TONGXIN
    if "patients" in told:
        return Format.HHCRSP
    raise FormatError("file", Fault.NO_FORMAT)


_ROUTING = ("VEHICLE", "CUSTOMER", "CAPACITY", "DIMENSION")
