"""What granian serves in the fault run: the product's own application, with the fault run's hearers beside the rooms'."""

import os
from datetime import timedelta
from importlib import import_module

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongxin.web.settings")
django.setup()

from faults import broken, hearers  # noqa: E402, F401 - registers the probes; needs Django set up
from tongxin.base import outbox  # noqa: E402

# A run of minutes cannot wait a minute for every lease of a killed server.
outbox.LEASE = timedelta(seconds=float(os.environ["FAULTS_LEASE"]))
broken.apply(os.environ.get("FAULTS_BROKEN", ""))
# Last: it starts the thread that delivers.
application = import_module("tongxin.web.wsgi").application
