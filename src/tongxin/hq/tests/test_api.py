"""The plan from a case to measures in force, over the real rooms below."""

from datetime import timedelta

import pytest

from tongxin.base import audit, outbox
from tongxin.base.ids import new_uuid
from tongxin.base.models import AuditEntry, OutboxEvent, QueueItem
from tongxin.base.versions import StaleVersion
from tongxin.hq import api
from tongxin.hq.api import collecting, deciding
from tongxin.hq.tests.stage import MACHINE, make_case, open_lines
from tongxin.incidents import api as incidents


def choose(lines):
    return [(line.uuid, line.version) for line in lines]


def test_a_case_drafts_the_plan_with_reason_rule_and_source_on_every_line(drafted):
    lines = open_lines(drafted)
    rooms = {line.room for line in lines}
    assert {"incidents", "tracing"} <= rooms
    for line in lines:
        assert line.why
        assert line.rule_key
        assert line.source
        assert line.grade in "ABCDU"
    assert drafted.state == "DRAFT"
    assert drafted.trigger == "CASE"


def test_every_line_that_creates_tasks_names_its_hands(drafted):
    for line in open_lines(drafted):
        if line.measure in ("INTERVIEW", "OPEN_ROUND", "HOME_SAMPLING", "CALL_ROUND"):
            assert sum(line.numbers["hands"].values()) > 0, line.measure
        if line.measure == "RAISE_ZONE":
            assert bool(line.numbers.get("hands")) == (line.body["canonical"] == "HIGH")


def test_what_is_short_is_a_line_and_agrees_with_the_page(drafted, at):
    rows = {row.skill: row for row in api.hands_needed(drafted, api.list_lines(drafted), at=at)}
    short = {skill for skill, row in rows.items() if row.short_min}
    lines = [line for line in open_lines(drafted) if line.measure == "CALL_HANDS"]
    assert {line.target_label for line in lines} == short
    for line in lines:
        assert line.body["short_min"] == rows[line.target_label].short_min
        assert line.numbers["people"] >= 1


def test_struck_lines_need_no_hands(area, cast, drafted, at):
    before = {row.skill: row.need_min for row in api.hands_needed(drafted, api.list_lines(drafted), at=at)}
    line = next(line for line in open_lines(drafted) if line.numbers.get("hands", {}).get("GUARD"))
    arguments = {"area_id": area.area_id, "uuid": line.uuid, "version": line.version, "at": at}
    api.strike_line(**arguments, reason="已空", actor=cast.actor("commander"))
    after = {row.skill: row.need_min for row in api.hands_needed(drafted, api.list_lines(drafted), at=at)}
    assert after.get("GUARD", 0) == before["GUARD"] - line.numbers["hands"]["GUARD"]


def test_the_same_event_drafts_once(area, incident, drafted, at):
    again = api.draft(area_id=area.area_id, incident_id=incident.pk, trigger="CASE", caused_by=drafted.caused_by, at=at)
    assert again.pk == drafted.pk


def test_one_draft_at_a_time(area, incident, drafted, at):
    newer = api.draft(area_id=area.area_id, incident_id=incident.pk, trigger="BY_HAND", caused_by=new_uuid(), at=at)
    drafted.refresh_from_db()
    assert (newer.number, newer.state, drafted.state) == (drafted.number + 1, "DRAFT", "SUPERSEDED")
    assert {line.change for line in newer.lines.all()} == {"SAME"}


def test_one_officer_is_not_two(area, cast, drafted, at):
    line = next(line for line in open_lines(drafted) if line.needs_approvals == 2)
    actor = cast.actor("commander")
    first = api.approve_lines(area_id=area.area_id, choices=choose([line]), actor=actor, at=at)
    second = api.approve_lines(area_id=area.area_id, choices=choose([line]), actor=actor, at=at)
    assert first.waiting == (line.uuid,)
    assert [row.code for row in second.refused] == ["SAME_PERSON"]
    line.refresh_from_db()
    assert line.state == "PROPOSED"


def test_two_officers_put_a_zone_in_force(area, cast, incident, drafted, at):
    line = next(line for line in open_lines(drafted) if line.needs_approvals == 2 and line.measure == "RAISE_ZONE")
    for name in ("commander", "second_commander"):
        outcome = api.approve_lines(area_id=area.area_id, choices=choose([line]), actor=cast.actor(name), at=at)
    assert outcome.carried_out == (line.uuid,)
    zones = incidents.zone_levels(area.area_id, incident.pk, at)
    assert [zone.place_uuid for zone in zones if zone.canonical == "HIGH"] == [line.target_uuid]
    order = api.orders_query(area_id=area.area_id, incident_id=incident.pk, at=at).get(line=line)
    assert order.group.code == "COMMUNITY"


def test_approving_all_lines_carries_all_out_and_the_redraft_proposes_none_of_them(area, cast, incident, drafted, at):
    for name in ("commander", "second_commander"):
        lines = open_lines(api.current_plan(area.area_id, incident.pk))
        outcome = api.approve_lines(area_id=area.area_id, choices=choose(lines), actor=cast.actor(name), at=at)
        assert outcome.failed == ()
        assert outcome.refused == ()
    keys = {line.key for line in api.measures_in_force(area.area_id, incident.pk)}
    newer = api.draft(area_id=area.area_id, incident_id=incident.pk, trigger="BY_HAND", caused_by=new_uuid(), at=at)
    again = {line.key for line in open_lines(newer)}
    assert keys
    assert {key for key in again & keys if not key.startswith(("CALL_HANDS", "CALL_ROUND", "PAIR"))} == set()


def test_an_edit_voids_the_first_approval(area, cast, drafted, at):
    line = next(line for line in open_lines(drafted) if line.needs_approvals == 2 and line.measure == "RAISE_ZONE")
    api.approve_lines(area_id=area.area_id, choices=choose([line]), actor=cast.actor("commander"), at=at)
    later = (at + timedelta(days=9)).date().isoformat()
    edited = api.edit_line(
        area_id=area.area_id,
        uuid=line.uuid,
        version=line.version,
        changes={"review_date": later},
        actor=cast.actor("commander"),
        at=at,
    )
    outcome = api.approve_lines(
        area_id=area.area_id, choices=choose([edited]), actor=cast.actor("second_commander"), at=at
    )
    assert outcome.waiting == (line.uuid,)


def test_a_line_that_changed_since_it_was_read_is_not_approved(area, cast, drafted, at):
    line = open_lines(drafted)[0]
    outcome = api.approve_lines(
        area_id=area.area_id, choices=[(line.uuid, line.version + 1)], actor=cast.actor("commander"), at=at
    )
    assert [row.code for row in outcome.refused] == ["STALE"]


def test_unknown_and_struck_lines_are_refused_and_do_not_stop_the_others(area, cast, drafted, at):
    actor = cast.actor("commander")
    first, second = [line for line in open_lines(drafted) if line.needs_approvals == 1][:2]
    api.strike_line(area_id=area.area_id, uuid=first.uuid, version=first.version, reason="无需", actor=actor, at=at)
    outcome = api.approve_lines(
        area_id=area.area_id,
        choices=[(new_uuid(), 1), (first.uuid, first.version + 1), (second.uuid, second.version)],
        actor=actor,
        at=at,
    )
    assert [row.code for row in outcome.refused] == ["CLOSED", "CLOSED"]
    assert outcome.carried_out == (second.uuid,)


def test_a_strike_needs_a_reason_and_lasts_over_a_redraft(area, cast, incident, drafted, at):
    line = open_lines(drafted)[0]
    arguments = {"area_id": area.area_id, "uuid": line.uuid, "version": line.version, "actor": cast.actor("commander")}
    with pytest.raises(api.ReasonMissing):
        api.strike_line(**arguments, reason="  ", at=at)
    api.strike_line(**arguments, reason="两个单元已空", at=at)
    newer = api.draft(area_id=area.area_id, incident_id=incident.pk, trigger="BY_HAND", caused_by=new_uuid(), at=at)
    kept = newer.lines.get(key=line.key)
    assert (kept.state, kept.strike_reason) == ("STRUCK", "两个单元已空")
    restored = api.restore_line(
        area_id=area.area_id, uuid=kept.uuid, version=kept.version, actor=cast.actor("commander"), at=at
    )
    assert restored.state == "PROPOSED"


def test_two_officers_who_edit_at_once_do_not_overwrite_each_other(area, cast, drafted, at):
    line = next(line for line in open_lines(drafted) if line.measure == "RAISE_ZONE")
    arguments = {"area_id": area.area_id, "uuid": line.uuid, "version": line.version, "at": at}
    day = (at + timedelta(days=5)).date().isoformat()
    api.edit_line(**arguments, changes={"review_date": day}, actor=cast.actor("commander"))
    with pytest.raises(StaleVersion):
        api.edit_line(**arguments, changes={"review_date": day}, actor=cast.actor("second_commander"))


@pytest.mark.parametrize("changes", [{"level": "no-such-level"}, {"place_uuid": "x"}, {"smuggled": 1}])
def test_a_room_refuses_what_it_cannot_do(area, cast, drafted, at, changes):
    line = next(line for line in open_lines(drafted) if line.measure == "RAISE_ZONE")
    with pytest.raises(incidents.NotEditable):
        api.edit_line(
            area_id=area.area_id,
            uuid=line.uuid,
            version=line.version,
            changes=changes,
            actor=cast.actor("commander"),
            at=at,
        )
    line.refresh_from_db()
    assert line.body == line.original_body


def test_an_approval_that_dies_before_it_is_carried_out_is_carried_out_by_the_job(area, cast, drafted, at):
    line = next(line for line in open_lines(drafted) if line.needs_approvals == 1)
    assert deciding._approve(area.area_id, line.uuid, line.version, cast.actor("commander"), at)
    QueueItem.objects.filter(handler=api.CARRY_OUT_JOB).update(run_after=at)
    outbox.deliver_all()
    line.refresh_from_db()
    assert line.state == "CARRIED_OUT"


def test_carrying_out_twice_does_it_once(area, cast, incident, drafted, at):
    line = next(line for line in open_lines(drafted) if line.needs_approvals == 1)
    api.approve_lines(area_id=area.area_id, choices=choose([line]), actor=cast.actor("commander"), at=at)
    events = OutboxEvent.objects.count()
    assert api.carry_out_line(area_id=area.area_id, uuid=line.uuid, actor=cast.actor("commander"), at=at)
    assert OutboxEvent.objects.count() == events
    assert api.orders_query(area_id=area.area_id, incident_id=incident.pk, at=at).filter(line=line).count() == 1


def test_a_machine_cannot_approve(area, drafted, at):
    with pytest.raises(PermissionError):
        api.approve_lines(area_id=area.area_id, choices=choose(open_lines(drafted)), actor=MACHINE, at=at)


def test_an_officer_may_approve_from_a_page_that_a_redraft_overtook(area, cast, incident, drafted, at):
    line = next(line for line in open_lines(drafted) if line.needs_approvals == 1)
    api.draft(area_id=area.area_id, incident_id=incident.pk, trigger="BY_HAND", caused_by=new_uuid(), at=at)
    outcome = api.approve_lines(area_id=area.area_id, choices=choose([line]), actor=cast.actor("commander"), at=at)
    assert len(outcome.carried_out) == 1


def test_a_room_that_fails_costs_its_own_lines_only_and_is_named(area, incident, cast, at, monkeypatch):
    class Broken:
        @staticmethod
        def propose(**_arguments):
            raise RuntimeError("no")

    make_case(area, incident, area.people[0], at)
    monkeypatch.setitem(collecting.ROOMS, "tracing", Broken)
    plan = api.draft(area_id=area.area_id, incident_id=incident.pk, trigger="CASE", caused_by=new_uuid(), at=at)
    assert {line.key for line in open_lines(plan)} >= {"ASK_ROOM:tracing"}
    assert any(line.room == "incidents" for line in open_lines(plan))


def test_orders_are_confirmed_once_and_done_once(area, cast, incident, drafted, at):
    line = next(line for line in open_lines(drafted) if line.needs_approvals == 1)
    api.approve_lines(area_id=area.area_id, choices=choose([line]), actor=cast.actor("commander"), at=at)
    order = api.orders_query(area_id=area.area_id, incident_id=incident.pk, at=at).get(line=line)
    assert api.figures(area_id=area.area_id, incident_id=incident.pk, at=at)["hq.orders_unconfirmed"] == 1
    for _ in range(2):
        api.confirm_order(area_id=area.area_id, uuid=order.uuid, remark="收到", actor=cast.actor("tracer"), at=at)
    assert len(api.receipts_of(order)) == 1
    done = api.finish_order(area_id=area.area_id, uuid=order.uuid, actor=cast.actor("tracer"), at=at)
    assert done.state == "DONE"
    later = at + timedelta(days=2)
    assert api.figures(area_id=area.area_id, incident_id=incident.pk, at=later)["hq.orders_late"] == 0


def test_a_decision_becomes_one_order(area, cast, incident, at):
    actor = cast.actor("commander")
    common = {"area_id": area.area_id, "actor": actor, "at": at}
    meeting = api.hold_meeting(incident_id=incident.pk, title="第一次会议", minutes="", held_at=at, **common)
    decision = api.add_decision(
        meeting_uuid=meeting.uuid, text="加强夜班", group_code="REAR", due_at=at + timedelta(hours=6), **common
    )
    first = api.issue_for_decision(uuid=decision.uuid, **common)
    assert api.issue_for_decision(uuid=decision.uuid, **common).pk == first.pk
    with pytest.raises(api.UnknownGroup):
        api.add_decision(meeting_uuid=meeting.uuid, text="x", group_code="NONE", due_at=at, **common)
    with pytest.raises(api.EmptyText):
        api.add_decision(meeting_uuid=meeting.uuid, text=" ", group_code="REAR", due_at=at, **common)


def test_a_judgement_is_signed_with_its_snapshot_and_a_change_shows(area, cast, incident, at):
    judgement = api.sign_judgement(
        area_id=area.area_id,
        incident_id=incident.pk,
        text="形势可控",
        trend="STABLE",
        actor=cast.actor("commander"),
        at=at,
    )
    assert api.is_genuine(judgement)
    judgement.text = "形势严峻"
    assert not api.is_genuine(judgement)


def test_everything_is_in_the_audit(area, cast, drafted, at):
    line = next(line for line in open_lines(drafted) if line.needs_approvals == 1)
    api.approve_lines(area_id=area.area_id, choices=choose([line]), actor=cast.actor("commander"), at=at)
    actions = set(AuditEntry.objects.filter(area_id=area.area_id).values_list("action", flat=True))
    assert {"hq.plan_drafted", "hq.line_approved", "hq.line_carried_out", "hq.order_issued"} <= actions
    assert audit.verify(area.area_id).faults == ()
