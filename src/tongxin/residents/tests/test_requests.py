"""Needs: one record each, closed only when told back."""

from datetime import timedelta

import pytest

from tongxin.base.outbox import deliver_all
from tongxin.base.versions import StaleVersion
from tongxin.dispatch import api as dispatch
from tongxin.residents import api
from tongxin.residents.tests.conftest import HOUR, STAFF, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def need(paired):
    return api.open_request(**paired.where, person_uuid=paired.listed[0].uuid, kind="FOOD", **paired.by_staff)


def test_a_need_is_closed_only_when_the_person_was_told(paired, need):
    leader = {"actor": paired.cast.actor("grid_leader_1"), "at": paired.at}
    with pytest.raises(api.WrongStep):
        api.tell_back(area_id=1, uuid=need.uuid, version=1, satisfaction=5, **leader)
    need = api.take_request(area_id=1, uuid=need.uuid, version=1, **leader)
    assert need.owner.username == "grid_leader_1"
    with pytest.raises(api.WrongStep):
        api.tell_back(area_id=1, uuid=need.uuid, version=need.version, satisfaction=5, **leader)
    need = api.finish_request(area_id=1, uuid=need.uuid, version=need.version, answer="菜已送到", **leader)
    assert (need.state, need.answer) == ("DONE", "菜已送到")
    need = api.tell_back(area_id=1, uuid=need.uuid, version=need.version, satisfaction=4, **leader)
    assert (need.state, need.satisfaction, need.told_back_at) == ("CLOSED", 4, paired.at)
    assert told("residents.request_closed.v1") == 1


@pytest.mark.parametrize("score", [0, 6, -1])
def test_satisfaction_is_from_one_to_five(need, paired, score):
    with pytest.raises(api.WrongScore):
        api.tell_back(area_id=1, uuid=need.uuid, version=1, satisfaction=score, **paired.by_staff)


def test_two_who_take_the_same_need_hear_of_each_other(paired, need):
    api.take_request(area_id=1, uuid=need.uuid, version=1, **paired.by_staff)
    with pytest.raises(StaleVersion):
        api.take_request(area_id=1, uuid=need.uuid, version=1, **paired.by_staff)


def test_an_answer_needs_words_and_a_need_a_known_kind(paired, need):
    with pytest.raises(api.AnswerMissing):
        api.finish_request(area_id=1, uuid=need.uuid, version=1, answer="  ", **paired.by_staff)
    with pytest.raises(api.UnknownNeed):
        api.open_request(**paired.where, person_uuid=paired.listed[0].uuid, kind="GOLD", **paired.by_staff)
    with pytest.raises(api.UnknownNeed):
        api.pass_on_request(area_id=1, uuid=need.uuid, version=1, owner_role="VOLUNTEER", **paired.by_staff)


def test_a_need_that_was_not_met_is_due_anew(paired, need):
    need = api.finish_request(area_id=1, uuid=need.uuid, version=1, answer="x", **paired.by_staff)
    later = paired.at + timedelta(days=1)
    need = api.reopen_request(area_id=1, uuid=need.uuid, version=need.version, actor=STAFF, at=later)
    assert (need.state, need.escalation_level, need.done_at) == ("IN_HAND", 0, None)
    assert need.due_at > later


def test_a_need_heard_again_after_it_was_done_opens_again(paired, need):
    api.finish_request(area_id=1, uuid=need.uuid, version=1, answer="x", **paired.by_staff)
    again = api.open_request(
        **paired.where, person_uuid=paired.listed[0].uuid, kind="FOOD", actor=STAFF, at=paired.at + HOUR
    )
    assert (again.pk, again.state) == (need.pk, "IN_HAND")


def test_a_need_passed_on_waits_for_the_other_role(paired, need):
    row = api.pass_on_request(area_id=1, uuid=need.uuid, version=1, owner_role="MEDIC", **paired.by_staff)
    assert (row.owner_role, row.owner_id, row.state) == ("MEDIC", None, "OPEN")


def test_a_visit_that_is_done_ends_the_need(paired, need):
    task = api.send_visit(area_id=1, uuid=need.uuid, **paired.by_staff)
    assert api.send_visit(area_id=1, uuid=need.uuid, **paired.by_staff).pk == task.pk
    assert (task.kind, task.person_id) == ("REQUEST_VISIT", paired.listed[0].pk)
    ended = {"area_id": 1, "request_uuid": need.uuid, "actor": STAFF, "at": paired.at}
    assert api.note_visit(**ended, outcome_code="AWAY") is False
    assert api.get_request(1, need.uuid).state == "IN_HAND"
    assert api.note_visit(**ended, outcome_code="COMPLETED") is True
    assert api.note_visit(**ended, outcome_code="COMPLETED") is False
    assert api.get_request(1, need.uuid).state == "DONE"
    with pytest.raises(api.WrongStep):
        api.send_visit(area_id=1, uuid=need.uuid, **paired.by_staff)


def test_the_end_of_a_task_comes_back_through_the_outbox(paired, need):
    task = api.send_visit(area_id=1, uuid=need.uuid, **paired.by_staff)
    dispatch.assign(**paired.where, actor=STAFF, at=paired.at)
    hand = dispatch.list_assignments(area_id=1, task_ids=[task.pk])[task.pk][0]
    dispatch.finish(area_id=1, assignment_uuid=hand.uuid, outcome_code="COMPLETED", actor=STAFF, at=paired.at + HOUR)
    deliver_all()
    assert api.get_request(1, need.uuid).state == "DONE"
