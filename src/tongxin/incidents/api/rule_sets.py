"""Which profile and which dated rule set an incident follows."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db import transaction

from tongxin.base import audit, clock, outbox
from tongxin.base.actors import Actor
from tongxin.incidents.events import RuleSetSwitched
from tongxin.incidents.models import Incident, RuleSetInForce
from tongxin.incidents.profile_files import ProfileReading, default_folder, read_profiles, rule_set_on
from tongxin.incidents.profile_types import Profile, RuleSet

__all__ = [
    "NoRuleSet",
    "RuleSetPeriod",
    "UnknownProfile",
    "UnknownRuleSet",
    "profile_named",
    "profile_of",
    "profiles_at_hand",
    "rule_set_named",
    "rule_set_of",
    "rule_set_periods",
    "switch_rule_set",
]


class UnknownProfile(LookupError):
    """No profile file of that id is at hand, or the file has mistakes."""


class UnknownRuleSet(LookupError):
    """The profile has no rule set of that id."""


class NoRuleSet(LookupError):
    """None of the profile's rule sets holds on that day, and headquarters ordered none."""


@dataclass(frozen=True, slots=True)
class RuleSetPeriod:
    """From when to when an incident follows a rule set; `is_ordered` tells a decision from the file's own dates."""

    rule_set: RuleSet
    from_date: date
    until_date: date | None
    is_ordered: bool
    decided_by: str


@lru_cache(maxsize=8)
def _read(folder: str, stamp: tuple[tuple[str, int, int], ...]) -> ProfileReading:
    return read_profiles(Path(folder))


def profiles_at_hand() -> ProfileReading:
    """This function will return the profiles that can be used, and every mistake of those that cannot.

    Files are read again when one of them was changed, so that a corrected profile needs no restart.
    """
    folder = Path(settings.TONGXIN_PROFILES) if settings.TONGXIN_PROFILES else default_folder()
    stats = [(path.name, path.stat()) for path in sorted(folder.glob("*.toml"))] if folder.is_dir() else []
    return _read(str(folder), tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats))


def profile_of(incident: Incident) -> Profile:
    """This function will return the disease profile of an incident. Raises `UnknownProfile`."""
    return profile_named(incident.profile_id)


def profile_named(profile_id: str) -> Profile:
    """This function will return the profile of that id. Raises `UnknownProfile`."""
    found = profiles_at_hand().profiles.get(profile_id)
    if found is None:
        raise UnknownProfile(profile_id)
    return found


def rule_set_named(profile: Profile, rule_set_id: str) -> RuleSet:
    """This function will return the rule set of that id. Raises `UnknownRuleSet`."""
    for rule_set in profile.rule_sets:
        if rule_set.id == rule_set_id:
            return rule_set
    raise UnknownRuleSet(rule_set_id)


def rule_set_of(incident: Incident, on: date) -> RuleSet:
    """This function will return the rule set that the incident follows on a day.

    The newest order of headquarters not after that day counts; without one, the profile's own dates.
    Raises `NoRuleSet`, `UnknownRuleSet` and `UnknownProfile`.
    """
    profile = profile_of(incident)
    ordered = [row for row in _orders(incident) if clock.local_date(row.starts_at) <= on]
    if ordered:
        return rule_set_named(profile, ordered[-1].rule_set_id)
    dated = rule_set_on(profile, on)
    if dated is None:
        raise NoRuleSet(f"{profile.id} on {on.isoformat()}")
    return dated


def _orders(incident: Incident) -> list[RuleSetInForce]:
    rows = RuleSetInForce.objects.filter(area_id=incident.area_id, incident=incident)
    return list(rows.order_by("starts_at"))


def rule_set_periods(incident: Incident, *, until: date) -> list[RuleSetPeriod]:
    """This function will return the rule sets of an incident from its opening on, dated changes up to `until`."""
    profile = profile_of(incident)
    opened = clock.local_date(incident.opened_at)
    orders = {max(clock.local_date(row.starts_at), opened): row for row in _orders(incident)}
    dated = {row.effective_from.value for row in profile.rule_sets if row.effective_from} if not orders else set()
    if orders and min(orders) > opened:
        dated = {
            r.effective_from.value
            for r in profile.rule_sets
            if r.effective_from and r.effective_from.value < min(orders)
        }
    starts = sorted({opened, *orders, *(day for day in dated if opened < day <= until)})
    periods: list[RuleSetPeriod] = []
    for index, start in enumerate(starts):
        end = starts[index + 1] - timedelta(days=1) if index + 1 < len(starts) else None
        order = orders.get(start)
        try:
            rule_set = rule_set_of(incident, start)
        except NoRuleSet:
            continue
        periods.append(RuleSetPeriod(rule_set, start, end, order is not None, order.decided_by if order else ""))
    return periods


def switch_rule_set(
    *, area_id: int, incident_id: int, rule_set_id: str, starts_at: datetime, actor: Actor, at: datetime
) -> RuleSetInForce:
    """This function will order a rule set from `starts_at` on; what was done before stays as it was done.

    People under management are not touched: tracing applies a changed rule set to them after a preview.
    Raises `UnknownRuleSet` and `UnknownProfile`.
    """
    with transaction.atomic():
        incident = Incident.objects.select_for_update().get(area_id=area_id, pk=incident_id)
        rule_set_named(profile_of(incident), rule_set_id)
        row, _created = RuleSetInForce.objects.update_or_create(
            area_id=area_id,
            incident=incident,
            starts_at=starts_at,
            defaults={"rule_set_id": rule_set_id, "decided_by": actor.label},
        )
        audit.record(
            "incidents.switch_rule_set",
            actor=actor,
            at=at,
            area_id=area_id,
            target_kind="Incident",
            target_uuid=incident.uuid,
            detail={"rule_set": rule_set_id, "starts_at": starts_at.isoformat()},
        )
        outbox.publish(RuleSetSwitched(incident.uuid, rule_set_id, starts_at.isoformat()), area_id=area_id, at=at)
    return row
