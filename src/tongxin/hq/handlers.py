"""What headquarters hears: facts that change the plan, and its own jobs."""

from uuid import UUID

from tongxin.base.actors import system
from tongxin.base.outbox import Delivery, Work, are_more_waiting, job, subscribe
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
from tongxin.sampling.events import PoolPositive, RoundClosed

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


@subscribe(IncidentOpened, name="hq.incident_opened")
def on_opened(event: IncidentOpened, delivery: Delivery) -> None:
    _gather(event.incident_uuid, "OPENED", delivery)


@subscribe(TaskFailed, name="hq.task_failed")
def on_task_failed(event: TaskFailed, delivery: Delivery) -> None:
    _gather(event.incident_uuid, "TASK_FAILED", delivery)


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
