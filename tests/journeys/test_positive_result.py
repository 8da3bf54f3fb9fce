"""Follow one positive result through the house: the walk that the README tells.

A pooled tube of ten is positive. Its people are called back, one of them is positive alone, becomes a case, and the
plan stands within the same breath. Two officers approve it, work opens, the planner sends people, a volunteer finishes
a task, figures move, and the night report counts it all.
"""

from datetime import timedelta

import pytest

from tongxin.base import audit, outbox, policy
from tongxin.base.actors import system
from tongxin.base.ids import new_uuid
from tongxin.base.models import QueueItem
from tongxin.dispatch import api as dispatch
from tongxin.hq import api as hq
from tongxin.incidents import api as incidents
from tongxin.residents import api as residents
from tongxin.sampling import api as sampling
from tongxin.situation import api as situation
from tongxin.tracing import api as tracing

LAB = system("laboratory")


def deliver():
    """Deliver everything, also what waits a few seconds to be gathered."""
    for _ in range(6):
        QueueItem.objects.filter(state="WAITING").update(run_after="2000-01-01T00:00:00Z")
        if not outbox.deliver_all():
            break
    # Searches for a better plan go on in a worker of their own; the tasks have hands before that.
    while outbox.run_one(is_long=True):
        pass
    parked = list(QueueItem.objects.filter(state__in=["PARKED", "WAITING"]).values_list("handler", "error"))
    assert parked == []


@pytest.fixture
def who(area, cast, at):
    return {"area_id": area.area_id, "actor": cast.actor("commander"), "at": at}


@pytest.fixture
def pool(area, incident, who, at):
    """A round of the whole compound; one tube of ten people, the first of whom lives in 1-1-101."""
    opened = sampling.open_round(
        incident_id=incident.pk,
        kind="MASS",
        pool_size=10,
        opens_at=at,
        closes_at=at + timedelta(hours=6),
        places=[{"kind": "COMPOUND", "uuid": str(area.compound.uuid)}],
        origin_kind="Test",
        origin_uuid=new_uuid(),
        **who,
    )
    sampling.open_tube(round_uuid=opened.uuid, code="T0001", **who)
    for person in area.people[:10]:
        sampling.register(round_uuid=opened.uuid, tube_code="T0001", person_uuid=person.uuid, **who)
    return opened


def status(area, incident, person):
    found = incidents.status_of(area.area_id, incident.pk, [person.pk]).get(person.pk)
    return found.kind if found else ""


def approve_everything(area, cast, incident, at):
    for name in ("commander", "second_commander"):
        plan = hq.current_plan(area.area_id, incident.pk)
        choices = [
            (view.line.uuid, view.line.version)
            for view in hq.list_lines(plan)
            if view.line.state == "PROPOSED" and view.line.change != "GONE"
        ]
        outcome = hq.approve_lines(area_id=area.area_id, choices=choices, actor=cast.actor(name), at=at)
        assert outcome.failed == ()
    return hq.measures_in_force(area.area_id, incident.pk)


def finish_first_task(area, cast, at):
    """Whoever was given the first task accepts it, starts it and finishes it."""
    cards = [
        (cast.actor(name), card)
        for name, responder in cast.responders.items()
        for card in dispatch.my_tasks(area_id=area.area_id, responder_id=responder.pk, at=at, actor=cast.actor(name))
    ]
    assert cards
    actor, card = cards[0]
    step = {"area_id": area.area_id, "assignment_uuid": card.assignment_uuid, "actor": actor}
    dispatch.accept(**step, at=at)
    dispatch.start(**step, at=at)
    dispatch.finish(**step, outcome_code=dispatch.kind_rule(card.kind).outcomes[0], at=at + timedelta(minutes=10))


def test_from_a_positive_pool_to_the_report(area, cast, incident, pool, who, at):
    first, second = area.people[0], area.people[1]

    # 1 sampling: the pool is positive; its people wait for a retest, singly, at their doors.
    sampling.record_result(area_id=area.area_id, tube_code="T0001", value="POSITIVE", actor=LAB, at=at)
    deliver()
    assert {status(area, incident, person) for person in area.people[:10]} == {"SUSPECT"}
    recall = next(row for row in sampling.list_rounds(area.area_id, incident.pk) if row.kind == "RECALL")
    tasks = dispatch.list_tasks(area_id=area.area_id, incident_id=incident.pk)
    assert sum(task.kind == "RECALL_SAMPLING" for task in tasks) == 10

    # 2 one retest is negative, one is positive: cleared, and a case.
    for number, (person, value) in enumerate([(second, "NEGATIVE"), (first, "POSITIVE")]):
        code = f"S000{number}"
        later = at + timedelta(hours=1, minutes=number)
        sampling.open_tube(
            area_id=area.area_id, round_uuid=recall.uuid, code=code, capacity=1, actor=who["actor"], at=later
        )
        sampling.register(
            area_id=area.area_id,
            round_uuid=recall.uuid,
            tube_code=code,
            person_uuid=person.uuid,
            actor=who["actor"],
            at=later,
        )
        sampling.record_result(area_id=area.area_id, tube_code=code, value=value, actor=LAB, at=later)
    deliver()
    assert status(area, incident, first) == "CASE"
    assert status(area, incident, second) in ("CLEARED", "CONTACT", "")

    # 3 the plan stands: zones, contacts, sampling, calls; every line says why.
    plan = hq.current_plan(area.area_id, incident.pk)
    lines = [view.line for view in hq.list_lines(plan)]
    assert {"RAISE_ZONE", "LIST_CONTACTS", "PAIR"} <= {line.measure for line in lines}
    assert all(line.why and line.rule_key and line.source and line.grade for line in lines)

    # 4 two officers approve it: facts, orders and tasks follow.
    done_at = at + timedelta(hours=2)
    in_force = approve_everything(area, cast, incident, done_at)
    deliver()
    assert {"RAISE_ZONE", "LIST_CONTACTS"} <= {line.measure for line in in_force}
    assert [zone.canonical for zone in incidents.zone_levels(area.area_id, incident.pk, done_at)].count("HIGH") == 1
    household = [person for person in area.by_door["1-1-101"] if person.pk != first.pk]
    assert household
    assert {status(area, incident, person) for person in household} == {"CONTACT"}
    scope = policy.scope_for(cast.actor("tracer"), "tracing.management.list", area_id=area.area_id)
    assert scope.everything
    assert tracing.figures(area_id=area.area_id, incident_id=incident.pk, at=done_at)
    coverage = residents.coverage(area_id=area.area_id, incident_id=incident.pk, at=done_at)
    assert coverage.covered == coverage.listed == 4

    # 5 the planner sends people, and breaks no rule.
    run = dispatch.assign(area_id=area.area_id, incident_id=incident.pk, actor=who["actor"], at=done_at)
    assert run.state == "DONE"
    assert run.stats["diff"]

    # 6 a responder does a task on the phone, and the field room writes its own fact.
    before = dispatch.figures(area_id=area.area_id, incident_id=incident.pk, at=done_at)
    finish_first_task(area, cast, done_at)
    deliver()
    after = dispatch.figures(area_id=area.area_id, incident_id=incident.pk, at=done_at)
    assert after["dispatch.done"] == before["dispatch.done"] + 1

    # 7 the report counts what happened.
    report = situation.make_report(
        area_id=area.area_id, incident_id=incident.pk, report_date=done_at.date(), actor=who["actor"], at=done_at
    )
    assert report.content
    assert audit.verify(area.area_id).faults == ()
