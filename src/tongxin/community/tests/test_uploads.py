"""Uploads on their way: sealed, mapped, imported by the job, marked, deleted after a week."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from tongxin.base import outbox
from tongxin.base.actors import Scope, system
from tongxin.base.ids import new_uuid
from tongxin.base.models import AuditEntry, QueueItem
from tongxin.community import api
from tongxin.community.models import ImportRun, Person
from tongxin.community.tests.ledger_files import FIVE, LIN, workbook

ACTOR = system("tests")
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def compound(at):
    return api.open_compound(area_id=1, code="S", name="示例院区", actor=ACTOR, at=at)


@pytest.fixture
def run(at):
    return api.store_upload(area_id=1, kind="people", content=workbook(*FIVE), actor=ACTOR, at=at)


def files(run, settings):
    return sorted(path.name.split(".")[1] for path in (Path(settings.TONGXIN_HOME) / "imports").glob(f"{run.uuid}.*"))


def start(run, at, *, dry_run=False, op_id=None, mapping=None):
    return api.start_import(
        area_id=1,
        uuid=run.uuid,
        mapping=mapping or {},
        dry_run=dry_run,
        language="zh",
        op_id=op_id or new_uuid(),
        actor=ACTOR,
        at=at,
    )


def finish(run):
    outbox.deliver_all(area_ids=[1])
    return ImportRun.objects.get(pk=run.pk)


def test_an_upload_lies_sealed(run, settings):
    path = Path(settings.TONGXIN_HOME) / "imports" / f"{run.uuid}.upload"
    stored = path.read_bytes()
    assert not stored.startswith(b"PK")
    assert path.stat().st_mode & 0o077 == 0
    assert AuditEntry.objects.filter(action="community.ledger.uploaded").count() == 1


@pytest.mark.parametrize("content", [b"", b"\x89PNG....", b"PK\x03\x04x"])
def test_a_refused_upload_leaves_nothing(content, at):
    with pytest.raises(api.UploadRefused):
        api.store_upload(area_id=1, kind="people", content=content, actor=ACTOR, at=at)
    assert not ImportRun.objects.exists()


def test_only_kinds_that_somebody_writes_are_uploaded(at):
    with pytest.raises(ValueError, match="cats"):
        api.store_upload(area_id=1, kind="cats", content=workbook(LIN), actor=ACTOR, at=at)


@pytest.mark.parametrize("kind", ["people", "special-care", "cats"])
def test_nobody_else_writes_the_ledgers_of_this_room(kind):
    with pytest.raises(ValueError, match=kind):
        api.register_ledger_writer(kind, lambda *_, **__: None)


def test_the_preview_tells_columns_and_is_recorded(run, at):
    preview = api.preview_upload(area_id=1, uuid=run.uuid, actor=ACTOR, at=at)
    assert preview.mapping["sheets"]["台账"]["tables"][0]["0"] == "name"
    assert preview.layouts[0].preview[1][0] == "林小满"
    assert AuditEntry.objects.filter(action="community.ledger.previewed").count() == 1


def test_the_job_imports_and_keeps_the_result(run, at, settings):
    start(run, at)
    done = finish(run)
    assert (done.state, done.is_dry_run, done.counts["added"]) == ("DONE", False, 4)
    assert [(r["row"], r["fate"]) for r in api.import_result(area_id=1, uuid=run.uuid)] == [
        (5, "added"),
        (6, "refused"),
    ]
    assert done.has_marked_copy
    assert files(run, settings) == ["marked", "result", "upload"]
    assert api.job_state(done).state == "DONE"


def test_the_marked_workbook_holds_the_reasons(run, at):
    start(run, at)
    finish(run)
    content = api.marked_workbook(area_id=1, uuid=run.uuid, actor=ACTOR, at=at)
    sheet = openpyxl.load_workbook(BytesIO(content)).active
    assert [cell.value for cell in sheet[1]][-1] == "导入结果"
    assert "没有住址" in sheet.cell(6, 9).value
    assert sheet.cell(2, 9).value is None
    assert AuditEntry.objects.filter(action="community.ledger.marked_copy_taken").count() == 1


def test_a_dry_run_then_the_import(run, at):
    start(run, at, dry_run=True)
    tried = finish(run)
    assert (tried.state, tried.is_dry_run, tried.counts["added"]) == ("DONE", True, 4)
    assert not Person.objects.exists()
    start(run, at)
    assert not finish(run).is_dry_run
    assert Person.objects.count() == 4


def test_the_same_operation_starts_once(run, at):
    op_id = new_uuid()
    assert start(run, at, op_id=op_id) == start(run, at, op_id=op_id)
    assert QueueItem.objects.filter(handler="community.import_ledger").count() == 1


def test_a_finished_import_is_not_started_again(run, at):
    first = start(run, at)
    finish(run)
    assert start(run, at) == first
    finish(run)
    assert Person.objects.count() == 4


def test_a_repeated_job_changes_nothing(run, at):
    start(run, at)
    finish(run)
    result = api.run_import(area_id=1, uuid=run.uuid, dry_run=False, language="zh", account_id=None, at=at)
    assert result["counts"]["added"] == 4
    assert Person.objects.count() == 4


def test_the_queue_holds_no_names(run, at):
    start(run, at, mapping={"sheets": {"台账": {"use": True, "tables": [{"0": "name"}]}}})
    payload = QueueItem.objects.get(handler="community.import_ledger").payload
    assert set(payload) == {"run", "dry_run", "language", "account"}


def test_a_waiting_import_is_cancelled(run, at):
    start(run, at)
    assert api.cancel_import(area_id=1, uuid=run.uuid, actor=ACTOR, at=at)
    done = finish(run)
    assert (done.state, done.error["code"]) == ("REFUSED", "cancelled")
    assert not Person.objects.exists()
    assert not api.cancel_import(area_id=1, uuid=run.uuid, actor=ACTOR, at=at)


def test_a_file_without_a_list_ends_with_its_reason(at):
    run = api.store_upload(area_id=1, kind="people", content="说明,怎么填\n不要改,表头\n".encode(), actor=ACTOR, at=at)
    start(run, at)
    done = finish(run)
    assert (done.state, done.error["code"]) == ("REFUSED", "no_people_found")


def test_files_go_after_seven_days_and_counts_stay(run, at, settings):
    start(run, at)
    finish(run)
    assert api.delete_old_uploads(area_id=1, at=at + timedelta(days=6, hours=23)) == 0
    assert api.delete_old_uploads(area_id=1, at=at + timedelta(days=7)) == 1
    assert api.delete_old_uploads(area_id=1, at=at + timedelta(days=8)) == 0
    assert files(run, settings) == []
    gone = ImportRun.objects.get(pk=run.pk)
    assert gone.counts["added"] == 4
    assert not gone.has_marked_copy
    for read in (
        lambda: api.import_result(area_id=1, uuid=run.uuid),
        lambda: api.marked_workbook(area_id=1, uuid=run.uuid, actor=ACTOR, at=at),
        lambda: api.preview_upload(area_id=1, uuid=run.uuid, actor=ACTOR, at=at),
        lambda: start(
            ImportRun.objects.create(
                area_id=1, kind="people", file_hash="", file_suffix="", uploaded_by="", uploaded_at=at
            ),
            at,
        ),
    ):
        with pytest.raises(api.FilesGone):
            read()


def test_deletion_runs_by_itself_for_every_compound(run, at, settings):
    outbox.enqueue_periodic(at=at + timedelta(days=8))
    outbox.deliver_all(area_ids=[1])
    assert files(run, settings) == []


def test_the_special_care_list_is_imported_by_the_job_too(at):
    header = ["姓名", "住址", "特殊人群类别"]
    content = workbook(["林小满", "1-1-101", "院士"], ["沈若溪", "", "透析"], header=header)
    run = api.store_upload(area_id=1, kind="special-care", content=content, actor=ACTOR, at=at)
    start(run, at)
    done = finish(run)
    assert (done.counts["added"], done.counts["refused"]) == (1, 1)
    assert api.people_query(area_id=1, scope=Scope(1, everything=True)).get().name == "林小满"
