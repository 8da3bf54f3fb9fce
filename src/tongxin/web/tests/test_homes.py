"""The start page of every role: whose numbers, where they lead, what costs how much; the menu; the compound."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client

from tongxin.base import audit, policy
from tongxin.base.actors import system
from tongxin.base.models import RoleGrant
from tongxin.dispatch.models import Task
from tongxin.sampling import api as sampling
from tongxin.web import nav

ME = system("test")
OF_ROLE = {
    "commander": "COMMANDER",
    "grid_leader_1": "GRID_LEADER",
    "sampler": "SAMPLER",
    "medic": "MEDIC",
    "volunteer": "VOLUNTEER",
    "caller": "CALLER",
    "tracer": "TRACER",
    "dispatcher": "DISPATCHER",
    "documents": "DOCUMENTS",
    "auditor": "AUDITOR",
    "system_admin": "SYSTEM_ADMIN",
    "security_admin": "SECURITY_ADMIN",
}


def tiles_of(html: str) -> dict[str, tuple[str, str]]:
    """Return label -> (value, address) of the numbers of a page."""
    found = {}
    for block in re.findall(r'<(?:a|div) class="tx-figure".*?</(?:a|div)>', html, re.DOTALL):
        label = re.search(r"<span>(.*?)</span>", block, re.DOTALL)[1]
        value = re.search(r'tx-figure__value">([^<]*)', block)[1]
        url = re.search(r'href="([^"]*)"', block)
        found[unescape(label)] = (value.strip(), unescape(url[1]) if url else "")
    return found


def nav_of(html: str) -> list[str]:
    inside = re.search(r'<nav class="tx-nav".*?</nav>', html, re.DOTALL)
    return re.findall(r'href="([^"]*)"', inside[0]) if inside else []


@pytest.fixture
def task(area, incident, at):
    """A late task of building 1 (grid 1) that nobody has."""
    return Task.objects.create(
        area_id=1,
        incident=incident,
        kind="ZONE_GUARD",
        origin_kind="test",
        origin_uuid=incident.uuid,
        entrance=area.entrances[0],
        building=area.buildings[0],
        grid=area.grids[0],
        window_starts_at=at - timedelta(hours=3),
        window_ends_at=at - timedelta(hours=1),
        due_at=at - timedelta(hours=1),
        duration_min=60,
        opened_at=at - timedelta(hours=3),
    )


@pytest.fixture
def mass_round(area, incident, at):
    return sampling.open_round(
        area_id=1,
        incident_id=incident.pk,
        kind="MASS",
        opens_at=at,
        closes_at=at + timedelta(hours=4),
        places=[{"kind": "COMPOUND", "uuid": str(area.compound.uuid)}],
        origin_kind="test",
        origin_uuid=incident.uuid,
        with_tasks=False,
        actor=ME,
        at=at,
    )


@pytest.mark.parametrize("name", OF_ROLE)
def test_every_role_has_a_home_and_every_link_of_it_opens(cast, incident, mass_round, task, drill_clock, name):
    client = cast.client(name)
    response = client.get("/")
    html = response.content.decode()
    assert response.status_code == 200
    assert 'id="home-' in html
    tiles = tiles_of(html)
    assert tiles or name == "volunteer"
    links = {url for _value, url in tiles.values() if url} | set(re.findall(r'class="btn [^"]*" href="([^"]*)"', html))
    for url in sorted(links | set(nav_of(html))):
        assert client.get(unescape(url)).status_code == 200, url
    assert all(url for _value, url in tiles.values()), "a number without its rows"


@pytest.mark.parametrize("name", OF_ROLE)
def test_homes_without_an_incident_or_people_say_what_to_do(cast, name, drill_clock):
    response = cast.client(name).get("/")
    assert response.status_code == 200
    if name == "commander":
        assert "Open an incident" in response.content.decode()


def test_a_grid_leader_counts_the_own_grid_only(cast, incident, mass_round, task, drill_clock):
    first, second = (tiles_of(cast.client(f"grid_leader_{n}").get("/").content.decode()) for n in (1, 2))
    assert first["Late tasks"][0] == "1"
    assert second["Late tasks"][0] == "0"
    listed = {n: int(tiles["Still missing"][0]) for n, tiles in ((1, first), (2, second))}
    assert listed[1] + listed[2] == 40
    assert listed[1] > listed[2] > 0


@pytest.mark.parametrize(("name", "label"), [("grid_leader_1", "Still missing"), ("commander", "Not sampled yet")])
def test_a_number_equals_the_number_of_its_page(cast, incident, mass_round, drill_clock, name, label):
    client = cast.client(name)
    value, url = tiles_of(client.get("/").content.decode())[label]
    assert int(value) > 0
    assert value in client.get(url).content.decode()


def test_late_tasks_lead_to_as_many_rows(cast, task, drill_clock):
    client = cast.client("grid_leader_1")
    value, url = tiles_of(client.get("/").content.decode())["Late tasks"]
    html = client.get(url).content.decode()
    assert (value, html.count('role="rowheader"')) == ("1", 1)


def test_several_roles_stand_one_below_the_other_in_order(cast, area, at):
    for role, scope in (("CALLER", "OWN"), ("GRID_LEADER", "GRID")):
        RoleGrant.objects.create(
            area_id=1,
            account=cast.accounts["volunteer"],
            role=role,
            scope_kind=scope,
            scope_id=area.grids[0].pk if scope == "GRID" else 0,
            starts_at=at,
        )
    html = cast.client("volunteer").get("/").content.decode()
    assert re.findall(r'id="home-([a-z-]+)"', html) == ["grid-leader", "volunteer", "caller"]
    assert "Grid leader, Volunteer, Liaison caller" in html


def test_without_a_role_the_page_says_whom_to_ask(cast):
    html = cast.client("outsider").get("/").content.decode()
    assert "nobody has given you a task yet" in html
    assert "your login is outsider" in html
    assert nav_of(html) == []


def test_a_stranger_is_asked_to_sign_in(client, db):
    assert client.get("/").headers["Location"].startswith("/accounts/login/")


# ---------- query counts ----------
@pytest.mark.parametrize(("name", "most"), [("grid_leader_1", 32), ("volunteer", 16), ("caller", 12), ("auditor", 8)])
def test_queries_of_homes_do_not_grow(
    cast, incident, mass_round, drill_clock, django_assert_max_num_queries, name, most
):
    client = cast.client(name)
    client.get("/")
    with django_assert_max_num_queries(most):
        client.get("/")


def test_the_frame_costs_at_most_three_queries(cast, django_assert_num_queries, django_assert_max_num_queries):
    client = cast.client("commander")
    with django_assert_max_num_queries(6):  # session, account, grants, and three at most for the frame
        client.get("/compounds")
    anonymous = Client()
    with django_assert_num_queries(0):
        anonymous.get("/accounts/login/")


# ---------- the menu ----------
@pytest.mark.parametrize("name", OF_ROLE)
def test_the_menu_has_at_most_eight_pages_that_the_policy_opens(cast, name):
    items = nav.items(cast.actor(name), area_id=1, path="/", counts={})
    assert 2 <= len(items) <= 8
    assert items[0]["url"] == "/"
    assert items[0]["is_current"]
    assert len({item["url"] for item in items}) == len(items)


def test_every_place_of_the_menu_is_a_url_of_the_policy():
    assert set(nav.OF_ROLE) == set(policy.ROLES)
    assert {place.url_name for place in nav.PLACES.values()} - set(policy.url_permissions()) == set()
    for role, keys in nav.OF_ROLE.items():
        assert set(keys.split()) <= set(nav.PLACES), role


@pytest.mark.parametrize("name", ["auditor", "system_admin", "security_admin"])
def test_officers_have_no_way_to_residents(cast, name):
    urls = [item["url"] for item in nav.items(cast.actor(name), area_id=1, path="/", counts={})]
    assert not [url for url in urls if url.startswith(("/community", "/tracing", "/residents", "/sampling"))]


def test_the_frame_names_the_compound_in_the_language(cast):
    client = cast.client("commander")
    assert "Sample compound 1" in client.get("/").content.decode()
    client.cookies["django_language"] = "zh-hans"
    assert "示例院区1" in client.get("/").content.decode()


# ---------- several compounds ----------
def test_the_compound_is_chosen_and_kept(cast, other_area, at):
    RoleGrant.objects.create(
        area_id=2, account=cast.accounts["dispatcher"], role="DISPATCHER", scope_kind="AREA", starts_at=at
    )
    client = cast.client("dispatcher")
    html = client.get("/compounds").content.decode()
    assert "Sample compound 1" in html
    assert "Sample compound 2" in html
    assert client.post("/compounds", {"area_id": "2"}).status_code == 302
    assert "Sample compound 2" in client.get("/").content.decode()


@pytest.mark.parametrize("area_id", ["2", "", "x", "-1", "9" * 40, "1; drop"])
def test_a_compound_without_a_grant_does_not_exist(cast, other_area, area_id):
    client = cast.client("dispatcher")
    assert client.post("/compounds", {"area_id": area_id}).status_code == 404
    assert "Sample compound 1" in client.get("/").content.decode()


# ---------- the wall ----------
@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("commander", 200),
        ("dispatcher", 200),
        ("grid_leader_2", 200),
        ("volunteer", 404),
        ("auditor", 404),
        ("outsider", 404),
    ],
)
def test_the_wall_is_for_those_who_steer(cast, incident, drill_clock, name, status):
    for url in ("/wall", "/wall/plan"):
        assert cast.client(name).get(url).status_code == status


def test_the_wall_asks_every_ten_seconds_for_its_blocks_only(cast, incident, mass_round, drill_clock):
    client = cast.client("commander")
    page = client.get("/wall").content.decode()
    assert 'hx-trigger="every 10s"' in page
    part = client.get("/wall", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert 1 <= part.count('<section class="tx-wall__block') <= 7
    assert "data-stale-after" in part
    assert "<svg" in client.get("/wall/plan").content.decode()


def test_the_wall_without_an_incident_says_so(cast):
    client = cast.client("commander")
    assert "No incident is open" in client.get("/wall").content.decode()
    assert client.get("/wall/plan").status_code == 404


@pytest.mark.parametrize("url", ["/wall", "/", "/system", "/audit/", "/logins/", "/logins/new", "/health"])
def test_pages_that_only_read_refuse_other_methods(cast, url):
    name = {"/system": "system_admin", "/audit/": "auditor", "/logins/": "security_admin"}.get(url, "commander")
    response = cast.client(name).delete(url)
    assert response.status_code in (404, 405)


def test_the_state_of_the_system_is_for_its_administrator(cast):
    html = cast.client("system_admin").get("/system").content.decode()
    assert {"Parked work", "Oldest waiting work", "Free disk", "Newest backup"} <= set(tiles_of(html))
    assert cast.client("commander").get("/system").status_code == 404


def test_the_auditor_counts_the_entries_of_today(cast, drill_clock, at):
    audit.record("community.person.revealed", actor=ME, at=at, area_id=1, target_kind="Person")
    client = cast.client("auditor")
    value, url = tiles_of(client.get("/").content.decode())["Audit entries today"]
    assert client.get(url).content.decode().count('role="rowheader"') == int(value) == 1
