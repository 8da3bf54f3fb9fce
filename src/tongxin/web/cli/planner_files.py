"""The files of `tongxin planner`: reading them or saying what is wrong, and writing whole answers or nothing."""

from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, NoReturn

from django.utils.translation import gettext as _

from tongxin.engines.planner import ProblemError
from tongxin.engines.planner.faults import MOST_MB, Fault, FormatError, text_of
from tongxin.web.cli.output import refuse
from tongxin.web.cli.planner_formats import FORMATS, Adapter, Format, format_of
from tongxin.web.cli.planner_words import fault_in_words


def refuse_file(path: Path, error: FormatError | ProblemError) -> NoReturn:
    """Say what is wrong with a file and leave."""
    refuse(fault_in_words(path, error))


def text_in(path: Path) -> str:
    """Return the text of a file, or say why there is none and leave."""
    try:
        if not path.is_file():
            refuse(_("There is no file %(path)s.") % {"path": path})
        if path.stat().st_size > MOST_MB << 20:
            raise FormatError("file", Fault.TOO_BIG, most=MOST_MB)
        return text_of(path.read_bytes())
    except FormatError as error:
        refuse_file(path, error)
    except OSError as error:
        refuse(_("%(path)s cannot be read: %(why)s.") % {"path": path, "why": error.strerror})


def problem_in(path: Path, kind: Format | None) -> tuple[Adapter, Any]:
    """Return the problem in a file with its format, or say what is wrong with it and leave."""
    text = text_in(path)
    try:
        adapter = FORMATS[format_of(text) if kind is None else kind]
        return adapter, adapter.read(text)
    except (FormatError, ProblemError) as error:
        refuse_file(path, error)


def check_target(out: Path) -> None:
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


def write_whole(out: Path, text: str) -> None:
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
