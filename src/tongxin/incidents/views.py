"""Pages of this room: each gets what it shows from the api, and says after an action what happened and what is next."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongxin.base import clock, policy
from tongxin.base.idempotency import Operation, OtherBody, once
from tongxin.base.ids import new_uuid
from tongxin.base.sessions import actor_of, area_of, at_of
from tongxin.base.versions import StaleVersion
from tongxin.incidents import access, api, forms, page_tables, wording

PAGE_SIZE = 50
#: Kinds that the status list shows without a filter.
_SHOWN = ("CASE", "SUSPECT", "CONTACT", "SECONDARY_CONTACT", "EXPOSED")


def _may(request: HttpRequest, permission: str) -> bool:
    return policy.may(actor_of(request), permission, area_id=area_of(request))


def _op_id(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("op_id", ""))
    except ValueError:
        return new_uuid()


def _once(
    request: HttpRequest, kind: str, body: dict[str, Any], effect: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """Run an effect once for the form's operation id, and return its receipt. Raises OtherBody."""
    operation = Operation(_op_id(request), kind, body)
    outcome = once(operation, effect, area_id=area_of(request), actor=actor_of(request), at=at_of(request))
    return outcome.receipt


def _who(request: HttpRequest) -> dict[str, Any]:
    return {"area_id": area_of(request), "actor": actor_of(request), "at": at_of(request)}


def _body(form: Any) -> dict[str, Any]:
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
        if _may(request, permission)
    ]


def _page(
    request: HttpRequest, template: str, incident: api.Incident, current: str, status: int = 200, **context: Any
) -> HttpResponse:
    context |= {
        "incident": incident,
        "is_open": incident.state == "OPEN",
        "tabs": _tabs(incident, current, request),
    }
    return render(request, f"incidents/{template}", context, status=status)


@require_GET
def incident_list(request: HttpRequest) -> HttpResponse:
    """This function will list the incidents of the compound."""
    page = Paginator(api.list_incidents(area_of(request)), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "title": _("Incidents"),
        "table": page_tables.incident_table(page),
        "page_obj": page,
        "may_open": _may(request, "incidents.incident.open"),
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
            **_who(request),
        )
        return {"incident": str(row.uuid)}

    try:
        receipt = _once(request, "incidents.open", {**_body(form), "profile": profile.id}, effect)
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
    return _page(
        request,
        "detail.html",
        incident,
        "detail",
        title=incident.title,
        figures=_figures(request, incident, numbers),
        periods=api.rule_set_periods(incident, until=clock.local_date(at_of(request))),
        words=wording.language(),
        state=wording.STATE[incident.state],
        close_form=forms.CloseForm(initial={"version": incident.version}),
        may_close=_may(request, "incidents.incident.close"),
        may_order=_may(request, "incidents.rules.switch"),
    )


def _figures(request: HttpRequest, incident: api.Incident, numbers: dict[str, int | float]) -> list[dict[str, Any]]:
    persons = reverse("incidents:persons", args=[incident.uuid]) if _may(request, "incidents.status.list") else ""
    zones = reverse("incidents:zones", args=[incident.uuid])
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
            **_who(request),
        )
    except StaleVersion as error:
        messages.error(request, wording.refusal(error))
    else:
        messages.success(request, _("The incident is closed. From today its retention time runs."))
    return redirect("incidents:detail", uuid=uuid)


@require_GET
def rule_page(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will show every value in force with source and grade, and what another rule set would change."""
    incident = access.visible_incident(
        actor_of(request), uuid, area_id=area_of(request), permission="incidents.rules.read"
    )
    return _rules(request, incident, None)


def _rules(
    request: HttpRequest, incident: api.Incident, form: forms.SwitchForm | None, error: str = ""
) -> HttpResponse:
    words, today = wording.language(), clock.local_date(at_of(request))
    profile = api.profile_of(incident)
    rule_set = api.rule_set_of(incident, today)
    wanted = request.POST.get("rule_set_id") or request.GET.get("preview") or ""
    preview = None
    if any(row.id == wanted for row in profile.rule_sets):
        preview = api.preview_rule_set(
            area_id=area_of(request), incident_id=incident.pk, rule_set_id=wanted, language=words, at=at_of(request)
        )
    labels = {key: text for row in profile.rule_sets for key, text in page_tables.level_words(row).items()}
    return _page(
        request,
        "rules.html",
        incident,
        "rules",
        status=422 if error else 200,
        title=_("Rules in force"),
        error=error,
        rule_set_name=rule_set.name.in_language(words),
        tables=page_tables.value_table(api.rule_values(rule_set, language=words)),
        others=[
            {"id": row.id, "name": row.name.in_language(words)} for row in profile.rule_sets if row.id != rule_set.id
        ],
        preview=preview,
        preview_name=preview.rule_set.name.in_language(words) if preview else "",
        preview_table=page_tables.change_table(preview) if preview else None,
        preview_zones=[
            {
                "place": row.place_label,
                "label": labels.get(row.level, row.level),
                "canonical": row.canonical,
                "effect": wording.ZONE_EFFECTS[row.effect],
            }
            for row in (preview.zones if preview else ())
        ],
        form=form or forms.SwitchForm(profile=profile, initial={"rule_set_id": wanted, "from_date": today.isoformat()}),
        may_order=_may(request, "incidents.rules.switch"),
    )


@require_POST
def switch(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will order a rule set from a day on."""
    incident = access.visible_incident(
        actor_of(request), uuid, area_id=area_of(request), permission="incidents.rules.switch"
    )
    form = forms.SwitchForm(request.POST, profile=api.profile_of(incident))
    if not form.is_valid():
        return _rules(request, incident, form, _("Nothing was ordered: choose a rule set and a day."))
    values = form.cleaned_data

    def effect() -> dict[str, Any]:
        row = api.switch_rule_set(
            incident_id=incident.pk, rule_set_id=values["rule_set_id"], starts_at=form.starts_at(), **_who(request)
        )
        return {"order": str(row.uuid)}

    try:
        _once(request, "incidents.switch", {**_body(form), "incident": str(uuid)}, effect)
    except (LookupError, OtherBody) as error:
        return _rules(request, incident, form, wording.refusal(error))
    messages.success(
        request,
        _("The rule set is ordered. People under management keep their days until tracing applies it to them."),
    )
    return redirect("incidents:rules", uuid=uuid)


@require_GET
def zones(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will show each level with its evidence, measures and conditions, and the form to raise one."""
    incident = access.visible_incident(
        actor_of(request), uuid, area_id=area_of(request), permission="incidents.zone.read"
    )
    return _zones(request, incident)


def _zones(
    request: HttpRequest, incident: api.Incident, form: forms.RaiseForm | None = None, error: str = ""
) -> HttpResponse:
    area_id, at = area_of(request), at_of(request)
    rule_set = api.rule_set_of(incident, clock.local_date(at))
    labels = page_tables.level_words(rule_set)
    rows = api.zone_levels(area_id, incident.pk, at)
    checks = api.check_lifts(area_id=area_id, incident_id=incident.pk, at=at)
    may_decide = _may(request, "incidents.zone.decide") and incident.state == "OPEN"
    if form is None and may_decide:
        form = _raise_form(request, incident)
    return _page(
        request,
        "zones.html",
        incident,
        "zones",
        status=422 if error else 200,
        title=_("Zone levels"),
        error=error,
        zones=[page_tables.zone_card(row, checks.get(row.uuid), labels) for row in rows],
        requests=page_tables.request_cards(
            api.zone_requests(area_id, incident.pk), labels, actor_of(request).account_id
        ),
        form=form,
        may_decide=may_decide,
    )


def _raise_form(request: HttpRequest, incident: api.Incident, data: Any = None) -> forms.RaiseForm:
    rule_set = api.rule_set_of(incident, clock.local_date(at_of(request)))
    places = list(api.place_tree(area_of(request)).places)
    return forms.RaiseForm(data, places=places, levels=rule_set.zones.levels)


def _ask(request: HttpRequest, incident: api.Incident, form: Any, **wish: Any) -> None:
    """Ask for a level once, and tell what happened. Raises the refusals of `ask_zone`."""

    def effect() -> dict[str, Any]:
        row = api.ask_zone(incident_id=incident.pk, **wish, **_who(request))
        return {"request": str(row.uuid), "state": row.state, "more": row.persons_needed - len(row.agreed_by)}

    receipt = _once(request, "incidents.ask_zone", {**_body(form), "incident": str(incident.uuid)}, effect)
    if receipt["state"] == "DONE":
        messages.success(request, _("The level is changed. The plan and the tasks follow by themselves."))
    else:
        more = int(receipt["more"])
        text = ngettext(
            "The request is stored. %(more)s more person has to agree before anything changes.",
            "The request is stored. %(more)s more people have to agree before anything changes.",
            more,
        )
        messages.info(request, text % {"more": more})


@require_POST
def zone_ask(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will ask for a level on a place."""
    incident = access.visible_incident(
        actor_of(request), uuid, area_id=area_of(request), permission="incidents.zone.decide"
    )
    form = _raise_form(request, incident, request.POST)
    if not form.is_valid():
        return _zones(
            request, incident, form, _("Nothing was changed: choose a place and a level, and give the reason.")
        )
    place, values = form.place_chosen(), form.cleaned_data
    wish = {"action": "RAISE", "place_kind": place.kind, "place_uuid": place.uuid, "level": values["level"]}
    try:
        _ask(request, incident, form, **wish, reason=values["reason"])
    except (LookupError, ValueError, OtherBody) as error:
        return _zones(request, incident, form, wording.refusal(error))
    return redirect("incidents:zones", uuid=uuid)


@require_GET
def zone(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will show one level and what is missing before it may end."""
    return _zone(request, access.visible_zone(actor_of(request), uuid, area_id=area_of(request)))


def _zone(request: HttpRequest, row: api.ZoneLevel, form: forms.EndForm | None = None, error: str = "") -> HttpResponse:
    area_id, at = area_of(request), at_of(request)
    incident = row.incident
    rule_set = api.rule_set_of(incident, clock.local_date(at))
    labels = page_tables.level_words(rule_set)
    checks = api.check_lifts(area_id=area_id, incident_id=incident.pk, at=at)
    history = [
        page_tables.zone_card(other, None, labels)
        for other in api.zone_history(area_id, incident.pk)
        if (other.place_kind, other.place_uuid) == (row.place_kind, row.place_uuid) and other.pk != row.pk
    ]
    may_decide = _may(request, "incidents.zone.decide") and row.ends_at is None and incident.state == "OPEN"
    return _page(
        request,
        "zone.html",
        incident,
        "zones",
        status=422 if error else 200,
        title=f"{wording.PLACE_KINDS[row.place_kind]} {row.place_label}",
        error=error,
        zone=page_tables.zone_card(row, checks.get(row.uuid), labels),
        history=history,
        form=(form or _end_form(request, row)) if may_decide else None,
        may_decide=may_decide,
    )


def _end_form(request: HttpRequest, row: api.ZoneLevel, data: Any = None) -> forms.EndForm:
    rule_set = api.rule_set_of(row.incident, clock.local_date(at_of(request)))
    cooler = [level for level in rule_set.zones.levels if api.HEAT[level.canonical] < api.HEAT[row.canonical]]
    return forms.EndForm(data, levels=cooler)


@require_POST
def zone_end(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will ask to lower or lift a level."""
    row = access.visible_zone(actor_of(request), uuid, area_id=area_of(request))
    form = _end_form(request, row, request.POST)
    if not form.is_valid():
        return _zone(request, row, form, _("Nothing was changed: choose a level of the list."))
    values = form.cleaned_data
    wish = {"place_kind": row.place_kind, "place_uuid": row.place_uuid, "level": values["level"]}
    action = "LOWER" if values["level"] else "LIFT"
    try:
        _ask(
            request,
            row.incident,
            form,
            **wish,
            action=action,
            reason=values["reason"],
            is_waived=values["is_waived"],
        )
    except (LookupError, ValueError, OtherBody) as error:
        return _zone(request, row, form, wording.refusal(error))
    return redirect("incidents:zones", uuid=row.incident.uuid)


@require_POST
def zone_agree(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will add this person's agreement to a request."""
    incident = access.visible_request_incident(actor_of(request), uuid, area_id=area_of(request))
    try:
        row = api.agree_zone(uuid=uuid, **_who(request))
    except (LookupError, ValueError, StaleVersion) as error:
        messages.error(request, wording.refusal(error))
    else:
        if row.state == "DONE":
            messages.success(request, _("The level is changed. The plan and the tasks follow by themselves."))
        else:
            messages.info(request, _("Your agreement is stored. Nothing changes until everybody needed has agreed."))
    return redirect("incidents:zones", uuid=incident.uuid)


@require_POST
def zone_refuse(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will take a request off the table."""
    incident = access.visible_request_incident(actor_of(request), uuid, area_id=area_of(request))
    try:
        api.refuse_zone(uuid=uuid, **_who(request))
    except ValueError as error:
        messages.error(request, wording.refusal(error))
    else:
        messages.success(request, _("The request is refused. Nothing was changed on the place."))
    return redirect("incidents:zones", uuid=incident.uuid)


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
    may_assign = _may(request, "incidents.post.assign") and incident.state == "OPEN"
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
    return _page(
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
            **_who(request),
        )
        return {"post": str(row.uuid)}

    try:
        _once(request, "incidents.assign_post", {**_body(form), "incident": str(uuid)}, effect)
    except (LookupError, ValueError, OtherBody) as error:
        return _groups(request, incident, form, wording.refusal(error))
    messages.success(request, _("The post is given. What the account may see is decided by its role, not by the post."))
    return redirect("incidents:groups", uuid=uuid)


@require_POST
def end_post(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will end a post."""
    incident = access.visible_post_incident(actor_of(request), uuid, area_id=area_of(request))
    api.end_post(uuid=uuid, **_who(request))
    messages.success(request, _("The post has ended. Give it to somebody else if the work goes on."))
    return redirect("incidents:groups", uuid=incident.uuid)


@require_GET
def persons(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """This function will list people by status within the viewer's scope, names masked; the look is recorded."""
    area_id = area_of(request)
    incident = access.visible_incident(actor_of(request), uuid, area_id=area_id, permission="incidents.status.list")
    scope = policy.require(actor_of(request), "incidents.status.list", area_id=area_id)
    wanted = request.GET.get("kind", "")
    kinds = (wanted,) if wanted in wording.STATUS else _SHOWN
    rows = api.read_status_list(incident_id=incident.pk, kinds=kinds, scope=scope, **_who(request))
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    counts = api.count_status(area_id, incident.pk, scope)
    return _page(
        request,
        "persons.html",
        incident,
        "persons",
        title=_("People by status"),
        table=page_tables.person_table(list(page), area_id),
        page_obj=page,
        kinds=[
            {"code": code, "label": label, "count": counts[code], "is_current": code == wanted}
            for code, label in wording.STATUS.items()
        ],
        is_all=wanted not in wording.STATUS,
    )


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
    return _page(request, "timeline.html", incident, "timeline", title=_("Timeline"), entries=page, page_obj=page)
