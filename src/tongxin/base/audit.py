"""The audit: append-only, chained, for writes and for every look at personal detail. It cannot be switched off."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from tongxin.base.actors import Actor
from tongxin.base.models import AuditEntry, AuditHead


def _digest(entry: AuditEntry) -> str:
    """Return SHA-256 over the previous hash and every column, in a fixed form that both databases give back."""
    parts = [
        entry.previous_hash,
        entry.area_id,
        entry.seq,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.actor,
        entry.account_id,
        entry.action,
        entry.target_kind,
        str(entry.target_uuid) if entry.target_uuid else None,
        entry.detail,
    ]
    canonical = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def record(
    action: str,
    *,
    actor: Actor,
    at: datetime,
    area_id: int,
    target_kind: str,
    target_uuid: UUID | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Append one entry in the caller's transaction (or one of its own). `detail` takes codes, ids and counts."""
    with transaction.atomic():
        AuditHead.objects.get_or_create(area_id=area_id)
        head = AuditHead.objects.select_for_update().get(area_id=area_id)
        entry = AuditEntry(
            area_id=area_id,
            seq=head.seq + 1,
            at=at,
            actor=actor.label,
            account_id=actor.account_id,
            action=action,
            target_kind=target_kind,
            target_uuid=target_uuid,
            detail=dict(detail or {}),
            previous_hash=head.hash,
        )
        entry.hash = _digest(entry)
        entry.save(force_insert=True)
        AuditHead.objects.filter(pk=head.pk).update(seq=entry.seq, hash=entry.hash)


@dataclass(frozen=True, slots=True)
class ChainFault:
    """The first place where a compound's chain does not hold: `kind` is MISSING, CHANGED, or HEAD."""

    area_id: int
    seq: int
    kind: str


@dataclass(frozen=True, slots=True)
class ChainReport:
    area_id: int
    entries: int
    head: str
    faults: tuple[ChainFault, ...]


def verify(area_id: int) -> ChainReport:
    """Recompute a compound's whole chain and compare it with what is stored and with the head."""
    expected_seq, previous, count = 1, "", 0
    faults: list[ChainFault] = []
    for entry in AuditEntry.objects.filter(area_id=area_id).order_by("seq").iterator(chunk_size=5000):
        count += 1
        if entry.seq != expected_seq:
            faults.append(ChainFault(area_id, expected_seq, "MISSING"))
        if entry.previous_hash != previous or _digest(entry) != entry.hash:
            faults.append(ChainFault(area_id, entry.seq, "CHANGED"))
        expected_seq, previous = entry.seq + 1, entry.hash
    head = AuditHead.objects.filter(area_id=area_id).first()
    if head is not None and (head.seq != expected_seq - 1 or head.hash != previous):
        faults.append(ChainFault(area_id, head.seq, "HEAD"))
    if head is None and count:
        faults.append(ChainFault(area_id, 0, "HEAD"))
    return ChainReport(area_id, count, previous, tuple(faults))


def areas() -> list[int]:
    """Return every compound that has an audit chain or entries."""
    heads = set(AuditHead.objects.values_list("area_id", flat=True))
    return sorted(heads | set(AuditEntry.objects.values_list("area_id", flat=True).distinct()))
