"""How long each page takes a grid leader, at 10,000 residents and 100,000 registrations."""

import json
import sys
from datetime import datetime

from benchmarks import installation
from benchmarks.measuring import ROOT, Sheet, Times, median, milliseconds, p95

RESIDENTS, REGISTRATIONS = 10_000, 100_000
REQUESTS = 20
BAR = 0.3
LOGIN = "grid2"


def _say(note: str) -> None:
    print(f"  filling: {note}", file=sys.stderr, flush=True)


def _fill() -> None:
    home, is_filled = installation.begin("pages")
    from tongxin.base import clock
    from tongxin.web.demo import story as day

    if is_filled:
        clock.set_now(datetime.fromisoformat((home / "filled").read_text()))
        return
    story = installation.tell_until_case(home, RESIDENTS, say=_say)
    _say("the plan")
    day.confirm_case(story)
    day.approve_all(story)
    day.assign(story)
    day.write_report(story)
    count = installation.fill_registrations(REGISTRATIONS, say=_say)
    _say(f"{count:,} registrations")
    (home / "filled").write_text(story.now.isoformat())


def run() -> int:
    """Ask each page some times and return 1 when one is slower than the bar."""
    _fill()
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from benchmarks.page_list import pages_for
    from tongxin.base.models import Account

    settings.ALLOWED_HOSTS = ["testserver"]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    client = Client(headers={"accept-language": "zh"})
    backend = "allauth.account.auth_backends.AuthenticationBackend"
    client.force_login(Account.objects.get(username=LOGIN), backend=backend)
    pages, without = pages_for(client, "GRID_LEADER")
    recorded_file = ROOT / "tests" / "query_counts.json"
    recorded = json.loads(recorded_file.read_text()) if recorded_file.exists() else {}
    sheet = Sheet(
        "pages",
        f"Pages of a grid leader, {RESIDENTS:,} residents, {REGISTRATIONS:,} registrations",
        ("page", "median", "p95", "median of processor time", "kB", "queries", "recorded", "bar 300 ms (p95)"),
    )
    for name, url in pages.items():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            size = len(client.get(url).content)
        count = len(queries)  # now: the next request empties the log
        times = Times()
        for _number in range(REQUESTS):
            with times.run():
                client.get(url)
        held = sheet.hold(name, p95(times.wall), BAR, milliseconds)
        sheet.rows.append(
            (
                name, milliseconds(median(times.wall)), milliseconds(p95(times.wall)),
                milliseconds(median(times.cpu)), f"{size / 1024:.0f}", str(count),
                str(recorded.get(name, "–")), held,
            )
        )  # fmt: skip
    sheet.rows.sort(key=lambda row: -float(row[2].split()[0].replace(",", "")))
    sheet.notes.append(f"{len(pages)} pages; no page but a file or a deed, or no row yet: {', '.join(without)}")
    return sheet.finish()
