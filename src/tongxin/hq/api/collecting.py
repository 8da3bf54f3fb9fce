"""Asking every room what it proposes, and handing a line back to the room that proposed it."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import ModuleType

from tongxin.base.actors import Actor
from tongxin.dispatch import api as dispatch
from tongxin.hq.models import PlanLine
from tongxin.incidents import api as incidents
from tongxin.incidents.api import CarriedOut, Incident, ProposalLine
from tongxin.residents import api as residents
from tongxin.sampling import api as sampling
from tongxin.tracing import api as tracing
from tongxin.workforce import api as workforce

log = logging.getLogger("tongxin.hq")
ROOMS: dict[str, ModuleType] = {
    "incidents": incidents,
    "tracing": tracing,
    "sampling": sampling,
    "residents": residents,
}


@dataclass(frozen=True, slots=True)
class Collected:
    """All lines in plan order; `silent` names rooms that failed to propose, `ms` how long each took."""

    lines: list[ProposalLine]
    silent: tuple[str, ...] = ()
    ms: Mapping[str, int] = field(default_factory=dict)


def collect(*, area_id: int, incident_id: int, at: datetime) -> Collected:
    """Return what should be in force and is not. A room that fails costs its own lines only, and is named."""
    lines: list[ProposalLine] = []
    silent: list[str] = []
    spent: dict[str, int] = {}
    for name, room in ROOMS.items():
        started = time.perf_counter()
        try:
            lines += room.propose(area_id=area_id, incident_id=incident_id, at=at)
        except Exception:
            # A fault in one room must not keep the plan of all others from the people who wait for it.
            log.exception("a room could not propose", extra={"room": name})
            silent.append(name)
        spent[name] = round((time.perf_counter() - started) * 1000)
    lines = _with_zone_hands(lines, area_id=area_id, incident_id=incident_id, at=at)
    lines += [_silent_line(name) for name in silent]
    incident = Incident.objects.get(area_id=area_id, pk=incident_id)
    lines += _hands_lines(lines, area_id=area_id, incident=incident, at=at)
    return Collected(lines, tuple(silent), spent)


def _silent_line(room: str) -> ProposalLine:
    return ProposalLine(
        room="hq",
        measure="ASK_ROOM",
        key=f"ASK_ROOM:{room}",
        target_kind="ROOM",
        target_uuid=None,
        target_label=room,
        why="ROOM_SILENT",
        numbers={"room": room},
        rule_key="hq.collect",
        source="Tongxin",
        grade="D",
        body={"room": room},
        due_minutes=30,
    )


def _with_zone_hands(lines: list[ProposalLine], *, area_id: int, incident_id: int, at: datetime) -> list[ProposalLine]:
    """Return the lines with the hands that a sealed place asks for: dispatch opens that work, whoever raises the level."""
    sealing = {
        line.key: (line.target_kind, line.target_uuid)
        for line in lines
        if line.measure == "RAISE_ZONE" and line.body.get("canonical") == "HIGH" and line.target_uuid is not None
    }
    places = [(kind.upper(), uuid) for kind, uuid in sealing.values() if uuid is not None]
    needed = dispatch.sealing_hands(area_id=area_id, incident_id=incident_id, places=places, at=at)
    hands = dict(zip(sealing, needed, strict=True))
    return [
        replace(line, numbers={**line.numbers, "hands": hands[line.key]}) if hands.get(line.key) else line
        for line in lines
    ]


def hands_of(line: ProposalLine | PlanLine) -> dict[str, int]:
    """Return the minutes of work by skill that a line asks for."""
    return dict(line.numbers.get("hands") or {})


def _hands_lines(lines: list[ProposalLine], *, area_id: int, incident: Incident, at: datetime) -> list[ProposalLine]:
    needed = [hands_of(line) for line in lines]
    rows = dispatch.estimate_hands(area_id=area_id, incident=incident, needed=needed, at=at)
    shift_min = workforce.limits_for(area_id=area_id, at=at, incident=incident).shift_min
    return [
        ProposalLine(
            room="hq",
            measure="CALL_HANDS",
            key=f"CALL_HANDS:{row.skill}",
            target_kind="SKILL",
            target_uuid=None,
            target_label=row.skill,
            why="HANDS_SHORT",
            numbers={
                "skill": row.skill,
                "needed_hours": _hours(row.need_min),
                "available_hours": row.have_min // 60,
                "short_hours": _hours(row.short_min),
                "people": -(-row.short_min // shift_min),
            },
            rule_key="site.people.shift_hours",
            source="Tongxin",
            grade="D",
            body={"skill": row.skill, "short_min": row.short_min},
            due_minutes=120,
        )
        for row in rows
        if row.short_min
    ]


def _hours(minutes: int) -> int:
    """Return hours rounded up: what is short must not read as nothing."""
    return -(-minutes // 60)


def approval_code(line: ProposalLine) -> str:
    """Return the code under which the profile says how many people must approve this line."""
    own: Callable[[ProposalLine], str] | None = getattr(ROOMS.get(line.room), "approval_code", None)
    return own(line) if own else line.measure


def check_body(line: ProposalLine) -> None:
    """Raise NotEditable when the room does not accept the body."""
    if line.room in ROOMS:
        ROOMS[line.room].check_body(line.measure, line.body)
    else:
        raise incidents.NotEditable("body", "NOT_EDITABLE")


def carry_out(line: ProposalLine, *, area_id: int, incident_id: int, actor: Actor, at: datetime) -> CarriedOut:
    """Hand an approved line to its room. Lines of headquarters itself are carried out by their order alone."""
    if line.room not in ROOMS:
        return CarriedOut()
    done: CarriedOut = ROOMS[line.room].carry_out(line, area_id=area_id, incident_id=incident_id, actor=actor, at=at)
    return done
