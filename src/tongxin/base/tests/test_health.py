"""Health: numbers of the queue and the disk, and backups."""

import os
from datetime import timedelta
from pathlib import Path

from tongxin.base import clock, health
from tongxin.base.models import QueueItem


def item(key, state, *, minutes_ago):
    moment = clock.machine_now() - timedelta(minutes=minutes_ago)
    return QueueItem.objects.create(area_id=1, handler="test", key=key, state=state, at=moment, run_after=moment)


def test_a_quiet_queue_has_no_age(db):
    item("done", "DONE", minutes_ago=60)
    item("later", "WAITING", minutes_ago=-60)
    found = health.check()
    assert found.is_database_up
    assert (found.queue_age_seconds, found.parked) == (0.0, 0)
    assert 0 < found.disk_free_percent <= 100
    assert found.disk_free_bytes > 0


def test_the_oldest_due_item_and_what_is_parked_are_counted(db):
    item("old", "WAITING", minutes_ago=10)
    item("new", "WAITING", minutes_ago=1)
    item("stuck", "PARKED", minutes_ago=90)
    found = health.check()
    assert 600 <= found.queue_age_seconds < 660
    assert found.parked == 1


def test_backups_are_listed_newest_first(settings, tmp_path):
    settings.TONGXIN_HOME = tmp_path
    assert health.backups() == []
    folder = Path(tmp_path) / "backups"
    folder.mkdir()
    for index, name in enumerate(["a.tar.gz", "b.tar.gz", "notes.txt"]):
        path = folder / name
        path.write_bytes(b"x" * (index + 1))

        os.utime(path, (1_667_000_000 + index, 1_667_000_000 + index))
    assert [(row.name, row.size) for row in health.backups()] == [("b.tar.gz", 2), ("a.tar.gz", 1)]
