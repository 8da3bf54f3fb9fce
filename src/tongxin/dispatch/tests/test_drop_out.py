"""One of a started pair drops out: the other stays at it, and only the missing hand is planned."""

from datetime import timedelta

import pytest

from tongxin.base.actors import Scope, system
from tongxin.base.outbox import deliver_all
from tongxin.dispatch import api, rules
from tongxin.dispatch.models import Assignment
from tongxin.workforce import api as workforce
from tongxin.workforce.models import DutyRecord

ACTOR = system("test")
EVERYWHERE = Scope(1, everything=True)
PAIR = (("REGISTRATION",), ("GUARD",))


@pytest.mark.parametrize(
    ("hands", "there", "missing"),
    [
        (1, [], (0,)),
        (1, [0], ()),
        (2, [0], (1,)),
        (2, [1], (0,)),
        (2, [0, 1], ()),
        (3, [1], (0, 2)),
        (2, [0, 0, 5], (1,)),
    ],
)
def test_which_hands_are_missing(hands, there, missing):
    assert rules.missing_hands(hands, there) == missing


@pytest.mark.parametrize(
    ("duration", "started", "rest"),
    [(60, 0, 60), (60, -20, 40), (60, -55, 10), (60, -300, 10), (5, 0, 10), (60, 5, 60)],
)
def test_what_is_left_of_the_work(duration, started, rest):
    assert rules.rest_of_work(duration, started) == rest


def rows_of(desk, task):
    return {row.hand_index: row for row in api.list_assignments(area_id=desk.area_id, task_ids=[task.pk])[task.pk]}


def begin_a_pair(desk, **changes):
    """Open a task for two, give it out, and let both begin."""
    task = desk.open(desk.draft(hands=PAIR, duration_min=60, **changes))[0]
    desk.assign()
    for row in rows_of(desk, task).values():
        api.start(area_id=desk.area_id, assignment_uuid=row.uuid, actor=ACTOR, at=desk.at)
    return task


def drop(desk, row, at):
    api.give_back(area_id=desk.area_id, assignment_uuid=row.uuid, reason_code="UNWELL", actor=ACTOR, at=at)


@pytest.mark.parametrize("hand", [0, 1])
def test_only_the_missing_hand_is_planned_and_the_other_stays(desk, hand):
    task = begin_a_pair(desk)
    before = rows_of(desk, task)
    later = desk.at + timedelta(minutes=20)
    drop(desk, before[hand], later)
    run = desk.assign(at=later)
    after = rows_of(desk, task)
    stays, comes = after[1 - hand], after[hand]
    assert (stays.pk, stays.state, stays.responder_id) == (
        before[1 - hand].pk, "STARTED", before[1 - hand].responder_id,
    )  # fmt: skip
    assert comes.state == "GIVEN"
    assert comes.responder_id not in {before[0].responder_id, before[1].responder_id}
    assert set(PAIR[hand]) <= set(comes.responder.skills)
    assert comes.starts_at - later <= timedelta(minutes=rules.ARRIVAL_MIN)
    assert desk.task(task.uuid).state == "STARTED"
    assert run.stats["violations"] == []
    assert run.stats["diff"]["new"] == 1


def test_who_comes_can_begin_and_either_ends_it_for_both(desk):
    task = begin_a_pair(desk)
    later = desk.at + timedelta(minutes=20)
    drop(desk, rows_of(desk, task)[0], later)
    desk.assign(at=later)
    comes = rows_of(desk, task)[0]
    soon = later + timedelta(minutes=10)
    api.start(area_id=desk.area_id, assignment_uuid=comes.uuid, actor=ACTOR, at=soon)
    end = later + timedelta(minutes=30)
    api.finish(area_id=desk.area_id, assignment_uuid=comes.uuid, outcome_code="SAMPLED", actor=ACTOR, at=end)
    assert desk.task(task.uuid).state == "DONE"
    minutes = dict(DutyRecord.objects.values_list("responder_id", "minutes"))
    # The one who dropped out worked 20 minutes, the one who stayed 50, the one who came 20.
    assert sorted(minutes.values()) == [20, 20, 50]


def test_a_second_run_keeps_who_was_sent(desk):
    task = begin_a_pair(desk)
    later = desk.at + timedelta(minutes=20)
    drop(desk, rows_of(desk, task)[0], later)
    desk.assign(at=later)
    first = {hand: row.pk for hand, row in rows_of(desk, task).items()}
    run = desk.assign(at=later + timedelta(minutes=1))
    assert {hand: row.pk for hand, row in rows_of(desk, task).items()} == first
    assert run.stats["diff"]["new"] == run.stats["diff"]["lost"] == 0


def test_where_nobody_can_come_the_board_says_why(desk, cast):
    task = begin_a_pair(desk)
    before = rows_of(desk, task)
    later = desk.at + timedelta(minutes=20)
    busy = {before[0].responder_id, before[1].responder_id}
    for person in cast.responders.values():
        if person.pk not in busy:
            workforce.set_active(area_id=desk.area_id, uuid=person.uuid, is_active=False, actor=ACTOR, at=later)
    drop(desk, before[0], later)
    desk.assign(at=later)
    assert set(rows_of(desk, task)) == {1}
    board = api.board(area_id=desk.area_id, incident_id=desk.incident.pk, scope=EVERYWHERE, at=later)
    assert [row.task_uuid for row in board.unserved] == [task.uuid]
    entry = api.why_not_served(area_id=desk.area_id, task=desk.task(task.uuid))
    assert entry["rule"]


def test_the_give_back_itself_asks_for_the_replan(desk):
    task = begin_a_pair(desk)
    deliver_all()
    drop(desk, rows_of(desk, task)[1], desk.at + timedelta(minutes=20))
    assert api.request_assign(area_id=desk.area_id, trigger="GIVEN_BACK", at=desk.at) is not None


def test_work_that_has_all_its_hands_asks_for_nothing(desk):
    begin_a_pair(desk)
    assert api.request_assign(area_id=desk.area_id, trigger="GIVEN_BACK", at=desk.at) is None


def away(desk, row, at, starts_at=None):
    workforce.mark_unavailable(
        area_id=desk.area_id,
        uuid=row.responder.uuid,
        starts_at=starts_at or at,
        ends_at=at + timedelta(hours=6),
        reason="UNWELL",
        actor=ACTOR,
        at=at,
    )
    return api.release_absent(area_id=desk.area_id, responder_uuid=row.responder.uuid, actor=ACTOR, at=at)


def test_who_reports_unavailable_frees_the_hand_that_had_started(desk):
    task = begin_a_pair(desk)
    row = rows_of(desk, task)[1]
    later = desk.at + timedelta(minutes=20)
    assert away(desk, row, later) == 1
    assert api.release_absent(area_id=desk.area_id, responder_uuid=row.responder.uuid, actor=ACTOR, at=later) == 0
    assert Assignment.objects.get(pk=row.pk).state == "GIVEN_BACK"
    assert set(rows_of(desk, task)) == {0}


def test_an_absence_of_tomorrow_frees_nothing_today(desk):
    task = begin_a_pair(desk)
    row = rows_of(desk, task)[1]
    later = desk.at + timedelta(minutes=20)
    assert away(desk, row, later, starts_at=later + timedelta(hours=3)) == 0
    assert set(rows_of(desk, task)) == {0, 1}


def test_an_absence_is_heard_and_somebody_else_is_sent(desk, drill_clock):
    task = begin_a_pair(desk)
    row = rows_of(desk, task)[1]
    later = desk.at + timedelta(minutes=20)
    drill_clock(later)
    workforce.mark_unavailable(
        area_id=desk.area_id,
        uuid=row.responder.uuid,
        starts_at=later,
        ends_at=later + timedelta(hours=6),
        reason="UNWELL",
        actor=ACTOR,
        at=later,
    )
    deliver_all()
    after = rows_of(desk, task)
    assert after[0].state == "STARTED"
    assert after[1].responder_id != row.responder_id
