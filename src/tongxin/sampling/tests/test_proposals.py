"""What sampling proposes, what may be changed of it, and that carrying it out twice does it once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from tongxin.base.ids import new_uuid
from tongxin.dispatch import api as dispatch
from tongxin.incidents import api as incidents
from tongxin.incidents.api import NotEditable
from tongxin.sampling import api, wording
from tongxin.sampling.models import RoundMember, SamplingRound
from tongxin.sampling.tests.stories import STAFF, open_mass, young

DAY = timedelta(days=1)


def propose(incident, at):
    return {line.measure: line for line in api.propose(area_id=1, incident_id=incident.pk, at=at)}


def carry(line, incident, at):
    return api.carry_out(line, area_id=1, incident_id=incident.pk, actor=STAFF, at=at)


@pytest.fixture
def case(area, incident, at):
    person = young(area)[0]
    incidents.set_person_status(
        area_id=1, incident_id=incident.pk, person_id=person.pk, kind="CASE", effective_at=at, sample_date=at.date(),
        cause_kind="Told", cause_uuid=new_uuid(), actor=STAFF, at=at,
    )  # fmt: skip
    return person


@pytest.fixture
def zone(area, incident, at):
    return incidents.raise_zone(
        area_id=1, incident_id=incident.pk, place_kind="BUILDING", place_uuid=area.buildings[0].uuid, level="high",
        evidence=[{"code": "DECIDED_BY_HAND"}], reason="drill", actor=STAFF, at=at,
    )  # fmt: skip


def test_nothing_happened_and_nothing_is_proposed(area, incident, at):
    assert propose(incident, at) == {}


def test_a_case_alone_already_asks_for_a_round_of_the_zones_that_the_plan_proposes(area, incident, case, at):
    line = propose(incident, at)["OPEN_ROUND"]
    assert line.numbers["people"] > 0
    assert line.why == "ZONE_TEST_DAY"
    assert line.rule_key
    assert line.source
    assert set(line.numbers["hands"]) == {"SAMPLING", "REGISTRATION"}
    assert str(wording.WHY[line.why]) % line.numbers


def test_a_zone_is_tested_on_its_days_and_not_between(area, incident, zone, at):
    first = propose(incident, at)["OPEN_ROUND"]
    assert first.body["places"] == [{"kind": "BUILDING", "uuid": str(area.buildings[0].uuid)}]
    made = carry(first, incident, at)
    assert made.counts["persons"] == sum(p.building_id == area.buildings[0].pk for p in area.people)
    assert made.counts["tasks"] > 0
    assert "OPEN_ROUND" not in propose(incident, at)
    assert "OPEN_ROUND" not in propose(incident, at + DAY), "day 2 is an antigen day"
    third = propose(incident, at + 2 * DAY)["OPEN_ROUND"]
    assert third.key != first.key
    carry(third, incident, at + 2 * DAY)
    assert "OPEN_ROUND" not in propose(incident, at + 3 * DAY)
    assert propose(incident, at + 7 * DAY)["OPEN_ROUND"].numbers["since"] == "2022-11-09", "a missed day is not lost"


def test_carried_out_twice_is_done_once(area, incident, zone, at):
    line = propose(incident, at)["OPEN_ROUND"]
    first, again = carry(line, incident, at), carry(line, incident, at)
    assert again.made_uuid == first.made_uuid
    assert again.counts == {"persons": 0, "tasks": 0}
    assert SamplingRound.objects.count() == 1


def test_a_round_of_the_compound_covers_its_buildings(area, incident, zone, at):
    open_mass(incident, area, at)
    assert "OPEN_ROUND" not in propose(incident, at)


def test_an_officer_may_change_size_and_times(area, incident, zone, at):
    line = propose(incident, at)["OPEN_ROUND"]
    api.check_body("OPEN_ROUND", {**line.body, "pool_size": 5})
    made = carry(replace(line, body={**line.body, "pool_size": 5}), incident, at)
    assert SamplingRound.objects.get(uuid=made.made_uuid).pool_size == 5


@pytest.mark.parametrize(
    ("measure", "changes", "field"),
    [
        ("OPEN_ROUND", {"pool_size": "10"}, "pool_size"),
        ("OPEN_ROUND", {"pool_size": 21}, "pool_size"),
        ("OPEN_ROUND", {"pool_size": True}, "pool_size"),
        ("OPEN_ROUND", {"opens_at": "soon"}, "opens_at"),
        ("OPEN_ROUND", {"closes_at": "2022-11-03T00:00:00+08:00"}, "closes_at"),
        ("OPEN_ROUND", {"for_date": None}, "for_date"),
        ("OPEN_ROUND", {"places": []}, "places"),
        ("OPEN_ROUND", {"places": [{"kind": "STREET", "uuid": str(new_uuid())}]}, "places"),
        ("OPEN_ROUND", {"places": [{"kind": "GRID", "uuid": "x"}]}, "places"),
        ("OPEN_ROUND", {"places": "ALL"}, "places"),
        ("OPEN_ROUND", {"note": "张三"}, "note"),
        ("HOME_SAMPLING", {"places": []}, "places"),
        ("BAKE_CAKE", {}, "measure"),
    ],
)
def test_a_body_that_cannot_be_carried_out_is_refused(area, incident, zone, at, measure, changes, field):
    body = dict(propose(incident, at)["OPEN_ROUND"].body)
    if measure == "HOME_SAMPLING":
        body = {"for_date": "2022-11-03", "closes_at": body["closes_at"]}
    with pytest.raises(NotEditable) as refused:
        api.check_body(measure, {**body, **changes})
    assert refused.value.field == field


def duty(person, incident, day, at):
    fact = incidents.TestDutyFact(person.pk, day, "Management", new_uuid())
    incidents.record_test_duties(area_id=1, incident_id=incident.pk, duties=[fact], actor=STAFF, at=at)


def test_people_whose_day_has_come_are_visited_once(area, incident, at):
    first, second, third = young(area)[:3]
    today = timezone.localtime(at).date()
    duty(first, incident, today, at)
    duty(second, incident, today - DAY, at)
    duty(third, incident, today + DAY, at)
    line = propose(incident, at)["HOME_SAMPLING"]
    assert (line.numbers["people"], line.numbers["overdue"]) == (2, 1)
    assert str(wording.WHY[line.why]) % line.numbers
    made = carry(line, incident, at)
    assert made.counts == {"persons": 2, "tasks": 2}
    assert carry(line, incident, at).counts["persons"] == 0
    assert "HOME_SAMPLING" not in propose(incident, at)
    duty(third, incident, today, at)
    more = propose(incident, at)["HOME_SAMPLING"]
    assert more.key != line.key
    assert carry(more, incident, at).made_uuid == made.made_uuid
    assert RoundMember.objects.filter(round__uuid=made.made_uuid).count() == 3
    tasks = dispatch.list_tasks(area_id=1, incident_id=incident.pk, kinds=["HOME_SAMPLING"])
    assert {task.person_id for task in tasks} == {first.pk, second.pk, third.pk}


def test_a_visit_that_failed_yesterday_is_proposed_again_and_a_refusal_of_today_is_not(area, incident, at):
    person = young(area)[0]
    duty(person, incident, timezone.localtime(at).date(), at)
    made = carry(propose(incident, at)["HOME_SAMPLING"], incident, at)
    member = RoundMember.objects.get(round__uuid=made.made_uuid)
    assert "HOME_SAMPLING" in propose(incident, at + DAY), "the window of the visit has passed"
    api.hear_visit(area_id=1, member_uuid=member.uuid, outcome_code="REFUSED", at=at)
    assert "HOME_SAMPLING" not in propose(incident, at)
    assert "HOME_SAMPLING" in propose(incident, at + DAY)


def test_many_positives_advise_smaller_tubes(area, incident, zone, at):
    for person in young(area)[:20]:
        incidents.set_person_status(
            area_id=1, incident_id=incident.pk, person_id=person.pk, kind="SUSPECT", effective_at=at,
            cause_kind="Told", cause_uuid=new_uuid(), actor=STAFF, at=at,
        )  # fmt: skip
    assert api.expected_share(1, incident.pk) == pytest.approx(0.5)
    assert propose(incident, at)["OPEN_ROUND"].body["pool_size"] == 1
    preview = api.needs_preview(
        area_id=1,
        incident_id=incident.pk,
        places=[{"kind": "COMPOUND", "uuid": str(area.compound.uuid)}],
        pool_size=20,
        at=at,
    )
    assert preview.warning is not None
    assert preview.advised_size == 1


@pytest.mark.parametrize(
    ("hour", "opens", "closes"),
    [(8, "03 10:00", "03 20:00"), (17, "04 08:00", "04 18:00"), (2, "03 08:00", "03 18:00")],
)
def test_rounds_do_not_run_into_the_night(incident, hour, opens, closes):
    ordered = timezone.make_aware(timezone.datetime(2022, 11, 3, hour))
    rounds = incidents.rule_set_of(incident, ordered.date()).rounds
    window = [f"{timezone.localtime(moment):%d %H:%M}" for moment in api.round_window(ordered, rounds)]
    assert window == [opens, closes]
