"""Facts about people through the api: rows, notices, audit, late arrivals, corrections, withdrawals, batches."""

from datetime import date, timedelta
from itertools import permutations

import pytest

from tongxin.base.actors import Scope, system
from tongxin.base.ids import new_uuid
from tongxin.base.models import AuditEntry, OutboxEvent
from tongxin.base.outbox import deliver_all, publish
from tongxin.community.events import PeopleMerged, PersonErased
from tongxin.conftest import make_person
from tongxin.incidents import api
from tongxin.incidents.models import CurrentStatus, Encounter, PersonStatus, TestDuty

pytestmark = pytest.mark.django_db
STAFF = system("test")


@pytest.fixture
def ids(incident):
    return {"area_id": incident.area_id, "incident_id": incident.pk}


@pytest.fixture
def tell(ids, at):
    """Tell a fact: `tell(person, kind, day, **more)`."""

    def call(person, kind, day=0, **more):
        values = {"cause_kind": "Result", "cause_uuid": new_uuid()} | more
        return api.set_person_status(
            **ids, person_id=person.pk, kind=kind, effective_at=at + timedelta(days=day), actor=STAFF, at=at, **values
        )

    return call


def events(kind):
    rows = OutboxEvent.objects.filter(kind=f"incidents.{kind}.v1").order_by("id")
    return [row.payload for row in rows]


def stands(ids, person):
    return api.status_of(ids["area_id"], ids["incident_id"], [person.pk]).get(person.pk)


def test_a_fact_writes_row_audit_and_notice(ids, tell, area, incident):
    person = area.people[0]
    row = tell(person, "CASE", onset_date=date(2022, 11, 1))
    assert stands(ids, person).kind == "CASE"
    assert stands(ids, person).onset_date == date(2022, 11, 1)
    (notice,) = events("person_status_changed")
    assert notice["person_uuid"] == str(person.uuid)
    assert (notice["kind"], notice["previous"]) == ("CASE", "")
    entry = AuditEntry.objects.get(action="incidents.set_status")
    assert entry.target_uuid == row.uuid
    assert entry.detail == {"kind": "CASE", "cause": "Result"}


def test_told_again_is_stored_once(ids, tell, area):
    cause = new_uuid()
    first = tell(area.people[0], "CASE", cause_uuid=cause)
    second = tell(area.people[0], "CASE", cause_uuid=cause)
    assert first.pk == second.pk
    assert PersonStatus.objects.count() == 1
    assert len(events("person_status_changed")) == 1
    assert AuditEntry.objects.filter(action="incidents.set_status").count() == 1


def test_a_late_contact_is_kept_quietly(ids, tell, area):
    tell(area.people[0], "CASE")
    tell(area.people[0], "CONTACT", day=-2)
    tell(area.people[0], "CONTACT", day=2)
    assert stands(ids, area.people[0]).kind == "CASE"
    assert PersonStatus.objects.count() == 3
    assert len(events("person_status_changed")) == 1


STORY = [("CONTACT", -3, {}), ("SUSPECT", 0, {}), ("CASE", 1, {"onset_date": date(2022, 11, 2)}), ("CLEARED", 2, {})]


def test_every_order_of_arrival_ends_the_same(ids, tell, area):
    ends = set()
    for person, order in zip(area.people, permutations(STORY), strict=False):
        for kind, day, more in order:
            tell(person, kind, day, **more)
        row = stands(ids, person)
        ends.add((row.kind, row.since_at, row.onset_date, row.last_contact_date))
    assert len(ends) == 1
    assert next(iter(ends))[0] == "CASE"


def test_onset_that_becomes_known_is_told(tell, area):
    tell(area.people[0], "CASE", sample_date=date(2022, 11, 3))
    tell(area.people[0], "CASE", cause_kind="Interview", onset_date=date(2022, 11, 1))
    assert [(row["kind"], row["previous"]) for row in events("person_status_changed")] == [
        ("CASE", ""),
        ("CASE", "CASE"),
    ]


def test_a_correction_replaces_what_the_same_cause_said(ids, tell, area):
    cause = new_uuid()
    tell(area.people[0], "CASE", cause_uuid=cause, onset_date=date(2022, 10, 1))
    tell(area.people[0], "CASE", cause_uuid=cause, onset_date=date(2022, 11, 1))
    assert stands(ids, area.people[0]).onset_date == date(2022, 11, 1)
    assert PersonStatus.objects.filter(withdrawn_at=None).count() == 1
    assert PersonStatus.objects.count() == 2


def test_withdrawing_a_wrong_result(ids, tell, area, at):
    tell(area.people[0], "CONTACT", day=-1)
    row = tell(area.people[0], "CASE")
    for _ in range(2):
        api.withdraw_status(area_id=1, uuid=row.uuid, reason="WRONG_SAMPLE", actor=STAFF, at=at)
    assert stands(ids, area.people[0]).kind == "CONTACT"
    assert events("person_status_changed")[-1]["previous"] == "CASE"
    assert AuditEntry.objects.filter(action="incidents.withdraw_status").count() == 1


def test_withdrawing_the_only_fact_leaves_nothing(ids, tell, area, at):
    row = tell(area.people[0], "SUSPECT")
    api.withdraw_status(area_id=1, uuid=row.uuid, reason="WRONG_TUBE", actor=STAFF, at=at)
    assert stands(ids, area.people[0]) is None
    assert CurrentStatus.objects.count() == 0
    assert events("person_status_changed")[-1]["kind"] == ""


@pytest.mark.parametrize("kind", ["", "case", "NONSENSE"])
def test_unknown_kinds_are_refused(kind, tell, area):
    with pytest.raises(ValueError, match="not a valid"):
        tell(area.people[0], kind)
    assert PersonStatus.objects.count() == 0


def test_a_person_of_another_compound_is_refused(tell, other_area):
    with pytest.raises(api.UnknownPerson):
        tell(other_area.people[0], "CASE")
    assert PersonStatus.objects.count() == 0
    assert CurrentStatus.objects.count() == 0


def test_a_closed_incident_takes_no_facts(ids, tell, area, at):
    api.close_incident(**ids, reason="Over", actor=STAFF, at=at)
    with pytest.raises(api.IncidentIsClosed):
        tell(area.people[0], "CASE")


def contacts(people, at, cause=None):
    cause = cause or new_uuid()
    return [api.StatusFact(person.pk, "CONTACT", at, "Case", cause, last_contact_date=at.date()) for person in people]


def test_a_batch_tells_by_the_kind_that_stands(ids, tell, area, at):
    tell(area.people[0], "CASE")
    before = len(events("person_status_changed"))
    cause = new_uuid()
    done = api.set_many_statuses(**ids, facts=contacts(area.people, at, cause), actor=STAFF, at=at)
    assert done.recorded == 40
    assert len(done.changed["CONTACT"]) == 39
    (notice,) = events("statuses_changed")
    assert notice["kind"] == "CONTACT"
    assert len(notice["person_uuids"]) == 39
    assert str(area.people[0].uuid) not in notice["person_uuids"]
    assert len(events("person_status_changed")) == before
    again = api.set_many_statuses(**ids, facts=contacts(area.people, at, cause), actor=STAFF, at=at)
    assert (again.recorded, again.changed) == (0, {})
    assert len(events("statuses_changed")) == 1


def test_new_cases_of_a_batch_are_told_one_by_one(ids, area, at):
    facts = [api.StatusFact(person.pk, "CASE", at, "Result", new_uuid()) for person in area.people[:3]]
    api.set_many_statuses(**ids, facts=facts, actor=STAFF, at=at)
    assert [row["kind"] for row in events("person_status_changed")] == ["CASE"] * 3
    assert events("statuses_changed") == []


def test_a_batch_with_one_stranger_writes_nothing(ids, area, other_area, at):
    with pytest.raises(api.UnknownPerson):
        api.set_many_statuses(**ids, facts=contacts([*area.people, other_area.people[0]], at), actor=STAFF, at=at)
    assert PersonStatus.objects.count() == 0
    assert OutboxEvent.objects.filter(kind__startswith="incidents.").count() == 0


def test_notices_of_a_batch_hold_at_most_500(ids, incident, area, at, monkeypatch):
    monkeypatch.setattr("tongxin.incidents.api.statuses._EVENT_SIZE", 15)
    api.set_many_statuses(**ids, facts=contacts(area.people, at), actor=STAFF, at=at)
    assert [len(row["person_uuids"]) for row in events("statuses_changed")] == [15, 15, 10]


def test_many_people_at_once_cost_as_many_queries_as_a_few_more_batches(ids, area, at, django_assert_max_num_queries):
    """A contact list of a whole building is written in batches, not one person after the other."""
    people = [make_person(1, index, area.dwellings[index % 24]) for index in range(100, 500)]
    with django_assert_max_num_queries(len(people) // 4):
        done = api.set_many_statuses(**ids, facts=contacts(people, at), actor=STAFF, at=at)
    assert done.recorded == len(people)


def test_counts_and_lists_by_scope(ids, tell, area):
    tell(area.by_door["1-1-101"][0], "CONTACT")
    tell(area.by_door["3-1-101"][0], "CASE")
    grid_1 = Scope(1, grid_ids=frozenset({area.grids[0].pk}))
    building_3 = Scope(1, building_ids=frozenset({area.buildings[2].pk}))
    nothing = Scope(1, own=True)
    everything = Scope(1, everything=True)
    listed = {
        name: [row.person.dwelling.door for row in api.list_status(1, ids["incident_id"], ["CASE", "CONTACT"], scope)]
        for name, scope in {"grid": grid_1, "building": building_3, "own": nothing, "all": everything}.items()
    }
    assert listed["grid"] == ["1-1-101"]
    assert listed["building"] == ["3-1-101"]
    assert listed["own"] == []
    assert sorted(listed["all"]) == ["1-1-101", "3-1-101"]
    assert api.count_status(1, ids["incident_id"], grid_1)["CASE"] == 0
    assert api.count_status(1, ids["incident_id"])["CASE"] == 1
    assert api.count_status(1, ids["incident_id"])["DIED"] == 0


def test_case_counts_by_day(ids, tell, area):
    tell(area.people[0], "CASE", onset_date=date(2022, 11, 1), sample_date=date(2022, 11, 3))
    tell(area.people[0], "CASE", cause_kind="Interview", onset_date=date(2022, 11, 2))
    tell(area.people[1], "CASE", sample_date=date(2022, 11, 2))
    tell(area.people[1], "RECOVERED", day=9)
    tell(area.people[2], "CASE")
    incident_id = ids["incident_id"]
    assert api.case_counts_by_day(1, incident_id) == {
        date(2022, 11, 1): 1,
        date(2022, 11, 2): 1,
        date(2022, 11, 3): 1,
    }
    assert api.case_counts_by_day(1, incident_id, by="SAMPLE") == {date(2022, 11, 2): 1, date(2022, 11, 3): 2}
    assert api.case_counts_by_day(1, incident_id, by="KNOWN") == {date(2022, 11, 3): 3}
    with pytest.raises(ValueError, match="WEEK"):
        api.case_counts_by_day(1, incident_id, by="WEEK")


def test_meetings_are_kept_once_whatever_the_order_of_the_two(ids, area, at):
    a, b, c = area.people[:3]
    day = date(2022, 11, 2)
    meetings = [
        api.EncounterFact(b.pk, a.pk, "TUBE", day, {"tube": "T1"}),
        api.EncounterFact(a.pk, b.pk, "TUBE", day),
        api.EncounterFact(a.pk, c.pk, "QUEUE", day),
    ]
    args = {**ids, "person_uuid": a.uuid, "meetings": meetings, "actor": STAFF, "at": at}
    assert api.record_encounters(**args) == 2
    assert api.record_encounters(**args) == 0
    assert len(events("encounters_recorded")) == 1
    assert [row.layer for row in api.encounters_of(1, ids["incident_id"], [b.pk])] == ["TUBE"]
    assert len(api.encounters_of(1, ids["incident_id"], [a.pk, c.pk], day)) == 2
    assert api.encounters_of(1, ids["incident_id"], [a.pk], day + timedelta(days=1)) == []


@pytest.mark.parametrize("wrong", ["self", "layer"])
def test_wrong_meetings_are_refused(wrong, ids, area, at):
    a, b = area.people[:2]
    other, layer = (a, "TUBE") if wrong == "self" else (b, "LIFT")
    meeting = api.EncounterFact(a.pk, other.pk, layer, date(2022, 11, 2))
    with pytest.raises(ValueError, match=r"meet|valid"):
        api.record_encounters(**ids, person_uuid=a.uuid, meetings=[meeting], actor=STAFF, at=at)
    assert Encounter.objects.count() == 0


def test_test_days_from_listing_to_sample(ids, tell, area, at):
    a, b = area.people[:2]
    days = [date(2022, 11, day) for day in (4, 5, 7)]
    duties = [api.TestDutyFact(person.pk, day, "Management", new_uuid()) for person in (a, b) for day in days]
    assert api.record_test_duties(**ids, duties=duties, actor=STAFF, at=at) == 6
    assert api.record_test_duties(**ids, duties=duties, actor=STAFF, at=at) == 0
    incident_id = ids["incident_id"]
    assert {row.person_id for row in api.test_duties_on(1, incident_id, days[0])} == {a.pk, b.pk}
    assert api.complete_test_duties(**ids, person_ids=[a.pk], on_date=days[0], done_at=at) == 1
    due = [(row.person_id, row.due_date.day) for row in api.test_duties_on(1, incident_id, days[1])]
    assert due == [(b.pk, 4), (a.pk, 5), (b.pk, 5)]
    assert len(api.test_duties_on(1, incident_id, days[1], with_overdue=False)) == 2
    tell(b, "CASE")
    assert {row.person_id for row in api.test_duties_on(1, incident_id, days[1])} == {a.pk}
    assert api.clear_test_duties(**ids, person_ids=[a.pk, b.pk], from_date=days[1], actor=STAFF, at=at) == 4
    assert [row.due_date.day for row in api.test_duties_of(1, incident_id, [a.pk])[a.pk]] == [4]
    assert [row["count"] for row in events("test_duties_changed")] == [6, 4]


def test_two_rows_that_were_one_person(ids, tell, area, at):
    kept, gone, other = area.people[:3]
    tell(kept, "CONTACT")
    tell(gone, "CASE")
    api.record_encounters(
        **ids,
        person_uuid=gone.uuid,
        meetings=[
            api.EncounterFact(gone.pk, other.pk, "TUBE", at.date()),
            api.EncounterFact(gone.pk, kept.pk, "TUBE", at.date()),
        ],
        actor=STAFF,
        at=at,
    )
    duty = api.TestDutyFact(gone.pk, at.date(), "Management", new_uuid())
    api.record_test_duties(**ids, duties=[duty], actor=STAFF, at=at)
    publish(PeopleMerged(kept.uuid, gone.uuid), area_id=1, at=at)
    deliver_all(area_ids=[1])
    assert stands(ids, kept).kind == "CASE"
    assert stands(ids, gone) is None
    (meeting,) = api.encounters_of(1, ids["incident_id"], [kept.pk])
    assert {meeting.person_a_id, meeting.person_b_id} == {kept.pk, other.pk}
    assert TestDuty.objects.get().person_id == kept.pk
    assert api.follow_merge(area_id=1, kept_uuid=kept.uuid, gone_uuid=gone.uuid, actor=STAFF, at=at) == 0


def test_forgetting_a_person(ids, tell, area, at):
    person, other = area.people[:2]
    tell(person, "CASE")
    meeting = api.EncounterFact(person.pk, other.pk, "TUBE", at.date())
    api.record_encounters(**ids, person_uuid=person.uuid, meetings=[meeting], actor=STAFF, at=at)
    publish(PersonErased(person.uuid), area_id=1, at=at)
    deliver_all(area_ids=[1])
    assert Encounter.objects.count() == 0
    assert api.count_status(1, ids["incident_id"])["CASE"] == 1
    assert AuditEntry.objects.filter(action="incidents.forget").count() == 1
