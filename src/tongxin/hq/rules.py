"""Pure decisions of headquarters: how a draft differs from the one before, what is short, what a signature covers."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

DEFAULT_DUE_MINUTES = 240
#: Which working group answers for the lines of a room.
GROUP_OF_ROOM = {
    "incidents": "COMMUNITY",
    "sampling": "SAMPLING",
    "tracing": "TRACING",
    "residents": "COMMUNITY",
    "hq": "COMMAND",
}
#: The order in which lines stand in a plan and are carried out: places first, then people, then work.
ROOM_ORDER = ("incidents", "tracing", "sampling", "residents", "hq")
TRENDS = ("RISING", "STABLE", "FALLING")


@dataclass(frozen=True, slots=True)
class Before:
    """A line of the draft before, as far as the comparison needs it."""

    state: str
    change: str
    body: Mapping[str, Any]
    original_body: Mapping[str, Any]
    numbers: Mapping[str, Any]
    strike_reason: str = ""
    edited_by: str = ""


@dataclass(frozen=True, slots=True)
class Carried:
    """What a new line takes over from the same line of the draft before."""

    change: str
    state: str
    body: Mapping[str, Any]
    strike_reason: str
    edited_by: str
    keeps_approvals: bool


def take_over(body: Mapping[str, Any], numbers: Mapping[str, Any], before: Before | None) -> Carried:
    """Return how a proposed line stands beside the draft before.

    What the rooms propose unchanged keeps a person's decision about it: an edit, a strike, a first approval. What
    they propose differently is open again, because the decision was about something else.
    """
    if before is None or before.change == "GONE":
        return Carried("NEW", "PROPOSED", body, "", "", False)
    if plain(body) != plain(before.original_body):
        return Carried("CHANGED", "PROPOSED", body, "", "", False)
    change = "SAME" if plain(numbers) == plain(before.numbers) else "CHANGED"
    state = "STRUCK" if before.state == "STRUCK" else "PROPOSED"
    return Carried(change, state, before.body, before.strike_reason, before.edited_by, change == "SAME")


def plain(values: Mapping[str, Any]) -> str:
    """Return values as a text that is the same for the same values."""
    return json.dumps(values, sort_keys=True, default=str)


def signature(*, text: str, trend: str, snapshot_hash: str, account_id: int, at: datetime) -> str:
    """Return SHA-256 over what a judgement says, what it was made from, who signed and when."""
    parts = [text, trend, snapshot_hash, account_id, at.astimezone(UTC).isoformat(timespec="microseconds")]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
