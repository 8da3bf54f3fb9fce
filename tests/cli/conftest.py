"""The command line as its users have it: a real process, a data folder of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def tongxin(home: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `tongxin …` in English (or `lang="zh"`) on SQLite in its own data folder."""

    def run(*arguments: object, lang: str = "en", timeout: float = 180) -> subprocess.CompletedProcess[str]:
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

    return run
