"""What this room's views share: who asks, and doing a thing once for its operation id."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from tongxin.base.idempotency import Operation, Outcome, once
from tongxin.base.ids import new_uuid
from tongxin.base.sessions import actor_of, area_of, at_of


def who(request: HttpRequest) -> dict[str, Any]:
    """Return compound, actor and moment of a request, as the api takes them."""
    return {"area_id": area_of(request), "actor": actor_of(request), "at": at_of(request)}


def run_once(request: HttpRequest, kind: str, body: dict[str, Any], effect: Callable[[], dict[str, Any]]) -> Outcome:
    """Run an effect once for the form's operation id. Raises OtherBody."""
    try:
        op_id = UUID(request.POST.get("op_id", ""))
    except ValueError:
        op_id = new_uuid()
    return once(Operation(op_id, kind, body), effect, **who(request))
