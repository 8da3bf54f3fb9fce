"""Events between rooms, background jobs and periodic jobs: one leased queue in the database.

A room writes `publish(event)` in the transaction of its change. Each subscriber gets a delivery row. A worker
claims a row, runs the hearer and marks it DONE in one transaction, so that a hearer's effects happen exactly
once however often a worker is killed. After `MAX_TRIES` failures the row is PARKED where a person sees it.
"""

import logging
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar, cast
from uuid import UUID

import msgspec
from django.db import models, transaction

from tongxin.base import clock
from tongxin.base.ids import new_uuid
from tongxin.base.models import LEASE, OutboxEvent, QueueItem

MAX_TRIES = 5
BACK_OFF = (timedelta(seconds=1), timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2))
log = logging.getLogger("tongxin.outbox")


@dataclass(frozen=True)
class Event:
    """Base of all notices: a frozen dataclass in the past tense with ids and codes only.

    `KIND` is the name on the wire, with a version: `"sampling.result_recorded.v1"`.
    """

    KIND: ClassVar[str]


E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a hearer gets beside the event: use `event_uuid` as the `caused_by` of what it writes."""

    event_uuid: UUID
    area_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Work:
    """What a job gets: `report` moves the progress bar and tells whether the job was asked to stop."""

    item_id: int
    area_id: int
    at: datetime
    payload: dict[str, Any]

    def report(self, percent: int, note: str = "") -> bool:
        """Show progress; return True when somebody asked to cancel.

        Jobs run outside a transaction (see `job`), so that progress is seen while they run.
        """
        rows = QueueItem.objects.filter(pk=self.item_id)
        rows.update(progress=percent, progress_note=note[:200], leased_until=clock.machine_now() + LEASE)
        return bool(rows.values_list("is_cancel_asked", flat=True).first())


@dataclass(frozen=True, slots=True)
class _Hearer:
    name: str
    event_type: type[Event]
    call: Callable[[Any, Delivery], None]


@dataclass(frozen=True, slots=True)
class _Job:
    name: str
    call: Callable[[Work], dict[str, Any] | None]
    every: timedelta | None
    is_long: bool


_hearers: dict[str, list[_Hearer]] = {}
_by_name: dict[str, _Hearer] = {}
_jobs: dict[str, _Job] = {}
_area_sources: list[Callable[[], Iterable[int]]] = []
_wakers: list[Callable[[], None]] = []


def subscribe(event_type: type[E], *, name: str) -> Callable[[Callable[[E, Delivery], None]], Any]:
    """Register a hearer under a stable `name` (`"tracing.open_investigation"`): it is stored in the queue."""

    def register(call: Callable[[E, Delivery], None]) -> Callable[[E, Delivery], None]:
        if name in _by_name:
            raise ValueError(f"two hearers are called {name}")
        hearer = _Hearer(name, event_type, cast(Callable[[Any, Delivery], None], call))
        _by_name[name] = hearer
        _hearers.setdefault(event_type.KIND, []).append(hearer)
        return call

    return register


def job(name: str, *, every: timedelta | None = None, is_long: bool = False) -> Callable[[Callable[[Work], Any]], Any]:
    """Register a background job; with `every`, it is enqueued once a slot for each compound.

    A job runs outside a transaction and must be safe to repeat: it opens its own transactions through an api.
    What takes more than a second or two `is_long`: a worker of its own runs it, so that no event waits behind it.
    """

    def register(call: Callable[[Work], dict[str, Any] | None]) -> Callable[[Work], dict[str, Any] | None]:
        if name in _jobs:
            raise ValueError(f"two jobs are called {name}")
        _jobs[name] = _Job(name, call, every, is_long)
        return call

    return register


def register_area_source(source: Callable[[], Iterable[int]]) -> None:
    """Tell the queue how to list the compounds for which periodic jobs run."""
    _area_sources.append(source)


def on_wake(waker: Callable[[], None]) -> None:
    """Register what to call when work was committed in this process (a worker thread's event)."""
    _wakers.append(waker)


def _wake() -> None:
    for waker in _wakers:
        waker()


def publish(event: Event, *, area_id: int, at: datetime) -> UUID:
    """Write a notice and one delivery a subscriber; must be inside the transaction of the change it tells of."""
    row = OutboxEvent.objects.create(area_id=area_id, kind=event.KIND, payload=msgspec.to_builtins(event), at=at)
    now = clock.machine_now()
    QueueItem.objects.bulk_create(
        QueueItem(area_id=area_id, event=row, handler=hearer.name, key=str(row.uuid), at=at, run_after=now)
        for hearer in _hearers.get(event.KIND, [])
    )
    transaction.on_commit(_wake)
    return row.uuid


def enqueue(
    name: str,
    *,
    area_id: int,
    at: datetime,
    payload: dict[str, Any],
    key: str | None = None,
    delay: timedelta = timedelta(0),
) -> UUID:
    """Put a job into the queue and return its uuid; the same `key` again returns the first one.

    With `delay` it is not run before that much time of the machine's clock has passed.
    """
    if name not in _jobs:
        raise KeyError(f"no job is called {name}")
    key = key or str(new_uuid())
    run_after = clock.machine_now() + delay
    item = QueueItem(area_id=area_id, handler=name, key=key, payload=payload, at=at, run_after=run_after)
    QueueItem.objects.bulk_create([item], ignore_conflicts=True)
    transaction.on_commit(_wake)
    return QueueItem.objects.values_list("uuid", flat=True).get(area_id=area_id, handler=name, key=key)


def enqueue_periodic(*, at: datetime) -> int:
    """Enqueue every periodic job once for the slot that `at` falls in, for each compound."""
    count = 0
    area_ids = sorted({area for source in _area_sources for area in source()})
    for entry in _jobs.values():
        if entry.every is None:
            continue
        slot = int(at.timestamp() // entry.every.total_seconds())
        for area_id in area_ids:
            enqueue(entry.name, area_id=area_id, at=at, payload={}, key=f"slot:{slot}")
            count += 1
    return count


def _claim(area_ids: Iterable[int] | None, ahead: timedelta, is_long: bool = False) -> QueueItem | None:
    """Claim the next due item by a conditional UPDATE; None when nothing is due."""
    now = clock.machine_now()
    due = QueueItem.objects.filter(run_after__lte=now + ahead, state__in=["WAITING", "RUNNING"]).filter(
        models.Q(leased_until=None) | models.Q(leased_until__lt=now)
    )
    long = [entry.name for entry in _jobs.values() if entry.is_long]
    due = due.filter(handler__in=long) if is_long else due.exclude(handler__in=long)
    if area_ids is not None:
        due = due.filter(area_id__in=list(area_ids))
    for candidate in due.order_by("run_after", "id").values_list("id", flat=True)[:10]:
        token = new_uuid()
        claimed = due.filter(pk=candidate).update(
            state="RUNNING", lease_token=token, leased_until=now + LEASE, tries=models.F("tries") + 1
        )
        if claimed:
            return QueueItem.objects.select_related("event").get(pk=candidate)
    return None


def _finish(item: QueueItem, result: dict[str, Any] | None) -> None:
    """Mark an item DONE if it is still ours; else undo by raising, because another worker took it over."""
    done = QueueItem.objects.filter(pk=item.pk, lease_token=item.lease_token, state="RUNNING").update(
        state="DONE", leased_until=None, progress=100, result=result or {}, error="", finished_at=clock.machine_now()
    )
    if not done:
        raise LeaseLost(item.handler)


class LeaseLost(Exception):
    """The lease ran out and another worker took the item: this run's effects are rolled back."""


def _run(item: QueueItem) -> None:
    if item.event is not None:
        hearer = _by_name[item.handler]
        event = msgspec.convert(item.event.payload, hearer.event_type)
        with transaction.atomic():
            hearer.call(event, Delivery(event_uuid=item.event.uuid, area_id=item.area_id, at=item.event.at))
            _finish(item, None)
        return
    result = _jobs[item.handler].call(Work(item.pk, item.area_id, item.at, item.payload))
    _finish(item, result)


def _where(error: Exception) -> str:
    """Return the error's type and place only: messages may carry personal data."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    return type(error).__name__ + " at " + " < ".join(f"{f.name}:{f.lineno}" for f in reversed(frames))


def _fail(item: QueueItem, error: Exception) -> None:
    parked = item.tries >= MAX_TRIES
    wait = BACK_OFF[min(item.tries, len(BACK_OFF)) - 1]
    QueueItem.objects.filter(pk=item.pk, lease_token=item.lease_token).update(
        state="PARKED" if parked else "WAITING",
        leased_until=None,
        run_after=clock.machine_now() + wait,
        error=_where(error),
    )
    log.warning("queue item failed", extra={"handler": item.handler, "tries": item.tries, "parked": parked})


def run_one(area_ids: Iterable[int] | None = None, *, ahead: timedelta = timedelta(0), is_long: bool = False) -> bool:
    """Claim and run one item that is due, or will be within `ahead`; return whether there was one.

    With `is_long` only long jobs are looked at, else everything but them.
    """
    item = _claim(area_ids, ahead, is_long)
    if item is None:
        return False
    try:
        _run(item)
    except LeaseLost:
        log.warning("lease lost", extra={"handler": item.handler})
    except Exception as error:
        # Whatever a hearer raises must not stop the queue: it is tried again, then parked.
        _fail(item, error)
    return True


def are_more_waiting(handler: str, *, area_id: int, **payload: Iterable[str]) -> bool:
    """Tell whether the same hearer has deliveries before it that nobody has begun, of events with these values.

    Who sums up facts may leave it to the last of a burst: what waits now begins later and sees what is there now.
    """
    rows = QueueItem.objects.filter(area_id=area_id, handler=handler, state="WAITING", tries=0)
    wanted = {f"event__payload__{key}__in": list(values) for key, values in payload.items()}
    return rows.filter(**wanted).exists()


def deliver_all(*, area_ids: Iterable[int] | None = None, limit: int = 100_000, ahead: timedelta = timedelta(0)) -> int:
    """Run everything that is due now, including what that causes; for the command line and tests.

    A replay does not wait for the machine's clock: with `ahead` it also runs what is put off by less than that.
    Long jobs make what is there better and are left to a worker (`run_one` with `is_long`).
    """
    areas = None if area_ids is None else list(area_ids)
    count = 0
    while count < limit and run_one(areas, ahead=ahead):
        count += 1
    return count


def retry_parked(uuid: UUID, *, area_id: int) -> bool:
    """Give a parked item five new tries."""
    rows = QueueItem.objects.filter(area_id=area_id, uuid=uuid, state="PARKED")
    return bool(rows.update(state="WAITING", tries=0, run_after=clock.machine_now(), leased_until=None))


def ask_cancel(uuid: UUID, *, area_id: int) -> bool:
    """Ask a running job to stop, and take a waiting one out of the queue."""
    rows = QueueItem.objects.filter(area_id=area_id, uuid=uuid)
    if rows.filter(state="WAITING").update(state="CANCELLED", finished_at=clock.machine_now()):
        return True
    return bool(rows.filter(state="RUNNING").update(is_cancel_asked=True))
