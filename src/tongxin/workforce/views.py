"""Pages of the workforce for headquarters: list, one person, week, import, logins."""

import io
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import xlsxwriter
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongxin.base import keys, policy
from tongxin.base.sessions import actor_of, area_of, at_of
from tongxin.workforce import access, api, forms, page_tables, wording

PAGE_SIZE = 50
MOST_ACCOUNTS = 50


def _who(request: HttpRequest) -> dict[str, Any]:
    return {"area_id": area_of(request), "actor": actor_of(request), "at": at_of(request)}


def _may(request: HttpRequest, permission: str) -> bool:
    return policy.may(actor_of(request), permission, area_id=area_of(request))


def _filtered(request: HttpRequest) -> tuple[Any, forms.FilterForm]:
    scope = policy.require(actor_of(request), "workforce.responder.list", area_id=area_of(request))
    form = forms.FilterForm(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    rows = api.list_responders(
        area_id=area_of(request),
        active=None,
        kind=chosen.get("kind"),
        cohort=chosen.get("cohort"),
        skills=[chosen["skill"]] if chosen.get("skill") else None,
        scope=scope,
    )
    return rows, form


@require_GET
def responders(request: HttpRequest) -> HttpResponse:
    """List responders in scope with masked names and what they are doing now."""
    rows, form = _filtered(request)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    area_id, at = area_of(request), at_of(request)
    keys.warm(area_id, [row.subject_uuid for row in page])
    ids = [row.pk for row in page]
    soon = at + timedelta(minutes=1)
    on_shift = {row.responder_id for row in api.shifts_between(area_id, at, soon, ids)}
    absent = {row.responder_id for row in api.absences_between(area_id, at, soon, ids)}
    context = {
        "title": _("Responders"),
        "form": form,
        "table": page_tables.responder_table(
            page, on_shift, absent, with_links=_may(request, "workforce.responder.read")
        ),
        "page_obj": page,
        "query": request.GET.urlencode(),
        "may_import": _may(request, "workforce.responder.import"),
        "may_make_accounts": _may(request, "workforce.account.make"),
    }
    return render(request, "workforce/responders.html", context)


@require_GET
def responders_xlsx(request: HttpRequest) -> HttpResponse:
    """Return the filtered list as a workbook that can be imported again; the export is in the audit."""
    rows, _form = _filtered(request)
    head, lines = api.export_rows(rows=list(rows), **_who(request))
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("responders")
    for index, line in enumerate([head, *lines]):
        sheet.write_row(index, 0, line)
    book.close()
    return _workbook(out.getvalue(), "responders.xlsx")


def _workbook(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_GET
def responder(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show one responder: hours, rest, cohort, shifts, and what may be done now and what says no."""
    row = access.visible_responder(
        actor_of(request), uuid, area_id=area_of(request), permission="workforce.responder.read"
    )
    return _responder_page(request, row)


def _responder_page(
    request: HttpRequest, row: api.Responder, *, form: forms.ShiftForm | None = None, status: int = 200, **more: Any
) -> HttpResponse:
    area_id, at = area_of(request), at_of(request)
    limits = api.limits_for(area_id=area_id, at=at)
    state = api.state_of(area_id=area_id, responder_ids=[row.pk], at=at, limits=limits)[row.pk]
    missing = tuple(day for day in limits.exit_tests if day not in row.exit_tests_done)
    context = {
        "title": row.code,
        "row": row,
        "kind": wording.kind_in_words(row.kind),
        "skills": wording.skill_list(row.skills),
        "cohort": wording.COHORTS[row.cohort],
        "facts": page_tables.state_facts(state, limits),
        "permitted": page_tables.permitted_rows(api.permitted_now(area_id=area_id, responder=row, at=at)),
        "shifts": _shift_rows(area_id, row, at),
        "form": form or forms.ShiftForm(),
        "exit_started": page_tables.when(row.exit_started_at),
        "exit_form": forms.ExitTestForm(days=missing) if row.exit_started_at and missing else None,
        "exit_done": ", ".join(str(day) for day in row.exit_tests_done),
        "may_manage": _may(request, "workforce.responder.manage"),
        "may_reveal": _may(request, "workforce.contact.reveal"),
        **more,
    }
    return render(request, "workforce/responder.html", context, status=status)


def _shift_rows(area_id: int, row: api.Responder, at: datetime) -> list[dict[str, Any]]:
    coming = api.shifts_between(area_id, at, at + timedelta(days=14), [row.pk])
    return [
        {
            "uuid": item.uuid,
            "text": f"{page_tables.when(item.starts_at)} – {page_tables.when(item.ends_at)}",
            "is_night": item.is_night,
        }
        for item in coming
    ]


@require_POST
def reveal(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show a responder's name and phone; the look is in the audit."""
    row = access.visible_responder(
        actor_of(request), uuid, area_id=area_of(request), permission="workforce.contact.reveal"
    )
    card = api.contact_card(uuid=row.uuid, purpose="CONTACT", **_who(request))
    return _responder_page(request, row, card=card)


@require_POST
def add_shift(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Agree on a shift; a broken rule is told with its numbers and nothing is stored."""
    row = _managed(request, uuid)
    form = forms.ShiftForm(request.POST)
    if not form.is_valid():
        return _responder_page(request, row, form=form, status=422)
    values = form.cleaned_data
    try:
        api.set_shifts([api.ShiftDraft(row.pk, values["starts_at"], values["ends_at"])], **_who(request))
    except api.ShiftRefused as refused:
        for broken in refused.broken:
            form.add_error(None, wording.rule_sentence(broken))
        return _responder_page(request, row, form=form, status=422)
    messages.success(request, _("The shift is agreed. The planner can give work in it from now on."))
    return redirect("workforce:responder", uuid=uuid)


def _managed(request: HttpRequest, uuid: UUID) -> api.Responder:
    return access.visible_responder(
        actor_of(request), uuid, area_id=area_of(request), permission="workforce.responder.manage"
    )


@require_POST
def cancel_shift(request: HttpRequest, uuid: UUID, shift: UUID) -> HttpResponse:
    """Take a shift back; the work of its time goes to others."""
    row = _managed(request, uuid)
    if any(item["uuid"] == shift for item in _shift_rows(area_of(request), row, at_of(request))):
        api.cancel_shift(uuid=shift, **_who(request))
        messages.success(request, _("The shift is taken back. Work of its time goes to others."))
    return redirect("workforce:responder", uuid=uuid)


@require_POST
def exit_step(request: HttpRequest, uuid: UUID, step: str) -> HttpResponse:
    """Start the exit protocol, note a negative test, or finish it."""
    row = _managed(request, uuid)
    try:
        if step == "start":
            api.start_exit_protocol(uuid=row.uuid, **_who(request))
            messages.success(request, _("The exit protocol has started. Its tests are noted below."))
        elif step == "test":
            day = request.POST.get("day", "")
            api.record_exit_test(uuid=row.uuid, day=int(day) if day.isdigit() and len(day) < 3 else 0, **_who(request))
            messages.success(request, _("The negative test is noted."))
        else:
            api.finish_exit_protocol(uuid=row.uuid, **_who(request))
            messages.success(request, _("The exit protocol is finished: cleaner zones are allowed again."))
    except api.ExitRefused as refused:
        messages.error(request, _exit_refused(refused))
    return redirect("workforce:responder", uuid=uuid)


def _exit_refused(refused: api.ExitRefused) -> str:
    return _("Not yet: %(days)s days are left, and negative tests of these days are missing: %(tests)s.") % {
        "days": refused.days_left,
        "tests": ", ".join(str(day) for day in refused.tests_missing) or "-",
    }


@require_POST
def set_active(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take somebody out of service or back."""
    row = _managed(request, uuid)
    is_active = request.POST.get("is_active") == "1"
    api.set_active(uuid=row.uuid, is_active=is_active, **_who(request))
    messages.success(
        request,
        _("Back in service.") if is_active else _("Out of service. Open work goes to others."),
    )
    return redirect("workforce:responder", uuid=uuid)


@require_GET
def week(request: HttpRequest) -> HttpResponse:
    """Show the shifts of a week, one row a person."""
    area_id, at = area_of(request), at_of(request)
    rows, _form = _filtered(request)
    day = _day(request.GET.get("day", ""), at)
    start, shifts, absences = api.week_view(area_id=area_id, day=day)
    page = Paginator(rows.filter(is_active=True), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "title": _("Week of shifts"),
        "table": page_tables.week_table(
            start, page, shifts, absences, with_links=_may(request, "workforce.responder.read")
        ),
        "page_obj": page,
        "may_plan": _may(request, "workforce.rota.manage"),
        "before": (start - timedelta(days=7)).strftime("%Y-%m-%d"),
        "after": (start + timedelta(days=7)).strftime("%Y-%m-%d"),
    }
    return render(request, "workforce/week.html", context)


def _day(text: str, at: datetime) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=api.local_zone())
    except ValueError:
        return at


@require_http_methods(["GET", "POST"])
@sensitive_variables("made")
def accounts(request: HttpRequest) -> HttpResponse:
    """Make logins; the passwords are on the answer to this one request and nowhere else."""
    area_id = area_of(request)
    without = [row for row in api.list_responders(area_id=area_id) if row.account_id is None]
    choices = [(str(row.uuid), f"{row.code} ({wording.kind_in_words(row.kind)})") for row in without[:200]]
    form = forms.AccountsForm(request.POST or None, choices=choices)
    context: dict[str, Any] = {"title": _("Logins for responders"), "form": form, "without": len(without)}
    if request.method == "POST" and form.is_valid():
        chosen = set(form.cleaned_data["responders"])
        if len(chosen) > MOST_ACCOUNTS:
            form.add_error("responders", wording.REFUSALS["too_many"] % {"limit": MOST_ACCOUNTS})
        else:
            made = api.make_accounts(
                responders=[row for row in without if str(row.uuid) in chosen],
                role=form.cleaned_data["role"],
                **_who(request),
            )
            response = render(request, "workforce/credentials.html", {"title": _("New logins"), "made": made})
            response["Cache-Control"] = "no-store"
            return response
    return render(request, "workforce/accounts.html", context, status=422 if form.errors else 200)
