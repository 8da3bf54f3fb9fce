"""The import of a ledger that headquarters already has, all or nothing, and safe to repeat."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol
from uuid import UUID

from django.db import transaction

from tongxin.base import audit, clock, outbox
from tongxin.base.actors import Actor
from tongxin.community.api.care import add_care
from tongxin.community.events import PeopleImported
from tongxin.community.importing.guard import UploadRefused
from tongxin.community.importing.shapes import ImportKind
from tongxin.community.intake import ledger
from tongxin.community.intake.decide import Verdict, decide
from tongxin.community.intake.ledger import ImportOutcome, ParsedLedger, Progress
from tongxin.community.intake.write_people import Writer
from tongxin.community.models import Compound, ImportRun


class LedgerWriter(Protocol):
    """Writes a ledger of a higher room: decides every row and, unless it is a dry run, stores them in one transaction."""

    def __call__(
        self,
        parsed: ParsedLedger,
        *,
        area_id: int,
        dry_run: bool,
        actor: Actor,
        at: datetime,
        progress: Progress | None,
    ) -> ImportOutcome: ...


RESIDENT_KINDS: Final = (ImportKind.PEOPLE, ImportKind.SPECIAL_CARE)
_WRITERS: dict[ImportKind, LedgerWriter] = {}


def register_ledger_writer(kind: ImportKind | str, writer: LedgerWriter) -> None:
    """This function will let a higher room write the ledgers of a kind; the upload, columns and job stay here.

    Raises ValueError for a kind that this room writes itself.
    """
    wanted = ImportKind(kind)
    if wanted in RESIDENT_KINDS:
        raise ValueError(wanted.value)
    _WRITERS[wanted] = writer


def uploadable_kinds() -> tuple[ImportKind, ...]:
    """This function will return the kinds of ledgers that somebody writes."""
    return (*RESIDENT_KINDS, *_WRITERS)


class WrongKind(ValueError):
    """This kind of ledger is written by a higher room; here it can only be parsed."""


def _content(path: Path | str | None, content: bytes | None) -> bytes:
    if content is not None:
        return content
    if path is None:
        raise ValueError("give a path or the content")
    return Path(path).read_bytes()


def parse_ledger(
    kind: ImportKind | str,
    path: Path | str | None = None,
    mapping: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
    *,
    content: bytes | None = None,
    at: datetime | None = None,
) -> ParsedLedger:
    """This function will read a ledger of any kind behind the guard; rows that held no person are left out.

    `progress(percent, note)` gets 1 to 50 and stops the reading by returning True. `at` says which day birth dates
    are held against (the clock when it is left out). Raises UploadRefused, ImportCancelled.
    """
    today = clock.local_date(at if at is not None else clock.now())
    return ledger.parse(_content(path, content), ImportKind(kind), mapping=mapping, today=today, progress=progress)


def _write(verdict: Verdict, *, area_id: int, run: ImportRun, actor: Actor, at: datetime) -> Writer:
    writer = Writer(verdict, area_id=area_id, at=at, decided_by=actor.label)
    writer.write()
    needs = [
        (writer.people[position], decision.needs, decision.person.medicine_days_left)
        for position, decision in enumerate(verdict.decisions)
        if decision.needs
    ]
    if needs:
        add_care(area_id=area_id, needs=needs, actor=actor, at=at)
    counts = verdict.counts()
    audit.record(
        "community.ledger.imported",
        actor=actor,
        at=at,
        area_id=area_id,
        target_kind="import_run",
        target_uuid=run.uuid,
        detail={"kind": verdict.ledger.kind.value, **counts},
    )
    if counts["added"] or counts["updated"] or counts["duplicates"]:
        event = PeopleImported(run_uuid=run.uuid, added=counts["added"], updated=counts["updated"])
        outbox.publish(event, area_id=area_id, at=at)
    return writer


def _outcome(verdict: Verdict, run: ImportRun, writer: Writer | None) -> ImportOutcome:
    uuids = {position: person.uuid for position, person in writer.people.items()} if writer else {}
    return ImportOutcome(
        run_uuid=run.uuid,
        is_dry_run=run.is_dry_run,
        counts=verdict.counts(),
        rows=verdict.fates(uuids),
        places=writer.places.made if writer else {},
    )


def _finish(run: ImportRun, state: str, *, at: datetime, counts: Mapping[str, int], error: Mapping[str, Any]) -> None:
    ImportRun.objects.filter(pk=run.pk).update(
        state=state, finished_at=at, counts=dict(counts), error=dict(error), is_dry_run=run.is_dry_run
    )


def import_parsed(
    parsed: ParsedLedger,
    *,
    area_id: int,
    run: ImportRun,
    dry_run: bool,
    actor: Actor,
    at: datetime,
    progress: Progress | None = None,
) -> ImportOutcome:
    """This function will decide every row and, unless it is a dry run, write them all in one transaction."""
    if dry_run:
        return _outcome(decide(parsed, area_id=area_id, at=at, progress=progress), run, None)
    with transaction.atomic():
        # Two imports of one compound follow each other: the second one sees whom the first one added.
        Compound.objects.select_for_update().filter(area_id=area_id).first()
        verdict = decide(parsed, area_id=area_id, at=at, progress=progress)
        ledger.report(progress, 70, "writing")
        writer = _write(verdict, area_id=area_id, run=run, actor=actor, at=at)
        outcome = _outcome(verdict, run, writer)
        _finish(run, ImportRun.State.DONE, at=at, counts=outcome.counts, error={})
    return outcome


def _write_elsewhere(
    parsed: ParsedLedger, *, run: ImportRun, dry_run: bool, actor: Actor, at: datetime, progress: Progress | None
) -> ImportOutcome:
    """Let the higher room write; its rows and the end of the run are one transaction."""
    with transaction.atomic():
        outcome = _WRITERS[parsed.kind](
            parsed, area_id=run.area_id, dry_run=dry_run, actor=actor, at=at, progress=progress
        )
        if not dry_run:
            _finish(run, ImportRun.State.DONE, at=at, counts=outcome.counts, error={})
    return replace(outcome, run_uuid=run.uuid)


def import_content(
    data: bytes,
    kind: ImportKind,
    *,
    area_id: int,
    run: ImportRun,
    mapping: Mapping[str, Any] | None,
    dry_run: bool,
    actor: Actor,
    at: datetime,
    progress: Progress | None,
) -> tuple[ParsedLedger, ImportOutcome]:
    """This function will import a ledger for a run that is there already, and close the run whatever happens."""
    run.is_dry_run = dry_run
    try:
        parsed = parse_ledger(kind, mapping=mapping, progress=progress, content=data, at=at)
        if kind in _WRITERS:
            outcome = _write_elsewhere(parsed, run=run, dry_run=dry_run, actor=actor, at=at, progress=progress)
        else:
            outcome = import_parsed(
                parsed, area_id=area_id, run=run, dry_run=dry_run, actor=actor, at=at, progress=progress
            )
    except UploadRefused as refused:
        error = {"code": refused.code, "params": dict(refused.params)}
        _finish(run, ImportRun.State.REFUSED, at=at, counts={}, error=error)
        raise
    except ledger.ImportCancelled:
        _finish(run, ImportRun.State.REFUSED, at=at, counts={}, error={"code": "cancelled", "params": {}})
        raise
    if dry_run:
        _finish(run, ImportRun.State.DONE, at=at, counts=outcome.counts, error={})
    return parsed, outcome


def import_ledger(
    *,
    area_id: int,
    kind: ImportKind | str,
    path: Path | str | None = None,
    content: bytes | None = None,
    mapping: Mapping[str, Any] | None = None,
    dry_run: bool = False,
    actor: Actor,
    at: datetime,
    progress: Progress | None = None,
) -> ImportOutcome:
    """This function will import people or the special-care list: everything or nothing.

    The same file again adds nobody (each row is known by a keyed hash of what it says), and so does the own export
    (rows are found by id, then ID number, code, phone or door with the name). A dry run decides everything and
    writes nothing but its ImportRun. `progress(percent, note)` may stop it until the writing begins.

    Raises WrongKind for responders (`workforce.api.import_responders`), UploadRefused for a file that cannot be
    read, ImportCancelled when asked to stop.
    """
    wanted = ImportKind(kind)
    if wanted is ImportKind.RESPONDERS:
        raise WrongKind(wanted.value)
    data = _content(path, content)
    run = ImportRun.objects.create(
        area_id=area_id,
        kind=wanted.value,
        file_hash=hashlib.sha256(data).hexdigest(),
        file_suffix="",
        is_dry_run=dry_run,
        state=ImportRun.State.RUNNING,
        uploaded_by=actor.label,
        uploaded_at=at,
        files_deleted_at=at,
    )
    _, outcome = import_content(
        data,
        wanted,
        area_id=area_id,
        run=run,
        mapping=mapping,
        dry_run=dry_run,
        actor=actor,
        at=at,
        progress=progress,
    )
    return outcome


def run_of(area_id: int, uuid: UUID) -> ImportRun:
    """This function will return an import. Raises ImportRun.DoesNotExist."""
    return ImportRun.objects.get(area_id=area_id, uuid=uuid)


def list_runs(area_id: int, *, kinds: Collection[str], limit: int = 50) -> list[ImportRun]:
    """This function will return the latest imports of the kinds, newest first."""
    rows = ImportRun.objects.filter(area_id=area_id, kind__in=kinds)
    return list(rows.order_by("-uploaded_at", "-id")[:limit])
