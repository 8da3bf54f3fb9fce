"""Variants that are broken on purpose: a check that lets one of them pass is blind, and the run fails.

Each takes one promise apart at the place where it is kept. Nothing in the product can switch them on.
"""

import threading
import time
from collections.abc import Callable
from datetime import datetime
from queue import Queue
from typing import Any

import msgspec
from django.db import connection, transaction

from tongxin.base import idempotency, outbox, pages
from tongxin.base.actors import Actor
from tongxin.base.idempotency import Operation, Outcome
from tongxin.base.models import QueueItem, Receipt
from tongxin.sampling.api import desk

#: How long the gap is that a correct system does not have; kills fall into it.
GAP_SECONDS = 0.15
_real_once = idempotency.once


def apply(name: str) -> None:
    """Break this process in the way of that name; an empty name breaks nothing."""
    if name:
        VARIANTS[name]()


def _call(item: QueueItem) -> None:
    assert item.event is not None
    hearer = outbox._by_name[item.handler]
    event = msgspec.convert(item.event.payload, hearer.event_type)
    with transaction.atomic():
        hearer.call(event, outbox.Delivery(event_uuid=item.event.uuid, area_id=item.area_id, at=item.event.at))


def _done_apart() -> None:
    """The effect commits first, DONE in another transaction: killed between the two, it happens twice."""

    def run(item: QueueItem) -> None:
        _call(item)
        time.sleep(GAP_SECONDS)
        outbox._finish(item, None)

    outbox._run = run


def _done_first() -> None:
    """DONE commits before the effect: killed between the two, it never happens."""

    def run(item: QueueItem) -> None:
        outbox._finish(item, None)
        time.sleep(GAP_SECONDS)
        _call(item)

    outbox._run = run


def _use(once: Callable[..., Outcome]) -> None:
    # Both doors took the name at import; the broken one must stand in both.
    desk.once = once
    pages.once = once


def _receipt_early() -> None:
    """The receipt is sent while the transaction is still open: what was acknowledged can be lost."""

    def once(operation: Operation, effect: Any, *, area_id: int, actor: Actor, at: datetime) -> Outcome:
        answer: Queue[Outcome | Exception] = Queue()

        def work() -> None:
            try:
                with transaction.atomic():
                    answer.put(_real_once(operation, effect, area_id=area_id, actor=actor, at=at))
                    time.sleep(GAP_SECONDS)
            except Exception as error:
                answer.put(error)
            finally:
                connection.close()

        threading.Thread(target=work, daemon=True).start()
        found = answer.get()
        if isinstance(found, Exception):
            raise found
        return found

    _use(once)


def _check_then_insert() -> None:
    """A look decides and the receipt is stored apart from the effect: killed between the two, a repeat is done again."""

    def once(operation: Operation, effect: Any, *, area_id: int, actor: Actor, at: datetime) -> Outcome:
        found = idempotency._stored(operation, area_id)
        if found is not None:
            return found
        with transaction.atomic():
            content = effect()
        time.sleep(GAP_SECONDS)
        receipt = {"op_id": str(operation.op_id), "body_hash": operation.body_hash, **content}
        Receipt.objects.create(
            area_id=area_id,
            op_id=operation.op_id,
            body_hash=operation.body_hash,
            kind=operation.kind,
            at=at,
            receipt=receipt,
        )
        return Outcome(receipt, is_repeat=False)

    _use(once)


VARIANTS: dict[str, Callable[[], None]] = {
    "done-apart": _done_apart,
    "done-first": _done_first,
    "receipt-early": _receipt_early,
    "check-then-insert": _check_then_insert,
}
