"""Pages of a search for a better plan: its progress, the difference it proposes, and what is decided about it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongxin.base import policy
from tongxin.base.idempotency import OtherBody
from tongxin.base.sessions import actor_of, area_of, at_of
from tongxin.dispatch import access, api, page_plans, wording
from tongxin.dispatch.requests import run_once, who
from tongxin.workforce import api as workforce


def _may_manage(request: HttpRequest) -> bool:
    return policy.may(actor_of(request), "dispatch.task.manage", area_id=area_of(request))


@require_GET
def running(request: HttpRequest) -> HttpResponse:
    """Show how far a plan is; the page asks again every two seconds and is read anew when there is news."""
    area_id, at = area_of(request), at_of(request)
    incident = api.incident_of(area_id, None)
    search = None
    is_running = False
    if incident is not None:
        is_running = api.is_running(area_id=area_id, incident_id=incident.pk, at=at)
        search = api.newest_search(area_id=area_id, incident_id=incident.pk, at=at)
    card = page_plans.search_card(search, at, may_manage=_may_manage(request))
    response = render(request, "dispatch/_running.html", {"is_running": is_running, "search": card})
    if not is_running and (card is None or not card["is_going"]):
        response["HX-Refresh"] = "true"
    return response


@require_POST
def replan(request: HttpRequest) -> HttpResponse:
    """Look for a better plan in the background; its difference is shown before anybody takes it."""
    incident = api.incident_of(area_of(request), None)
    if incident is None:
        messages.error(request, _("There is no open incident."))
        return redirect("dispatch:board")
    mode = "DAY" if request.POST.get("mode") == "DAY" else "REPLAN"

    def effect() -> dict[str, Any]:
        return {"search": str(api.ask_search(incident_id=incident.pk, mode=mode, **who(request)).uuid)}

    try:
        run_once(request, "dispatch.replan", {"mode": mode}, effect)
    except api.SearchRunning:
        messages.info(request, str(wording.ERRORS["search_running"]))
    except OtherBody:
        messages.error(request, str(wording.ERRORS["other_body"]))
    else:
        messages.success(request, _("A plan is being looked for. Nothing changes before you have seen it."))
    return redirect("dispatch:board")


@require_GET
def plan(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show what a plan changes: who instead of whom, when, what gets hands and what loses them."""
    search = access.visible_search(actor_of(request), uuid, area_id=area_of(request))
    area_id = area_of(request)
    scope = policy.require(actor_of(request), "dispatch.board.read", area_id=area_id)
    tasks = api.tasks_by_uuid(
        area_id=area_id, incident_id=search.incident_id, scope=scope, uuids=[c["task"] for c in search.changes]
    )
    ids = {side["responder"] for change in search.changes for side in (change["before"], change["after"]) if side}
    codes = {pk: row.code for pk, row in workforce.responders_by_id(area_id=area_id, ids=ids).items()}
    may_manage = _may_manage(request)
    context = page_plans.plan_page(search, tasks, codes) | {
        "title": _("What a better plan would change") if search.state == "PROPOSED" else _("What a plan changed"),
        "search": search,
        "card": page_plans.search_card(search, at_of(request), may_manage=may_manage),
        "is_partial": not scope.everything,
        "may_take": may_manage and search.state == "PROPOSED",
        "may_undo": may_manage and api.may_undo(search),
    }
    return render(request, "dispatch/plan.html", context)


def _decide(request: HttpRequest, uuid: UUID, verb: Callable[..., Any], done: str) -> HttpResponse:
    access.visible_search(actor_of(request), uuid, area_id=area_of(request))

    def effect() -> dict[str, Any]:
        verb(search_uuid=uuid, **who(request))
        return {}

    try:
        run_once(request, f"dispatch.{verb.__name__}", {"search": str(uuid)}, effect)
    except api.Stale:
        return _look_again(request, uuid)
    except api.TooLateToUndo as error:
        reasons = " ".join(wording.unserved_sentence(rule) for rule in error.rules)
        messages.error(request, f"{wording.ERRORS['too_late_to_undo']} {reasons}".strip())
    except api.NotProposed:
        messages.error(request, str(wording.ERRORS["not_proposed"]))
    except OtherBody:
        messages.error(request, str(wording.ERRORS["other_body"]))
    else:
        messages.success(request, done)
    return redirect("dispatch:board")


def _look_again(request: HttpRequest, uuid: UUID) -> HttpResponse:
    try:
        api.look_again(search_uuid=uuid, **who(request))
    except api.SearchRunning:
        messages.info(request, str(wording.ERRORS["search_running"]))
    else:
        messages.info(request, str(wording.ERRORS["stale"]))
    return redirect("dispatch:board")


@require_POST
def take(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Make a proposed plan the plan in force."""
    return _decide(request, uuid, api.take_plan, _("Taken. Everybody sees it on the phone now."))


@require_POST
def discard(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Lay a proposed plan aside."""
    return _decide(request, uuid, api.discard_plan, _("Laid aside. The plan stays as it is."))


@require_POST
def undo(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Go back to the plan before."""
    return _decide(request, uuid, api.undo_plan, _("Taken back. Everybody has again what they had before."))


@require_POST
def cancel(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Stop a search."""
    search = access.visible_search(
        actor_of(request), uuid, area_id=area_of(request), purpose=request.POST.get("purpose", "PLAN")
    )
    if api.cancel_search(search_uuid=uuid, **who(request)):
        messages.success(request, _("Stopped. The plan stays as it is."))
    return redirect("dispatch:what_if" if search.purpose == "WHAT_IF" else "dispatch:board")
