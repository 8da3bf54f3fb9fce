"""`tongxin planner solve FILE` and `tongxin planner check FILE ANSWER`: the planner without database and data folder."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import monotonic, perf_counter
from types import FrameType
from typing import Annotated, Any

import typer
from django.utils.translation import gettext as _
from rich.markup import escape
from rich.table import Table

from tongxin.engines.planner import Progress
from tongxin.engines.planner.faults import FormatError
from tongxin.web.cli.output import FAILED, console, errors, progress, refuse
from tongxin.web.cli.planner_files import check_target, problem_in, refuse_file, text_in, write_whole
from tongxin.web.cli.planner_formats import Adapter, Format, Outcome, Run, bound_figures
from tongxin.web.cli.planner_many import Fleet, Search, compile_first, solve_many
from tongxin.web.cli.planner_words import broken_in_words

REFRESH_S = 0.1
MOST_LISTED = 200
#: Processor seconds for a proof that is asked for.
BOUND_S = 60.0


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    group = typer.Typer(help=_("The planner on files: who does what, when."), no_args_is_help=True)
    group.command("solve", help=_("Plan a day, or solve a public instance, and write the answer."))(solve)
    group.command("check", help=_("Say what an answer costs and name every rule that it breaks."))(check)
    app.add_typer(group, name="planner")


def solve(
    files: Annotated[list[Path], typer.Argument(help=_("The problem, or several, or folders of them."))],
    *,
    kind: Annotated[
        Format | None, typer.Option("--format", help=_("Format of the problem; without it, told from its content."))
    ] = None,
    seconds: Annotated[float, typer.Option(help=_("How long to search."), min=0.0, max=86_400.0)] = 10.0,
    seed: Annotated[int, typer.Option(help=_("Seed of everything random."), min=0, max=2**31)] = 0,
    threads: Annotated[
        int | None, typer.Option(help=_("How many cores to use; without it, all."), min=1, max=256)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help=_("File for the answer, without it nothing is written; for several problems, the folder.")),
    ] = None,
    bound: Annotated[
        bool, typer.Option("--bound", help=_("Prove after the search what no plan can go below, for up to a minute."))
    ] = False,
    ray: Annotated[
        str | None, typer.Option(help=_("Address of a Ray cluster that plans several problems (tongxin[city])."))
    ] = None,
) -> None:
    """Search for the time that is given; Ctrl-C ends it early with the best answer so far."""
    if seconds != seconds:
        refuse(_("The time to search must be a number of seconds."))
    search = Search(seconds, seed, threads or os.cpu_count() or 1, BOUND_S if bound else 0.0)
    if len(files) > 1 or ray is not None or files[0].is_dir():
        solve_many(files, Fleet(kind=kind, out=out, ray=ray, search=search))
        return
    _solve_one(files[0], kind, search, out)


def _solve_one(file: Path, kind: Format | None, search: Search, out: Path | None) -> None:
    adapter, problem = problem_in(file, kind)
    if out is not None:
        check_target(out)
    with _told_to_stop() as is_told:
        compile_first()
        started = perf_counter()
        answer = _searched(adapter, problem, is_told, search)
    outcome = adapter.judge(problem, answer)
    figures = bound_figures(problem, answer) if search.bound_seconds else {}
    figures[_("Seconds")] = f"{perf_counter() - started:.1f}"
    if out is not None and not outcome.broken:
        write_whole(out, adapter.write(problem, answer))
        figures[_("Written to")] = str(out)
    if is_told():
        console.print(_("Stopped early: this is the best answer found until then."))
    _show(outcome, figures)


def _searched(adapter: Adapter, problem: Any, is_told: Callable[[], bool], search: Search) -> Any:
    with progress(_("Planning")) as report:
        tell = _throttled(report, search.seconds)
        return adapter.solve(problem, Run(**search._asdict(), progress=tell, cancelled=is_told))


def check(
    file: Annotated[Path, typer.Argument(help=_("The problem."))],
    answer: Annotated[Path, typer.Argument(help=_("The answer to it."))],
    *,
    kind: Annotated[
        Format | None, typer.Option("--format", help=_("Format of the problem; without it, told from its content."))
    ] = None,
) -> None:
    """Judge an answer from the problem and the answer alone; leave with exit code 1 when it breaks a rule."""
    adapter, problem = problem_in(file, kind)
    text = text_in(answer)
    try:
        found = adapter.read_answer(text)
    except FormatError as error:
        refuse_file(answer, error)
    _show(adapter.judge(problem, found), {})


@contextmanager
def _told_to_stop() -> Iterator[Callable[[], bool]]:
    """Take the first Ctrl-C (or SIGTERM) as a wish to stop with what there is; the second one ends the program."""
    told = Event()

    def note(_number: int, _frame: FrameType | None) -> None:
        told.set()
        for number in before:
            signal.signal(number, signal.SIG_DFL)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _throttled(report: Callable[[int, str], None], seconds: float) -> Callable[[Progress], None]:
    last = [0.0]

    def tell(now: Progress) -> None:
        if monotonic() - last[0] < REFRESH_S:
            return
        last[0] = monotonic()
        done = now.elapsed_s / seconds if seconds else now.done / max(1, now.total)
        moves = _("%(count)s moves tried") % {"count": f"{now.iteration:,}"} if now.iteration else ""
        report(min(100, int(100 * done)), moves)

    return tell


def _show(outcome: Outcome, more: dict[str, str]) -> None:
    table = Table(show_header=False)
    broken = str(len(outcome.broken))
    for name, figure in (dict(outcome.figures) | {_("Rules broken"): broken} | more).items():
        table.add_row(escape(name), escape(figure))
    console.print(table)
    for one in outcome.broken[:MOST_LISTED]:
        errors.print(broken_in_words(one), markup=False)
    if len(outcome.broken) > MOST_LISTED:
        errors.print(_("… and %(count)s more") % {"count": len(outcome.broken) - MOST_LISTED})
    if outcome.broken:
        raise typer.Exit(FAILED)
