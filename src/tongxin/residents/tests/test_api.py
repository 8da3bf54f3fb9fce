"""What the api writes: rows, tasks, outbox, audit; what it refuses; what a repeat does."""

from collections import Counter
from datetime import timedelta
from io import BytesIO
from uuid import UUID

import pytest
from openpyxl import load_workbook

from tongxin.base.ids import new_uuid
from tongxin.base.models import AuditEntry, OutboxEvent
from tongxin.base.outbox import deliver_all, enqueue_periodic
from tongxin.base.versions import StaleVersion
from tongxin.community import api as community
from tongxin.dispatch import api as dispatch
from tongxin.incidents import api as incidents
from tongxin.residents import api
from tongxin.residents.models import CallRound, Escalation, LiaisonCall, LiaisonPair, Request, RoundShare
from tongxin.residents.tests.conftest import CODES, STAFF
from tongxin.workforce import api as workforce

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def open_pairs():
    return LiaisonPair.objects.filter(ends_at=None)


def audited(action):
    return AuditEntry.objects.filter(action=action).count()


def told(kind):
    return OutboxEvent.objects.filter(kind=kind).count()


# ---------- pairing ----------
def test_everybody_gets_one_caller_and_a_deputy_who_is_somebody_else(story):
    done = story.pair()
    assert (done.listed, done.opened, done.kept) == (20, 20, 0)
    counts = Counter(open_pairs().values_list("caller__code", flat=True))
    assert set(counts) == {"caller", "seconded", "tracer"}
    assert max(counts.values()) - min(counts.values()) <= 1
    assert all(pair.deputy_id and pair.deputy_id != pair.caller_id for pair in open_pairs())
    assert all(pair.reason["codes"][-1] == "LEAST_LOAD" for pair in open_pairs())
    assert audited("residents.pairs.changed") == told("residents.pairs_changed.v1") == 1


def test_pairing_again_changes_nothing(paired):
    before = list(open_pairs().order_by("id").values_list("id", flat=True))
    assert paired.pair().changed == 0
    assert list(open_pairs().order_by("id").values_list("id", flat=True)) == before
    assert told("residents.pairs_changed.v1") == 1


def test_the_first_class_of_the_list_counts(story):
    both = story.listed[0]
    community.add_care(area_id=1, needs=[(both, {"RETIRED_STAFF": ""}, None)], **story.by_staff)
    story.pair()
    assert open_pairs().get(person=both).care_code == "RETIRED_LEADER"


def test_who_leaves_the_list_loses_the_pair_and_who_comes_gets_one(paired):
    gone, new = paired.listed[0], paired.area.people[25]
    community.end_care(area_id=1, person_uuid=gone.uuid, code=CODES[0], **paired.by_staff)
    community.add_care(area_id=1, needs=[(new, {CODES[1]: ""}, None)], **paired.by_staff)
    done = paired.pair(paired.at + HOUR)
    assert (done.opened, done.closed, done.kept) == (1, 1, 19)
    assert not open_pairs().filter(person=gone).exists()
    assert open_pairs().filter(person=new).exists()


def test_when_a_caller_drops_out_the_deputies_take_over(paired):
    lost = paired.cast.responders["caller"]
    deputies = dict(open_pairs().filter(caller=lost).values_list("person_id", "deputy_id"))
    workforce.set_active(area_id=1, uuid=lost.uuid, is_active=False, **paired.by_staff)
    needed = api.pairing_needed(**paired.where, at=paired.at)
    assert (needed.caller_gone, needed.callers_gone, needed.unpaired) == (len(deputies), 1, 0)
    paired.pair(paired.at + HOUR)
    for person_id, deputy_id in deputies.items():
        pair = open_pairs().get(person_id=person_id)
        assert (pair.caller_id, pair.reason["why"]) == (deputy_id, "WAS_DEPUTY")
        assert pair.deputy_id not in (None, pair.caller_id, lost.pk)
    assert not open_pairs().filter(deputy=lost).exists()
    assert api.pairing_needed(**paired.where, at=paired.at).is_needed is False


def test_open_calls_go_along_with_a_pair(in_round):
    lost = in_round.cast.responders["caller"]
    workforce.set_active(area_id=1, uuid=lost.uuid, is_active=False, **in_round.by_staff)
    in_round.pair(in_round.at + HOUR)
    assert not LiaisonCall.objects.filter(caller=lost, state="DUE").exists()
    assert LiaisonCall.objects.filter(state="DUE").count() == 20


def test_a_day_off_is_covered_and_a_long_absence_moves_people(paired):
    away = paired.cast.responders["caller"]
    span = {"starts_at": paired.at - HOUR, "reason": "FAMILY"}
    workforce.mark_unavailable(area_id=1, uuid=away.uuid, ends_at=paired.at + 8 * HOUR, **span, **paired.by_staff)
    assert api.pairing_needed(**paired.where, at=paired.at).is_needed is False
    paired.open_round()
    assert not LiaisonCall.objects.filter(caller=away).exists()
    span["starts_at"] -= timedelta(minutes=1)
    workforce.mark_unavailable(area_id=1, uuid=away.uuid, ends_at=paired.at + 48 * HOUR, **span, **paired.by_staff)
    assert api.pairing_needed(**paired.where, at=paired.at).caller_gone > 0


def test_people_who_have_talked_before_find_each_other_again(in_round):
    call = in_round.calls_of("seconded").next
    api.log_call(area_id=1, call_uuid=call.uuid, outcome="FINE", **in_round.by_staff)
    LiaisonPair.objects.filter(person=call.person).update(ends_at=in_round.at)
    in_round.pair(in_round.at + HOUR)
    pair = open_pairs().get(person=call.person)
    assert pair.caller.code == "seconded"
    assert "KNOWN_BEFORE" in pair.reason["codes"]


def test_without_anybody_who_calls_pairing_says_so(story):
    for name in ("caller", "seconded", "tracer"):
        uuid = story.cast.responders[name].uuid
        workforce.set_active(area_id=1, uuid=uuid, is_active=False, **story.by_staff)
    with pytest.raises(api.NoCallers):
        story.pair()
    assert not LiaisonPair.objects.exists()
    assert next(line.why for line in api.propose(**story.where, at=story.at)) == "NO_CALLERS"


def test_a_person_moves_to_another_caller_by_hand(paired):
    pair = open_pairs().filter(caller__code="caller").first()
    target = paired.cast.responders["tracer"]
    moved = api.move_pair(area_id=1, pair_uuid=pair.uuid, caller_uuid=target.uuid, **paired.by_staff)
    assert (moved.caller_id, moved.deputy_id) == (target.pk, pair.caller_id)
    assert moved.reason["why"] == "BY_HAND"
    with pytest.raises(LiaisonPair.DoesNotExist):
        api.move_pair(area_id=1, pair_uuid=pair.uuid, caller_uuid=target.uuid, **paired.by_staff)


def test_only_a_caller_can_be_given_somebody(paired):
    pair = open_pairs().first()
    guard = paired.cast.responders["tired"]
    with pytest.raises(api.NotACaller):
        api.move_pair(area_id=1, pair_uuid=pair.uuid, caller_uuid=guard.uuid, **paired.by_staff)
    with pytest.raises(LiaisonPair.DoesNotExist):
        api.move_pair(area_id=2, pair_uuid=pair.uuid, caller_uuid=guard.uuid, **paired.by_staff)


def test_nothing_is_written_after_the_incident_is_closed(paired):
    incidents.Incident.objects.update(state="CLOSED")
    with pytest.raises(incidents.IncidentIsClosed):
        paired.pair()
    with pytest.raises(incidents.IncidentIsClosed):
        paired.open_round()
    assert api.propose(**paired.where, at=paired.at) == []


# ---------- rounds ----------
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


# ---------- requests ----------
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


# ---------- the plan ----------
def test_the_plan_proposes_pairs_and_the_next_round_and_then_nothing(story):
    lines = api.propose(**story.where, at=story.at)
    assert [(line.measure, line.why) for line in lines] == [("PAIR", "UNPAIRED"), ("CALL_ROUND", "WINDOW_OPEN")]
    assert lines[1].numbers["hands"] == {"CALLS": 100}
    assert (lines[1].rule_key, lines[1].grade) == ("site.calls.windows", "D")
    assert not LiaisonPair.objects.exists()
    for line in (*lines, *lines):
        api.carry_out(line, **story.where, **story.by_staff)
    assert (open_pairs().count(), CallRound.objects.count()) == (20, 1)
    assert api.propose(**story.where, at=story.at) == []


def test_a_round_approved_alone_pairs_first(story):
    line = api.propose(**story.where, at=story.at)[1]
    done = api.carry_out(line, **story.where, **story.by_staff)
    assert dict(done.counts) == {"calls": 20, "tasks": 3}
    assert done.made_uuid == CallRound.objects.get().uuid


def test_a_later_need_for_pairing_is_a_line_of_its_own(paired):
    first = "PAIR:0"
    workforce.set_active(area_id=1, uuid=paired.cast.responders["caller"].uuid, is_active=False, **paired.by_staff)
    line = api.propose(**paired.where, at=paired.at)[0]
    assert (line.why, line.key) == ("CALLER_GONE", "PAIR:20")
    assert line.key != first


def test_an_empty_list_proposes_nothing(area, incident, at):
    for care in community.list_special_care(area_id=1, codes=CODES):
        uuid = community.list_people(area_id=1, ids=[care.person_id])[care.person_id].uuid
        community.end_care(area_id=1, person_uuid=uuid, code=care.code, actor=STAFF, at=at)
    assert api.propose(area_id=1, incident_id=incident.pk, at=at) == []


GOOD = {"starts_at": "2022-11-03T09:00:00+08:00", "ends_at": "2022-11-03T12:30:00+08:00"}


@pytest.mark.parametrize(
    ("measure", "body", "field"),
    [
        ("PAIR", {}, None),
        ("CALL_ROUND", GOOD, None),
        ("PAIR", {"x": 1}, "x"),
        ("DANCE", {}, "measure"),
        ("CALL_ROUND", {}, "starts_at"),
        ("CALL_ROUND", GOOD | {"x": 1}, "x"),
        ("CALL_ROUND", GOOD | {"starts_at": "soon"}, "starts_at"),
        ("CALL_ROUND", GOOD | {"starts_at": "2022-13-45T99:99"}, "starts_at"),
        ("CALL_ROUND", GOOD | {"starts_at": "2022-11-03T09:00:00"}, "starts_at"),
        ("CALL_ROUND", GOOD | {"ends_at": "2022-11-03T08:00:00+08:00"}, "ends_at"),
        ("CALL_ROUND", GOOD | {"ends_at": "2022-11-05T09:00:00+08:00"}, "ends_at"),
    ],
)
def test_a_body_is_checked_field_by_field(measure, body, field):
    if field is None:
        api.check_body(measure, body)
        return
    with pytest.raises(incidents.NotEditable) as wrong:
        api.check_body(measure, body)
    assert wrong.value.field == field


# ---------- the whole ----------
def test_coverage_counts_every_listed_person_once(in_round):
    calls = in_round.calls_of("caller").left
    for call, outcome in zip(calls, ["FINE", "NEED", "UNREACHED"], strict=False):
        needs = [api.Need("FOOD")] if outcome == "NEED" else []
        api.log_call(area_id=1, call_uuid=call.uuid, outcome=outcome, needs=needs, **in_round.by_staff)
    now = in_round.at + 2 * HOUR
    picture = api.coverage(**in_round.where, at=now)
    assert (picture.listed, picture.covered, picture.is_complete) == (20, 20, True)
    total = picture.total
    assert (total.fine, total.need, total.unreached, total.due, total.late) == (1, 1, 1, 17, 0)
    assert api.coverage(**in_round.where, at=now + 5 * HOUR).total.late == 18
    tallies = {row.responder.code: row for row in api.caller_tallies(**in_round.where, at=now)}
    assert (tallies["caller"].people, tallies["caller"].reached, tallies["caller"].due) == (7, 2, 4)


def test_coverage_names_who_has_nobody_and_why(paired):
    new = paired.area.people[30]
    community.add_care(area_id=1, needs=[(new, {CODES[1]: ""}, None)], **paired.by_staff)
    workforce.set_active(area_id=1, uuid=paired.cast.responders["caller"].uuid, is_active=False, **paired.by_staff)
    picture = api.coverage(**paired.where, at=paired.at)
    assert Counter(row.why for row in picture.uncovered) == {"NOT_PAIRED": 1, "CALLER_GONE": 7}
    assert picture.covered == picture.listed - 8


def test_coverage_takes_the_same_number_of_queries_for_any_size(
    in_round, django_assert_max_num_queries, django_assert_num_queries
):
    with django_assert_max_num_queries(12) as few:
        api.coverage(**in_round.where, at=in_round.at + 2 * HOUR)
    more = [(person, {CODES[2]: ""}, None) for person in in_round.area.people[20:]]
    community.add_care(area_id=1, needs=more, **in_round.by_staff)
    in_round.pair(in_round.at + HOUR)
    with django_assert_num_queries(len(few)):
        api.coverage(**in_round.where, at=in_round.at + 2 * HOUR)


def test_figures_and_story(in_round):
    now = in_round.at + 6 * HOUR
    api.escalate_late(area_id=1, at=now)
    figures = api.figures(**in_round.where, at=now)
    assert figures["residents.listed"] == figures["residents.covered"] == 20
    assert figures["residents.calls_late"] == figures["residents.requests_open"] == 20
    story = api.timeline(**in_round.where, since=in_round.at, until=now + HOUR)
    codes = [entry["code"] for entry in story]
    assert codes == ["PEOPLE_PAIRED", "ROUND_BEGAN", "ROUND_ENDED", "ESCALATED"]
    assert api.timeline(**in_round.where, since=now + HOUR, until=now + 2 * HOUR) == []


def test_another_compound_sees_nothing(in_round, other_area):
    assert api.list_pairs(area_id=2, incident_id=in_round.incident.pk, scope=community_scope(2)).count() == 0
    with pytest.raises(LiaisonCall.DoesNotExist):
        api.log_call(area_id=2, call_uuid=LiaisonCall.objects.first().uuid, outcome="FINE", **in_round.by_staff)


def community_scope(area_id):
    from tongxin.base.actors import Scope

    return Scope(area_id=area_id, everything=True)


def test_who_is_forgotten_leaves_no_words_and_no_open_call(in_round):
    call = in_round.calls_of("caller").next
    api.log_call(
        area_id=1, call_uuid=call.uuid, outcome="NEED", needs=[api.Need("FOOD")], note="要菜", **in_round.by_staff
    )
    api.forget(area_id=1, person_uuid=call.person.uuid, **in_round.by_staff)
    row, need = LiaisonCall.objects.get(pk=call.pk), Request.objects.get()
    assert (row.note, row.before, need.text, need.found_by, need.state) == ("", {}, "", "", "WITHDRAWN")
    assert not open_pairs().filter(person=call.person).exists()
    assert LiaisonCall.objects.filter(person=call.person).count() == 1


def test_a_merge_brings_needs_together(in_round):
    kept, gone = in_round.listed[0], in_round.listed[1]
    for person, text in ((kept, "米"), (gone, "面")):
        api.open_request(**in_round.where, person_uuid=person.uuid, kind="FOOD", text=text, **in_round.by_staff)
    api.open_request(**in_round.where, person_uuid=gone.uuid, kind="MEDICINE", text="药", **in_round.by_staff)
    merge = {"area_id": 1, "kept_uuid": kept.uuid, "gone_uuid": gone.uuid, **in_round.by_staff}
    assert api.follow_merge(**merge) > 0
    assert not open_pairs().filter(person=gone).exists()
    standing = Request.objects.filter(person=kept, state="OPEN")
    assert sorted(standing.values_list("kind", flat=True)) == ["FOOD", "MEDICINE"]
    assert Request.objects.get(kind="MEDICINE").text == "药"
    assert api.follow_merge(**(merge | {"gone_uuid": new_uuid()})) == 0


# ---------- the ledger as a file ----------
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_ledger_comes_in_again_and_adds_nobody(in_round, language, tmp_path):
    from tongxin.base.actors import Scope

    call = in_round.calls_of("caller").next
    api.log_call(area_id=1, call_uuid=call.uuid, outcome="FINE", **in_round.by_staff)
    scope = Scope(area_id=1, everything=True)
    content = api.export_ledger(**in_round.where, scope=scope, language=language, **in_round.by_staff)
    assert audited("residents.ledger.exported") == 1
    sheet = load_workbook(BytesIO(content)).worksheets[0]
    texts = {str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert {"联络员", "平安"} <= texts or {"Liaison", "Fine"} <= texts
    path = tmp_path / "one-to-one.xlsx"
    path.write_bytes(content)
    outcome = community.import_ledger(area_id=1, kind="special-care", path=path, dry_run=False, **in_round.by_staff)
    assert outcome.counts["added"] == 0
    assert outcome.counts["refused"] == 0
    assert {UUID(str(row.person_uuid)) for row in outcome.rows} == {person.uuid for person in in_round.listed}
