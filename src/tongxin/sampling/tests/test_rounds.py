"""Rounds: who is on the list, which work they bring, how far they are."""

from datetime import timedelta

import pytest

from tongxin.base.actors import Scope
from tongxin.base.ids import new_uuid
from tongxin.base.models import AuditEntry, OutboxEvent
from tongxin.dispatch import api as dispatch
from tongxin.incidents import api as incidents
from tongxin.sampling import api
from tongxin.sampling.models import RoundMember, SamplingRound
from tongxin.sampling.tests.stories import EVERYTHING, STAFF, open_mass, take, young

pytestmark = pytest.mark.django_db


def make(kind, person, incident, at):
    incidents.set_person_status(
        area_id=1,
        incident_id=incident.pk,
        person_id=person.pk,
        kind=kind,
        effective_at=at,
        cause_kind="Told",
        cause_uuid=new_uuid(),
        actor=STAFF,
        at=at,
    )


def test_a_round_lists_everybody_and_tells_desk_from_door(area, incident, at):
    young_case, young_contact = young(area)[:2]
    make("CASE", young_case, incident, at)
    make("CONTACT", young_contact, incident, at)
    round_ = open_mass(incident, area, at)
    rows = {row.person_id: row for row in RoundMember.objects.filter(round=round_)}
    assert len(rows) == len(area.people)
    assert rows[young_case.pk].state == "EXEMPT"
    assert rows[young_contact.pk].home_reason == "UNTRANSFERRED_RISK"
    old = [person for person in area.people if 2022 - person.birth_year >= 80]
    assert {row.person_id for row in rows.values() if row.home_reason == "VERY_OLD"} == {p.pk for p in old}
    event = OutboxEvent.objects.get(kind="sampling.round_opened.v1")
    assert event.payload["due"] == len(area.people) - 1
    assert AuditEntry.objects.filter(action="sampling.round.opened", target_uuid=round_.uuid).exists()


def test_the_work_of_a_round_goes_to_the_dispatcher_in_pairs_at_doors(area, incident, at):
    round_ = open_mass(incident, area, at)
    tasks = list(dispatch.list_tasks(area_id=1, incident_id=incident.pk))
    doors = [task for task in tasks if task.kind == "HOME_SAMPLING"]
    desks = [task for task in tasks if task.kind == "SAMPLING_DESK"]
    assert len(doors) == RoundMember.objects.filter(round=round_, is_at_home=True, state="DUE").count() > 0
    assert {task.hands.count() for task in doors} == {2}
    assert {task.params["desk"] for task in desks} == {"1-1", "2-1"}
    assert sum(task.params["people"] for task in desks) + len(doors) == len(area.people)
    assert {task.grid_id for task in desks} == {grid.pk for grid in area.grids}


def test_the_same_origin_is_the_same_round(area, incident, at):
    origin = new_uuid()
    first = open_mass(incident, area, at, origin_uuid=origin)
    assert open_mass(incident, area, at, origin_uuid=origin).pk == first.pk
    assert open_mass(incident, area, at).number == first.number + 1
    assert SamplingRound.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"pool_size": 30}, "POOL_SIZE"),
        ({"pool_size": 0}, "POOL_SIZE"),
        ({"kind": "HOME", "pool_size": 10, "people": {1: "CONTACT"}}, "POOL_SIZE"),
        ({"kind": "PARTY"}, "KIND"),
        ({"places": []}, "PLACE"),
        ({"places": [{"kind": "GRID", "uuid": "nonsense"}]}, "PLACE"),
        ({"places": [{"kind": "GRID", "uuid": str(new_uuid())}]}, "PLACE"),
        ({"kind": "RECALL", "people": {}}, "NOBODY"),
    ],
)
def test_what_cannot_be_a_round_is_refused_and_nothing_is_written(area, incident, at, changes, code):
    with pytest.raises(api.BadRound) as refused:
        open_mass(incident, area, at, **changes)
    assert refused.value.code == code
    assert not SamplingRound.objects.exists()
    assert not dispatch.list_tasks(area_id=1, incident_id=incident.pk).exists()


def test_a_round_that_ends_before_it_begins_is_refused(area, incident, at):
    with pytest.raises(api.BadRound, match="WINDOW"):
        open_mass(incident, area, at, closes_at=at)


def test_a_closed_incident_gets_no_round(area, incident, at):
    incident.state = "CLOSED"
    incident.save()
    with pytest.raises(incidents.IncidentIsClosed):
        open_mass(incident, area, at)


def test_progress_adds_up_by_grid_building_and_entrance_and_stops_at_the_scope(area, incident, at):
    round_ = open_mass(incident, area, at)
    people = young(area)
    for number, person in enumerate(people[:5]):
        take(round_, person, f"T{number:03d}", at)
    member = RoundMember.objects.get(round=round_, person=people[6])
    api.set_member_state(area_id=1, member_uuid=member.uuid, state="REFUSED", actor=STAFF, at=at)
    found = api.round_progress(1, round_.uuid, EVERYTHING)
    assert (found.total.listed, found.total.done, found.total.refused, found.total.missing) == (40, 5, 1, 34)
    for places in (found.grids, found.buildings, found.entrances):
        assert sum(place.counts.listed for place in places) == 40
        assert sum(place.counts.done for place in places) == 5
    own = api.round_progress(1, round_.uuid, Scope(1, grid_ids=frozenset({area.grids[1].pk})))
    assert {place.label for place in own.buildings} == {"3"}
    assert own.total.listed == sum(person.grid_id == area.grids[1].pk for person in area.people)


def test_who_is_missing_is_masked_and_in_walking_order(area, incident, at):
    round_ = open_mass(incident, area, at)
    entrance = area.entrances[0]
    page = api.still_missing(1, round_.uuid, EVERYTHING, entrance.uuid, limit=50)
    doors = [row.door for row in page.rows]
    assert page.total == len(doors) == sum(person.entrance_id == entrance.pk for person in area.people)
    assert doors == sorted(doors)
    assert all("*" in row.name and row.has_phone for row in page.rows)
    mine = next(person for person in young(area) if person.entrance_id == entrance.pk)
    take(round_, mine, "T001", at)
    assert mine.uuid not in {r.person_uuid for r in api.still_missing(1, round_.uuid, EVERYTHING, entrance.uuid).rows}
    assert len(api.still_missing(1, round_.uuid, EVERYTHING, limit=7, offset=35).rows) == 4


def test_telling_a_refusal_takes_the_visit_off_the_lists(area, incident, at):
    round_ = open_mass(incident, area, at)
    member = RoundMember.objects.filter(round=round_, is_at_home=True).first()
    task = dispatch.list_tasks(area_id=1, incident_id=incident.pk, origin_uuids=[member.uuid]).get()
    assert task.state == "OPEN"
    api.set_member_state(
        area_id=1, member_uuid=member.uuid, state="REFUSED", reason="TOLD_BY_PHONE", actor=STAFF, at=at
    )
    task.refresh_from_db()
    assert task.state == "CANCELLED"
    entry = AuditEntry.objects.get(action="sampling.member.told")
    assert entry.detail == {"state": "REFUSED", "reason": "TOLD_BY_PHONE"}


@pytest.mark.parametrize(("state", "reason"), [("DONE", ""), ("GONE", ""), ("AWAY", "because of 张三")])
def test_a_state_that_cannot_be_told_is_refused(area, incident, at, state, reason):
    round_ = open_mass(incident, area, at)
    member = RoundMember.objects.filter(round=round_).first()
    with pytest.raises(api.BadState):
        api.set_member_state(area_id=1, member_uuid=member.uuid, state=state, reason=reason, actor=STAFF, at=at)


def test_somebody_registered_cannot_be_told_missing(area, incident, at):
    round_ = open_mass(incident, area, at)
    person = young(area)[0]
    take(round_, person, "T001", at)
    member = RoundMember.objects.get(round=round_, person=person)
    with pytest.raises(api.BadState):
        api.set_member_state(area_id=1, member_uuid=member.uuid, state="AWAY", actor=STAFF, at=at)


@pytest.mark.parametrize(
    ("outcome", "state", "untubed"), [("SAMPLED", "DONE", 1), ("REFUSED", "REFUSED", 0), ("AWAY", "AWAY", 0)]
)
def test_what_was_found_at_a_door_is_taken_over(area, incident, at, outcome, state, untubed):
    round_ = open_mass(incident, area, at)
    member = RoundMember.objects.filter(round=round_, is_at_home=True).first()
    api.hear_visit(area_id=1, member_uuid=member.uuid, outcome_code=outcome, at=at)
    member.refresh_from_db()
    assert member.state == state
    assert api.untubed_query(1, incident.pk).count() == untubed


def test_a_registration_outranks_what_was_told_at_the_door(area, incident, at):
    round_ = open_mass(incident, area, at)
    member = RoundMember.objects.filter(round=round_, is_at_home=True).first()
    take(round_, member.person, "S001", at, how="DOOR")
    api.hear_visit(area_id=1, member_uuid=member.uuid, outcome_code="AWAY", at=at)
    member.refresh_from_db()
    assert member.state == "DONE"
    assert not api.untubed_query(1, incident.pk).exists()


def test_closing_takes_work_away_and_leaves_the_missing_missing(area, incident, at):
    round_ = open_mass(incident, area, at)
    take(round_, young(area)[0], "T001", at)
    closed = api.close_round(area_id=1, round_uuid=round_.uuid, actor=STAFF, at=at)
    again = api.close_round(area_id=1, round_uuid=round_.uuid, actor=STAFF, at=at + timedelta(hours=1))
    assert (closed.state, again.closed_at) == ("CLOSED", at)
    states = set(dispatch.list_tasks(area_id=1, incident_id=incident.pk).values_list("state", flat=True))
    assert states == {"CANCELLED"}
    event = OutboxEvent.objects.get(kind="sampling.round_closed.v1")
    assert (event.payload["done"], event.payload["missing"]) == (1, 39)
    assert api.still_missing(1, round_.uuid, EVERYTHING).total == 39


def test_people_are_added_to_an_open_round_once(area, incident, at):
    first, second, third = young(area)[:3]
    round_ = open_mass(incident, area, at, kind="HOME", places=[], people={first.pk: "CONTACT"})
    more = {"area_id": 1, "round_uuid": round_.uuid, "actor": STAFF, "at": at}
    assert api.add_people(people={first.pk: "CONTACT", second.pk: "CONTACT"}, **more) == 1
    assert api.add_people(people={second.pk: "CONTACT"}, **more) == 0
    api.close_round(area_id=1, round_uuid=round_.uuid, actor=STAFF, at=at)
    with pytest.raises(api.BadRound, match="CLOSED"):
        api.add_people(people={third.pk: "CONTACT"}, **more)
    assert RoundMember.objects.filter(round=round_).count() == 2


def test_another_compound_is_not_reached(area, other_area, incident, at):
    round_ = open_mass(incident, area, at)
    with pytest.raises(SamplingRound.DoesNotExist):
        api.get_round(2, round_.uuid)
    with pytest.raises(api.RegisterRefused, match="ROUND_CLOSED"):
        api.register(
            area_id=2,
            round_uuid=round_.uuid,
            tube_code="T001",
            person_uuid=other_area.people[0].uuid,
            actor=STAFF,
            at=at,
        )
    with pytest.raises(api.RegisterRefused, match="UNKNOWN_PERSON"):
        take(round_, other_area.people[0], "T001", at)
