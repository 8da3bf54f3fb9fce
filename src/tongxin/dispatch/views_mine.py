"""The phone pages: my tasks today, and one job."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongxin.base.idempotency import OtherBody
from tongxin.base.sessions import actor_of, area_of, at_of
from tongxin.dispatch import access, api, forms, page_tables, wording
from tongxin.dispatch.requests import run_once, who
from tongxin.dispatch.rules import Found

#: Steps that can be taken back for ten seconds.
_CAN_BE_UNDONE = ("accept", "start", "finish", "cannot", "give-back")


@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """Show what I have to do today, in order."""
    responder = access.my_responder(actor_of(request), area_id=area_of(request))
    cards: list[api.MyTask] = []
    if responder is not None:
        cards = api.my_tasks(responder_id=responder.pk, **who(request))
    done = request.session.pop("dispatch_undo", None)
    context = {
        "title": _("My tasks today"),
        "is_responder": responder is not None,
        "cards": [page_tables.my_card(card, at_of(request)) for card in cards],
        "undo": _undo(done),
        "flash": done,
    }
    return render(request, "dispatch/mine.html", context)


def _undo(done: dict[str, str] | None) -> dict[str, Any] | None:
    """Return how the last step is taken back; it stands on the page, because a box above it would cover its buttons."""
    if not done or done["step"] not in _CAN_BE_UNDONE:
        return None
    return {"text": _("Was that a slip?"), "url": reverse("dispatch:step", args=[done["uuid"], "undo"]), "seconds": 10}


@require_GET
def job(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show one job with its buttons."""
    row = access.my_assignment(actor_of(request), uuid, area_id=area_of(request))
    return _job_page(request, row)


def _job_page(request: HttpRequest, row: api.Assignment, *, error: str = "", status: int = 200) -> HttpResponse:
    if not row.is_open:
        messages.info(request, str(wording.ERRORS["over"]))
        return redirect("dispatch:mine")
    cards = api.my_tasks(responder_id=row.responder_id, days=8, only=row.uuid, reveal=True, **who(request))
    if not cards:
        raise Http404
    done = request.session.pop("dispatch_undo", None)
    kind = row.task.kind
    context = {
        "title": wording.label(wording.KINDS, kind),
        "back_url": reverse("dispatch:mine"),
        "card": page_tables.my_card(cards[0], at_of(request)),
        "outcomes": page_tables.outcome_buttons(kind),
        "found_fields": [
            field | {"value": request.POST.get(field["name"], "")} for field in page_tables.found_fields(kind)
        ],
        "note": request.POST.get("note", ""),
        "is_noted": request.method == "POST",
        "reasons": page_tables.reason_buttons(),
        "give_back": page_tables.give_back_buttons(),
        "undo": _undo(done),
        "flash": done,
        "error": error,
    }
    return render(request, "dispatch/job.html", context, status=status)


@require_POST
def step(request: HttpRequest, uuid: UUID, step: str) -> HttpResponse:
    """Take one step with a job, once for its operation id."""
    row = access.my_assignment(actor_of(request), uuid, area_id=area_of(request))
    verb = _STEPS.get(step)
    if verb is None:
        raise Http404
    try:
        body, effect = verb(request, row)
        run_once(request, f"dispatch.{step}", body, effect)
    except api.WrongFound as wrong:
        text = wording.ERRORS["wrong_found"] % {"label": wording.label(wording.FOUND, wrong.key)}
        return _shown_by_script(request, _job_page(request, row, error=text, status=422))
    except api.NotAnOutcome:
        text = str(wording.ERRORS["not_an_outcome"])
        return _shown_by_script(request, _job_page(request, row, error=text, status=422))
    except (api.TaskOver, api.WrongStep, api.NothingToUndo, OtherBody) as refused:
        messages.error(request, str(wording.ERRORS[_ERROR_OF[type(refused)]]))
        return _go(request, "dispatch:mine")
    request.session["dispatch_undo"] = {"uuid": str(uuid), "step": step, "text": str(wording.STEPS[step])}
    if step in ("accept", "start") or step == "undo":
        return _go(request, "dispatch:job", uuid=uuid)
    return _go(request, "dispatch:mine")


def _go(request: HttpRequest, name: str, **arguments: Any) -> HttpResponse:
    """Return the way to a page; a script that sent the step goes there once it has noted that the step has arrived."""
    if request.headers.get("HX-Request") != "true":
        found: HttpResponse = redirect(name, **arguments)
        return found
    told = json.dumps({"dispatch:go": {"to": reverse(name, kwargs=arguments)}})
    return HttpResponse(status=204, headers={"HX-Trigger": told})


def _shown_by_script(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return a refusal so that a script puts it on the page: it swaps nothing by itself, and nothing of an error."""
    if request.headers.get("HX-Request") == "true":
        response.status_code = 200
        response["HX-Retarget"] = response["HX-Reselect"] = "#main"
        response["HX-Reswap"] = "outerHTML show:window:top"
    return response


_ERROR_OF: dict[type[Exception], str] = {
    api.TaskOver: "over",
    api.WrongStep: "wrong_step",
    api.NothingToUndo: "too_late",
    OtherBody: "other_body",
}
_Effect = Callable[[], dict[str, Any]]
_Prepared = tuple[dict[str, Any], _Effect]


def _receipt(row: api.Assignment) -> dict[str, Any]:
    return {"assignment": str(row.uuid), "state": row.state}


def _simple(verb: Callable[..., api.Assignment]) -> Callable[[HttpRequest, api.Assignment], _Prepared]:
    def prepare(request: HttpRequest, row: api.Assignment) -> _Prepared:
        return {"assignment": str(row.uuid)}, lambda: _receipt(verb(assignment_uuid=row.uuid, **who(request)))

    return prepare


def _finish(request: HttpRequest, row: api.Assignment) -> _Prepared:
    found = _found(request, row.task.kind)
    form = forms.NoteForm(request.POST)
    note = form.cleaned_data["note"] if form.is_valid() else ""
    outcome = request.POST.get("outcome", "")
    # The note is personal: it is not part of what the receipt's body hash covers in words, only by its length.
    body = {"assignment": str(row.uuid), "outcome": outcome, "found": found, "note": len(note)}
    return body, lambda: _receipt(
        api.finish(assignment_uuid=row.uuid, outcome_code=outcome, found=found, note=note, hold=True, **who(request))
    )


def _found(request: HttpRequest, kind: str) -> dict[str, Any]:
    """Return what was noted. Raises WrongFound for a count that is no whole number."""
    found: dict[str, Any] = {}
    for key, asked in api.kind_rule(kind).found.items():
        text = request.POST.get(f"found_{key}", "").strip()
        if asked is Found.CHECK:
            found[key] = text == "on"
        elif text:
            if not (text.isascii() and text.isdigit() and len(text) < 8):
                raise api.WrongFound(key)
            found[key] = int(text)
    return found


def _cannot(request: HttpRequest, row: api.Assignment) -> _Prepared:
    reason = request.POST.get("reason", "")
    return {"assignment": str(row.uuid), "reason": reason}, lambda: _receipt(
        api.cannot(assignment_uuid=row.uuid, reason_code=reason, hold=True, **who(request))
    )


def _give_back(request: HttpRequest, row: api.Assignment) -> _Prepared:
    reason = request.POST.get("reason", "")
    return {"assignment": str(row.uuid), "reason": reason}, lambda: _receipt(
        api.give_back(assignment_uuid=row.uuid, reason_code=reason, **who(request))
    )


_STEPS: dict[str, Callable[[HttpRequest, api.Assignment], _Prepared]] = {
    "accept": _simple(api.accept),
    "start": _simple(api.start),
    "finish": _finish,
    "cannot": _cannot,
    "give-back": _give_back,
    "undo": _simple(api.undo),
}
