"""Rounds: opened with their list and their tasks, extended, closed; how far they are and who is still missing."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet

from tongxin.base import audit, clock, outbox
from tongxin.base.actors import Actor, Scope
from tongxin.community import api as community
from tongxin.incidents import api as incidents
from tongxin.incidents.api import Incident, RuleSet
from tongxin.sampling import rules
from tongxin.sampling.api import listing, tasks
from tongxin.sampling.api.desk_people import masked_people
from tongxin.sampling.api.values import (
    BadRound,
    BadState,
    Counts,
    MissingPage,
    MissingRow,
    PlaceProgress,
    RoundProgress,
)
from tongxin.sampling.events import RoundClosed, RoundOpened
from tongxin.sampling.models import Registration, RoundMember, SamplingRound

_CHUNK = 500


# ---------- reads ----------
def get_round(area_id: int, uuid: UUID) -> SamplingRound:
    """This function will return a round with its incident. Raises SamplingRound.DoesNotExist."""
    return SamplingRound.objects.select_related("incident").get(area_id=area_id, uuid=uuid)


def list_rounds(
    area_id: int, incident_id: int, *, kinds: Collection[str] | None = None, is_open: bool | None = None
) -> QuerySet[SamplingRound]:
    """This function will return the rounds of an incident, newest first."""
    rows = SamplingRound.objects.filter(area_id=area_id, incident_id=incident_id)
    if kinds is not None:
        rows = rows.filter(kind__in=list(kinds))
    if is_open is not None:
        rows = rows.filter(state="OPEN" if is_open else "CLOSED")
    return rows.order_by("-number")


def in_scope(rows: QuerySet[Any], scope: Scope) -> QuerySet[Any]:
    """This function will limit members or registrations to the places that a scope reaches."""
    if scope.everything:
        return rows
    return rows.filter(Q(grid_id__in=scope.grid_ids) | Q(entrance__building_id__in=scope.building_ids))


def counts_by_round(area_id: int, round_ids: Iterable[int], scope: Scope) -> dict[int, Counts]:
    """This function will return how far each round is within a scope: one query for all."""
    found: dict[int, Counter[str]] = defaultdict(Counter)
    rows = in_scope(RoundMember.objects.filter(area_id=area_id, round_id__in=list(round_ids)), scope)
    for round_id, state, number in rows.values_list("round_id", "state").annotate(number=Count("id")):
        found[round_id][state] += number
    return {round_id: _counts(states) for round_id, states in found.items()}


def _counts(states: Mapping[str, int]) -> Counts:
    exempt = states.get("EXEMPT", 0)
    return Counts(
        listed=sum(states.values()) - exempt,
        done=states.get("DONE", 0),
        refused=states.get("REFUSED", 0),
        away=states.get("AWAY", 0),
        missing=states.get("DUE", 0),
        exempt=exempt,
    )


def round_progress(area_id: int, round_uuid: UUID, scope: Scope) -> RoundProgress:
    """This function will return how far a round is, in all and by grid, building and entrance: six queries.

    Raises SamplingRound.DoesNotExist.
    """
    round_ = get_round(area_id, round_uuid)
    rows = in_scope(RoundMember.objects.filter(area_id=area_id, round=round_), scope)
    total: Counter[str] = Counter()
    by: dict[tuple[str, int | None], Counter[str]] = defaultdict(Counter)
    entrances = {row.pk: row for row in community.list_entrances(area_id)}
    counted = rows.values_list("grid_id", "entrance_id", "state").annotate(number=Count("id")).order_by()
    for grid_id, entrance_id, state, number in counted:
        total[state] += number
        by["GRID", grid_id][state] += number
        by["ENTRANCE", entrance_id][state] += number
        building_id = entrances[entrance_id].building_id if entrance_id in entrances else None
        by["BUILDING", building_id][state] += number
    tree = incidents.place_tree(area_id)
    found: dict[str, list[PlaceProgress]] = {"GRID": [], "BUILDING": [], "ENTRANCE": []}
    for place in tree.places:
        if (place.kind, place.id) in by:
            counts = _counts(by.pop((place.kind, place.id)))
            row = PlaceProgress(place.kind, place.id, place.uuid, place.label, counts, place.grid_id, place.building_id)
            found[place.kind].append(row)
    for (kind, id_), states in by.items():
        # people of whom no place is known stand last, so that nobody falls out of the sums
        found[kind].append(PlaceProgress(kind, id_, None, "", _counts(states)))
    return RoundProgress(_counts(total), tuple(found["GRID"]), tuple(found["BUILDING"]), tuple(found["ENTRANCE"]))


def members_query(
    area_id: int,
    round_id: int,
    scope: Scope,
    *,
    states: Collection[str] = ("DUE",),
    entrance_uuid: UUID | None = None,
    at_home: bool | None = None,
) -> QuerySet[RoundMember]:
    """This function will return people of a list with their doors, in walking order."""
    rows = RoundMember.objects.filter(area_id=area_id, round_id=round_id, state__in=list(states))
    rows = in_scope(rows, scope)
    if entrance_uuid is not None:
        rows = rows.filter(entrance__uuid=entrance_uuid)
    if at_home is not None:
        rows = rows.filter(is_at_home=at_home)
    return rows.order_by("person__sort_key", "id")


def still_missing(
    area_id: int,
    round_uuid: UUID,
    scope: Scope,
    entrance: UUID | None = None,
    *,
    limit: int = 50,
    offset: int = 0,
    states: Collection[str] = ("DUE",),
    at_home: bool | None = None,
) -> MissingPage:
    """This function will return who of a round was not sampled yet, masked, in walking order.

    `has_phone` tells whether a number is known; the number itself comes from `community.reveal_person` (audited).
    """
    round_ = get_round(area_id, round_uuid)
    rows = members_query(area_id, round_.pk, scope, states=states, entrance_uuid=entrance, at_home=at_home)
    found = list(rows.select_related("person__dwelling")[offset : offset + limit])
    shown = masked_people(area_id=area_id, people=[row.person for row in found], at=round_.opens_at)
    return MissingPage(tuple(missing_row(row, shown[row.person_id].marks) for row in found), rows.count())


def missing_row(row: RoundMember, marks: tuple[rules.Mark, ...] = ()) -> MissingRow:
    """This function will return a row of a list as pages show it; names of a list are warmed before."""
    person = row.person
    return MissingRow(
        member_uuid=row.uuid,
        person_uuid=person.uuid,
        name=community.masked_name(person),
        door=person.dwelling.door if person.dwelling else "",
        state=row.state,
        state_reason=row.state_reason,
        is_at_home=row.is_at_home,
        has_phone=bool(person.phone_index),
        home_reason=row.home_reason,
        marks=marks,
    )


def get_member(area_id: int, uuid: UUID) -> RoundMember:
    """This function will return a person's row in a list. Raises RoundMember.DoesNotExist."""
    return RoundMember.objects.select_related("round", "person").get(area_id=area_id, uuid=uuid)


# ---------- opening ----------
def open_round(
    *,
    area_id: int,
    incident_id: int,
    kind: str,
    opens_at: datetime,
    closes_at: datetime,
    places: Sequence[Mapping[str, str]] = (),
    people: Mapping[int, str] | None = None,
    pool_size: int | None = None,
    origin_kind: str,
    origin_uuid: UUID,
    rule_key: str = "",
    with_tasks: bool = True,
    actor: Actor,
    at: datetime,
) -> SamplingRound:
    """This function will open a round with its list and its tasks, or return the one of the same kind and origin.

    A MASS round lists everybody who lives in `places` ({"kind", "uuid"}); HOME and RECALL rounds list `people`
    (person id -> reason code), all at their doors in single tubes. Cases are on no list. Raises `BadRound` and
    `IncidentIsClosed`; then nothing is written.
    """
    if kind not in SamplingRound.Kind.values:
        raise BadRound("KIND")
    with transaction.atomic():
        incident = _locked(area_id, incident_id)
        same = {"kind": kind, "origin_kind": origin_kind, "origin_uuid": origin_uuid}
        found = SamplingRound.objects.filter(area_id=area_id, incident=incident, **same).first()
        if found is not None:
            return found
        rule_set = listing.rule_set_at(incident, at)
        size = _pool_size(kind, pool_size, rule_set)
        if closes_at <= opens_at:
            raise BadRound("WINDOW")
        listed = _list(incident, kind, places, people or {}, rule_set=rule_set, at=at)
        if not any(not person.is_exempt for person in listed):
            raise BadRound("NOBODY")
        last = SamplingRound.objects.filter(area_id=area_id, incident=incident).aggregate(last=Max("number"))["last"]
        round_ = SamplingRound.objects.create(
            area_id=area_id,
            incident=incident,
            number=(last or 0) + 1,
            pool_size=size,
            opens_at=opens_at,
            closes_at=closes_at,
            places=[{"kind": str(place["kind"]), "uuid": str(place["uuid"])} for place in places],
            rule_key=rule_key[:120],
            **same,
        )
        _fill(round_, incident, listed, rule_set, with_tasks=with_tasks, actor=actor, at=at)
        due = sum(not person.is_exempt for person in listed)
        outbox.publish(RoundOpened(incident.uuid, round_.uuid, kind, due), area_id=area_id, at=at)
        _record("sampling.round.opened", round_, actor=actor, at=at, due=due, kind=kind, pool_size=size)
    return round_


def _locked(area_id: int, incident_id: int) -> Incident:
    incident = Incident.objects.select_for_update().get(area_id=area_id, pk=incident_id)
    if incident.state != Incident.State.OPEN:
        raise incidents.IncidentIsClosed(incident.code)
    return incident


def _pool_size(kind: str, wanted: int | None, rule_set: RuleSet) -> int:
    if kind != SamplingRound.Kind.MASS:
        if wanted not in (None, 1):
            raise BadRound("POOL_SIZE")
        return 1
    size = rule_set.rounds.default_pool.value if wanted is None else wanted
    if size not in rule_set.rounds.pool_sizes.value:
        raise BadRound("POOL_SIZE")
    return size


def _list(
    incident: Incident,
    kind: str,
    places: Sequence[Mapping[str, str]],
    people: Mapping[int, str],
    *,
    rule_set: RuleSet,
    at: datetime,
) -> list[listing.Listed]:
    if kind == SamplingRound.Kind.MASS:
        if not places:
            raise BadRound("PLACE")
        tree = incidents.place_tree(incident.area_id)
        return listing.list_of_places(incident, places, listing.known_of_all(incident, rule_set, at=at), tree)
    known = listing.known_of_some(incident, rule_set, list(people), at=at)
    return listing.list_of_people(incident, people, known)


def _fill(
    round_: SamplingRound,
    incident: Incident,
    listed: Sequence[listing.Listed],
    rule_set: RuleSet,
    *,
    with_tasks: bool,
    actor: Actor,
    at: datetime,
) -> None:
    rows = [listing.member_row(round_.area_id, round_.pk, person, at) for person in listed]
    RoundMember.objects.bulk_create(rows, batch_size=_CHUNK)
    if with_tasks:
        members = {row.person_id: row for row in rows}
        tasks.open_round_tasks(round_, incident, listed, members, rule_set, actor=actor, at=at)


def add_people(
    *, area_id: int, round_uuid: UUID, people: Mapping[int, str], with_tasks: bool = True, actor: Actor, at: datetime
) -> int:
    """This function will put people on the list of an open round, to be sampled at the door for the reason given.

    Who is on it already stays as they are; returns how many were new. Raises `BadRound` CLOSED.
    """
    with transaction.atomic():
        round_ = SamplingRound.objects.select_for_update().get(area_id=area_id, uuid=round_uuid)
        if round_.state != SamplingRound.State.OPEN:
            raise BadRound("CLOSED")
        have = set(
            RoundMember.objects.filter(area_id=area_id, round=round_, person_id__in=list(people)).values_list(
                "person_id", flat=True
            )
        )
        new = {person_id: reason for person_id, reason in people.items() if person_id not in have}
        if not new:
            return 0
        rule_set = listing.rule_set_at(round_.incident, at)
        known = listing.known_of_some(round_.incident, rule_set, list(new), at=at)
        listed = listing.list_of_people(round_.incident, new, known)
        _fill(round_, round_.incident, listed, rule_set, with_tasks=with_tasks, actor=actor, at=at)
        _record("sampling.round.extended", round_, actor=actor, at=at, people=len(listed))
    return len(listed)


# ---------- closing ----------
def close_round(*, area_id: int, round_uuid: UUID, reason: str = "", actor: Actor, at: datetime) -> SamplingRound:
    """This function will close a round and take what has not started of its work off the lists; twice is once.

    Who is still missing stays on the list as missing: closing makes nobody sampled.
    """
    with transaction.atomic():
        round_ = SamplingRound.objects.select_for_update().get(area_id=area_id, uuid=round_uuid)
        if round_.state == SamplingRound.State.CLOSED:
            return round_
        round_.state, round_.closed_at = SamplingRound.State.CLOSED, at
        round_.version += 1
        SamplingRound.objects.filter(pk=round_.pk).update(state=round_.state, closed_at=at, version=round_.version)
        tasks.cancel_all_tasks(round_, reason="ROUND_CLOSED", actor=actor, at=at)
        everything = Scope(area_id, everything=True)
        counts = counts_by_round(area_id, [round_.pk], everything).get(round_.pk, Counts())
        outbox.publish(
            RoundClosed(round_.incident.uuid, round_.uuid, round_.kind, counts.done, counts.missing),
            area_id=area_id,
            at=at,
        )
        _record("sampling.round.closed", round_, actor=actor, at=at, missing=counts.missing, reason=reason[:40])
    return round_


# ---------- people who were not sampled ----------
def set_member_state(
    *, area_id: int, member_uuid: UUID, state: str, reason: str = "", actor: Actor, at: datetime
) -> RoundMember:
    """This function will note that somebody refused, is away or need not come, or put them back on the list.

    The visit at their door is taken off the lists. Raises `BadState` for an unknown state or reason, and for somebody
    who is registered: void the registration first.
    """
    if state not in rules.TOLD_STATES or (reason and reason not in rules.STATE_REASONS):
        raise BadState(state)
    with transaction.atomic():
        row = RoundMember.objects.select_for_update().get(area_id=area_id, uuid=member_uuid)
        taken = Registration.objects.filter(
            area_id=area_id, round_id=row.round_id, person_id=row.person_id, voided_at=None
        )
        if taken.exists():
            raise BadState("DONE")
        if (row.state, row.state_reason) == (state, reason):
            return row
        row.state, row.state_reason, row.state_at = state, reason, at
        RoundMember.objects.filter(pk=row.pk).update(state=state, state_reason=reason, state_at=at)
        if row.is_at_home and state != "DUE":
            tasks.cancel_door_tasks(row.round, [row.uuid], reason=state, actor=actor, at=at)
        audit.record(
            "sampling.member.told",
            actor=actor,
            at=at,
            area_id=area_id,
            target_kind="RoundMember",
            target_uuid=row.uuid,
            detail={"state": state, "reason": reason},
        )
    return row


def hear_visit(*, area_id: int, member_uuid: UUID, outcome_code: str, at: datetime) -> None:
    """This function will take over what was found at a door; a registration that is there already outranks it.

    SAMPLED without a registration makes the person done, and they stand on the list of tubes that are not known yet.
    """
    states = {"SAMPLED": "DONE", "REFUSED": "REFUSED", "AWAY": "AWAY"}
    if outcome_code not in states:
        return
    with transaction.atomic():
        row = RoundMember.objects.select_for_update().filter(area_id=area_id, uuid=member_uuid).first()
        if row is None or row.state in ("DONE", "EXEMPT"):
            return
        RoundMember.objects.filter(pk=row.pk).update(
            state=states[outcome_code], state_reason="ASKED_AT_DOOR", state_at=at
        )
        if outcome_code == "SAMPLED":
            incidents.complete_test_duties(
                area_id=area_id,
                incident_id=row.round.incident_id,
                person_ids=[row.person_id],
                on_date=clock.local_date(at),
                done_at=at,
            )


def _record(action: str, round_: SamplingRound, *, actor: Actor, at: datetime, **detail: Any) -> None:
    audit.record(
        action,
        actor=actor,
        at=at,
        area_id=round_.area_id,
        target_kind="SamplingRound",
        target_uuid=round_.uuid,
        detail=detail,
    )
