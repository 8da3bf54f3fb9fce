"""A line list told day by day, as headquarters would have lived it: nothing of a day is known before it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.utils import timezone

from tongxin.base import accounts, clock, outbox, sessions
from tongxin.base.actors import Actor, system
from tongxin.base.ids import new_uuid
from tongxin.base.models import Account
from tongxin.community import api as community
from tongxin.dispatch import api as dispatch
from tongxin.hq import api as hq
from tongxin.incidents import api as incidents
from tongxin.tracing import api as tracing
from tongxin.web.cli.drill_files import DrillInput, KnownCase
from tongxin.web.cli.timing import Stopwatch
from tongxin.workforce import api as workforce

AREA = 1
ACTOR = system("cli.drill")
CAUSE = "drill.line_list"
OFFICERS = ("officer-1", "officer-2")
MORNING, EVENING = time(8), time(22)
#: What a room puts off by minutes (redrafts, undo windows) is not waited for.
AHEAD = timedelta(minutes=10)
#: Approved measures make new facts, and those new lines: so often a day the plan is looked at again.
PASSES = 4
Progress = Callable[[int, str], Any]


@dataclass
class Replay:
    """A drill under way, and what it has seen."""

    incident: incidents.Incident
    person_ids: dict[str, int]
    officers: tuple[Account, ...]
    watch: Stopwatch
    unserved: list[tuple[date, dict[str, Any]]] = field(default_factory=list)
    shortages: int = 0
    violations: int = 0
    failed_lines: int = 0
    seen_cases: set[str] = field(default_factory=set)

    @property
    def code_of(self) -> dict[int, str]:
        codes: dict[int, str] = {}
        for code, person_id in self.person_ids.items():
            codes.setdefault(person_id, code)
        return codes


def at_hour(day: date, hour: time) -> datetime:
    """Return a moment of a day in the installation's time zone."""
    return timezone.make_aware(datetime.combine(day, hour))


def begin(data: DrillInput, *, profile_id: str, rule_set_id: str | None, watch: Stopwatch) -> Replay:
    """Import the ledgers and open the incident on the morning of the first case.

    Raises UnknownProfile, UnknownRuleSet and NoRuleSet of `incidents`, UploadRefused for the responders' ledger.
    """
    at = at_hour(data.first_date, MORNING) - timedelta(hours=1)
    clock.set_now(at)
    with watch.step("import"):
        community.open_compound(area_id=AREA, code="DRILL", name="演练", name_en="Drill", actor=ACTOR, at=at)
        outcome = community.import_ledger(area_id=AREA, kind="people", content=data.people, actor=ACTOR, at=at)
        uuids = {(row.sheet, row.row): row.person_uuid for row in outcome.rows if row.person_uuid}
        people = community.list_people_by_uuid(area_id=AREA, uuids=set(uuids.values()))
        ids = {key: people[uuids[place]].pk for place, key in data.key_of.items() if place in uuids}
        if data.responders is not None:
            workforce.import_responders(area_id=AREA, content=data.responders, actor=ACTOR, at=at)
        outbox.deliver_all(ahead=AHEAD)
    with watch.step("open"):
        incident = incidents.open_incident(
            area_id=AREA,
            code=f"DRILL-{data.first_date.isoformat()}",
            title="演练 Drill",
            profile_id=profile_id,
            rule_set_id=rule_set_id,
            actor=ACTOR,
            at=at,
        )
        officers = tuple(_officer(name, at) for name in OFFICERS)
        outbox.deliver_all(ahead=AHEAD)
    return Replay(incident, ids, officers, watch)


def _officer(name: str, at: datetime) -> Account:
    """Make one of the two who approve; nobody can log in as them: the password is random and never shown."""
    account = accounts.make_account(area_id=AREA, username=name, password=new_uuid().hex, actor=ACTOR, at=at)
    accounts.grant_role(area_id=AREA, account=account, role="COMMANDER", actor=ACTOR, at=at)
    return account


def play(replay: Replay, data: DrillInput, progress: Progress) -> datetime:
    """Live through all days and return the last evening."""
    days = (data.last_date - data.first_date).days + 1
    for number in range(days):
        day = data.first_date + timedelta(days=number)
        progress(round(100 * number / days), day.isoformat())
        play_day(replay, data, day)
    return at_hour(data.last_date, EVENING)


def play_day(replay: Replay, data: DrillInput, day: date) -> None:
    """Live through one day: facts in the morning, plan, orders, tasks, hands; in the evening the work is done."""
    at = at_hour(day, MORNING)
    clock.set_now(at)
    with replay.watch.step("facts"):
        _tell_cases(replay, data.cases, day, at)
    with replay.watch.step("events"):
        outbox.enqueue_periodic(at=at)
        outbox.deliver_all(ahead=AHEAD)
    with replay.watch.step("facts"):
        _tell_rashes(replay, data.cases, day, at)
        outbox.deliver_all(ahead=AHEAD)
    decide(replay, at)
    with replay.watch.step("assign"):
        _assign(replay, day, at)
    with replay.watch.step("evening"):
        _finish_work(replay, at_hour(day, EVENING))
        outbox.deliver_all(ahead=AHEAD)


# ---------- facts ----------
def _tell_cases(replay: Replay, cases: Sequence[KnownCase], day: date, at: datetime) -> None:
    facts = [
        _fact(replay, case, "CASE", at, onset_date=case.row.onset_date if (case.row.onset_date or day) <= day else None)
        for case in cases
        if case.known_date == day
    ]
    facts += [_fact(replay, case, "DIED", at) for case in cases if case.row.death_date == day]
    replay.seen_cases |= {case.row.person for case in cases if case.known_date == day}
    if facts:
        incidents.set_many_statuses(area_id=AREA, incident_id=replay.incident.pk, facts=facts, actor=ACTOR, at=at)


def _fact(replay: Replay, case: KnownCase, kind: str, at: datetime, onset_date: date | None = None) -> Any:
    return incidents.StatusFact(
        person_id=replay.person_ids[case.row.person],
        kind=kind,
        effective_at=at,
        cause_kind=CAUSE,
        cause_uuid=cause_of(replay.incident.uuid, case.row.person),
        onset_date=onset_date,
    )


def cause_of(incident_uuid: UUID, person: str) -> UUID:
    """Return under which cause a case of the line list is told."""
    return uuid5(incident_uuid, person)


def _tell_rashes(replay: Replay, cases: Sequence[KnownCase], day: date, at: datetime) -> None:
    """Write down the day of rash where it is known on the first day; later ones would only begin the search later."""
    for case in cases:
        rash, onset = case.row.rash_date, case.row.onset_date
        if rash is None or case.known_date != day or rash > day or (onset and rash < onset):
            continue
        found = tracing.find_investigation(AREA, replay.incident.pk, replay.person_ids[case.row.person])
        if found is None:
            continue
        tracing.save_interview(
            area_id=AREA,
            uuid=found.uuid,
            expected_version=found.version,
            answers=tracing.answers_of(found),
            onset_date=onset if onset and onset <= day else None,
            sample_date=None,
            rash_date=rash,
            isolated_date=found.isolated_date,
            is_finished=False,
            actor=ACTOR,
            at=at,
        )


# ---------- plan ----------
def decide(replay: Replay, at: datetime) -> None:
    """Draft the plan, approve all of it, carry it out, and look again at what that changed."""
    seen = 0
    for _number in range(PASSES):
        plan = _fresh_plan(replay, at)
        if plan.number == seen:
            return
        seen = plan.number
        with replay.watch.step("approve"):
            approved = sum(_approve(replay, plan, sessions.actor_for(row, at=at), at) for row in replay.officers)
        if not approved:
            return
        with replay.watch.step("events"):
            outbox.deliver_all(ahead=AHEAD)


def _fresh_plan(replay: Replay, at: datetime) -> hq.Plan:
    """Return the plan of this morning: what events have drafted already, else a draft for a day without news."""
    plan = hq.current_plan(AREA, replay.incident.pk)
    if plan is None or plan.drafted_at < at:
        with replay.watch.step("draft"):
            plan = hq.draft(
                area_id=AREA,
                incident_id=replay.incident.pk,
                trigger="DRILL",
                caused_by=uuid5(replay.incident.uuid, at.isoformat()),
                at=at,
            )
    return plan


def _approve(replay: Replay, plan: hq.Plan, officer: Actor, at: datetime) -> int:
    """Approve every line that still waits; return how many that were."""
    lines = [view.line for view in hq.list_lines(plan) if view.line.state == "PROPOSED" and view.line.change != "GONE"]
    if not lines:
        return 0
    outcome = hq.approve_lines(
        area_id=AREA, choices=[(line.uuid, line.version) for line in lines], actor=officer, at=at
    )
    replay.failed_lines += len(outcome.failed)
    return len(outcome.carried_out) + len(outcome.waiting)


# ---------- work ----------
def _assign(replay: Replay, day: date, at: datetime) -> None:
    run = dispatch.assign(area_id=AREA, incident_id=replay.incident.pk, actor=ACTOR, at=at, trigger="TASKS_OPENED")
    replay.unserved += [(day, row) for row in run.unserved]
    replay.shortages += len(run.shortages)
    replay.violations += len(run.stats.get("violations", []))


def _open_work(replay: Replay, until: datetime) -> Iterator[dispatch.Assignment]:
    """Give the first open assignment of each task that should be over by then, in the order of their ends."""
    tasks = dispatch.list_tasks(area_id=AREA, incident_id=replay.incident.pk, states=["ASSIGNED", "STARTED"])
    rows = dispatch.list_assignments(area_id=AREA, task_ids=tasks.values_list("pk", flat=True))
    firsts = [mine[0] for mine in rows.values() if mine[0].ends_at <= until]
    yield from sorted(firsts, key=lambda row: (row.ends_at, row.pk))


def _finish_work(replay: Replay, evening: datetime) -> None:
    """Whoever was sent has done it by the evening, so that hours and tiredness add up over the days."""
    kinds = dict(dispatch.list_tasks(area_id=AREA, incident_id=replay.incident.pk).values_list("pk", "kind"))
    for row in list(_open_work(replay, evening)):
        key: dict[str, Any] = {"area_id": AREA, "assignment_uuid": row.uuid, "actor": ACTOR}
        dispatch.start(**key, at=row.starts_at)
        dispatch.finish(**key, at=row.ends_at, outcome_code=dispatch.kind_rule(kinds[row.task_id]).outcomes[0])
