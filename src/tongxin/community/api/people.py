"""People: who lives where, households over time, lists with masked names, and looks at one person that leave a trace."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from tongxin.base import audit, keys
from tongxin.base.actors import Actor, Scope
from tongxin.base.models import AuditEntry
from tongxin.community import names, rules
from tongxin.community.importing.addresses import parse_address
from tongxin.community.intake.digests import phone_digest, phone_tail, token
from tongxin.community.models import Dwelling, Person, Residence, SearchToken, SpecialCare

LOOK_ACTION = "community.person.revealed"
_CHUNK = 500
#: What is longer than this and looks like a phone is looked up whole.
_TAIL_LENGTH = 6


@dataclass(frozen=True, slots=True)
class CareDetail:
    """One open class of the special-care list with its particulars."""

    code: str
    detail: str
    medicine_days_left: int | None


@dataclass(frozen=True, slots=True)
class PersonDetail:
    """Everything that is known of one person, readable. Whoever gets this has left an audit entry."""

    id: int
    uuid: UUID
    version: int
    name: str
    sex: str
    birth_date: str
    birth_year: int | None
    id_kind: str
    id_number: str
    phone: str
    phone_2: str
    family_contact: str
    note: str
    language: str
    lives_alone: bool
    department: str
    external_code: str
    door: str
    care: tuple[CareDetail, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """Who opened a person's details, when and why; a login, never a name."""

    at: datetime
    actor: str
    action: str
    purpose: str


# ---------- rows ----------
def get_person(area_id: int, uuid: UUID) -> Person:
    """This function will return a person's row, for rooms; no audit, so nothing of it may be shown unmasked.

    Raises Person.DoesNotExist.
    """
    return Person.objects.select_related("dwelling", "building", "department").get(area_id=area_id, uuid=uuid)


def list_people(*, area_id: int, ids: Iterable[int]) -> dict[int, Person]:
    """This function will return id -> row with dwelling, one query a 500."""
    wanted = sorted(set(ids))
    found: dict[int, Person] = {}
    for start in range(0, len(wanted), _CHUNK):
        rows = Person.objects.select_related("dwelling").filter(area_id=area_id, id__in=wanted[start : start + _CHUNK])
        found.update({row.pk: row for row in rows})
    return found


def list_people_by_uuid(*, area_id: int, uuids: Iterable[UUID]) -> dict[UUID, Person]:
    """This function will return uuid -> row with dwelling, one query a 500."""
    wanted = sorted(set(uuids))
    found: dict[UUID, Person] = {}
    for start in range(0, len(wanted), _CHUNK):
        rows = Person.objects.select_related("dwelling").filter(
            area_id=area_id, uuid__in=wanted[start : start + _CHUNK]
        )
        found.update({row.uuid: row for row in rows})
    return found


def people_query(*, area_id: int, scope: Scope) -> QuerySet[Person]:
    """This function will return the active people that a scope reaches: not moved out, merged or erased.

    A scope of OWN reaches none here: what is assigned to somebody is known to higher rooms only.
    """
    return Person.objects.filter(active_in(area_id=area_id, scope=scope), area_id=area_id)


def active_in(*, area_id: int, scope: Scope, prefix: str = "") -> Q:
    """This function will return what `people_query` asks of a person, for rows that reach the person by `prefix`.

    A join with this is quicker than `person__in=people_query(…)`, which lists everybody first.
    """
    active = Q(**{f"{prefix}{column}__isnull": True for column in ("moved_out_at", "merged_into", "erased_at")})
    if scope.area_id != area_id:
        return Q(pk__in=[])
    if scope.everything:
        return active
    reached = Q(pk__in=[])
    if scope.grid_ids:
        reached |= Q(**{f"{prefix}grid_id__in": scope.grid_ids})
    if scope.building_ids:
        reached |= Q(**{f"{prefix}building_id__in": scope.building_ids})
    return active & reached


def in_scope(person: Person, scope: Scope) -> bool:
    """This function will tell whether a scope reaches a person, also one who moved out or was merged."""
    if person.area_id != scope.area_id:
        return False
    return scope.everything or person.grid_id in scope.grid_ids or person.building_id in scope.building_ids


def warm_names(area_id: int, people: Iterable[Person]) -> None:
    """This function will load the data keys of a page of people with one query a 500."""
    keys.warm(area_id, [person.subject_uuid for person in people])


def masked_name(person: Person) -> str:
    """This function will return a name for lists: 张*. An erased person has none. Call `warm_names` for a list first."""
    return "" if person.erased_at else names.mask_name(person.name)


def full_names(*, area_id: int, person_ids: Iterable[int]) -> dict[int, str]:
    """This function will return id -> whole name, for documents and for the confirmed assignee; the caller audits."""
    people = list_people(area_id=area_id, ids=person_ids)
    warm_names(area_id, people.values())
    return {pk: "" if person.erased_at else person.name for pk, person in people.items()}


# ---------- one person ----------
def _care_of(area_id: int, person_id: int) -> tuple[CareDetail, ...]:
    rows = SpecialCare.objects.filter(area_id=area_id, person_id=person_id, ends_at=None).order_by("code")
    return tuple(CareDetail(row.code, row.detail, row.medicine_days_left) for row in rows)


def reveal_person(*, area_id: int, uuid: UUID, actor: Actor, at: datetime, purpose: str) -> PersonDetail:
    """This function will return everything about one person and leave the look in the audit, or fail.

    `purpose` is a code (`rules.PURPOSES` or one of a higher room). Raises Person.DoesNotExist, also for an erased
    person, and ValueError for a purpose in free text.
    """
    checked = rules.check_purpose(purpose)
    with transaction.atomic():
        person = Person.objects.select_related("dwelling", "department").get(area_id=area_id, uuid=uuid, erased_at=None)
        audit.record(
            LOOK_ACTION,
            actor=actor,
            at=at,
            area_id=area_id,
            target_kind="person",
            target_uuid=uuid,
            detail={"purpose": checked},
        )
    keys.warm(area_id, [person.subject_uuid])
    return PersonDetail(
        id=person.pk,
        uuid=person.uuid,
        version=person.version,
        name=person.name,
        sex=person.sex,
        birth_date=person.birth_date,
        birth_year=person.birth_year,
        id_kind=person.id_kind,
        id_number=person.id_number,
        phone=person.phone,
        phone_2=person.phone_2,
        family_contact=person.family_contact,
        note=person.note,
        language=person.language,
        lives_alone=person.lives_alone,
        department=person.department.name if person.department else "",
        external_code=person.external_code,
        door=person.dwelling.door if person.dwelling else "",
        care=_care_of(area_id, person.pk),
    )


def last_looks(*, area_id: int, uuid: UUID, limit: int = 20) -> list[Look]:
    """This function will return who last looked at a person or changed one, newest first."""
    rows = AuditEntry.objects.filter(area_id=area_id, target_uuid=uuid, target_kind="person").order_by("-seq")[:limit]
    return [Look(row.at, row.actor, row.action, str(row.detail.get("purpose", ""))) for row in rows]


# ---------- households over time ----------
def _moment(day: date) -> datetime:
    """Return the middle of a local day: where somebody slept that day is where they were at noon."""
    return timezone.make_aware(datetime.combine(day, time(12)))


def _open_at(moment: datetime) -> Q:
    return (Q(starts_at=None) | Q(starts_at__lte=moment)) & (Q(ends_at=None) | Q(ends_at__gt=moment))


def household_of(person_id: int, on: date) -> list[int]:
    """This function will return the ids of everybody who shared the dwelling on a day, without the person.

    Merged and erased rows are left out; somebody who moved out since is in.
    """
    moment = _moment(on)
    homes = Residence.objects.filter(_open_at(moment), person_id=person_id).values_list("dwelling_id", flat=True)
    rows = Residence.objects.filter(_open_at(moment), dwelling_id__in=list(homes), person__merged_into=None)
    rows = rows.filter(person__erased_at=None).exclude(person_id=person_id)
    return sorted(set(rows.values_list("person_id", flat=True)))


def residences_between(area_id: int, person_ids: Iterable[int], start: date, end: date) -> list[Residence]:
    """This function will return where people lived on any day from `start` to `end` (both inside), with dwelling."""
    first = timezone.make_aware(datetime.combine(start, time.min))
    after = timezone.make_aware(datetime.combine(end + timedelta(days=1), time.min))
    overlap = (Q(starts_at=None) | Q(starts_at__lt=after)) & (Q(ends_at=None) | Q(ends_at__gt=first))
    wanted = sorted(set(person_ids))
    found: list[Residence] = []
    for at in range(0, len(wanted), _CHUNK):
        rows = Residence.objects.filter(overlap, area_id=area_id, person_id__in=wanted[at : at + _CHUNK])
        found += rows.select_related("dwelling__entrance").order_by("person_id", "starts_at", "id")
    return found


def people_ids_in(
    area_id: int,
    *,
    building_ids: Iterable[int] | None = None,
    entrance_ids: Iterable[int] | None = None,
    grid_ids: Iterable[int] | None = None,
    dwelling_ids: Iterable[int] | None = None,
    department_ids: Iterable[int] | None = None,
) -> list[int]:
    """This function will return the ids of active people in any of the places; nothing given is everybody."""
    given = {
        "building_id__in": building_ids,
        "entrance_id__in": entrance_ids,
        "grid_id__in": grid_ids,
        "dwelling_id__in": dwelling_ids,
        "department_id__in": department_ids,
    }
    wanted = Q()
    for lookup, ids in given.items():
        if ids is not None:
            wanted |= Q(**{lookup: sorted(set(ids))})
    rows = Person.objects.filter(area_id=area_id, moved_out_at=None, merged_into=None, erased_at=None)
    if any(ids is not None for ids in given.values()):
        rows = rows.filter(wanted)
    return list(rows.order_by("sort_key", "id").values_list("id", flat=True))


# ---------- search ----------
def _by_words(area_id: int, text: str) -> set[int]:
    words = [token(area_id, word) for word in names.query_words(text)]
    tail = phone_tail(text)
    if tail and len(text) <= _TAIL_LENGTH:
        words.append(token(area_id, tail))
    if not words:
        return set()
    rows = SearchToken.objects.filter(area_id=area_id, token__in=words).values_list("person_id", flat=True)
    return set(rows[:2000])


def _by_door(area_id: int, text: str) -> Q | None:
    if not any(character.isdigit() for character in text):
        return None
    place = parse_address(text)
    doors = {text.strip(), place.door}
    exact = Q(dwelling__door__in=doors)
    if place.building and not place.dwelling:
        exact |= Q(building__number=place.building, **({"entrance__number": place.entrance} if place.entrance else {}))
    return exact


def search_query(*, area_id: int, scope: Scope, text: str) -> QuerySet[Person]:
    """This function will return the active people in scope that a typed text means.

    Pinyin initials in all readings (`zsm`), pinyin, the name or its beginning, a door (18-1-302, 18号楼1单元),
    the last four digits of a phone, a whole phone or an external code. Empty text finds nobody.
    """
    rows = people_query(area_id=area_id, scope=scope)
    wanted = " ".join(text.split())[:60]
    if not wanted:
        return rows.none()
    found = Q(id__in=_by_words(area_id, wanted)) | Q(external_code=wanted)
    if phone_tail(wanted) and len(wanted) > _TAIL_LENGTH:
        found |= Q(phone_index=phone_digest(area_id, wanted))
    by_door = _by_door(area_id, wanted)
    if by_door is not None:
        found |= by_door
    return rows.filter(found)


def search_people(*, area_id: int, scope: Scope, text: str, limit: int = 20) -> list[Person]:
    """This function will return the first people that `search_query` finds, in the order of their doors."""
    rows = search_query(area_id=area_id, scope=scope, text=text).select_related("dwelling")
    found = list(rows.order_by("sort_key", "id")[:limit])
    warm_names(area_id, found)
    return found


def household_page(*, area_id: int, dwelling: Dwelling, scope: Scope) -> list[Person]:
    """This function will return the active people of a dwelling that a scope reaches, names ready to be masked."""
    rows = people_query(area_id=area_id, scope=scope).filter(dwelling=dwelling)
    people = list(rows.select_related("dwelling").order_by("id"))
    warm_names(area_id, people)
    return people
