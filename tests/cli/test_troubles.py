"""What stops a command before it has begun: a sentence in the user's language, exit code 1, no traceback."""

import errno
import os
import sqlite3
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, OperationalError

from tongxin.web.troubles import check_before_start, leave, sentence_of

from .conftest import ROOT

NOBODY = "postgresql://nobody:x@127.0.0.1:1/none"


def run(arguments, lang="en", **settings):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TONGXIN_")}
    return subprocess.run(
        [sys.executable, "-c", "from tongxin.web.cli import main; main()", *arguments],
        env=environment | settings | {"TONGXIN_LANG": lang, "COLUMNS": "300"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize("command", ["plan", "audit verify", "run --port 8765"])
@pytest.mark.parametrize(("lang", "says"), [("en", "The database does not answer."), ("zh", "数据库没有响应。")])
def test_a_database_that_is_away(tmp_path, command, lang, says):
    done = run(command.split(), lang, TONGXIN_HOME=str(tmp_path), TONGXIN_DATABASE_URL=NOBODY)
    assert done.returncode == 1
    assert done.stderr.startswith(says)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["plan", "run --port 8765"])
def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path, command):
    file = tmp_path / "tongxin.sqlite3"
    file.write_bytes(b"not a database at all " * 60)
    before = file.read_bytes()
    done = run(command.split(), TONGXIN_HOME=str(tmp_path))
    assert done.returncode == 1
    assert "tongxin restore FILE" in done.stderr
    assert "Traceback" not in done.stderr
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "value"), [("TONGXIN_DATABASE_URL", "mysql://x"), ("TONGXIN_FIGURES_SECONDS", "many")]
)
def test_a_wrong_setting_is_named(tmp_path, name, value):
    done = run(["plan"], "zh", **{"TONGXIN_HOME": str(tmp_path), name: value})
    assert done.returncode == 1
    assert done.stderr.startswith("设置有误")
    assert name in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("in the way")
    done = run(["plan"], TONGXIN_HOME=str(tmp_path / "file" / "home"))
    assert done.returncode == 1
    assert "Set TONGXIN_HOME to a folder" in done.stderr


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OperationalError("database is locked"), "Another program"),
        (OperationalError("database or disk is full"), "The disk is full"),
        (OperationalError("unable to open database file"), "Set TONGXIN_HOME"),
        (OperationalError("attempt to write a readonly database"), "Set TONGXIN_HOME"),
        (sqlite3.DatabaseError("database disk image is malformed"), "damaged"),
        (OSError(errno.ENOSPC, "No space left on device"), "The disk is full"),
        (ImproperlyConfigured("TONGXIN_SECURE"), "TONGXIN_SECURE"),
    ],
    ids=["locked", "full", "unopened", "readonly", "malformed", "no-space", "setting"],
)
def test_what_can_be_worded(monkeypatch, error, says):
    monkeypatch.delenv("TONGXIN_DATABASE_URL", raising=False)
    assert says in sentence_of(error, language="en")
    assert sentence_of(error, language="zh") != sentence_of(error, language="en")


@pytest.mark.parametrize(
    "error",
    [
        ValueError("x"),
        IntegrityError("UNIQUE constraint failed"),
        OperationalError("no such table: x"),
        FileNotFoundError(2, "x", "/elsewhere/f"),
    ],
    ids=["value", "unique", "table", "elsewhere"],
)
def test_an_error_of_ours_is_not_hidden(monkeypatch, error):
    monkeypatch.delenv("TONGXIN_DATABASE_URL", raising=False)
    assert sentence_of(error, language="en") == ""
    with pytest.raises(type(error)):
        leave(error, language="en")


def test_a_good_folder_and_a_new_one_pass(tmp_path, monkeypatch):
    monkeypatch.delenv("TONGXIN_DATABASE_URL", raising=False)
    monkeypatch.setenv("TONGXIN_HOME", str(tmp_path / "new"))
    check_before_start()
    sqlite3.connect(tmp_path / "new" / "tongxin.sqlite3").close()
    check_before_start()
