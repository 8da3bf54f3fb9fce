"""What every room's pages do alike: who is here, and doing a form's deed once for its operation id."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from django.http import HttpRequest

from tongxin.base import policy
from tongxin.base.actors import Actor
from tongxin.base.idempotency import Operation, Outcome, once
from tongxin.base.ids import new_uuid
from tongxin.base.sessions import actor_of, area_of, at_of


class Who(TypedDict):
    area_id: int
    actor: Actor
    at: datetime


def who(request: HttpRequest) -> Who:
    """Return the keywords that every write takes."""
    return {"area_id": area_of(request), "actor": actor_of(request), "at": at_of(request)}


def may(request: HttpRequest, permission: str) -> bool:
    """Return whether whoever is here reaches anything for this permission."""
    return policy.may(actor_of(request), permission, area_id=area_of(request))


def op_id_of(request: HttpRequest) -> UUID:
    """Return the form's operation id; a form without one gets a new one, so that its deed is still receipted."""
    try:
        return UUID(request.POST.get("op_id", ""))
    except ValueError:
        return new_uuid()


def once_for_form(
    request: HttpRequest, kind: str, body: dict[str, Any], effect: Callable[[], dict[str, Any]]
) -> Outcome:
    """Run `effect` once for the form's operation id. Raises OtherBody."""
    operation = Operation(op_id_of(request), kind, {key: str(value) for key, value in body.items()})
    return once(operation, effect, **who(request))
