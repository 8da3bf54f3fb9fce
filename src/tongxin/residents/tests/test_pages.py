"""The pages as named people meet them: what works, what is not there for them, and what a repeat does."""

from datetime import timedelta

import pytest
from django.test.utils import CaptureQueriesContext

from tongxin.base.ids import new_uuid
from tongxin.base.models import AuditEntry
from tongxin.community import api as community
from tongxin.residents import api
from tongxin.residents.models import CallRound, LiaisonCall, LiaisonPair, Request
from tongxin.residents.tests.conftest import CODES, STAFF
from tongxin.residents.tests.pages import LISTS, get, text_of, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("morning")]


@pytest.fixture
def call(in_round):
    """The call that is next on the caller's list."""
    return in_round.calls_of("caller").next


@pytest.fixture
def need(in_round):
    return api.open_request(
        **in_round.where, person_uuid=in_round.listed[0].uuid, kind="FOOD", text="要白菜", **in_round.by_staff
    )


# ---------- who may see what ----------
@pytest.mark.parametrize("page", LISTS)
@pytest.mark.parametrize("name", ["commander", "grid_leader_1", "grid_leader_2"])
def test_headquarters_and_grid_leaders_see_the_lists(in_round, page, name):
    assert get(in_round, name, url(page)).status_code == 200


@pytest.mark.parametrize("page", [*LISTS, "ledger_xlsx", "new_request"])
@pytest.mark.parametrize(
    "name", ["outsider", "auditor", "sampler", "system_admin", "security_admin", "other_commander"]
)
def test_for_all_others_the_lists_are_not_there(in_round, other_area, page, name):
    response = get(in_round, name, url(page))
    if name == "other_commander":
        # has own lists, of an own compound: nothing of this one is in them
        assert response.status_code in (200, 404)
        assert "1-1-101" not in text_of(response)
        return
    assert response.status_code == 404


def test_without_a_login_nothing_is_shown(client, in_round):
    for page in (*LISTS, "mine"):
        assert client.get(url(page)).status_code in (302, 404)


@pytest.mark.parametrize("name", ["volunteer", "caller", "medic"])
def test_the_ledger_is_a_compartment_of_its_own(in_round, name):
    for page in ("coverage", "pairs", "callers", "rounds", "ledger_xlsx"):
        assert get(in_round, name, url(page)).status_code == 404


def test_a_grid_leader_sees_only_the_own_grid(in_round):
    own = LiaisonPair.objects.filter(grid=in_round.area.grids[1])
    assert 0 < own.count() < 20
    page = text_of(get(in_round, "grid_leader_2", url("pairs")))
    assert "3-1-101" in page
    assert "1-1-101" not in page
    other = LiaisonPair.objects.filter(grid=in_round.area.grids[0]).first()
    assert get(in_round, "grid_leader_2", url("pair", other.uuid)).status_code == 404
    assert get(in_round, "grid_leader_1", url("pair", other.uuid)).status_code == 200
    row = CallRound.objects.get()
    assert "1-1-101" not in text_of(get(in_round, "grid_leader_2", url("round", row.uuid)))
    assert get(in_round, "grid_leader_2", url("mine"), call=str(_call_in(in_round, 0).uuid)).status_code == 404
    assert get(in_round, "grid_leader_2", url("mine"), call=str(_call_in(in_round, 1).uuid)).status_code == 200


def _call_in(story, grid):
    return LiaisonCall.objects.filter(grid=story.area.grids[grid]).first()


def test_lists_never_show_a_whole_name_or_a_phone(in_round):
    for page in ("coverage", "pairs"):
        page_text = text_of(get(in_round, "commander", url(page)))
        for person in in_round.listed:
            assert person.name not in page_text
            assert person.phone not in page_text


@pytest.mark.parametrize("page", ["pairs", "requests"])
def test_a_look_at_a_list_is_one_audit_entry(in_round, need, page):
    get(in_round, "commander", url(page))
    assert AuditEntry.objects.filter(action=f"residents.{page}.listed", actor="commander").count() == 1


@pytest.mark.parametrize("page", ["coverage", "pairs", "callers", "requests"])
def test_query_counts_do_not_grow_with_rows(in_round, page, django_assert_num_queries):
    from django.db import connection

    client = in_round.cast.client("grid_leader_1")
    client.get(url(page))
    with CaptureQueriesContext(connection) as before:
        client.get(url(page))
    more = [(person, {CODES[2]: ""}, None) for person in in_round.area.people[20:]]
    community.add_care(area_id=1, needs=more, **in_round.by_staff)
    in_round.pair(in_round.at + timedelta(hours=1))
    for person in in_round.listed:
        api.open_request(**in_round.where, person_uuid=person.uuid, kind="FOOD", **in_round.by_staff)
    from tongxin.base import keys

    keys.forget_cached()
    with CaptureQueriesContext(connection) as after:
        client.get(url(page))
    assert len(after) <= len(before) + 2
    assert len(after) < 60


# ---------- the board ----------
def test_the_board_shows_everybody_covered(in_round):
    response = get(in_round, "commander", url("coverage"))
    assert "20/20" in text_of(response)
    assert "Everybody on the list has a caller who is there." in text_of(response)


@pytest.mark.parametrize("page", ["pair_all", "open_round"])
@pytest.mark.parametrize("name", ["grid_leader_1", "caller", "auditor"])
def test_only_headquarters_pairs_and_opens_rounds(in_round, page, name):
    assert in_round.cast.client(name).post(url(page)).status_code == 404
    assert in_round.cast.client("commander").get(url(page)).status_code == 405


# ---------- pairs ----------


def test_callers_who_need_a_look_stand_first_and_open(in_round):
    calm = get(in_round, "commander", url("callers")).context["folds"]
    assert [(fold["label"], fold["is_open"]) for fold in calm] == [("Callers", False)]
    call = in_round.calls_of("caller").left[0]
    api.log_call(area_id=1, call_uuid=call.uuid, outcome="UNREACHED", **in_round.by_staff)
    first, second = get(in_round, "commander", url("callers")).context["folds"]
    assert (first["label"], first["is_open"], first["count"]) == ("Late, not reached or away", True, 1)
    assert (second["is_open"], second["count"]) == (False, 2)
    assert second["people"] + first["people"] == 20


# ---------- rounds ----------


def test_a_round_lists_its_calls_by_state(in_round, call):
    api.log_call(area_id=1, call_uuid=call.uuid, outcome="UNREACHED", **in_round.by_staff)
    row = CallRound.objects.get()
    table = get(in_round, "commander", url("round", row.uuid), state="UNREACHED").context["table"]
    assert len(table["rows"]) == 1
    table = get(in_round, "commander", url("round", row.uuid), late="on").context["table"]
    assert table["rows"] == []


# ---------- my calls ----------
def test_the_phone_shows_the_next_person_masked(in_round, call):
    page = text_of(get(in_round, "caller", url("mine")))
    assert "0/7" in page
    assert community.masked_name(call.person) in page
    assert call.person.name not in page
    assert call.person.phone not in page


def test_one_tap_shows_the_number_and_is_recorded(in_round, call):
    client = in_round.cast.client("caller")
    response = client.post(url("reveal", call.uuid))
    assert call.person.name in text_of(response)
    assert f"tel:{call.person.phone}" in response.content.decode()
    looks = AuditEntry.objects.filter(action="community.person.revealed", target_uuid=call.person.uuid)
    assert [look.detail["purpose"] for look in looks] == ["residents.call"]
    assert client.get(url("reveal", call.uuid)).status_code == 405


@pytest.mark.parametrize("name", ["tracer", "volunteer", "outsider", "auditor", "other_commander", "grid_leader_2"])
@pytest.mark.parametrize("verb", ["reveal", "log", "undo"])
def test_nobody_else_may_call_this_person(in_round, other_area, name, verb):
    tracer = in_round.cast.responders["tracer"]
    call = (
        LiaisonCall.objects.filter(caller__code="caller", grid=in_round.area.grids[0])
        .exclude(pair__deputy=tracer)
        .first()
    )
    response = in_round.cast.client(name).post(url(verb, call.uuid), {"outcome": "FINE"})
    assert response.status_code == 404
    assert LiaisonCall.objects.get(pk=call.pk).state == "DUE"
    assert not AuditEntry.objects.filter(action="community.person.revealed").exists()


@pytest.mark.parametrize("outcome", ["FINE", "UNREACHED"])
def test_one_button_writes_it_down_and_shows_the_next_person(in_round, call, outcome):
    client = in_round.cast.client("caller")
    response = client.post(url("log", call.uuid), {"outcome": outcome, "op_id": str(new_uuid())}, follow=True)
    assert LiaisonCall.objects.get(pk=call.pk).state == outcome
    assert response.context["current"]["uuid"] != call.uuid
    assert url("undo", call.uuid) in response.content.decode()


def test_the_same_entry_sent_twice_counts_once(in_round, call):
    client, form = in_round.cast.client("caller"), {"outcome": "UNREACHED", "op_id": str(new_uuid())}
    for _ in range(3):
        client.post(url("log", call.uuid), form)
    assert LiaisonCall.objects.get(pk=call.pk).tries == 1
    response = client.post(url("log", call.uuid), form | {"outcome": "FINE"})
    assert response.status_code == 422
    assert "sent before with other contents" in text_of(response)


def test_a_need_tells_what_follows(in_round, call):
    form = {"outcome": "NEED", "kinds": ["FOOD", "EMERGENCY"], "medicine_days": "3", "note": "要菜"}
    page = text_of(in_round.cast.client("caller").post(url("log", call.uuid), form, follow=True))
    assert "An emergency was passed to the medics" in page
    assert set(Request.objects.values_list("kind", flat=True)) == {"FOOD", "EMERGENCY", "MEDICINE"}


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({}, "one of the three buttons"),
        ({"outcome": "MAYBE"}, "one of the three buttons"),
        ({"outcome": "NEED"}, "Tick what the person needs"),
        ({"outcome": "FINE", "kinds": ["FOOD"]}, "A need is ticked"),
        ({"outcome": "NEED", "kinds": ["GOLD"]}, "This kind of need does not exist"),
        ({"outcome": "FINE", "medicine_days": "many"}, "whole number from 0 to 365"),
        ({"outcome": "FINE", "medicine_days": "-1"}, "whole number from 0 to 365"),
        ({"outcome": "FINE", "medicine_days": "9" * 30}, "whole number from 0 to 365"),
    ],
)
def test_a_wrong_entry_gets_a_sentence_and_stays_typed(in_round, call, form, sentence):
    form = {"note": "=1+1<script>alert(1)</script>", **form}
    response = in_round.cast.client("caller").post(url("log", call.uuid), form)
    assert response.status_code == 422
    assert sentence in text_of(response)
    assert "=1+1&lt;script&gt;" in response.content.decode()
    assert LiaisonCall.objects.get(pk=call.pk).state == "DUE"


def test_the_last_entry_can_be_taken_back_from_the_page(in_round, call):
    client = in_round.cast.client("caller")
    client.post(url("log", call.uuid), {"outcome": "FINE"})
    page = client.post(url("undo", call.uuid), follow=True)
    assert "Taken back." in text_of(page)
    assert LiaisonCall.objects.get(pk=call.pk).state == "DUE"
    assert "It is too late" in text_of(client.post(url("undo", call.uuid), follow=True))


def test_a_grid_leader_makes_a_late_call_instead(in_round):
    call = _call_in(in_round, 0)
    client = in_round.cast.client("grid_leader_1")
    assert client.get(url("mine"), {"call": str(call.uuid)}).status_code == 200
    client.post(url("log", call.uuid), {"outcome": "FINE"})
    assert LiaisonCall.objects.get(pk=call.pk).state == "FINE"


@pytest.mark.parametrize("name", ["volunteer", "commander", "grid_leader_1"])
def test_who_calls_nobody_is_told_so(in_round, name):
    response = get(in_round, name, url("mine"))
    assert response.status_code == 200
    assert "Show the number" not in text_of(response)


def test_a_broken_address_leads_back_to_the_list(in_round):
    assert get(in_round, "caller", url("mine"), call="x").status_code == 302
    assert get(in_round, "caller", url("mine"), call=str(new_uuid())).status_code == 404


def test_when_everybody_is_called_the_page_says_thank_you(in_round):
    for row in in_round.calls_of("caller").left:
        api.log_call(area_id=1, call_uuid=row.uuid, outcome="FINE", **in_round.by_staff)
    assert "Everybody of this round is called" in text_of(get(in_round, "caller", url("mine")))


# ---------- requests ----------
def test_the_queue_shows_what_is_not_closed(in_round, need):
    page = text_of(get(in_round, "grid_leader_1", url("requests")))
    assert "Food" in page
    assert "要白菜" not in page
    assert get(in_round, "grid_leader_2", url("requests")).context["table"]["rows"] == []
    assert get(in_round, "grid_leader_2", url("request", need.uuid)).status_code == 404
    assert get(in_round, "medic", url("requests")).context["table"]["rows"] == []


def test_a_medic_sees_what_waits_for_medics(in_round):
    row = api.open_request(**in_round.where, person_uuid=in_round.listed[0].uuid, kind="MEDICINE", **in_round.by_staff)
    assert len(get(in_round, "medic", url("requests")).context["table"]["rows"]) == 1
    assert get(in_round, "medic", url("request", row.uuid)).status_code == 200
    assert get(in_round, "caller", url("request", row.uuid)).status_code == 404


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ({"late": "on"}, 0),
        ({"mine": "on"}, 0),
        ({"urgency": "TODAY"}, 1),
        ({"urgency": "LIFE"}, 0),
        ({"kind": "FOOD"}, 1),
        ({"state": "CLOSED"}, 0),
        ({"state": "ALL"}, 1),
        ({"state": "<x>"}, 1),
    ],
)
def test_requests_are_filtered_by_the_url(in_round, need, query, rows):
    assert len(get(in_round, "commander", url("requests"), **query).context["table"]["rows"]) == rows


def test_a_request_goes_its_way_until_the_person_was_told(in_round, need):
    client = in_round.cast.client("grid_leader_1")

    def step(name, **form):
        version = Request.objects.get(pk=need.pk).version
        return client.post(url("request_step", need.uuid, name), {"version": version, **form}, follow=True)

    assert "This request is yours." in text_of(step("take"))
    assert "Now tell the person" in text_of(step("done", answer="菜已送到"))
    assert "Closed: the need is met" in text_of(step("told", satisfaction="5"))
    row = Request.objects.get(pk=need.pk)
    assert (row.state, row.satisfaction, row.owner.username) == ("CLOSED", 5, "grid_leader_1")
    assert "要白菜" in text_of(client.get(url("request", need.uuid)))
    assert AuditEntry.objects.filter(action="residents.request.read", target_uuid=need.uuid).exists()


@pytest.mark.parametrize(
    ("step", "form", "sentence"),
    [
        ("done", {"answer": ""}, "Write down what was done"),
        ("told", {"satisfaction": "9"}, "whole number from 1 to 5"),
        ("told", {}, "Somebody else took this step"),
        ("pass", {"owner_role": "VOLUNTEER"}, "does not exist"),
        ("take", {"version": "99"}, "Somebody else changed this"),
    ],
)
def test_a_wrong_step_gets_a_sentence(in_round, need, step, form, sentence):
    form = {"version": "1", **form}
    response = in_round.cast.client("commander").post(url("request_step", need.uuid, step), form)
    assert response.status_code == 422
    assert sentence in text_of(response)
    assert Request.objects.get(pk=need.pk).state == "OPEN"


def test_an_unknown_step_is_not_there(in_round, need):
    assert in_round.cast.client("commander").post(url("request_step", need.uuid, "burn")).status_code == 404


def test_somebody_is_sent_to_the_door(in_round, need):
    client = in_round.cast.client("grid_leader_1")
    page = text_of(client.post(url("request_step", need.uuid, "visit"), {"version": 1}, follow=True))
    assert "Somebody will be sent to the door." in page
    assert "The dispatcher looks for somebody" in page


def test_a_new_request_begins_with_finding_the_person(in_round):
    client, person = in_round.cast.client("grid_leader_1"), in_round.listed[0]
    door = person.dwelling.door
    page = client.post(url("new_request"), {"q": door}).content.decode()
    assert f"?person={person.uuid}" in page
    assert person.name not in page
    form = {"person": str(person.uuid), "kind": "UTILITIES", "text": "停水", "op_id": str(new_uuid())}
    for _ in range(2):
        done = client.post(url("new_request"), form, follow=True)
    assert "The request has an owner and is due" in text_of(done)
    assert Request.objects.get().text == "停水"


@pytest.mark.parametrize(
    ("person", "status"), [("x", 404), ("00000000-0000-0000-0000-000000000000", 404)], ids=["broken", "nobody"]
)
def test_a_request_for_nobody_is_not_there(in_round, person, status):
    assert get(in_round, "commander", url("new_request"), person=person).status_code == status


def test_a_grid_leader_opens_no_request_in_another_grid(in_round):
    other = next(person for person in in_round.listed if person.grid_id == in_round.area.grids[1].pk)
    assert get(in_round, "grid_leader_1", url("new_request"), person=str(other.uuid)).status_code == 404


# ---------- the file, and both languages ----------
def test_only_headquarters_takes_the_ledger_away(in_round):
    response = get(in_round, "commander", url("ledger_xlsx"))
    assert response.content[:2] == b"PK"
    assert AuditEntry.objects.filter(action="residents.ledger.exported", actor="commander").count() == 1
    assert get(in_round, "grid_leader_1", url("ledger_xlsx")).status_code == 404


@pytest.mark.parametrize("page", [*LISTS, "mine", "new_request"])
def test_every_page_speaks_chinese(in_round, need, page):
    client = in_round.cast.client("commander" if page != "mine" else "caller")
    client.cookies["django_language"] = "zh-hans"
    response = client.get(url(page), headers={"accept-language": "zh-hans"})
    assert response.status_code == 200
    assert 'lang="zh' in response.content.decode()
    assert STAFF.label not in text_of(response)
