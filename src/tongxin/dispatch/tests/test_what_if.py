"""What would be if: asked on the page, answered by the worker, shown in words; nothing is changed."""

import pytest
from django.urls import reverse

from tongxin.base.ids import new_uuid
from tongxin.base.models import AuditEntry
from tongxin.base.outbox import run_one
from tongxin.dispatch.models import Assignment, PlannerRun, PlanSearch
from tongxin.dispatch.planning.questions import MORNING_HOUR


@pytest.fixture
def now(drill_clock, at, monkeypatch):
    drill_clock(at)
    monkeypatch.setattr("tongxin.dispatch.api.what_ifs.search_seconds", lambda hands, most: 0.1)
    return at


@pytest.fixture
def client(cast):
    return cast.client("dispatcher")


def ask(client, kind, **values):
    data = {f"{kind.lower()}-{key}": value for key, value in values.items()}
    return client.post(reverse("dispatch:what_if"), {"op_id": str(new_uuid()), "kind": kind, **data}, follow=True)


def answered(client, kind, **values) -> PlanSearch:
    assert ask(client, kind, **values).status_code == 200
    assert run_one(is_long=True)
    search = PlanSearch.objects.latest("id")
    assert search.state == "ANSWERED"
    return search


def page(client) -> str:
    return client.get(reverse("dispatch:what_if")).content.decode()


def people(count=2, skill="DRIVING", grid="", start=0, hours=8):
    return {"count": count, "skill": skill, "grid": grid, "start": start, "hours": hours}


def test_two_drivers_more(desk, client, now):
    desk.open(*[desk.draft(hands=(("DRIVING",),)) for _ in range(3)])
    search = answered(client, "PEOPLE", **people())
    assert (search.answer["before"]["unserved"], search.answer["after"]["unserved"]) == (3, 0)
    assert search.answer["gained_count"] == 3
    html = page(client)
    assert "3 more tasks would get hands." in html
    assert "2 people more (Driving), at the station" in html
    assert not Assignment.objects.exists()
    assert not PlannerRun.objects.exists()
    assert AuditEntry.objects.get(action="dispatch.what_if.asked").detail == {"kind": "PEOPLE"}


def test_people_in_a_grid(desk, client, now):
    desk.open(desk.draft(hands=(("DRIVING",),)))
    grid = desk.area.grids[0]
    search = answered(client, "PEOPLE", **people(grid=str(grid.pk)))
    assert search.answer["after"]["by_grid"][str(grid.pk)] == [1, 1]
    assert f"Grid {grid.number}" in page(client)


def test_a_person_off(desk, cast, client, now):
    task = desk.open(desk.draft(hands=(("SAMPLING",),)))[0]
    search = answered(client, "PERSON_OFF", responder=str(cast.responders["medic"].uuid))
    assert search.answer["lost"] == [str(task.uuid)]
    assert f"{cast.responders['medic'].code} off" in page(client)


def test_a_building_locked_asks_for_guards(desk, client, now):
    desk.open()
    building = desk.area.by_door["1-1-101"][0].dwelling.entrance.building
    search = answered(client, "LOCK", building=str(building.pk))
    assert search.answer["added"] > 0
    assert search.answer["after"]["tasks"] == search.answer["before"]["tasks"] + search.answer["added"]
    html = page(client)
    assert "guards of four hours would be needed" in html
    assert f"Building {building.number}" in html


def test_no_work_of_a_kind_in_the_evening(desk, client, now):
    desk.open(desk.draft(), desk.draft(kind="NOTIFY_DOOR"))
    search = answered(client, "NO_WORK_AFTER", task_kind="HOME_SAMPLING", hour=20)
    assert search.answer["before"]["tasks"] == search.answer["after"]["tasks"] == 2
    assert MORNING_HOUR < 16
    assert "No “Sampling at the door” after 20:00" in page(client)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("PEOPLE", people(count=0)),
        ("PEOPLE", people(count=51)),
        ("PEOPLE", people(count="<b>")),
        ("PEOPLE", people(skill="FLYING")),
        ("PEOPLE", people(grid="99999")),
        ("PEOPLE", people(hours=500)),
        ("PEOPLE", {}),
        ("LOCK", {"building": "0"}),
        ("LOCK", {"building": "1 OR 1=1"}),
        ("PERSON_OFF", {"responder": str(new_uuid())}),
        ("NO_WORK_AFTER", {"task_kind": "DELIVERY", "hour": 20}),
        ("NO_WORK_AFTER", {"task_kind": "HOME_SAMPLING", "hour": 3}),
        ("NUKE", {}),
        ("", {}),
    ],
)
def test_a_question_that_cannot_be_is_refused_and_not_asked(desk, client, now, kind, values):
    response = ask(client, kind, **values)
    assert response.status_code == 422
    assert "Please check the question" in response.content.decode()
    assert b"<b>" not in response.content.replace(b"<b></b>", b"")
    assert not PlanSearch.objects.exists()


def test_somebody_without_a_shift_is_not_in_the_plan(desk, cast, client, now):
    desk.open()
    responder = cast.responders["medic"]
    ask(client, "PERSON_OFF", responder=str(responder.uuid))
    PlanSearch.objects.update(question={"kind": "PERSON_OFF", "responder": str(new_uuid())})
    assert run_one(is_long=True)
    assert PlanSearch.objects.get().answer == {"unknown": "responder"}
    assert "is not in the plan of the next two days" in page(client)


def test_one_question_at_a_time_and_it_can_be_stopped(desk, client, now):
    desk.open()
    ask(client, "PEOPLE", **people())
    assert "under way already" in ask(client, "PEOPLE", **people()).content.decode()
    polled = client.get(reverse("dispatch:what_if_running"))
    assert "HX-Refresh" not in polled
    assert reverse("dispatch:what_if_running") in polled.content.decode()
    search = PlanSearch.objects.get()
    client.post(reverse("dispatch:cancel", args=[search.uuid]), {"purpose": "WHAT_IF"})
    assert not run_one(is_long=True)
    assert client.get(reverse("dispatch:what_if_running"))["HX-Refresh"] == "true"


def test_a_question_does_not_stand_in_the_way_of_a_search(desk, client, now):
    desk.open()
    ask(client, "PEOPLE", **people())
    client.post(reverse("dispatch:replan"), {"op_id": str(new_uuid())})
    assert {row.purpose for row in PlanSearch.objects.all()} == {"PLAN", "WHAT_IF"}


@pytest.mark.parametrize("who", ["grid_leader_1", "volunteer", "outsider", "auditor", "documents"])
def test_who_may_not_steer_gets_404(desk, cast, now, who):
    for name in ("what_if", "what_if_running"):
        assert cast.client(who).get(reverse(f"dispatch:{name}")).status_code == 404
    assert ask(cast.client(who), "PEOPLE", **people()).status_code == 404


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_speaks_both_languages(desk, client, now, language):
    desk.open(desk.draft(hands=(("DRIVING",),)))
    answered(client, "PEOPLE", **people())
    client.cookies["django_language"] = language
    html = page(client)
    assert ("would get hands" in html) == (language == "en")
    assert ("As it would be" in html) == (language == "en")
