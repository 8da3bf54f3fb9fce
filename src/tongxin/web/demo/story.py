"""The first day of the demo: from three ledgers and one positive tube to tasks in hands, each step through a room's door."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone

from tongxin.base import clock, outbox, sessions
from tongxin.base.actors import Actor, Scope, system
from tongxin.base.ids import new_uuid
from tongxin.base.models import Account
from tongxin.community import api as community
from tongxin.dispatch import api as dispatch
from tongxin.hq import api as hq
from tongxin.incidents import api as incidents
from tongxin.sampling import api as sampling
from tongxin.situation import api as situation
from tongxin.web.demo.cast import COMMANDERS, Seat, seat_grid_leaders, seat_in_the_field, seat_office
from tongxin.web.demo.compound import COMPOUND_NAME
from tongxin.web.demo.ledgers import make_people, make_responders, make_site_plan, make_special_care
from tongxin.web.demo.population import draw_population
from tongxin.web.demo.truth import LedgerTruth
from tongxin.workforce import api as workforce

AREA = 1
ACTOR = system("demo")
DAY = date(2022, 11, 3)
GRID, BUILDING, ENTRANCE = "2", "18", "1"
POOL = 10
#: Seconds in which a grid is sampled at most; with twelve seconds a person a small one is done earlier.
LONGEST_QUEUE = 3 * 3600
#: What rooms put off by minutes is not waited for.
AHEAD = timedelta(minutes=10)
#: Approved lines make new facts and those new lines: so often the plan is looked at again.
PASSES = 3


@dataclass
class Story:
    """The demo under way."""

    folder: Path
    seed: int
    residents: int
    now: datetime
    incident: Any = None
    round: Any = None
    tube: str = ""
    index_person: Any = None
    retest_round: Any = None
    plan: Any = None
    run: Any = None
    seats: list[Seat] = field(default_factory=list)
    leaders: list[tuple[int, Any]] = field(default_factory=list)
    tubes: int = 0

    @property
    def rng(self) -> random.Random:
        return random.Random(f"{self.seed}-story-{self.now.isoformat()}")

    def go(self, hour: int, minute: int = 0, day: date | None = None) -> datetime:
        """Move the installation's clock to a time of the story's day (or of another day) and return it."""
        today = day or clock.local_date(self.now)
        self.now = timezone.make_aware(datetime.combine(today, time(hour, minute)))
        clock.set_now(self.now)
        return self.now

    def next_tube(self) -> str:
        """Return a tube code that nobody used."""
        self.tubes += 1
        return f"TX{self.tubes:06d}"


def begin(folder: Path, *, seed: int, residents: int) -> Story:
    """Start the story at half past five, before anybody knows of anything."""
    story = Story(folder, seed, residents, timezone.make_aware(datetime.combine(DAY, time(5, 30))))
    story.go(5, 30)
    return story


def deliver() -> None:
    """Let every room hear what happened."""
    outbox.deliver_all(ahead=AHEAD)


# ---------- before dawn ----------
def write_ledgers(story: Story) -> LedgerTruth:
    """Write the ledgers that the headquarters has; return what is in the one of those who serve."""
    story.folder.mkdir(parents=True, exist_ok=True)
    make_people(story.folder / "people.xlsx", story.seed, story.residents)
    make_special_care(story.folder / "special-care.xlsx", story.seed, story.residents)
    make_site_plan(story.folder / "site-plan.json")
    return make_responders(story.folder / "responders.xlsx", story.seed, story.residents)


def import_people(story: Story, progress: Any = None) -> community.ImportOutcome:
    """Open the compound and import the residents."""
    community.open_compound(
        area_id=AREA, code="TX", name=COMPOUND_NAME, name_en="Tongxin research compound", actor=ACTOR, at=story.now
    )
    return _import("people", story, "people.xlsx", progress)


def import_special_care(story: Story) -> community.ImportOutcome:
    """Import the one-to-one list."""
    return _import("special-care", story, "special-care.xlsx")


def _import(kind: str, story: Story, name: str, progress: Any = None) -> community.ImportOutcome:
    return community.import_ledger(
        area_id=AREA, kind=kind, path=story.folder / name, actor=ACTOR, at=story.now, progress=progress
    )


def import_responders(story: Story, truth: LedgerTruth) -> community.ImportOutcome:
    """Import those who serve, and remember who leads which grid."""
    outcome = workforce.import_responders(
        area_id=AREA, path=story.folder / "responders.xlsx", actor=ACTOR, at=story.now
    )
    number_at = {(row.sheet, row.row): row.number for row in truth.rows}
    uuid_of = {number_at[row.sheet, row.row]: row.person_uuid for row in outcome.rows}
    drawn = draw_population(story.seed, residents=story.residents)
    for row in drawn.responders:
        uuid = uuid_of.get(row.resident.number) if row.grid_led else None
        if uuid is not None:
            story.leaders.append((row.grid_led, workforce.get_responder(AREA, uuid)))
    return outcome


def load_site_plan(story: Story) -> None:
    """Put buildings and entrances on the plan, and buildings into grids."""
    community.load_site_plan(area_id=AREA, path=story.folder / "site-plan.json", actor=ACTOR, at=story.now)


def seat_cast(story: Story) -> None:
    """Make the logins of headquarters and of the grid leaders; those of the field follow when there is work."""
    story.seats += seat_office(area_id=AREA, actor=ACTOR, at=story.now)
    story.seats += seat_grid_leaders(story.leaders, area_id=AREA, actor=ACTOR, at=story.now)


def commanders(story: Story) -> list[Actor]:
    """Return the two who approve."""
    by_name = {row.username: row for row in Account.objects.filter(username__in=COMMANDERS)}
    return [sessions.actor_for(by_name[name], at=story.now) for name in COMMANDERS]


# ---------- the positive tube ----------
def open_incident(story: Story) -> None:
    """Open the incident and a round for the whole compound."""
    at = story.go(5, 45)
    actor = commanders(story)[0]
    story.incident = incidents.open_incident(
        area_id=AREA,
        code=f"{DAY:%Y%m%d}-01",
        title="新冠肺炎疫情（演示）",
        profile_id="covid-cn",
        actor=actor,
        at=at,
    )
    compound = community.get_compound(AREA)
    story.round = sampling.open_round(
        area_id=AREA,
        incident_id=story.incident.pk,
        kind="MASS",
        pool_size=POOL,
        opens_at=story.go(6),
        closes_at=story.go(6) + timedelta(hours=14),
        places=[{"kind": "COMPOUND", "uuid": str(compound.uuid)}],
        origin_kind="demo",
        origin_uuid=uuid5(story.incident.uuid, "first round"),
        actor=actor,
        at=at,
    )
    deliver()


def sample_grid(story: Story, progress: Any = None) -> int:
    """Register the grid of building 18, ten in a tube; return how many people came. A few are away or refuse."""
    start = story.go(6, 20)
    grid = next(row for row in community.list_grids(AREA) if row.number == GRID)
    scope = Scope(AREA, grid_ids=frozenset({grid.pk}))
    members = list(
        sampling.members_query(AREA, story.round.pk, scope, at_home=False).select_related(
            "person", "entrance__building"
        )
    )
    # The tube of the story is filled first, in entrance 18-1.
    members.sort(key=lambda row: (not _is_index_door(row.entrance), row.pk))
    # However many they are, the last one is sampled before the laboratory reports.
    pace = min(12.0, LONGEST_QUEUE / max(1, len(members)))
    rng, came = story.rng, 0
    filling = ""
    for first in range(0, len(members), 50):
        with transaction.atomic():
            for place, member in enumerate(members[first : first + 50], start=first):
                at = start + timedelta(seconds=pace * place)
                if place >= POOL and rng.random() < 0.06:
                    _note_absent(member, rng, at)
                    continue
                filling = register(story, story.round.uuid, filling, member.person.uuid, at)
                came += 1
        if progress is not None:
            progress(100 * first // max(1, len(members)), "")
    story.now = max(story.now, start + timedelta(seconds=pace * len(members)))
    return came


def _is_index_door(entrance: Any) -> bool:
    return entrance is not None and (entrance.building.number, entrance.number) == (BUILDING, ENTRANCE)


def _note_absent(member: Any, rng: random.Random, at: datetime) -> None:
    state = "REFUSED" if rng.random() < 0.2 else "AWAY"
    sampling.set_member_state(
        area_id=AREA, member_uuid=member.uuid, state=state, reason="TOLD_BY_PHONE", actor=ACTOR, at=at
    )


def register(story: Story, round_uuid: UUID, filling: str, person_uuid: UUID, at: datetime) -> str:
    """Put a person into the tube that is being filled, or into one of their own; return the tube to go on with."""
    tube = filling or story.next_tube()
    ask: dict[str, Any] = {
        "area_id": AREA,
        "round_uuid": round_uuid,
        "person_uuid": person_uuid,
        "how": "SCAN",
        "actor": ACTOR,
    }
    try:
        receipt = sampling.register(**ask, tube_code=tube, desk="18", at=at, sampled_at=at).receipt
    except sampling.RegisterRefused as refused:
        if refused.code != "NEVER_POOLED":
            raise
        sampling.register(**ask, tube_code=story.next_tube(), desk="18", at=at, sampled_at=at)
        return filling
    return "" if receipt["is_full"] else tube


def report_pool(story: Story) -> int:
    """The laboratory reports: the first full tube of 18-1 is positive, the others are negative."""
    at = story.go(10, 5)
    for tube in sampling.tubes_query(AREA, story.round.pk, states=("OPEN",)):
        sampling.close_tube(area_id=AREA, tube_uuid=tube.uuid, actor=ACTOR, at=at)
    tubes = sorted(sampling.tubes_query(AREA, story.round.pk, states=("CLOSED",)), key=lambda tube: tube.pk)
    story.tube = next(tube.code for tube in tubes if tube.filled == POOL)
    with transaction.atomic():
        for tube in tubes:
            if tube.code != story.tube:
                _result(tube.code, "NEGATIVE", at)
    outcome = _result(story.tube, "POSITIVE", story.go(10, 10))
    story.retest_round = outcome.recall_round_uuid
    deliver()
    return len(tubes)


def _result(code: str, value: str, at: datetime) -> sampling.ResultOutcome:
    return sampling.record_result(
        area_id=AREA, tube_code=code, value=value, reported_at=at, laboratory="院区检测点", actor=ACTOR, at=at
    )


def retest(story: Story) -> None:
    """The ten of the tube are sampled one by one at their doors."""
    at = story.go(11, 0)
    everything = Scope(AREA, everything=True)
    round_ = sampling.get_round(AREA, story.retest_round)
    members = list(sampling.members_query(AREA, round_.pk, everything).select_related("person", "entrance__building"))
    members.sort(key=lambda row: not _is_index_door(row.entrance))
    story.index_person = members[0].person
    for number, member in enumerate(members):
        moment = at + timedelta(minutes=3 * number)
        sampling.register(
            area_id=AREA,
            round_uuid=round_.uuid,
            tube_code=story.next_tube(),
            person_uuid=member.person.uuid,
            how="DOOR",
            actor=ACTOR,
            at=moment,
            sampled_at=moment,
        )
    story.now = story.go(11, 40)


def confirm_case(story: Story) -> None:
    """One retest is positive: a case in 18-1. The others are negative and cleared."""
    at = story.go(13, 30)
    tubes = list(sampling.tubes_query(AREA, sampling.get_round(AREA, story.retest_round).pk))
    code = min(tubes, key=lambda tube: tube.pk).code
    for tube in tubes:
        if tube.code != code:
            _result(tube.code, "NEGATIVE", at)
    _result(code, "POSITIVE", at)
    deliver()
    story.plan = hq.draft(
        area_id=AREA, incident_id=story.incident.pk, trigger="CASE", caused_by=new_uuid(), at=story.now
    )


# ---------- plan, tasks, hands ----------
def approve_all(story: Story) -> dict[str, int]:
    """The two commanders approve what waits; what that makes new is drafted and approved too. Return what became of it."""
    counts = {"carried_out": 0, "failed": 0}
    for _number in range(PASSES):
        approved = 0
        for officer in commanders(story):
            lines = [
                v.line for v in hq.list_lines(story.plan) if v.line.state == "PROPOSED" and v.line.change != "GONE"
            ]
            if not lines:
                continue
            outcome = hq.approve_lines(
                area_id=AREA, choices=[(line.uuid, line.version) for line in lines], actor=officer, at=story.now
            )
            approved += len(outcome.carried_out)
            counts["carried_out"] += len(outcome.carried_out)
            counts["failed"] += len(outcome.failed)
        deliver()
        if not approved:
            break
        story.plan = hq.draft(
            area_id=AREA, incident_id=story.incident.pk, trigger="BY_HAND", caused_by=new_uuid(), at=story.now
        )
    return counts


def assign(story: Story) -> dispatch.PlannerRun:
    """Let the planner decide who does what."""
    run = dispatch.assign(
        area_id=AREA, incident_id=story.incident.pk, actor=ACTOR, at=story.now, trigger="TASKS_OPENED"
    )
    story.run = run
    deliver()
    return run


def _is_volunteer(row: Any) -> bool:
    return bool(row.responder.kind == "VOLUNTEER" and row.task.kind != "CALL_ROUND")


def _is_medic(row: Any) -> bool:
    return bool(row.responder.kind == "MEDIC")


def _calls(row: Any) -> bool:
    return bool(row.task.kind == "CALL_ROUND")


def _interviews(row: Any) -> bool:
    return bool(row.task.kind == "CASE_INTERVIEW")


#: login, role, and whose first open task makes somebody fit for the seat.
_FIELD: tuple[tuple[str, str, Callable[[Any], bool]], ...] = (
    ("volunteer", "VOLUNTEER", _is_volunteer),
    ("volunteer2", "VOLUNTEER", _is_volunteer),
    ("medic", "MEDIC", _is_medic),
    ("sampler", "SAMPLER", _is_medic),
    ("tracer", "TRACER", _interviews),
    ("caller", "CALLER", _calls),
    ("caller2", "CALLER", _calls),
)


def seat_field(story: Story) -> None:
    """Make the logins of those who serve, for people who have something to do today."""
    taken = {seat.responder_code for seat in story.seats}
    rows = open_assignments(story)
    for username, role, fits in _FIELD:
        found = next((row for row in rows if row.responder.code not in taken and fits(row)), None)
        if found is None:
            continue
        taken.add(found.responder.code)
        seat = seat_in_the_field(username, role, found.responder, area_id=AREA, actor=ACTOR, at=story.now)
        story.seats.append(seat)


def open_assignments(story: Story, until: datetime | None = None) -> list[dispatch.Assignment]:
    """Return open assignments with task and responder, in the order of their starts."""
    tasks = dispatch.list_tasks(area_id=AREA, incident_id=story.incident.pk, states=("ASSIGNED", "ACCEPTED", "STARTED"))
    by_id = {task.pk: task for task in tasks}
    rows = [row for mine in dispatch.list_assignments(area_id=AREA, task_ids=by_id).values() for row in mine]
    for row in rows:
        row.task = by_id[row.task_id]
    return sorted(
        (row for row in rows if until is None or row.ends_at <= until), key=lambda row: (row.starts_at, row.pk)
    )


def finish_one(story: Story) -> dispatch.Assignment | None:
    """The volunteer of the cast takes the first task, does it and says so; the clock stands at its end."""
    code = next((seat.responder_code for seat in story.seats if seat.username == "volunteer"), "")
    row = next((row for row in open_assignments(story) if row.responder.code == code), None)
    if row is None:
        return None
    actor = sessions.actor_for(Account.objects.get(username="volunteer"), at=story.now)
    step: dict[str, Any] = {"area_id": AREA, "assignment_uuid": row.uuid, "actor": actor}
    dispatch.accept(**step, at=story.now)
    starts_at = max(story.now, row.starts_at)
    dispatch.start(**step, at=starts_at)
    story.now = starts_at + (row.ends_at - row.starts_at)
    clock.set_now(story.now)
    done = dispatch.finish(**step, outcome_code=dispatch.kind_rule(row.task.kind).outcomes[0], at=story.now)
    deliver()
    return done


def write_report(story: Story, report_date: date | None = None) -> list[Path]:
    """Write the report of a day (today when none is given) in both languages beside the ledgers."""
    report = situation.make_report(
        area_id=AREA,
        incident_id=story.incident.pk,
        report_date=report_date or clock.local_date(story.now),
        actor=ACTOR,
        at=story.now,
    )
    forms: tuple[tuple[situation.Language, str], ...] = (("zh", "docx"), ("zh", "pdf"), ("en", "pdf"))
    paths = []
    for language, kind in forms:
        document = situation.render_report(report, language=language, kind=kind)
        paths.append(story.folder / document.name)
        paths[-1].write_bytes(document.data)
    return paths
