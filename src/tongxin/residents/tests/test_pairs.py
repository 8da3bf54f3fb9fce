"""Pairs: one caller and a deputy for everybody; what the plan proposes; what a repeat does."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import translation

from tongxin.community import api as community
from tongxin.incidents import api as incidents
from tongxin.residents import api, wording
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


# ---------- the balance and what stands ----------
@pytest.fixture
def tight(own_site):
    """A site where nobody may have more than one person above the even share."""
    own_site(("uneven_by = { value = 10", "uneven_by = { value = 1"))


def give_all_to(story, name):
    """All people with one caller, the tracer as deputy: as after a long absence of the others."""
    LiaisonPair.objects.update(
        caller=story.cast.responders[name], deputy=story.cast.responders["tracer"], reason={"why": "NEW", "codes": []}
    )


def test_within_the_rule_of_the_site_nobody_is_moved_for_the_balance(paired):
    give_all_to(paired, "caller")
    counts = api.pairing_needed(**paired.where, at=paired.at)
    # twenty people: 7 + 10 is allowed, three are beyond
    assert (counts.uneven, counts.uneven_by) == (3, 10)
    done = paired.pair(paired.at + HOUR)
    assert (done.moved, done.kept) == (3, 17)
    assert paired.pair(paired.at + 2 * HOUR).changed == 0


def test_loads_too_far_apart_are_a_line_of_the_plan_and_move_the_fewest(paired, tight):
    give_all_to(paired, "caller")
    (line,) = [line for line in api.propose(**paired.where, at=paired.at) if line.measure == "PAIR"]
    assert (line.why, line.numbers["uneven"], line.numbers["uneven_by"]) == ("UNEVEN", 12, 1)
    api.carry_out(line, **paired.where, **paired.by_staff)
    counts = Counter(open_pairs().values_list("caller__code", flat=True))
    assert counts == {"caller": 8, "seconded": 6, "tracer": 6}
    moved = open_pairs().exclude(caller__code="caller")
    assert {pair.reason["why"] for pair in moved} == {"EVENED"}
    assert all(pair.deputy_id not in (None, pair.caller_id) for pair in open_pairs())
    assert not [line for line in api.propose(**paired.where, at=paired.at) if line.measure == "PAIR"]


def test_whom_somebody_has_placed_by_hand_stays_there(paired, tight):
    chosen = open_pairs().exclude(caller__code="caller").first()
    caller = paired.cast.responders["caller"]
    api.move_pair(area_id=1, pair_uuid=chosen.uuid, caller_uuid=caller.uuid, **paired.by_staff)
    by_hand = open_pairs().get(person=chosen.person)
    LiaisonPair.objects.exclude(pk=by_hand.pk).update(caller=caller, deputy=paired.cast.responders["tracer"])
    LiaisonPair.objects.exclude(pk=by_hand.pk).update(reason={"why": "NEW", "codes": []})
    paired.pair(paired.at + HOUR)
    assert open_pairs().get(person=chosen.person).caller_id == caller.pk
    assert open_pairs().filter(caller=caller).count() == 8
    # the deputy leaves: the decision still counts
    deputy = open_pairs().get(person=chosen.person).deputy
    workforce.set_active(area_id=1, uuid=deputy.uuid, is_active=False, **paired.by_staff)
    paired.pair(paired.at + 2 * HOUR)
    row = open_pairs().get(person=chosen.person)
    assert (row.caller_id, row.reason["by_hand"]) == (caller.pk, True)


def test_every_pair_names_who_would_have_been_next(paired):
    callers = set(open_pairs().values_list("caller_id", flat=True))
    for pair in open_pairs():
        other = pair.reason["next_best"]
        assert other["caller_id"] in callers - {pair.caller_id}
        assert set(other) == {"caller_id", "tier", "by"}


def test_a_dialect_of_the_ledgers_finds_its_speaker(story):
    person = story.listed[3]
    type(person).objects.filter(pk=person.pk).update(language="粤语")
    workforce.Responder.objects.filter(pk=story.cast.responders["tracer"].pk).update(dialects=["粤语", "普通话"])
    story.pair()
    pair = open_pairs().get(person=person)
    assert (pair.caller.code, pair.reason["codes"][0]) == ("tracer", "SAME_DIALECT")
    assert (pair.reason["next_best"]["tier"], pair.reason["next_best"]["by"]) == ("NO_DIALECT", 1)


@pytest.mark.parametrize(
    ("tier", "by", "wanted"),
    [
        ("NO_DIALECT", 1, "lacks their dialect"),
        ("SQUARES", 2, "less evenly"),
        ("FAR", 0, "order of the list"),
        ("FAR", 60, "know each other less"),
    ],
)
def test_the_runner_up_is_said_in_a_sentence(tier, by, wanted):
    reason = {"next_best": {"caller_id": 7, "tier": tier, "by": by}}
    with translation.override("en"):
        sentence = wording.next_best(reason, {7: "V-07"})
    assert wanted in sentence
    assert "V-07" in sentence
    assert wording.next_best(reason, {8: "V-08"}) == ""
    assert wording.next_best({}, {7: "V-07"}) == ""
