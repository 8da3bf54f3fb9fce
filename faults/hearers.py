"""Hearers of the fault run: each effect is a row under a key that the database does not force to be unique.

That is on purpose: a unique key would hide an effect that happens twice.
"""

import os
import time
from dataclasses import dataclass
from typing import ClassVar

from tongxin.base import outbox
from tongxin.base.models import OutboxEvent
from tongxin.sampling.events import ResultRecorded

EFFECT = "faults.effect"
HEARERS = ("first", "second")


@dataclass(frozen=True)
class FaultProbe(outbox.Event):
    KIND: ClassVar[str] = "faults.probe.v1"
    number: int


def _effect(hearer: str, delivery: outbox.Delivery) -> None:
    OutboxEvent.objects.create(
        area_id=delivery.area_id,
        kind=EFFECT,
        payload={"hearer": hearer, "event": str(delivery.event_uuid)},
        at=delivery.at,
    )
    # Long enough that kills land inside the transaction, too.
    time.sleep(float(os.environ.get("FAULTS_HOLD", "0.01")))


@outbox.subscribe(FaultProbe, name="faults.first")
def first(event: FaultProbe, delivery: outbox.Delivery) -> None:
    _effect("first", delivery)


@outbox.subscribe(FaultProbe, name="faults.second")
def second(event: FaultProbe, delivery: outbox.Delivery) -> None:
    _effect("second", delivery)


@outbox.subscribe(ResultRecorded, name="faults.result_heard")
def result_heard(event: ResultRecorded, delivery: outbox.Delivery) -> None:
    _effect("result_heard", delivery)
