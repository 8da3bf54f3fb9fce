"""The WSGI application that granian serves; with TONGXIN_QUEUE=thread it also delivers events and jobs."""

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongxin.web.settings")
application = get_wsgi_application()
if settings.TONGXIN_QUEUE == "thread":
    # The worker's modules hold models, which need the applications that the line above has loaded.
    import_module("tongxin.base.worker").start_thread()
