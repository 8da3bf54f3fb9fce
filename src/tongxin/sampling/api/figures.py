"""The uniform doors: numbers for the wall and reports, what happened when, forgetting a person; and what is late."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from tongxin.base import audit, clock, outbox
from tongxin.base.actors import Actor, Scope
from tongxin.community import api as community
from tongxin.incidents import api as incidents
from tongxin.sampling import rules
from tongxin.sampling.api.recalls import recall_views, recalls_query
from tongxin.sampling.api.rounds import (
    close_round,
    counts_by_round,
    get_round,
    in_scope,
    list_rounds,
    members_query,
    missing_row,
)
from tongxin.sampling.api.values import Counts, MissingPage
from tongxin.sampling.events import ResultOverdue
from tongxin.sampling.models import Registration, RoundMember, SampleResult, SamplingRound, Tube

_WAITING = (Tube.State.OPEN, Tube.State.CLOSED)


def overdue_query(area_id: int, incident_id: int, at: datetime) -> QuerySet[Tube]:
    """This function will return tubes whose result is due and not here, the longest waiting first."""
    rows = Tube.objects.filter(
        area_id=area_id, state__in=_WAITING, result_due_at__lt=at, filled__gt=0, round__incident_id=incident_id
    )
    return rows.select_related("round").order_by("result_due_at", "id")


def untubed_query(area_id: int, incident_id: int) -> QuerySet[RoundMember]:
    """This function will return people who were sampled at their door and whose tube nobody registered yet."""
    registered = Registration.objects.filter(
        area_id=OuterRef("area_id"), round_id=OuterRef("round_id"), person_id=OuterRef("person_id"), voided_at=None
    )
    rows = RoundMember.objects.filter(area_id=area_id, round__incident_id=incident_id, state="DONE")
    return rows.filter(~Exists(registered), state_reason="ASKED_AT_DOOR").order_by("person__sort_key", "id")


def figures(*, area_id: int, incident_id: int, at: datetime) -> dict[str, int | float]:
    """This function will return the numbers of this room; README.md says where the rows of each are listed."""
    everything = Scope(area_id, everything=True)
    rounds = list(list_rounds(area_id, incident_id))
    last = next((row for row in rounds if row.kind == "MASS"), None)
    counts = counts_by_round(area_id, [last.pk], everything).get(last.pk, Counts()) if last else Counts()
    open_ids = [row.pk for row in rounds if row.state == "OPEN"]
    doors = RoundMember.objects.filter(area_id=area_id, round_id__in=open_ids, is_at_home=True).aggregate(
        due=Count("id", filter=Q(state="DUE")), done=Count("id", filter=Q(state="DONE"))
    )
    pools = recall_views(list(recalls_query(area_id, incident_id)))
    results = SampleResult.objects.filter(area_id=area_id, tube__round__incident_id=incident_id)
    waiting = Tube.objects.filter(area_id=area_id, round__incident_id=incident_id, state__in=_WAITING, filled__gt=0)
    return {
        "sampling.rounds": len(rounds),
        "sampling.rounds_open": len(open_ids),
        "sampling.round_number": last.number if last else 0,
        "sampling.round_listed": counts.listed,
        "sampling.round_done": counts.done,
        "sampling.round_refused": counts.refused,
        "sampling.round_away": counts.away,
        "sampling.round_missing": counts.missing,
        "sampling.round_percent": counts.percent if last else 0,
        "sampling.home_due": doors["due"],
        "sampling.home_done": doors["done"],
        "sampling.sampled_today": Registration.objects.filter(
            area_id=area_id, round__incident_id=incident_id, sampled_at__gte=_midnight(at), voided_at=None
        ).count(),
        "sampling.tubes_waiting": waiting.count(),
        "sampling.results_overdue": overdue_query(area_id, incident_id, at).count(),
        "sampling.without_tube": untubed_query(area_id, incident_id).count(),
        "sampling.positive_tubes": results.filter(value="POSITIVE").values("tube_id").distinct().count(),
        "sampling.positive_pools": len(pools),
        "sampling.pools_waiting": sum(pool.state.code in ("WAITING", "FOUND_WAITING") for pool in pools),
        "sampling.pools_unresolved": sum(pool.state.code == "UNRESOLVED" for pool in pools),
    }


def _midnight(at: datetime) -> datetime:
    return timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)


def timeline(*, area_id: int, incident_id: int, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """This function will return what happened from `since` to before `until`: codes and counts in order of time."""
    entries: list[dict[str, Any]] = []
    rounds = list_rounds(area_id, incident_id)
    for row in rounds.filter(opens_at__gte=since, opens_at__lt=until):
        entries.append({"at": row.opens_at, "code": f"ROUND_OPENED_{row.kind}", "counts": {"round": row.number}})
    closed = list(rounds.filter(closed_at__gte=since, closed_at__lt=until))
    counts = counts_by_round(area_id, [row.pk for row in closed], Scope(area_id, everything=True))
    for row in closed:
        done = counts.get(row.pk, Counts())
        numbers = {"round": row.number, "done": done.done, "missing": done.missing}
        entries.append({"at": row.closed_at, "code": "ROUND_CLOSED", "counts": numbers})
    results = SampleResult.objects.filter(area_id=area_id, tube__round__incident_id=incident_id, value="POSITIVE")
    for reported_at, people in results.filter(reported_at__gte=since, reported_at__lt=until).values_list(
        "reported_at", "tube__filled"
    ):
        code = "POOL_POSITIVE" if people > 1 else "SINGLE_POSITIVE"
        entries.append({"at": reported_at, "code": code, "counts": {"people": people}})
    return sorted(entries, key=lambda entry: (entry["at"], entry["code"]))


def forget(*, area_id: int, person_uuid: UUID, at: datetime, actor: Actor) -> None:
    """This function will erase what identifies a person here: when and by whom they were sampled, and why at home.

    The rows stay as rows of a person without name: a tube keeps its number of people, a round its sums.
    """
    with transaction.atomic():
        listed = RoundMember.objects.filter(area_id=area_id, person__uuid=person_uuid)
        lists = listed.update(home_reason="", state_reason="", is_at_home=False)
        taken = Registration.objects.filter(area_id=area_id, person__uuid=person_uuid).update(registered_by="")
        audit.record(
            "sampling.forget",
            actor=actor,
            at=at,
            area_id=area_id,
            target_kind="person",
            target_uuid=person_uuid,
            detail={"lists": lists, "registrations": taken},
        )


# ---------- what is looked after from time to time ----------
def tell_overdue(*, area_id: int, at: datetime) -> int:
    """This function will tell of every result that became late since the last time, each tube once; return how many."""
    told = 0
    incident = incidents.find_open_incident(area_id)
    if incident is None:
        return 0
    for tube in overdue_query(area_id, incident.pk, at).filter(overdue_told_at=None)[:500]:
        with transaction.atomic():
            if not Tube.objects.filter(pk=tube.pk, overdue_told_at=None).update(overdue_told_at=at):
                continue
            hours = int((at - tube.result_due_at).total_seconds() // 3600) if tube.result_due_at else 0
            outbox.publish(
                ResultOverdue(incident.uuid, tube.uuid, tube.round.uuid, tube.filled, hours), area_id=area_id, at=at
            )
            told += 1
    return told


def close_ended(*, area_id: int, actor: Actor, at: datetime) -> int:
    """This function will close rounds that ended long ago and return how many.

    Rounds of visits and recalls close with their time. A round of everybody stays open while it alone asks for
    somebody: it closes by hand, or once a later round has everybody on its list who is still due.
    """
    incident = incidents.find_open_incident(area_id)
    if incident is None:
        return 0
    ended = list_rounds(area_id, incident.pk, is_open=True).filter(closes_at__lt=at - _close_after(incident, at))
    rows = [row for row in ended if row.kind != SamplingRound.Kind.MASS or _is_asked_again(row)]
    for round_ in rows:
        close_round(area_id=area_id, round_uuid=round_.uuid, reason="ENDED", actor=actor, at=at)
    return len(rows)


def _close_after(incident: incidents.Incident, at: datetime) -> timedelta:
    """Return how long after its end a round closes by itself, by the rule set of the day."""
    return timedelta(hours=incidents.rule_set_of(incident, clock.local_date(at)).rounds.close_after_hours.value)


def _is_asked_again(round_: SamplingRound) -> bool:
    later = SamplingRound.objects.filter(
        area_id=round_.area_id, incident_id=round_.incident_id, kind=round_.kind, opens_at__gte=round_.closes_at
    )
    asked = RoundMember.objects.filter(round__in=later).values("person_id")
    due = RoundMember.objects.filter(round=round_, state=RoundMember.State.DUE)
    return later.exists() and not due.exclude(person_id__in=asked).exists()


# ---------- places that are wholly negative ----------
def tell_negative_places(*, area_id: int, round_uuid: UUID, actor: Actor, at: datetime) -> int:
    """This function will tell `incidents` of the places of a closed round in which everybody was sampled and is negative.

    The moment told is that of the last sample: validity counts from the sampling. The whole round is told as its
    places, else each entrance; each once. Returns how many were told now.
    """
    with transaction.atomic():
        round_ = SamplingRound.objects.select_for_update().get(area_id=area_id, uuid=round_uuid)
        incident = round_.incident
        if round_.kind != "MASS" or round_.state != "CLOSED" or incident.state != incidents.Incident.State.OPEN:
            return 0
        places = _negative_places(round_)
        told = set(round_.negative_places)
        new = {key: moment for key, moment in places.items() if str(key[1]) not in told}
        for (kind, uuid), moment in new.items():
            incidents.record_zone_fact(
                area_id=area_id,
                incident_id=incident.pk,
                place_kind=kind,
                place_uuid=uuid,
                code=incidents.ZoneFactCode.ROUND_NEGATIVE,
                happened_at=moment,
                cause_kind="SamplingRound",
                cause_uuid=round_.uuid,
                actor=actor,
                at=at,
            )
        if new:
            known = sorted(told | {str(uuid) for _kind, uuid in new})
            SamplingRound.objects.filter(pk=round_.pk).update(negative_places=known)
    return len(new)


def _negative_places(round_: SamplingRound) -> dict[tuple[str, UUID], datetime]:
    tree = incidents.place_tree(round_.area_id)
    members: dict[int | None, Counter[str]] = defaultdict(Counter)
    rows = RoundMember.objects.filter(area_id=round_.area_id, round=round_).order_by()
    for entrance_id, state, number in rows.values_list("entrance_id", "state").annotate(number=Count("id")):
        members[entrance_id][state] += number
    negative, other, last = _sampled(round_)
    inside = {inner.id: inner for inner in _entrances_of(tree, round_)}
    fine = {
        pk
        for pk in {*inside, *members}
        if rules.is_wholly_negative(rules.PlaceCount(pk or 0, members[pk], negative.get(pk, 0), other.get(pk, 0)))
    }
    ended = max(last.values(), default=round_.closed_at or round_.closes_at)
    if fine == {*inside, *members}:
        return {(place["kind"], UUID(place["uuid"])): ended for place in round_.places}
    return {("ENTRANCE", inside[pk].uuid): last.get(pk, ended) for pk in fine if pk in inside}


def _entrances_of(tree: incidents.PlaceTree, round_: SamplingRound) -> list[incidents.Place]:
    """This function will return the entrances of a round's places that still exist."""
    found = []
    for place in round_.places:
        known = tree.by_key.get((place["kind"], UUID(place["uuid"])))
        found += tree.entrances_of(known) if known else []
    return found


def _sampled(
    round_: SamplingRound,
) -> tuple[Counter[int | None], Counter[int | None], dict[int | None, datetime]]:
    """Return by entrance: people whose tube is negative, people whose tube is not, and the last sample."""
    value: dict[int, str] = {}
    results = SampleResult.objects.filter(area_id=round_.area_id, tube__round=round_).order_by("reported_at", "id")
    for tube_id, said in results.values_list("tube_id", "value"):
        value[tube_id] = said
    negative: Counter[int | None] = Counter()
    other: Counter[int | None] = Counter()
    last: dict[int | None, datetime] = {}
    rows = Registration.objects.filter(area_id=round_.area_id, round=round_, voided_at=None)
    for entrance_id, tube_id, sampled_at in rows.values_list("entrance_id", "tube_id", "sampled_at"):
        counted = negative if value.get(tube_id) == "NEGATIVE" else other
        counted[entrance_id] += 1
        last[entrance_id] = max(sampled_at, last.get(entrance_id, sampled_at))
    return negative, other, last


# ---------- lists that show why somebody is sampled at home ----------
def read_home_list(
    *, area_id: int, round_uuid: UUID, scope: Scope, limit: int = 50, offset: int = 0, actor: Actor, at: datetime
) -> MissingPage:
    """This function will return who of a round is sampled at the door, in walking order, and record the look."""
    round_ = get_round(area_id, round_uuid)
    rows = members_query(area_id, round_.pk, scope, states=("DUE", "DONE", "REFUSED", "AWAY"), at_home=True)
    return _read(rows, "sampling.home_list.read", round_.uuid, limit, offset, area_id=area_id, actor=actor, at=at)


def read_untubed(
    *, area_id: int, incident_id: int, scope: Scope, limit: int = 50, offset: int = 0, actor: Actor, at: datetime
) -> MissingPage:
    """This function will return who was sampled at a door without a known tube, and record the look."""
    rows = in_scope(untubed_query(area_id, incident_id), scope)
    return _read(rows, "sampling.untubed.read", None, limit, offset, area_id=area_id, actor=actor, at=at)


def _read(
    rows: QuerySet[RoundMember],
    action: str,
    target: UUID | None,
    limit: int,
    offset: int,
    *,
    area_id: int,
    actor: Actor,
    at: datetime,
) -> MissingPage:
    found = list(rows.select_related("person__dwelling")[offset : offset + limit])
    community.warm_names(area_id, [row.person for row in found])
    audit.record(
        action,
        actor=actor,
        at=at,
        area_id=area_id,
        target_kind="SamplingRound",
        target_uuid=target,
        detail={"people": len(found)},
    )
    return MissingPage(tuple(missing_row(row) for row in found), rows.count())
