"""The gate of every page: URL name -> permission -> actor. What may not be seen is 404, never 403."""

from collections.abc import Callable

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse

from tongxin.base import policy, sessions

Handler = Callable[[HttpRequest], HttpResponse]
#: Pages of libraries that have their own checks: login, second factor, language.
_LIBRARY_PREFIXES = ("account_", "mfa_", "set_language", "socialaccount_")


class PolicyMiddleware:
    """Puts `actor` and `area_id` on the request, and answers 404 for pages that the policy does not grant."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sessions.attach_actor(request)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        match = request.resolver_match
        if match is None or (match.url_name or "").startswith(_LIBRARY_PREFIXES):
            return None
        permission = policy.url_permissions().get(match.view_name)
        if permission == policy.PUBLIC:
            return None
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
