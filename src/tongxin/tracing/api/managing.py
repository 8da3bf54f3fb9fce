"""Management: stages and test days by the dated rules, kept true to the links; releases; another rule set.

Everything works on many people at once: a listing of 2,000 contacts is a handful of statements.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from tongxin.base import audit, clock, outbox
from tongxin.base.actors import Actor
from tongxin.base.bulk import insert_rows
from tongxin.community import api as community
from tongxin.incidents import api as incidents
from tongxin.incidents.api import Incident, ManagementPlan, PersonClass, RuleSet, management_plan
from tongxin.tracing import rules
from tongxin.tracing.events import ManagementReleased, RuleSetApplied
from tongxin.tracing.models import ContactLink, Investigation, Management, ManagementStage

#: Under this cause the test days of managed people stand in `incidents`.
TEST_CAUSE = "tracing.management"
_CHUNK = 500
_STAGE_COLUMNS = ("area_id", "management_id", "index", "mode", "starts_date", "ends_date", "rule_key")


@dataclass(frozen=True, slots=True)
class Settled:
    """What bringing management up to date did, in people."""

    started: int = 0
    changed: int = 0
    ended: int = 0
    tests: int = 0


@dataclass(frozen=True, slots=True)
class _Wish:
    """How one person should be managed: None ends a running management."""

    person_id: int
    reason: rules.Reason
    plan: ManagementPlan | None


def lock_tracing(area_id: int, incident_id: int) -> None:
    """This function will hold other writers of this incident's links and management until the transaction ends."""
    rows = Investigation.objects.select_for_update().filter(area_id=area_id, incident_id=incident_id)
    list(rows.order_by("pk").values_list("pk", flat=True))


def settle(
    incident: Incident, rule_set: RuleSet, person_ids: Iterable[int], *, ended_state: str, actor: Actor, at: datetime
) -> Settled:
    """This function will make the management of people follow from all their listed links; inside the caller's transaction.

    Days are counted from the last contact. Somebody found late gets one test today instead of those that passed.
    Whom an ended management covers already is not managed again. `ended_state` names why others end.
    """
    wanted = sorted(set(person_ids))
    today = clock.local_date(at)
    reasons = _reasons(incident, wanted)
    kinds = {pk: row.kind for pk, row in incidents.status_of(incident.area_id, incident.pk, wanted).items()}
    active, ended = _managements(incident, wanted)
    new, changed, over = [], [], []
    for person_id in wanted:
        reason, running = reasons.get(person_id), active.get(person_id)
        wish = _wish(rule_set, person_id, reason, is_new=running is None, today=today) if reason else None
        if kinds.get(person_id) in rules.NOT_MANAGED:
            continue
        if wish is None or wish.plan is None:
            over += [running] if running else []
        elif running is None:
            if not any(rules.is_answered_before(was, wish.reason) for was in ended.get(person_id, [])):
                new.append(wish)
        elif _is_other(running, rule_set, wish):
            changed.append((running, wish))
    _end(incident, over, ended_state, actor=actor, at=at)
    tests = _start(incident, rule_set, new, actor=actor, at=at)
    tests += _rewrite(incident, rule_set, changed, actor=actor, at=at)
    return Settled(len(new), len(changed), len(over), tests)


def _reasons(incident: Incident, person_ids: Sequence[int]) -> dict[int, rules.Reason]:
    links: dict[int, list[tuple[str, date]]] = defaultdict(list)
    for part in _parts(person_ids):
        rows = ContactLink.objects.filter(
            area_id=incident.area_id, incident=incident, state=ContactLink.State.LISTED, person_id__in=part
        )
        for person_id, degree, day in rows.values_list("person_id", "degree", "last_contact_date"):
            links[person_id].append((degree, day))
    found = {person_id: rules.reason_of(mine) for person_id, mine in links.items()}
    return {person_id: reason for person_id, reason in found.items() if reason is not None}


def _wish(rule_set: RuleSet, person_id: int, reason: rules.Reason, *, is_new: bool, today: date) -> _Wish:
    plan = management_plan(
        rule_set,
        person_class=PersonClass(reason.person_class),
        last_contact=reason.last_contact,
        known_on=today if is_new else None,
    )
    return _Wish(person_id, reason, plan)


def _is_other(running: Management, rule_set: RuleSet, wish: _Wish) -> bool:
    before = (running.person_class, running.last_contact_date, running.rule_set_id)
    return before != (wish.reason.person_class, wish.reason.last_contact, rule_set.id)


def _managements(
    incident: Incident, person_ids: Sequence[int]
) -> tuple[dict[int, Management], dict[int, list[rules.Reason]]]:
    active: dict[int, Management] = {}
    released: dict[int, list[rules.Reason]] = defaultdict(list)
    for part in _parts(person_ids):
        rows = Management.objects.filter(area_id=incident.area_id, incident=incident, person_id__in=part)
        for row in rows:
            if row.state == Management.State.ACTIVE:
                active[row.person_id] = row
            elif row.state == Management.State.RELEASED:
                released[row.person_id].append(rules.Reason(row.person_class, row.last_contact_date))
    return active, released


def _start(incident: Incident, rule_set: RuleSet, wishes: Sequence[_Wish], *, actor: Actor, at: datetime) -> int:
    pairs = [(_row(incident, rule_set, wish, wish.plan, at), wish) for wish in wishes if wish.plan is not None]
    Management.objects.bulk_create([row for row, _ in pairs], batch_size=_CHUNK)
    return _write_plans(incident, pairs, actor=actor, at=at)


def _row(incident: Incident, rule_set: RuleSet, wish: _Wish, plan: ManagementPlan, at: datetime) -> Management:
    return Management(
        area_id=incident.area_id,
        incident=incident,
        person_id=wish.person_id,
        person_class=wish.reason.person_class,
        rule_set_id=rule_set.id,
        last_contact_date=wish.reason.last_contact,
        release_date=plan.release_date,
        started_at=at,
    )


def _rewrite(
    incident: Incident,
    rule_set: RuleSet,
    pairs: Sequence[tuple[Management, _Wish]],
    *,
    actor: Actor,
    at: datetime,
) -> int:
    """Give running managements other stages and the test days that lie ahead; what was done stays done."""
    if not pairs:
        return 0
    for row, wish in pairs:
        row.person_class = wish.reason.person_class
        row.rule_set_id = rule_set.id
        row.last_contact_date = wish.reason.last_contact
        row.release_date = wish.plan.release_date if wish.plan else row.release_date
        row.version += 1
    rows = [row for row, _ in pairs]
    fields = ["person_class", "rule_set_id", "last_contact_date", "release_date", "version"]
    Management.objects.bulk_update(rows, fields, batch_size=_CHUNK)
    for part in _parts([row.pk for row in rows]):
        ManagementStage.objects.filter(area_id=incident.area_id, management_id__in=part).delete()
    _clear_tests(incident, [row.person_id for row in rows], actor=actor, at=at)
    return _write_plans(incident, pairs, actor=actor, at=at)


def _write_plans(incident: Incident, pairs: Sequence[tuple[Management, _Wish]], *, actor: Actor, at: datetime) -> int:
    today = clock.local_date(at)
    stages, duties = [], []
    for row, wish in pairs:
        if wish.plan is None:
            continue
        stages += [
            (row.area_id, row.pk, index, stage.mode.value, stage.starts_date, stage.ends_date, wish.plan.rule_key)
            for index, stage in enumerate(wish.plan.stages)
        ]
        duties += [
            incidents.TestDutyFact(row.person_id, day, TEST_CAUSE, row.uuid)
            for day in rules.test_dates_from(wish.plan.test_dates, today=today)
        ]
    insert_rows(ManagementStage, _STAGE_COLUMNS, stages)
    if not duties:
        return 0
    return incidents.record_test_duties(
        area_id=incident.area_id, incident_id=incident.pk, duties=duties, actor=actor, at=at
    )


def _end(incident: Incident, rows: Sequence[Management], state: str, *, actor: Actor, at: datetime) -> None:
    if not rows:
        return
    for part in _parts([row.pk for row in rows]):
        mine = Management.objects.filter(area_id=incident.area_id, pk__in=part, state=Management.State.ACTIVE)
        mine.update(state=state, ended_at=at, version=F("version") + 1)
    _clear_tests(incident, [row.person_id for row in rows], actor=actor, at=at)


def _clear_tests(incident: Incident, person_ids: Sequence[int], *, actor: Actor, at: datetime) -> None:
    incidents.clear_test_duties(
        area_id=incident.area_id,
        incident_id=incident.pk,
        person_ids=person_ids,
        from_date=clock.local_date(at),
        actor=actor,
        at=at,
    )


def note_case(*, area_id: int, incident_uuid: UUID, person_uuid: UUID, actor: Actor, at: datetime) -> bool:
    """This function will end the management of somebody who became a case; links stay. Returns whether it was running."""
    with transaction.atomic():
        incident = incidents.get_incident(area_id, incident_uuid)
        rows = Management.objects.select_for_update().filter(
            area_id=area_id, incident=incident, person__uuid=person_uuid, state=Management.State.ACTIVE
        )
        found = list(rows)
        _end(incident, found, Management.State.BECAME_CASE, actor=actor, at=at)
        for row in found:
            audit.record(
                "tracing.management.became_case",
                actor=actor,
                at=at,
                area_id=area_id,
                target_kind="Management",
                target_uuid=row.uuid,
            )
    return bool(found)


def settle_person(*, area_id: int, incident_uuid: UUID, person_uuid: UUID, actor: Actor, at: datetime) -> Settled:
    """This function will manage somebody again who is no case after all, as the listed links say."""
    with transaction.atomic():
        incident = incidents.get_incident(area_id, incident_uuid)
        lock_tracing(area_id, incident.pk)
        person = community.get_person(area_id, person_uuid)
        rule_set = incidents.rule_set_of(incident, clock.local_date(at))
        return settle(incident, rule_set, [person.pk], ended_state=Management.State.EXCLUDED, actor=actor, at=at)


# ---------- release ----------
@dataclass(frozen=True, slots=True)
class ReleaseList:
    """Whom the rules release now, and who waits although the last day has come (tests missed, or suspected)."""

    due: tuple[Management, ...]
    waiting: tuple[tuple[Management, rules.ReleaseFinding], ...]


def release_list(*, area_id: int, incident_id: int, at: datetime) -> ReleaseList:
    """This function will judge everybody whose last day of management has come. Pure reading."""
    today = clock.local_date(at)
    rows = list(
        Management.objects.filter(
            area_id=area_id, incident_id=incident_id, state=Management.State.ACTIVE, release_date__lte=today
        )
        .select_related("person")
        .order_by("release_date", "pk")
    )
    people = [row.person_id for row in rows]
    duties = incidents.test_duties_of(area_id, incident_id, people)
    kinds = {pk: row.kind for pk, row in incidents.status_of(area_id, incident_id, people).items()}
    due, waiting = [], []
    for row in rows:
        finding = rules.release_finding(
            release_date=row.release_date,
            today=today,
            tests=[(duty.due_date, duty.done_at) for duty in duties.get(row.person_id, [])],
            status=kinds.get(row.person_id, ""),
        )
        if finding.may_release:
            due.append(row)
        else:
            waiting.append((row, finding))
    return ReleaseList(tuple(due), tuple(waiting))


def release_due(*, area_id: int, incident_id: int, actor: Actor, at: datetime) -> int:
    """This function will release everybody whom the rules release now, and return how many.

    Judged anew at this moment: whom a new fact holds back stays under management. Releases are never silent: a plan
    line or an officer asks for them.
    """
    with transaction.atomic():
        incident = Incident.objects.get(area_id=area_id, pk=incident_id)
        lock_tracing(area_id, incident_id)
        due = release_list(area_id=area_id, incident_id=incident_id, at=at).due
        _release(incident, due, actor=actor, at=at)
    return len(due)


def _release(incident: Incident, due: Sequence[Management], *, actor: Actor, at: datetime) -> None:
    if not due:
        return
    _end(incident, due, Management.State.RELEASED, actor=actor, at=at)
    facts = [incidents.StatusFact(row.person_id, "CLEARED", at, incidents.MANAGEMENT_RELEASED, row.uuid) for row in due]
    incidents.set_many_statuses(area_id=incident.area_id, incident_id=incident.pk, facts=facts, actor=actor, at=at)
    _record("tracing.management.released", incident, {"people": len(due)}, actor=actor, at=at)
    uuids = [row.person.uuid for row in due]
    for part in _parts(uuids):
        outbox.publish(ManagementReleased(incident.uuid, list(part)), area_id=incident.area_id, at=at)


# ---------- another rule set ----------
def preview_rule_set(*, area_id: int, incident_id: int, rule_set_id: str, at: datetime) -> list[rules.Shift]:
    """This function will tell for everybody under another rule set how management would change. Pure reading.

    Raises `UnknownRuleSet`.
    """
    incident = Incident.objects.get(area_id=area_id, pk=incident_id)
    rule_set = incidents.rule_set_named(incidents.profile_of(incident), rule_set_id)
    rows = _under_other(incident, rule_set)
    return _shifts(incident, rule_set, rows, today=clock.local_date(at))


def _under_other(incident: Incident, rule_set: RuleSet) -> list[Management]:
    rows = Management.objects.filter(area_id=incident.area_id, incident=incident, state=Management.State.ACTIVE)
    return list(rows.exclude(rule_set_id=rule_set.id).select_related("person").order_by("pk"))


def _shifts(incident: Incident, rule_set: RuleSet, rows: Sequence[Management], *, today: date) -> list[rules.Shift]:
    duties = incidents.test_duties_of(incident.area_id, incident.pk, [row.person_id for row in rows])
    found = []
    for row in rows:
        plan = _plan_under(rule_set, row)
        before = sum(1 for d in duties.get(row.person_id, []) if d.due_date >= today and d.done_at is None)
        after = len(rules.test_dates_from(plan.test_dates, today=today)) if plan else 0
        release = plan.release_date if plan else None
        found.append(rules.Shift(row.person_id, row.release_date, release, before, after, row.person_class))
    return found


def _plan_under(rule_set: RuleSet, row: Management) -> ManagementPlan | None:
    is_named = row.person_class != "SECONDARY_CONTACT" or rule_set.contacts.secondary.value
    if not is_named:
        return None
    return management_plan(rule_set, person_class=PersonClass(row.person_class), last_contact=row.last_contact_date)


def apply_rule_set(*, area_id: int, incident_id: int, rule_set_id: str, actor: Actor, at: datetime) -> dict[str, int]:
    """This function will put everybody under management under a rule set, as `preview_rule_set` told.

    Days stay counted from the last contact; tests that were done stay done. Whose class the rule set does not manage
    any more is released. Returns counts by kind of change. Raises `UnknownRuleSet`.
    """
    with transaction.atomic():
        incident = Incident.objects.get(area_id=area_id, pk=incident_id)
        lock_tracing(area_id, incident_id)
        rule_set = incidents.rule_set_named(incidents.profile_of(incident), rule_set_id)
        rows = _under_other(incident, rule_set)
        shifts = _shifts(incident, rule_set, rows, today=clock.local_date(at))
        over = [row for row, shift in zip(rows, shifts, strict=True) if shift.after_release is None]
        _release(incident, over, actor=actor, at=at)
        ended = {row.pk for row in over}
        pairs = [
            (
                row,
                _Wish(row.person_id, rules.Reason(row.person_class, row.last_contact_date), _plan_under(rule_set, row)),
            )
            for row in rows
            if row.pk not in ended
        ]
        _rewrite(incident, rule_set, pairs, actor=actor, at=at)
        counts = count_shifts(shifts)
        if rows:
            _record("tracing.rule_set.applied", incident, {"rule_set": rule_set_id, **counts}, actor=actor, at=at)
            outbox.publish(RuleSetApplied(incident.uuid, rule_set_id, len(rows)), area_id=area_id, at=at)
    return counts


def count_shifts(shifts: Iterable[rules.Shift]) -> dict[str, int]:
    """This function will count how many people a change concerns, by kind (`shorter`, `longer`, `tests`, …)."""
    counts = dict.fromkeys(("people", "ends", "shorter", "longer", "tests", "same"), 0)
    for shift in shifts:
        counts["people"] += 1
        counts[shift.kind.lower()] += 1
    return counts


def _record(action: str, incident: Incident, detail: Mapping[str, Any], *, actor: Actor, at: datetime) -> None:
    audit.record(
        action,
        actor=actor,
        at=at,
        area_id=incident.area_id,
        target_kind="Incident",
        target_uuid=incident.uuid,
        detail=detail,
    )


def _parts(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]
