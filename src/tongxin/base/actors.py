"""Who acts: passed to every write, and to every read of a person."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

#: How the audit's label of an actor begins when no person acted; no login may hold a colon.
SYSTEM_PREFIX = "system:"


class ScopeKind(StrEnum):
    """How much of the compound a grant covers, widest first."""

    AREA = "AREA"
    GRID = "GRID"
    BUILDING = "BUILDING"
    OWN = "OWN"


@dataclass(frozen=True, slots=True)
class Grant:
    """One role of one account in one compound; `scope_id` is a grid or building id, empty for AREA and OWN."""

    role: str
    area_id: int
    scope: ScopeKind
    scope_id: int | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or a part of the system that does something.

    `label` is a login or a system name, never a person's real name: it goes into the audit.
    """

    label: str
    account_id: int | None = None
    grants: tuple[Grant, ...] = field(default=())
    device: str = ""

    @property
    def is_system(self) -> bool:
        return self.account_id is None

    @property
    def area_ids(self) -> frozenset[int]:
        return frozenset(grant.area_id for grant in self.grants)

    def roles(self, area_id: int) -> frozenset[str]:
        return frozenset(grant.role for grant in self.grants if grant.area_id == area_id)


def system(name: str) -> Actor:
    """Return the actor for work that no person asked for, e.g. `system("tracing.handlers")`."""
    return Actor(label=f"{SYSTEM_PREFIX}{name}")


@dataclass(frozen=True, slots=True)
class Scope:
    """What an actor may reach for one permission in one compound.

    `everything` stands for the whole compound; else the union of grids, buildings and (if `own`) what is
    assigned to the actor. An empty scope reaches nothing.
    """

    area_id: int
    everything: bool = False
    grid_ids: frozenset[int] = frozenset()
    building_ids: frozenset[int] = frozenset()
    own: bool = False
    account_id: int | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.everything or self.grid_ids or self.building_ids or self.own)


def scope_of(area_id: int, grants: Iterable[Grant], account_id: int | None) -> Scope:
    """Return the union of `grants` in a compound."""
    mine = [grant for grant in grants if grant.area_id == area_id]
    return Scope(
        area_id=area_id,
        everything=any(grant.scope is ScopeKind.AREA for grant in mine),
        grid_ids=frozenset(g.scope_id for g in mine if g.scope is ScopeKind.GRID and g.scope_id is not None),
        building_ids=frozenset(g.scope_id for g in mine if g.scope is ScopeKind.BUILDING and g.scope_id is not None),
        own=any(grant.scope is ScopeKind.OWN for grant in mine),
        account_id=account_id,
    )


@dataclass(frozen=True, slots=True)
class Target:
    """What an audit entry or an order is about: a code and an id, never a name."""

    kind: str
    uuid: UUID | None = None
