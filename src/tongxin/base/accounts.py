"""Logins and grants: made by the security administrator, the installation's first command, or the demo.

Officers are separate: an account that holds an office (system, security, audit) holds nothing else, nobody gives a
role to himself, and nobody takes an account away from himself.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import IntegrityError, transaction
from django.db.models import Max, Q, QuerySet

from tongxin.base import audit, lockout, policy
from tongxin.base.actors import Actor, ScopeKind
from tongxin.base.models import Account, RoleGrant
from tongxin.base.policy import ROLES

#: Offices that exclude each other and every other role: who steers must not read, who checks must not steer.
OFFICES = frozenset({"SYSTEM_ADMIN", "SECURITY_ADMIN", "AUDITOR"})
MANAGE = "web.account.manage"
#: Letters and digits that nobody mistakes for each other when they are read out.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP_LENGTH = 4, 4


class NameTaken(ValueError):
    """Another account has this login."""


class UnknownRole(ValueError):
    """No policy knows this role."""


class WrongScope(ValueError):
    """The scope names no place where it must, or a role is wider than any permission of it."""


class OwnAccount(Exception):
    """Nobody gives a role to himself, nor locks himself out: another security administrator does that."""


class OfficesApart(Exception):
    """System, security and audit are held by different people, who hold nothing else."""


class ServesElsewhere(Exception):
    """The account serves another compound too, where the actor has no say over it."""


def one_time_password() -> str:
    """Return a password of four groups of four (79 bits), easy to read out, to be shown once."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
    return "-".join(groups)


def make_account(
    *,
    area_id: int,
    username: str,
    password: str,
    language: str = "zh-hans",
    must_change_password: bool = False,
    actor: Actor,
    at: datetime,
) -> Account:
    """Make a login without any role, and return it. The password is never recorded anywhere but as its hash.

    Raises NameTaken, and ValidationError for a login or password that the validators refuse.
    """
    UnicodeUsernameValidator()(username)
    validate_password(password)
    account = Account(username=username, language=language, must_change_password=must_change_password)
    account.set_password(password)
    with transaction.atomic():
        if Account.objects.filter(username__iexact=username).exists():
            raise NameTaken(username)
        try:
            with transaction.atomic():
                account.save(force_insert=True)
        except IntegrityError as error:
            raise NameTaken(username) from error
        _record("base.account.made", account, actor=actor, at=at, area_id=area_id)
    return account


def grant_role(
    *,
    area_id: int,
    account: Account,
    role: str,
    scope: ScopeKind = ScopeKind.AREA,
    scope_id: int = 0,
    ends_at: datetime | None = None,
    actor: Actor,
    at: datetime,
) -> RoleGrant:
    """Give an account a role from now on, and return the grant; one that holds already is returned as it is.

    `scope_id` is the id of the grid or building that the scope names. Raises UnknownRole, WrongScope, OwnAccount,
    OfficesApart.
    """
    if role not in ROLES:
        raise UnknownRole(role)
    if actor.account_id is not None and actor.account_id == account.pk:
        raise OwnAccount(role)
    if (scope in (ScopeKind.GRID, ScopeKind.BUILDING)) != bool(scope_id) or (ends_at is not None and ends_at <= at):
        raise WrongScope(scope.value)
    names_it = {"area_id": area_id, "account": account, "role": role, "scope_kind": scope.value, "scope_id": scope_id}
    with transaction.atomic():
        # One writer an account: two officers must not together grant what neither may alone.
        Account.objects.select_for_update().get(pk=account.pk)
        held = set(_holding(at).filter(account=account).values_list("role", flat=True)) - {role}
        if held and (role in OFFICES or held & OFFICES):
            raise OfficesApart(role)
        row = _holding(at).filter(**names_it, ends_at=ends_at).first()
        if row is not None:
            return row
        row = RoleGrant.objects.create(**names_it, starts_at=at, ends_at=ends_at)
        detail: dict[str, object] = {"role": role, "scope": scope.value, "scope_id": scope_id}
        if ends_at is not None:
            detail["ends_at"] = ends_at.isoformat()
        _record("base.role.granted", account, actor=actor, at=at, area_id=area_id, **detail)
    return row


def end_grant(*, area_id: int, uuid: UUID, actor: Actor, at: datetime) -> RoleGrant:
    """End a grant now; one that has ended already stays as it is. Raises RoleGrant.DoesNotExist, OwnAccount."""
    with transaction.atomic():
        row = RoleGrant.objects.select_for_update().select_related("account").get(area_id=area_id, uuid=uuid)
        if row.account_id == actor.account_id:
            raise OwnAccount(row.role)
        if row.ends_at is None or row.ends_at > at:
            RoleGrant.objects.filter(pk=row.pk).update(ends_at=at)
            row.ends_at = at
            detail = {"role": row.role, "scope": row.scope_kind, "scope_id": row.scope_id}
            _record("base.role.ended", row.account, actor=actor, at=at, area_id=area_id, **detail)
    return row


def set_active(*, area_id: int, account: Account, is_active: bool, actor: Actor, at: datetime) -> bool:
    """Let an account in, or keep it out at once on all devices; return whether that changed anything.

    Raises OwnAccount, ServesElsewhere.
    """
    _over(account, actor=actor, at=at)
    with transaction.atomic():
        changed = Account.objects.filter(pk=account.pk, is_active=not is_active).update(is_active=is_active)
        if changed:
            action = "base.account.activated" if is_active else "base.account.deactivated"
            _record(action, account, actor=actor, at=at, area_id=area_id)
    return bool(changed)


def reset_password(*, area_id: int, account: Account, actor: Actor, at: datetime) -> str:
    """Give an account a one-time password, sign it out everywhere, end its lockout, and return the password.

    Raises OwnAccount, ServesElsewhere.
    """
    _over(account, actor=actor, at=at)
    password = one_time_password()
    with transaction.atomic():
        row = Account.objects.select_for_update().get(pk=account.pk)
        row.set_password(password)
        row.must_change_password = True
        row.save(update_fields=["password", "must_change_password"])
        lockout.clear(row.username)
        lockout.forget_devices(row)
        _record("base.account.password_renewed", row, actor=actor, at=at, area_id=area_id)
    return password


def unlock(*, area_id: int, account: Account, actor: Actor, at: datetime) -> int:
    """End a lockout after wrong passwords, and return how many devices were locked or counted."""
    with transaction.atomic():
        count = lockout.clear(account.username)
        _record("base.account.unlocked", account, actor=actor, at=at, area_id=area_id, devices=count)
    return count


def note_own_password(account: Account, *, actor: Actor, at: datetime) -> None:
    """Record in each compound of an account that its owner chose a new password."""
    for area_id in sorted(actor.area_ids):
        _record("base.account.password_chosen", account, actor=actor, at=at, area_id=area_id)


def set_display(account: Account, *, language: str | None = None, is_large_print: bool | None = None) -> None:
    """Keep the owner's language and text size. Display choices are nobody's deed and are not audited."""
    changes: dict[str, str | bool] = {}
    if language is not None:
        changes["language"] = language
    if is_large_print is not None:
        changes["is_large_print"] = is_large_print
    if changes:
        Account.objects.filter(pk=account.pk).update(**changes)


# ---------- reading ----------
@dataclass(frozen=True, slots=True)
class GrantRow:
    """A grant as the account page shows it; `state` is OPEN, ENDED or LATER."""

    uuid: UUID
    role: str
    scope: ScopeKind
    scope_id: int
    starts_at: datetime
    ends_at: datetime | None
    state: str


def accounts_of(area_id: int, *, search: str = "") -> QuerySet[Account]:
    """Return accounts that hold or held a role in a compound, by login, each with `last_grant_at`."""
    rows = Account.objects.filter(role_grants__area_id=area_id)
    if search:
        rows = rows.filter(username__icontains=search)
    return rows.annotate(last_grant_at=Max("role_grants__starts_at")).order_by("username")


def get_account(area_id: int, uuid: UUID) -> Account:
    """Return an account that holds or held a role in a compound. Raises Account.DoesNotExist."""
    return Account.objects.filter(role_grants__area_id=area_id).distinct().get(uuid=uuid)


def open_roles(area_id: int, account_ids: Sequence[int], *, at: datetime) -> dict[int, list[str]]:
    """Return the roles that accounts hold in a compound now, in the policy's order, with one query."""
    found: dict[int, set[str]] = {}
    rows = _holding(at).filter(area_id=area_id, account_id__in=list(account_ids))
    for account_id, role in rows.values_list("account_id", "role"):
        found.setdefault(account_id, set()).add(role)
    return {pk: [role for role in ROLES if role in roles] for pk, roles in found.items()}


def grants_of(area_id: int, account: Account, *, at: datetime) -> list[GrantRow]:
    """Return all grants of an account in a compound, those that hold first, then the newest."""
    rows = RoleGrant.objects.filter(area_id=area_id, account=account).order_by("-starts_at", "-id")
    found = [
        GrantRow(r.uuid, r.role, ScopeKind(r.scope_kind), r.scope_id, r.starts_at, r.ends_at, _state(r, at))
        for r in rows
    ]
    return sorted(found, key=lambda row: row.state != "OPEN")


def _state(row: RoleGrant, at: datetime) -> str:
    if row.starts_at > at:
        return "LATER"
    return "ENDED" if row.ends_at is not None and row.ends_at <= at else "OPEN"


def _holding(at: datetime) -> QuerySet[RoleGrant]:
    return RoleGrant.objects.filter(Q(ends_at=None) | Q(ends_at__gt=at))


def _over(account: Account, *, actor: Actor, at: datetime) -> None:
    """Check that the actor has a say over an account as a whole, not only over its roles in one compound."""
    if actor.is_system:
        return
    if account.pk == actor.account_id:
        raise OwnAccount(account.username)
    served = set(_holding(at).filter(account=account).values_list("area_id", flat=True))
    if any(not policy.may(actor, MANAGE, area_id=area_id) for area_id in served):
        raise ServesElsewhere(account.username)


def _record(action: str, account: Account, *, actor: Actor, at: datetime, area_id: int, **detail: object) -> None:
    audit.record(
        action,
        actor=actor,
        at=at,
        area_id=area_id,
        target_kind="Account",
        target_uuid=account.uuid,
        detail=detail,
    )
