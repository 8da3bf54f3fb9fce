"""Writes what was decided, set by set, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F

from tongxin.base import keys
from tongxin.base.fields import EncryptedTextField
from tongxin.base.ids import new_uuid
from tongxin.community.importing.shapes import ImportKind, Pair
from tongxin.community.intake import ledger
from tongxin.community.intake.decide import Decision, Verdict, doubts_of
from tongxin.community.intake.digests import Tokens, id_digest, name_digest, phone_digest
from tongxin.community.intake.joining import fill_gaps
from tongxin.community.intake.write_places import Places, write_places
from tongxin.community.models import Dwelling, MergeCandidate, Person, Residence, SearchToken, VerifyItem

_BATCH = 500
PLACE_COLUMNS = ("dwelling_id", "entrance_id", "building_id", "grid_id", "sort_key")


def settle_at(person: Person, dwelling: Dwelling) -> None:
    """This function will set where a person lives now, in all the columns that scoped lists use."""
    person.dwelling = dwelling
    person.entrance_id = dwelling.entrance_id
    person.building_id = dwelling.entrance.building_id
    person.grid_id = dwelling.entrance.building.grid_id
    person.sort_key = dwelling.sort_key


def set_values(person: Person, values: dict[str, Any]) -> set[str]:
    """This function will set columns and the blind indexes that follow from them, and return all that changed."""
    for column, value in values.items():
        setattr(person, column, value)
    changed = set(values)
    if "name" in values:
        person.name_index = name_digest(person.area_id, values["name"])
        changed.add("name_index")
    if "id_number" in values:
        person.id_index = id_digest(person.area_id, values["id_number"])
        changed.add("id_index")
    if "phone" in values:
        person.phone_index = phone_digest(person.area_id, values["phone"])
        changed.add("phone_index")
    return changed


def save_columns(person: Person, columns: Iterable[str]) -> None:
    """This function will write some columns of one person, sealed ones under the person's key, and raise its version."""
    values: dict[str, Any] = {"version": F("version") + 1}
    for column in columns:
        field = Person._meta.get_field(column.removesuffix("_id"))
        values[column] = field.sealed(person) if isinstance(field, EncryptedTextField) else getattr(person, column)
    Person.objects.filter(pk=person.pk).update(**values)


def write_tokens(area_id: int, people: Iterable[Person], tokens: Tokens, *, is_new: bool) -> None:
    """This function will write the search tokens of people whose name and phones are readable."""
    rows = [
        (area_id, token, person.pk)
        for person in people
        for token in tokens.of(person.name, (person.phone, person.phone_2))
    ]
    if not is_new:
        ids = sorted({pk for _, _, pk in rows})
        for start in range(0, len(ids), _BATCH):
            SearchToken.objects.filter(area_id=area_id, person_id__in=ids[start : start + _BATCH]).delete()
    # Eight short rows a person: model instances would cost more than the rows themselves.
    table = connection.ops.quote_name(SearchToken._meta.db_table)
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} (area_id, token, person_id) VALUES (%s, %s, %s)", rows)  # noqa: S608


class Writer:
    """One import's writing. Lives inside one transaction; raise anywhere and nothing happened."""

    def __init__(self, verdict: Verdict, *, area_id: int, at: datetime, decided_by: str) -> None:
        self.verdict = verdict
        self.area_id = area_id
        self.at = at
        self.decided_by = decided_by
        self.tokens = Tokens(area_id)
        self.places = Places()
        #: Position of a decision -> the person it is about, after the writing.
        self.people: dict[int, Person] = {}
        #: Primary key of a person merged at once -> the columns that it filled in the one that stays.
        self.filled: dict[int, list[str]] = {}

    def write(self) -> None:
        """This function will write places, people, residences, search tokens, doubts and possible duplicates."""
        rows = [d.person for d in self.verdict.decisions if d.fate != ledger.UNCHANGED]
        self.places = write_places(self.area_id, rows)
        self._add_new()
        self._update_known()
        self._write_doubts()
        self._write_pairs(self.verdict.pairs)

    # ---------- new people ----------
    def _new(self) -> Iterator[tuple[int, Decision]]:
        is_care = self.verdict.ledger.kind is ImportKind.SPECIAL_CARE
        for at, decision in enumerate(self.verdict.decisions):
            if decision.is_new and not (is_care and decision.same_as is not None):
                yield at, decision

    def _person(self, decision: Decision, data_keys: dict[UUID, bytes], uuid: UUID) -> Person:
        row = decision.person
        person = Person(area_id=self.area_id, uuid=uuid, subject_uuid=uuid)
        person.__dict__["_data_key"] = data_keys[uuid]
        for column, value in row.values.items():
            setattr(person, "birth_year" if column == "birth_year_by_age" else column, value)
        person.name_index, person.id_index, person.phone_index = row.name_index, row.id_index, row.phone_index
        person.source_hash = row.source_hash if self.verdict.ledger.kind is ImportKind.PEOPLE else ""
        person.department = self.places.departments.get(row.department) if row.department else None
        person.is_to_verify = bool(doubts_of(row))
        dwelling = self.places.dwelling_of(row)
        if dwelling is not None:
            settle_at(person, dwelling)
        return person

    def _add_new(self) -> None:
        new = [(at, decision, new_uuid()) for at, decision in self._new()]
        data_keys = keys.create_many(self.area_id, [uuid for _, _, uuid in new])
        self.people = {at: self._person(decision, data_keys, uuid) for at, decision, uuid in new}
        filled = self._fill_from_sure_duplicates()
        Person.objects.bulk_create(self.people.values(), batch_size=_BATCH)
        self.filled = {self.people[at].pk: columns for at, columns in filled.items()}
        self._join_sure_duplicates()
        write_tokens(self.area_id, self.people.values(), self.tokens, is_new=True)
        Residence.objects.bulk_create(
            [
                Residence(
                    area_id=self.area_id,
                    person=self.people[at],
                    dwelling=dwelling,
                    relation=decision.person.relation,
                    household_number=decision.person.household_number,
                )
                for at, decision, _ in new
                if (dwelling := self.places.dwelling_of(decision.person)) is not None
            ],
            batch_size=_BATCH,
        )
        for at, decision in enumerate(self.verdict.decisions):
            if decision.person_id is not None:
                self.people[at] = self.verdict.people[decision.person_id]
            elif decision.same_as is not None and at not in self.people:
                self.people[at] = self.people[decision.same_as]

    def _fill_from_sure_duplicates(self) -> dict[int, list[str]]:
        filled = {}
        for at, person in self.people.items():
            same_as = self.verdict.decisions[at].same_as
            if same_as is not None and same_as in self.people:
                filled[at] = fill_gaps(self.people[same_as], person)
        return filled

    def _join_sure_duplicates(self) -> None:
        merged = []
        for at, person in self.people.items():
            same_as = self.verdict.decisions[at].same_as
            if same_as is not None and same_as in self.people:
                person.merged_into = self.people[same_as]
                merged.append(person)
        Person.objects.bulk_update(merged, ["merged_into"], batch_size=_BATCH)

    # ---------- known people ----------
    def _update_known(self) -> None:
        changed: dict[int, set[str]] = {}
        known: dict[int, Person] = {}
        renamed: list[Person] = []
        moved: list[tuple[Person, Decision]] = []
        for at, decision in enumerate(self.verdict.decisions):
            if decision.person_id is None or decision.fate != ledger.UPDATED:
                continue
            person = self.people[at]
            if decision.changes or decision.is_moving:
                known[person.pk] = person
                changed.setdefault(person.pk, set()).update(self._apply(person, decision))
            if decision.is_moving:
                moved.append((person, decision))
            if decision.changes.keys() & {"name", "phone", "phone_2"}:
                renamed.append(person)
        write_tokens(self.area_id, renamed, self.tokens, is_new=False)
        self._move(moved)
        for pk, columns in changed.items():
            save_columns(known[pk], columns)

    def _apply(self, person: Person, decision: Decision) -> set[str]:
        row = decision.person
        values = dict(decision.changes)
        if "department" in values:
            department = self.places.departments.get(values.pop("department"))
            values["department_id"] = department.pk if department else None
        if self.verdict.ledger.kind is ImportKind.PEOPLE:
            values["source_hash"] = row.source_hash
        columns = set_values(person, values)
        dwelling = self.places.dwelling_of(row)
        if decision.is_moving and dwelling is not None:
            settle_at(person, dwelling)
            columns.update(PLACE_COLUMNS)
        return columns

    def _move(self, moved: list[tuple[Person, Decision]]) -> None:
        ids = [person.pk for person, _ in moved]
        for start in range(0, len(ids), _BATCH):
            rows = Residence.objects.filter(
                area_id=self.area_id, person_id__in=ids[start : start + _BATCH], ends_at=None
            )
            rows.update(ends_at=self.at)
        Residence.objects.bulk_create(
            [
                Residence(
                    area_id=self.area_id,
                    person=person,
                    dwelling=person.dwelling,
                    relation=decision.person.relation,
                    household_number=decision.person.household_number,
                    starts_at=self.at,
                )
                for person, decision in moved
                if person.dwelling is not None
            ],
            batch_size=_BATCH,
        )

    # ---------- doubts and duplicates ----------
    def _write_doubts(self) -> None:
        known = [d.person_id for d in self.verdict.decisions if d.person_id is not None and d.fate != ledger.UNCHANGED]
        asked = {
            (item.person_id, item.field, item.reason)
            for start in range(0, len(known), _BATCH)
            for item in VerifyItem.objects.filter(area_id=self.area_id, person_id__in=known[start : start + _BATCH])
        }
        rows = [
            VerifyItem(area_id=self.area_id, person=self.people[at], field=name[:40], reason=code, opened_at=self.at)
            for at, decision in enumerate(self.verdict.decisions)
            if decision.fate != ledger.UNCHANGED
            for name, code in doubts_of(decision.person)
            if (self.people[at].pk, name[:40], code) not in asked
        ]
        # A doubt about a field that is open already is the same doubt; one that was answered is not asked again.
        VerifyItem.objects.bulk_create(rows, batch_size=_BATCH, ignore_conflicts=True)
        asked_now = sorted({row.person_id for row in rows} & set(known))
        for start in range(0, len(asked_now), _BATCH):
            Person.objects.filter(pk__in=asked_now[start : start + _BATCH]).update(is_to_verify=True)

    def _person_of(self, key: str) -> int:
        number = int(key[2:])
        return self.people[number].pk if key.startswith("r:") else number

    def _write_pairs(self, pairs: list[Pair]) -> None:
        known = {
            (a, b) for a, b in MergeCandidate.objects.filter(area_id=self.area_id).values_list("first_id", "second_id")
        }
        merged = {person.pk: person.merged_into_id for person in self.people.values() if person.merged_into_id}
        rows: dict[tuple[int, int], MergeCandidate] = {}
        for pair in pairs:
            first, second = sorted((self._person_of(pair.left), self._person_of(pair.right)))
            if (first, second) in known or (first, second) in rows or first == second:
                continue
            is_merged = merged.get(second) == first
            if not is_merged and (first in merged or second in merged):
                continue  # the row that stands for it is compared itself
            rows[first, second] = MergeCandidate(
                area_id=self.area_id,
                first_id=first,
                second_id=second,
                score=round(pair.score * 100),
                reasons=list(pair.reasons),
                state=MergeCandidate.State.MERGED if is_merged else MergeCandidate.State.OPEN,
                found_at=self.at,
                decided_at=self.at if is_merged else None,
                decided_by=self.decided_by if is_merged else "",
                undo={"filled": self.filled.get(second, []), "care": []} if is_merged else {},
            )
        MergeCandidate.objects.bulk_create(rows.values(), batch_size=_BATCH)
