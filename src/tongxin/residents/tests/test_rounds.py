"""Rounds: one call a person, one task a caller, each window once."""

import pytest

from tongxin.base.outbox import deliver_all, enqueue_periodic
from tongxin.dispatch import api as dispatch
from tongxin.residents import api
from tongxin.residents.models import CallRound, RoundShare
from tongxin.residents.tests.conftest import HOUR, STAFF, audited, told
from tongxin.workforce import api as workforce

pytestmark = pytest.mark.django_db


def test_a_round_has_one_call_a_person_and_one_task_a_caller(paired):
    row = paired.open_round()
    assert row.calls.count() == 20
    tasks = dispatch.list_tasks(**paired.where, kinds=["CALL_ROUND"])
    assert sorted(task.params["people"] for task in tasks) == [6, 7, 7]
    assert sorted(task.duration_min for task in tasks) == [30, 35, 35]
    assert audited("residents.round.opened") == told("residents.call_round_opened.v1") == 1


def test_the_task_goes_to_that_very_caller(in_round):
    deliver_all()
    for share in RoundShare.objects.all():
        task = dispatch.find_task(
            **in_round.where, kind="CALL_ROUND", origin_kind="residents.share", origin_uuid=share.uuid
        )
        hands = dispatch.list_assignments(area_id=1, task_ids=[task.pk])[task.pk]
        assert [hand.responder_id for hand in hands] == [share.caller_id]


def test_who_has_no_shift_is_stood_in_for(paired):
    workforce.Shift.objects.filter(responder__code="tracer").update(cancelled_at=paired.at)
    row = paired.open_round()
    outcome = api.hand_out_round(area_id=1, round_uuid=row.uuid, at=paired.at)
    assert outcome == {"given": 2, "left_to_dispatch": 1}
    dispatch.assign(**paired.where, actor=STAFF, at=paired.at)
    api.follow_assignments(area_id=1, incident_uuid=paired.incident.uuid, at=paired.at)
    share = RoundShare.objects.get(caller__code="tracer")
    assert share.stand_in is not None
    listed = paired.calls_of(share.stand_in.code)
    assert {call.caller.code for call in listed.left} == {share.stand_in.code, "tracer"}


def test_the_same_window_is_never_opened_twice(paired):
    assert paired.open_round().pk == paired.open_round().pk
    assert CallRound.objects.count() == 1
    assert dispatch.list_tasks(**paired.where).count() == 3


@pytest.mark.parametrize(
    ("starts", "ends"), [(4, 1), (1, 1), (-3, -1), (0, 25)], ids=["backwards", "empty", "over", "too long"]
)
def test_a_window_must_make_sense(paired, starts, ends):
    with pytest.raises(api.WrongWindow):
        paired.open_round(starts_at=paired.at + starts * HOUR, ends_at=paired.at + ends * HOUR)
    assert not CallRound.objects.exists()


def test_a_round_without_pairs_is_refused_and_leaves_nothing(story):
    with pytest.raises(api.NobodyPaired):
        story.open_round()
    assert not CallRound.objects.exists()


def test_the_clock_opens_the_running_window_once(paired):
    assert api.open_due_rounds(area_id=1, at=paired.at) is None
    row = api.open_due_rounds(area_id=1, at=paired.at + 2 * HOUR)
    assert row.number == 1
    assert api.open_due_rounds(area_id=1, at=paired.at + 2 * HOUR) is None
    assert api.open_due_rounds(area_id=2, at=paired.at + 2 * HOUR) is None


def test_the_periodic_job_opens_and_escalates(paired):
    enqueue_periodic(at=paired.at + 2 * HOUR)
    deliver_all()
    assert CallRound.objects.count() == 1
