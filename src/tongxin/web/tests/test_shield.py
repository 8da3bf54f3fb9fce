"""Headers, cookies and error pages, looked at as somebody hostile would."""

import json
import os
import re
import subprocess
import sys

import pytest
from django.test import Client

from tongxin.base import health
from tongxin.base.ids import new_uuid
from tongxin.base.models import Account

PASSWORD = "seven quiet cranes 7"
SETTINGS = """
import json
from tongxin.web import settings as s
names = [name for name in dir(s) if name.startswith(("SECURE_", "SESSION_COOKIE", "CSRF_COOKIE", "LANGUAGE_COOKIE"))]
print(json.dumps({name: getattr(s, name) for name in names}))
"""


def settings_of(tmp_path, **values):
    env = {key: value for key, value in os.environ.items() if not key.startswith("TONGXIN_")}
    env |= {"TONGXIN_HOME": str(tmp_path)} | {f"TONGXIN_{key.upper()}": value for key, value in values.items()}
    result = subprocess.run([sys.executable, "-c", SETTINGS], env=env, capture_output=True, text=True, check=True)
    return json.loads(result.stdout)


@pytest.mark.parametrize(("secure", "is_on"), [("true", True), ("false", False)])
def test_https_settings_come_together(tmp_path, secure, is_on):
    found = settings_of(tmp_path, secure=secure)
    assert {
        found["SECURE_SSL_REDIRECT"],
        found["SESSION_COOKIE_SECURE"],
        found["CSRF_COOKIE_SECURE"],
        found["LANGUAGE_COOKIE_SECURE"],
        bool(found["SECURE_HSTS_SECONDS"]),
        bool(found["SECURE_PROXY_SSL_HEADER"]),
    } == {is_on}


@pytest.mark.parametrize(
    ("name", "path", "status"),
    [
        (None, "/accounts/login/", 200),
        (None, "/health", 200),
        (None, "/", 302),
        ("commander", "/", 200),
        ("commander", "/nothing-here", 404),
        ("volunteer", "/audit/", 404),
        ("auditor", "/audit/", 200),
        ("auditor", "/logins/", 404),
    ],
)
def test_every_answer_carries_the_shield(cast, client, name, path, status):
    response = (cast.client(name) if name else client).get(path)
    policy = response.headers["Content-Security-Policy"]
    assert response.status_code == status
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert not re.search(r"unsafe|\*|data:(?!;)|http", policy.replace("img-src 'self' data:", ""))
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in response.headers


def test_pages_of_somebody_are_kept_by_no_proxy(cast):
    assert cast.client("commander").get("/").headers["Cache-Control"] == "private"
    assert cast.client("commander").get("/nothing-here").headers["Cache-Control"] == "private"


def test_cookies_after_signing_in(db, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    Account.objects.create_user("grid-1-leader", password=PASSWORD)
    client = Client()
    client.get("/accounts/login/")
    cookies = client.post("/accounts/login/", {"login": "grid-1-leader", "password": PASSWORD}).cookies
    session = cookies["sessionid"]
    assert (session["httponly"], session["samesite"], session["max-age"]) == (True, "Lax", 14 * 3600)
    assert {name: cookie["samesite"] for name, cookie in cookies.items()} == dict.fromkeys(cookies, "Lax")


# ---------- forms whose token does not fit ----------
def strict(cast, name="commander", language="en"):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.accounts[name], backend="allauth.account.auth_backends.AuthenticationBackend")
    client.cookies["django_language"] = language
    return client


OWN = {"Origin": "http://testserver"}


@pytest.mark.parametrize(
    ("language", "words"), [("en", "What you typed is still here"), ("zh-hans", "您填写的内容仍在")]
)
def test_what_was_typed_can_be_sent_once_more(cast, language, words):
    client = strict(cast, language=language)
    data = {"size": "large", "note": 'long "text" <b>', "many": ["1", "2"], "csrfmiddlewaretoken": "old"}
    response = client.post("/display?x=1", data, headers=OWN)
    html = response.content.decode()
    assert response.status_code == 403
    assert words in html
    assert html.count('name="many"') == 2
    assert "long &quot;text&quot; &lt;b&gt;" in html
    assert 'action="/display?x=1"' in html
    token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', html)[-1]
    assert token != "old"
    again = client.post("/display?x=1", {"size": "large", "csrfmiddlewaretoken": token}, headers=OWN)
    assert again.status_code == 302
    cast.accounts["commander"].refresh_from_db()
    assert cast.accounts["commander"].is_large_print


def test_a_button_without_fields_can_be_pressed_once_more(cast):
    html = strict(cast, "auditor").post("/audit/verify", headers=OWN).content.decode()
    assert "Send once more" in html
    assert "What you typed" not in html


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://testserver.evil.example"},
        {"Referer": "http://testserver/"},
        {"Origin": "javascript:alert(1)"},
    ],
)
def test_what_another_site_made_up_is_not_one_tap_away(cast, headers):
    response = strict(cast).post("/display", {"size": "large", "note": "made up"}, headers=headers)
    html = response.content.decode()
    assert response.status_code == 403
    assert "made up" not in html
    assert "Send once more" not in html
    assert "load the page again" in html


@pytest.mark.parametrize(
    "data",
    [
        {"login": "x", "password": "secret words"},
        {"oldpassword": "secret words"},
        {"code": "secret words"},
        {f"f{number}": "secret words" for number in range(201)},
        {"note": "secret words" * 10_000},
    ],
    ids=["password", "old password", "code", "many", "long"],
)
def test_passwords_and_masses_are_not_repeated(cast, data):
    response = strict(cast).post("/display", data, headers=OWN)
    assert response.status_code == 403
    assert "secret words" not in response.content.decode()


def test_a_stranger_gets_the_page_too(client, db):
    strange = Client(enforce_csrf_checks=True)
    response = strange.post("/accounts/login/", {"login": "x", "password": "y"}, headers=OWN)
    assert response.status_code == 403
    assert "Cookie" in response.content.decode()
    assert response.headers["Cache-Control"] == "no-store"


# ---------- error pages ----------
def test_a_page_that_is_not_there_repeats_nothing(cast, area):
    person = area.people[0]
    html = cast.client("volunteer").get(f"/community/people/{person.uuid}/?q={person.name}").content.decode()
    assert person.name not in html
    assert str(person.uuid) not in html
    assert "这里没有您可以查看的内容" in html or 'lang="zh-hans"' in html
    assert "There is nothing here for you to see" in html


def test_an_error_names_nobody_and_speaks_both_languages(cast, area, monkeypatch):
    person = area.people[0]

    def fail():
        raise RuntimeError(f"{person.name} {person.phone} SECRET")

    monkeypatch.setattr(health, "check", fail)
    client = cast.client("commander")
    client.raise_request_exception = False
    response = client.get("/health")
    html = response.content.decode()
    assert response.status_code == 500
    assert person.name not in html
    assert "SECRET" not in html
    assert "Traceback" not in html
    assert 'lang="zh-hans"' in html
    assert "Something went wrong on our side" in html
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path",
    ["/%00", "/community/people/" + "x" * 3000, f"/logins/{new_uuid()}/../../etc/passwd"],
    ids=["nul", "long", "dots"],
)
def test_odd_addresses_are_not_there(cast, path):
    assert cast.client("commander").get(path).status_code == 404


def test_a_foreign_host_is_refused(client, db):
    response = client.get("/accounts/login/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert "evil.example" not in response.content.decode()
