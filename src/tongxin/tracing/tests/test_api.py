"""From a case to a list, statuses, stages and test days; late facts, exclusions, releases, another rule set."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from tongxin.base import outbox
from tongxin.base.ids import new_uuid
from tongxin.base.models import AuditEntry, OutboxEvent
from tongxin.community.models import Residence
from tongxin.dispatch.models import Task
from tongxin.incidents import api as incidents
from tongxin.tracing import api, rules
from tongxin.tracing.models import ContactLink, Investigation, Management, ManagementStage
from tongxin.tracing.tests.conftest import ACTOR, Story

TODAY = date(2022, 11, 3)


def day(number):
    return TODAY + timedelta(days=number)


# ---------- opening ----------
def test_a_case_opens_one_investigation_with_its_deadlines(story, case):
    row = story.investigation(case)
    assert row.report_due_at == story.at + timedelta(hours=2)
    assert row.track_due_at == story.at + timedelta(hours=4)
    assert row.first_report_due_at == story.at + timedelta(hours=24)
    assert row.lookback_date == day(-3)
    story.tell(case, onset_date=day(-2))
    outbox.deliver_all()
    assert Investigation.objects.count() == 1
    assert OutboxEvent.objects.filter(kind="tracing.investigation_opened.v1").count() == 1


# ---------- finding ----------
def test_everybody_of_the_household_is_found(story, case):
    found = api.trace(**story.where, person_id=case.pk, at=story.at)
    household = {p.pk for p in story.area.by_door["1-1-101"]} - {case.pk}
    assert household
    assert {link.person_id for link in found if link.layer == "HOUSEHOLD"} == household
    spans = {(link.first_date, link.last_date) for link in found if link.layer == "HOUSEHOLD"}
    assert spans == {(day(-3), day(0))}


def test_floor_and_entrance_make_secondary_contacts(story, case):
    found = api.trace(**story.where, person_id=case.pk, at=story.at)
    neighbours = {p.pk for d in ("1-1-102", "1-1-201", "1-1-202") for p in story.area.by_door[d]}
    by_layer = {layer: {k.person_id for k in found if k.layer == layer} for layer in ("FLOOR", "ENTRANCE")}
    assert neighbours <= by_layer["FLOOR"]
    assert neighbours <= by_layer["ENTRANCE"]
    assert {k.degree for k in found if k.layer in ("FLOOR", "ENTRANCE")} == {"SECONDARY_CONTACT"}


def test_somebody_who_moved_out_yesterday_is_found_and_an_earlier_tenant_is_not(story, case):
    home = case.dwelling
    yesterday, long_ago = story.area.people[20], story.area.people[21]
    for person, ago in ((yesterday, 1), (long_ago, 9)):
        Residence.objects.filter(person=person).update(dwelling=home, ends_at=story.at - timedelta(days=ago))
    found = {k.person_id: k for k in api.trace(**story.where, person_id=case.pk, at=story.at) if k.layer == "HOUSEHOLD"}
    assert found[yesterday.pk].last_date == day(-1)
    assert long_ago.pk not in found


def test_a_tube_neighbour_is_found_with_its_evidence(story, case):
    stranger = story.area.by_door["3-2-202"][0]
    meeting = incidents.EncounterFact(case.pk, stranger.pk, "TUBE", day(-1), {"seq_gap": 2})
    incidents.record_encounters(**story.where, person_uuid=case.uuid, meetings=[meeting], actor=ACTOR, at=story.at)
    outbox.deliver_all()
    link = next(k for k in api.trace(**story.where, person_id=case.pk, at=story.at) if k.layer == "TUBE")
    assert (link.person_id, link.degree, link.evidence["seq_gap"]) == (stranger.pk, "CONTACT", 2)
    assert OutboxEvent.objects.filter(kind="tracing.investigation_changed.v1").count() == 1


@pytest.mark.parametrize(
    ("evidence", "is_found"),
    [({"places": 3, "minutes": 5}, True), ({"places": 4}, False), ({"minutes": 11}, False), ({}, True)],
)
def test_a_queue_neighbour_counts_within_the_places_of_the_rule(story, case, evidence, is_found):
    stranger = story.area.by_door["3-2-202"][0]
    meeting = incidents.EncounterFact(case.pk, stranger.pk, "QUEUE", day(0), evidence)
    incidents.record_encounters(**story.where, person_uuid=case.uuid, meetings=[meeting], actor=ACTOR, at=story.at)
    layers = {k.layer for k in api.trace(**story.where, person_id=case.pk, at=story.at)}
    assert ("QUEUE" in layers) is is_found


def test_classmates_and_their_households_are_found(story, case):
    school = story.area.departments[1]
    case.department = school
    case.save()
    mates = [p for p in story.area.people if p.department_id == school.pk and p.pk != case.pk]
    found = api.trace(**story.where, person_id=case.pk, at=story.at)
    assert {k.person_id for k in found if k.layer == "CLASS" and k.via_id is None} == {p.pk for p in mates}
    by_via = {(k.via_id, k.person_id) for k in found if k.via_id is not None}
    others = {
        (mate.pk, p.pk) for mate in mates for p in story.area.by_door[mate.dwelling.door] if p not in (mate, case)
    }
    assert by_via
    assert by_via <= others | {(None, None)}
    assert {k.degree for k in found if k.via_id} == {"SECONDARY_CONTACT"}


def test_who_is_no_case_has_no_contacts(story, case):
    assert api.trace(**story.where, person_id=story.area.people[5].pk, at=story.at) == []


# ---------- listing ----------
def test_listing_sets_status_management_stages_and_tests(story, case):
    done = story.list_contacts(case)
    mate = next(p for p in story.area.by_door["1-1-101"] if p != case)
    assert done.counts["contact"] == len(story.area.by_door["1-1-101"]) - 1
    assert story.status(mate) == "CONTACT"
    row = story.managed(mate)
    assert (row.person_class, row.last_contact_date, row.release_date) == ("CONTACT", day(0), day(10))
    stages = list(ManagementStage.objects.filter(management=row).order_by("index"))
    assert [(s.mode, s.starts_date, s.ends_date) for s in stages] == [
        ("CENTRAL_ISOLATION", day(1), day(7)),
        ("HOME_MONITORING", day(8), day(10)),
    ]
    assert [d.due_date for d in story.tests_of(mate)] == [day(n) for n in (1, 2, 3, 5, 7, 10)]
    neighbour = story.area.by_door["1-1-102"][0]
    assert story.status(neighbour) == "SECONDARY_CONTACT"
    assert story.managed(neighbour).release_date == day(7)
    assert AuditEntry.objects.filter(action="tracing.contacts.listed").count() == 1
    assert (
        OutboxEvent.objects.get(kind="tracing.contacts_listed.v1").payload["counts"]["contact"]
        == done.counts["contact"]
    )


def test_listing_twice_changes_nothing(story, case):
    story.list_contacts(case)
    before = (ContactLink.objects.count(), Management.objects.count(), list(Management.objects.values_list("version")))
    again = story.list_contacts(case)
    assert (again.managed, again.tests) == (0, 0)
    after = (ContactLink.objects.count(), Management.objects.count(), list(Management.objects.values_list("version")))
    assert before == after


def test_layers_turned_off_are_remembered(story, case):
    story.list_contacts(case, layers=["HOUSEHOLD"])
    assert set(ContactLink.objects.values_list("layer", flat=True)) == {"HOUSEHOLD"}
    assert "ENTRANCE" in story.investigation(case).layers_off
    assert story.propose(measure="LIST_CONTACTS") == []


def test_a_case_among_the_contacts_keeps_the_link_and_is_not_managed(story, case):
    mate = next(p for p in story.area.by_door["1-1-101"] if p != case)
    story.make_case(mate)
    story.list_contacts(case)
    assert story.links(case, person=mate, layer="HOUSEHOLD").exists()
    assert story.status(mate) == "CASE"
    assert story.managed(mate) is None


def test_a_contact_who_becomes_a_case_keeps_links_and_leaves_management(story, case):
    story.list_contacts(case)
    mate = next(p for p in story.area.by_door["1-1-101"] if p != case)
    later = story.at + timedelta(days=2)
    story.make_case(mate, at=later, sample_date=day(2))
    row = story.managed(mate)
    assert (row.state, row.ended_at) == ("BECAME_CASE", later)
    assert story.links(case, person=mate).exists()
    assert [d for d in story.tests_of(mate) if d.due_date >= day(2)] == []
    assert story.investigation(mate)


def test_a_withdrawn_case_is_managed_again_and_its_own_contacts_are_given_back(story, case):
    story.list_contacts(case)
    mate = next(p for p in story.area.by_door["1-1-101"] if p != case)
    fact = story.make_case(mate, sample_date=day(0))
    story.list_contacts(mate)
    incidents.withdraw_status(area_id=1, uuid=fact.uuid, reason="LAB_ERROR", actor=ACTOR, at=story.at)
    outbox.deliver_all()
    assert story.status(mate) == "CONTACT"
    assert story.managed(mate).state == "ACTIVE"
    line = next(x for x in story.propose(measure="LIST_CONTACTS") if x.target_uuid == mate.uuid)
    assert line.why == "NO_CASE_ANY_MORE"
    story.carry_out(line)
    assert not story.links(mate, state="LISTED").exists()
    assert story.status(case) == "CASE"


def test_the_last_contact_of_two_cases_counts(story, case):
    story.list_contacts(case)
    mates = [p for p in story.area.by_door["1-1-101"] if p != case]
    other = mates[0]
    later = story.at + timedelta(days=3)
    story.make_case(other, at=later, sample_date=day(3))
    story.list_contacts(other, at=later)
    if len(mates) > 1:
        assert story.managed(mates[1]).release_date == day(13)
    neighbour = story.area.by_door["1-1-102"][0]
    assert story.managed(neighbour).last_contact_date == day(3)


# ---------- late facts ----------
def test_an_earlier_onset_widens_the_list_and_a_later_one_gives_people_back(story, case):
    home = case.dwelling
    guest = story.area.people[20]
    Residence.objects.filter(person=guest).update(dwelling=home, ends_at=story.at - timedelta(days=4))
    story.list_contacts(case)
    assert not story.links(case, person=guest).exists()
    story.interview(case, onset_date=day(-3))
    outbox.deliver_all()
    line = story.propose(measure="LIST_CONTACTS")[0]
    assert (line.why, line.numbers["new"]) == ("CONTACTS_CHANGED", 1)
    story.carry_out(line)
    assert story.status(guest) == "CONTACT"
    story.interview(case, onset_date=day(0))
    line = story.propose(measure="LIST_CONTACTS")[0]
    assert line.numbers["gone"] == 1
    story.carry_out(line)
    assert story.status(guest) == ""
    assert story.managed(guest).state == "EXCLUDED"
    assert story.propose(measure="LIST_CONTACTS") == []
    story.interview(case, onset_date=day(-3))
    story.carry_out(story.propose(measure="LIST_CONTACTS")[0])
    assert story.status(guest) == "CONTACT"


# ---------- by hand ----------
def test_excluding_ends_management_with_a_reason_and_is_not_undone_by_tracing(story, case):
    story.list_contacts(case)
    mate = next(p for p in story.area.by_door["1-1-101"] if p != case)
    where = {**story.where, "case_uuid": case.uuid, "person_uuid": mate.uuid, "actor": ACTOR, "at": story.at}
    assert api.exclude_contact(**where, reason="NOT_THERE") > 0
    assert story.status(mate) == ""
    assert story.managed(mate).state == "EXCLUDED"
    assert story.tests_of(mate) == []
    assert story.propose(measure="LIST_CONTACTS") == []
    assert api.exclude_contact(**where, reason="NOT_THERE") == 0
    with pytest.raises(api.UnknownReason):
        api.exclude_contact(**where, reason="BECAUSE")
    with pytest.raises(api.UnknownReason):
        api.exclude_contact(**where, reason=rules.NO_LONGER_FOUND)
    with pytest.raises(api.UnknownReason):
        api.exclude_contact(**where, reason="IMMUNE")  # this rule set frees nobody for immunity


# ---------- other diseases ----------


def test_excluding_from_one_case_leaves_the_other(story, case):
    mates = story.area.by_door["1-1-101"]
    second = next(p for p in mates if p != case)
    story.make_case(second)
    story.list_contacts(case)
    story.list_contacts(second)
    neighbour = story.area.by_door["1-1-102"][0]
    api.exclude_contact(
        **story.where, case_uuid=case.uuid, person_uuid=neighbour.uuid, reason="NOT_THERE", actor=ACTOR, at=story.at
    )
    assert story.status(neighbour) == "SECONDARY_CONTACT"
    assert story.managed(neighbour).state == "ACTIVE"


def test_whom_nobody_found_can_be_added_by_hand_and_stays(story, case):
    story.list_contacts(case)
    guest = story.area.by_door["3-2-202"][0]
    add = {**story.where, "case_uuid": case.uuid, "person_uuid": guest.uuid, "actor": ACTOR, "at": story.at}
    api.add_contact(**add, layer="VENUE", first_date=day(-1), last_date=day(-1))
    assert story.status(guest) == "CONTACT"
    assert story.managed(guest).release_date == day(9)
    assert story.propose(measure="LIST_CONTACTS") == []
    for wrong in (
        {"layer": "TUBE", "first_date": day(-1), "last_date": day(-1)},
        {"layer": "VENUE", "first_date": day(0), "last_date": day(-1)},
        {"layer": "VENUE", "first_date": day(0), "last_date": day(1)},
    ):
        with pytest.raises(api.WrongContact):
            api.add_contact(**add, **wrong)
    with pytest.raises(api.WrongContact):
        api.add_contact(**{**add, "person_uuid": case.uuid}, layer="VENUE", first_date=day(0), last_date=day(0))
    with pytest.raises(api.NotACase):
        api.add_contact(
            **{**add, "case_uuid": story.area.people[30].uuid}, layer="VENUE", first_date=day(0), last_date=day(0)
        )


# ---------- the plan ----------
def test_the_plan_names_contacts_and_interview_with_numbers_and_source(story, case):
    lines = story.propose()
    assert [line.measure for line in lines] == ["LIST_CONTACTS", "INTERVIEW"]
    line = lines[0]
    assert (line.target_uuid, line.target_label, line.why) == (case.uuid, "1-1-101", "CONTACTS_FOUND")
    assert line.numbers["contact"] == len(story.area.by_door["1-1-101"]) - 1
    assert line.numbers["layer_household"] == line.numbers["contact"]
    assert (line.numbers["days"], line.numbers["release"]) == (10, "2022-11-13")
    assert line.rule_key.startswith("covid-cn")
    assert line.source
    assert line.grade in "ABCDU"
    for each in lines:
        api.check_body(each.measure, each.body)


def test_central_isolation_is_approved_as_such(story, case):
    line = story.propose(measure="LIST_CONTACTS")[0]
    assert line.numbers["central"] == line.numbers["contact"]
    assert api.approval_code(line) == "CENTRAL_ISOLATION"
    interview = story.propose(measure="INTERVIEW")[0]
    assert api.approval_code(interview) == "INTERVIEW"
    story.incident.profile_id = "measles"
    story.incident.save()
    assert api.approval_code(story.propose(measure="LIST_CONTACTS")[0]) == "LIST_CONTACTS"


def test_lines_carried_out_are_not_proposed_again(story, case):
    for line in story.propose():
        first = story.carry_out(line)
        assert first.made_uuid == story.investigation(case).uuid
    assert story.propose() == []
    task = Task.objects.get(kind="CASE_INTERVIEW")
    assert (task.origin_kind, task.origin_uuid) == ("tracing.investigation", story.investigation(case).uuid)
    assert task.due_at == story.at + timedelta(hours=4)


def test_carrying_out_twice_makes_one_task_and_one_list(story, case):
    lines = story.propose()
    for line in (*lines, *lines):
        story.carry_out(line)
    assert Task.objects.filter(kind="CASE_INTERVIEW").count() == 1
    assert Management.objects.values("person").distinct().count() == Management.objects.count()


@pytest.mark.parametrize(
    ("measure", "body", "field"),
    [
        ("NOTHING", {}, "measure"),
        ("LIST_CONTACTS", {"case_uuid": "x", "layers": []}, "case_uuid"),
        ("LIST_CONTACTS", {"case_uuid": "0190163d-8694-739b-aea5-966c26f8ad91", "layers": ["FRIENDS"]}, "layers"),
        ("LIST_CONTACTS", {"case_uuid": "0190163d-8694-739b-aea5-966c26f8ad91", "layers": [["HOUSEHOLD"]]}, "layers"),
        ("LIST_CONTACTS", {"case_uuid": "0190163d-8694-739b-aea5-966c26f8ad91", "layers": [], "name": "x"}, "name"),
        (
            "LIST_CONTACTS",
            {"case_uuid": "0190163d-8694-739b-aea5-966c26f8ad91", "layers": [], "drop_gone": "yes"},
            "drop_gone",
        ),
        ("INTERVIEW", {"case_uuid": "0190163d-8694-739b-aea5-966c26f8ad91", "minutes": 5}, "minutes"),
        ("INTERVIEW", {"case_uuid": "0190163d-8694-739b-aea5-966c26f8ad91", "minutes": True}, "minutes"),
        ("RELEASE", {"on_date": "tomorrow"}, "on_date"),
        ("REAPPLY", {"rule_set_id": ""}, "rule_set_id"),
    ],
)
def test_bodies_that_cannot_be_are_refused_with_the_field(measure, body, field):
    with pytest.raises(incidents.NotEditable) as error:
        api.check_body(measure, body)
    assert error.value.field == field


def test_listing_for_somebody_who_is_no_case_is_refused(story, case):
    with pytest.raises(api.NotACase):
        story.list_contacts(story.area.people[30])


# ---------- release ----------
def finish_tests(story, person, until):
    for duty in story.tests_of(person):
        if duty.due_date <= until:
            story.sample(person, duty.due_date)


def test_release_needs_the_last_day_and_every_test(story, case):
    story.list_contacts(case, layers=["HOUSEHOLD"])
    mate = next(p for p in story.area.by_door["1-1-101"] if p != case)
    at_end = story.at + timedelta(days=10)
    assert story.propose(at=at_end, measure="RELEASE") == []
    for person in story.area.by_door["1-1-101"]:
        finish_tests(story, person, day(10))
    assert story.propose(at=at_end - timedelta(days=1), measure="RELEASE") == []
    line = story.propose(at=at_end, measure="RELEASE")[0]
    people = len(story.area.by_door["1-1-101"]) - 1
    assert line.numbers["people"] == people
    assert story.carry_out(line, at=at_end).counts == {"released": people}
    assert story.managed(mate).state == "RELEASED"
    assert story.status(mate) == "CLEARED"
    assert story.carry_out(line, at=at_end).counts == {"released": 0}
    assert OutboxEvent.objects.filter(kind="tracing.management_released.v1").count() == 1


def test_a_suspect_is_not_released(story, case):
    story.list_contacts(case, layers=["HOUSEHOLD"])
    for person in story.area.by_door["1-1-101"]:
        finish_tests(story, person, day(10))
    mates = [p for p in story.area.by_door["1-1-101"] if p != case]
    at_end = story.at + timedelta(days=10)
    story.tell(mates[0], kind="SUSPECT", at=at_end)
    listed = api.release_list(**story.where, at=at_end)
    assert [row.person_id for row, _ in listed.waiting] == [mates[0].pk]


def test_released_people_are_not_managed_again_for_the_same_contact(story, case):
    story.list_contacts(case, layers=["HOUSEHOLD"])
    mate = next(p for p in story.area.by_door["1-1-101"] if p != case)
    for person in story.area.by_door["1-1-101"]:
        finish_tests(story, person, day(10))
    at_end = story.at + timedelta(days=10)
    api.release_due(**story.where, actor=ACTOR, at=at_end)
    story.list_contacts(case, at=at_end)
    assert Management.objects.filter(person=mate).count() == 1


# ---------- another rule set ----------
def test_a_changed_rule_set_is_previewed_then_applied(story, case, rule_set_twenty):
    story.list_contacts(case)
    mate = next(p for p in story.area.by_door["1-1-101"] if p != case)
    later = story.at + timedelta(days=8)
    shifts = {s.person_id: s for s in api.preview_rule_set(**story.where, rule_set_id="covid-cn-20m", at=later)}
    shift = shifts[mate.pk]
    assert (shift.before_release, shift.after_release, shift.kind) == (day(10), day(8), "SHORTER")
    neighbour = story.area.by_door["1-1-102"][0]
    assert shifts[neighbour.pk].kind == "ENDS"
    assert story.managed(mate).release_date == day(10)

    line = story.propose(at=later, measure="REAPPLY")[0]
    assert line.numbers["shorter"] >= 1
    assert line.numbers["ends"] >= 1
    counts = story.carry_out(line, at=later).counts
    assert counts["people"] == len(shifts)
    row = story.managed(mate)
    assert (row.rule_set_id, row.release_date, row.version) == ("covid-cn-20m", day(8), 2)
    assert story.managed(neighbour).state == "RELEASED"
    assert story.status(neighbour) == "CLEARED"
    assert story.propose(at=later, measure="REAPPLY") == []
    assert api.preview_rule_set(**story.where, rule_set_id="covid-cn-20m", at=later) == []


def test_tests_done_under_the_old_rules_stay_done(story, case, rule_set_twenty):
    story.list_contacts(case, layers=["HOUSEHOLD"])
    mate = next(p for p in story.area.by_door["1-1-101"] if p != case)
    for number in (1, 2, 3, 5):
        story.sample(mate, day(number))
    later = story.at + timedelta(days=6)
    api.apply_rule_set(**story.where, rule_set_id="covid-cn-20m", actor=ACTOR, at=later)
    tests = story.tests_of(mate)
    assert [t.due_date for t in tests if t.done_at] == [day(n) for n in (1, 2, 3, 5)]
    assert [t.due_date for t in tests if not t.done_at] == [day(6), day(8)]


def test_an_unknown_rule_set_is_refused(story, case):
    with pytest.raises(incidents.UnknownRuleSet):
        api.preview_rule_set(**story.where, rule_set_id="none", at=story.at)


# ---------- other doors ----------
def test_figures_count_what_is_there(story, case):
    story.list_contacts(case)
    figures = api.figures(**story.where, at=story.at + timedelta(hours=5))
    assert figures["tracing.investigations"] == figures["tracing.to_interview"] == figures["tracing.late"] == 1
    assert figures["tracing.managed"] == Management.objects.filter(state="ACTIVE").count()
    assert figures["tracing.contacts"] + figures["tracing.secondary"] == figures["tracing.managed"]
    assert api.figures(**story.where, at=story.at + timedelta(days=2))["tracing.tests_late"] > 0


def test_the_timeline_tells_openings_listings_and_ends(story, case):
    story.list_contacts(case)
    codes = [e["code"] for e in api.timeline(**story.where, since=story.at, until=story.at + timedelta(hours=1))]
    assert codes == ["CONTACTS_LISTED", "INVESTIGATION_OPENED"]
    assert api.timeline(**story.where, since=story.at - timedelta(days=2), until=story.at) == []


def test_forgetting_takes_answers_and_dates_and_keeps_counts(story, case):
    story.interview(case, answers={"symptoms": "咳嗽"}, onset_date=day(-1))
    story.list_contacts(case)
    before = ContactLink.objects.count()
    api.forget(area_id=1, person_uuid=case.uuid, at=story.at, actor=ACTOR)
    row = story.investigation(case)
    assert (row.answers, row.onset_date) == ("", None)
    assert ContactLink.objects.count() == before


def test_a_merged_person_keeps_links_and_one_management(story, case):
    story.list_contacts(case)
    kept = story.area.by_door["1-1-102"][0]
    gone = next(p for p in story.area.by_door["1-1-101"] if p != case)
    merge = {"area_id": 1, "kept_uuid": kept.uuid, "gone_uuid": gone.uuid, "actor": ACTOR, "at": story.at}
    assert api.follow_merge(**merge) > 0
    assert not ContactLink.objects.filter(person=gone).exists()
    assert {row.layer for row in story.links(case, person=kept)} >= {"HOUSEHOLD", "FLOOR", "ENTRANCE"}
    active = Management.objects.filter(person=kept, state="ACTIVE")
    assert [row.person_class for row in active] == ["CONTACT"]
    assert not Management.objects.filter(person=gone).exists()
    assert api.follow_merge(**merge) == 0


def everything_of(story):
    """Return who is linked to whom with which days, whose investigation it is, and who is managed how."""
    links = ContactLink.objects.values_list(
        "case_person", "person", "via", "layer", "first_contact_date", "last_contact_date", "state"
    )
    managed = Management.objects.filter(state="ACTIVE").values_list("person", "person_class")
    return sorted(links, key=str), list(Investigation.objects.values_list("person", flat=True)), sorted(managed)


@pytest.mark.parametrize("who", ["contact", "case"])
def test_a_merge_that_is_taken_back_leaves_no_trace_in_the_lists(story, case, who):
    """Two people who were never one: each has the own links, days and management again, also where links had met."""
    story.list_contacts(case)
    kept = story.area.by_door["1-1-102"][0]
    gone = case if who == "case" else next(p for p in story.area.by_door["1-1-101"] if p != case)
    before = everything_of(story)
    pair = {"area_id": 1, "kept_uuid": kept.uuid, "actor": ACTOR, "at": story.at}
    api.follow_merge(**pair, gone_uuid=gone.uuid)
    assert everything_of(story) != before
    assert api.undo_merge(**pair, returned_uuid=gone.uuid) > 0
    assert everything_of(story) == before
    assert api.undo_merge(**pair, returned_uuid=gone.uuid) == 0


@pytest.fixture
def parted(story, case):
    """Two contacts of one case who were merged: call it to take the merge back."""
    story.list_contacts(case)
    kept = story.area.by_door["1-1-102"][0]
    gone = next(p for p in story.area.by_door["1-1-101"] if p != case)
    pair = {"area_id": 1, "kept_uuid": kept.uuid, "actor": ACTOR, "at": story.at}
    api.follow_merge(**pair, gone_uuid=gone.uuid)
    return SimpleNamespace(kept=kept, gone=gone, undo=lambda: api.undo_merge(**pair, returned_uuid=gone.uuid))


def test_a_contact_that_met_the_case_again_since_the_merge_keeps_the_later_day(story, case, parted):
    """Taking a merge back may not shorten how long somebody has to be looked after."""
    later = story.today + timedelta(days=5)
    story.links(case, person=parted.kept).update(last_contact_date=later)
    assert parted.undo() > 0
    assert {row.last_contact_date for row in story.links(case, person=parted.kept, layer="FLOOR")} == {later}


def test_who_was_listed_anew_before_the_undo_came_through_is_listed_once(story, case, parted):
    moved = story.links(case, person=parted.kept).exclude(layer__in=["FLOOR", "ENTRANCE"]).first()
    again = ContactLink.objects.get(pk=moved.pk)
    again.pk, again.uuid, again.person = None, new_uuid(), parted.gone
    again.last_contact_date = moved.last_contact_date + timedelta(days=1)
    again.save()
    parted.undo()
    (row,) = story.links(case, person=parted.gone, layer=moved.layer)
    assert row.last_contact_date == again.last_contact_date


def test_only_the_side_that_the_merge_had_moved_goes_back(story, case, parted):
    """The case was joined with another row meanwhile: its contacts stay with the row that stands for it now."""
    third = story.area.by_door["3-1-101"][0]
    api.follow_merge(area_id=1, kept_uuid=third.uuid, gone_uuid=case.uuid, actor=ACTOR, at=story.at)
    parted.undo()
    assert not ContactLink.objects.filter(case_person=case, person=parted.kept).exists()
    assert story.links(third, person=parted.gone, layer="HOUSEHOLD").exists()


def test_a_merged_case_keeps_its_investigation_and_is_not_its_own_contact(story, case):
    story.list_contacts(case)
    kept = story.area.by_door["1-1-102"][0]
    api.follow_merge(area_id=1, kept_uuid=kept.uuid, gone_uuid=case.uuid, actor=ACTOR, at=story.at)
    assert Investigation.objects.get().person == kept
    assert story.links(kept).exists()
    assert not ContactLink.objects.filter(case_person=kept, person=kept).exists()


def test_nothing_leaks_from_one_compound_to_another(story, case, other_area):
    story.list_contacts(case)
    assert not ContactLink.objects.filter(person__area_id=2).exists()
    with pytest.raises(incidents.Incident.DoesNotExist):
        api.propose(area_id=2, incident_id=story.incident.pk, at=story.at)
    assert isinstance(story, Story)
