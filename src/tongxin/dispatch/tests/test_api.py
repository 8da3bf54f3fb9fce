"""Opening tasks and stepping through them: rows, events, audit, refusals."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tongxin.base import policy
from tongxin.base.actors import system
from tongxin.base.ids import new_uuid
from tongxin.base.models import AuditEntry, OutboxEvent, QueueItem
from tongxin.base.outbox import deliver_all
from tongxin.dispatch import api
from tongxin.dispatch.models import Assignment, PlannerRun, Task, TaskHand
from tongxin.workforce import api as workforce
from tongxin.workforce.models import DutyRecord

ACTOR = system("tests")
PAIR = (("SAMPLING",), ("REGISTRATION",))


def told(kind):
    return [row.payload for row in OutboxEvent.objects.filter(kind=f"dispatch.{kind}.v1").order_by("id")]


def do(verb, row, at, actor=ACTOR, **more):
    return verb(area_id=row.area_id, assignment_uuid=row.uuid, actor=actor, at=at, **more)


# ---------- opening ----------
def test_tasks_open_once_per_origin(desk):
    drafts = [desk.draft(hands=PAIR), desk.draft(kind="ZONE_GUARD")]
    first, again = desk.open(*drafts), desk.open(*drafts)
    assert [row.pk for row in first] == [row.pk for row in again]
    assert Task.objects.count() == 2
    assert TaskHand.objects.count() == 3
    assert told("tasks_opened") == [{"incident_uuid": str(desk.incident.uuid), "count": 2, "is_urgent": False}]
    assert AuditEntry.objects.get(action="dispatch.tasks.opened").detail == {"HOME_SAMPLING": 1, "ZONE_GUARD": 1}


def test_the_same_draft_twice_in_one_call_is_one_task(desk):
    draft = desk.draft()
    rows = desk.open(draft, draft)
    assert rows[0].pk == rows[1].pk
    assert Task.objects.count() == 1


def test_building_and_grid_come_from_the_entrance(desk):
    task = desk.open(desk.draft(door="3-2-101"))[0]
    assert task.building.number == "3"
    assert task.grid_id == desk.area.grids[1].pk


def test_many_tasks_open_in_few_queries(desk, django_assert_max_num_queries):
    with django_assert_max_num_queries(30):
        desk.open(*[desk.draft() for _ in range(300)])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"duration_min": 0}, "duration_min"),
        ({"duration_min": 361}, "duration_min"),
        ({"duration_min": 5000}, "duration_min"),
        ({"hands": ()}, "hands"),
        ({"hands": ((),) * 13}, "hands"),
        ({"hands": (("FLYING",),)}, "hands"),
        ({"priority": 0}, "priority"),
    ],
)
def test_a_draft_that_contradicts_itself_writes_nothing(desk, changes, field):
    with pytest.raises(api.BadDraft) as error:
        desk.open(desk.draft(), desk.draft(**changes))
    assert error.value.field == field
    assert not Task.objects.exists()


def test_a_window_upside_down_is_refused(desk):
    draft = desk.draft()
    with pytest.raises(api.BadDraft):
        desk.open(replace(draft, window_ends_at=draft.window_starts_at))


def test_cancelling_takes_tasks_off_lists_but_leaves_what_has_started(desk):
    first, second, third = desk.open(desk.draft(hands=PAIR), desk.draft(), desk.draft(door="2-1-101"))
    desk.assign()
    rows = api.list_assignments(area_id=desk.area_id, task_ids=[first.pk])[first.pk]
    do(api.start, rows[0], desk.at)
    count = api.cancel_tasks(
        area_id=desk.area_id,
        incident_id=desk.incident.pk,
        origin_kind="test",
        origin_uuids=[first.origin_uuid, second.origin_uuid, new_uuid()],
        reason="CLOSED",
        actor=ACTOR,
        at=desk.at,
    )
    assert count == 1
    assert desk.task(first.uuid).state == "STARTED"
    assert desk.task(second.uuid).state == "CANCELLED"
    assert desk.task(third.uuid).state == "ASSIGNED"
    assert not Assignment.objects.filter(task=second, is_open=True).exists()


def test_figures_count_what_the_lists_show(desk):
    desk.open(desk.draft(), desk.draft(hands=(("DRIVING",),)), desk.draft(due_at=desk.at - timedelta(minutes=1)))
    desk.assign()
    found = api.figures(area_id=desk.area_id, incident_id=desk.incident.pk, at=desk.at)
    rows = api.list_tasks(area_id=desk.area_id, incident_id=desk.incident.pk)
    assert found["dispatch.open"] == rows.count() == 3
    assert found["dispatch.unassigned"] == rows.filter(state="OPEN").count() == 1
    late = api.list_tasks(area_id=desk.area_id, incident_id=desk.incident.pk, late_at=desk.at)
    assert found["dispatch.late"] == late.count() == 1


# ---------- steps ----------
def test_finish_records_hours_and_tells_the_room_that_opened_the_task(desk):
    row = desk.given()
    do(api.accept, row, desk.at)
    do(api.start, row, desk.at + timedelta(minutes=5))
    do(api.finish, row, desk.at + timedelta(minutes=30), outcome_code="SAMPLED", found={"need_food": True})
    task = desk.task(row.task.uuid)
    assert (task.state, task.outcome_code) == ("DONE", "SAMPLED")
    assert task.told_at is not None
    duty = DutyRecord.objects.get()
    assert (duty.responder_id, duty.minutes, duty.cause_uuid) == (row.responder_id, 25, row.uuid)
    assert told("task_finished") == [
        {
            "task_uuid": str(task.uuid),
            "kind": "HOME_SAMPLING",
            "origin_kind": "test",
            "origin_uuid": str(task.origin_uuid),
            "outcome_code": "SAMPLED",
            "incident_uuid": str(desk.incident.uuid),
        }
    ]


def test_one_of_a_pair_reports_for_both(desk):
    task = desk.open(desk.draft(hands=PAIR))[0]
    desk.assign()
    one, two = api.list_assignments(area_id=desk.area_id, task_ids=[task.pk])[task.pk]
    do(api.start, one, desk.at)
    do(api.finish, one, desk.at + timedelta(minutes=20), outcome_code="REFUSED")
    assert {row.state for row in Assignment.objects.all()} == {"DONE"}
    assert DutyRecord.objects.count() == 2
    with pytest.raises(api.TaskOver):
        do(api.finish, two, desk.at + timedelta(minutes=21), outcome_code="SAMPLED")
    assert desk.task(task.uuid).outcome_code == "REFUSED"
    assert len(told("task_finished")) == 1


def test_work_in_a_hot_zone_moves_the_person_to_the_hot_cohort(desk):
    row = desk.given(zone_rank=3, ppe_level=2)
    do(api.finish, row, desk.at + timedelta(minutes=20), outcome_code="SAMPLED")
    person = workforce.get_responder(desk.area_id, row.responder.uuid)
    assert (person.cohort, person.hottest_zone_rank) == ("HOT", 3)
    assert DutyRecord.objects.get().ppe_minutes == 20


@pytest.mark.parametrize("code", ["NO_ACCESS", "NOBODY_THERE", "NO_MATERIAL", "UNSAFE"])
def test_cannot_fails_the_task_and_tells(desk, code):
    row = desk.given()
    do(api.cannot, row, desk.at, reason_code=code)
    assert desk.task(row.task.uuid).state == "FAILED"
    assert told("task_failed")[0]["reason_code"] == code


def test_unwell_gives_the_work_back_instead(desk):
    row = desk.given()
    do(api.cannot, row, desk.at, reason_code="UNWELL")
    assert desk.task(row.task.uuid).state == "OPEN"
    assert told("task_given_back")[0]["reason_code"] == "UNWELL"
    assert told("task_failed") == []


@pytest.mark.parametrize(
    ("verb", "more"),
    [
        (api.accept, {}),
        (api.start, {}),
        (api.finish, {"outcome_code": "SAMPLED"}),
        (api.cannot, {"reason_code": "UNSAFE"}),
        (api.give_back, {"reason_code": "NO_TIME"}),
    ],
)
def test_nothing_more_happens_to_a_task_that_is_over(desk, verb, more):
    row = desk.given()
    do(api.finish, row, desk.at, outcome_code="SAMPLED")
    with pytest.raises(api.TaskOver):
        do(verb, row, desk.at, **more)


@pytest.mark.parametrize(
    ("verb", "more"),
    [
        (api.finish, {"outcome_code": "INFORMED"}),
        (api.finish, {"outcome_code": ""}),
        (api.cannot, {"reason_code": "NO_TIME_AT_ALL"}),
        (api.give_back, {"reason_code": "NO_ACCESS"}),
    ],
)
def test_an_answer_that_is_none_is_refused(desk, verb, more):
    row = desk.given()
    with pytest.raises(api.NotAnOutcome):
        do(verb, row, desk.at, **more)
    assert Assignment.objects.get(pk=row.pk).state == "GIVEN"


def test_accept_twice_is_a_wrong_step(desk):
    row = desk.given()
    do(api.accept, row, desk.at)
    with pytest.raises(api.WrongStep):
        do(api.accept, row, desk.at)


@pytest.mark.parametrize("who", ["seconded", "tired", "grid_leader_1", "auditor", "outsider", "other_commander"])
def test_only_the_assignee_and_the_dispatcher_step(desk, cast, who):
    row = desk.given(hands=(("SAMPLING",),))
    with pytest.raises(policy.NotAllowed):
        do(api.start, row, desk.at, actor=cast.actor(who))
    do(api.start, row, desk.at, actor=cast.actor("dispatcher"))


# ---------- undo ----------
def test_each_step_can_be_taken_back_for_a_moment(desk):
    row = desk.given()
    soon = desk.at + timedelta(seconds=10)
    for verb, more, before in (
        (api.accept, {}, "GIVEN"),
        (api.start, {}, "ACCEPTED"),
        (api.finish, {"outcome_code": "AWAY", "hold": True}, "ACCEPTED"),
        (api.give_back, {"reason_code": "NO_TIME"}, "ACCEPTED"),
    ):
        if before == "ACCEPTED" and Assignment.objects.get(pk=row.pk).state == "GIVEN":
            do(api.accept, row, desk.at)
        do(verb, row, desk.at, **more)
        assert do(api.undo, row, soon).state == before
    assert told("task_finished") == []
    assert DutyRecord.objects.count() == 0


def test_undo_is_too_late_after_twenty_seconds_and_after_it_was_told(desk):
    row = desk.given()
    do(api.accept, row, desk.at)
    with pytest.raises(api.NothingToUndo):
        do(api.undo, row, desk.at + timedelta(seconds=21))
    do(api.finish, row, desk.at, outcome_code="SAMPLED")
    with pytest.raises(api.NothingToUndo):
        do(api.undo, row, desk.at)


def test_a_give_back_cannot_be_undone_once_somebody_else_has_it(desk):
    row = desk.given()
    do(api.give_back, row, desk.at, reason_code="NO_TIME")
    desk.assign()
    with pytest.raises(api.NothingToUndo):
        do(api.undo, row, desk.at)


def test_a_held_end_is_told_by_the_queue(desk):
    row = desk.given()
    do(api.finish, row, desk.at, outcome_code="SAMPLED", hold=True)
    deliver_all(area_ids=[desk.area_id])
    assert told("task_finished") == []
    QueueItem.objects.filter(handler="dispatch.tell_end").update(run_after=desk.at)
    deliver_all(area_ids=[desk.area_id])
    assert len(told("task_finished")) == 1
    assert DutyRecord.objects.count() == 1


# ---------- the queue ----------
def test_new_tasks_are_planned_in_the_background_once(desk):
    desk.open(desk.draft(), desk.draft())
    deliver_all(area_ids=[desk.area_id])
    assert PlannerRun.objects.count() == 0
    desk.open(desk.draft())
    deliver_all(area_ids=[desk.area_id], ahead=timedelta(seconds=5))
    assert PlannerRun.objects.count() == 1
    assert Task.objects.filter(state="ASSIGNED").count() == 3


def test_urgent_tasks_are_not_gathered(desk):
    desk.open(desk.draft(is_life_and_limb=True))
    deliver_all(area_ids=[desk.area_id])
    assert Task.objects.filter(state="ASSIGNED").count() == 1


def test_an_absence_moves_the_work_to_others(desk, cast):
    row = desk.given()
    deliver_all(area_ids=[desk.area_id])
    workforce.mark_unavailable(
        area_id=desk.area_id,
        uuid=row.responder.uuid,
        starts_at=desk.at,
        ends_at=desk.at + timedelta(hours=24),
        reason="UNWELL",
        actor=cast.actor("volunteer"),
        at=desk.at,
    )
    deliver_all(area_ids=[desk.area_id])
    now = api.list_assignments(area_id=desk.area_id, task_ids=[row.task_id])[row.task_id]
    assert [item.responder_id == row.responder_id for item in now] == [False]
    run = api.last_run(area_id=desk.area_id, incident_id=desk.incident.pk)
    assert run.trigger == "UNAVAILABLE"
    assert run.stats["diff"]["moved"] == 1
    assert run.stats["diff"]["rows"][0]["from"] == row.responder_id


def test_events_and_audit_hold_no_names_or_notes(desk):
    row = desk.given()
    do(api.finish, row, desk.at, outcome_code="SAMPLED", note="门口有狗")
    person = desk.area.by_door["1-1-101"][0]
    stored = str(list(OutboxEvent.objects.values_list("payload", flat=True))) + str(
        list(AuditEntry.objects.values_list("detail", flat=True))
    )
    for secret in (person.name, person.phone, "门口有狗", row.responder.name, row.responder.phone):
        assert secret not in stored


def test_forget_takes_the_resident_out_of_tasks(desk):
    row = desk.given()
    person = desk.area.by_door["1-1-101"][0]
    do(api.finish, row, desk.at, outcome_code="SAMPLED", note="门口有狗")
    api.forget(area_id=desk.area_id, person_uuid=person.uuid, at=desk.at, actor=ACTOR)
    assert desk.task(row.task.uuid).person_id is None
    assert Assignment.objects.get(pk=row.pk).note == ""


def test_timeline_tells_runs_and_failures(desk):
    row = desk.given()
    do(api.cannot, row, desk.at, reason_code="UNSAFE")
    found = api.timeline(
        area_id=desk.area_id,
        incident_id=desk.incident.pk,
        since=desk.at - timedelta(hours=1),
        until=desk.at + timedelta(hours=1),
    )
    assert [entry["code"] for entry in found] == ["dispatch.run", "dispatch.task_failed"]
