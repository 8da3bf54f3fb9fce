"""The only way a page of this room gets an object: what may not be seen is 404."""

from uuid import UUID

from django.http import Http404

from tongxin.base import policy
from tongxin.base.actors import Actor
from tongxin.dispatch import api
from tongxin.workforce import api as workforce


def visible_task(viewer: Actor, uuid: UUID, *, area_id: int) -> api.Task:
    """Return a task of the viewer's scope. Raises Http404."""
    scope = policy.scope_for(viewer, "dispatch.task.list", area_id=area_id)
    try:
        task = api.get_task(area_id, uuid)
    except api.Task.DoesNotExist as error:
        raise Http404 from error
    if scope.everything or task.grid_id in scope.grid_ids or task.building_id in scope.building_ids:
        return task
    raise Http404


def visible_search(viewer: Actor, uuid: UUID, *, area_id: int, purpose: str = "PLAN") -> api.PlanSearch:
    """Return a search for somebody who may look at the board. Raises Http404."""
    policy.hide_unless(viewer, "dispatch.board.read", area_id=area_id)
    try:
        search = api.get_search(area_id, uuid)
    except api.PlanSearch.DoesNotExist as error:
        raise Http404 from error
    if search.purpose != purpose:
        raise Http404
    return search


def visible_call(viewer: Actor, uuid: UUID, *, area_id: int) -> api.CallDraft:
    """Return a drafted call for somebody who may steer work. Raises Http404."""
    policy.hide_unless(viewer, "dispatch.task.manage", area_id=area_id)
    try:
        return api.get_call(area_id, uuid)
    except api.CallDraft.DoesNotExist as error:
        raise Http404 from error


def my_responder(viewer: Actor, *, area_id: int) -> workforce.Responder | None:
    """Return the responder who is looking, or None for an account that is none."""
    return workforce.find_responder_of(viewer.account_id, area_id)


def my_assignment(viewer: Actor, uuid: UUID, *, area_id: int) -> api.Assignment:
    """Return an assignment of the viewer's own. Raises Http404."""
    try:
        row = api.get_assignment(area_id, uuid)
    except api.Assignment.DoesNotExist as error:
        raise Http404 from error
    if viewer.account_id is None or row.responder.account_id != viewer.account_id:
        raise Http404
    return row


def managed_assignment(viewer: Actor, uuid: UUID, *, area_id: int) -> api.Assignment:
    """Return an assignment for somebody who may steer work. Raises Http404."""
    if not policy.may(viewer, "dispatch.task.manage", area_id=area_id):
        raise Http404
    try:
        return api.get_assignment(area_id, uuid)
    except api.Assignment.DoesNotExist as error:
        raise Http404 from error
