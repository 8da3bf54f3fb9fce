"""What must hold after all the killing: counted from the database, compared with what the clients were told."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, Q

from faults import hearers
from tongxin.base import audit, outbox
from tongxin.base.models import AuditEntry, OutboxEvent, QueueItem, Receipt
from tongxin.sampling.models import Recall, Registration, SampleResult, Tube
from tongxin.tracing.models import Investigation


@dataclass(frozen=True, slots=True)
class Check:
    """One promise: `looked_at` things, of which `wrong` did not hold. Nothing looked at proves nothing."""

    name: str
    looked_at: int
    wrong: int
    detail: str = ""

    @property
    def is_passed(self) -> bool:
        return self.wrong == 0 and self.looked_at > 0

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "is_passed": self.is_passed}


def _some(items: Iterable[object]) -> str:
    return ", ".join(str(item) for item in list(items)[:3])


# ---------- deliveries ----------
def delivered() -> list[Check]:
    """Every event has one delivery a hearer, every delivery and job is DONE, nothing is parked."""
    deliveries = Counter(QueueItem.objects.exclude(event=None).values_list("event_id", flat=True))
    events = list(OutboxEvent.objects.exclude(kind=hearers.EFFECT).values_list("id", "kind"))
    heard: Callable[[str], int] = lambda kind: len(outbox._hearers.get(kind, []))  # noqa: E731
    wrong = [kind for pk, kind in events if deliveries[pk] != heard(kind)]
    items = QueueItem.objects.all()
    open_ = items.exclude(state=QueueItem.State.DONE)
    return [
        Check("no event without its deliveries", len(events), len(wrong), _some(wrong)),
        Check(
            "every delivery and job is done",
            items.count(),
            open_.count(),
            _some(f"{row.handler} {row.state} {row.error}" for row in open_),
        ),
    ]


def effects_once(kind: str, names: Iterable[str]) -> Check:
    """Each hearer's effect of each event of a kind is there exactly once."""
    events = [str(uuid) for uuid in OutboxEvent.objects.filter(kind=kind).values_list("uuid", flat=True)]
    payloads = OutboxEvent.objects.filter(kind=hearers.EFFECT).values_list("payload", flat=True)
    found = Counter((payload["hearer"], payload["event"]) for payload in payloads)
    wanted = [(name, event) for name in names for event in events]
    missing = sum(found[key] == 0 for key in wanted)
    twice = sum(found[key] > 1 for key in wanted)
    detail = f"{missing} never, {twice} more than once" if missing or twice else ""
    return Check("every effect exactly once", len(wanted), missing + twice, detail)


# ---------- what was acknowledged ----------
def acknowledged(receipts: dict[str, dict[str, Any]]) -> list[Check]:
    """Every receipt that a client holds is stored as it was given, and what it tells of is there once."""
    stored = {str(row.op_id): row.receipt for row in Receipt.objects.filter(op_id__in=[*receipts])}
    lost = [op for op in receipts if op not in stored]
    other = [op for op, receipt in receipts.items() if op in stored and stored[op] != receipt]
    times = Counter(str(op) for op in Registration.objects.values_list("op_id", flat=True))
    uuids = {str(uuid) for uuid in Registration.objects.values_list("uuid", flat=True)}
    not_there = [op for op, receipt in receipts.items() if receipt["registration"] not in uuids]
    return [
        Check("nothing acknowledged is lost", len(receipts), len(lost) + len(not_there), _some(lost or not_there)),
        Check("the stored receipt is the one that was sent", len(receipts), len(other), _some(other)),
        Check("every operation is stored once", len(receipts), sum(times[op] != 1 for op in receipts)),
        Check("nothing is stored that nobody sent", len(times), len(set(times) - set(receipts))),
    ]


def results_kept(results: dict[str, str]) -> Check:
    """Every acknowledged result is there once, with the value that was sent (tube code -> value)."""
    rows = SampleResult.objects.values_list("tube__code", "value")
    found = Counter(rows)
    wrong = [code for code, value in results.items() if found[code, value] != 1]
    return Check("every acknowledged result is stored once", len(results), len(wrong), _some(wrong))


# ---------- the story's own rules ----------
def tubes_hold() -> list[Check]:
    """No tube is over-full, and its count is the number of people in it."""
    rows = list(
        Tube.objects.annotate(people=Count("registrations", filter=Q(registrations__voided_at=None))).values_list(
            "code", "filled", "capacity", "people"
        )
    )
    wrong = [code for code, filled, capacity, people in rows if filled != people or filled > capacity]
    twice = (
        Registration.objects.filter(voided_at=None).values("round", "person").annotate(n=Count("id")).filter(n__gt=1)
    )
    return [
        Check("no tube is over-full or miscounted", len(rows), len(wrong), _some(wrong)),
        Check("nobody stands twice in a round", Registration.objects.count(), twice.count()),
    ]


def followed() -> list[Check]:
    """Each case has one investigation, and each positive pool called its people back once."""
    positive = SampleResult.objects.filter(value="POSITIVE")
    pools = positive.filter(tube__capacity__gt=1, tube__filled__gt=1)
    recalls = Counter(Recall.objects.values_list("tube_id", flat=True))
    wrong = [row.tube_id for row in pools if recalls[row.tube_id] != 1]
    checks = [Check("each positive pool calls its people back once", pools.count(), len(wrong))]
    cases = [
        row.payload["person_uuid"]
        for row in OutboxEvent.objects.filter(kind__contains="person_status_changed")
        if row.payload.get("kind") == "CASE"
    ]
    if cases:
        opened = Counter(str(uuid) for uuid in Investigation.objects.values_list("person__uuid", flat=True))
        wrong_cases = [uuid for uuid in set(cases) if opened[uuid] != 1]
        checks.append(Check("each case is investigated once", len(set(cases)), len(wrong_cases)))
    return checks


def chain_holds(area_id: int) -> list[Check]:
    """The audit chain is whole, and has one entry for each registration."""
    report = audit.verify(area_id)
    told = AuditEntry.objects.filter(area_id=area_id, action="sampling.registered").count()
    registrations = Registration.objects.filter(area_id=area_id).count()
    return [
        Check("the audit chain verifies", report.entries, len(report.faults), _some(report.faults)),
        Check("one audit entry a registration", registrations, abs(told - registrations)),
    ]


def database_is_sound() -> list[Check]:
    """SQLite's own check of the file; PostgreSQL checks its pages when it recovers."""
    if connection.vendor != "sqlite":
        return []
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        said = [row[0] for row in cursor.fetchall()]
    return [Check("the database file is sound", 1, int(said != ["ok"]), _some(said) if said != ["ok"] else "")]
