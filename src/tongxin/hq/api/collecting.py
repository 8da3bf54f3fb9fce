"""Asking every room what it proposes, and handing a line back to the room that proposed it."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import ModuleType

from tongxin.base.actors import Actor
from tongxin.hq import rules
from tongxin.incidents import api as incidents
from tongxin.incidents.api import CarriedOut, ProposalLine
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
HANDS_HOURS = 24


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
    lines += [_silent_line(name) for name in silent]
    lines += _hands_lines(lines, area_id=area_id, at=at)
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


def available_minutes(area_id: int, at: datetime) -> dict[str, int]:
    """Return the shift minutes of the next 24 hours for each skill; who has two skills counts for both."""
    end = at + timedelta(hours=HANDS_HOURS)
    skills = {row.pk: row.skills for row in workforce.list_responders(area_id=area_id)}
    minutes: dict[str, int] = {}
    for shift in workforce.shifts_between(area_id, at, end):
        span = min(shift.ends_at, end) - max(shift.starts_at, at)
        for skill in skills.get(shift.responder_id, ()):
            minutes[skill] = minutes.get(skill, 0) + int(span.total_seconds() // 60)
    return minutes


def _hands_lines(lines: list[ProposalLine], *, area_id: int, at: datetime) -> list[ProposalLine]:
    needed = [line.numbers["hands"] for line in lines if line.numbers.get("hands")]
    if not needed:
        return []
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
                "needed_hours": round(row.needed_min / 60),
                "available_hours": round(row.available_min / 60),
                "people": max(1, -(-row.short_min // 480)),
            },
            rule_key="site.people_limits.shift_hours",
            source="Tongxin",
            grade="D",
            body={"skill": row.skill, "short_min": row.short_min},
            due_minutes=120,
        )
        for row in rules.hands_short(needed, available_minutes(area_id, at))
    ]


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
