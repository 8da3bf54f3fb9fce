"""Logins for responders, made by the security administrator."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from tongxin.base import accounts, audit, policy
from tongxin.base.actors import Actor, ScopeKind
from tongxin.base.models import Account
from tongxin.workforce.api.values import Credential
from tongxin.workforce.models import Responder

#: Roles that serve: headquarters, administrators and the auditor get their logins elsewhere.
FIELD_ROLES = ("VOLUNTEER", "MEDIC", "SAMPLER", "CALLER", "TRACER")
ROLE_OF_KIND = {"MEDIC": "MEDIC", "VOLUNTEER": "VOLUNTEER", "STAFF": "VOLUNTEER", "DRIVER": "VOLUNTEER"}
_STRANGE = re.compile(r"[^\w.@+-]")


class NotAFieldRole(ValueError):
    """Logins made here are for those who serve; other roles are given by the system administrator."""


def make_accounts(
    *, area_id: int, responders: Iterable[Responder], role: str = "", actor: Actor, at: datetime
) -> list[Credential]:
    """Make a login for each responder who has none, and return the one-time passwords: they are shown once.

    The username is the responder's code (with the compound's number where it is taken). `role` empty: by kind.
    The grant covers what is the responder's own. Raises policy.NotAllowed, NotAFieldRole.
    """
    policy.require(actor, "workforce.account.make", area_id=area_id)
    if role and role not in FIELD_ROLES:
        raise NotAFieldRole(role)
    wanted = [row for row in responders if row.account_id is None and row.is_active and row.area_id == area_id]
    made: list[Credential] = []
    with transaction.atomic():
        names = _usernames(wanted, area_id)
        for row in wanted:
            made.append(_make(row, names[row.pk], role or ROLE_OF_KIND[row.kind], actor=actor, at=at))
        if made:
            audit.record(
                "workforce.account.made",
                actor=actor,
                at=at,
                area_id=area_id,
                target_kind="Responder",
                detail={"accounts": len(made), "role": role, "responders": [str(item.responder_uuid) for item in made]},
            )
    return made


def _usernames(rows: Sequence[Responder], area_id: int) -> dict[int, str]:
    """Return a free username for each: the code, with what a username may not hold left out."""
    wanted = {row.pk: _STRANGE.sub("-", row.code) for row in rows}
    taken = set(Account.objects.filter(username__in=wanted.values()).values_list("username", flat=True))
    return {pk: f"{name}-{area_id}" if name in taken else name for pk, name in wanted.items()}


def _make(row: Responder, username: str, role: str, *, actor: Actor, at: datetime) -> Credential:
    password = accounts.one_time_password()
    account = accounts.make_account(
        area_id=row.area_id, username=username, password=password, must_change_password=True, actor=actor, at=at
    )
    accounts.grant_role(area_id=row.area_id, account=account, role=role, scope=ScopeKind.OWN, actor=actor, at=at)
    Responder.objects.filter(pk=row.pk).update(account=account)
    return Credential(row.uuid, row.code, username, password)


def new_password(*, area_id: int, responder: Responder, actor: Actor, at: datetime) -> Credential:
    """Give a responder a new one-time password. Raises policy.NotAllowed, ValueError without a login."""
    policy.require(actor, "workforce.account.make", area_id=area_id)
    if responder.account is None:
        raise ValueError(responder.code)
    password = accounts.reset_password(area_id=area_id, account=responder.account, actor=actor, at=at)
    return Credential(responder.uuid, responder.code, responder.account.username, password)


def link_account(*, area_id: int, responder: Responder, account: Account, actor: Actor, at: datetime) -> None:
    """Tell that a login belongs to a responder, so that their tasks are on its phone page; told again, nothing changes.

    Raises policy.NotAllowed, ValueError when the responder has another login.
    """
    policy.require(actor, "workforce.account.make", area_id=area_id)
    with transaction.atomic():
        row = Responder.objects.select_for_update().get(area_id=area_id, pk=responder.pk)
        if row.account_id == account.pk:
            return
        if row.account_id is not None:
            raise ValueError(row.code)
        Responder.objects.filter(pk=row.pk).update(account=account)
        audit.record(
            "workforce.account.linked",
            actor=actor,
            at=at,
            area_id=area_id,
            target_kind="Responder",
            target_uuid=row.uuid,
            detail={"account": account.pk},
        )
