"""Lists for pages: each look at people's state is one audit entry, whatever the number of rows."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from tongxin.base import audit
from tongxin.base.actors import Actor, Scope
from tongxin.dispatch import api as dispatch
from tongxin.incidents import api as incidents
from tongxin.residents import rules
from tongxin.residents.api.calls import list_calls
from tongxin.residents.api.ground import calling_rules, local
from tongxin.residents.api.pairs import list_pairs
from tongxin.residents.api.pairs import reached as pairs_reached
from tongxin.residents.api.reading import Coverage, coverage
from tongxin.residents.api.requests import list_requests, visit_of
from tongxin.residents.api.rounds import get_round
from tongxin.residents.models import LiaisonCall, LiaisonPair, Request


def _look(action: str, area_id: int, actor: Actor, at: datetime, **detail: object) -> None:
    audit.record(f"residents.{action}", actor=actor, at=at, area_id=area_id, target_kind="Incident", detail=detail)


def read_coverage(*, area_id: int, incident_id: int, scope: Scope, actor: Actor, at: datetime) -> Coverage:
    """This function will return the board, and leave the look in the audit when people without a caller are listed."""
    picture = coverage(area_id=area_id, incident_id=incident_id, at=at, scope=scope)
    if picture.uncovered:
        _look("uncovered.listed", area_id, actor, at, people=len(picture.uncovered))
    return picture


def read_pairs(
    *,
    area_id: int,
    incident_id: int,
    scope: Scope,
    caller_uuid: UUID | None = None,
    care_code: str = "",
    reason: str = "",
    actor: Actor,
    at: datetime,
) -> QuerySet[LiaisonPair]:
    """This function will return the pairs of a page, and leave the look in the audit."""
    filters = {"caller": str(caller_uuid or ""), "care": care_code, "why": reason}
    _look("pairs.listed", area_id, actor, at, **filters)
    return list_pairs(
        area_id=area_id,
        incident_id=incident_id,
        scope=scope,
        caller_uuid=caller_uuid,
        care_code=care_code,
        reason=reason,
    )


def read_calls(
    *, area_id: int, round_uuid: UUID, scope: Scope, state: str = "", late: bool = False, actor: Actor, at: datetime
) -> QuerySet[LiaisonCall]:
    """This function will return the calls of a round as far as a scope reaches, and leave the look in the audit."""
    row = get_round(area_id, round_uuid)
    _look("calls.listed", area_id, actor, at, round=row.number, state=state)
    return list_calls(
        area_id=area_id,
        round_id=row.pk,
        scope_filter=pairs_reached(scope),
        state=state,
        late_at=at if late else None,
    )


def read_requests(
    *,
    area_id: int,
    incident_id: int,
    scope: Scope,
    states: Collection[str] = (),
    urgency: str = "",
    kind: str = "",
    mine: bool = False,
    late: bool = False,
    actor: Actor,
    at: datetime,
) -> QuerySet[Request]:
    """This function will return the requests of a page, and leave the look in the audit."""
    _look("requests.listed", area_id, actor, at, states=sorted(states), urgency=urgency, kind=kind)
    return list_requests(
        area_id=area_id,
        incident_id=incident_id,
        scope=scope,
        roles=actor.roles(area_id),
        states=states,
        urgency=urgency,
        kind=kind,
        owner_id=actor.account_id if mine else None,
        late_at=at if late else None,
    )


def visit_with_hands(row: Request) -> tuple[dispatch.Task | None, Sequence[dispatch.Assignment]]:
    """This function will return the visit that was asked for, and who goes."""
    task = visit_of(row)
    if task is None:
        return None, ()
    return task, dispatch.list_assignments(area_id=row.area_id, task_ids=[task.pk]).get(task.pk, ())


def next_window(incident: incidents.Incident, at: datetime) -> rules.Span | None:
    """This function will return the window to call in next, by the rule set of the day."""
    return rules.next_window(local(at), calling_rules(incident, at).windows)
