"""The only way a page gets an object of this room: what may not be seen does not exist (404)."""

from typing import Any
from uuid import UUID

from django.http import Http404

from tongxin.base import policy
from tongxin.base.actors import Actor, Scope
from tongxin.community import api as community
from tongxin.incidents import api as incidents
from tongxin.residents import api
from tongxin.workforce import api as workforce


def open_incident(area_id: int) -> incidents.Incident | None:
    """This function will return the incident whose ledger the pages show: the newest open one, or None."""
    return incidents.find_open_incident(area_id)


def my_responder(viewer: Actor, *, area_id: int) -> workforce.Responder | None:
    """This function will return the responder who is looking, or None for an account that is none."""
    return workforce.find_responder_of(viewer.account_id, area_id)


def _reaches(scope: Scope, grid_id: int | None, building_id: int | None) -> bool:
    return scope.everything or grid_id in scope.grid_ids or building_id in scope.building_ids


def visible_pair(
    viewer: Actor, uuid: UUID, *, area_id: int, permission: str = "residents.pair.list"
) -> api.LiaisonPair:
    """This function will return a pair of the viewer's scope, or raise Http404."""
    scope = policy.scope_for(viewer, permission, area_id=area_id)
    try:
        row = api.get_pair(area_id, uuid)
    except api.LiaisonPair.DoesNotExist:
        raise Http404 from None
    if _reaches(scope, row.grid_id, row.person.building_id):
        return row
    raise Http404


def visible_round(viewer: Actor, uuid: UUID, *, area_id: int) -> api.CallRound:
    """This function will return a round of the viewer's compound, or raise Http404; its calls are scoped apart."""
    if not policy.may(viewer, "residents.round.list", area_id=area_id):
        raise Http404
    try:
        return api.get_round(area_id, uuid)
    except api.CallRound.DoesNotExist:
        raise Http404 from None


def call_in_hands(viewer: Actor, uuid: UUID, *, area_id: int) -> api.LiaisonCall:
    """This function will return a call that the viewer makes, or of a scope in which the viewer manages calls.

    Raises Http404.
    """
    try:
        row = api.get_call(area_id, uuid)
    except api.LiaisonCall.DoesNotExist:
        raise Http404 from None
    if api.is_in_hands(row, viewer.account_id):
        return row
    scope = policy.scope_for(viewer, "residents.call.manage", area_id=area_id)
    if _reaches(scope, row.grid_id, row.person.building_id):
        return row
    raise Http404


def visible_request(
    viewer: Actor, uuid: UUID, *, area_id: int, permission: str = "residents.request.list"
) -> api.Request:
    """This function will return a request that the viewer reaches, or raise Http404."""
    scope = policy.scope_for(viewer, permission, area_id=area_id)
    try:
        row = api.get_request(area_id, uuid)
    except api.Request.DoesNotExist:
        raise Http404 from None
    if api.reaches(scope, row, viewer.roles(area_id)):
        return row
    raise Http404


def visible_person(viewer: Actor, uuid: UUID, *, area_id: int) -> Any:
    """This function will return a person for whom the viewer may open a request, or raise Http404."""
    scope = policy.scope_for(viewer, "residents.request.open", area_id=area_id)
    found = community.list_people_by_uuid(area_id=area_id, uuids=[uuid]).get(uuid)
    if found is None or found.erased_at is not None or not community.in_scope(found, scope):
        raise Http404
    return found
