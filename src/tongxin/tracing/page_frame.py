"""What all pages of tracing share: tabs, who acts, forms that are sent twice, the page without an incident."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tongxin.base import policy
from tongxin.base.idempotency import Operation
from tongxin.base.idempotency import once as run_once
from tongxin.base.ids import new_uuid
from tongxin.base.sessions import actor_of, area_of, at_of


def may(request: HttpRequest, permission: str) -> bool:
    """This function will tell whether the visitor has a permission here."""
    return policy.may(actor_of(request), permission, area_id=area_of(request))


def who(request: HttpRequest) -> dict[str, Any]:
    """This function will return what every verb takes: compound, actor, moment."""
    return {"area_id": area_of(request), "actor": actor_of(request), "at": at_of(request)}


def once(request: HttpRequest, kind: str, body: dict[str, Any], effect: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """This function will run an effect once for the form's operation id and return its receipt.

    `body` holds ids and codes only: what people typed is in the effect. Raises OtherBody.
    """
    try:
        op_id = UUID(request.POST.get("op_id", ""))
    except ValueError:
        op_id = new_uuid()
    operation = Operation(op_id, kind, body)
    return run_once(operation, effect, area_id=area_of(request), actor=actor_of(request), at=at_of(request)).receipt


def tabs(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    """This function will return the pages of the room that the visitor may open."""
    entries = [
        ("investigations", _("Investigations"), "tracing.investigation.read"),
        ("managed", _("People under management"), "tracing.management.list"),
        ("tests", _("Tests due"), "tracing.management.list"),
        ("rules", _("Other rules, previewed"), "tracing.rules.preview"),
        ("ledger", _("Contact ledger"), "tracing.ledger.export"),
    ]
    return [
        {"url": reverse(f"tracing:{name}"), "label": label, "is_current": name == current}
        for name, label, permission in entries
        if may(request, permission)
    ]


def no_incident(request: HttpRequest, current: str) -> HttpResponse:
    """This function will say that no incident is open, so that there is nothing to trace."""
    context = {"title": pgettext("tracing", "Tracing"), "tabs": tabs(request, current)}
    return render(request, "tracing/no_incident.html", context)
