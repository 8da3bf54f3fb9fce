"""Wrong passwords: who has to wait, on which device, and for how long.

A device is the random, signed cookie that the login page gives; where cookies are refused, it is the browser with its
address. Sixfold error locks one login on one device only. Three wider limits slow down whoever changes devices or
logins; they never touch a device on which the owner has signed in before, so that nobody can lock somebody else out,
and one address shared by a whole compound locks nobody who works there.

Only keyed digests are stored: what is typed into the login field by mistake may be a password.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from axes.handlers.base import AxesHandler
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest

from tongxin.base import clock, crypto
from tongxin.base.models import Account, KnownDevice, LoginFailure
from tongxin.base.rules import Failure, Wait, longest_wait

COOKIE = "tx_device"
COOKIE_SALT = "tongxin.device"
#: A device on which nobody signed in for so long is a stranger again.
KNOWN_FOR = timedelta(days=180)
#: How long a wrong password is remembered; longer than the longest window and its wait together.
KEPT = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who tries where, as digests: `trail` is the browser with its address, `device` the cookie or else the trail."""

    login: str
    device: str
    trail: str
    is_known: bool


def login_digest(username: str) -> str:
    """Return the digest of a login as it is typed: letters large or small are one login."""
    return crypto.blind_index("login", username.strip().casefold(), area_id=0)


def _address(request: HttpRequest) -> str:
    if settings.SECURE_PROXY_SSL_HEADER:
        # Behind the proxy that also tells us of HTTPS: the last address is the one that the proxy itself saw.
        forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip()
        if forwarded:
            return forwarded[:64]
    return str(request.META.get("REMOTE_ADDR", ""))


def device_token(request: HttpRequest) -> str:
    """Return the token of the device cookie; empty without one, or when it is not of our making."""
    return request.get_signed_cookie(COOKIE, default="", salt=COOKIE_SALT) or ""


def attempt_of(request: HttpRequest, username: str) -> Attempt:
    """Return who tries to sign in on which device."""
    browser = str(request.META.get("HTTP_USER_AGENT", ""))[:400]
    trail = crypto.blind_index("trail", f"{_address(request)}\n{browser}", area_id=0)
    token, login = device_token(request), login_digest(username)
    if not token:
        return Attempt(login, trail, trail, is_known=False)
    device = crypto.blind_index("device", token, area_id=0)
    known = KnownDevice.objects.filter(
        account__username__iexact=username.strip(), device=device, last_at__gt=clock.machine_now() - KNOWN_FOR
    )
    return Attempt(login, device, trail, is_known=known.exists())


def wait_of(attempt: Attempt, *, at: datetime) -> Wait | None:
    """Return for how long this login has to wait on this device, and why; None when it may try."""
    wanted = Q(login=attempt.login) | Q(device=attempt.device) | Q(trail=attempt.trail)
    rows = LoginFailure.objects.filter(wanted, at__gt=at - KEPT).values_list(
        "login", "device", "trail", "is_known", "at"
    )
    failures = [
        Failure(
            at=moment,
            is_login=login == attempt.login,
            is_device=device == attempt.device,
            is_trail=trail == attempt.trail,
            is_known=is_known,
        )
        for login, device, trail, is_known, moment in rows
    ]
    return longest_wait(failures, is_known=attempt.is_known, at=at)


def note_failure(attempt: Attempt, *, at: datetime) -> None:
    """Remember a wrong password or code, and forget those that are too old to matter."""
    with transaction.atomic():
        LoginFailure.objects.filter(at__lte=at - KEPT).delete()
        LoginFailure.objects.create(
            login=attempt.login, device=attempt.device, trail=attempt.trail, is_known=attempt.is_known, at=at
        )


def note_success(account: Account, attempt: Attempt, *, has_cookie: bool, at: datetime) -> None:
    """Forget the failures of this login on this device, and know the device from now on."""
    LoginFailure.objects.filter(login=attempt.login, device=attempt.device).delete()
    if has_cookie:
        KnownDevice.objects.filter(account=account, last_at__lte=at - KNOWN_FOR).delete()
        KnownDevice.objects.update_or_create(account=account, device=attempt.device, defaults={"last_at": at})


def clear(username: str) -> int:
    """Forget all failures of a login, and return on how many devices there were some."""
    rows = LoginFailure.objects.filter(login=login_digest(username))
    devices = rows.values("device").distinct().count()
    rows.delete()
    return devices


def forget_devices(account: Account) -> None:
    """Make every device of an account a stranger: one of them may be lost."""
    KnownDevice.objects.filter(account=account).delete()


def locked_usernames(usernames: Sequence[str], *, at: datetime) -> set[str]:
    """Return which logins have to wait on some device, or on all devices that are new to them."""
    by_digest = {login_digest(username): username for username in usernames}
    rows = LoginFailure.objects.filter(login__in=list(by_digest), at__gt=at - KEPT)
    found: dict[tuple[str, str], list[Failure]] = {}
    for login, device, is_known, moment in rows.values_list("login", "device", "is_known", "at"):
        here = Failure(at=moment, is_login=True, is_device=True, is_trail=False, is_known=is_known)
        elsewhere = Failure(at=moment, is_login=True, is_device=False, is_trail=False, is_known=is_known)
        found.setdefault((login, device), []).append(here)
        found.setdefault((login, ""), []).append(elsewhere)
    return {by_digest[login] for (login, _device), rows in found.items() if longest_wait(rows, is_known=False, at=at)}


class LockoutHandler(AxesHandler):
    """What django-axes asks before a password is checked and tells after it was. Times are the machine's own."""

    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        """Return whether this login has to wait on this device; the page finds the wait on the request."""
        username = str((credentials or {}).get("username") or "")
        wait = wait_of(attempt_of(request, username), at=clock.machine_now()) if username else None
        request.login_wait = wait  # type: ignore[attr-defined]
        return wait is not None

    def user_login_failed(
        self, sender: object, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        """Count a wrong password; one that was not even looked at, because of a wait, counts nothing."""
        username = str(credentials.get("username") or "")
        if request is None or not username or request.axes_locked_out:  # type: ignore[attr-defined]
            return
        note_failure(attempt_of(request, username), at=clock.machine_now())
        request.axes_locked_out = self.is_locked(request, credentials)  # type: ignore[attr-defined]

    def user_logged_in(self, sender: object, request: HttpRequest, user: Account, **kwargs: Any) -> None:
        """Know the device from now on."""
        note_success(
            user,
            attempt_of(request, user.username),
            has_cookie=bool(device_token(request)),
            at=clock.machine_now(),
        )
