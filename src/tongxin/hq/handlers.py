"""What headquarters hears: facts that change the plan, and its own jobs."""

from uuid import UUID

from tongxin.base.actors import system
from tongxin.base.outbox import Delivery, Work, are_more_waiting, job, subscribe
from tongxin.community.events import MergeUndone, PeopleImported, PeopleMerged, ResidentsChanged
from tongxin.dispatch.events import TaskFailed
from tongxin.hq import api
from tongxin.incidents.events import (
    EncountersRecorded,
    IncidentOpened,
    PersonStatusChanged,
    RuleSetSwitched,
    StatusesChanged,
    ZoneLevelChanged,
)
from tongxin.residents.events import CallRoundOpened, PairsChanged
from tongxin.sampling.events import PoolPositive, RoundClosed, RoundOpened
from tongxin.tracing.events import ContactsListed, InvestigationChanged, ManagementReleased
from tongxin.workforce.events import RespondersImported, ResponderUnavailable

_PERSON_STATUS = "hq.person_status_changed"


@subscribe(PersonStatusChanged, name=_PERSON_STATUS)
def on_person_status(event: PersonStatusChanged, delivery: Delivery) -> None:
    if event.kind in api.URGENT_KINDS:
        # Ten cases told at once make one plan: the last of them drafts it.
        burst = {"incident_uuid": [str(event.incident_uuid)], "kind": sorted(api.URGENT_KINDS)}
        if are_more_waiting(_PERSON_STATUS, area_id=delivery.area_id, **burst):
            return
        api.draft_now(
            area_id=delivery.area_id,
            incident_uuid=event.incident_uuid,
            trigger=event.kind,
            caused_by=delivery.event_uuid,
            at=delivery.at,
        )
    else:
        _gather(event.incident_uuid, "STATUS", delivery)


@subscribe(StatusesChanged, name="hq.statuses_changed")
def on_statuses(event: StatusesChanged, delivery: Delivery) -> None:
    _gather(event.incident_uuid, "STATUS", delivery)


@subscribe(PoolPositive, name="hq.pool_positive")
def on_pool(event: PoolPositive, delivery: Delivery) -> None:
    api.draft_now(
        area_id=delivery.area_id,
        incident_uuid=event.incident_uuid,
        trigger="POOL",
        caused_by=delivery.event_uuid,
        at=delivery.at,
    )


@subscribe(EncountersRecorded, name="hq.encounters_recorded")
def on_encounters(event: EncountersRecorded, delivery: Delivery) -> None:
    _gather(event.incident_uuid, "ENCOUNTERS", delivery)


@subscribe(ZoneLevelChanged, name="hq.zone_level_changed")
def on_zone(event: ZoneLevelChanged, delivery: Delivery) -> None:
    _gather(event.incident_uuid, "ZONE", delivery)


@subscribe(RuleSetSwitched, name="hq.rule_set_switched")
def on_rule_set(event: RuleSetSwitched, delivery: Delivery) -> None:
    _gather(event.incident_uuid, "RULE_SET", delivery)


@subscribe(RoundClosed, name="hq.round_closed")
def on_round(event: RoundClosed, delivery: Delivery) -> None:
    _gather(event.incident_uuid, "ROUND", delivery)


@subscribe(RoundOpened, name="hq.round_opened")
def on_round_opened(event: RoundOpened, delivery: Delivery) -> None:
    _gather(event.incident_uuid, "ROUND", delivery)


@subscribe(PairsChanged, name="hq.pairs_changed")
def on_pairs(event: PairsChanged, delivery: Delivery) -> None:
    _gather(event.incident_uuid, "CALLS", delivery)


@subscribe(CallRoundOpened, name="hq.call_round_opened")
def on_call_round(event: CallRoundOpened, delivery: Delivery) -> None:
    _gather(event.incident_uuid, "CALLS", delivery)


@subscribe(IncidentOpened, name="hq.incident_opened")
def on_opened(event: IncidentOpened, delivery: Delivery) -> None:
    _gather(event.incident_uuid, "OPENED", delivery)


@subscribe(TaskFailed, name="hq.task_failed")
def on_task_failed(event: TaskFailed, delivery: Delivery) -> None:
    _gather(event.incident_uuid, "TASK_FAILED", delivery)


@subscribe(InvestigationChanged, name="hq.investigation_changed")
def on_investigation(event: InvestigationChanged, delivery: Delivery) -> None:
    _gather(event.incident_uuid, "INVESTIGATION", delivery)


@subscribe(ContactsListed, name="hq.contacts_listed")
def on_contacts(event: ContactsListed, delivery: Delivery) -> None:
    _gather(event.incident_uuid, "CONTACTS", delivery)


@subscribe(ManagementReleased, name="hq.management_released")
def on_released(event: ManagementReleased, delivery: Delivery) -> None:
    _gather(event.incident_uuid, "CONTACTS", delivery)


@subscribe(ResponderUnavailable, name="hq.responder_unavailable")
def on_unavailable(event: ResponderUnavailable, delivery: Delivery) -> None:
    _gather_all("HANDS", delivery)


@subscribe(RespondersImported, name="hq.responders_imported")
def on_responders(event: RespondersImported, delivery: Delivery) -> None:
    _gather_all("HANDS", delivery)


@subscribe(PeopleImported, name="hq.people_imported")
def on_people(event: PeopleImported, delivery: Delivery) -> None:
    _gather_all("PEOPLE", delivery)


@subscribe(ResidentsChanged, name="hq.residents_changed")
def on_residents(event: ResidentsChanged, delivery: Delivery) -> None:
    _gather_all("PEOPLE", delivery)


@subscribe(PeopleMerged, name="hq.people_merged")
def on_merged(event: PeopleMerged, delivery: Delivery) -> None:
    _gather_all("PEOPLE", delivery)


@subscribe(MergeUndone, name="hq.merge_undone")
def on_merge_undone(event: MergeUndone, delivery: Delivery) -> None:
    _gather_all("PEOPLE", delivery)


def _gather_all(trigger: str, delivery: Delivery) -> None:
    """Facts about people and hands name no incident: they touch every open one."""
    api.request_redrafts(area_id=delivery.area_id, trigger=trigger, at=delivery.at)


def _gather(incident_uuid: UUID, trigger: str, delivery: Delivery) -> None:
    api.request_redraft(area_id=delivery.area_id, incident_uuid=incident_uuid, trigger=trigger, at=delivery.at)


@job(api.REDRAFT_JOB)
def redraft(work: Work) -> dict[str, int]:
    return api.run_redraft(
        area_id=work.area_id,
        incident_uuid=UUID(work.payload["incident"]),
        trigger=work.payload["trigger"],
        slot=work.payload["slot"],
        at=work.at,
    )


@job(api.CARRY_OUT_JOB)
def carry_out(work: Work) -> None:
    api.carry_out_line(area_id=work.area_id, uuid=UUID(work.payload["line"]), actor=system("hq.carry_out"), at=work.at)
