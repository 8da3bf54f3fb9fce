"""Calls: what an entry writes, what it refuses, how it is taken back; what is late goes up."""

from datetime import timedelta

import pytest

from tongxin.base.models import AuditEntry, OutboxEvent
from tongxin.base.outbox import deliver_all
from tongxin.dispatch import api as dispatch
from tongxin.residents import api
from tongxin.residents.models import Escalation, LiaisonCall, Request, RoundShare
from tongxin.residents.tests.conftest import HOUR, STAFF, told

pytestmark = pytest.mark.django_db


# ---------- calls ----------
def test_a_caller_has_own_people_in_the_order_of_their_doors(in_round):
    listed = in_round.calls_of("caller")
    assert (listed.done, listed.total) == (0, 7)
    doors = [call.person.sort_key for call in listed.left]
    assert doors == sorted(doors)
    assert listed.next == listed.left[0]


def test_a_need_becomes_a_request_with_an_owner_and_a_due_time(in_round):
    call = in_round.calls_of("caller").next
    actor, now = in_round.cast.actor("caller"), in_round.at + 2 * HOUR
    needs = [api.Need("FOOD"), api.Need("EMERGENCY")]
    api.log_call(area_id=1, call_uuid=call.uuid, outcome="NEED", needs=needs, note="要蔬菜", actor=actor, at=now)
    food, emergency = Request.objects.get(kind="FOOD"), Request.objects.get(kind="EMERGENCY")
    assert (food.owner_role, food.urgency, food.state) == ("GRID_LEADER", "TODAY", "OPEN")
    assert (emergency.owner_role, emergency.due_at) == ("MEDIC", now + timedelta(minutes=30))
    assert food.text == "要蔬菜"
    assert (food.call_id, food.grid_id, food.found_by) == (call.pk, call.grid_id, "caller")
    assert told("residents.request_opened.v1") == 2
    assert told("residents.call_logged.v1") == 1


def test_no_words_of_a_person_leave_the_sealed_fields(in_round):
    call = in_round.calls_of("caller").next
    secret = "胸口疼要速效救心丸"
    api.log_call(
        area_id=1, call_uuid=call.uuid, outcome="NEED", needs=[api.Need("MEDICINE")], note=secret, **in_round.by_staff
    )
    texts = [str(row.payload) for row in OutboxEvent.objects.all()]
    texts += [str(row.detail) for row in AuditEntry.objects.all()]
    texts += [str(row) for row in LiaisonCall.objects.values_list("before", "note")]
    texts += [str(row) for row in Request.objects.values_list("text")]
    assert not [text for text in texts if secret in text or call.person.name in text]
    assert LiaisonCall.objects.get(pk=call.pk).note == secret


@pytest.mark.parametrize(("days", "urgency"), [(1, "TODAY"), (5, "NORMAL"), (30, None)])
def test_medicine_that_runs_out_is_a_need_of_a_fine_person(in_round, days, urgency):
    call = in_round.calls_of("caller").next
    api.log_call(area_id=1, call_uuid=call.uuid, outcome="FINE", medicine_days_left=days, **in_round.by_staff)
    found = list(Request.objects.values_list("kind", "urgency"))
    assert found == ([("MEDICINE", urgency)] if urgency else [])


def test_the_same_need_is_one_record_however_often_it_is_heard(in_round):
    call = in_round.calls_of("caller").next
    for urgency, text in (("NORMAL", "米"), ("LIFE", "断粮"), ("NORMAL", "米")):
        row = api.open_request(
            **in_round.where,
            person_uuid=call.person.uuid,
            kind="FOOD",
            urgency=urgency,
            text=text,
            **in_round.by_staff,
        )
    assert Request.objects.count() == 1
    assert (row.urgency, row.due_at) == ("LIFE", in_round.at + timedelta(minutes=30))
    assert Request.objects.get().text == "米\n断粮"


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"outcome": "NEED"}, api.WrongOutcome),
        ({"outcome": "MAYBE"}, api.WrongOutcome),
        ({"outcome": "FINE", "needs": [api.Need("FOOD")]}, api.WrongOutcome),
        ({"outcome": "FINE", "medicine_days_left": -1}, api.WrongMedicineDays),
        ({"outcome": "FINE", "medicine_days_left": 366}, api.WrongMedicineDays),
        ({"outcome": "NEED", "needs": [api.Need("FOOD", "SOON")]}, api.UnknownNeed),
    ],
)
def test_a_wrong_entry_is_refused_whole(in_round, changes, refusal):
    call = in_round.calls_of("caller").next
    with pytest.raises(refusal):
        api.log_call(area_id=1, call_uuid=call.uuid, **changes, **in_round.by_staff)
    assert LiaisonCall.objects.get(pk=call.pk).state == "DUE"
    assert not Request.objects.exists()


def test_who_was_not_reached_comes_round_again_last(in_round):
    first = in_round.calls_of("caller").next
    api.log_call(area_id=1, call_uuid=first.uuid, outcome="UNREACHED", **in_round.by_staff)
    listed = in_round.calls_of("caller")
    assert listed.left[-1] == first
    assert listed.done == 0
    again = api.log_call(area_id=1, call_uuid=first.uuid, outcome="FINE", **in_round.by_staff)
    assert (again.state, again.tries) == ("FINE", 2)


def test_an_entry_and_its_needs_can_be_taken_back_for_some_seconds(in_round):
    call = in_round.calls_of("caller").next
    api.log_call(
        area_id=1, call_uuid=call.uuid, outcome="NEED", needs=[api.Need("FOOD")], note="x", **in_round.by_staff
    )
    back = api.undo_call(area_id=1, call_uuid=call.uuid, actor=STAFF, at=in_round.at + timedelta(seconds=9))
    assert (back.state, back.tries, back.called_at, back.note) == ("DUE", 0, None, "")
    assert Request.objects.get().state == "WITHDRAWN"
    with pytest.raises(api.NothingToUndo):
        api.undo_call(area_id=1, call_uuid=call.uuid, actor=STAFF, at=in_round.at + timedelta(seconds=9))


def test_too_late_or_in_somebodys_hands_nothing_is_taken_back(in_round):
    call = in_round.calls_of("caller").next
    api.log_call(area_id=1, call_uuid=call.uuid, outcome="NEED", needs=[api.Need("FOOD")], **in_round.by_staff)
    with pytest.raises(api.NothingToUndo):
        api.undo_call(area_id=1, call_uuid=call.uuid, actor=STAFF, at=in_round.at + timedelta(seconds=21))
    need = Request.objects.get()
    leader = in_round.cast.actor("grid_leader_1")
    api.take_request(area_id=1, uuid=need.uuid, version=need.version, actor=leader, at=in_round.at)
    with pytest.raises(api.NothingToUndo):
        api.undo_call(area_id=1, call_uuid=call.uuid, actor=STAFF, at=in_round.at + timedelta(seconds=5))


def test_the_task_ends_with_the_last_call(in_round):
    deliver_all()
    now = in_round.at + 2 * HOUR
    for call in in_round.calls_of("caller").left:
        api.log_call(area_id=1, call_uuid=call.uuid, outcome="FINE", actor=STAFF, at=now)
    share = RoundShare.objects.get(caller__code="caller")
    assert api.finish_share(area_id=1, share_uuid=share.uuid, at=now) is True
    assert api.finish_share(area_id=1, share_uuid=share.uuid, at=now) is False
    task = dispatch.find_task(
        **in_round.where, kind="CALL_ROUND", origin_kind="residents.share", origin_uuid=share.uuid
    )
    assert (task.state, task.outcome_code, task.outcome["reached"]) == ("DONE", "COMPLETED", 7)


def test_a_share_with_open_calls_ends_only_with_its_window(in_round):
    deliver_all()
    share = RoundShare.objects.get(caller__code="caller")
    assert api.finish_share(area_id=1, share_uuid=share.uuid, at=in_round.at + 2 * HOUR) is False
    api.keep_time(area_id=1, at=in_round.at + 5 * HOUR)
    task = dispatch.find_task(
        **in_round.where, kind="CALL_ROUND", origin_kind="residents.share", origin_uuid=share.uuid
    )
    assert (task.state, task.outcome_code) == ("DONE", "PARTLY")


# ---------- escalation ----------
def test_late_calls_go_up_step_by_step_and_each_step_once(in_round):
    end = in_round.at + timedelta(hours=4, minutes=30)
    reached = in_round.calls_of("caller").next
    api.log_call(area_id=1, call_uuid=reached.uuid, outcome="FINE", **in_round.by_staff)
    assert api.escalate_late(area_id=1, at=end - timedelta(minutes=1)).calls == 0
    expected = [(0, 19, "DEPUTY"), (60, 19, "GRID_LEADER"), (120, 19, "COMMUNITY"), (600, 0, "COMMUNITY")]
    for minutes, steps, role in expected:
        now = end + timedelta(minutes=minutes)
        assert api.escalate_late(area_id=1, at=now).calls == steps
        assert api.escalate_late(area_id=1, at=now).calls == 0
        assert set(LiaisonCall.objects.filter(state="DUE").values_list("escalated_to", flat=True)) == {role}
    assert Escalation.objects.filter(call__isnull=False).count() == 57
    assert not Escalation.objects.filter(call=reached).exists()


def test_the_deputy_sees_what_is_late(in_round):
    late = in_round.calls_of("caller").next
    deputy = late.pair.deputy.code
    end = in_round.at + timedelta(hours=4, minutes=31)
    assert late not in in_round.calls_of(deputy, end).for_others
    api.escalate_late(area_id=1, at=end)
    assert late in in_round.calls_of(deputy, end).for_others


def test_who_cannot_be_reached_gets_a_knock_at_the_door(in_round):
    end = in_round.at + timedelta(hours=4, minutes=30)
    steps = api.escalate_late(area_id=1, at=end + HOUR)
    assert steps.door_checks == 20
    assert set(Request.objects.values_list("kind", "owner_role")) == {("DOOR_CHECK", "GRID_LEADER")}
    api.escalate_late(area_id=1, at=end + 2 * HOUR)
    assert Request.objects.count() == 20


def test_late_requests_go_up_too(paired):
    row = api.open_request(**paired.where, person_uuid=paired.listed[0].uuid, kind="EMERGENCY", **paired.by_staff)
    due = paired.at + timedelta(minutes=30)
    assert api.escalate_late(area_id=1, at=due - timedelta(minutes=1)).requests == 0
    assert api.escalate_late(area_id=1, at=due).requests == 1
    assert api.escalate_late(area_id=1, at=due + 3 * HOUR).requests == 2
    assert api.escalate_late(area_id=1, at=due + 3 * HOUR).requests == 0
    assert [step.told_role for step in api.escalations_of(row)] == ["MEDIC", "GRID_LEADER", "COMMUNITY"]
