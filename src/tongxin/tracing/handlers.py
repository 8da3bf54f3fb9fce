"""What tracing hears. Each hearer makes one call and is safe to repeat."""

from tongxin.base.actors import system
from tongxin.base.outbox import Delivery, subscribe
from tongxin.community.events import MergeUndone, PeopleMerged, PersonErased
from tongxin.dispatch.events import TaskFailed, TaskFinished
from tongxin.incidents.events import EncountersRecorded, PersonStatusChanged
from tongxin.tracing import api
from tongxin.tracing.rules import CLASSES

_ME = system("tracing.handlers")
ORIGIN = "tracing.investigation"
#: Outcomes of the task after which the interview counts as held.
HELD = frozenset({"COMPLETED", "PARTLY"})


@subscribe(PersonStatusChanged, name="tracing.open_investigation")
def open_investigation(event: PersonStatusChanged, delivery: Delivery) -> None:
    """This function will open the investigation of a new case."""
    if event.kind == "CASE":
        api.open_investigation(
            area_id=delivery.area_id,
            incident_uuid=event.incident_uuid,
            person_uuid=event.person_uuid,
            caused_by=delivery.event_uuid,
            actor=_ME,
            at=delivery.at,
        )


@subscribe(PersonStatusChanged, name="tracing.end_management_of_case")
def end_management_of_case(event: PersonStatusChanged, delivery: Delivery) -> None:
    """This function will end the management of a contact who became a case."""
    if event.kind == "CASE":
        api.note_case(
            area_id=delivery.area_id,
            incident_uuid=event.incident_uuid,
            person_uuid=event.person_uuid,
            actor=_ME,
            at=delivery.at,
        )


@subscribe(PersonStatusChanged, name="tracing.manage_again")
def manage_again(event: PersonStatusChanged, delivery: Delivery) -> None:
    """This function will manage somebody again whose case was withdrawn and who is a contact still."""
    if event.previous == "CASE" and event.kind in CLASSES:
        api.settle_person(
            area_id=delivery.area_id,
            incident_uuid=event.incident_uuid,
            person_uuid=event.person_uuid,
            actor=_ME,
            at=delivery.at,
        )


@subscribe(PersonStatusChanged, name="tracing.stop_interview")
def stop_interview(event: PersonStatusChanged, delivery: Delivery) -> None:
    """This function will take the interview of somebody off the lists whose case was withdrawn."""
    if event.previous == "CASE" and event.kind not in ("CASE", "RECOVERED", "DIED"):
        api.stop_interview(
            area_id=delivery.area_id,
            incident_uuid=event.incident_uuid,
            person_uuid=event.person_uuid,
            actor=_ME,
            at=delivery.at,
        )


@subscribe(EncountersRecorded, name="tracing.note_encounters")
def note_encounters(event: EncountersRecorded, delivery: Delivery) -> None:
    """This function will have contacts looked for again when sampling tells who stood beside a case."""
    api.note_encounters(
        area_id=delivery.area_id, incident_uuid=event.incident_uuid, person_uuid=event.person_uuid, at=delivery.at
    )


@subscribe(TaskFinished, name="tracing.interview_held")
def interview_held(event: TaskFinished, delivery: Delivery) -> None:
    """This function will note an interview whose task was done, or have it tried again when nobody was reached."""
    if event.origin_kind != ORIGIN:
        return
    if event.outcome_code in HELD:
        uuid = api.investigation_of_try(delivery.area_id, event.origin_uuid)
        api.interview_held(area_id=delivery.area_id, uuid=uuid, actor=_ME, at=delivery.at)
    else:
        api.interview_unreached(area_id=delivery.area_id, uuid=event.origin_uuid, actor=_ME, at=delivery.at)


@subscribe(TaskFailed, name="tracing.interview_failed")
def interview_failed(event: TaskFailed, delivery: Delivery) -> None:
    """This function will have an interview tried again whose task could not be done."""
    if event.origin_kind == ORIGIN:
        api.interview_unreached(area_id=delivery.area_id, uuid=event.origin_uuid, actor=_ME, at=delivery.at)


@subscribe(PeopleMerged, name="tracing.follow_merge")
def follow_merge(event: PeopleMerged, delivery: Delivery) -> None:
    """This function will give what is known of the merged row to the row that stays."""
    api.follow_merge(
        area_id=delivery.area_id,
        kept_uuid=event.kept_uuid,
        gone_uuid=event.gone_uuid,
        actor=_ME,
        at=delivery.at,
    )


@subscribe(MergeUndone, name="tracing.undo_merge")
def undo_merge(event: MergeUndone, delivery: Delivery) -> None:
    """This function will give links back to somebody who is a person of their own again."""
    api.undo_merge(
        area_id=delivery.area_id,
        kept_uuid=event.kept_uuid,
        returned_uuid=event.returned_uuid,
        actor=_ME,
        at=delivery.at,
    )


@subscribe(PersonErased, name="tracing.forget")
def forget(event: PersonErased, delivery: Delivery) -> None:
    """This function will erase what identifies the person here."""
    api.forget(area_id=delivery.area_id, person_uuid=event.person_uuid, at=delivery.at, actor=_ME)
