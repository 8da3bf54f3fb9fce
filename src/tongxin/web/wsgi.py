"""The WSGI application that granian serves; it migrates, and with TONGXIN_QUEUE=thread it delivers."""

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongxin.web.settings")
application = get_wsgi_application()
# These modules hold models, which need the applications that the line above has loaded.
import_module("tongxin.base.schema").migrate()
if settings.TONGXIN_QUEUE == "thread":
    import_module("tongxin.base.worker").start_threads()
