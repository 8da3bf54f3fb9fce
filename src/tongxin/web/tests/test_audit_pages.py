"""The audit's pages: the auditor reads and checks, takes away only with a trace, and sees no resident."""

import json
from uuid import UUID

import pytest
from django.db import connection

from tongxin.base import audit
from tongxin.base.actors import Actor
from tongxin.base.ids import new_uuid
from tongxin.base.models import AuditEntry

PERSON = UUID("01890000-0000-7000-8000-000000000001")


@pytest.fixture
def told(area, at):
    for index in range(60):
        audit.record(
            "community.person.revealed",
            actor=Actor("tracer", 1),
            at=at,
            area_id=1,
            target_kind="Person",
            target_uuid=PERSON if index < 3 else new_uuid(),
            detail={"purpose": "<script>alert(1)</script>"},
        )


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("auditor", 200),
        ("security_admin", 200),
        ("commander", 404),
        ("volunteer", 404),
        ("system_admin", 404),
        ("outsider", 404),
    ],
)
def test_who_may_read_the_audit(cast, told, name, status):
    assert cast.client(name).get("/audit/").status_code == status


def test_newest_first_in_pages(cast, told):
    client = cast.client("auditor")
    html = client.get("/audit/").content.decode()
    assert html.count('role="rowheader"') == 50
    assert html.index(">60<") < html.index(">59<")
    assert client.get("/audit/?page=2").content.decode().count('role="rowheader"') == 10
    assert "<script>alert" not in html


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        (f"target={PERSON}", 3),
        ("actor=nobody", 0),
        ("day=2022-11-04", 0),
        ("day=2022-11-03&actor=tracer", 50),
        ("day=yesterday", 50),
        ("day=2022-11-01&until=2022-11-03", 50),
        ("day=2022-11-01&until=2022-11-02", 0),
        ("until=2022-11-03", 50),
        ("until=2022-11-02", 0),
        ("day=9999-12-31", 0),
        ("until=9999-12-31", 50),
        ("day=0001-01-01&until=2022-11-03", 50),
        ("action=LOOKS", 50),
        (f"action=LOOKS&target={PERSON}", 3),
        ("action=community", 50),
        ("action=tracing", 50),
        ("target=x'--", 50),
        ("action=community.person.revealed", 50),
        ("page=-1", 10),
    ],
)
def test_filters_stand_in_the_address(cast, told, query, rows):
    html = cast.client("auditor").get(f"/audit/?{query}").content.decode()
    assert html.count('role="rowheader"') == rows


def test_codes_are_words_in_both_languages(cast, told):
    client = cast.client("auditor")
    html = client.get("/audit/").content.decode()
    assert "Looked at a person&#x27;s details" in html
    assert "community.person.revealed</td>" not in html
    client.cookies["django_language"] = "zh-hans"
    assert "查看个人详细资料" in client.get("/audit/").content.decode()


def test_looking_at_a_person_leaves_ids_and_codes_only(cast, area, incident):
    client = cast.client("commander")
    for person in area.people[:3]:
        page = client.post(f"/community/people/{person.uuid}/details/", {"purpose": "CARE"})
        assert person.name in page.content.decode()
        client.get("/community/people/", {"q": person.name})
    written = json.dumps(list(AuditEntry.objects.values("actor", "action", "detail")), ensure_ascii=False)
    assert AuditEntry.objects.filter(action="community.person.revealed").exists()
    assert [person for person in area.people if person.name in written or (person.phone or "-") in written] == []


def test_no_resident_is_named(cast, told, area):
    html = cast.client("auditor").get("/audit/").content.decode()
    assert not [person for person in area.people if person.name in html]


def test_the_chain_is_checked_and_that_is_recorded(cast, told):
    html = cast.client("auditor").post("/audit/verify").content.decode()
    assert "60 entries, the chain is whole" in html
    assert AuditEntry.objects.get(action="base.audit.verified").detail == {"entries": 60, "faults": 0}
    later = cast.client("security_admin").get("/audit/").content.decode()
    assert "by auditor: 60 entries, the chain was whole" in later


def test_an_audit_that_nobody_checked_says_so(cast, told):
    assert "Nobody has checked yet" in cast.client("auditor").get("/audit/").content.decode()


def test_a_changed_entry_is_named(cast, told):
    if connection.vendor != "sqlite":
        pytest.skip("the tampering below is written for SQLite")
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER base_auditentry_no_update")
        cursor.execute("UPDATE base_auditentry SET actor = 'somebody' WHERE seq = 7 AND area_id = 1")
    assert "entry 7 was changed afterwards" in cast.client("auditor").post("/audit/verify").content.decode()


@pytest.mark.parametrize("form", ["xlsx", "ndjson"])
def test_an_export_is_recorded(cast, told, form):
    response = cast.client("auditor").post(f"/audit/export/{form}", {"target": str(PERSON)})
    assert response.status_code == 200
    assert response.headers["Content-Disposition"].endswith(f'.{form}"')
    assert response.headers["Cache-Control"] == "no-store"
    entry = AuditEntry.objects.get(action="base.audit.exported")
    assert (entry.actor, entry.detail["rows"], entry.detail["target"]) == ("auditor", 3, str(PERSON))
    if form == "ndjson":
        assert len([json.loads(line) for line in response.content.splitlines()]) == 3


@pytest.mark.parametrize(
    ("method", "url"), [("get", "/audit/export/xlsx"), ("get", "/audit/verify"), ("post", "/audit/")]
)
def test_wrong_methods(cast, told, method, url):
    assert getattr(cast.client("auditor"), method)(url).status_code == 405


@pytest.mark.parametrize("form", ["csv", "exe", "XLSX"])
def test_another_form_does_not_exist(cast, told, form):
    assert cast.client("auditor").post(f"/audit/export/{form}").status_code == 404
    assert not AuditEntry.objects.filter(action="base.audit.exported").exists()


def test_the_auditor_cannot_act(cast, told, area):
    client = cast.client("auditor")
    for url in (
        "/logins/",
        "/logins/new",
        "/community/people/",
        f"/community/people/{area.people[0].uuid}/",
        "/sampling/",
    ):
        assert client.get(url).status_code == 404, url


@pytest.mark.parametrize(
    ("name", "status"), [("commander", 200), ("auditor", 200), ("grid_leader_1", 404), ("caller", 404)]
)
def test_who_saw_one_person(cast, told, name, status):
    response = cast.client(name).get(f"/audit/who-saw/{PERSON}")
    assert response.status_code == status
    if status == 200:
        html = response.content.decode()
        assert "tracer" in html
        assert str(PERSON) not in html.split("<main")[1].split("href")[0]


def test_another_compounds_entries_do_not_exist(cast, other_area, told, at):
    html = cast.client("other_commander").get(f"/audit/who-saw/{PERSON}").content.decode()
    assert "Nobody has looked" in html


def test_queries_do_not_grow(cast, told, django_assert_max_num_queries):
    client = cast.client("auditor")
    client.get("/audit/")
    with django_assert_max_num_queries(8):
        client.get("/audit/")
