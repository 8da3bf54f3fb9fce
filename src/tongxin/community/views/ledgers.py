"""The import of a ledger: upload, columns, dry run, import with progress, result, marked workbook."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tongxin.base.idempotency import Operation, OtherBody, once
from tongxin.base.sessions import actor_of, area_of, at_of
from tongxin.community import access, api, mapping_step, page_tables, wording
from tongxin.community.forms import UploadForm
from tongxin.community.import_flow import ImportFlow

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _op_id(request: HttpRequest) -> UUID:
    """Return the operation id of a form; raises Http404 for a form that did not come from our page."""
    try:
        return UUID(request.POST.get("op_id", ""))
    except ValueError as error:
        raise Http404 from error


@require_GET
def imports(request: HttpRequest, *, flow: ImportFlow) -> HttpResponse:
    """Show the imports so far, the templates and the upload form."""
    return _imports_page(request, flow, UploadForm(kinds=flow.kinds), 200)


def _imports_page(request: HttpRequest, flow: ImportFlow, form: UploadForm, status: int) -> HttpResponse:
    area_id = area_of(request)
    access.scope(actor_of(request), flow.permission, area_id=area_id)
    context = {
        "title": _("Import a ledger"),
        "lead": _("Take the workbook that you already have. Nobody is left out because of one bad field."),
        "form": form,
        "upload_url": flow.url("upload"),
        "needs": wording.NEEDS[flow.kinds[0]],
        "templates": [{"label": wording.KINDS[kind], "url": flow.url("template", kind)} for kind in flow.kinds],
        "table": page_tables.runs_table(api.list_runs(area_id, kinds=flow.kinds), flow),
    }
    return render(request, "community/imports.html", context, status=status)


@require_POST
def upload(request: HttpRequest, *, flow: ImportFlow) -> HttpResponse:
    """Store an upload behind the guard; the same form sent twice is one upload."""
    area_id, viewer, at = area_of(request), actor_of(request), at_of(request)
    access.scope(viewer, flow.permission, area_id=area_id)
    form = UploadForm(request.POST, request.FILES, kinds=flow.kinds)
    if not form.is_valid():
        return _imports_page(request, flow, form, 422)
    content = form.cleaned_data["file"].read()
    kind = form.cleaned_data["kind"]

    def store() -> dict[str, Any]:
        run = api.store_upload(area_id=area_id, kind=kind, content=content, actor=viewer, at=at)
        return {"run": str(run.uuid)}

    body = {"kind": kind, "file": hashlib.sha256(content).hexdigest()}
    operation = Operation(op_id=_op_id(request), kind="community.upload", body=body)
    try:
        outcome = once(operation, store, area_id=area_id, actor=viewer, at=at)
    except api.UploadRefused as refused:
        form.add_error("file", wording.file_words(refused.code, refused.params))
        return _imports_page(request, flow, form, 422)
    except OtherBody:
        form.add_error("file", _("This form was sent before with another file. Reload the page and upload again."))
        return _imports_page(request, flow, form, 409)
    return redirect(flow.url("import", outcome.receipt["run"]))


@require_GET
def template(request: HttpRequest, kind: str, *, flow: ImportFlow) -> HttpResponse:
    """Download the empty workbook of a kind in the page's language."""
    access.scope(actor_of(request), flow.permission, area_id=area_of(request))
    if kind not in flow.kinds:
        raise Http404
    response = HttpResponse(api.ledger_template(kind, language=wording.language()), content_type=_XLSX)
    response["Content-Disposition"] = f'attachment; filename="tongxin-{kind}-template.xlsx"'
    return response


@require_GET
@never_cache
def import_page(request: HttpRequest, uuid: UUID, *, flow: ImportFlow) -> HttpResponse:
    """Show where an import stands: the columns to check, the progress, or what came out."""
    area_id = area_of(request)
    run = access.visible_run(actor_of(request), uuid, flow=flow, area_id=area_id)
    context: dict[str, Any] = {
        "title": wording.KINDS.get(run.kind, run.kind),
        "run": run,
        "back_url": flow.url("imports"),
        "start_url": flow.url("import_start", uuid),
        "marked_url": flow.url("import_marked", uuid),
        "is_about_residents": run.kind in api.RESIDENT_KINDS,
    }
    state = api.job_state(run)
    if run.state == "RUNNING" and state.is_running:
        return render(request, "community/import_running.html", context | {"job": _job(flow, run.uuid, state)})
    if run.state == "RUNNING" and state.state == "PARKED":
        context["parked"] = True
    if run.state == "DONE":
        context |= _result(request, uuid, run.counts)
    if run.state == "REFUSED":
        context["error"] = wording.file_words(run.error.get("code", ""), run.error.get("params", {}))
    if not (run.state == "DONE" and not run.is_dry_run):
        context |= _mapping(request, uuid)
    return render(request, "community/import.html", context)


def _result(request: HttpRequest, uuid: UUID, counts: Mapping[str, int]) -> dict[str, Any]:
    figures = [
        {"label": wording.FATES[code], "value": counts.get(code, 0)}
        for code in ("added", "updated", "unchanged", "doubtful", "refused", "duplicates")
    ]
    try:
        rows = api.import_result(area_id=area_of(request), uuid=uuid)
    except api.FilesGone:
        return {"figures": figures, "is_gone": True}
    page = page_tables.page_of(request, rows)
    return {"figures": figures, "table": page_tables.result_table(list(page.object_list)), "page_obj": page}


def _mapping(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    try:
        found = api.preview_upload(area_id=area_of(request), uuid=uuid, actor=actor_of(request), at=at_of(request))
    except api.UploadRefused as refused:
        return {"error": wording.file_words(refused.code, refused.params)}
    except api.FilesGone:
        return {"is_gone": True}
    return {"sheets": mapping_step.sheets(found)}


def _job(flow: ImportFlow, uuid: UUID, state: api.JobState) -> dict[str, Any]:
    return {
        "label": wording.STEPS.get(state.note, state.note),
        "done": state.percent,
        "total": 100,
        "unit": "%",
        "url": flow.url("import_progress", uuid),
        "cancel_url": flow.url("import_cancel", uuid),
    }


@require_POST
def start(request: HttpRequest, uuid: UUID, *, flow: ImportFlow) -> HttpResponse:
    """Put the dry run or the import into the queue with the columns as chosen; sent twice, it runs once."""
    area_id, viewer = area_of(request), actor_of(request)
    run = access.visible_run(viewer, uuid, flow=flow, area_id=area_id)
    try:
        api.start_import(
            area_id=area_id,
            uuid=run.uuid,
            mapping=mapping_step.chosen(request.POST),
            dry_run=request.POST.get("dry_run") == "1",
            language=wording.language(),
            op_id=_op_id(request),
            actor=viewer,
            at=at_of(request),
        )
    except api.FilesGone:
        messages.error(request, wording.file_words("files_gone"))
    return redirect(flow.url("import", uuid))


@require_GET
@never_cache
def progress(request: HttpRequest, uuid: UUID, *, flow: ImportFlow) -> HttpResponse:
    """Answer the progress bar; when the work is over the page is loaded anew."""
    run = access.visible_run(actor_of(request), uuid, flow=flow, area_id=area_of(request))
    state = api.job_state(run)
    if state.is_running:
        return render(request, "web/_job.html", {"job": _job(flow, run.uuid, state)})
    response = HttpResponse(status=200)
    response["HX-Redirect"] = flow.url("import", uuid)
    return response


@require_POST
def cancel(request: HttpRequest, uuid: UUID, *, flow: ImportFlow) -> HttpResponse:
    """Ask the import to stop; it does so until the writing begins."""
    run = access.visible_run(actor_of(request), uuid, flow=flow, area_id=area_of(request))
    asked = api.cancel_import(area_id=area_of(request), uuid=run.uuid, actor=actor_of(request), at=at_of(request))
    if asked:
        messages.info(request, _("The import was asked to stop. If it is writing already it ends as a whole."))
    else:
        messages.warning(request, _("This import is not running any more."))
    return redirect(flow.url("import", uuid))


@require_GET
@never_cache
def marked(request: HttpRequest, uuid: UUID, *, flow: ImportFlow) -> HttpResponse:
    """Download the user's own workbook with the reasons in it; the download is in the audit."""
    run = access.visible_run(actor_of(request), uuid, flow=flow, area_id=area_of(request))
    try:
        content = api.marked_workbook(
            area_id=area_of(request), uuid=run.uuid, actor=actor_of(request), at=at_of(request)
        )
    except api.FilesGone as error:
        raise Http404 from error
    response = HttpResponse(content, content_type=_XLSX)
    response["Content-Disposition"] = f'attachment; filename="tongxin-{run.kind}-marked.xlsx"'
    return response
