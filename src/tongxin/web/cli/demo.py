"""`tongxin demo`: the main job from three ledgers to tasks in hands, in an invented compound, with progress."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from django.conf import settings
from django.utils.translation import gettext as _
from rich.table import Table

from tongxin.base import clock
from tongxin.community import api as community
from tongxin.hq import api as hq
from tongxin.situation import api as situation
from tongxin.web import wording
from tongxin.web.cli.output import console, progress, refuse
from tongxin.web.cli.serve import migrate, run
from tongxin.web.cli.timing import Stopwatch
from tongxin.web.demo import days as later_days
from tongxin.web.demo import story as first_day
from tongxin.web.demo.cast import PASSWORD

SMALLEST, LARGEST, MOST_DAYS = 200, 20_000, 14


def add_to(app: typer.Typer) -> None:
    """Add the command of this module to the command line."""
    app.command("demo", help=_("Play an outbreak in an invented compound, from the ledgers to tasks in hands."))(demo)


def demo(
    *,
    days: Annotated[int, typer.Option(help=_("How many days to play."), min=1, max=MOST_DAYS)] = 1,
    residents: Annotated[int, typer.Option(help=_("How many residents."), min=SMALLEST, max=LARGEST)] = 5000,
    seed: Annotated[int, typer.Option(help=_("The same seed makes the same compound."), min=0)] = 7,
    serve: Annotated[bool, typer.Option(help=_("Go on as server when the story is told."))] = False,
    host: Annotated[str, typer.Option(help=_("Address to listen on."))] = "127.0.0.1",
    port: Annotated[int, typer.Option(help=_("Port to listen on."), min=1, max=65535)] = 8000,
) -> None:
    """Tell the story unless it was told here already, say whom to log in as, and serve if asked to."""
    migrate()
    if community.list_areas():
        _refuse_real_data()
        console.print(_("The demo is here already: nothing is imported again."))
    else:
        story, watch = _tell(seed, residents, days)
        _show_times(watch, story)
        _show_cast(story)
    if serve:
        run(host=host, port=port)


def _folder() -> Path:
    return Path(settings.TONGXIN_HOME) / "demo"


def _refuse_real_data() -> None:
    if not _folder().is_dir():
        refuse(_("This installation holds other data. Play the demo in a folder of its own: set TONGXIN_HOME."))


def _tell(seed: int, residents: int, days: int) -> tuple[first_day.Story, Stopwatch]:
    story, watch = first_day.begin(_folder(), seed=seed, residents=residents), Stopwatch()

    def step(title: str, work: Callable[..., Any], *arguments: Any, bar: bool = False) -> Any:
        with watch.step(title), progress(title) as report:
            return work(story, *arguments, report) if bar else work(story, *arguments)

    truth = step(_("Write the ledgers"), first_day.write_ledgers)
    _show_import(_("Residents"), step(_("Import the residents"), first_day.import_people, bar=True))
    _show_import(_("One-to-one list"), step(_("Import the one-to-one list"), first_day.import_special_care))
    _show_import(_("Responders"), step(_("Import those who serve"), first_day.import_responders, truth))
    step(_("Draw the site plan"), first_day.load_site_plan)
    step(_("Give logins"), first_day.seat_cast)
    step(_("Open the incident and the first round"), first_day.open_incident)
    came = step(_("Sample the grid of building 18"), first_day.sample_grid, bar=True)
    tubes = step(_("A pooled tube is positive"), first_day.report_pool)
    console.print(_("%(came)d people in %(tubes)d tubes; tube %(tube)s is positive.") % _words(story, came, tubes))
    step(_("Retest its people one by one"), first_day.retest)
    step(_("A case in 18-1: draft the plan"), first_day.confirm_case)
    _show_plan(story.plan)
    approved = step(_("Two commanders approve"), first_day.approve_all)
    console.print(_("%(carried_out)d lines are in force, %(failed)d failed.") % approved)
    step(_("Assign the tasks"), first_day.assign)
    _show_run(story.run)
    step(_("Give logins to those in the field"), first_day.seat_field)
    done = step(_("A volunteer finishes a task"), first_day.finish_one)
    if done is None:
        console.print(_("No volunteer of the cast had a task."))
    step(_("Write the report of the day"), first_day.write_report)
    for number in range(2, days + 1):
        title = _("Play day %(number)d") % {"number": number}
        step(title, later_days.play_day, number, bar=True)
    return story, watch


def _words(story: first_day.Story, came: int, tubes: int) -> dict[str, Any]:
    return {"came": came, "tubes": tubes, "tube": story.tube}


# ---------- what is printed ----------
def _show_import(title: str, outcome: community.ImportOutcome) -> None:
    words = {"title": title, **outcome.counts}
    console.print(
        _("%(title)s: added %(added)d, doubtful %(doubtful)d, refused %(refused)d, possible duplicates %(duplicates)d")
        % words
    )


def _show_plan(plan: hq.Plan) -> None:
    table = Table(title=_("Plan %(number)d, drafted in %(ms)d ms") % {"number": plan.number, "ms": plan.draft_ms})
    for heading in (_("Measure"), _("Where or whom"), _("Why"), _("Approvals")):
        table.add_column(heading, overflow="fold")
    for view in hq.list_lines(plan):
        line = view.line
        if line.change == "GONE":
            continue
        words = hq.line_words(line)
        table.add_row(words.measure, words.target, words.why, str(line.needs_approvals))
    console.print(table)


def _show_run(planned: Any) -> None:
    diff, seconds = planned.stats["diff"], planned.stats["seconds"]
    words = {
        "tasks": planned.stats["tasks"],
        "people": planned.stats["people"],
        "unserved": len(planned.unserved),
        "shortages": len(planned.shortages),
        "violations": len(planned.stats["violations"]),
        "new": diff.get("new", 0),
        "seconds": sum(seconds.values()),
    }
    console.print(
        _(
            "%(tasks)d tasks and %(people)d people planned in %(seconds).2f s: %(unserved)d tasks without hands,"
            " %(shortages)d shortages, %(violations)d broken rules."
        )
        % words
    )


def _show_times(watch: Stopwatch, story: first_day.Story) -> None:
    table = Table(title=_("How long each step took"))
    table.add_column(_("Step"))
    table.add_column(_("Seconds"), justify="right")
    for name, seconds in watch.seconds.items():
        table.add_row(name, f"{seconds:.1f}")
    table.add_row(_("All"), f"{sum(watch.seconds.values()):.1f}")
    console.print(table)
    report = situation.find_report(first_day.AREA, story.incident.pk, clock.local_date(story.now))
    if report is not None:
        console.print(_("The ledgers and the report are in %(folder)s.") % {"folder": story.folder}, markup=False)


def _show_cast(story: first_day.Story) -> None:
    by_role: dict[str, list[str]] = {}
    for seat in story.seats:
        by_role.setdefault(seat.role, []).append(seat.username)
    names = "".join(f"\n  {wording.ROLE_WORDS[role]}: {', '.join(seats)}" for role, seats in by_role.items())
    console.print(_("Log in as one of: %(names)s") % {"names": names}, markup=False)
    console.print(
        _("The password of all of them is %(password)s. It is for the demo only: never use it with real people.")
        % {"password": PASSWORD},
        markup=False,
    )
