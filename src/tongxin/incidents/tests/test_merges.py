"""Two rows that were one person, and two people again: whose the facts are."""

from datetime import timedelta

import pytest

from tongxin.base.actors import system
from tongxin.base.ids import new_uuid
from tongxin.base.models import AuditEntry, OutboxEvent
from tongxin.base.outbox import deliver_all, publish
from tongxin.community.events import MergeUndone, PeopleMerged
from tongxin.incidents import api
from tongxin.incidents.models import Encounter, MergeTrace, TestDuty

STAFF = system("test")


class Pair:
    """Two people of one compound whose rows are merged and parted."""

    def __init__(self, area, incident, at):
        self.kept, self.gone, self.other = area.people[:3]
        self.where = {"area_id": 1, "incident_id": incident.pk}
        self.at = at

    def tell(self, person, kind, *, cause=None, hours=0, **dates):
        return api.set_person_status(
            **self.where, person_id=person.pk, kind=kind, effective_at=self.at, cause_kind="test",
            cause_uuid=cause or new_uuid(), actor=STAFF, at=self.at + timedelta(hours=hours), **dates,
        )  # fmt: skip

    def meet(self, one, two):
        fact = api.EncounterFact(one.pk, two.pk, "TUBE", self.at.date())
        api.record_encounters(**self.where, person_uuid=one.uuid, meetings=[fact], actor=STAFF, at=self.at)

    def due(self, person, days=0):
        day = self.at.date() + timedelta(days=days)
        facts = [api.TestDutyFact(person.pk, day, "Management", new_uuid())]
        api.record_test_duties(**self.where, duties=facts, actor=STAFF, at=self.at)

    def merge(self, hours=1):
        publish(PeopleMerged(self.kept.uuid, self.gone.uuid), area_id=1, at=self.at + timedelta(hours=hours))
        deliver_all(area_ids=[1])

    def part(self, hours=2):
        publish(MergeUndone(self.kept.uuid, self.gone.uuid), area_id=1, at=self.at + timedelta(hours=hours))
        deliver_all(area_ids=[1])

    def stands(self, person):
        row = api.status_of(1, self.where["incident_id"], [person.pk]).get(person.pk)
        return row.kind if row else ""

    def met(self, person):
        rows = api.encounters_of(1, self.where["incident_id"], [person.pk])
        return sorted(({row.person_a_id, row.person_b_id} - {person.pk}).pop() for row in rows)

    def days(self, person):
        rows = TestDuty.objects.filter(person=person).order_by("due_date")
        return [(row.due_date - self.at.date()).days for row in rows]


@pytest.fixture
def pair(area, incident, at):
    return Pair(area, incident, at)


@pytest.mark.parametrize(
    ("kept", "gone", "together"),
    [("", "CASE", "CASE"), ("CONTACT", "CASE", "CASE"), ("CASE", "CONTACT", "CASE"), ("SUSPECT", "", "SUSPECT")],
)
def test_each_has_their_own_status_again(pair, kept, gone, together):
    for person, kind in ((pair.kept, kept), (pair.gone, gone)):
        if kind:
            pair.tell(person, kind)
    pair.merge()
    assert (pair.stands(pair.kept), pair.stands(pair.gone)) == (together, "")
    pair.part()
    assert (pair.stands(pair.kept), pair.stands(pair.gone)) == (kept, gone)


def test_who_changes_back_is_told_of(pair):
    pair.tell(pair.gone, "CASE")
    pair.merge()
    before = OutboxEvent.objects.filter(kind="incidents.person_status_changed.v1").count()
    pair.part()
    events = OutboxEvent.objects.filter(kind="incidents.person_status_changed.v1").order_by("id")[before:]
    assert {(row.payload["person_uuid"], row.payload["previous"], row.payload["kind"]) for row in events} == {
        (str(pair.kept.uuid), "CASE", ""),
        (str(pair.gone.uuid), "", "CASE"),
    }
    entry = AuditEntry.objects.get(action="incidents.undo_merge")
    assert (entry.target_uuid, entry.detail) == (pair.gone.uuid, {"facts": 1})


def test_what_was_told_since_stays_with_the_person_who_stayed(pair):
    pair.tell(pair.gone, "CONTACT")
    pair.merge()
    pair.tell(pair.kept, "CASE", hours=1)
    pair.part()
    assert (pair.stands(pair.kept), pair.stands(pair.gone)) == ("CASE", "CONTACT")


def test_a_fact_that_both_had_holds_for_both_again(pair):
    cause = new_uuid()
    pair.tell(pair.kept, "CONTACT", cause=cause)
    pair.tell(pair.gone, "CONTACT", cause=cause)
    pair.merge()
    pair.part()
    assert (pair.stands(pair.kept), pair.stands(pair.gone)) == ("CONTACT", "CONTACT")


def test_a_fact_that_was_withdrawn_while_they_were_one_stays_withdrawn(pair):
    fact = pair.tell(pair.gone, "CASE")
    pair.merge()
    api.withdraw_status(area_id=1, uuid=fact.uuid, reason="WRONG_PERSON", actor=STAFF, at=pair.at)
    pair.part()
    assert (pair.stands(pair.kept), pair.stands(pair.gone)) == ("", "")


def test_meetings_go_back_to_whom_they_were_told_of(pair):
    pair.meet(pair.gone, pair.other)
    pair.meet(pair.gone, pair.kept)
    pair.merge()
    assert pair.met(pair.kept) == [pair.other.pk]
    pair.part()
    assert pair.met(pair.gone) == sorted([pair.kept.pk, pair.other.pk])
    assert pair.met(pair.kept) == [pair.gone.pk]


def test_a_meeting_that_both_had_is_of_both_again(pair):
    pair.meet(pair.gone, pair.other)
    pair.meet(pair.kept, pair.other)
    pair.merge()
    pair.part()
    assert pair.met(pair.gone) == pair.met(pair.kept) == [pair.other.pk]
    assert Encounter.objects.count() == 2


def test_test_days_go_back(pair):
    pair.due(pair.gone, days=0)
    pair.due(pair.gone, days=2)
    pair.due(pair.kept, days=2)
    pair.merge()
    assert (pair.days(pair.kept), pair.days(pair.gone)) == ([0, 2], [])
    pair.part()
    assert (pair.days(pair.kept), pair.days(pair.gone)) == ([2], [0, 2])


def test_a_test_that_was_kept_meanwhile_stays_with_who_was_sampled(pair):
    pair.due(pair.gone)
    pair.merge()
    api.complete_test_duties(**pair.where, person_ids=[pair.kept.pk], on_date=pair.at.date(), done_at=pair.at)
    pair.part()
    done = dict(TestDuty.objects.values_list("person_id", "done_at"))
    assert done == {pair.kept.pk: pair.at, pair.gone.pk: None}


def test_parted_twice_moves_nothing_more(pair):
    pair.tell(pair.gone, "CASE")
    pair.merge()
    pair.part()
    pair.tell(pair.kept, "CASE", hours=3)
    pair.part(hours=4)
    assert (pair.stands(pair.kept), pair.stands(pair.gone)) == ("CASE", "CASE")


def test_merged_and_parted_again(pair):
    pair.tell(pair.gone, "CASE")
    for round_ in (0, 10):
        pair.merge(hours=round_ + 1)
        assert pair.stands(pair.gone) == ""
        pair.part(hours=round_ + 2)
        assert pair.stands(pair.gone) == "CASE"
    assert MergeTrace.objects.exclude(undone_at=None).count() == 2


def test_a_merge_that_is_heard_of_after_it_was_taken_back_moves_nothing(pair):
    pair.tell(pair.gone, "CASE")
    pair.part(hours=2)
    pair.merge(hours=1)
    assert (pair.stands(pair.kept), pair.stands(pair.gone)) == ("", "CASE")


def test_people_who_are_not_there_change_nothing(pair, at):
    where = {"area_id": 1, "actor": STAFF, "at": at}
    assert api.undo_merge(kept_uuid=new_uuid(), returned_uuid=pair.gone.uuid, **where) == 0
    assert api.undo_merge(kept_uuid=pair.kept.uuid, returned_uuid=new_uuid(), **where) == 0
    assert not MergeTrace.objects.exists()


def test_another_compound_gives_nothing_back(pair, other_area, at):
    pair.tell(pair.gone, "CASE")
    pair.merge()
    asked = {"kept_uuid": pair.kept.uuid, "returned_uuid": pair.gone.uuid}
    assert api.undo_merge(area_id=2, **asked, actor=STAFF, at=at) == 0
    assert pair.stands(pair.kept) == "CASE"


def test_who_is_forgotten_leaves_no_trace(pair, at):
    pair.tell(pair.gone, "CASE")
    pair.merge()
    api.forget(area_id=1, person_uuid=pair.gone.uuid, at=at, actor=STAFF)
    assert not MergeTrace.objects.exists()
