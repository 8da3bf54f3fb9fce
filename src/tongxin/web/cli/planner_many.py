"""`tongxin planner solve` with several problems: one process each, on this machine or over a Ray cluster."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import typer
from django.utils.translation import gettext as _
from rich.markup import escape
from rich.table import Table

from tongxin.engines.planner import (
    FIRST_ANSWER,
    MaxTime,
    Problem,
    ProblemError,
    Result,
    SolveParameters,
    plan_many,
    validate,
    warm,
)
from tongxin.engines.planner.city import NoRay, plan_many_on_ray
from tongxin.engines.planner.formats import write_result
from tongxin.engines.planner.many import Answer
from tongxin.web.cli.output import BAD_INPUT, FAILED, console, errors, progress, refuse
from tongxin.web.cli.planner_files import check_target, problem_in, write_whole
from tongxin.web.cli.planner_formats import Format
from tongxin.web.cli.planner_words import broken_in_words, fault_in_words

#: What the name of an answer ends in; such files of a folder are passed over as problems.
ANSWER = ".answer.json"


class Search(NamedTuple):
    """How long, from which seed and on how many cores to search, and how long to prove a bound."""

    seconds: float
    seed: int
    threads: int
    bound_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """How several problems are planned: their format, the folder of the answers, the cluster, the search of each."""

    kind: Format | None
    out: Path | None
    ray: str | None
    search: Search


@dataclass(slots=True)
class _Sums:
    """What came of all problems together."""

    bad: int = 0
    answered: int = 0
    served: int = 0
    tasks: int = 0
    undone: int = 0
    broken: int = 0
    gap: int = 0
    proven: int = 0
    written: list[Path] = field(default_factory=list)


def compile_first() -> None:
    """Compile the planner where that has not been done, and say that it takes a while."""
    if not warm.is_ready():
        console.print(_("Compiling the planner: this takes about a minute, once."))
    warm.compile_all()


def solve_many(paths: Sequence[Path], fleet: Fleet) -> None:
    """Plan every problem and write one answer each, as soon as it is there; what is wrong with one spoils no other.

    Leaves with exit code 2 when a file could not be used, and 1 when an answer broke a rule and was not written.
    """
    targets = _targets(_files_of(paths), fleet.out)
    sums = _Sums()
    problems: dict[Path, Problem] = {}
    for file in targets:
        problem = _read(file, fleet.kind)
        if problem is None:
            sums.bad += 1
        else:
            problems[file] = problem
    if problems:
        compile_first()
        started = perf_counter()
        _plan(problems, targets, fleet, sums)
        _show(sums, len(targets), perf_counter() - started, has_bound=fleet.search.bound_seconds > 0)
    if sums.bad:
        raise typer.Exit(BAD_INPUT)
    if sums.broken:
        raise typer.Exit(FAILED)


def _files_of(paths: Sequence[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        found = [path]
        if path.is_dir():
            found = sorted(one for one in path.glob("*.json") if one.is_file() and not one.name.endswith(ANSWER))
            if not found:
                refuse(_("There is no problem (*.json) in the folder %(path)s.") % {"path": path})
        files += found
    return list(dict.fromkeys(files))


def _targets(files: Sequence[Path], out: Path | None) -> dict[Path, Path]:
    """Return the file of each answer, of which no two are the same and every one can be written."""
    if out is not None:
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError:
            refuse(_("The answers to several problems need a folder, and %(path)s is none.") % {"path": out})
    targets = {file: (out or file.parent) / f"{file.name.removesuffix('.json')}{ANSWER}" for file in files}
    for target, times in Counter(targets.values()).items():
        if times > 1:
            refuse(_("Two problems would be answered in the same file %(path)s.") % {"path": target})
    for target in {one.parent: one for one in targets.values()}.values():
        check_target(target)
    return targets


def _read(file: Path, kind: Format | None) -> Problem | None:
    """Return the problem in a file, or None when it was said what is wrong with it."""
    try:
        _adapter, problem = problem_in(file, kind)
    except typer.Exit:
        return None
    if isinstance(problem, Problem):
        return problem
    errors.print(
        _("%(path)s cannot be used: several problems at once must be in the format tongxin.") % {"path": file},
        style="bold red",
        markup=False,
    )
    return None


def _plan(problems: dict[Path, Problem], targets: dict[Path, Path], fleet: Fleet, sums: _Sums) -> None:
    files, days, search = list(problems), list(problems.values()), fleet.search
    parameters = SolveParameters(seed=search.seed, bound_seconds=search.bound_seconds)
    stop = MaxTime(search.seconds) if search.seconds else FIRST_ANSWER
    with progress(_("Planning")) as report:
        done = _collector(files, problems, targets, (sums, report))
        if fleet.ray is None:
            plan_many(days, parameters=parameters, stop=stop, processes=search.threads, done=done)
            return
        try:
            plan_many_on_ray(days, address=fleet.ray, parameters=parameters, stop=stop, done=done)
        except NoRay as error:
            refuse(_no_ray_in_words(error))


def _no_ray_in_words(error: NoRay) -> str:
    if error.address is None:
        return _("Ray is not installed here: install tongxin[city], or leave --ray away.")
    return _("No Ray cluster answers at %(address)s.") % {"address": error.address}


def _collector(
    files: Sequence[Path],
    problems: dict[Path, Problem],
    targets: dict[Path, Path],
    ends: tuple[_Sums, Callable[[int, str], None]],
) -> Callable[[int, Answer], None]:
    """Return what is to be done with each answer: judge it, write it, count it, move the bar."""
    sums, report = ends
    count = [0]

    def done(k: int, answer: Answer) -> None:
        count[0] += 1
        report(100 * count[0] // len(files), f"{count[0]} / {len(files)}")
        file = files[k]
        if isinstance(answer, Result):
            _keep(file, problems[file], answer, (targets[file], sums))
            return
        sums.bad += 1
        said = _("%(path)s took down every process that planned it.") % {"path": file}
        if isinstance(answer, ProblemError):
            said = fault_in_words(file, answer)
        errors.print(said, style="bold red", markup=False)

    return done


def _keep(file: Path, problem: Problem, answer: Result, where: tuple[Path, _Sums]) -> None:
    target, sums = where
    broken = validate(problem, answer)
    for one in broken:
        errors.print(f"{file}: {broken_in_words(one)}", markup=False)
    sums.broken += len(broken)
    sums.answered += 1
    sums.tasks += len(problem.tasks)
    sums.served += len({visit.task for visit in answer.visits})
    sums.undone += answer.objective.unserved_priority
    if answer.gap is not None:
        sums.proven += 1
        sums.gap += answer.gap
    if broken:
        return
    try:
        write_whole(target, write_result(answer))
        sums.written.append(target)
    except typer.Exit:
        sums.bad += 1


def _show(sums: _Sums, problems: int, seconds: float, *, has_bound: bool) -> None:
    figures = {
        _("Problems answered"): f"{sums.answered} / {problems}",
        _("Tasks served"): f"{sums.served} / {sums.tasks}",
        _("Priority left undone"): str(sums.undone),
        _("Rules broken"): str(sums.broken),
        _("Answers written"): str(len(sums.written)),
        _("Seconds"): f"{seconds:.1f}",
    }
    if has_bound:
        figures[_("Problems with a proven bound")] = f"{sums.proven} / {sums.answered}"
        figures[_("At most so much better coverage is possible")] = str(sums.gap)
    table = Table(show_header=False)
    for name, figure in figures.items():
        table.add_row(escape(name), escape(figure))
    console.print(table)
