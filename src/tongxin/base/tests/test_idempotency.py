"""Sent twice is stored once, with the same receipt; another body under the same id goes to a person."""

import threading

import pytest
from django.db import close_old_connections, connection

from tongxin.base import idempotency
from tongxin.base.actors import system
from tongxin.base.ids import new_uuid
from tongxin.base.models import OutboxEvent, Receipt

ACTOR = system("test")


def operation(op_id, **body):
    return idempotency.Operation(op_id=op_id, kind="test.op", body=body)


def send(op, at):
    def effect():
        OutboxEvent.objects.create(area_id=1, kind="effect", payload={}, at=at)
        return {"made": 1}

    return idempotency.once(op, effect, area_id=1, actor=ACTOR, at=at)


def test_the_same_receipt_twice(db, at):
    op = operation(new_uuid(), n=1)
    one, two = send(op, at), send(op, at)
    assert one.receipt == two.receipt
    assert (one.is_repeat, two.is_repeat) == (False, True)
    assert OutboxEvent.objects.filter(kind="effect").count() == 1


def test_another_body_is_a_conflict(db, at):
    op_id = new_uuid()
    send(operation(op_id, n=1), at)
    with pytest.raises(idempotency.OtherBody):
        send(operation(op_id, n=2), at)


def test_a_failed_effect_leaves_the_id_free(db, at):
    op = operation(new_uuid())

    def broken():
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        idempotency.once(op, broken, area_id=1, actor=ACTOR, at=at)
    assert not send(op, at).is_repeat


@pytest.mark.django_db(transaction=True)
def test_eight_senders_at_once_have_one_effect(at):
    op_ids = [new_uuid() for _ in range(10)]
    receipts = []

    def sender():
        for op_id in op_ids:
            receipts.append(send(operation(op_id), at).receipt["server_seq"])
        close_old_connections()
        connection.close()

    threads = [threading.Thread(target=sender) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert OutboxEvent.objects.filter(kind="effect").count() == len(op_ids)
    assert len(receipts) == 80
    assert len(set(receipts)) == len(op_ids) == Receipt.objects.count()
