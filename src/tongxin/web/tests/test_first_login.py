"""A one-time password leads to the page for an own one, and nowhere else until it is changed."""

import pytest
from django.core.cache import cache
from django.test import Client

from tongxin.base.models import Account, AuditEntry
from tongxin.workforce import api as workforce
from tongxin.workforce.models import Responder

NEW = "four slow herons 44"
CHANGE = "/accounts/password/change/"


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """Argon2 is slow on purpose; what it does is not the subject here."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


@pytest.fixture
def credential(cast, at):
    """A volunteer's login as the security administrator makes it."""
    row = cast.responders["volunteer"]
    Responder.objects.filter(pk=row.pk).update(account=None, code="V-77")
    row.refresh_from_db()
    (made,) = workforce.make_accounts(area_id=1, responders=[row], actor=cast.actor("security_admin"), at=at)
    return made


def sign_in(credential, password=None):
    phone = Client(headers={"user-agent": "a phone", "accept-language": "en"})
    phone.get("/accounts/login/")
    answer = phone.post(
        "/accounts/login/", {"login": credential.username, "password": password or credential.password}, follow=True
    )
    return phone, answer


def change(phone, credential, new=NEW):
    return phone.post(CHANGE, {"oldpassword": credential.password, "password1": new, "password2": new})


def test_the_first_login_leads_to_the_change_page_and_says_why(credential):
    phone, answer = sign_in(credential)
    html = answer.content.decode()
    assert answer.redirect_chain[-1][0] == CHANGE
    assert 'autocomplete="new-password"' in html
    phone.cookies["django_language"] = "en"
    phone.get("/dispatch/mine")
    assert "Please choose one that only you know" in phone.get(CHANGE).content.decode()


@pytest.mark.parametrize(
    "path", ["/", "/dispatch/mine", "/workforce/me", "/residents/mine/", "/accounts/2fa/", "/wall"]
)
def test_nowhere_else_until_it_is_changed(credential, path):
    phone, _answer = sign_in(credential)
    response = phone.get(path)
    assert (response.status_code, response.headers.get("Location", CHANGE)) in ((302, CHANGE), (404, CHANGE))
    assert phone.get(path, headers={"HX-Request": "true"}).status_code in (401, 404)


def test_forms_are_not_taken_before_the_change(credential):
    phone, _answer = sign_in(credential)
    assert phone.post("/workforce/me/absent", {"reason_code": "FAMILY"}).status_code in (302, 404)
    assert not AuditEntry.objects.filter(action="workforce.absence.told").exists()


def test_afterwards_the_phone_page_opens_and_the_old_password_is_over(credential, cast):
    phone, _answer = sign_in(credential)
    assert change(phone, credential).status_code == 302
    assert phone.get("/dispatch/mine", follow=True).status_code == 200
    account = Account.objects.get(username=credential.username)
    assert (account.must_change_password, account.check_password(credential.password)) == (False, False)
    assert AuditEntry.objects.filter(action="base.account.password_chosen").count() == 1
    _again, answer = sign_in(credential, NEW)
    assert answer.redirect_chain[-1][0] == "/"


@pytest.mark.parametrize("new", ["short", "password123", "", "aaaaaaaaa"])
def test_a_weak_password_changes_nothing(credential, new):
    phone, _answer = sign_in(credential)
    assert change(phone, credential, new).status_code == 200
    assert Account.objects.get(username=credential.username).must_change_password
    assert phone.get("/dispatch/mine").status_code in (302, 404)


def test_a_one_time_password_is_not_an_own_one(credential):
    phone, _answer = sign_in(credential)
    html = change(phone, credential, credential.password).content.decode()
    assert "the password that you have now" in html or "这是您现在的密码" in html
    assert Account.objects.get(username=credential.username).must_change_password


def test_too_many_changes_get_a_page_in_both_languages(credential):
    phone, _answer = sign_in(credential)
    answers = [change(phone, credential, "short") for _ in range(6)]
    html = answers[-1].content.decode()
    assert answers[-1].status_code == 429
    assert "操作过于频繁" in html
    assert "That was too often" in html
    assert "tongxin.css" in html


def test_a_new_one_time_password_asks_again(credential, cast, at):
    phone, _answer = sign_in(credential)
    change(phone, credential)
    row = workforce.get_responder(1, cast.responders["volunteer"].uuid)
    renewed = workforce.new_password(area_id=1, responder=row, actor=cast.actor("security_admin"), at=at)
    assert phone.get("/").status_code == 302
    _phone, answer = sign_in(renewed)
    assert answer.redirect_chain[-1][0] == CHANGE
