"""What sampling proposes for the plan: rounds that the rules ask for and that nobody opened yet, and door visits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.db.models import Q, QuerySet
from django.utils import timezone

from tongxin.base import clock
from tongxin.base.actors import Actor, Scope
from tongxin.community import api as community
from tongxin.incidents import api as incidents
from tongxin.incidents.api import (
    CarriedOut,
    Incident,
    NotEditable,
    PlaceTree,
    ProposalLine,
    RoundRules,
    RuleSet,
    ZoneTest,
)
from tongxin.sampling import rules
from tongxin.sampling.api import listing, tasks
from tongxin.sampling.api.rounds import add_people, open_round
from tongxin.sampling.models import RoundMember, SampleResult, SamplingRound

MEASURE_CODES = ("OPEN_ROUND", "HOME_SAMPLING")
_KEYS: Mapping[str, frozenset[str]] = {
    "OPEN_ROUND": frozenset({"places", "pool_size", "opens_at", "closes_at", "for_date"}),
    "HOME_SAMPLING": frozenset({"for_date", "closes_at"}),
}
#: No round is begun so late, or goes on later: people sleep.
_EVENING = 21
#: Tests of a zone that a round can take; antigen kits are handed out and need no table.
_SWABS = {ZoneTest.PCR, ZoneTest.STOOL}
_LIFT_KINDS = {"ROUND_NEGATIVE_ON_DAY", "ROUND_NEGATIVE_WITHIN_HOURS"}


@dataclass
class _Due:
    """A place that has to be tested, since which day, by which rule."""

    place: incidents.Place
    since: date
    rule_key: str
    source: str
    grade: str
    why: str


@dataclass(frozen=True)
class _Ground:
    """Everything that is looked at for a proposal, read once."""

    incident: Incident
    rule_set: RuleSet
    tree: PlaceTree
    at: datetime
    known: listing.Known
    covered: Mapping[int, date] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return clock.local_date(self.at)


def propose(*, area_id: int, incident_id: int, at: datetime) -> list[ProposalLine]:
    """This function will return the sampling that should happen now and is not ordered yet. Pure reading.

    One round for all zones whose test day has come (zones in force, and those that the same plan proposes to raise,
    whose first day is today), and one line for everybody whose own test day has come and whom no visit awaits.
    """
    incident = Incident.objects.get(area_id=area_id, pk=incident_id)
    rule_set = listing.rule_set_at(incident, at)
    tree = incidents.place_tree(area_id)
    known = listing.known_of_all(incident, rule_set, at=at)
    ground = _Ground(incident, rule_set, tree, at, known, _covered(incident, tree))
    due = _zones_due(ground)
    listed = []
    if due:
        places = [{"kind": row.place.kind, "uuid": str(row.place.uuid)} for row in due]
        listed = listing.list_of_places(incident, places, known, tree)
    lines = [_round_line(ground, due, listed)] if any(not person.is_exempt for person in listed) else []
    in_round = {person.person_id for person in listed if person.is_at_home}
    home = {pk: why for pk, why in home_due(incident, rule_set, known, at=at).items() if pk not in in_round}
    if home:
        lines.append(_home_line(ground, home))
    return lines


# ---------- rounds of zones ----------
def _covered(incident: Incident, tree: PlaceTree) -> dict[int, date]:
    """Return entrance id -> the latest day for which a round of everybody was opened."""
    found: dict[int, date] = {}
    rows = SamplingRound.objects.filter(area_id=incident.area_id, incident=incident, kind="MASS")
    for places, opens_at in rows.values_list("places", "opens_at"):
        day = clock.local_date(opens_at)
        for place in places:
            known = tree.by_key.get((place["kind"], UUID(place["uuid"])))
            for inner in tree.entrances_of(known) if known else ():
                found[inner.id] = max(day, found.get(inner.id, day))
    return found


def _zones_due(ground: _Ground) -> list[_Due]:
    """Return the places whose test day has come and that no round since then covers; widest first, each once."""
    wanted = [*_by_day(ground), *_by_lift(ground)]
    open_: list[_Due] = []
    taken: set[int] = set()
    for row in sorted(wanted, key=lambda row: (incidents.WIDTH[row.place.kind], len(row.place.label), row.place.label)):
        inside = {inner.id for inner in ground.tree.entrances_of(row.place)}
        missing = {pk for pk in inside if ground.covered.get(pk, date.min) < row.since}
        if not missing or missing <= taken:
            continue
        taken |= inside
        open_.append(row)
    return open_


def _by_day(ground: _Ground) -> list[_Due]:
    if not any(row.value.test in _SWABS for row in ground.rule_set.rounds.zone_tests):
        return []
    found = []
    for place, level, laid in _zones(ground):
        planned = [
            row
            for row in incidents.zone_test_dates(ground.rule_set, level_key=level, laid_date=laid)
            if row.test in _SWABS and row.round_date <= ground.today
        ]
        if planned:
            last = planned[-1]
            grade = _grade_of(ground.rule_set, last.rule_key)
            found.append(_Due(place, last.round_date, last.rule_key, last.source, grade, "ZONE_TEST_DAY"))
    return found


def _zones(ground: _Ground) -> list[tuple[incidents.Place, str, date]]:
    """Return place, level and first day of the zones in force and of those that the plan proposes to raise."""
    area_id, incident_id = ground.incident.area_id, ground.incident.pk
    found: dict[tuple[str, UUID], tuple[incidents.Place, str, date]] = {}
    for row in incidents.zone_levels(area_id, incident_id, ground.at):
        place = ground.tree.by_key.get((row.place_kind, row.place_uuid))
        if place is not None:
            found[place.key] = (place, row.level, clock.local_date(row.starts_at))
    for line in incidents.propose(area_id=area_id, incident_id=incident_id, at=ground.at):
        place = ground.tree.by_key.get((line.target_kind, line.target_uuid)) if line.target_uuid else None
        if line.measure == "RAISE_ZONE" and place is not None:
            found[place.key] = (place, str(line.body["level"]), ground.today)
    return list(found.values())


def _by_lift(ground: _Ground) -> list[_Due]:
    """Return the zones of which only the round of everybody is missing before they may be lowered or lifted."""
    lifts = [lift for level in ground.rule_set.zones.levels for lift in (level.lift, level.lift_when_lowered) if lift]
    if not any(row.value.kind in _LIFT_KINDS for lift in lifts for row in lift.conditions):
        return []
    area_id, incident_id = ground.incident.area_id, ground.incident.pk
    checks = incidents.check_lifts(area_id=area_id, incident_id=incident_id, at=ground.at)
    found = []
    for row in incidents.zone_levels(area_id, incident_id, ground.at):
        check = checks.get(row.uuid)
        place = ground.tree.by_key.get((row.place_kind, row.place_uuid))
        missing = check.open_conditions if check else ()
        if place is None or not missing or any(condition.kind not in _LIFT_KINDS for condition in missing):
            continue
        first = missing[0]
        if all(condition.due_date is None or condition.due_date <= ground.today for condition in missing):
            grade = _grade_of(ground.rule_set, first.rule_key)
            found.append(_Due(place, ground.today, first.rule_key, first.source, grade, "BEFORE_LIFT"))
    return found


def _grade_of(rule_set: RuleSet, key: str) -> str:
    rows = [*rule_set.rounds.zone_tests]
    for level in rule_set.zones.levels:
        for lift in (level.lift, level.lift_when_lowered):
            rows += lift.conditions if lift else ()  # type: ignore[arg-type]
    return next((row.grade.value for row in rows if row.key == key), "D")


def round_window(at: datetime, rounds: RoundRules) -> tuple[datetime, datetime]:
    """This function will return when a round that is ordered now opens and closes: set-up first, not into the night."""
    opens_at = at + timedelta(hours=rounds.set_up_hours.value)
    local = timezone.localtime(opens_at)
    if local.hour >= _EVENING - 2 or local.hour < 7:
        day = local.date() + timedelta(days=1 if local.hour >= _EVENING - 2 else 0)
        opens_at = _hour(day, 8)
        local = timezone.localtime(opens_at)
    evening = _hour(local.date(), _EVENING)
    return opens_at, min(opens_at + timedelta(hours=rounds.round_hours.value), evening)


def expected_share(area_id: int, incident_id: int) -> float:
    """This function will return the share of positives to expect, from the results of this incident so far."""
    results = SampleResult.objects.filter(area_id=area_id, tube__round__incident_id=incident_id)
    tested = sum(results.exclude(value="INVALID").values_list("tube__filled", flat=True))
    singles = results.filter(value="POSITIVE", tube__filled=1).count()
    counts = incidents.count_status(area_id, incident_id)
    people = community.people_query(area_id=area_id, scope=Scope(area_id, everything=True)).count()
    return rules.share_of_positives(singles, tested, counts["SUSPECT"], people)


def needs_of_list(listed: Sequence[listing.Listed], rule_set: RuleSet, pool_size: int) -> rules.Needs:
    """This function will return what a list of people needs."""
    due = [person for person in listed if not person.is_exempt]
    at_door = sum(person.is_at_home for person in due)
    return rules.needs_of(len(due), at_door, tasks.capacity_of(rule_set, pool_size))


@dataclass(frozen=True, slots=True)
class NeedsPreview:
    """What a round of some places would need, and what speaks against its pool size."""

    needs: rules.Needs
    pool_size: int
    advised_size: int
    share: float
    warning: Any | None
    opens_at: datetime
    closes_at: datetime


def needs_preview(
    *, area_id: int, incident_id: int, places: Sequence[Mapping[str, str]], pool_size: int | None, at: datetime
) -> NeedsPreview:
    """This function will tell what a round would need before it is opened. Raises `BadRound` for an unknown place."""
    incident = Incident.objects.get(area_id=area_id, pk=incident_id)
    rule_set = listing.rule_set_at(incident, at)
    share = expected_share(area_id, incident_id)
    advised = _advised_pool(rule_set, share)
    size = advised if pool_size is None else pool_size
    known = listing.known_of_all(incident, rule_set, at=at)
    listed = listing.list_of_places(incident, places, known, incidents.place_tree(area_id))
    warning = incidents.pool_warning(rule_set, pool_size=size, expected_share=share)
    return NeedsPreview(
        needs_of_list(listed, rule_set, size), size, advised, share, warning, *round_window(at, rule_set.rounds)
    )


def _round_line(ground: _Ground, due: Sequence[_Due], listed: Sequence[listing.Listed]) -> ProposalLine:
    first = due[0]
    area_id, incident_id = ground.incident.area_id, ground.incident.pk
    pool_size = _advised_pool(ground.rule_set, expected_share(area_id, incident_id))
    needs = needs_of_list(listed, ground.rule_set, pool_size)
    opens_at, closes_at = round_window(ground.at, ground.rule_set.rounds)
    done_today = SamplingRound.objects.filter(area_id=area_id, incident_id=incident_id, kind="MASS").count()
    labels = [row.place.label for row in due]
    label = ", ".join(labels[:3]) + (f" +{len(labels) - 3}" if len(labels) > 3 else "")
    return ProposalLine(
        room="sampling",
        measure="OPEN_ROUND",
        key=f"OPEN_ROUND:{ground.today.isoformat()}:{done_today}",
        target_kind=first.place.kind if len(due) == 1 else "PLACES",
        target_uuid=first.place.uuid if len(due) == 1 else None,
        target_label=label[:80],
        why=first.why,
        numbers={
            "people": needs.people,
            "at_door": needs.at_door,
            "places": len(due),
            "pool_size": pool_size,
            "tubes": needs.tubes,
            "tables": needs.tables,
            "samplers": needs.samplers,
            "since": first.since.isoformat(),
            "hands": dict(needs.hands),
        },
        rule_key=first.rule_key,
        source=first.source,
        grade=first.grade,
        body={
            "places": [{"kind": row.place.kind, "uuid": str(row.place.uuid)} for row in due],
            "pool_size": pool_size,
            "opens_at": opens_at.isoformat(),
            "closes_at": closes_at.isoformat(),
            "for_date": ground.today.isoformat(),
        },
        due_minutes=int((opens_at - ground.at).total_seconds() // 60),
    )


def _advised_pool(rule_set: RuleSet, share: float) -> int:
    """Return the profile's usual size, or the largest allowed one below it against which no rule speaks."""
    usual = rule_set.rounds.default_pool.value
    fine = [
        size
        for size in rule_set.rounds.pool_sizes.value
        if size <= usual and incidents.pool_warning(rule_set, pool_size=size, expected_share=share) is None
    ]
    return max(fine, default=1)


# ---------- people whose own test day has come ----------
def home_due(incident: Incident, rule_set: RuleSet, known: listing.Known, *, at: datetime) -> dict[int, str]:
    """This function will return who has to be tested today by the rules of their management and is on no open list at
    a door: person id -> the reason. Somebody who was sampled today already is left out.
    """
    today = clock.local_date(at)
    duties = incidents.test_duties_on(incident.area_id, incident.pk, today)
    ids = sorted({duty.person_id for duty in duties})
    if not ids:
        return {}
    awaited = Q(state="DUE", round__state="OPEN", round__closes_at__gt=at)
    asked_today = Q(state__in=["REFUSED", "AWAY"], state_at__gte=_midnight(today))
    rows = RoundMember.objects.filter(
        awaited | asked_today, area_id=incident.area_id, round__incident=incident, is_at_home=True
    )
    waiting = set(rows.values_list("person_id", flat=True))
    reasons = {"CONTACT": "CONTACT", "SECONDARY_CONTACT": "SECONDARY_CONTACT", "EXPOSED": "EXPOSED"}
    reasons["SUSPECT"] = "POOL_POSITIVE"
    return {pk: reasons.get(known.status.get(pk, ""), "TEST_DAY") for pk in ids if pk not in waiting}


def _midnight(day: date) -> datetime:
    return _hour(day, 0)


def _hour(day: date, hour: int) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))


def _home_line(ground: _Ground, home: Mapping[int, str]) -> ProposalLine:
    rule = ground.rule_set.rounds.at_the_door
    _opens_at, closes_at = round_window(ground.at, ground.rule_set.rounds)
    open_now = _home_round(ground.incident, ground.today)
    listed = RoundMember.objects.filter(area_id=ground.incident.area_id, round=open_now).count() if open_now else 0
    minutes = len(home) * rules.MINUTES_AT_DOOR
    overdue = sum(
        duty.due_date < ground.today and duty.person_id in home
        for duty in incidents.test_duties_on(ground.incident.area_id, ground.incident.pk, ground.today)
    )
    return ProposalLine(
        room="sampling",
        measure="HOME_SAMPLING",
        key=f"HOME_SAMPLING:{ground.today.isoformat()}:{listed}",
        target_kind="PERSONS",
        target_uuid=None,
        target_label="",
        why="TEST_DAY_AT_DOOR",
        numbers={
            "people": len(home),
            "contacts": sum(reason == "CONTACT" for reason in home.values()),
            "overdue": overdue,
            "hands": {"SAMPLING": minutes, "REGISTRATION": minutes},
        },
        rule_key=rule.key,
        source=rule.source,
        grade=rule.grade.value,
        body={"for_date": ground.today.isoformat(), "closes_at": closes_at.isoformat()},
        due_minutes=max(int((closes_at - ground.at).total_seconds() // 60), 30),
    )


def _home_rounds(incident: Incident) -> QuerySet[SamplingRound]:
    return SamplingRound.objects.filter(
        area_id=incident.area_id, incident=incident, kind="HOME", origin_kind="TEST_DAY"
    )


def _home_round(incident: Incident, day: date) -> SamplingRound | None:
    """Return the open round of visits that belongs to a day."""
    rows = _home_rounds(incident).filter(state="OPEN", opens_at__gte=_midnight(day))
    return rows.filter(opens_at__lt=_midnight(day + timedelta(days=1))).order_by("-number").first()


# ---------- carrying out ----------
def check_body(measure: str, body: Mapping[str, Any]) -> None:
    """This function will refuse a body that `carry_out` cannot take. Raises `NotEditable` with the field's name."""
    keys = _KEYS.get(measure)
    if keys is None:
        raise NotEditable("measure", "UNKNOWN")
    for key in body:
        if key not in keys:
            raise NotEditable(str(key), "UNKNOWN")
    closes_at = _moment(body, "closes_at")
    _day(body)
    if measure == "HOME_SAMPLING":
        return
    if _moment(body, "opens_at") >= closes_at:
        raise NotEditable("closes_at", "BEFORE_START")
    size = body.get("pool_size")
    if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= 20:
        raise NotEditable("pool_size", "NOT_A_SIZE")
    places = body.get("places")
    if not isinstance(places, list) or not 0 < len(places) <= 2000:
        raise NotEditable("places", "EMPTY")
    for place in places:
        if not isinstance(place, dict) or place.get("kind") not in incidents.PlaceKind.values:
            raise NotEditable("places", "NOT_A_PLACE")
        try:
            UUID(str(place.get("uuid")))
        except ValueError:
            raise NotEditable("places", "NOT_A_PLACE") from None


def _moment(body: Mapping[str, Any], key: str) -> datetime:
    try:
        moment = datetime.fromisoformat(str(body.get(key)))
    except ValueError:
        raise NotEditable(key, "NOT_A_TIME") from None
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment


def _day(body: Mapping[str, Any]) -> date:
    try:
        return date.fromisoformat(str(body.get("for_date")))
    except ValueError:
        raise NotEditable("for_date", "NOT_A_DATE") from None


def carry_out(line: ProposalLine, *, area_id: int, incident_id: int, actor: Actor, at: datetime) -> CarriedOut:
    """This function will open the round or the visits that a line names; carried out twice, it does it once.

    Raises `NotEditable`, `BadRound`, `IncidentIsClosed`.
    """
    check_body(line.measure, line.body)
    incident = Incident.objects.get(area_id=area_id, pk=incident_id)
    if line.measure == "HOME_SAMPLING":
        return _carry_out_home(line, incident, actor=actor, at=at)
    origin_uuid = uuid5(incident.uuid, line.key)
    same: dict[str, Any] = {"kind": "MASS", "origin_kind": "PLAN", "origin_uuid": origin_uuid}
    before = SamplingRound.objects.filter(area_id=area_id, incident=incident, **same).first()
    if before is not None:
        return CarriedOut({"persons": 0, "tasks": 0}, "SamplingRound", before.uuid)
    opens_at, closes_at = _moment(line.body, "opens_at"), _moment(line.body, "closes_at")
    round_ = open_round(
        area_id=area_id,
        incident_id=incident_id,
        opens_at=opens_at,
        closes_at=closes_at,
        places=line.body["places"],
        pool_size=line.body["pool_size"],
        rule_key=line.rule_key,
        actor=actor,
        at=at,
        **same,
    )
    people = RoundMember.objects.filter(area_id=area_id, round=round_).exclude(state="EXEMPT").count()
    return CarriedOut({"persons": people, "tasks": tasks.count_tasks(round_)}, "SamplingRound", round_.uuid)


def _carry_out_home(line: ProposalLine, incident: Incident, *, actor: Actor, at: datetime) -> CarriedOut:
    rule_set = listing.rule_set_at(incident, at)
    day, closes_at = _day(line.body), _moment(line.body, "closes_at")
    known = listing.known_of_all(incident, rule_set, at=at)
    home = home_due(incident, rule_set, known, at=at)
    round_ = _home_round(incident, day)
    if not home:
        return CarriedOut({"persons": 0, "tasks": 0}, "SamplingRound", round_.uuid if round_ else None)
    if round_ is not None:
        added = add_people(area_id=incident.area_id, round_uuid=round_.uuid, people=home, actor=actor, at=at)
        return CarriedOut({"persons": added, "tasks": added}, "SamplingRound", round_.uuid)
    ends_at = max(closes_at, at + timedelta(hours=1))
    round_ = open_round(
        area_id=incident.area_id,
        incident_id=incident.pk,
        kind="HOME",
        opens_at=at,
        closes_at=ends_at,
        people=home,
        origin_kind="TEST_DAY",
        origin_uuid=uuid5(incident.uuid, f"HOME:{day.isoformat()}:{_home_rounds(incident).count()}"),
        rule_key=line.rule_key,
        actor=actor,
        at=at,
    )
    return CarriedOut({"persons": len(home), "tasks": tasks.count_tasks(round_)}, "SamplingRound", round_.uuid)
