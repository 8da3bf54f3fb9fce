"""Who is meant at the desk: people of one door and one masked name are told apart with the least data."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from tongxin.base import audit, clock
from tongxin.base.actors import Actor, Scope
from tongxin.community import api as community
from tongxin.sampling import rules
from tongxin.sampling.api.values import DeskPerson
from tongxin.sampling.models import RoundMember, SamplingRound


class Masked(NamedTuple):
    """A masked name, what tells it from the same name behind the same door, and whether even that is not enough."""

    name: str
    marks: tuple[rules.Mark, ...]
    is_alike: bool


def masked_people(*, area_id: int, people: Sequence[community.Person], at: datetime) -> dict[int, Masked]:
    """This function will return person id -> masked name with marks, compared with everybody behind the same door.

    Two queries whatever the number of people. Somebody without a door, or alone under a name, has no marks.
    """
    doors = {person.dwelling_id for person in people if person.dwelling_id is not None}
    everybody = Scope(area_id, everything=True)
    homes = community.people_query(area_id=area_id, scope=everybody).filter(dwelling_id__in=doors) if doors else []
    known = {person.pk: person for person in homes} | {person.pk: person for person in people}
    community.warm_names(area_id, known.values())
    names = {pk: community.masked_name(person) for pk, person in known.items()}
    alike: dict[tuple[int | None, str], list[int]] = defaultdict(list)
    for pk, person in sorted(known.items()):
        alike[(person.dwelling_id, names[pk])].append(pk)
    found = {}
    for (dwelling_id, name), ids in alike.items():
        traits = [rules.Traits(known[pk].sex, known[pk].birth_year) for pk in ids]
        marks = rules.tell_apart(traits if dwelling_id else traits[:1], clock.local_date(at).year)
        for index, pk in enumerate(ids):
            own = marks[index] if index < len(marks) else ()
            found[pk] = Masked(name, own, dwelling_id is not None and marks.count(own) > 1)
    return {person.pk: found[person.pk] for person in people}


def people_at_desk(
    *, area_id: int, round_: SamplingRound, people: Sequence[community.Person], at: datetime
) -> list[DeskPerson]:
    """This function will return people as the desk shows them, in the same order, with their states on the list."""
    shown = masked_people(area_id=area_id, people=people, at=at)
    return _at_desk(round_, people, {pk: one.name for pk, one in shown.items()}, shown)


def _at_desk(
    round_: SamplingRound, people: Iterable[community.Person], names: dict[int, str], shown: dict[int, Masked]
) -> list[DeskPerson]:
    rows = list(people)
    members = RoundMember.objects.filter(area_id=round_.area_id, round=round_, person__in=[row.pk for row in rows])
    states = dict(members.values_list("person_id", "state"))
    return [
        DeskPerson(
            row.uuid,
            names[row.pk],
            row.dwelling.door if row.dwelling else "",
            shown[row.pk].marks,
            states.get(row.pk, ""),
            shown[row.pk].is_alike,
        )
        for row in rows
    ]


def show_names(
    *, area_id: int, round_uuid: UUID, door: str, scope: Scope, actor: Actor, at: datetime
) -> list[DeskPerson]:
    """This function will return everybody behind a door with whole names, and leave the look in the audit.

    For the desk, when nothing else tells people apart. An unknown door or one out of scope has nobody; then nothing
    is recorded. Raises SamplingRound.DoesNotExist.
    """
    round_ = SamplingRound.objects.get(area_id=area_id, uuid=round_uuid)
    dwelling = community.find_dwelling(area_id, door)
    people = community.household_page(area_id=area_id, dwelling=dwelling, scope=scope) if dwelling else []
    if dwelling is None or not people:
        return []
    with transaction.atomic():
        names = community.full_names(area_id=area_id, person_ids=[person.pk for person in people])
        shown = masked_people(area_id=area_id, people=people, at=at)
        audit.record(
            "sampling.names_shown",
            actor=actor,
            at=at,
            area_id=area_id,
            target_kind="Dwelling",
            target_uuid=dwelling.uuid,
            detail={"round": str(round_uuid), "people": len(people)},
        )
    return _at_desk(round_, people, names, shown)
