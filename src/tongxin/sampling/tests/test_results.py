"""Results and what follows: cases, recalls, clearing, corrections, late ones, wholly negative places, meetings."""

from datetime import timedelta

import pytest

from tongxin.base import outbox
from tongxin.base.actors import Scope
from tongxin.base.ids import new_uuid
from tongxin.base.models import AuditEntry, OutboxEvent, QueueItem
from tongxin.dispatch import api as dispatch
from tongxin.incidents import api as incidents
from tongxin.sampling import api
from tongxin.sampling.models import Recall, Registration, RoundMember, SampleResult, SamplingRound, Tube
from tongxin.sampling.tests.stories import STAFF, fill, open_mass, say, take, young

HOUR = timedelta(hours=1)


@pytest.fixture
def round_(area, incident, at):
    return open_mass(incident, area, at)


@pytest.fixture
def pool(area, round_, at):
    """Ten people in one tube."""
    people = young(area)[:10]
    fill(round_, people, "T001", at)
    return people


def counts(incident):
    return {kind: number for kind, number in incidents.count_status(1, incident.pk).items() if number}


def test_a_negative_pool_makes_nobody_anything(incident, pool, at):
    found = say("T001", "NEGATIVE", at + 5 * HOUR)
    assert (found.people, found.recall_round_uuid, found.cases) == (10, None, 0)
    assert counts(incident) == {}
    assert Tube.objects.get().state == "RESULTED"


def test_a_positive_pool_calls_its_people_back_at_once(area, incident, pool, at):
    found = say("T001", "POSITIVE", at + 5 * HOUR)
    assert counts(incident) == {"SUSPECT": 10}
    recall = SamplingRound.objects.get(uuid=found.recall_round_uuid)
    assert (recall.kind, recall.pool_size, recall.closes_at) == ("RECALL", 1, at + 9 * HOUR)
    members = RoundMember.objects.filter(round=recall)
    assert {(row.home_reason, row.is_at_home, row.state) for row in members} == {("POOL_POSITIVE", True, "DUE")}
    tasks = dispatch.list_tasks(area_id=1, incident_id=incident.pk, kinds=["RECALL_SAMPLING"])
    assert {task.person_id for task in tasks} == {person.pk for person in pool}
    assert {task.hands.count() for task in tasks} == {2}
    assert {task.due_at for task in tasks} == {at + 9 * HOUR}
    event = OutboxEvent.objects.get(kind="sampling.pool_positive.v1").payload
    assert event["people"] == 10
    homes = {person.entrance_id for person in pool}
    assert event["entrance_uuids"] == sorted(str(e.uuid) for e in area.entrances if e.pk in homes)
    assert "name" not in str(event)


def test_the_same_result_again_changes_nothing(pool, at):
    say("T001", "POSITIVE", at + 5 * HOUR)
    before = (OutboxEvent.objects.count(), AuditEntry.objects.count())
    again = say("T001", "POSITIVE", at + 5 * HOUR)
    assert again.is_repeat
    assert (OutboxEvent.objects.count(), AuditEntry.objects.count()) == before
    assert Recall.objects.count() == SampleResult.objects.count() == 1


def test_single_retests_find_the_case_and_clear_the_others(incident, pool, at):
    recall = SamplingRound.objects.get(uuid=say("T001", "POSITIVE", at + 5 * HOUR).recall_round_uuid)
    for number, person in enumerate(pool):
        take(recall, person, f"S{number:03d}", at + 6 * HOUR, how="DOOR")
    assert say("S003", "POSITIVE", at + 9 * HOUR).cases == 1
    view = api.recall_views(list(api.recalls_query(1, incident.pk)))[0]
    assert (view.state.code, view.state.sampled, view.state.positive) == ("FOUND_WAITING", 10, 1)
    for number in (0, 1, 2, 4, 5, 6, 7, 8, 9):
        assert say(f"S{number:03d}", "NEGATIVE", at + 9 * HOUR).cleared == 1
    assert counts(incident) == {"CASE": 1, "CLEARED": 9}
    assert api.recall_views(list(api.recalls_query(1, incident.pk)))[0].state.code == "FOUND"
    status = incidents.status_of(1, incident.pk, [pool[3].pk])[pool[3].pk]
    assert status.sample_date == at.date()


def test_a_pool_that_nobody_explains_stays_a_question(incident, pool, at):
    recall = SamplingRound.objects.get(uuid=say("T001", "POSITIVE", at + 5 * HOUR).recall_round_uuid)
    for number, person in enumerate(pool):
        take(recall, person, f"S{number:03d}", at + 6 * HOUR, how="DOOR")
        say(f"S{number:03d}", "NEGATIVE", at + 9 * HOUR)
    assert api.figures(area_id=1, incident_id=incident.pk, at=at)["sampling.pools_unresolved"] == 1
    assert counts(incident) == {"CLEARED": 10}


def test_an_invalid_tube_puts_its_people_back_on_the_list(area, incident, round_, pool, at):
    assert say("T001", "INVALID", at + 5 * HOUR).back_on_list == 10
    assert not Registration.objects.filter(voided_at=None).exists()
    members = RoundMember.objects.filter(round=round_, person__in=pool)
    assert {(row.state, row.state_reason) for row in members} == {("DUE", "LAB_INVALID")}
    take(round_, pool[0], "T002", at + 6 * HOUR)
    assert say("T001", "NEGATIVE", at + 7 * HOUR).people == 10
    assert members.filter(state="DONE").count() == 10
    assert Registration.objects.filter(voided_at=None, person=pool[0]).get().tube.code == "T002"


def test_a_correction_takes_back_what_followed(incident, pool, at):
    say("T001", "POSITIVE", at + 5 * HOUR)
    found = say("T001", "NEGATIVE", at + 6 * HOUR)
    assert (found.previous, found.value) == ("POSITIVE", "NEGATIVE")
    assert counts(incident) == {}
    assert Recall.objects.get().round.state == "CLOSED"
    open_ = dispatch.list_tasks(area_id=1, incident_id=incident.pk, kinds=["RECALL_SAMPLING"])
    assert {task.state for task in open_} == {"CANCELLED"}
    assert say("T001", "POSITIVE", at + 7 * HOUR).recall_round_uuid == Recall.objects.get().round.uuid
    assert counts(incident) == {"SUSPECT": 10}
    assert Recall.objects.get().round.state == "OPEN"


def test_an_older_report_that_arrives_late_does_not_count(incident, pool, at):
    say("T001", "NEGATIVE", at + 6 * HOUR)
    found = say("T001", "POSITIVE", at + 6 * HOUR, reported_at=at + 5 * HOUR)
    assert (found.value, found.previous) == ("NEGATIVE", "NEGATIVE")
    assert counts(incident) == {}


@pytest.mark.parametrize(
    ("tube", "value", "hours", "code"),
    [
        ("T404", "NEGATIVE", 5, "UNKNOWN_TUBE"),
        ("管", "NEGATIVE", 5, "UNKNOWN_TUBE"),
        ("T001", "MAYBE", 5, "BAD_VALUE"),
        ("T001", "negative", 5, "BAD_VALUE"),
        ("T001", "NEGATIVE", 50, "BAD_TIME"),
        ("T001", "NEGATIVE", -1, "BEFORE_SAMPLE"),
    ],
)
def test_what_is_no_result_is_refused_and_nothing_is_written(pool, at, tube, value, hours, code):
    with pytest.raises(api.ResultRefused) as refused:
        say(tube, value, at + 6 * HOUR, reported_at=at + hours * HOUR)
    assert refused.value.code == code
    assert not SampleResult.objects.exists()


def test_a_tube_without_people_has_no_result(round_, at):
    tube = api.open_tube(area_id=1, round_uuid=round_.uuid, code="T009", actor=STAFF, at=at)
    with pytest.raises(api.ResultRefused, match="EMPTY_TUBE"):
        say("T009", "NEGATIVE", at + HOUR)
    api.close_tube(area_id=1, tube_uuid=tube.uuid, actor=STAFF, at=at)
    with pytest.raises(api.ResultRefused, match="VOID_TUBE"):
        say("T009", "NEGATIVE", at + HOUR)


def test_a_late_result_is_told_once(incident, pool, at):
    late = at + 30 * HOUR
    assert list(api.overdue_query(1, incident.pk, at + 23 * HOUR)) == []
    assert [tube.code for tube in api.overdue_query(1, incident.pk, late)] == ["T001"]
    assert api.tell_overdue(area_id=1, at=late) == 1
    assert api.tell_overdue(area_id=1, at=late + HOUR) == 0
    assert OutboxEvent.objects.get(kind="sampling.result_overdue.v1").payload["hours"] == 6
    assert api.figures(area_id=1, incident_id=incident.pk, at=late)["sampling.results_overdue"] == 1
    say("T001", "NEGATIVE", late)
    assert not api.overdue_query(1, incident.pk, late + HOUR).exists()


def zone_facts(incident):
    from tongxin.incidents.models import ZoneFact

    return {(row.place_kind, row.place_uuid): row.happened_at for row in ZoneFact.objects.filter(incident=incident)}


def test_a_round_is_told_negative_when_everybody_is(area, incident, at):
    places = [{"kind": "ENTRANCE", "uuid": str(entrance.uuid)} for entrance in area.entrances[:2]]
    round_ = open_mass(incident, area, at, places=places)
    mine = {e.pk: [p for p in area.people if p.entrance_id == e.pk] for e in area.entrances[:2]}
    for number, people in enumerate(mine.values()):
        for seq, person in enumerate(people):
            tube = f"T{number:03d}{seq:02d}"
            take(round_, person, tube, at + HOUR)
            if number == 0:
                say(tube, "NEGATIVE", at + 5 * HOUR)
    assert zone_facts(incident) == {}, "an open round proves nothing"
    api.close_round(area_id=1, round_uuid=round_.uuid, actor=STAFF, at=at + 6 * HOUR)
    outbox.deliver_all()
    assert zone_facts(incident) == {("ENTRANCE", area.entrances[0].uuid): at + HOUR}
    for seq in range(len(mine[area.entrances[1].pk])):
        say(f"T001{seq:02d}", "NEGATIVE", at + 8 * HOUR)
    outbox.deliver_all()
    assert set(zone_facts(incident)) == {("ENTRANCE", entrance.uuid) for entrance in area.entrances[:2]}
    assert api.tell_negative_places(area_id=1, round_uuid=round_.uuid, actor=STAFF, at=at + 9 * HOUR) == 0


def test_one_who_refused_keeps_the_entrance_from_counting(area, incident, at):
    entrance = area.entrances[0]
    round_ = open_mass(incident, area, at, places=[{"kind": "ENTRANCE", "uuid": str(entrance.uuid)}])
    first, *others = list(RoundMember.objects.filter(round=round_))
    api.set_member_state(area_id=1, member_uuid=first.uuid, state="REFUSED", actor=STAFF, at=at)
    for seq, member in enumerate(others):
        take(round_, member.person, f"T{seq:03d}", at)
        say(f"T{seq:03d}", "NEGATIVE", at + 5 * HOUR)
    api.close_round(area_id=1, round_uuid=round_.uuid, actor=STAFF, at=at + 6 * HOUR)
    assert api.tell_negative_places(area_id=1, round_uuid=round_.uuid, actor=STAFF, at=at + 6 * HOUR) == 0
    assert zone_facts(incident) == {}


def test_a_case_brings_its_neighbours_of_tube_and_queue(area, incident, round_, pool, at):
    later = [person for person in young(area, 40) if person not in pool][:6]
    fill(round_, later, "T002", at + timedelta(minutes=10))
    case = pool[9]
    incidents.set_person_status(
        area_id=1, incident_id=incident.pk, person_id=case.pk, kind="CASE", effective_at=at, sample_date=at.date(),
        cause_kind="Told", cause_uuid=new_uuid(), actor=STAFF, at=at + HOUR,
    )  # fmt: skip
    outbox.deliver_all()
    met = incidents.encounters_of(1, incident.pk, [case.pk])
    tube = {({row.person_a_id, row.person_b_id} - {case.pk}).pop() for row in met if row.layer == "TUBE"}
    queue = {({row.person_a_id, row.person_b_id} - {case.pk}).pop() for row in met if row.layer == "QUEUE"}
    assert tube == {person.pk for person in pool[:9]}
    assert {person.pk for person in later[:2]} <= queue, "who stood behind, in the next tube, is near too"
    assert not QueueItem.objects.filter(state="PARKED").exists()
    before = len(met)
    api.record_meetings(area_id=1, incident_uuid=incident.uuid, person_uuid=case.uuid, actor=STAFF, at=at + HOUR)
    assert len(incidents.encounters_of(1, incident.pk, [case.pk])) == before


def test_visits_at_doors_make_no_queue(area, incident, round_, at):
    first, second = [row.person for row in RoundMember.objects.filter(round=round_, is_at_home=True)[:2]]
    take(round_, first, "S001", at, how="DOOR")
    take(round_, second, "S002", at, how="DOOR")
    assert api.queue_neighbours(1, first.pk, at.date(), 5, 60) == []
    assert api.tube_neighbours(1, first.pk, at.date()) == []


def test_visits_that_ended_long_ago_are_closed_by_themselves(incident, pool, at):
    say("T001", "POSITIVE", at + 5 * HOUR)
    assert api.close_ended(area_id=1, actor=STAFF, at=at + 10 * HOUR) == 0
    assert api.close_ended(area_id=1, actor=STAFF, at=at + 22 * HOUR) == 1
    assert api.list_rounds(1, incident.pk, is_open=True).get().kind == "MASS"


def test_a_round_of_everybody_ends_once_a_later_one_asks_all_who_are_due(area, incident, round_, at):
    assert api.close_ended(area_id=1, actor=STAFF, at=at + 60 * HOUR) == 0
    some = open_mass(incident, area, at + 24 * HOUR, places=[{"kind": "GRID", "uuid": str(area.grids[0].uuid)}])
    assert api.close_ended(area_id=1, actor=STAFF, at=at + 60 * HOUR) == 0
    open_mass(incident, area, at + 48 * HOUR)
    assert api.close_ended(area_id=1, actor=STAFF, at=at + 61 * HOUR) == 2
    for row in (round_, some):
        row.refresh_from_db()
        assert row.state == "CLOSED"
    assert api.list_rounds(1, incident.pk, is_open=True).get().opens_at == at + 48 * HOUR


def test_figures_and_timeline_speak_of_the_same_rows(incident, round_, pool, at):
    say("T001", "POSITIVE", at + 5 * HOUR)
    numbers = api.figures(area_id=1, incident_id=incident.pk, at=at + 5 * HOUR)
    progress = api.round_progress(1, round_.uuid, Scope(1, everything=True)).total
    assert numbers["sampling.round_done"] == progress.done == 10
    assert numbers["sampling.round_missing"] == progress.missing == 30
    assert numbers["sampling.positive_pools"] == numbers["sampling.pools_waiting"] == 1
    assert numbers["sampling.sampled_today"] == 10
    assert all(key.startswith("sampling.") for key in numbers)
    day = api.timeline(area_id=1, incident_id=incident.pk, since=at, until=at + 24 * HOUR)
    assert [entry["code"] for entry in day] == ["ROUND_OPENED_MASS", "POOL_POSITIVE", "ROUND_OPENED_RECALL"]
    assert api.timeline(area_id=1, incident_id=incident.pk, since=at - HOUR, until=at) == []


def test_a_forgotten_person_leaves_the_sums(incident, round_, pool, at):
    before = api.round_progress(1, round_.uuid, Scope(1, everything=True)).total
    api.forget(area_id=1, person_uuid=pool[0].uuid, at=at, actor=STAFF)
    assert api.round_progress(1, round_.uuid, Scope(1, everything=True)).total == before
    assert Registration.objects.get(person=pool[0]).registered_by == ""
    assert AuditEntry.objects.filter(action="sampling.forget", target_uuid=pool[0].uuid).exists()


def test_two_rows_of_one_person_become_one_sample(area, incident, round_, pool, at):
    kept = next(person for person in young(area, 40) if person not in pool)
    moved = api.follow_merge(area_id=1, kept_uuid=kept.uuid, gone_uuid=pool[0].uuid, actor=STAFF, at=at)
    assert moved == 1
    assert Registration.objects.get(person=kept).tube.code == "T001"
    states = dict(RoundMember.objects.filter(person__in=[kept, pool[0]]).values_list("person_id", "state"))
    assert states == {kept.pk: "DONE", pool[0].pk: "EXEMPT"}
    assert api.follow_merge(area_id=1, kept_uuid=kept.uuid, gone_uuid=pool[0].uuid, actor=STAFF, at=at) == 0


def test_a_merge_that_is_taken_back_gives_the_sample_back(area, incident, round_, pool, at):
    kept = next(person for person in young(area, 40) if person not in pool)

    def stand():
        rows = RoundMember.objects.filter(person__in=[kept, pool[0]]).values_list("person_id", "state")
        return dict(rows), list(Registration.objects.order_by("pk").values_list("person_id", flat=True))

    before = stand()
    pair = {"area_id": 1, "kept_uuid": kept.uuid, "actor": STAFF, "at": at}
    api.follow_merge(**pair, gone_uuid=pool[0].uuid)
    assert stand() != before
    assert api.undo_merge(**pair, returned_uuid=pool[0].uuid) == 1
    assert stand() == before
    assert api.undo_merge(**pair, returned_uuid=pool[0].uuid) == 0


def test_who_was_put_on_the_list_anew_before_the_undo_came_through_stands_on_it_once(area, incident, round_, pool, at):
    kept = next(person for person in young(area, 40) if person not in pool)
    RoundMember.objects.filter(person=kept).delete()
    pair = {"area_id": 1, "kept_uuid": kept.uuid, "actor": STAFF, "at": at}
    api.follow_merge(**pair, gone_uuid=pool[0].uuid)
    place = RoundMember.objects.get(person=kept)
    place.pk, place.uuid, place.person, place.state = None, new_uuid(), pool[0], "DUE"
    place.save()
    assert api.undo_merge(**pair, returned_uuid=pool[0].uuid) == 1
    assert RoundMember.objects.get(person=pool[0]).state == "DONE"
    assert not RoundMember.objects.filter(person=kept).exists()
