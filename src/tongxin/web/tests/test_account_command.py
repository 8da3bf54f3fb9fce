"""`tongxin account create`: the first logins of an installation, printed once; bad input writes nothing."""

import re

import pytest
import typer
from typer.testing import CliRunner

from tongxin.base import sessions
from tongxin.base.actors import ScopeKind
from tongxin.base.models import Account, RoleGrant
from tongxin.community.models import Compound
from tongxin.web.cli import accounts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("drill_clock")]


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def tongxin():
    app = typer.Typer()
    accounts.add_to(app)
    app.command("nothing")(lambda: None)
    return lambda *arguments: CliRunner().invoke(app, ["account", "create", *map(str, arguments)])


def test_the_first_login_makes_the_compound(tongxin, at):
    result = tongxin("security", "--role", "SECURITY_ADMIN")
    assert result.exit_code == 0
    password = re.search(r"([a-z0-9]{4}-){3}[a-z0-9]{4}", result.output)[0]
    account = Account.objects.get(username="security")
    assert account.check_password(password)
    assert account.must_change_password
    assert Compound.objects.get().area_id == 1
    assert sessions.actor_for(account, at=at).roles(1) == {"SECURITY_ADMIN"} or RoleGrant.objects.get().starts_at


@pytest.mark.parametrize(
    ("role", "more", "scope"),
    [
        ("COMMANDER", (), ScopeKind.AREA),
        ("VOLUNTEER", (), ScopeKind.OWN),
        ("CALLER", (), ScopeKind.OWN),
        ("GRID_LEADER", ("--grid", "2"), ScopeKind.GRID),
        ("AUDITOR", ("--area", "1", "--language", "en"), ScopeKind.AREA),
    ],
)
def test_each_role_gets_its_scope(tongxin, area, role, more, scope):
    assert tongxin("somebody", "--role", role, *more).exit_code == 0
    grant = RoleGrant.objects.get()
    assert (grant.role, grant.scope_kind) == (role, scope.value)
    assert grant.scope_id == (area.grids[1].pk if scope is ScopeKind.GRID else 0)


@pytest.mark.parametrize(
    "arguments",
    [
        ("li", "--role", "ROOT"),
        ("li", "--role", "commander"),
        ("li", "--role", "GRID_LEADER"),
        ("li", "--role", "GRID_LEADER", "--grid", "77"),
        ("li", "--role", "COMMANDER", "--area", "9"),
        ("li", "--role", "COMMANDER", "--area", "0"),
        ("li", "--role", "COMMANDER", "--area", "x"),
        ("li", "--role", "COMMANDER", "--language", "de"),
        ("two words", "--role", "COMMANDER"),
        ("", "--role", "COMMANDER"),
        ("li",),
        (),
    ],
)
def test_bad_input_writes_nothing(tongxin, area, arguments):
    assert tongxin(*arguments).exit_code == 2
    assert not Account.objects.exists()
    assert not RoleGrant.objects.exists()


def test_a_login_is_given_once(tongxin, area):
    assert tongxin("li", "--role", "COMMANDER").exit_code == 0
    again = tongxin("LI", "--role", "COMMANDER")
    assert again.exit_code == 2
    assert Account.objects.count() == 1
