"""The planner run: from tasks and people to stored assignments, and what changes when facts change."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from tongxin.base.actors import system
from tongxin.base.models import AuditEntry, OutboxEvent
from tongxin.dispatch import api
from tongxin.dispatch.models import Assignment

ACTOR = system("tests")
PAIR = (("SAMPLING",), ("REGISTRATION",))


def open_rows(desk, task):
    return api.list_assignments(area_id=desk.area_id, task_ids=[task.pk]).get(task.pk, [])


def test_a_pair_gets_two_people_at_the_same_time_with_reasons(desk, cast):
    task = desk.open(desk.draft(hands=PAIR))[0]
    run = desk.assign()
    rows = open_rows(desk, task)
    assert [row.hand_index for row in rows] == [0, 1]
    assert rows[0].responder_id == cast.responders["medic"].pk
    assert rows[0].responder_id != rows[1].responder_id
    assert rows[0].starts_at == rows[1].starts_at >= desk.at
    assert rows[0].reason["code"] == "ONLY_ONE"
    assert rows[0].runner_up == {}
    assert rows[1].reason["code"]
    assert run.state == "DONE"
    assert run.stats["diff"]["new"] == 2
    assert run.stats["violations"] == []
    assert desk.task(task.uuid).state == "ASSIGNED"


def test_a_run_is_audited_and_told(desk):
    desk.open()
    run = desk.assign()
    entry = AuditEntry.objects.get(action="dispatch.run.stored")
    assert entry.target_uuid == run.uuid
    told = OutboxEvent.objects.get(kind="dispatch.assignments_made.v1")
    assert told.payload["assigned"] == 1


def test_what_nobody_can_do_is_unserved_with_a_rule_and_a_relief(desk):
    task = desk.open(desk.draft(kind="REQUEST_VISIT", hands=(("DRIVING",),)))[0]
    run = desk.assign()
    assert [entry["task"] for entry in run.unserved] == [str(task.uuid)]
    assert run.unserved[0]["rule"] == "SKILL"
    assert run.unserved[0]["relief"]["kind"] == "EXTRA_RESPONDERS"
    assert run.shortages[0]["skills"] == ["DRIVING"]
    assert desk.task(task.uuid).state == "OPEN"


def test_a_task_whose_window_is_over_is_shown_and_not_hidden(desk):
    task = desk.open(desk.draft(window_ends_at=desk.at + timedelta(minutes=30), due_at=desk.at))[0]
    run = desk.assign(at=desk.at + timedelta(minutes=20))
    assert run.unserved[0]["task"] == str(task.uuid)
    assert run.unserved[0]["rule"] == "WINDOW_CLOSED"
    assert run.unserved[0]["relief"]["kind"] == "LONGER_WINDOW"


def test_a_second_run_without_news_changes_nothing(desk):
    task = desk.open(desk.draft(hands=PAIR))[0]
    desk.assign()
    before = [(row.pk, row.starts_at) for row in open_rows(desk, task)]
    run = desk.assign()
    assert [(row.pk, row.starts_at) for row in open_rows(desk, task)] == before
    assert run.stats["diff"]["kept"] == 2
    assert run.stats["diff"]["moved"] == run.stats["diff"]["new"] == run.stats["diff"]["lost"] == 0


def test_nobody_works_outside_their_shift(desk):
    late = desk.at + timedelta(hours=9)
    task = desk.open(
        desk.draft(window_starts_at=late, window_ends_at=late + timedelta(hours=2), due_at=late + timedelta(hours=2))
    )[0]
    run = desk.assign()
    assert open_rows(desk, task) == []
    assert run.unserved[0]["rule"] == "AVAILABILITY"


def test_who_worked_in_a_hot_zone_is_not_sent_to_a_cleaner_one(desk, cast):
    medic = cast.responders["medic"]
    medic.cohort, medic.hottest_zone_rank = "HOT", 3
    medic.save()
    clean = desk.open(desk.draft(hands=(("SAMPLING",),)))[0]
    hot = desk.open(desk.draft(hands=(("SAMPLING",),), zone_rank=3))[0]
    run = desk.assign()
    assert open_rows(desk, clean) == []
    assert len(open_rows(desk, hot)) == 1
    assert run.unserved[0]["rule"] in ("ZONE_ORDER", "ZONE_COHORT")


def test_the_one_who_gave_it_back_does_not_get_it_again(desk):
    row = desk.given()
    api.give_back(area_id=desk.area_id, assignment_uuid=row.uuid, reason_code="TOO_FAR", actor=ACTOR, at=desk.at)
    desk.assign()
    again = open_rows(desk, row.task)
    assert len(again) == 1
    assert again[0].responder_id != row.responder_id


def test_what_has_started_is_left_alone(desk):
    row = desk.given()
    api.start(area_id=desk.area_id, assignment_uuid=row.uuid, actor=ACTOR, at=desk.at)
    desk.open(*[desk.draft(door="2-1-101", priority=90) for _ in range(6)])
    desk.assign(at=desk.at + timedelta(minutes=5))
    kept = api.get_assignment(desk.area_id, row.uuid)
    assert kept.is_open
    assert kept.state == "STARTED"


def test_a_missed_assignment_is_planned_anew(desk):
    row = desk.given()
    run = desk.assign(at=desk.at + timedelta(hours=2))
    now = open_rows(desk, row.task)
    assert len(now) == 1
    assert now[0].starts_at >= desk.at + timedelta(hours=2)
    assert run.unserved == []


@pytest.mark.parametrize("same_hand", [True, False])
def test_the_database_itself_refuses_a_double_assignment(desk, same_hand):
    row = desk.given()
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(
            area_id=row.area_id,
            subject_uuid=row.subject_uuid,
            task=row.task,
            hand_index=row.hand_index if same_hand else 7,
            responder=row.responder,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            given_at=row.given_at,
        )
