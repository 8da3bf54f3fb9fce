"""A form whose safety token does not fit: explained in the reader's language, and what was typed is not lost."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

#: More than this was not typed by hand.
_MOST_FIELDS, _MOST_CHARACTERS = 200, 100_000


def failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 with the form's content, ready to be sent once more with a fresh token.

    Only for a form that the browser says came from one of our own pages: what another site made up must not be one
    tap away. Passwords and files are never offered again.
    """
    own = {f"{request.scheme}://{request.get_host()}", *settings.CSRF_TRUSTED_ORIGINS}
    is_own = request.headers.get("Origin") in own
    again = _typed(request) if is_own and not request.FILES else None
    page = {
        "fields": again,
        "may_repeat": again is not None,
        "target": request.get_full_path(),
        "has_files": bool(request.FILES),
    }
    response = render(request, "web/csrf_failed.html", page, status=403)
    response["Cache-Control"] = "no-store"
    return response


def _typed(request: HttpRequest) -> list[tuple[str, str]] | None:
    """Return what was sent, but the old token; None where a password is in it, or too much to be typed."""
    pairs = [
        (name, value) for name, values in request.POST.lists() for value in values if name != "csrfmiddlewaretoken"
    ]
    if any("password" in name.casefold() or name == "code" for name, _value in pairs):
        return None
    if len(pairs) > _MOST_FIELDS or sum(len(value) for _name, value in pairs) > _MOST_CHARACTERS:
        return None
    return pairs
