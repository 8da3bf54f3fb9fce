"""Who asks, from which device, and the gate of every page: URL name -> permission -> actor. What may not be seen is 404, never 403."""

import secrets
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from tongxin.base import lockout, policy, sessions
from tongxin.base.models import Account

Handler = Callable[[HttpRequest], HttpResponse]
#: The library's pages that we use; they check for themselves. Signing up, e-mail and resets are not offered: 404.
LIBRARY_PAGES = frozenset(
    ["account_login", "account_logout", "account_change_password", "account_reauthenticate", "set_language"]
)
_SECOND_FACTOR = "mfa_"
#: Browsers keep a cookie for 400 days at most.
_DEVICE_SECONDS = 400 * 24 * 3600
#: What somebody with a one-time password may still open before choosing an own one.
_BEFORE_OWN_PASSWORD = frozenset(["account_change_password", "account_logout", "set_language", "web:display"])


class DeviceMiddleware:
    """Gives each browser that opens the login page a random, signed name, by which wrong passwords are counted."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        match = request.resolver_match
        if match is None or match.view_name != "account_login" or request.method != "GET":
            return response
        # Given again at each visit, so that a device in use never gets too old.
        response.set_signed_cookie(
            lockout.COOKIE,
            lockout.device_token(request) or secrets.token_urlsafe(24),
            salt=lockout.COOKIE_SALT,
            max_age=_DEVICE_SECONDS,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        return response


class PolicyMiddleware:
    """Puts `actor` and `area_id` on the request, and answers 404 for pages that the policy does not grant."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sessions.attach_actor(request)
        response = self.get_response(request)
        if request.user.is_authenticated:
            # Pages name people: no proxy on the way may keep one for the next reader.
            response.setdefault("Cache-Control", "private")
        return response

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        match = request.resolver_match
        if match is None:
            return None
        permission = policy.url_permissions().get(match.view_name)
        if _is_of_library(match.view_name):
            if match.view_name not in LIBRARY_PAGES and not match.view_name.startswith(_SECOND_FACTOR):
                raise Http404
        elif permission != policy.PUBLIC:
            refused = _refused(request, permission)
            if refused is not None:
                return refused
        return _own_password_first(request, match.view_name, is_public=permission == policy.PUBLIC)


def _is_of_library(name: str) -> bool:
    return ":" not in name


def _refused(request: HttpRequest, permission: str | None) -> HttpResponse | None:
    if not request.user.is_authenticated:
        if request.headers.get("HX-Request"):
            # A login page swapped into half a page helps nobody: the page keeps the entry and asks to sign in.
            return HttpResponse(status=401)
        return redirect_to_login(request.get_full_path())
    if permission == policy.SIGNED_IN:
        return None
    area_id = sessions.area_of(request)
    if permission is None or not policy.may(sessions.actor_of(request), permission, area_id=area_id):
        raise Http404
    return None


def _own_password_first(request: HttpRequest, name: str, *, is_public: bool) -> HttpResponse | None:
    """Send whoever has a one-time password to choose an own one; a part of a page answers 401 like a lost login."""
    user = request.user
    if not isinstance(user, Account) or not user.must_change_password:
        return None
    if is_public or name in _BEFORE_OWN_PASSWORD:
        return None
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401)
    messages.info(request, _("Your password was made for you. Please choose one that only you know."))
    return redirect("account_change_password")
