"""Whether this installation can work: the database answers, the queue moves, the disk has room, a backup is young."""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Min

from tongxin.base import clock
from tongxin.base.models import QueueItem


@dataclass(frozen=True, slots=True)
class Health:
    """Numbers only, no personal data. `queue_age_seconds` is how long the oldest due item has waited; 0 when none."""

    is_database_up: bool
    queue_age_seconds: float
    parked: int
    disk_free_bytes: int
    disk_free_percent: float


@dataclass(frozen=True, slots=True)
class BackupFile:
    """An archive in the backup folder."""

    name: str
    size: int
    made_at: datetime


def check() -> Health:
    """Return the state of this process's surroundings; a database that does not answer is a finding, no error."""
    disk = shutil.disk_usage(settings.TONGXIN_HOME)
    percent = round(disk.free / disk.total * 100, 1) if disk.total else 0.0
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        age, parked = _queue()
    except DatabaseError:
        return Health(False, 0.0, 0, disk.free, percent)
    return Health(True, age, parked, disk.free, percent)


def _queue() -> tuple[float, int]:
    now = clock.machine_now()
    oldest = QueueItem.objects.filter(state="WAITING", run_after__lte=now).aggregate(oldest=Min("run_after"))["oldest"]
    parked = QueueItem.objects.filter(state="PARKED").count()
    return (round((now - oldest).total_seconds(), 1) if oldest else 0.0), parked


def backups() -> list[BackupFile]:
    """Return the archives in TONGXIN_HOME/backups, newest first."""
    folder = Path(settings.TONGXIN_HOME) / "backups"
    found = []
    for path in folder.glob("*.tar.gz") if folder.is_dir() else ():
        stat = path.stat()
        found.append(BackupFile(path.name, stat.st_size, datetime.fromtimestamp(stat.st_mtime, UTC)))
    return sorted(found, key=lambda row: row.made_at, reverse=True)
