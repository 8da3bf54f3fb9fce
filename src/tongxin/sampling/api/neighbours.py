"""Whom a case met while being sampled: in one tube, and near in the queue of a desk. Told to `incidents` as facts."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.utils import timezone

from tongxin.base import clock
from tongxin.base.actors import Actor
from tongxin.community import api as community
from tongxin.incidents import api as incidents
from tongxin.incidents.api import EncounterFact, Incident, Layer, RuleSet
from tongxin.sampling import rules
from tongxin.sampling.api import listing
from tongxin.sampling.models import Registration

_WIDE = timedelta(hours=3)


def _mine(area_id: int, person_id: int, since: date) -> list[Registration]:
    first = timezone.make_aware(datetime.combine(since, time.min))
    rows = Registration.objects.filter(area_id=area_id, person_id=person_id, sampled_at__gte=first)
    return list(rows.exclude(void_reason__in=("MISTAKE", "WRONG_PERSON")).select_related("tube").order_by("sampled_at"))


def tube_neighbours(area_id: int, person_id: int, since: date) -> list[tuple[int, UUID, int, datetime]]:
    """This function will return who shared a tube with a person from a day on: (person id, tube uuid, places apart
    in the tube, when the other was sampled).
    """
    found = []
    for me in _mine(area_id, person_id, since):
        rows = Registration.objects.filter(area_id=area_id, tube_id=me.tube_id, voided_at=None)
        for other in rows.exclude(person_id=person_id).order_by("seq"):
            found.append((other.person_id, me.tube.uuid, abs(other.seq - me.seq), other.sampled_at))
    return found


def queue_neighbours(
    area_id: int, person_id: int, since: date, n: int, minutes: int
) -> list[tuple[int, str, int, datetime]]:
    """This function will return who stood within `n` places and `minutes` of a person at the same desk from a day on:
    (person id, desk, places after (or, negative, before), when the other was sampled). Visits at doors have no queue.
    """
    found = []
    for me in _mine(area_id, person_id, since):
        if me.how == "DOOR" or not me.tube.desk:
            continue
        near = Registration.objects.filter(
            area_id=area_id,
            round_id=me.round_id,
            tube__desk=me.tube.desk,
            sampled_at__gte=me.sampled_at - _WIDE,
            sampled_at__lte=me.sampled_at + _WIDE,
        ).exclude(how="DOOR")
        near = near.exclude(void_reason__in=("MISTAKE", "WRONG_PERSON"))
        queue = [
            rules.InQueue(other_id, me.tube.desk, sampled_at)
            for other_id, sampled_at in near.values_list("person_id", "sampled_at")
        ]
        for row, gap in rules.queue_neighbours(queue, person_id, places=n, minutes=minutes):
            found.append((row.person_id, row.desk, gap, row.sampled_at))
    return found


def record_meetings(*, area_id: int, incident_uuid: UUID, person_uuid: UUID, actor: Actor, at: datetime) -> int:
    """This function will tell `incidents` whom a case met in tubes and queues within the look-back of the rules.

    Only layers that the rule set knows are told; returns how many meetings were new. Safe to repeat.
    """
    incident = incidents.get_incident(area_id, incident_uuid)
    person = community.get_person(area_id, person_uuid)
    status = incidents.status_of(area_id, incident.pk, [person.pk]).get(person.pk)
    if incident.state != Incident.State.OPEN or status is None or status.kind != "CASE":
        return 0
    rule_set = listing.rule_set_at(incident, at)
    meetings = _meetings(incident, rule_set, person.pk, _since(rule_set, status))
    if not meetings:
        return 0
    return incidents.record_encounters(
        area_id=area_id, incident_id=incident.pk, person_uuid=person_uuid, meetings=meetings, actor=actor, at=at
    )


def _since(rule_set: RuleSet, status: incidents.CurrentStatus) -> date:
    try:
        return incidents.lookback_start(rule_set, onset_date=status.onset_date, sample_date=status.sample_date)
    except incidents.NoAnchor:
        return clock.local_date(status.since_at) - timedelta(days=rule_set.contacts.lookback_days.value)


def _meetings(incident: Incident, rule_set: RuleSet, person_id: int, since: date) -> list[EncounterFact]:
    layers = {row.value.layer: row.value for row in rule_set.contacts.layers}
    found: dict[tuple[int, str, date], EncounterFact] = {}
    if Layer.TUBE in layers:
        for other, tube_uuid, gap, moment in tube_neighbours(incident.area_id, person_id, since):
            day = clock.local_date(moment)
            evidence = {"tube": str(tube_uuid), "seq_gap": gap}
            found[other, "TUBE", day] = EncounterFact(person_id, other, "TUBE", day, evidence)
    queue = layers.get(Layer.QUEUE)
    if queue is not None:
        places, minutes = queue.neighbours or 3, queue.within_minutes or 15
        for other, desk, gap, moment in queue_neighbours(incident.area_id, person_id, since, places, minutes):
            day = clock.local_date(moment)
            evidence = {"desk": desk, "places": gap}
            found.setdefault((other, "QUEUE", day), EncounterFact(person_id, other, "QUEUE", day, evidence))
    return list(found.values())
