"""Where everything is mounted: each room brings its own urls."""

from importlib.util import find_spec

from django.conf import settings
from django.urls import include, path

_MOUNTED = [room for room in settings.ROOMS if room != "web" and find_spec(f"tongxin.{room}.urls")]

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    *[path(f"{room}/", include(f"tongxin.{room}.urls")) for room in _MOUNTED],
    path("", include("tongxin.web.pages")),
]
