"""Zone levels: what holds where, and what is missing before a level may end."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from tongxin.base import clock
from tongxin.incidents import rules
from tongxin.incidents.api.places import Place, PlaceTree, place_tree
from tongxin.incidents.api.zone_picture import ZonePicture, zone_picture
from tongxin.incidents.models import Incident, ZoneLevel
from tongxin.incidents.profile_rules import ConditionFinding, ZoneFacts, lift_due
from tongxin.incidents.profile_types import ZoneLevel as LevelRule

__all__ = [
    "ConditionState",
    "LiftCheck",
    "check_lift",
    "check_lifts",
    "get_zone",
    "level_of_place",
    "levels_by_entrance",
    "own_level_of_place",
    "zone_history",
    "zone_levels",
]


@dataclass(frozen=True, slots=True)
class ConditionState:
    """One condition of ending a level: does it hold, from when it could, and the numbers behind it."""

    kind: str
    number: float
    holds: bool
    due_date: date | None
    rule_key: str
    source: str
    numbers: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LiftCheck:
    """All conditions of ending a level. `action` is LOWER (then `to` is the next level) or LIFT (then `to` is empty).

    `is_abolished`: the rule set in force does not know this level any more.
    """

    action: str
    to: str
    conditions: tuple[ConditionState, ...]
    is_abolished: bool = False

    @property
    def is_due(self) -> bool:
        return all(condition.holds for condition in self.conditions)

    @property
    def open_conditions(self) -> tuple[ConditionState, ...]:
        return tuple(condition for condition in self.conditions if not condition.holds)


def _rows(area_id: int, incident_id: int, at: datetime) -> list[ZoneLevel]:
    rows = ZoneLevel.objects.filter(area_id=area_id, incident_id=incident_id, starts_at__lte=at)
    return list(rows.filter(Q(ends_at=None) | Q(ends_at__gt=at)).order_by("starts_at", "id"))


def zone_levels(area_id: int, incident_id: int, at: datetime) -> list[ZoneLevel]:
    """This function will return the levels that hold at a moment, widest place first, hottest first among equals."""
    rows = _rows(area_id, incident_id, at)
    return sorted(
        rows,
        key=lambda row: (
            rules.WIDTH[row.place_kind],
            -rules.HEAT[row.canonical],
            len(row.place_label),
            row.place_label,
        ),
    )


def zone_history(area_id: int, incident_id: int) -> list[ZoneLevel]:
    """This function will return every level of an incident, newest first."""
    rows = ZoneLevel.objects.filter(area_id=area_id, incident_id=incident_id)
    return list(rows.order_by("-starts_at", "-id"))


def get_zone(area_id: int, uuid: UUID) -> ZoneLevel:
    """This function will return one level with its incident. Raises `ZoneLevel.DoesNotExist`."""
    return ZoneLevel.objects.select_related("incident").get(area_id=area_id, uuid=uuid)


def own_level_of_place(
    area_id: int, incident_id: int, *, place_kind: str, place_uuid: UUID, at: datetime
) -> ZoneLevel | None:
    """This function will return the level laid on this very place, or None."""
    rows = _rows(area_id, incident_id, at)
    return next((row for row in rows if (row.place_kind, row.place_uuid) == (place_kind, place_uuid)), None)


def level_of_place(
    area_id: int, incident_id: int, *, place_kind: str, place_uuid: UUID, at: datetime
) -> ZoneLevel | None:
    """This function will return the level that holds in a place: the hottest of its own and of those around it.

    Raises KeyError for a place that the compound does not have.
    """
    tree = place_tree(area_id)
    return _hottest(tree, _rows(area_id, incident_id, at), tree.by_key[place_kind, place_uuid])


def levels_by_entrance(area_id: int, incident_id: int, at: datetime) -> dict[int, ZoneLevel]:
    """This function will return the level that holds in each entrance, by entrance id; free entrances are left out."""
    rows = _rows(area_id, incident_id, at)
    if not rows:
        return {}
    tree = place_tree(area_id)
    found = {place.id: _hottest(tree, rows, place) for place in tree.places if place.kind == "ENTRANCE"}
    return {entrance_id: row for entrance_id, row in found.items() if row is not None}


def _hottest(tree: PlaceTree, rows: Sequence[ZoneLevel], place: Place) -> ZoneLevel | None:
    by_place = {(row.place_kind, row.place_uuid): row for row in rows}
    around = [by_place[p.key] for p in tree.around(place) if p.key in by_place]
    return max(around, key=lambda row: (rules.HEAT[row.canonical], rules.WIDTH[row.place_kind]), default=None)


def check_lift(*, area_id: int, incident_id: int, place_kind: str, place_uuid: UUID, at: datetime) -> LiftCheck:
    """This function will judge each condition of ending the level of a place. Raises KeyError: it has no level."""
    incident = Incident.objects.get(area_id=area_id, pk=incident_id)
    picture = zone_picture(incident, at=at)
    return judge(picture, picture.open_by_place[place_kind, place_uuid])


def check_lifts(*, area_id: int, incident_id: int, at: datetime) -> dict[UUID, LiftCheck]:
    """This function will judge every open level of an incident, by the uuid of the level."""
    incident = Incident.objects.get(area_id=area_id, pk=incident_id)
    picture = zone_picture(incident, at=at)
    return {row.uuid: judge(picture, row) for row in picture.open_by_place.values()}


def judge(picture: ZonePicture, row: ZoneLevel) -> LiftCheck:
    """This function will judge one open level. What is not known does not hold: no level ends for want of data."""
    level, is_abolished = picture.level_rule(row)
    if level is None:
        return LiftCheck("LIFT", "", (), is_abolished=True)
    facts = picture.facts_for(row)
    finding = lift_due(level, facts, at=picture.local_at)
    if finding is None:
        return LiftCheck("LIFT", "", (_nothing_hotter(picture, row),), is_abolished)
    to = next((rule for rule in picture.rule_set.zones.levels if rule.key == finding.to), None)
    conditions = tuple(_state(condition, facts, picture.today) for condition in finding.conditions)
    if _was_pool_only(picture, row):
        conditions = (_pool_cleared(picture, row),)
    if to is None or _is_pointless(picture, row, to):
        return LiftCheck("LIFT", "", conditions, is_abolished)
    return LiftCheck("LOWER", to.key, conditions, is_abolished)


def _is_pointless(picture: ZonePicture, row: ZoneLevel, to: LevelRule) -> bool:
    """Return whether the next level would change nothing: it is the lowest, and a place around holds it already or
    it is laid on wider places only. A level with conditions of its own is always gone through.
    """
    place = picture.tree.by_key.get((row.place_kind, row.place_uuid))
    if place is None:
        return True
    if to.lift is not None:
        return False
    around = [picture.open_by_place.get(p.key) for p in picture.tree.around(place)[1:]]
    is_held = any(other and rules.HEAT[other.canonical] >= rules.HEAT[to.canonical] for other in around)
    return is_held or rules.WIDTH[place.kind] > rules.WIDTH[to.granularity.value]


def _state(condition: ConditionFinding, facts: ZoneFacts, today: date) -> ConditionState:
    days = (today - facts.counted_from).days
    numbers: dict[str, Any] = {"number": _plain(condition.number)}
    match condition.kind:
        case "NO_NEW_DAYS":
            numbers |= {"days": days, "since": facts.counted_from.isoformat()}
        case "ROUND_NEGATIVE_ON_DAY" | "ROUND_NEGATIVE_WITHIN_HOURS":
            last = max(facts.negative_rounds, default=None)
            numbers |= {"rounds": len(facts.negative_rounds), "last": last.isoformat() if last else ""}
        case "LAST_CONTACT_GONE_DAYS":
            numbers |= {"contacts": facts.contacts_left}
        case "INDEX_BELOW":
            numbers |= {"index": "" if facts.vector_index is None else _plain(facts.vector_index)}
    return ConditionState(
        str(condition.kind),
        condition.number,
        condition.holds,
        condition.due_date,
        condition.rule_key,
        condition.source,
        numbers,
    )


def _plain(number: float) -> float | int:
    return int(number) if float(number).is_integer() else number


def _nothing_hotter(picture: ZonePicture, row: ZoneLevel) -> ConditionState:
    """The lowest level ends when nothing hotter lies inside it and nobody inside is ill or suspected."""
    place = picture.tree.by_key.get((row.place_kind, row.place_uuid))
    inside = {p.key for p in picture.tree.inside(place)} if place else set()
    hotter = [
        other
        for key, other in picture.open_by_place.items()
        if key in inside and rules.is_hotter(other.canonical, row.canonical)
    ]
    ill = picture.of_kind("CASE", standing=True) + picture.of_kind("SUSPECT", standing=True)
    fresh = [
        person
        for person in (picture.living_in(place, ill) if place else [])
        if not _was_answered(picture, person, row.canonical)
    ]
    numbers = {"number": 0, "zones": len(hotter), "people": len(fresh)}
    return ConditionState("NOTHING_HOTTER", 0, not hotter and not fresh, None, row.rule_key, "", numbers)


def _was_answered(picture: ZonePicture, person: Any, lowest: str) -> bool:
    """Return whether a level hotter than the lowest one lay on this person's home after they became known."""
    home = picture.tree.home("ENTRANCE", person.home) or picture.tree.home("BUILDING", person.home)
    history = picture.history_around(home) if home else []
    return any(rules.is_hotter(held, lowest) and (ended is None or ended > person.known_at) for held, ended in history)


def _was_pool_only(picture: ZonePicture, row: ZoneLevel) -> bool:
    """Return whether only a recalled pool raised this level, and no case was found in the place since."""
    codes = {entry.get("code") for entry in row.evidence if isinstance(entry, dict)}
    place = picture.tree.by_key.get((row.place_kind, row.place_uuid))
    if codes != {"RECALLED_POOL"} or place is None:
        return False
    laid = clock.local_date(row.starts_at)
    return not any(case.stands or case.found_date >= laid for case in picture.living_in(place, picture.of_kind("CASE")))


def _pool_cleared(picture: ZonePicture, row: ZoneLevel) -> ConditionState:
    place = picture.tree.by_key[row.place_kind, row.place_uuid]
    left = len(picture.living_in(place, picture.of_kind("SUSPECT", standing=True)))
    return ConditionState("POOL_CLEARED", 0, left == 0, None, row.rule_key, "", {"number": 0, "people": left})
