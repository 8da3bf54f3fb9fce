"""A case that was told of the wrong person: withdrawn by two officers, and what follows in every room, nothing silently.

The person's own list of contacts is proposed for release and stays until somebody approves that; their tests, visits and
the interview go; who was a contact of somebody else stays one; the plan shows the difference.
"""

from datetime import timedelta

import pytest

from tongxin.base import clock
from tongxin.base.actors import system
from tongxin.base.ids import new_uuid
from tongxin.base.models import QueueItem
from tongxin.dispatch import api as dispatch
from tongxin.hq import api as hq
from tongxin.incidents import api as incidents
from tongxin.sampling import api as sampling
from tongxin.sampling.models import RoundMember
from tongxin.tracing import api as tracing
from tongxin.tracing.models import ContactLink, Management

from .test_positive_result import deliver

LAB = system("laboratory")


class Story:
    def __init__(self, area, incident, cast, at):
        self.area, self.incident, self.cast, self.at = area, incident, cast, at
        self.where = {"area_id": area.area_id, "incident_id": incident.pk}

    def by(self, name):
        return {"actor": self.cast.actor(name), "at": self.at}

    def later(self, hours):
        self.at += timedelta(hours=hours)

    def fall_ill(self, person):
        row = incidents.set_person_status(
            **self.where,
            person_id=person.pk,
            kind="CASE",
            effective_at=self.at,
            cause_kind="Tube",
            cause_uuid=new_uuid(),
            sample_date=clock.local_date(self.at),
            actor=LAB,
            at=self.at,
        )
        deliver()
        for line in tracing.propose(**self.where, at=self.at):
            if line.measure in ("LIST_CONTACTS", "INTERVIEW"):
                tracing.carry_out(line, **self.where, **self.by("commander"))
        deliver()
        return row

    def withdraw(self, fact):
        self.later(hours=1)
        asked = incidents.ask_withdrawal(
            **self.where,
            person_id=fact.person_id,
            fact_uuids=[fact.uuid],
            reason="WRONG_PERSON",
            **self.by("commander"),
        )
        incidents.agree_withdrawal(area_id=1, uuid=asked.uuid, **self.by("second_commander"))
        deliver()

    def kind(self, person):
        row = incidents.status_of(1, self.incident.pk, [person.pk]).get(person.pk)
        return row.kind if row else ""

    def managed(self):
        rows = Management.objects.filter(state="ACTIVE")
        return set(rows.values_list("person_id", flat=True))

    def contacts(self, person):
        rows = ContactLink.objects.filter(case_person=person, state="LISTED")
        return set(rows.values_list("person_id", flat=True))

    def interviews(self):
        tasks = dispatch.list_tasks(**self.where, kinds=["CASE_INTERVIEW"])
        return {person: state == "CANCELLED" for person, state in tasks.values_list("person_id", "state")}

    def tested(self, days):
        """Who has a test due on a day."""
        day = clock.local_date(self.at) + timedelta(days=days)
        return {duty.person_id for duty in incidents.test_duties_on(1, self.incident.pk, day) if duty.done_at is None}

    def home_line(self, days):
        at = self.at + timedelta(days=days)
        lines = sampling.propose(**self.where, at=at)
        return next((line for line in lines if line.measure == "HOME_SAMPLING"), None)


@pytest.fixture
def story(area, incident, cast, at):
    return Story(area, incident, cast, at)


@pytest.fixture
def pair(story, area):
    """A real case in 1-1-101 and a wrong one behind a door of building 3, each with contacts."""
    right, wrong = area.by_door["1-1-101"][0], area.by_door["3-1-101"][0]
    return right, wrong, story.fall_ill(right), story.fall_ill(wrong)


def test_contacts_are_proposed_for_release_and_never_released_silently(story, pair):
    _right, wrong, _, fact = pair
    theirs = story.contacts(wrong)
    assert theirs
    before = story.managed()
    story.withdraw(fact)
    assert story.kind(wrong) == ""
    assert story.managed() == before, "nobody is released because a fact was withdrawn"
    [line] = [line for line in tracing.propose(**story.where, at=story.at) if line.target_uuid == wrong.uuid]
    assert (line.measure, line.why, line.numbers["gone"]) == ("LIST_CONTACTS", "NO_CASE_ANY_MORE", len(theirs))


def test_approved_the_release_leaves_contacts_of_the_other_case_alone(story, pair):
    right, wrong, _, fact = pair
    others = story.contacts(right)
    only_theirs = story.contacts(wrong) - others - {right.pk}
    story.withdraw(fact)
    [line] = [line for line in tracing.propose(**story.where, at=story.at) if line.target_uuid == wrong.uuid]
    tracing.carry_out(line, **story.where, **story.by("commander"))
    deliver()
    assert story.contacts(wrong) == set()
    assert not only_theirs & story.managed()
    assert others <= story.managed()
    assert story.kind(right) == "CASE"
    assert not [line for line in tracing.propose(**story.where, at=story.at) if line.target_uuid == wrong.uuid]


def test_the_home_round_keeps_contacts_until_they_are_released(story, pair):
    right, wrong, _, fact = pair
    only_theirs = story.contacts(wrong) - story.contacts(right) - {right.pk}
    assert only_theirs <= story.tested(days=1)
    story.withdraw(fact)
    assert only_theirs <= story.tested(days=1), "until the release is approved their tests are due"
    waiting = story.home_line(days=1)
    [line] = [line for line in tracing.propose(**story.where, at=story.at) if line.target_uuid == wrong.uuid]
    tracing.carry_out(line, **story.where, **story.by("commander"))
    deliver()
    assert not only_theirs & story.tested(days=1)
    left = story.home_line(days=1)
    assert waiting.numbers["people"] - (left.numbers["people"] if left else 0) == len(only_theirs)
    assert story.contacts(right) & story.tested(days=1)


def test_the_interview_is_taken_off_the_lists_and_comes_back_with_the_case(story, pair):
    right, wrong, _, fact = pair
    assert story.interviews() == {right.pk: False, wrong.pk: False}
    story.withdraw(fact)
    assert story.interviews() == {right.pk: False, wrong.pk: True}
    incidents.put_back(area_id=1, uuid=fact.uuid, **story.by("commander"))
    deliver()
    lines = [line for line in tracing.propose(**story.where, at=story.at) if line.target_uuid == wrong.uuid]
    assert [line.measure for line in lines] == ["INTERVIEW"], "the contacts are on the list still"


def test_who_was_a_contact_before_is_one_again_with_tests(story, pair):
    right, _, _, _ = pair
    mate = next(person for person in story.area.by_door["1-1-101"] if person.pk != right.pk)
    fact = story.fall_ill(mate)
    assert mate.pk not in story.managed()
    story.withdraw(fact)
    assert story.kind(mate) == "CONTACT"
    assert mate.pk in story.managed()
    duties = incidents.test_duties_of(1, story.incident.pk, [mate.pk])[mate.pk]
    assert any(duty.done_at is None for duty in duties)


def test_the_lists_of_open_rounds_have_the_person_again(story, pair):
    right, wrong, _, fact = pair
    opened = sampling.open_round(
        **story.where,
        kind="MASS",
        opens_at=story.at,
        closes_at=story.at + timedelta(hours=6),
        places=[{"kind": "COMPOUND", "uuid": str(story.area.compound.uuid)}],
        origin_kind="HAND",
        origin_uuid=new_uuid(),
        **story.by("commander"),
    )
    members = RoundMember.objects.filter(round=opened)
    assert members.get(person=wrong).state == members.get(person=right).state == "EXEMPT"
    story.withdraw(fact)
    assert members.get(person=wrong).state == "DUE"
    assert members.get(person=right).state == "EXEMPT"
    assert (
        sampling.list_again(
            area_id=1, incident_uuid=story.incident.uuid, person_uuid=wrong.uuid, actor=LAB, at=story.at
        )
        == 0
    ), "twice is once"
    assert (
        sampling.list_again(
            area_id=1, incident_uuid=story.incident.uuid, person_uuid=right.uuid, actor=LAB, at=story.at
        )
        == 0
    ), "a case stays off the lists"


def test_the_plan_is_drafted_anew_and_shows_the_release(story, pair):
    _right, wrong, _, fact = pair
    before = hq.current_plan(area_id=1, incident_id=story.incident.pk)
    QueueItem.objects.filter(handler=hq.REDRAFT_JOB).delete()
    story.withdraw(fact)
    assert QueueItem.objects.filter(handler=hq.REDRAFT_JOB).exists(), "the withdrawal asks for a redraft"
    # a slot of its own: requests of the same few seconds become one draft
    hq.run_redraft(area_id=1, incident_uuid=story.incident.uuid, trigger="STATUS", slot=1, at=story.at)
    after = hq.current_plan(area_id=1, incident_id=story.incident.pk)
    assert after.number > before.number
    lines = {view.line.why: view.line for view in hq.list_lines(after)}
    assert str(lines["NO_CASE_ANY_MORE"].target_uuid) == str(wrong.uuid)
