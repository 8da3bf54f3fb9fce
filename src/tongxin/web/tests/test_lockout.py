"""Wrong passwords by HTTP: one login waits on one device, and no way around gives an endless number of tries."""

from datetime import timedelta
from http.cookies import SimpleCookie

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.test import Client

from tongxin.base import lockout
from tongxin.base.models import Account, KnownDevice, LoginFailure

PASSWORD = "seven quiet cranes 7"
LOGIN = "/accounts/login/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick_passwords(settings) -> None:
    """Argon2 is slow on purpose; what it does is not the subject here."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def account() -> Account:
    return Account.objects.create_user("grid-1-leader", password=PASSWORD, language="en")


@pytest.fixture
def machine_clock(monkeypatch):
    """Let time pass: the machine's own clock, which no drill moves."""
    real, passed = lockout.clock.machine_now, [timedelta(0)]
    monkeypatch.setattr(lockout.clock, "machine_now", lambda: real() + passed[0])

    def move(**by):
        passed[0] += timedelta(**by)

    return move


def device(**headers) -> Client:
    """Return a browser that has opened the login page."""
    client = Client(headers={"accept-language": "en", **headers})
    client.cookies["django_language"] = "en"
    client.get(LOGIN)
    return client


def attempt(client: Client, password: str = "wrong", login: str = "grid-1-leader"):
    return client.post(LOGIN, {"login": login, "password": password})


def wrong(client: Client, times: int, login: str = "grid-1-leader") -> list[int]:
    return [attempt(client, login=login).status_code for _ in range(times)]


def test_the_sixth_wrong_try_locks_this_login_on_this_device_only(account):
    Account.objects.create_user("grid-2-leader", password=PASSWORD)
    phone, tablet = device(), device()
    assert wrong(phone, 6) == [200] * 5 + [429]
    assert attempt(phone, PASSWORD).status_code == 429
    assert attempt(phone, PASSWORD, "grid-2-leader").status_code == 302
    assert attempt(tablet, PASSWORD).status_code == 302


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["try again in 15 minutes", "on this device", "security administrator"]),
        ("zh-hans", ["15", "分钟后", "这台设备", "安全管理员"]),
    ],
)
def test_the_page_says_how_long_and_whom_to_ask(account, language, words):
    phone = device()
    phone.cookies["django_language"] = language
    wrong(phone, 5)
    response = attempt(phone)
    html = response.content.decode()
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "900"
    assert [word for word in words if word not in html] == []


def test_the_wait_ends_and_knocking_does_not_make_it_longer(account, machine_clock):
    phone = device()
    wrong(phone, 6)
    machine_clock(minutes=14)
    response = attempt(phone, PASSWORD)
    assert (response.status_code, response.headers["Retry-After"]) == (429, "60")
    assert "in 1 minute." in response.content.decode()
    machine_clock(minutes=2)
    assert attempt(phone, PASSWORD).status_code == 302


def test_signing_in_forgets_the_wrong_tries_of_this_device_only(account):
    phone, tablet = device(), device()
    wrong(tablet, 6)
    wrong(phone, 5)
    attempt(phone, PASSWORD)
    phone.post("/accounts/logout/")
    assert wrong(phone, 5) == [200] * 5
    assert attempt(tablet, PASSWORD).status_code == 429


@pytest.mark.parametrize("spelling", ["GRID-1-LEADER", " grid-1-leader ", "Grid-1-Leader"])
def test_another_spelling_is_the_same_login(account, spelling):
    phone = device()
    wrong(phone, 5)
    assert attempt(phone, login=spelling).status_code == 429


def test_cleared_cookies_give_no_endless_tries_and_the_owner_still_gets_in(account, machine_clock):
    own = device()
    attempt(own, PASSWORD)
    own.post("/accounts/logout/")
    codes = [attempt(device()).status_code for _ in range(31)]
    assert codes == [200] * 29 + [429] * 2
    assert attempt(device(), PASSWORD).status_code == 429
    assert attempt(own, PASSWORD).status_code == 302
    machine_clock(minutes=61)
    assert attempt(device(), PASSWORD).status_code == 302


def test_a_page_tells_the_owner_on_a_new_device_that_somebody_else_tried(account):
    for _ in range(30):
        attempt(device())
    html = attempt(device(), PASSWORD).content.decode()
    assert "try again in 60 minutes" in html
    assert "Devices on which you have signed in before still work" in html


def test_a_device_that_tries_many_logins_is_slowed(account):
    phone = device()
    codes = [attempt(phone, login=f"name-{number}").status_code for number in range(21)]
    assert codes == [200] * 19 + [429] * 2
    assert attempt(phone, PASSWORD).status_code == 429
    assert attempt(device(), PASSWORD).status_code == 302


def test_a_list_of_logins_with_a_new_cookie_each_is_slowed_and_known_devices_are_not(account):
    own = device()
    attempt(own, PASSWORD)
    own.post("/accounts/logout/")
    codes = [attempt(device(), login=f"name-{number}").status_code for number in range(101)]
    assert codes == [200] * 99 + [429] * 2
    assert attempt(own, PASSWORD).status_code == 302
    assert attempt(device(**{"user-agent": "another make"}), PASSWORD).status_code == 302


def test_one_address_does_not_lock_a_compound(account):
    """Ten people behind one address, each locked out: the next one gets in, with the same make of phone."""
    for number in range(10):
        assert wrong(device(), 6, f"volunteer-{number}")[-1] == 429
    assert attempt(device(), PASSWORD).status_code == 302


@pytest.mark.parametrize(("address", "agent", "status"), [("10.0.0.8", "A", 429), ("10.0.0.9", "A", 302)])
def test_without_cookies_browser_and_address_are_the_device(account, address, agent, status):
    for _ in range(6):
        client = Client(REMOTE_ADDR="10.0.0.8", headers={"user-agent": "A"})
        attempt(client)
    client = Client(REMOTE_ADDR=address, headers={"user-agent": agent})
    assert attempt(client, PASSWORD).status_code == status
    assert not KnownDevice.objects.exists()


@pytest.mark.parametrize("forwarded", ["10.0.0.8, 10.0.0.9", "10.0.0.9"])
@pytest.mark.parametrize(("is_behind_proxy", "status"), [(False, 429), (True, 302)])
def test_forwarded_addresses_count_only_behind_our_proxy(account, settings, forwarded, is_behind_proxy, status):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if is_behind_proxy else None
    for _ in range(6):
        attempt(Client(headers={"x-forwarded-for": "10.0.0.9, 10.0.0.8"}))
    assert attempt(Client(headers={"x-forwarded-for": forwarded}), PASSWORD).status_code == status


@pytest.mark.parametrize("forged", ["", "x", "abc:1:def", "a" * 5000, "é", "x:y:z:w"])
def test_a_forged_device_is_no_device(account, forged):
    own = device()
    attempt(own, PASSWORD)
    client = Client()
    client.cookies[lockout.COOKIE] = forged
    assert attempt(client).status_code == 200
    assert LoginFailure.objects.get().device == LoginFailure.objects.get().trail
    client.get(LOGIN)
    assert client.cookies[lockout.COOKIE].value != forged


def test_the_device_cookie_cannot_be_read_by_scripts_and_stays(client):
    cookie = client.get(LOGIN).cookies[lockout.COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "Lax", "/", "")
    assert cookie["max-age"] == 400 * 24 * 3600
    assert lockout.COOKIE not in client.get("/health").cookies
    token = cookie.value.partition(":")[0]
    assert client.get(LOGIN).cookies[lockout.COOKIE].value.partition(":")[0] == token


def test_the_device_cookie_is_secure_behind_https(client, settings):
    settings.SESSION_COOKIE_SECURE = True
    assert client.get(LOGIN).cookies[lockout.COOKIE]["secure"] is True


def test_nothing_that_was_typed_is_stored(account):
    phone = device()
    attempt(phone, "my secret", "13900000001")
    row = LoginFailure.objects.values().get()
    assert not [value for value in row.values() if "secret" in str(value) or "139" in str(value)[:3]]
    assert SimpleCookie(phone.cookies)[lockout.COOKIE].value.partition(":")[0] not in str(row)


def test_old_failures_go(account, machine_clock):
    attempt(device())
    machine_clock(hours=4)
    attempt(device())
    assert LoginFailure.objects.count() == 1


def test_a_new_one_time_password_makes_all_devices_strangers(account, at):
    own = device()
    attempt(own, PASSWORD)
    assert KnownDevice.objects.count() == 1
    lockout.forget_devices(account)
    own.post("/accounts/logout/")
    for _ in range(30):
        attempt(device())
    assert attempt(own, PASSWORD).status_code == 429


@pytest.mark.parametrize("name", ["nobody-here", "' or 1=1 --", "x" * 3000, "\u5f20\u4e09", "a\x00b"])
def test_a_login_that_does_not_exist_is_answered_alike(account, name):
    phone, other = device(), device()
    assert {attempt(phone, login=name).status_code for _ in range(4)} == {200}
    assert attempt(other).status_code == 200


def test_codes_of_the_second_factor_are_counted_too(account):
    secret = totp.generate_totp_secret()
    sealed = get_adapter().encrypt(secret)
    Authenticator.objects.create(user=account, type="totp", data={"secret": sealed})
    phone = device()
    assert "2fa" in attempt(phone, PASSWORD).headers["Location"]
    right = totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))
    bad = "000000" if right != "000000" else "000001"
    for _ in range(6):
        html = phone.post("/accounts/2fa/authenticate/", {"code": bad}).content.decode()
    assert "Incorrect code" in html
    html = phone.post("/accounts/2fa/authenticate/", {"code": right}).content.decode()
    assert "try again in 15 minutes" in html
    assert "_auth_user_id" not in phone.session
