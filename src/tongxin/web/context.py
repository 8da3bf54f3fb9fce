"""What every page's base template needs."""

from typing import Any

from django.http import HttpRequest

from tongxin.base import clock


def page(request: HttpRequest) -> dict[str, Any]:
    """Return who is here, when it is, and whether the clock is a drill's."""
    return {
        "actor": getattr(request, "actor", None),
        "page_at": getattr(request, "at", None),
        "is_drill_clock": bool(clock.shift()),
    }
