"""The pages as named persons: what works, what is refused, what a grid leader may not see, what leaves a trace."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook
from tests.staging import staged

from tongxin.base.ids import new_uuid
from tongxin.base.models import AuditEntry, RoleGrant
from tongxin.community import api as community
from tongxin.tracing import api
from tongxin.tracing.models import ContactLink, Exposure, Management
from tongxin.tracing.tests.conftest import ACTOR

OUTSIDERS = ("outsider", "volunteer", "sampler", "medic", "caller", "auditor", "system_admin", "security_admin")


@staged
def listed(story, case):
    story.list_contacts(case)
    return case


@pytest.fixture(autouse=True)
def morning(drill_clock):
    """Every page is asked for on the story's morning."""


@pytest.fixture
def tracer(cast):
    return cast.client("tracer")


def mate_of(story, case):
    return next(p for p in story.area.by_door["1-1-101"] if p != case)


def pages(story, case):
    uuid = story.investigation(case).uuid
    return {
        "investigations": reverse("tracing:investigations"),
        "investigation": reverse("tracing:investigation", args=[uuid]),
        "contacts": reverse("tracing:contacts", args=[uuid]),
        "search": reverse("tracing:contact_search", args=[uuid]),
        "managed": reverse("tracing:managed"),
        "management": reverse("tracing:management", args=[story.managed(mate_of(story, case)).uuid]),
        "tests": reverse("tracing:tests"),
        "rules": reverse("tracing:rules"),
        "ledger": reverse("tracing:ledger"),
    }


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("role", ["tracer", "commander"])
def test_every_page_opens_for_those_who_trace(story, listed, cast, role, language):
    client = cast.client(role)
    client.cookies["django_language"] = language
    for name, url in pages(story, listed).items():
        answer = client.get(url)
        assert answer.status_code == 200, name
        assert "1990000" not in answer.content.decode() or name == "investigation"


@pytest.mark.parametrize("role", OUTSIDERS)
def test_everybody_else_gets_404(story, listed, cast, role):
    client = cast.client(role)
    for name, url in pages(story, listed).items():
        assert client.get(url).status_code == 404, name


def test_another_compound_gets_404(story, listed, cast, other_area):
    client = cast.client("other_commander")
    for name in ("investigation", "contacts", "management"):
        assert client.get(pages(story, listed)[name]).status_code == 404


def test_without_a_login_the_login_page_is_shown(story, listed, cast, client):
    for url in pages(story, listed).values():
        assert client.get(url).status_code == 302


def test_a_grid_leader_sees_the_managed_people_of_the_own_grid_only(story, listed, cast):
    url = pages(story, listed)
    assert "1-1-101" in cast.client("grid_leader_1").get(url["managed"]).content.decode()
    other = cast.client("grid_leader_2")
    assert "1-1-101" not in other.get(url["managed"]).content.decode()
    assert other.get(url["management"]).status_code == 404
    assert "1-1-1" not in other.get(url["tests"] + "?date=2022-11-04").content.decode()
    assert cast.client("grid_leader_1").get(url["management"]).status_code == 200
    for name in ("investigations", "investigation", "contacts", "ledger", "rules"):
        assert cast.client("grid_leader_1").get(url[name]).status_code == 404


def test_a_grid_leader_is_not_told_who_the_case_is(story, listed, cast):
    url = pages(story, listed)["management"]
    masked = community.masked_name(listed)
    assert f"1-1-101 {masked}" in cast.client("tracer").get(url).content.decode()
    assert f"1-1-101 {masked}" not in cast.client("grid_leader_1").get(url).content.decode()


def test_names_are_masked_in_lists(story, listed, tracer):
    for name in ("investigations", "contacts", "managed", "tests", "rules"):
        text = tracer.get(pages(story, listed)[name]).content.decode()
        for person in story.area.people:
            assert person.name not in text


def test_looks_at_health_are_recorded(story, listed, cast, tracer):
    actions = ("community.person.revealed", "tracing.contacts.read", "tracing.management.read")
    for name, action in zip(("investigation", "contacts", "management"), actions, strict=True):
        before = AuditEntry.objects.filter(action=action, actor="tracer").count()
        tracer.get(pages(story, listed)[name])
        assert AuditEntry.objects.filter(action=action, actor="tracer").count() == before + 1
    cast.client("grid_leader_1").get(reverse("tracing:managed"))
    assert AuditEntry.objects.filter(action="tracing.management.list_read", actor="grid_leader_1").count() == 1


def test_query_count_does_not_grow_with_rows(story, case, tracer, django_assert_max_num_queries):
    story.list_contacts(case, layers=["HOUSEHOLD"])
    url = reverse("tracing:managed")

    def count():
        with django_assert_max_num_queries(40) as captured:
            tracer.get(url)
        return len(captured)

    count()
    few = count()
    story.list_contacts(case, layers=["HOUSEHOLD", "ENTRANCE", "FLOOR"])
    assert Management.objects.count() > 3
    count()  # the keys of the new people are read once
    assert count() <= few


@pytest.mark.parametrize(
    ("query", "is_in"),
    [
        ("", True),
        ("?person_class=CONTACT", True),
        ("?person_class=EXPOSED", False),
        ("?mode=CENTRAL_ISOLATION", True),
        ("?mode=HOSPITAL", False),
        ("?release_by=2022-11-05", False),
        ("?release_by=2022-11-13", True),
        ("?late=on", False),
        ("?state=RELEASED", False),
        ("?state=%27%3B--&mode=x&release_by=soon&page=9999", True),
    ],
)
def test_filters_stand_in_the_url(story, listed, tracer, query, is_in):
    text = tracer.get(reverse("tracing:managed") + query).content.decode()
    assert (str(story.managed(mate_of(story, listed)).uuid) in text) is is_in


# ---------- interview ----------
def interview(story, case, **more):
    row = story.investigation(case)
    return {"version": row.version, "onset_date": "2022-11-02", "finish": "1", **more}


def test_a_held_interview_is_kept_sealed_and_moves_the_state(story, case, tracer):
    url = pages_of(story, case)
    answer = tracer.post(url, interview(story, case, symptoms="发热两天", fever="YES"), follow=True)
    assert "The interview is saved." in answer.content.decode()
    row = story.investigation(case)
    assert row.state == "INTERVIEWED"
    assert api.answers_of(row) == {"symptoms": "发热两天", "fever": "YES"}
    stored = type(row).objects.filter(pk=row.pk).values_list("answers", flat=True).get()
    assert "发热".encode() not in bytes(stored)
    assert not AuditEntry.objects.filter(detail__icontains="发热").exists()


def pages_of(story, case):
    return reverse("tracing:investigation", args=[story.investigation(case).uuid])


def test_a_draft_does_not_count_as_held(story, case, tracer):
    data = interview(story, case, movements="食堂")
    del data["finish"]
    tracer.post(pages_of(story, case), data)
    assert story.investigation(case).state == "OPEN"


def test_another_onset_moves_the_days_that_count(story, case, tracer):
    answer = tracer.post(pages_of(story, case), interview(story, case, onset_date="2022-10-30"), follow=True)
    assert "Days that count now begin on 28 Oct" in answer.content.decode()
    assert story.investigation(case).lookback_date.isoformat() == "2022-10-28"


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("onset_date", "2022-12-24", "has not come yet"),
        ("onset_date", "2020-01-01", "more than a year"),
        ("onset_date", "yesterday", "valid date"),
        ("fever", "PERHAPS", "valid choice"),
        ("symptoms", "x" * 4001, "at most 4000"),
    ],
)
def test_wrong_answers_get_a_sentence_and_keep_what_was_typed(story, case, tracer, field, value, says):
    data = interview(story, case, pets="一只猫") | {field: value}
    answer = tracer.post(pages_of(story, case), data)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert "一只猫" in answer.content.decode()
    assert story.investigation(case).version == 1


def test_two_interviewers_never_overwrite_each_other(story, case, tracer, cast):
    data = interview(story, case, symptoms="咳嗽")
    tracer.post(pages_of(story, case), data)
    answer = cast.client("commander").post(pages_of(story, case), data | {"symptoms": "头痛"})
    assert answer.status_code == 409
    assert "Somebody else saved this interview" in answer.content.decode()
    assert api.answers_of(story.investigation(case)) == {"symptoms": "咳嗽"}


def test_hostile_text_stays_text(story, case, tracer):
    tracer.post(pages_of(story, case), interview(story, case, symptoms="<script>alert(1)</script>"))
    text = tracer.get(pages_of(story, case)).content.decode()
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text


@pytest.mark.parametrize(("state", "expected"), [("DONE", "DONE"), ("OPEN", "OPEN"), ("NOTHING", "OPEN")])
def test_steps(story, case, tracer, state, expected):
    row = story.investigation(case)
    tracer.post(reverse("tracing:step", args=[row.uuid]), {"state": state, "version": row.version})
    assert story.investigation(case).state == expected


def test_a_stale_or_wrong_step_says_so(story, case, tracer):
    row = story.investigation(case)
    for version in ("7", "x"):
        answer = tracer.post(
            reverse("tracing:step", args=[row.uuid]), {"state": "DONE", "version": version}, follow=True
        )
        assert answer.status_code == 200
    assert story.investigation(case).state == "OPEN"


# ---------- exposures ----------
def exposure(story, **more):
    values = {"kind": "STAY", "place": "食堂", "starts_at": "2022-11-02T12:00", "ends_at": "2022-11-02T13:00"}
    return values | {"op_id": str(new_uuid())} | more


def test_an_exposure_is_noted_once_and_taken_away(story, case, tracer):
    uuid = story.investigation(case).uuid
    url, data = reverse("tracing:exposure_add", args=[uuid]), exposure(story)
    for _ in range(2):
        answer = tracer.post(url, data, headers={"HX-Request": "true"})
        assert answer.status_code == 200
    row = Exposure.objects.get()
    assert row.place == "食堂"
    tracer.post(reverse("tracing:exposure_remove", args=[uuid, row.uuid]))
    assert not Exposure.objects.exists()


def test_a_visited_class_makes_its_members_contacts(story, case, tracer):
    school = story.area.departments[1]
    url = reverse("tracing:exposure_add", args=[story.investigation(case).uuid])
    tracer.post(url, exposure(story, department=str(school.uuid)))
    found = api.trace(**story.where, person_id=case.pk, at=story.at)
    members = {p.pk for p in story.area.people if p.department_id == school.pk} - {case.pk}
    assert {k.person_id for k in found if k.layer == "VENUE"} == members


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"place": ""}, "Say where"),
        ({"ends_at": "2022-11-02T11:00"}, "before the beginning"),
        ({"starts_at": "2022-11-09T11:00", "ends_at": "2022-11-09T12:00"}, "has not come yet"),
        ({"starts_at": "2022-10-01T11:00"}, "14 days"),
        ({"kind": "DREAM"}, "valid choice"),
        ({"department": "0190163d-8694-739b-aea5-966c26f8ad91"}, "valid choice"),
        ({"starts_at": ""}, "required"),
    ],
)
def test_wrong_exposures_are_refused_with_a_sentence(story, case, tracer, change, says):
    url = reverse("tracing:exposure_add", args=[story.investigation(case).uuid])
    answer = tracer.post(url, exposure(story, **change), headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not Exposure.objects.exists()


# ---------- contacts by hand ----------
def test_a_contact_is_searched_and_put_on_the_list_once(story, listed, tracer):
    uuid = story.investigation(listed).uuid
    guest = story.area.by_door["3-2-202"][0]
    text = tracer.get(
        reverse("tracing:contact_search", args=[uuid]) + "?q=3-2-202", headers={"HX-Request": "true"}
    ).content.decode()
    assert str(guest.uuid) in text
    data = {"person": str(guest.uuid), "layer": "VENUE", "first_date": "2022-11-02", "last_date": "2022-11-02"}
    data["op_id"] = str(new_uuid())
    for _ in range(2):
        tracer.post(reverse("tracing:contact_add", args=[uuid]), data)
    assert ContactLink.objects.filter(person=guest).count() == 1
    assert story.status(guest) == "CONTACT"


def test_nobody_is_found_by_nonsense(story, listed, tracer):
    uuid = story.investigation(listed).uuid
    for text in ("", "'; drop table", "x" * 500):
        assert tracer.get(reverse("tracing:contact_search", args=[uuid]), {"q": text}).status_code == 200


@pytest.mark.parametrize(
    "change", [{"last_date": "2022-11-01"}, {"last_date": "2022-12-01"}, {"layer": "TUBE"}, {"first_date": ""}]
)
def test_a_wrong_contact_is_refused(story, listed, tracer, change):
    guest = story.area.by_door["3-2-202"][0]
    data = {"person": str(guest.uuid), "layer": "VENUE", "first_date": "2022-11-02", "last_date": "2022-11-02"}
    answer = tracer.post(reverse("tracing:contact_add", args=[story.investigation(listed).uuid]), data | change)
    assert answer.status_code == 422
    assert not ContactLink.objects.filter(person=guest).exists()


def test_a_person_of_another_compound_cannot_be_added(story, listed, tracer, other_area):
    data = {"person": str(other_area.people[0].uuid), "layer": "VENUE", "first_date": "2022-11-02"}
    data["last_date"] = "2022-11-02"
    url = reverse("tracing:contact_add", args=[story.investigation(listed).uuid])
    assert tracer.post(url, data).status_code == 404


def test_somebody_is_taken_off_with_a_reason(story, listed, tracer):
    mate = mate_of(story, listed)
    url = reverse("tracing:contact_exclude", args=[story.investigation(listed).uuid])
    answer = tracer.post(url, {"person": str(mate.uuid), "reason": "NO_LONGER_FOUND"}, follow=True)
    assert "Choose why" in answer.content.decode()
    assert story.status(mate) == "CONTACT"
    answer = tracer.post(url, {"person": str(mate.uuid), "reason": "NOT_THERE"}, follow=True)
    assert "off this list" in answer.content.decode()
    assert story.status(mate) == ""
    stranger = story.area.by_door["3-2-202"][0]
    answer = tracer.post(url, {"person": str(stranger.uuid), "reason": "NOT_THERE"}, follow=True)
    assert "not on the list of this case" in answer.content.decode()


@pytest.mark.parametrize("name", ["step", "exposure_add", "contact_add", "contact_exclude"])
def test_writing_needs_the_right_and_the_right_method(story, listed, cast, name):
    url = reverse(f"tracing:{name}", args=[story.investigation(listed).uuid])
    assert cast.client("grid_leader_1").post(url).status_code == 404
    assert cast.client("tracer").get(url).status_code == 405


# ---------- management, rules, ledger ----------
def test_the_stages_and_test_days_stand_on_the_page(story, listed, tracer):
    text = tracer.get(pages(story, listed)["management"]).content.decode()
    assert "Central isolation" in text
    assert "Day 10, 13 Nov" in text
    assert "covid-cn-9e" in text


def test_missed_tests_are_late_on_the_list(story, listed, cast, drill_clock):
    drill_clock(story.at + timedelta(days=3))
    text = cast.client("tracer").get(reverse("tracing:managed") + "?late=on").content.decode()
    assert "Missed a test" in text


def test_other_rules_are_previewed_person_by_person(story, listed, tracer):
    text = tracer.get(reverse("tracing:rules") + "?rule_set=covid-cn-20m").content.decode()
    assert "Earlier release" in text
    assert "13 Nov" in text
    assert "11 Nov" in text
    assert story.managed(mate_of(story, listed)).rule_set_id == "covid-cn-9e"
    assert tracer.get(reverse("tracing:rules") + "?rule_set=../etc").status_code == 200


def read_xlsx(answer):
    return CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0).to_python()


def test_the_ledger_has_38_columns_and_is_masked(story, listed, tracer):
    answer = tracer.post(reverse("tracing:ledger"), {"purpose": "REPORT_UP"})
    rows = read_xlsx(answer)
    assert rows[0] == list(api.LEDGER_COLUMNS)
    assert len(rows[0]) == 38
    assert len(rows) == Management.objects.count() + 1
    assert not {person.name for person in story.area.people} & {row[4] for row in rows}
    assert "1990000" not in str(rows)
    entry = AuditEntry.objects.get(action="tracing.ledger.exported")
    assert entry.detail == {"purpose": "REPORT_UP", "full": False, "rows": len(rows) - 1}


def test_the_full_ledger_is_for_tracers_and_is_recorded(story, listed, tracer, cast):
    rows = read_xlsx(tracer.post(reverse("tracing:ledger"), {"purpose": "TRANSFER", "is_full": "on"}))
    assert mate_of(story, listed).name in {row[4] for row in rows}
    assert AuditEntry.objects.get(action="tracing.ledger.exported").detail["full"] is True
    rows = read_xlsx(cast.client("documents").post(reverse("tracing:ledger"), {"purpose": "TRANSFER", "is_full": "on"}))
    assert mate_of(story, listed).name not in {row[4] for row in rows}


def test_a_name_that_looks_like_a_formula_stays_text(story, listed, tracer):
    mate = mate_of(story, listed)
    mate.name = "=1+1"
    mate.save()
    answer = tracer.post(reverse("tracing:ledger"), {"purpose": "TRANSFER", "is_full": "on"})
    assert "=1+1" in {row[4] for row in read_xlsx(answer)}


def test_a_ledger_without_a_purpose_is_not_made(story, listed, tracer):
    assert tracer.post(reverse("tracing:ledger"), {"purpose": "CURIOSITY"}).status_code == 422
    assert not AuditEntry.objects.filter(action="tracing.ledger.exported").exists()


def test_a_tracer_of_own_cases_sees_only_the_assigned_one(story, listed, cast):
    account, responder = cast.accounts["tracer"], cast.responders["tracer"]
    RoleGrant.objects.filter(account=account).update(scope_kind="OWN")
    client = cast.client("tracer")
    url = pages(story, listed)["investigation"]
    assert client.get(url).status_code == 404
    story.investigation(listed)._meta.model.objects.update(assigned_to=responder)
    assert client.get(url).status_code == 200
    assert "1-1-101" in client.get(reverse("tracing:investigations")).content.decode()
    assert ACTOR.is_system
