"""Ratchet: how many queries each page of a grid leader takes. It must not grow with rows, and not rise unseen.

`tests/query_counts.json` is changed by `python -m benchmarks.query_counts --write` only.
"""

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from benchmarks.page_list import pages_for
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tongxin.base import keys, outbox
from tongxin.base.actors import system
from tongxin.base.ids import new_uuid
from tongxin.community.models import Person, SpecialCare
from tongxin.conftest import *  # noqa: F403 - fixtures
from tongxin.conftest import make_person
from tongxin.dispatch import api as dispatch
from tongxin.incidents import api as incidents
from tongxin.residents import api as residents
from tongxin.sampling import api as sampling
from tongxin.situation import api as situation

RECORDED = Path(__file__).with_name("query_counts.json")
ACTOR = system("test")
FEW, MANY = 40, 120
# Each tells a story of its own, so they stay together in one worker.
pytestmark = pytest.mark.xdist_group("query_counts")


def live(area, incident, people, at):
    """Let the rooms do something with each of these people: a round, contacts, requests, tasks, a report."""
    numbers = {"area_id": area.area_id, "incident_id": incident.pk, "actor": ACTOR, "at": at}
    round_ = sampling.open_round(
        **numbers,
        kind="MASS",
        opens_at=at,
        closes_at=at + timedelta(hours=8),
        places=[{"kind": "COMPOUND", "uuid": str(area.compound.uuid)}],
        origin_kind="HAND",
        origin_uuid=new_uuid(),
        with_tasks=False,
    )
    for person in people[::3]:
        sampling.register(
            area_id=area.area_id, round_uuid=round_.uuid, tube_code=f"QC{person.pk:05d}", person_uuid=person.uuid,
            actor=ACTOR, at=at,
        )  # fmt: skip
    kinds = [(person, "CASE" if number < 1 else "CONTACT") for number, person in enumerate(people[::2])]
    incidents.set_many_statuses(
        **numbers,
        facts=[
            incidents.StatusFact(
                person_id=person.pk, kind=kind, effective_at=at, cause_kind="test", cause_uuid=new_uuid(),
                sample_date=at.date(), last_contact_date=at.date(),
            )
            for person, kind in kinds
        ],
    )  # fmt: skip
    for person in people[::4]:
        residents.open_request(**numbers, person_uuid=person.uuid, kind="MEDICINE")
    dispatch.open_tasks(
        [
            dispatch.TaskDraft(
                kind="NOTIFY_DOOR", origin_kind="test", origin_uuid=new_uuid(), window_starts_at=at,
                window_ends_at=at + timedelta(hours=2), due_at=at + timedelta(hours=2), duration_min=10,
                person_id=person.pk, entrance_id=person.entrance_id,
            )
            for person in people[::4]
        ],
        **numbers,
    )  # fmt: skip
    residents.pair_everybody(**numbers)
    outbox.deliver_all(ahead=timedelta(minutes=10))
    situation.make_report(**numbers, report_date=at.date())


def more_people(area, at):
    """Bring the compound from FEW to MANY residents, some of them on the one-to-one list."""
    rows = [
        make_person(area.area_id, index, area.dwellings[index % len(area.dwellings)], area.departments[index % 2])
        for index in range(FEW, MANY)
    ]
    for row in rows:
        # The cast's birth years go up with the number; nobody is born after the story.
        Person.objects.filter(pk=row.pk).update(birth_year=1940 + row.pk % 60)
    SpecialCare.objects.bulk_create(
        SpecialCare(area_id=1, subject_uuid=row.uuid, person=row, code="RETIRED_STAFF", starts_at=at)
        for row in rows[::2]
    )
    return rows


def queries_of(client, pages):
    """Return how many queries each page takes when nothing is cached that an earlier page left behind."""
    counts = {}
    for name, url in pages.items():
        client.get(url)
        keys.forget_cached()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(url).status_code == 200, name
        counts[name] = len(queries)
    return counts


def test_queries_do_not_grow_with_rows_and_do_not_rise(area, cast, incident, at, drill_clock):
    client = cast.client("grid_leader_1")
    live(area, incident, area.people, at)
    pages, _without = pages_for(client, "GRID_LEADER")
    few = queries_of(client, pages)
    live(area, incident, more_people(area, at), at + timedelta(minutes=1))
    many = queries_of(client, pages)

    growing = {name: (few[name], many[name]) for name in pages if many[name] > few[name]}
    assert not growing, "queries grow with rows"
    if os.environ.get("TONGXIN_WRITE_QUERY_COUNTS"):
        RECORDED.write_text(json.dumps(many, indent=1, sort_keys=True) + "\n")
    recorded = json.loads(RECORDED.read_text())
    assert {name: count for name, count in many.items() if count > recorded.get(name, -1)} == {}
    assert sorted(recorded) == sorted(pages), "pages came or went: write the file again"
