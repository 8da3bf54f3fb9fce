"""Pages of the incident itself: list, opening, overview, groups, timeline, closing."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongxin.base import clock
from tongxin.base.idempotency import OtherBody
from tongxin.base.sessions import actor_of, area_of, at_of
from tongxin.base.versions import StaleVersion
from tongxin.incidents import access, api, forms, page_tables, wording
from tongxin.incidents.views.page import PAGE_SIZE, body_of, incident_page, may, run_once, who


@require_GET
def incident_list(request: HttpRequest) -> HttpResponse:
    """This function will list the incidents of the compound."""
    page = Paginator(api.list_incidents(area_of(request)), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "title": _("Incidents"),
        "table": page_tables.incident_table(page),
        "page_obj": page,
        "may_open": may(request, "incidents.incident.open"),
    }
    return render(request, "incidents/list.html", context)


@require_http_methods(["GET", "POST"])
def open_form(request: HttpRequest) -> HttpResponse:
    """This function will let headquarters choose a profile, see what it says, and open an incident."""
    reading = api.profiles_at_hand()
    profile = reading.profiles.get(request.POST.get("profile") or request.GET.get("profile") or "")
    form = forms.OpenForm(request.POST or None, profile=profile) if profile else None
    context: dict[str, Any] = {
        "title": _("Open an incident"),
        "profiles": [_profile_card(row) for row in reading.profiles.values()],
        "problems": [row.text(wording.language()) for row in reading.problems],
        "chosen": profile,
        "chosen_card": _profile_card(profile) if profile else None,
        "form": form,
        "rule_sets": _rule_set_previews(request, profile) if profile else [],
    }
    if request.method == "GET" or profile is None or form is None or not form.is_valid():
        refused = request.method == "POST"
        if refused and profile is None:
            context["error"] = wording.REFUSALS["UnknownProfile"]
        return render(request, "incidents/open.html", context, status=422 if refused else 200)
    values = form.cleaned_data

    def effect() -> dict[str, Any]:
        row = api.open_incident(
            code=values["code"],
            title=values["title"],
            profile_id=profile.id,
            rule_set_id=values["rule_set_id"] or None,
            **who(request),
        )
        return {"incident": str(row.uuid)}

    try:
        receipt = run_once(request, "incidents.open", {**body_of(form), "profile": profile.id}, effect)
    except (LookupError, ValueError, OtherBody) as error:
        context["error"] = wording.refusal(error)
        return render(request, "incidents/open.html", context, status=422)
    messages.success(request, _("The incident is open. Its working groups exist; give their posts next."))
    return redirect("incidents:detail", uuid=receipt["incident"])


def _profile_card(profile: api.Profile) -> dict[str, Any]:
    words = wording.language()
    return {
        "id": profile.id,
        "name": profile.name.in_language(words),
        "notice": profile.notice.in_language(words),
        "is_reference": profile.reference_only,
        "transmission": wording.TRANSMISSION[profile.transmission],
        "rule_sets": [row.name.in_language(words) for row in profile.rule_sets],
    }


def _rule_set_previews(request: HttpRequest, profile: api.Profile) -> list[dict[str, Any]]:
    """Return each rule set of a profile with its days and its most telling values, and which one holds today."""
    words = wording.language()
    today = api.rule_set_on(profile, clock.local_date(at_of(request)))
    return [
        {
            "name": row.name.in_language(words),
            "from_date": row.effective_from.value if row.effective_from else None,
            "until_date": row.effective_until.value if row.effective_until else None,
            "holds_today": row is today,
            "levels": list(page_tables.level_words(row).values()),
            "values": page_tables.value_table(
                value
                for value in api.rule_values(row, language=words)
                if value.section in ("contacts", "management", "zones")
            ),
        }
        for row in profile.rule_sets
    ]


@require_GET
def detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will show an incident: its numbers with links to their rows, and the rules in force."""
    incident = access.visible_incident(actor_of(request), uuid, area_id=area_of(request))
    numbers = api.figures(area_id=area_of(request), incident_id=incident.pk, at=at_of(request))
    return incident_page(
        request,
        "detail.html",
        incident,
        "detail",
        title=incident.title,
        figures=_figures(request, incident, numbers),
        periods=api.rule_set_periods(incident, until=clock.local_date(at_of(request) + timedelta(days=30))),
        words=wording.language(),
        state=wording.STATE[incident.state],
        close_form=forms.CloseForm(initial={"version": incident.version}),
        may_close=may(request, "incidents.incident.close"),
        may_order=may(request, "incidents.rules.switch"),
    )


def _figures(request: HttpRequest, incident: api.Incident, numbers: dict[str, int | float]) -> list[dict[str, Any]]:
    persons = reverse("incidents:persons", args=[incident.uuid]) if may(request, "incidents.status.list") else ""
    zones = reverse("incidents:zones", args=[incident.uuid]) if may(request, "incidents.zone.read") else ""
    shown = [
        (_("Cases ill now"), "cases", f"{persons}?kind=CASE", ""),
        (_("New cases today"), "new_cases_today", f"{persons}?kind=CASE", ""),
        (_("Waiting for retest"), "suspects", f"{persons}?kind=SUSPECT", ""),
        (_("Contacts"), "contacts", f"{persons}?kind=CONTACT", ""),
        (_("Secondary contacts"), "secondary_contacts", f"{persons}?kind=SECONDARY_CONTACT", ""),
        (_("Recovered"), "recovered", f"{persons}?kind=RECOVERED", ""),
        (_("Places at the highest level"), "zones_high", zones, "HIGH"),
        (_("Places at the middle level"), "zones_medium", zones, "MEDIUM"),
        (_("Levels to look at again today"), "zones_to_review", zones, ""),
    ]
    return [
        {
            "label": label,
            "value": numbers[f"incidents.{key}"],
            "url": url if persons or url == zones else "",
            "level": level,
        }
        for label, key, url, level in shown
    ]


@require_POST
def close(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will close an incident."""
    incident = access.visible_incident(
        actor_of(request), uuid, area_id=area_of(request), permission="incidents.incident.close"
    )
    form = forms.CloseForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("The incident is still open: write why it ends."))
        return redirect("incidents:detail", uuid=uuid)
    try:
        api.close_incident(
            incident_id=incident.pk,
            reason=form.cleaned_data["reason"],
            expected_version=form.cleaned_data["version"],
            **who(request),
        )
    except StaleVersion as error:
        messages.error(request, wording.refusal(error))
    else:
        messages.success(request, _("The incident is closed. From today its retention time runs."))
    return redirect("incidents:detail", uuid=uuid)


@require_GET
def groups(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will show the working groups and who holds which post."""
    incident = access.visible_incident(
        actor_of(request), uuid, area_id=area_of(request), permission="incidents.post.read"
    )
    return _groups(request, incident)


def _groups(
    request: HttpRequest, incident: api.Incident, form: forms.PostForm | None = None, error: str = ""
) -> HttpResponse:
    area_id, at = area_of(request), at_of(request)
    rows = api.groups(area_id, incident.pk)
    may_assign = may(request, "incidents.post.assign") and incident.state == "OPEN"
    if form is None and may_assign:
        form = forms.PostForm(groups=rows, accounts=api.accounts_at_hand(area_id, at=at))
    posts = api.posts_of(area_id, incident.pk, at=at)
    chinese = wording.is_chinese()
    cards = [
        {
            "name": row.name if chinese else row.name_en or row.name,
            "posts": [
                {"uuid": post.uuid, "title": post.title, "login": post.account.username, "since": post.starts_at}
                for post in posts
                if post.group_id == row.pk
            ],
        }
        for row in rows
    ]
    return incident_page(
        request,
        "groups.html",
        incident,
        "groups",
        status=422 if error else 200,
        title=_("Groups and posts"),
        error=error,
        groups=cards,
        form=form,
        may_assign=may_assign,
    )


@require_POST
def assign(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will give a post to an account."""
    area_id, at = area_of(request), at_of(request)
    incident = access.visible_incident(actor_of(request), uuid, area_id=area_id, permission="incidents.post.assign")
    form = forms.PostForm(
        request.POST, groups=api.groups(area_id, incident.pk), accounts=api.accounts_at_hand(area_id, at=at)
    )
    if not form.is_valid():
        return _groups(
            request, incident, form, _("No post was given: choose a group and an account, and name the post.")
        )
    values = form.cleaned_data

    def effect() -> dict[str, Any]:
        row = api.assign_post(
            group_uuid=UUID(values["group"]),
            title=values["title"],
            account_id=int(values["account"]),
            **who(request),
        )
        return {"post": str(row.uuid)}

    try:
        run_once(request, "incidents.assign_post", {**body_of(form), "incident": str(uuid)}, effect)
    except (LookupError, ValueError, OtherBody) as error:
        return _groups(request, incident, form, wording.refusal(error))
    messages.success(request, _("The post is given. What the account may see is decided by its role, not by the post."))
    return redirect("incidents:groups", uuid=uuid)


@require_POST
def end_post(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will end a post."""
    incident = access.visible_post_incident(actor_of(request), uuid, area_id=area_of(request))
    api.end_post(uuid=uuid, **who(request))
    messages.success(request, _("The post has ended. Give it to somebody else if the work goes on."))
    return redirect("incidents:groups", uuid=incident.uuid)


@require_GET
def timeline(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will show what happened in the incident, newest first."""
    incident = access.visible_incident(actor_of(request), uuid, area_id=area_of(request))
    entries = api.timeline(
        area_id=area_of(request),
        incident_id=incident.pk,
        since=incident.opened_at,
        until=at_of(request) + timedelta(seconds=1),
    )
    page = Paginator(page_tables.timeline_rows(reversed(entries)), PAGE_SIZE).get_page(request.GET.get("page"))
    return incident_page(
        request, "timeline.html", incident, "timeline", title=_("Timeline"), entries=page, page_obj=page
    )
