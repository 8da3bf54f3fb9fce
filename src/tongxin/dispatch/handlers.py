"""What dispatch does when facts change: ask for a replan. Each hearer makes one call and is safe to repeat."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tongxin.base import clock
from tongxin.base.actors import system
from tongxin.base.outbox import Delivery, Work, job, subscribe
from tongxin.dispatch import api
from tongxin.dispatch.api.hands import work_between
from tongxin.dispatch.api.runs import ASSIGN_JOB
from tongxin.dispatch.api.searches import SEARCH_JOB, WHAT_IF_JOB
from tongxin.dispatch.api.steps import TELL_JOB
from tongxin.dispatch.events import TaskGivenBack, TasksOpened
from tongxin.incidents.events import ZoneLevelChanged
from tongxin.workforce.api import register_demand
from tongxin.workforce.events import ResponderUnavailable, RotaSettled

#: A plan's lines take effect one transaction after the other: what they open and raise is given out together.
GATHERED = timedelta(seconds=1)

register_demand(work_between)


@subscribe(TasksOpened, name="dispatch.plan_new_tasks")
def plan_new_tasks(event: TasksOpened, delivery: Delivery) -> None:
    api.request_assign(
        area_id=delivery.area_id,
        incident_uuid=event.incident_uuid,
        trigger="TASKS_OPENED",
        at=delivery.at,
        is_new_work=True,
        delay=timedelta(0) if event.is_urgent else GATHERED,
    )


@subscribe(TaskGivenBack, name="dispatch.replan_given_back")
def replan_given_back(event: TaskGivenBack, delivery: Delivery) -> None:
    api.request_assign(
        area_id=delivery.area_id, incident_uuid=event.incident_uuid, trigger="GIVEN_BACK", at=delivery.at
    )


@subscribe(ResponderUnavailable, name="dispatch.replan_unavailable")
def replan_unavailable(event: ResponderUnavailable, delivery: Delivery) -> None:
    api.request_assign(area_id=delivery.area_id, trigger="UNAVAILABLE", at=delivery.at)


@subscribe(ResponderUnavailable, name="dispatch.release_absent")
def release_absent(event: ResponderUnavailable, delivery: Delivery) -> None:
    api.release_absent(
        area_id=delivery.area_id,
        responder_uuid=event.responder_uuid,
        actor=system("dispatch.absence"),
        at=delivery.at,
    )


@subscribe(RotaSettled, name="dispatch.replan_rota")
def replan_rota(event: RotaSettled, delivery: Delivery) -> None:
    api.request_assign(area_id=delivery.area_id, trigger="ROTA", at=delivery.at)


@subscribe(ZoneLevelChanged, name="dispatch.replan_zone")
def replan_zone(event: ZoneLevelChanged, delivery: Delivery) -> None:
    api.request_assign(
        area_id=delivery.area_id,
        incident_uuid=event.incident_uuid,
        trigger="ZONE_CHANGED",
        at=delivery.at,
        delay=GATHERED,
    )


@subscribe(ZoneLevelChanged, name="dispatch.follow_zone")
def follow_zone(event: ZoneLevelChanged, delivery: Delivery) -> None:
    api.follow_all(area_id=delivery.area_id, actor=system("dispatch.zones"), at=delivery.at)


@job("dispatch.follow_zones", every=timedelta(hours=1))
def follow_zones(work: Work) -> dict[str, Any]:
    return api.follow_all(area_id=work.area_id, actor=system("dispatch.zones"), at=work.at)


@job(ASSIGN_JOB)
def assign(work: Work) -> dict[str, Any]:
    run = api.run_requested(
        area_id=work.area_id,
        incident_uuid=UUID(work.payload["incident"]),
        trigger=work.payload["trigger"],
        actor=system("dispatch.assign"),
        at=work.at,
        progress=work.report,
    )
    return {} if run is None else {"run": str(run.uuid), **{k: v for k, v in run.stats["diff"].items() if k != "rows"}}


@job(SEARCH_JOB, is_long=True)
def search(work: Work) -> dict[str, Any]:
    done = api.run_search(
        area_id=work.area_id,
        search_uuid=UUID(work.payload["search"]),
        actor=system("dispatch.search"),
        now=clock.now,
        report=work.report,
    )
    return {} if done is None else {"state": done.state}


@job(WHAT_IF_JOB, is_long=True)
def what_if(work: Work) -> dict[str, Any]:
    done = api.run_what_if(
        area_id=work.area_id, search_uuid=UUID(work.payload["search"]), now=clock.now, report=work.report
    )
    return {} if done is None else {"state": done.state}


@job(TELL_JOB)
def tell_end(work: Work) -> dict[str, Any]:
    told = api.tell_end(
        area_id=work.area_id,
        task_uuid=UUID(work.payload["task"]),
        finished_at=datetime.fromisoformat(work.payload["finished_at"]),
        at=work.at,
    )
    return {"told": told}
