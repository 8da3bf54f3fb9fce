"""The import of responders: fates, shifts, repeat, hostile rows."""

import io

import pytest
import xlsxwriter

from tongxin.base import policy
from tongxin.base.models import AuditEntry, OutboxEvent
from tongxin.community.api import UploadRefused
from tongxin.workforce import api
from tongxin.workforce.models import Responder, Shift

HEAD = ["编号", "姓名", "联系电话", "人员身份", "技能", "所在部门", "借调至", "可服务时间"]
ROWS = [
    ["V-01", "赵志愿", "19900020001", "志愿者", "登记、搬运", "综合办公室", "", "11月3日 08:00-20:00"],
    ["V-02", "钱志愿", "19900020002", "医护", "采样", "门诊部", "采样组", "每天 08:00-12:00"],
    ["", "孙志愿", "19900020003", "志愿者", "值守", "综合办公室", "", ""],
]


def book(rows, head=HEAD) -> bytes:
    out = io.BytesIO()
    workbook = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    sheet = workbook.add_worksheet("志愿者")
    for index, row in enumerate([head, *rows]):
        sheet.write_row(index, 0, row)
    workbook.close()
    return out.getvalue()


def run(area, cast, at, rows=ROWS, dry_run=False, who="commander"):
    return api.import_responders(
        area_id=area.area_id, content=book(rows), dry_run=dry_run, actor=cast.actor(who), at=at
    )


@pytest.fixture
def before(cast):
    return Responder.objects.count()


def test_rows_become_responders_with_departments_skills_and_shifts(area, cast, incident, at, before):
    outcome = run(area, cast, at)
    assert outcome.counts == {
        "added": 3,
        "updated": 0,
        "unchanged": 0,
        "doubtful": 0,
        "refused": 0,
        "duplicates": 0,
    }
    medic = Responder.objects.get(code="V-02")
    assert (medic.name, medic.kind, medic.skills) == ("钱志愿", "MEDIC", ["SAMPLING"])
    assert medic.seconded_to.name == "采样组"
    assert Shift.objects.filter(responder=medic).count() == 7
    assert Shift.objects.filter(responder__code="V-01").count() == 1
    assert Responder.objects.get(phone_index=api_index(area, "19900020003")).code == "R0001"
    assert Responder.objects.count() == before + 3
    assert AuditEntry.objects.filter(action="workforce.ledger.imported").count() == 1
    assert OutboxEvent.objects.get(kind="workforce.responders_imported.v1").payload == {"added": 3, "updated": 0}


def api_index(area, phone):
    from tongxin.community.api import phone_digest

    return phone_digest(area.area_id, phone)


def test_the_same_file_again_adds_nobody(area, cast, incident, at):
    run(area, cast, at)
    shifts = Shift.objects.count()
    outcome = run(area, cast, at)
    assert outcome.counts["unchanged"] == 3
    assert outcome.counts["added"] == outcome.counts["updated"] == 0
    assert Shift.objects.count() == shifts


def test_a_changed_row_updates_and_keeps_the_person(area, cast, incident, at):
    run(area, cast, at)
    uuid = Responder.objects.get(code="V-01").uuid
    changed = [[*ROWS[0][:4], "消毒", *ROWS[0][5:]], *ROWS[1:]]
    outcome = run(area, cast, at, changed)
    assert outcome.counts["updated"] == 1
    row = Responder.objects.get(uuid=uuid)
    assert row.skills == ["DISINFECTION"]
    assert row.name == "赵志愿"


def test_a_dry_run_says_the_same_and_writes_nothing(area, cast, incident, at, before):
    outcome = run(area, cast, at, dry_run=True)
    assert outcome.counts["added"] == 3
    assert outcome.is_dry_run
    assert Responder.objects.count() == before
    assert run(area, cast, at).counts["added"] == 3


@pytest.mark.parametrize(
    ("row", "fate", "reasons"),
    [
        (["X1", "", "19900020009", "志愿者", "", "部门", "", ""], "refused", {"no_name"}),
        (["X2", "李志愿", "19900020010", "外星人", "", "部门", "", ""], "added", {"value_unknown"}),
        (["X3", "周志愿", "19900020011", "志愿者", "飞行", "部门", "", ""], "added", {"value_unknown"}),
        (["X4", "吴志愿", "19900020012", "志愿者", "", "部门", "", "看情况"], "added", {"value_unknown"}),
        (["X5", "郑志愿", "123", "志愿者", "", "部门", "", ""], "added", {"phone_wrong"}),
        (["X6", "=HYPERLINK(1)", "19900020013", "志愿者", "", "部门", "", ""], "added", {"name_strange"}),
    ],
)
def test_one_bad_field_never_loses_a_person(area, cast, incident, at, row, fate, reasons):
    outcome = run(area, cast, at, [ROWS[0], row])
    last = outcome.rows[-1]
    assert last.fate == fate
    assert reasons <= {reason.code for reason in last.reasons}
    assert fate == "refused" or last.is_doubtful
    assert outcome.rows[0].fate == "added"


def test_the_same_person_twice_in_a_file_is_one(area, cast, incident, at):
    outcome = run(area, cast, at, [ROWS[0], ROWS[0]])
    assert [row.fate for row in outcome.rows] == ["added", "duplicate"]


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"PK\x03\x04broken"])
def test_a_file_that_is_none_is_refused_whole(area, cast, incident, at, content, before):
    with pytest.raises(UploadRefused):
        api.import_responders(area_id=area.area_id, content=content, actor=cast.actor("commander"), at=at)
    assert Responder.objects.count() == before


@pytest.mark.parametrize("who", ["volunteer", "grid_leader_1", "auditor", "outsider"])
def test_only_headquarters_imports(area, cast, incident, at, who):
    with pytest.raises(policy.NotAllowed):
        run(area, cast, at, who=who)


def test_two_compounds_do_not_share_codes(area, other_area, cast, incident, at):
    run(area, cast, at)
    outcome = api.import_responders(area_id=2, content=book(ROWS), actor=cast.actor("other_commander"), at=at)
    assert outcome.counts["added"] == 3
    assert Responder.objects.filter(code="V-01").count() == 2
