"""An upload on its way: sealed on disk, looked at, mapped, tried, imported by a job, and deleted after a week."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from tongxin.base import audit, crypto, outbox
from tongxin.base.actors import Actor
from tongxin.base.models import QueueItem
from tongxin.community.api.ledgers import import_content, uploadable_kinds
from tongxin.community.importing.guard import UploadRefused, inspect_upload
from tongxin.community.importing.mark import mark_upload
from tongxin.community.importing.shapes import Fate, ImportKind, ParsedRow, SheetLayout
from tongxin.community.importing.titles import Language
from tongxin.community.intake.ledger import (
    ImportCancelled,
    ImportOutcome,
    ParsedLedger,
    Progress,
    apply_mapping,
    look_at,
    mapping_json,
)
from tongxin.community.models import ImportRun

JOB = "community.import_ledger"
KEEP_FILES = timedelta(days=7)
PREVIEW_ROWS = 8
UPLOAD, RESULT, MARKED = "upload", "result", "marked"


class FilesGone(Exception):
    """The files of this import were deleted; the counts are still there."""


@dataclass(frozen=True, slots=True)
class UploadPreview:
    """What the mapping step shows: the sheets with their lists, and what each column is taken for."""

    layouts: tuple[SheetLayout, ...]
    mapping: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class JobState:
    """How far the import is. `state` is a queue state or IDLE when nothing was started."""

    state: str
    percent: int
    note: str

    @property
    def is_running(self) -> bool:
        return self.state in ("WAITING", "RUNNING")


# ---------- files ----------
def _file(run_uuid: UUID, part: str) -> Path:
    return Path(settings.TONGXIN_HOME) / "imports" / f"{run_uuid}.{part}"


def _seal(run: ImportRun, part: str, content: bytes) -> None:
    path = _file(run.uuid, part)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{part}.new")
    temporary.write_bytes(crypto.seal_file(content, bound_to=f"import:{run.area_id}:{run.uuid}:{part}"))
    temporary.chmod(0o600)
    temporary.replace(path)


def _open(run: ImportRun, part: str) -> bytes:
    try:
        sealed = _file(run.uuid, part).read_bytes()
    except FileNotFoundError as error:
        raise FilesGone(str(run.uuid)) from error
    return crypto.open_file(sealed, bound_to=f"import:{run.area_id}:{run.uuid}:{part}")


def _delete_files(run: ImportRun) -> None:
    for part in (UPLOAD, RESULT, MARKED):
        _file(run.uuid, part).unlink(missing_ok=True)


# ---------- upload and mapping ----------
def store_upload(*, area_id: int, kind: ImportKind | str, content: bytes, actor: Actor, at: datetime) -> ImportRun:
    """This function will put an upload behind the guard and, if it passes, seal it on disk.

    Raises UploadRefused, and nothing is stored; ValueError for a kind that is not imported here.
    """
    wanted = ImportKind(kind)
    if wanted not in uploadable_kinds():
        raise ValueError(wanted.value)
    found = inspect_upload(content)
    with transaction.atomic():
        run = ImportRun.objects.create(
            area_id=area_id,
            kind=wanted.value,
            file_hash=hashlib.sha256(content).hexdigest(),
            file_suffix=found.value,
            uploaded_by=actor.label,
            uploaded_at=at,
        )
        _seal(run, UPLOAD, content)
        _record("community.ledger.uploaded", run, actor=actor, at=at, detail={"kind": wanted.value})
    return run


def _record(action: str, run: ImportRun, *, actor: Actor, at: datetime, detail: Mapping[str, Any]) -> None:
    audit.record(
        action,
        actor=actor,
        at=at,
        area_id=run.area_id,
        target_kind="import_run",
        target_uuid=run.uuid,
        detail=detail,
    )


def preview_upload(*, area_id: int, uuid: UUID, actor: Actor, at: datetime) -> UploadPreview:
    """This function will read a stored upload and say what each column is taken for. The look is in the audit.

    Raises FilesGone, UploadRefused, ImportRun.DoesNotExist.
    """
    run = ImportRun.objects.get(area_id=area_id, uuid=uuid)
    _, found = look_at(_open(run, UPLOAD), ImportKind(run.kind))
    _record("community.ledger.previewed", run, actor=actor, at=at, detail={"kind": run.kind})
    layouts = apply_mapping(found, run.mapping)
    return UploadPreview(layouts, mapping_json(layouts))


# ---------- the job ----------
def start_import(
    *,
    area_id: int,
    uuid: UUID,
    mapping: Mapping[str, Any],
    dry_run: bool,
    language: Language,
    op_id: UUID,
    actor: Actor,
    at: datetime,
) -> UUID:
    """This function will put the import, or its dry run, into the queue and return the job; the same `op_id` once.

    A run that was imported already is not started again. Raises FilesGone.
    """
    with transaction.atomic():
        run = ImportRun.objects.select_for_update().get(area_id=area_id, uuid=uuid)
        if run.state == ImportRun.State.DONE and not run.is_dry_run and run.job_uuid:
            return run.job_uuid
        if not _file(run.uuid, UPLOAD).exists():
            raise FilesGone(str(uuid))
        payload = {"run": str(uuid), "dry_run": dry_run, "language": language, "account": actor.account_id}
        job = outbox.enqueue(JOB, area_id=area_id, at=at, payload=payload, key=str(op_id))
        ImportRun.objects.filter(pk=run.pk).update(
            state=ImportRun.State.RUNNING, mapping=dict(mapping), is_dry_run=dry_run, job_uuid=job, error={}
        )
        _record("community.ledger.started", run, actor=actor, at=at, detail={"dry_run": dry_run})
    return job


def _marked_rows(parsed: ParsedLedger, outcome: ImportOutcome) -> list[ParsedRow]:
    """Return the rows with what the matching found on top of what the reading found."""
    told = {(f.sheet, f.row): f for f in outcome.rows if f.is_doubtful} | {
        (f.sheet, f.row): f for f in outcome.rows if f.fate == "refused"
    }
    hints = {"refused": Fate.REFUSED}
    return [
        replace(row, fate_hint=hints.get(found.fate, Fate.DOUBTFUL), reasons=found.reasons)
        if (found := told.get((row.sheet, row.row)))
        else row
        for row in parsed.rows
    ]


def _keep_result(run: ImportRun, parsed: ParsedLedger, outcome: ImportOutcome, language: Language) -> None:
    rows = [row for row in outcome.as_json()["rows"] if row["fate"] == "refused" or row["is_doubtful"]]
    places = dict(outcome.places)
    _seal(run, RESULT, json.dumps({"rows": rows, "places": places}, ensure_ascii=False).encode())
    has_marked = False
    if rows:
        try:
            marked = mark_upload(
                parsed.content, parsed.workbook, parsed.layouts, _marked_rows(parsed, outcome), language=language
            )
            _seal(run, MARKED, marked)
            has_marked = True
        except UploadRefused:
            # The list on the page still says everything; only the copy with colors is missing.
            has_marked = False
    ImportRun.objects.filter(pk=run.pk).update(has_marked_copy=has_marked)


def run_import(
    *,
    area_id: int,
    uuid: UUID,
    dry_run: bool,
    language: Language,
    account_id: int | None,
    at: datetime,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """This function will do what `start_import` asked for: called by the job, safe to repeat.

    A file that cannot be read or a cancelled run ends the run with its reason instead of failing the job.
    """
    run = ImportRun.objects.get(area_id=area_id, uuid=uuid)
    if run.state == ImportRun.State.DONE and not run.is_dry_run:
        return {"counts": run.counts}
    actor = Actor(label=run.uploaded_by, account_id=account_id)
    try:
        parsed, outcome = import_content(
            _open(run, UPLOAD),
            ImportKind(run.kind),
            area_id=area_id,
            run=run,
            mapping=run.mapping,
            dry_run=dry_run,
            actor=actor,
            at=at,
            progress=progress,
        )
    except (UploadRefused, ImportCancelled) as error:
        return {"refused": getattr(error, "code", "cancelled")}
    except FilesGone:
        ImportRun.objects.filter(pk=run.pk).update(
            state=ImportRun.State.REFUSED, error={"code": "files_gone", "params": {}}
        )
        return {"refused": "files_gone"}
    _keep_result(run, parsed, outcome, language)
    return {"counts": dict(outcome.counts)}


def job_state(run: ImportRun) -> JobState:
    """This function will return how far an import is."""
    item = QueueItem.objects.filter(area_id=run.area_id, uuid=run.job_uuid).first() if run.job_uuid else None
    if item is None:
        return JobState("IDLE", 0, "")
    return JobState(item.state, item.progress, item.progress_note)


def cancel_import(*, area_id: int, uuid: UUID, actor: Actor, at: datetime) -> bool:
    """This function will ask a waiting or reading import to stop; False when it is writing already or finished."""
    with transaction.atomic():
        run = ImportRun.objects.select_for_update().get(area_id=area_id, uuid=uuid)
        asked = run.job_uuid is not None and outbox.ask_cancel(run.job_uuid, area_id=area_id)
        if asked:
            _record("community.ledger.cancelled", run, actor=actor, at=at, detail={})
            if job_state(run).state == "CANCELLED":
                ImportRun.objects.filter(pk=run.pk).update(
                    state=ImportRun.State.REFUSED, error={"code": "cancelled", "params": {}}, finished_at=at
                )
    return asked


# ---------- results ----------
def import_result(*, area_id: int, uuid: UUID) -> list[dict[str, Any]]:
    """This function will return the refused and doubtful rows of a finished run: sheet, row, fate, door, reasons.

    Raises FilesGone after a week.
    """
    run = ImportRun.objects.get(area_id=area_id, uuid=uuid)
    rows: list[dict[str, Any]] = json.loads(_open(run, RESULT))["rows"]
    return rows


def marked_workbook(*, area_id: int, uuid: UUID, actor: Actor, at: datetime) -> bytes:
    """This function will return the user's own workbook with reasons; the download is in the audit. Raises FilesGone."""
    run = ImportRun.objects.get(area_id=area_id, uuid=uuid)
    content = _open(run, MARKED)
    with transaction.atomic():
        _record("community.ledger.marked_copy_taken", run, actor=actor, at=at, detail={"bytes": len(content)})
    return content


def delete_old_uploads(*, area_id: int, at: datetime) -> int:
    """This function will delete the files of imports that are older than seven days, and return of how many."""
    runs = ImportRun.objects.filter(area_id=area_id, files_deleted_at=None, uploaded_at__lte=at - KEEP_FILES)
    count = 0
    for run in runs:
        _delete_files(run)
        ImportRun.objects.filter(pk=run.pk).update(files_deleted_at=at, has_marked_copy=False)
        count += 1
    return count
