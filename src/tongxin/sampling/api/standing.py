"""What follows on the lists when somebody turns out not to be a case after all."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from tongxin.base.actors import Actor
from tongxin.community import api as community
from tongxin.incidents import api as incidents
from tongxin.sampling import rules
from tongxin.sampling.api.rounds import add_people
from tongxin.sampling.models import RoundMember, SamplingRound


def list_again(*, area_id: int, incident_uuid: UUID, person_uuid: UUID, actor: Actor, at: datetime) -> int:
    """This function will put somebody on the lists of open rounds from which only their status kept them; return how many.

    At the desk or at the door, as the rule set says of what the person is now. Nothing happens for somebody whose
    status still frees them. Safe to repeat.
    """
    incident = incidents.get_incident(area_id, incident_uuid)
    person = community.list_people_by_uuid(area_id=area_id, uuids=[person_uuid]).get(person_uuid)
    if person is None:
        return 0
    with transaction.atomic():
        standing = incidents.status_of(area_id, incident.pk, [person.pk]).get(person.pk)
        if standing is not None and standing.kind in rules.EXEMPT_KINDS:
            return 0
        rows = RoundMember.objects.select_related("round").filter(
            area_id=area_id,
            round__incident=incident,
            round__state=SamplingRound.State.OPEN,
            person=person,
            state=RoundMember.State.EXEMPT,
            state_reason__in=sorted(rules.EXEMPT_KINDS),
        )
        count = 0
        for row in list(rows):
            row.delete()
            count += add_people(area_id=area_id, round_uuid=row.round.uuid, people={person.pk: ""}, actor=actor, at=at)
    return count
