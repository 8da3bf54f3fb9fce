"""What this room hears and does by the clock."""

from datetime import timedelta
from typing import Any

from tongxin.base.actors import system
from tongxin.base.outbox import Delivery, Work, job, subscribe
from tongxin.community.events import PersonErased
from tongxin.situation import api

_ACTOR = system("situation.handlers")


@job("situation.keep_time", every=timedelta(minutes=15))
def keep_time(work: Work) -> dict[str, Any]:
    """Take the snapshot when a day has ended, and write the night report before dawn."""
    return api.keep_time(area_id=work.area_id, actor=_ACTOR, at=work.at)


@subscribe(PersonErased, name="situation.forget")
def forget(event: PersonErased, delivery: Delivery) -> None:
    """Record that this room holds nothing of the person."""
    api.forget(area_id=delivery.area_id, person_uuid=event.person_uuid, at=delivery.at, actor=_ACTOR)
