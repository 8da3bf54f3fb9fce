"""The pages as named people meet them."""

import json
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from django.urls import reverse

from tongxin.base.ids import new_uuid
from tongxin.base.models import AuditEntry
from tongxin.incidents import api as incidents
from tongxin.sampling import api, rules
from tongxin.sampling.models import Registration, RoundMember, SampleResult, SamplingRound, Tube, TubeCount
from tongxin.sampling.tests.stories import STAFF, fill, open_mass, say, take, young

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def the_morning(drill_clock):
    """Pages read the installation's clock: the story's morning."""


@pytest.fixture
def round_(area, incident, at):
    return open_mass(incident, area, at - timedelta(hours=1))


def url(name, *args, **query):
    text = reverse(f"sampling:{name}", args=args)
    return f"{text}?{'&'.join(f'{k}={v}' for k, v in query.items())}" if query else text


def text_of(response):
    return re.sub(r"\s+", " ", response.content.decode())


PAGES = ["list", "results", "overdue", "pools", "untubed", "open"]
ROUND_PAGES = ["round", "missing", "print", "home", "tubes", "desk"]


def test_every_page_works_for_the_commander(cast, round_, at):
    take(round_, young(cast.area)[0], "T001", at)
    client = cast.client("commander")
    for name in PAGES:
        assert client.get(url(name)).status_code == 200, name
    for name in ROUND_PAGES:
        assert client.get(url(name, round_.uuid)).status_code == 200, name


@pytest.mark.parametrize("name", ["outsider", "other_commander", "volunteer", "auditor", "caller", "system_admin"])
def test_who_has_nothing_to_do_here_finds_nothing(cast, round_, at, name):
    take(round_, young(cast.area)[0], "T001", at)
    client = cast.client(name)
    rooms = (
        [] if name == "other_commander" else PAGES
    )  # a commander has these pages at home, without this compound's rows
    addresses = [url(page) for page in rooms] + [url(page, round_.uuid) for page in [*ROUND_PAGES, "export"]]
    for address in addresses:
        assert client.get(address).status_code == 404, address
    member, registration = RoundMember.objects.first(), Registration.objects.get()
    for address in (
        url("close", round_.uuid),
        url("register", round_.uuid),
        url("count", round_.uuid),
        url("tell", member.uuid),
        url("phone", member.uuid),
        url("void", registration.uuid),
        url("close_tube", registration.tube.uuid),
    ):
        assert client.post(address).status_code == 404, address
    if name != "other_commander":
        assert client.post(url("result_file")).status_code == 404
        assert client.post(url("ops"), "{}", content_type="application/json").status_code == 404


def test_reading_pages_take_no_post_and_deeds_no_get(cast, round_):
    client = cast.client("commander")
    for name in ("round", "missing", "print", "home", "desk", "tubes"):
        assert client.post(url(name, round_.uuid)).status_code == 405
    for name in ("close", "register", "count"):
        assert client.get(url(name, round_.uuid)).status_code == 405
    assert client.get(url("ops")).status_code == 405


def test_a_grid_leader_sees_own_doors_only(cast, round_):
    page = text_of(cast.client("grid_leader_2").get(url("round", round_.uuid)))
    assert "3-1-101" in page
    assert "1-1-101" not in page
    paper = text_of(cast.client("grid_leader_2").get(url("print", round_.uuid)))
    assert "3-1-101" in paper
    assert "1-1-101" not in paper


def test_whole_names_stand_on_no_list(cast, round_):
    client = cast.client("commander")
    names = {person.name for person in cast.area.people}
    for name in ("round", "missing", "print", "home"):
        page = text_of(client.get(url(name, round_.uuid)))
        assert not any(whole in page for whole in names), name


@pytest.mark.parametrize("state", ["DUE", "REFUSED", "nonsense"])
def test_the_filter_is_in_the_address(cast, round_, state):
    entrance = cast.area.entrances[0]
    response = cast.client("commander").get(url("round", round_.uuid, state=state, entrance=entrance.uuid))
    assert response.status_code == 200
    page = text_of(response)
    assert ("2-1-101" in page) is False
    assert f"entrance={entrance.uuid}" in page


def test_a_round_is_folded_by_place_with_most_missing_first(cast, round_, at):
    for person in [person for person in young(cast.area) if person.building_id == cast.area.buildings[0].pk][:3]:
        take(round_, person, f"T{person.pk:03d}", at)
    page = cast.client("commander").get(url("round", round_.uuid))
    first, second = page.context["grids"]
    assert first["missing"] >= second["missing"]
    assert (first["is_open"], second["is_open"]) == (False, False)
    missing = [row["missing"] for row in first["buildings"]]
    assert missing == sorted(missing, reverse=True)
    assert first["missing"] == sum(missing)
    doors = [door for row in first["buildings"] for door in row["entrances"]]
    assert first["listed"] == sum(door["listed"] for door in doors)
    assert all("entrance=" in door["url"] for door in doors)
    chosen = cast.client("commander").get(doors[0]["url"].partition("#")[0])
    assert chosen.context["place"] == doors[0]["label"]
    assert [grid["is_open"] for grid in chosen.context["grids"]] == [True, False]
    assert "<details" in text_of(chosen)
    own = cast.client("grid_leader_2").get(url("round", round_.uuid)).context["grids"]
    assert [grid["is_open"] for grid in own] == [True], "one grid alone is unfolded"


def test_a_long_list_is_unfolded_on_purpose_only(cast, round_, monkeypatch):
    monkeypatch.setattr("tongxin.sampling.views.rounds.PAGE_SIZE", 5)
    client = cast.client("commander")
    assert client.get(url("round", round_.uuid)).context["is_list_open"] is False
    assert client.get(url("round", round_.uuid, page=2)).context["is_list_open"] is True
    entrance = cast.area.entrances[0]
    assert client.get(url("round", round_.uuid, entrance=entrance.uuid)).context["is_list_open"] is True


@pytest.mark.parametrize("entrance", ["x", "0", "1;DROP TABLE"])
def test_an_entrance_that_is_none_is_not_there(cast, round_, entrance):
    assert cast.client("commander").get(url("missing", round_.uuid, entrance=entrance)).status_code == 404


def test_queries_do_not_grow_with_rows(cast, round_, at, django_assert_max_num_queries):
    client = cast.client("grid_leader_1")
    for name in ("round", "missing"):
        client.get(url(name, round_.uuid))
    with django_assert_max_num_queries(30):
        client.get(url("round", round_.uuid))
    with django_assert_max_num_queries(14):
        client.get(url("missing", round_.uuid))
    take(round_, young(cast.area)[0], "T001", at)
    with django_assert_max_num_queries(18):
        client.get(url("desk", round_.uuid, tube="T001"))


def test_a_phone_is_shown_one_at_a_time_and_recorded(cast, round_):
    member = RoundMember.objects.filter(round=round_).first()
    response = cast.client("grid_leader_1").post(url("phone", member.uuid), **HTMX)
    assert "tel:1990000" in text_of(response)
    assert response["Cache-Control"] == "no-store"
    entry = AuditEntry.objects.get(target_uuid=member.person.uuid)
    assert (entry.actor, entry.detail["purpose"]) == ("grid_leader_1", "SAMPLING")
    other = RoundMember.objects.filter(round=round_, grid=cast.area.grids[1]).first()
    assert cast.client("grid_leader_1").post(url("phone", other.uuid), **HTMX).status_code == 404


def test_a_refusal_is_told_once(cast, round_):
    member = RoundMember.objects.filter(round=round_, grid=cast.area.grids[0]).first()
    client, data = (
        cast.client("grid_leader_1"),
        {"state": "REFUSED", "reason": "ASKED_AT_DOOR", "op_id": str(new_uuid())},
    )
    for _turn in range(2):
        assert client.post(url("tell", member.uuid), data, **HTMX).status_code == 200
    member.refresh_from_db()
    assert member.state == "REFUSED"
    assert AuditEntry.objects.filter(action="sampling.member.told").count() == 1
    assert client.post(url("tell", member.uuid), {**data, "state": "AWAY"}, **HTMX).status_code == 409
    assert client.post(url("tell", member.uuid), {"state": "DONE"}).status_code == 404


# ---------- desk ----------
def test_a_tube_then_a_person_then_taking_it_back(cast, round_):
    client = cast.client("sampler")
    first = client.post(url("register", round_.uuid, desk="1-1"), {"code": "t0001"}, **HTMX)
    assert 'data-scan-result="ok"' in text_of(first)
    assert "tube=T0001" in text_of(first)
    person = young(cast.area)[0]
    at_desk = url("register", round_.uuid, desk="1-1", tube="T0001")
    second = text_of(client.post(at_desk, {"code": person.external_code, "op_id": str(new_uuid())}, **HTMX))
    assert 'data-scan-result="ok"' in second
    assert "1/10" in second
    assert person.name not in second
    row = Registration.objects.get()
    assert (row.person, row.tube.desk, row.how) == (person, "1-1", "SCAN")
    back = client.post(url("void", row.uuid), {"desk": "1-1", "reason": "MISTAKE"}, follow=True)
    assert "Taken back" in text_of(back)
    assert Registration.objects.get().voided_at is not None


def test_a_door_with_several_people_asks_who_it_is(cast, round_):
    client = cast.client("sampler")
    door, people = next((door, people) for door, people in cast.area.by_door.items() if len(people) > 1)
    at_desk = url("register", round_.uuid, desk="1-1", tube="T0001")
    page = text_of(client.post(at_desk, {"code": door}, **HTMX))
    assert 'data-scan-result="warn"' in page
    assert page.count('name="person"') == len(people)
    chosen = client.post(at_desk, {"person": str(people[0].uuid)}, **HTMX)
    assert 'data-scan-result="ok"' in text_of(chosen)
    assert Registration.objects.get().how == "PICK"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("99-9-999", "Scan the tube first"),
        ("zzzzqq", "Scan the tube first"),
        ("<b>", "not the code of a tube"),
        ("", "not the code of a tube"),
        ("=1+1", "not the code of a tube"),
    ],
)
def test_without_a_tube_only_a_tube_is_taken(cast, round_, typed, told):
    response = cast.client("sampler").post(url("register", round_.uuid), {"code": typed}, **HTMX)
    assert response.status_code == 422
    assert told in text_of(response)
    assert "<b>" not in text_of(response)


def test_the_desk_says_why_somebody_is_refused(cast, round_, incident, at):
    client, person = cast.client("sampler"), young(cast.area)[0]
    take(round_, person, "T0001", at, desk="1-2")
    page = client.post(url("register", round_.uuid, desk="1-1", tube="T0002"), {"code": person.external_code}, **HTMX)
    assert page.status_code == 409
    assert "Already registered in tube T0001 at desk 1-2 at 08:00" in text_of(page)
    nobody = client.post(url("register", round_.uuid, desk="1-1", tube="T0002"), {"code": "zzzzqq"}, **HTMX)
    assert "Nobody was found" in text_of(nobody)


def test_a_guest_is_asked_for_and_taken(cast, incident, at):
    places = [{"kind": "BUILDING", "uuid": str(cast.area.buildings[0].uuid)}]
    round_ = open_mass(incident, cast.area, at, places=places)
    guest = next(person for person in young(cast.area) if person.building_id == cast.area.buildings[2].pk)
    client, at_desk = cast.client("sampler"), url("register", round_.uuid, desk="1", tube="T0001")
    asked = text_of(client.post(at_desk, {"code": guest.external_code}, **HTMX))
    assert "as a guest" in asked
    taken = client.post(at_desk, {"person": str(guest.uuid), "as_guest": "yes"}, **HTMX)
    assert 'data-scan-result="ok"' in text_of(taken)


def test_a_slip_of_the_finger_does_not_change_the_tube(cast, round_, at):
    take(round_, young(cast.area)[0], "T0001", at)
    client, at_desk = cast.client("sampler"), url("register", round_.uuid, desk="1", tube="T0001")
    unsure = text_of(client.post(at_desk, {"code": "zz9"}, **HTMX))
    assert "Nobody was found for ZZ9. If it is the next tube, scan it once more." in unsure
    assert "Tube T0001" in unsure
    assert 'name="unsure" value="ZZ9"' in unsure
    other = text_of(client.post(at_desk, {"code": "yy8", "unsure": "ZZ9"}, **HTMX))
    assert "Nobody was found for YY8" in other, "another slip is no confirmation"
    twice = text_of(client.post(at_desk, {"code": "zz9", "unsure": "ZZ9"}, **HTMX))
    assert "Tube ZZ9" in twice
    alike = text_of(client.post(at_desk, {"code": "t0002"}, **HTMX))
    assert "Tube T0002" in alike, "a code of the same kind is the next tube at once"


@pytest.mark.parametrize(
    ("code", "other", "alike"),
    [
        ("T0002", "T0001", True),
        ("S0001", "T0001", True),
        ("ZZ9", "T0001", False),
        ("T00011", "T0001", False),
        ("", "", True),
    ],
)
def test_codes_are_alike_by_their_letters_and_digits(code, other, alike):
    assert rules.is_like(code, other) is alike


def test_a_full_tube_asks_for_the_next(cast, round_, at):
    fill(round_, young(cast.area)[:9], "T0001", at)
    person = young(cast.area)[9]
    client = cast.client("sampler")
    page = client.post(url("register", round_.uuid, desk="1-1", tube="T0001"), {"code": person.external_code}, **HTMX)
    assert "The tube is full" in text_of(page)
    assert "Scan the next tube" in text_of(page)


def test_a_tube_is_closed_before_it_is_full(cast, round_, at):
    take(round_, young(cast.area)[0], "T0001", at)
    tube = Tube.objects.get()
    page = cast.client("sampler").post(url("close_tube", tube.uuid), {"desk": "1-1"}, follow=True)
    assert "Tube T0001 is closed with 1 people" in text_of(page)
    tube.refresh_from_db()
    assert tube.state == "CLOSED"


def test_a_grid_leader_registers_own_people_only(cast, round_):
    theirs = next(person for person in young(cast.area) if person.grid_id == cast.area.grids[1].pk)
    client, at_desk = cast.client("grid_leader_1"), url("register", round_.uuid, tube="T0001")
    assert "Nobody was found" in text_of(client.post(at_desk, {"code": "3-1-101"}, **HTMX))
    assert client.post(at_desk, {"person": str(theirs.uuid)}, **HTMX).status_code == 404
    assert client.post(at_desk, {"person": "nonsense"}, **HTMX).status_code == 404
    assert not Registration.objects.exists()


# ---------- operations ----------
def send(client, body, **changes):
    sent = {"op_id": str(new_uuid()), "kind": "sampling.register", "device_id": "d1", "body": body} | changes
    return client.post(url("ops"), json.dumps(sent), content_type="application/json")


def test_an_operation_gets_its_receipt_and_the_same_one_again(cast, round_):
    client, op_id = cast.client("sampler"), str(new_uuid())
    body = {"round": str(round_.uuid), "tube": "T0001", "person": str(young(cast.area)[0].uuid)}
    first, again = send(client, body, op_id=op_id), send(client, body, op_id=op_id)
    assert first.status_code == again.status_code == 200
    assert first.json()["receipt"] == again.json()["receipt"]
    assert (first.json()["is_repeat"], again.json()["is_repeat"]) == (False, True)
    assert {"op_id", "server_seq", "body_hash", "seq"} <= set(first.json()["receipt"])
    other = send(client, {**body, "tube": "T0002"}, op_id=op_id)
    assert (other.status_code, other.json()["code"]) == (409, "OTHER_BODY")
    assert Registration.objects.count() == 1


def test_an_operation_that_is_refused_says_the_rule(cast, round_):
    client = cast.client("sampler")
    body = {"round": str(round_.uuid), "tube": "T0001", "person": str(young(cast.area)[0].uuid)}
    registration = send(client, body).json()["receipt"]["registration"]
    refused = send(client, {**body, "tube": "T0002"})
    assert (refused.status_code, refused.json()["code"]) == (409, "ALREADY")
    assert refused.json()["numbers"]["tube"] == "T0001"
    back = send(client, {"registration": registration}, kind="sampling.void")
    assert back.json()["receipt"]["filled"] == 0
    assert send(client, {**body, "tube": "管"}).json()["code"] == "BAD_TUBE"
    assert send(client, {**body, "round": str(new_uuid())}).status_code == 422
    assert send(client, {**body, "person": str(new_uuid())}).status_code == 404


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b"\xff\xfe",
        b'{"op_id": "1", "kind": "sampling.register", "body": {}}',
        b'{"op_id": "018f6b7e-0000-7000-8000-000000000001", "kind": "sampling.erase", "body": {}}',
        b'{"op_id": "018f6b7e-0000-7000-8000-000000000001", "kind": "sampling.register", "body": {"round": 1}}',
        b'{"op_id": "018f6b7e-0000-7000-8000-000000000001", "kind": "sampling.void", "body": {}, "more": 1}',
        b'{"a": "' + b"x" * 70_000 + b'"}',
        b"[" * 5000,
    ],
)
def test_an_operation_that_cannot_be_read_is_answered_so(cast, round_, content):
    answer = cast.client("sampler").post(url("ops"), content, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_REQUEST")
    assert not Registration.objects.exists()


# ---------- opening, closing ----------
def opening(area, **changes):
    data = {
        "places": [f"BUILDING:{area.buildings[0].uuid}"],
        "pool_size": "10",
        "opens_at": "2022-11-03T10:00",
        "closes_at": "2022-11-03T18:00",
        "op_id": str(new_uuid()),
    }
    return data | changes


def test_a_round_tells_what_it_needs_and_opens_once(cast, incident):
    client, data = cast.client("commander"), opening(cast.area)
    preview = text_of(client.post(url("open"), {**data, "preview": "yes"}))
    assert "What this round needs" in preview
    assert not SamplingRound.objects.exists()
    for _turn in range(2):
        assert client.post(url("open"), data).status_code == 302
    round_ = SamplingRound.objects.get()
    assert round_.members.count() == sum(p.building_id == cast.area.buildings[0].pk for p in cast.area.people)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"places": []}, "Choose at least one place"),
        ({"places": ["GRID:nonsense"]}, "Select a valid choice"),
        ({"pool_size": "30"}, "Select a valid choice"),
        ({"closes_at": "2022-11-03T09:00"}, "must end after it begins"),
        ({"opens_at": "tomorrow"}, "Enter a valid date"),
    ],
)
def test_a_wrong_form_says_so_and_keeps_what_was_typed(cast, incident, changes, told):
    response = cast.client("commander").post(url("open"), opening(cast.area, **changes))
    assert response.status_code == 422
    assert told in text_of(response)
    assert "2022-11-03T" in text_of(response)
    assert not SamplingRound.objects.exists()


def test_only_headquarters_opens_and_closes(cast, round_):
    for name in ("grid_leader_1", "sampler"):
        assert cast.client(name).get(url("open")).status_code == 404
        assert cast.client(name).post(url("close", round_.uuid)).status_code == 404
    assert cast.client("commander").post(url("close", round_.uuid)).status_code == 302
    round_.refresh_from_db()
    assert round_.state == "CLOSED"
    desk = cast.client("sampler").get(url("desk", round_.uuid))
    assert "This round is closed" in text_of(desk)


def test_the_list_is_saved_as_a_workbook_without_whole_names(cast, round_):
    response = cast.client("grid_leader_1").get(url("export", round_.uuid))
    assert response["Content-Type"].startswith("application/vnd.openxml")
    assert response.content[:2] == b"PK"
    entry = AuditEntry.objects.get(action="sampling.list.taken")
    assert entry.detail["purpose"] == "XLSX"
    from tongxin.community import api as community

    rows = community.read_upload(response.content).sheets[0].rows
    assert len(rows) == 1 + sum(person.grid_id == cast.area.grids[0].pk for person in cast.area.people)
    assert not {cell for row in rows for cell in row} & {person.name for person in cast.area.people}


# ---------- tubes and results ----------
def test_counting_by_hand_finds_the_missing_tube(cast, round_, at):
    take(round_, young(cast.area)[0], "T0001", at)
    client = cast.client("sampler")
    wrong = client.post(url("count", round_.uuid), {"desk": "", "counted": "2"}, follow=True)
    assert "Counted 2, the system knows 1" in text_of(wrong)
    right = client.post(url("count", round_.uuid), {"desk": "", "counted": "1"}, follow=True)
    assert "They may leave" in text_of(right)
    bad = client.post(url("count", round_.uuid), {"desk": "", "counted": "-1"})
    assert bad.status_code == 422
    assert TubeCount.objects.count() == 2


def test_a_positive_pool_by_the_scanner(cast, round_, at):
    fill(round_, young(cast.area)[:10], "T0001", at - timedelta(minutes=30))
    client, data = cast.client("sampler"), {"code": "t0001", "value": "POSITIVE", "op_id": str(new_uuid())}
    page = text_of(client.post(url("results"), data, **HTMX))
    assert "10 people are called back" in page
    again = text_of(client.post(url("results"), data, **HTMX))
    assert "10 people are called back" in again
    assert SampleResult.objects.count() == 1
    pools = text_of(cast.client("tracer").get(url("pools")))
    assert "T0001" in pools
    assert "Retests are not complete" in pools


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"code": "T404", "value": "NEGATIVE"}, "does not know tube"),
        ({"code": "T404", "value": "MAYBE"}, "not a result"),
        ({"code": "", "value": "NEGATIVE"}, "not a result"),
    ],
)
def test_a_wrong_result_is_refused_in_words(cast, round_, data, told):
    response = cast.client("sampler").post(url("results"), data, **HTMX)
    assert response.status_code == 422
    assert told in text_of(response)


def send_result(client, **data):
    return client.post(url("results"), {"op_id": str(new_uuid()), **data}, **HTMX)


def test_one_wrong_scan_does_not_take_back_a_case(cast, round_, at):
    person = young(cast.area)[0]
    take(round_, person, "T0001", at - timedelta(minutes=30))
    client = cast.client("sampler")
    assert "A case is recorded" in text_of(send_result(client, code="T0001", value="POSITIVE"))
    again = send_result(client, code="T0001", value="POSITIVE")
    assert (again.status_code, SampleResult.objects.count()) == (200, 1)
    assert "Recorded before" in text_of(again)
    asked = send_result(client, code="T0001", value="NEGATIVE")
    assert asked.status_code == 409
    assert "is recorded as Positive" in text_of(asked)
    assert "would be no case any more" in text_of(asked)
    assert SampleResult.objects.count() == 1
    assert incidents.status_of(1, round_.incident_id, [person.pk])[person.pk].kind == "CASE"
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text_of(asked)))
    assert hidden["standing"] == "POSITIVE"
    corrected = send_result(client, code=hidden["code"], value=hidden["value"], standing=hidden["standing"])
    assert "this person is no case any more" in text_of(corrected)
    assert person.pk not in incidents.status_of(1, round_.incident_id, [person.pk])


def test_a_correction_of_what_changed_meanwhile_is_asked_anew(cast, round_, at):
    take(round_, young(cast.area)[0], "T0001", at - timedelta(minutes=30))
    client = cast.client("sampler")
    send_result(client, code="T0001", value="INVALID")
    late = send_result(client, code="T0001", value="NEGATIVE", standing="POSITIVE")
    assert late.status_code == 409
    assert "is recorded as Invalid" in text_of(late)


def test_what_was_typed_stays_after_a_refusal_without_scripts(cast, round_):
    page = text_of(cast.client("sampler").post(url("results"), {"code": "T404", "value": "POSITIVE"}))
    assert 'value="T404"' in page
    assert re.search(r'value="POSITIVE"[^>]*checked', page)


def csv(*rows):
    return SimpleUploadedFile("results.csv", "\n".join(rows).encode())


def test_a_file_of_results_is_checked_then_recorded_whole(cast, round_, at):
    fill(round_, young(cast.area)[:2], "T0001", at - timedelta(hours=1))
    client = cast.client("sampler")
    rows = ["管号,结果,报告时间", "T0001,阴性,2022-11-03 07:50"]
    checked = client.post(url("result_file"), {"file": csv(*rows), "dry_run": "on"})
    assert "The file is fine" in text_of(checked)
    assert not SampleResult.objects.exists()
    done = client.post(url("result_file"), {"file": csv(*rows)})
    assert "1 result was recorded" in text_of(done)
    again = client.post(url("result_file"), {"file": csv(*rows)})
    assert again.status_code == 200
    assert SampleResult.objects.count() == 1


def test_a_file_tells_which_results_it_would_overturn(cast, round_, at):
    take(round_, young(cast.area)[0], "T0001", at - timedelta(hours=1))
    client = cast.client("sampler")
    send_result(client, code="T0001", value="POSITIVE")
    rows = ["管号,结果", "T0001,阴性"]
    page = text_of(client.post(url("result_file"), {"file": csv(*rows), "dry_run": "on"}))
    assert "Corrects what was recorded before: Positive" in page


def test_one_bad_row_and_nothing_is_written(cast, round_, at):
    fill(round_, young(cast.area)[:2], "T0001", at - timedelta(hours=1))
    rows = [
        "title of the laboratory,,",
        "tube,value,time",
        "T0001,negative,2022-11-03 07:50",
        "T404,negative,",
        "T0001,perhaps,",
    ]
    response = cast.client("sampler").post(url("result_file"), {"file": csv(*rows)})
    assert response.status_code == 422
    page = text_of(response)
    assert "2 rows are refused" in page
    assert "T404" in page
    assert not SampleResult.objects.exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (b"a,b\n1,2\n", "No row of the file names the columns"),
        (b"%PDF-1.7", "file"),
        (b"PK\x03\x04broken", "file"),
    ],
)
def test_a_file_that_is_none_is_refused_in_words(cast, round_, content, told):
    upload = SimpleUploadedFile("results.xlsx", content)
    response = cast.client("sampler").post(url("result_file"), {"file": upload})
    assert response.status_code == 422
    assert told in text_of(response)


def test_a_late_tube_stands_on_its_list(cast, round_, at, drill_clock):
    take(round_, young(cast.area)[0], "T0001", at)
    drill_clock(at + timedelta(hours=30))
    assert "T0001" in text_of(cast.client("sampler").get(url("overdue")))


def test_lists_of_reasons_are_recorded_looks(cast, round_, at):
    member = RoundMember.objects.filter(round=round_, is_at_home=True).first()
    api.hear_visit(area_id=1, member_uuid=member.uuid, outcome_code="SAMPLED", at=at)
    client = cast.client("commander")
    assert "Very old" in text_of(client.get(url("home", round_.uuid)))
    assert member.person.dwelling.door in text_of(client.get(url("untubed")))
    actions = set(AuditEntry.objects.filter(actor="commander").values_list("action", flat=True))
    assert {"sampling.home_list.read", "sampling.untubed.read"} <= actions


@override_settings(LANGUAGE_CODE="zh-hans")
def test_pages_are_chinese_too(cast, round_, at):
    fill(round_, young(cast.area)[:10], "T0001", at)
    say("T0001", "POSITIVE", at + timedelta(hours=3))
    client = cast.client("commander")
    client.cookies["django_language"] = "zh-hans"
    for name, word in (("list", "采样"), ("pools", "召回"), ("results", "结果")):
        page = client.get(url(name), headers={"accept-language": "zh-hans"})
        assert word in text_of(page), name
    page = text_of(client.get(url("round", round_.uuid), headers={"accept-language": "zh-hans"}))
    assert "尚未采样" in page


def test_no_incident_no_page(cast):
    assert cast.client("commander").get(url("list")).status_code == 404
    assert STAFF.is_system
