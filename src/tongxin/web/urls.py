"""Where everything is mounted: each room brings its own urls."""

from importlib.util import find_spec

from django.conf import settings
from django.urls import include, path

from tongxin.web import views

_MOUNTED = [room for room in settings.ROOMS if room != "web" and find_spec(f"tongxin.{room}.urls")]

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("i18n/setlang/", views.set_language, name="set_language"),
    *[path(f"{room}/", include(f"tongxin.{room}.urls")) for room in _MOUNTED],
    path("", include("tongxin.web.pages")),
]
