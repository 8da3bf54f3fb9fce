"""A positive pool: its people are called back at once, one tube each, at their doors; and how far that is."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from tongxin.base import outbox
from tongxin.base.actors import Actor
from tongxin.sampling import rules
from tongxin.sampling.api import listing
from tongxin.sampling.api.rounds import close_round, open_round
from tongxin.sampling.events import PoolPositive
from tongxin.sampling.models import Recall, Registration, RoundMember, SampleResult, SamplingRound, Tube

ORIGIN = "Tube"


@dataclass(frozen=True, slots=True)
class RecallView:
    """A positive pool with how far its people are."""

    uuid: UUID
    tube_uuid: UUID
    tube_code: str
    round_uuid: UUID
    recall_round_uuid: UUID
    opened_at: datetime
    due_at: datetime
    entrances: tuple[str, ...]
    state: rules.RecallState


def open_recall(tube: Tube, people: Sequence[Registration], *, actor: Actor, at: datetime) -> SamplingRound:
    """This function will open the recall round of a positive pool with its visits, and tell that the pool is positive."""
    rule_set = listing.rule_set_at(tube.round.incident, at)
    hours = rule_set.rounds.recall_hours
    round_ = open_round(
        area_id=tube.area_id,
        incident_id=tube.round.incident_id,
        kind=SamplingRound.Kind.RECALL,
        opens_at=at,
        closes_at=at + timedelta(hours=hours.value),
        people={row.person_id: "POOL_POSITIVE" for row in people},
        origin_kind=ORIGIN,
        origin_uuid=tube.uuid,
        rule_key=hours.key,
        actor=actor,
        at=at,
    )
    if round_.state == SamplingRound.State.CLOSED:
        # the same pool was taken for negative meanwhile: its people are called back again
        round_.state = SamplingRound.State.OPEN
        SamplingRound.objects.filter(pk=round_.pk).update(state=round_.state, closed_at=None)
    Recall.objects.get_or_create(area_id=tube.area_id, tube=tube, defaults={"round": round_, "opened_at": at})
    outbox.publish(
        PoolPositive(
            tube.round.incident.uuid,
            tube.uuid,
            tube.round.uuid,
            round_.uuid,
            len(people),
            sorted(_entrance_uuids(tube), key=str),
        ),
        area_id=tube.area_id,
        at=at,
    )
    return round_


def _entrance_uuids(tube: Tube) -> set[UUID]:
    rows = Registration.objects.filter(area_id=tube.area_id, tube=tube, voided_at=None, entrance__isnull=False)
    return set(rows.values_list("entrance__uuid", flat=True))


def close_recall(tube: Tube, *, actor: Actor, at: datetime) -> None:
    """This function will end the recall of a pool whose result was corrected."""
    for recall in Recall.objects.filter(area_id=tube.area_id, tube=tube).select_related("round"):
        close_round(area_id=tube.area_id, round_uuid=recall.round.uuid, reason="RESULT_CORRECTED", actor=actor, at=at)


def recalls_query(area_id: int, incident_id: int) -> QuerySet[Recall]:
    """This function will return the positive pools of an incident, newest first."""
    rows = Recall.objects.filter(area_id=area_id, round__incident_id=incident_id)
    return rows.select_related("tube__round", "round").order_by("-opened_at", "-id")


def recall_views(recalls: Sequence[Recall]) -> list[RecallView]:
    """This function will return pools with how far their people are: three queries for all of them."""
    if not recalls:
        return []
    area_id = recalls[0].area_id
    rounds = [recall.round_id for recall in recalls]
    states = _standing_values(area_id, rounds)
    people: Counter[int] = Counter()
    sampled: Counter[int] = Counter()
    entrances: dict[int, set[str]] = {}
    columns = ("round_id", "state", "entrance__number", "entrance__building__number")
    for round_id, state, number, building in RoundMember.objects.filter(
        area_id=area_id, round_id__in=rounds
    ).values_list(*columns):
        if state != RoundMember.State.EXEMPT:
            people[round_id] += 1
            sampled[round_id] += state == RoundMember.State.DONE
        if building:
            entrances.setdefault(round_id, set()).add(f"{building}-{number}" if number else building)
    return [
        RecallView(
            recall.uuid,
            recall.tube.uuid,
            recall.tube.code,
            recall.tube.round.uuid,
            recall.round.uuid,
            recall.opened_at,
            recall.round.closes_at,
            tuple(sorted(entrances.get(recall.round_id, ()))),
            rules.recall_state(
                people[recall.round_id],
                sampled[recall.round_id],
                states[recall.round_id, "NEGATIVE"],
                states[recall.round_id, "POSITIVE"],
            ),
        )
        for recall in recalls
    ]


def _standing_values(area_id: int, round_ids: Sequence[int]) -> Counter[tuple[int, str]]:
    """Return how many people of each round stand with which result."""
    newest: dict[int, tuple[int, datetime, int, str, int]] = {}
    rows = SampleResult.objects.filter(area_id=area_id, tube__round_id__in=list(round_ids))
    for tube_id, round_id, reported_at, pk, value, filled in rows.values_list(
        "tube_id", "tube__round_id", "reported_at", "id", "value", "tube__filled"
    ):
        known = newest.get(tube_id)
        if known is None or (known[1], known[2]) < (reported_at, pk):
            newest[tube_id] = (round_id, reported_at, pk, value, filled)
    counted: Counter[tuple[int, str]] = Counter()
    for round_id, _at, _pk, value, filled in newest.values():
        counted[round_id, value] += filled
    return counted
