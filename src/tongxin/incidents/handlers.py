"""What this room hears: two rows were one person, a person was erased."""

from tongxin.base.actors import system
from tongxin.base.outbox import Delivery, subscribe
from tongxin.community.events import MergeUndone, PeopleMerged, PersonErased
from tongxin.incidents import api

_ACTOR = system("incidents.handlers")


@subscribe(PeopleMerged, name="incidents.follow_merge")
def follow_merge(event: PeopleMerged, delivery: Delivery) -> None:
    """This function will give the facts of the merged row to the row that stays."""
    api.follow_merge(
        area_id=delivery.area_id,
        kept_uuid=event.kept_uuid,
        gone_uuid=event.gone_uuid,
        actor=_ACTOR,
        at=delivery.at,
    )


@subscribe(MergeUndone, name="incidents.undo_merge")
def undo_merge(event: MergeUndone, delivery: Delivery) -> None:
    """This function will give facts back to somebody who is a person of their own again."""
    api.undo_merge(
        area_id=delivery.area_id,
        kept_uuid=event.kept_uuid,
        returned_uuid=event.returned_uuid,
        actor=_ACTOR,
        at=delivery.at,
    )


@subscribe(PersonErased, name="incidents.forget")
def forget(event: PersonErased, delivery: Delivery) -> None:
    """This function will erase what identifies the person here."""
    api.forget(area_id=delivery.area_id, person_uuid=event.person_uuid, at=delivery.at, actor=_ACTOR)
