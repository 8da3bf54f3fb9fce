"""The only way a page of this room gets a responder: what may not be seen is 404."""

from uuid import UUID

from django.http import Http404

from tongxin.base import policy
from tongxin.base.actors import Actor
from tongxin.workforce import api


def visible_responder(viewer: Actor, uuid: UUID, *, area_id: int, permission: str) -> api.Responder:
    """Return a responder whom the permission's scope reaches. Raises Http404."""
    scope = policy.scope_for(viewer, permission, area_id=area_id)
    found = api.list_responders(area_id=area_id, active=None, scope=scope).filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found


def my_responder(viewer: Actor, *, area_id: int) -> api.Responder | None:
    """Return the responder who is looking, or None for an account that is none."""
    return api.find_responder_of(viewer.account_id, area_id)


def visible_rota(viewer: Actor, uuid: UUID, *, area_id: int) -> api.Rota:
    """Return a week of shifts for those who manage them. Raises Http404."""
    policy.require(viewer, "workforce.rota.manage", area_id=area_id)
    try:
        return api.get_rota(area_id, uuid)
    except api.Rota.DoesNotExist as error:
        raise Http404 from error
