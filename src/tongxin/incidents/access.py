"""The only way a page gets an object of this room: what may not be seen does not exist (404)."""

from uuid import UUID

from django.http import Http404

from tongxin.base import policy
from tongxin.base.actors import Actor
from tongxin.incidents import api


def _hide_unless(viewer: Actor, permission: str, area_id: int) -> None:
    if not policy.may(viewer, permission, area_id=area_id):
        raise Http404


def visible_incident(
    viewer: Actor, uuid: UUID, *, area_id: int, permission: str = "incidents.incident.read"
) -> api.Incident:
    """This function will return an incident of the viewer's compound, or raise Http404."""
    _hide_unless(viewer, permission, area_id)
    try:
        return api.get_incident(area_id, uuid)
    except api.Incident.DoesNotExist:
        raise Http404 from None


def visible_zone(viewer: Actor, uuid: UUID, *, area_id: int) -> api.ZoneLevel:
    """This function will return a zone level of the viewer's compound, or raise Http404."""
    _hide_unless(viewer, "incidents.zone.read", area_id)
    try:
        return api.get_zone(area_id, uuid)
    except api.ZoneLevel.DoesNotExist:
        raise Http404 from None


def visible_request_incident(viewer: Actor, uuid: UUID, *, area_id: int) -> api.Incident:
    """This function will return the incident of a zone request that the viewer may decide, or raise Http404."""
    _hide_unless(viewer, "incidents.zone.decide", area_id)
    try:
        return api.incident_of_request(area_id, uuid)
    except api.Incident.DoesNotExist:
        raise Http404 from None


def visible_post_incident(viewer: Actor, uuid: UUID, *, area_id: int) -> api.Incident:
    """This function will return the incident of a post that the viewer may end, or raise Http404."""
    _hide_unless(viewer, "incidents.post.assign", area_id)
    try:
        return api.incident_of_post(area_id, uuid)
    except api.Incident.DoesNotExist:
        raise Http404 from None
