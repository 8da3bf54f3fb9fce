"""Headquarters' pages as named people: works, outsider gets 404, wrong input gets a sentence, twice does it once."""

import pytest

from tongxin.base.ids import new_uuid
from tongxin.hq import api
from tongxin.hq.tests.stage import open_lines

PAGES = ["/hq/plan", "/hq/plan/history", "/hq/orders", "/hq/meetings", "/hq/meetings/new", "/hq/judgements",
         "/hq/judgements/sign", "/hq/queue"]  # fmt: skip


@pytest.fixture(autouse=True)
def story_time(drill_clock):
    """Pages read the clock: it stands on the morning of the story."""


@pytest.mark.parametrize("page", PAGES)
def test_the_commander_sees_every_page(cast, incident, page):
    assert cast.client("commander").get(page).status_code == 200


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", ["outsider", "volunteer", "other_commander", "caller"])
def test_who_may_not_see_it_gets_404(cast, incident, other_area, page, name):
    if (name, page) == ("other_commander", "/hq/queue"):  # the queue of a compound needs no incident
        assert "Nothing is parked" in cast.client(name).get(page).content.decode()
        return
    assert cast.client(name).get(page).status_code == 404


@pytest.mark.parametrize("page", ["/hq/plan/draft", "/hq/plan/approve"])
def test_verbs_take_post_only_and_deciders_only(cast, incident, page):
    assert cast.client("commander").get(page).status_code == 405
    for name in ("grid_leader_1", "auditor", "tracer", "documents"):
        assert cast.client(name).post(page).status_code == 404


def test_the_plan_shows_reason_rule_and_source(cast, drafted):
    html = cast.client("commander").get("/hq/plan").content.decode()
    for line in open_lines(drafted):
        assert line.rule_key in html
    assert "Raise the zone level" in html
    assert "%(" not in html


def test_a_grid_leader_reads_the_plan_and_cannot_choose(cast, drafted):
    html = cast.client("grid_leader_1").get("/hq/plan").content.decode()
    assert 'name="choice"' not in html
    assert "Raise the zone level" in html


def test_approving_on_the_page_says_what_became_of_the_lines(cast, drafted):
    line = next(line for line in open_lines(drafted) if line.needs_approvals == 1)
    client = cast.client("commander")
    response = client.post("/hq/plan/approve", {"choice": [f"{line.uuid}:{line.version}"]}, follow=True)
    assert "1 line is in force now." in response.content.decode()
    again = client.post("/hq/plan/approve", {"choice": [f"{line.uuid}:{line.version}"]}, follow=True)
    assert "was decided or fell away" in again.content.decode()


@pytest.mark.parametrize("choice", [[], ["x"], ["not-a-uuid:1"], ["01890000-0000-7000-8000-000000000000:"], [":::"]])
def test_choosing_nothing_gets_a_sentence(cast, drafted, choice):
    response = cast.client("commander").post("/hq/plan/approve", {"choice": choice}, follow=True)
    assert "Choose at least one line" in response.content.decode()


def test_striking_needs_words(cast, drafted):
    line = open_lines(drafted)[0]
    client = cast.client("commander")
    response = client.post(f"/hq/lines/{line.uuid}/strike", {"reason": "", "version": line.version})
    assert response.status_code == 422
    assert "Write in a few words why" in response.content.decode()
    client.post(f"/hq/lines/{line.uuid}/strike", {"reason": "<script>x</script>", "version": line.version})
    html = client.get("/hq/plan").content.decode()
    assert "<script>x" not in html
    assert "&lt;script&gt;x" in html


def test_editing_says_when_a_value_is_not_possible(cast, drafted):
    line = next(line for line in open_lines(drafted) if line.measure == "RAISE_ZONE")
    client = cast.client("commander")
    data = {"level": line.body["level"], "review_date": "31.2.2022", "version": line.version}
    response = client.post(f"/hq/lines/{line.uuid}/edit", data)
    assert response.status_code == 422
    assert "This value is not possible here" in response.content.decode()
    assert "31.2.2022" in response.content.decode()
    data |= {"level": "nonsense", "review_date": ""}
    assert client.post(f"/hq/lines/{line.uuid}/edit", data).status_code == 422
    data["level"] = "low"
    client.post(f"/hq/lines/{line.uuid}/edit", data)
    line.refresh_from_db()
    assert (line.body["level"], line.body["canonical"]) == ("low", "LOW")


def test_a_stale_edit_is_told(cast, drafted):
    line = next(line for line in open_lines(drafted) if line.measure == "RAISE_ZONE")
    data = {"level": line.body["level"], "review_date": "2022-12-01", "version": line.version + 5}
    response = cast.client("commander").post(f"/hq/lines/{line.uuid}/edit", data, follow=True)
    assert "Somebody changed this line" in response.content.decode()


def test_a_meeting_sent_twice_is_recorded_once(cast, area, incident):
    client = cast.client("commander")
    data = {"title": "碰头会", "held_at": "2022-11-03T20:00", "minutes": "", "op_id": str(new_uuid())}
    assert client.post("/hq/meetings/new", data).status_code == 302
    assert client.post("/hq/meetings/new", data).status_code == 302
    assert len(api.list_meetings(area.area_id, incident.pk)) == 1
    other = client.post("/hq/meetings/new", {**data, "title": "另一个会"}, follow=True)
    assert "sent before with other words" in other.content.decode()


def test_from_meeting_to_receipt(cast, area, incident):
    commander = cast.client("commander")
    data = {"title": "碰头会", "held_at": "2022-11-03T20:00", "op_id": str(new_uuid())}
    page = commander.post("/hq/meetings/new", data)["Location"]
    bad = commander.post(f"{page}/decisions", {"text": "", "group": "REAR", "due_at": "2022-11-04T08:00"})
    assert bad.status_code == 422
    commander.post(f"{page}/decisions", {"text": "夜班加人", "group": "REAR", "due_at": "2022-11-04T08:00"})
    decision = api.decisions_of(api.list_meetings(area.area_id, incident.pk)[0])[0]
    order_page = commander.post(f"/hq/decisions/{decision.uuid}/issue")["Location"]
    leader = cast.client("grid_leader_1")
    assert "Nobody has confirmed" in leader.get(order_page).content.decode()
    leader.post(f"{order_page}/confirm", {"remark": "收到"})
    assert "grid_leader_1" in leader.get(order_page).content.decode()
    leader.post(f"{order_page}/done")
    assert "Done" in commander.get("/hq/orders").content.decode()


def test_a_judgement_needs_a_known_trend(cast, incident):
    client = cast.client("commander")
    assert client.post("/hq/judgements/sign", {"text": "x", "trend": "SIDEWAYS"}).status_code == 422
    client.post("/hq/judgements/sign", {"text": "形势平稳", "trend": "STABLE"})
    html = client.get("/hq/judgements").content.decode()
    assert "Signature holds" in html
    assert "形势平稳" in html


def test_foreign_objects_do_not_exist(cast, drafted, other_area):
    line = open_lines(drafted)[0]
    stranger = cast.client("other_commander")
    for path in (f"/hq/plan/{drafted.uuid}", f"/hq/lines/{line.uuid}/edit", f"/hq/orders/{new_uuid()}"):
        assert stranger.get(path).status_code == 404


def test_the_plan_page_asks_the_database_a_fixed_number_of_times(cast, drafted, django_assert_max_num_queries):
    client = cast.client("commander")
    client.get("/hq/plan")
    with django_assert_max_num_queries(25):
        client.get("/hq/plan")
