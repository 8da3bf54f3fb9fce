"""Whom one can log in as in the demo: one login for each seat of a headquarters, all with one password that is no secret."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tongxin.base import accounts
from tongxin.base.actors import Actor, ScopeKind
from tongxin.base.models import Account
from tongxin.community import api as community
from tongxin.workforce import api as workforce

#: Printed on the screen and in the README: an installation with real people never runs the demo.
PASSWORD = "tongxin-demo-2022"  # noqa: S105 - not a secret
COMMANDERS = ("commander", "commander2")
#: login -> role, for seats that see the whole compound and lead nobody into the field.
OFFICE = {
    "commander": "COMMANDER",
    "commander2": "COMMANDER",
    "dispatcher": "DISPATCHER",
    "documents": "DOCUMENTS",
    "auditor": "AUDITOR",
    "sysadmin": "SYSTEM_ADMIN",
    "security": "SECURITY_ADMIN",
}


@dataclass(frozen=True, slots=True)
class Seat:
    """A login of the cast: who it is in the story, and the responder whose tasks it sees."""

    username: str
    role: str
    responder_code: str = ""


def seat_office(*, area_id: int, actor: Actor, at: datetime) -> list[Seat]:
    """Make the logins of headquarters and of the three officers who watch over the system."""
    for username, role in OFFICE.items():
        _login(username, role, area_id=area_id, actor=actor, at=at)
    return [Seat(username, role) for username, role in OFFICE.items()]


def seat_grid_leaders(
    leaders: Sequence[tuple[int, workforce.Responder]], *, area_id: int, actor: Actor, at: datetime
) -> list[Seat]:
    """Make a login for the leader of each grid; it reaches its grid only."""
    grids = {grid.number: grid for grid in community.list_grids(area_id)}
    seats = []
    for number, responder in leaders:
        grid = grids.get(str(number))
        if grid is None:
            continue
        username = f"grid{number}"
        account = _login(
            username, "GRID_LEADER", area_id=area_id, actor=actor, at=at, scope=ScopeKind.GRID, scope_id=grid.pk
        )
        workforce.link_account(area_id=area_id, responder=responder, account=account, actor=actor, at=at)
        seats.append(Seat(username, "GRID_LEADER", responder.code))
    return seats


def seat_in_the_field(
    username: str, role: str, responder: workforce.Responder, *, area_id: int, actor: Actor, at: datetime
) -> Seat:
    """Make a login for somebody who serves. Samplers and tracers work all over the compound, others on what is theirs."""
    scope = ScopeKind.AREA if role in ("SAMPLER", "TRACER") else ScopeKind.OWN
    account = _login(username, role, area_id=area_id, actor=actor, at=at, scope=scope)
    workforce.link_account(area_id=area_id, responder=responder, account=account, actor=actor, at=at)
    return Seat(username, role, responder.code)


def _login(
    username: str,
    role: str,
    *,
    area_id: int,
    actor: Actor,
    at: datetime,
    scope: ScopeKind = ScopeKind.AREA,
    scope_id: int = 0,
) -> Account:
    account = accounts.make_account(area_id=area_id, username=username, password=PASSWORD, actor=actor, at=at)
    accounts.grant_role(area_id=area_id, account=account, role=role, scope=scope, scope_id=scope_id, actor=actor, at=at)
    return account
