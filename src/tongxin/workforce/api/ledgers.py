"""The import of responders from the ledger that headquarters already has: all or nothing, safe to repeat."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from tongxin.base import audit, clock, crypto, keys, policy
from tongxin.base.actors import Actor
from tongxin.base.ids import new_uuid
from tongxin.base.outbox import publish
from tongxin.community import api as community
from tongxin.community.api import Fate, Field, ImportOutcome, ParsedRow, Progress, Reason, RowFate
from tongxin.workforce.api.reads import limits_for, local_zone
from tongxin.workforce.availability import read_windows
from tongxin.workforce.events import RespondersImported
from tongxin.workforce.models import Responder, Shift
from tongxin.workforce.rules import SKILLS_BY_KIND, Span, night_dawn
from tongxin.workforce.words import kind_of, skills_of

_CHUNK = 500
_CODE = re.compile(r"R(\d+)$")
_FIELDS = (
    "code",
    "kind",
    "skills",
    "dialects",
    "department_id",
    "seconded_to_id",
    "home_building_id",
    "phone_index",
    "source_hash",
    "is_active",
)


class _DryRun(Exception):
    """Raised to undo everything that a dry run wrote."""


@dataclass(slots=True)
class _Entry:
    """One row as the responders' table would hold it."""

    row: ParsedRow
    uuid: UUID | None
    code: str
    name: str
    phone: str
    kind: str
    skills: list[str]
    dialects: list[str]
    department: str
    seconded_to: str
    building: str
    windows: list[Span]
    reasons: list[Reason]
    phone_index: str = ""
    source_hash: str = ""
    responder: Responder | None = None
    fate: str = ""


@dataclass(slots=True)
class _Known:
    """Who is there already, by everything that tells one person from another."""

    by_uuid: dict[UUID, Responder] = field(default_factory=dict)
    by_code: dict[str, Responder] = field(default_factory=dict)
    by_phone: dict[str, list[Responder]] = field(default_factory=dict)
    by_hash: dict[str, Responder] = field(default_factory=dict)
    last_number: int = 0

    def add(self, row: Responder) -> None:
        self.by_uuid[row.uuid] = row
        self.by_code[row.code] = row
        if row.phone_index:
            self.by_phone.setdefault(row.phone_index, []).append(row)
        if row.source_hash:
            self.by_hash[row.source_hash] = row
        match = _CODE.match(row.code)
        self.last_number = max(self.last_number, int(match.group(1)) if match else 0)


def import_responders(
    *,
    area_id: int,
    path: Path | str | None = None,
    content: bytes | None = None,
    mapping: Mapping[str, Any] | None = None,
    dry_run: bool = False,
    actor: Actor,
    at: datetime,
    progress: Progress | None = None,
) -> ImportOutcome:
    """Import a ledger of responders, with the shifts that its availability column names.

    Only a row without a name is refused; a skill, kind or time that is not understood is left out and told. Rows are
    found again by id, code, phone with name, or by what they say: the same file adds nobody. A dry run decides
    everything and writes nothing. Raises UploadRefused, ImportCancelled, policy.NotAllowed.
    """
    policy.require(actor, "workforce.responder.import", area_id=area_id)
    parsed = community.parse_ledger("responders", path, mapping, progress, content=content, at=at)
    return write_ledger(parsed, area_id=area_id, dry_run=dry_run, actor=actor, at=at, progress=progress)


def write_ledger(
    parsed: community.ParsedLedger,
    *,
    area_id: int,
    dry_run: bool,
    actor: Actor,
    at: datetime,
    progress: Progress | None = None,
) -> ImportOutcome:
    """Decide every row of a ledger that was read, and store them all unless it is a dry run.

    The import pages ask who may before they start the job that calls this. Raises ImportCancelled.
    """
    entries = [_entry(row, area_id, at) for row in parsed.rows]
    if progress is not None and progress(70, "writing"):
        raise community.ImportCancelled("writing")
    try:
        with transaction.atomic():
            _write(entries, area_id, at)
            outcome = _outcome(entries, dry_run)
            if dry_run:
                raise _DryRun
            _tell(outcome, area_id, actor, at)
    except _DryRun:
        # Keys that were made for people who now do not exist must not stay in the cache.
        keys.forget_cached()
    return outcome


def _texts(row: ParsedRow, wanted: Field) -> tuple[str, ...]:
    value = row.fields.get(wanted, ())
    return tuple(str(part) for part in value) if isinstance(value, tuple) else (str(value),) if value else ()


def _text(row: ParsedRow, wanted: Field) -> str:
    return " ".join(_texts(row, wanted)).strip()


def _entry(row: ParsedRow, area_id: int, at: datetime) -> _Entry:
    reasons = list(row.reasons)
    kind, is_kind_known = kind_of(_text(row, Field.RESPONDER_KIND))
    skills, strange = skills_of(_texts(row, Field.SKILLS))
    windows, unclear = read_windows(
        _texts(row, Field.AVAILABLE_WINDOWS), from_day=clock.local_date(at), tz=local_zone()
    )
    for is_wrong, wanted in (
        (not is_kind_known, Field.RESPONDER_KIND),
        (bool(strange), Field.SKILLS),
        (bool(unclear), Field.AVAILABLE_WINDOWS),
    ):
        if is_wrong:
            reasons.append(Reason("value_unknown", wanted))
    phone = _text(row, Field.PHONE)
    entry = _Entry(
        row=row,
        uuid=_uuid(_text(row, Field.TONGXIN_ID)),
        code=_text(row, Field.EXTERNAL_CODE)[:40],
        name=row.name,
        phone=phone,
        kind=kind,
        skills=skills or list(SKILLS_BY_KIND[kind]),
        dialects=[part[:40] for part in _texts(row, Field.DIALECT)][:5],
        department=_text(row, Field.HOME_DEPARTMENT) or _text(row, Field.DEPARTMENT) or _text(row, Field.WORK_UNIT),
        seconded_to=_text(row, Field.SECONDED_TO),
        building=row.place.building,
        windows=windows,
        reasons=reasons,
        phone_index=community.phone_digest(area_id, phone) if phone else "",
    )
    entry.source_hash = _hash(entry, area_id)
    return entry


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _hash(entry: _Entry, area_id: int) -> str:
    """Return a keyed hash of all that the row says: it tells a repeated row without showing it."""
    parts = [
        entry.code,
        entry.name,
        entry.phone,
        entry.kind,
        entry.skills,
        entry.dialects,
        entry.department,
        entry.seconded_to,
        entry.building,
        [[span.starts_at.isoformat(), span.ends_at.isoformat()] for span in entry.windows],
    ]
    canonical = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return crypto.blind_index("responder-row", digest, area_id=area_id)


def _write(entries: Sequence[_Entry], area_id: int, at: datetime) -> None:
    known = _Known()
    rows = list(Responder.objects.select_for_update().filter(area_id=area_id).order_by("id"))
    keys.warm(area_id, [row.subject_uuid for row in rows])
    for row in rows:
        known.add(row)
    taken: set[UUID] = set()
    for entry in entries:
        _match(entry, known, taken)
    wanted = [entry for entry in entries if entry.fate in ("added", "updated")]
    departments = community.open_departments(
        area_id=area_id, names=[name for e in wanted for name in (e.department, e.seconded_to) if name]
    )
    buildings = {row.number: row.pk for row in community.list_buildings(area_id)}
    for entry in wanted:
        _fill(entry, departments, buildings, known)
    _save(wanted, area_id)
    _shifts(wanted, area_id, at)


def _match(entry: _Entry, known: _Known, taken: set[UUID]) -> None:
    """Find out who a row is, and what is to become of it."""
    if entry.row.fate_hint is Fate.REFUSED or not entry.name:
        entry.fate = "refused"
        return
    found = known.by_uuid.get(entry.uuid) if entry.uuid else None
    found = found or (known.by_code.get(entry.code) if entry.code else None)
    found = found or next((r for r in known.by_phone.get(entry.phone_index, []) if r.name == entry.name), None)
    found = found or known.by_hash.get(entry.source_hash)
    if found is None:
        entry.fate = "added"
        entry.responder = _new(entry, known)
    elif found.uuid in taken:
        entry.fate, entry.responder = "duplicate", found
        return
    else:
        entry.fate = "unchanged" if found.source_hash == entry.source_hash else "updated"
        entry.responder = found
    taken.add(entry.responder.uuid)


def _new(entry: _Entry, known: _Known) -> Responder:
    uuid = new_uuid()
    if not entry.code:
        known.last_number += 1
        entry.code = f"R{known.last_number:04d}"
    row = Responder(
        uuid=uuid,
        subject_uuid=uuid,
        code=entry.code,
        name=entry.name,
        phone_index=entry.phone_index,
        source_hash=entry.source_hash,
    )
    known.add(row)
    return row


def _fill(entry: _Entry, departments: Mapping[str, Any], buildings: Mapping[str, int], known: _Known) -> None:
    row = entry.responder
    if row is None:
        return
    if entry.code and entry.code not in known.by_code:
        row.code = entry.code
    row.name, row.phone, row.phone_index = entry.name, entry.phone, entry.phone_index
    row.kind, row.skills, row.dialects = entry.kind, entry.skills, entry.dialects
    row.department_id = departments[entry.department[:120]].pk if entry.department else None
    row.seconded_to_id = departments[entry.seconded_to[:120]].pk if entry.seconded_to else None
    row.home_building_id = buildings.get(entry.building)
    row.source_hash, row.is_active = entry.source_hash, True


def _save(entries: Sequence[_Entry], area_id: int) -> None:
    rows = [entry.responder for entry in entries if entry.responder is not None]
    made = keys.create_many(area_id, [row.subject_uuid for row in rows])
    for row in rows:
        row.area_id = area_id
        row.__dict__["_data_key"] = made[row.subject_uuid]
    new = [row for row in rows if row.pk is None]
    Responder.objects.bulk_create(new, batch_size=_CHUNK)
    sealed = [Responder._meta.get_field("name"), Responder._meta.get_field("phone")]
    for changed in (entry.responder for entry in entries if entry.fate == "updated"):
        if changed is not None:
            changes = {name: getattr(changed, name) for name in _FIELDS}
            changes |= {item.name: item.sealed(changed) for item in sealed}
            Responder.objects.filter(pk=changed.pk).update(**changes)


def _shifts(entries: Sequence[_Entry], area_id: int, at: datetime) -> None:
    """Take what people offer as shifts; ones that are over are not made, ones that are there get their new end."""
    limits = limits_for(area_id=area_id, at=at)
    rows = [
        Shift(
            area_id=area_id,
            responder=entry.responder,
            starts_at=span.starts_at,
            ends_at=span.ends_at,
            is_night=night_dawn(span, limits) is not None,
        )
        for entry in entries
        for span in _distinct(entry.windows)
        if entry.responder is not None and span.ends_at > at
    ]
    Shift.objects.bulk_create(
        rows,
        batch_size=_CHUNK,
        update_conflicts=True,
        unique_fields=["area_id", "responder", "starts_at"],
        update_fields=["ends_at", "is_night"],
    )


def _distinct(spans: Sequence[Span]) -> list[Span]:
    """Return one span a start, the longest."""
    longest: dict[datetime, Span] = {}
    for span in spans:
        if span.starts_at not in longest or span.ends_at > longest[span.starts_at].ends_at:
            longest[span.starts_at] = span
    return list(longest.values())


def _outcome(entries: Sequence[_Entry], dry_run: bool) -> ImportOutcome:
    counts = dict.fromkeys(("added", "updated", "unchanged", "doubtful", "refused", "duplicates"), 0)
    rows = []
    for entry in entries:
        is_doubtful = entry.fate not in ("refused", "duplicate") and any(
            reason.code in _DOUBTS or entry.row.fate_hint is Fate.DOUBTFUL for reason in entry.reasons
        )
        counts["duplicates" if entry.fate == "duplicate" else entry.fate] += 1
        counts["doubtful"] += is_doubtful
        rows.append(
            RowFate(
                sheet=entry.row.sheet,
                row=entry.row.row,
                fate=entry.fate,
                door=entry.row.place.door,
                reasons=tuple(entry.reasons),
                is_doubtful=is_doubtful,
                person_uuid=entry.responder.uuid if entry.responder is not None else None,
            )
        )
    return ImportOutcome(run_uuid=None, is_dry_run=dry_run, counts=counts, rows=tuple(rows))


_DOUBTS = frozenset({"value_unknown"})


def _tell(outcome: ImportOutcome, area_id: int, actor: Actor, at: datetime) -> None:
    audit.record(
        "workforce.ledger.imported",
        actor=actor,
        at=at,
        area_id=area_id,
        target_kind="Responder",
        detail=dict(outcome.counts),
    )
    publish(RespondersImported(outcome.counts["added"], outcome.counts["updated"]), area_id=area_id, at=at)


def export_rows(
    *, rows: Sequence[Responder], area_id: int, actor: Actor, at: datetime
) -> tuple[list[str], list[list[str]]]:
    """Return the head and the lines of an export that can be imported again; the look at so many is in the audit."""
    policy.require(actor, "workforce.responder.import", area_id=area_id)
    keys.warm(area_id, [row.subject_uuid for row in rows])
    audit.record(
        "workforce.responders.exported",
        actor=actor,
        at=at,
        area_id=area_id,
        target_kind="Responder",
        detail={"rows": len(rows)},
    )
    return list(_HEAD), [_line(row) for row in rows]


_HEAD = ("同心编号", "编号", "姓名", "联系电话", "人员身份", "技能", "所在部门", "借调至", "住址")
_KIND_WORDS = {"VOLUNTEER": "志愿者", "STAFF": "职工", "MEDIC": "医护", "DRIVER": "司机"}
_SKILL_WORDS = {
    "SAMPLING": "采样",
    "REGISTRATION": "登记",
    "GUARD": "值守",
    "CARRY": "搬运",
    "CALLS": "电话",
    "DRIVING": "驾驶",
    "TRACING": "流调",
    "DISINFECTION": "消毒",
}


def _line(row: Responder) -> list[str]:
    return [
        str(row.uuid),
        row.code,
        row.name,
        row.phone,
        _KIND_WORDS[row.kind],
        "、".join(_SKILL_WORDS.get(code, code) for code in row.skills),
        row.department.name if row.department else "",
        row.seconded_to.name if row.seconded_to else "",
        f"{row.home_building.number}号楼" if row.home_building else "",
    ]
