"""One campaign in a process of its own, with its data folder in the environment; prints its findings as JSON."""

import json
import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongxin.web.settings")
django.setup()

from faults import server_campaign, worker_campaign  # noqa: E402

RUNS = {"server": server_campaign.run, "worker": worker_campaign.run}

if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    started = time.monotonic()
    found = RUNS[asked.pop("target")](**asked)
    found["seconds"] = round(time.monotonic() - started, 1)
    print(json.dumps(found))
