"""The board: cards that can be dragged and moved without a script, people as targets, why and why not."""

import pytest
from django.urls import reverse
from django.utils import translation

from tongxin.base.actors import Scope
from tongxin.dispatch import api, wording

EVERYTHING = Scope(1, everything=True)


@pytest.fixture
def now(drill_clock, at):
    drill_clock(at)
    return at


def board(client) -> str:
    return client.get(reverse("dispatch:board")).content.decode()


def test_a_card_can_be_dragged_onto_a_person_and_has_a_form_that_needs_no_script(desk, cast, now):
    row = desk.given(hands=(("REGISTRATION",),))
    html = board(cast.client("dispatcher"))
    card = html.split("data-drag=")[1].split("</li>")[0]
    assert "data-move" in card
    assert 'method="post"' in card
    assert f'data-drop="{row.responder.uuid}"' in html
    assert "dispatch/board.js" in html
    assert "onclick" not in html
    assert "<script>" not in html


def test_a_grid_leader_gets_no_form_to_move_with(desk, cast, now):
    desk.given()
    html = board(cast.client("grid_leader_1"))
    assert "data-drag=" in html
    assert "data-move" not in html


def test_who_is_on_a_shift_and_has_nothing_can_be_given_work(desk, cast, now):
    people = api.load_by_person(area_id=desk.area_id, incident_id=desk.incident.pk, scope=EVERYTHING, at=now)
    assert {row.code for row in people} >= {cast.responders["volunteer"].code, cast.responders["medic"].code}
    assert {row.tasks for row in people} == {0}
    scope = Scope(1, grid_ids=frozenset({desk.area.grids[0].pk}))
    assert api.load_by_person(area_id=desk.area_id, incident_id=desk.incident.pk, scope=scope, at=now) == []


def test_a_card_says_why_and_who_would_have_been_next(desk, cast, now):
    row = desk.given(hands=(("REGISTRATION",),))
    html = board(cast.client("dispatcher"))
    assert wording.why_sentence(row.reason) in html
    assert "Next best: " in html
    assert "Why not somebody else?" in html
    assert f"{reverse('dispatch:task', args=[row.task.uuid])}#why-not" in html


@pytest.mark.parametrize("code", sorted(wording.WHY))
def test_every_reason_is_said_to_the_person_too(code):
    numbers = {"code": code, "load_min": 90, "walk_min": 4}
    assert wording.why_you_sentence(numbers)
    assert "%(" not in wording.why_you_sentence(numbers)
    assert wording.why_you_sentence({"code": code}) != ""
    assert code in wording.WHY_YOU


@pytest.mark.parametrize("numbers", [{}, {"responder": "x"}, {"load_min": 5}])
def test_a_runner_up_without_numbers_is_still_named(numbers):
    with translation.override("en"):
        assert wording.runner_up_sentence("V-7", numbers) == "Next best: V-7."


def test_the_phone_says_why_you_and_until_when(desk, cast, now):
    desk.given(hands=(("SAMPLING",),))
    html = cast.client("medic").get(reverse("dispatch:mine")).content.decode()
    assert "Why me: You are the only one with these skills" in html
    assert "about 20 minutes" in html
