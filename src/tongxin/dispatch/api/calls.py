"""A call for volunteers drafted from what is short; people read it over, change it and hand it on."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from tongxin.base import audit, policy
from tongxin.base.actors import Actor
from tongxin.base.versions import update_versioned
from tongxin.dispatch.api.runs import last_run
from tongxin.dispatch.models import CallDraft

#: More slots than that nobody reads; the most needed come first.
_MOST_SLOTS = 30
_LONGEST_TEXT = 4000
TextsOf = Callable[[Sequence[dict[str, Any]]], tuple[str, str]]


class NothingShort(Exception):
    """The last plan lacks no hands: there is nothing to call for."""


def draft_call(*, area_id: int, incident_id: int, texts: TextsOf, actor: Actor, at: datetime) -> CallDraft:
    """Draft a call from what the last plan lacks: slots of skills x place x hours, and a text in each language.

    `texts` makes the two texts of the slots (Chinese, English). Raises NothingShort, policy.NotAllowed.
    """
    policy.require(actor, "dispatch.task.manage", area_id=area_id)
    run = last_run(area_id=area_id, incident_id=incident_id)
    slots = [] if run is None else slots_of(run.shortages, at)
    if run is None or not slots:
        raise NothingShort
    text_zh, text_en = texts(slots)
    with transaction.atomic():
        draft = CallDraft.objects.create(
            area_id=area_id,
            incident_id=incident_id,
            run=run,
            text_zh=text_zh[:_LONGEST_TEXT],
            text_en=text_en[:_LONGEST_TEXT],
            slots=slots,
            drafted_at=at,
            changed_at=at,
        )
        _note("drafted", draft, actor=actor, at=at)
    return draft


def slots_of(shortages: Sequence[dict[str, Any]], at: datetime) -> list[dict[str, Any]]:
    """Return shortages that are not over, joined where skills, grid and hours are the same; the most people first."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for entry in shortages:
        if datetime.fromisoformat(entry["until"]) <= at:
            continue
        start = max(datetime.fromisoformat(entry["from"]), at).isoformat()
        key = (tuple(entry["skills"]), entry["grid_id"], start, entry["until"])
        new = {name: entry[name] for name in ("skills", "grid_id", "until")} | {"from": start, "people": 0, "tasks": 0}
        slot = found.setdefault(key, new)
        slot["people"] += entry["responders"]
        slot["tasks"] += entry["tasks"]
    rows = sorted(found.values(), key=lambda slot: (slot["from"], -slot["people"], slot["skills"]))
    return rows[:_MOST_SLOTS]


def list_calls(*, area_id: int, incident_id: int) -> list[CallDraft]:
    """Return the drafted calls of an incident, the newest first."""
    rows = CallDraft.objects.filter(area_id=area_id, incident_id=incident_id)
    return list(rows.order_by("-id")[:20])


def get_call(area_id: int, uuid: UUID) -> CallDraft:
    """Return a drafted call. Raises CallDraft.DoesNotExist."""
    return CallDraft.objects.get(area_id=area_id, uuid=uuid)


def change_call(
    *, area_id: int, call_uuid: UUID, version: int, texts: tuple[str, str], actor: Actor, at: datetime
) -> CallDraft:
    """Keep another text (Chinese, English). Raises StaleVersion, policy.NotAllowed, CallDraft.DoesNotExist."""
    policy.require(actor, "dispatch.task.manage", area_id=area_id)
    with transaction.atomic():
        row = get_call(area_id, call_uuid)
        text_zh, text_en = (text[:_LONGEST_TEXT] for text in texts)
        draft = update_versioned(row, version, text_zh=text_zh, text_en=text_en, changed_at=at)
        _note("changed", draft, actor=actor, at=at)
    return draft


def _note(action: str, draft: CallDraft, *, actor: Actor, at: datetime) -> None:
    audit.record(
        f"dispatch.call.{action}",
        actor=actor,
        at=at,
        area_id=draft.area_id,
        target_kind="CallDraft",
        target_uuid=draft.uuid,
        detail={"slots": len(draft.slots)},
    )
