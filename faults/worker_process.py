"""The real worker in a process of its own, with the fault run's hearers beside the rooms'."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongxin.web.settings")
django.setup()

from faults import hearers  # noqa: E402, F401 - registers the probes; needs Django set up
from tongxin.base.worker import Worker  # noqa: E402

if __name__ == "__main__":
    Worker().run()
