"""The pages while callers and residents are paired and no round is open yet."""

import pytest

from tongxin.base.ids import new_uuid
from tongxin.residents.models import CallRound, LiaisonPair
from tongxin.residents.tests.pages import get, text_of, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("morning")]


def test_the_board_names_who_has_nobody(story):
    page = text_of(get(story, "commander", url("coverage")))
    assert "0/20" in page
    assert "Has no caller yet" in page


def test_one_button_pairs_everybody_once(story):
    client, form = story.cast.client("commander"), {"op_id": str(new_uuid())}
    for _ in range(2):
        page = text_of(client.post(url("pair_all"), form, follow=True))
    assert "Everybody on the list is paired: 20 new, 0 moved, 0 closed." in page
    assert LiaisonPair.objects.count() == 20


def test_pairing_without_callers_says_what_is_missing(story):
    from tongxin.workforce import api as workforce

    for name in ("caller", "seconded", "tracer"):
        responder = story.cast.responders[name]
        workforce.set_active(area_id=1, uuid=responder.uuid, is_active=False, **story.by_staff)
    page = text_of(story.cast.client("commander").post(url("pair_all"), follow=True))
    assert "Nobody can call." in page


def test_a_pair_explains_itself_and_can_be_moved(paired):
    pair = LiaisonPair.objects.filter(caller__code="caller").first()
    page = text_of(get(paired, "commander", url("pair", pair.uuid)))
    assert "This caller had room" in page
    target = paired.cast.responders["tracer"]
    form = {"caller": str(target.uuid), "op_id": str(new_uuid())}
    client = paired.cast.client("commander")
    moved = text_of(client.post(url("move", pair.uuid), form, follow=True))
    assert "tracer calls this person from now on" in moved
    assert LiaisonPair.objects.get(person=pair.person, ends_at=None).caller == target
    assert client.post(url("move", pair.uuid), form).status_code == 302
    assert LiaisonPair.objects.filter(person=pair.person).count() == 2


@pytest.mark.parametrize("caller", ["", "nobody", "00000000-0000-0000-0000-000000000000"])
def test_moving_to_nobody_is_refused_in_a_sentence(paired, caller):
    pair = LiaisonPair.objects.first()
    response = paired.cast.client("commander").post(url("move", pair.uuid), {"caller": caller})
    assert response.status_code == 422
    assert "Nothing was changed" in text_of(response)


@pytest.mark.parametrize("query", [{"caller": "x"}, {"care": "GOLD"}, {"why": "'; --"}, {"page": "999"}, {"page": "x"}])
def test_a_strange_filter_shows_the_whole_list(paired, query):
    assert get(paired, "commander", url("pairs"), **query).status_code == 200


def test_pairs_are_filtered_by_the_url(paired):
    uuid = str(paired.cast.responders["tracer"].uuid)
    folds = get(paired, "commander", url("pairs"), caller=uuid).context["folds"]
    assert {row["cells"][2] for fold in folds for row in fold["table"]["rows"]} == {"tracer"}


def test_pairs_are_folded_by_building_with_the_number_of_each(paired):
    page = get(paired, "commander", url("pairs"))
    folds = page.context["folds"]
    assert [(fold["label"], fold["count"], fold["is_open"]) for fold in folds] == [
        ("Building 1", len(folds[0]["table"]["rows"]), False),
        ("Building 2", len(folds[1]["table"]["rows"]), False),
        ("Building 3", len(folds[2]["table"]["rows"]), False),
    ]
    assert sum(fold["count"] for fold in folds) == 20
    assert page.content.decode().count('<details class="tx-fold" >') == 3
    alone = get(paired, "grid_leader_2", url("pairs")).context["folds"]
    assert [fold["is_open"] for fold in alone] == [True], "one building alone is not hidden"


def test_a_round_by_hand(paired):
    client = paired.cast.client("commander")
    form = {"starts_at": "2022-11-03T11:00", "ends_at": "2022-11-03T12:00", "op_id": str(new_uuid())}
    page = text_of(client.post(url("open_round"), form, follow=True))
    assert "Round 1 is open: 20 calls." in page
    client.post(url("open_round"), form)
    assert CallRound.objects.count() == 1


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"starts_at": "soon", "ends_at": "later"},
        {"starts_at": "2022-11-03T12:00", "ends_at": "2022-11-03T11:00"},
        {"starts_at": "2022-11-02T09:00", "ends_at": "2022-11-02T10:00"},
    ],
)
def test_a_round_at_a_wrong_time_is_refused_and_the_entry_stays(paired, form):
    response = paired.cast.client("commander").post(url("open_round"), form)
    assert response.status_code == 422
    assert not CallRound.objects.exists()
    assert form.get("starts_at", "") in response.content.decode()
