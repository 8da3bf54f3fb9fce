"""Hands before the planner runs: who is free, what measures ask for, what would be short."""

from datetime import timedelta
from itertools import chain, combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongxin.base.actors import system
from tongxin.dispatch import api, rules
from tongxin.incidents import api as incidents

ACTOR = system("test")
A, B, C, AB, ABC, ANY = (frozenset(text) for text in ("A", "B", "C", "AB", "ABC", ""))


@pytest.mark.parametrize(
    ("demand", "supply", "covered"),
    [
        ([], {A: 10}, []),
        ([(A, 10)], {}, [0]),
        ([(A, 10)], {A: 10}, [10]),
        ([(A, 10)], {A: 4}, [4]),
        ([(A, 10)], {B: 40}, [0]),
        ([(A, 10), (B, 10)], {AB: 10}, [10, 0]),
        ([(A, 10), (B, 10)], {AB: 10, A: 10}, [10, 10]),
        ([(A, 10), (B, 10), (C, 10)], {AB: 10, ABC: 10, A: 10}, [10, 10, 10]),
        ([(ANY, 15)], {A: 10, B: 10}, [15]),
        ([(AB, 5)], {A: 50, B: 50}, [0]),
        ([(AB, 5)], {ABC: 3}, [3]),
        ([(A, 0)], {A: 5}, [0]),
    ],
)
def test_every_minute_is_used_once_and_freed_where_another_can_step_in(demand, supply, covered):
    assert rules.cover(demand, supply) == covered


SETS = st.frozensets(st.sampled_from("ABC"), max_size=3)


def most(demand, supply):
    """Return how much can be met at best, by the theorem of maximum flow and minimum cut over all sets of demands."""
    sets = chain.from_iterable(combinations(range(len(demand)), size) for size in range(len(demand) + 1))
    return min(
        sum(amount for index, (_, amount) in enumerate(demand) if index not in chosen)
        + sum(units for group, units in supply.items() if any(demand[index][0] <= group for index in chosen))
        for chosen in sets
    )


@settings(deadline=None, max_examples=120)
@given(
    st.lists(st.tuples(SETS, st.integers(0, 60)), max_size=5),
    st.dictionaries(SETS, st.integers(0, 90), max_size=5),
)
def test_as_much_is_met_as_can_be(demand, supply):
    covered = rules.cover(demand, supply)
    assert all(0 <= got <= amount for got, (_, amount) in zip(covered, demand, strict=True))
    assert sum(covered) == most(demand, supply)


def by_skill(desk, *needed):
    rows = api.estimate_hands(area_id=desk.area_id, incident=desk.incident, needed=needed, at=desk.at)
    return {row.skill: row for row in rows}


def test_need_free_and_short_come_from_the_shifts(desk):
    found = by_skill(desk, {"GUARD": 60}, {"GUARD": 30, "DISINFECTION": 45})
    assert (found["GUARD"].need_min, found["GUARD"].short_min, found["GUARD"].people) == (90, 0, 2)
    # volunteer and tired volunteer: eight hours each
    assert found["GUARD"].have_min == 2 * 480
    assert (found["DISINFECTION"].have_min, found["DISINFECTION"].short_min) == (0, 45)


def test_the_shortest_comes_first_and_nothing_needed_is_no_row(desk):
    assert list(by_skill(desk, {"GUARD": 60, "DISINFECTION": 45})) == ["DISINFECTION", "GUARD"]
    assert by_skill(desk) == {}
    assert by_skill(desk, {"GUARD": 0}) == {}


def test_what_is_given_already_is_not_free_and_open_tasks_take_their_hands_first(desk):
    before = by_skill(desk, {"GUARD": 60})["GUARD"].have_min
    desk.given(hands=(("GUARD",),), duration_min=120)
    assert by_skill(desk, {"GUARD": 60})["GUARD"].have_min == before - 120
    desk.open(desk.draft(hands=(("GUARD",),), duration_min=300))
    needed = before - 120
    found = by_skill(desk, {"GUARD": needed})["GUARD"]
    assert (found.short_min, found.waiting_min) == (300, 300)
    assert by_skill(desk, {"SAMPLING": 10})["SAMPLING"].waiting_min == 0


def test_nobody_is_free_after_the_shifts(desk):
    rows = api.estimate_hands(
        area_id=desk.area_id, incident=desk.incident, needed=[{"GUARD": 60}], at=desk.at + timedelta(days=3)
    )
    assert [(row.have_min, row.short_min) for row in rows] == [(0, 60)]


def test_work_without_a_skill_is_done_by_anybody(desk):
    found = by_skill(desk, {api.ANY_SKILL: 100})
    assert found[api.ANY_SKILL].short_min == 0
    assert found[api.ANY_SKILL].people >= 5


def building(area, number):
    return next(row for row in area.buildings if row.number == number)


def raise_to_high(area, incident, at, number):
    incidents.raise_zone(
        area_id=area.area_id,
        incident_id=incident.pk,
        place_kind="BUILDING",
        place_uuid=building(area, number).uuid,
        level="high",
        reason="test",
        actor=ACTOR,
        at=at,
    )


def test_a_sealed_building_asks_for_what_follow_zones_then_opens(area, incident, at):
    uuid = building(area, "1").uuid
    asked = api.sealing_hands(area_id=area.area_id, incident_id=incident.pk, places=[("BUILDING", uuid)], at=at)[0]
    raise_to_high(area, incident, at, "1")
    api.follow_zones(area_id=area.area_id, incident_id=incident.pk, actor=ACTOR, at=at)
    tasks = api.list_tasks(area_id=area.area_id, incident_id=incident.pk)
    guards = [task.duration_min for task in tasks if task.kind == "ZONE_GUARD"]
    notices = [task.duration_min for task in tasks if task.kind == "NOTIFY_DOOR"]
    assert asked == {"GUARD": sum(guards), api.ANY_SKILL: sum(notices)}
    assert guards


def test_an_entrance_is_counted_once(area, incident, at):
    house = building(area, "1")
    entrance = next(row for row in area.entrances if row.building_id == house.pk)
    places = [("BUILDING", house.uuid), ("ENTRANCE", entrance.uuid), ("GRID", house.grid.uuid)]
    found = api.sealing_hands(area_id=area.area_id, incident_id=incident.pk, places=places, at=at)
    assert found[0]
    assert found[1:] == [{}, {}]
    raise_to_high(area, incident, at, "1")
    again = api.sealing_hands(area_id=area.area_id, incident_id=incident.pk, places=places[:1], at=at)
    assert again == [{}]


def test_no_place_asks_for_nothing(area, incident, at):
    assert api.sealing_hands(area_id=area.area_id, incident_id=incident.pk, places=[], at=at) == []
