"""What the pages of this room share: the frame of an incident, an operation done once, who asks."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongxin.base import policy
from tongxin.base.idempotency import Operation, once
from tongxin.base.ids import new_uuid
from tongxin.base.sessions import actor_of, area_of, at_of
from tongxin.incidents import api

PAGE_SIZE = 50


def may(request: HttpRequest, permission: str) -> bool:
    return policy.may(actor_of(request), permission, area_id=area_of(request))


def _op_id(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("op_id", ""))
    except ValueError:
        return new_uuid()


def run_once(
    request: HttpRequest, kind: str, body: dict[str, Any], effect: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """Run an effect once for the form's operation id, and return its receipt. Raises OtherBody."""
    operation = Operation(_op_id(request), kind, body)
    outcome = once(operation, effect, area_id=area_of(request), actor=actor_of(request), at=at_of(request))
    return outcome.receipt


def who(request: HttpRequest) -> dict[str, Any]:
    return {"area_id": area_of(request), "actor": actor_of(request), "at": at_of(request)}


def body_of(form: Any) -> dict[str, Any]:
    return {key: str(value) for key, value in form.cleaned_data.items()}


def _tabs(incident: api.Incident, current: str, request: HttpRequest) -> list[dict[str, Any]]:
    entries = [
        ("detail", _("Overview"), "incidents.incident.read"),
        ("zones", _("Zone levels"), "incidents.zone.read"),
        ("persons", _("People by status"), "incidents.status.list"),
        ("rules", _("Rules in force"), "incidents.rules.read"),
        ("groups", _("Groups and posts"), "incidents.post.read"),
        ("timeline", _("Timeline"), "incidents.incident.read"),
    ]
    return [
        {"url": reverse(f"incidents:{name}", args=[incident.uuid]), "label": label, "is_current": name == current}
        for name, label, permission in entries
        if may(request, permission)
    ]


def incident_page(
    request: HttpRequest, template: str, incident: api.Incident, current: str, status: int = 200, **context: Any
) -> HttpResponse:
    context |= {
        "incident": incident,
        "is_open": incident.state == "OPEN",
        "tabs": _tabs(incident, current, request),
    }
    return render(request, f"incidents/{template}", context, status=status)
