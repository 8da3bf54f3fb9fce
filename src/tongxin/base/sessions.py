"""From a login to an actor: which grants an account has now, and in which compound a request works."""

from datetime import datetime

from django.db.models import Q
from django.http import HttpRequest

from tongxin.base import clock
from tongxin.base.actors import Actor, Grant, ScopeKind
from tongxin.base.models import Account, RoleGrant


def actor_for(account: Account, *, at: datetime) -> Actor:
    """Return the actor of an account with the grants that hold at `at`."""
    rows = RoleGrant.objects.filter(Q(ends_at=None) | Q(ends_at__gt=at), account=account, starts_at__lte=at)
    grants = tuple(Grant(row.role, row.area_id, ScopeKind(row.scope_kind), row.scope_id or None) for row in rows)
    return Actor(label=account.username, account_id=account.pk, grants=grants)


def attach_actor(request: HttpRequest) -> None:
    """Put `actor`, `area_id` and `at` on the request; anonymous requests get an actor without grants."""
    at = clock.now()
    user = request.user
    actor = actor_for(user, at=at) if isinstance(user, Account) else Actor(label="anonymous", account_id=0)
    areas = sorted(actor.area_ids)
    chosen = request.session.get("area_id") if areas else None
    request.actor = actor  # type: ignore[attr-defined]
    request.area_id = chosen if chosen in areas else (areas[0] if areas else 0)  # type: ignore[attr-defined]
    request.at = at  # type: ignore[attr-defined]


def actor_of(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def area_of(request: HttpRequest) -> int:
    """Return the compound that this request works in; 0 when the account has no grant anywhere."""
    area_id: int = request.area_id  # type: ignore[attr-defined]
    return area_id


def at_of(request: HttpRequest) -> datetime:
    """Return the moment of the request: one clock reading a request."""
    at: datetime = request.at  # type: ignore[attr-defined]
    return at
