"""Merging with undo, verification, erasure."""

from datetime import UTC, datetime

import pytest

from tongxin.base import keys
from tongxin.base.actors import Scope, system
from tongxin.base.crypto import Unreadable
from tongxin.base.models import AuditEntry, DataKey, OutboxEvent
from tongxin.base.versions import StaleVersion
from tongxin.community import api, rules
from tongxin.community.models import MergeCandidate, Person, Residence, SearchToken, SpecialCare, VerifyItem
from tongxin.community.tests.ledger_files import BAD_PHONE, id_number, person, workbook

ACTOR = system("tests")
AT = datetime(2022, 11, 3, tzinfo=UTC)
ALL = Scope(area_id=1, everything=True)
pytestmark = pytest.mark.django_db


def imported(*rows):
    api.open_compound(area_id=1, code="S", name="示例院区", actor=ACTOR, at=AT)
    api.import_ledger(area_id=1, kind="people", content=workbook(*rows), actor=ACTOR, at=AT)


@pytest.fixture
def pair():
    imported(
        person("沈若溪", "1-1-101", phone="13900000002"),
        person("沈若希", "1-1-101", number=id_number(3, "19400101"), note="听力不好"),
    )
    found = MergeCandidate.objects.select_related("first", "second").get()
    api.add_care(area_id=1, needs=[(found.second, {"ACADEMICIAN": "听力不好"}, 4)], actor=ACTOR, at=AT)
    return found


def merge(pair, keep=None):
    return api.merge_people(area_id=1, uuid=pair.uuid, keep=keep or pair.first.uuid, actor=ACTOR, at=AT)


def test_the_row_that_stays_gets_what_it_lacked(pair):
    merge(pair)
    kept = Person.objects.get(pk=pair.first_id)
    assert (kept.name, kept.phone, kept.note, kept.id_number) == (
        "沈若溪",
        "+8613900000002",
        "听力不好",
        id_number(3, "19400101"),
    )
    assert kept.id_index == pair.second.id_index
    assert Person.objects.get(pk=pair.second_id).merged_into_id == kept.pk
    care = SpecialCare.objects.get(person=kept)
    assert (care.code, care.detail, care.medicine_days_left) == ("ACADEMICIAN", "听力不好", 4)
    assert [p.pk for p in api.people_query(area_id=1, scope=ALL)] == [kept.pk]
    event = OutboxEvent.objects.get(kind="community.people_merged.v1")
    assert event.payload == {"kept_uuid": str(kept.uuid), "gone_uuid": str(pair.second.uuid)}
    assert AuditEntry.objects.filter(action="community.people.merged").count() == 1


def test_either_row_may_stay(pair):
    kept = merge(pair, keep=pair.second.uuid)
    assert kept.pk == pair.second_id
    assert Person.objects.get(pk=pair.first_id).merged_into_id == kept.pk


def test_a_merge_is_taken_back_as_it_was(pair):
    before = {p.pk: (p.phone, p.note, p.id_number, p.id_index) for p in Person.objects.all()}
    merge(pair)
    api.undo_merge(area_id=1, uuid=pair.uuid, actor=ACTOR, at=AT)
    after = {p.pk: (p.phone, p.note, p.id_number, p.id_index) for p in Person.objects.all()}
    assert after == before
    assert SpecialCare.objects.filter(ends_at=None).values_list("person_id", flat=True).get() == pair.second_id
    assert MergeCandidate.objects.get().state == "OPEN"
    assert len(api.people_query(area_id=1, scope=ALL)) == 2


def test_undo_keeps_what_was_corrected_since(pair):
    merge(pair)
    kept = Person.objects.get(pk=pair.first_id)
    api.correct_person(
        area_id=1,
        uuid=kept.uuid,
        version=kept.version,
        field="note",
        value="新的备注",
        actor=ACTOR,
        at=AT,
        today=AT.date(),
    )
    api.undo_merge(area_id=1, uuid=pair.uuid, actor=ACTOR, at=AT)
    assert Person.objects.get(pk=pair.first_id).note == "新的备注"


@pytest.mark.parametrize("first", [api.merge_people, api.mark_different])
def test_a_pair_is_decided_once(pair, first):
    extra = {"keep": pair.first.uuid} if first is api.merge_people else {}
    first(area_id=1, uuid=pair.uuid, actor=ACTOR, at=AT, **extra)
    with pytest.raises(rules.WrongMergeStep):
        merge(pair)
    with pytest.raises(rules.WrongMergeStep):
        api.mark_different(area_id=1, uuid=pair.uuid, actor=ACTOR, at=AT)


def test_told_apart_and_taken_back(pair):
    api.mark_different(area_id=1, uuid=pair.uuid, actor=ACTOR, at=AT)
    assert MergeCandidate.objects.get().state == "DIFFERENT"
    with pytest.raises(rules.WrongMergeStep):
        api.undo_merge(area_id=1, uuid=pair.uuid, actor=ACTOR, at=AT)
    api.undo_decision(area_id=1, uuid=pair.uuid, actor=ACTOR, at=AT)
    assert MergeCandidate.objects.get().state == "OPEN"


def test_keeping_somebody_else_is_refused(pair):
    with pytest.raises(ValueError, match="not one of the pair"):
        merge(pair, keep=pair.uuid)
    assert MergeCandidate.objects.get().state == "OPEN"


def test_comparing_is_masked_until_the_look_is_recorded(pair):
    lines = {line.field: line for line in api.compare(area_id=1, uuid=pair.uuid, actor=ACTOR, at=AT)}
    assert lines["name"].first == "沈**"
    assert not lines["name"].is_equal
    assert lines["door"].is_equal
    assert lines["phone"].first == "*** 0002"
    assert lines["note"].second == "***"
    assert not AuditEntry.objects.filter(action="community.person.revealed").exists()
    full = {line.field: line for line in api.compare(area_id=1, uuid=pair.uuid, actor=ACTOR, at=AT, is_revealed=True)}
    assert full["name"].first == "沈若溪"
    assert AuditEntry.objects.filter(action="community.person.revealed").count() == 2


def test_pairs_across_grids_belong_to_headquarters():
    imported(
        person("沈若溪", "1-1-101", phone="13900000002", grid="1"),
        person("沈若溪", "2-1-101", phone="13900000002", grid="2"),
    )
    grids = api.list_grids(1)
    assert list(api.list_merge_candidates(area_id=1, scope=ALL))
    one = Scope(1, grid_ids=frozenset([grids[0].pk]))
    both = Scope(1, grid_ids=frozenset(grid.pk for grid in grids))
    assert not list(api.list_merge_candidates(area_id=1, scope=one))
    assert list(api.list_merge_candidates(area_id=1, scope=both))


# ---------- verification ----------
@pytest.fixture
def doubtful():
    imported(BAD_PHONE)
    return VerifyItem.objects.select_related("person").get()


def correct(item, field, value, version=1):
    return api.correct_person(
        area_id=1, uuid=item.person.uuid, version=version, field=field, value=value, actor=ACTOR, at=AT, today=AT.date()
    )


@pytest.mark.parametrize(
    ("field", "value", "column", "stored"),
    [
        ("phone", " 139 0000 5555 ", "phone", "+8613900005555"),
        ("phone", "", "phone", ""),
        ("phone_2", "010-62345678", "phone_2", "+861062345678"),
        ("id_number", id_number(7), "birth_date", "1960-01-01"),
        ("birth_date", "1960.1.2", "birth_date", "1960-01-02"),
        ("birth_date", "1960", "birth_year", 1960),
        ("sex", "F", "sex", "F"),
        ("name", "顾 思 远", "name", "顾思远"),
        ("note", "耳背", "note", "耳背"),
        ("family_contact", "顾家属 13900001234", "family_contact", "顾家属 13900001234"),
        ("language", "粤语", "language", "粤语"),
    ],
)
def test_a_field_is_corrected_as_the_importer_checks_it(doubtful, field, value, column, stored):
    assert getattr(correct(doubtful, field, value), column) == stored


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("phone", "123", "phone_wrong"),
        ("phone", "林小满", "phone_wrong"),
        ("id_number", "110105196001010012", "id_checksum"),
        ("id_number", "1", "id_wrong"),
        ("birth_date", "2099-01-01", "date_invalid"),
        ("birth_date", "31.2.1960", "date_invalid"),
        ("sex", "?", "sex_wrong"),
        ("name", "", "no_name"),
        ("name", "林" * 80, "name_strange"),
        ("door", "不知道", "place_incomplete"),
        ("door", "", "no_place"),
    ],
)
def test_a_wrong_correction_changes_nothing(doubtful, field, value, code):
    with pytest.raises(api.WrongValue) as wrong:
        correct(doubtful, field, value)
    assert wrong.value.field == field
    assert wrong.value.code == code or field == "id_number"
    assert VerifyItem.objects.filter(resolved_at=None).count() == 1
    assert Person.objects.get().version == 1


def test_an_answer_closes_the_doubt(doubtful):
    corrected = correct(doubtful, "phone", "13900005555")
    assert not corrected.is_to_verify
    assert corrected.version == 2
    assert not api.list_to_verify(area_id=1, scope=ALL).exists()
    assert api.search_people(area_id=1, scope=ALL, text="5555")
    entry = AuditEntry.objects.get(action="community.person.corrected")
    assert entry.detail == {"field": "phone"}


def test_another_answer_leaves_the_doubt(doubtful):
    assert correct(doubtful, "note", "耳背").is_to_verify


def test_a_new_door_is_a_move(doubtful):
    moved = correct(doubtful, "door", "5号楼2单元601")
    assert (moved.dwelling.door, moved.building.number) == ("5-2-601", "5")
    assert Residence.objects.filter(ends_at=None).count() == 1
    assert Residence.objects.count() == 2


def test_a_stale_form_is_refused(doubtful):
    correct(doubtful, "note", "甲")
    with pytest.raises(StaleVersion):
        correct(doubtful, "note", "乙", version=1)
    assert Person.objects.get().note == "甲"


def test_right_as_it_is(doubtful):
    assert api.resolve_verify(area_id=1, uuid=doubtful.uuid, actor=ACTOR, at=AT)
    assert not api.resolve_verify(area_id=1, uuid=doubtful.uuid, actor=ACTOR, at=AT)
    assert not Person.objects.get().is_to_verify
    assert AuditEntry.objects.filter(action="community.verify.confirmed").count() == 1


# ---------- erasure ----------
def test_erased_is_erased(pair):
    merge(pair)
    sealed = Person.objects.filter(pk=pair.first_id).values("name").get()["name"]
    assert api.forget(area_id=1, person_uuid=pair.first.uuid, at=AT, actor=ACTOR) == 2
    for model in (SearchToken, VerifyItem, SpecialCare, Residence, MergeCandidate):
        assert model.objects.count() == 0
    row = Person.objects.get(pk=pair.first_id)
    assert (row.name, row.phone, row.name_index, row.dwelling_id, row.external_code) == ("", "", "", None, "")
    assert row.grid_id is not None
    assert bytes(DataKey.objects.get(subject_uuid=row.subject_uuid).wrapped) == b""
    keys.forget_cached()
    row.__dict__["name"] = sealed  # what an old backup would still hold
    with pytest.raises(Unreadable):
        _ = row.name
    assert api.forget(area_id=1, person_uuid=pair.first.uuid, at=AT, actor=ACTOR) == 0
    assert OutboxEvent.objects.filter(kind="community.person_erased.v1").count() == 2


def test_an_erased_person_is_shown_to_nobody(pair):
    api.forget(area_id=1, person_uuid=pair.first.uuid, at=AT, actor=ACTOR)
    with pytest.raises(Person.DoesNotExist):
        api.reveal_person(area_id=1, uuid=pair.first.uuid, actor=ACTOR, at=AT, purpose="CARE")
    assert api.masked_name(Person.objects.get(pk=pair.first_id)) == ""
    assert api.full_names(area_id=1, person_ids=[pair.first_id]) == {pair.first_id: ""}
    assert api.figures(area_id=1, incident_id=None, at=AT)["community.people"] == 1
