"""The library's login and second-factor pages in our frame."""

import pytest
from django.test import Client

from tongxin.base.models import Account

PASSWORD = "seven quiet cranes 7"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick_passwords(settings) -> None:
    """Argon2 is slow on purpose; what it does is not the subject here."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def account() -> Account:
    return Account.objects.create_user("grid-1-leader", password=PASSWORD, language="en")


@pytest.fixture
def english() -> Client:
    client = Client()
    client.cookies["django_language"] = "en"
    return client


def sign_in(client: Client, password: str = PASSWORD) -> str:
    response = client.post("/accounts/login/", {"login": "grid-1-leader", "password": password})
    return response.headers.get("Location", "") or response.content.decode()


def test_login_page_offers_no_sign_up_and_no_reset_by_mail(english: Client) -> None:
    html = english.get("/accounts/login/").content.decode()
    assert 'autocomplete="current-password"' in html
    assert "/signup" not in html
    assert "/password/reset" not in html
    assert "placeholder" not in html


@pytest.mark.parametrize(("language", "words"), [("en", "Sign in"), ("zh-hans", "登录")])
def test_login_page_speaks_the_chosen_language(client: Client, language: str, words: str) -> None:
    client.cookies["django_language"] = language
    html = client.get("/accounts/login/").content.decode()
    assert f'lang="{language}"' in html
    assert f">{words}</h1>" in html


def test_a_right_password_leads_on(english: Client, account: Account) -> None:
    assert sign_in(english).startswith("/")


@pytest.mark.parametrize("password", ["wrong", "", "' or 1=1 --", "x" * 5000, "<script>alert(1)</script>"])
def test_a_wrong_password_says_so_beside_the_field(english: Client, account: Account, password: str) -> None:
    html = sign_in(english, password)
    assert "tx-errors" in html
    assert "<script>alert" not in html
    assert "_auth_user_id" not in english.session


@pytest.mark.parametrize("path", ["/accounts/logout/", "/accounts/password/change/", "/accounts/2fa/"])
def test_account_pages_stand_in_our_frame(english: Client, account: Account, path: str) -> None:
    sign_in(english)
    response = english.get(path)
    assert response.status_code == 200
    html = response.content.decode()
    assert 'class="tx-top"' in html
    assert "grid-1-leader" in html
    assert html.count("<h1") == 1


def test_second_factor_page_draws_its_code_inside_the_page(english: Client, account: Account) -> None:
    sign_in(english)
    path = "/accounts/2fa/totp/activate/"
    question = english.get(path, follow=True).content.decode()
    assert "Please confirm that it is you" in question
    english.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": path})
    response = english.get(path)
    assert response.status_code == 200
    html = response.content.decode()
    assert "<svg" in html
    assert "<?xml" not in html
    assert "data:image" not in html


def test_pages_carry_the_strict_page_policy(english: Client) -> None:
    policy = english.get("/accounts/login/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_a_page_asks_strangers_to_sign_in_and_a_part_of_a_page_says_401(client: Client) -> None:
    whole = client.get("/styleguide/phone")
    assert whole.status_code == 302
    assert whole.headers["Location"].startswith("/accounts/login/?next=")
    part = client.post("/styleguide/phone", {"code": "7"}, headers={"HX-Request": "true"})
    assert part.status_code == 401
    assert part.content == b""


@pytest.mark.parametrize(
    "path",
    [
        "signup/",
        "email/",
        "confirm-email/",
        "confirm-email/abc/",
        "inactive/",
        "password/set/",
        "password/reset/",
        "password/reset/done/",
        "password/reset/key/1-abc/",
        "password/reset/key/done/",
        "login/code/confirm/",
    ],
)
@pytest.mark.parametrize("is_signed_in", [False, True])
def test_what_we_do_not_offer_does_not_exist(english: Client, account: Account, path: str, is_signed_in: bool) -> None:
    if is_signed_in:
        sign_in(english)
    assert english.get(f"/accounts/{path}").status_code == 404
    assert english.post(f"/accounts/{path}", {"email": "a@example.org"}).status_code == 404


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_pages_follow_the_account_after_signing_in(account: Account, language: str) -> None:
    Account.objects.filter(pk=account.pk).update(language=language, is_large_print=True)
    client = Client()
    client.cookies["django_language"] = "zh-hans" if language == "en" else "en"
    sign_in(client)
    html = client.get("/").content.decode()
    assert f'lang="{language}"' in html
    assert 'data-size="large"' in html


@pytest.mark.parametrize(
    ("language", "kept"),
    [("en", "en"), ("zh-hans", "zh-hans"), ("de", "en"), ("", "en"), ("x" * 99, "en")],
)
def test_the_language_is_kept_with_the_account(account: Account, language: str, kept: str) -> None:
    client = Client()
    sign_in(client)
    client.post("/i18n/setlang/", {"language": language, "next": "/"})
    account.refresh_from_db()
    assert account.language == kept


def test_strangers_may_switch_the_language_too(client: Client) -> None:
    assert client.post("/i18n/setlang/", {"language": "en", "next": "/accounts/login/"}).status_code == 302
    assert "Sign in" in client.get("/accounts/login/").content.decode()


def test_the_text_size_is_kept_with_the_account(english: Client, account: Account) -> None:
    sign_in(english)
    assert english.post("/display", {"size": "large"}, headers={"HX-Request": "true"}).status_code == 204
    account.refresh_from_db()
    assert account.is_large_print
    assert english.post("/display", {"size": "normal", "next": "/styleguide"}).headers["Location"] == "/styleguide"
    assert english.cookies["tx_size"].value == "normal"


@pytest.mark.parametrize("size", ["", "huge", "<b>"])
def test_another_text_size_is_refused(english: Client, account: Account, size: str) -> None:
    sign_in(english)
    assert english.post("/display", {"size": size}).status_code == 400


@pytest.mark.parametrize("target", ["https://example.org/", "//example.org", "javascript:alert(1)", ""])
def test_a_switch_leads_nowhere_else(english: Client, account: Account, target: str) -> None:
    sign_in(english)
    assert english.post("/display", {"size": "large", "next": target}).headers["Location"] == "/"


def test_a_switch_needs_a_post_and_a_login(english: Client, account: Account) -> None:
    assert english.post("/display", {"size": "large"}).headers["Location"].startswith("/accounts/login/")
    sign_in(english)
    assert english.get("/display").status_code == 405


def test_no_account_page_leads_to_a_reset_by_mail(english: Client, account: Account) -> None:
    sign_in(english)
    for path in ("password/change/", "reauthenticate/", "logout/"):
        html = english.get(f"/accounts/{path}").content.decode()
        assert "password/reset" not in html
        assert "placeholder" not in html
