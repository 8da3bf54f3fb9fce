"""Reading the audit: filtered lists, who looked at one person or thing, and an export that is itself recorded."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import xlsxwriter
from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from tongxin.base import audit
from tongxin.base.actors import Actor
from tongxin.base.models import AuditEntry

#: A workbook holds about a million rows; more than this is taken day by day.
MOST_EXPORTED = 200_000
COLUMNS = ("seq", "at", "actor", "action", "target_kind", "target_uuid", "detail", "hash")


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries: login (exact), action (with everything below `community.`), target, local days. Empty is all.

    `among` narrows to some actions. `day` alone is that day; with `until` it is the first of several.
    """

    actor: str = ""
    action: str = ""
    among: frozenset[str] = frozenset()
    target: UUID | None = None
    day: date | None = None
    until: date | None = None

    def codes(self) -> dict[str, str]:
        """Return the filter for the audit of an export: ids, codes, days."""
        pairs = {
            "by": self.actor,
            "action": self.action,
            "among": len(self.among),
            "target": self.target,
            "day": self.day,
            "until": self.until,
        }
        return {key: str(value) for key, value in pairs.items() if value}


def entries(area_id: int, wanted: AuditFilter | None = None) -> QuerySet[AuditEntry]:
    """Return a compound's entries, newest first, filtered."""
    found = AuditEntry.objects.filter(area_id=area_id)
    wanted = wanted or AuditFilter()
    if wanted.actor:
        found = found.filter(actor=wanted.actor)
    if wanted.action:
        found = found.filter(Q(action=wanted.action) | Q(action__startswith=f"{wanted.action}."))
    if wanted.target is not None:
        found = found.filter(target_uuid=wanted.target)
    if wanted.among:
        found = found.filter(action__in=wanted.among)
    last = wanted.until or wanted.day
    if wanted.day is not None:
        found = found.filter(at__gte=_midnight(wanted.day))
    if last is not None:
        found = found.filter(at__lt=_midnight(last) + timedelta(days=1))
    return found.order_by("-seq")


def _midnight(day: date) -> datetime:
    """Return when a local day begins. Days at the ends of the calendar, which no zone can hold, are taken nearer."""
    return timezone.make_aware(datetime.combine(min(max(day, date(2, 1, 1)), date(9998, 12, 31)), time()))


def actions_of(area_id: int) -> list[str]:
    """Return the actions that occur in a compound, in order."""
    return sorted(AuditEntry.objects.filter(area_id=area_id).order_by().values_list("action", flat=True).distinct())


def last_check(area_id: int) -> AuditEntry | None:
    """Return the entry of the newest check of the chain; its detail has `entries` and `faults`."""
    return AuditEntry.objects.filter(area_id=area_id, action="base.audit.verified").order_by("-seq").first()


@dataclass(frozen=True, slots=True)
class Viewer:
    """One login that had to do with a target, how often, and when last."""

    actor: str
    action: str
    times: int
    last_at: datetime


def who_saw(area_id: int, target: UUID) -> list[Viewer]:
    """Return who had to do with a person or thing, by login and action, the last one first."""
    rows = (
        AuditEntry.objects.filter(area_id=area_id, target_uuid=target)
        .order_by()
        .values("actor", "action")
        .annotate(times=Count("id"), last_at=Max("at"))
    )
    found = [Viewer(row["actor"], row["action"], row["times"], row["last_at"]) for row in rows]
    return sorted(found, key=lambda row: row.last_at, reverse=True)


def export(*, area_id: int, wanted: AuditFilter, form: str, actor: Actor, at: datetime) -> bytes:
    """Return the filtered entries, newest first, as `xlsx` or `ndjson`, after recording that they were exported.

    At most MOST_EXPORTED entries. Raises KeyError for another form.
    """
    write = {"xlsx": _workbook, "ndjson": _lines}[form]
    rows = entries(area_id, wanted)
    content = write(rows[:MOST_EXPORTED].iterator(chunk_size=2000))
    detail = {"form": form, "rows": min(rows.count(), MOST_EXPORTED), **wanted.codes()}
    audit.record("base.audit.exported", actor=actor, at=at, area_id=area_id, target_kind="AuditEntry", detail=detail)
    return content


def _values(entry: AuditEntry) -> dict[str, object]:
    return {
        "seq": entry.seq,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": entry.actor,
        "action": entry.action,
        "target_kind": entry.target_kind,
        "target_uuid": str(entry.target_uuid) if entry.target_uuid else None,
        "detail": entry.detail,
        "hash": entry.hash,
    }


def _lines(rows: Iterator[AuditEntry]) -> bytes:
    return b"".join(json.dumps(_values(row), ensure_ascii=False, sort_keys=True).encode() + b"\n" for row in rows)


def _workbook(rows: Iterator[AuditEntry]) -> bytes:
    out = io.BytesIO()
    # Logins and details are texts: a login that begins with "=" must not become a formula.
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(out, options)
    sheet = book.add_worksheet("audit")
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, COLUMNS)
    for index, row in enumerate(rows, start=1):
        values = _values(row) | {"detail": json.dumps(row.detail, ensure_ascii=False, sort_keys=True)}
        sheet.write_number(index, 0, row.seq)
        for column, key in enumerate(COLUMNS[1:], start=1):
            sheet.write_string(index, column, str(values[key] or ""))
    book.close()
    return out.getvalue()
