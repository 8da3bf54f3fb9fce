"""Pairs: one caller and a deputy for everybody; what the plan proposes; what a repeat does."""

from collections import Counter
from datetime import timedelta

import pytest

from tongxin.community import api as community
from tongxin.incidents import api as incidents
from tongxin.residents import api
from tongxin.residents.models import CallRound, LiaisonCall, LiaisonPair
from tongxin.residents.tests.conftest import CODES, HOUR, STAFF, audited, open_pairs, told
from tongxin.workforce import api as workforce

pytestmark = pytest.mark.django_db


# ---------- pairing ----------
def test_everybody_gets_one_caller_and_a_deputy_who_is_somebody_else(story):
    done = story.pair()
    assert (done.listed, done.opened, done.kept) == (20, 20, 0)
    counts = Counter(open_pairs().values_list("caller__code", flat=True))
    assert set(counts) == {"caller", "seconded", "tracer"}
    assert max(counts.values()) - min(counts.values()) <= 1
    assert all(pair.deputy_id and pair.deputy_id != pair.caller_id for pair in open_pairs())
    assert all(pair.reason["codes"][-1] == "LEAST_LOAD" for pair in open_pairs())
    assert audited("residents.pairs.changed") == told("residents.pairs_changed.v1") == 1


def test_pairing_again_changes_nothing(paired):
    before = list(open_pairs().order_by("id").values_list("id", flat=True))
    assert paired.pair().changed == 0
    assert list(open_pairs().order_by("id").values_list("id", flat=True)) == before
    assert told("residents.pairs_changed.v1") == 1


def test_the_first_class_of_the_list_counts(story):
    both = story.listed[0]
    community.add_care(area_id=1, needs=[(both, {"RETIRED_STAFF": ""}, None)], **story.by_staff)
    story.pair()
    assert open_pairs().get(person=both).care_code == "RETIRED_LEADER"


def test_who_leaves_the_list_loses_the_pair_and_who_comes_gets_one(paired):
    gone, new = paired.listed[0], paired.area.people[25]
    community.end_care(area_id=1, person_uuid=gone.uuid, code=CODES[0], **paired.by_staff)
    community.add_care(area_id=1, needs=[(new, {CODES[1]: ""}, None)], **paired.by_staff)
    done = paired.pair(paired.at + HOUR)
    assert (done.opened, done.closed, done.kept) == (1, 1, 19)
    assert not open_pairs().filter(person=gone).exists()
    assert open_pairs().filter(person=new).exists()


def test_when_a_caller_drops_out_the_deputies_take_over(paired):
    lost = paired.cast.responders["caller"]
    deputies = dict(open_pairs().filter(caller=lost).values_list("person_id", "deputy_id"))
    workforce.set_active(area_id=1, uuid=lost.uuid, is_active=False, **paired.by_staff)
    needed = api.pairing_needed(**paired.where, at=paired.at)
    assert (needed.caller_gone, needed.callers_gone, needed.unpaired) == (len(deputies), 1, 0)
    paired.pair(paired.at + HOUR)
    for person_id, deputy_id in deputies.items():
        pair = open_pairs().get(person_id=person_id)
        assert (pair.caller_id, pair.reason["why"]) == (deputy_id, "WAS_DEPUTY")
        assert pair.deputy_id not in (None, pair.caller_id, lost.pk)
    assert not open_pairs().filter(deputy=lost).exists()
    assert api.pairing_needed(**paired.where, at=paired.at).is_needed is False


def test_open_calls_go_along_with_a_pair(in_round):
    lost = in_round.cast.responders["caller"]
    workforce.set_active(area_id=1, uuid=lost.uuid, is_active=False, **in_round.by_staff)
    in_round.pair(in_round.at + HOUR)
    assert not LiaisonCall.objects.filter(caller=lost, state="DUE").exists()
    assert LiaisonCall.objects.filter(state="DUE").count() == 20


def test_a_day_off_is_covered_and_a_long_absence_moves_people(paired):
    away = paired.cast.responders["caller"]
    span = {"starts_at": paired.at - HOUR, "reason": "FAMILY"}
    workforce.mark_unavailable(area_id=1, uuid=away.uuid, ends_at=paired.at + 8 * HOUR, **span, **paired.by_staff)
    assert api.pairing_needed(**paired.where, at=paired.at).is_needed is False
    paired.open_round()
    assert not LiaisonCall.objects.filter(caller=away).exists()
    span["starts_at"] -= timedelta(minutes=1)
    workforce.mark_unavailable(area_id=1, uuid=away.uuid, ends_at=paired.at + 48 * HOUR, **span, **paired.by_staff)
    assert api.pairing_needed(**paired.where, at=paired.at).caller_gone > 0


def test_people_who_have_talked_before_find_each_other_again(in_round):
    call = in_round.calls_of("seconded").next
    api.log_call(area_id=1, call_uuid=call.uuid, outcome="FINE", **in_round.by_staff)
    LiaisonPair.objects.filter(person=call.person).update(ends_at=in_round.at)
    in_round.pair(in_round.at + HOUR)
    pair = open_pairs().get(person=call.person)
    assert pair.caller.code == "seconded"
    assert "KNOWN_BEFORE" in pair.reason["codes"]


def test_without_anybody_who_calls_pairing_says_so(story):
    for name in ("caller", "seconded", "tracer"):
        uuid = story.cast.responders[name].uuid
        workforce.set_active(area_id=1, uuid=uuid, is_active=False, **story.by_staff)
    with pytest.raises(api.NoCallers):
        story.pair()
    assert not LiaisonPair.objects.exists()
    assert next(line.why for line in api.propose(**story.where, at=story.at)) == "NO_CALLERS"


def test_when_every_caller_leaves_the_plan_says_that_nobody_calls(paired):
    """The people keep their pairs on paper; silence here would be forty people whom nobody rings."""
    for name in ("caller", "seconded", "tracer"):
        uuid = paired.cast.responders[name].uuid
        workforce.set_active(area_id=1, uuid=uuid, is_active=False, **paired.by_staff)
    needed = api.pairing_needed(**paired.where, at=paired.at)
    assert (needed.callers, needed.caller_gone) == (0, needed.listed)
    (line,) = [line for line in api.propose(**paired.where, at=paired.at) if line.measure == "PAIR"]
    assert line.why == "NO_CALLERS"


def test_a_person_moves_to_another_caller_by_hand(paired):
    pair = open_pairs().filter(caller__code="caller").first()
    target = paired.cast.responders["tracer"]
    moved = api.move_pair(area_id=1, pair_uuid=pair.uuid, caller_uuid=target.uuid, **paired.by_staff)
    assert (moved.caller_id, moved.deputy_id) == (target.pk, pair.caller_id)
    assert moved.reason["why"] == "BY_HAND"
    with pytest.raises(LiaisonPair.DoesNotExist):
        api.move_pair(area_id=1, pair_uuid=pair.uuid, caller_uuid=target.uuid, **paired.by_staff)


def test_only_a_caller_can_be_given_somebody(paired):
    pair = open_pairs().first()
    guard = paired.cast.responders["tired"]
    with pytest.raises(api.NotACaller):
        api.move_pair(area_id=1, pair_uuid=pair.uuid, caller_uuid=guard.uuid, **paired.by_staff)
    with pytest.raises(LiaisonPair.DoesNotExist):
        api.move_pair(area_id=2, pair_uuid=pair.uuid, caller_uuid=guard.uuid, **paired.by_staff)


def test_nothing_is_written_after_the_incident_is_closed(paired):
    incidents.Incident.objects.update(state="CLOSED")
    with pytest.raises(incidents.IncidentIsClosed):
        paired.pair()
    with pytest.raises(incidents.IncidentIsClosed):
        paired.open_round()
    assert api.propose(**paired.where, at=paired.at) == []


# ---------- the plan ----------
def test_the_plan_proposes_pairs_and_the_next_round_and_then_nothing(story):
    lines = api.propose(**story.where, at=story.at)
    assert [(line.measure, line.why) for line in lines] == [("PAIR", "UNPAIRED"), ("CALL_ROUND", "WINDOW_OPEN")]
    assert lines[1].numbers["hands"] == {"CALLS": 100}
    assert (lines[1].rule_key, lines[1].grade) == ("site.calls.windows", "D")
    assert not LiaisonPair.objects.exists()
    for line in (*lines, *lines):
        api.carry_out(line, **story.where, **story.by_staff)
    assert (open_pairs().count(), CallRound.objects.count()) == (20, 1)
    assert api.propose(**story.where, at=story.at) == []


def test_a_round_approved_alone_pairs_first(story):
    line = api.propose(**story.where, at=story.at)[1]
    done = api.carry_out(line, **story.where, **story.by_staff)
    assert dict(done.counts) == {"calls": 20, "tasks": 3}
    assert done.made_uuid == CallRound.objects.get().uuid


def test_a_later_need_for_pairing_is_a_line_of_its_own(paired):
    first = "PAIR:0"
    workforce.set_active(area_id=1, uuid=paired.cast.responders["caller"].uuid, is_active=False, **paired.by_staff)
    line = api.propose(**paired.where, at=paired.at)[0]
    assert (line.why, line.key) == ("CALLER_GONE", "PAIR:20")
    assert line.key != first


def test_an_empty_list_proposes_nothing(area, incident, at):
    for care in community.list_special_care(area_id=1, codes=CODES):
        uuid = community.list_people(area_id=1, ids=[care.person_id])[care.person_id].uuid
        community.end_care(area_id=1, person_uuid=uuid, code=care.code, actor=STAFF, at=at)
    assert api.propose(area_id=1, incident_id=incident.pk, at=at) == []


GOOD = {"starts_at": "2022-11-03T09:00:00+08:00", "ends_at": "2022-11-03T12:30:00+08:00"}


@pytest.mark.parametrize(
    ("measure", "body", "field"),
    [
        ("PAIR", {}, None),
        ("CALL_ROUND", GOOD, None),
        ("PAIR", {"x": 1}, "x"),
        ("DANCE", {}, "measure"),
        ("CALL_ROUND", {}, "starts_at"),
        ("CALL_ROUND", GOOD | {"x": 1}, "x"),
        ("CALL_ROUND", GOOD | {"starts_at": "soon"}, "starts_at"),
        ("CALL_ROUND", GOOD | {"starts_at": "2022-13-45T99:99"}, "starts_at"),
        ("CALL_ROUND", GOOD | {"starts_at": "2022-11-03T09:00:00"}, "starts_at"),
        ("CALL_ROUND", GOOD | {"ends_at": "2022-11-03T08:00:00+08:00"}, "ends_at"),
        ("CALL_ROUND", GOOD | {"ends_at": "2022-11-05T09:00:00+08:00"}, "ends_at"),
    ],
)
def test_a_body_is_checked_field_by_field(measure, body, field):
    if field is None:
        api.check_body(measure, body)
        return
    with pytest.raises(incidents.NotEditable) as wrong:
        api.check_body(measure, body)
    assert wrong.value.field == field
