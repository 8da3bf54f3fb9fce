"""The pages as named people meet them: what works, what is not there for them, and what a repeat does."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from tongxin.base.actors import system
from tongxin.base.ids import new_uuid
from tongxin.base.models import AuditEntry
from tongxin.incidents import api

pytestmark = pytest.mark.django_db
STAFF = system("test")


@pytest.fixture(autouse=True)
def the_morning(drill_clock):
    """Pages read the installation's clock: the story's morning."""


@pytest.fixture
def ids(incident):
    return {"area_id": incident.area_id, "incident_id": incident.pk}


@pytest.fixture
def case(ids, area, at):
    """Somebody of 1-1-101 is a case; returns the person."""
    person = area.people[0]
    api.set_person_status(
        **ids,
        person_id=person.pk,
        kind="CASE",
        effective_at=at,
        cause_kind="Result",
        cause_uuid=new_uuid(),
        actor=STAFF,
        at=at,
    )
    return person


@pytest.fixture
def zone(ids, area, case, at):
    """Building 1 at the highest level because of the case."""
    building = area.buildings[0]
    return api.raise_zone(
        **ids,
        place_kind="BUILDING",
        place_uuid=building.uuid,
        level="high",
        actor=STAFF,
        at=at,
        evidence=[{"code": "CASE", "count": 1, "first": "2022-11-03", "last": "2022-11-03"}],
    )


def page(name, incident):
    return reverse(f"incidents:{name}", args=[incident.uuid])


PAGES = ("detail", "rules", "zones", "groups", "persons", "timeline")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_opens_for_the_commander(name, language, cast, incident, zone):
    client = cast.client("commander")
    client.cookies["django_language"] = language
    response = client.get(page(name, incident))
    assert response.status_code == 200
    assert ("%(" in response.text) is False


SEEN = {
    "commander": set(PAGES),
    "grid_leader_1": set(PAGES),
    "tracer": {"detail", "rules", "zones", "persons", "timeline"},
    "volunteer": {"zones"},
    "caller": {"zones"},
    "auditor": {"detail", "rules", "timeline"},
    "system_admin": set(),
    "outsider": set(),
    "other_commander": set(),
}


@pytest.mark.parametrize("who", sorted(SEEN))
def test_who_sees_which_page(who, cast, incident, zone, other_area):
    client = cast.client(who)
    seen = {name for name in PAGES if client.get(page(name, incident)).status_code == 200}
    assert seen == SEEN[who]
    codes = {client.get(page(name, incident)).status_code for name in PAGES if name not in seen}
    assert codes <= {404}


def test_anonymous_goes_to_login(client, incident):
    response = client.get(page("zones", incident))
    assert response.status_code == 302
    assert "login" in response["Location"]


WRITES = ("close", "switch", "zone_ask", "assign")


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("who", ["grid_leader_1", "volunteer", "auditor", "outsider"])
def test_only_headquarters_writes(name, who, cast, incident):
    assert cast.client(who).post(page(name, incident), {}).status_code == 404


@pytest.mark.parametrize("name", WRITES)
def test_writes_refuse_get(name, cast, incident):
    assert cast.client("commander").get(page(name, incident)).status_code == 405


def test_list_and_open_form(cast, incident):
    client = cast.client("commander")
    assert incident.title in client.get(reverse("incidents:list")).text
    text = client.get(reverse("incidents:open")).text
    assert "Reference only" in text
    assert "?profile=measles" in text
    text = client.get(reverse("incidents:open"), {"profile": "covid-cn"}).text
    assert "9th edition" in text
    assert "holds today" in text


def opened(client, **changes):
    data = {"profile": "measles", "code": "m-1", "title": "Rash at the school", "op_id": str(new_uuid())} | changes
    return client.post(reverse("incidents:open"), data)


def test_opening_once_and_the_same_form_again(cast, area):
    client, op_id = cast.client("commander"), str(new_uuid())
    first, second = opened(client, op_id=op_id), opened(client, op_id=op_id)
    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"]
    assert api.list_incidents(area.area_id).count() == 1
    assert "give their posts next" in client.get(first["Location"]).text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"code": "2022-11"}, "Another incident of this compound has this code"),
        ({"code": ""}, "required"),
        ({"code": "../../etc"}, "valid"),
        ({"title": "x" * 161}, "at most 160"),
        ({"profile": "plague"}, "Choose another one"),
        ({"rule_set_id": "covid-cn-9e"}, "Select a valid choice"),
        ({"title": ""}, "required"),
    ],
)
def test_wrong_opening_says_why_and_keeps_what_was_typed(changes, sentence, cast, incident):
    response = opened(cast.client("commander"), **changes)
    assert response.status_code == 422
    assert sentence in response.text
    assert api.list_incidents(incident.area_id).count() == 1
    if changes.get("profile") is None and "title" not in changes:
        assert "Rash at the school" in response.text


def test_hostile_title_is_shown_as_text(cast, area):
    client = cast.client("commander")
    response = opened(client, title="<script>alert(1)</script>")
    assert "<script>alert(1)" not in client.get(response["Location"]).text


def test_other_compound_is_not_there(cast, incident, other_area, at):
    other = api.open_incident(area_id=2, code="o", title="Other", profile_id="measles", actor=STAFF, at=at)
    client = cast.client("commander")
    for name in PAGES:
        assert client.get(page(name, other)).status_code == 404
    assert "Other" not in client.get(reverse("incidents:list")).text


def test_persons_are_masked_scoped_and_the_look_is_recorded(cast, incident, area, ids, case, at):
    far = area.by_door["3-1-101"][0]
    api.set_person_status(
        **ids,
        person_id=far.pk,
        kind="CONTACT",
        effective_at=at,
        cause_kind="C",
        cause_uuid=new_uuid(),
        actor=STAFF,
        at=at,
    )
    seen = {who: cast.client(who).get(page("persons", incident)).text for who in ("grid_leader_1", "grid_leader_2")}
    assert "1-1-101" in seen["grid_leader_1"]
    assert "3-1-101" not in seen["grid_leader_1"]
    assert "3-1-101" in seen["grid_leader_2"]
    assert "1-1-101" not in seen["grid_leader_2"]
    assert case.name not in seen["grid_leader_1"]
    assert f"{case.name[0]}*" in seen["grid_leader_1"]
    assert AuditEntry.objects.filter(action="incidents.read_status_list", actor="grid_leader_1").count() == 1


def test_persons_filter_and_wrong_filter(cast, incident, case):
    client = cast.client("commander")
    assert "1-1-101" in client.get(page("persons", incident), {"kind": "CASE"}).text
    assert "1-1-101" not in client.get(page("persons", incident), {"kind": "CONTACT"}).text
    assert client.get(page("persons", incident), {"kind": "' OR 1=1", "page": "-3"}).status_code == 200


def test_query_count_of_the_status_list_does_not_grow(cast, incident, area, ids, at, django_assert_max_num_queries):
    facts = [
        api.StatusFact(person.pk, "CONTACT", at, "C", new_uuid(), last_contact_date=at.date()) for person in area.people
    ]
    client = cast.client("grid_leader_1")
    api.set_many_statuses(**ids, facts=facts[:3], actor=STAFF, at=at)
    client.get(page("persons", incident))
    with django_assert_max_num_queries(40) as few:
        client.get(page("persons", incident))
    before = len(few.captured_queries)
    api.set_many_statuses(**ids, facts=facts[3:], actor=STAFF, at=at)
    client.get(page("persons", incident))
    with django_assert_max_num_queries(before):
        client.get(page("persons", incident))


def test_zone_page_shows_conditions_with_numbers(cast, incident, zone):
    text = cast.client("volunteer").get(page("zones", incident)).text
    assert "High-risk zone" in text
    assert "No new infection for 7 days: day 0 now" in text
    assert "Cases: 1" in text
    assert "Stay in the home" in text
    assert "Raise the level" not in text


def ask(client, incident, building, to, **changes):
    data = {"place": f"BUILDING:{building.uuid}", "level": to, "reason": "Many are ill", "op_id": str(new_uuid())}
    return client.post(page("zone_ask", incident), data | changes)


def test_one_person_may_lay_a_middle_level_and_two_are_needed_for_the_highest(cast, incident, area, at):
    client = cast.client("commander")
    ask(client, incident, area.buildings[1], "medium")
    levels = {row.place_label: row.level for row in api.zone_levels(1, incident.pk, at + timedelta(hours=1))}
    assert levels == {"2": "medium"}
    assert ask(client, incident, area.buildings[1], "high").status_code == 302
    (request,) = api.zone_requests(1, incident.pk)
    assert api.zone_levels(1, incident.pk, at + timedelta(hours=1))[0].level == "medium"
    agree = reverse("incidents:zone_agree", args=[request.uuid])
    text = client.post(agree, follow=True).text
    assert "Another person has to agree" in text
    text = cast.client("second_commander").post(agree, follow=True).text
    assert "The level is changed" in text
    assert api.zone_levels(1, incident.pk, at + timedelta(hours=1))[0].level == "high"
    assert "carried out or refused before" in cast.client("second_commander").post(agree, follow=True).text


def test_refusing_a_request_changes_nothing(cast, incident, area, at):
    ask(cast.client("commander"), incident, area.buildings[1], "high")
    (request,) = api.zone_requests(1, incident.pk)
    text = cast.client("second_commander").post(reverse("incidents:zone_refuse", args=[request.uuid]), follow=True).text
    assert "Nothing was changed on the place" in text
    assert api.zone_levels(1, incident.pk, at + timedelta(hours=1)) == []
    assert api.zone_requests(1, incident.pk) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reason": ""}, "give the reason"),
        ({"level": "purple"}, "choose a place and a level"),
        ({"place": "BUILDING:1"}, "choose a place and a level"),
        ({"place": ""}, "choose a place and a level"),
    ],
)
def test_wrong_requests_say_why(changes, sentence, cast, incident, area, at):
    response = ask(cast.client("commander"), incident, area.buildings[1], "medium", **changes)
    assert response.status_code == 422
    assert sentence in response.text
    assert api.zone_levels(1, incident.pk, at + timedelta(hours=1)) == []


def test_lowering_against_conditions_needs_the_box_and_a_reason(cast, incident, zone, at):
    client = cast.client("commander")
    url = reverse("incidents:zone_end", args=[zone.uuid])
    refused = client.post(url, {"level": "low", "op_id": str(new_uuid())})
    assert refused.status_code == 422
    assert "Conditions are still open" in refused.text
    refused = client.post(url, {"level": "low", "is_waived": "on", "op_id": str(new_uuid())})
    assert "needs a reason" in refused.text
    waived = {"level": "low", "is_waived": "on", "reason": "The result was wrong", "op_id": str(new_uuid())}
    assert client.post(url, waived).status_code == 302
    (request,) = api.zone_requests(1, incident.pk)
    cast.client("second_commander").post(reverse("incidents:zone_agree", args=[request.uuid]))
    (row,) = api.zone_levels(1, incident.pk, at + timedelta(hours=1))
    assert (row.level, row.is_lowered) == ("low", True)
    entry = AuditEntry.objects.get(action="incidents.lower_zone")
    assert entry.detail["waived"] == ["NO_NEW_DAYS", "ROUND_NEGATIVE_ON_DAY"]


def test_rules_show_sources_and_preview_another_rule_set(cast, incident, zone):
    client = cast.client("commander")
    text = client.get(page("rules", incident), {"preview": "covid-cn-20m"}).text
    assert "National Health Commission" in text
    assert "U: without a source, to be checked" in text
    assert "Other conditions for lowering and lifting" in text
    assert client.get(page("rules", incident), {"preview": "nonsense"}).status_code == 200


def test_switching_the_rule_set(cast, incident, zone, at):
    client = cast.client("commander")
    data = {"rule_set_id": "covid-cn-20m", "from_date": "2022-11-03", "op_id": str(new_uuid())}
    text = client.post(page("switch", incident), data, follow=True).text
    assert "The rule set is ordered" in text
    assert api.rule_set_of(incident, at.date()).id == "covid-cn-20m"
    bad = client.post(page("switch", incident), {"rule_set_id": "covid-cn-20m", "from_date": "tomorrow"})
    assert bad.status_code == 422
    assert "choose a rule set and a day" in bad.text


def test_posts_are_given_and_ended(cast, incident, at):
    client = cast.client("commander")
    group = api.groups(1, incident.pk)[1]
    data = {"group": group.uuid, "title": "Leader", "account": cast.accounts["tracer"].pk, "op_id": str(new_uuid())}
    assert "The post is given" in client.post(page("assign", incident), data, follow=True).text
    again = client.post(page("assign", incident), data | {"op_id": str(new_uuid())})
    assert "already holds this post" in again.text
    (post,) = api.posts_of(1, incident.pk, at=at + timedelta(hours=1))
    text = client.post(reverse("incidents:end_post", args=[post.uuid]), follow=True).text
    assert "The post has ended" in text
    wrong = client.post(page("assign", incident), data | {"account": cast.accounts["outsider"].pk})
    assert wrong.status_code == 422


def test_closing_needs_a_reason_and_the_version_that_was_read(cast, incident):
    client = cast.client("commander")
    client.post(page("close", incident), {"reason": "", "version": 1})
    incident.refresh_from_db()
    assert incident.state == "OPEN"
    text = client.post(page("close", incident), {"reason": "Over", "version": 9}, follow=True).text
    assert "Somebody else changed this" in text
    client.post(page("close", incident), {"reason": "Over", "version": 1})
    incident.refresh_from_db()
    assert incident.state == "CLOSED"
    for name in PAGES:
        assert client.get(page(name, incident)).status_code == 200
    assert not re.search("Raise the level<", client.get(page("zones", incident)).text)


def test_an_unknown_object_is_not_there(cast, incident):
    client = cast.client("commander")
    for name in ("detail", "zone", "zones", "persons"):
        assert client.get(reverse(f"incidents:{name}", args=[new_uuid()])).status_code == 404
    for name in ("zone_end", "zone_agree", "zone_refuse", "end_post"):
        assert client.post(reverse(f"incidents:{name}", args=[new_uuid()])).status_code == 404
