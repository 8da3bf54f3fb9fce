"""The queue's workers: threads in the server, or a process of their own (`tongxin worker`).

One runs events and short jobs, another one long jobs: no event waits behind a search of twenty seconds.
"""

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

    def __init__(self, *, is_long: bool = False) -> None:
        self._is_long = is_long
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
        if not self._is_long and moment >= self._next_periodic:
            outbox.enqueue_periodic(at=clock.now())
            self._next_periodic = moment + PERIODIC_SECONDS
        count = 0
        while not self._stopped.is_set() and outbox.run_one(is_long=self._is_long):
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


def start_thread(*, is_long: bool = False) -> Callable[[], None]:
    """Start one worker thread in this process and return the function that stops it."""
    worker = Worker(is_long=is_long)
    outbox.on_wake(worker.wake)
    name = "tongxin-queue-long" if is_long else "tongxin-queue"
    threading.Thread(target=worker.run, name=name, daemon=True).start()
    return worker.stop


def start_threads() -> Callable[[], None]:
    """Start a worker thread for events and short jobs and one for long jobs; return what stops both."""
    stops = [start_thread(), start_thread(is_long=True)]

    def stop() -> None:
        for each in stops:
            each()

    return stop
