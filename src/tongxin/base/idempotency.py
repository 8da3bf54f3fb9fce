"""An operation that is sent twice takes effect once and gets the same receipt (trust contract P2)."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from tongxin.base.actors import Actor
from tongxin.base.models import Receipt


class OtherBody(Exception):
    """The same op id came with another body: both versions must be shown to a person (HTTP 409)."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What the client sends around a body: `op_id` is a UUIDv7 that the client made."""

    op_id: UUID
    kind: str
    body: dict[str, Any]
    device_id: str = ""
    device_seq: int | None = None
    device_time: datetime | None = None

    @property
    def body_hash(self) -> str:
        canonical = json.dumps([self.kind, self.body], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Outcome:
    """`receipt` is what the client stores; `is_repeat` tells that nothing was done this time."""

    receipt: dict[str, Any]
    is_repeat: bool


def _stored(operation: Operation, area_id: int) -> Outcome | None:
    row = Receipt.objects.filter(area_id=area_id, op_id=operation.op_id).first()
    if row is None:
        return None
    if row.body_hash != operation.body_hash:
        raise OtherBody(str(operation.op_id))
    return Outcome(row.receipt, is_repeat=True)


def once(
    operation: Operation, effect: Callable[[], dict[str, Any]], *, area_id: int, actor: Actor, at: datetime
) -> Outcome:
    """Run `effect` at most once for this op id, and store what it returns, in one transaction.

    The unique key decides, not a check: of two senders at the same moment one gets IntegrityError, its effect is
    rolled back, and it is answered with the other's receipt. Raises OtherBody.
    """
    found = _stored(operation, area_id)
    if found is not None:
        return found
    try:
        with transaction.atomic():
            row = Receipt.objects.create(
                area_id=area_id,
                op_id=operation.op_id,
                body_hash=operation.body_hash,
                kind=operation.kind,
                at=at,
                account_id=actor.account_id,
                device_id=operation.device_id,
                device_seq=operation.device_seq,
                device_time=operation.device_time,
            )
            content = effect()
            receipt = {"op_id": str(operation.op_id), "server_seq": row.pk, "body_hash": row.body_hash, **content}
            Receipt.objects.filter(pk=row.pk).update(receipt=receipt)
    except IntegrityError:
        found = _stored(operation, area_id)
        if found is None:
            raise
        return found
    return Outcome(receipt, is_repeat=False)
