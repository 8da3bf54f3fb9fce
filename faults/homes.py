"""A data folder and a database of its own for each campaign, gone afterwards."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from faults.killing import ROOT, environment


def database_kind() -> str:
    """Return the name of the database that this run uses."""
    return "PostgreSQL" if os.environ.get("TONGXIN_DATABASE_URL") else "SQLite"


class Template:
    """An installation with an empty, migrated database, of which each campaign gets a copy: migrating takes long."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="tongxin-faults-"))
        self._url = os.environ.get("TONGXIN_DATABASE_URL", "")
        self._database = f"tongxin_faults_{os.getpid()}"
        own = self.home / "template"
        if self._url:
            self._run("CREATE DATABASE {}", self._database)
        command = [sys.executable, "manage.py", "migrate", "--verbosity", "0", "--no-input"]
        subprocess.run(command, cwd=ROOT, env=environment(**self._environment(own, self._database)), check=True)

    def _environment(self, home: Path, database: str) -> dict[str, str]:
        if not self._url:
            return {"TONGXIN_HOME": str(home)}
        url = urlunsplit(urlsplit(self._url)._replace(path=f"/{database}"))
        return {"TONGXIN_HOME": str(home), "TONGXIN_DATABASE_URL": url}

    def _run(self, statement: LiteralString, *names: str) -> None:
        with psycopg.connect(self._url, autocommit=True) as server:
            server.execute(sql.SQL(statement).format(*[sql.Identifier(name) for name in names]))

    @contextmanager
    def copy(self, name: str) -> Iterator[dict[str, str]]:
        """Give the environment of an empty installation, gone afterwards."""
        home, database = self.home / name, f"{self._database}_{name.replace('-', '_')}"
        shutil.copytree(self.home / "template", home)
        if self._url:
            self._run("CREATE DATABASE {} TEMPLATE {}", database, self._database)
        try:
            yield self._environment(home, database)
        finally:
            if self._url:
                self._run("DROP DATABASE {} WITH (FORCE)", database)
            shutil.rmtree(home, ignore_errors=True)

    def remove(self) -> None:
        """Leave nothing behind."""
        if self._url:
            self._run("DROP DATABASE {} WITH (FORCE)", self._database)
        shutil.rmtree(self.home, ignore_errors=True)
