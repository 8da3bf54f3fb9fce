"""Changes by hand: moves, moving out, people added, special care begun and ended; each with its day, audit and way back."""

from datetime import timedelta

import pytest
from django.urls import reverse

from tongxin.base.actors import Scope, system
from tongxin.base.ids import new_uuid
from tongxin.base.models import AuditEntry, OutboxEvent
from tongxin.base.versions import StaleVersion
from tongxin.community import api
from tongxin.community.models import Dwelling, MergeCandidate, Person, Residence, SpecialCare

ACTOR = system("tests")
ALL = Scope(area_id=1, everything=True)


@pytest.fixture
def by(at):
    return {"area_id": 1, "actor": ACTOR, "at": at}


@pytest.fixture
def today(at):
    return at.date()


def page(name, *args):
    return reverse(f"community:{name}", args=args)


def other_door(area, person):
    return Dwelling.objects.filter(area_id=1, entrance=person.entrance).exclude(pk=person.dwelling_id).first()


def foreign(area):
    """Somebody of the second grid."""
    return next(p for p in area.people if p.grid_id == area.grids[1].pk)


def own(area):
    return next(p for p in area.people if p.grid_id == area.grids[0].pk)


def move(person, door, by, on, **more):
    values = {"scope": ALL, "reason": "MOVED_INSIDE", "version": Person.objects.get(pk=person.pk).version} | more
    return api.move_person(uuid=person.uuid, door=door, moved_on=on, **values, **by)


# ---------- moving ----------
def test_a_move_ends_one_stay_and_begins_another(area, by, today):
    person = own(area)
    door = other_door(area, person)
    move(person, door.door, by, today - timedelta(days=2))
    row = Person.objects.get(pk=person.pk)
    assert (row.dwelling_id, row.entrance_id, row.version) == (door.pk, door.entrance_id, person.version + 1)
    before, now = api.stays_of(1, row)[::-1]
    assert before.ends_at == now.starts_at
    assert before.end_reason == "MOVED_INSIDE"
    assert AuditEntry.objects.filter(action="community.person.moved", target_uuid=person.uuid).count() == 1
    assert OutboxEvent.objects.filter(kind="community.residents_changed.v1").count() == 1


def test_a_move_is_taken_back_whole(area, by, today):
    person = own(area)
    before = Person.objects.get(pk=person.pk)
    move(person, other_door(area, person).door, by, today)
    row = Person.objects.get(pk=person.pk)
    assert api.undo_change(uuid=person.uuid, version=row.version, **by) == "MOVED"
    after = Person.objects.get(pk=person.pk)
    assert (after.dwelling_id, after.entrance_id, after.grid_id) == (
        before.dwelling_id,
        before.entrance_id,
        before.grid_id,
    )
    assert Residence.objects.filter(person=person, ends_at=None).count() == 1
    with pytest.raises(api.ChangeRefused, match="NOTHING_TO_UNDO"):
        api.undo_change(uuid=person.uuid, version=after.version, **by)


@pytest.mark.parametrize(
    ("door", "days", "reason", "code"),
    [
        ("", 0, "OTHER", "DOOR_UNCLEAR"),
        ("<script>", 0, "OTHER", "DOOR_UNCLEAR"),
        ("999-1-101", 0, "OTHER", "UNKNOWN_BUILDING"),
        ("own", 0, "OTHER", "SAME_DOOR"),
        ("other", -1, "OTHER", "FUTURE"),
        ("other", 0, "BECAUSE", "NO_REASON"),
    ],
)
def test_a_move_that_cannot_be_changes_nothing(area, by, today, door, days, reason, code):
    person = own(area)
    doors = {"own": person.dwelling.door, "other": other_door(area, person).door}
    with pytest.raises(api.ChangeRefused, match=code):
        move(person, doors.get(door, door), by, today - timedelta(days=days), reason=reason)
    assert Person.objects.get(pk=person.pk).version == person.version
    assert not AuditEntry.objects.filter(action="community.person.moved").exists()


def test_a_day_before_the_present_stay_and_a_stale_page_are_refused(area, by, today):
    person = own(area)
    home = person.dwelling.door
    move(person, other_door(area, person).door, by, today - timedelta(days=2))
    with pytest.raises(api.ChangeRefused, match="BEFORE_STAY"):
        move(person, home, by, today - timedelta(days=2))
    with pytest.raises(StaleVersion):
        move(person, home, by, today, version=1)


def test_a_new_flat_of_a_known_building_is_made(area, by, today):
    person = own(area)
    number = person.dwelling.entrance.building.number
    assert move(person, f"{number}-9-9901", by, today).door == f"{number}-9-9901"


def test_a_leader_does_not_move_people_into_another_grid(area, by, today):
    scope = Scope(1, grid_ids=frozenset([area.grids[0].pk]))
    with pytest.raises(api.ChangeRefused, match="OTHER_GRID"):
        move(own(area), foreign(area).dwelling.door, by, today, scope=scope)


# ---------- moving out ----------
def out(people, by, on, *, scope=ALL, reason="MOVED_AWAY"):
    uuids = [person.uuid for person in people]
    return api.move_out(scope=scope, person_uuids=uuids, moved_on=on, reason=reason, **by)


def test_a_household_moves_out_and_comes_back(area, by, today):
    person = own(area)
    people = [p for p in area.people if p.dwelling_id == person.dwelling_id]
    assert out(people, by, today) == len(people)
    assert not set(api.people_ids_in(1)) & {p.pk for p in people}
    assert not Residence.objects.filter(person__in=people, ends_at=None).exists()
    for row in Person.objects.filter(pk__in=[p.pk for p in people]):
        assert api.undo_change(uuid=row.uuid, version=row.version, **by) == "MOVED_OUT"
    assert {p.pk for p in people} <= set(api.people_ids_in(1))
    assert Residence.objects.filter(person__in=people, ends_at=None).count() == len(people)


@pytest.mark.parametrize(
    ("who", "days", "reason", "code"),
    [
        ("nobody", 0, "MOVED_AWAY", "NOBODY"),
        ("both", 0, "MOVED_AWAY", "NOT_HERE"),
        ("own", -1, "MOVED_AWAY", "FUTURE"),
        ("own", 0, "MOVED_INSIDE", "NO_REASON"),
    ],
)
def test_moving_out_is_whole_or_not_at_all(area, by, today, who, days, reason, code):
    people = {"nobody": [], "own": [own(area)], "both": [own(area), foreign(area)]}[who]
    scope = Scope(1, grid_ids=frozenset([area.grids[0].pk]))
    with pytest.raises(api.ChangeRefused, match=code):
        out(people, by, today - timedelta(days=days), scope=scope, reason=reason)
    assert not Person.objects.exclude(moved_out_at=None).exists()


# ---------- adding ----------
def add(by, door, since, *, scope=ALL, reason="BORN", **values):
    return api.add_resident(scope=scope, door=door, since=since, reason=reason, values=values, **by)


def test_a_baby_comes_in_with_its_day_and_is_found(area, by, today):
    door = own(area).dwelling.door
    added = add(by, door, today - timedelta(days=1), name="林小宝", sex="F", birth_date="2022-11-01", relation="之女")
    row = Person.objects.get(uuid=added.uuid)
    assert (row.name, row.sex, row.birth_date, row.dwelling.door) == ("林小宝", "F", "2022-11-01", door)
    (stay,) = api.stays_of(1, row)
    assert stay.starts_at is not None
    assert stay.relation == "之女"
    assert row in api.search_people(area_id=1, scope=ALL, text="lxb")
    assert AuditEntry.objects.filter(action="community.person.added", target_uuid=added.uuid).count() == 1


def test_somebody_on_the_ledger_is_not_added_twice_but_comes_back(area, by, today):
    door = own(area).dwelling.door
    first = add(by, door, today - timedelta(days=5), name="苏租客", phone="13912345678", reason="TENANT")
    with pytest.raises(api.ChangeRefused, match="ON_THE_LEDGER"):
        add(by, foreign(area).dwelling.door, today, name="苏租客", phone="13912345678")
    out([Person.objects.get(uuid=first.uuid)], by, today - timedelta(days=3))
    again = add(by, door, today, name="苏租客", phone="13912345678", reason="TENANT")
    assert again.uuid == first.uuid
    assert Person.objects.get(uuid=first.uuid).moved_out_at is None
    assert len(api.stays_of(1, Person.objects.get(uuid=first.uuid))) == 2


def test_a_lookalike_waits_in_the_queue_and_never_stops_anybody(area, by, today):
    door = own(area).dwelling.door
    add(by, door, today, name="程若溪", sex="F")
    added = add(by, door, today, name="程若西", sex="F")
    assert added.has_lookalike
    assert MergeCandidate.objects.filter(second__uuid=added.uuid).exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "林" * 61}, "name"),
        ({"name": "林小宝", "phone": "123"}, "phone"),
        ({"name": "林小宝", "id_number": "110101195803120012"}, "id_number"),
        ({"name": "林小宝", "birth_date": "2035-01-01"}, "birth_date"),
    ],
)
def test_a_wrong_field_is_told_and_nobody_is_added(area, by, today, values, field):
    count = Person.objects.count()
    with pytest.raises(api.WrongValue) as refused:
        add(by, own(area).dwelling.door, today, **values)
    assert refused.value.field == field
    assert Person.objects.count() == count


# ---------- special care ----------
def begin(person, by, since, *, code="PREGNANT", reason="DOCTOR", detail=""):
    return api.begin_care(person=person, code=code, since=since, reason=reason, detail=detail, **by)


def test_care_begins_ends_and_goes_on(area, by, today):
    person = own(area)
    row = begin(person, by, today - timedelta(days=3), detail="32 周")
    assert (row.detail, row.start_reason) == ("32 周", "DOCTOR")
    with pytest.raises(api.ChangeRefused, match="CARE_IS_OPEN"):
        begin(person, by, today)
    ends = {"person_uuid": person.uuid, "code": "PREGNANT", "reason": "NO_LONGER_NEEDED"}
    with pytest.raises(api.ChangeRefused, match="BEFORE_CARE"):
        api.end_care(**ends, ended_on=today - timedelta(days=4), **by)
    assert api.end_care(**ends, ended_on=today, **by)
    assert not api.end_care(**ends, ended_on=today, **by)
    api.reopen_care(person_uuid=person.uuid, care_uuid=row.uuid, **by)
    assert SpecialCare.objects.get(pk=row.pk).ends_at is None
    with pytest.raises(api.ChangeRefused, match="NOTHING_TO_UNDO"):
        api.reopen_care(person_uuid=person.uuid, care_uuid=row.uuid, **by)


@pytest.mark.parametrize(
    ("days", "reason", "code"), [(-1, "DOCTOR", "FUTURE"), (0, "RECOVERED", "NO_REASON"), (0, "", "NO_REASON")]
)
def test_care_needs_a_day_and_a_reason(area, by, today, days, reason, code):
    with pytest.raises(api.ChangeRefused, match=code):
        begin(own(area), by, today - timedelta(days=days), reason=reason)
    assert not SpecialCare.objects.filter(code="PREGNANT").exists()


# ---------- pages ----------
@pytest.fixture
def leader(cast, drill_clock, at):
    drill_clock(at)
    return cast.client("grid_leader_1")


def test_a_leader_moves_a_person_of_the_own_grid_and_takes_it_back(leader, area, today):
    person = own(area)
    door = other_door(area, person).door
    form = {"door": door, "moved_on": today.isoformat(), "reason": "CARED_FOR", "version": person.version}
    assert leader.get(page("person_move", person.uuid)).status_code == 200
    assert leader.post(page("person_move", person.uuid), form).status_code == 302
    assert leader.post(page("person_move", person.uuid), form).status_code == 422  # the version is old now
    text = leader.get(page("person_move", person.uuid)).content.decode()
    assert "Take back the last move" in text
    version = Person.objects.get(pk=person.pk).version
    leader.post(page("person_undo", person.uuid), {"version": version})
    assert Person.objects.get(pk=person.pk).dwelling_id == person.dwelling_id


def test_the_household_page_lets_some_of_them_move_out(leader, area, today):
    person = own(area)
    url = page("household_move_out", person.dwelling.uuid)
    text = leader.get(url).content.decode()
    assert str(person.uuid) in text
    assert person.name not in text
    assert str(person.birth_year) in text
    form = {"people": [str(person.uuid)], "moved_on": today.isoformat(), "reason": "RENT_ENDED"}
    assert leader.post(url, form | {"moved_on": "2035-01-01"}).status_code == 422
    assert leader.post(url, form).status_code == 302
    assert Person.objects.get(pk=person.pk).moved_out_at is not None
    assert leader.post(url, form).status_code == 422  # nobody of that name is left to choose


def test_the_form_to_add_somebody_sent_twice_adds_one(leader, area, today):
    count = Person.objects.count()
    url = page("add_person")
    text = leader.get(f"{url}?dwelling={own(area).dwelling.uuid}").content.decode()
    assert own(area).dwelling.door in text
    form = {"door": own(area).dwelling.door, "name": "唐小宝", "sex": "U", "since": today.isoformat(), "reason": "BORN"}
    form["op_id"] = str(new_uuid())
    assert leader.post(url, form).status_code == 302
    assert leader.post(url, form).status_code == 302
    assert Person.objects.count() == count + 1
    assert leader.post(url, form | {"name": "唐大宝"}).status_code == 422
    assert leader.post(url, form | {"op_id": "x"}).status_code == 404
    assert leader.post(url, form | {"door": foreign(area).dwelling.door, "op_id": str(new_uuid())}).status_code == 422
    assert Person.objects.count() == count + 1


def test_care_begins_and_ends_on_its_page_and_the_look_is_recorded(leader, area, today):
    person = own(area)
    url = page("person_care", person.uuid)
    assert leader.get(url).status_code == 200
    assert AuditEntry.objects.filter(action="community.care.looked_at", target_uuid=person.uuid).count() == 1
    form = {"code": "DIALYSIS", "since": today.isoformat(), "reason": "HOME_VISIT", "detail": "周二、周五"}
    assert leader.post(page("care_begin", person.uuid), form).status_code == 302
    assert leader.post(page("care_begin", person.uuid), form).status_code == 422
    assert "周二、周五" in leader.get(url).content.decode()
    form = {"code": "DIALYSIS", "ended_on": today.isoformat(), "reason": "RECOVERED"}
    assert leader.post(page("care_end", person.uuid), form | {"reason": "no"}).status_code == 422
    assert leader.post(page("care_end", person.uuid), form).status_code == 302
    row = SpecialCare.objects.get(person=person, code="DIALYSIS")
    assert row.end_reason == "RECOVERED"
    leader.post(page("care_reopen", person.uuid, row.uuid))
    assert SpecialCare.objects.get(pk=row.pk).ends_at is None


@pytest.mark.parametrize("who", ["grid_leader_1", "volunteer", "caller", "tracer", "auditor", "outsider"])
def test_people_of_another_grid_are_not_there(cast, drill_clock, area, at, who):
    drill_clock(at)
    client, person = cast.client(who), foreign(area)
    for name in ("person_move", "person_care"):
        assert client.get(page(name, person.uuid)).status_code == 404
    for name in ("person_move", "person_undo", "care_begin", "care_end"):
        assert client.post(page(name, person.uuid), {}).status_code == 404
    assert client.post(page("care_reopen", person.uuid, new_uuid()), {}).status_code == 404
    assert client.get(page("household_move_out", person.dwelling.uuid)).status_code == 404
    if who != "grid_leader_1":
        assert client.get(page("add_person")).status_code == 404


@pytest.mark.parametrize("query", ["?dwelling=x", f"?dwelling={new_uuid()}"], ids=["no uuid", "nobody's"])
def test_an_unknown_dwelling_is_not_there(leader, query):
    assert leader.get(page("add_person") + query).status_code == 404


def test_days_without_sense_are_told(leader, area):
    url = page("person_move", own(area).uuid)
    assert (
        leader.post(url, {"door": "1", "moved_on": "yesterday", "reason": "OTHER", "version": "1"}).status_code == 422
    )
