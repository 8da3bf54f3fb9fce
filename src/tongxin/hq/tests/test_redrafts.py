"""Which facts draft the plan anew: gathered for a few seconds, once, and only where a line changes."""

from datetime import timedelta

import pytest

from tongxin.base import outbox
from tongxin.base.ids import new_uuid
from tongxin.base.models import QueueItem
from tongxin.community.events import MergeUndone, PeopleImported, PeopleMerged, ResidentsChanged
from tongxin.hq import api
from tongxin.hq.models import PlanLine
from tongxin.hq.tests.stage import MACHINE, open_lines
from tongxin.incidents import api as incidents
from tongxin.residents import api as residents
from tongxin.residents.events import CallRoundOpened, PairsChanged
from tongxin.sampling.events import RoundOpened
from tongxin.tracing.events import ContactsListed, InvestigationChanged, ManagementReleased
from tongxin.workforce import api as workforce
from tongxin.workforce.events import RespondersImported, ResponderUnavailable

_UUID = new_uuid()


@pytest.fixture(autouse=True)
def story_time(drill_clock):
    """Jobs read the clock: it stands on the morning of the story."""


EVENTS = {
    "investigation": (lambda incident, at: InvestigationChanged(incident.uuid, _UUID, "DATES"), "INVESTIGATION"),
    "contacts": (lambda incident, at: ContactsListed(incident.uuid, _UUID, {"contact": 1}), "CONTACTS"),
    "released": (lambda incident, at: ManagementReleased(incident.uuid, [_UUID]), "CONTACTS"),
    "unavailable": (lambda incident, at: ResponderUnavailable(_UUID, at, at + timedelta(days=2)), "HANDS"),
    "responders": (lambda incident, at: RespondersImported(1, 0), "HANDS"),
    "round": (lambda incident, at: RoundOpened(incident.uuid, _UUID, "MASS", 40), "ROUND"),
    "pairs": (lambda incident, at: PairsChanged(incident.uuid, 1, 0), "CALLS"),
    "calls": (lambda incident, at: CallRoundOpened(incident.uuid, _UUID, 5), "CALLS"),
    "people": (lambda incident, at: PeopleImported(_UUID, 1, 0), "PEOPLE"),
    "residents": (lambda incident, at: ResidentsChanged((_UUID,), "MOVED"), "PEOPLE"),
    "merged": (lambda incident, at: PeopleMerged(_UUID, new_uuid()), "PEOPLE"),
    "undone": (lambda incident, at: MergeUndone(_UUID, new_uuid()), "PEOPLE"),
}


def jobs():
    return QueueItem.objects.filter(handler=api.REDRAFT_JOB)


def tell(area, event, at, times=1):
    """Publish an event and let everybody hear it; the gathered redraft waits in the queue."""
    for _ in range(times):
        outbox.publish(event, area_id=area.area_id, at=at)
    outbox.deliver_all()


def forget_what_was_asked():
    jobs().delete()


def run_jobs(at):
    jobs().update(run_after=at)
    outbox.deliver_all()


def change_a_line(plan):
    """Make the draft differ from what the rooms propose now, as a fact that came in since would."""
    line = plan.lines.filter(measure="RAISE_ZONE").first()
    PlanLine.objects.filter(pk=line.pk).update(numbers={**line.numbers, "people": -1})
    return line.key


@pytest.mark.parametrize("name", EVENTS)
def test_the_fact_asks_for_one_redraft_and_a_burst_of_it_for_no_more(area, incident, drafted, at, name):
    make, trigger = EVENTS[name]
    forget_what_was_asked()
    tell(area, make(incident, at), at, times=3)
    # Three facts that straddle the edge of a stretch make two requests, never three.
    assert 1 <= jobs().count() <= 2
    assert {item.payload["trigger"] for item in jobs()} == {trigger}
    assert {item.payload["incident"] for item in jobs()} == {str(incident.uuid)}


@pytest.mark.parametrize("name", EVENTS)
def test_a_changed_line_makes_a_version_that_says_so(area, incident, drafted, at, name):
    make, trigger = EVENTS[name]
    run_jobs(at)
    key = change_a_line(api.current_plan(area.area_id, incident.pk))
    before = api.current_plan(area.area_id, incident.pk).number
    forget_what_was_asked()
    tell(area, make(incident, at), at)
    run_jobs(at)
    plan = api.current_plan(area.area_id, incident.pk)
    assert (plan.number, plan.trigger) == (before + 1, trigger)
    assert plan.lines.get(key=key).change == "CHANGED"


def test_facts_that_change_no_line_make_no_version(area, incident, drafted, at):
    run_jobs(at)
    before = api.current_plan(area.area_id, incident.pk)
    tell(area, PeopleImported(_UUID, 1, 0), at)
    run_jobs(at)
    now = api.current_plan(area.area_id, incident.pk)
    assert (now.pk, now.state) == (before.pk, "DRAFT")


def test_a_person_who_asks_gets_a_version_even_of_the_same(area, incident, drafted, at):
    plan = api.draft_now(
        area_id=area.area_id, incident_uuid=incident.uuid, trigger="BY_HAND", caused_by=new_uuid(), at=at
    )
    assert plan.number == drafted.number + 1


def test_a_strike_stays_and_makes_no_version(area, cast, incident, drafted, at):
    run_jobs(at)
    plan = api.current_plan(area.area_id, incident.pk)
    line = plan.lines.filter(state="PROPOSED").first()
    actor = cast.actor("commander")
    api.strike_line(area_id=area.area_id, uuid=line.uuid, version=line.version, reason="楼已空", actor=actor, at=at)
    forget_what_was_asked()
    tell(area, RespondersImported(1, 0), at)
    run_jobs(at)
    assert api.current_plan(area.area_id, incident.pk).pk == plan.pk


def test_the_same_request_again_drafts_once(area, incident, drafted, at):
    change_a_line(drafted)
    arguments = {"area_id": area.area_id, "incident_uuid": incident.uuid, "trigger": "PEOPLE", "slot": 7, "at": at}
    first = api.run_redraft(**arguments)
    assert api.run_redraft(**arguments) == first
    assert first["number"] == drafted.number + 1


def test_a_closed_incident_is_not_drafted(area, incident, drafted, at):
    incidents.Incident.objects.filter(pk=incident.pk).update(state="CLOSED")
    assert api.request_redrafts(area_id=area.area_id, trigger="PEOPLE", at=at) == 0
    assert api.run_redraft(
        area_id=area.area_id, incident_uuid=incident.uuid, trigger="PEOPLE", slot=8, at=at
    ) == {"number": 0}  # fmt: skip


def test_another_compound_is_left_alone(area, incident, other_area, drafted, at):
    forget_what_was_asked()
    tell(other_area, PeopleImported(_UUID, 1, 0), at)
    assert not jobs().filter(area_id=area.area_id).exists()


def test_when_the_callers_leave_the_plan_gets_a_line_for_it(area, cast, incident, drafted, at):
    here = {"area_id": area.area_id, "actor": MACHINE, "at": at}
    assert residents.pair_everybody(incident_id=incident.pk, **here).opened
    outbox.deliver_all()
    # By hand, so that the stretch of seconds in which the absence is told has no draft of its own yet.
    common = {"area_id": area.area_id, "incident_uuid": incident.uuid, "at": at}
    api.draft_now(**common, trigger="BY_HAND", caused_by=new_uuid())
    assert "PAIR" not in {line.measure for line in open_lines(api.current_plan(area.area_id, incident.pk))}
    forget_what_was_asked()
    span = {"starts_at": at, "ends_at": at + timedelta(days=2), "reason": "UNWELL"}
    for name in ("caller", "tracer", "seconded"):
        workforce.mark_unavailable(uuid=cast.responders[name].uuid, **span, **here)
    outbox.deliver_all()
    asked = {item.payload["trigger"] for item in jobs()}
    assert "HANDS" in asked
    run_jobs(at)
    (line,) = [line for line in open_lines(api.current_plan(area.area_id, incident.pk)) if line.measure == "PAIR"]
    assert line.why == "NO_CALLERS"
