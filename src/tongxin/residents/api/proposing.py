"""What this room proposes for the plan, and how an approved line is carried out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from tongxin.base.actors import Actor
from tongxin.incidents import api as incidents
from tongxin.incidents.api import CarriedOut, NotEditable, ProposalLine
from tongxin.residents import rules
from tongxin.residents.api.ground import CallingRules, calling_rules, local, window_uuid
from tongxin.residents.api.pairs import PairingNeeded, listed_people, pair_everybody, pairing_needed
from tongxin.residents.api.rounds import WINDOW_ORIGIN, open_call_round, overlapping
from tongxin.residents.models import LiaisonPair

MEASURE_CODES = ("PAIR", "CALL_ROUND")
_KEYS: Mapping[str, frozenset[str]] = {"PAIR": frozenset(), "CALL_ROUND": frozenset({"starts_at", "ends_at"})}


def propose(*, area_id: int, incident_id: int, at: datetime) -> list[ProposalLine]:
    """This function will return what this room thinks should be in force and is not yet. Pure reading.

    PAIR when somebody on the list has no caller, or a caller or deputy is gone; CALL_ROUND for the next window of
    the profile that has no round yet.
    """
    incident = incidents.Incident.objects.get(area_id=area_id, pk=incident_id)
    if incident.state != incidents.Incident.State.OPEN:
        return []
    values = calling_rules(incident, at)
    needed = pairing_needed(area_id=area_id, incident_id=incident_id, at=at)
    lines = []
    if needed.is_needed:
        lines.append(_pair_line(incident, needed, values))
    line = _round_line(incident, needed, values, at)
    return [*lines, line] if line else lines


def _pair_why(needed: PairingNeeded) -> str:
    if not needed.callers:
        return "NO_CALLERS"
    if needed.unpaired:
        return "UNPAIRED"
    if needed.caller_gone:
        return "CALLER_GONE"
    if needed.deputy_gone:
        return "DEPUTY_GONE"
    return "OFF_LIST" if needed.off_list else "UNEVEN"


def _pair_line(incident: incidents.Incident, needed: PairingNeeded, values: CallingRules) -> ProposalLine:
    # the count of rows ever written makes a later need a line of its own
    times = LiaisonPair.objects.filter(area_id=incident.area_id, incident=incident).count()
    numbers: dict[str, Any] = {
        "listed": needed.listed,
        "unpaired": needed.unpaired,
        "caller_gone": needed.caller_gone,
        "callers_gone": needed.callers_gone,
        "deputy_gone": needed.deputy_gone,
        "off_list": needed.off_list,
        "uneven": needed.uneven,
        "uneven_by": needed.uneven_by,
        "callers": needed.callers,
        "each": -(-needed.listed // needed.callers) if needed.callers else needed.listed,
    }
    if not needed.callers:
        numbers["hands"] = {rules.CALL_SKILL: needed.listed * values.call_minutes}
    return ProposalLine(
        room="residents",
        measure="PAIR",
        key=f"PAIR:{times}",
        target_kind="Incident",
        target_uuid=incident.uuid,
        target_label=incident.title,
        why=_pair_why(needed),
        numbers=numbers,
        rule_key=values.rule_key,
        source=values.source,
        grade=values.grade,
        due_minutes=values.pair_minutes,
    )


def _round_line(
    incident: incidents.Incident, needed: PairingNeeded, values: CallingRules, at: datetime
) -> ProposalLine | None:
    span = rules.next_window(local(at), values.windows)
    people = needed.listed
    if span is None or not people or overlapping(incident.area_id, incident.pk, span):
        return None
    minutes = people * values.call_minutes
    each = -(-minutes // needed.callers) if needed.callers else minutes
    room = int((span.ends_at - max(span.starts_at, at)).total_seconds() // 60)
    return ProposalLine(
        room="residents",
        measure="CALL_ROUND",
        key=f"CALL_ROUND:{window_uuid(incident.uuid, span.starts_at)}",
        target_kind="Incident",
        target_uuid=incident.uuid,
        target_label=incident.title,
        why="WINDOW_OPEN" if each <= room else "WINDOW_TOO_SHORT",
        numbers={
            "people": people,
            "callers": needed.callers,
            "call_minutes": values.call_minutes,
            "minutes_each": each,
            "window_minutes": room,
            "starts": span.starts_at.strftime("%H:%M"),
            "ends": span.ends_at.strftime("%H:%M"),
            "hands": {rules.CALL_SKILL: minutes},
        },
        rule_key=values.rule_key,
        source=values.source,
        grade=values.grade,
        body={"starts_at": span.starts_at.isoformat(), "ends_at": span.ends_at.isoformat()},
        due_minutes=max(1, int((span.ends_at - at).total_seconds() // 60)),
    )


def check_body(measure: str, body: Mapping[str, Any]) -> None:
    """This function will refuse a body that `carry_out` cannot take. Raises NotEditable with the field's name."""
    keys = _KEYS.get(measure)
    if keys is None:
        raise NotEditable("measure", "UNKNOWN")
    for key in body:
        if key not in keys:
            raise NotEditable(str(key), "UNKNOWN")
    if measure != "CALL_ROUND":
        return
    starts_at, ends_at = _moment(body, "starts_at"), _moment(body, "ends_at")
    if ends_at <= starts_at:
        raise NotEditable("ends_at", "BEFORE_START")
    if (ends_at - starts_at).total_seconds() > 24 * 3600:
        raise NotEditable("ends_at", "TOO_LONG")


def _moment(body: Mapping[str, Any], name: str) -> datetime:
    try:
        moment = parse_datetime(str(body.get(name, "")))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise NotEditable(name, "NOT_A_MOMENT")
    return moment


def carry_out(line: ProposalLine, *, area_id: int, incident_id: int, actor: Actor, at: datetime) -> CarriedOut:
    """This function will pair everybody, or open the round that a line names; what is done already does nothing.

    A round pairs first whoever is not paired, so that the order of two approvals does not matter.
    Raises NotEditable, NoCallers, NobodyPaired, WrongWindow, incidents.IncidentIsClosed.
    """
    check_body(line.measure, line.body)
    paired = pair_everybody(area_id=area_id, incident_id=incident_id, actor=actor, at=at)
    if line.measure == "PAIR":
        return CarriedOut({"persons": paired.opened + paired.moved, "closed": paired.closed})
    row = open_call_round(
        area_id=area_id,
        incident_id=incident_id,
        starts_at=_moment(line.body, "starts_at"),
        ends_at=_moment(line.body, "ends_at"),
        origin_kind=WINDOW_ORIGIN,
        rule_key=line.rule_key,
        actor=actor,
        at=at,
    )
    return CarriedOut({"calls": row.calls.count(), "tasks": row.shares.count()}, "CallRound", row.uuid)


def is_on_list(area_id: int, person_id: int) -> bool:
    """This function will tell whether somebody is on the one-to-one list."""
    return person_id in listed_people(area_id)
