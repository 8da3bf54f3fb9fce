"""The whole contact list as rows, for replays and judgements of how early people were found."""

from dataclasses import dataclass
from datetime import date, datetime

from tongxin.base import audit, clock
from tongxin.base.actors import Actor
from tongxin.incidents.api import Incident
from tongxin.tracing.models import ContactLink


@dataclass(frozen=True, slots=True)
class ListedLink:
    """One way of having met: person ids, the layer, and the day on which it was put on the list."""

    case_person_id: int
    person_id: int
    layer: str
    degree: str
    listed_date: date
    is_listed: bool


def listed_links(*, area_id: int, incident: Incident, actor: Actor, at: datetime) -> list[ListedLink]:
    """This function will return every link that was ever listed, in the order of listing, with one audit entry.

    `is_listed` is false for links that were taken off the list later.
    """
    audit.record(
        "tracing.links.read",
        actor=actor,
        at=at,
        area_id=area_id,
        target_kind="Incident",
        target_uuid=incident.uuid,
    )
    rows = ContactLink.objects.filter(area_id=area_id, incident=incident).exclude(state=ContactLink.State.PROPOSED)
    columns = ("case_person_id", "person_id", "layer", "degree", "listed_at", "state")
    return [
        ListedLink(case, person, layer, degree, clock.local_date(listed_at), state == ContactLink.State.LISTED)
        for case, person, layer, degree, listed_at, state in rows.order_by("listed_at", "id").values_list(*columns)
    ]
