"""What this room proposes for a plan, and how an approved line is carried out: levels up, down and away."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from tongxin.base.actors import Actor
from tongxin.incidents import rules
from tongxin.incidents.api.places import Place, by_width, count_residents
from tongxin.incidents.api.rule_sets import profiles_at_hand
from tongxin.incidents.api.zone_picture import Found, ZonePicture, zone_picture
from tongxin.incidents.api.zone_reads import LiftCheck, judge
from tongxin.incidents.api.zones import lift_zone, lower_zone, raise_zone
from tongxin.incidents.models import Incident, PlaceKind, ZoneLevel
from tongxin.incidents.profile_codes import Finding, LevelClass, LiftKind
from tongxin.incidents.profile_rules import approvals_needed, level_by_index, level_named, zone_proposals
from tongxin.incidents.profile_types import ApprovalRule, RuleSet, Valued
from tongxin.incidents.profile_types import ZoneLevel as LevelRule
from tongxin.incidents.proposals import CarriedOut, NotEditable, ProposalLine

__all__ = ["MEASURE_CODES", "approval_code", "approvals_for", "carry_out", "check_body", "level_choices", "propose"]

MEASURE_CODES = ("RAISE_ZONE", "LOWER_ZONE", "LIFT_ZONE")
_FINDINGS = ((Finding.CASE, "CASE", "CASE_LIVES_HERE"), (Finding.RECALLED_POOL, "SUSPECT", "POOL_RECALLED"))
_EVIDENCE = {"CASE": "CASE", "SUSPECT": "RECALLED_POOL"}
_KEYS = {
    "RAISE_ZONE": {"place_kind", "place_uuid", "level", "canonical", "label", "evidence", "review_date"},
    "LOWER_ZONE": {"place_kind", "place_uuid", "level", "canonical", "label"},
    "LIFT_ZONE": {"place_kind", "place_uuid", "canonical"},
}


@dataclass
class _Wish:
    """A level that a finding asks for on one place."""

    place: Place
    rule: LevelRule
    why: str
    rule_key: str
    source: str
    grade: str
    evidence: list[dict[str, Any]]
    numbers: dict[str, Any]


def propose(*, area_id: int, incident_id: int, at: datetime) -> list[ProposalLine]:
    """This function will return the levels that should be raised, lowered or lifted and are not yet.

    Pure reading. A place is raised by the findings that the rule set names (a case, a recalled pool, a vector index),
    once a finding: a place that headquarters lowered is not proposed again for the case that was known before.
    """
    incident = Incident.objects.get(area_id=area_id, pk=incident_id)
    picture = zone_picture(incident, at=at)
    wishes = _needed(picture)
    raised = {wish.place.key for wish in wishes}
    lines = [_raise_line(picture, wish) for wish in wishes]
    for row in sorted(picture.open_by_place.values(), key=lambda row: (-rules.WIDTH[row.place_kind], row.place_label)):
        place = picture.tree.by_key.get((row.place_kind, row.place_uuid))
        if place is None or any(inner.key in raised for inner in picture.tree.inside(place)):
            continue
        check = judge(picture, row)
        if check.is_due or check.is_abolished:
            lines.append(_end_line(picture, row, check))
    return lines


def _needed(picture: ZonePicture) -> list[_Wish]:
    """Return the hottest wish of each place that is not in force there, or in a place around it, yet."""
    hottest: dict[tuple[str, UUID], _Wish] = {}
    for wish in [*_by_people(picture), *_by_index(picture)]:
        other = hottest.get(wish.place.key)
        if other is None or rules.is_hotter(wish.rule.canonical, other.rule.canonical):
            hottest[wish.place.key] = wish
    needed = []
    for wish in hottest.values():
        held = picture.effective(wish.place)
        around = [hottest[p.key] for p in picture.tree.around(wish.place)[1:] if p.key in hottest]
        wanted = [held.canonical] if held else []
        wanted += [other.rule.canonical.value for other in around]
        if all(rules.is_hotter(wish.rule.canonical, canonical) for canonical in wanted):
            needed.append(wish)
    order = {place.key: number for number, place in enumerate(by_width(wish.place for wish in needed))}
    return sorted(needed, key=lambda wish: (-rules.HEAT[wish.rule.canonical], order[wish.place.key]))


def _by_people(picture: ZonePicture) -> list[_Wish]:
    wishes = []
    for finding, kind, why in _FINDINGS:
        people = picture.of_kind(kind, standing=True)
        for row in zone_proposals(picture.rule_set, finding):
            rule = level_named(picture.rule_set, row.value.level)
            found: dict[Place, list[Found]] = {}
            for person in people:
                place = picture.tree.home(row.value.granularity.value, person.home)
                if place is not None and _asks(picture, person, place, rule):
                    found.setdefault(place, []).append(person)
            for place, persons in found.items():
                days = sorted(person.found_date.isoformat() for person in persons)
                entry = {"code": _EVIDENCE[kind], "count": len(persons), "first": days[0], "last": days[-1]}
                numbers = {"count": len(persons), "first": days[0], "last": days[-1]}
                wishes.append(_Wish(place, rule, why, row.key, row.source, row.grade.value, [entry], numbers))
    return wishes


def _asks(picture: ZonePicture, person: Found, place: Place, rule: LevelRule) -> bool:
    conditions = rule.lift.conditions if rule.lift else ()
    days = [int(row.value.number) for row in conditions if row.value.kind is LiftKind.NO_NEW_DAYS]
    if rules.is_stale(person.found_date, max(days, default=None), picture.today):
        return False
    return not rules.is_answered(rule.canonical, person.known_at, picture.history_around(place))


def _by_index(picture: ZonePicture) -> list[_Wish]:
    vector = picture.rule_set.vector
    if vector is None:
        return []
    wishes = []
    for place, fact in picture.indexes():
        rule = level_named(picture.rule_set, level_by_index(vector, fact.value))
        if rule.lift is None:
            continue
        band = next(
            (row for row in vector.bands if row.value.level == rule.key),
            vector.bands[-1],
        )
        numbers = {"index": fact.value, "below": band.value.below}
        entry = {"code": "INDEX", "value": fact.value, "at": fact.happened_at.isoformat()}
        wishes.append(_Wish(place, rule, "INDEX_ABOVE", band.key, band.source, band.grade.value, [entry], numbers))
    return wishes


def _label(rule: LevelRule) -> dict[str, str]:
    return {"zh": rule.label.zh, "en": rule.label.en}


def _raise_line(picture: ZonePicture, wish: _Wish) -> ProposalLine:
    people = count_residents(picture.incident.area_id, wish.place)
    return ProposalLine(
        room="incidents",
        measure="RAISE_ZONE",
        key=f"RAISE_ZONE:{wish.place.kind}:{wish.place.uuid}",
        target_kind=wish.place.kind,
        target_uuid=wish.place.uuid,
        target_label=wish.place.label,
        why=wish.why,
        numbers={**wish.numbers, "people": people},
        rule_key=wish.rule_key,
        source=wish.source,
        grade=wish.grade,
        body={
            "place_kind": wish.place.kind,
            "place_uuid": str(wish.place.uuid),
            "level": wish.rule.key,
            "canonical": wish.rule.canonical.value,
            "label": _label(wish.rule),
            "evidence": wish.evidence,
        },
    )


def _end_line(picture: ZonePicture, row: ZoneLevel, check: LiftCheck) -> ProposalLine:
    measure = f"{check.action}_ZONE"
    body: dict[str, Any] = {"place_kind": row.place_kind, "place_uuid": str(row.place_uuid)}
    if check.action == "LOWER":
        rule = level_named(picture.rule_set, check.to)
        body |= {"level": rule.key, "canonical": rule.canonical.value, "label": _label(rule)}
    else:
        body |= {"canonical": row.canonical}
    first = check.conditions[0] if check.conditions else None
    grades = [entry["grade"] for entry in row.lift_conditions if isinstance(entry, dict) and "grade" in entry]
    return ProposalLine(
        room="incidents",
        measure=measure,
        key=f"{measure}:{row.place_kind}:{row.place_uuid}",
        target_kind=row.place_kind,
        target_uuid=row.place_uuid,
        target_label=row.place_label,
        why="LEVEL_ABOLISHED" if check.is_abolished else f"CONDITIONS_HELD_{check.action}",
        numbers={"held": sum(c.holds for c in check.conditions), "conditions": len(check.conditions)},
        rule_key=first.rule_key if first else row.rule_key,
        source=first.source if first else "",
        # a conclusion is as good as the weakest condition that it rests on
        grade=max(grades, default="D"),
        body=body,
    )


def approval_code(line: ProposalLine) -> str:
    """This function will return the measure under which the rule set says how many people must approve."""
    # lowering frees people as lifting does: it needs as many signatures
    return "LIFT_ZONE" if line.measure == "LOWER_ZONE" else line.measure


def approvals_for(rule_set: RuleSet, line: ProposalLine) -> Valued[ApprovalRule]:
    """This function will return the rule that says how many people must approve a line of this room."""
    canonical = str(line.body.get("canonical", ""))
    level = LevelClass(canonical) if canonical in LevelClass.__members__ else None
    return approvals_needed(rule_set, approval_code(line), canonical=level)


def check_body(measure: str, body: Mapping[str, Any]) -> None:
    """This function will refuse a body that `carry_out` cannot take. Raises `NotEditable` with the field's name."""
    keys = _KEYS.get(measure)
    if keys is None:
        raise NotEditable("measure", "UNKNOWN")
    for key in body:
        if key not in keys:
            raise NotEditable(str(key), "UNKNOWN")
    if body.get("place_kind") not in PlaceKind.values:
        raise NotEditable("place_kind", "UNKNOWN")
    try:
        UUID(str(body.get("place_uuid")))
    except ValueError:
        raise NotEditable("place_uuid", "NOT_A_UUID") from None
    if "level" in keys and not _is_level(body.get("level"), body.get("canonical")):
        raise NotEditable("level", "UNKNOWN")
    if body.get("review_date"):
        _date(body["review_date"])
    evidence = body.get("evidence", [])
    if not isinstance(evidence, list) or len(evidence) > 50 or not all(isinstance(row, dict) for row in evidence):
        raise NotEditable("evidence", "NOT_A_LIST")


def _is_level(level: object, canonical: object) -> bool:
    """Whether a profile at hand has this level with this canonical heat; the incident's own is asked when it is laid."""
    rule_sets = (rule_set for profile in profiles_at_hand().profiles.values() for rule_set in profile.rule_sets)
    known = {(row.key, row.canonical.value) for rule_set in rule_sets for row in rule_set.zones.levels}
    return (level, canonical) in known


def level_choices(rule_set: RuleSet) -> list[dict[str, Any]]:
    """This function will return the levels of a rule set, hottest first, as bodies of lines name them."""
    return [{"level": row.key, "canonical": row.canonical.value, "label": _label(row)} for row in rule_set.zones.levels]


def _date(text: object) -> date:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        raise NotEditable("review_date", "NOT_A_DATE") from None


def carry_out(line: ProposalLine, *, area_id: int, incident_id: int, actor: Actor, at: datetime) -> CarriedOut:
    """This function will lay, lower or lift the level that a line names; a line that is in force already does nothing.

    Raises `NotEditable`, and what `raise_zone`, `lower_zone` and `lift_zone` raise: conditions are judged anew, so that
    a zone is not lifted on a plan that a new case has overtaken.
    """
    check_body(line.measure, line.body)
    kind, uuid = str(line.body["place_kind"]), UUID(str(line.body["place_uuid"]))
    current = ZoneLevel.objects.filter(
        area_id=area_id, incident_id=incident_id, place_kind=kind, place_uuid=uuid, ends_at=None
    ).first()
    where: dict[str, Any] = {
        "area_id": area_id,
        "incident_id": incident_id,
        "place_kind": kind,
        "place_uuid": uuid,
        "actor": actor,
        "at": at,
    }
    if line.measure == "RAISE_ZONE":
        if current and not _is_hotter_level(area_id, incident_id, line.body["level"], current, at):
            return CarriedOut({"zones": 0}, "ZoneLevel", current.uuid)
        review = _date(line.body["review_date"]) if line.body.get("review_date") else None
        evidence = line.body.get("evidence", [])
        row = raise_zone(
            **where, level=line.body["level"], evidence=evidence, rule_key=line.rule_key, review_date=review
        )
        return CarriedOut({"zones": 1}, "ZoneLevel", row.uuid)
    if current is None or (line.measure == "LOWER_ZONE" and current.level == line.body["level"]):
        return CarriedOut({"zones": 0}, "ZoneLevel", current.uuid if current else None)
    row = lower_zone(**where, level=line.body["level"]) if line.measure == "LOWER_ZONE" else lift_zone(**where)
    return CarriedOut({"zones": 1}, "ZoneLevel", row.uuid)


def _is_hotter_level(area_id: int, incident_id: int, level: str, current: ZoneLevel, at: datetime) -> bool:
    incident = Incident.objects.get(area_id=area_id, pk=incident_id)
    rule = level_named(zone_picture(incident, at=at).rule_set, level)
    return rules.is_hotter(rule.canonical, current.canonical)
