"""`tongxin run` without setting Django up first: the server does that itself, and once is enough.

Starting twice would double the time to the first page. Words come straight from the compiled catalogue.
"""

import gettext
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

THREADS = 8
_LOCALE = Path(__file__).resolve().parent.parent / "locale"


def server_arguments(host: str, port: int, *, target: str = "tongxin.web.wsgi:application") -> list[str]:
    """Return the command line of granian: one worker of `THREADS` threads, because SQLite has one writer.

    The fault run starts another target in the same way.
    """
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)),
        *("--workers", "1", "--blocking-threads", str(THREADS), "--backlog", "1024", "--backpressure", "256"),
        *("--no-ws", "--respawn-failed-workers", "--log-level", "warning", target),
    ]


def start(host: str, port: int, *, language: str) -> None:
    """Say where the server is and replace this process by it. It migrates by itself before the first page."""
    languages = ["zh_Hans"] if language.startswith("zh") else ["en"]
    words = gettext.translation("django", str(_LOCALE), languages=languages, fallback=True)
    sentence = words.gettext("Tongxin is at http://%(host)s:%(port)d/ — stop with Ctrl-C.")
    sys.stdout.write(sentence % {"host": host, "port": port} + "\n")
    sys.stdout.flush()
    os.execv(sys.executable, server_arguments(host, port))  # noqa: S606 - our own interpreter, no shell


def quick_start(arguments: list[str], *, language: str) -> None:
    """Read the options of `run` and start; typer refuses wrong ones with exit code 2."""

    def run(
        *,
        host: Annotated[str, typer.Option()] = "127.0.0.1",
        port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    ) -> None:
        start(host, port, language=language)

    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command("run")(run)
    app(arguments, prog_name="tongxin run")
