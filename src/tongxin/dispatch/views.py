"""Pages of the dispatcher and of grid leaders: board, tasks, one task. Each makes one call for what it shows."""

import io
from typing import Any
from uuid import UUID

import xlsxwriter
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongxin.base import audit, policy
from tongxin.base.actors import Scope
from tongxin.base.idempotency import OtherBody
from tongxin.base.sessions import actor_of, area_of, at_of
from tongxin.community import api as community
from tongxin.dispatch import access, api, forms, page_plans, page_tables, wording
from tongxin.dispatch.requests import run_once, who
from tongxin.workforce import api as workforce

PAGE_SIZE = 50
_MOST_EXPORTED = 20_000


def _may_manage(request: HttpRequest) -> bool:
    return policy.may(actor_of(request), "dispatch.task.manage", area_id=area_of(request))


@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """Show where the load is, what nobody got and why, and what the last plan changed."""
    area_id, at = area_of(request), at_of(request)
    scope = policy.require(actor_of(request), "dispatch.board.read", area_id=area_id)
    incident = api.incident_of(area_id, None)
    if incident is None:
        return render(request, "dispatch/board.html", {"title": _("Dispatch board"), "incident": None})
    shown = api.board(area_id=area_id, incident_id=incident.pk, scope=scope, at=at)
    people = page_tables.people_rows(shown.people)
    context = {
        "title": _("Dispatch board"),
        "lead": _("Where the work is heavy, who carries it, and what still has no hands."),
        "incident": incident,
        "grids": page_tables.grid_rows(shown.grids, shown.unserved),
        "next": _next_cards(area_id, incident.pk, scope),
        "people": people[: page_tables.MOST_PEOPLE],
        "more_people": people[page_tables.MOST_PEOPLE :],
        "unserved": page_tables.unserved_groups(shown.unserved),
        "unserved_count": len(shown.unserved),
        "shortages": page_tables.shortage_table(shown.shortages),
        "run": _last_run(area_id, incident.pk, scope, shown.run),
        "is_running": shown.is_running,
        "search": page_plans.search_card(
            api.newest_search(area_id=area_id, incident_id=incident.pk, at=at), at, may_manage=_may_manage(request)
        ),
        "may_manage": _may_manage(request),
        "calls": page_tables.call_links(api.list_calls(area_id=area_id, incident_id=incident.pk))
        if _may_manage(request)
        else [],
    }
    return render(request, "dispatch/board.html", context)


def _next_cards(area_id: int, incident_id: int, scope: Scope) -> list[dict[str, Any]]:
    rows = api.next_assignments(area_id=area_id, incident_id=incident_id, scope=scope)
    skills = api.skills_of_hands(area_id=area_id, task_ids=[row.task_id for row in rows])
    asked = workforce.list_responders(area_id=area_id).order_by(F("last_asked_at").asc(nulls_first=True), "code")
    return page_tables.next_cards(rows, skills, list(asked) if rows else [])


def _last_run(area_id: int, incident_id: int, scope: Scope, run: api.PlannerRun | None) -> dict[str, Any] | None:
    rows = page_tables.run_rows(run)
    ids = {row[side] for row in rows for side in ("from", "to") if row[side]}
    codes = {pk: row.code for pk, row in workforce.responders_by_id(area_id=area_id, ids=ids).items()}
    uuids = [row["task"] for row in rows]
    tasks = api.tasks_by_uuid(area_id=area_id, incident_id=incident_id, scope=scope, uuids=uuids)
    return page_tables.run_card(run, codes, tasks)


def _filtered(request: HttpRequest) -> tuple[Any, forms.FilterForm]:
    area_id, at = area_of(request), at_of(request)
    scope = policy.require(actor_of(request), "dispatch.task.list", area_id=area_id)
    grids = [grid for grid in community.list_grids(area_id) if scope.everything or grid.pk in scope.grid_ids]
    form = forms.FilterForm(request.GET, grids=[(grid.number, grid.number) for grid in grids])
    chosen = form.cleaned_data if form.is_valid() else {}
    incident = api.incident_of(area_id, None)
    rows = api.list_tasks(
        area_id=area_id,
        incident_id=incident.pk if incident is not None else 0,
        scope=scope,
        kinds=[chosen["kind"]] if chosen.get("kind") else None,
        states=[chosen["state"]] if chosen.get("state") else None,
        grid_id=next((grid.pk for grid in grids if grid.number == chosen.get("grid")), None),
        late_at=at if chosen.get("late") else None,
    )
    return rows, form


@require_GET
def tasks(request: HttpRequest) -> HttpResponse:
    """List tasks in the viewer's scope, filtered by the URL."""
    rows, form = _filtered(request)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    hands = api.list_assignments(area_id=area_of(request), task_ids=[task.pk for task in page])
    context = {
        "title": _("Tasks"),
        "form": form,
        "table": page_tables.task_table(page, hands, at_of(request)),
        "page_obj": page,
        "query": request.GET.urlencode(),
    }
    return render(request, "dispatch/tasks.html", context)


@require_GET
def tasks_xlsx(request: HttpRequest) -> HttpResponse:
    """Return the filtered tasks as a workbook; no names are in it. The export is in the audit."""
    rows, _form = _filtered(request)
    found = list(rows[:_MOST_EXPORTED])
    hands = api.list_assignments(area_id=area_of(request), task_ids=[task.pk for task in found])
    table = page_tables.task_table(found, hands, at_of(request))
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("tasks")
    sheet.write_row(0, 0, [str(column["label"]) for column in table["columns"]])
    for index, row in enumerate(table["rows"], start=1):
        cells = [cell["text"] if isinstance(cell, dict) else cell for cell in row["cells"]]
        sheet.write_row(index, 0, [str(cell) for cell in cells])
    book.close()
    audit.record("dispatch.tasks.exported", **who(request), target_kind="Task", detail={"rows": len(found)})
    response = HttpResponse(
        out.getvalue(), content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    response["Content-Disposition"] = 'attachment; filename="tasks.xlsx"'
    return response


@require_GET
def task(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show one task: who got it and why, who would have been next, why nobody got it, and the ways to change that."""
    row = access.visible_task(actor_of(request), uuid, area_id=area_of(request))
    return _task_page(request, row)


def _task_page(
    request: HttpRequest, row: api.Task, *, refusals: Any = (), chosen: str = "", hand: int = 0, status: int = 200
) -> HttpResponse:
    area_id, at = area_of(request), at_of(request)
    people = workforce.list_responders(area_id=area_id)
    names = {str(person.uuid): person.code for person in people}
    assigned = api.list_assignments(area_id=area_id, task_ids=[row.pk]).get(row.pk, [])
    hands = list(row.hands.order_by("index"))
    taken = {item.hand_index for item in assigned}
    unserved = api.why_not_served(area_id=area_id, task=row)
    context = {
        "title": wording.label(wording.KINDS, row.kind),
        "task": row,
        "place": api.place_label(row),
        "state": page_tables.state_cell(row.state),
        "due": page_tables.when(row.due_at),
        "window": f"{page_tables.when(row.window_starts_at)} – {page_tables.when(row.window_ends_at)}",
        "is_late": api.is_late(row, at),
        "outcome": wording.label({**wording.OUTCOMES, **wording.CANNOT}, row.outcome_code) if row.outcome_code else "",
        "cards": [
            page_tables.assignment_card(item, names, _choices(people, hands, item.hand_index)) for item in assigned
        ],
        "free_hands": [
            {
                "index": item.index,
                "field_id": f"move-{item.index}",
                "skills": workforce.skill_list(item.skills),
                "choices": _choices(people, hands, item.index),
            }
            for item in hands
            if item.index not in taken and row.state in ("OPEN", "ASSIGNED", "ACCEPTED")
        ],
        "why_not": wording.unserved_sentence(unserved["rule"]) if unserved else "",
        "relief": wording.relief_sentence(unserved["relief"]) if unserved else "",
        "refusals": [
            {"text": wording.refusal_sentence(item), "rule": item.rule, "can_be_waived": item.can_be_waived}
            for item in refusals
        ],
        "chosen": chosen,
        "chosen_code": names.get(chosen, ""),
        "hand": hand,
        "all_waivable": bool(refusals) and all(item.can_be_waived for item in refusals),
        "extend_form": forms.ExtendForm(),
        "may_manage": _may_manage(request),
        "may_change": row.state in ("OPEN", "ASSIGNED", "ACCEPTED") and _may_manage(request),
        "everybody": [(str(person.uuid), person.code) for person in people],
    }
    return render(request, "dispatch/task.html", context, status=status)


def _choices(people: Any, hands: Any, index: int) -> list[tuple[str, str]]:
    """Return those who have the skills of a hand first; the others can be asked for as well, with a reason."""
    needed = next((set(hand.skills) for hand in hands if hand.index == index), set())
    able = [person for person in people if needed <= set(person.skills or ())]
    others = [person for person in people if not needed <= set(person.skills or ())]
    return [(str(person.uuid), person.code) for person in [*able, *others]]


@require_POST
def move(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Give a hand to somebody; what says no is shown with its numbers, and can be set aside with a reason."""
    row = access.visible_task(actor_of(request), uuid, area_id=area_of(request))
    form = forms.MoveForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Please choose a person."))
        return _task_page(request, row, status=422)
    values = form.cleaned_data

    def effect() -> dict[str, Any]:
        made = api.move_assignment(
            task_uuid=row.uuid,
            hand_index=values["hand"],
            responder_uuid=values["responder"],
            waived_rules=values["waive"],
            reason=values["reason"],
            **who(request),
        )
        return {"who": made.responder.code, "at": made.starts_at.isoformat()}

    body = {"task": str(uuid), "hand": values["hand"], "to": str(values["responder"]), "waive": values["waive"]}
    try:
        receipt = run_once(request, "dispatch.move", body, effect).receipt
    except api.RulesBroken as refused:
        return _task_page(
            request, row, refusals=refused.broken, chosen=str(values["responder"]), hand=values["hand"], status=422
        )
    except api.ReasonNeeded:
        messages.error(request, str(wording.ERRORS["reason_needed"]))
        return _task_page(request, row, status=422)
    except api.TaskOver:
        messages.error(request, str(wording.ERRORS["over"]))
    except OtherBody:
        messages.error(request, str(wording.ERRORS["other_body"]))
    else:
        messages.success(
            request,
            _("Given to %(who)s from %(at)s, and pinned: the planner keeps it.")
            % {"who": receipt["who"], "at": workforce.moment_in_words(receipt["at"])},
        )
    return redirect("dispatch:task", uuid=uuid)


@require_POST
def extend(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Give a task more time."""
    row = access.visible_task(actor_of(request), uuid, area_id=area_of(request))
    form = forms.ExtendForm(request.POST)
    try:
        if not form.is_valid():
            raise api.BadDraft("hours")
        api.extend_task(task_uuid=row.uuid, until=form.until(at_of(request)), **who(request))
    except api.BadDraft:
        messages.error(request, str(wording.ERRORS["bad_time"]))
    except api.TaskOver:
        messages.error(request, str(wording.ERRORS["over"]))
    else:
        messages.success(request, _("The task has more time now. Plan again to find hands for it."))
    return redirect("dispatch:task", uuid=uuid)


@require_GET
def why_not(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Answer why one person did not get this task."""
    row = access.visible_task(actor_of(request), uuid, area_id=area_of(request))
    try:
        person = workforce.get_responder(area_of(request), UUID(request.GET.get("responder", "")))
    except (ValueError, workforce.Responder.DoesNotExist):
        return _task_page(request, row, status=422)
    refusals = api.why_not(area_id=area_of(request), task_uuid=row.uuid, responder_uuid=person.uuid, at=at_of(request))
    context = {
        "who": person.code,
        "reasons": [wording.refusal_sentence(item) for item in refusals],
    }
    return render(request, "dispatch/_why_not.html", context)


@require_POST
def pin(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Fix who does it."""
    row = access.managed_assignment(actor_of(request), uuid, area_id=area_of(request))
    try:
        api.pin(assignment_uuid=uuid, reason=request.POST.get("reason", ""), **who(request))
        messages.success(request, _("Pinned: the planner keeps this person."))
    except api.WrongStep:
        messages.error(request, str(wording.ERRORS["wrong_step"]))
    return redirect("dispatch:task", uuid=row.task.uuid)


@require_POST
def unpin(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Let the planner decide again."""
    row = access.managed_assignment(actor_of(request), uuid, area_id=area_of(request))
    try:
        api.unpin(assignment_uuid=uuid, **who(request))
        messages.success(request, _("The pin is off: the next plan may choose somebody else."))
    except api.WrongStep:
        messages.error(request, str(wording.ERRORS["wrong_step"]))
    return redirect("dispatch:task", uuid=row.task.uuid)


@require_POST
def relieve(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take work off somebody for them: they called, or their phone is dead."""
    row = access.managed_assignment(actor_of(request), uuid, area_id=area_of(request))
    try:
        api.give_back(assignment_uuid=uuid, reason_code="RELIEVED", **who(request))
        messages.success(request, str(wording.STEPS["give-back"]))
    except (api.WrongStep, api.TaskOver):
        messages.error(request, str(wording.ERRORS["wrong_step"]))
    return redirect("dispatch:task", uuid=row.task.uuid)
