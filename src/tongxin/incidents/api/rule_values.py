"""Every value of a rule set with its source and grade, and what another rule set would change."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, time
from enum import StrEnum
from uuid import UUID

from tongxin.incidents.api.zone_picture import zone_picture
from tongxin.incidents.api.zone_reads import judge
from tongxin.incidents.models import Incident
from tongxin.incidents.profile_types import RuleSet, Text, Valued

__all__ = ["RuleSetPreview", "RuleValue", "ValueChange", "ZoneChange", "preview_rule_set", "rule_values"]


@dataclass(frozen=True, slots=True)
class RuleValue:
    """One value of a rule set; `section` is its first part (contacts, zones …), `key` the rule key."""

    section: str
    key: str
    text: str
    source: str
    grade: str
    is_to_verify: bool


@dataclass(frozen=True, slots=True)
class ValueChange:
    """A value that is another one, new (`before` empty) or gone (`after` empty) under the other rule set."""

    section: str
    key: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ZoneChange:
    """What an open level becomes: SAME, CONDITIONS (others count), GONE (the level is not known there)."""

    zone_uuid: UUID
    place_label: str
    level: str
    canonical: str
    effect: str


@dataclass(frozen=True, slots=True)
class RuleSetPreview:
    """What would change if a rule set were ordered."""

    rule_set: RuleSet
    changes: tuple[ValueChange, ...]
    zones: tuple[ZoneChange, ...]


def rule_values(rule_set: RuleSet, *, language: str) -> list[RuleValue]:
    """This function will return every value of a rule set, in the order of the file."""
    found = []
    for row in _valued(rule_set):
        key = row.key.removeprefix(f"{rule_set.id}.").removeprefix("site.")
        section = key.split(".")[0]
        found.append(
            RuleValue(section, row.key, _text(row.value, language), row.source, row.grade.value, row.to_verify)
        )
    return found


def _valued(part: object) -> Iterator[Valued[object]]:
    if isinstance(part, Valued):
        yield part
    elif isinstance(part, tuple):
        for item in part:
            yield from _valued(item)
    elif is_dataclass(part):
        for field in fields(part):
            yield from _valued(getattr(part, field.name))


def _text(value: object, language: str) -> str:
    if isinstance(value, Text):
        return value.in_language(language)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, tuple):
        return ", ".join(_text(item, language) for item in value)
    if is_dataclass(value):
        held = [(field.name, getattr(value, field.name)) for field in fields(value)]
        wanted = [(name, item) for name, item in held if item is not None and item != () and name not in ("zh", "en")]
        words = [getattr(value, "zh" if language.startswith("zh") else "en")] if hasattr(value, "zh") else []
        return "; ".join([*words, *(f"{name} {_text(item, language)}" for name, item in wanted)])
    return f"{value:g}" if isinstance(value, float) else str(value)


def preview_rule_set(
    *, area_id: int, incident_id: int, rule_set_id: str, language: str, at: datetime
) -> RuleSetPreview:
    """This function will show what another rule set would change: values, and the levels that lie on places now.

    Pure reading. People under management are previewed by tracing. Raises `UnknownRuleSet`.
    """
    incident = Incident.objects.get(area_id=area_id, pk=incident_id)
    now = zone_picture(incident, at=at)
    then = zone_picture(incident, at=at, rule_set_id=rule_set_id)
    before = _by_key(now.rule_set, language)
    after = _by_key(then.rule_set, language)
    changes = tuple(
        ValueChange(key.split(".")[0], key, before.get(key, ""), after.get(key, ""))
        for key in dict.fromkeys([*before, *after])
        if before.get(key) != after.get(key)
    )
    zones = []
    for row in now.open_by_place.values():
        here, there = judge(now, row), judge(then, row)
        conditions = ([(c.kind, c.number) for c in here.conditions], [(c.kind, c.number) for c in there.conditions])
        effect = "GONE" if there.is_abolished else "SAME" if conditions[0] == conditions[1] else "CONDITIONS"
        zones.append(ZoneChange(row.uuid, row.place_label, row.level, row.canonical, effect))
    return RuleSetPreview(then.rule_set, changes, tuple(zones))


def _by_key(rule_set: RuleSet, language: str) -> dict[str, str]:
    return {row.key.removeprefix(f"{rule_set.id}."): row.text for row in rule_values(rule_set, language=language)}
