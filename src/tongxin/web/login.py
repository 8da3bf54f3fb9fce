"""Login: no self-made accounts, a first password that must be changed, and a lockout page that says how long."""

from collections.abc import Callable
from math import ceil
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import ChangePasswordForm as LibraryChangePasswordForm
from allauth.account.forms import LoginForm as LibraryLoginForm
from allauth.account.forms import ReauthenticateForm as LibraryReauthenticateForm
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm as LibraryCodeForm
from allauth.mfa.base.forms import ReauthenticateForm as LibraryCodeAgainForm
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tongxin.base import accounts, clock, lockout, rules, sessions
from tongxin.base.models import Account

_YEAR = 365 * 24 * 3600


def keep_display(response: HttpResponse, *, language: str | None = None, is_large_print: bool | None = None) -> None:
    """Set the cookies by which templates and scripts know a visitor's language and text size."""
    is_secure = settings.SESSION_COOKIE_SECURE
    if language is not None:
        name = settings.LANGUAGE_COOKIE_NAME
        response.set_cookie(name, language, max_age=_YEAR, samesite="Lax", secure=is_secure)
    if is_large_print is not None:
        # Not HttpOnly: the script reads it before the first paint.
        size = "large" if is_large_print else "normal"
        response.set_cookie("tx_size", size, max_age=_YEAR, samesite="Lax", secure=is_secure)


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by the security administrator, never by signing up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Return the start page."""
        return resolve_url(settings.LOGIN_REDIRECT_URL)

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, *args: Any, **details: Any) -> HttpResponse:
        """Answer a login: from here on pages follow the account's language and text size."""
        response: HttpResponse = super().post_login(request, user, *args, **details)
        if isinstance(user, Account):
            keep_display(response, language=user.language, is_large_print=user.is_large_print)
        return response

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        """Store the password that an account's owner chose; the one-time password is over."""
        if not isinstance(user, Account):
            raise TypeError(type(user).__name__)
        user.must_change_password = False
        super().set_password(user, password)
        at = clock.now()
        accounts.note_own_password(user, actor=sessions.actor_for(user, at=at), at=at)


def _plain(form: Form, password: str) -> None:
    """Take away the link to a reset by e-mail, and placeholders: the label above a field stays, they would not."""
    form.fields[password].help_text = ""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)


class LoginForm(LibraryLoginForm):
    """Name and password. No link to a reset by e-mail: headquarters sets new passwords."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, "password")


class ChangePasswordForm(LibraryChangePasswordForm):
    """The old password and a new one, twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, "oldpassword")

    def clean_password1(self) -> str:
        """Return the new password. Raises ValidationError when it is the old one: a one-time password is not kept."""
        password: str = self.cleaned_data["password1"]
        if self.user is not None and self.user.check_password(password):
            raise ValidationError(_("This is the password that you have now. Please choose another one."))
        return password


class ReauthenticateForm(LibraryReauthenticateForm):
    """The password once more, before something that matters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, "password")


def _counted(user: Account, check: Callable[[], str]) -> str:
    """Return the code that `check` finds right. Wrong codes are counted like wrong passwords.

    Six figures are soon guessed without a limit. Raises ValidationError, also while this login has to wait here.
    """
    attempt = lockout.attempt_of(context.request, user.username)
    wait = lockout.wait_of(attempt, at=clock.machine_now())
    if wait is not None:
        raise ValidationError(_wait_sentence(_minutes(wait)))
    try:
        return check()
    except ValidationError:
        lockout.note_failure(attempt, at=clock.machine_now())
        raise


class CodeForm(LibraryCodeForm):
    """The second factor's code, when signing in."""

    def clean_code(self) -> str:
        """Return the code. Raises ValidationError."""
        return _counted(self.user, super().clean_code)


class CodeAgainForm(LibraryCodeAgainForm):
    """The second factor's code once more, before something that matters."""

    def clean_code(self) -> str:
        """Return the code. Raises ValidationError."""
        return _counted(self.user, super().clean_code)


def _minutes(wait: rules.Wait) -> int:
    return max(1, ceil((wait.until - clock.machine_now()).total_seconds() / 60))


def _wait_sentence(minutes: int) -> str:
    return ngettext(
        "Too many wrong tries. You can try again in %(minutes)d minute.",
        "Too many wrong tries. You can try again in %(minutes)d minutes.",
        minutes,
    ) % {"minutes": minutes}


def locked_out(request: HttpRequest, credentials: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
    """Answer 429 with a page that says for how long this login waits on this device, and whom to ask."""
    wait: rules.Wait = request.login_wait  # type: ignore[attr-defined]
    minutes = _minutes(wait)
    page = {"wait": _wait_sentence(minutes), "code": wait.code}
    response = render(request, "account/locked_out.html", page, status=429)
    response["Retry-After"] = str(minutes * 60)
    response["Cache-Control"] = "no-store"
    return response
