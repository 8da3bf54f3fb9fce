"""The pages over HTTP as people of the cast: what works, what is 404, what is kept, what is recorded."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tongxin.base import outbox
from tongxin.base.actors import system
from tongxin.base.ids import new_uuid
from tongxin.base.models import AuditEntry
from tongxin.community import api
from tongxin.community.models import Building, ImportRun, MergeCandidate, Person, VerifyItem
from tongxin.community.tests.ledger_files import FIVE, LIN, person, workbook

ACTOR = system("tests")
LISTS = ["people", "care", "verify", "duplicates", "places", "departments", "imports"]


def page(name, *args):
    return reverse(f"community:{name}", args=args)


def text_of(response):
    return response.content.decode()


@pytest.fixture
def hq(cast, drill_clock):
    return cast.client("commander")


@pytest.fixture
def leader(cast, drill_clock):
    return cast.client("grid_leader_1")


@pytest.mark.parametrize("name", LISTS)
def test_headquarters_opens_every_list(hq, name):
    assert hq.get(page(name)).status_code == 200


@pytest.mark.parametrize("name", [n for n in LISTS if n != "imports"])
def test_a_grid_leader_opens_every_list_but_the_import(leader, name):
    assert leader.get(page(name)).status_code == 200


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("who", ["outsider", "volunteer", "caller", "auditor", "system_admin", "other_commander"])
def test_others_see_nothing(cast, area, drill_clock, other_area, name, who):
    response = cast.client(who).get(page(name))
    if who == "other_commander":
        assert response.status_code == 200
        assert str(area.people[0].uuid) not in text_of(response)
        assert str(area.buildings[0].uuid) not in text_of(response)
    else:
        assert response.status_code == 404


def test_nobody_sees_anything_without_a_login(client, area):
    response = client.get(page("people"))
    assert response.status_code == 302
    assert "login" in response["Location"]


def test_a_grid_leader_sees_the_own_grid_only(leader, area):
    body = text_of(leader.get(page("people")))
    assert "1-1-101" in body
    assert "3-1-101" not in body
    assert "赵晓岚" not in body
    assert "赵**" in body
    foreign = next(p for p in area.people if p.grid_id == area.grids[1].pk)
    assert leader.get(page("person", foreign.uuid)).status_code == 404
    assert leader.post(page("details", foreign.uuid), {"purpose": "CARE"}).status_code == 404
    assert leader.get(page("household", foreign.dwelling.uuid)).status_code == 404
    assert leader.post(page("correct", foreign.uuid), {"field": "note", "value": "x", "version": 1}).status_code == 404


def test_headquarters_of_another_compound_sees_404(cast, drill_clock, other_area, area):
    client = cast.client("other_commander")
    assert client.get(page("person", area.people[0].uuid)).status_code == 404
    assert client.get(page("building", area.buildings[0].uuid)).status_code == 404


@pytest.mark.parametrize(
    ("query", "doors", "not_doors"),
    [
        ("?building=1", ["1-1-101"], ["2-1-101"]),
        ("?building=1&entrance=2", ["1-2-101"], ["1-1-101"]),
        ("?care=ONE_TO_ONE", ["1-1-101"], ["1-2-202"]),
        ("?to_verify=on", [], ["1-1-101"]),
        ("?building=nonsense", ["1-1-101"], []),
        ("?page=999", [], []),
        ("?page=abc", ["1-1-101"], []),
    ],
)
def test_the_filter_stands_in_the_address(hq, query, doors, not_doors):
    response = hq.get(page("people") + query)
    assert response.status_code == 200
    shown = set(re.findall(r'class="tx-door[^"]*">([^<]+)<', text_of(response)))
    assert set(doors) <= shown
    assert not set(not_doors) & shown


def test_filtering_by_care_is_a_look_at_health(hq):
    hq.get(page("people"))
    assert not AuditEntry.objects.exists()
    hq.get(page("people") + "?care=ACADEMICIAN")
    assert AuditEntry.objects.get().action == "community.care.listed"


def test_search_is_posted_and_scoped(hq, leader, area, at):
    make = workbook(LIN)
    api.import_ledger(area_id=1, kind="people", content=make, actor=ACTOR, at=at)
    response = hq.post(page("search"), {"text": "lxm"})
    assert "林**" in text_of(response)
    assert 'value="lxm"' in text_of(response)
    assert hq.get(page("search")).status_code == 405
    nobody = leader.post(page("search"), {"text": "查无此人"})
    assert "pinyin" in text_of(nobody)
    assert leader.post(page("search"), {"text": "x" * 200}).status_code == 200


def test_details_need_a_purpose_and_leave_a_trace(hq, area):
    person = area.people[0]
    masked = text_of(hq.get(page("person", person.uuid)))
    assert "赵**" in masked
    assert "19900000000" not in masked
    wrong = hq.post(page("details", person.uuid), {"purpose": "curiosity"})
    assert wrong.status_code == 422
    assert "19900000000" not in text_of(wrong)
    assert not AuditEntry.objects.filter(action="community.person.revealed").exists()
    full = hq.post(page("details", person.uuid), {"purpose": "CARE"})
    assert "赵晓岚" in text_of(full)
    assert 'href="tel:19900000000"' in text_of(full)
    assert "no-store" in full["Cache-Control"]
    entry = AuditEntry.objects.get(action="community.person.revealed")
    assert (entry.actor, entry.detail["purpose"]) == ("commander", "CARE")
    assert "commander" in text_of(hq.get(page("person", person.uuid)))
    assert hq.get(page("details", person.uuid)).status_code == 405


def test_an_erased_person_is_gone(hq, area, at):
    api.forget(area_id=1, person_uuid=area.people[0].uuid, at=at, actor=ACTOR)
    assert hq.get(page("person", area.people[0].uuid)).status_code == 404


def test_a_correction_keeps_what_was_typed_when_it_is_wrong(leader, area):
    person = area.people[0]
    wrong = leader.post(page("correct", person.uuid), {"field": "phone", "value": "12", "version": 1})
    assert wrong.status_code == 422
    assert 'value="12"' in text_of(wrong)
    assert "Nothing was changed" in text_of(wrong)
    good = leader.post(
        page("correct", person.uuid), {"field": "phone", "value": "13900005555", "version": 1}, follow=True
    )
    assert "The field was corrected" in text_of(good)
    stale = leader.post(page("correct", person.uuid), {"field": "note", "value": "甲", "version": 1})
    assert "Somebody else changed" in text_of(stale)
    assert Person.objects.get(pk=person.pk).note == ""


def test_a_household_shows_masked_people(hq, area):
    body = text_of(hq.get(page("household", area.dwellings[0].uuid)))
    assert "赵**" in body
    assert "Building 1, entrance 1, 101" in body


def test_export_is_for_headquarters_and_recorded(hq, leader, area):
    assert leader.post(page("export")).status_code == 404
    response = hq.post(page("export"), {"building": "1"})
    assert response["Content-Disposition"].startswith("attachment")
    assert response.content.startswith(b"PK")
    detail = AuditEntry.objects.get(action="community.people.exported").detail
    assert detail["people"] == Person.objects.filter(building__number="1").count()
    assert detail["filters"] == ["building"]


# ---------- places ----------
def test_a_building_is_changed_by_headquarters_only(hq, leader, area):
    building = area.buildings[0]
    form = {
        "name": "一号楼",
        "grid": str(area.grids[1].uuid),
        "floors": 9,
        "has_lift": "on",
        "x": "",
        "y": "",
        "version": 1,
    }
    assert leader.post(page("edit_building", building.uuid), form).status_code == 404
    assert "Change this building" not in text_of(leader.get(page("building", building.uuid)))
    assert hq.post(page("edit_building", building.uuid), form | {"floors": -1}).status_code == 422
    assert hq.post(page("edit_building", building.uuid), form).status_code == 302
    assert Building.objects.get(pk=building.pk).grid_id == area.grids[1].pk
    late = hq.post(page("edit_building", building.uuid), form | {"name": "另一个名字"})
    assert late.status_code == 409
    assert "另一个名字" in text_of(late)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"buildings": [{"number": "1", "x": 1, "y": 2}]}', "gave coordinates to 1 building"),
        (b'{"buildings": [{"number": "77", "x": 1}]}', "no building with these numbers: 77"),
        (b"nonsense", "neither JSON nor TOML"),
        (b'{"buildings": [{"number": "1", "x": "far"}]}', "not a number of metres"),
    ],
)
def test_a_site_plan_is_loaded_or_told_why_not(hq, content, said):
    response = hq.post(page("site_plan"), {"file": SimpleUploadedFile("plan.json", content)}, follow=True)
    assert said in text_of(response)


# ---------- duplicates and verification ----------
@pytest.fixture
def pair(area, at):
    row = MergeCandidate(
        area_id=1, first=area.people[0], second=area.people[24], score=90, reasons=["same_door_and_name"], found_at=at
    )
    row.save()
    return row


def test_a_pair_is_compared_revealed_merged_and_taken_back(hq, pair):
    assert "赵**" in text_of(hq.get(page("duplicates")))
    masked = text_of(hq.get(page("pair", pair.uuid)))
    assert "赵晓岚" not in masked
    assert "赵晓岚" in text_of(hq.post(page("pair_reveal", pair.uuid)))
    assert AuditEntry.objects.filter(action="community.person.revealed").count() == 2
    assert hq.post(page("pair_merge", pair.uuid), {"keep": "x"}, follow=True).status_code == 200
    assert MergeCandidate.objects.get().state == "OPEN"
    assert hq.post(page("pair_merge", pair.uuid), {"keep": str(new_uuid())}, follow=True).status_code == 200
    assert MergeCandidate.objects.get().state == "OPEN"
    merged = hq.post(page("pair_merge", pair.uuid), {"keep": str(pair.first.uuid)}, follow=True)
    assert "one person now" in text_of(merged)
    twice = hq.post(page("pair_merge", pair.uuid), {"keep": str(pair.first.uuid)}, follow=True)
    assert "decided already" in text_of(twice)
    assert "赵**" in text_of(hq.get(page("duplicates") + "?state=MERGED"))
    back = hq.post(page("pair_undo", pair.uuid), follow=True)
    assert "taken back" in text_of(back)
    assert "two different people" in text_of(hq.post(page("pair_different", pair.uuid), follow=True))


def test_a_pair_of_another_grid_is_404(cast, drill_clock, pair):
    other = cast.client("grid_leader_2")
    assert other.get(page("pair", pair.uuid)).status_code == 404
    assert other.post(page("pair_merge", pair.uuid), {"keep": str(pair.first.uuid)}).status_code == 404


@pytest.fixture
def doubt(area, at):
    Person.objects.filter(pk=area.people[0].pk).update(is_to_verify=True)
    return VerifyItem.objects.create(
        area_id=1, person=area.people[0], field="phone", reason="phone_wrong", opened_at=at
    )


def test_a_doubt_is_answered(leader, cast, doubt):
    assert "Phone is wrong" in text_of(leader.get(page("verify")))
    assert "Fill in what you found" in text_of(leader.get(page("verify_item", doubt.uuid)))
    wrong = leader.post(page("verify_item", doubt.uuid), {"field": "phone", "value": "77", "version": 1})
    assert wrong.status_code == 422
    assert 'value="77"' in text_of(wrong)
    good = leader.post(
        page("verify_item", doubt.uuid), {"field": "phone", "value": "13900005555", "version": 1}, follow=True
    )
    assert "The answer is stored" in text_of(good)
    assert leader.get(page("verify_item", doubt.uuid)).status_code == 404
    assert cast.client("grid_leader_2").get(page("verify_item", doubt.uuid)).status_code == 404


def test_a_doubt_is_confirmed_as_right(leader, doubt):
    assert "Noted as right" in text_of(leader.post(page("verify_right", doubt.uuid), follow=True))
    assert leader.post(page("verify_right", doubt.uuid)).status_code == 404
    assert not Person.objects.get(pk=doubt.person_id).is_to_verify


# ---------- import ----------
def upload(client, content, *, kind="people", op_id=None):
    data = {"kind": kind, "file": SimpleUploadedFile("居民.xlsx", content), "op_id": str(op_id or new_uuid())}
    return client.post(page("upload"), data)


def fields_of(body):
    names = re.findall(r'<select[^>]* name="(c-[\d-]+)".*?</select>', body, re.DOTALL)
    chosen = {}
    for name in names:
        block = body[body.index(f'name="{name}"') :]
        found = re.search(r'<option value="([^"]*)" selected', block[: block.index("</select>")])
        chosen[name] = found[1] if found else ""
    return chosen


def test_the_whole_way_from_upload_to_marked_workbook(hq):
    response = upload(hq, workbook(*FIVE))
    assert response.status_code == 302
    body = text_of(hq.get(response["Location"]))
    assert "林小满" in body
    form = fields_of(body) | {"sheet-0": "台账", "use-0": "1"}
    assert form["c-0-0-0"] == "name"
    run = ImportRun.objects.get()
    hq.post(page("import_start", run.uuid), form | {"dry_run": "1", "op_id": str(new_uuid())})
    running = text_of(hq.get(page("import", run.uuid)))
    assert "Stop this work" in running
    assert hq.get(page("import_progress", run.uuid)).status_code == 200
    outbox.deliver_all(area_ids=[1])
    assert hq.get(page("import_progress", run.uuid))["HX-Redirect"] == page("import", run.uuid)
    tried = text_of(hq.get(page("import", run.uuid)))
    assert "nothing is written yet" in tried
    before = Person.objects.count()
    hq.post(page("import_start", run.uuid), form | {"dry_run": "0", "op_id": str(new_uuid())})
    outbox.deliver_all(area_ids=[1])
    assert Person.objects.count() == before + 4
    done = text_of(hq.get(page("import", run.uuid)))
    assert "What the import did" in done
    assert "There is no place" in done
    marked = hq.get(page("import_marked", run.uuid))
    assert marked.content.startswith(b"PK")


def test_a_column_that_is_left_out_is_not_imported(hq):
    location = upload(hq, workbook(LIN))["Location"]
    form = fields_of(text_of(hq.get(location))) | {
        "sheet-0": "台账",
        "use-0": "1",
        "dry_run": "0",
        "op_id": str(new_uuid()),
    }
    form["c-0-0-3"] = ""
    form["c-0-0-2"] = "no-such-field"
    run = ImportRun.objects.get()
    hq.post(page("import_start", run.uuid), form)
    outbox.deliver_all(area_ids=[1])
    person = Person.objects.order_by("-id").first()
    assert (person.name, person.phone) == ("林小满", "")


def test_the_same_upload_twice_is_one(hq):
    op_id, content = new_uuid(), workbook(LIN)
    first, second = upload(hq, content, op_id=op_id), upload(hq, content, op_id=op_id)
    assert first["Location"] == second["Location"]
    assert ImportRun.objects.count() == 1
    assert upload(hq, workbook(*FIVE), op_id=op_id).status_code == 409


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty"),
        (b"%PDF-1.7", "not an .xlsx or .csv"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "workbook in another format"),
    ],
)
def test_a_file_that_is_no_ledger_gets_a_sentence(hq, content, said):
    response = upload(hq, content)
    assert response.status_code == 422
    assert said in text_of(response)
    assert not ImportRun.objects.exists()


def test_an_upload_without_a_file_or_with_a_wrong_kind(hq):
    assert hq.post(page("upload"), {"kind": "people", "op_id": str(new_uuid())}).status_code == 422
    assert upload(hq, workbook(LIN), kind="responders").status_code == 422
    assert upload(hq, workbook(LIN), op_id="x").status_code == 404


def test_an_import_is_cancelled(hq):
    run_url = upload(hq, workbook(LIN))["Location"]
    run = ImportRun.objects.get()
    hq.post(page("import_start", run.uuid), {"sheet-0": "台账", "use-0": "1", "dry_run": "0", "op_id": str(new_uuid())})
    assert "asked to stop" in text_of(hq.post(page("import_cancel", run.uuid), follow=True))
    outbox.deliver_all(area_ids=[1])
    assert "Somebody stopped this import" in text_of(hq.get(run_url))
    assert "not running any more" in text_of(hq.post(page("import_cancel", run.uuid), follow=True))


@pytest.mark.parametrize("kind", ["people", "special-care"])
def test_templates_are_downloaded(hq, kind):
    assert hq.get(page("template", kind)).content.startswith(b"PK")


def test_a_template_that_is_none(hq):
    assert hq.get(page("template", "cats")).status_code == 404


@pytest.mark.parametrize("who", ["grid_leader_1", "other_commander", "outsider"])
def test_an_import_is_nobody_elses(hq, cast, other_area, who):
    upload(hq, workbook(LIN))
    run = ImportRun.objects.get()
    client = cast.client(who)
    for name in ("import", "import_progress", "import_marked"):
        assert client.get(page(name, run.uuid)).status_code == 404
    assert client.post(page("import_start", run.uuid), {"op_id": str(new_uuid())}).status_code == 404


# ---------- cost ----------
@pytest.mark.parametrize("name", ["people", "care", "verify", "duplicates", "places"])
def test_pages_cost_the_same_with_more_rows(leader, area, at, name):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert leader.get(page(name)).status_code == 200
        return len(caught)

    queries()
    before = queries()
    rows = [person(f"顾思{chr(0x4E00 + 37 * index)}", f"1-1-{101 + index}", phone="123") for index in range(50)]
    twins = [person("沈若溪", "1-1-101"), person("沈若希", "1-1-101")]
    outcome = api.import_ledger(area_id=1, kind="people", content=workbook(*rows, *twins), actor=ACTOR, at=at)
    assert (outcome.counts["doubtful"], outcome.counts["duplicates"]) == (50, 1)
    assert queries() <= before + 1  # one more: the keys of people who were not cached
    assert before <= 16
