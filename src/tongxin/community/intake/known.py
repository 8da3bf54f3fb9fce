"""Who is in the tables already, as the matching sees them: digests and doors, no names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from tongxin.base import keys
from tongxin.community.importing.shapes import KnownPerson
from tongxin.community.intake.rows import RowPerson
from tongxin.community.models import Person

_COLUMNS = (
    *("id", "uuid", "name_index", "id_index", "phone_index", "external_code", "source_hash", "dwelling__door"),
    *("merged_into_id", "moved_out_at"),
)


@dataclass(frozen=True, slots=True)
class KnownRow:
    """One person of the tables."""

    id: int
    uuid: str
    name_index: str
    id_index: str
    phone_index: str
    external_code: str
    source_hash: str
    door: str
    merged_into: int | None
    is_gone: bool


class Known:
    """All people of one compound by what can find them. Each is given out once a file (`take`)."""

    def __init__(self, area_id: int) -> None:
        self.area_id = area_id
        self.by_id: dict[int, KnownRow] = {}
        self.by_key: defaultdict[tuple[str, ...], list[KnownRow]] = defaultdict(list)
        self.taken: set[int] = set()
        rows = Person.objects.filter(area_id=area_id, erased_at=None).order_by("id").values_list(*_COLUMNS)
        for pk, uuid, name, number, phone, code, source, door, merged, moved in rows.iterator(chunk_size=5000):
            row = KnownRow(pk, str(uuid), name, number, phone, code, source, door or "", merged, moved is not None)
            self.by_id[pk] = row
            for key in self._keys(row):
                self.by_key[key].append(row)

    @staticmethod
    def _keys(row: KnownRow) -> Iterable[tuple[str, ...]]:
        yield ("uuid", row.uuid)
        if row.source_hash:
            yield ("source", row.source_hash)
        if row.id_index and row.name_index:
            yield ("id", row.id_index, row.name_index)
        if row.external_code and row.name_index:
            yield ("code", row.external_code, row.name_index)
        if row.phone_index and row.name_index:
            yield ("phone", row.phone_index, row.name_index)
        if row.door and row.name_index:
            yield ("door", row.door, row.name_index)

    def candidates(self, person: RowPerson) -> Iterable[tuple[str, list[KnownRow]]]:
        """Yields what may be the same person, surest key first.

        A row and a person with two different valid ID numbers are two people, whatever else agrees.
        """
        name = person.name_index
        tries = (
            ("uuid", (person.tongxin_id,) if person.tongxin_id else ()),
            ("id", (person.id_index, name) if person.id_index else ()),
            ("code", (str(person.values.get("external_code", "")), name) if person.values.get("external_code") else ()),
            ("phone", (person.phone_index, name) if person.phone_index else ()),
            ("door", (person.door, name) if person.door else ()),
        )
        for how, key in tries:
            if not key or not name:
                continue
            found = self.by_key.get((how, *key), [])
            if how not in ("uuid", "id") and person.id_index:
                found = [row for row in found if row.id_index in ("", person.id_index)]
            if found:
                yield how, found

    def take_source(self, person: RowPerson) -> KnownRow | None:
        """Gives the person that this very row made before, once."""
        return self._take(self.by_key.get(("source", person.source_hash), []))

    def take_like(self, person: RowPerson) -> KnownRow | None:
        """Gives the person that this row is about, active ones first, once."""
        for _, found in self.candidates(person):
            taken = self._take([row for row in found if row.merged_into is None])
            if taken is not None:
                return taken
        return None

    def merged_like(self, person: RowPerson) -> KnownRow | None:
        """Gives a merged row that this row is about; its survivor stays for other rows."""
        for _, found in self.candidates(person):
            for row in found:
                if row.merged_into is not None and row.id not in self.taken:
                    self.taken.add(row.id)
                    return row
        return None

    def _take(self, rows: list[KnownRow]) -> KnownRow | None:
        # Somebody who lives here comes before somebody of the same name who moved away.
        for row in sorted(rows, key=lambda row: row.is_gone):
            if row.id not in self.taken:
                self.taken.add(row.id)
                return row
        return None

    def neighbors_of(self, people: list[RowPerson]) -> list[KnownPerson]:
        """This function will return, with names, the people who share a number, a phone, a door or a name with new ones.

        Only these can be possible duplicates, so only their names are opened.
        """
        wanted = {
            *(("id", person.id_index) for person in people if person.id_index),
            *(("phone", person.phone_index) for person in people if person.phone_index),
            *(("door", person.door) for person in people if person.door),
            *(("name", person.name_index) for person in people if person.name_index),
        }
        near = [
            row.id
            for row in self.by_id.values()
            if row.merged_into is None
            and wanted
            & {("id", row.id_index), ("phone", row.phone_index), ("door", row.door), ("name", row.name_index)}
        ]
        found: list[KnownPerson] = []
        for start in range(0, len(near), 500):
            rows = Person.objects.filter(area_id=self.area_id, id__in=near[start : start + 500])
            instances = list(rows.select_related("dwelling"))
            keys.warm(self.area_id, [person.subject_uuid for person in instances])
            found += [known_person(f"p:{person.pk}", person) for person in instances]
        return found


def known_person(key: str, person: Person) -> KnownPerson:
    """This function will return a stored person as the search for duplicates compares people."""
    return KnownPerson(
        key=key,
        name=person.name,
        door=person.dwelling.door if person.dwelling else "",
        id_digest=person.id_index,
        phone_digests=(person.phone_index,) if person.phone_index else (),
        birth_date=parsed_day(person.birth_date),
        sex={"M": "MALE", "F": "FEMALE"}.get(person.sex, ""),
    )


def parsed_day(text: str) -> date | None:
    """This function will return an ISO day, None for an empty one."""
    return date.fromisoformat(text) if text else None
