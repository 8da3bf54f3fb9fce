"""Beginnings that several tests share: a round of the whole compound, a full tube, a positive pool."""

from datetime import timedelta

from tongxin.base.actors import Scope, system
from tongxin.base.ids import new_uuid
from tongxin.sampling import api

STAFF = system("test")
EVERYTHING = Scope(1, everything=True)


def open_mass(incident, area, at, **changes):
    """Open a round of everybody that lasts from now for eight hours."""
    values = {
        "area_id": incident.area_id,
        "incident_id": incident.pk,
        "kind": "MASS",
        "opens_at": at,
        "closes_at": at + timedelta(hours=8),
        "places": [{"kind": "COMPOUND", "uuid": str(area.compound.uuid)}],
        "origin_kind": "HAND",
        "origin_uuid": new_uuid(),
        "actor": STAFF,
        "at": at,
    }
    return api.open_round(**(values | changes))


def young(area, count=40):
    """People who may share a tube and come to the desk."""
    return [person for person in area.people if person.birth_year > 1945][:count]


def take(round_, person, tube, at, **changes):
    """Put a person into a tube and return the receipt."""
    values = {"desk": "1-1", "actor": STAFF, "at": at} | changes
    outcome = api.register(
        area_id=round_.area_id, round_uuid=round_.uuid, tube_code=tube, person_uuid=person.uuid, **values
    )
    return outcome.receipt


def fill(round_, people, tube, at):
    """Put people into one tube, a minute apart."""
    return [take(round_, person, tube, at + timedelta(minutes=n)) for n, person in enumerate(people)]


def say(tube, value, at, **changes):
    """Record a result."""
    return api.record_result(area_id=1, tube_code=tube, value=value, actor=STAFF, at=at, **changes)
