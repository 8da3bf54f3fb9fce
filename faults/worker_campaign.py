"""Kill the worker over and over while events are published: `python -m faults.worker_campaign`, by `faults` itself."""

import threading
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from faults import checks, killing
from faults.hearers import HEARERS, FaultProbe
from tongxin.base import clock, outbox
from tongxin.base.models import QueueItem

AREA = 1
_PAUSE = 0.03
#: Publishing waits while so many deliveries are open: what piles up while a worker starts proves nothing more.
_MOST_OPEN = 30


class Feeder(threading.Thread):
    """Publishes probes, a few in a transaction, as long as the killing goes on."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.stopped = threading.Event()
        self.published = 0

    def run(self) -> None:
        while not self.stopped.is_set():
            if QueueItem.objects.filter(state__in=["WAITING", "RUNNING"]).count() >= _MOST_OPEN:
                time.sleep(_PAUSE)
                continue
            with transaction.atomic():
                for _ in range(2):
                    outbox.publish(FaultProbe(self.published), area_id=AREA, at=clock.now())
                    self.published += 1
            time.sleep(_PAUSE)
        connection.close()


def run(*, kills: int, seed: int, broken: str, lease: float) -> dict[str, Any]:
    """Kill `kills` workers, let a last one finish, and return the counts and checks."""
    home = Path(settings.TONGXIN_HOME)
    ready = home / "worker-ready"

    nursery = killing.Nursery(
        "faults.worker_process",
        log=home / "worker.log",
        FAULTS_LEASE=str(lease),
        FAULTS_BROKEN=broken,
        FAULTS_READY=str(ready),
    )

    def launch() -> killing.Victim:
        ready.unlink(missing_ok=True)
        return nursery.fork()

    feeder = Feeder()
    feeder.start()
    try:
        killing.campaign(launch, kills=kills, seed=seed, is_ready=ready.exists)
        feeder.stopped.set()
        feeder.join()
        last = launch()
        try:
            killing.wait_until(_is_empty, seconds=120 + 10 * lease)
        finally:
            killing.kill(last)
    finally:
        nursery.close()
    found = [*checks.delivered(), checks.effects_once(FaultProbe.KIND, HEARERS), *checks.database_is_sound()]
    taken_over = QueueItem.objects.filter(tries__gt=1).count()
    return {
        "counts": {"kills": kills, "events": feeder.published, "deliveries taken over": taken_over},
        "checks": [check.as_json() for check in found],
    }


def _is_empty() -> bool:
    return not QueueItem.objects.filter(state__in=["WAITING", "RUNNING"]).exists()
