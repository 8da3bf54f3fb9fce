"""`tongxin report` and `tongxin plan`: the night report as Word and PDF, and the plan as a table."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from rich.markup import escape
from rich.table import Table

from tongxin.base import clock
from tongxin.base.actors import Actor, system
from tongxin.base.ids import new_uuid
from tongxin.hq import api as hq
from tongxin.incidents import api as incidents
from tongxin.situation import api as situation
from tongxin.web.cli.areas import chosen_area
from tongxin.web.cli.output import console, progress, refuse
from tongxin.web.cli.serve import migrate

_ACTOR = system("cli.report")
_LINE_STATES = {
    "PROPOSED": pgettext_lazy("plan line", "Waits for a decision"),
    "STRUCK": pgettext_lazy("plan line", "Struck"),
    "APPROVED": pgettext_lazy("plan line", "Approved, being carried out"),
    "CARRIED_OUT": pgettext_lazy("plan line", "In force"),
    "FAILED": pgettext_lazy("plan line", "Could not be carried out"),
}


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    app.command("report", help=_("Write the night report of a day as Word and PDF."))(report)
    app.command("plan", help=_("Show the plan as a table; draft one where there is none."))(plan)


def report(
    *,
    day: Annotated[str, typer.Option("--date", help=_("The day of the report, as 2022-11-03."))],
    lang: Annotated[str, typer.Option(help=_("Language of the documents: zh or en."))] = "zh",
    out: Annotated[Path, typer.Option(help=_("Folder for the documents."))] = Path(),
    incident: Annotated[str | None, typer.Option(help=_("Short code of the incident; without it the newest."))] = None,
    area: Annotated[int | None, typer.Option(help=_("Number of the compound, where there are several."))] = None,
    recount: Annotated[
        bool, typer.Option("--recount", help=_("Count everything again, as long as the report is not signed."))
    ] = False,
) -> None:
    """Write report_<day>_<language>.docx and .pdf; nothing is written when anything is refused."""
    asked, language = _day(day), _language(lang)
    _check_folder(out)
    migrate()
    at = clock.now()
    row = _incident(chosen_area(area), incident)
    with progress(_("Writing the report")) as step:
        made = _report(row, asked, recount=recount, at=at)
        step(30, "docx")
        documents = []
        for percent, kind in ((60, "docx"), (100, "pdf")):
            documents.append(_document(made, language, kind, actor=_ACTOR, at=at))
            step(percent, kind)
    out.mkdir(parents=True, exist_ok=True)
    for document in documents:
        (out / document.name).write_bytes(document.data)
        console.print(str(out / document.name), markup=False)
    if made.state == situation.Report.State.PROVISIONAL:
        console.print(_("The day is not over: this report is provisional."))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        refuse(_("%(text)s is not a day. Write it as 2022-11-03.") % {"text": text})


def _language(text: str) -> situation.Language:
    found = next((language for language in situation.LANGUAGES if language == text), None)
    if found is None:
        refuse(_("There is no report in %(language)s. Choose zh or en.") % {"language": text})
    return found


def _check_folder(out: Path) -> None:
    if out.exists() and not out.is_dir():
        refuse(_("%(path)s is a file, not a folder.") % {"path": out})


def _incident(area_id: int, code: str | None) -> incidents.Incident:
    rows = incidents.list_incidents(area_id)
    if code is not None:
        found = rows.filter(code=code).first()
        if found is None:
            refuse(_("There is no incident %(code)s in this compound.") % {"code": code})
        return found
    newest = situation.incident_of(area_id, None)
    if newest is None:
        refuse(_("No incident has been opened in this compound, so there is nothing to report."))
    return newest


def _report(row: incidents.Incident, day: date, *, recount: bool, at: datetime) -> situation.Report:
    """Return the report that stands, or write it: first time, still provisional, or asked to count again."""
    standing = situation.find_report(row.area_id, row.pk, day)
    if standing is not None and not recount and standing.state != situation.Report.State.PROVISIONAL:
        return standing
    try:
        return situation.make_report(
            area_id=row.area_id, incident_id=row.pk, report_date=day, recount=recount, actor=_ACTOR, at=at
        )
    except situation.DayNotBegun:
        refuse(_("%(day)s has not begun yet. Choose today or a day before.") % {"day": day})
    except situation.OutsideIncident:
        opened = clock.local_date(row.opened_at)
        refuse(_("The incident was not open on %(day)s; it was opened on %(opened)s.") % {"day": day, "opened": opened})
    except situation.ReportIsSigned:
        refuse(_("The report of %(day)s is signed and is not counted again. Leave out --recount.") % {"day": day})
    except situation.LooksPersonal:
        refuse(_("The judgement holds what looks like a phone or identity number: headquarters has to take it out."))


def _document(
    made: situation.Report, language: situation.Language, kind: str, *, actor: Actor, at: datetime
) -> situation.Document:
    try:
        return situation.download_report(
            area_id=made.area_id, uuid=made.uuid, language=language, kind=kind, actor=actor, at=at
        )
    except situation.FontsMissing:
        _no_fonts()


def _no_fonts() -> NoReturn:
    refuse(_("The fonts for documents are not installed. Run `make setup` once, then try again."))


def plan(
    draft: Annotated[bool, typer.Option("--draft", help=_("Draft a new version from the facts of now."))] = False,
    incident: Annotated[str | None, typer.Option(help=_("Short code of the incident; without it the newest."))] = None,
    area: Annotated[int | None, typer.Option(help=_("Number of the compound, where there are several."))] = None,
) -> None:
    """Print the newest plan, one line a measure; without a plan yet, one is drafted first."""
    migrate()
    row = _incident(chosen_area(area), incident)
    found = None if draft else hq.current_plan(row.area_id, row.pk)
    if found is None:
        found = _draft(row)
    lines = hq.list_lines(found)
    if not lines:
        console.print(_("The plan has no line: the rules ask for nothing at present."))
        return
    title = _("Plan %(number)s of %(incident)s") % {"number": found.number, "incident": row.title}
    table = Table(title=escape(title), show_lines=False)
    for heading in (_("Measure"), _("Where or whom"), _("Why"), _("Rule"), _("State")):
        table.add_column(heading, overflow="fold")
    for view in lines:
        words = hq.line_words(view.line)
        state = str(_LINE_STATES.get(view.line.state, view.line.state))
        cells = (words.measure, words.target, words.why, f"{view.line.rule_key} ({view.line.grade})", state)
        table.add_row(*(escape(str(cell)) for cell in cells))
    console.print(table)


def _draft(row: incidents.Incident) -> hq.Plan:
    if row.state != incidents.Incident.State.OPEN:
        refuse(_("The incident is closed, and it never had a plan."))
    try:
        return hq.draft(
            area_id=row.area_id, incident_id=row.pk, trigger="BY_HAND", caused_by=new_uuid(), at=clock.now()
        )
    except incidents.NoRuleSet:
        refuse(_("No rule set holds today. Order one on the page of the incident, then draft the plan."))
