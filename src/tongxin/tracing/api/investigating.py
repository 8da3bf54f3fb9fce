"""The investigation of a case: opened by the fact, its interview, exposures, dates and deadlines."""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from tongxin.base import audit, clock, outbox
from tongxin.base.actors import Actor
from tongxin.base.ids import new_uuid
from tongxin.base.versions import StaleVersion, update_versioned
from tongxin.community import api as community
from tongxin.incidents import api as incidents
from tongxin.incidents.api import Incident
from tongxin.tracing import rules
from tongxin.tracing.api.finding import case_span
from tongxin.tracing.events import InvestigationChanged, InvestigationOpened
from tongxin.tracing.models import Exposure, InterviewDraft, Investigation

#: Under this cause the dates that an interview found out stand in `incidents`.
DATES_CAUSE = "tracing.interview"


class WrongStep(ValueError):
    """An investigation cannot go from its state to that one."""


class TooManyExposures(ValueError):
    """More exposures than anybody can have had in the span: the form is not a place to store lists."""


class WrongAnswer(ValueError):
    """An answer is no answer of the interview; `field` names it."""

    def __init__(self, field_name: str) -> None:
        super().__init__(field_name)
        self.field = field_name


def investigation_for(
    incident: Incident, person: Any, *, caused_by: UUID | None = None, actor: Actor, at: datetime
) -> Investigation:
    """This function will return the investigation of a case, opened with its deadlines if there is none.

    Inside the caller's transaction.
    """
    known = Investigation.objects.filter(area_id=incident.area_id, incident=incident, person_id=person.pk).first()
    if known is not None:
        return known
    status = incidents.status_of(incident.area_id, incident.pk, [person.pk]).get(person.pk)
    rule_set = incidents.rule_set_of(incident, clock.local_date(at))
    hours = rule_set.investigation
    row = Investigation(
        area_id=incident.area_id,
        uuid=new_uuid(),
        subject_uuid=person.subject_uuid,
        incident=incident,
        person=person,
        opened_at=at,
        report_due_at=at + timedelta(hours=hours.report_hours.value),
        track_due_at=at + timedelta(hours=hours.track_hours.value),
        first_report_due_at=at + timedelta(hours=hours.first_report_hours.value),
        caused_by=caused_by or new_uuid(),
    )
    row.lookback_date = case_span(rule_set, status, row, opened_at=at, today=clock.local_date(at))[0]
    row.save(force_insert=True)
    audit.record(
        "tracing.investigation.opened",
        actor=actor,
        at=at,
        area_id=incident.area_id,
        target_kind="Investigation",
        target_uuid=row.uuid,
    )
    outbox.publish(InvestigationOpened(incident.uuid, person.uuid, row.uuid), area_id=incident.area_id, at=at)
    return row


def open_investigation(
    *, area_id: int, incident_uuid: UUID, person_uuid: UUID, caused_by: UUID, actor: Actor, at: datetime
) -> Investigation:
    """This function will open the investigation of a case, once however often it is told."""
    incident = incidents.get_incident(area_id, incident_uuid)
    person = community.get_person(area_id, person_uuid)
    try:
        with transaction.atomic():
            return investigation_for(incident, person, caused_by=caused_by, actor=actor, at=at)
    except IntegrityError:
        return Investigation.objects.get(area_id=area_id, incident=incident, person=person)


def answers_of(investigation: Investigation) -> dict[str, str]:
    """This function will return the sealed answers readable; the caller has audited the look."""
    found: dict[str, str] = json.loads(investigation.answers) if investigation.answers else {}
    return found


def _checked(answers: Mapping[str, str]) -> dict[str, str]:
    kinds = {code: kind for fields in rules.INTERVIEW_FIELDS.values() for code, kind in fields}
    clean = {}
    for code, answer in answers.items():
        text = " ".join(str(answer).split()) if kinds.get(code) == "CHOICE" else str(answer).strip()
        is_choice = kinds.get(code) == "CHOICE" and text and text not in rules.CHOICES
        if code not in kinds or is_choice or len(text) > rules.MAX_ANSWER:
            raise WrongAnswer(code)
        if text:
            clean[code] = text
    return clean


def save_interview(
    *,
    area_id: int,
    uuid: UUID,
    expected_version: int,
    answers: Mapping[str, str],
    onset_date: date | None,
    sample_date: date | None,
    rash_date: date | None = None,
    isolated_date: date | None = None,
    is_finished: bool,
    draft_version: int = 0,
    actor: Actor,
    at: datetime,
) -> Investigation:
    """This function will keep the answers sealed and recompute the first day that counts.

    The draft with `draft_version` is saved with it and goes; one on which somebody else went on stays.

    With `is_finished` the interview counts as held (deadline of the track); without it this is a draft. A new onset,
    sample or rash date makes tracing look again (`InvestigationChanged`), and onset and sample are told to `incidents`.
    Raises `StaleVersion`, `WrongDates`, `WrongAnswer`, `Investigation.DoesNotExist`.
    """
    today = clock.local_date(at)
    dates = {
        "onset_date": onset_date,
        "sample_date": sample_date,
        "rash_date": rash_date,
        "isolated_date": isolated_date,
    }
    rules.check_interview_dates(**dates, today=today)
    clean = _checked(answers)
    with transaction.atomic():
        row = _locked(area_id, uuid)
        if row.version != expected_version:
            raise StaleVersion(row)
        before = {name: getattr(row, name) for name in dates}
        row.answers = json.dumps(clean, ensure_ascii=False, sort_keys=True)
        for name, day in dates.items():
            setattr(row, name, day)
        changes: dict[str, Any] = {**dates, "answers": Investigation._meta.get_field("answers").sealed(row)}
        changes["lookback_date"] = _lookback(row, today=today)
        if is_finished and row.state == Investigation.State.OPEN:
            changes |= {"state": Investigation.State.INTERVIEWED, "interviewed_at": at}
        saved = update_versioned(row, expected_version, **changes)
        InterviewDraft.objects.filter(area_id=area_id, investigation=row, version=draft_version).delete()
        moved = sorted(name for name in dates if before[name] != dates[name])
        _record("tracing.interview.saved", saved, {"dates": moved, "finished": is_finished}, actor=actor, at=at)
        if moved:
            _tell_dates(saved, actor=actor, at=at)
            _publish_change(saved, "DATES", at=at)
    return saved


def _lookback(row: Investigation, *, today: date) -> date:
    status = incidents.status_of(row.area_id, row.incident_id, [row.person_id]).get(row.person_id)
    rule_set = incidents.rule_set_of(row.incident, today)
    return case_span(rule_set, status, row, opened_at=row.opened_at, today=today)[0]


def _tell_dates(row: Investigation, *, actor: Actor, at: datetime) -> None:
    """Tell `incidents` the dates of the case, so that curves and zones count from them too."""
    status = incidents.status_of(row.area_id, row.incident_id, [row.person_id]).get(row.person_id)
    if status is None or status.kind != "CASE" or not (row.onset_date or row.sample_date):
        return
    incidents.set_person_status(
        area_id=row.area_id,
        incident_id=row.incident_id,
        person_id=row.person_id,
        kind="CASE",
        effective_at=status.since_at,
        cause_kind=DATES_CAUSE,
        cause_uuid=row.uuid,
        onset_date=row.onset_date,
        sample_date=row.sample_date,
        actor=actor,
        at=at,
    )


def _locked(area_id: int, uuid: UUID) -> Investigation:
    rows = Investigation.objects.select_for_update(of=("self",)).select_related("incident", "person")
    return rows.get(area_id=area_id, uuid=uuid)


def _record(action: str, row: Investigation, detail: Mapping[str, Any], *, actor: Actor, at: datetime) -> None:
    audit.record(
        action,
        actor=actor,
        at=at,
        area_id=row.area_id,
        target_kind="Investigation",
        target_uuid=row.uuid,
        detail=detail,
    )


def _publish_change(row: Investigation, cause: str, *, at: datetime) -> None:
    event = InvestigationChanged(row.incident.uuid, row.person.uuid, cause)
    outbox.publish(event, area_id=row.area_id, at=at)


def set_step(
    *, area_id: int, uuid: UUID, state: str, expected_version: int, actor: Actor, at: datetime
) -> Investigation:
    """This function will move an investigation on, or open it again. Raises `WrongStep`, `StaleVersion`."""
    with transaction.atomic():
        row = _locked(area_id, uuid)
        if row.state == state:
            return row
        if state not in rules.STEPS or not rules.may_become(row.state, state):
            raise WrongStep(state)
        changes: dict[str, Any] = {"state": state, "finished_at": at if state == "DONE" else None}
        if state == "INTERVIEWED" and row.interviewed_at is None:
            changes["interviewed_at"] = at
        saved = update_versioned(row, expected_version, **changes)
        _record("tracing.investigation.step", saved, {"state": state}, actor=actor, at=at)
    return saved


def interview_held(*, area_id: int, uuid: UUID, actor: Actor, at: datetime) -> None:
    """This function will note that the task of the interview was done; an interview already noted stays as it is."""
    with transaction.atomic():
        row = _locked(area_id, uuid)
        if row.state == Investigation.State.OPEN:
            state = Investigation.State.INTERVIEWED
            saved = update_versioned(row, row.version, state=state, interviewed_at=at)
            _record("tracing.investigation.step", saved, {"state": state.value}, actor=actor, at=at)


def note_encounters(*, area_id: int, incident_uuid: UUID, person_uuid: UUID, at: datetime) -> None:
    """This function will tell that new meetings of a case are known, so that the plan is drafted anew."""
    incident = incidents.get_incident(area_id, incident_uuid)
    row = (
        Investigation.objects.select_related("incident", "person")
        .filter(area_id=area_id, incident=incident, person__uuid=person_uuid)
        .first()
    )
    if row is not None:
        _publish_change(row, "ENCOUNTERS", at=at)


# ---------- exposures ----------
def add_exposure(
    *,
    area_id: int,
    uuid: UUID,
    kind: str,
    place: str,
    building_uuid: UUID | None = None,
    department_uuid: UUID | None = None,
    starts_at: datetime,
    ends_at: datetime,
    actor: Actor,
    at: datetime,
) -> Exposure:
    """This function will note where a case was; a department or class makes its members contacts of the visit.

    Raises `WrongDates`, `TooManyExposures`, `WrongAnswer` for a place that is not of this compound.
    """
    rules.check_exposure(starts_at=starts_at, ends_at=ends_at, at=at)
    with transaction.atomic():
        row = _locked(area_id, uuid)
        if Exposure.objects.filter(area_id=area_id, investigation=row).count() >= rules.MAX_EXPOSURES:
            raise TooManyExposures(str(rules.MAX_EXPOSURES))
        exposure = Exposure(
            area_id=area_id,
            uuid=new_uuid(),
            subject_uuid=row.subject_uuid,
            investigation=row,
            kind=kind[:20],
            building=_building(area_id, building_uuid),
            department=_department(area_id, department_uuid),
            place=place.strip()[:200],
            starts_at=starts_at,
            ends_at=ends_at,
        )
        exposure.save(force_insert=True)
        _record("tracing.exposure.added", row, {"kind": exposure.kind}, actor=actor, at=at)
        _publish_change(row, "EXPOSURE", at=at)
    return exposure


def _building(area_id: int, uuid: UUID | None) -> Any:
    found = next((row for row in community.list_buildings(area_id) if row.uuid == uuid), None) if uuid else None
    if uuid and found is None:
        raise WrongAnswer("building")
    return found


def _department(area_id: int, uuid: UUID | None) -> Any:
    found = next((row for row in community.list_departments(area_id) if row.uuid == uuid), None) if uuid else None
    if uuid and found is None:
        raise WrongAnswer("department")
    return found


def remove_exposure(*, area_id: int, uuid: UUID, exposure_uuid: UUID, actor: Actor, at: datetime) -> bool:
    """This function will take an exposure away; taking it away twice changes nothing."""
    with transaction.atomic():
        row = _locked(area_id, uuid)
        removed, _ = Exposure.objects.filter(area_id=area_id, investigation=row, uuid=exposure_uuid).delete()
        if removed:
            _record("tracing.exposure.removed", row, {}, actor=actor, at=at)
            _publish_change(row, "EXPOSURE", at=at)
    return bool(removed)


def list_exposures(investigation: Investigation) -> list[Exposure]:
    """This function will return the exposures of a case in order of time."""
    rows = Exposure.objects.filter(area_id=investigation.area_id, investigation=investigation)
    return list(rows.select_related("building", "department").order_by("starts_at", "id"))
