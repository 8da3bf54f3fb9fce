"""An installation of its own for a benchmark, with the story of the demo in it.

`TONGXIN_BENCH_HOME` names a folder in which filled installations are kept, so that a second run need not fill again.
"""

import os
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any


def begin(name: str) -> tuple[Path, bool]:
    """Set Django up in a fresh data folder, or in a kept one; return it and whether it is filled already."""
    kept = os.environ.get("TONGXIN_BENCH_HOME", "")
    home = Path(kept) / name if kept else Path(tempfile.mkdtemp(prefix=f"tongxin-bench-{name}-"))
    home.mkdir(parents=True, exist_ok=True)
    os.environ["TONGXIN_HOME"] = str(home)
    os.environ["TONGXIN_QUEUE"] = "none"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongxin.web.settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    return home, (home / "filled").exists()


def tell_until_case(home: Path, residents: int, *, say: Callable[[str], None]) -> Any:
    """Play the demo's first day up to the moment before the retest's result is known; return its story."""
    from tongxin.web.demo import story as day

    story = day.begin(home / "demo", seed=7, residents=residents)
    say("ledgers")
    truth = day.write_ledgers(story)
    say("residents")
    day.import_people(story)
    say("others")
    day.import_special_care(story)
    day.import_responders(story, truth)
    day.load_site_plan(story)
    day.seat_cast(story)
    say("the first round")
    day.open_incident(story)
    day.sample_grid(story)
    day.report_pool(story)
    day.retest(story)
    return story


def fill_registrations(registrations: int, *, say: Callable[[str], None]) -> int:
    """Fill rounds of earlier days with everybody, set-based, and return how many registrations there are."""
    from tongxin.base.actors import Scope
    from tongxin.base.ids import new_uuid
    from tongxin.community import api as community
    from tongxin.incidents.models import Incident
    from tongxin.sampling.models import Registration, RoundMember, SampleResult, SamplingRound, Tube

    area_id = 1
    incident = Incident.objects.get(area_id=area_id)
    rows = list(community.people_query(area_id=area_id, scope=Scope(area_id, everything=True)))
    places = [{"kind": "COMPOUND", "uuid": str(community.get_compound(area_id).uuid)}]
    number = 100
    while Registration.objects.count() < registrations:
        number += 1
        say(f"round {number}")
        opens_at = incident.opened_at - timedelta(days=number - 100)
        closes_at = opens_at + timedelta(hours=10)
        round_ = SamplingRound.objects.create(
            area_id=area_id, incident=incident, number=number, kind="MASS", pool_size=10, opens_at=opens_at,
            closes_at=closes_at, places=places, state="CLOSED", closed_at=closes_at, origin_kind="benchmark",
            origin_uuid=new_uuid(),
        )  # fmt: skip
        members = [
            RoundMember(
                area_id=area_id, round=round_, person=row, grid_id=row.grid_id, entrance_id=row.entrance_id,
                state="DONE", state_at=opens_at,
            )
            for row in rows
        ]  # fmt: skip
        RoundMember.objects.bulk_create(members, batch_size=2000)
        tubes = Tube.objects.bulk_create(
            Tube(
                area_id=area_id, round=round_, code=f"B{number:03d}{place:05d}", capacity=10, filled=10,
                state="RESULTED", opened_at=opens_at, closed_at=closes_at,
            )
            for place in range(len(rows) // 10)
        )  # fmt: skip
        registrations_of_round = [
            Registration(
                area_id=area_id, round=round_, tube=tubes[place // 10], seq=place % 10 + 1, person=row,
                grid_id=row.grid_id, entrance_id=row.entrance_id, sampled_at=opens_at + timedelta(seconds=3 * place),
                registered_at=opens_at + timedelta(seconds=3 * place), registered_by="benchmark", how="SCAN",
                op_id=new_uuid(),
            )
            for place, row in enumerate(rows[: len(tubes) * 10])
        ]  # fmt: skip
        Registration.objects.bulk_create(registrations_of_round, batch_size=2000)
        SampleResult.objects.bulk_create(
            SampleResult(
                area_id=area_id, tube=tube, value="NEGATIVE", reported_at=closes_at, recorded_at=closes_at,
                recorded_by="benchmark",
            )
            for tube in tubes
        )  # fmt: skip
    return Registration.objects.count()
