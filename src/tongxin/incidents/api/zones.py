"""Zone levels are laid, lowered and lifted here, and what happened in a place is told here."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from tongxin.base import audit, outbox
from tongxin.base.actors import Actor
from tongxin.base.versions import StaleVersion, update_versioned
from tongxin.incidents import rules
from tongxin.incidents.api.lifecycle import lock_open_incident
from tongxin.incidents.api.places import Place
from tongxin.incidents.api.zone_picture import ZonePicture, zone_picture
from tongxin.incidents.api.zone_reads import ConditionState, judge
from tongxin.incidents.events import ZoneLevelChanged
from tongxin.incidents.models import Incident, PlaceKind, ZoneFact, ZoneLevel
from tongxin.incidents.profile_rules import UnknownLevel, ZoneFacts, level_named, lift_due
from tongxin.incidents.profile_types import Lift, Valued
from tongxin.incidents.profile_types import ZoneLevel as LevelRule

__all__ = [
    "ConditionsNotHeld",
    "LowerFirst",
    "NoLevel",
    "NotCooler",
    "NotHotter",
    "ReasonMissing",
    "UnknownLevel",
    "UnknownPlace",
    "lift_zone",
    "lower_zone",
    "raise_zone",
    "record_zone_fact",
]


class UnknownPlace(LookupError):
    """The compound has no such place."""


class NotHotter(ValueError):
    """The place already has this level or a hotter one."""


class NotCooler(ValueError):
    """Lowering needs a level that is cooler than the one in force."""


class LowerFirst(ValueError):
    """The level does not end at once: another one follows it. `to` is its key."""

    def __init__(self, to: str) -> None:
        super().__init__(to)
        self.to = to


class NoLevel(LookupError):
    """No level is laid on this very place."""


class ReasonMissing(ValueError):
    """Ending a level against its conditions needs a reason."""


class ConditionsNotHeld(ValueError):
    """Conditions of ending the level do not hold; `conditions` are those."""

    def __init__(self, conditions: Sequence[ConditionState]) -> None:
        super().__init__(", ".join(condition.kind for condition in conditions))
        self.conditions = tuple(conditions)


def raise_zone(
    *,
    area_id: int,
    incident_id: int,
    place_kind: str,
    place_uuid: UUID,
    level: str,
    evidence: Sequence[Mapping[str, Any]] = (),
    reason: str = "",
    rule_key: str = "",
    review_date: date | None = None,
    expected_version: int | None = None,
    actor: Actor,
    at: datetime,
) -> ZoneLevel:
    """This function will lay a level on a place that has none or a cooler one; the cooler one ends now.

    Measures and lift conditions are those of the rule set in force, stored with source and grade. Raises `NotHotter`,
    `UnknownPlace`, `UnknownLevel`, `IncidentIsClosed`, and `StaleVersion` when `expected_version` (0: no level) is not
    what lies on the place.
    """
    with transaction.atomic():
        incident = lock_open_incident(area_id, incident_id)
        picture = zone_picture(incident, at=at)
        place = _place(picture, place_kind, place_uuid)
        rule = level_named(picture.rule_set, level)
        current = picture.open_by_place.get(place.key)
        _hold_version(current, expected_version)
        if current and not rules.is_hotter(rule.canonical, current.canonical):
            raise NotHotter(f"{current.level} -> {level}")
        if current:
            _end(current, reason, at=at)
        row = _lay(picture, place, rule, is_lowered=False, evidence=evidence, reason=reason, actor=actor, at=at)
        changes: dict[str, Any] = {"rule_key": rule_key} if rule_key else {}
        changes |= {"review_date": review_date} if review_date else {}
        if changes:
            ZoneLevel.objects.filter(pk=row.pk).update(**changes)
            row.refresh_from_db()
        _tell(incident, row, current, "incidents.raise_zone", actor=actor, at=at)
    return row


def lower_zone(
    *,
    area_id: int,
    incident_id: int,
    place_kind: str,
    place_uuid: UUID,
    level: str,
    reason: str = "",
    is_waived: bool = False,
    expected_version: int | None = None,
    actor: Actor,
    at: datetime,
) -> ZoneLevel:
    """This function will replace the level of a place by a cooler one.

    All lift conditions must hold; with `is_waived` and a reason headquarters decides against them, and the audit keeps
    which ones were open. Raises `ConditionsNotHeld`, `ReasonMissing`, `NotCooler`, `NoLevel`, `UnknownPlace`,
    `UnknownLevel`, `IncidentIsClosed`, `StaleVersion`.
    """
    with transaction.atomic():
        incident = lock_open_incident(area_id, incident_id)
        picture = zone_picture(incident, at=at)
        place = _place(picture, place_kind, place_uuid)
        current = _current(picture, place, expected_version)
        rule = level_named(picture.rule_set, level)
        if not rules.is_hotter(current.canonical, rule.canonical):
            raise NotCooler(f"{current.level} -> {level}")
        waived = _hold_conditions(picture, current, reason, is_waived=is_waived)
        _end(current, reason, at=at)
        row = _lay(
            picture, place, rule, is_lowered=True, evidence=_held(picture, current), reason=reason, actor=actor, at=at
        )
        _tell(incident, row, current, "incidents.lower_zone", actor=actor, at=at, waived=waived)
    return row


def lift_zone(
    *,
    area_id: int,
    incident_id: int,
    place_kind: str,
    place_uuid: UUID,
    reason: str = "",
    is_waived: bool = False,
    expected_version: int | None = None,
    actor: Actor,
    at: datetime,
) -> ZoneLevel:
    """This function will end the level of a place; levels around it go on.

    Raises as `lower_zone`, and `LowerFirst` when another level follows this one.
    """
    with transaction.atomic():
        incident = lock_open_incident(area_id, incident_id)
        picture = zone_picture(incident, at=at)
        place = _place(picture, place_kind, place_uuid)
        current = _current(picture, place, expected_version)
        check = judge(picture, current)
        if check.action == "LOWER" and not is_waived and not check.open_conditions:
            raise LowerFirst(check.to)
        waived = _hold_conditions(picture, current, reason, is_waived=is_waived)
        ended = _end(current, reason, at=at)
        _tell(incident, None, ended, "incidents.lift_zone", actor=actor, at=at, waived=waived)
    return ended


def record_zone_fact(
    *,
    area_id: int,
    incident_id: int,
    place_kind: str,
    place_uuid: UUID,
    code: str,
    happened_at: datetime,
    value: float = 1.0,
    cause_kind: str,
    cause_uuid: UUID,
    actor: Actor,
    at: datetime,
) -> ZoneFact:
    """This function will tell what happened in a place: a round with everybody negative, cleaning, a vector index.

    Told again for the same cause it is corrected, not doubled. A fact of a place counts for all inside it; a round or
    cleaning told of each entrance of a place for one cause counts for the place. Raises ValueError for an unknown code
    or place kind, `IncidentIsClosed`.
    """
    with transaction.atomic():
        incident = lock_open_incident(area_id, incident_id)
        row, is_new = ZoneFact.objects.update_or_create(
            area_id=area_id,
            incident=incident,
            place_kind=PlaceKind(place_kind).value,
            place_uuid=place_uuid,
            code=rules.ZoneFactCode(code).value,
            cause_kind=cause_kind,
            cause_uuid=cause_uuid,
            defaults={"happened_at": happened_at, "value": value},
            create_defaults={
                "happened_at": happened_at,
                "value": value,
                "recorded_at": at,
                "recorded_by": actor.label,
            },
        )
        audit.record(
            "incidents.record_zone_fact",
            actor=actor,
            at=at,
            area_id=area_id,
            target_kind=place_kind,
            target_uuid=place_uuid,
            detail={"code": code, "value": value, "is_new": is_new},
        )
    return row


def _place(picture: ZonePicture, place_kind: str, place_uuid: UUID) -> Place:
    place = picture.tree.by_key.get((place_kind, place_uuid))
    if place is None:
        raise UnknownPlace(place_kind)
    return place


def _current(picture: ZonePicture, place: Place, expected_version: int | None) -> ZoneLevel:
    current = picture.open_by_place.get(place.key)
    if current is None:
        raise NoLevel(place.kind)
    _hold_version(current, expected_version)
    return current


def _hold_version(current: ZoneLevel | None, expected: int | None) -> None:
    if expected is not None and current is not None and current.version != expected:
        raise StaleVersion(current)


def _hold_conditions(picture: ZonePicture, current: ZoneLevel, reason: str, *, is_waived: bool) -> list[str]:
    """Return the codes of the conditions that are waived; raise when they may not be."""
    check = judge(picture, current)
    # a level that the rule set in force has dropped may end: its conditions are law no more
    if check.is_due or check.is_abolished:
        return []
    if not is_waived:
        raise ConditionsNotHeld(check.open_conditions)
    if not reason.strip():
        raise ReasonMissing
    return [condition.kind for condition in check.open_conditions]


def _held(picture: ZonePicture, current: ZoneLevel) -> list[dict[str, Any]]:
    check = judge(picture, current)
    return [{"code": condition.kind, "holds": condition.holds, **condition.numbers} for condition in check.conditions]


def _end(current: ZoneLevel, reason: str, *, at: datetime) -> ZoneLevel:
    # a drill may turn the clock back: a level never ends before it began
    return update_versioned(current, current.version, ends_at=max(at, current.starts_at), end_reason=reason[:300])


def _lay(
    picture: ZonePicture,
    place: Place,
    rule: LevelRule,
    *,
    is_lowered: bool,
    evidence: Sequence[Mapping[str, Any]],
    reason: str,
    actor: Actor,
    at: datetime,
) -> ZoneLevel:
    lift = rule.lift_when_lowered if is_lowered and rule.lift_when_lowered else rule.lift
    return ZoneLevel.objects.create(
        area_id=picture.incident.area_id,
        incident=picture.incident,
        place_kind=place.kind,
        place_uuid=place.uuid,
        place_label=place.label[:80],
        level=rule.key,
        canonical=rule.canonical.value,
        starts_at=at,
        evidence=[dict(entry) for entry in evidence],
        measures=[
            {**_quoted(row), "code": row.value.code, "zh": row.value.zh, "en": row.value.en} for row in rule.measures
        ],
        lift_conditions=_conditions(lift) if lift else [],
        rule_set_id=picture.rule_set.id,
        rule_key=rule.trigger.key,
        is_lowered=is_lowered,
        reason=reason[:300],
        review_date=_review_date(picture, rule, is_lowered=is_lowered),
        decided_by=actor.label,
        recorded_at=at,
    )


def _quoted(row: Valued[Any]) -> dict[str, Any]:
    return {"rule_key": row.key, "source": row.source, "grade": row.grade.value}


def _conditions(lift: Lift) -> list[dict[str, Any]]:
    return [
        {**_quoted(row), "to": lift.to, "kind": row.value.kind.value, "number": row.value.number}
        for row in lift.conditions
    ]


def _review_date(picture: ZonePicture, rule: LevelRule, *, is_lowered: bool) -> date:
    """Return the first day on which the level could end, else tomorrow: no level goes on unlooked at."""
    facts = ZoneFacts(laid_date=picture.today, was_lowered=is_lowered)
    finding = lift_due(rule, facts, at=picture.local_at)
    due = [condition.due_date for condition in finding.conditions if condition.due_date] if finding else []
    return max(due, default=picture.today + timedelta(days=1))


def _tell(
    incident: Incident,
    row: ZoneLevel | None,
    previous: ZoneLevel | None,
    action: str,
    *,
    actor: Actor,
    at: datetime,
    waived: Sequence[str] = (),
) -> None:
    shown = row or previous
    if shown is None:
        return
    detail = {
        "place": shown.place_kind,
        "level": row.level if row else "",
        "previous": previous.level if previous else "",
        "waived": list(waived),
    }
    audit.record(
        action,
        actor=actor,
        at=at,
        area_id=incident.area_id,
        target_kind="ZoneLevel",
        target_uuid=shown.uuid,
        detail=detail,
    )
    outbox.publish(
        ZoneLevelChanged(
            incident.uuid,
            shown.place_kind,
            shown.place_uuid,
            row.level if row else "",
            row.canonical if row else "",
            previous.level if previous else "",
        ),
        area_id=incident.area_id,
        at=at,
    )
