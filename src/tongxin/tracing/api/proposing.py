"""What tracing proposes for the plan, and how an approved line is carried out."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from tongxin.base.actors import Actor
from tongxin.incidents.api import (
    CarriedOut,
    Incident,
    Layer,
    ManagementMode,
    ManagementPlan,
    NotEditable,
    PersonClass,
    ProposalLine,
    RuleSet,
    management_plan,
)
from tongxin.tracing import rules
from tongxin.tracing.api.finding import Ground, TracedCase, all_layers, find_links, ground_of, standing_links
from tongxin.tracing.api.interviews import interview_lines, order_interview
from tongxin.tracing.api.listing import list_contacts
from tongxin.tracing.api.managing import (
    apply_rule_set,
    count_shifts,
    preview_rule_set,
    release_due,
    release_list,
)
from tongxin.tracing.models import Management

MEASURE_CODES = ("LIST_CONTACTS", "INTERVIEW", "RELEASE", "REAPPLY")
_KEYS: Mapping[str, frozenset[str]] = {
    "LIST_CONTACTS": frozenset({"case_uuid", "layers", "drop_gone"}),
    "INTERVIEW": frozenset({"case_uuid", "minutes", "try"}),
    "RELEASE": frozenset({"on_date"}),
    "REAPPLY": frozenset({"rule_set_id"}),
}


def propose(*, area_id: int, incident_id: int, at: datetime) -> list[ProposalLine]:
    """This function will return what tracing thinks should be done now and is not done yet. Pure reading.

    For each case the contacts to list (or to correct, after a late fact) and the interview; people whose management
    the rules end; people who still follow another rule set than the one in force.
    """
    incident = Incident.objects.get(area_id=area_id, pk=incident_id)
    ground = ground_of(incident, at=at)
    found = find_links(ground)
    standing = standing_links(incident, found)
    lines = []
    for case in ground.cases:
        delta = rules.difference(found[case.person_id], standing[case.person_id])
        if not delta.is_empty:
            lines.append(_list_line(ground, case, found[case.person_id], delta))
    lines += interview_lines(ground)
    lines += _release_lines(ground)
    lines += _reapply_lines(ground)
    return lines


# ---------- contacts ----------
def _list_line(ground: Ground, case: TracedCase, found: Sequence[rules.Link], delta: rules.Difference) -> ProposalLine:
    times = case.investigation.listed_times if case.investigation else 0
    layers = sorted(all_layers(ground.rule_set) - case.layers_off)
    contacts = ground.rule_set.contacts
    numbers: dict[str, Any] = rules.counts_of(found) | {
        "new": len({link.person_id for link in delta.new}),
        "changed": len({link.person_id for link in delta.changed}),
        "gone": len({link.person_id for link in delta.gone}),
        "since": case.first_date.isoformat(),
        "until": case.last_date.isoformat(),
    }
    numbers |= _management_numbers(ground, found)
    return ProposalLine(
        room="tracing",
        measure="LIST_CONTACTS",
        key=f"LIST_CONTACTS:{case.person_uuid}:{times}",
        target_kind="Person",
        target_uuid=case.person_uuid,
        target_label=case.door,
        why=_why(case, times, found),
        numbers=numbers,
        rule_key=contacts.definition.key,
        source=contacts.definition.source,
        grade=contacts.definition.grade.value,
        body={"case_uuid": str(case.person_uuid), "layers": layers, "drop_gone": True},
        due_minutes=ground.rule_set.investigation.track_hours.value * 60,
    )


def _why(case: TracedCase, times: int, found: Collection[rules.Link]) -> str:
    if not case.is_case:
        return "NO_CASE_ANY_MORE"
    if times:
        return "CONTACTS_CHANGED"
    return "CONTACTS_FOUND" if found else "NOBODY_FOUND"


def _management_numbers(ground: Ground, found: Sequence[rules.Link]) -> dict[str, Any]:
    """Return how long the strictest class is managed, the last release and the number of test days laid out."""
    people: dict[int, list[tuple[str, date]]] = {}
    for link in found:
        people.setdefault(link.person_id, []).append((link.degree, link.last_date))
    plans: dict[rules.Reason, ManagementPlan | None] = {}
    releases, tests, days, central = [], 0, 0, 0
    for mine in people.values():
        reason = rules.reason_of(mine)
        if reason is None:
            continue
        if reason not in plans:
            plans[reason] = _plan(ground.rule_set, reason, ground.today)
        plan = plans[reason]
        if plan is not None:
            releases.append(plan.release_date)
            tests += len(plan.test_dates)
            days = max(days, (plan.release_date - plan.counted_from).days)
            central += any(stage.mode is ManagementMode.CENTRAL_ISOLATION for stage in plan.stages)
    release = max(releases).isoformat() if releases else ""
    return {"managed": len(releases), "central": central, "days": days, "release": release, "tests": tests}


def _plan(rule_set: RuleSet, reason: rules.Reason, today: date) -> ManagementPlan | None:
    return management_plan(
        rule_set,
        person_class=PersonClass(reason.person_class),
        last_contact=reason.last_contact,
        known_on=today,
    )


# ---------- releases and another rule set ----------
def _release_lines(ground: Ground) -> list[ProposalLine]:
    incident = ground.incident
    listed = release_list(area_id=incident.area_id, incident_id=incident.pk, at=ground.at)
    if not listed.due:
        return []
    rule = ground.rule_set.management[0]
    late = sum(1 for _, finding in listed.waiting if finding.missed_tests)
    return [
        ProposalLine(
            room="tracing",
            measure="RELEASE",
            key=f"RELEASE:{ground.today.isoformat()}",
            target_kind="Incident",
            target_uuid=incident.uuid,
            target_label="",
            why="DAYS_AND_TESTS_DONE",
            numbers={"people": len(listed.due), "waiting": len(listed.waiting), "late_tests": late},
            rule_key=rule.key,
            source=rule.source,
            grade=rule.grade.value,
            body={"on_date": ground.today.isoformat()},
        )
    ]


def _reapply_lines(ground: Ground) -> list[ProposalLine]:
    incident, rule_set = ground.incident, ground.rule_set
    is_other = Management.objects.filter(
        area_id=incident.area_id, incident=incident, state=Management.State.ACTIVE
    ).exclude(rule_set_id=rule_set.id)
    if not is_other.exists():
        return []
    shifts = preview_rule_set(area_id=incident.area_id, incident_id=incident.pk, rule_set_id=rule_set.id, at=ground.at)
    rule = rule_set.management[0]
    return [
        ProposalLine(
            room="tracing",
            measure="REAPPLY",
            key=f"REAPPLY:{rule_set.id}",
            target_kind="Incident",
            target_uuid=incident.uuid,
            target_label=rule_set.id,
            why="RULES_CHANGED",
            numbers={**count_shifts(shifts), "rule_set": rule_set.id},
            rule_key=rule.key,
            source=rule.source,
            grade=rule.grade.value,
            body={"rule_set_id": rule_set.id},
        )
    ]


# ---------- carrying out ----------
def approval_code(line: ProposalLine) -> str:
    """This function will return the measure code under which the rule set says how many people must approve.

    A list that brings people into central isolation is approved as that.
    """
    if line.measure == "LIST_CONTACTS" and line.numbers.get("central"):
        return ManagementMode.CENTRAL_ISOLATION.value
    return line.measure


def check_body(measure: str, body: Mapping[str, Any]) -> None:
    """This function will refuse a body that `carry_out` cannot take. Raises `NotEditable` with the field's name."""
    keys = _KEYS.get(measure)
    if keys is None:
        raise NotEditable("measure", "UNKNOWN")
    for key in body:
        if key not in keys:
            raise NotEditable(str(key), "UNKNOWN")
    if "case_uuid" in keys:
        _uuid(body)
    if measure == "LIST_CONTACTS":
        _check_layers(body)
    if measure == "INTERVIEW":
        _check_number(body, "minutes", 10, 240)
        _check_number(body, "try", 1, 1000)
    if measure == "RELEASE":
        _day(body)
    if measure == "REAPPLY" and not (isinstance(body.get("rule_set_id"), str) and 0 < len(body["rule_set_id"]) <= 60):
        raise NotEditable("rule_set_id", "MISSING")


def _check_number(body: Mapping[str, Any], name: str, low: int, high: int) -> None:
    number = body.get(name, low)
    if isinstance(number, bool) or not isinstance(number, int) or not low <= number <= high:
        raise NotEditable(name, "OUT_OF_RANGE")


def _uuid(body: Mapping[str, Any]) -> UUID:
    try:
        return UUID(str(body.get("case_uuid")))
    except ValueError:
        raise NotEditable("case_uuid", "NOT_A_UUID") from None


def _day(body: Mapping[str, Any]) -> date:
    try:
        return date.fromisoformat(str(body.get("on_date")))
    except ValueError:
        raise NotEditable("on_date", "NOT_A_DATE") from None


def _check_layers(body: Mapping[str, Any]) -> None:
    layers = body.get("layers")
    known = {layer.value for layer in Layer} | {rules.SECONDARY}
    if not isinstance(layers, list) or not all(isinstance(code, str) and code in known for code in layers):
        raise NotEditable("layers", "UNKNOWN")
    if not isinstance(body.get("drop_gone", True), bool):
        raise NotEditable("drop_gone", "NOT_YES_OR_NO")


def carry_out(line: ProposalLine, *, area_id: int, incident_id: int, actor: Actor, at: datetime) -> CarriedOut:
    """This function will do what a line names; carried out twice it does nothing more.

    Contacts, releases and rule changes are found anew at this moment. Raises `NotEditable`, and what `list_contacts`
    and `apply_rule_set` raise.
    """
    check_body(line.measure, line.body)
    where: dict[str, Any] = {"area_id": area_id, "incident_id": incident_id, "actor": actor, "at": at}
    match line.measure:
        case "LIST_CONTACTS":
            layers, drop = line.body["layers"], line.body.get("drop_gone", True)
            done = list_contacts(**where, case_uuid=_uuid(line.body), layers=layers, drop_gone=drop)
            counts = {code.lower(): done.counts[code.lower()] for code in rules.CLASSES}
            counts |= {"managed": done.managed, "tests": done.tests}
            return CarriedOut(counts, "Investigation", done.investigation_uuid)
        case "INTERVIEW":
            minutes, number = line.body.get("minutes"), line.body.get("try")
            return order_interview(**where, case_uuid=_uuid(line.body), minutes=minutes, number=number)
        case "RELEASE":
            return CarriedOut({"released": release_due(**where)})
        case _:
            return CarriedOut(apply_rule_set(**where, rule_set_id=line.body["rule_set_id"]))
