"""What every page's base template needs: who is here, where, when, and the way to other pages.

Everything is worked out only when a template asks for it, so that a part of a page costs no query.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongxin.base import clock
from tongxin.base.actors import Actor
from tongxin.base.models import Account
from tongxin.community import api as community
from tongxin.hq import api as hq
from tongxin.web import nav, wording


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the context of the page frames. At most two queries, none for whoever is not signed in."""
    actor: Actor | None = getattr(request, "actor", None)
    area_id: int = getattr(request, "area_id", 0)
    context: dict[str, Any] = {
        "actor": actor,
        "page_at": getattr(request, "at", None),
        "is_drill_clock": bool(clock.shift()),
        "home_url": "/",
        "software_version": settings.TONGXIN_VERSION,
    }
    if actor is None or not isinstance(request.user, Account):
        return context
    return context | {
        "who": {"name": actor.label, "role": role_words(actor, area_id)},
        "place_name": _place_name(area_id),
        "nav_items": _nav(actor, area_id, request.path),
        "account_items": account_items(actor, area_id),
    }


def role_words(actor: Actor, area_id: int) -> str:
    """Return the roles of an actor in words, in the policy's order."""
    return wording.roles_in_words(actor.roles(area_id))


def _place_name(area_id: int) -> Callable[[], str]:
    @cache
    def read() -> str:
        return place_name(area_id)

    return read


def place_name(area_id: int) -> str:
    """Return the compound's name in the page's language; empty before a compound is there."""
    if not area_id:
        return ""
    try:
        compound = community.get_compound(area_id)
    except community.Compound.DoesNotExist:
        return ""
    is_english = (get_language() or "").startswith("en")
    return compound.name_en if is_english and compound.name_en else compound.name


def _nav(actor: Actor, area_id: int, path: str) -> Callable[[], list[dict[str, Any]]]:
    @cache
    def read() -> list[dict[str, Any]]:
        return nav.items(actor, area_id=area_id, path=path, counts=_counts(actor, area_id))

    return read


def _counts(actor: Actor, area_id: int) -> dict[str, int]:
    """Return what waits behind a menu item, where one query can tell."""
    if "SYSTEM_ADMIN" in actor.roles(area_id):
        return {"parked": len(hq.parked_items(area_id))}
    return {}


def account_items(actor: Actor, area_id: int) -> list[dict[str, Any]]:
    """Return what stands in the account menu."""
    items = [
        {"url": reverse("account_change_password"), "label": _("Change the password"), "icon": "lock"},
        {"url": reverse("mfa_index"), "label": _("Second factor"), "icon": "shield-lock"},
    ]
    if len(actor.area_ids) > 1:
        items.insert(0, {"url": reverse("web:compounds"), "label": _("Choose the compound"), "icon": "building"})
    return items
