"""What a viewer may see of this room. Views get their rows here and nowhere else; what may not be seen is 404."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404

from tongxin.base import policy
from tongxin.base.actors import Actor, Scope
from tongxin.community.api import people as people_api
from tongxin.community.import_flow import ImportFlow
from tongxin.community.models import Building, Dwelling, ImportRun, MergeCandidate, Person, VerifyItem


def scope(viewer: Actor, permission: str, *, area_id: int) -> Scope:
    """This function will return what the viewer reaches; raises Http404 when that is nothing."""
    try:
        return policy.require(viewer, permission, area_id=area_id)
    except policy.NotAllowed as error:
        raise Http404 from error


def visible_person(viewer: Actor, uuid: UUID, *, area_id: int, permission: str = "community.person.list") -> Person:
    """This function will return a person in the viewer's scope, also one who moved out, never an erased one."""
    reach = scope(viewer, permission, area_id=area_id)
    rows = Person.objects.select_related("dwelling", "department", "building")
    person = rows.filter(area_id=area_id, uuid=uuid, erased_at=None).first()
    if person is None or not people_api.in_scope(person, reach):
        raise Http404
    return person


def visible_building(viewer: Actor, uuid: UUID, *, area_id: int, permission: str = "community.place.read") -> Building:
    """This function will return a building of the compound."""
    scope(viewer, permission, area_id=area_id)
    building = Building.objects.select_related("grid").filter(area_id=area_id, uuid=uuid).first()
    if building is None:
        raise Http404
    return building


def visible_dwelling(viewer: Actor, uuid: UUID, *, area_id: int) -> Dwelling:
    """This function will return a dwelling in the viewer's scope."""
    reach = scope(viewer, "community.person.list", area_id=area_id)
    dwelling = Dwelling.objects.select_related("entrance__building__grid").filter(area_id=area_id, uuid=uuid).first()
    if dwelling is None:
        raise Http404
    building = dwelling.entrance.building
    if not (reach.everything or building.grid_id in reach.grid_ids or building.pk in reach.building_ids):
        raise Http404
    return dwelling


def visible_candidate(viewer: Actor, uuid: UUID, *, area_id: int) -> MergeCandidate:
    """This function will return a pair of which the viewer reaches both people."""
    reach = scope(viewer, "community.duplicate.decide", area_id=area_id)
    rows = MergeCandidate.objects.select_related("first__dwelling", "second__dwelling")
    pair = rows.filter(area_id=area_id, uuid=uuid).first()
    if pair is None or not (people_api.in_scope(pair.first, reach) and people_api.in_scope(pair.second, reach)):
        raise Http404
    return pair


def visible_verify_item(viewer: Actor, uuid: UUID, *, area_id: int) -> VerifyItem:
    """This function will return an open item about a person in the viewer's scope."""
    reach = scope(viewer, "community.person.correct", area_id=area_id)
    rows = VerifyItem.objects.select_related("person__dwelling").filter(area_id=area_id, uuid=uuid, resolved_at=None)
    item = rows.first()
    if item is None or not people_api.in_scope(item.person, reach):
        raise Http404
    return item


def visible_run(viewer: Actor, uuid: UUID, *, flow: ImportFlow, area_id: int) -> ImportRun:
    """This function will return an import of the compound whose kind belongs to the flow."""
    scope(viewer, flow.permission, area_id=area_id)
    run = ImportRun.objects.filter(area_id=area_id, uuid=uuid, kind__in=flow.kinds).first()
    if run is None:
        raise Http404
    return run
