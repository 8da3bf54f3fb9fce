"""Backups on PostgreSQL: the password is in no command line. Backup and restore by command are in tests/cli."""

import os
import stat
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import connection

from tongxin.base import backup

#: Stands where pg_dump stands, and writes down what the process list and the environment would tell.
RECORDER = """#!/bin/sh
tr '\\0' '\\n' < /proc/$$/cmdline > "$RECORD/argv"
env > "$RECORD/env"
echo "could not connect" >&2
exit "${RECORD_EXIT:-0}"
"""


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """Return the folder in which the programs' own command lines are found afterwards."""
    for name in ("pg_dump", "pg_restore"):
        path = tmp_path / name
        path.write_text(RECORDER)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("RECORD", str(tmp_path))
    monkeypatch.delenv("PGPASSWORD", raising=False)
    return tmp_path


def database(settings, url):
    settings.CONFIGURATION = SimpleNamespace(database_url=url)


@pytest.mark.parametrize("program", ["pg_dump", "pg_restore"])
@pytest.mark.parametrize(
    ("url", "shown", "password"),
    [
        (
            "postgresql://tongxin:s3cret%40x@db.local:5433/tx",
            "postgresql://tongxin@db.local:5433/tx",
            "s3cret@x",
        ),
        (
            "postgresql://tongxin@db.local/tx?password=s3cret&sslmode=require",
            "postgresql://tongxin@db.local/tx?sslmode=require",
            "s3cret",
        ),
        ("postgresql://:s3cret@[::1]:5432/tx", "postgresql://@[::1]:5432/tx", "s3cret"),
        ("postgres://u%3Ax:s3cret@%2FTmp%2Fpg/tx", "postgres://u%3Ax@%2FTmp%2Fpg/tx", "s3cret"),
        ("postgresql:///tx?host=/tmp/pg", "postgresql:///tx?host=%2Ftmp%2Fpg", None),
    ],
)
def test_the_password_is_not_in_the_process_list(programs, settings, program, url, shown, password):
    database(settings, url)
    backup._run(program, "--format=custom")
    argv = (programs / "argv").read_text().splitlines()
    environment = dict(line.partition("=")[::2] for line in (programs / "env").read_text().splitlines())
    assert argv[-1] == f"--dbname={shown}"
    assert "s3cret" not in " ".join(argv)
    assert environment.get("PGPASSWORD") == password


def test_a_file_of_passwords_goes_by_the_environment_too(programs, settings):
    database(settings, "postgresql://db/tx?passfile=/run/secrets/pgpass")
    backup._run("pg_dump")
    assert "PGPASSFILE=/run/secrets/pgpass" in (programs / "env").read_text()
    assert "pgpass" not in (programs / "argv").read_text()


def test_a_refusal_says_what_the_program_said(programs, settings, monkeypatch):
    database(settings, "postgresql://tongxin:s3cret@db/tx")
    monkeypatch.setenv("RECORD_EXIT", "1")
    with pytest.raises(backup.BadBackup) as refused:
        backup._run("pg_dump")
    assert (refused.value.code, refused.value.detail) == ("FAILED", "could not connect")


def test_a_missing_program_is_named(settings, monkeypatch, tmp_path):
    database(settings, "postgresql://db/tx")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(backup.BadBackup) as refused:
        backup._run("pg_dump")
    assert (refused.value.code, refused.value.detail) == ("NO_PROGRAM", "pg_dump")


@pytest.mark.django_db(transaction=True)
def test_a_real_dump_of_postgresql_restores(settings, tmp_path, at):
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL: set TONGXIN_DATABASE_URL")
    parts = connection.settings_dict
    host, port = parts["HOST"].replace("/", "%2F"), parts["PORT"] or 5432
    login = f"{parts['USER']}:{parts['PASSWORD']}@" if parts["USER"] else ""
    database(settings, f"postgresql://{login}{host}:{port}/{parts['NAME']}")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE backup_probe AS SELECT 7 AS number")
    made = backup.make(Path(tmp_path) / "a.tar.gz", at=at, with_keys=False)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE backup_probe SET number = 8")
    backup.restore(made.path, replace=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM backup_probe")
        assert cursor.fetchall() == [(7,)]
        cursor.execute("DROP TABLE backup_probe")
