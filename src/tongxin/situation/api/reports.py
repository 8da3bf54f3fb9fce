"""The night report: made from a snapshot, made anew until it is signed, then never changed."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import import_module
from typing import Any
from uuid import UUID

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from tongxin.base import audit, outbox
from tongxin.base.actors import Actor
from tongxin.base.versions import update_versioned
from tongxin.incidents import api as incidents
from tongxin.situation import rules
from tongxin.situation.api.composing import compose, in_language
from tongxin.situation.api.facts import ReportFacts, cutoff_on, period_for, ready_at, report_facts
from tongxin.situation.api.pictures import curve
from tongxin.situation.api.snapshots import find_daily, find_daily_before, mark_daily, take_snapshot
from tongxin.situation.api.sources import newest_judgement
from tongxin.situation.documents.content import LANGUAGES, Language, ReportContent
from tongxin.situation.documents.pdf import render_pdf
from tongxin.situation.events import ReportMade, ReportSigned
from tongxin.situation.models import Report, Snapshot

KINDS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}


class DayNotBegun(ValueError):
    """The day of the report has not begun."""


class OutsideIncident(ValueError):
    """The incident was not open on the day of the report."""


class ReportIsSigned(Exception):
    """A signed report does not change."""


class NotReady(Exception):
    """Only the report of a day that is over can be signed."""


class LooksPersonal(ValueError):
    """A text holds what looks like a phone or identity number; reports name places only."""


class SignerMissing(ValueError):
    """A report is signed by somebody."""


@cache
def _word_writer() -> Any:
    """Load what writes Word files here and nowhere else: a start of the server does not wait for it."""
    return import_module("tongxin.situation.documents.docx")


# ---------- reads ----------
def list_reports(area_id: int, incident_id: int) -> QuerySet[Report]:
    """Return the reports of an incident, newest day first, without their texts."""
    rows = Report.objects.filter(area_id=area_id, incident_id=incident_id)
    return rows.defer("content").order_by("-report_date")


def get_report(area_id: int, uuid: UUID) -> Report:
    """Return a report with its incident and snapshots. Raises `Report.DoesNotExist`."""
    return Report.objects.select_related("incident", "snapshot", "previous").get(area_id=area_id, uuid=uuid)


def find_report(area_id: int, incident_id: int, report_date: date) -> Report | None:
    """Return the report of a day, or None."""
    rows = Report.objects.filter(area_id=area_id, incident_id=incident_id, report_date=report_date)
    return rows.select_related("incident", "snapshot", "previous").first()


def content_of(report: Report, language: Language) -> ReportContent:
    """Return the finished text of a report as it was written and signed."""
    return msgspec.convert(report.content[language], ReportContent)


# ---------- making ----------
def make_report(
    *,
    area_id: int,
    incident_id: int,
    report_date: date,
    judgement: str | None = None,
    recount: bool = False,
    actor: Actor,
    at: datetime,
) -> Report:
    """Write the report of a day, or write it anew, and return it.

    A day that is over is told by its daily snapshot (taken now when there is none, or with `recount`); a day that is
    not over by a snapshot of this moment, and the report is PROVISIONAL. `judgement` is headquarters' own text; None
    keeps the one that stands, else takes what headquarters signed last. Raises `Incident.DoesNotExist`, DayNotBegun,
    OutsideIncident, ReportIsSigned, LooksPersonal.
    """
    incident = incidents.Incident.objects.get(area_id=area_id, pk=incident_id)
    period = _checked_period(incident, report_date, at)
    try:
        with transaction.atomic():
            return _make(incident, period, judgement, recount=recount, actor=actor, at=at)
    except IntegrityError:
        # Somebody made the first report of this day in the same moment: now there is one to write anew.
        with transaction.atomic():
            return _make(incident, period, judgement, recount=recount, actor=actor, at=at)


def _checked_period(incident: incidents.Incident, report_date: date, at: datetime) -> rules.Period:
    period = period_for(incident, report_date)
    if period.starts_at > at:
        raise DayNotBegun(report_date.isoformat())
    is_after = incident.closed_at is not None and incident.closed_at <= period.starts_at
    if period.ends_at <= incident.opened_at or is_after:
        raise OutsideIncident(report_date.isoformat())
    return period


def _make(
    incident: incidents.Incident,
    period: rules.Period,
    judgement: str | None,
    *,
    recount: bool,
    actor: Actor,
    at: datetime,
) -> Report:
    area_id = incident.area_id
    standing = find_report(area_id, incident.pk, period.report_date)
    if standing is not None and standing.state == Report.State.SIGNED:
        raise ReportIsSigned(str(standing.uuid))
    snapshot = _snapshot_for(incident, period, recount=recount, actor=actor, at=at)
    text = _judgement(incident, standing, judgement, min(at, ready_at(incident, period)))
    facts = report_facts(
        incident,
        period=period,
        snapshot=snapshot,
        previous=find_daily_before(area_id, incident.pk, period.report_date),
        is_over=period.ends_at <= at,
    )
    report = _written(facts, standing, text, actor=actor, at=at)
    _tell("situation.report_made", report, actor=actor, at=at, detail={"state": report.state, "recount": recount})
    made = ReportMade(incident.uuid, report.uuid, report.report_date, report.state)
    outbox.publish(made, area_id=area_id, at=at)
    return report


def _snapshot_for(
    incident: incidents.Incident, period: rules.Period, *, recount: bool, actor: Actor, at: datetime
) -> Snapshot:
    """Return the snapshot that tells a day: taken for the last moment of it once it is over."""
    is_over = period.ends_at <= at
    as_of = period.last_moment if is_over else at
    standing = find_daily(incident.area_id, incident.pk, period.report_date)
    if standing is not None and standing.as_of == as_of and not recount:
        return standing
    snapshot = take_snapshot(area_id=incident.area_id, incident_id=incident.pk, at=at, as_of=as_of, actor=actor)
    mark_daily(snapshot, period.report_date)
    return snapshot


def _judgement(incident: incidents.Incident, standing: Report | None, given: str | None, until: datetime) -> str:
    text = given
    if text is None:
        text = newest_judgement(area_id=incident.area_id, incident_id=incident.pk, at=until)
        text = text or (standing.judgement if standing else "")
    if rules.looks_personal(text):
        raise LooksPersonal
    return text.strip()


def _written(facts: ReportFacts, standing: Report | None, judgement: str, *, actor: Actor, at: datetime) -> Report:
    incident, period = facts.incident, facts.period
    rows = Report.objects.filter(area_id=incident.area_id, incident=incident)
    number = standing.number if standing else (rows.aggregate(last=Max("number"))["last"] or 0) + 1
    values: dict[str, Any] = {
        "snapshot": facts.snapshot,
        "previous": facts.previous,
        "state": Report.State.READY if facts.is_over else Report.State.PROVISIONAL,
        "made_at": at,
        "made_by": actor.label,
        "judgement": judgement,
        "content": {language: _content(facts, language, number, judgement) for language in LANGUAGES},
    }
    if standing is not None:
        return update_versioned(standing, standing.version, **values)
    return Report.objects.create(
        area_id=incident.area_id, incident=incident, number=number, report_date=period.report_date, **values
    )


def _content(facts: ReportFacts, language: Language, number: int, judgement: str) -> dict[str, Any]:
    with in_language(language):
        shown = curve(area_id=facts.incident.area_id, incident_id=facts.incident.pk, until=facts.period.report_date)
        content = compose(facts, shown, language=language, number=number, judgement=judgement)
    found: dict[str, Any] = msgspec.to_builtins(content)
    return found


# ---------- signing ----------
def sign_report(*, area_id: int, uuid: UUID, version: int, signer: str, actor: Actor, at: datetime) -> Report:
    """Sign a report off: from then on it does not change.

    `signer` stands on the document. Raises `Report.DoesNotExist`, NotReady, ReportIsSigned, SignerMissing,
    LooksPersonal, StaleVersion (it was written anew after `version`), and PermissionError for the system.
    """
    if actor.account_id is None:
        raise PermissionError("only a person can sign")
    name = signer.strip()
    if not name:
        raise SignerMissing
    if rules.looks_personal(name):
        raise LooksPersonal
    with transaction.atomic():
        report = get_report(area_id, uuid)
        if report.state == Report.State.SIGNED:
            raise ReportIsSigned(str(uuid))
        if report.state != Report.State.READY:
            raise NotReady(str(uuid))
        content = {language: {**text, "signer": name} for language, text in report.content.items()}
        values = {"state": Report.State.SIGNED, "signer": name, "signed_by": actor.label, "signed_at": at}
        signed = update_versioned(report, version, content=content, **values)
        _tell("situation.report_signed", signed, actor=actor, at=at, detail={"snapshot": report.snapshot.hash})
        event = ReportSigned(report.incident.uuid, report.uuid, report.report_date)
        outbox.publish(event, area_id=area_id, at=at)
    return signed


# ---------- documents ----------
@dataclass(frozen=True, slots=True)
class Document:
    name: str
    content_type: str
    data: bytes


def render_report(report: Report, *, language: Language, kind: str, base_url: str = "") -> Document:
    """Set a report as a document: `kind` is docx or pdf. Raises ValueError for another, and FontsMissing."""
    if kind not in KINDS:
        raise ValueError(kind)
    content = content_of(report, language)
    render = _word_writer().render_docx if kind == "docx" else render_pdf
    data = render(content, base_url=base_url)
    return Document(f"report_{report.report_date.isoformat()}_{language}.{kind}", KINDS[kind], data)


def download_report(
    *, area_id: int, uuid: UUID, language: Language, kind: str, base_url: str = "", actor: Actor, at: datetime
) -> Document:
    """Return a report as a document for somebody who takes it away; the export is in the audit."""
    report = get_report(area_id, uuid)
    document = render_report(report, language=language, kind=kind, base_url=base_url)
    detail = {"language": language, "kind": kind, "state": report.state, "bytes": len(document.data)}
    _tell("situation.report_downloaded", report, actor=actor, at=at, detail=detail)
    return document


def last_report_date(incident: incidents.Incident, *, at: datetime) -> date:
    """Return the day of the newest report that can be complete: the last day that is over."""
    zone = timezone.get_default_timezone()
    return rules.last_ended(at, cutoff_on(incident, at.astimezone(zone).date()), zone).report_date


# ---------- by itself ----------
def keep_time(*, area_id: int, actor: Actor, at: datetime) -> dict[str, int]:
    """Do what is due by the clock: the snapshot when a day ends, the report before dawn. Safe to repeat.

    Returns how many snapshots and reports were made.
    """
    made = {"snapshots": 0, "reports": 0}
    for incident in incidents.list_incidents(area_id).filter(state=incidents.Incident.State.OPEN):
        cutoff = cutoff_on(incident, at.astimezone(timezone.get_default_timezone()).date())
        period = rules.last_ended(at, cutoff, timezone.get_default_timezone())
        if period.ends_at <= incident.opened_at:
            continue
        standing = find_daily(area_id, incident.pk, period.report_date)
        if standing is None or standing.as_of != period.last_moment:
            with transaction.atomic():
                _snapshot_for(incident, period, recount=False, actor=actor, at=at)
            made["snapshots"] += 1
        report = find_report(area_id, incident.pk, period.report_date)
        is_wanted = report is None or report.state == Report.State.PROVISIONAL
        if is_wanted and at >= ready_at(incident, period):
            make_report(area_id=area_id, incident_id=incident.pk, report_date=period.report_date, actor=actor, at=at)
            made["reports"] += 1
    return made


def _tell(action: str, report: Report, *, actor: Actor, at: datetime, detail: dict[str, Any]) -> None:
    audit.record(
        action,
        actor=actor,
        at=at,
        area_id=report.area_id,
        target_kind="Report",
        target_uuid=report.uuid,
        detail={"date": report.report_date.isoformat(), **detail},
    )
