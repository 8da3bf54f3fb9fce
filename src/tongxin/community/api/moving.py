"""People who move: to another door, out of the compound, and back when that was a mistake. Each with its day and audit."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from tongxin.base import audit, clock, outbox
from tongxin.base.actors import Actor, Scope
from tongxin.base.versions import StaleVersion
from tongxin.community import rules
from tongxin.community.api.people import people_query
from tongxin.community.events import ResidentsChanged
from tongxin.community.importing import addresses
from tongxin.community.importing.shapes import Fate, ParsedRow, Place
from tongxin.community.intake.rows import RowPerson
from tongxin.community.intake.write_people import PLACE_COLUMNS, save_columns, settle_at
from tongxin.community.intake.write_places import write_places
from tongxin.community.models import Building, Dwelling, Person, Residence


class ChangeRefused(ValueError):
    """A change of residents that cannot be; `code` is one of `wording.CHANGE_REFUSALS`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def start_of(day: date, *, at: datetime) -> datetime:
    """This function will return the moment at which a change of a day counts. Raises ChangeRefused for a future day."""
    if day > clock.local_date(at):
        raise ChangeRefused("FUTURE")
    return timezone.make_aware(datetime.combine(day, time.min))


def find_or_make_dwelling(*, area_id: int, scope: Scope, door: str) -> Dwelling:
    """This function will return the dwelling of a door as people write it, made when its building is known and in scope.

    Raises ChangeRefused: a mistyped building must not become a building.
    """
    place = addresses.parse_address(door.strip())
    if not place.building:
        raise ChangeRefused("DOOR_UNCLEAR")
    building = Building.objects.filter(area_id=area_id, number=place.building).first()
    if building is None:
        raise ChangeRefused("UNKNOWN_BUILDING")
    if not (scope.everything or building.grid_id in scope.grid_ids or building.pk in scope.building_ids):
        raise ChangeRefused("OTHER_GRID")
    key = rules.place_key(
        building=place.building,
        entrance=place.entrance,
        room=place.dwelling,
        household="",
        text="",
        floor=place.floor,
    )
    known = Dwelling.objects.select_related("entrance__building").filter(area_id=area_id, door=key.door).first()
    if known is not None:
        return known
    if not place.dwelling:
        raise ChangeRefused("DOOR_UNCLEAR")
    row = RowPerson(ParsedRow("", 0, {}, Place(), Fate.OK, ()), key, {}, "", "", "", "")
    return write_places(area_id, [row]).dwellings[key.door]


def _locked(area_id: int, uuid: UUID) -> Person:
    rows = Person.objects.select_for_update(of=("self",)).select_related("dwelling__entrance__building")
    return rows.get(area_id=area_id, uuid=uuid, erased_at=None, merged_into=None)


def _open_stay(person: Person) -> Residence | None:
    rows = Residence.objects.filter(area_id=person.area_id, person=person, ends_at=None)
    return rows.select_related("dwelling__entrance__building").first()


def _check_after(stay: Residence | None, moment: datetime) -> None:
    if stay is not None and stay.starts_at is not None and moment <= stay.starts_at:
        raise ChangeRefused("BEFORE_STAY")


def _tell(person: Person, change: str, *, reason: str, actor: Actor, at: datetime) -> None:
    audit.record(
        f"community.person.{change}",
        actor=actor,
        at=at,
        area_id=person.area_id,
        target_kind="person",
        target_uuid=person.uuid,
        detail={"reason": reason},
    )


def _publish(area_id: int, people: Collection[Person], change: str, at: datetime) -> None:
    uuids = tuple(person.uuid for person in people)
    outbox.publish(ResidentsChanged(person_uuids=uuids, change=change), area_id=area_id, at=at)


def check_reason(reason: str, known: Collection[str]) -> str:
    """This function will return a reason that is a known code. Raises ChangeRefused."""
    if reason not in known:
        raise ChangeRefused("NO_REASON")
    return reason


def move_person(
    *,
    area_id: int,
    scope: Scope,
    uuid: UUID,
    version: int,
    door: str,
    moved_on: date,
    reason: str,
    actor: Actor,
    at: datetime,
) -> Dwelling:
    """This function will settle a person at another door from a day on; the stay before ends that day.

    Raises ChangeRefused (nothing is changed), StaleVersion, Person.DoesNotExist.
    """
    check_reason(reason, rules.MOVE_REASONS)
    moment = start_of(moved_on, at=at)
    with transaction.atomic():
        person = _locked(area_id, uuid)
        if person.version != version:
            raise StaleVersion(person)
        if person.moved_out_at is not None:
            raise ChangeRefused("NOT_HERE")
        stay = _open_stay(person)
        _check_after(stay, moment)
        dwelling = find_or_make_dwelling(area_id=area_id, scope=scope, door=door)
        if stay is not None and stay.dwelling_id == dwelling.pk:
            raise ChangeRefused("SAME_DOOR")
        if stay is not None:
            Residence.objects.filter(pk=stay.pk).update(ends_at=moment, end_reason=reason)
        Residence.objects.create(area_id=area_id, person=person, dwelling=dwelling, starts_at=moment)
        settle_at(person, dwelling)
        save_columns(person, PLACE_COLUMNS)
        _tell(person, "moved", reason=reason, actor=actor, at=at)
        _publish(area_id, [person], "MOVED", at)
    return dwelling


def move_out(
    *,
    area_id: int,
    scope: Scope,
    person_uuids: Collection[UUID],
    moved_on: date,
    reason: str,
    actor: Actor,
    at: datetime,
) -> int:
    """This function will end the stay of people from a day on: all of them or, when one cannot be, none.

    Raises ChangeRefused: nobody named, somebody out of scope or gone already, a day before somebody came.
    """
    check_reason(reason, rules.MOVE_OUT_REASONS)
    moment = start_of(moved_on, at=at)
    wanted = set(person_uuids)
    if not wanted:
        raise ChangeRefused("NOBODY")
    with transaction.atomic():
        rows = people_query(area_id=area_id, scope=scope).filter(uuid__in=wanted)
        people = list(Person.objects.select_for_update(of=("self",)).filter(pk__in=rows.values("pk")).order_by("id"))
        if len(people) != len(wanted):
            raise ChangeRefused("NOT_HERE")
        for person in people:
            stay = _open_stay(person)
            _check_after(stay, moment)
            if stay is not None:
                Residence.objects.filter(pk=stay.pk).update(ends_at=moment, end_reason=reason)
            person.moved_out_at = moment
            save_columns(person, ["moved_out_at"])
            _tell(person, "moved_out", reason=reason, actor=actor, at=at)
        _publish(area_id, people, "MOVED_OUT", at)
    return len(people)


def stays_of(area_id: int, person: Person) -> list[Residence]:
    """This function will return where a person lived, newest first."""
    rows = Residence.objects.filter(area_id=area_id, person=person).select_related("dwelling")
    return sorted(rows, key=lambda stay: (stay.ends_at is None, stay.ends_at or stay.starts_at, stay.pk), reverse=True)


def undoable_change(person: Person, stays: list[Residence]) -> str:
    """This function will say what can be taken back: MOVED_OUT, MOVED, or nothing. `stays` newest first."""
    if person.moved_out_at is not None:
        is_last = bool(stays) and stays[0].ends_at == person.moved_out_at
        return "MOVED_OUT" if is_last else ""
    joins = len(stays) > 1 and stays[0].starts_at is not None and stays[1].ends_at == stays[0].starts_at
    return "MOVED" if joins and stays[0].ends_at is None else ""


def undo_change(*, area_id: int, uuid: UUID, version: int, actor: Actor, at: datetime) -> str:
    """This function will take back the last move or the moving out, as if it had not been, and return which it was.

    Raises ChangeRefused when there is nothing to take back, StaleVersion.
    """
    with transaction.atomic():
        person = _locked(area_id, uuid)
        if person.version != version:
            raise StaleVersion(person)
        stays = stays_of(area_id, person)
        change = undoable_change(person, stays)
        if not change:
            raise ChangeRefused("NOTHING_TO_UNDO")
        before = stays[0] if change == "MOVED_OUT" else stays[1]
        if change == "MOVED":
            Residence.objects.filter(pk=stays[0].pk).delete()
        Residence.objects.filter(pk=before.pk).update(ends_at=None, end_reason="")
        settle_at(person, Dwelling.objects.select_related("entrance__building").get(pk=before.dwelling_id))
        person.moved_out_at = None
        save_columns(person, [*PLACE_COLUMNS, "moved_out_at"])
        _tell(person, "change_undone", reason=change, actor=actor, at=at)
        _publish(area_id, [person], "UNDONE", at)
    return change
