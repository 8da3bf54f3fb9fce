"""What this room hears, and what it does from time to time: one call to the own api each, safe to repeat."""

from datetime import timedelta
from typing import Any

from tongxin.base.actors import system
from tongxin.base.outbox import Delivery, Work, job, subscribe
from tongxin.community.events import MergeUndone, PeopleMerged, PersonErased
from tongxin.dispatch.events import TaskFinished
from tongxin.incidents.events import PersonStatusChanged
from tongxin.sampling import api
from tongxin.sampling.events import ResultRecorded, RoundClosed
from tongxin.sampling.rules import EXEMPT_KINDS

_ACTOR = system("sampling.handlers")


@subscribe(PersonStatusChanged, name="sampling.record_meetings")
def record_meetings(event: PersonStatusChanged, delivery: Delivery) -> None:
    """This function will tell whom a new case met in tubes and queues."""
    if event.kind == "CASE":
        api.record_meetings(
            area_id=delivery.area_id,
            incident_uuid=event.incident_uuid,
            person_uuid=event.person_uuid,
            actor=_ACTOR,
            at=delivery.at,
        )


@subscribe(PersonStatusChanged, name="sampling.list_again")
def list_again(event: PersonStatusChanged, delivery: Delivery) -> None:
    """This function will have somebody sampled again who is no case after all."""
    if event.previous in EXEMPT_KINDS and event.kind not in EXEMPT_KINDS:
        api.list_again(
            area_id=delivery.area_id,
            incident_uuid=event.incident_uuid,
            person_uuid=event.person_uuid,
            actor=_ACTOR,
            at=delivery.at,
        )


@subscribe(TaskFinished, name="sampling.hear_visit")
def hear_visit(event: TaskFinished, delivery: Delivery) -> None:
    """This function will take over what was found at a door."""
    if event.origin_kind == "RoundMember":
        api.hear_visit(
            area_id=delivery.area_id,
            member_uuid=event.origin_uuid,
            outcome_code=event.outcome_code,
            at=delivery.at,
        )


@subscribe(ResultRecorded, name="sampling.tell_negative_after_result")
def tell_negative_after_result(event: ResultRecorded, delivery: Delivery) -> None:
    """This function will look whether places became wholly negative."""
    api.tell_negative_places(area_id=delivery.area_id, round_uuid=event.round_uuid, actor=_ACTOR, at=delivery.at)


@subscribe(RoundClosed, name="sampling.tell_negative_after_closing")
def tell_negative_after_closing(event: RoundClosed, delivery: Delivery) -> None:
    """This function will look whether places were wholly negative already."""
    api.tell_negative_places(area_id=delivery.area_id, round_uuid=event.round_uuid, actor=_ACTOR, at=delivery.at)


@subscribe(PeopleMerged, name="sampling.follow_merge")
def follow_merge(event: PeopleMerged, delivery: Delivery) -> None:
    """This function will give the samples of the merged row to the row that stays."""
    api.follow_merge(
        area_id=delivery.area_id,
        kept_uuid=event.kept_uuid,
        gone_uuid=event.gone_uuid,
        actor=_ACTOR,
        at=delivery.at,
    )


@subscribe(MergeUndone, name="sampling.undo_merge")
def undo_merge(event: MergeUndone, delivery: Delivery) -> None:
    """This function will give samples back to somebody who is a person of their own again."""
    api.undo_merge(
        area_id=delivery.area_id,
        kept_uuid=event.kept_uuid,
        returned_uuid=event.returned_uuid,
        actor=_ACTOR,
        at=delivery.at,
    )


@subscribe(PersonErased, name="sampling.forget")
def forget(event: PersonErased, delivery: Delivery) -> None:
    """This function will erase what identifies the person here."""
    api.forget(area_id=delivery.area_id, person_uuid=event.person_uuid, at=delivery.at, actor=_ACTOR)


@job("sampling.look_after", every=timedelta(minutes=10))
def look_after(work: Work) -> dict[str, Any]:
    """This function will tell of late results and close visits that ended long ago."""
    return {
        "overdue": api.tell_overdue(area_id=work.area_id, at=work.at),
        "closed": api.close_ended(area_id=work.area_id, actor=_ACTOR, at=work.at),
    }
