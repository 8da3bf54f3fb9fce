"""Reads for pages, reports and higher rooms: lists by scope, one person's management, figures, timeline, forgetting."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from tongxin.base import audit, clock
from tongxin.base.actors import Actor, Scope
from tongxin.community import api as community
from tongxin.incidents import api as incidents
from tongxin.incidents.api import Incident
from tongxin.tracing import rules
from tongxin.tracing.api.finding import find_links, ground_of, standing_links
from tongxin.tracing.api.investigating import answers_of, list_exposures
from tongxin.tracing.api.managing import TEST_CAUSE, release_list
from tongxin.tracing.models import ContactLink, Exposure, InterviewDraft, Investigation, Management, ManagementStage


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One contact of a case with all the ways of having met."""

    person_id: int
    person: Any
    degree: str
    first_date: date
    last_date: date
    links: tuple[rules.Link, ...]
    state: str
    reason: str = ""
    via: Any = None
    status: str = ""


@dataclass(frozen=True, slots=True)
class CaseContacts:
    """The contacts page of one case: what is on the list, what was taken off, what listing would change."""

    listed: tuple[ContactRow, ...]
    excluded: tuple[ContactRow, ...]
    found: tuple[ContactRow, ...]
    delta: rules.Difference


@dataclass(frozen=True, slots=True)
class PersonManagement:
    """Everything about one management: stages, tests with what was done, and why (links and rules)."""

    management: Management
    stages: tuple[ManagementStage, ...]
    tests: tuple[Any, ...]
    links: tuple[ContactLink, ...]
    finding: rules.ReleaseFinding
    source: str
    grade: str
    rule_key: str


def _reached(scope: Scope, person: str = "person") -> Q:
    if scope.everything:
        return Q()
    return Q(**{f"{person}__grid_id__in": scope.grid_ids}) | Q(**{f"{person}__building_id__in": scope.building_ids})


# ---------- investigations ----------
def get_investigation(area_id: int, uuid: UUID) -> Investigation:
    """This function will return an investigation with incident and person. Raises `Investigation.DoesNotExist`."""
    rows = Investigation.objects.select_related("incident", "person", "person__dwelling", "assigned_to")
    return rows.get(area_id=area_id, uuid=uuid)


@dataclass(frozen=True, slots=True)
class Interview:
    """What the interviewer needs: whom to call, and what was answered so far. The look is in the audit."""

    answers: dict[str, str]
    detail: Any
    exposures: tuple[Exposure, ...]


def read_interview(*, investigation: Investigation, actor: Actor, at: datetime) -> Interview:
    """This function will open name, phone and answers of a case, and leave the look in the audit."""
    area_id = investigation.area_id
    detail = community.reveal_person(
        area_id=area_id, uuid=investigation.person.uuid, actor=actor, at=at, purpose="TRACING"
    )
    return Interview(answers_of(investigation), detail, tuple(list_exposures(investigation)))


def find_investigation(area_id: int, incident_id: int, person_id: int) -> Investigation | None:
    """This function will return the investigation of a case, or None."""
    return Investigation.objects.filter(area_id=area_id, incident_id=incident_id, person_id=person_id).first()


def list_investigations(
    *, area_id: int, incident_id: int, scope: Scope, state: str = "", is_late: bool = False, at: datetime
) -> QuerySet[Investigation]:
    """This function will return investigations that a scope reaches, newest first, with persons.

    `is_late`: the track is due and the interview was not held in time, or the first report is due and not written.
    """
    rows = Investigation.objects.filter(area_id=area_id, incident_id=incident_id)
    reached = _reached(scope)
    if scope.own and not scope.everything:
        reached = reached | Q(assigned_to__account_id=scope.account_id)
    rows = rows.filter(reached)
    if state:
        rows = rows.filter(state=state)
    if is_late:
        rows = rows.filter(_late(at))
    return rows.select_related("person", "person__dwelling").order_by("-opened_at", "-id")


def _late(at: datetime) -> Q:
    no_track = Q(interviewed_at=None, track_due_at__lt=at) & ~Q(state=Investigation.State.DONE)
    return no_track | Q(finished_at=None, first_report_due_at__lt=at)


def contact_counts(*, area_id: int, incident_id: int, case_ids: list[int]) -> dict[int, int]:
    """This function will return case person id -> listed people, for a page of cases."""
    rows = ContactLink.objects.filter(
        area_id=area_id, incident_id=incident_id, case_person_id__in=case_ids, state=ContactLink.State.LISTED
    )
    counted = rows.values_list("case_person_id").annotate(number=Count("person_id", distinct=True))
    return dict(counted.values_list("case_person_id", "number"))


def contacts_of(*, investigation: Investigation, actor: Actor, at: datetime) -> CaseContacts:
    """This function will return the contacts of a case, listed and newly found, and leave one audit entry of the look."""
    incident, case_id = investigation.incident, investigation.person_id
    audit.record(
        "tracing.contacts.read",
        actor=actor,
        at=at,
        area_id=incident.area_id,
        target_kind="Investigation",
        target_uuid=investigation.uuid,
    )
    standing = standing_links(incident, [case_id])[case_id]
    ground = ground_of(incident, at=at, only=case_id)
    found = find_links(ground).get(case_id, [])
    delta = rules.difference(found, standing)
    ids = {row.link.person_id for row in standing} | delta.person_ids
    ids |= {link.via_id for link in [*found, *(row.link for row in standing)] if link.via_id}
    people = community.list_people(area_id=incident.area_id, ids=ids)
    community.warm_names(incident.area_id, people.values())
    kinds = {pk: row.kind for pk, row in incidents.status_of(incident.area_id, incident.pk, ids).items()}
    make = _row_maker(people, kinds)
    listed = [row for row in standing if row.state == "LISTED"]
    off = [row for row in standing if row.state == "EXCLUDED" and row.excluded_reason != rules.NO_LONGER_FOUND]
    reasons = {row.link.person_id: row.excluded_reason for row in off}
    return CaseContacts(
        listed=make([row.link for row in listed], "LISTED", {}),
        excluded=make([row.link for row in off], "EXCLUDED", reasons),
        found=make(list(delta.new), "PROPOSED", {}),
        delta=delta,
    )


def _row_maker(people: dict[int, Any], kinds: dict[int, str]) -> Any:
    def make(links: list[rules.Link], state: str, reasons: dict[int, str]) -> tuple[ContactRow, ...]:
        mine: dict[int, list[rules.Link]] = {}
        for link in links:
            if link.person_id in people:
                mine.setdefault(link.person_id, []).append(link)
        rows = []
        for person_id, own in mine.items():
            degree = rules.strongest(link.degree for link in own)
            via = next((link.via_id for link in own if link.via_id), None)
            rows.append(
                ContactRow(
                    person_id=person_id,
                    person=people[person_id],
                    degree=degree,
                    first_date=min(link.first_date for link in own),
                    last_date=max(link.last_date for link in own if link.degree == degree),
                    links=tuple(own),
                    state=state,
                    reason=reasons.get(person_id, ""),
                    via=people.get(via) if via else None,
                    status=kinds.get(person_id, ""),
                )
            )
        rows.sort(key=lambda row: (rules.CLASSES.index(row.degree), row.person.sort_key, row.person_id))
        return tuple(rows)

    return make


# ---------- management ----------
def list_managed(
    *,
    area_id: int,
    incident_id: int,
    scope: Scope,
    state: str = "ACTIVE",
    person_class: str = "",
    mode: str = "",
    release_by: date | None = None,
    has_late_tests: bool = False,
    actor: Actor,
    at: datetime,
) -> QuerySet[Management]:
    """This function will return managements that a scope reaches, next release first, and leave one audit entry.

    `mode` is the stage of today. Annotated with `mode_today` (empty after the last day).
    """
    today = clock.local_date(at)
    rows = managed_rows(area_id=area_id, incident_id=incident_id, scope=scope, today=today)
    if state:
        rows = rows.filter(state=state)
    if person_class:
        rows = rows.filter(person_class=person_class)
    if mode:
        rows = rows.filter(_stage_on(today) & Q(stages__mode=mode))
    if release_by is not None:
        rows = rows.filter(release_date__lte=release_by)
    if has_late_tests:
        rows = rows.filter(person_id__in=late_test_people(area_id=area_id, incident_id=incident_id, at=at))
    audit.record(
        "tracing.management.list_read",
        actor=actor,
        at=at,
        area_id=area_id,
        target_kind="Management",
        detail={"state": state, "class": person_class, "mode": mode, "everything": scope.everything},
    )
    return rows


def _stage_on(today: date) -> Q:
    return Q(stages__ends_date__gte=today) & (Q(stages__starts_date__lte=today) | Q(stages__index=0))


def managed_rows(*, area_id: int, incident_id: int, scope: Scope, today: date) -> QuerySet[Management]:
    """This function will return managements in scope with persons, for rooms; pages take `list_managed`."""
    rows = Management.objects.filter(area_id=area_id, incident_id=incident_id).filter(_reached(scope))
    return rows.select_related("person", "person__dwelling").order_by("release_date", "person__sort_key", "id")


def stages_on(*, area_id: int, management_ids: list[int], today: date) -> dict[int, ManagementStage]:
    """This function will return management id -> the stage of a day, for a page of rows."""
    rows = ManagementStage.objects.filter(area_id=area_id, management_id__in=management_ids, ends_date__gte=today)
    found: dict[int, ManagementStage] = {}
    for row in rows.order_by("management_id", "-index"):
        if row.starts_date <= today or row.index == 0:
            found.setdefault(row.management_id, row)
    return found


def late_test_people(*, area_id: int, incident_id: int, at: datetime) -> set[int]:
    """This function will return the ids of people whose test day passed without a sample."""
    today = clock.local_date(at)
    rows = incidents.test_duties_on(area_id, incident_id, today)
    return {row.person_id for row in rows if row.due_date < today and row.cause_kind == TEST_CAUSE}


def tests_due(*, area_id: int, incident_id: int, scope: Scope, on_date: date, actor: Actor, at: datetime) -> list[Any]:
    """This function will return the test days of managed people on a day and those missed before, in walking order.

    Leaves one audit entry. Rows are `incidents` duties; home sampling reads the same ones.
    """
    audit.record(
        "tracing.tests.read",
        actor=actor,
        at=at,
        area_id=area_id,
        target_kind="TestDuty",
        detail={"on": on_date.isoformat()},
    )
    duties = incidents.test_duties_on(area_id, incident_id, on_date, only_open=False)
    people = community.list_people(area_id=area_id, ids={row.person_id for row in duties})
    mine = [(people[row.person_id], row) for row in duties if row.person_id in people]
    mine = [(person, row) for person, row in mine if community.in_scope(person, scope)]
    mine.sort(key=lambda pair: (pair[0].sort_key, pair[1].due_date, pair[0].pk))
    return mine


def get_management(area_id: int, uuid: UUID) -> Management:
    """This function will return a management with incident and person. Raises `Management.DoesNotExist`."""
    return Management.objects.select_related("incident", "person", "person__dwelling").get(area_id=area_id, uuid=uuid)


def management_of(*, management: Management, actor: Actor, at: datetime) -> PersonManagement:
    """This function will return everything about one management and leave the look in the audit."""
    area_id, incident = management.area_id, management.incident
    audit.record(
        "tracing.management.read",
        actor=actor,
        at=at,
        area_id=area_id,
        target_kind="Management",
        target_uuid=management.uuid,
    )
    stages = tuple(ManagementStage.objects.filter(area_id=area_id, management=management).order_by("index"))
    duties = incidents.test_duties_of(area_id, incident.pk, [management.person_id]).get(management.person_id, [])
    links = ContactLink.objects.filter(area_id=area_id, incident=incident, person_id=management.person_id)
    status = incidents.status_of(area_id, incident.pk, [management.person_id]).get(management.person_id)
    finding = rules.release_finding(
        release_date=management.release_date,
        today=clock.local_date(at),
        tests=[(row.due_date, row.done_at) for row in duties],
        status=status.kind if status else "",
    )
    key = stages[0].rule_key if stages else ""
    source, grade = _origin(incident, management.rule_set_id, key)
    linked = tuple(links.select_related("case_person", "case_person__dwelling", "via").order_by("listed_at", "id"))
    return PersonManagement(management, stages, tuple(duties), linked, finding, source, grade, key)


def _origin(incident: Incident, rule_set_id: str, rule_key: str) -> tuple[str, str]:
    """Return source and grade of the rule by which somebody is managed; empty where the profile lost it."""
    try:
        rule_set = incidents.rule_set_named(incidents.profile_of(incident), rule_set_id)
    except LookupError:
        return "", ""
    return next(((row.source, row.grade.value) for row in rule_set.management if row.key == rule_key), ("", ""))


# ---------- figures ----------
def figures(*, area_id: int, incident_id: int, at: datetime) -> dict[str, int | float]:
    """This function will count what a page lists: see the README for the URL behind each number."""
    today = clock.local_date(at)
    cases = Investigation.objects.filter(area_id=area_id, incident_id=incident_id)
    active = Management.objects.filter(area_id=area_id, incident_id=incident_id, state=Management.State.ACTIVE)
    classes = Counter(dict(active.values_list("person_class").annotate(number=Count("id"))))
    duties = incidents.test_duties_on(area_id, incident_id, today, only_open=False)
    late = late_test_people(area_id=area_id, incident_id=incident_id, at=at)
    released = Management.objects.filter(area_id=area_id, incident_id=incident_id, state=Management.State.RELEASED)
    return {
        "tracing.investigations": cases.count(),
        "tracing.to_interview": cases.filter(state=Investigation.State.OPEN).count(),
        "tracing.late": cases.filter(_late(at)).count(),
        "tracing.managed": sum(classes.values()),
        "tracing.contacts": classes["CONTACT"],
        "tracing.secondary": classes["SECONDARY_CONTACT"],
        "tracing.exposed": classes["EXPOSED"],
        "tracing.release_due": len(release_list(area_id=area_id, incident_id=incident_id, at=at).due),
        "tracing.released": released.count(),
        "tracing.tests_today": sum(1 for row in duties if row.due_date == today and row.cause_kind == TEST_CAUSE),
        "tracing.tests_late": len(late),
    }


def timeline(*, area_id: int, incident_id: int, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """This function will return what happened between two moments (the end is outside), by the hour, in order."""
    events = []
    cases = Investigation.objects.filter(
        area_id=area_id, incident_id=incident_id, opened_at__gte=since, opened_at__lt=until
    )
    for opened_at in cases.values_list("opened_at", flat=True):
        events.append({"at": opened_at, "code": "INVESTIGATION_OPENED", "counts": {"cases": 1}})
    links = ContactLink.objects.filter(
        area_id=area_id, incident_id=incident_id, listed_at__gte=since, listed_at__lt=until
    )
    listed = links.values("listed_at").annotate(people=Count("person_id", distinct=True))
    events += [{"at": r["listed_at"], "code": "CONTACTS_LISTED", "counts": {"people": r["people"]}} for r in listed]
    ended = Management.objects.filter(area_id=area_id, incident_id=incident_id, ended_at__gte=since, ended_at__lt=until)
    for row in ended.values("ended_at", "state").annotate(people=Count("id")):
        events.append(
            {"at": row["ended_at"], "code": f"MANAGEMENT_{row['state']}", "counts": {"people": row["people"]}}
        )
    return sorted(events, key=lambda event: (event["at"], event["code"]))


def forget(*, area_id: int, person_uuid: UUID, at: datetime, actor: Actor) -> None:
    """This function will take out of this room what tells of a person; counts and the tree of links stay without them.

    Whose key was destroyed has unreadable answers anyway: here the sealed bytes go too.
    """
    with transaction.atomic():
        mine = Investigation.objects.filter(area_id=area_id, person__uuid=person_uuid)
        Exposure.objects.filter(area_id=area_id, investigation__in=mine).delete()
        InterviewDraft.objects.filter(area_id=area_id, investigation__in=mine).delete()
        mine.update(
            answers=b"", onset_date=None, sample_date=None, rash_date=None, isolated_date=None, assigned_to=None
        )
        ContactLink.objects.filter(area_id=area_id, person__uuid=person_uuid).update(evidence={})
        audit.record(
            "tracing.forget", actor=actor, at=at, area_id=area_id, target_kind="person", target_uuid=person_uuid
        )
