"""The pages of a search: asked for, watched, its difference read, decided, taken back; and who may."""

from datetime import timedelta

import pytest
from django.urls import reverse

from tongxin.base.actors import system
from tongxin.base.ids import new_uuid
from tongxin.base.outbox import run_one
from tongxin.dispatch import api
from tongxin.dispatch.models import Assignment, PlanSearch

ACTOR = system("tests")
VERBS = ["take", "discard", "undo", "cancel"]


@pytest.fixture
def now(drill_clock, at, monkeypatch):
    drill_clock(at)
    monkeypatch.setattr("tongxin.dispatch.api.searches.search_seconds", lambda hands, most: 0.25)
    return at


def post(client, name, *args, **data):
    return client.post(reverse(f"dispatch:{name}", args=args), {"op_id": str(new_uuid()), **data}, follow=True)


def proposed(client, mode="REPLAN") -> PlanSearch:
    """Ask by the button, let the worker of long jobs answer, and return what it found."""
    assert post(client, "replan", mode=mode).status_code == 200
    assert run_one(is_long=True)
    return PlanSearch.objects.latest("id")


def test_replan_by_button_changes_nothing_before_it_is_taken(desk, cast, now):
    desk.open()
    client = cast.client("dispatcher")
    response = post(client, "replan", mode="DAY")
    html = response.content.decode()
    assert "Nothing changes before you have seen it." in html
    assert "Stop the search" in html
    assert run_one(is_long=True)
    assert not Assignment.objects.exists()
    html = client.get(reverse("dispatch:board")).content.decode()
    assert "A better plan waits for you" in html
    search = PlanSearch.objects.get()
    assert reverse("dispatch:plan", args=[search.uuid]) in html


def test_the_difference_is_read_then_taken_then_taken_back(desk, cast, now):
    task = desk.open()[0]
    client = cast.client("dispatcher")
    search = proposed(client)
    page = reverse("dispatch:plan", args=[search.uuid])
    html = client.get(page).content.decode()
    assert "Take this plan" in html
    assert "Get hands" in html
    assert "1-1-101" in html
    assert "better" in html
    assert "Everybody sees it on the phone now." in post(client, "take", search.uuid).content.decode()
    assert Assignment.objects.get(is_open=True).task_id == task.pk
    assert "Take it back" in client.get(page).content.decode()
    assert "Taken back." in post(client, "undo", search.uuid).content.decode()
    assert not Assignment.objects.filter(is_open=True).exists()
    html = client.get(page).content.decode()
    assert "Take this plan" not in html
    assert "Take it back" not in html


def test_the_same_form_twice_takes_it_once(desk, cast, now):
    desk.open()
    client = cast.client("dispatcher")
    search = proposed(client)
    data = {"op_id": str(new_uuid())}
    url = reverse("dispatch:take", args=[search.uuid])
    assert [client.post(url, data).status_code for _ in range(2)] == [302, 302]
    assert Assignment.objects.count() == 1
    assert "does not wait for a decision" in post(client, "take", search.uuid).content.decode()


def test_what_does_not_fit_any_more_is_looked_for_again(desk, cast, now):
    task = desk.open()[0]
    client = cast.client("dispatcher")
    search = proposed(client)
    to = cast.responders["volunteer"]
    post(client, "move", task.uuid, hand="0", responder=str(to.uuid))
    html = post(client, "take", search.uuid).content.decode()
    assert "A new one is looked for." in html
    assert PlanSearch.objects.get(pk=search.pk).state == "STALE"
    assert PlanSearch.objects.latest("id").state == "WAITING"
    assert Assignment.objects.get(is_open=True).responder_id == to.pk


def test_too_late_to_take_it_back_is_said(desk, cast, now):
    desk.open()
    client = cast.client("dispatcher")
    search = proposed(client)
    post(client, "take", search.uuid)
    row = Assignment.objects.get(is_open=True)
    api.start(area_id=desk.area_id, assignment_uuid=row.uuid, actor=ACTOR, at=now)
    assert "cannot be taken back" in client.get(reverse("dispatch:plan", args=[search.uuid])).content.decode()
    assert "cannot be taken back any more" in post(client, "undo", search.uuid).content.decode()
    assert Assignment.objects.get(pk=row.pk).is_open


def test_the_bar_polls_and_ends_with_a_fresh_page(desk, cast, now):
    desk.open()
    client = cast.client("dispatcher")
    post(client, "replan")
    polled = client.get(reverse("dispatch:running"))
    assert "HX-Refresh" not in polled
    assert "<progress" in polled.content.decode()
    assert reverse("dispatch:cancel", args=[PlanSearch.objects.get().uuid]) in polled.content.decode()
    assert "cancel" not in cast.client("grid_leader_1").get(reverse("dispatch:running")).content.decode()
    run_one(is_long=True)
    assert client.get(reverse("dispatch:running"))["HX-Refresh"] == "true"


def test_stopping_and_asking_while_one_runs(desk, cast, now):
    desk.open()
    client = cast.client("dispatcher")
    post(client, "replan")
    assert "A search is under way already" in post(client, "replan", mode="DAY").content.decode()
    search = PlanSearch.objects.get()
    assert "Stopped." in post(client, "cancel", search.uuid).content.decode()
    assert not run_one(is_long=True)
    assert PlanSearch.objects.get().state == "CANCELLED"


@pytest.mark.parametrize("who", ["grid_leader_1", "volunteer", "outsider", "auditor", "other_commander", "documents"])
@pytest.mark.parametrize("verb", VERBS)
def test_who_may_not_steer_gets_404(desk, cast, now, who, verb):
    desk.open()
    search = proposed(cast.client("dispatcher"))
    assert cast.client(who).post(reverse(f"dispatch:{verb}", args=[search.uuid])).status_code == 404
    assert PlanSearch.objects.get(pk=search.pk).state == "PROPOSED"


@pytest.mark.parametrize("verb", VERBS)
def test_get_does_not_decide(desk, cast, now, verb):
    search = proposed(cast.client("dispatcher"))
    assert cast.client("dispatcher").get(reverse(f"dispatch:{verb}", args=[search.uuid])).status_code == 405


@pytest.mark.parametrize(("who", "status"), [("volunteer", 404), ("other_commander", 404), ("documents", 200)])
def test_who_sees_a_difference(desk, cast, now, who, status):
    desk.open()
    search = proposed(cast.client("dispatcher"))
    assert cast.client(who).get(reverse("dispatch:plan", args=[search.uuid])).status_code == status


def test_a_grid_leader_sees_what_changes_in_the_own_grid_only(desk, cast, now):
    desk.open(desk.draft(door="1-1-101"), desk.draft(door="3-1-101"))
    search = proposed(cast.client("dispatcher"))
    html = cast.client("grid_leader_1").get(reverse("dispatch:plan", args=[search.uuid])).content.decode()
    assert "1-1-101" in html
    assert "3-1-101" not in html
    assert "of your own grid" in html
    assert "Take this plan" not in html


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_difference_speaks_both_languages(desk, cast, now, language):
    given = desk.given()
    to = next(r for r in cast.responders.values() if "REGISTRATION" in r.skills and r.pk != given.responder_id)
    start = now + timedelta(hours=2)
    change = {
        "task": str(given.task.uuid), "hand": 0,
        "before": {"assignment": str(given.uuid), "responder": given.responder_id, "starts_at": start.isoformat(),
                   "ends_at": (start + timedelta(minutes=20)).isoformat(), "state": "GIVEN"},
        "after": {"responder": to.pk, "starts_at": start.isoformat(),
                  "ends_at": (start + timedelta(minutes=20)).isoformat(),
                  "reason": {"code": "CLOSEST_FREE", "walk_min": 3}},
    }  # fmt: skip
    lost = {**change, "after": {}}
    tiers = {"tiers": [0, 5, 30, 0, 0, 12, 0, 0], "served": 1, "unserved": 1, "people": 1, "most_min": 60}
    search = PlanSearch.objects.create(
        area_id=desk.area_id, incident=desk.incident, purpose="PLAN", mode="DAY", state="PROPOSED", asked_at=now,
        changes=[change, lost], before=tiers, best={**tiers, "unserved": 0},
    )  # fmt: skip
    client = cast.client("dispatcher")
    client.cookies["django_language"] = language
    html = client.get(reverse("dispatch:plan", args=[search.uuid])).content.decode()
    assert to.code in html
    assert (f"{to.code} instead of" in html) == (language == "en")
    assert ("3 minutes on foot" in html) == (language == "en")


def test_what_a_drop_out_changed_is_told_afterwards(desk, cast, now):
    row = desk.given(hands=(("REGISTRATION",),))
    Assignment.objects.filter(pk=row.pk).update(starts_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=2))
    row.responder.is_active = False
    row.responder.save()
    desk.assign()
    html = cast.client("dispatcher").get(reverse("dispatch:board")).content.decode()
    assert f"instead of {row.responder.code}" in html
    assert "Who does what instead, and why" in html
