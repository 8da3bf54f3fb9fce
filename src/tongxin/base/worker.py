"""The queue's worker: a thread in the server, or a process of its own (`tongxin worker`)."""

import logging
import threading
from collections.abc import Callable

from django.db import DatabaseError, close_old_connections, connections

from tongxin.base import clock, outbox

PERIODIC_SECONDS = 20
IDLE_SECONDS = 1.0
log = logging.getLogger("tongxin.worker")


class Worker:
    """Runs due items until stopped. Woken by commits of this process, and by itself every second."""

    def __init__(self) -> None:
        self._awake = threading.Event()
        self._stopped = threading.Event()
        self._next_periodic = 0.0

    def wake(self) -> None:
        self._awake.set()

    def stop(self) -> None:
        self._stopped.set()
        self._awake.set()

    def turn(self) -> int:
        """Enqueue what is periodic and due, then run everything that is due; return how many ran."""
        moment = clock.machine_now().timestamp()
        if moment >= self._next_periodic:
            outbox.enqueue_periodic(at=clock.now())
            self._next_periodic = moment + PERIODIC_SECONDS
        count = 0
        while not self._stopped.is_set() and outbox.run_one():
            count += 1
        return count

    def run(self) -> None:
        """Run until `stop()`. A database that does not answer is waited for, never given up."""
        while not self._stopped.is_set():
            self._awake.clear()
            try:
                close_old_connections()
                self.turn()
            except DatabaseError:
                log.warning("the database does not answer; trying again")
                connections.close_all()
            self._awake.wait(IDLE_SECONDS)
        connections.close_all()


def start_thread() -> Callable[[], None]:
    """Start a worker thread in this process and return the function that stops it."""
    worker = Worker()
    outbox.on_wake(worker.wake)
    threading.Thread(target=worker.run, name="tongxin-queue", daemon=True).start()
    return worker.stop
