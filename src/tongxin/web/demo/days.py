"""Further days of the demo: work is done, people are sampled and called, a few more fall ill, and each night has its report.

What happens by itself in operation (rounds that open, calls that escalate) is left to the rooms; only what people do
is drawn here, from the seed.
"""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from tongxin.base import outbox
from tongxin.base.actors import Scope
from tongxin.base.ids import new_uuid
from tongxin.dispatch import api as dispatch
from tongxin.hq import api as hq
from tongxin.incidents import api as incidents
from tongxin.residents import api as residents
from tongxin.sampling import api as sampling
from tongxin.web.demo.story import (
    ACTOR,
    AREA,
    DAY,
    Story,
    approve_all,
    assign,
    deliver,
    open_assignments,
    register,
    write_report,
)

#: Share of a round's people who come; drawn for each day.
SHOW_UP = (0.85, 0.97)
#: How many more people fall ill in all, and how often what is asked comes out how.
MORE_CASES = (2, 6)
FAILS, GIVES_BACK = 0.03, 0.02
UNREACHED, NEEDS = 0.06, 0.08
NEED_KINDS = ("MEDICINE", "FOOD", "MEDICAL_CARE", "UTILITIES", "COMPANY", "INFORMATION")
ANSWERED, TOLD_BACK = 0.9, 0.85
_STEP = 40
_EVERYWHERE = Scope(AREA, everything=True)


def play_day(story: Story, number: int, progress: Any) -> None:
    """Live through one more day: the evening before, the report at dawn, plan, sampling, calls, needs."""
    day = DAY + timedelta(days=number - 1)
    rng = random.Random(f"{story.seed}-day-{number}")
    finish_work(story, rng, story.go(22, 0, day - timedelta(days=1)))
    progress(10, "")
    story.go(5, 30, day)
    write_report(story, day - timedelta(days=1))
    story.go(7, 0, day)
    outbox.enqueue_periodic(at=story.now)
    decide(story)
    progress(30, "")
    sample_round(story, rng)
    visit_homes(story, rng, number)
    progress(60, "")
    story.go(15, 30, day)
    outbox.enqueue_periodic(at=story.now)
    deliver()
    make_calls(story, rng)
    answer_requests(story, rng)
    progress(85, "")
    story.go(18, 0, day)
    decide(story)


def decide(story: Story) -> None:
    """Draft the plan, approve it, and let the planner give the tasks to people."""
    deliver()
    story.plan = hq.draft(
        area_id=AREA, incident_id=story.incident.pk, trigger="BY_HAND", caused_by=new_uuid(), at=story.now
    )
    approve_all(story)
    assign(story)


# ---------- work ----------
def finish_work(story: Story, rng: random.Random, until: datetime) -> int:
    """Whoever had a task that is over by then has done it, could not, or gave it back; return how many ended."""
    ended: set[int] = set()
    for row in open_assignments(story, until):
        if row.task_id in ended or row.state == "STARTED":
            continue
        step: dict[str, Any] = {"area_id": AREA, "assignment_uuid": row.uuid, "actor": ACTOR}
        chance = rng.random()
        if chance < GIVES_BACK:
            dispatch.give_back(**step, reason_code="UNWELL", at=row.starts_at)
            continue
        ended.add(row.task_id)
        dispatch.accept(**step, at=row.starts_at - timedelta(minutes=20))
        dispatch.start(**step, at=row.starts_at)
        if chance < GIVES_BACK + FAILS:
            dispatch.cannot(**step, reason_code=rng.choice(("NO_ACCESS", "NOBODY_THERE")), at=row.ends_at)
        else:
            outcome = dispatch.kind_rule(row.task.kind).outcomes[0]
            dispatch.finish(**step, outcome_code=outcome, at=row.ends_at)
    deliver()
    return len(ended)


# ---------- sampling ----------
def _chunks(rows: list[Any]) -> Iterator[tuple[int, list[Any]]]:
    for first in range(0, len(rows), _STEP):
        yield first, rows[first : first + _STEP]


def sample_round(story: Story, rng: random.Random) -> int:
    """Fill the tubes of the newest round of everybody, close it in the evening, and report the tubes; return how many came."""
    rounds = sampling.list_rounds(AREA, story.incident.pk, kinds=["MASS"], is_open=True)
    round_ = next((row for row in rounds if row.opens_at <= story.now + timedelta(hours=6)), None)
    if round_ is None:
        return 0
    share, start, filling, came = rng.uniform(*SHOW_UP), max(story.now, round_.opens_at), "", 0
    members = list(sampling.members_query(AREA, round_.pk, _EVERYWHERE, at_home=False).select_related("person"))
    for first, part in _chunks(members):
        with transaction.atomic():
            for place, member in enumerate(part, start=first):
                at = start + timedelta(seconds=4 * place)
                if rng.random() < share:
                    filling = register(story, round_.uuid, filling, member.person.uuid, at)
                    came += 1
                elif rng.random() < 0.4:
                    state = "REFUSED" if rng.random() < 0.15 else "AWAY"
                    told: dict[str, Any] = {"member_uuid": member.uuid, "state": state, "reason": "TOLD_BY_PHONE"}
                    sampling.set_member_state(area_id=AREA, **told, actor=ACTOR, at=at)
    _report_negative(round_.pk, start + timedelta(hours=6))
    return came


def _report_negative(round_id: int, at: datetime) -> None:
    tubes = list(sampling.tubes_query(AREA, round_id, states=("OPEN", "CLOSED")))
    for _first, part in _chunks(tubes):
        with transaction.atomic():
            for tube in part:
                sampling.close_tube(area_id=AREA, tube_uuid=tube.uuid, actor=ACTOR, at=at)
                if tube.filled:
                    _result(tube.code, "NEGATIVE", at)
    deliver()


def _result(code: str, value: str, at: datetime) -> None:
    sampling.record_result(
        area_id=AREA, tube_code=code, value=value, reported_at=at, laboratory="院区检测点", actor=ACTOR, at=at
    )


def visit_homes(story: Story, rng: random.Random, number: int) -> int:
    """Sample those at their doors, each in a tube of their own; among the contacts of earlier cases some are positive."""
    rounds = sampling.list_rounds(AREA, story.incident.pk, kinds=["HOME", "RECALL"], is_open=True)
    tubes: list[tuple[str, int, datetime]] = []
    for round_ in rounds:
        members = list(sampling.members_query(AREA, round_.pk, _EVERYWHERE).select_related("person"))
        for place, member in enumerate(members):
            if rng.random() > max(SHOW_UP[0], 0.92):
                continue
            at = max(story.now, round_.opens_at) + timedelta(minutes=2 * place)
            code = story.next_tube()
            ask: dict[str, Any] = {
                "area_id": AREA,
                "round_uuid": round_.uuid,
                "person_uuid": member.person.uuid,
                "how": "DOOR",
            }
            sampling.register(**ask, tube_code=code, actor=ACTOR, at=at, sampled_at=at)
            tubes.append((code, member.person_id, at))
    positive = _who_falls_ill(story, rng, number, [person_id for _, person_id, _ in tubes])
    for code, person_id, at in tubes:
        _result(code, "POSITIVE" if person_id in positive else "NEGATIVE", at + timedelta(hours=4))
    deliver()
    return len(tubes)


def _who_falls_ill(story: Story, rng: random.Random, number: int, sampled: list[int]) -> set[int]:
    """Choose contacts who are positive today: all in all as many as the seed says, most of them in the first days."""
    total = random.Random(f"{story.seed}-cases").randint(*MORE_CASES)
    have = incidents.count_status(AREA, story.incident.pk).get("CASE", 0) - 1
    standing = incidents.status_of(AREA, story.incident.pk, sampled)
    contacts = sorted(person_id for person_id, row in standing.items() if row.kind == "CONTACT")
    today = min(len(contacts), total - have, 2 if number <= 3 else 1)
    return set(rng.sample(contacts, max(0, today)))


# ---------- residents ----------
def make_calls(story: Story, rng: random.Random) -> int:
    """Every caller calls the people of the round that runs now; return how many calls were made."""
    round_ = residents.find_current_round(area_id=AREA, incident_id=story.incident.pk, at=story.now)
    if round_ is None:
        return 0
    calls = list(residents.list_calls(area_id=AREA, round_id=round_.pk, scope_filter=Q(), state="DUE"))
    for first, part in _chunks(calls):
        with transaction.atomic():
            for place, call in enumerate(part, start=first):
                _call(call, rng, max(story.now, round_.starts_at) + timedelta(seconds=10 * place))
    deliver()
    return len(calls)


def _call(call: Any, rng: random.Random, at: datetime) -> None:
    chance = rng.random()
    outcome = "UNREACHED" if chance < UNREACHED else "NEED" if chance < UNREACHED + NEEDS else "FINE"
    needs = [residents.Need(rng.choice(NEED_KINDS))] if outcome == "NEED" else []
    days = rng.randrange(4, 40) if outcome == "FINE" and rng.random() < 0.3 else None
    residents.log_call(
        area_id=AREA, call_uuid=call.uuid, outcome=outcome, needs=needs, medicine_days_left=days, actor=ACTOR, at=at
    )


def answer_requests(story: Story, rng: random.Random) -> int:
    """Most needs are met and the people told back; return how many were answered."""
    rows = list(
        residents.list_requests(area_id=AREA, incident_id=story.incident.pk, scope=_EVERYWHERE, states=("OPEN",))
    )
    answered = 0
    for row in rows:
        if rng.random() > ANSWERED:
            continue
        at = max(story.now, row.opened_at) + timedelta(minutes=rng.randrange(10, 60))
        fresh = residents.finish_request(
            area_id=AREA, uuid=row.uuid, version=row.version, answer="已办理", actor=ACTOR, at=at
        )
        answered += 1
        if rng.random() < TOLD_BACK:
            score = rng.choices((5, 4, 3, None), weights=(60, 25, 5, 10))[0]
            residents.tell_back(
                area_id=AREA, uuid=row.uuid, version=fresh.version, satisfaction=score, actor=ACTOR, at=at
            )
    deliver()
    return answered
