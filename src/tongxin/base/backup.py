"""Backup and restore of one installation: database, keys and sealed uploads in one archive, proved by reading back.

SQLite is copied with its own online backup (consistent while the server writes); PostgreSQL with pg_dump. The
archive holds the master key only when asked: a backup beside its key protects nobody.
"""

import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from django.conf import settings
from django.db import connection

MANIFEST = "manifest.json"
_SQLITE, _DUMP = "tongxin.sqlite3", "tongxin.pgdump"


class BadBackup(ValueError):
    """The archive is not a backup of this system, is damaged, or does not fit this installation. `code` says why."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class BackupResult:
    path: Path
    size: int
    sha256: str
    tables: int


def _database_file(folder: Path) -> Path:
    """Copy the database into `folder` and return the copy."""
    if connection.vendor == "sqlite":
        target = folder / _SQLITE
        connection.ensure_connection()
        with sqlite3.connect(target) as copy:
            connection.connection.backup(copy)
        copy.close()
        return target
    target = folder / _DUMP
    _run("pg_dump", "--no-password", "--format=custom", "--no-owner", f"--file={target}")
    return target


#: What an address may hold that nobody else should read, and the variable by which the programs take it instead.
_SECRETS = {"password": "PGPASSWORD", "passfile": "PGPASSFILE"}


def _without_secrets(url: str) -> tuple[str, dict[str, str]]:
    """Return the address of a database without its secrets, and these as environment variables."""
    parts = urlsplit(url)
    found = {_SECRETS[key]: value for key, value in parse_qsl(parts.query) if key in _SECRETS}
    if parts.password is not None:
        found["PGPASSWORD"] = unquote(parts.password)
    login, at, server = parts.netloc.rpartition("@")
    query = urlencode([pair for pair in parse_qsl(parts.query) if pair[0] not in _SECRETS])
    shown = f"{parts.scheme}://{login.partition(':')[0]}{at}{server}{parts.path}"
    return (f"{shown}?{query}" if query else shown), found


def _run(name: str, *arguments: str) -> None:
    """Run a PostgreSQL program on the settings' database. Raises BadBackup with what the program said.

    Everybody on the machine may read a command line; an environment only its owner may, so the password goes there.
    """
    shown, secrets = _without_secrets(settings.CONFIGURATION.database_url)
    result = subprocess.run(  # noqa: S603 - fixed program, values from settings, no shell
        [_program(name), *arguments, f"--dbname={shown}"],
        capture_output=True,
        env={**os.environ, **secrets},
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    if result.returncode:
        raise BadBackup("FAILED", result.stderr.strip()[-500:])


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise BadBackup("NO_PROGRAM", name)
    return found


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def make(target: Path, *, at: datetime, with_keys: bool) -> BackupResult:
    """Write a backup to `target` (.tar.gz); nothing is left behind when it fails."""
    target.parent.mkdir(parents=True, exist_ok=True)
    work = target.with_name(f".{target.name}.work")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(mode=0o700)
    try:
        database = _database_file(work)
        manifest = {
            "made_at": at.isoformat(),
            "vendor": connection.vendor,
            "database": {"name": database.name, "sha256": _digest(database)},
            "with_keys": with_keys,
        }
        archive = work / "archive.tar.gz"
        with tarfile.open(archive, "w:gz", compresslevel=6) as tar:
            _add_text(tar, MANIFEST, json.dumps(manifest, indent=1))
            tar.add(database, arcname=database.name)
            for folder in ("imports", *(("keys",) if with_keys else ())):
                if (Path(settings.TONGXIN_HOME) / folder).is_dir():
                    tar.add(Path(settings.TONGXIN_HOME) / folder, arcname=folder)
        archive.chmod(0o600)
        os.replace(archive, target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    tables = len(connection.introspection.table_names())
    return BackupResult(target, target.stat().st_size, _digest(target), tables)


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    content = text.encode()
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    entry.mode = 0o600
    tar.addfile(entry, io.BytesIO(content))


def _checked_manifest(folder: Path) -> dict[str, object]:
    try:
        manifest: dict[str, object] = json.loads((folder / MANIFEST).read_text())
        database = manifest["database"]
    except (FileNotFoundError, ValueError, KeyError) as error:
        raise BadBackup("NOT_A_BACKUP") from error
    if not isinstance(database, dict) or _digest(folder / str(database["name"])) != database["sha256"]:
        raise BadBackup("DAMAGED")
    if manifest["vendor"] != connection.vendor:
        raise BadBackup("OTHER_DATABASE", str(manifest["vendor"]))
    return manifest


def restore(source: Path, *, replace: bool) -> None:
    """Put a backup in place. Raises BadBackup; without `replace` an installation with data is left alone."""
    home = Path(settings.TONGXIN_HOME)
    work = home / ".restore"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(mode=0o700, parents=True)
    try:
        try:
            with tarfile.open(source, "r:gz") as tar:
                tar.extractall(work, filter="data")
        except (tarfile.TarError, OSError, EOFError) as error:
            raise BadBackup("NOT_A_BACKUP") from error
        manifest = _checked_manifest(work)
        _put_database(work, replace=replace)
        for folder in ("imports", *(("keys",) if manifest["with_keys"] else ())):
            if (work / folder).is_dir():
                shutil.rmtree(home / folder, ignore_errors=True)
                os.replace(work / folder, home / folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _put_database(folder: Path, *, replace: bool) -> None:
    has_data = bool(connection.introspection.table_names())
    if has_data and not replace:
        raise BadBackup("NOT_EMPTY")
    connection.close()
    if connection.vendor == "sqlite":
        target = Path(connection.settings_dict["NAME"])
        for suffix in ("-wal", "-shm"):
            Path(f"{target}{suffix}").unlink(missing_ok=True)
        os.replace(folder / _SQLITE, target)
        return
    options = ("--no-password", "--clean", "--if-exists", "--no-owner", "--single-transaction")
    _run("pg_restore", *options, str(folder / _DUMP))
