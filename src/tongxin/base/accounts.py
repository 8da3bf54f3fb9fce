"""Logins and grants: made by the security administrator, the installation's first command, or the demo."""

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from tongxin.base import audit
from tongxin.base.actors import Actor, ScopeKind
from tongxin.base.models import Account, RoleGrant
from tongxin.base.policy import ROLES


class NameTaken(ValueError):
    """Another account has this login."""


class UnknownRole(ValueError):
    """No policy knows this role."""


def make_account(
    *, area_id: int, username: str, password: str, language: str = "zh-hans", actor: Actor, at: datetime
) -> Account:
    """Make a login without any role, and return it. The password is never recorded anywhere but as its hash.

    Raises NameTaken, and ValidationError for a password that the settings' validators refuse.
    """
    validate_password(password)
    with transaction.atomic():
        if Account.objects.filter(username=username).exists():
            raise NameTaken(username)
        account = Account(username=username, language=language)
        account.set_password(password)
        account.save(force_insert=True)
        _record("base.account.made", account, actor=actor, at=at, area_id=area_id)
    return account


def grant_role(
    *,
    area_id: int,
    account: Account,
    role: str,
    scope: ScopeKind = ScopeKind.AREA,
    scope_id: int = 0,
    actor: Actor,
    at: datetime,
) -> RoleGrant:
    """Give an account a role from now on, and return the grant; one that holds already is returned as it is.

    `scope_id` is the id of the grid or building that the scope names. Raises UnknownRole.
    """
    if role not in ROLES:
        raise UnknownRole(role)
    with transaction.atomic():
        row, is_new = RoleGrant.objects.get_or_create(
            area_id=area_id,
            account=account,
            role=role,
            scope_kind=scope.value,
            scope_id=scope_id,
            ends_at=None,
            defaults={"starts_at": at},
        )
        if is_new:
            detail = {"role": role, "scope": scope.value, "scope_id": scope_id}
            _record("base.role.granted", account, actor=actor, at=at, area_id=area_id, **detail)
    return row


def _record(action: str, account: Account, *, actor: Actor, at: datetime, area_id: int, **detail: str | int) -> None:
    audit.record(
        action,
        actor=actor,
        at=at,
        area_id=area_id,
        target_kind="Account",
        target_uuid=account.uuid,
        detail=detail,
    )
