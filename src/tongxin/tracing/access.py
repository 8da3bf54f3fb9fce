"""The only way a page gets an object of this room: what may not be seen does not exist (404)."""

from typing import Any
from uuid import UUID

from django.http import Http404

from tongxin.base import policy
from tongxin.base.actors import Actor, Scope
from tongxin.community import api as community
from tongxin.incidents import api as incidents
from tongxin.tracing import api
from tongxin.tracing.models import Investigation, Management

READ = "tracing.investigation.read"
WRITE = "tracing.investigation.write"
MANAGEMENT = "tracing.management.list"


def scope_of(viewer: Actor, permission: str, *, area_id: int) -> Scope:
    """This function will return what a viewer reaches for a permission, or raise Http404."""
    scope = policy.scope_for(viewer, permission, area_id=area_id)
    if scope.is_empty:
        raise Http404
    return scope


def visible_incident(viewer: Actor, *, area_id: int, permission: str) -> incidents.Incident | None:
    """This function will return the newest open incident, None when none is open; Http404 without the permission."""
    scope_of(viewer, permission, area_id=area_id)
    return incidents.find_open_incident(area_id)


def visible_investigation(viewer: Actor, uuid: UUID, *, area_id: int, permission: str = READ) -> Investigation:
    """This function will return an investigation that the viewer may open, or raise Http404."""
    scope = scope_of(viewer, permission, area_id=area_id)
    try:
        row = api.get_investigation(area_id, uuid)
    except Investigation.DoesNotExist:
        raise Http404 from None
    is_own = scope.own and row.assigned_to is not None and row.assigned_to.account_id == scope.account_id
    if not (community.in_scope(row.person, scope) or is_own):
        raise Http404
    return row


def visible_management(viewer: Actor, uuid: UUID, *, area_id: int) -> Management:
    """This function will return a management that the viewer may open, or raise Http404."""
    scope = scope_of(viewer, MANAGEMENT, area_id=area_id)
    try:
        row = api.get_management(area_id, uuid)
    except Management.DoesNotExist:
        raise Http404 from None
    if not community.in_scope(row.person, scope):
        raise Http404
    return row


def visible_person(viewer: Actor, uuid: UUID, *, area_id: int) -> Any:
    """This function will return a person whom the viewer may put on a list, or raise Http404."""
    scope = scope_of(viewer, WRITE, area_id=area_id)
    person = community.list_people_by_uuid(area_id=area_id, uuids=[uuid]).get(uuid)
    if person is None or not community.in_scope(person, scope):
        raise Http404
    return person
