"""The WSGI application that granian serves; it migrates, and with TONGXIN_QUEUE=thread it delivers."""

import os
from importlib import import_module

from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application

from tongxin.web.language import language
from tongxin.web.troubles import leave


def _begin() -> WSGIHandler:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongxin.web.settings")
    ready = get_wsgi_application()
    # These modules hold models, which need the applications that the line above has loaded.
    import_module("tongxin.base.schema").migrate()
    if import_module("django.conf").settings.TONGXIN_QUEUE == "thread":
        import_module("tongxin.base.worker").start_threads()
    return ready


try:
    application = _begin()
except Exception as error:
    leave(error, language=language())
