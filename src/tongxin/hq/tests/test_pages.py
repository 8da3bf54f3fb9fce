"""Headquarters' pages as named people: works, outsider gets 404, wrong input gets a sentence, twice does it once."""

import re
from datetime import timedelta

import pytest

from tongxin.base.actors import system
from tongxin.base.ids import new_uuid
from tongxin.dispatch import api as dispatch
from tongxin.hq import api
from tongxin.hq.tests.stage import open_lines
from tongxin.incidents import api as incidents
from tongxin.incidents.models import Post

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
    assert 'name="whole"' not in html
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
    assert "Choose a line, then approve it." in response.content.decode()


def of_one_officer(drafted):
    """Return the first kind of which one officer may approve all lines, made two lines long where it is not."""
    line = next(line for line in open_lines(drafted) if line.needs_approvals == 1)
    twin = {field.name: getattr(line, field.name) for field in line._meta.concrete_fields}
    twin |= {"id": None, "uuid": new_uuid(), "key": f"{line.key}:again", "index": 900}
    return [line, api.PlanLine.objects.create(**twin)]


def members(html):
    return re.findall(r'name="member" value="([^"]+)"', html)


def test_all_lines_of_a_kind_are_approved_in_one_go(cast, drafted):
    lines = of_one_officer(drafted)
    client = cast.client("commander")
    html = client.get("/hq/plan").content.decode()
    assert {f"{line.uuid}:{line.version}" for line in lines} <= set(members(html))
    client.post("/hq/plan/approve", {"whole": "1", "member": [f"{line.uuid}:{line.version}" for line in lines]})
    states = {api.get_line(line.area_id, line.uuid).state for line in lines}
    assert not states & {"PROPOSED", "APPROVED"}


def test_lines_that_need_two_officers_are_never_approved_in_one_go(cast, drafted):
    html = cast.client("commander").get("/hq/plan").content.decode()
    two = {f"{line.uuid}:{line.version}" for line in open_lines(drafted) if line.needs_approvals > 1}
    assert two
    assert not two & set(members(html))
    assert "decide these one by one" in html


def test_members_count_only_with_the_button_that_says_so(cast, drafted):
    lines = of_one_officer(drafted)
    data = {"member": [f"{line.uuid}:{line.version}" for line in lines]}
    response = cast.client("commander").post("/hq/plan/approve", data, follow=True)
    assert "Choose a line, then approve it." in response.content.decode()


def test_the_page_says_who_has_approved_and_who_is_missing(cast, drafted):
    line = next(line for line in open_lines(drafted) if line.needs_approvals == 2)
    first, second = cast.client("commander"), cast.client("second_commander")
    assert "2 different officers have to approve; nobody has yet." in first.get("/hq/plan").content.decode()
    html = first.post("/hq/plan/approve", {"choice": f"{line.uuid}:{line.version}"}, follow=True).content.decode()
    assert "You have approved: a second officer is missing" in html
    assert "commander has approved. 1 other officer is missing." in html
    assert f'name="choice" value="{line.uuid}' not in html
    assert f'name="choice" value="{line.uuid}' in second.get("/hq/plan").content.decode()


def test_what_changed_is_said_beside_what_it_was(cast, incident, drafted, area, at):
    line = next(line for line in open_lines(drafted) if line.measure == "RAISE_ZONE")
    api.PlanLine.objects.filter(pk=line.pk).update(numbers={**line.numbers, "people": 999})
    api.draft(area_id=area.area_id, incident_id=incident.pk, trigger="BY_HAND", caused_by=new_uuid(), at=at)
    html = cast.client("commander").get("/hq/plan").content.decode()
    assert re.search(r"Before: [^<]*999", html)


def test_what_open_tasks_take_first_stands_beside_the_free_hours(cast, drafted, area, incident, at):
    assert "open tasks first" not in cast.client("commander").get("/hq/plan").content.decode()
    draft = dispatch.TaskDraft(
        kind="REQUEST_VISIT",
        origin_kind="test",
        origin_uuid=new_uuid(),
        window_starts_at=at,
        window_ends_at=at + timedelta(hours=6),
        due_at=at + timedelta(hours=6),
        duration_min=90,
        hands=(("SAMPLING",),),
        dwelling_id=area.dwellings[0].pk,
        entrance_id=area.entrances[0].pk,
    )
    dispatch.open_tasks([draft], area_id=1, incident_id=incident.pk, actor=system("test"), at=at)
    assert "open tasks first: 1.5" in cast.client("commander").get("/hq/plan").content.decode()


def test_hands_are_shown_before_anything_is_approved(cast, drafted):
    """A sealed building asks for guards round the clock; the three shifts of the story do not hold them."""
    html = cast.client("commander").get("/hq/plan").content.decode()
    assert "Hands are short:" in html
    assert re.search(r'<th scope="row">Guarding an entrance</th><td>\d', html)
    assert "Guarding an entrance" in html.split('id="to-decide"')[1]


def test_the_level_is_said_once_a_line(cast, drafted):
    line = next(line for line in open_lines(drafted) if line.measure == "RAISE_ZONE")
    html = cast.client("commander").get("/hq/plan").content.decode()
    row = html.split(f'id="line-{line.uuid}"')[1].split("</li>")[0]
    assert row.count("High-risk zone") == 1
    assert "<dt>Level</dt>" not in row


def test_decided_lines_step_back(cast, drafted):
    line = next(line for line in open_lines(drafted) if line.needs_approvals == 1)
    client = cast.client("commander")
    client.post("/hq/plan/approve", {"choice": f"{line.uuid}:{line.version}"})
    html = client.get("/hq/plan").content.decode()
    assert html.index(f'id="line-{line.uuid}"') > html.index('id="decided"')


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


def post_in(area, incident, cast, name, code, at):
    """Let somebody hold a post of a working group."""
    group = next(group for group in incidents.groups(area.area_id, incident.pk) if group.code == code)
    account = cast.accounts[name]
    Post.objects.create(area_id=area.area_id, group=group, title="组长", account=account, starts_at=at)


def an_order(client, area, incident):
    """Let a meeting decide something and issue it to the rear group; return its page."""
    page = client.post("/hq/meetings/new", {"title": "碰头会", "held_at": "2022-11-03T20:00", "op_id": str(new_uuid())})
    data = {"text": "夜班加人", "group": "REAR", "due_at": "2022-11-04T08:00"}
    client.post(f"{page['Location']}/decisions", data)
    decision = api.decisions_of(api.list_meetings(area.area_id, incident.pk)[0])[0]
    return client.post(f"/hq/decisions/{decision.uuid}/issue")["Location"]


def test_an_order_names_who_has_not_confirmed_it(cast, area, incident, at):
    for name in ("grid_leader_1", "tracer"):
        post_in(area, incident, cast, name, "REAR", at)
    post_in(area, incident, cast, "medic", "TRACING", at)
    page = an_order(cast.client("commander"), area, incident)
    assert "Not confirmed yet by grid_leader_1, tracer." in cast.client("commander").get(page).content.decode()
    cast.client("grid_leader_1").post(f"{page}/confirm", {"remark": ""})
    html = cast.client("commander").get(page).content.decode()
    assert "Not confirmed yet by tracer." in html
    cast.client("tracer").post(f"{page}/confirm", {"remark": ""})
    assert "Not confirmed yet" not in cast.client("commander").get(page).content.decode()


def test_orders_without_a_receipt_are_a_list_of_their_own(cast, area, incident, at):
    page = an_order(cast.client("commander"), area, incident)
    listed = "/hq/orders?unconfirmed=1"
    assert "夜班加人" in cast.client("commander").get(listed).content.decode()
    cast.client("grid_leader_1").post(f"{page}/confirm", {"remark": ""})
    html = cast.client("commander").get(listed).content.decode()
    assert "夜班加人" not in html
    assert "There is no order here" in html


def test_orders_to_my_groups_are_those_of_my_posts(cast, area, incident, at):
    an_order(cast.client("commander"), area, incident)
    leader = cast.client("grid_leader_1")
    assert "There is no order to your groups" in leader.get("/hq/orders?mine=1").content.decode()
    post_in(area, incident, cast, "grid_leader_1", "REAR", at)
    assert "夜班加人" in leader.get("/hq/orders?mine=1").content.decode()


def test_a_judgement_stands_beside_the_figures_it_was_made_from(cast, drafted):
    client = cast.client("commander")
    html = client.get("/hq/judgements/sign").content.decode()
    assert "Figures of" in html
    assert "Lines of the plan that wait" in html
    client.post("/hq/judgements/sign", {"text": "形势严峻", "trend": "RISING"})
    html = client.get("/hq/judgements").content.decode()
    assert "Lines of the plan that wait" in html
    assert "/snapshots/" in html


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
