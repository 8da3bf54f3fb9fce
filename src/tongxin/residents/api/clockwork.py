"""What the clock and the dispatcher bring: rounds that begin and end, late calls, finished tasks."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tongxin.base.actors import Actor
from tongxin.residents.api.escalating import escalate_late
from tongxin.residents.api.requests import VISIT_ORIGIN, note_visit
from tongxin.residents.api.rounds import SHARE_ORIGIN, end_round_work, note_task_end, open_due_rounds


def keep_time(*, area_id: int, at: datetime) -> dict[str, Any]:
    """This function will open the round of the running window, end the work of rounds that are over, and escalate.

    Called every five minutes by a periodic job; safe to repeat.
    """
    opened = open_due_rounds(area_id=area_id, at=at)
    ended = end_round_work(area_id=area_id, at=at)
    steps = escalate_late(area_id=area_id, at=at)
    return {
        "round": str(opened.uuid) if opened else "",
        "shares_ended": ended,
        "call_steps": steps.calls,
        "request_steps": steps.requests,
        "door_checks": steps.door_checks,
    }


def note_task_finished(
    *, area_id: int, origin_kind: str, origin_uuid: UUID, outcome_code: str, actor: Actor, at: datetime
) -> bool:
    """This function will take over the end of a task that this room opened; False for any other task."""
    if origin_kind == SHARE_ORIGIN:
        return note_task_end(area_id=area_id, share_uuid=origin_uuid, at=at)
    if origin_kind == VISIT_ORIGIN:
        return note_visit(area_id=area_id, request_uuid=origin_uuid, outcome_code=outcome_code, actor=actor, at=at)
    return False
