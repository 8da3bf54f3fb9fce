"""The rules in force with source and grade, and switching to another rule set after a preview."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongxin.base import clock
from tongxin.base.idempotency import OtherBody
from tongxin.base.sessions import actor_of, area_of, at_of
from tongxin.incidents import access, api, forms, page_tables, wording
from tongxin.incidents.views.page import body_of, incident_page, may, run_once, who


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
    return incident_page(
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
        may_order=may(request, "incidents.rules.switch"),
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
            incident_id=incident.pk, rule_set_id=values["rule_set_id"], starts_at=form.starts_at(), **who(request)
        )
        return {"order": str(row.uuid)}

    try:
        run_once(request, "incidents.switch", {**body_of(form), "incident": str(uuid)}, effect)
    except (LookupError, OtherBody) as error:
        return _rules(request, incident, form, wording.refusal(error))
    messages.success(
        request,
        _("The rule set is ordered. People under management keep their days until tracing applies it to them."),
    )
    return redirect("incidents:rules", uuid=uuid)
