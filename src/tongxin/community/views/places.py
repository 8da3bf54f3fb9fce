"""Places: grids, buildings, entrances, dwellings, departments, and the site plan."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from tongxin.base import policy
from tongxin.base.sessions import actor_of, area_of, at_of
from tongxin.base.versions import StaleVersion
from tongxin.community import access, api, page_tables, wording
from tongxin.community.forms import BuildingForm, SitePlanForm


@require_GET
def places(request: HttpRequest) -> HttpResponse:
    """Show the compound from grids to entrances, with what is still missing."""
    area_id, viewer = area_of(request), actor_of(request)
    access.scope(viewer, "community.place.read", area_id=area_id)
    buildings = api.list_buildings(area_id)
    context = {
        "title": _("Places"),
        "lead": _("Compound, grids, buildings, entrances and dwellings. Zone levels are set on these."),
        "grids": [
            {
                "label": grid.name or grid.number,
                "buildings": ", ".join(b.number for b in buildings if b.grid_id == grid.pk),
            }
            for grid in api.list_grids(area_id)
        ],
        "table": page_tables.buildings_table(buildings),
        "plan_form": SitePlanForm() if policy.may(viewer, "community.place.edit", area_id=area_id) else None,
    }
    return render(request, "community/places.html", context)


@require_POST
def site_plan(request: HttpRequest) -> HttpResponse:
    """Load coordinates of buildings and entrances from a file; everything or nothing."""
    area_id, viewer = area_of(request), actor_of(request)
    access.scope(viewer, "community.place.edit", area_id=area_id)
    form = SitePlanForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, _("Choose a site plan file first. Nothing was changed."))
        return redirect("community:places")
    try:
        loaded = api.load_site_plan(
            area_id=area_id, content=form.cleaned_data["file"].read(), actor=viewer, at=at_of(request)
        )
    except api.SitePlanWrong as wrong:
        words = wording.PLAN_ERRORS.get(wrong.code, wrong.code)
        messages.error(request, _("Nothing was changed. %(reason)s") % {"reason": f"{words} {wrong.where}".strip()})
        return redirect("community:places")
    text = ngettext(
        "The site plan gave coordinates to %(count)s building.",
        "The site plan gave coordinates to %(count)s buildings.",
        loaded.buildings,
    ) % {"count": loaded.buildings}
    messages.success(request, text)
    if loaded.unknown:
        numbers = ", ".join(loaded.unknown[:20])
        messages.warning(
            request, _("The compound has no building with these numbers: %(numbers)s") % {"numbers": numbers}
        )
    return redirect("community:places")


def _building_page(request: HttpRequest, uuid: UUID, form: BuildingForm | None, status: int = 200) -> HttpResponse:
    area_id, viewer = area_of(request), actor_of(request)
    row = access.visible_building(viewer, uuid, area_id=area_id)
    grids = [(str(grid.uuid), grid.name or grid.number) for grid in api.list_grids(area_id)]
    initial = {
        "name": row.name,
        "grid": str(row.grid.uuid) if row.grid else "",
        "floors": row.floors,
        "has_lift": row.has_lift,
        "x": row.x,
        "y": row.y,
        "version": row.version,
    }
    if form is None and policy.may(viewer, "community.place.edit", area_id=area_id):
        form = BuildingForm(initial=initial, grids=grids)
    page = page_tables.page_of(request, api.list_dwellings(area_id, building_id=row.pk))
    context = {
        "title": row.name or _("Building %(number)s") % {"number": row.number},
        "building": row,
        "form": form,
        "table": page_tables.dwellings_table(page.object_list),
        "page_obj": page,
    }
    return render(request, "community/building.html", context, status=status)


@require_GET
def building(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show one building with its dwellings in walking order, and a form for those who may change it."""
    return _building_page(request, uuid, None)


@require_POST
def edit_building(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Change grid, floors, lift or coordinates of a building; its people follow into the grid."""
    area_id, viewer = area_of(request), actor_of(request)
    access.visible_building(viewer, uuid, area_id=area_id, permission="community.place.edit")
    grids = [(str(grid.uuid), grid.name or grid.number) for grid in api.list_grids(area_id)]
    form = BuildingForm(request.POST, grids=grids)
    if not form.is_valid():
        return _building_page(request, uuid, form, status=422)
    data = form.cleaned_data
    try:
        api.update_building(
            area_id=area_id,
            uuid=uuid,
            version=data["version"],
            grid_uuid=UUID(data["grid"]) if data["grid"] else None,
            name=data["name"],
            floors=data["floors"],
            has_lift=data["has_lift"],
            x=data["x"],
            y=data["y"],
            actor=viewer,
            at=at_of(request),
        )
    except StaleVersion:
        form.add_error(None, _("Somebody else changed this building meanwhile. Open it again and compare."))
        return _building_page(request, uuid, form, status=409)
    messages.success(request, _("The building was changed. Its people are in its grid now."))
    return redirect("community:building", uuid=uuid)


@require_GET
def departments(request: HttpRequest) -> HttpResponse:
    """Show departments, work units and classes with how many people each has."""
    area_id = area_of(request)
    access.scope(actor_of(request), "community.place.read", area_id=area_id)
    page = page_tables.page_of(request, api.list_departments(area_id))
    context = {
        "title": _("Departments and classes"),
        "lead": _("Contacts in a class or a department are found by this list."),
        "table": page_tables.departments_table(page.object_list),
        "page_obj": page,
    }
    return render(request, "community/list.html", context)
