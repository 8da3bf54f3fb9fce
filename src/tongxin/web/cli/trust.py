"""`tongxin audit verify`, `tongxin backup`, `tongxin restore`."""

from pathlib import Path
from typing import Annotated

import typer
from django.conf import settings
from django.utils.translation import gettext as _

from tongxin.base import audit, backup, clock
from tongxin.web.cli.output import FAILED, console, errors, refuse
from tongxin.web.cli.serve import migrate


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    chain = typer.Typer(help=_("The audit: what was done and who looked."), no_args_is_help=True)
    chain.command("verify", help=_("Recompute every audit chain and name the first fault."))(verify)
    app.add_typer(chain, name="audit")
    app.command("backup", help=_("Write database and sealed files into one archive."))(make_backup)
    app.command("restore", help=_("Put a backup in place."))(restore)


def verify() -> None:
    """Print one line a compound; leave with exit code 1 when a chain does not hold."""
    migrate()
    is_broken = False
    for area_id in audit.areas():
        report = audit.verify(area_id)
        words = {"area": area_id, "entries": report.entries, "head": report.head[:12]}
        if not report.faults:
            console.print(_("Compound %(area)d: %(entries)d entries hold, head %(head)s.") % words)
            continue
        is_broken = True
        fault = report.faults[0]
        errors.print(
            _("Compound %(area)d: the chain is broken at entry %(seq)d (%(kind)s).")
            % {"area": area_id, "seq": fault.seq, "kind": fault.kind},
            style="bold red",
        )
    if not audit.areas():
        console.print(_("There is no audit entry yet."))
    raise typer.Exit(FAILED if is_broken else 0)


def make_backup(
    target: Annotated[Path | None, typer.Argument(help=_("Archive to write (.tar.gz)."))] = None,
    with_keys: Annotated[
        bool, typer.Option(help=_("Also put the master key into the archive. Keep such an archive locked away."))
    ] = False,
) -> None:
    """Back up; without a target into TONGXIN_HOME/backups with the time in the name."""
    migrate()
    at = clock.machine_now()
    default = Path(settings.TONGXIN_HOME) / "backups" / f"tongxin-{at:%Y%m%d-%H%M%S}.tar.gz"
    try:
        result = backup.make(target or default, at=at, with_keys=with_keys)
    except backup.BadBackup as error:
        refuse(_sentence(error))
    console.print(
        _("Wrote %(path)s: %(size)d bytes, SHA-256 %(digest)s.")
        % {"path": result.path, "size": result.size, "digest": result.sha256},
        markup=False,
    )
    if not with_keys:
        console.print(
            _("The master key is not inside: keep a copy of %(file)s elsewhere.") % {"file": "keys/master.key"}
        )


def _sentence(error: backup.BadBackup) -> str:
    sentences = {
        "NOT_A_BACKUP": _("This file is not a backup of Tongxin."),
        "DAMAGED": _("The backup is damaged: its checksum does not fit. Take another one."),
        "OTHER_DATABASE": _("The backup is of another kind of database. Set TONGXIN_DATABASE_URL to fit."),
        "NOT_EMPTY": _("This installation holds data. Stop the server and repeat with --replace to overwrite it."),
        "NO_PROGRAM": _("The PostgreSQL client programs are missing: install postgresql-client."),
        "FAILED": _("PostgreSQL refused, and nothing was replaced. It said: %(answer)s") % {"answer": error.detail},
    }
    return sentences[error.code]


def restore(
    source: Annotated[Path, typer.Argument(help=_("Archive that `tongxin backup` wrote."))],
    replace: Annotated[bool, typer.Option(help=_("Replace the data that is here now."))] = False,
) -> None:
    """Restore; refuses damaged archives and, without --replace, an installation that already holds data."""
    if not source.is_file():
        refuse(_("There is no file %(path)s.") % {"path": source})
    try:
        backup.restore(source, replace=replace)
    except backup.BadBackup as error:
        refuse(_sentence(error))
    migrate()
    console.print(_("Restored. Check it with `tongxin audit verify`."))
