"""Everything that a night report needs, read once: figures, places by level, what is late, what comes next. No person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from tongxin.base.actors import Scope
from tongxin.community import api as community
from tongxin.incidents import api as incidents
from tongxin.sampling import api as sampling
from tongxin.situation import rules
from tongxin.situation.api.counting import Shortage, people_by_entrance, shortages
from tongxin.situation.models import Snapshot

#: No smaller group is ever told in a document, whatever a profile says.
LEAST_GROUP = 3


@dataclass(frozen=True, slots=True)
class PlaceLevel:
    """A place with its own level."""

    kind: str
    label: str
    canonical: str


@dataclass(frozen=True, slots=True)
class BuildingLine:
    """One building in the table of the report: the hottest level in it, who lives there, who is still missing."""

    label: str
    canonical: str
    people: int
    listed: int
    missing: int


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """What one report says, before words. `tests_next_day` are people whom the rules want tested on the day after."""

    incident: incidents.Incident
    compound: community.Compound
    period: rules.Period
    snapshot: Snapshot
    previous: Snapshot | None
    zones: tuple[PlaceLevel, ...]
    buildings: tuple[BuildingLine, ...]
    problems: tuple[rules.Problem, ...]
    shortages: tuple[Shortage, ...]
    lifts_due: tuple[PlaceLevel, ...]
    tests_next_day: int
    trigger: rules.Trigger | None
    smallest_group: int
    is_over: bool

    @property
    def figures(self) -> Mapping[str, int | float]:
        figures: Mapping[str, int | float] = self.snapshot.figures
        return figures

    @property
    def is_counted_late(self) -> bool:
        """Tell whether standing numbers were counted long after the end of the day that they are told for."""
        return self.is_over and self.snapshot.taken_at - self.period.ends_at > rules.LATE_COUNT


def rule_set_on(incident: incidents.Incident, day: date) -> incidents.RuleSet | None:
    """Return the rule set of a day, or None before the first one: a report is due all the same."""
    try:
        return incidents.rule_set_of(incident, day)
    except (LookupError, ValueError):
        return None


def report_facts(
    incident: incidents.Incident, *, period: rules.Period, snapshot: Snapshot, previous: Snapshot | None, is_over: bool
) -> ReportFacts:
    """Read what the report of a period says beside its snapshot."""
    area_id, as_of = incident.area_id, snapshot.as_of
    rule_set = rule_set_on(incident, period.report_date)
    zones = tuple(
        PlaceLevel(row.place_kind, row.place_label, row.canonical)
        for row in incidents.zone_levels(area_id, incident.pk, as_of)
    )
    next_day = period.report_date + timedelta(days=1)
    duties = incidents.test_duties_on(area_id, incident.pk, next_day, with_overdue=False)
    return ReportFacts(
        incident=incident,
        compound=community.get_compound(area_id),
        period=period,
        snapshot=snapshot,
        previous=previous,
        zones=zones,
        buildings=tuple(_buildings(incident, as_of)),
        problems=tuple(rules.problems_in(snapshot.figures)),
        shortages=tuple(shortages(area_id=area_id, incident_id=incident.pk, at=as_of)),
        lifts_due=tuple(_lifts_due(incident, as_of)),
        tests_next_day=len({row.person_id for row in duties}),
        trigger=_trigger(incident, rule_set, period.report_date),
        smallest_group=max(LEAST_GROUP, rule_set.privacy.smallest_group.value if rule_set else LEAST_GROUP),
        is_over=is_over,
    )


def _lifts_due(incident: incidents.Incident, at: datetime) -> list[PlaceLevel]:
    checks = incidents.check_lifts(area_id=incident.area_id, incident_id=incident.pk, at=at)
    rows = incidents.zone_levels(incident.area_id, incident.pk, at)
    return [
        PlaceLevel(row.place_kind, row.place_label, row.canonical)
        for row in rows
        if row.uuid in checks and checks[row.uuid].is_due
    ]


def _trigger(incident: incidents.Incident, rule_set: incidents.RuleSet | None, day: date) -> rules.Trigger | None:
    """Judge thresholds for one collective unit, village or school: the compound is the unit here."""
    if rule_set is None:
        return None
    triggers = tuple(
        rules.Trigger(entry.value.cases, entry.value.within_days)
        for entry in rule_set.reports.triggers
        if str(entry.value.scope) in ("UNIT", "VILLAGE_OR_SCHOOL")
    )
    counts = incidents.case_counts_by_day(incident.area_id, incident.pk, by="KNOWN") if triggers else {}
    return rules.reached_trigger(counts, triggers, day)


def _buildings(incident: incidents.Incident, at: datetime) -> list[BuildingLine]:
    area_id = incident.area_id
    levels = incidents.levels_by_entrance(area_id, incident.pk, at)
    people = people_by_entrance(area_id)
    newest = sampling.list_rounds(area_id, incident.pk, kinds=["MASS"]).first()
    counts = {}
    if newest is not None:
        progress = sampling.round_progress(area_id, newest.uuid, Scope(area_id, everything=True))
        counts = {row.id: row.counts for row in progress.buildings}
    found = []
    for building in community.list_buildings(area_id):
        if building.number == "?":
            continue
        ids = [entrance.pk for entrance in building.entrances.all()]
        hot = [levels[pk].canonical for pk in ids if pk in levels]
        count = counts.get(building.pk, sampling.Counts())
        found.append(
            BuildingLine(
                building.number,
                max(hot, key=lambda code: incidents.HEAT[code], default="NONE"),
                sum(people.get(pk, 0) for pk in ids),
                count.listed,
                count.missing,
            )
        )
    return found


def period_for(incident: incidents.Incident, report_date: date) -> rules.Period:
    """Return what the report of a day covers, by the cut-off of the rule set in force."""
    return rules.period_of(report_date, cutoff_on(incident, report_date), timezone.get_default_timezone())


def cutoff_on(incident: incidents.Incident, day: date) -> time:
    """Return when the day of a report ends; midnight before the first rule set."""
    rule_set = rule_set_on(incident, day)
    return rule_set.reports.cutoff.value if rule_set else rules.MIDNIGHT


def ready_at(incident: incidents.Incident, period: rules.Period) -> datetime:
    """Return when the report of a day is ready by the rule set of that day: before dawn when the day ends at midnight."""
    rule_set = rule_set_on(incident, period.report_date)
    return period.ends_at + (timedelta(hours=rule_set.reports.ready_hours.value) if rule_set else rules.READY_AFTER)
