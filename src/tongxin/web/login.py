"""Login: no self-made accounts, and a lockout page that says how long to wait."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm as LibraryLoginForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by the security administrator, never by signing up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class LoginForm(LibraryLoginForm):
    """Name and password. No link to a reset by e-mail: headquarters sets new passwords."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""
        for field in self.fields.values():
            # The label above the field stays; a placeholder would vanish at the first letter.
            field.widget.attrs.pop("placeholder", None)


def locked_out(request: HttpRequest, credentials: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
    """Answer 429 with a page that says that this user on this device waits a quarter of an hour."""
    response = render(request, "account/locked_out.html", status=429)
    response["Retry-After"] = "900"
    return response
