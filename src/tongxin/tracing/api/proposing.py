"""What tracing proposes for the plan, and how an approved line is carried out."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from tongxin.base import audit, clock
from tongxin.base.actors import Actor
from tongxin.community import api as community
from tongxin.dispatch import api as dispatch
from tongxin.incidents import api as incidents
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
from tongxin.tracing.api.investigating import investigation_for
from tongxin.tracing.api.listing import STATUS_CAUSE, list_contacts
from tongxin.tracing.api.managing import (
    apply_rule_set,
    count_shifts,
    preview_rule_set,
    release_due,
    release_list,
)
from tongxin.tracing.models import Investigation, Management

MEASURE_CODES = ("LIST_CONTACTS", "INTERVIEW", "RELEASE", "REAPPLY")
_KEYS: Mapping[str, frozenset[str]] = {
    "LIST_CONTACTS": frozenset({"case_uuid", "layers", "drop_gone"}),
    "INTERVIEW": frozenset({"case_uuid", "minutes"}),
    "RELEASE": frozenset({"on_date"}),
    "REAPPLY": frozenset({"rule_set_id"}),
}
_INTERVIEW_MINUTES = 60


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
    lines += [line for case in ground.cases if (line := _interview_line(ground, case)) is not None]
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


# ---------- interview ----------
def _interview_line(ground: Ground, case: TracedCase) -> ProposalLine | None:
    row = case.investigation
    is_ordered = row is not None and (row.interview_ordered_at is not None or row.state != Investigation.State.OPEN)
    if is_ordered or not case.is_case:
        return None
    due = ground.rule_set.investigation.track_hours
    left = case.opened_at + timedelta(hours=due.value) - ground.at
    return ProposalLine(
        room="tracing",
        measure="INTERVIEW",
        key=f"INTERVIEW:{case.person_uuid}",
        target_kind="Person",
        target_uuid=case.person_uuid,
        target_label=case.door,
        why="TRACK_DUE",
        numbers={
            "hours": due.value,
            "since": case.first_date.isoformat(),
            "hands": {"TRACING": min(_INTERVIEW_MINUTES, due.value * 60)},
        },
        rule_key=due.key,
        source=due.source,
        grade=due.grade.value,
        body={"case_uuid": str(case.person_uuid), "minutes": _INTERVIEW_MINUTES},
        due_minutes=max(int(left.total_seconds() // 60), 0),
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
        minutes = body.get("minutes", _INTERVIEW_MINUTES)
        if isinstance(minutes, bool) or not isinstance(minutes, int) or not 10 <= minutes <= 240:
            raise NotEditable("minutes", "OUT_OF_RANGE")
    if measure == "RELEASE":
        _day(body)
    if measure == "REAPPLY" and not (isinstance(body.get("rule_set_id"), str) and 0 < len(body["rule_set_id"]) <= 60):
        raise NotEditable("rule_set_id", "MISSING")


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
            return _order_interview(**where, case_uuid=_uuid(line.body), minutes=line.body.get("minutes"))
        case "RELEASE":
            return CarriedOut({"released": release_due(**where)})
        case _:
            return CarriedOut(apply_rule_set(**where, rule_set_id=line.body["rule_set_id"]))


def _order_interview(
    *, area_id: int, incident_id: int, case_uuid: UUID, minutes: int | None, actor: Actor, at: datetime
) -> CarriedOut:
    """Open the task of an interview, once, due when the track of the case is due."""
    with transaction.atomic():
        incident = Incident.objects.get(area_id=area_id, pk=incident_id)
        person = community.get_person(area_id, case_uuid)
        row = investigation_for(incident, person, actor=actor, at=at)
        if row.interview_ordered_at is not None:
            return CarriedOut({"tasks": 0}, "Investigation", row.uuid)
        hours = incidents.rule_set_of(incident, clock.local_date(at)).investigation.track_hours.value
        ends_at = at + timedelta(hours=hours)
        draft = dispatch.TaskDraft(
            kind="CASE_INTERVIEW",
            origin_kind=STATUS_CAUSE,
            origin_uuid=row.uuid,
            person_id=person.pk,
            dwelling_id=person.dwelling_id,
            entrance_id=person.entrance_id,
            window_starts_at=at,
            window_ends_at=ends_at,
            due_at=ends_at,
            duration_min=min(minutes or _INTERVIEW_MINUTES, hours * 60),
            hands=(("TRACING",),),
        )
        tasks = dispatch.open_tasks([draft], area_id=area_id, incident_id=incident_id, actor=actor, at=at)
        Investigation.objects.filter(pk=row.pk).update(interview_ordered_at=at)
    return CarriedOut({"tasks": len(tasks)}, "Investigation", row.uuid)


def stop_interview(*, area_id: int, incident_uuid: UUID, person_uuid: UUID, actor: Actor, at: datetime) -> int:
    """This function will take an interview that nobody has begun off the lists, because its person is no case any more.

    The plan may order it again if the person is a case after all. Returns how many tasks were taken off; safe to repeat.
    """
    incident = incidents.get_incident(area_id, incident_uuid)
    with transaction.atomic():
        rows = Investigation.objects.select_for_update().filter(area_id=area_id, incident=incident)
        row = rows.filter(person__uuid=person_uuid).exclude(interview_ordered_at=None).first()
        if row is None:
            return 0
        count = dispatch.cancel_tasks(
            area_id=area_id,
            incident_id=incident.pk,
            origin_kind=STATUS_CAUSE,
            origin_uuids=[row.uuid],
            reason="NO_CASE_ANY_MORE",
            actor=actor,
            at=at,
        )
        if count:
            Investigation.objects.filter(pk=row.pk).update(interview_ordered_at=None)
            audit.record(
                "tracing.interview.stopped",
                actor=actor,
                at=at,
                area_id=area_id,
                target_kind="Investigation",
                target_uuid=row.uuid,
                detail={"tasks": count},
            )
    return count
