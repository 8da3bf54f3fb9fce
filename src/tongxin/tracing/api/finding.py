"""From rows to arrays and back: who met the cases by the rule set of the day. Pure reading, nothing is written here."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from math import hypot
from typing import Any
from uuid import UUID

import numpy as np

from tongxin.base import clock
from tongxin.community import api as community
from tongxin.community.api.stays import Membership, Stay, memberships, stays_between
from tongxin.engines.epidemiology import contacts as engine
from tongxin.incidents import api as incidents
from tongxin.incidents.api import Degree, Incident, Layer, NoAnchor, RuleSet, lookback_start
from tongxin.tracing import rules
from tongxin.tracing.models import ContactLink, Exposure, Investigation

_FIRST, _LAST = 1, 4_000_000
_CLASS_KINDS = {Layer.CLASS: ("SCHOOL_CLASS",), Layer.WORK_UNIT: ("WORK_UNIT", "DEPARTMENT")}


@dataclass(frozen=True, slots=True)
class TracedCase:
    """One case with the span in which meetings count; both days are inside."""

    person_id: int
    person_uuid: UUID
    door: str
    first_date: date
    last_date: date
    opened_at: datetime
    is_case: bool
    investigation: Investigation | None

    @property
    def layers_off(self) -> frozenset[str]:
        return frozenset(self.investigation.layers_off) if self.investigation else frozenset()


@dataclass(frozen=True)
class Ground:
    """Everything that one question needs, read once: who lives and works where, meetings, exposures."""

    incident: Incident
    rule_set: RuleSet
    at: datetime
    cases: tuple[TracedCase, ...]

    @property
    def today(self) -> date:
        return clock.local_date(self.at)

    @cached_property
    def _since(self) -> date:
        return min((case.first_date for case in self.cases), default=self.today)

    @cached_property
    def stays(self) -> list[Stay]:
        return stays_between(self.incident.area_id, self._since, self.today)

    @cached_property
    def memberships(self) -> list[Membership]:
        return memberships(self.incident.area_id)

    @cached_property
    def meetings(self) -> list[Any]:
        people = [case.person_id for case in self.cases]
        return incidents.encounters_of(self.incident.area_id, self.incident.pk, people, self._since)

    @cached_property
    def exposures(self) -> list[Exposure]:
        mine = [case.investigation.pk for case in self.cases if case.investigation]
        rows = Exposure.objects.filter(area_id=self.incident.area_id, investigation_id__in=mine)
        return list(rows.exclude(department=None).select_related("investigation").order_by("id"))

    @cached_property
    def spans(self) -> tuple[engine.Whole, engine.Whole]:
        first = [clock.local_date(s.starts_at).toordinal() if s.starts_at else _FIRST for s in self.stays]
        last = [clock.local_date(s.ends_at).toordinal() if s.ends_at else _LAST for s in self.stays]
        return engine.whole_numbers(first), engine.whole_numbers(last)

    @cached_property
    def places(self) -> dict[int, list[tuple[float, float]]]:
        known: dict[int, list[tuple[float, float]]] = {}
        for stay in self.stays:
            if stay.x is not None and stay.y is not None:
                known.setdefault(stay.person_id, []).append((stay.x, stay.y))
        return known

    @cached_property
    def meetings_of(self) -> dict[tuple[int, int, str], list[Any]]:
        known: dict[tuple[int, int, str], list[Any]] = {}
        for row in self.meetings:
            for pair in ((row.person_a_id, row.person_b_id), (row.person_b_id, row.person_a_id)):
                known.setdefault((*pair, row.layer), []).append(row)
        return known

    @cached_property
    def residents(self) -> engine.Whole:
        return engine.whole_numbers([stay.person_id for stay in self.stays])


def traced_cases(incident: Incident, rule_set: RuleSet, *, at: datetime, only: int | None = None) -> list[TracedCase]:
    """This function will return the cases of an incident with their spans, and people who are no case any more but
    still have contacts on the list (their span finds nobody). `only` is one person id.
    """
    area_id, today = incident.area_id, clock.local_date(at)
    cases = incidents.list_status(area_id, incident.pk, ["CASE"]).select_related(None).order_by()
    rows = Investigation.objects.filter(area_id=area_id, incident=incident)
    links = ContactLink.objects.filter(area_id=area_id, incident=incident, state=ContactLink.State.LISTED)
    if only is not None:
        cases, rows = cases.filter(person_id=only), rows.filter(person_id=only)
        links = links.filter(case_person_id=only)
    standing = {row.person_id: row for row in cases}
    wanted = set(standing) | set(links.values_list("case_person_id", flat=True).distinct())
    investigations = {row.person_id: row for row in rows}
    status = incidents.status_of(area_id, incident.pk, wanted - standing.keys())
    people = community.list_people(area_id=area_id, ids=wanted)
    found = []
    for person_id in sorted(wanted):
        # a recovered or dead case stays one: its contacts were met all the same
        row = standing.get(person_id) or status.get(person_id)
        investigation, person = investigations.get(person_id), people[person_id]
        is_case = row is not None and row.kind in rules.NOT_MANAGED
        opened_at = investigation.opened_at if investigation else at
        first, last = case_span(rule_set, row, investigation, opened_at=opened_at, today=today)
        door = person.dwelling.door if person.dwelling else ""
        found.append(TracedCase(person_id, person.uuid, door, first, last, opened_at, is_case, investigation))
    return found


def case_span(
    rule_set: RuleSet,
    status: Any | None,
    investigation: Investigation | None,
    *,
    opened_at: datetime,
    today: date,
) -> tuple[date, date]:
    """This function will return the first and last day on which meetings with a case count.

    What the interview found out goes before what the status says. Without any date the day of the fact stands for the
    sample. The last day is the day on which the case was kept apart, else the day on which it became known.
    """
    told = [
        {name: getattr(row, name, None) for name in ("onset_date", "sample_date", "rash_date")}
        for row in (investigation, status)
        if row is not None
    ]
    dates = {name: next((row[name] for row in told if row[name]), None) for name in ("onset_date", "sample_date")}
    rash = investigation.rash_date if investigation else None
    try:
        first = lookback_start(rule_set, **dates, rash_date=rash)
    except NoAnchor:
        known = clock.local_date(status.since_at if status is not None else opened_at)
        first = lookback_start(rule_set, onset_date=known, sample_date=known, rash_date=known)
    isolated = investigation.isolated_date if investigation else None
    last = min(isolated or clock.local_date(opened_at), today)
    return first, max(first, last)


def find_links(ground: Ground, *, layers: Mapping[int, Collection[str]] | None = None) -> dict[int, list[rules.Link]]:
    """This function will return case person id -> links, strongest ways of meeting first.

    `layers` gives for a case the layers that count (and SECONDARY); a case without an entry uses all layers of the
    rule set that headquarters has not turned off.
    """
    found: dict[int, list[rules.Link]] = {case.person_id: [] for case in ground.cases}
    by_choice: dict[frozenset[str], list[TracedCase]] = {}
    for case in ground.cases:
        if case.is_case:
            chosen = (layers or {}).get(case.person_id)
            wanted = frozenset(chosen) if chosen is not None else all_layers(ground.rule_set) - case.layers_off
            by_choice.setdefault(wanted, []).append(case)
    for wanted, cases in by_choice.items():
        for link in _find_together(ground, cases, wanted):
            found[link.case_id].append(link)
    return found


def all_layers(rule_set: RuleSet) -> frozenset[str]:
    """This function will return the layers of a rule set, with SECONDARY where it has contacts of contacts."""
    codes = {row.value.layer.value for row in rule_set.contacts.layers}
    return frozenset(codes | {rules.SECONDARY} if rule_set.contacts.secondary.value else codes)


def _find_together(ground: Ground, cases: Sequence[TracedCase], wanted: frozenset[str]) -> list[rules.Link]:
    table = [row for row in ground.rule_set.contacts.layers if row.value.layer.value in wanted]
    spans = engine.Cases(
        engine.whole_numbers([case.person_id for case in cases]),
        engine.whole_numbers([case.first_date.toordinal() for case in cases]),
        engine.whole_numbers([case.last_date.toordinal() for case in cases]),
    )
    built = {number: _layer(ground, number, row.value) for number, row in enumerate(table)}
    joins = [layer for layer in built.values() if layer is not None]
    found = engine.find_contacts(spans, joins)
    links = [_link(ground, table, found, at) for at in range(len(found))]
    if rules.SECONDARY in wanted and ground.rule_set.contacts.secondary.value:
        links += _secondary(ground, table, built, found, {(link.case_id, link.person_id, link.layer) for link in links})
    return links


def _secondary(
    ground: Ground,
    table: Sequence[Any],
    built: Mapping[int, Any],
    found: engine.Found,
    taken: set[tuple[int, int, str]],
) -> list[rules.Link]:
    close = {number for number, row in enumerate(table) if row.value.degree is Degree.CONTACT}
    through = [
        layer
        for number, layer in built.items()
        if isinstance(layer, engine.GroupLayer)
        and number in close
        and table[number].value.layer.value in rules.SECONDARY_LAYERS
    ]
    primary = found.where(np.isin(found.layer, sorted(close)))
    rows = engine.find_secondary(primary, through, until=_kept_apart(ground), last_day=ground.today.toordinal())
    key = ground.rule_set.contacts.secondary.key
    links = [_link(ground, table, rows, at, rule_key=key) for at in range(len(rows))]
    return [link for link in links if link.key not in taken]


def _kept_apart(ground: Ground) -> dict[int, int]:
    """Return contact -> the day on which they were listed: from then on they meet nobody."""
    rows = ContactLink.objects.filter(
        area_id=ground.incident.area_id,
        incident=ground.incident,
        state=ContactLink.State.LISTED,
        degree=Degree.CONTACT.value,
    )
    days: dict[int, int] = {}
    for person_id, listed_at in rows.values_list("person_id", "listed_at"):
        day = clock.local_date(listed_at).toordinal()
        days[person_id] = min(days.get(person_id, day), day)
    return days


def _link(ground: Ground, table: Sequence[Any], found: engine.Found, at: int, *, rule_key: str = "") -> rules.Link:
    row = table[int(found.layer[at])]
    via = int(found.via[at])
    layer = row.value.layer.value
    case_id, person_id = int(found.case[at]), int(found.contact[at])
    return rules.Link(
        case_id=case_id,
        person_id=person_id,
        layer=layer,
        degree=Degree.SECONDARY_CONTACT.value if via >= 0 else row.value.degree.value,
        first_date=date.fromordinal(int(found.first_day[at])),
        last_date=date.fromordinal(int(found.last_day[at])),
        rule_key=rule_key or row.key,
        via_id=via if via >= 0 else None,
        evidence=_evidence(ground, layer, case_id, person_id) if via < 0 else {},
    )


def _evidence(ground: Ground, layer: str, case_id: int, person_id: int) -> dict[str, Any]:
    """Return the numbers and ids behind a link; what everybody can look up (a household) needs none."""
    if layer in (Layer.TUBE, Layer.QUEUE):
        rows = ground.meetings_of.get((case_id, person_id, layer), [])
        return {"meetings": len(rows), **dict(rows[-1].evidence)} if rows else {}
    if layer == Layer.RADIUS:
        metres = _metres(ground, case_id, person_id)
        return {"metres": metres} if metres is not None else {}
    if layer == Layer.VENUE:
        mine = [e for e in ground.exposures if e.investigation.person_id == case_id]
        return {"exposures": [str(e.uuid) for e in mine][:10]}
    return {}


def _metres(ground: Ground, case_id: int, person_id: int) -> int | None:
    here, there = ground.places.get(case_id, []), ground.places.get(person_id, [])
    return min((round(hypot(a[0] - b[0], a[1] - b[1])) for a in here for b in there), default=None)


def _layer(ground: Ground, number: int, rule: Any) -> engine.Layer | None:
    match rule.layer:
        case Layer.HOUSEHOLD:
            return _stay_layer(ground, number, [stay.dwelling_id for stay in ground.stays])
        case Layer.ENTRANCE:
            return _stay_layer(ground, number, [stay.entrance_id for stay in ground.stays])
        case Layer.FLOOR:
            floors = [engine.NOT_KNOWN_LEVEL if s.floor is None else s.floor for s in ground.stays]
            return _stay_layer(ground, number, [s.entrance_id for s in ground.stays], floors, rule.floors or 0)
        case Layer.CLASS | Layer.WORK_UNIT:
            mine = [row for row in ground.memberships if row.kind in _CLASS_KINDS[rule.layer]]
            return _group(number, [(row.person_id, row.department_id, _FIRST, _LAST) for row in mine])
        case Layer.TUBE | Layer.QUEUE:
            return _meeting_layer(ground, number, rule)
        case Layer.RADIUS:
            x = np.array([np.nan if s.x is None else s.x for s in ground.stays], dtype=np.float64)
            y = np.array([np.nan if s.y is None else s.y for s in ground.stays], dtype=np.float64)
            return engine.RadiusLayer(number, ground.residents, x, y, *ground.spans, float(rule.radius_m or 100))
        case Layer.VENUE:
            return _group(number, _venue_rows(ground))
    return None


def _stay_layer(
    ground: Ground, number: int, groups: list[int], floors: list[int] | None = None, reach: int = 0
) -> engine.GroupLayer:
    level = engine.whole_numbers(floors) if floors is not None else None
    return engine.GroupLayer(
        number, ground.residents, engine.whole_numbers(groups), *ground.spans, level=level, reach=reach
    )


def _group(number: int, rows: Sequence[tuple[int, int, int, int]]) -> engine.GroupLayer:
    person, group, first, last = (engine.whole_numbers([row[i] for row in rows]) for i in range(4))
    return engine.GroupLayer(number, person, group, first, last)


def _venue_rows(ground: Ground) -> list[tuple[int, int, int, int]]:
    """A case that visited a department or class meets its members on those days; each visit is a group of its own."""
    members: dict[int, list[int]] = {}
    for row in ground.memberships:
        members.setdefault(row.department_id, []).append(row.person_id)
    rows = []
    for visit in ground.exposures:
        span = (clock.local_date(visit.starts_at).toordinal(), clock.local_date(visit.ends_at).toordinal())
        people = {visit.investigation.person_id, *members.get(visit.department_id or 0, [])}
        rows += [(person_id, visit.pk, *span) for person_id in sorted(people)]
    return rows


def _meeting_layer(ground: Ground, number: int, rule: Any) -> engine.MeetingLayer:
    rows = [row for row in ground.meetings if row.layer == rule.layer.value and _is_near(row.evidence, rule)]
    return engine.MeetingLayer(
        number,
        engine.whole_numbers([row.person_a_id for row in rows]),
        engine.whole_numbers([row.person_b_id for row in rows]),
        engine.whole_numbers([row.on_date.toordinal() for row in rows]),
    )


def _is_near(evidence: Mapping[str, Any], rule: Any) -> bool:
    """A meeting in a queue counts within the rule's places and minutes; what the evidence does not tell counts."""
    gap, minutes = evidence.get("places"), evidence.get("minutes")
    too_far = rule.neighbours is not None and isinstance(gap, int | float) and abs(gap) > rule.neighbours
    too_late = (
        rule.within_minutes is not None and isinstance(minutes, int | float) and abs(minutes) > rule.within_minutes
    )
    return not (too_far or too_late)


def ground_of(incident: Incident, *, at: datetime, only: int | None = None) -> Ground:
    """This function will prepare tracing on the rule set of the day, for all cases or for one person's."""
    rule_set = incidents.rule_set_of(incident, clock.local_date(at))
    return Ground(incident, rule_set, at, tuple(traced_cases(incident, rule_set, at=at, only=only)))


def standing_links(incident: Incident, case_ids: Iterable[int]) -> dict[int, list[rules.Standing]]:
    """This function will return case person id -> the rows of its list, excluded ones too; without their evidence."""
    found: dict[int, list[rules.Standing]] = {case_id: [] for case_id in case_ids}
    rows = ContactLink.objects.filter(area_id=incident.area_id, incident=incident)
    if len(found) == 1:
        rows = rows.filter(case_person_id=next(iter(found)))
    by_hand = set(rows.filter(evidence__by_hand=True).values_list("pk", flat=True))
    columns = (
        *("case_person_id", "person_id", "layer", "degree", "first_contact_date", "last_contact_date"),
        *("rule_key", "via_id", "pk", "state", "excluded_reason"),
    )
    for *link, pk, state, reason in rows.order_by("id").values_list(*columns):
        if link[0] in found:
            found[link[0]].append(rules.Standing(rules.Link(*link), state, reason, pk in by_hand))
    return found


def trace(*, area_id: int, incident_id: int, person_id: int, at: datetime) -> list[rules.Link]:
    """This function will return who met one case by the rule set of the day, strongest layer first. Pure reading.

    Somebody who is no case has no contacts. Raises `NoRuleSet`, `Incident.DoesNotExist`.
    """
    incident = Incident.objects.get(area_id=area_id, pk=incident_id)
    return find_links(ground_of(incident, at=at, only=person_id)).get(person_id, [])
