"""The pages of the workforce as named people see them."""

import io
import re
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tongxin.base import outbox
from tongxin.base.ids import new_uuid
from tongxin.base.models import Account, AuditEntry, OutboxEvent
from tongxin.community import api as community
from tongxin.workforce import api
from tongxin.workforce.models import Absence, Responder, Shift
from tongxin.workforce.tests.test_ledgers import ROWS, book


@pytest.fixture
def now(drill_clock, at, incident):
    drill_clock(at)
    return at


def url(name, row=None, *more):
    return reverse(f"workforce:{name}", args=[row.uuid, *more] if row is not None else [])


@pytest.mark.parametrize("who", ["commander", "dispatcher", "documents", "security_admin", "grid_leader_1"])
def test_the_list_shows_masked_names(cast, now, who):
    response = cast.client(who).get(url("responders"))
    assert response.status_code == 200
    content = response.content.decode()
    assert cast.responders["medic"].name not in content
    assert "19900010000" not in content


@pytest.mark.parametrize("name", ["responders", "week", "imports", "accounts", "responders_xlsx"])
@pytest.mark.parametrize("who", ["volunteer", "auditor", "outsider", "sampler"])
def test_who_may_not_see_it_gets_404(cast, now, who, name):
    assert cast.client(who).get(url(name)).status_code == 404


def test_a_grid_leader_sees_people_of_the_own_grid_only(cast, now, area):
    mine = [r for r in cast.responders.values() if r.home_building.grid_id == area.grids[0].pk]
    others = [r for r in cast.responders.values() if r.home_building.grid_id != area.grids[0].pk]
    client = cast.client("grid_leader_1")
    content = client.get(url("responders")).content.decode()
    for row in mine:
        assert f">{row.code}</a>" in content
        assert client.get(url("responder", row)).status_code == 200
    for row in others:
        assert f">{row.code}</a>" not in content
        assert client.get(url("responder", row)).status_code == 404
    assert mine
    assert others


def test_the_other_compound_sees_nobody(cast, now):
    client = cast.client("other_commander")
    assert client.get(url("responder", cast.responders["medic"])).status_code == 404
    assert b">medic</a>" not in client.get(url("responders")).content


@pytest.mark.parametrize(
    ("query", "codes"),
    [("?kind=MEDIC", {"medic"}), ("?skill=TRACING", {"tracer"}), ("?cohort=HOT", set()), ("?skill=' OR 1=1", None)],
)
def test_the_filter_is_in_the_url(cast, now, query, codes):
    response = cast.client("commander").get(url("responders") + query)
    shown = {row.code for row in response.context["page_obj"]}
    assert shown == (codes if codes is not None else {row.code for row in cast.responders.values()})


def test_name_and_phone_need_a_click_and_are_audited(cast, now):
    row = cast.responders["volunteer"]
    client = cast.client("dispatcher")
    assert row.phone not in client.get(url("responder", row)).content.decode()
    assert row.phone in client.post(url("reveal", row)).content.decode()
    entry = AuditEntry.objects.get(action="workforce.contact.read")
    assert entry.target_uuid == row.uuid
    assert client.get(url("reveal", row)).status_code == 405


def test_an_own_export_imports_again_without_adding(cast, now, area):
    client = cast.client("commander")
    response = client.get(url("responders_xlsx"))
    assert AuditEntry.objects.filter(action="workforce.responders.exported").exists()
    before = Responder.objects.count()
    outcome = api.import_responders(
        area_id=area.area_id, content=response.content, actor=cast.actor("commander"), at=now
    )
    assert outcome.counts["added"] == 0
    assert outcome.counts["refused"] == 0
    assert Responder.objects.count() == before
    assert Responder.objects.get(code="medic").skills == ["SAMPLING", "REGISTRATION"]


def test_the_page_says_what_may_be_done_and_what_says_no(cast, now):
    row = cast.responders["tired"]
    api.record_duty(
        [
            api.Duty(
                responder_id=row.pk,
                starts_at=now - timedelta(hours=14),
                ends_at=now - timedelta(hours=6),
                cause_kind="test",
                cause_uuid=new_uuid(),
            )
        ],
        area_id=row.area_id,
        actor=cast.actor("dispatcher"),
        at=now,
    )
    content = cast.client("dispatcher").get(url("responder", row)).content.decode()
    assert "Has rested 6 hours since the last shift; 11 hours of rest are due." in content


def shift(client, row, starts_at, ends_at):
    form = {"starts_at": starts_at.strftime("%Y-%m-%dT%H:%M"), "ends_at": ends_at.strftime("%Y-%m-%dT%H:%M")}
    return client.post(url("add_shift", row), form)


def test_a_shift_is_agreed_and_taken_back(cast, now):
    row = cast.responders["volunteer"]
    client = cast.client("dispatcher")
    day = (now + timedelta(days=1)).astimezone(api.local_zone())
    assert shift(client, row, day, day + timedelta(hours=8)).status_code == 302
    made = Shift.objects.get(responder=row, starts_at__gt=now + timedelta(hours=20))
    client.post(url("cancel_shift", row, made.uuid))
    made.refresh_from_db()
    assert made.cancelled_at is not None
    assert OutboxEvent.objects.filter(kind="workforce.responder_unavailable.v1").count() == 1


@pytest.mark.parametrize(
    ("start", "hours", "text"),
    [
        (10, 8, "11 hours of rest are due"),
        (24, 12, "at most 8 hours are allowed"),
        (24, -1, "The end must lie after the start"),
    ],
)
def test_a_shift_against_the_rules_is_refused_with_numbers(cast, now, start, hours, text):
    row = cast.responders["volunteer"]
    day = (now + timedelta(hours=start)).astimezone(api.local_zone())
    response = shift(cast.client("dispatcher"), row, day, day + timedelta(hours=hours))
    assert response.status_code == 422
    assert text in response.content.decode()
    assert Shift.objects.filter(responder=row).count() == 1


@pytest.mark.parametrize("starts_at", ["", "yesterday", "2022-13-45T99:99", "<script>"])
def test_a_strange_time_is_told(cast, now, starts_at):
    row = cast.responders["volunteer"]
    response = cast.client("dispatcher").post(url("add_shift", row), {"starts_at": starts_at, "ends_at": ""})
    assert response.status_code == 422


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_week_and_my_page_answer(cast, now, language):
    client = cast.client("dispatcher")
    client.cookies["django_language"] = language
    assert client.get(url("week")).status_code == 200
    assert client.get(url("week"), {"day": "2022-11-10"}).status_code == 200
    assert client.get(url("week"), {"day": "not a day"}).status_code == 200
    own = cast.client("volunteer")
    own.cookies["django_language"] = language
    assert own.get(url("me")).status_code == 200


def test_i_cannot_come_tells_the_rooms_above_once(cast, now):
    client = cast.client("volunteer")
    data = {"op_id": str(new_uuid()), "reason": "UNWELL", "until": "24"}
    assert client.post(url("absent"), data).status_code == 302
    assert client.post(url("absent"), data).status_code == 302
    row = Absence.objects.get()
    assert row.responder_id == cast.responders["volunteer"].pk
    assert OutboxEvent.objects.filter(kind="workforce.responder_unavailable.v1").count() == 1
    assert client.post(reverse("workforce:back", args=[row.uuid])).status_code == 302
    row.refresh_from_db()
    assert row.cancelled_at is not None


@pytest.mark.parametrize("data", [{}, {"reason": "NONE", "until": "24"}, {"reason": "UNWELL", "until": "99999"}])
def test_an_incomplete_absence_is_refused(cast, now, data):
    assert cast.client("volunteer").post(url("absent"), data).status_code == 422
    assert not Absence.objects.exists()


def test_nobody_takes_back_an_absence_of_somebody_else(cast, now):
    cast.client("volunteer").post(url("absent"), {"reason": "UNWELL", "until": "24"})
    row = Absence.objects.get()
    assert cast.client("seconded").post(reverse("workforce:back", args=[row.uuid])).status_code == 404


def test_an_account_without_a_responder_is_told_so(cast, now):
    assert "not on the list" in cast.client("commander").get(url("me")).content.decode()
    assert cast.client("commander").post(url("absent"), {"reason": "UNWELL", "until": "4"}).status_code == 404


def test_the_exit_protocol_walks_through_days_and_tests(cast, now, drill_clock):
    row = cast.responders["medic"]
    Responder.objects.filter(pk=row.pk).update(cohort="HOT", hottest_zone_rank=3)
    client = cast.client("commander")

    def step(name, **data):
        return client.post(url("exit_step", row, name), data, follow=True).content.decode()

    step("start")
    assert "Not yet: 5 days are left" in step("finish")
    for day in ("1", "3", "5"):
        step("test", day=day)
    assert "Not yet" in step("test", day="77")
    drill_clock(now + timedelta(days=5))
    assert "cleaner zones are allowed again" in step("finish")
    assert Responder.objects.get(pk=row.pk).cohort == "CLEAN"


def upload(client, content, **data):
    file = SimpleUploadedFile("a.xlsx", content)
    return client.post(url("upload"), {"kind": "responders", "op_id": str(new_uuid()), "file": file, **data})


def choices(client, run_url):
    """The form of the mapping step as the browser would send it: the choices that the page proposes."""
    page = client.get(run_url).content.decode()
    fields = dict(re.findall(r'type="hidden" name="(sheet-\d+)" value="([^"]*)"', page))
    for name, options in re.findall(r'<select[^>]*name="(c-[^"]+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    return fields | {"use-0": "1"}


def run_import(client, run_url, form, *, dry_run):
    client.post(f"{run_url}start/", form | {"dry_run": "1" if dry_run else "0", "op_id": str(new_uuid())})
    outbox.deliver_all(area_ids=[1])
    return client.get(run_url).content.decode()


def test_responders_come_in_by_mapping_dry_run_and_import(cast, now):
    client = cast.client("dispatcher")
    before = Responder.objects.count()
    run_url = upload(client, book(ROWS)).url
    form = choices(client, run_url)
    assert "skills" in form.values()
    assert "nothing is written yet" in run_import(client, run_url, form, dry_run=True)
    assert Responder.objects.count() == before
    assert "What the import did" in run_import(client, run_url, form, dry_run=False)
    assert Responder.objects.count() == before + 3
    run_import(client, run_url, form, dry_run=False)
    assert Responder.objects.count() == before + 3
    again = run_import(client, upload(client, book(ROWS)).url, form, dry_run=False)
    assert Responder.objects.count() == before + 3
    assert "What the import did" in again


def test_a_column_that_is_left_out_is_not_read(cast, now):
    client = cast.client("dispatcher")
    run_url = upload(client, book(ROWS)).url
    form = {name: "" if field == "phone" else field for name, field in choices(client, run_url).items()}
    run_import(client, run_url, form, dry_run=False)
    assert not Responder.objects.filter(code__startswith="X").exclude(phone_index="").exists()


def test_the_import_waits_with_a_progress_bar_and_can_be_stopped(cast, now):
    client = cast.client("dispatcher")
    before = Responder.objects.count()
    run_url = upload(client, book(ROWS)).url
    client.post(f"{run_url}start/", choices(client, run_url) | {"dry_run": "0", "op_id": str(new_uuid())})
    assert f"{run_url}progress/" in client.get(run_url).content.decode()
    assert client.get(f"{run_url}progress/").status_code == 200
    client.post(f"{run_url}cancel/")
    outbox.deliver_all(area_ids=[1])
    assert client.get(f"{run_url}progress/")["HX-Redirect"] == run_url
    assert Responder.objects.count() == before


def test_the_own_file_comes_back_with_reasons(cast, now):
    strange = ["X3", "周志愿", "19900020011", "志愿者", "飞行", "部门", "", "看情况"]
    client = cast.client("commander")
    before = Responder.objects.count()
    run_url = upload(client, book([ROWS[0], strange])).url
    page = run_import(client, run_url, choices(client, run_url), dry_run=True)
    assert f"{run_url}marked/" in page
    marked = openpyxl.load_workbook(io.BytesIO(client.get(f"{run_url}marked/").content)).active
    cells = [cell.value for row in marked.rows for cell in row]
    assert any("not known" in str(cell) for cell in cells)
    assert "周志愿" in cells
    assert Responder.objects.count() == before


@pytest.mark.parametrize("content", [b"", b"hello\x00\x01", b"PK\x03\x04"])
def test_a_broken_upload_is_told(cast, now, content):
    assert upload(cast.client("commander"), content).status_code == 422


def test_the_upload_of_residents_is_not_taken_here_nor_shown(cast, now):
    assert upload(cast.client("commander"), book(ROWS), kind="people").status_code == 422
    people = community.store_upload(area_id=1, kind="people", content=book(ROWS), actor=cast.actor("commander"), at=now)
    client = cast.client("commander")
    assert client.get(reverse("workforce:import", args=[people.uuid])).status_code == 404
    assert client.get(reverse("community:import", args=[people.uuid])).status_code == 200
    responders = upload(client, book(ROWS)).url.rstrip("/").rpartition("/")[2]
    assert client.get(reverse("community:import", args=[responders])).status_code == 404


@pytest.mark.parametrize("who", ["volunteer", "grid_leader_1", "auditor", "outsider"])
def test_the_import_of_responders_is_for_headquarters(cast, now, who):
    run_url = upload(cast.client("commander"), book(ROWS)).url
    client = cast.client(who)
    assert upload(client, book(ROWS)).status_code == 404
    for tail in ("", "progress/", "marked/"):
        assert client.get(run_url + tail).status_code == 404
    for tail in ("start/", "cancel/"):
        assert client.post(run_url + tail, {"op_id": str(new_uuid())}).status_code == 404


@pytest.mark.parametrize(("kind", "status"), [("responders", 200), ("people", 404), ("cats", 404)])
def test_the_template_of_responders_reads_itself(cast, now, kind, status):
    response = cast.client("dispatcher").get(reverse("workforce:template", args=[kind]))
    assert response.status_code == status


def test_logins_are_made_by_the_security_administrator_and_shown_once(cast, now, area):
    api.import_responders(area_id=area.area_id, content=book(ROWS), actor=cast.actor("commander"), at=now)
    fresh = Responder.objects.get(code="V-01")
    client = cast.client("security_admin")
    response = client.post(url("accounts"), {"responders": [str(fresh.uuid)], "role": ""})
    made = response.context["made"][0]
    assert made.password in response.content.decode()
    assert response["Cache-Control"] == "no-store"
    account = Account.objects.get(username="V-01")
    assert account.check_password(made.password)
    assert account.role_grants.get().scope_kind == "OWN"
    assert made.password not in str(list(AuditEntry.objects.values_list("detail", flat=True)))
    assert cast.client("commander").get(url("accounts")).status_code == 404
    assert client.post(url("accounts"), {"responders": ["x"]}).status_code == 422


def test_out_of_service_and_back(cast, now):
    row = cast.responders["volunteer"]
    client = cast.client("dispatcher")
    client.post(url("set_active", row), {"is_active": "0"})
    assert not Responder.objects.get(pk=row.pk).is_active
    client.post(url("set_active", row), {"is_active": "1"})
    assert Responder.objects.get(pk=row.pk).is_active


def test_query_counts_do_not_grow(cast, now, area, django_assert_max_num_queries):
    client = cast.client("grid_leader_1")
    client.get(url("responders"))
    with django_assert_max_num_queries(13):
        client.get(url("responders"))
    api.import_responders(
        area_id=area.area_id,
        content=book([[f"Z{n}", f"赵志愿{n}", f"199000300{n:02d}", "志愿者", "", "", "", ""] for n in range(30)]),
        actor=cast.actor("commander"),
        at=now,
    )
    Responder.objects.filter(code__startswith="Z").update(home_building=area.buildings[0])
    with django_assert_max_num_queries(13):
        client.get(url("responders"))
    with django_assert_max_num_queries(13):
        client.get(url("week"))
