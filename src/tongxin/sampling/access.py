"""The only way a page gets an object of this room: what may not be seen does not exist (404)."""

from uuid import UUID

from django.http import Http404

from tongxin.base import policy
from tongxin.base.actors import Actor, Scope
from tongxin.community import api as community
from tongxin.sampling import api


def scope_or_404(viewer: Actor, permission: str, *, area_id: int) -> Scope:
    """This function will return what the viewer reaches for a permission, or raise Http404 when it is nothing."""
    scope = policy.scope_for(viewer, permission, area_id=area_id)
    if not (scope.everything or scope.grid_ids or scope.building_ids):
        raise Http404
    return scope


def visible_round(
    viewer: Actor, uuid: UUID, *, area_id: int, permission: str = "sampling.round.read"
) -> api.SamplingRound:
    """This function will return a round of the viewer's compound, or raise Http404."""
    scope_or_404(viewer, permission, area_id=area_id)
    try:
        return api.get_round(area_id, uuid)
    except api.SamplingRound.DoesNotExist:
        raise Http404 from None


def visible_member(viewer: Actor, uuid: UUID, *, area_id: int, permission: str) -> api.RoundMember:
    """This function will return a person's row in a list, if the person lives where the viewer reaches."""
    scope = scope_or_404(viewer, permission, area_id=area_id)
    try:
        row = api.get_member(area_id, uuid)
    except api.RoundMember.DoesNotExist:
        raise Http404 from None
    if not _reaches(scope, row):
        raise Http404
    return row


def _reaches(scope: Scope, row: api.RoundMember) -> bool:
    if scope.everything or row.grid_id in scope.grid_ids:
        return True
    return row.entrance is not None and row.entrance.building_id in scope.building_ids


def visible_person_uuid(viewer: Actor, uuid: UUID, *, area_id: int) -> UUID:
    """This function will return the uuid of a person whom the viewer may register, or raise Http404."""
    scope = scope_or_404(viewer, "sampling.register", area_id=area_id)
    person = community.list_people_by_uuid(area_id=area_id, uuids=[uuid]).get(uuid)
    if person is None or not community.in_scope(person, scope):
        raise Http404
    return uuid


def visible_registration(viewer: Actor, uuid: UUID, *, area_id: int) -> UUID:
    """This function will return the uuid of a registration that the viewer may take back, or raise Http404."""
    scope = scope_or_404(viewer, "sampling.register", area_id=area_id)
    if not api.registration_in_scope(area_id, uuid, scope):
        raise Http404
    return uuid


def visible_tube(viewer: Actor, uuid: UUID, *, area_id: int, permission: str) -> api.Tube:
    """This function will return a tube of the viewer's compound, or raise Http404."""
    scope_or_404(viewer, permission, area_id=area_id)
    try:
        return api.get_tube(area_id, uuid)
    except api.Tube.DoesNotExist:
        raise Http404 from None
