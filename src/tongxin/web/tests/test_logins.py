"""The security administrator's pages: logins, roles with scope and end, one-time passwords, lockouts, separate officers."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from tongxin.base import clock, sessions
from tongxin.base.ids import new_uuid
from tongxin.base.models import Account, AuditEntry, RoleGrant

pytestmark = pytest.mark.usefixtures("drill_clock")


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """Argon2 is slow on purpose; what it does is not the subject here."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def security(cast):
    return cast.client("security_admin")


def new(client, **changes):
    values = {"username": "guard-3", "role": "VOLUNTEER", "scope": "OWN:0", "last_day": "", "language": "en"}
    return client.post("/logins/new", values | {"op_id": str(new_uuid())} | changes)


def shown_password(response):
    found = re.search(r"data-one-time>([a-z0-9-]+)<", response.content.decode())
    return found[1] if found else ""


def page_of(cast, name):
    return f"/logins/{cast.accounts[name].uuid}"


@pytest.mark.parametrize("name", ["commander", "auditor", "system_admin", "volunteer", "outsider"])
def test_only_the_security_administrator_sees_logins(cast, name):
    client = cast.client(name)
    for url in ("/logins/", "/logins/new", page_of(cast, "caller")):
        assert client.get(url).status_code == 404
    assert new(client).status_code == 404
    for verb in ("grant", "switch", "unlock", "password"):
        assert client.post(f"{page_of(cast, 'caller')}/{verb}").status_code == 404
    assert not Account.objects.filter(username="guard-3").exists()


def test_a_login_is_made_with_a_password_shown_once(security):
    op_id = str(new_uuid())
    first = new(security, op_id=op_id)
    password = shown_password(first)
    assert "no-store" in first.headers["Cache-Control"]
    account = Account.objects.get(username="guard-3")
    assert account.check_password(password)
    assert account.must_change_password
    assert account.language == "en"
    again = new(security, op_id=op_id)
    assert shown_password(again) == ""
    assert "shown then" in again.content.decode()
    assert Account.objects.filter(username="guard-3").count() == 1
    assert not [entry for entry in AuditEntry.objects.all() if password in str(entry.detail)]
    assert {"base.account.made", "base.role.granted"} <= set(AuditEntry.objects.values_list("action", flat=True))


def test_the_new_login_must_choose_an_own_password_first(security):
    password = shown_password(new(security))
    client = Client()
    response = client.post("/accounts/login/", {"login": "guard-3", "password": password}, follow=True)
    assert response.redirect_chain[-1][0] == "/accounts/password/change/"
    assert "Please choose one that only you know" in response.content.decode()
    for url in ("/", "/dispatch/mine", "/workforce/me"):
        assert client.get(url).headers["Location"] == "/accounts/password/change/"
    assert client.get("/dispatch/mine", headers={"HX-Request": "true"}).status_code == 401
    own = "seven quiet cranes 7"
    client.post("/accounts/password/change/", {"oldpassword": password, "password1": own, "password2": own})
    assert client.get("/").status_code == 200
    assert Account.objects.get(username="guard-3").check_password(own)
    assert AuditEntry.objects.filter(action="base.account.password_chosen", actor="guard-3").exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"username": ""}, "username"),
        ({"username": "two words"}, "username"),
        ({"username": "caller"}, "username"),
        ({"username": "CALLER"}, "username"),
        ({"username": "x" * 151}, "username"),
        ({"username": "<img src=x>"}, "username"),
        ({"role": "ROOT"}, "role"),
        ({"role": ""}, "role"),
        ({"scope": "GRID:999999"}, "scope"),
        ({"scope": "OWN"}, "scope"),
        ({"last_day": "2022-11-02"}, "last_day"),
        ({"last_day": "9999-01-01"}, "last_day"),
        ({"last_day": "tomorrow"}, "last_day"),
        ({"language": "de"}, "language"),
    ],
)
def test_a_wrong_form_makes_nothing(security, changes, words):
    before = Account.objects.count()
    response = new(security, **changes)
    assert response.status_code == 422
    assert f'id="id_{words}_error"' in response.content.decode()
    assert Account.objects.count() == before
    assert shown_password(response) == ""


def test_a_grid_leader_gets_the_grid_and_an_end(security, area, at):
    assert shown_password(new(security, role="GRID_LEADER", scope=f"GRID:{area.grids[0].pk}", last_day="2022-11-05"))
    account = Account.objects.get(username="guard-3")
    (grant,) = sessions.actor_for(account, at=at + timedelta(minutes=1)).grants
    assert (grant.role, grant.scope_id) == ("GRID_LEADER", area.grids[0].pk)
    row = RoleGrant.objects.get(account=account)
    assert clock.local_date(row.ends_at - timedelta(seconds=1)).isoformat() == "2022-11-05"
    assert not sessions.actor_for(account, at=row.ends_at).grants


def test_a_role_is_given_and_ended(cast, security):
    page = page_of(cast, "caller")
    values = {"role": "TRACER", "scope": "AREA:0", "last_day": ""}
    for _ in range(2):
        assert security.post(f"{page}/grant", values).status_code == 302
    rows = RoleGrant.objects.filter(account=cast.accounts["caller"], role="TRACER")
    assert rows.count() == 1
    html = security.get(page).content.decode()
    assert "Tracer" in html
    for _ in range(2):
        assert security.post(f"{page}/grants/{rows.get().uuid}/end").status_code == 302
    assert AuditEntry.objects.filter(action="base.role.ended").count() == 1
    assert cast.client("caller").get("/tracing/").status_code == 404


@pytest.mark.parametrize("role", ["COMMANDER", "AUDITOR", "SYSTEM_ADMIN"])
def test_nobody_makes_himself_commander(cast, security, role):
    response = security.post(f"{page_of(cast, 'security_admin')}/grant", {"role": role, "scope": "AREA:0"})
    assert response.status_code == 422
    assert "Ask another security administrator" in response.content.decode()
    assert RoleGrant.objects.filter(account=cast.accounts["security_admin"]).count() == 1


@pytest.mark.parametrize(
    ("name", "role"), [("auditor", "COMMANDER"), ("commander", "AUDITOR"), ("caller", "SECURITY_ADMIN")]
)
def test_officers_stay_apart(cast, security, name, role):
    response = security.post(f"{page_of(cast, name)}/grant", {"role": role, "scope": "AREA:0"})
    assert response.status_code == 422
    assert "separate officers" in response.content.decode()
    assert RoleGrant.objects.filter(account=cast.accounts[name]).count() == 1


@pytest.mark.parametrize(("verb", "values"), [("switch", {"is_active": "0"}), ("password", {})])
def test_the_own_login_is_not_changed_here(cast, security, verb, values):
    before = Account.objects.get(username="security_admin").password
    response = security.post(f"{page_of(cast, 'security_admin')}/{verb}", values, follow=True)
    assert "Ask another security administrator" in response.content.decode()
    account = Account.objects.get(username="security_admin")
    assert account.is_active
    assert account.password == before


def test_a_login_is_kept_out_at_once_and_let_in_again(cast, security):
    volunteer = cast.client("volunteer")
    assert volunteer.get("/").status_code == 200
    page = page_of(cast, "volunteer")
    for _ in range(2):
        security.post(f"{page}/switch", {"is_active": "0"})
    assert volunteer.get("/").status_code == 302
    assert AuditEntry.objects.filter(action="base.account.deactivated").count() == 1
    security.post(f"{page}/switch", {"is_active": "1"})
    assert cast.client("volunteer").get("/").status_code == 200


def test_a_renewed_password_ends_all_sessions(cast, security):
    volunteer = cast.client("volunteer")
    op_id = str(new_uuid())
    page = page_of(cast, "volunteer")
    first = security.post(f"{page}/password", {"op_id": op_id})
    again = security.post(f"{page}/password", {"op_id": op_id})
    password = shown_password(first)
    assert shown_password(again) == ""
    assert Account.objects.get(username="volunteer").check_password(password)
    assert volunteer.get("/").status_code == 302
    assert AuditEntry.objects.filter(action="base.account.password_renewed").count() == 1


def test_a_lockout_is_seen_and_ended(cast, security):
    stranger = Client(headers={"user-agent": "phone A"})
    for _ in range(6):
        stranger.post("/accounts/login/", {"login": "volunteer", "password": "wrong"})
    assert stranger.post("/accounts/login/", {"login": "volunteer", "password": "wrong"}).status_code == 429
    assert "volunteer" in security.get("/logins/?state=locked").content.decode()
    page = page_of(cast, "volunteer")
    assert "Let it try again" in security.get(page).content.decode()
    security.post(f"{page}/unlock")
    assert stranger.post("/accounts/login/", {"login": "volunteer", "password": "wrong"}).status_code == 200
    assert AuditEntry.objects.get(action="base.account.unlocked").detail == {"devices": 1}


@pytest.mark.parametrize("verb", ["grant", "switch", "unlock", "password", "grants/{}/end"])
def test_wrong_methods_and_other_compounds(cast, other_area, security, verb):
    url = f"{page_of(cast, 'caller')}/{verb.format(new_uuid())}"
    assert security.get(url).status_code == 405
    elsewhere = f"{page_of(cast, 'other_commander')}/{verb.format(new_uuid())}"
    assert security.post(elsewhere).status_code == 404
    assert security.get(page_of(cast, "other_commander")).status_code == 404
    if verb.startswith("grants"):
        assert security.post(url).status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [("q=caller", 1), ("q=zzz", 0), ("state=first", 0), ("state=locked", 0), ("q=%00", 16), ("q=%25", 0)],
)
def test_the_list_is_filtered(cast, security, query, found):
    assert security.get(f"/logins/?{query}").content.decode().count('role="rowheader"') == found


def test_queries_of_the_list_do_not_grow(cast, area, at, security, django_assert_max_num_queries):
    for index in range(40):
        account = Account.objects.create(username=f"more-{index}")
        RoleGrant.objects.create(area_id=1, account=account, role="CALLER", scope_kind="OWN", starts_at=at)
    security.get("/logins/")
    with django_assert_max_num_queries(8):
        security.get("/logins/")
