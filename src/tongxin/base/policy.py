"""The access policy: one table, role x permission -> scope, and URL name -> permission.

Each room writes its rows in its own `policy.toml`; together they are the one table that
`docs/reference/access.md` shows. What has no row is refused (404), and a URL without a row fails the build.

    [permissions."community.person.list"]        # permission
    COMMANDER = "AREA"                           # the widest scope that a grant of this role may have here
    GRID_LEADER = "GRID"

    [urls]
    "community:people" = "community.person.list"
    "web:health" = "PUBLIC"                      # PUBLIC: no login; SIGNED_IN: any account
"""

import tomllib
from functools import cache
from pathlib import Path

from django.http import Http404

from tongxin.base.actors import Actor, Grant, Scope, ScopeKind, scope_of

#: Roles, in the order of the role homes. SYSTEM_ADMIN, SECURITY_ADMIN and AUDITOR are kept apart on purpose:
#: administrators cannot read residents, the auditor reads logs and cannot act.
ROLES = (
    "COMMANDER",
    "GRID_LEADER",
    "SAMPLER",
    "MEDIC",
    "VOLUNTEER",
    "CALLER",
    "TRACER",
    "DISPATCHER",
    "DOCUMENTS",
    "AUDITOR",
    "SYSTEM_ADMIN",
    "SECURITY_ADMIN",
)
PUBLIC = "PUBLIC"
SIGNED_IN = "SIGNED_IN"
_WIDTH = {ScopeKind.AREA: 3, ScopeKind.GRID: 2, ScopeKind.BUILDING: 1, ScopeKind.OWN: 0}
_SOURCE = Path(__file__).resolve().parent.parent


class PolicyError(ValueError):
    """A policy file names an unknown role, scope or permission."""


class NotAllowed(Exception):
    """The actor has no grant for this permission here. Pages answer 404, so that nothing is confirmed."""

    def __init__(self, permission: str) -> None:
        super().__init__(permission)
        self.permission = permission


@cache
def table() -> dict[str, dict[str, ScopeKind]]:
    """Return permission -> role -> widest scope, joined from all rooms' `policy.toml`."""
    joined: dict[str, dict[str, ScopeKind]] = {}
    for path in sorted(_SOURCE.glob("*/policy.toml")):
        for permission, row in tomllib.loads(path.read_text(encoding="utf-8")).get("permissions", {}).items():
            unknown = set(row) - set(ROLES)
            if unknown:
                raise PolicyError(f"{path}: {permission}: unknown roles {sorted(unknown)}")
            if permission in joined:
                raise PolicyError(f"{path}: {permission} is defined twice")
            joined[permission] = {role: ScopeKind(scope) for role, scope in row.items()}
    return joined


@cache
def url_permissions() -> dict[str, str]:
    """Return URL name (`room:name`) -> permission, PUBLIC or SIGNED_IN."""
    joined: dict[str, str] = {}
    for path in sorted(_SOURCE.glob("*/policy.toml")):
        joined.update(tomllib.loads(path.read_text(encoding="utf-8")).get("urls", {}))
    unknown = {p for p in joined.values() if p not in (PUBLIC, SIGNED_IN) and p not in table()}
    if unknown:
        raise PolicyError(f"URLs name unknown permissions {sorted(unknown)}")
    return joined


def _narrowed(grant: Grant, widest: ScopeKind) -> Grant | None:
    """Cut a grant down to what the policy allows its role for one permission; None where it cannot be cut."""
    if _WIDTH[grant.scope] <= _WIDTH[widest]:
        return grant
    if widest is ScopeKind.OWN:
        return Grant(grant.role, grant.area_id, ScopeKind.OWN)
    # A compound-wide grant of a role that is limited to grids here: the account names no grid, so nothing.
    return None


def scope_for(actor: Actor, permission: str, *, area_id: int) -> Scope:
    """Return what `actor` may reach for `permission` in a compound; an empty Scope when nothing.

    The system reaches everything. Raises KeyError for a permission that no policy file defines.
    """
    row = table()[permission]
    if actor.is_system:
        return Scope(area_id=area_id, everything=True)
    grants = (_narrowed(grant, row[grant.role]) for grant in actor.grants if grant.role in row)
    return scope_of(area_id, [grant for grant in grants if grant is not None], actor.account_id)


def require(actor: Actor, permission: str, *, area_id: int) -> Scope:
    """Return the scope, or raise `NotAllowed` when it is empty."""
    scope = scope_for(actor, permission, area_id=area_id)
    if scope.is_empty:
        raise NotAllowed(permission)
    return scope


def may(actor: Actor, permission: str, *, area_id: int) -> bool:
    """Return whether the actor reaches anything at all for this permission."""
    return not scope_for(actor, permission, area_id=area_id).is_empty


def hide_unless(actor: Actor, permission: str, *, area_id: int) -> None:
    """Raise Http404 unless the actor may: what may not be seen does not exist for a page."""
    if not may(actor, permission, area_id=area_id):
        raise Http404
