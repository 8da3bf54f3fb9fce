"""The only way a page gets an object of this room: what may not be seen does not exist (404)."""

from uuid import UUID

from django.http import Http404

from tongxin.base import policy
from tongxin.base.actors import Actor
from tongxin.community import api as community
from tongxin.incidents import api


def visible_incident(
    viewer: Actor, uuid: UUID, *, area_id: int, permission: str = "incidents.incident.read"
) -> api.Incident:
    """This function will return an incident of the viewer's compound, or raise Http404."""
    policy.hide_unless(viewer, permission, area_id=area_id)
    try:
        return api.get_incident(area_id, uuid)
    except api.Incident.DoesNotExist:
        raise Http404 from None


def visible_zone(viewer: Actor, uuid: UUID, *, area_id: int) -> api.ZoneLevel:
    """This function will return a zone level of the viewer's compound, or raise Http404."""
    policy.hide_unless(viewer, "incidents.zone.read", area_id=area_id)
    try:
        return api.get_zone(area_id, uuid)
    except api.ZoneLevel.DoesNotExist:
        raise Http404 from None


def visible_request_incident(viewer: Actor, uuid: UUID, *, area_id: int) -> api.Incident:
    """This function will return the incident of a zone request that the viewer may decide, or raise Http404."""
    policy.hide_unless(viewer, "incidents.zone.decide", area_id=area_id)
    try:
        return api.incident_of_request(area_id, uuid)
    except api.Incident.DoesNotExist:
        raise Http404 from None


def visible_person(
    viewer: Actor, uuid: UUID, person_uuid: UUID, *, area_id: int, permission: str = "incidents.status.list"
) -> tuple[api.Incident, community.Person]:
    """This function will return an incident and a person of it whom the viewer reaches, or raise Http404."""
    incident = visible_incident(viewer, uuid, area_id=area_id, permission=permission)
    person = community.list_people_by_uuid(area_id=area_id, uuids=[person_uuid]).get(person_uuid)
    if person is None or not community.in_scope(person, policy.scope_for(viewer, permission, area_id=area_id)):
        raise Http404
    return incident, person


def visible_withdrawal(viewer: Actor, uuid: UUID, *, area_id: int) -> api.FactWithdrawal:
    """This function will return a withdrawal that the viewer may decide, or raise Http404."""
    policy.hide_unless(viewer, "incidents.status.agree", area_id=area_id)
    try:
        return api.get_withdrawal(area_id, uuid)
    except api.FactWithdrawal.DoesNotExist:
        raise Http404 from None


def visible_fact(viewer: Actor, uuid: UUID, *, area_id: int) -> api.PersonStatus:
    """This function will return a fact that the viewer may put back, or raise Http404."""
    policy.hide_unless(viewer, "incidents.status.withdraw", area_id=area_id)
    scope = policy.scope_for(viewer, "incidents.status.withdraw", area_id=area_id)
    row = api.fact_in_scope(area_id, uuid, scope)
    if row is None:
        raise Http404
    return row


def visible_post_incident(viewer: Actor, uuid: UUID, *, area_id: int) -> api.Incident:
    """This function will return the incident of a post that the viewer may end, or raise Http404."""
    policy.hide_unless(viewer, "incidents.post.assign", area_id=area_id)
    try:
        return api.incident_of_post(area_id, uuid)
    except api.Incident.DoesNotExist:
        raise Http404 from None
