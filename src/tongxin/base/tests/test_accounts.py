"""Logins and grants."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from tongxin.base import accounts, sessions
from tongxin.base.actors import ScopeKind, system
from tongxin.base.models import Account, AuditEntry, RoleGrant

ME = system("test")


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """Argon2 is slow on purpose; what it does is not the subject here."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


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


def officer(at, username, *roles):
    """Make a login with roles of the whole compound, given by the installation."""
    account = make(at, username=username)
    for role in roles:
        accounts.grant_role(area_id=1, account=account, role=role, actor=ME, at=at)
    return account


def as_actor(account, at):
    return sessions.actor_for(account, at=at)


@pytest.mark.parametrize("count", range(3))
def test_one_time_passwords_differ_and_pass_the_validators(db, at, count):
    found = {accounts.one_time_password() for _ in range(50)}
    assert len(found) == 50
    assert all(len(password) == 19 and not set(password) & set("0o1il") for password in found)
    assert make(at, password=found.pop()).must_change_password is False


@pytest.mark.parametrize("username", ["", "two words", "a/b", "<script>", "x" * 200])
def test_a_strange_login_is_refused(db, at, username):
    with pytest.raises(ValidationError):
        if len(username) > 150:
            Account(username=username).full_clean()
        make(at, username=username)
    assert not Account.objects.filter(username=username).exists()


def test_a_login_that_differs_only_in_case_is_taken(db, at):
    make(at)
    with pytest.raises(accounts.NameTaken):
        make(at, username="ZHANG")


@pytest.mark.parametrize(
    ("held", "wanted", "is_refused"),
    [
        ("GRID_LEADER", "COMMANDER", False),
        ("VOLUNTEER", "CALLER", False),
        ("AUDITOR", "COMMANDER", True),
        ("COMMANDER", "AUDITOR", True),
        ("SECURITY_ADMIN", "COMMANDER", True),
        ("SECURITY_ADMIN", "SYSTEM_ADMIN", True),
        ("SYSTEM_ADMIN", "AUDITOR", True),
        ("VOLUNTEER", "SYSTEM_ADMIN", True),
        ("AUDITOR", "AUDITOR", False),
    ],
)
def test_offices_are_held_apart(db, at, held, wanted, is_refused):
    account = officer(at, "li", held)
    if is_refused:
        with pytest.raises(accounts.OfficesApart):
            accounts.grant_role(area_id=1, account=account, role=wanted, actor=ME, at=at)
    else:
        accounts.grant_role(area_id=1, account=account, role=wanted, actor=ME, at=at)
    assert as_actor(account, at).roles(1) == ({held} if is_refused else {held, wanted})


def test_an_office_that_has_ended_no_longer_stands_in_the_way(db, at):
    account = officer(at, "li", "AUDITOR")
    grant = RoleGrant.objects.get(account=account)
    accounts.end_grant(area_id=1, uuid=grant.uuid, actor=ME, at=at)
    accounts.grant_role(area_id=1, account=account, role="COMMANDER", actor=ME, at=at)
    assert as_actor(account, at).roles(1) == {"COMMANDER"}


@pytest.mark.parametrize("role", ["COMMANDER", "VOLUNTEER", "SECURITY_ADMIN"])
def test_nobody_gives_a_role_to_himself(db, at, role):
    account = officer(at, "li", "SECURITY_ADMIN")
    with pytest.raises(accounts.OwnAccount):
        accounts.grant_role(area_id=1, account=account, role=role, actor=as_actor(account, at), at=at)
    assert as_actor(account, at).roles(1) == {"SECURITY_ADMIN"}


@pytest.mark.parametrize(
    ("scope", "scope_id", "hours"),
    [
        (ScopeKind.GRID, 0, 1),
        (ScopeKind.BUILDING, 0, 1),
        (ScopeKind.AREA, 4, 1),
        (ScopeKind.OWN, 4, 1),
        (ScopeKind.AREA, 0, 0),
    ],
)
def test_a_scope_names_its_place_and_ends_later(db, at, scope, scope_id, hours):
    with pytest.raises(accounts.WrongScope):
        accounts.grant_role(
            area_id=1,
            account=make(at),
            role="VOLUNTEER",
            scope=scope,
            scope_id=scope_id,
            ends_at=at + timedelta(hours=hours),
            actor=ME,
            at=at,
        )
    assert not RoleGrant.objects.exists()


def test_a_grant_ends_by_itself(db, at):
    account = make(at)
    accounts.grant_role(area_id=1, account=account, role="CALLER", ends_at=at + timedelta(hours=1), actor=ME, at=at)
    assert as_actor(account, at).roles(1) == {"CALLER"}
    assert as_actor(account, at + timedelta(hours=1)).roles(1) == set()
    (row,) = accounts.grants_of(1, account, at=at + timedelta(hours=2))
    assert row.state == "ENDED"


def test_a_grant_is_ended_once(db, at):
    account = officer(at, "li", "CALLER")
    grant = RoleGrant.objects.get(account=account)
    for _ in range(2):
        accounts.end_grant(area_id=1, uuid=grant.uuid, actor=ME, at=at)
    assert AuditEntry.objects.filter(action="base.role.ended").count() == 1
    with pytest.raises(RoleGrant.DoesNotExist):
        accounts.end_grant(area_id=2, uuid=grant.uuid, actor=ME, at=at)


def test_a_new_password_is_shown_once_and_must_be_changed(db, at):
    security = officer(at, "security", "SECURITY_ADMIN")
    account = officer(at, "li", "CALLER")
    password = accounts.reset_password(area_id=1, account=account, actor=as_actor(security, at), at=at)
    account.refresh_from_db()
    assert account.check_password(password)
    assert account.must_change_password
    entry = AuditEntry.objects.get(action="base.account.password_renewed")
    assert password not in str(entry.detail)


@pytest.mark.parametrize("verb", [accounts.reset_password, accounts.set_active])
def test_nobody_locks_himself_out(db, at, verb):
    security = officer(at, "security", "SECURITY_ADMIN")
    more = {"is_active": False} if verb is accounts.set_active else {}
    with pytest.raises(accounts.OwnAccount):
        verb(area_id=1, account=security, actor=as_actor(security, at), at=at, **more)
    security.refresh_from_db()
    assert security.is_active
    assert security.check_password("lotus-pond-77")


def test_an_account_of_two_compounds_is_not_taken_over_by_one(db, at):
    security = officer(at, "security", "SECURITY_ADMIN")
    account = officer(at, "li", "COMMANDER")
    accounts.grant_role(area_id=2, account=account, role="COMMANDER", actor=ME, at=at)
    with pytest.raises(accounts.ServesElsewhere):
        accounts.reset_password(area_id=1, account=account, actor=as_actor(security, at), at=at)
    accounts.grant_role(area_id=2, account=security, role="SECURITY_ADMIN", actor=ME, at=at)
    assert accounts.reset_password(area_id=1, account=account, actor=as_actor(security, at), at=at)


def test_lists_are_of_one_compound(db, at):
    here, there = officer(at, "li", "CALLER", "VOLUNTEER"), make(at, username="wang")
    accounts.grant_role(area_id=2, account=there, role="CALLER", actor=ME, at=at)
    assert [row.username for row in accounts.accounts_of(1)] == ["li"]
    assert accounts.accounts_of(1, search="an").count() == 0
    assert accounts.open_roles(1, [here.pk, there.pk], at=at) == {here.pk: ["VOLUNTEER", "CALLER"]}
    with pytest.raises(Account.DoesNotExist):
        accounts.get_account(1, there.uuid)


def test_display_choices_are_kept(db, at):
    account = make(at)
    accounts.set_display(account, language="en")
    accounts.set_display(account, is_large_print=True)
    accounts.set_display(account)
    account.refresh_from_db()
    assert (account.language, account.is_large_print) == ("en", True)
