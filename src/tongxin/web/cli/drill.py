"""`tongxin drill`: a real line list, replayed day by day in an installation of its own that is thrown away."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from django.db import connection
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongxin.community import api as community
from tongxin.incidents import api as incidents
from tongxin.web.cli import drill_output, drill_replay
from tongxin.web.cli.drill_files import BadInput, DrillInput, all_or_nothing, can_write_into, read_input
from tongxin.web.cli.output import console, progress, refuse
from tongxin.web.cli.serve import migrate
from tongxin.web.cli.timing import Stopwatch

#: Set in the child process only: it works in a data folder that its parent made and will remove.
_CHILD = "TONGXIN_DRILL_CHILD"
_MOST_FAULTS = 50
#: So long the child may take to put its half-written results away.
_PATIENCE_SECONDS = 10


def add_to(app: typer.Typer) -> None:
    """Add the command of this module to the command line."""
    app.command("drill", help=_("Replay a real line list day by day, without touching this installation."))(drill)


def drill(
    *,
    people: Annotated[Path, typer.Option(help=_("The ledger of people (.xlsx or .csv)."))],
    cases: Annotated[Path, typer.Option(help=_("The line list: person, onset or report date (.csv or .xlsx)."))],
    profile: Annotated[str, typer.Option(help=_("The disease profile, for example measles."))],
    out: Annotated[Path, typer.Option(help=_("Folder for the results."))],
    responders: Annotated[Path | None, typer.Option(help=_("The ledger of those who serve."))] = None,
    rule_set: Annotated[
        str | None, typer.Option(help=_("A rule set of the profile, instead of the day's own."))
    ] = None,
) -> None:
    """Check what can be checked without a database, then go on in a child process with a data folder of its own."""
    for file in filter(None, (people, cases, responders)):
        if not file.is_file():
            refuse(_("There is no file %(path)s.") % {"path": file})
    if not can_write_into(out):
        refuse(_("Results cannot be written to %(path)s.") % {"path": out})
    _check_profile(profile, rule_set)
    if os.environ.get(_CHILD):
        signal.signal(signal.SIGTERM, _stop)
        _work(people=people, cases=cases, responders=responders, profile_id=profile, rule_set_id=rule_set, out=out)
        return
    arguments = ["drill", "--people", people, "--cases", cases, "--profile", profile, "--out", out]
    arguments += ["--responders", responders] if responders else []
    arguments += ["--rule-set", rule_set] if rule_set else []
    raise typer.Exit(_run_child([str(argument) for argument in arguments]))


def _check_profile(profile_id: str, rule_set_id: str | None) -> None:
    try:
        profile = incidents.profile_named(profile_id)
        if rule_set_id:
            incidents.rule_set_named(profile, rule_set_id)
    except incidents.UnknownProfile:
        names = ", ".join(sorted(incidents.profiles_at_hand().profiles))
        refuse(_("There is no profile %(name)s. There are: %(names)s.") % {"name": profile_id, "names": names})
    except incidents.UnknownRuleSet:
        names = ", ".join(row.id for row in profile.rule_sets)
        refuse(_("There is no rule set %(name)s. There are: %(names)s.") % {"name": rule_set_id, "names": names})


def _run_child(arguments: list[str]) -> int:
    """Run the drill in a process whose settings name a data folder made for it; the folder goes with it.

    So it does when the drill is told to stop: the child is stopped first, then nothing is left of either.
    """
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _stop)
    home = tempfile.mkdtemp(prefix="tongxin-drill-")
    environment = {key: value for key, value in os.environ.items() if key != "TONGXIN_DATABASE_URL"}
    environment |= {"TONGXIN_HOME": home, _CHILD: "1"}
    program = "from tongxin.web.cli import main; main()"
    child = None
    try:
        # A group of its own: what is typed at the terminal reaches the child through this process only, and once.
        child = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
            [sys.executable, "-c", program, *arguments], env=environment, process_group=0
        )
        return child.wait()
    finally:
        if child is not None and child.poll() is None:
            _end(child)
        shutil.rmtree(home, ignore_errors=True)


def _stop(number: int, _frame: Any) -> None:
    for other in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)
    raise SystemExit(128 + number)


def _end(child: "subprocess.Popen[bytes]") -> None:
    """Stop the child and wait, so that it writes nothing into a folder that is being removed."""
    child.terminate()
    try:
        child.wait(timeout=_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


# ---------- in the child ----------
def _work(
    *, people: Path, cases: Path, responders: Path | None, profile_id: str, rule_set_id: str | None, out: Path
) -> None:
    watch = Stopwatch()
    try:
        with watch.step("read"):
            data = read_input(people, cases, responders, language=_language())
    except BadInput as bad:
        more = len(bad.sentences) - _MOST_FAULTS
        rest = [_("… and %(count)d more.") % {"count": more}] if more > 0 else []
        refuse(_("The drill cannot run; nothing was written."), *bad.sentences[:_MOST_FAULTS], *rest)
    with watch.step("set up"):
        migrate()
        with connection.cursor() as cursor:
            # This database is thrown away in a moment: it need not survive a power cut.
            cursor.execute("PRAGMA synchronous=OFF")
    try:
        replay = drill_replay.begin(data, profile_id=profile_id, rule_set_id=rule_set_id, watch=watch)
    except incidents.NoRuleSet:
        refuse(_("No rule set of this profile holds on the day of the first case. Choose one with --rule-set."))
    except community.UploadRefused as refused:
        refuse(community.refusal_sentence(refused, _language()))
    with progress(_("Replaying")) as bar:
        evening = drill_replay.play(replay, data, bar)
    with all_or_nothing(out.resolve()) as folder:
        summary = _write(replay, data, folder, profile_id, evening)
    _show(summary, out)


def _language() -> Literal["zh", "en"]:
    return "zh" if (get_language() or "").startswith("zh") else "en"


def _write(
    replay: drill_replay.Replay, data: DrillInput, folder: Path, profile_id: str, evening: Any
) -> dict[str, Any]:
    with replay.watch.step("tables"):
        counts = drill_output.write_tables(replay, folder, evening)
    with replay.watch.step("reports"):
        drill_output.write_reports(replay, folder, report_date=data.last_date)
    days = (data.last_date - data.first_date).days + 1
    summary = drill_output.summarize(replay, counts, profile_id=profile_id, days=days)
    text = json.dumps(summary, ensure_ascii=False, indent=1)
    (folder / "summary.json").write_text(text + "\n", encoding="utf-8")
    return summary


def _show(summary: dict[str, Any], out: Path) -> None:
    words = {
        **{key: summary[key] for key in ("cases", "days", "contacts", "tasks", "plan_lines")},
        "seconds": summary["seconds_total"],
        "memory": summary["peak_memory_mb"],
        "path": out,
    }
    console.print(
        _(
            "%(cases)d cases in %(days)d days: %(plan_lines)d plan lines, %(contacts)d contact links, %(tasks)d tasks;"
            " %(seconds).1f s, %(memory).0f MB. Results are in %(path)s."
        )
        % words,
        markup=False,
    )
