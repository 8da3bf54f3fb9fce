"""Everything that zone decisions look at, read once: places, levels, who is ill where, what was told of places."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from uuid import UUID

from django.utils import timezone

from tongxin.base import clock
from tongxin.incidents import rules
from tongxin.incidents.api.places import Home, Place, PlaceTree, homes_of, place_tree
from tongxin.incidents.api.rule_sets import profile_of, rule_set_named, rule_set_of
from tongxin.incidents.models import CurrentStatus, Incident, PersonStatus, ZoneFact, ZoneLevel
from tongxin.incidents.profile_rules import ZoneFacts
from tongxin.incidents.profile_types import RuleSet
from tongxin.incidents.profile_types import ZoneLevel as LevelRule

_READ_KINDS = ("CASE", "SUSPECT", "CONTACT", "CLEARED")


@dataclass(frozen=True, slots=True)
class Found:
    """One person as far as zones care: where they live, since what day, when it became known, do they still stand so."""

    kind: str
    home: Home
    found_date: date
    known_at: datetime
    stands: bool


@dataclass(frozen=True)
class ZonePicture:
    """The facts of one incident at one moment."""

    incident: Incident
    at: datetime
    rule_set: RuleSet
    tree: PlaceTree
    rows: tuple[ZoneLevel, ...]
    found: tuple[Found, ...]
    facts: tuple[ZoneFact, ...]

    @property
    def today(self) -> date:
        return clock.local_date(self.at)

    @property
    def local_at(self) -> datetime:
        return timezone.localtime(self.at)

    @cached_property
    def open_by_place(self) -> dict[tuple[str, UUID], ZoneLevel]:
        return {(row.place_kind, row.place_uuid): row for row in self.rows if row.ends_at is None}

    @cached_property
    def _rows_by_place(self) -> dict[tuple[str, UUID], list[ZoneLevel]]:
        found = defaultdict(list)
        for row in self.rows:
            found[row.place_kind, row.place_uuid].append(row)
        return found

    @cached_property
    def _facts_by_place(self) -> dict[tuple[str, UUID], list[ZoneFact]]:
        found = defaultdict(list)
        for row in self.facts:
            found[row.place_kind, row.place_uuid].append(row)
        return found

    def of_kind(self, kind: str, *, standing: bool = False) -> list[Found]:
        return [row for row in self.found if row.kind == kind and (row.stands or not standing)]

    def living_in(self, place: Place, found: Iterable[Found]) -> list[Found]:
        return [row for row in found if self.tree.home(place.kind, row.home) == place]

    def history_around(self, place: Place) -> list[tuple[str, datetime | None]]:
        """This function will return (canonical level, end) of every level that ever lay on the place or around it."""
        keys = [around.key for around in self.tree.around(place)]
        return [(row.canonical, row.ends_at) for key in keys for row in self._rows_by_place.get(key, [])]

    def effective(self, place: Place) -> ZoneLevel | None:
        """This function will return the level that holds in a place: the hottest of its own and of those around it."""
        rows = [self.open_by_place[p.key] for p in self.tree.around(place) if p.key in self.open_by_place]
        return max(rows, key=lambda row: (rules.HEAT[row.canonical], rules.WIDTH[row.place_kind]), default=None)

    def level_rule(self, row: ZoneLevel) -> tuple[LevelRule | None, bool]:
        """This function will return the rule of a level, and whether the rule set in force has dropped that level.

        The rule set in force counts; a level that it does not have keeps the conditions under which it was laid.
        """
        current = _level(self.rule_set, row.level)
        if current is not None:
            return current, False
        for rule_set in profile_of(self.incident).rule_sets:
            if rule_set.id == row.rule_set_id:
                return _level(rule_set, row.level), True
        return None, True

    def facts_for(self, row: ZoneLevel) -> ZoneFacts:
        """This function will return what the lift conditions of a level are judged by."""
        place = self.tree.by_key.get((row.place_kind, row.place_uuid))
        laid = clock.local_date(row.starts_at)
        if place is None:
            return ZoneFacts(laid_date=laid, was_lowered=row.is_lowered)
        cases = self.living_in(place, self.of_kind("CASE"))
        contacts = self.living_in(place, self.of_kind("CONTACT", standing=True))
        gone = self._told(place, rules.ZoneFactCode.LAST_CONTACT_GONE)
        cleaned = self._told(place, rules.ZoneFactCode.CLEANING_DONE)
        return ZoneFacts(
            laid_date=laid,
            last_new_date=max((case.found_date for case in cases), default=None),
            negative_rounds=tuple(self._told(place, rules.ZoneFactCode.ROUND_NEGATIVE)),
            contacts_left=len(contacts),
            last_contact_gone_date=max(gone).date() if gone else None,
            vector_index=self._index(place),
            cleaned_at=max(cleaned, default=None),
            was_lowered=row.is_lowered,
        )

    def _told(self, place: Place, code: str) -> list[datetime]:
        """Return when something happened to all of a place: told of it, of a place around it, or of each entrance."""
        whole = [
            fact for around in self.tree.around(place) for fact in self._facts_by_place[around.key] if fact.code == code
        ]
        moments = [timezone.localtime(fact.happened_at) for fact in whole]
        entrances = self.tree.entrances_of(place)
        parts: dict[tuple[str, UUID], dict[UUID, datetime]] = defaultdict(dict)
        for entrance in entrances:
            for part in self.tree.around(entrance):
                if place in self.tree.around(part) and part != place:
                    for fact in self._facts_by_place[part.key]:
                        if fact.code == code:
                            cause = (fact.cause_kind, fact.cause_uuid)
                            parts[cause][entrance.uuid] = timezone.localtime(fact.happened_at)
        moments += [max(ends.values()) for ends in parts.values() if len(ends) == len(entrances)]
        return sorted(moments)

    def _index(self, place: Place) -> float | None:
        rows = [
            fact
            for around in self.tree.around(place)
            for fact in self._facts_by_place[around.key]
            if fact.code == rules.ZoneFactCode.INDEX
        ]
        return max(rows, key=lambda fact: (fact.happened_at, fact.pk)).value if rows else None

    def indexes(self) -> list[tuple[Place, ZoneFact]]:
        """This function will return the newest vector index of each place that has one."""
        newest: dict[tuple[str, UUID], ZoneFact] = {}
        for fact in sorted(self.facts, key=lambda row: (row.happened_at, row.pk)):
            if fact.code == rules.ZoneFactCode.INDEX:
                newest[fact.place_kind, fact.place_uuid] = fact
        return [(self.tree.by_key[key], fact) for key, fact in newest.items() if key in self.tree.by_key]


def _level(rule_set: RuleSet, key: str) -> LevelRule | None:
    return next((level for level in rule_set.zones.levels if level.key == key), None)


def zone_picture(incident: Incident, *, at: datetime, rule_set_id: str | None = None) -> ZonePicture:
    """This function will read the picture of an incident; `rule_set_id` shows it under another rule set.

    Raises `NoRuleSet`, `UnknownRuleSet`, `UnknownProfile`.
    """
    if rule_set_id is None:
        rule_set = rule_set_of(incident, clock.local_date(at))
    else:
        rule_set = rule_set_named(profile_of(incident), rule_set_id)
    of_incident = {"area_id": incident.area_id, "incident": incident}
    return ZonePicture(
        incident=incident,
        at=at,
        rule_set=rule_set,
        tree=place_tree(incident.area_id),
        rows=tuple(ZoneLevel.objects.filter(**of_incident, starts_at__lte=at).order_by("starts_at", "id")),
        found=_found(incident),
        facts=tuple(ZoneFact.objects.filter(**of_incident, happened_at__lte=at)),
    )


def _found(incident: Incident) -> tuple[Found, ...]:
    rows = PersonStatus.objects.filter(
        area_id=incident.area_id, incident=incident, kind__in=("CASE", "SUSPECT"), withdrawn_at=None
    ).values_list("person_id", "kind", "effective_at", "recorded_at")
    standing = {
        person_id: (kind, since_at)
        for person_id, kind, since_at in CurrentStatus.objects.filter(
            area_id=incident.area_id, incident=incident, kind__in=_READ_KINDS
        ).values_list("person_id", "kind", "since_at")
    }
    facts: dict[tuple[int, str], list[tuple[datetime, datetime]]] = defaultdict(list)
    for person_id, kind, effective_at, recorded_at in rows:
        facts[person_id, kind].append((effective_at, recorded_at))
    people = {person_id for person_id, _kind in facts} | {p for p, (kind, _) in standing.items() if kind == "CONTACT"}
    homes = homes_of(incident.area_id, people)
    found = []
    for (person_id, kind), known in facts.items():
        if person_id not in homes:
            continue
        now, since = standing.get(person_id, ("", None))
        stands = now == kind
        # of a second illness only its own facts count, not those of the one that was over
        held = [fact for fact in known if not stands or since is None or fact[0] >= since] or known
        day = clock.local_date(max(held)[0]) if not stands else clock.local_date(min(held)[0])
        found.append(Found(kind, homes[person_id], day, min(fact[1] for fact in held), stands))
    for person_id, (kind, since) in standing.items():
        if kind == "CONTACT" and person_id in homes:
            found.append(Found(kind, homes[person_id], clock.local_date(since), since, True))
    return tuple(found)
