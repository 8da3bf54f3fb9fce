"""`tongxin planner solve FILE` and `tongxin planner check FILE ANSWER`: the planner without database and data folder."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Event
from time import monotonic, perf_counter
from types import FrameType
from typing import Annotated, Any, NamedTuple, NoReturn

import typer
from django.utils.translation import gettext as _
from rich.markup import escape
from rich.table import Table

from tongxin.engines.planner import ProblemError, Progress, warm
from tongxin.engines.planner.faults import MOST_MB, Fault, FormatError, text_of
from tongxin.web.cli.output import FAILED, console, errors, progress, refuse
from tongxin.web.cli.planner_formats import FORMATS, Adapter, Format, Outcome, Run, format_of
from tongxin.web.cli.planner_words import broken_in_words, fault_in_words

REFRESH_S = 0.1
MOST_LISTED = 200


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    group = typer.Typer(help=_("The planner on files: who does what, when."), no_args_is_help=True)
    group.command("solve", help=_("Plan a day, or solve a public instance, and write the answer."))(solve)
    group.command("check", help=_("Say what an answer costs and name every rule that it breaks."))(check)
    app.add_typer(group, name="planner")


def solve(
    file: Annotated[Path, typer.Argument(help=_("The problem."))],
    *,
    kind: Annotated[
        Format | None, typer.Option("--format", help=_("Format of the problem; without it, told from its content."))
    ] = None,
    seconds: Annotated[float, typer.Option(help=_("How long to search."), min=0.0, max=86_400.0)] = 10.0,
    seed: Annotated[int, typer.Option(help=_("Seed of everything random."), min=0, max=2**31)] = 0,
    threads: Annotated[
        int | None, typer.Option(help=_("How many cores to use; without it, all."), min=1, max=256)
    ] = None,
    out: Annotated[Path | None, typer.Option(help=_("File for the answer; without it nothing is written."))] = None,
) -> None:
    """Search for the time that is given; Ctrl-C ends it early with the best answer so far."""
    if seconds != seconds:
        refuse(_("The time to search must be a number of seconds."))
    adapter, problem = _problem(file, kind)
    if out is not None:
        _check_target(out)
    with _told_to_stop() as is_told:
        if not warm.is_ready():
            console.print(_("Compiling the planner: this takes about a minute, once."))
        warm.compile_all()
        started = perf_counter()
        answer = _searched(adapter, problem, is_told, Search(seconds, seed, threads or os.cpu_count() or 1))
    outcome = adapter.judge(problem, answer)
    figures = {_("Seconds"): f"{perf_counter() - started:.1f}"}
    if out is not None and not outcome.broken:
        _write(out, adapter.write(problem, answer))
        figures[_("Written to")] = str(out)
    if is_told():
        console.print(_("Stopped early: this is the best answer found until then."))
    _show(outcome, figures)


class Search(NamedTuple):
    """How long, from which seed and on how many cores to search."""

    seconds: float
    seed: int
    threads: int


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
    adapter, problem = _problem(file, kind)
    text = _text(answer)
    try:
        found = adapter.read_answer(text)
    except FormatError as error:
        _refuse(answer, error)
    _show(adapter.judge(problem, found), {})


def _refuse(path: Path, error: FormatError | ProblemError) -> NoReturn:
    refuse(fault_in_words(path, error))


def _text(path: Path) -> str:
    try:
        if not path.is_file():
            refuse(_("There is no file %(path)s.") % {"path": path})
        if path.stat().st_size > MOST_MB << 20:
            raise FormatError("file", Fault.TOO_BIG, most=MOST_MB)
        return text_of(path.read_bytes())
    except FormatError as error:
        _refuse(path, error)
    except OSError as error:
        refuse(_("%(path)s cannot be read: %(why)s.") % {"path": path, "why": error.strerror})


def _problem(path: Path, kind: Format | None) -> tuple[Adapter, Any]:
    text = _text(path)
    try:
        adapter = FORMATS[format_of(text) if kind is None else kind]
        return adapter, adapter.read(text)
    except (FormatError, ProblemError) as error:
        _refuse(path, error)


def _check_target(out: Path) -> None:
    """Refuse a target that cannot be written before anybody waits for an answer."""
    try:
        if out.is_dir():
            refuse(_("%(path)s is a folder, not a file.") % {"path": out})
        if out.exists() and not out.is_file():
            return
        with NamedTemporaryFile(dir=out.parent, prefix=f".{out.name[:40]}."):
            pass
        if out.exists():
            out.open("ab").close()
    except OSError as error:
        _cannot_write(out, error)


def _cannot_write(out: Path, error: OSError) -> NoReturn:
    refuse(_("%(path)s cannot be written: %(why)s.") % {"path": out, "why": error.strerror})


def _write(out: Path, text: str) -> None:
    """Write all of the answer or nothing: a file that is half written never stands there under its name."""
    try:
        if out.exists() and not out.is_file():
            out.write_text(text, encoding="utf-8")
            return
        with NamedTemporaryFile(
            "w", dir=out.parent, prefix=f".{out.name[:40]}.", delete=False, encoding="utf-8"
        ) as file:
            part = Path(file.name)
            try:
                file.write(text)
                file.close()
                part.chmod(out.stat().st_mode & 0o777 if out.exists() else 0o644)
                part.replace(out)
            except OSError:
                part.unlink(missing_ok=True)
                raise
    except OSError as error:
        _cannot_write(out, error)


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
