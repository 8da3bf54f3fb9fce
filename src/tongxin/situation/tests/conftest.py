"""What this room's tests set up beside the shared cast."""

from datetime import timedelta

import pytest
from tests.staging import staged

from tongxin.base.actors import system
from tongxin.base.ids import new_uuid
from tongxin.incidents import api as incidents
from tongxin.situation import api


@staged
def where(area, incident):
    return {"area_id": area.area_id, "incident_id": incident.pk}


@pytest.fixture
def next_morning(at):
    """5 o'clock of the next day in Beijing, plus half an hour: the report of the first day is due."""
    return at + timedelta(hours=21, minutes=30)


@pytest.fixture
def make_case(where, area, at):
    """Record a case; returns the person."""

    def make(index, when=at, **changes):
        values = {"kind": "CASE", "cause_kind": "test", "cause_uuid": new_uuid()} | changes
        incidents.set_person_status(
            **where, person_id=area.people[index].pk, effective_at=when, actor=system("test"), at=when, **values
        )
        return area.people[index]

    return make


@pytest.fixture
def raise_high(where, area, at):
    """Lay the high level on an entrance."""

    def lay(index, when=at):
        entrance = area.entrances[index]
        incidents.raise_zone(
            **where, place_kind="ENTRANCE", place_uuid=entrance.uuid, level="high", actor=system("test"), at=when
        )
        return entrance

    return lay


@pytest.fixture
def make_report(where, at):
    """Write the report of the first day, after it is over."""

    def make(when=None, **changes):
        values = {"report_date": at.date(), "actor": system("test"), "at": when or at + timedelta(days=1)} | changes
        return api.get_report(where["area_id"], api.make_report(**where, **values).uuid)

    return make
