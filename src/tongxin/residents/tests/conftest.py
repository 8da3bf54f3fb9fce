"""The one-to-one story: twenty listed people, three callers, a round in the morning window."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from tests.staging import staged

from tongxin.base.actors import system
from tongxin.base.models import AuditEntry, OutboxEvent
from tongxin.community import api as community
from tongxin.residents import api
from tongxin.residents.models import LiaisonPair

STAFF = system("test")
CODES = community.ONE_TO_ONE_CODES
HOUR = timedelta(hours=1)


def open_pairs():
    return LiaisonPair.objects.filter(ends_at=None)


def audited(action):
    return AuditEntry.objects.filter(action=action).count()


def told(kind):
    return OutboxEvent.objects.filter(kind=kind).count()


@dataclass
class Story:
    """Everything that a test of this room asks for; `where` is what most reads take."""

    area: Any
    cast: Any
    incident: Any
    at: Any
    listed: list[Any] = field(default_factory=list)

    @property
    def where(self):
        return {"area_id": self.area.area_id, "incident_id": self.incident.pk}

    @property
    def by_staff(self):
        return {"actor": STAFF, "at": self.at}

    def pair(self, at=None):
        return api.pair_everybody(**self.where, actor=STAFF, at=at or self.at)

    def open_round(self, **changes):
        span = {"starts_at": self.at + timedelta(hours=1), "ends_at": self.at + timedelta(hours=4, minutes=30)}
        return api.open_call_round(**self.where, **{**span, **changes}, actor=STAFF, at=self.at)

    def calls_of(self, name, at=None):
        responder = self.cast.responders[name]
        return api.my_calls(**self.where, responder_id=responder.pk, at=at or self.at + timedelta(hours=2))


@staged
def story(area, cast, incident, at):
    """Twenty people are listed: leaders, academicians and staff in turn."""
    people = area.people[:20]
    for person in people:
        for code in CODES:
            community.end_care(area_id=1, person_uuid=person.uuid, code=code, actor=STAFF, at=at)
    needs = [(person, {CODES[index % 3]: ""}, None) for index, person in enumerate(people)]
    community.add_care(area_id=1, needs=needs, actor=STAFF, at=at)
    return Story(area, cast, incident, at, people)


@staged
def paired(story):
    story.pair()
    return story


@staged
def in_round(paired):
    """The morning round is open, from 09:00 to 12:30."""
    paired.open_round()
    return paired


@pytest.fixture
def morning(drill_clock, at):
    """Pages read the installation's clock: ten in the morning, in the first window."""
    drill_clock(at + timedelta(hours=2))
