"""Pages of the security administrator: logins, roles with scope and end, one-time passwords, lockouts."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongxin.base import accounts, clock, lockout
from tongxin.base.idempotency import OtherBody
from tongxin.base.models import Account, RoleGrant
from tongxin.base.pages import once_for_form, who
from tongxin.base.sessions import area_of, at_of
from tongxin.web import access, forms, login_tables

PAGE_SIZE = 50


@require_GET
def logins(request: HttpRequest) -> HttpResponse:
    """All logins of this compound, by name; `?state=locked` and `?state=first` as the start page counts them."""
    area_id, search = area_of(request), request.GET.get("q", "")[:150].replace("\x00", "")
    rows = list(accounts.accounts_of(area_id, search=search))
    locked = lockout.locked_usernames([row.username for row in rows], at=clock.machine_now())
    state = request.GET.get("state", "")
    if state == "locked":
        rows = [row for row in rows if row.username in locked]
    elif state == "first":
        rows = [row for row in rows if row.must_change_password]
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    roles = accounts.open_roles(area_id, [row.pk for row in page], at=at_of(request))
    context = {
        "title": _("Logins"),
        "lead": _("A login says what somebody may see. Give each person an own one, and only the roles of the task."),
        "table": login_tables.logins(list(page), roles, locked),
        "page_obj": page,
        "search": search,
        "state": state,
    }
    return render(request, "web/logins.html", context)


def _grant_form(request: HttpRequest, form: type[forms.GrantForm], data: Any = None) -> Any:
    places = login_tables.place_choices(area_of(request))
    return form(data, places=places, today=clock.local_date(at_of(request)))


@never_cache
@require_http_methods(["GET", "POST"])
def new_login(request: HttpRequest) -> HttpResponse:
    """Make a login with its first role and show its one-time password, once."""
    form = _grant_form(request, forms.LoginForm, request.POST or None)
    if request.method == "GET" or not form.is_valid():
        return _new_page(request, form)
    password = accounts.one_time_password()
    values = form.cleaned_data

    def make() -> dict[str, Any]:
        scope, scope_id = form.scope_chosen()
        account = accounts.make_account(
            username=values["username"],
            password=password,
            language=values["language"],
            must_change_password=True,
            **who(request),
        )
        accounts.grant_role(
            account=account, role=values["role"], scope=scope, scope_id=scope_id, ends_at=form.ends_at(), **who(request)
        )
        return {"account": str(account.uuid)}

    try:
        outcome = once_for_form(
            request, "web.login.make", {"username": values["username"], "role": values["role"]}, make
        )
    except accounts.NameTaken:
        form.add_error("username", _("Another login is called like this. Choose another one."))
        return _new_page(request, form)
    except OtherBody:
        form.add_error(None, _("This form was sent before with other content. Open it again."))
        return _new_page(request, form)
    account = access.visible_account(UUID(outcome.receipt["account"]), area_id=area_of(request))
    return _password_page(request, account, "" if outcome.is_repeat else password)


def _new_page(request: HttpRequest, form: forms.LoginForm) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, "web/login_new.html", {"title": _("Make a login"), "form": form}, status=status)


def _password_page(request: HttpRequest, account: Account, password: str) -> HttpResponse:
    """Show a one-time password; an empty one says that it was shown before."""
    context = {"title": _("One-time password"), "account": account, "password": password}
    return render(request, "web/login_password.html", context)


@require_GET
def login(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One login with its roles."""
    account = access.visible_account(uuid, area_id=area_of(request))
    return _login_page(request, account, _grant_form(request, forms.GrantForm))


def _login_page(request: HttpRequest, account: Account, form: forms.GrantForm) -> HttpResponse:
    area_id = area_of(request)
    locked = lockout.locked_usernames([account.username], at=clock.machine_now())
    context = {
        "title": account.username,
        "account": account,
        "is_own": account.pk == request.user.pk,
        "is_locked": bool(locked),
        "grants": login_tables.grants(accounts.grants_of(area_id, account, at=at_of(request)), area_id),
        "form": form,
    }
    return render(request, "web/login.html", context, status=422 if form.is_bound else 200)


@require_POST
def grant(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Give a login a role. The same role twice is one role."""
    account = access.visible_account(uuid, area_id=area_of(request))
    form = _grant_form(request, forms.GrantForm, request.POST)
    if not form.is_valid():
        return _login_page(request, account, form)
    scope, scope_id = form.scope_chosen()
    role, ends_at = form.cleaned_data["role"], form.ends_at()
    try:
        accounts.grant_role(account=account, role=role, scope=scope, scope_id=scope_id, ends_at=ends_at, **who(request))
    except accounts.OfficesApart as refusal:
        form.add_error("role", login_tables.sentence(refusal))
        return _login_page(request, account, form)
    except accounts.OwnAccount as refusal:
        # The own page has no form that could show it.
        messages.error(request, login_tables.sentence(refusal))
        return _login_page(request, account, form)
    messages.success(request, _("The role is given. It holds from now on."))
    return redirect("web:login", uuid=account.uuid)


@require_POST
def end_grant(request: HttpRequest, uuid: UUID, grant_uuid: UUID) -> HttpResponse:
    """End a role now."""
    account = access.visible_account(uuid, area_id=area_of(request))

    def end() -> str:
        accounts.end_grant(uuid=grant_uuid, **who(request))
        return _("The role has ended.")

    return _told(request, account, end)


@require_POST
def switch(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Keep a login out, or let it in again (`is_active` = 1 or 0)."""
    account = access.visible_account(uuid, area_id=area_of(request))
    is_active = request.POST.get("is_active") == "1"

    def change() -> str:
        accounts.set_active(account=account, is_active=is_active, **who(request))
        return _("The login works again.") if is_active else _("The login is kept out, on all devices, from now on.")

    return _told(request, account, change)


@require_POST
def unlock(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """End a lockout after wrong passwords."""
    account = access.visible_account(uuid, area_id=area_of(request))

    def open_() -> str:
        accounts.unlock(account=account, **who(request))
        return _("The login may try again on every device.")

    return _told(request, account, open_)


def _told(request: HttpRequest, account: Account, effect: Callable[[], str]) -> HttpResponse:
    """Do something, say what was done or why not, and go back to the login."""
    try:
        messages.success(request, effect())
    except RoleGrant.DoesNotExist:
        raise Http404 from None
    except (accounts.OwnAccount, accounts.ServesElsewhere) as refusal:
        messages.error(request, login_tables.sentence(refusal))
    return redirect("web:login", uuid=account.uuid)


@never_cache
@require_POST
def reset(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Make a one-time password and show it, once."""
    account = access.visible_account(uuid, area_id=area_of(request))
    found: list[str] = []

    def renew() -> dict[str, Any]:
        found.append(accounts.reset_password(account=account, **who(request)))
        return {"account": str(account.uuid)}

    try:
        once_for_form(request, "web.login.reset", {"account": account.uuid}, renew)
    except (accounts.OwnAccount, accounts.ServesElsewhere) as refusal:
        messages.error(request, login_tables.sentence(refusal))
        return redirect("web:login", uuid=account.uuid)
    except OtherBody:
        messages.error(request, _("This form was sent before with other content. Open it again."))
        return redirect("web:login", uuid=account.uuid)
    return _password_page(request, account, found[0] if found else "")
