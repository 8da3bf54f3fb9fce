"""What this room hears, and its jobs. Each makes calls of the own api only and is safe to repeat."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from tongxin.base.actors import system
from tongxin.base.outbox import Delivery, Work, job, subscribe
from tongxin.community.events import MergeUndone, PeopleMerged, PersonErased
from tongxin.dispatch.events import AssignmentsMade, TaskFailed, TaskFinished
from tongxin.residents import api

_ACTOR = system("residents.handlers")


@subscribe(PeopleMerged, name="residents.follow_merge")
def follow_merge(event: PeopleMerged, delivery: Delivery) -> None:
    """This function will give the needs of the merged row to the row that stays."""
    api.follow_merge(
        area_id=delivery.area_id, kept_uuid=event.kept_uuid, gone_uuid=event.gone_uuid, actor=_ACTOR, at=delivery.at
    )


@subscribe(MergeUndone, name="residents.undo_merge")
def undo_merge(event: MergeUndone, delivery: Delivery) -> None:
    """This function will give needs and caller back to somebody who is a person of their own again."""
    api.undo_merge(
        area_id=delivery.area_id,
        kept_uuid=event.kept_uuid,
        returned_uuid=event.returned_uuid,
        actor=_ACTOR,
        at=delivery.at,
    )


@subscribe(PersonErased, name="residents.forget")
def forget(event: PersonErased, delivery: Delivery) -> None:
    """This function will erase what identifies the person here."""
    api.forget(area_id=delivery.area_id, person_uuid=event.person_uuid, at=delivery.at, actor=_ACTOR)


@subscribe(AssignmentsMade, name="residents.follow_assignments")
def follow_assignments(event: AssignmentsMade, delivery: Delivery) -> None:
    """This function will note who stands in for a caller."""
    api.follow_assignments(area_id=delivery.area_id, incident_uuid=event.incident_uuid, at=delivery.at)


@subscribe(TaskFinished, name="residents.note_task")
def note_task(event: TaskFinished, delivery: Delivery) -> None:
    """This function will take over how a task of this room ended."""
    api.note_task_finished(
        area_id=delivery.area_id,
        origin_kind=event.origin_kind,
        origin_uuid=event.origin_uuid,
        outcome_code=event.outcome_code,
        actor=_ACTOR,
        at=delivery.at,
    )


@subscribe(TaskFailed, name="residents.note_failed_task")
def note_failed_task(event: TaskFailed, delivery: Delivery) -> None:
    """This function will take over that a task of this room failed: a need stays open, a share's calls stay due."""
    api.note_task_finished(
        area_id=delivery.area_id,
        origin_kind=event.origin_kind,
        origin_uuid=event.origin_uuid,
        outcome_code=event.reason_code,
        actor=_ACTOR,
        at=delivery.at,
    )


@job(api.HAND_OUT_JOB)
def hand_out_round(work: Work) -> dict[str, Any]:
    return api.hand_out_round(area_id=work.area_id, round_uuid=UUID(work.payload["round"]), at=work.at)


@job(api.FINISH_JOB)
def finish_share(work: Work) -> dict[str, Any]:
    done = api.finish_share(area_id=work.area_id, share_uuid=UUID(work.payload["share"]), at=work.at)
    return {"finished": done}


@job("residents.keep_time", every=timedelta(minutes=5))
def keep_time(work: Work) -> dict[str, Any]:
    return api.keep_time(area_id=work.area_id, at=work.at)
