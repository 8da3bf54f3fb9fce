"""Logins and grants."""

import pytest
from django.core.exceptions import ValidationError

from tongxin.base import accounts, sessions
from tongxin.base.actors import ScopeKind, system
from tongxin.base.models import Account, AuditEntry, RoleGrant

ME = system("test")


def make(at, **changes):
    values = {"area_id": 1, "username": "zhang", "password": "lotus-pond-77", "actor": ME, "at": at, **changes}
    return accounts.make_account(**values)


def test_a_login_has_no_role_until_it_is_granted_one(db, at):
    account = make(at)
    assert account.check_password("lotus-pond-77")
    assert sessions.actor_for(account, at=at).grants == ()
    accounts.grant_role(
        area_id=1, account=account, role="GRID_LEADER", scope=ScopeKind.GRID, scope_id=7, actor=ME, at=at
    )
    (grant,) = sessions.actor_for(account, at=at).grants
    assert (grant.role, grant.scope, grant.scope_id) == ("GRID_LEADER", ScopeKind.GRID, 7)


def test_the_same_grant_again_is_the_first_one(db, at):
    account = make(at)
    rows = [accounts.grant_role(area_id=1, account=account, role="AUDITOR", actor=ME, at=at) for _ in range(2)]
    assert rows[0].pk == rows[1].pk
    assert RoleGrant.objects.count() == 1
    assert AuditEntry.objects.filter(action="base.role.granted").count() == 1


def test_the_audit_tells_who_was_made_but_not_the_password(db, at):
    make(at)
    entry = AuditEntry.objects.get(action="base.account.made")
    assert "lotus" not in str(entry.detail)
    assert entry.actor == "system:test"


def test_a_login_is_given_once(db, at):
    make(at)
    with pytest.raises(accounts.NameTaken):
        make(at)
    assert Account.objects.count() == 1


@pytest.mark.parametrize("password", ["", "short", "123456789", "password123"])
def test_a_weak_password_is_refused_and_nothing_is_written(db, at, password):
    with pytest.raises(ValidationError):
        make(at, password=password)
    assert not Account.objects.exists()


@pytest.mark.parametrize("role", ["", "ROOT", "commander"])
def test_an_unknown_role_is_refused(db, at, role):
    with pytest.raises(accounts.UnknownRole):
        accounts.grant_role(area_id=1, account=make(at), role=role, actor=ME, at=at)
    assert not RoleGrant.objects.exists()
