"""Somebody who is new and on no ledger, a baby or a tenant, added by hand with the checks of the import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from tongxin.base import audit, clock, outbox
from tongxin.base.actors import Actor, Scope
from tongxin.community import rules
from tongxin.community.api.moving import ChangeRefused, check_reason, find_or_make_dwelling, start_of
from tongxin.community.api.people import in_scope
from tongxin.community.api.verifying import checked_values
from tongxin.community.events import ResidentsChanged
from tongxin.community.importing.shapes import (
    Fate,
    Field,
    FieldValue,
    ImportKind,
    ParsedRow,
    Place,
    Workbook,
)
from tongxin.community.intake.decide import decide
from tongxin.community.intake.ledger import ParsedLedger
from tongxin.community.intake.write_people import PLACE_COLUMNS, Writer, save_columns, settle_at
from tongxin.community.models import Compound, Dwelling, MergeCandidate, Person, Residence

_SEX = {"M": "MALE", "F": "FEMALE"}
CHECKED = ("name", "sex", "birth_date", "id_number", "phone")


@dataclass(frozen=True, slots=True)
class Added:
    """Who was added, and whether somebody on the ledger may be the same person."""

    uuid: UUID
    has_lookalike: bool


def _fields(values: Mapping[str, str], today: date) -> dict[Field, FieldValue]:
    """Check what was typed as the importer checks it. Raises WrongValue."""
    checked: dict[str, Any] = {}
    for field in CHECKED:
        if values.get(field) or field == "name":
            checked |= checked_values(field, values.get(field, ""), today=today)
    fields: dict[Field, FieldValue] = {Field.NAME: checked["name"]}
    if checked.get("sex") in _SEX:
        fields[Field.SEX] = _SEX[checked["sex"]]
    if checked.get("birth_date"):
        fields[Field.BIRTH_DATE] = date.fromisoformat(checked["birth_date"])
    elif checked.get("birth_year"):
        fields[Field.BIRTH_YEAR] = checked["birth_year"]
    for column, where in (("id_number", Field.ID_NUMBER), ("id_kind", Field.ID_TYPE), ("phone", Field.PHONE)):
        if checked.get(column):
            fields[where] = checked[column]
    if values.get("relation"):
        fields[Field.RELATION_TO_HEAD] = values["relation"][:40]
    return fields


def _row(fields: dict[Field, FieldValue], dwelling: Dwelling) -> ParsedRow:
    entrance = dwelling.entrance
    place = Place(entrance.building.number, entrance.number, dwelling.floor, dwelling.room)
    return ParsedRow("", 0, fields, place, Fate.OK, ())


def add_resident(
    *,
    area_id: int,
    scope: Scope,
    door: str,
    values: Mapping[str, str],
    since: date,
    reason: str,
    actor: Actor,
    at: datetime,
) -> Added:
    """This function will add one person at a door from a day on; `values` are name, sex, birth_date, id_number, phone, relation.

    Whoever moved out and comes back is the same person again. A possible duplicate never stops this; it is queued.
    Raises WrongValue for a field, ChangeRefused for day, door, reason or somebody who is on the ledger already.
    """
    check_reason(reason, rules.ADD_REASONS)
    moment = start_of(since, at=at)
    today = clock.local_date(at)
    fields = _fields(values, today)
    with transaction.atomic():
        Compound.objects.select_for_update().filter(area_id=area_id).first()
        dwelling = find_or_make_dwelling(area_id=area_id, scope=scope, door=door)
        parsed = ParsedLedger(ImportKind.PEOPLE, b"", Workbook((), ""), (), (_row(fields, dwelling),))
        verdict = decide(parsed, area_id=area_id, at=at, today=today)
        known = verdict.decisions[0].person_id
        if known is not None:
            before = verdict.people[known]
            if before.moved_out_at is None or not in_scope(before, scope) or before.moved_out_at > moment:
                raise ChangeRefused("ON_THE_LEDGER")
        writer = Writer(verdict, area_id=area_id, at=moment, decided_by=actor.label)
        writer.write()
        person = Person.objects.get(pk=writer.people[0].pk)
        if known is not None:
            # The very words of before are "unchanged" to the import; here they mean that somebody is back.
            person.moved_out_at = None
            settle_at(person, dwelling)
            save_columns(person, [*PLACE_COLUMNS, "moved_out_at"])
        _open_at(person, dwelling, moment)
        audit.record(
            "community.person.added",
            actor=actor,
            at=at,
            area_id=area_id,
            target_kind="person",
            target_uuid=person.uuid,
            detail={"reason": reason},
        )
        outbox.publish(ResidentsChanged(person_uuids=(person.uuid,), change="ADDED"), area_id=area_id, at=at)
    is_like = MergeCandidate.objects.filter(area_id=area_id, second=person, state=rules.MERGE_OPEN).exists()
    return Added(person.uuid, is_like)


def _open_at(person: Person, dwelling: Dwelling, moment: datetime) -> None:
    """Let the stay begin on the day that was told; somebody who comes back to the same door has none open yet."""
    stays = Residence.objects.filter(area_id=person.area_id, person=person, ends_at=None)
    if not stays.update(starts_at=moment):
        Residence.objects.create(area_id=person.area_id, person=person, dwelling=dwelling, starts_at=moment)
