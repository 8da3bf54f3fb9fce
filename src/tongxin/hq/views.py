"""Pages of headquarters: the plan as an explained difference, orders, meetings, judgements, what is parked."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongxin.base.clock import local_date
from tongxin.base.idempotency import OtherBody
from tongxin.base.ids import new_uuid
from tongxin.base.pages import may, once_for_form, op_id_of, who
from tongxin.base.sessions import actor_of, area_of, at_of
from tongxin.base.versions import StaleVersion
from tongxin.hq import access, api, forms, page_plan, page_values, wording
from tongxin.incidents import api as incidents
from tongxin.incidents.api import NotEditable
from tongxin.situation import api as situation

PAGE_SIZE = 50
#: What the form offers as the time to carry out a decision.
_USUAL_TIME = timedelta(hours=12)


def _incident(request: HttpRequest) -> incidents.Incident:
    """Return the compound's open incident (else the newest); 404 when there is none."""
    area_id = area_of(request)
    found = incidents.find_open_incident(area_id) or next(iter(incidents.list_incidents(area_id)), None)
    if found is None:
        raise Http404
    return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _stale(request: HttpRequest) -> None:
    messages.error(request, _("Somebody changed this line after you opened it. Look at it again, then decide."))


@require_GET
def plan(request: HttpRequest) -> HttpResponse:
    """The newest version of the plan."""
    incident = _incident(request)
    return _plan_page(request, incident, api.current_plan(area_of(request), incident.pk))


@require_GET
def plan_version(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One version of the plan."""
    version = access.visible_plan(actor_of(request), uuid, area_id=area_of(request))
    return _plan_page(request, version.incident, version)


def _plan_page(request: HttpRequest, incident: incidents.Incident, version: api.Plan | None) -> HttpResponse:
    may_decide = may(request, "hq.plan.decide")
    newest = api.current_plan(area_of(request), incident.pk)
    is_newest = version is not None and newest is not None and version.pk == newest.pk
    views = api.list_lines(version, account_id=actor_of(request).account_id) if version else []
    changed = [view.line.key for view in views if view.line.change == "CHANGED"]
    context = page_plan.plan_context(
        version,
        views,
        may_decide=may_decide and is_newest,
        before=api.lines_before(version, changed) if version and changed else {},
        hands=api.hands_needed(version, views, at=at_of(request)) if version and is_newest else [],
    )
    context |= {
        "title": _("Plan"),
        "incident": incident,
        "is_old": version is not None and not is_newest,
        "in_force": _in_force(request, incident) if is_newest else [],
        "may_draft": may_decide and incident.state == "OPEN",
    }
    return render(request, "hq/plan.html", context)


def _in_force(request: HttpRequest, incident: incidents.Incident) -> list[dict[str, Any]]:
    return page_values.lines_in_force(api.measures_in_force(area_of(request), incident.pk))


@require_GET
def history(request: HttpRequest) -> HttpResponse:
    """All versions of the plan and the measures in force."""
    incident = _incident(request)
    area_id = area_of(request)
    plans = api.list_plans(area_id, incident.pk)
    page = Paginator(plans, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "title": _("Versions of the plan"),
        "table": page_values.history_table(list(page.object_list)),
        "page_obj": page,
        "in_force": _in_force(request, incident),
    }
    return render(request, "hq/history.html", context)


@require_POST
def draft(request: HttpRequest) -> HttpResponse:
    """Draft the plan anew by hand; the same form twice drafts once."""
    incident = _incident(request)
    version = api.draft_now(
        area_id=area_of(request),
        incident_uuid=incident.uuid,
        trigger="BY_HAND",
        caused_by=op_id_of(request),
        at=at_of(request),
    )
    if version is None:
        messages.error(request, _("The incident is closed: there is no plan to draft."))
    else:
        messages.success(request, _("Version %(number)s of the plan was drafted.") % {"number": version.number})
    return redirect("hq:plan")


@require_POST
def approve(request: HttpRequest) -> HttpResponse:
    """Approve one line (`choice` = uuid:version), or with `whole` all of its kind (`member`), and say what became of it."""
    choices = []
    for text in request.POST.getlist("member" if request.POST.get("whole") else "choice")[:500]:
        head, _colon, tail = text.partition(":")
        uuid = _uuid(head)
        if uuid is not None and tail.isdecimal():
            choices.append((uuid, int(tail)))
    if not choices:
        messages.error(request, _("Choose a line, then approve it."))
        return redirect("hq:plan")
    outcome = api.approve_lines(choices=choices, **who(request))
    _tell_outcome(request, outcome)
    return redirect("hq:plan")


def _tell_outcome(request: HttpRequest, outcome: api.ApprovalOutcome) -> None:
    done, waiting, failed = len(outcome.carried_out), len(outcome.waiting), len(outcome.failed)
    if done:
        text = ngettext("%(count)s line is in force now.", "%(count)s lines are in force now.", done)
        messages.success(request, text % {"count": done})
    if waiting:
        text = ngettext(
            "%(count)s line waits for a second officer.", "%(count)s lines wait for a second officer.", waiting
        )
        messages.info(request, text % {"count": waiting})
    if failed:
        text = ngettext(
            "%(count)s line could not be carried out. It says why; approve it again when that is settled.",
            "%(count)s lines could not be carried out. They say why; approve them again when that is settled.",
            failed,
        )
        messages.error(request, text % {"count": failed})
    sentences = {
        "STALE": _("A line changed after you opened the plan. Look at it again, then decide."),
        "CLOSED": _("A line was decided or fell away in the meantime."),
        "SAME_PERSON": _("You have approved a line already: the second approval must come from another officer."),
    }
    for code in sorted({row.code for row in outcome.refused}):
        messages.warning(request, sentences[code])


@require_http_methods(["GET", "POST"])
def line_edit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Change what a line will do, within what its room accepts."""
    line = access.visible_line(actor_of(request), uuid, area_id=area_of(request))
    editable = page_values.editable_fields(line)
    rule_set = incidents.rule_set_of(line.plan.incident, on=local_date(at_of(request)))
    levels = incidents.level_choices(rule_set)
    form = forms.EditForm(request.POST or None, body=line.body, editable=editable, levels=levels)
    if request.method == "POST" and form.is_valid():
        try:
            version = int(request.POST.get("version", "0") or 0)
            api.edit_line(uuid=uuid, version=version, changes=form.changes(), **who(request))
        except StaleVersion:
            _stale(request)
        except api.LineClosed:
            messages.warning(request, _("A line was decided or fell away in the meantime."))
        except NotEditable as error:
            form.add_error(
                error.field if error.field in form.fields else None,
                _("This value is not possible here. Choose another one."),
            )
            return render(request, "hq/line_edit.html", _line_context(line, form), status=422)
        else:
            messages.success(request, _("The line was changed. Earlier approvals of it do not count any more."))
        return redirect("hq:plan")
    status = 422 if request.method == "POST" else 200
    return render(request, "hq/line_edit.html", _line_context(line, form), status=status)


def _line_context(line: api.PlanLine, form: Any) -> dict[str, Any]:
    return {
        "title": page_values.line_title(line),
        "line": line,
        "why": page_values.why_of(line),
        "form": form,
        "back_url": reverse("hq:plan"),
    }


@require_http_methods(["GET", "POST"])
def line_strike(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Strike a line with a reason."""
    line = access.visible_line(actor_of(request), uuid, area_id=area_of(request))
    form = forms.StrikeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            version = int(request.POST.get("version", "0") or 0)
            api.strike_line(uuid=uuid, version=version, reason=form.cleaned_data["reason"], **who(request))
        except StaleVersion:
            _stale(request)
        except api.LineClosed:
            messages.warning(request, _("A line was decided or fell away in the meantime."))
        else:
            messages.success(request, _("The line was struck. It stays struck while the facts stay the same."))
        return redirect("hq:plan")
    status = 422 if request.method == "POST" else 200
    return render(request, "hq/line_strike.html", _line_context(line, form), status=status)


@require_POST
def line_restore(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take a strike back."""
    line = access.visible_line(actor_of(request), uuid, area_id=area_of(request))
    try:
        api.restore_line(uuid=line.uuid, version=line.version, **who(request))
    except (StaleVersion, api.LineClosed):
        messages.warning(request, _("A line was decided or fell away in the meantime."))
    else:
        messages.success(request, _("The line is open again."))
    return redirect("hq:plan")


@require_GET
def orders(request: HttpRequest) -> HttpResponse:
    """Orders; only those of my groups (`?mine=1`), late ones (`?late=1`) or unconfirmed ones (`?unconfirmed=1`)."""
    incident = _incident(request)
    is_mine = request.GET.get("mine") == "1"
    posts = incidents.posts_of(area_of(request), incident.pk, at=at_of(request))
    mine = [post.group_id for post in posts if post.account_id == actor_of(request).account_id]
    rows = api.orders_query(
        area_id=area_of(request),
        incident_id=incident.pk,
        at=at_of(request),
        group_ids=mine if is_mine else None,
        is_late=request.GET.get("late") == "1",
        is_unconfirmed=request.GET.get("unconfirmed") == "1",
    )
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "title": _("Orders"),
        "shown": "mine"
        if is_mine
        else next((key for key in ("late", "unconfirmed") if request.GET.get(key) == "1"), ""),
        "table": page_values.orders_table(list(page.object_list), is_mine=is_mine),
        "page_obj": page,
    }
    return render(request, "hq/orders.html", context)


@require_GET
def order(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One order with its receipts."""
    row = access.visible_order(actor_of(request), uuid, area_id=area_of(request))
    receipts = api.receipts_of(row)
    context = {
        "title": _("Order %(number)s") % {"number": row.number},
        "order": row,
        "text": page_values.order_text(row),
        "why": page_values.order_why(row),
        "receipts": receipts,
        "group": page_values.group_name(row.group),
        "missing": wording.listed(api.missing_receipts(row, at=at_of(request))),
        "has_confirmed": any(receipt.account_id == actor_of(request).account_id for receipt in receipts),
        "may_confirm": may(request, "hq.order.confirm"),
        "form": forms.ConfirmForm(),
        "back_url": reverse("hq:orders"),
        "at": at_of(request),
    }
    return render(request, "hq/order.html", context)


@require_POST
def order_confirm(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Confirm an order."""
    row = access.visible_order(actor_of(request), uuid, area_id=area_of(request))
    form = forms.ConfirmForm(request.POST)
    remark = form.cleaned_data["remark"] if form.is_valid() else ""
    api.confirm_order(uuid=row.uuid, remark=remark, **who(request))
    messages.success(request, _("Your receipt is recorded. The order is yours until it is done."))
    return redirect("hq:order", uuid=row.uuid)


@require_POST
def order_done(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Report an order as done."""
    row = access.visible_order(actor_of(request), uuid, area_id=area_of(request))
    api.finish_order(uuid=row.uuid, **who(request))
    messages.success(request, _("Order %(number)s is done.") % {"number": row.number})
    return redirect("hq:order", uuid=row.uuid)


@require_GET
def meetings(request: HttpRequest) -> HttpResponse:
    """Meetings, newest first."""
    incident = _incident(request)
    page = Paginator(api.list_meetings(area_of(request), incident.pk), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "title": _("Meetings"),
        "table": page_values.meetings_table(list(page.object_list)),
        "page_obj": page,
        "may_hold": may(request, "hq.meeting.hold"),
    }
    return render(request, "hq/meetings.html", context)


@require_http_methods(["GET", "POST"])
def meeting_new(request: HttpRequest) -> HttpResponse:
    """Record a meeting."""
    incident = _incident(request)
    form = forms.MeetingForm(request.POST or None, initial={"held_at": at_of(request)})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data

        def effect() -> dict[str, Any]:
            made = api.hold_meeting(incident_id=incident.pk, **data, **who(request))
            return {"meeting": str(made.uuid)}

        try:
            receipt = once_for_form(request, "hq.meeting", data, effect).receipt
        except OtherBody:
            messages.error(request, _("This form was sent before with other words. Look at the list, then try again."))
            return redirect("hq:meetings")
        messages.success(request, _("The meeting is recorded. Add what it decided."))
        return redirect("hq:meeting", uuid=receipt["meeting"])
    context = {"title": _("New meeting"), "form": form, "op_id": new_uuid(), "back_url": reverse("hq:meetings")}
    return render(request, "hq/meeting_new.html", context, status=422 if request.method == "POST" else 200)


def _decision_form(request: HttpRequest, row: api.Meeting) -> forms.DecisionForm:
    groups = incidents.groups(area_of(request), row.incident_id)
    choices = page_values.group_choices(groups)
    return forms.DecisionForm(request.POST or None, groups=choices, initial={"due_at": at_of(request) + _USUAL_TIME})


def _meeting_context(request: HttpRequest, row: api.Meeting, form: forms.DecisionForm) -> dict[str, Any]:
    return {
        "title": row.title,
        "meeting": row,
        "decisions": page_values.decision_rows(api.decisions_of(row)),
        "form": form,
        "may_hold": may(request, "hq.meeting.hold"),
        "may_issue": may(request, "hq.decision.issue"),
        "back_url": reverse("hq:meetings"),
    }


@require_GET
def meeting(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One meeting with its decisions."""
    row = access.visible_meeting(actor_of(request), uuid, area_id=area_of(request))
    return render(request, "hq/meeting.html", _meeting_context(request, row, _decision_form(request, row)))


@require_POST
def decision_new(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Add a decision to a meeting."""
    row = access.visible_meeting(actor_of(request), uuid, area_id=area_of(request))
    form = _decision_form(request, row)
    if not form.is_valid():
        return render(request, "hq/meeting.html", _meeting_context(request, row, form), status=422)
    data = form.cleaned_data

    def effect() -> dict[str, Any]:
        made = api.add_decision(
            meeting_uuid=row.uuid, text=data["text"], group_code=data["group"], due_at=data["due_at"], **who(request)
        )
        return {"decision": str(made.uuid)}

    try:
        once_for_form(request, "hq.decision", {"meeting": row.uuid, **data}, effect)
    except OtherBody:
        messages.error(request, _("This form was sent before with other words. Look at the list, then try again."))
    else:
        messages.success(request, _("The decision is recorded. Issue it as an order to its group."))
    return redirect("hq:meeting", uuid=row.uuid)


@require_POST
def decision_issue(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Turn a decision into an order."""
    try:
        row = api.issue_for_decision(uuid=uuid, **who(request))
    except api.Decision.DoesNotExist:
        raise Http404 from None
    messages.success(request, _("Order %(number)s is issued.") % {"number": row.number})
    return redirect("hq:order", uuid=row.uuid)


@require_GET
def judgements(request: HttpRequest) -> HttpResponse:
    """Signed judgements, newest first."""
    incident = _incident(request)
    rows = api.list_judgements(area_of(request), incident.pk)
    page = Paginator(rows, 20).get_page(request.GET.get("page"))
    newest = page.object_list[0] if page.object_list else None
    shown = situation.get_snapshot(area_of(request), newest.snapshot_uuid) if newest else None
    context = {
        "title": _("Judgements"),
        "figures": page_values.figure_rows(situation.snapshot_rows(shown)) if shown else [],
        "judgements": [(row, page_values.trend(row.trend), api.is_genuine(row)) for row in page.object_list],
        "page_obj": page,
        "may_sign": may(request, "hq.judgement.sign"),
    }
    return render(request, "hq/judgements.html", context)


@require_http_methods(["GET", "POST"])
def judgement_sign(request: HttpRequest) -> HttpResponse:
    """Sign a judgement beside the figures of this moment."""
    incident = _incident(request)
    form = forms.JudgementForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data

        def effect() -> dict[str, Any]:
            return {"judgement": str(api.sign_judgement(incident_id=incident.pk, **data, **who(request)).uuid)}

        try:
            once_for_form(request, "hq.judgement", data, effect)
        except OtherBody:
            messages.error(request, _("This form was sent before with other words. Look at the list, then try again."))
        else:
            messages.success(request, _("Your judgement is signed, with the figures of this moment."))
        return redirect("hq:judgements")
    table = situation.figure_table(
        area_id=area_of(request), incident_id=incident.pk, at=at_of(request), viewer=actor_of(request)
    )
    context = {
        "title": _("Sign a judgement"),
        "form": form,
        "figures": page_values.figure_rows(table.rows.values()),
        "as_of": table.as_of,
        "back_url": reverse("hq:judgements"),
    }
    return render(request, "hq/judgement_sign.html", context, status=422 if request.method == "POST" else 200)


@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """Background work that failed five times and waits for a person."""
    items = api.parked_items(area_of(request))
    context = {"title": _("Parked work"), "items": items}
    return render(request, "hq/queue.html", context)


@require_POST
def queue_retry(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Give a parked item five new tries."""
    if api.retry_item(uuid, area_id=area_of(request)):
        messages.success(request, _("It is being tried again."))
    else:
        messages.info(request, _("It is not parked any more."))
    return redirect("hq:queue")
