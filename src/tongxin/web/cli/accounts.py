"""`tongxin account create`: the first logins of a real installation."""

from typing import Annotated

import typer
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from tongxin.base import accounts, clock
from tongxin.base.actors import ScopeKind, system
from tongxin.base.models import Account
from tongxin.base.policy import ROLES
from tongxin.community import api as community
from tongxin.web import wording
from tongxin.web.cli.areas import area_for_import
from tongxin.web.cli.output import console, refuse
from tongxin.web.cli.serve import migrate

ACTOR = system("cli.account")
#: Roles that work on what is given to them; others see the compound unless a grid is named.
_OWN_ROLES = frozenset({"VOLUNTEER", "MEDIC", "CALLER"})


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    group = typer.Typer(help=_("Logins: made here before there is a security administrator."), no_args_is_help=True)
    group.callback()(_group)
    group.command("create", help=_("Make a login with a role and print its one-time password, once."))(create)
    app.add_typer(group, name="account")


def _group() -> None:
    """Keep `create` a command of its own although it is the only one."""


def create(
    username: Annotated[str, typer.Argument(help=_("Login: a code, not a person's name."))],
    role: Annotated[str, typer.Option(help=_("Role, e.g. COMMANDER, GRID_LEADER, SECURITY_ADMIN."))],
    area: Annotated[
        int | None, typer.Option(min=1, help=_("Number of the compound; not needed when there is one."))
    ] = None,
    grid: Annotated[str, typer.Option(help=_("Number of the grid; for a grid leader."))] = "",
    language: Annotated[str, typer.Option(help=_("Language of its pages: zh or en."))] = "zh",
) -> None:
    """Make a login. Leaves with exit code 2, and nothing written, when the login is taken or the role not known."""
    if role not in ROLES:
        known = ", ".join(f"{code} ({wording.ROLE_WORDS[code]})" for code in ROLES)
        refuse(_("There is no role %(role)s. The roles are: %(roles)s.") % {"role": role, "roles": known})
    if language not in ("zh", "en"):
        refuse(_("The language is zh or en."))
    if role == "GRID_LEADER" and not grid:
        refuse(_("A grid leader needs a grid: say which with --grid."))
    migrate()
    at = clock.now()
    password = accounts.one_time_password()
    try:
        with transaction.atomic():
            area_id = area_for_import(area, actor=ACTOR, at=at)
            scope, scope_id = _scope(area_id, role, grid)
            account = accounts.make_account(
                area_id=area_id,
                username=username,
                password=password,
                language="zh-hans" if language == "zh" else "en",
                must_change_password=True,
                actor=ACTOR,
                at=at,
            )
            accounts.grant_role(
                area_id=area_id, account=account, role=role, scope=scope, scope_id=scope_id, actor=ACTOR, at=at
            )
    except accounts.NameTaken:
        refuse(_("There is a login %(username)s already.") % {"username": username})
    except ValidationError as error:
        refuse(_("The login %(username)s cannot be used.") % {"username": username}, *error.messages)
    _tell(account, role, password)


def _scope(area_id: int, role: str, grid: str) -> tuple[ScopeKind, int]:
    """Return the scope of the role; leaves with exit code 2 when the compound has no such grid."""
    if grid:
        found = [row for row in community.list_grids(area_id) if row.number == grid]
        if not found:
            refuse(_("The compound has no grid %(grid)s.") % {"grid": grid})
        return ScopeKind.GRID, found[0].pk
    return (ScopeKind.OWN if role in _OWN_ROLES else ScopeKind.AREA), 0


def _tell(account: Account, role: str, password: str) -> None:
    console.print(_("Login: %(username)s") % {"username": account.username}, markup=False)
    console.print(_("Role: %(role)s") % {"role": wording.ROLE_WORDS[role]}, markup=False)
    console.print(_("One-time password, shown only now: %(password)s") % {"password": password}, markup=False)
    console.print(_("At the first signing in an own password must be chosen."))
