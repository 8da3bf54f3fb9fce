"""The only way a page gets an object of this room: what may not be seen does not exist (404)."""

from uuid import UUID

from django.http import Http404

from tongxin.base import policy
from tongxin.base.actors import Actor
from tongxin.incidents import api as incidents
from tongxin.situation import api


def visible_incident(
    viewer: Actor, asked: str, *, area_id: int, permission: str = "situation.figure.read"
) -> incidents.Incident | None:
    """Return the asked incident of the viewer's compound, the newest without `asked`, None before the first one.

    Raises Http404 for what is unknown or may not be seen.
    """
    policy.hide_unless(viewer, permission, area_id=area_id)
    try:
        return api.incident_of(area_id, UUID(asked) if asked else None)
    except (ValueError, incidents.Incident.DoesNotExist):
        raise Http404 from None


def visible_report(viewer: Actor, uuid: UUID, *, area_id: int, permission: str = "situation.report.read") -> api.Report:
    """Return a report of the viewer's compound, or raise Http404."""
    policy.hide_unless(viewer, permission, area_id=area_id)
    try:
        return api.get_report(area_id, uuid)
    except api.Report.DoesNotExist:
        raise Http404 from None


def visible_snapshot(viewer: Actor, uuid: UUID, *, area_id: int) -> api.Snapshot:
    """Return a snapshot of the viewer's compound, or raise Http404."""
    policy.hide_unless(viewer, "situation.report.read", area_id=area_id)
    try:
        return api.get_snapshot(area_id, uuid)
    except api.Snapshot.DoesNotExist:
        raise Http404 from None
