"""Who is on the list of a round: everybody of its places, told apart into desk, door and exempt."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from tongxin.base import clock
from tongxin.base.actors import Scope
from tongxin.community import api as community
from tongxin.incidents import api as incidents
from tongxin.incidents.api import Incident, PlaceTree, RuleSet
from tongxin.sampling import rules
from tongxin.sampling.api.values import BadRound
from tongxin.sampling.models import RoundMember

STATUS_KINDS = ("CASE", "RECOVERED", "DIED", "SUSPECT", "CONTACT", "SECONDARY_CONTACT", "EXPOSED")
_CARE = ("BEDBOUND", "VERY_OLD")


@dataclass(frozen=True, slots=True)
class Listed:
    """One person of a list before it is stored."""

    person_id: int
    grid_id: int | None
    entrance_id: int | None
    building_id: int | None
    dwelling_id: int | None
    is_exempt: bool
    exempt_reason: str
    home_reason: str

    @property
    def is_at_home(self) -> bool:
        return bool(self.home_reason)


@dataclass(frozen=True)
class Known:
    """What decides about door and tube, read once for a whole list."""

    rule_set: RuleSet
    on_date: date
    status: Mapping[int, str] = field(default_factory=dict)
    care: Mapping[int, frozenset[str]] = field(default_factory=dict)

    def causes(self, person_id: int, birth_year: int | None) -> tuple[str, ...]:
        return rules.causes_of(
            status=self.status.get(person_id, ""),
            care=self.care.get(person_id, frozenset()),
            birth_year=birth_year,
            very_old_age=self.rule_set.rounds.very_old_age.value,
            on_date=self.on_date,
        )

    def door_cause(self, person_id: int, birth_year: int | None) -> str:
        wanted = {cause.value for cause in self.rule_set.rounds.at_the_door.value}
        return rules.first_of(self.causes(person_id, birth_year), wanted)

    def alone_cause(self, person_id: int, birth_year: int | None) -> str:
        wanted = {cause.value for cause in self.rule_set.rounds.never_pooled.value}
        return rules.first_of(self.causes(person_id, birth_year), wanted)


def rule_set_at(incident: Incident, at: datetime) -> RuleSet:
    return incidents.rule_set_of(incident, clock.local_date(at))


def known_of_all(incident: Incident, rule_set: RuleSet, *, at: datetime) -> Known:
    """This function will read status and special care of the whole compound: two queries."""
    area_id = incident.area_id
    rows = incidents.list_status(area_id, incident.pk, STATUS_KINDS)
    status = dict(rows.order_by().values_list("person_id", "kind"))
    care: dict[int, set[str]] = {}
    for row in community.list_special_care(area_id=area_id, codes=_CARE):
        care.setdefault(row.person_id, set()).add(row.code)
    return Known(rule_set, clock.local_date(at), status, {pk: frozenset(codes) for pk, codes in care.items()})


def known_of_some(incident: Incident, rule_set: RuleSet, person_ids: Collection[int], *, at: datetime) -> Known:
    """This function will read status and special care of a few people."""
    found = incidents.status_of(incident.area_id, incident.pk, person_ids)
    care = community.care_codes_of(area_id=incident.area_id, person_ids=person_ids)
    return Known(
        rule_set,
        clock.local_date(at),
        {person_id: row.kind for person_id, row in found.items()},
        {person_id: frozenset(codes) for person_id, codes in care.items()},
    )


def entrances_in(tree: PlaceTree, places: Iterable[Mapping[str, str]]) -> set[int]:
    """This function will return the ids of the entrances inside places. Raises `BadRound` for an unknown place."""
    found: set[int] = set()
    for place in places:
        found |= {inner.id for inner in tree.entrances_of(place_named(tree, place))}
    return found


def place_named(tree: PlaceTree, place: Mapping[str, str]) -> incidents.Place:
    """This function will return the place of {"kind", "uuid"}. Raises `BadRound`."""
    try:
        return tree.by_key[place["kind"], UUID(str(place["uuid"]))]
    except (KeyError, ValueError, TypeError):
        raise BadRound("PLACE") from None


def list_of_places(
    incident: Incident, places: Sequence[Mapping[str, str]], known: Known, tree: PlaceTree
) -> list[Listed]:
    """This function will return everybody who lives in the places, each once, in the order of their doors."""
    rows = community.people_query(area_id=incident.area_id, scope=Scope(incident.area_id, everything=True))
    wanted = [place_named(tree, place) for place in places]
    if all(place.kind != "COMPOUND" for place in wanted):
        ids: dict[str, set[int]] = {"GRID": set(), "BUILDING": set(), "ENTRANCE": set()}
        for place in wanted:
            ids[place.kind].add(place.id)
        inside = {
            person_id
            for kind, keyword in (("GRID", "grid_ids"), ("BUILDING", "building_ids"), ("ENTRANCE", "entrance_ids"))
            if ids[kind]
            for person_id in community.people_ids_in(incident.area_id, **{keyword: ids[kind]})
        }
    else:
        inside = None
    columns = ("id", "birth_year", "grid_id", "entrance_id", "building_id", "dwelling_id")
    return [
        _listed(row, known)
        for row in rows.order_by("sort_key", "id").values_list(*columns)
        if inside is None or row[0] in inside
    ]


def list_of_people(incident: Incident, reasons: Mapping[int, str], known: Known) -> list[Listed]:
    """This function will return the given people, all of them sampled at the door for the reason that is given."""
    people = community.list_people(area_id=incident.area_id, ids=reasons)
    found = []
    for person in sorted(people.values(), key=lambda row: (row.sort_key, row.pk)):
        if person.moved_out_at or person.merged_into_id or person.erased_at:
            continue
        row = (person.pk, person.birth_year, person.grid_id, person.entrance_id, person.building_id, person.dwelling_id)
        found.append(_listed(row, known, home_reason=reasons[person.pk]))
    return found


_Row = tuple[int, int | None, int | None, int | None, int | None, int | None]


def _listed(row: _Row, known: Known, home_reason: str = "") -> Listed:
    person_id, birth_year, grid_id, entrance_id, building_id, dwelling_id = row
    status = known.status.get(person_id, "")
    is_exempt = status in rules.EXEMPT_KINDS
    reason = "" if is_exempt else home_reason or known.door_cause(person_id, birth_year)
    return Listed(
        person_id, grid_id, entrance_id, building_id, dwelling_id, is_exempt, status if is_exempt else "", reason
    )


def member_row(area_id: int, round_id: int, person: Listed, at: datetime) -> RoundMember:
    return RoundMember(
        area_id=area_id,
        round_id=round_id,
        person_id=person.person_id,
        grid_id=person.grid_id,
        entrance_id=person.entrance_id,
        is_at_home=person.is_at_home,
        home_reason=person.home_reason,
        state=RoundMember.State.EXEMPT if person.is_exempt else RoundMember.State.DUE,
        state_at=at if person.is_exempt else None,
        state_reason=person.exempt_reason,
    )
