"""A call for volunteers from what is short: drafted in both languages, changed, printed, and by whom."""

from datetime import timedelta

import pytest
from django.urls import reverse

from tongxin.base.ids import new_uuid
from tongxin.base.models import AuditEntry
from tongxin.base.versions import StaleVersion
from tongxin.dispatch import api
from tongxin.dispatch.api.calls import slots_of
from tongxin.dispatch.models import CallDraft


@pytest.fixture
def now(drill_clock, at):
    drill_clock(at)
    return at


@pytest.fixture
def short(desk, now):
    desk.open(*[desk.draft(hands=(("DRIVING",),)) for _ in range(3)])
    desk.assign()


def draft(client):
    return client.post(reverse("dispatch:draft_call"), {"op_id": str(new_uuid())}, follow=True)


def entry(at, hours=2, **changes):
    values = {
        "skills": ["DRIVING"], "grid_id": 1, "from": at.isoformat(), "until": (at + timedelta(hours=hours)).isoformat(),
        "responders": 2, "tasks": 3,
    }  # fmt: skip
    return values | changes


@pytest.mark.parametrize(
    ("changes", "people"),
    [
        ([{}], [2]),
        ([{}, {}], [4]),
        ([{}, {"grid_id": 2}], [2, 2]),
        ([{}, {"skills": []}], [2, 2]),
        ([{}, {"grid_id": None, "responders": 5}], [5, 2]),
        ([], []),
    ],
)
def test_slots_are_joined_where_they_are_the_same(at, changes, people):
    assert [slot["people"] for slot in slots_of([entry(at, **change) for change in changes], at)] == people


def test_what_is_over_is_not_called_for(at):
    assert slots_of([entry(at, hours=1)], at + timedelta(hours=1)) == []
    assert len(slots_of([entry(at + timedelta(minutes=k)) for k in range(80)], at)) == 30


def test_a_call_is_drafted_in_both_languages(desk, cast, short):
    response = draft(cast.client("dispatcher"))
    row = CallDraft.objects.get()
    assert response.request["PATH_INFO"] == reverse("dispatch:call", args=[row.uuid])
    assert "Driving" in row.text_en
    assert "需要志愿者" in row.text_zh
    assert "Driving" not in row.text_zh
    assert row.slots[0]["skills"] == ["DRIVING"]
    assert AuditEntry.objects.get(action="dispatch.call.drafted").detail == {"slots": len(row.slots)}
    html = cast.client("dispatcher").get(reverse("dispatch:board")).content.decode()
    assert reverse("dispatch:call", args=[row.uuid]) in html


def test_where_nothing_is_short_nothing_is_drafted(desk, cast, now):
    desk.given()
    assert "there is nothing to call for" in draft(cast.client("dispatcher")).content.decode()
    assert not CallDraft.objects.exists()


def test_the_text_is_changed_and_two_do_not_overwrite_each_other(desk, cast, short):
    client = cast.client("dispatcher")
    draft(client)
    row = CallDraft.objects.get()
    url = reverse("dispatch:call", args=[row.uuid])
    data = {"version": row.version, "text_zh": "请帮忙<script>alert(1)</script>", "text_en": "Please help"}
    assert client.post(url, data).status_code == 302
    row.refresh_from_db()
    assert (row.version, row.text_en) == (2, "Please help")
    assert "<script>alert" not in client.get(url).content.decode()
    response = client.post(url, {**data, "text_en": "Mine"})
    assert response.status_code == 422
    assert "Mine" in response.content.decode()
    assert response.context["form"]["version"].value() == 2
    row.refresh_from_db()
    assert row.text_en == "Please help"
    with pytest.raises(StaleVersion):
        api.change_call(
            area_id=desk.area_id, call_uuid=row.uuid, version=1, texts=("", ""), actor=cast.actor("dispatcher"),
            at=desk.at,
        )  # fmt: skip


@pytest.mark.parametrize("values", [{"version": ""}, {"version": "x"}, {"text_zh": "长" * 4001}])
def test_what_cannot_be_kept_is_said(desk, cast, short, values):
    client = cast.client("dispatcher")
    draft(client)
    row = CallDraft.objects.get()
    data = {"version": 1, "text_zh": "好", "text_en": "ok"} | values
    assert client.post(reverse("dispatch:call", args=[row.uuid]), data).status_code == 422
    assert CallDraft.objects.get().version == 1


@pytest.mark.parametrize(("language", "first"), [("en", "en"), ("zh-hans", "zh")])
def test_on_paper_the_readers_language_comes_first(desk, cast, short, language, first):
    client = cast.client("dispatcher")
    draft(client)
    client.cookies["django_language"] = language
    html = client.get(reverse("dispatch:call_print", args=[CallDraft.objects.get().uuid])).content.decode()
    other = {"en": "zh", "zh": "en"}[first]
    assert html.index(f'<section lang="{first}">') < html.index(f'<section lang="{other}">')


@pytest.mark.parametrize("who", ["grid_leader_1", "volunteer", "outsider", "documents", "other_commander"])
def test_who_may_not_steer_gets_404(desk, cast, short, who):
    draft(cast.client("dispatcher"))
    row = CallDraft.objects.get()
    client = cast.client(who)
    for name in ("call", "call_print"):
        assert client.get(reverse(f"dispatch:{name}", args=[row.uuid])).status_code == 404
    assert client.post(reverse("dispatch:call", args=[row.uuid]), {"version": 1}).status_code == 404
    if who != "other_commander":
        assert draft(client).status_code == 404
    assert CallDraft.objects.count() == 1
