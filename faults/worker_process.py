"""The real worker, with the fault run's hearers beside the rooms'.

Loading the applications takes longer than a worker lives here. So this process loads them once, holds no connection and
no thread, and forks for each line on its standard input a child that is the worker: that child is killed.
"""

import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongxin.web.settings")
django.setup()

from faults import broken, hearers  # noqa: E402, F401 - registers the probes; needs Django set up
from tongxin.base import outbox  # noqa: E402
from tongxin.base.worker import Worker  # noqa: E402


def main() -> None:
    # A run of minutes cannot wait a minute for every lease of a killed worker.
    outbox.LEASE = timedelta(seconds=float(os.environ["FAULTS_LEASE"]))
    broken.apply(os.environ.get("FAULTS_BROKEN", ""))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os.setsid()
            Path(os.environ["FAULTS_READY"]).touch()
            Worker().run()
            os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    main()
