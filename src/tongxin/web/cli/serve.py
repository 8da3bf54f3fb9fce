"""`tongxin run`, `tongxin worker`, `tongxin doctor`."""

import shutil
import signal
import sqlite3
from pathlib import Path
from typing import Annotated

import typer
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongxin.base import crypto, outbox
from tongxin.base.schema import migrate, pending_migrations
from tongxin.base.worker import Worker, start_thread
from tongxin.web.cli.output import FAILED, console
from tongxin.web.cli.starting import start

__all__ = ["add_to", "migrate", "run"]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    app.command("run", help=_("Start the server: migrate, serve pages, deliver events and jobs."))(run)
    app.command("worker", help=_("Deliver events and jobs in a process of its own."))(worker)
    app.command("doctor", help=_("Check this installation and say what to do about each fault."))(doctor)


def run(
    host: Annotated[str, typer.Option(help=_("Address to listen on."))] = "127.0.0.1",
    port: Annotated[int, typer.Option(help=_("Port to listen on."), min=1, max=65535)] = 8000,
) -> None:
    """Replace this process by the server (see `starting`, which `tongxin run` uses before Django is loaded)."""
    connection.close()
    start(host, port, language=get_language() or "en")


def worker() -> None:
    """Run the queue until SIGTERM or Ctrl-C; the item in hand is finished first, a long job is begun again later."""
    queue = Worker()
    outbox.on_wake(queue.wake)
    start_thread(is_long=True)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_args: queue.stop())
    console.print(_("Delivering events and jobs. Stop with Ctrl-C."))
    queue.run()


def _check_database() -> str:
    try:
        connection.ensure_connection()
    except DatabaseError:
        return _("The database does not answer. Check TONGXIN_DATABASE_URL and that the server runs.")
    if connection.vendor == "sqlite" and sqlite3.sqlite_version_info < (3, 35):
        return _("SQLite is older than 3.35: install a newer Python.")
    if missing := pending_migrations():
        return _("%(count)d migrations are missing: `tongxin run` applies them.") % {"count": missing}
    return ""


def _check_disk() -> str:
    free = shutil.disk_usage(settings.TONGXIN_HOME).free
    if free < 1 << 30:
        return _("Less than 1 GB is free in %(folder)s: make room before the next round.") % {
            "folder": settings.TONGXIN_HOME
        }
    return ""


def _check_key() -> str:
    crypto.blind_index("doctor", "x", area_id=0)
    if crypto.master_key_file().stat().st_mode & 0o077:
        return _("The master key can be read by others: run chmod 600 %(file)s.") % {"file": crypto.master_key_file()}
    return ""


def _check_assets() -> str:
    if not (Path(settings.PACKAGE) / "web" / "static" / "vendor").is_dir():
        return _("Styles and scripts are not built: run `make setup`.")
    return ""


def doctor() -> None:
    """Print one line a check; leave with exit code 1 when one fails."""
    checks = {
        _("Database"): _check_database,
        _("Disk"): _check_disk,
        _("Master key"): _check_key,
        _("Assets"): _check_assets,
    }
    is_ill = False
    for title, check in checks.items():
        fault = check()
        is_ill = is_ill or bool(fault)
        console.print(f"{'✗' if fault else '✓'} {title}" + (f": {fault}" if fault else ""), markup=False)
    raise typer.Exit(FAILED if is_ill else 0)
