"""Reads of people: scope, households over time, search, and looks that leave a trace."""

from datetime import date, timedelta

import pytest

from tongxin.base.actors import Scope, system
from tongxin.base.models import AuditEntry
from tongxin.community import api
from tongxin.community.models import Person, Residence
from tongxin.community.tests.ledger_files import LIN, ZENG, person, workbook

ACTOR = system("tests")
ALL = Scope(area_id=1, everything=True)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda area: Scope(1, everything=True), 40),
        (lambda area: Scope(1, grid_ids=frozenset([area.grids[0].pk])), None),
        (lambda area: Scope(1, building_ids=frozenset([area.buildings[2].pk])), None),
        (
            lambda area: Scope(
                1, grid_ids=frozenset([area.grids[1].pk]), building_ids=frozenset([area.buildings[0].pk])
            ),
            None,
        ),
        (lambda area: Scope(1, own=True, account_id=3), 0),
        (lambda area: Scope(1), 0),
        (lambda area: Scope(2, everything=True), 0),
    ],
)
def test_a_scope_reaches_its_people_and_nobody_else(area, other_area, make, expected):
    scope = make(area)
    found = list(api.people_query(area_id=1, scope=scope))
    wanted = [p for p in area.people if p.grid_id in scope.grid_ids or p.building_id in scope.building_ids]
    assert len(found) == (len(wanted) if expected is None else expected)
    if expected is None:
        assert {p.pk for p in found} == {p.pk for p in wanted}
        assert 0 < len(found) < 40
    assert all(api.in_scope(p, scope) for p in found)


@pytest.mark.parametrize("gone", ["moved_out_at", "erased_at", "merged"])
def test_only_active_people_are_listed(area, at, gone):
    first, second = area.people[:2]
    values = {"merged_into": second} if gone == "merged" else {gone: at}
    Person.objects.filter(pk=first.pk).update(**values)
    assert first.pk not in api.people_ids_in(1)
    assert not api.people_query(area_id=1, scope=ALL).filter(pk=first.pk).exists()


def test_ids_in_places_are_a_union_in_walking_order(area):
    entrance, building = area.entrances[0], area.buildings[2]
    ids = api.people_ids_in(1, entrance_ids=[entrance.pk], building_ids=[building.pk])
    expected = {p.pk for p in area.people if p.entrance_id == entrance.pk or p.building_id == building.pk}
    assert set(ids) == expected
    assert api.people_ids_in(1, department_ids=[area.departments[0].pk]) == [
        p.pk for p in sorted(area.people, key=lambda p: p.sort_key) if p.department_id == area.departments[0].pk
    ]
    assert api.people_ids_in(1, dwelling_ids=[]) == []
    assert len(api.people_ids_in(1)) == 40


def test_names_are_masked_or_whole(area, django_assert_num_queries):
    with django_assert_num_queries(1):
        people = api.list_people(area_id=1, ids=[p.pk for p in area.people])
    api.warm_names(1, people.values())
    with django_assert_num_queries(0):
        masked = [api.masked_name(p) for p in people.values()]
    assert all(name.endswith("*") for name in masked)
    assert api.full_names(area_id=1, person_ids=[area.people[0].pk]) == {area.people[0].pk: "赵晓岚"}


def test_a_look_at_a_person_leaves_a_trace(area, at):
    uuid = area.people[0].uuid
    detail = api.reveal_person(area_id=1, uuid=uuid, actor=ACTOR, at=at, purpose="CARE")
    assert (detail.name, detail.phone, detail.door) == ("赵晓岚", "19900000000", "1-1-101")
    assert [c.code for c in detail.care] == ["RETIRED_LEADER"]
    entry = AuditEntry.objects.get(action="community.person.revealed")
    assert (entry.target_uuid, entry.detail) == (uuid, {"purpose": "CARE"})
    assert [(look.actor, look.purpose) for look in api.last_looks(area_id=1, uuid=uuid)] == [(ACTOR.label, "CARE")]


def test_no_purpose_no_detail(area, at):
    with pytest.raises(ValueError, match="code"):
        api.reveal_person(area_id=1, uuid=area.people[0].uuid, actor=ACTOR, at=at, purpose="只是看看")
    assert not AuditEntry.objects.exists()


def test_a_person_of_another_compound_does_not_exist(area, other_area, at):
    with pytest.raises(Person.DoesNotExist):
        api.reveal_person(area_id=1, uuid=other_area.people[0].uuid, actor=ACTOR, at=at, purpose="CARE")
    with pytest.raises(Person.DoesNotExist):
        api.get_person(1, other_area.people[0].uuid)


def test_households_are_of_a_day(area, at):
    one, two = area.by_door["1-1-101"]
    day = at.date()
    assert api.household_of(one.pk, day) == [two.pk]
    Residence.objects.filter(person=two).update(ends_at=at - timedelta(days=5))
    assert api.household_of(one.pk, day) == []
    assert api.household_of(one.pk, day - timedelta(days=10)) == [two.pk]


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [
        (date(2022, 10, 1), date(2022, 10, 10), 1),
        (date(2022, 11, 10), date(2022, 11, 12), 1),
        (date(2022, 10, 1), date(2022, 11, 12), 2),
    ],
)
def test_residences_between_two_days(area, at, start, end, count):
    one = area.people[0]
    Residence.objects.filter(person=one).update(ends_at=at)
    Residence.objects.create(area_id=1, person=one, dwelling=area.dwellings[5], starts_at=at)
    rows = api.residences_between(1, [one.pk], start, end)
    assert len(rows) == count


@pytest.fixture
def searched(db, at):
    api.open_compound(area_id=1, code="S", name="示例院区", actor=ACTOR, at=at)
    rows = [LIN, ZENG, person("欧阳若溪", "2-1-303", phone="13911114321"), person("Anna Lind", "3-1-101")]
    api.import_ledger(area_id=1, kind="people", content=workbook(*rows), actor=ACTOR, at=at)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("lxm", ["林小满"]),
        ("LXM", ["林小满"]),
        ("zsm", ["曾单明"]),
        ("csm", ["曾单明"]),
        ("oyrx", ["欧阳若溪"]),
        ("欧阳", ["欧阳若溪"]),
        ("曾單明", ["曾单明"]),
        ("anna", ["Anna Lind"]),
        ("4321", ["欧阳若溪"]),
        ("13911114321", ["欧阳若溪"]),
        ("+86 139 1111 4321", ["欧阳若溪"]),
        ("2-1-302", ["曾单明"]),
        ("2号楼1单元302", ["曾单明"]),
        ("2号楼", ["曾单明", "欧阳若溪"]),
        ("2号楼1单元", ["曾单明", "欧阳若溪"]),
        ("", []),
        ("   ", []),
        ("查无此人", []),
        ("' OR 1=1 --", []),
        ("%", []),
        ("x" * 500, []),
    ],
)
def test_search_finds(searched, text, names):
    assert [p.name for p in api.search_people(area_id=1, scope=ALL, text=text)] == names


def test_search_stays_in_scope(searched):
    assert api.search_people(area_id=1, scope=Scope(1, own=True), text="lxm") == []
    assert api.search_people(area_id=2, scope=Scope(2, everything=True), text="lxm") == []


def test_figures_and_timeline(searched, at):
    figures = api.figures(area_id=1, incident_id=0, at=at)
    assert figures["community.people"] == 4
    assert figures["community.buildings"] == 3
    assert set(figures) >= {"community.to_verify", "community.possible_duplicates", "community.one_to_one"}
    story = api.timeline(area_id=1, incident_id=0, since=at, until=at + timedelta(hours=1))
    assert [(entry["code"], entry["counts"]["added"]) for entry in story] == [("community.ledger_imported", 4)]
    assert api.timeline(area_id=1, incident_id=0, since=at + timedelta(hours=1), until=at + timedelta(hours=2)) == []


def test_care_lists(area, at):
    rows = api.list_special_care(area_id=1, codes=api.ONE_TO_ONE_CODES)
    assert [row.code for row in rows] == ["RETIRED_LEADER", "ACADEMICIAN", "RETIRED_STAFF", "RETIRED_STAFF"]
    assert api.count_care(area_id=1, scope=ALL) == {"RETIRED_LEADER": 1, "ACADEMICIAN": 1, "RETIRED_STAFF": 2}
    assert api.care_codes_of(area_id=1, person_ids=[area.people[0].pk, area.people[9].pk]) == {
        area.people[0].pk: ("RETIRED_LEADER",)
    }
    with pytest.raises(api.UnknownCareCode):
        api.add_care(area_id=1, needs=[(area.people[5], {"VIP": ""}, None)], actor=ACTOR, at=at)
    assert api.add_care(area_id=1, needs=[(area.people[5], {"DIALYSIS": "周二周五"}, 3)], actor=ACTOR, at=at) == 1
    assert api.add_care(area_id=1, needs=[(area.people[5], {"DIALYSIS": "周二周五"}, 3)], actor=ACTOR, at=at) == 0
    assert api.add_care(area_id=1, needs=[(area.people[5], {"DIALYSIS": "周三"}, 3)], actor=ACTOR, at=at) == 1
    assert api.end_care(area_id=1, person_uuid=area.people[5].uuid, code="DIALYSIS", actor=ACTOR, at=at)
    assert not api.end_care(area_id=1, person_uuid=area.people[5].uuid, code="DIALYSIS", actor=ACTOR, at=at)
