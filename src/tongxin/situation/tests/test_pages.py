"""The pages over HTTP as named people: works, outsiders get 404, wrong entries come back, the same key twice does it once."""

import io
from datetime import timedelta

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tongxin.base.actors import system
from tongxin.base.ids import new_uuid
from tongxin.base.models import AuditEntry
from tongxin.situation import api

PAGES = ("overview", "figures", "curve", "site_plan", "reports", "wall_blocks", "figures_xlsx")
READERS = {
    "overview": {"commander", "grid_leader_1", "tracer", "dispatcher", "documents", "auditor"},
    "figures": {"commander", "grid_leader_1", "tracer", "dispatcher", "documents", "auditor"},
    "figures_xlsx": {"commander", "grid_leader_1", "tracer", "dispatcher", "documents", "auditor"},
    "curve": {"commander", "grid_leader_1", "tracer", "dispatcher", "documents", "auditor"},
    "wall_blocks": {"commander", "grid_leader_1", "tracer", "dispatcher", "documents", "auditor"},
    "site_plan": {
        "commander", "grid_leader_1", "tracer", "dispatcher", "documents", "sampler", "medic", "volunteer", "caller",
    },
    "reports": {"commander", "documents", "auditor"},
}  # fmt: skip
EVERYBODY = {
    "commander", "grid_leader_1", "tracer", "dispatcher", "documents", "auditor", "sampler", "medic", "volunteer",
    "caller", "system_admin", "security_admin", "outsider",
}  # fmt: skip


@pytest.fixture(autouse=True)
def clock(drill_clock, at):
    drill_clock(at)
    return drill_clock


@pytest.mark.parametrize("page", PAGES)
def test_who_sees_which_page(cast, incident, page):
    found = {name for name in EVERYBODY if cast.client(name).get(reverse(f"situation:{page}")).status_code == 200}
    assert found == READERS[page]
    refused = cast.client("outsider").get(reverse(f"situation:{page}"))
    assert refused.status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_pages_before_the_first_incident(cast, page):
    answer = cast.client("commander").get(reverse(f"situation:{page}"))
    assert answer.status_code == 200


@pytest.mark.parametrize("page", ["overview", "figures", "curve", "site_plan", "reports"])
def test_pages_in_chinese(cast, incident, page):
    client = cast.client("commander")
    client.cookies["django_language"] = "zh-hans"
    text = client.get(reverse(f"situation:{page}"), headers={"accept-language": "zh-hans"}).content.decode()
    assert 'lang="zh' in text
    assert "形势" in text


def test_an_incident_of_another_compound_is_not_there(cast, incident, other_area):
    client = cast.client("other_commander")
    for page in ("overview", "figures", "curve", "reports"):
        assert client.get(reverse(f"situation:{page}"), {"incident": incident.uuid}).status_code == 404
    for wrong in ("x", str(new_uuid()), "' OR 1=1 --"):
        assert cast.client("commander").get(reverse("situation:overview"), {"incident": wrong}).status_code == 404


def test_the_overview_draws_curve_load_and_coverage(cast, incident, make_case):
    make_case(0)
    text = cast.client("commander").get(reverse("situation:overview")).content.decode()
    assert text.count("<svg xmlns") == 3
    assert "style=" not in text
    assert "Late or short" in text


def test_a_grid_leader_gets_no_link_to_what_they_may_not_open(cast, incident, make_case):
    make_case(0)
    leader = cast.client("grid_leader_1").get(reverse("situation:overview"))
    links = [card["url"] for card in leader.context["figures"] if card["url"]]
    assert links
    assert all(cast.client("grid_leader_1").get(link).status_code == 200 for link in links)


@pytest.mark.parametrize(
    ("query", "rooms"),
    [({"room": "incidents"}, {"Incident"}), ({"room": "nothing"}, None), ({"changed": "on"}, set())],
)
def test_figures_are_filtered_by_the_address(cast, incident, query, rooms):
    page = cast.client("commander").get(reverse("situation:figures"), query)
    shown = {row[0] for row in page.context["table"]["rows"]}
    assert shown == rooms if rooms is not None else len(shown) > 1


def test_the_workbook_holds_every_figure_and_no_formula(cast, incident):
    answer = cast.client("commander").get(reverse("situation:figures_xlsx"))
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    figures = api.all_figures(area_id=1, incident_id=incident.pk, at=incident.opened_at)
    assert sheet.max_row - 1 == len(figures)
    assert AuditEntry.objects.filter(action="situation.figures_exported").count() == 1


@pytest.mark.parametrize("by", ["ONSET", "SAMPLE", "KNOWN", "", "NONSENSE"])
def test_the_curve_has_a_table_beside_it(cast, incident, make_case, by):
    make_case(0)
    page = cast.client("commander").get(reverse("situation:curve"), {"by": by})
    rows = page.context["table"]["rows"]
    assert len(rows) >= 7
    assert rows[0][-1] == "1"


def test_the_site_plan_zooms_to_a_grid(cast, incident, raise_high):
    raise_high(0)
    whole = cast.client("volunteer").get(reverse("situation:site_plan")).content.decode()
    part = cast.client("volunteer").get(reverse("situation:site_plan"), {"grid": "2"}).content.decode()
    assert "Entrance 1-1: High risk" in whole
    assert "Entrance 1-1" not in part
    assert "Building 3:" in part
    assert cast.client("volunteer").get(reverse("situation:site_plan"), {"grid": "9"}).status_code == 404


# ---------- reports ----------
def make(client, op_id=None, **values):
    body = {"report_date": "2022-11-03", "op_id": str(op_id or new_uuid())} | values
    return client.post(reverse("situation:make"), body)


def test_a_report_is_written_read_signed_and_taken_away(cast, incident, clock, at, make_case):
    make_case(0)
    clock(at + timedelta(days=1))
    client = cast.client("commander")
    answer = make(client, judgement="Calm.")
    page = client.get(answer.url)
    assert "Read it, then sign it." in page.content.decode()
    assert "Calm." in page.content.decode()
    assert "?kind=CASE" in page.content.decode()
    version = page.context["report"].version
    uuid = page.context["report"].uuid
    signed = client.post(
        reverse("situation:sign", args=[uuid]), {"version": version, "signer": "王指挥", "op_id": str(new_uuid())}
    )
    assert signed.status_code == 302
    page = client.get(answer.url)
    assert page.context["form"] is None
    assert page.context["make_form"] is None
    document = client.get(reverse("situation:download", args=[uuid, "zh", "docx"]))
    assert document["Content-Disposition"] == 'attachment; filename="report_2022-11-03_zh.docx"'
    assert AuditEntry.objects.filter(action="situation.report_downloaded").count() == 1


def test_the_same_form_twice_writes_one_report(cast, incident):
    client, op_id = cast.client("documents"), new_uuid()
    first, second = make(client, op_id), make(client, op_id)
    assert first.url == second.url
    assert AuditEntry.objects.filter(action="situation.report_made").count() == 1


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"report_date": ""}, "Choose the day of the report."),
        ({"report_date": "yesterday"}, "This is not a day."),
        ({"report_date": "2022-11-09"}, "has not begun yet"),
        ({"report_date": "2022-10-01"}, "was not open on this day"),
        ({"judgement": "call 13812345678"}, "looks like a phone"),
        ({"judgement": "x" * 1001}, "longer than 1000 characters"),
    ],
)
def test_wrong_entries_come_back_with_a_sentence(cast, incident, values, sentence):
    answer = make(cast.client("commander"), **values)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in text
    assert all(value[:20] in text for value in values.values())
    assert not api.Report.objects.exists()


@pytest.mark.parametrize(
    ("values", "status", "sentence"),
    [
        ({"signer": ""}, 422, "Write who signs this report."),
        ({"signer": "13812345678"}, 422, "looks like a phone"),
        ({"version": "77"}, 409, "written anew while you were reading"),
    ],
)
def test_wrong_signatures_come_back(cast, incident, make_report, values, status, sentence):
    report = make_report()
    body = {"version": report.version, "signer": "王指挥", "op_id": str(new_uuid())} | values
    answer = cast.client("commander").post(reverse("situation:sign", args=[report.uuid]), body)
    assert answer.status_code == status
    assert sentence in answer.content.decode()
    assert api.get_report(1, report.uuid).state == "READY"


def test_who_may_do_what_with_a_report(cast, incident, make_report):
    report = make_report()
    body = {"version": report.version, "signer": "x", "op_id": str(new_uuid())}
    sign, read = reverse("situation:sign", args=[report.uuid]), reverse("situation:report", args=[report.uuid])
    take = reverse("situation:download", args=[report.uuid, "zh", "pdf"])
    assert cast.client("documents").post(sign, body).status_code == 404
    assert cast.client("auditor").get(read).status_code == 200
    assert cast.client("auditor").get(take).status_code == 404
    assert make(cast.client("auditor")).status_code == 404
    for name in ("outsider", "grid_leader_1", "other_commander"):
        assert cast.client(name).get(read).status_code == 404
    assert cast.client("commander").get(sign).status_code == 405


@pytest.mark.parametrize(("language", "kind"), [("fr", "pdf"), ("zh", "exe"), ("..", "pdf")])
def test_documents_that_there_are_not(cast, incident, make_report, language, kind):
    path = reverse("situation:report", args=[make_report().uuid]) + f"{language}.{kind}"
    assert cast.client("commander").get(path).status_code == 404


def test_a_forged_snapshot_is_told_on_the_pages(cast, incident, make_report):
    report = make_report()
    snapshot = reverse("situation:snapshot", args=[report.snapshot.uuid])
    client = cast.client("commander")
    assert "nothing was changed" in client.get(snapshot).content.decode()
    api.Snapshot.objects.filter(pk=report.snapshot.pk).update(figures={"incidents.cases": 0})
    assert "Tell the auditor" in client.get(snapshot).content.decode()
    assert "Tell the auditor" in client.get(reverse("situation:report", args=[report.uuid])).content.decode()


def test_hostile_texts_stay_texts(cast, incident, make_report):
    hostile = "<script>alert(1)</script> {{ 7*7 }} #eval"
    report = make_report(judgement=hostile)
    text = cast.client("commander").get(reverse("situation:report", args=[report.uuid])).content.decode()
    assert "<script>alert(1)" not in text
    assert "{{ 7*7 }}" in text


# ---------- weight ----------
def queries(client, url):
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(url).status_code == 200
    return len(caught)


@pytest.mark.parametrize("page", ["overview", "figures", "curve", "site_plan", "reports"])
def test_query_counts_do_not_grow_with_rows(cast, incident, at, make_case, make_report, raise_high, page):
    client, url = cast.client("grid_leader_1" if page != "reports" else "documents"), reverse(f"situation:{page}")
    make_case(0)
    raise_high(0)
    make_report(at)
    client.get(url)
    few = queries(client, url)
    for index in range(1, 12):
        make_case(index)
    for index in range(1, 4):
        raise_high(index)
    for day in range(1, 5):
        moment = at + timedelta(days=day)
        api.make_report(area_id=1, incident_id=incident.pk, report_date=moment.date(), actor=system("test"), at=moment)
    assert queries(client, url) <= few
