"""How the command line talks: one console, exit codes, progress bars, refusals in one sentence."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

OK, FAILED, BAD_INPUT = 0, 1, 2
console = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


def refuse(sentence: str, *more: str) -> NoReturn:
    """Print what is wrong and what to do, and leave with exit code 2 (bad input)."""
    errors.print(sentence, style="bold red", markup=False)
    for line in more:
        errors.print(line, markup=False)
    raise typer.Exit(BAD_INPUT)


@contextmanager
def progress(title: str) -> Iterator[Callable[[int, str], None]]:
    """Show a bar while the block runs; the block calls the function with percent and what it is doing."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=False) as bar:
        task = bar.add_task(title, total=100)

        def report(percent: int, note: str = "") -> None:
            bar.update(task, completed=percent, description=f"{title} {note}".strip())

        yield report
        bar.update(task, completed=100, description=title)
