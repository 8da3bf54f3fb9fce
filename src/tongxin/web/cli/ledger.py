"""`tongxin import FILE --kind people|responders|special-care`."""

import json
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongxin.base import clock
from tongxin.base.actors import system
from tongxin.community import api as community
from tongxin.web.cli.areas import area_for_import
from tongxin.web.cli.output import console, progress, refuse
from tongxin.web.cli.serve import migrate
from tongxin.workforce import api as workforce

ACTOR = system("cli.import")


class Kind(StrEnum):
    """What a ledger lists."""

    PEOPLE = "people"
    RESPONDERS = "responders"
    SPECIAL_CARE = "special-care"


def add_to(app: typer.Typer) -> None:
    """Add the command of this module to the command line."""
    app.command("import", help=_("Import a ledger that you already have (.xlsx or .csv)."))(import_ledger)


def import_ledger(
    file: Annotated[Path, typer.Argument(help=_("The ledger."))],
    kind: Annotated[Kind, typer.Option(help=_("What the ledger lists."))],
    dry_run: Annotated[bool, typer.Option(help=_("Decide everything, write nothing."))] = False,
    report: Annotated[Path | None, typer.Option(help=_("Write what became of each row as JSON."))] = None,
    area: Annotated[int | None, typer.Option(help=_("Number of the compound, if there are several."), min=1)] = None,
) -> None:
    """Import, show what became of the rows, and end with one line of counts."""
    if not file.is_file():
        refuse(_("There is no file %(path)s.") % {"path": file})
    if report is not None and not report.parent.is_dir():
        refuse(_("There is no folder %(path)s for the report.") % {"path": report.parent})
    migrate()
    at = clock.now()
    area_id = area_for_import(area, actor=ACTOR, at=at)
    verb: Callable[..., community.ImportOutcome] = workforce.import_responders
    if kind is not Kind.RESPONDERS:
        verb = partial(community.import_ledger, kind=kind.value)
    try:
        with progress(_("Importing")) as bar:
            outcome = verb(
                area_id=area_id,
                content=file.read_bytes(),
                dry_run=dry_run,
                actor=ACTOR,
                at=at,
                progress=lambda percent, _code: bar(percent, ""),
            )
    except community.UploadRefused as refused:
        refuse(community.refusal_sentence(refused, _language()))
    if report is not None:
        report.write_text(json.dumps(_rows(outcome), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    _show(outcome, dry_run=dry_run)


def _language() -> Any:
    return "zh" if (get_language() or "").startswith("zh") else "en"


def _rows(outcome: community.ImportOutcome) -> list[dict[str, Any]]:
    """Return one object for each sheet row that held a person."""
    return [
        {
            "sheet": row.sheet,
            "row": row.row,
            "fate": row.fate,
            "door": row.door,
            "reasons": [community.reason_sentence(reason, _language()) for reason in row.reasons],
        }
        for row in outcome.rows
    ]


def _show(outcome: community.ImportOutcome, *, dry_run: bool) -> None:
    """Print refused and doubtful rows, then the counts as the last line."""
    worth = [row for row in outcome.rows if row.fate == "refused" or row.is_doubtful]
    for row in worth[:20]:
        reasons = " ".join(community.reason_sentence(reason, _language()) for reason in row.reasons)
        line = _("%(sheet)s row %(row)d: %(reasons)s") % {"sheet": row.sheet, "row": row.row, "reasons": reasons}
        console.print(line, markup=False)
    if len(worth) > 20:
        more = len(worth) - 20
        console.print(_("… and %(count)d more: see them all with --report.") % {"count": more})
    if dry_run:
        console.print(_("This was a dry run: nothing was written."))
    console.print(
        _(
            "added %(added)d, updated %(updated)d, unchanged %(unchanged)d, doubtful %(doubtful)d,"
            " refused %(refused)d, possible duplicates %(duplicates)d"
        )
        % outcome.counts
    )
