"""New facts redraft the plan: at once for a case, gathered for a few seconds for everything else."""

from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from tongxin.base import clock, outbox
from tongxin.hq.api.drafting import draft
from tongxin.hq.models import Plan
from tongxin.incidents import api as incidents

REDRAFT_JOB = "hq.redraft"
GATHER = timedelta(seconds=4)
#: A person who becomes one of these changes the plan at once.
URGENT_KINDS = frozenset({"CASE", "SUSPECT"})


def draft_now(
    *, area_id: int, incident_uuid: UUID, trigger: str, caused_by: UUID, at: datetime, only_changes: bool = False
) -> Plan | None:
    """Draft the plan of an open incident and return it; None when the incident was closed meanwhile."""
    incident = incidents.get_incident(area_id, incident_uuid)
    if incident.state != incidents.Incident.State.OPEN:
        return None
    return draft(
        area_id=area_id,
        incident_id=incident.pk,
        trigger=trigger,
        caused_by=caused_by,
        at=at,
        only_changes=only_changes,
    )


def request_redrafts(*, area_id: int, trigger: str, at: datetime) -> int:
    """Ask for a redraft of every open incident of a compound; return how many there are."""
    found = [row for row in incidents.list_incidents(area_id) if row.state == incidents.Incident.State.OPEN]
    for incident in found:
        request_redraft(area_id=area_id, incident_uuid=incident.uuid, trigger=trigger, at=at)
    return len(found)


def request_redraft(*, area_id: int, incident_uuid: UUID, trigger: str, at: datetime) -> None:
    """Ask for a redraft in a few seconds; all requests of one stretch become one draft."""
    slot = int(clock.machine_now().timestamp() // GATHER.total_seconds())
    outbox.enqueue(
        REDRAFT_JOB,
        area_id=area_id,
        at=at,
        payload={"incident": str(incident_uuid), "trigger": trigger, "slot": slot},
        key=f"{incident_uuid}:{slot}",
        delay=GATHER,
    )


def run_redraft(*, area_id: int, incident_uuid: UUID, trigger: str, slot: int, at: datetime) -> dict[str, int]:
    """Draft what `request_redraft` asked for; safe to repeat, because the slot is the cause.

    Facts that change no line make no version: what is new for the officers stays marked as new.
    """
    cause = uuid5(NAMESPACE_URL, f"tongxin:redraft:{area_id}:{incident_uuid}:{slot}")
    plan = draft_now(
        area_id=area_id, incident_uuid=incident_uuid, trigger=trigger, caused_by=cause, at=at, only_changes=True
    )
    return {"number": plan.number if plan else 0}
