"""Pages of the audit: what was done and who looked, whether the chain holds, an export that is itself recorded."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_POST

from tongxin.base import audit, audit_reads, clock
from tongxin.base.models import AuditEntry
from tongxin.base.pages import may, who
from tongxin.base.sessions import area_of, at_of
from tongxin.web import audit_details, audit_wording, forms, wording
from tongxin.web.templatetags.tongxin_ui import when

PAGE_SIZE = 50
_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ndjson": "application/x-ndjson",
}


@require_GET
def entries(request: HttpRequest) -> HttpResponse:
    """The newest entries first, filtered by the address."""
    return _page(request)


def _page(request: HttpRequest, verdict: dict[str, str] | None = None) -> HttpResponse:
    area_id = area_of(request)
    form = forms.AuditFilterForm(request.GET, actions=audit_reads.actions_of(area_id))
    wanted = form.wanted()
    page = Paginator(audit_reads.entries(area_id, wanted), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "title": pgettext("menu", "Audit"),
        "lead": _("Every deed and every look at a person. Entries are only added, never changed."),
        "form": form,
        "table": _table(list(page.object_list)),
        "page_obj": page,
        "query": form.query(),
        "verdict": verdict or _last_verdict(area_id),
        "who_saw_url": reverse("web:who_saw", args=[wanted.target]) if wanted.target else "",
    }
    return render(request, "web/audit.html", context)


def _table(rows: list[AuditEntry]) -> dict[str, Any]:
    url = reverse("web:audit")
    return {
        "caption": _("Audit entries, the newest first"),
        "columns": [
            {"key": "seq", "label": pgettext("audit", "Number"), "is_number": True},
            {"key": "at", "label": _("When")},
            {"key": "actor", "label": _("Who")},
            {"key": "action", "label": pgettext("audit", "What was done")},
            {"key": "target", "label": _("About")},
            {"key": "detail", "label": _("Codes and counts")},
        ],
        "rows": [
            [
                {"text": row.seq, "is_head": True},
                when(row.at),
                {"text": audit_details.actor_in_words(row.actor), "url": f"{url}?{urlencode({'actor': row.actor})}"},
                audit_wording.action_in_words(row.action),
                _target(row, url),
                audit_details.in_words(row.detail),
            ]
            for row in rows
        ],
        "empty_heading": _("No entry fits"),
        "empty_text": _("Choose another day, or empty the filter."),
    }


def _target(row: AuditEntry, url: str) -> Any:
    kind = audit_wording.kind_in_words(row.target_kind)
    if row.target_uuid is None:
        return kind
    return {"text": f"{kind} …{row.target_uuid.hex[-6:]}", "url": f"{url}?target={row.target_uuid}"}


def _last_verdict(area_id: int) -> dict[str, str]:
    """Return what the newest check found, and when; an audit that nobody has checked is told too."""
    entry = audit_reads.last_check(area_id)
    if entry is None:
        return {"tone": "warning", "text": _("Nobody has checked yet whether the chain is whole.")}
    words = {"at": when(entry.at), "entries": entry.detail["entries"], "who": entry.actor}
    if entry.detail["faults"]:
        return {
            "tone": "error",
            "text": _("Checked %(at)s by %(who)s: %(entries)s entries, and the chain was broken.") % words,
        }
    return {"tone": "info", "text": _("Checked %(at)s by %(who)s: %(entries)s entries, the chain was whole.") % words}


@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Recompute the whole chain and say whether it holds; the check itself is recorded afterwards."""
    area_id = area_of(request)
    report = audit.verify(area_id)
    first = report.faults[0] if report.faults else None
    audit.record(
        "base.audit.verified",
        **who(request),
        target_kind="AuditEntry",
        detail={"entries": report.entries, "faults": len(report.faults)},
    )
    if first is None:
        words = {"at": when(at_of(request)), "entries": report.entries, "head": report.head[:12]}
        sentence = _("Checked %(at)s: %(entries)s entries, the chain is whole. Its head is %(head)s.")
        verdict = {"tone": "success", "text": sentence % words}
    else:
        verdict = {"tone": "error", "text": wording.FAULTS[first.kind] % {"seq": first.seq}}
    return _page(request, verdict)


@require_POST
def export(request: HttpRequest, form: str) -> HttpResponse:
    """Take the filtered entries away as a file; that they were taken is recorded."""
    if form not in _TYPES:
        raise Http404
    asked = forms.AuditFilterForm(request.POST, actions=audit_reads.actions_of(area_of(request)))
    content = audit_reads.export(wanted=asked.wanted(), form=form, **who(request))
    day = clock.local_date(at_of(request)).isoformat()
    response = HttpResponse(content, content_type=_TYPES[form])
    response["Content-Disposition"] = f'attachment; filename="audit-{day}.{form}"'
    response["Cache-Control"] = "no-store"
    return response


@require_GET
def who_saw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Who had to do with one person or thing. A page that names nobody but logins."""
    rows = audit_reads.who_saw(area_of(request), uuid)
    target = f"{reverse('web:audit')}?target={uuid}"
    is_auditor = may(request, "web.audit.read")
    context = {
        "title": _("Who saw this"),
        "lead": _("Identity …%(tail)s. Logins only; headquarters knows who they belong to.") % {"tail": uuid.hex[-6:]},
        "audit_url": target if is_auditor else "",
        "looks_url": f"{target}&action={forms.LOOKS}" if is_auditor else "",
        "table": {
            "caption": _("By login and deed, the last one first"),
            "columns": [
                {"key": "actor", "label": _("Who")},
                {"key": "action", "label": pgettext("audit", "What was done")},
                {"key": "look", "label": _("Looked or changed")},
                {"key": "times", "label": _("Times"), "is_number": True},
                {"key": "last", "label": _("Last")},
            ],
            "rows": [
                [
                    {"text": audit_details.actor_in_words(row.actor), "is_head": True},
                    audit_wording.action_in_words(row.action),
                    _("looked") if row.action in audit_wording.LOOKS else _("changed"),
                    row.times,
                    when(row.last_at),
                ]
                for row in rows
            ],
            "empty_heading": _("Nobody has looked"),
            "empty_text": _("There is no entry about this identity in this compound."),
        },
    }
    return render(request, "web/who_saw.html", context)
