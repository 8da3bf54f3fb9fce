import json

import pytest

from tongxin.base.actors import system
from tongxin.base.ids import new_uuid
from tongxin.base.models import AuditEntry
from tongxin.base.versions import StaleVersion
from tongxin.community import api
from tongxin.community.models import Building, Compound, Grid, Person

ACTOR = system("tests")


def test_a_compound_is_opened_once(db, at):
    first = api.open_compound(area_id=7, code="S", name="示例院区", actor=ACTOR, at=at)
    again = api.open_compound(area_id=7, code="X", name="别的名字", actor=ACTOR, at=at)
    assert first == again
    assert api.get_compound(7).name == "示例院区"
    assert api.list_areas() == [7]
    assert AuditEntry.objects.filter(action="community.compound.opened").count() == 1


def test_an_unknown_compound_is_told(db):
    with pytest.raises(Compound.DoesNotExist):
        api.get_compound(99)


def test_lists_are_in_order_and_of_one_compound(area, other_area, django_assert_num_queries):
    with django_assert_num_queries(2):
        buildings = api.list_buildings(1)
        assert [b.number for b in buildings] == ["1", "2", "3"]
        assert [len(b.entrances.all()) for b in buildings] == [2, 2, 2]
        assert buildings[0].grid.number == "1"
    assert [g.number for g in api.list_grids(1)] == ["1", "2"]
    assert [(e.building.number, e.number) for e in api.list_entrances(1)][:3] == [("1", "1"), ("1", "2"), ("2", "1")]
    assert {d.area_id for d in api.list_departments(1)} == {1}


def test_a_dwelling_is_found_by_its_door(area):
    assert api.find_dwelling(1, "3-2-202").entrance.building.number == "3"
    assert api.find_dwelling(1, "9-9-999") is None
    assert api.find_dwelling(2, "3-2-202") is None


def test_dwellings_know_how_many_live_there(area):
    rows = api.list_dwellings(1, building_id=area.buildings[0].pk)
    assert sum(row.people_count for row in rows) == Person.objects.filter(building=area.buildings[0]).count()


def test_departments_count_active_people_only(area, at):
    before = {d.name: d.people_count for d in api.list_departments(1)}
    Person.objects.filter(department=area.departments[0]).update(moved_out_at=at)
    after = {d.name: d.people_count for d in api.list_departments(1)}
    assert before["综合办公室"] > 0
    assert after["综合办公室"] == 0
    assert after["一年级一班"] == before["一年级一班"]


def test_people_know_their_place_with_few_queries(area, django_assert_num_queries):
    ids = [person.pk for person in area.people]
    with django_assert_num_queries(1):
        places = api.person_places(1, ids)
    assert len(places) == 40
    place = places[area.people[0].pk]
    assert (place.door, place.building_id, place.x) == ("1-1-101", area.buildings[0].pk, 60.0)


def change(area, at, **changes):
    building = Building.objects.get(pk=area.buildings[0].pk)
    values = {
        "grid_uuid": area.grids[1].uuid,
        "name": "一号楼",
        "floors": 18,
        "has_lift": True,
        "x": 1.0,
        "y": 2.0,
        "version": building.version,
    } | changes
    return api.update_building(area_id=1, uuid=building.uuid, actor=ACTOR, at=at, **values)


def test_people_follow_their_building_into_its_grid(area, at):
    changed = change(area, at)
    assert (changed.floors, changed.has_lift, changed.version) == (18, True, 2)
    assert set(Person.objects.filter(building=changed).values_list("grid_id", flat=True)) == {area.grids[1].pk}
    assert AuditEntry.objects.get(action="community.building.changed").detail["floors"] == 18


def test_two_officers_do_not_overwrite_each_other(area, at):
    change(area, at)
    with pytest.raises(StaleVersion):
        change(area, at, version=1, name="另一个名字")
    assert Building.objects.get(pk=area.buildings[0].pk).name == "一号楼"


def test_a_grid_of_another_compound_is_refused(area, other_area, at):
    with pytest.raises(Grid.DoesNotExist):
        change(area, at, grid_uuid=other_area.grids[0].uuid)
    with pytest.raises(Building.DoesNotExist):
        api.update_building(
            area_id=1,
            uuid=new_uuid(),
            version=1,
            grid_uuid=None,
            name="",
            floors=1,
            has_lift=False,
            x=None,
            y=None,
            actor=ACTOR,
            at=at,
        )


# ---------- site plan ----------
PLAN = {
    "buildings": [
        {"number": "1", "x": 10, "y": 20.5, "floors": 6, "has_lift": True, "grid": "2", "name": "望湖楼"},
        {
            "number": "2",
            "outline": [[0, 0], [10, 0], [10, 20], [0, 20]],
            "entrances": [{"number": "1", "x": 5, "y": 0}],
        },
        {"number": "99", "x": 1, "y": 1},
    ]
}


def load(content, at):
    return api.load_site_plan(area_id=1, content=content, actor=ACTOR, at=at)


def test_a_site_plan_gives_coordinates(area, at):
    loaded = load(json.dumps(PLAN).encode(), at)
    assert (loaded.buildings, loaded.entrances, loaded.unknown) == (2, 1, ("99",))
    one, two = api.get_building(1, "1"), api.get_building(1, "2")
    assert (one.x, one.y, one.has_lift, one.name, one.grid.number) == (10.0, 20.5, True, "望湖楼", "2")
    assert (two.x, two.y) == (5.0, 10.0)
    assert len(two.outline) == 4
    assert next(e for e in two.entrances.all() if e.number == "1").x == 5.0
    assert set(Person.objects.filter(building=one).values_list("grid__number", flat=True)) == {"2"}


def test_a_site_plan_may_be_toml_and_a_file(area, at, tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text('[[buildings]]\nnumber = "3"\nx = 1.5\ny = 2.5\n', encoding="utf-8")
    assert api.load_site_plan(area_id=1, path=path, actor=ACTOR, at=at).buildings == 1
    assert api.get_building(1, "3").x == 1.5


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        (b"", "plan_without_buildings"),
        (b"\xff\xfe\x00", "plan_unreadable"),
        (b"{not json", "plan_unreadable"),
        (b"[" * 5000, "plan_unreadable"),
        (b'{"buildings": []}', "plan_without_buildings"),
        (b'{"buildings": {"1": 2}}', "plan_without_buildings"),
        (b'{"buildings": [{"x": 1}]}', "plan_without_buildings"),
        (b'{"buildings": [{"number": "1", "x": "ten"}]}', "plan_coordinate_wrong"),
        (b'{"buildings": [{"number": "1", "x": 1e300, "y": 1}]}', "plan_coordinate_wrong"),
        (b'{"buildings": [{"number": "1", "x": true}]}', "plan_coordinate_wrong"),
        (b'{"buildings": [{"number": "1", "outline": [[1]]}]}', "plan_outline_wrong"),
        (b'{"buildings": [{"number": "1", "outline": 7}]}', "plan_outline_wrong"),
        (
            b'{"buildings": [{"number": "1", "x": 5, "y": 5}, {"number": "2", "entrances": ["1"]}]}',
            "plan_entrance_wrong",
        ),
        (b"x" * 4_000_001, "plan_too_large"),
    ],
)
def test_a_wrong_site_plan_changes_nothing(area, at, plan, code):
    with pytest.raises(api.SitePlanWrong) as wrong:
        load(plan, at)
    assert wrong.value.code == code
    assert api.get_building(1, "1").x == 60.0


def test_a_site_plan_makes_the_grids_that_it_names(area, at):
    load(b'{"buildings": [{"number": 1, "grid": 7}, {"number": 2, "grid": 7}, {"number": 99, "grid": 8}]}', at)
    assert [grid.number for grid in api.list_grids(1)] == ["1", "2", "7"]
    assert set(Person.objects.filter(building__number="2").values_list("grid__number", flat=True)) == {"7"}
