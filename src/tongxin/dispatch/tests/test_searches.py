"""A search in the background: proposed or taken, looked at, taken, discarded, taken back, stopped; and what it respects."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from tongxin.base.actors import Actor, system
from tongxin.base.models import AuditEntry, QueueItem
from tongxin.base.outbox import deliver_all, run_one
from tongxin.base.policy import NotAllowed
from tongxin.dispatch import api
from tongxin.dispatch.models import Assignment, PlannerRun, PlanSearch, Task
from tongxin.dispatch.planning import pace
from tongxin.dispatch.planning.proposal import is_told
from tongxin.dispatch.rules import search_seconds
from tongxin.engines import planner
from tongxin.engines.planner import warm

ACTOR = system("tests")


@pytest.fixture
def boss(cast) -> Actor:
    return cast.actor("dispatcher")


@pytest.fixture(autouse=True, scope="module")
def compiled():
    """Compile the search if its sources changed since set-up; until then the planner makes do with the first answer."""
    if not warm.is_ready():
        warm.compile_all()


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """A quarter of a second is enough for a handful of tasks."""
    monkeypatch.setattr("tongxin.dispatch.api.searches.search_seconds", lambda hands, most: 0.25)


def ask(desk, mode="REPLAN", **changes) -> PlanSearch:
    return api.ask_search(
        area_id=desk.area_id, incident_id=desk.incident.pk, mode=mode, actor=ACTOR, at=desk.at, **changes
    )


def run(desk, search, at=None, report=lambda percent: False) -> PlanSearch:
    return api.run_search(
        area_id=desk.area_id, search_uuid=search.uuid, actor=ACTOR, now=lambda: at or desk.at, report=report
    )


def open_rows(desk, *tasks):
    found = api.list_assignments(area_id=desk.area_id, task_ids=[task.pk for task in tasks])
    return [row for task in tasks for row in found.get(task.pk, [])]


def decide(desk, verb, search, boss, at=None):
    return verb(area_id=desk.area_id, search_uuid=search.uuid, actor=boss, at=at or desk.at)


def pile_up(desk, cast, count=4, **changes):
    """Give tasks of an hour to one person, one after the other, where others are free: anybody can do better."""
    tasks = desk.open(*[desk.draft(hands=(("REGISTRATION",),), duration_min=45) for _ in range(count)])
    busy = next(row for row in cast.responders.values() if "REGISTRATION" in row.skills)
    for index, task in enumerate(tasks):
        start = desk.at + timedelta(minutes=60 + 60 * index)
        Assignment.objects.create(
            area_id=desk.area_id, subject_uuid=busy.subject_uuid, task=task, hand_index=0, responder=busy,
            starts_at=start, ends_at=start + timedelta(minutes=45), reason={"code": "ONLY_ONE"},
            **({"given_at": desk.at} | changes),
        )  # fmt: skip
        type(task).objects.filter(pk=task.pk).update(state="ASSIGNED")
    return tasks


# ---------- rules without a database ----------
@pytest.mark.parametrize(
    ("hands", "most", "seconds"), [(0, 20, 0.5), (4, 20, 0.5), (40, 20, 2), (400, 20, 20), (4000, 20, 20), (400, 5, 5)]
)
def test_a_small_problem_is_searched_for_a_shorter_time(hands, most, seconds):
    assert search_seconds(hands, most) == seconds


@pytest.mark.parametrize(
    ("state", "is_pinned", "minutes_ago", "is_counted_on"),
    [
        ("GIVEN", False, 0, False),
        ("GIVEN", False, 1, True),
        ("GIVEN", False, 5, True),
        ("GIVEN", True, 0, True),
        ("ACCEPTED", False, 0, True),
        ("STARTED", False, 0, True),
    ],
)
def test_who_counts_on_an_assignment(at, state, is_pinned, minutes_ago, is_counted_on):
    row = Assignment(state=state, is_pinned=is_pinned, given_at=at - timedelta(minutes=minutes_ago))
    assert is_told(row, given_since=at, longest=at - timedelta(minutes=2)) == is_counted_on


@pytest.mark.parametrize(
    ("elapsed", "iteration", "since", "stops"),
    [(0.1, 10, 10, False), (0.7, 100, 10, False), (0.7, 100, 60, True), (0.5, 100, 99, False), (1.0, 100, 0, True)],
)
def test_a_search_ends_with_its_time_or_when_it_is_vain(elapsed, iteration, since, stops):
    stop, loading = pace.Pace(1.0), 7.0
    assert not stop(planner.Progress(iteration=0, elapsed_s=loading, done=1, total=1))
    progress = planner.Progress(iteration=iteration, elapsed_s=loading + elapsed, done=1, total=1, since_improved=since)
    assert stop(progress) == stops


def test_the_database_is_asked_once_a_second_and_cancel_is_heard():
    said = []
    watch = pace.Watch(10, lambda percent, best: said.append(percent) or True)
    assert not watch.cancelled()
    watch.progress(planner.Progress(iteration=5, elapsed_s=5, done=1, total=1))
    assert watch.cancelled()
    for _ in range(1000):
        assert watch.cancelled()
    assert len(said) == 1
    assert 40 <= said[0] <= 60


# ---------- proposed, taken, taken back ----------
def test_what_is_asked_for_by_hand_is_proposed_and_changes_nothing(desk):
    task = desk.open()[0]
    search = run(desk, ask(desk))
    assert (search.state, search.share) == ("PROPOSED", 100)
    assert open_rows(desk, task) == []
    assert [(c["task"], c["before"]) for c in search.changes] == [(str(task.uuid), {})]
    assert (search.before["unserved"], search.best["unserved"]) == (1, 0)


def test_taking_and_undoing_it(desk, boss):
    task = desk.open()[0]
    search = run(desk, ask(desk))
    made = decide(desk, api.take_plan, search, boss)
    row = open_rows(desk, task)[0]
    assert row.reason["code"]
    assert (made.state, made.stats["diff"]["new"], row.run_id) == ("DONE", 1, made.pk)
    assert desk.task(task.uuid).state == "ASSIGNED"
    assert PlanSearch.objects.get(pk=search.pk).state == "TAKEN"
    assert api.last_run(area_id=desk.area_id, incident_id=desk.incident.pk) == made
    assert api.may_undo(api.get_search(desk.area_id, search.uuid))
    back = decide(desk, api.undo_plan, search, boss)
    assert (back.mode, back.stats["diff"]["lost"]) == ("UNDO", 1)
    assert open_rows(desk, task) == []
    assert desk.task(task.uuid).state == "OPEN"
    with pytest.raises(api.NotProposed):
        decide(desk, api.undo_plan, search, boss)
    actions = AuditEntry.objects.filter(action__startswith="dispatch.plan").order_by("id")
    assert [entry.action for entry in actions] == ["dispatch.plan.adopted", "dispatch.plan.undone"]


def test_undo_gives_everybody_back_what_they_had(desk, cast, boss):
    tasks = pile_up(desk, cast)
    before = [(row.task_id, row.responder_id, row.starts_at) for row in open_rows(desk, *tasks)]
    search = run(desk, ask(desk, "DAY"))
    assert search.state == "PROPOSED"
    decide(desk, api.take_plan, search, boss)
    taken = open_rows(desk, *tasks)
    assert len({row.responder_id for row in taken}) > 1
    decide(desk, api.undo_plan, search, boss)
    rows = open_rows(desk, *tasks)
    assert [(row.task_id, row.responder_id, row.starts_at) for row in rows] == before
    assert {row.reason["code"] for row in rows} == {"ONLY_ONE"}


@pytest.mark.parametrize("step", [api.start, api.finish])
def test_what_has_begun_is_not_undone(desk, boss, step):
    task = desk.open()[0]
    search = run(desk, ask(desk))
    decide(desk, api.take_plan, search, boss)
    row = open_rows(desk, task)[0]
    values = {"outcome_code": "SAMPLED"} if step is api.finish else {}
    step(area_id=desk.area_id, assignment_uuid=row.uuid, actor=ACTOR, at=desk.at, **values)
    assert not api.may_undo(api.get_search(desk.area_id, search.uuid))
    with pytest.raises(api.TooLateToUndo):
        decide(desk, api.undo_plan, search, boss)
    assert PlanSearch.objects.get(pk=search.pk).state == "TAKEN"


def test_a_discarded_plan_is_not_taken(desk, boss):
    task = desk.open()[0]
    search = run(desk, ask(desk))
    decide(desk, api.discard_plan, search, boss)
    for verb in (api.take_plan, api.discard_plan, api.undo_plan):
        with pytest.raises(api.NotProposed):
            decide(desk, verb, search, boss)
    assert open_rows(desk, task) == []


def test_a_newer_proposal_lays_the_older_one_aside(desk):
    desk.open()
    first = run(desk, ask(desk))
    second = run(desk, ask(desk))
    assert second.state == "PROPOSED"
    assert PlanSearch.objects.get(pk=first.pk).state == "DISCARDED"


def test_where_nothing_is_better_nothing_is_proposed(desk):
    desk.given()
    assert run(desk, ask(desk)).state == "NOTHING"


# ---------- what happened meanwhile ----------
def test_who_was_given_it_by_hand_meanwhile_keeps_it(desk, cast, boss):
    task = desk.open()[0]
    search = run(desk, ask(desk))
    to = cast.responders["volunteer"]
    api.move_assignment(
        area_id=desk.area_id, task_uuid=task.uuid, hand_index=0, responder_uuid=to.uuid, actor=boss, at=desk.at
    )
    with pytest.raises(api.Stale):
        decide(desk, api.take_plan, search, boss)
    assert [row.responder_id for row in open_rows(desk, task)] == [to.pk]
    again = decide(desk, api.look_again, search, boss)
    assert PlanSearch.objects.get(pk=search.pk).state == "STALE"
    assert run(desk, again).state == "NOTHING"


@pytest.mark.parametrize("step", ["accept", "start", "finish", "give_back", "cancel"])
def test_a_step_on_the_phone_makes_a_proposal_stale(desk, cast, boss, step):
    tasks = pile_up(desk, cast)
    search = run(desk, ask(desk, "DAY"))
    moved = next(c for c in search.changes if c["before"])
    row = Assignment.objects.get(uuid=moved["before"]["assignment"])
    where = {"area_id": desk.area_id, "actor": ACTOR, "at": desk.at}
    if step == "cancel":
        task = desk.task(moved["task"])
        api.cancel_tasks(**where, incident_id=desk.incident.pk, origin_kind="test", origin_uuids=[task.origin_uuid])
    else:
        more = {"finish": {"outcome_code": "SAMPLED"}, "give_back": {"reason_code": "TOO_FAR"}}.get(step, {})
        getattr(api, step)(**where, assignment_uuid=row.uuid, **more)
    before = [(r.pk, r.responder_id, r.state) for r in open_rows(desk, *tasks)]
    with pytest.raises(api.Stale):
        decide(desk, api.take_plan, search, boss)
    assert [(r.pk, r.responder_id, r.state) for r in open_rows(desk, *tasks)] == before


def test_other_work_that_ends_meanwhile_does_not_stand_in_the_way(desk, cast, boss):
    other = desk.given(door="2-1-101", hands=(("SAMPLING",),))
    task = desk.open()[0]
    search = run(desk, ask(desk))
    assert search.state == "PROPOSED"
    api.finish(area_id=desk.area_id, assignment_uuid=other.uuid, outcome_code="SAMPLED", actor=ACTOR, at=desk.at)
    decide(desk, api.take_plan, search, boss)
    assert len(open_rows(desk, task)) == 1
    assert Assignment.objects.get(pk=other.pk).state == "DONE"


def test_a_plan_whose_time_has_come_is_not_taken(desk, boss):
    desk.open()
    search = run(desk, ask(desk))
    with pytest.raises(api.Stale):
        decide(desk, api.take_plan, search, boss, at=desk.at + timedelta(hours=5))


@pytest.mark.parametrize("is_accepted", [False, True])
def test_what_was_accepted_is_not_moved(desk, cast, is_accepted):
    tasks = pile_up(desk, cast, state="ACCEPTED" if is_accepted else "GIVEN")
    search = run(desk, ask(desk, "DAY"))
    assert search.state == ("NOTHING" if is_accepted else "PROPOSED")
    assert len(tasks) == 4


def test_what_should_have_begun_is_left_alone_and_stops_no_search(desk, cast):
    tasks = pile_up(desk, cast)
    # The first of them was to begin twenty minutes ago, and nobody pressed the button.
    search = run(desk, ask(desk, "DAY"), at=desk.at + timedelta(minutes=80))
    assert search.state == "PROPOSED"
    assert search.stats["iterations"] > 0
    assert str(tasks[0].uuid) not in {change["task"] for change in search.changes}


def test_work_under_way_stops_no_search(desk, cast):
    tasks = pile_up(desk, cast)
    first = open_rows(desk, tasks[0])[0]
    api.start(area_id=desk.area_id, assignment_uuid=first.uuid, actor=ACTOR, at=desk.at - timedelta(minutes=25))
    search = run(desk, ask(desk, "DAY"))
    assert search.state == "PROPOSED"
    assert search.stats["iterations"] > 0


def test_pins_are_never_moved(desk, cast, boss):
    tasks = pile_up(desk, cast)
    rows = open_rows(desk, *tasks)
    for row in rows:
        api.pin(area_id=desk.area_id, assignment_uuid=row.uuid, actor=boss, at=desk.at)
    search = run(desk, ask(desk, "DAY"))
    moved = [c for c in search.changes if c["before"] and c["after"].get("responder") != c["before"]["responder"]]
    assert moved == []


# ---------- by itself ----------
def improve(desk, given_since):
    return PlanSearch.objects.create(
        area_id=desk.area_id, incident=desk.incident, purpose="PLAN", mode="IMPROVE", asked_at=desk.at,
        given_since=given_since,
    )  # fmt: skip


def test_what_nobody_counts_on_yet_is_taken_at_once(desk, cast):
    tasks = pile_up(desk, cast)
    search = run(desk, improve(desk, desk.at))
    assert search.state == "TAKEN"
    assert search.run is not None
    assert len({row.responder_id for row in open_rows(desk, *tasks)}) > 1
    assert AuditEntry.objects.get(action="dispatch.plan.adopted").detail["automatic"] is True


def test_what_people_have_known_for_a_while_is_not_touched(desk, cast):
    tasks = pile_up(desk, cast, given_at=desk.at - timedelta(minutes=30))
    before = [(row.pk, row.responder_id) for row in open_rows(desk, *tasks)]
    assert run(desk, improve(desk, desk.at)).state == "NOTHING"
    assert [(row.pk, row.responder_id) for row in open_rows(desk, *tasks)] == before


def test_what_was_read_while_the_search_ran_is_proposed_instead(desk, cast):
    tasks = pile_up(desk, cast)
    Task.objects.update(window_starts_at=desk.at + timedelta(minutes=30))
    times = iter([desk.at, desk.at])
    search = improve(desk, desk.at)
    done = api.run_search(
        area_id=desk.area_id,
        search_uuid=search.uuid,
        actor=ACTOR,
        now=lambda: next(times, desk.at + timedelta(minutes=3)),
        report=lambda percent: False,
    )
    assert done.state == "PROPOSED"
    assert len({row.responder_id for row in open_rows(desk, *tasks)}) == 1


def test_a_plan_that_somebody_asked_for_is_not_pulled_away_by_an_automatic_one(desk, cast):
    pile_up(desk, cast)
    asked = run(desk, ask(desk, "DAY"))
    times = iter([desk.at, desk.at])
    done = api.run_search(
        area_id=desk.area_id,
        search_uuid=improve(desk, desk.at).uuid,
        actor=ACTOR,
        now=lambda: next(times, desk.at + timedelta(minutes=3)),
        report=lambda percent: False,
    )
    assert done.state == "DISCARDED"
    assert PlanSearch.objects.get(pk=asked.pk).state == "PROPOSED"


def test_new_tasks_are_given_out_at_once_and_a_search_follows(desk):
    desk.open(*[desk.draft() for _ in range(9)])
    deliver_all(ahead=timedelta(seconds=5))
    assert PlannerRun.objects.get().stats["engine"] == "greedy"
    search = PlanSearch.objects.get()
    assert (search.mode, search.state) == ("IMPROVE", "WAITING")
    assert run_one(is_long=True)
    search.refresh_from_db()
    assert search.state in ("TAKEN", "PROPOSED", "NOTHING")


def test_a_few_tasks_are_not_searched_for(desk):
    desk.open(*[desk.draft() for _ in range(3)])
    deliver_all(ahead=timedelta(seconds=5))
    assert not PlanSearch.objects.exists()


# ---------- one at a time, stopped, failed ----------
def test_one_search_of_an_incident_at_a_time(desk):
    search = ask(desk)
    with pytest.raises(api.SearchRunning):
        ask(desk, "DAY")
    with pytest.raises(IntegrityError), transaction.atomic():
        improve(desk, desk.at)
    assert QueueItem.objects.filter(handler="dispatch.search").count() == 1
    run(desk, search)
    assert ask(desk).state == "WAITING"


def test_a_waiting_search_is_cancelled_and_never_runs(desk, boss):
    desk.open()
    search = ask(desk)
    assert decide(desk, api.cancel_search, search, boss)
    assert not decide(desk, api.cancel_search, search, boss)
    assert run(desk, search) is None
    assert not run_one(is_long=True)
    assert PlanSearch.objects.get(pk=search.pk).state == "CANCELLED"


@pytest.mark.parametrize("by", ["queue", "row"])
def test_a_running_search_is_stopped_from_outside(desk, boss, by):
    desk.open(*[desk.draft() for _ in range(4)])
    search = ask(desk, "DAY")

    def report(percent):
        if by == "row":
            decide(desk, api.cancel_search, search, boss)
        return by == "queue"

    assert run(desk, search, report=report).state == "CANCELLED"
    assert not Assignment.objects.exists()


def test_a_search_that_fails_is_told_and_can_be_run_again(desk, monkeypatch):
    desk.open()
    search = ask(desk)
    monkeypatch.setattr("tongxin.engines.planner.solve", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(desk, search)
    assert PlanSearch.objects.get(pk=search.pk).state == "FAILED"
    monkeypatch.undo()
    assert run(desk, search).state == "PROPOSED"


@pytest.mark.parametrize("verb", [api.take_plan, api.discard_plan, api.undo_plan])
@pytest.mark.parametrize("who", ["grid_leader_1", "volunteer", "other_commander"])
def test_who_may_not_steer_is_refused(desk, cast, verb, who):
    desk.open()
    search = run(desk, ask(desk))
    with pytest.raises(NotAllowed):
        decide(desk, verb, search, cast.actor(who))
    assert PlanSearch.objects.get(pk=search.pk).state == "PROPOSED"


def test_a_replan_moves_nobody_for_fairness_alone_however_long_it_looks(desk, cast):
    tasks = pile_up(desk, cast)
    desk.open(desk.draft(hands=(("DISINFECTION",),)))
    before = [(row.pk, row.responder_id, row.starts_at) for row in open_rows(desk, *tasks)]
    done = run(desk, ask(desk))
    assert not [change for change in done.changes if change["before"]]
    assert [(row.pk, row.responder_id, row.starts_at) for row in open_rows(desk, *tasks)] == before
