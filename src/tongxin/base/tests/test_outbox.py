"""The queue: delivered once, tried again, parked, never lost; periodic jobs once a slot."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import pytest

from tongxin.base import clock, outbox
from tongxin.base.models import OutboxEvent, QueueItem
from tongxin.base.worker import Worker

HEARD: list[tuple[str, int]] = []
BROKEN: list[bool] = []


@dataclass(frozen=True)
class ThingHappened(outbox.Event):
    KIND: ClassVar[str] = "test.thing_happened.v1"
    number: int


@outbox.subscribe(ThingHappened, name="test.first")
def first(event, delivery):
    HEARD.append(("first", event.number))


@outbox.subscribe(ThingHappened, name="test.second")
def second(event, delivery):
    if BROKEN:
        OutboxEvent.objects.create(area_id=9, kind="half-written", payload={}, at=delivery.at)
        raise RuntimeError("姓名不得入日志")
    HEARD.append(("second", event.number))


@outbox.job("test.job")
def job(work):
    HEARD.append(("job", work.payload["n"]))
    return {"stopped": work.report(50, "half")}


@outbox.job("test.long", is_long=True)
def long_job(work):
    HEARD.append(("long", work.payload["n"]))


@outbox.job("test.periodic", every=timedelta(minutes=5))
def periodic(work):
    HEARD.append(("periodic", work.area_id))


@pytest.fixture(autouse=True)
def quiet(db):
    HEARD.clear()
    BROKEN.clear()
    QueueItem.objects.all().delete()


def age():
    QueueItem.objects.update(run_after=clock.machine_now() - timedelta(seconds=1))


def test_each_hearer_hears_once(at):
    outbox.publish(ThingHappened(number=3), area_id=1, at=at)
    outbox.deliver_all()
    outbox.deliver_all()
    assert sorted(HEARD) == [("first", 3), ("second", 3)]
    assert set(QueueItem.objects.values_list("state", flat=True)) == {"DONE"}


def test_one_broken_hearer_does_not_stop_the_other_and_is_parked_after_five(at):
    BROKEN.append(True)
    outbox.publish(ThingHappened(number=1), area_id=1, at=at)
    for _ in range(outbox.MAX_TRIES + 2):
        age()
        outbox.deliver_all()
    item = QueueItem.objects.get(handler="test.second")
    assert (item.state, item.tries) == ("PARKED", outbox.MAX_TRIES)
    assert HEARD == [("first", 1)]
    assert not OutboxEvent.objects.filter(kind="half-written").exists()


def test_an_error_report_names_the_place_and_no_message(at):
    BROKEN.append(True)
    outbox.publish(ThingHappened(number=1), area_id=1, at=at)
    outbox.deliver_all()
    error = QueueItem.objects.get(handler="test.second").error
    assert error.startswith("RuntimeError at second:")
    assert "姓名" not in error


def test_a_parked_item_can_be_tried_again(at):
    BROKEN.append(True)
    outbox.publish(ThingHappened(number=1), area_id=1, at=at)
    QueueItem.objects.filter(handler="test.second").update(tries=4)
    outbox.deliver_all()
    BROKEN.clear()
    item = QueueItem.objects.get(handler="test.second")
    assert item.state == "PARKED"
    assert outbox.retry_parked(item.uuid, area_id=1)
    assert not outbox.retry_parked(item.uuid, area_id=2)
    outbox.deliver_all()
    assert ("second", 1) in HEARD


def test_a_crashed_workers_item_is_free_after_its_lease(at):
    outbox.publish(ThingHappened(number=5), area_id=1, at=at)
    QueueItem.objects.update(state="RUNNING", leased_until=clock.machine_now() + timedelta(seconds=30), tries=1)
    assert outbox.deliver_all() == 0
    QueueItem.objects.update(leased_until=clock.machine_now() - timedelta(seconds=1))
    assert outbox.deliver_all() == 2
    assert len(HEARD) == 2


def test_who_lost_the_lease_changes_nothing(at):
    outbox.publish(ThingHappened(number=5), area_id=1, at=at)
    item = outbox._claim(None, timedelta(0))
    QueueItem.objects.filter(pk=item.pk).update(lease_token=None)
    with pytest.raises(outbox.LeaseLost):
        outbox._run(item)


def test_a_job_is_enqueued_once_a_key_and_reports_progress(at):
    ids = {outbox.enqueue("test.job", area_id=1, at=at, payload={"n": 1}, key="k") for _ in range(3)}
    assert len(ids) == 1
    outbox.deliver_all()
    item = QueueItem.objects.get(handler="test.job")
    assert (item.state, item.progress, item.result) == ("DONE", 100, {"stopped": False})
    assert HEARD == [("job", 1)]


def test_a_waiting_job_can_be_cancelled(at):
    uuid = outbox.enqueue("test.job", area_id=1, at=at, payload={"n": 1})
    assert outbox.ask_cancel(uuid, area_id=1)
    assert outbox.deliver_all() == 0


def test_periodic_jobs_run_once_a_slot(at, monkeypatch):
    monkeypatch.setattr(outbox, "_area_sources", [lambda: [1, 2]])
    monkeypatch.setattr(outbox, "_jobs", {"test.periodic": outbox._jobs["test.periodic"]})
    for second_ in (0, 10, 299):
        outbox.enqueue_periodic(at=at.replace(minute=0) + timedelta(seconds=second_))
    outbox.enqueue_periodic(at=at.replace(minute=5))
    outbox.deliver_all()
    assert sorted(HEARD) == [("periodic", 1)] * 2 + [("periodic", 2)] * 2


def test_unknown_jobs_are_refused_at_once(at):
    with pytest.raises(KeyError, match=r"no\.such"):
        outbox.enqueue("no.such", area_id=1, at=at, payload={})


def test_a_long_job_is_left_to_a_worker_of_its_own(at):
    outbox.enqueue("test.long", area_id=1, at=at, payload={"n": 1})
    outbox.enqueue("test.job", area_id=1, at=at, payload={"n": 2})
    assert outbox.deliver_all() == 1
    assert HEARD == [("job", 2)]
    assert outbox.run_one(is_long=True)
    assert not outbox.run_one(is_long=True)
    assert HEARD == [("job", 2), ("long", 1)]


@pytest.mark.parametrize("is_long", [False, True])
def test_each_worker_runs_its_kind_only(at, is_long):
    outbox.enqueue("test.long", area_id=1, at=at, payload={"n": 1})
    outbox.enqueue("test.job", area_id=1, at=at, payload={"n": 2})
    worker = Worker(is_long=is_long)
    worker.turn()
    assert [entry for entry in HEARD if entry[0] != "periodic"] == [("long", 1) if is_long else ("job", 2)]
