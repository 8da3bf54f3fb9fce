"""Stories of their own: what is found without the usual case, and under the rules of other diseases."""

from datetime import date, timedelta

import pytest

from tongxin.base import outbox
from tongxin.base.models import AuditEntry, OutboxEvent
from tongxin.tracing import api
from tongxin.tracing.models import ContactLink, Investigation

TODAY = date(2022, 11, 3)


def day(number):
    return TODAY + timedelta(days=number)


def test_a_contact_opens_no_investigation(story):
    story.tell(story.area.people[0], kind="CONTACT")
    outbox.deliver_all()
    assert not Investigation.objects.exists()


def test_somebody_found_late_is_tested_today_and_counted_from_the_last_contact(story):
    person = story.area.by_door["1-1-101"][0]
    story.make_case(person, at=story.at - timedelta(days=4), onset_date=day(-6))
    story.list_contacts(person)
    mate = next(p for p in story.area.by_door["1-1-101"] if p != person)
    assert story.managed(mate).last_contact_date == day(-4)
    assert story.managed(mate).release_date == day(6)
    assert [d.due_date for d in story.tests_of(mate)] == [day(n) for n in (0, 1, 3, 6)]


@pytest.mark.parametrize(("profile", "is_known"), [("measles", True), ("covid-cn", False)])
def test_immunity_is_a_reason_only_where_the_rules_free_the_immune(story, profile, is_known):
    story.incident.profile_id = profile
    story.incident.save()
    assert ("IMMUNE" in api.exclusion_reasons(story.incident, at=story.at)) is is_known


def test_measles_looks_back_from_the_rash_and_names_no_secondary_contacts(story):
    story.incident.profile_id = "measles"
    story.incident.save()
    child = story.area.by_door["1-1-101"][0]
    story.make_case(child, onset_date=day(-4))
    assert story.investigation(child).lookback_date == day(-8)
    story.interview(child, rash_date=day(-1))
    assert story.investigation(child).lookback_date == day(-5)
    story.list_contacts(child)
    assert set(ContactLink.objects.values_list("degree", flat=True)) == {"CONTACT"}
    mate = next(p for p in story.area.by_door["1-1-101"] if p != child)
    assert story.managed(mate).release_date == day(21)
    assert story.tests_of(mate) == []


def test_a_vector_profile_exposes_who_lives_within_the_radius(story):
    story.incident.profile_id = "chikungunya"
    story.incident.save()
    patient = story.area.by_door["1-1-101"][0]
    story.make_case(patient)
    found = api.trace(**story.where, person_id=patient.pk, at=story.at)
    near = {k.person_id for k in found if k.layer == "RADIUS"}
    inside = {p.pk for p in story.area.people if p.building.number in ("1", "2")} - {patient.pk}
    assert near == inside  # building 3 stands 120 m away, the rule says 100
    assert {k.degree for k in found} == {"EXPOSED"}
    metres = {k.evidence["metres"] for k in found if k.layer == "RADIUS"}
    assert metres == {0, 60}
    story.list_contacts(patient)
    assert story.status(story.area.by_door["2-1-101"][0]) == "EXPOSED"


def test_proposing_writes_nothing_and_works_before_the_investigation_is_open(story):
    person = story.area.by_door["1-1-101"][0]
    story.make_case(person, deliver=False)
    before = (AuditEntry.objects.count(), OutboxEvent.objects.count())
    assert {line.measure for line in story.propose()} == {"LIST_CONTACTS", "INTERVIEW"}
    assert (AuditEntry.objects.count(), OutboxEvent.objects.count()) == before
    assert not Investigation.objects.exists()
