"""The only way a page gets an object of this room: what may not be seen does not exist (404)."""

from uuid import UUID

from django.http import Http404

from tongxin.base import policy
from tongxin.base.actors import Actor
from tongxin.hq import api


def visible_plan(viewer: Actor, uuid: UUID, *, area_id: int) -> api.Plan:
    """Return a plan of the viewer's compound, or raise Http404."""
    policy.hide_unless(viewer, "hq.plan.read", area_id=area_id)
    try:
        return api.get_plan(area_id, uuid)
    except api.Plan.DoesNotExist:
        raise Http404 from None


def visible_line(viewer: Actor, uuid: UUID, *, area_id: int) -> api.PlanLine:
    """Return a plan line that the viewer may decide about, or raise Http404."""
    policy.hide_unless(viewer, "hq.plan.decide", area_id=area_id)
    try:
        return api.get_line(area_id, uuid)
    except api.PlanLine.DoesNotExist:
        raise Http404 from None


def visible_order(viewer: Actor, uuid: UUID, *, area_id: int) -> api.Order:
    """Return an order of the viewer's compound, or raise Http404."""
    policy.hide_unless(viewer, "hq.order.read", area_id=area_id)
    try:
        return api.get_order(area_id, uuid)
    except api.Order.DoesNotExist:
        raise Http404 from None


def visible_meeting(viewer: Actor, uuid: UUID, *, area_id: int) -> api.Meeting:
    """Return a meeting of the viewer's compound, or raise Http404."""
    policy.hide_unless(viewer, "hq.meeting.read", area_id=area_id)
    try:
        return api.get_meeting(area_id, uuid)
    except api.Meeting.DoesNotExist:
        raise Http404 from None
