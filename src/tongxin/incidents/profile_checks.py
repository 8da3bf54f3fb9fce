"""Checks of a profile that was read: do its parts fit together? Each check only reports, none stops the others."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise

from tongxin.incidents.profile_codes import Degree, Layer, LevelClass, PersonClass, Transmission
from tongxin.incidents.profile_problems import ProblemCode
from tongxin.incidents.profile_reader import Reader
from tongxin.incidents.profile_types import LayerRule, Profile, RuleSet, Span, Valued, ZoneRules

_HEAT = list(LevelClass)
_NEEDED: dict[Layer, tuple[str, ...]] = {
    Layer.QUEUE: ("neighbours", "within_minutes"),
    Layer.RADIUS: ("radius_m",),
    Layer.VENUE: ("within_minutes",),
}


def check_dates(rule_sets: Sequence[RuleSet], reader: Reader) -> None:
    """This function will report reversed, overlapping and missing days, and rule sets that share an id."""
    _duplicates([rule_set.id for rule_set in rule_sets], "rule_sets", reader)
    for rule_set in rule_sets:
        start, until = _first(rule_set), _last(rule_set)
        if until < start:
            reader.report(f"{rule_set.id}.effective_until", ProblemCode.DATES_REVERSED, start=start, until=until)
    for earlier, later in pairwise(sorted(rule_sets, key=_first)):
        end, start = _last(earlier), _first(later)
        place = f"{later.id}.effective_from"
        if start <= end:
            reader.report(place, ProblemCode.DATES_OVERLAP, other=earlier.id)
        elif start - end > timedelta(days=1):
            gap = {"start": end + timedelta(days=1), "until": start - timedelta(days=1), "other": earlier.id}
            reader.report(place, ProblemCode.DATES_GAP, **gap)


def check_profile_parts(profile: Profile, reader: Reader) -> None:
    """This function will report spans out of order and sections that the contact model lacks."""
    infection = profile.infection
    for span in (infection.incubation, infection.extrinsic_incubation):
        if span is not None:
            _check_span(span, reader)
    first, last = infection.infectious_from_day, infection.infectious_until_day
    _ascending([first.value, last.value], last.key, reader)
    needed = {Transmission.VECTOR_RADIUS: "vector", Transmission.EXPOSURE_SOURCE: "exposure"}.get(profile.transmission)
    for rule_set in profile.rule_sets:
        if needed and getattr(rule_set, needed) is None:
            reader.report(
                f"{rule_set.id}.{needed}", ProblemCode.MODEL_INCOMPLETE, found=profile.transmission, needed=needed
            )


def check_rule_set(rule_set: RuleSet, reader: Reader) -> None:
    """This function will report whatever within one rule set contradicts itself."""
    _check_layers(rule_set, reader)
    _check_management(rule_set, reader)
    _check_levels(rule_set.zones, rule_set.id, reader)
    _check_level_names(rule_set, reader)
    _check_numbers(rule_set, reader)
    place = rule_set.approvals[0].key.rpartition(".")[0]
    _duplicates(
        [" ".join(filter(None, (row.value.measure, row.value.canonical))) for row in rule_set.approvals], place, reader
    )
    if not any(row.value.measure == "*" and row.value.canonical is None for row in rule_set.approvals):
        reader.report(place, ProblemCode.NO_GENERAL_APPROVAL)


def _first(rule_set: RuleSet) -> date:
    return rule_set.effective_from.value if rule_set.effective_from else date.min


def _last(rule_set: RuleSet) -> date:
    return rule_set.effective_until.value if rule_set.effective_until else date.max


def _duplicates(names: Iterable[str], key: str, reader: Reader) -> None:
    for name, times in Counter(names).items():
        if times > 1:
            reader.report(key, ProblemCode.DUPLICATE, found=name)


def _ascending(numbers: Sequence[float], key: str, reader: Reader) -> None:
    for lower, higher in pairwise(numbers):
        if higher < lower:
            reader.report(key, ProblemCode.NOT_ASCENDING, found=lower, next=higher)


def _check_span(span: Valued[Span], reader: Reader) -> None:
    part = span.value
    _ascending([part.minimum, part.typical_from, part.typical_until, part.maximum], span.key, reader)


def _check_layers(rule_set: RuleSet, reader: Reader) -> None:
    for row in rule_set.contacts.layers:
        _check_layer(row, reader)
        if row.value.degree is Degree.SECONDARY_CONTACT and not rule_set.contacts.secondary.value:
            reader.report(row.key, ProblemCode.SECONDARY_OFF, found=row.value.layer)


def _check_layer(row: Valued[LayerRule], reader: Reader) -> None:
    missing = [name for name in _NEEDED.get(row.value.layer, ()) if getattr(row.value, name) is None]
    if missing:
        reader.report(row.key, ProblemCode.LAYER_INCOMPLETE, found=row.value.layer, needed=", ".join(missing))


def _check_management(rule_set: RuleSet, reader: Reader) -> None:
    key = f"{rule_set.id}.management"
    classes = [row.value.person_class for row in rule_set.management]
    _duplicates(classes, key, reader)
    needed = {PersonClass(row.value.degree.value) for row in rule_set.contacts.layers}
    if rule_set.contacts.secondary.value:
        needed.add(PersonClass.SECONDARY_CONTACT)
    for person_class in sorted(needed - set(classes)):
        reader.report(key, ProblemCode.NO_MANAGEMENT, found=person_class)
    for row in rule_set.management:
        for stage in row.value.stages:
            for day in stage.tests:
                if day > stage.days:
                    reader.report(row.key, ProblemCode.TEST_DAY_OUTSIDE, found=day, days=stage.days)


def _check_levels(zones: ZoneRules, rule_set_id: str, reader: Reader) -> None:
    key = f"{rule_set_id}.zones.levels"
    names = [level.key for level in zones.levels]
    _duplicates(names, key, reader)
    for warmer, cooler in pairwise(zones.levels):
        if _HEAT.index(cooler.canonical) < _HEAT.index(warmer.canonical):
            reader.report(f"{key}.{cooler.key}", ProblemCode.LEVEL_ORDER, found=cooler.key)
    ways = {level.key: level.lift.to for level in zones.levels if level.lift}
    for number, level in enumerate(zones.levels):
        place = f"{key}.{level.key}.lift"
        if level.lift is None:
            if number < len(names) - 1:
                reader.report(place, ProblemCode.LIFT_MISSING, found=level.key)
        elif level.lift.to not in names:
            reader.report(f"{place}.to", ProblemCode.UNKNOWN_LEVEL, found=level.lift.to, known=", ".join(names))
        elif circle := _circle(level.key, ways):
            reader.report(f"{place}.to", ProblemCode.LIFT_CYCLE, path=" → ".join(circle))
        elif names.index(level.lift.to) <= number:
            reader.report(f"{place}.to", ProblemCode.LIFT_UPWARD, found=level.key, to=level.lift.to)


def _circle(start: str, ways: dict[str, str]) -> list[str]:
    """The path from ``start`` back to itself, or nothing; a circle further on is told at the levels that are in it."""
    path = [start]
    while path[-1] in ways and len(path) <= len(ways) + 1:
        path.append(ways[path[-1]])
        if path[-1] == start:
            return path
    return []


def _check_level_names(rule_set: RuleSet, reader: Reader) -> None:
    known = [level.key for level in rule_set.zones.levels]
    named = [(row.key, row.value.level) for row in rule_set.zones.proposals]
    named += [(row.key, row.value.level) for row in rule_set.rounds.zone_tests]
    if rule_set.vector:
        named += [(row.key, row.value.level) for row in rule_set.vector.bands]
    for key, level in named:
        if level not in known:
            reader.report(f"{key}.level", ProblemCode.UNKNOWN_LEVEL, found=level, known=", ".join(known))


def _check_chains(rule_set: RuleSet, reader: Reader) -> None:
    """Steps up a chain come one after the other; the knock at the door is one of them."""
    calls, requests = rule_set.calls, rule_set.requests
    for steps in (calls.escalate_minutes, requests.escalate_minutes):
        _ascending(steps.value, steps.key, reader)
    knock, last = calls.door_check_step, len(calls.escalate_minutes.value)
    if knock.value > last:
        reader.report(knock.key, ProblemCode.OUT_OF_RANGE, found=knock.value, low=1, high=last)
    soon, later = requests.medicine_today_days, requests.medicine_days
    if soon.value > later.value:
        reader.report(later.key, ProblemCode.NOT_ASCENDING, found=soon.value, next=later.value)


def _check_numbers(rule_set: RuleSet, reader: Reader) -> None:
    rounds = rule_set.rounds
    sizes = rounds.pool_sizes.value
    _ascending(sizes, rounds.pool_sizes.key, reader)
    if rounds.default_pool.value not in sizes:
        known = ", ".join(map(str, sizes))
        reader.report(
            rounds.default_pool.key, ProblemCode.POOL_NOT_ALLOWED, found=rounds.default_pool.value, known=known
        )
    _check_chains(rule_set, reader)
    if rule_set.vector:
        bands = rule_set.vector.bands
        _ascending([row.value.below for row in bands], f"{rule_set.id}.vector.bands", reader)
    if rule_set.exposure:
        least, most = rule_set.exposure.before_onset_min_hours, rule_set.exposure.before_onset_max_hours
        _ascending([least.value, most.value], most.key, reader)
