"""Health for a watchdog: numbers, no personal data, 503 when the database is down."""

import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest

from tongxin.base import clock
from tongxin.base.models import QueueItem

ASK = """
import django; django.setup()
from django.test import Client
response = Client().get("/health")
print(response.status_code, response.content.decode())
"""


def test_health_needs_no_login_and_names_nobody(client, area):
    response = client.get("/health")
    body = response.json()
    assert response.status_code == 200
    assert body["status"] == "ok"
    assert set(body) == {
        "status",
        "database",
        "queue_age_seconds",
        "is_queue_slow",
        "parked",
        "disk_free_bytes",
        "disk_free_percent",
    }
    assert response.headers["Cache-Control"] == "no-store"
    assert not [value for value in body.values() if isinstance(value, str) and value != "ok"]


def test_a_late_queue_is_told(client, db):
    moment = clock.machine_now() - timedelta(minutes=5)
    QueueItem.objects.create(area_id=1, handler="test", key="x", at=moment, run_after=moment)
    body = client.get("/health").json()
    assert body["queue_age_seconds"] >= 300
    assert body["is_queue_slow"] is True


@pytest.mark.slow
def test_health_is_503_when_the_database_is_down(tmp_path):
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tongxin.web.settings",
        "TONGXIN_HOME": str(tmp_path),
        "TONGXIN_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "TONGXIN_ALLOWED_HOSTS": "testserver",
    }
    answer = subprocess.run([sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, timeout=120)
    status, _space, body = answer.stdout.strip().splitlines()[-1].partition(" ")
    assert status == "503", answer.stderr[-500:]
    assert json.loads(body)["status"] == "down"
