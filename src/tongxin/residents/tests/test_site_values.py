"""The site's own times of calls and needs: what stands in site.toml is what happens."""

from datetime import timedelta

import pytest

from tongxin.residents import api
from tongxin.residents.models import Request
from tongxin.residents.tests.conftest import HOUR
from tongxin.workforce import api as workforce

pytestmark = pytest.mark.django_db


def ask(story, kind="FOOD", urgency=""):
    person = story.listed[0]
    return api.open_request(**story.where, person_uuid=person.uuid, kind=kind, urgency=urgency, **story.by_staff)


def test_needs_are_due_by_the_times_of_the_site(paired, own_site):
    own_site(
        ("life_minutes = { value = 30", "life_minutes = { value = 15"),
        ('today_until = { value = "20:00"', 'today_until = { value = "17:00"'),
        ("normal_hours = { value = 24", "normal_hours = { value = 48"),
    )
    at = paired.at  # 08:00 in Beijing
    assert ask(paired, "EMERGENCY").due_at == at + timedelta(minutes=15)
    assert ask(paired, "FOOD").due_at == at + 9 * HOUR
    assert ask(paired, "COMPANY").due_at == at + timedelta(hours=48)


def test_late_needs_go_up_by_the_steps_of_the_site(paired, own_site):
    own_site(
        (
            'visit_minutes = { value = 20, source = "proposed", grade = "D" }\nescalate_minutes = { value = [0, 60, 120]',
            'visit_minutes = { value = 45, source = "proposed", grade = "D" }\nescalate_minutes = { value = [10]',
        )
    )
    need = ask(paired, "EMERGENCY")
    assert api.send_visit(area_id=1, uuid=need.uuid, **paired.by_staff).duration_min == 45
    assert api.escalate_late(area_id=1, at=need.due_at + timedelta(minutes=9)).requests == 0
    assert api.escalate_late(area_id=1, at=need.due_at + timedelta(minutes=10)).requests == 1
    assert api.escalate_late(area_id=1, at=need.due_at + 3 * HOUR).requests == 0, "there is one step only"


def test_the_knock_at_the_door_comes_at_the_step_of_the_site(in_round, own_site):
    own_site(("door_check_step = { value = 2", "door_check_step = { value = 3"))
    ends = in_round.at + timedelta(hours=4, minutes=30)
    assert api.escalate_late(area_id=1, at=ends + timedelta(minutes=60)).door_checks == 0
    assert api.escalate_late(area_id=1, at=ends + timedelta(minutes=120)).door_checks == 20


def test_calls_that_are_late_for_too_long_go_up_no_more(in_round, own_site):
    own_site(("stop_after_hours = { value = 48", "stop_after_hours = { value = 1"))
    ends = in_round.at + timedelta(hours=4, minutes=30)
    assert api.escalate_late(area_id=1, at=ends + timedelta(hours=1)).calls == 0
    assert api.escalate_late(area_id=1, at=ends + timedelta(minutes=59)).calls == 20


def test_how_long_a_caller_may_be_away_is_the_site_s(paired, own_site):
    own_site(
        ("gone_hours = { value = 24", "gone_hours = { value = 4"),
        ("pair_minutes = { value = 60", "pair_minutes = { value = 90"),
    )
    caller = paired.cast.responders["caller"]
    workforce.mark_unavailable(
        area_id=1,
        uuid=caller.uuid,
        starts_at=paired.at,
        ends_at=paired.at + 5 * HOUR,
        reason="UNWELL",
        **paired.by_staff,
    )
    [line] = [line for line in api.propose(**paired.where, at=paired.at) if line.measure == "PAIR"]
    assert (line.why, line.due_minutes) == ("CALLER_GONE", 90)


def test_medicine_is_a_need_by_the_days_of_the_site(in_round, own_site):
    own_site(
        ("medicine_today_days = { value = 2", "medicine_today_days = { value = 5"),
        ("medicine_days = { value = 7", "medicine_days = { value = 14"),
    )
    calls = in_round.calls_of("caller").left
    for call, days in zip(calls, (5, 14, 15), strict=False):
        api.log_call(area_id=1, call_uuid=call.uuid, outcome="FINE", medicine_days_left=days, **in_round.by_staff)
    assert sorted(Request.objects.values_list("urgency", flat=True)) == ["NORMAL", "TODAY"]
