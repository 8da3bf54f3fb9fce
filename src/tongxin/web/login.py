"""Login: no self-made accounts, a first password that must be changed, and a lockout page that says how long."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import ChangePasswordForm as LibraryChangePasswordForm
from allauth.account.forms import LoginForm as LibraryLoginForm
from allauth.account.forms import ReauthenticateForm as LibraryReauthenticateForm
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url

from tongxin.base import accounts, clock, sessions
from tongxin.base.models import Account

_YEAR = 365 * 24 * 3600


def keep_display(response: HttpResponse, *, language: str | None = None, is_large_print: bool | None = None) -> None:
    """Set the cookies by which templates and scripts know a visitor's language and text size."""
    if language is not None:
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=_YEAR, samesite="Lax")
    if is_large_print is not None:
        # Not HttpOnly: the script reads it before the first paint.
        response.set_cookie("tx_size", "large" if is_large_print else "normal", max_age=_YEAR, samesite="Lax")


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


class ReauthenticateForm(LibraryReauthenticateForm):
    """The password once more, before something that matters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, "password")


def locked_out(request: HttpRequest, credentials: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
    """Answer 429 with a page that says that this user on this device waits a quarter of an hour."""
    response = render(request, "account/locked_out.html", status=429)
    response["Retry-After"] = "900"
    return response
