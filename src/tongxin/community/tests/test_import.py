"""The import through the api: rows, audit, outbox, and what must never happen."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tongxin.base.actors import Scope, system
from tongxin.base.models import AuditEntry, DataKey, OutboxEvent
from tongxin.community import api
from tongxin.community.importing.guard import UploadRefused
from tongxin.community.models import (
    Building,
    Dwelling,
    ImportRun,
    MergeCandidate,
    Person,
    Residence,
    SearchToken,
    SpecialCare,
    VerifyItem,
)
from tongxin.community.tests.ledger_files import BAD_PHONE, FIVE, LIN, SHEN, ZENG, id_number, person, workbook

ACTOR = system("tests")
AT = datetime(2022, 11, 3, tzinfo=UTC)
EVERYWHERE = Scope(area_id=1, everything=True)
CARE_HEADER = ["姓名", "电话", "住址", "特殊人群类别", "慢性病", "药品剩余天数", "家属姓名", "家属电话"]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def compound(db):
    return api.open_compound(area_id=1, code="S", name="示例院区", actor=ACTOR, at=AT)


def run(content, *, kind="people", at=AT, **kwargs):
    return api.import_ledger(area_id=1, kind=kind, content=content, actor=ACTOR, at=at, **kwargs)


def counts(outcome):
    return {name: count for name, count in outcome.counts.items() if count}


def people():
    return list(api.people_query(area_id=1, scope=EVERYWHERE).order_by("sort_key", "id"))


def test_people_come_in_with_places_and_doubts():
    outcome = run(workbook(*FIVE))
    assert counts(outcome) == {"added": 4, "doubtful": 1, "refused": 1}
    assert outcome.places == {"grids": 1, "buildings": 2, "entrances": 2, "dwellings": 3, "departments": 0}
    assert [p.name for p in people()] == ["林小满", "沈若溪", "曾单明", "顾思远"]
    lin = people()[0]
    assert (lin.sex, lin.birth_date, lin.phone, lin.dwelling.door) == ("M", "1960-01-01", "+8613900000001", "1-1-101")
    assert lin.building.grid_id == lin.grid_id is not None
    gu = people()[3]
    assert gu.phone == ""
    assert gu.is_to_verify
    assert list(VerifyItem.objects.values_list("field", "reason")) == [("phone", "phone_wrong")]
    assert Residence.objects.filter(ends_at=None, starts_at=None).count() == 4


def test_each_row_has_its_fate_in_the_order_of_the_file():
    outcome = run(workbook(*FIVE))
    assert [(r.row, r.fate, r.door) for r in outcome.rows] == [
        (2, "added", "1-1-101"),
        (3, "added", "1-1-101"),
        (4, "added", "2-1-302"),
        (5, "added", "2-1-303"),
        (6, "refused", ""),
    ]
    assert [reason.code for reason in outcome.rows[4].reasons] == ["no_place"]
    assert outcome.rows[3].is_doubtful
    assert json.dumps(outcome.as_json())


def test_the_same_file_again_adds_nobody():
    content = workbook(*FIVE)
    run(content)
    tokens, versions = SearchToken.objects.count(), list(Person.objects.values_list("version", flat=True))
    again = run(content)
    assert counts(again) == {"unchanged": 4, "doubtful": 1, "refused": 1}
    assert Person.objects.count() == 4
    assert SearchToken.objects.count() == tokens
    assert list(Person.objects.values_list("version", flat=True)) == versions
    assert VerifyItem.objects.count() == 1


def test_a_dry_run_writes_only_its_run():
    outcome = run(workbook(*FIVE), dry_run=True)
    assert counts(outcome) == {"added": 4, "doubtful": 1, "refused": 1}
    assert ImportRun.objects.get().is_dry_run
    for model in (Person, Building, Dwelling, VerifyItem, SearchToken, DataKey):
        assert model.objects.count() == 0
    assert not OutboxEvent.objects.exists()


def test_the_import_is_told_and_recorded_without_names():
    outcome = run(workbook(*FIVE))
    event = OutboxEvent.objects.get(kind="community.people_imported.v1")
    assert event.payload == {"run_uuid": str(outcome.run_uuid), "added": 4, "updated": 0}
    entry = AuditEntry.objects.get(action="community.ledger.imported")
    assert entry.detail["added"] == 4
    assert "林" not in json.dumps([event.payload, entry.detail], ensure_ascii=False)


def test_nothing_personal_is_readable_in_the_table():
    run(workbook(LIN))
    row = Person.objects.filter(area_id=1).values("name", "phone", "id_number", "name_index", "phone_index").get()
    stored = b"".join(bytes(row[c]) for c in ("name", "phone", "id_number"))
    assert "林小满".encode() not in stored
    assert b"13900000001" not in stored
    assert row["name_index"]
    assert len(row["phone_index"]) == 32


def test_a_changed_row_updates_and_an_empty_cell_never_erases():
    run(workbook(LIN, SHEN))
    changed = person("林小满", "1-1-101", phone="", number=id_number(1), note="腿脚不便")
    outcome = run(workbook(changed, SHEN))
    assert counts(outcome) == {"updated": 1, "unchanged": 1}
    lin = people()[0]
    assert (lin.phone, lin.note, lin.version) == ("+8613900000001", "腿脚不便", 2)


def test_a_new_phone_finds_the_person_and_the_old_tail_does_not():
    run(workbook(LIN))
    run(workbook(person("林小满", "1-1-101", phone="13900007777", number=id_number(1))))
    assert api.search_people(area_id=1, scope=EVERYWHERE, text="7777")
    assert not api.search_people(area_id=1, scope=EVERYWHERE, text="0001")
    assert api.search_people(area_id=1, scope=EVERYWHERE, text="13900007777")


def test_a_move_closes_the_old_residence():
    run(workbook(LIN, SHEN))
    later = AT + timedelta(days=30)
    outcome = run(workbook(person("林小满", "2-1-302", phone="13900000001", number=id_number(1))), at=later)
    assert counts(outcome) == {"updated": 1}
    lin = Person.objects.get(pk=people()[-1].pk)
    assert lin.dwelling.door == "2-1-302"
    rows = Residence.objects.filter(person=lin).order_by("id")
    assert [(r.dwelling.door, r.ends_at) for r in rows] == [("1-1-101", later), ("2-1-302", None)]
    shen = Person.objects.exclude(pk=lin.pk).get()
    assert api.household_of(lin.pk, AT.date()) == [shen.pk]
    assert api.household_of(lin.pk, later.date() + timedelta(days=1)) == []


def test_a_place_that_nobody_understands_moves_nobody():
    run(workbook(LIN))
    run(workbook(person("林小满", "老传达室旁边", phone="13900000001", number=id_number(1))))
    assert people()[0].dwelling.door == "1-1-101"


def test_the_same_number_and_name_twice_is_one_person_with_undo():
    twice = person("林小满", "1-1-101", number=id_number(1), note="重复登记")
    outcome = run(workbook(LIN, twice))
    assert counts(outcome) == {"added": 1, "duplicates": 1}
    assert [p.name for p in people()] == ["林小满"]
    assert people()[0].note == "重复登记"
    pair = MergeCandidate.objects.get()
    assert pair.state == "MERGED"
    api.undo_merge(area_id=1, uuid=pair.uuid, actor=ACTOR, at=AT)
    assert len(people()) == 2
    assert Person.objects.get(pk=pair.first_id).note == ""


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (person("沈若溪", "2-1-302", phone="13900000002"), "same_phone_and_name"),
        (person("沈若希", "1-1-101"), "same_door_and_sound"),
        (person("沈若溪", "1-1-101"), "same_door_and_name"),
        (person("申思思", "9-1-101", number=id_number(2, "19700101")), ""),
    ],
)
def test_possible_duplicates_wait_in_the_queue_and_come_in(second, reason):
    outcome = run(workbook(SHEN, second))
    assert len(people()) == 2
    if reason:
        assert counts(outcome) == {"added": 1, "duplicates": 1}
        pair = MergeCandidate.objects.get()
        assert reason in pair.reasons
        assert pair.state == "OPEN"
    else:
        assert not MergeCandidate.objects.exists()
    assert counts(run(workbook(SHEN, second))) == {"unchanged": 2}


def test_the_very_same_row_twice_stays_two_rows_when_it_comes_again():
    content = workbook(SHEN, SHEN)
    run(content)
    assert counts(run(content)) == {"unchanged": 2}


def test_a_new_row_beside_somebody_known_is_a_possible_duplicate():
    run(workbook(SHEN))
    outcome = run(workbook(person("沈若希", "1-1-101")))
    assert counts(outcome) == {"duplicates": 1}
    assert MergeCandidate.objects.count() == 1


def test_two_valid_numbers_are_two_people_whatever_else_agrees():
    father = person("林小满", "1-1-101", phone="13900000001", number=id_number(5, "19400101"))
    outcome = run(workbook(LIN, father))
    assert counts(outcome) == {"added": 2}
    assert counts(run(workbook(LIN, father))) == {"unchanged": 2}


def test_a_merged_row_that_comes_again_stays_merged():
    content = workbook(SHEN, person("沈若希", "1-1-101"))
    run(content)
    pair = MergeCandidate.objects.get()
    api.merge_people(area_id=1, uuid=pair.uuid, keep=pair.first.uuid, actor=ACTOR, at=AT)
    assert counts(run(content)) == {"unchanged": 2}
    changed = workbook(SHEN, person("沈若希", "1-1-101", note="新备注"))
    assert counts(run(changed)) == {"unchanged": 1, "duplicates": 1}
    assert len(people()) == 1


def test_an_import_that_fails_in_the_middle_writes_nothing(monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("disk full")

    monkeypatch.setattr("tongxin.community.intake.write_people.Writer._write_pairs", broken)
    with pytest.raises(RuntimeError):
        run(workbook(*FIVE))
    assert Person.objects.count() == Building.objects.count() == DataKey.objects.count() == 0


def test_a_cancelled_import_writes_nothing_and_says_so():
    with pytest.raises(api.ImportCancelled):
        run(workbook(*FIVE), progress=lambda percent, note: note == "writing")
    assert Person.objects.count() == 0
    assert ImportRun.objects.get().error["code"] == "cancelled"


def test_progress_only_moves_forward():
    seen = []
    run(workbook(*FIVE), progress=lambda percent, note: seen.append(percent))
    assert seen == sorted(seen)
    assert seen[-1] <= 100


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"PK\x03\x04broken", "file_damaged"),
        (b"%PDF-1.7 a ledger that is none", "file_wrong_type"),
        (b"<html><table><tr><td>x</td></tr></table></html>", "file_is_web_page"),
        ("说明,怎么填\n第一行,不要改\n".encode(), "no_people_found"),
    ],
)
def test_files_that_are_no_ledger_are_refused_whole(content, code):
    with pytest.raises(UploadRefused) as refused:
        run(content)
    assert refused.value.code == code
    assert Person.objects.count() == 0
    assert ImportRun.objects.get().error["code"] == code


def test_hostile_cells_come_in_as_text():
    rows = [person("林=1+1", "1-1-101", note='=HYPERLINK("http://x")'), person("<script>沈", "1-1-102")]
    assert counts(run(workbook(*rows)))["added"] == 2
    assert people()[0].note.startswith("=HYPERLINK")


def test_responders_are_written_by_another_room():
    with pytest.raises(ValueError, match="responders"):
        run(workbook(LIN), kind="responders")
    parsed = api.parse_ledger("responders", content=workbook(LIN), at=AT)
    assert [row.name for row in parsed.rows] == ["林小满"]


def test_the_other_compound_is_another_world():
    api.open_compound(area_id=2, code="T", name="第二院区", actor=ACTOR, at=AT)
    run(workbook(LIN))
    outcome = api.import_ledger(area_id=2, kind="people", content=workbook(LIN), actor=ACTOR, at=AT)
    assert counts(outcome) == {"added": 1}
    first, second = Person.objects.order_by("area_id")
    assert first.name_index != second.name_index
    assert api.search_people(area_id=1, scope=EVERYWHERE, text="lxm") == [first]


def test_a_user_mapping_decides_what_a_column_means():
    content = workbook(["林小满", "13900000001", "1-1-101"], header=["姓名", "电话", "家里的门"])
    mapping = {"sheets": {"台账": {"use": True, "tables": [{"0": "name", "1": "", "2": "address"}]}}}
    outcome = run(content, mapping=mapping)
    assert counts(outcome) == {"added": 1}
    assert (people()[0].phone, people()[0].dwelling.door) == ("", "1-1-101")


def test_a_sheet_that_the_user_leaves_out_is_left_out():
    with pytest.raises(UploadRefused):
        run(workbook(LIN), mapping={"sheets": {"台账": {"use": False, "tables": []}}})


def test_houses_that_have_only_a_number():
    rows = [
        ["H001", 41, 142.5, 100.0, 7, "F", "1"],
        ["H002", 41, 142.5, 100.0, 6, "M", "0"],
        ["H003", 61, 165, 102.5, 1, "F", "0"],
    ]
    header = ["person", "household", "x_m", "y_m", "age", "sex", "school_class"]
    outcome = run(workbook(*rows, header=header))
    assert counts(outcome) == {"added": 3}
    first = people()[0]
    assert (first.dwelling.door, first.entrance.number, first.building.number) == ("41", "", "41")
    place = api.person_places(1, [first.pk])[first.pk]
    assert (place.x, place.y, place.door) == (142.5, 100.0, "41")
    assert first.department.kind == "SCHOOL_CLASS"
    assert len(api.household_of(first.pk, AT.date())) == 1
    assert first.birth_year == 2015


# ---------- special care ----------
def care_book(*rows):
    return workbook(*rows, header=CARE_HEADER)


def test_the_special_care_list_finds_people_by_door_or_phone():
    run(workbook(LIN, SHEN, ZENG))
    outcome = run(
        care_book(
            ["林小满", "", "1-1-101", "院士", "", "", "", ""],
            ["沈若溪", "13900000002", "", "离退休职工", "高血压", 5, "沈家属", "13900009999"],
        ),
        kind="special-care",
    )
    assert counts(outcome) == {"updated": 2}
    assert Person.objects.count() == 3
    rows = api.list_special_care(area_id=1)
    assert sorted(row.code for row in rows) == ["ACADEMICIAN", "CHRONIC", "RETIRED_STAFF"]
    shen = Person.objects.get(pk=next(r.person_id for r in rows if r.code == "CHRONIC"))
    assert shen.family_contact == "沈家属 +8613900009999"
    assert {row.medicine_days_left for row in rows if row.person_id == shen.pk} == {5}
    assert len(api.list_special_care(area_id=1, codes=api.ONE_TO_ONE_CODES)) == 2


def test_the_special_care_list_again_changes_nothing():
    run(workbook(LIN))
    content = care_book(["林小满", "", "1-1-101", "院士、每周换药", "糖尿病", 3, "", ""])
    run(content, kind="special-care")
    before = SpecialCare.objects.count()
    assert counts(run(content, kind="special-care")) == {"unchanged": 1, "doubtful": 1}
    assert SpecialCare.objects.count() == before == 3


def test_somebody_unknown_with_a_place_is_made_and_without_one_is_refused():
    outcome = run(
        care_book(
            ["章若谷", "", "3-2-101", "透析", "", "", "", ""],
            ["韦思远", "13900008888", "", "卧床", "", "", "", ""],
        ),
        kind="special-care",
    )
    assert counts(outcome) == {"added": 1, "refused": 1}
    refused = next(row for row in outcome.rows if row.fate == "refused")
    assert [reason.code for reason in refused.reasons][-1] == "no_place"
    assert [p.name for p in people()] == ["章若谷"]


def test_two_rows_of_one_person_are_two_classes():
    content = care_book(
        ["章若谷", "13900008888", "3-2-101", "透析", "", "", "", ""],
        ["章若谷", "13900008888", "3-2-101", "卧床", "", "", "", ""],
    )
    run(content, kind="special-care")
    assert Person.objects.count() == 1
    assert set(SpecialCare.objects.values_list("code", flat=True)) == {"DIALYSIS", "BEDBOUND"}
    assert counts(run(content, kind="special-care")) == {"unchanged": 2}


def test_a_special_care_list_never_overwrites_the_ledger():
    run(workbook(LIN))
    run(care_book(["林小满", "13911112222", "1-1-101", "院士", "", "", "", ""]), kind="special-care")
    assert people()[0].phone == "+8613900000001"


# ---------- export ----------
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", ["people", "special-care"])
def test_the_own_export_comes_in_again_and_adds_nobody(language, kind):
    run(workbook(*FIVE, person("老王头", "老传达室旁边")))
    run(
        care_book(["林小满", "", "1-1-101", "院士、每周换药", "糖尿病", 3, "林家属", "13900009999"]),
        kind="special-care",
    )
    content = api.export_people(area_id=1, scope=EVERYWHERE, kind=kind, language=language, actor=ACTOR, at=AT)
    before = list(Person.objects.order_by("id").values_list("id", "phone_index", "dwelling_id"))
    outcome = run(content, kind=kind)
    assert outcome.counts["added"] == outcome.counts["duplicates"] == outcome.counts["refused"] == 0
    assert outcome.counts["unchanged"] == (5 if kind == "people" else 1)
    assert list(Person.objects.order_by("id").values_list("id", "phone_index", "dwelling_id")) == before
    entry = AuditEntry.objects.get(action="community.people.exported")
    assert entry.detail["people"] == (5 if kind == "people" else 1)


def test_houses_come_in_again_too():
    header = ["person", "household", "x_m", "y_m", "age", "sex", "school_class"]
    run(workbook(["H001", 41, 142.5, 100.0, 7, "F", "1"], header=header))
    content = api.export_people(area_id=1, scope=EVERYWHERE, language="en", actor=ACTOR, at=AT)
    assert counts(run(content)).get("unchanged") == 1


def test_a_bad_phone_is_asked_about_once_and_not_again_after_the_answer():
    content = workbook(BAD_PHONE)
    run(content)
    item = VerifyItem.objects.get()
    api.correct_person(
        area_id=1,
        uuid=item.person.uuid,
        version=1,
        field="phone",
        value="13900006666",
        actor=ACTOR,
        at=AT,
        today=AT.date(),
    )
    run(workbook(person("顾思远", "2-1-303", phone="123", note="新")))
    gu = people()[0]
    assert (gu.phone, gu.note, gu.is_to_verify) == ("+8613900006666", "新", False)
    assert not VerifyItem.objects.filter(resolved_at=None).exists()
