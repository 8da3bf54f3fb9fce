"""Who is on the list, who calls whom, and moving people from one caller to another."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from tongxin.base import audit
from tongxin.base.actors import Actor, Scope
from tongxin.base.outbox import publish
from tongxin.community import api as community
from tongxin.engines.planner import pairing
from tongxin.incidents import api as incidents
from tongxin.residents import rules
from tongxin.residents.api.ground import calling_rules, open_incident_of
from tongxin.residents.api.matching import Change, NoCallers, as_caller, as_listed, changes_of, match
from tongxin.residents.events import PairsChanged
from tongxin.residents.models import LiaisonCall, LiaisonPair
from tongxin.workforce import api as workforce

_CHUNK = 500


class NotACaller(ValueError):
    """This responder does not call: not active, or without the skill."""


class SameCaller(ValueError):
    """The caller and the deputy would be the same."""


@dataclass(frozen=True, slots=True)
class PairingDone:
    """What a pairing changed. `unpaired` people have nobody to call them (only where nobody may)."""

    listed: int
    opened: int
    kept: int
    moved: int
    closed: int
    unpaired: int = 0

    @property
    def changed(self) -> int:
        return self.opened + self.moved + self.closed


@dataclass(frozen=True, slots=True)
class PairingNeeded:
    """What speaks for a pairing now; all zero when everybody on the list is in good hands."""

    listed: int
    unpaired: int
    caller_gone: int
    callers_gone: int
    deputy_gone: int
    off_list: int
    callers: int
    #: People who would move because loads lie further from the even share than `uneven_by`.
    uneven: int = 0
    uneven_by: int = 0

    @property
    def is_needed(self) -> bool:
        return bool(self.unpaired or self.caller_gone or self.deputy_gone or self.off_list or self.uneven)


# ---------- reads ----------
def listed_people(area_id: int) -> dict[int, str]:
    """Return person id -> the class under which the person is listed, the first of ONE_TO_ONE_CODES counts."""
    order = {code: index for index, code in enumerate(community.ONE_TO_ONE_CODES)}
    found: dict[int, str] = {}
    for row in community.list_special_care(area_id=area_id, codes=community.ONE_TO_ONE_CODES):
        held = found.get(row.person_id)
        if held is None or order[row.code] < order[held]:
            found[row.person_id] = row.code
    return found


def callers_at(area_id: int, at: datetime) -> dict[int, workforce.Responder]:
    """Return id -> responder of everybody who can be somebody's caller: active, with the skill, not away for long."""
    able = {row.pk: row for row in workforce.list_responders(area_id=area_id, skills=[rules.CALL_SKILL])}
    away = long_absent(area_id, at, able)
    return {pk: row for pk, row in able.items() if pk not in away}


def long_absent(area_id: int, at: datetime, responder_ids: Iterable[int]) -> set[int]:
    """Return those whose absence covers the whole time in which a deputy would step in; nobody without an incident."""
    incident = incidents.find_open_incident(area_id)
    if incident is None:
        return set()
    until = at + calling_rules(incident, at).gone_for
    rows = workforce.absences_between(area_id, at, until, sorted(responder_ids))
    return {row.responder_id for row in rows if row.starts_at <= at and row.ends_at >= until}


def reached(scope: Scope, prefix: str = "") -> Q:
    """Return the filter of what a scope reaches among pairs or calls; OWN reaches one's own people."""
    if scope.everything:
        return Q()
    found = Q(pk__in=[])
    if scope.grid_ids:
        found |= Q(**{f"{prefix}grid_id__in": scope.grid_ids})
    if scope.building_ids:
        found |= Q(**{f"{prefix}person__building_id__in": scope.building_ids})
    if scope.own and scope.account_id:
        found |= Q(**{f"{prefix}caller__account_id": scope.account_id})
    return found


def list_pairs(
    *,
    area_id: int,
    incident_id: int,
    scope: Scope,
    caller_uuid: UUID | None = None,
    care_code: str = "",
    reason: str = "",
) -> QuerySet[LiaisonPair]:
    """Return open pairs with person, caller and deputy in the order of the doors."""
    rows = LiaisonPair.objects.filter(area_id=area_id, incident_id=incident_id, ends_at=None).filter(reached(scope))
    if caller_uuid is not None:
        rows = rows.filter(caller__uuid=caller_uuid)
    if care_code:
        rows = rows.filter(care_code=care_code)
    if reason:
        rows = rows.filter(reason__why=reason)
    return rows.select_related("person__dwelling", "caller", "deputy", "grid").order_by("person__sort_key", "id")


def count_by_building(pairs: QuerySet[LiaisonPair]) -> dict[int | None, int]:
    """Return building id -> how many of these pairs live there."""
    rows = pairs.order_by().values_list("person__building_id").annotate(number=Count("id"))
    return dict(rows.values_list("person__building_id", "number"))


def get_pair(area_id: int, uuid: UUID) -> LiaisonPair:
    """Return a pair with its people. Raises LiaisonPair.DoesNotExist."""
    rows = LiaisonPair.objects.select_related("incident", "person__dwelling", "caller", "deputy", "grid")
    return rows.get(area_id=area_id, uuid=uuid)


def pairing_needed(*, area_id: int, incident_id: int, at: datetime) -> PairingNeeded:
    """Return what would change if everybody were paired now. Pure reading."""
    listed = listed_people(area_id)
    callers = callers_at(area_id, at)
    pairs = list(LiaisonPair.objects.filter(area_id=area_id, incident_id=incident_id, ends_at=None).order_by("id"))
    on_list = [row for row in pairs if row.person_id in listed]
    gone = [row for row in on_list if row.caller_id not in callers]
    kept = [row for row in on_list if row.caller_id in callers]
    no_deputy = [row for row in kept if row.deputy_id not in callers] if len(callers) > 1 else []
    uneven_by = calling_rules(incidents.Incident.objects.get(area_id=area_id, pk=incident_id), at).uneven_by
    return PairingNeeded(
        listed=len(listed),
        unpaired=len(listed) - len(on_list),
        caller_gone=len(gone),
        callers_gone=len({row.caller_id for row in gone}),
        deputy_gone=len(no_deputy),
        off_list=len(pairs) - len(on_list),
        callers=len(callers),
        uneven=_uneven(area_id, listed, callers, on_list, uneven_by),
        uneven_by=uneven_by,
    )


def _uneven(
    area_id: int, listed: dict[int, str], callers: dict[int, workforce.Responder], on_list: list[LiaisonPair], by: int
) -> int:
    """Return how many people would move for the balance; the pairing itself is asked only where loads lie apart."""
    counts = Counter(row.caller_id for row in on_list)
    low, high = pairing.even_share(len(listed), len(callers), by)
    if all(low <= counts[pk] <= high for pk in callers):
        return 0
    return match(area_id, listed, callers, on_list, uneven_by=by).cost.moved


# ---------- pairing ----------
def pair_everybody(*, area_id: int, incident_id: int, actor: Actor, at: datetime) -> PairingDone:
    """This function will give every listed person exactly one caller and a deputy who is somebody else.

    Pairs that stand are kept. Who lost the caller goes to the deputy first, so that the voice is known by name; who
    left the list is closed. The rest is spread in balance, and people move to another caller only where loads lie
    further from the even share than the rule set allows (see `engines.planner.pairing`): the fewest, and nobody whom
    a person has placed by hand. Doing it again changes nothing.
    Raises NoCallers when people wait and nobody can call, and incidents.IncidentIsClosed.
    """
    with transaction.atomic():
        incident = open_incident_of(area_id, incident_id)
        listed, callers = listed_people(area_id), callers_at(area_id, at)
        rows = LiaisonPair.objects.select_for_update().filter(area_id=area_id, incident=incident, ends_at=None)
        pairs = list(rows.order_by("id"))
        off = [row for row in pairs if row.person_id not in listed]
        on_list = [row for row in pairs if row.person_id in listed]
        if not callers and (len(on_list) < len(listed) or on_list):
            raise NoCallers
        answer = match(area_id, listed, callers, on_list, uneven_by=calling_rules(incident, at).uneven_by)
        changes = changes_of(answer, on_list, callers)
        done = PairingDone(
            listed=len(listed),
            opened=sum(one.before is None for one in changes),
            kept=len(on_list) - sum(one.before is not None for one in changes),
            moved=sum(one.before is not None for one in changes),
            closed=len(off),
            unpaired=answer.cost.unpaired,
        )
        if done.changed:
            replaced = [row.pk for row in off] + [one.before.pk for one in changes if one.before is not None]
            for start in range(0, len(replaced), _CHUNK):
                LiaisonPair.objects.filter(pk__in=replaced[start : start + _CHUNK]).update(ends_at=at)
            _open(incident, listed, changes, at)
            _tell(incident, actor, at, done)
    return done


def _open(incident: incidents.Incident, listed: Mapping[int, str], made: Sequence[Change], at: datetime) -> None:
    people = community.list_people(area_id=incident.area_id, ids=[one.person_id for one in made])
    LiaisonPair.objects.bulk_create(
        [
            LiaisonPair(
                area_id=incident.area_id,
                incident=incident,
                person_id=one.person_id,
                caller_id=one.caller_id,
                deputy_id=one.deputy_id,
                care_code=listed[one.person_id],
                grid_id=people[one.person_id].grid_id,
                starts_at=at,
                reason=one.reason,
            )
            for one in made
        ],
        batch_size=_CHUNK,
    )
    _hand_over_open_calls(incident)


def _hand_over_open_calls(incident: incidents.Incident) -> None:
    """Give the calls that are still due to the caller of today: nobody waits for somebody who is gone."""
    rows = LiaisonCall.objects.filter(
        area_id=incident.area_id, round__incident=incident, state__in=rules.OPEN_CALLS, pair__ends_at__isnull=False
    )
    waiting = list(rows.values_list("id", "person_id"))
    if not waiting:
        return
    pairs = LiaisonPair.objects.filter(area_id=incident.area_id, incident=incident, ends_at=None)
    now = {row.person_id: row for row in pairs}
    for pk, person_id in waiting:
        pair = now.get(person_id)
        if pair is not None:
            LiaisonCall.objects.filter(pk=pk).update(pair=pair, caller_id=pair.caller_id)


def _tell(incident: incidents.Incident, actor: Actor, at: datetime, done: PairingDone) -> None:
    audit.record(
        "residents.pairs.changed",
        actor=actor,
        at=at,
        area_id=incident.area_id,
        target_kind="Incident",
        target_uuid=incident.uuid,
        detail={"opened": done.opened, "moved": done.moved, "closed": done.closed, "listed": done.listed},
    )
    event = PairsChanged(incident.uuid, done.opened + done.moved, done.closed + done.moved)
    publish(event, area_id=incident.area_id, at=at)


def move_pair(*, area_id: int, pair_uuid: UUID, caller_uuid: UUID, actor: Actor, at: datetime) -> LiaisonPair:
    """This function will give one person to another caller; the one before becomes the deputy if still there.

    Raises NotACaller, incidents.IncidentIsClosed, LiaisonPair.DoesNotExist, Responder.DoesNotExist.
    """
    with transaction.atomic():
        row = LiaisonPair.objects.select_for_update().get(area_id=area_id, uuid=pair_uuid, ends_at=None)
        incident = open_incident_of(area_id, row.incident_id)
        callers = callers_at(area_id, at)
        caller = workforce.get_responder(area_id, caller_uuid)
        if caller.pk not in callers:
            raise NotACaller(caller.code)
        if caller.pk == row.caller_id:
            return row
        person = as_listed(area_id, [row.person_id], callers)[0]
        if caller.pk in person.barred:
            raise NotACaller(caller.code)
        loads = {pk: count for pk, count in caller_loads(area_id, incident.pk).items() if pk in callers}
        LiaisonPair.objects.filter(pk=row.pk).update(ends_at=at)
        deputy = row.caller_id if row.caller_id in callers else row.deputy_id
        spoken = frozenset(word for one in callers.values() for word in as_caller(one).dialects)
        codes = [code.value for code in pairing.codes(person, as_caller(caller), spoken)]
        reason: dict[str, object] = {
            "why": "BY_HAND",
            "codes": [code for code in codes if code != "LEAST_LOAD"],
            "numbers": {"load": loads.get(caller.pk, 0) + 1, "callers": len(callers)},
        }
        made = Change(row.person_id, row, caller.pk, deputy if deputy != caller.pk else None, reason)
        _open(incident, {row.person_id: row.care_code}, [made], at)
        _tell(incident, actor, at, PairingDone(listed=1, opened=0, kept=0, moved=1, closed=0))
    return LiaisonPair.objects.get(area_id=area_id, incident=incident, person_id=row.person_id, ends_at=None)


def caller_loads(area_id: int, incident_id: int) -> dict[int, int]:
    """Return responder id -> people in their hands."""
    rows = LiaisonPair.objects.filter(area_id=area_id, incident_id=incident_id, ends_at=None)
    return dict(rows.values_list("caller_id").annotate(count=Count("id")).order_by())
