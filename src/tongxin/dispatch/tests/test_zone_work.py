"""A sealed entrance gets an explanation at its doors and guards around the clock; a free one loses them."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tongxin.base.actors import system
from tongxin.dispatch import api, rules
from tongxin.dispatch.api import zone_work
from tongxin.incidents import api as incidents

ACTOR = system("test")
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("at", "first", "count"),
    [
        (datetime(2022, 11, 3, 0, 0, tzinfo=UTC), datetime(2022, 11, 3, 4, 0, tzinfo=UTC), 6),
        (datetime(2022, 11, 3, 3, 59, tzinfo=UTC), datetime(2022, 11, 3, 4, 0, tzinfo=UTC), 6),
        (datetime(2022, 11, 3, 5, 30, tzinfo=UTC), datetime(2022, 11, 3, 8, 0, tzinfo=UTC), 6),
    ],
)
def test_stretches_lie_on_the_clock(at, first, count):
    found = rules.guard_stretches(at, stretch=4 * HOUR, ahead=24 * HOUR)
    assert found[0][1] == first
    assert len(found) == count
    assert all(end - start == 4 * HOUR for _slot, start, end in found)
    assert all(earlier[2] == later[1] for earlier, later in itertools.pairwise(found))


def test_whoever_asks_later_names_the_same_stretch_by_the_same_slot():
    at = datetime(2022, 11, 3, 1, 0, tzinfo=UTC)
    early = {slot: start for slot, start, _ in rules.guard_stretches(at, stretch=4 * HOUR, ahead=24 * HOUR)}
    late = {slot: start for slot, start, _ in rules.guard_stretches(at + 5 * HOUR, stretch=4 * HOUR, ahead=24 * HOUR)}
    assert {slot: early[slot] for slot in early.keys() & late.keys()} == {
        slot: late[slot] for slot in early.keys() & late.keys()
    }


def seal(area, incident, at, level="high"):
    incidents.raise_zone(
        area_id=area.area_id,
        incident_id=incident.pk,
        place_kind="ENTRANCE",
        place_uuid=area.entrances[0].uuid,
        level=level,
        reason="测试",
        actor=ACTOR,
        at=at,
    )


def work(area, incident, kind, states=None):
    return list(api.list_tasks(area_id=area.area_id, incident_id=incident.pk, kinds=[kind], states=states))


def follow(area, incident, at):
    return api.follow_zones(area_id=area.area_id, incident_id=incident.pk, actor=ACTOR, at=at)


def test_a_sealed_entrance_is_explained_and_guarded_once(area, incident, at):
    seal(area, incident, at)
    for minutes in (0, 1, 30):
        follow(area, incident, at + timedelta(minutes=minutes))
    assert len(work(area, incident, "NOTIFY_DOOR")) == 1
    guards = work(area, incident, "ZONE_GUARD")
    assert len(guards) == 6
    assert {task.entrance_id for task in guards} == {area.entrances[0].pk}
    assert all(task.zone_rank < 3 for task in guards)


def test_posts_go_on_hour_by_hour(area, incident, at):
    seal(area, incident, at)
    follow(area, incident, at)
    follow(area, incident, at + 4 * HOUR)
    assert len(work(area, incident, "ZONE_GUARD")) == 7


@pytest.mark.parametrize(("hours", "ahead", "minutes"), [(4, 24, 1440), (6, 24, 1440), (8, 24, 1440), (6, 12, 720)])
def test_stretches_are_as_long_as_the_profile_says(incident, at, hours, ahead, minutes):
    rules = zone_work.zone_work_rules(area_id=incident.area_id, incident_id=incident.pk, at=at)
    other = replace(
        rules,
        guard_hours=replace(rules.guard_hours, value=hours),
        guard_ahead_hours=replace(rules.guard_ahead_hours, value=ahead),
    )
    assert zone_work.guard_minutes(at, other) == minutes
    assert {draft.duration_min for draft in zone_work._guards(1, incident.uuid, at, other)} == {hours * 60}


def test_a_medium_level_needs_no_guard(area, incident, at):
    seal(area, incident, at, level="medium")
    follow(area, incident, at)
    assert work(area, incident, "ZONE_GUARD") == []


def test_a_free_entrance_loses_what_nobody_has_begun(area, incident, at):
    seal(area, incident, at)
    follow(area, incident, at)
    incidents.lift_zone(
        area_id=area.area_id,
        incident_id=incident.pk,
        place_kind="ENTRANCE",
        place_uuid=area.entrances[0].uuid,
        reason="测试",
        is_waived=True,
        actor=ACTOR,
        at=at + HOUR,
    )
    assert follow(area, incident, at + HOUR)["cancelled"] == 7
    assert {task.state for task in work(area, incident, "ZONE_GUARD")} == {"CANCELLED"}


def test_without_an_incident_there_is_nothing_to_do(area, at):
    assert api.follow_all(area_id=area.area_id, actor=ACTOR, at=at) == {"asked": 0, "cancelled": 0}


def test_a_stretch_that_nobody_had_leaves_the_board_when_it_is_over(area, incident, cast, at):
    seal(area, incident, at)
    follow(area, incident, at)
    slots = sorted(work(area, incident, "ZONE_GUARD"), key=lambda task: task.window_ends_at)
    first, second = slots[:2]
    assert follow(area, incident, first.window_ends_at - timedelta(minutes=1))["cancelled"] == 0
    assert follow(area, incident, first.window_ends_at)["cancelled"] == 1
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.outcome_code) == ("CANCELLED", "MISSED")
    assert second.state == "OPEN"
    assert follow(area, incident, first.window_ends_at)["cancelled"] == 0


def test_a_guard_who_was_asked_is_not_called_missed(area, incident, cast, at):
    seal(area, incident, at)
    follow(area, incident, at)
    api.assign(area_id=area.area_id, incident_id=incident.pk, actor=ACTOR, at=at, mode="DAY")
    given = work(area, incident, "ZONE_GUARD", states=["ASSIGNED"])
    assert given
    follow(area, incident, max(task.window_ends_at for task in given) + HOUR)
    assert {task.state for task in work(area, incident, "ZONE_GUARD") if task.pk in {row.pk for row in given}} == {
        "ASSIGNED"
    }
