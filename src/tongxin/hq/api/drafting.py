"""The plan is drafted from what the rooms propose, as a difference from the draft before."""

import time
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from tongxin.base import audit, outbox
from tongxin.base.actors import system
from tongxin.base.clock import local_date
from tongxin.hq import rules
from tongxin.hq.api import collecting
from tongxin.hq.events import PlanDrafted
from tongxin.hq.models import Approval, Plan, PlanLine
from tongxin.incidents import api as incidents
from tongxin.incidents.api import ProposalLine

ACTOR = system("hq.draft")
#: Lines that stand in a draft: open ones, and those that were struck and stay struck.
_OPEN_STATES = (PlanLine.State.PROPOSED, PlanLine.State.FAILED, PlanLine.State.STRUCK)


def draft(
    *, area_id: int, incident_id: int, trigger: str, caused_by: UUID, at: datetime, only_changes: bool = False
) -> Plan:
    """Draft a new version of the plan and return it; the same `caused_by` again returns the version it made.

    With `only_changes` the newest version is returned when the rooms propose what it holds already. Otherwise the
    draft before is superseded. Lines that the rooms propose unchanged keep what people decided about them.
    A draft without an open line is DECIDED at once.
    """
    found = Plan.objects.filter(area_id=area_id, incident_id=incident_id, caused_by=caused_by).first()
    if found is not None:
        return found
    started = time.perf_counter()
    incident = incidents.Incident.objects.get(area_id=area_id, pk=incident_id)
    rule_set = incidents.rule_set_of(incident, on=local_date(at))
    collected = collecting.collect(area_id=area_id, incident_id=incident_id, at=at)
    with transaction.atomic():
        last = Plan.objects.select_for_update().filter(area_id=area_id, incident_id=incident_id)
        number = (last.order_by("-number").values_list("number", flat=True).first() or 0) + 1
        before = last.filter(state=Plan.State.DRAFT).first()
        newest = last.order_by("-number").first() if only_changes else None
        if newest is not None and _is_same(newest, before, collected.lines):
            return newest
        last.filter(state=Plan.State.DRAFT).update(state=Plan.State.SUPERSEDED)
        plan = Plan.objects.create(
            area_id=area_id,
            incident_id=incident_id,
            number=number,
            trigger=trigger,
            caused_by=caused_by,
            rule_set_id=rule_set.id,
            drafted_at=at,
        )
        waiting = _write_lines(plan, before, collected.lines, rule_set)
        plan.draft_ms = round((time.perf_counter() - started) * 1000)
        state = Plan.State.DRAFT if waiting else Plan.State.DECIDED
        Plan.objects.filter(pk=plan.pk).update(draft_ms=plan.draft_ms, state=state)
        plan.state = state
        _tell(plan, incident, waiting, {"silent": list(collected.silent), "ms": dict(collected.ms)}, at)
    return plan


def _tell(plan: Plan, incident: incidents.Incident, waiting: int, detail: dict[str, Any], at: datetime) -> None:
    audit.record(
        "hq.plan_drafted",
        actor=ACTOR,
        at=at,
        area_id=plan.area_id,
        target_kind="Plan",
        target_uuid=plan.uuid,
        detail={"number": plan.number, "trigger": plan.trigger, "waiting": waiting, **detail},
    )
    event = PlanDrafted(incident.uuid, plan.uuid, plan.number, waiting)
    outbox.publish(event, area_id=plan.area_id, at=at)


def _write_lines(plan: Plan, before: Plan | None, lines: list[ProposalLine], rule_set: incidents.RuleSet) -> int:
    """Write the new lines and those that fell away; return how many wait for a decision."""
    old = {line.key: line for line in before.lines.all()} if before else {}
    rows: list[PlanLine] = []
    kept: list[tuple[PlanLine, PlanLine]] = []
    under_way = _under_way(plan)
    for index, line in enumerate(line for line in lines if line.key not in under_way):
        previous = old.get(line.key)
        carried = rules.take_over(_json(line.body), _json(line.numbers), _before(previous) if previous else None)
        row = _row(plan, index, line, carried, rule_set)
        rows.append(row)
        if previous is not None and carried.keeps_approvals:
            kept.append((row, previous))
    keys = {row.key for row in rows} | under_way
    rows += [_gone(plan, len(rows) + n, line) for n, line in enumerate(_fallen(old, keys))]
    PlanLine.objects.bulk_create(rows)
    _keep_approvals(kept)
    return sum(row.state == PlanLine.State.PROPOSED and row.change != PlanLine.Change.GONE for row in rows)


def _is_same(newest: Plan, before: Plan | None, lines: list[ProposalLine]) -> bool:
    """Tell whether a new version would say what the newest one says: the same measures with the same numbers."""
    under_way = _under_way(newest)
    proposed = {
        (line.key, rules.plain(_json(line.body)), rules.plain(_json(line.numbers)))
        for line in lines
        if line.key not in under_way
    }
    stored = before.lines.filter(state__in=_OPEN_STATES).exclude(change=PlanLine.Change.GONE) if before else []
    return proposed == {(row.key, rules.plain(row.original_body), rules.plain(row.numbers)) for row in stored}


def _under_way(plan: Plan) -> set[str]:
    """Keys of lines that are approved and about to be carried out: not in force yet, and not to be asked again."""
    rows = PlanLine.objects.filter(area_id=plan.area_id, plan__incident_id=plan.incident_id)
    return set(rows.filter(state=PlanLine.State.APPROVED).values_list("key", flat=True))


def _fallen(old: dict[str, PlanLine], keys: set[str]) -> list[PlanLine]:
    """Lines of the draft before that nobody decided and no room proposes any more; each is shown once."""
    return [
        line
        for key, line in old.items()
        if key not in keys and line.state == PlanLine.State.PROPOSED and line.change != PlanLine.Change.GONE
    ]


def _json(values: Any) -> dict[str, Any]:
    """Return the mapping as it comes back from a JSON column, so that drafts compare equal."""
    return {key: _plain(value) for key, value in dict(values).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _before(line: PlanLine) -> rules.Before:
    return rules.Before(
        state=line.state,
        change=line.change,
        body=line.body,
        original_body=line.original_body,
        numbers=line.numbers,
        strike_reason=line.strike_reason,
        edited_by=line.edited_by,
    )


def _row(plan: Plan, index: int, line: ProposalLine, carried: rules.Carried, rule_set: incidents.RuleSet) -> PlanLine:
    canonical = line.body.get("canonical")
    needed = incidents.approvals_needed(
        rule_set,
        collecting.approval_code(line),
        canonical=incidents.LevelClass(canonical) if canonical else None,
    )
    return PlanLine(
        area_id=plan.area_id,
        plan=plan,
        index=index,
        room=line.room,
        measure=line.measure,
        key=line.key,
        target_kind=line.target_kind,
        target_uuid=line.target_uuid,
        target_label=line.target_label,
        why=line.why,
        numbers=_json(line.numbers),
        rule_key=line.rule_key,
        source=line.source[:300],
        grade=line.grade,
        body=dict(carried.body),
        original_body=_json(line.body),
        change=carried.change,
        state=carried.state,
        needs_approvals=needed.value.persons,
        strike_reason=carried.strike_reason,
        edited_by=carried.edited_by,
        due_minutes=line.due_minutes or rules.DEFAULT_DUE_MINUTES,
    )


def _gone(plan: Plan, index: int, line: PlanLine) -> PlanLine:
    """Return a copy of a line that fell away, to be shown once in the new draft."""
    copied = {
        field.name: getattr(line, field.name)
        for field in PlanLine._meta.concrete_fields
        if field.name not in ("id", "uuid", "version", "plan", "index", "change")
    }
    return PlanLine(**copied, plan=plan, index=index, change=PlanLine.Change.GONE)


def _keep_approvals(pairs: list[tuple[PlanLine, PlanLine]]) -> None:
    """Carry first approvals over to the same line of the new draft."""
    by_old = {previous.pk: row for row, previous in pairs}
    versions = {previous.pk: previous.version for _row_, previous in pairs}
    Approval.objects.bulk_create(
        Approval(
            area_id=approval.area_id,
            line=by_old[approval.line_id],
            account_id=approval.account_id,
            approved_at=approval.approved_at,
            line_version=by_old[approval.line_id].version,
        )
        for approval in Approval.objects.filter(line_id__in=by_old)
        if approval.line_version == versions[approval.line_id]
    )
