"""The command line as its users have it: a real process, a data folder of its own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import pytest
import typer
from django.utils import translation
from typer.testing import CliRunner

ROOT = Path(__file__).resolve().parent.parent.parent


class Done(NamedTuple):
    """How a command ended and what it said."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture(scope="session")
def set_up_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with its keys and all migrations, made by the first command that needed one."""
    folder = tmp_path_factory.mktemp("set-up") / "home"
    made = run_in(folder, "audit", "verify")
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture
def ready(home: Path, set_up_home: Path) -> Path:
    """The data folder as it is after set-up: migrating is not the subject of most tests."""
    shutil.copytree(set_up_home, home)
    return home


def run_in(home: Path, *arguments: object, lang: str = "en", timeout: float = 180) -> subprocess.CompletedProcess[str]:
    """This function will run `tongxin …` on SQLite in a data folder, in English (or `lang="zh"`)."""
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("TONGXIN_")},
        "TONGXIN_HOME": str(home),
        "TONGXIN_LANG": lang,
        "COLUMNS": "200",
    }
    return subprocess.run(
        [sys.executable, "-c", "from tongxin.web.cli import main; main()", *map(str, arguments)],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout,
    )


@pytest.fixture
def tongxin(home: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `tongxin …` in English (or `lang="zh"`) on SQLite in its own data folder."""
    return partial(run_in, home)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Done]:
    """Run `here("ledger", "import", …)`: a module of commands in this process and on the test's own database.

    For what is refused in many ways: a start of Python is not their subject.
    """
    monkeypatch.setenv("COLUMNS", "200")

    def run(module: str, *arguments: object, lang: str = "en") -> Done:
        with translation.override("zh-hans" if lang == "zh" else "en"):
            app = typer.Typer(pretty_exceptions_enable=False)
            app.callback()(lambda: None)
            import_module(f"tongxin.web.cli.{module}").add_to(app)
            done = CliRunner().invoke(app, [*map(str, arguments)])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Done(done.exit_code, done.stdout, done.stderr)

    return run


@pytest.fixture
def planner(here: Run) -> Run:
    """Run the planner's commands in this process."""
    return partial(here, "planner", "planner")
