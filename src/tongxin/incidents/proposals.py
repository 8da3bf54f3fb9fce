"""What a room proposes: pure values that headquarters collects into a plan and hands back for carrying out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """One measure that a room thinks should be in force and is not yet.

    `room` and `measure` name the verb (`incidents`, `RAISE_ZONE`); `key` is the same for the same measure on the
    same target across redrafts (`RAISE_ZONE:BUILDING:<uuid>`). `why` is a code whose sentence each language has,
    with `numbers` as its named placeholders. `rule_key`, `source` and `grade` quote the profile. `body` is what
    `carry_out` needs: ids, codes, numbers and dates only (JSON), editable where the room says so.
    """

    room: str
    measure: str
    key: str
    target_kind: str
    target_uuid: UUID | None
    target_label: str
    why: str
    numbers: Mapping[str, Any]
    rule_key: str
    source: str
    grade: str
    body: Mapping[str, Any] = field(default_factory=dict)
    due_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """What carrying a line out did: counts by name (`persons`, `tasks`, `calls`) and the uuid of what it made."""

    counts: Mapping[str, int] = field(default_factory=dict)
    made_kind: str = ""
    made_uuid: UUID | None = None


class NotEditable(ValueError):
    """A body was changed in a place, or to a value, that the room does not accept. `field` names it."""

    def __init__(self, field_name: str, code: str) -> None:
        super().__init__(f"{field_name}: {code}")
        self.field = field_name
        self.code = code
