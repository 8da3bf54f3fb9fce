"""Erasure: what remains of a person is a number in a count."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from tongxin.base import audit, keys, outbox
from tongxin.base.actors import Actor
from tongxin.base.fields import EncryptedTextField
from tongxin.community.events import PersonErased
from tongxin.community.models import MergeCandidate, Person, Residence, SearchToken, SpecialCare, VerifyItem

#: What stays: the row, its grid and its sex, so that counts of the past still add up.
_EMPTIED: dict[str, Any] = {
    **{field.name: b"" for field in Person._meta.concrete_fields if isinstance(field, EncryptedTextField)},
    **dict.fromkeys(("name_index", "id_kind", "id_index", "phone_index", "external_code", "language"), ""),
    **dict.fromkeys(("sort_key", "source_hash"), ""),
    **dict.fromkeys(("birth_year", "dwelling", "entrance", "building", "department", "merged_into"), None),
    **dict.fromkeys(("lives_alone", "is_to_verify"), False),
}


def _erase(person: Person, at: datetime) -> None:
    for model in (SearchToken, VerifyItem, SpecialCare, Residence):
        model._default_manager.filter(person=person).delete()
    MergeCandidate.objects.filter(Q(first=person) | Q(second=person)).delete()
    Person.objects.filter(pk=person.pk).update(**_EMPTIED, erased_at=at, version=person.version + 1)
    keys.destroy(person.area_id, person.subject_uuid, at=at)


def forget(*, area_id: int, person_uuid: UUID, at: datetime, actor: Actor) -> int:
    """This function will erase a person and the rows merged into that person, and return how many rows that were.

    Names, numbers, doors, care and search go; the data key is destroyed, so that backups cannot be read either.
    The row stays without any of it, because counts of the past refer to it. Erasing again returns 0.
    """
    with transaction.atomic():
        rows = Person.objects.select_for_update(of=("self",)).filter(area_id=area_id, erased_at=None)
        people = list(rows.filter(Q(uuid=person_uuid) | Q(merged_into__uuid=person_uuid)).order_by("id"))
        for person in people:
            _erase(person, at)
            audit.record(
                "community.person.erased",
                actor=actor,
                at=at,
                area_id=area_id,
                target_kind="person",
                target_uuid=person.uuid,
            )
            outbox.publish(PersonErased(person_uuid=person.uuid), area_id=area_id, at=at)
    return len(people)
