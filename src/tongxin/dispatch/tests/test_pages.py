"""The pages of dispatch as named people see them."""

from datetime import timedelta

import pytest
from django.urls import reverse

from tongxin.base.actors import system
from tongxin.base.ids import new_uuid
from tongxin.base.models import AuditEntry, OutboxEvent
from tongxin.dispatch import api
from tongxin.dispatch.models import Assignment, Task

ACTOR = system("tests")
PAIR = (("SAMPLING",), ("REGISTRATION",))


@pytest.fixture
def now(drill_clock, at):
    drill_clock(at)
    return at


@pytest.fixture
def mine(desk, cast, now):
    """One task for the medic alone, given and waiting."""
    row = desk.given(hands=(("SAMPLING",),))
    assert row.responder_id == cast.responders["medic"].pk
    return row


def step(client, row, name, **data):
    return client.post(reverse("dispatch:step", args=[row.uuid, name]), {"op_id": str(new_uuid()), **data})


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("who", ["commander", "dispatcher", "grid_leader_1", "documents"])
def test_the_board_answers(desk, cast, now, who, language):
    desk.open(desk.draft(hands=PAIR), desk.draft(hands=(("DRIVING",),)), desk.draft(kind="ZONE_GUARD"))
    desk.assign()
    client = cast.client(who)
    client.cookies["django_language"] = language
    response = client.get(reverse("dispatch:board"))
    assert response.status_code == 200
    content = response.content.decode()
    assert ("Nobody who is there has the skills" in content) == (language == "en")


@pytest.mark.parametrize("who", ["outsider", "other_commander", "auditor", "security_admin", "volunteer"])
@pytest.mark.parametrize("name", ["board", "tasks", "running", "tasks_xlsx"])
def test_who_may_not_steer_gets_404(desk, cast, now, who, name):
    desk.open()
    response = cast.client(who).get(reverse(f"dispatch:{name}"))
    if who == "other_commander":
        assert response.status_code == 200
        assert b"Sampling at the door</a>" not in response.content
    else:
        assert response.status_code == 404


def test_a_grid_leader_sees_the_tasks_of_the_own_grid_only(desk, cast, now):
    own, other = desk.open(desk.draft(door="1-1-101"), desk.draft(door="3-1-101"))
    client = cast.client("grid_leader_1")
    content = client.get(reverse("dispatch:tasks")).content.decode()
    assert "1-1-101" in content
    assert "3-1-101" not in content
    assert client.get(reverse("dispatch:task", args=[own.uuid])).status_code == 200
    assert client.get(reverse("dispatch:task", args=[other.uuid])).status_code == 404


def test_the_other_compound_sees_nothing(desk, cast, now):
    task = desk.open()[0]
    assert cast.client("other_commander").get(reverse("dispatch:task", args=[task.uuid])).status_code == 404


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 3),
        ("?kind=ZONE_GUARD", 1),
        ("?late=on", 1),
        ("?grid=2", 1),
        ("?grid=99", 3),
        ("?state=DONE", 0),
        ("?kind=<script>", 3),
    ],
)
def test_the_filter_is_in_the_url(desk, cast, now, query, count):
    late = now - timedelta(minutes=1)
    desk.open(desk.draft(), desk.draft(kind="ZONE_GUARD", due_at=late), desk.draft(door="3-1-101"))
    response = cast.client("commander").get(reverse("dispatch:tasks") + query)
    assert response.status_code == 200
    assert len(response.context["page_obj"].object_list) == count
    assert b"<script>" not in response.content.replace(b"<script src", b"")


def test_the_list_exports_without_names(desk, cast, now):
    desk.open()
    response = cast.client("commander").get(reverse("dispatch:tasks_xlsx"))
    assert response.status_code == 200
    assert response.content[:2] == b"PK"
    assert AuditEntry.objects.get(action="dispatch.tasks.exported").detail == {"rows": 1}


def test_query_counts_do_not_grow_with_tasks(desk, cast, now, django_assert_max_num_queries):
    client = cast.client("grid_leader_1")
    desk.open(*[desk.draft() for _ in range(3)])
    desk.assign()
    client.get(reverse("dispatch:tasks"))
    with django_assert_max_num_queries(14):
        client.get(reverse("dispatch:tasks"))
    desk.open(*[desk.draft() for _ in range(40)])
    desk.assign()
    with django_assert_max_num_queries(14):
        client.get(reverse("dispatch:tasks"))
    with django_assert_max_num_queries(24):
        client.get(reverse("dispatch:board"))


# ---------- phone ----------
def test_a_responder_walks_through_a_job(desk, cast, mine, now):
    client = cast.client("medic")
    page = client.get(reverse("dispatch:mine")).content.decode()
    assert "Sampling at the door" in page
    assert step(client, mine, "accept").status_code == 302
    assert step(client, mine, "start").status_code == 302
    response = step(client, mine, "finish", outcome="SAMPLED", found_need_food="on", note="门口有狗")
    assert response.url == reverse("dispatch:mine")
    task = desk.task(mine.task.uuid)
    assert (task.state, task.outcome_code, task.outcome["need_food"]) == ("DONE", "SAMPLED", True)
    assert Assignment.objects.get(pk=mine.pk).note == "门口有狗"
    shown = client.get(response.url).content.decode()
    assert "data-undo" in shown
    assert "data-scan-result" in shown


def test_the_end_is_held_for_the_undo_and_then_told_once(desk, cast, mine, now):
    client = cast.client("medic")
    step(client, mine, "finish", outcome="SAMPLED")
    assert not OutboxEvent.objects.filter(kind="dispatch.task_finished.v1").exists()
    assert step(client, mine, "undo").url == reverse("dispatch:job", args=[mine.uuid])
    assert desk.task(mine.task.uuid).state in ("ASSIGNED", "ACCEPTED")
    step(client, mine, "finish", outcome="AWAY")
    assert api.tell_held(area_id=desk.area_id, at=now) == 1
    assert api.tell_held(area_id=desk.area_id, at=now) == 0
    assert OutboxEvent.objects.get(kind="dispatch.task_finished.v1").payload["outcome_code"] == "AWAY"
    assert step(client, mine, "undo").status_code == 302
    assert desk.task(mine.task.uuid).state == "DONE"


def test_name_and_phone_are_shown_to_the_confirmed_assignee_only_and_audited(desk, cast, mine, now):
    person = desk.area.by_door["1-1-101"][0]
    client = cast.client("medic")
    url = reverse("dispatch:job", args=[mine.uuid])
    assert person.phone not in client.get(url).content.decode()
    assert not AuditEntry.objects.filter(action="dispatch.task.person_read").exists()
    step(client, mine, "accept")
    content = client.get(url).content.decode()
    assert person.phone in content
    assert person.name in content
    entry = AuditEntry.objects.filter(action="dispatch.task.person_read").last()
    assert entry.target_uuid == person.uuid
    assert person.name not in client.get(reverse("dispatch:mine")).content.decode()


@pytest.mark.parametrize("who", ["volunteer", "commander", "outsider", "grid_leader_1"])
def test_nobody_else_opens_or_steps_my_job(desk, cast, mine, now, who):
    client = cast.client(who)
    assert client.get(reverse("dispatch:job", args=[mine.uuid])).status_code == 404
    assert step(client, mine, "accept").status_code == 404
    assert Assignment.objects.get(pk=mine.pk).state == "GIVEN"


def test_the_same_form_twice_does_it_once(desk, cast, mine, now):
    client = cast.client("medic")
    data = {"op_id": str(new_uuid()), "outcome": "SAMPLED"}
    url = reverse("dispatch:step", args=[mine.uuid, "finish"])
    assert client.post(url, data).status_code == 302
    assert client.post(url, data).status_code == 302
    assert AuditEntry.objects.filter(action="dispatch.assignment.done").count() == 1


@pytest.mark.parametrize(
    ("name", "data", "status"),
    [
        ("finish", {"outcome": "NONSENSE"}, 422),
        ("finish", {}, 422),
        ("cannot", {"reason": "BECAUSE"}, 422),
        ("give-back", {"reason": ""}, 422),
        ("fly", {}, 404),
    ],
)
def test_wrong_input_is_told_and_changes_nothing(desk, cast, mine, now, name, data, status):
    assert step(cast.client("medic"), mine, name, **data).status_code == status
    assert Assignment.objects.get(pk=mine.pk).state == "GIVEN"


@pytest.mark.parametrize("count", ["-1", "3.5", "99999", "٣", "<b>", "1e3"])
def test_a_count_that_cannot_be_keeps_the_form(desk, cast, now, count):
    row = desk.given(kind="SAMPLING_DESK", hands=(("SAMPLING",),))
    client = cast.client("medic")
    step(client, row, "start")
    response = step(client, row, "finish", outcome="COMPLETED", found_sampled=count, note="早上很忙")
    assert response.status_code == 422
    assert "早上很忙" in response.content.decode()
    assert desk.task(row.task.uuid).state == "STARTED"


def test_cannot_and_give_back_by_phone(desk, cast, now):
    first, second = desk.open(desk.draft(hands=(("SAMPLING",),)), desk.draft(hands=(("SAMPLING",),)))
    desk.assign()
    rows = api.list_assignments(area_id=desk.area_id, task_ids=[first.pk, second.pk])
    client = cast.client("medic")
    step(client, rows[first.pk][0], "cannot", reason="NO_ACCESS")
    step(client, rows[second.pk][0], "give-back", reason="TOO_FAR")
    assert desk.task(first.uuid).state == "FAILED"
    assert desk.task(second.uuid).state == "OPEN"
    assert client.get(reverse("dispatch:mine")).status_code == 200


def test_an_account_that_serves_nowhere_is_told_so(cast, incident, now):
    response = cast.client("commander").get(reverse("dispatch:mine"))
    assert response.status_code == 200
    assert "not on the list" in response.content.decode()


# ---------- the dispatcher's verbs ----------
def test_move_to_pins_and_says_what_happened(desk, cast, now):
    row = desk.given()
    to = next(r for r in cast.responders.values() if "REGISTRATION" in r.skills and r.pk != row.responder_id)
    client = cast.client("dispatcher")
    response = client.post(
        reverse("dispatch:move", args=[row.task.uuid]),
        {"op_id": str(new_uuid()), "hand": "0", "responder": str(to.uuid)},
        follow=True,
    )
    assert f"Given to {to.code}" in response.content.decode()
    now_open = api.list_assignments(area_id=desk.area_id, task_ids=[row.task_id])[row.task_id]
    assert [(item.responder_id, item.is_pinned) for item in now_open] == [(to.pk, True)]
    desk.assign()
    after = api.list_assignments(area_id=desk.area_id, task_ids=[row.task_id])[row.task_id]
    assert [item.responder_id for item in after] == [to.pk]


def test_a_move_against_the_rules_shows_them_and_can_be_set_aside_with_a_reason(desk, cast, now):
    task = desk.open(desk.draft(hands=(("SAMPLING",),)))[0]
    to = cast.responders["volunteer"]
    client = cast.client("commander")
    url = reverse("dispatch:move", args=[task.uuid])
    data = {"hand": "0", "responder": str(to.uuid)}
    response = client.post(url, {"op_id": str(new_uuid()), **data})
    assert response.status_code == 422
    assert "Lacks a skill" in response.content.decode()
    assert not Assignment.objects.exists()
    response = client.post(url, {"op_id": str(new_uuid()), **data, "waive": "SKILL", "reason": " "})
    assert response.status_code == 422
    assert not Assignment.objects.exists()
    response = client.post(url, {"op_id": str(new_uuid()), **data, "waive": "SKILL", "reason": "正在带教学习"})
    assert response.status_code == 302
    row = Assignment.objects.get()
    assert row.waived_rules == ["SKILL"]
    assert row.pinned_by == "commander"
    entry = AuditEntry.objects.get(action="dispatch.assignment.moved")
    assert entry.detail["waived"] == ["SKILL"]
    assert "带教" not in str(entry.detail)
    run = desk.assign()
    assert run.stats["violations"] == []
    assert Assignment.objects.get(is_open=True).responder_id == to.pk


@pytest.mark.parametrize("name", ["move", "extend"])
def test_a_grid_leader_looks_but_does_not_steer(desk, cast, now, name):
    task = desk.open()[0]
    client = cast.client("grid_leader_1")
    assert client.post(reverse(f"dispatch:{name}", args=[task.uuid]), {}).status_code == 404
    assert client.post(reverse("dispatch:replan")).status_code == 404


def test_why_not_names_the_rule(desk, cast, now):
    task = desk.open(desk.draft(hands=(("SAMPLING",),)))[0]
    url = reverse("dispatch:why_not", args=[task.uuid])
    client = cast.client("grid_leader_1")
    for who, text in (("volunteer", "Lacks a skill"), ("medic", "No rule speaks against")):
        response = client.get(url, {"responder": str(cast.responders[who].uuid)})
        assert text in response.content.decode()
    assert client.get(url, {"responder": "x"}).status_code == 422


def test_pin_unpin_relieve_and_extend(desk, cast, now):
    row = desk.given()
    client = cast.client("dispatcher")
    client.post(reverse("dispatch:pin", args=[row.uuid]))
    assert Assignment.objects.get(pk=row.pk).is_pinned
    client.post(reverse("dispatch:unpin", args=[row.uuid]))
    assert not Assignment.objects.get(pk=row.pk).is_pinned
    client.post(reverse("dispatch:relieve", args=[row.uuid]))
    assert Assignment.objects.get(pk=row.pk).give_back_code == "RELIEVED"
    client.post(reverse("dispatch:extend", args=[row.task.uuid]), {"hours": "24"})
    assert abs(Task.objects.get(pk=row.task_id).due_at - now - timedelta(hours=24)) < timedelta(minutes=5)
    client.post(reverse("dispatch:extend", args=[row.task.uuid]), {"hours": "5000"})
    assert abs(Task.objects.get(pk=row.task_id).due_at - now - timedelta(hours=24)) < timedelta(minutes=5)


@pytest.mark.parametrize("name", ["replan"])
def test_get_does_not_steer(desk, cast, now, name):
    assert cast.client("dispatcher").get(reverse(f"dispatch:{name}")).status_code == 405


HX = {"HX-Request": "true"}


def test_a_step_that_a_script_sends_says_where_to_go_and_is_done_once(desk, cast, mine, now):
    client = cast.client("medic")
    url = reverse("dispatch:step", args=[mine.uuid, "accept"])
    data = {"op_id": str(new_uuid())}
    first = client.post(url, data, headers=HX)
    again = client.post(url, data, headers=HX)
    assert [first.status_code, again.status_code] == [204, 204]
    assert reverse("dispatch:job", args=[mine.uuid]) in first["HX-Trigger"]
    assert Assignment.objects.get(pk=mine.pk).state == "ACCEPTED"
    assert AuditEntry.objects.filter(action="dispatch.assignment.accepted").count() == 1


@pytest.mark.parametrize(("name", "data"), [("finish", {"outcome": "EATEN"}), ("cannot", {}), ("finish", {})])
def test_a_refused_step_of_a_script_is_put_on_the_page(desk, cast, mine, now, name, data):
    url = reverse("dispatch:step", args=[mine.uuid, name])
    response = cast.client("medic").post(url, {"op_id": str(new_uuid()), **data}, headers=HX)
    assert (response.status_code, response["HX-Retarget"]) == (200, "#main")
    assert Assignment.objects.get(pk=mine.pk).state == "GIVEN"


def test_the_next_job_is_accepted_and_begun_from_the_list(desk, cast, mine, now):
    client = cast.client("medic")
    page = reverse("dispatch:mine")
    for name in ("accept", "start"):
        html = client.get(page).content.decode()
        assert reverse("dispatch:step", args=[mine.uuid, name]) in html
        step(client, mine, name)
        client.get(page)
    html = client.get(page).content.decode()
    assert reverse("dispatch:step", args=[mine.uuid, "accept"]) not in html
    assert "Say how it ended" in html


def test_only_the_first_job_of_the_list_has_the_big_button(desk, cast, now):
    for door in ("1-1-101", "1-1-102"):
        desk.open(desk.draft(door=door, hands=(("SAMPLING",),)))
    desk.assign()
    html = cast.client("medic").get(reverse("dispatch:mine")).content.decode()
    assert html.count("tx-btn-main") == 1
    assert html.count("Why me: ") == 2


def test_the_outcome_buttons_stand_outside_of_what_is_folded(desk, cast, mine, now):
    client = cast.client("medic")
    step(client, mine, "start")
    html = client.get(reverse("dispatch:job", args=[mine.uuid])).content.decode()
    folded = html.split("Note something first")[1].split("</details>")[0]
    assert "found_need_medicine" in folded
    assert "outcome" not in folded
    assert html.count('name="outcome"') == 3


def test_the_board_folds_what_nobody_got_into_reasons_and_grids(desk, cast, now):
    desk.open(*[desk.draft(hands=(("DRIVING",),)) for _ in range(25)])
    desk.open(desk.draft(door="3-1-101", hands=(("DISINFECTION",),)))
    desk.assign()
    html = cast.client("dispatcher").get(reverse("dispatch:board")).content.decode()
    assert html.index('id="unserved"') < html.index('id="grids"')
    assert "Without hands after the last plan: 26" in html
    # One group of a kind and a reason, twenty rows of the heavy grid and what is left said as a number.
    assert html.split('id="grids"')[0].count("The first is due") == 1
    assert "5 more without hands" in html
    assert html.count('class="tx-card dp-grid"') >= 2


def test_moving_needs_no_script(desk, cast, now):
    """The move-to select is a plain form: a select with a label and a button, reached by the keyboard."""
    desk.given(hands=(("GUARD",),))
    html = cast.client("dispatcher").get(reverse("dispatch:board")).content.decode()
    form = html.split('class="tx-filter"')[1].split("</form>")[0]
    assert 'method="post"' in form
    assert "<select" in form
    assert 'type="submit"' in form
    assert "data-submit-on-change" not in form
