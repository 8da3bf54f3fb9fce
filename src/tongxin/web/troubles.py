"""What stops a command before it has begun, as a sentence that says what to do, not as a traceback.

Nothing here needs Django: the settings themselves may be what is wrong.
"""

import errno
import gettext
import os
import sqlite3
import traceback
from pathlib import Path
from typing import NoReturn

_LOCALE = Path(__file__).resolve().parent / "locale"
_UNUSABLE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR}


def _(text: str) -> str:
    return text


_NO_ANSWER = _("The database does not answer. Check TONGXIN_DATABASE_URL and that the server runs.")
_DAMAGED = _(
    "The database file in %(home)s is damaged or is no database. Nothing was changed."
    " Put it aside and bring back a backup with: tongxin restore FILE"
)
_BUSY = _("Another program holds the database. Wait until it has finished, then try again.")
_HOME = _(
    "The data folder %(home)s cannot be used (%(why)s). Set TONGXIN_HOME to a folder in which you may write, then try"
    " again."
)
_FULL = _("The disk is full: nothing more can be saved. Make room in %(home)s, then try again.")
_SETTING = _("A setting is wrong: %(why)s. See docs/reference/settings.md.")
#: Words in the messages of SQLite and the sentence that each of them means.
_SQLITE = (
    ("not a database", _DAMAGED),
    ("malformed", _DAMAGED),
    ("locked", _BUSY),
    ("disk is full", _FULL),
    ("unable to open", _HOME),
    ("readonly", _HOME),
)


def home() -> Path:
    """Return the data folder as the environment names it."""
    return Path(os.environ.get("TONGXIN_HOME") or "var")


def sentence_of(error: BaseException, *, language: str) -> str:
    """Return what a user can do about an error of database, data folder or settings; empty for any other error."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    text = str(error)
    sentence, why = "", ""
    if kinds & {"OperationalError", "InterfaceError", "DatabaseError"} and not kinds & {"IntegrityError", "DataError"}:
        sentence, why = _of_database(text)
    elif kinds & {"ImproperlyConfigured", "SettingsError"}:
        sentence, why = _SETTING, text
    elif "ValidationError" in kinds and type(error).__module__.startswith("pydantic"):
        problems = error.errors()  # type: ignore[attr-defined]
        sentence = _SETTING
        why = "; ".join(f"TONGXIN_{'_'.join(map(str, one['loc'])).upper()}: {one['msg']}" for one in problems)
    elif isinstance(error, OSError):
        sentence, why = _of_files(error)
    if not sentence:
        return ""
    languages = ["zh_Hans"] if language.startswith("zh") else ["en"]
    words = gettext.translation("django", str(_LOCALE), languages=languages, fallback=True)
    return words.gettext(sentence) % {"home": home(), "why": why}


def _of_database(text: str) -> tuple[str, str]:
    if os.environ.get("TONGXIN_DATABASE_URL"):
        lost = ("connect", "closed", "terminat", "timeout", "starting up", "too many clients", "does not exist")
        return (_NO_ANSWER, "") if any(word in text for word in lost) else ("", "")
    return next(((sentence, text) for word, sentence in _SQLITE if word in text), ("", ""))


def _of_files(error: OSError) -> tuple[str, str]:
    if error.errno == errno.ENOSPC:
        return _FULL, ""
    path = Path(str(error.filename or "")).absolute()
    folder = home().absolute()
    concerns_home = path == folder or folder in path.parents or path in folder.parents
    if error.errno in _UNUSABLE and error.filename and concerns_home:
        return _HOME, os.strerror(error.errno)
    return "", ""


def leave(error: BaseException, *, language: str) -> NoReturn:
    """Say the sentence and leave with exit code 1; any other error goes on as it came.

    With TONGXIN_DEBUG the traceback is shown before it.
    """
    sentence = sentence_of(error, language=language)
    if not sentence:
        raise error
    if os.environ.get("TONGXIN_DEBUG"):
        traceback.print_exception(error)
    os.write(2, (sentence + "\n").encode())
    raise SystemExit(1) from None


def check_before_start() -> None:
    """Touch the data folder and the database once, so that a server that cannot work does not start.

    Raises
    ------
    OSError, sqlite3.DatabaseError, psycopg.OperationalError
        What is wrong; ``sentence_of`` words it.
    """
    if url := os.environ.get("TONGXIN_DATABASE_URL"):
        _check_server(url)
        return
    home().mkdir(parents=True, exist_ok=True)
    if not os.access(home(), os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(home()))
    if (file := home() / "tongxin.sqlite3").exists():
        connection = sqlite3.connect(file)
        try:
            connection.execute("PRAGMA schema_version").fetchone()
        finally:
            connection.close()


def _check_server(url: str) -> None:
    import psycopg  # noqa: PLC0415 - only an installation on PostgreSQL waits for it

    if url.startswith(("postgresql://", "postgres://")):
        psycopg.connect(url, connect_timeout=10).close()
