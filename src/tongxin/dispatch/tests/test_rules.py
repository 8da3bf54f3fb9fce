"""Kinds, outcomes and steps, without a database."""

from datetime import timedelta
from itertools import product

import pytest

from tongxin.dispatch import rules, wording
from tongxin.dispatch.api import Refusal
from tongxin.engines import planner

STATES = ("GIVEN", "ACCEPTED", "STARTED", "DONE", "GIVEN_BACK", "WITHDRAWN")
ALLOWED = {
    ("GIVEN", "ACCEPTED"), ("GIVEN", "STARTED"), ("GIVEN", "DONE"), ("GIVEN", "GIVEN_BACK"), ("GIVEN", "WITHDRAWN"),
    ("ACCEPTED", "STARTED"), ("ACCEPTED", "DONE"), ("ACCEPTED", "GIVEN_BACK"), ("ACCEPTED", "WITHDRAWN"),
    ("ACCEPTED", "GIVEN"), ("STARTED", "DONE"), ("STARTED", "GIVEN_BACK"), ("STARTED", "WITHDRAWN"),
    ("STARTED", "ACCEPTED"), ("DONE", "STARTED"),
}  # fmt: skip


@pytest.mark.parametrize(("now", "then"), list(product(STATES, STATES)))
def test_every_step_is_allowed_or_refused(now, then):
    assert rules.may_step(now, then) is ((now, then) in ALLOWED)


@pytest.mark.parametrize(
    ("hands", "states", "state"),
    [
        (1, [], "OPEN"),
        (2, ["GIVEN"], "OPEN"),
        (2, ["ACCEPTED"], "OPEN"),
        (1, ["GIVEN"], "ASSIGNED"),
        (2, ["GIVEN", "ACCEPTED"], "ASSIGNED"),
        (2, ["ACCEPTED", "ACCEPTED"], "ACCEPTED"),
        (2, ["STARTED", "GIVEN"], "STARTED"),
        (2, ["STARTED"], "STARTED"),
    ],
)
def test_the_state_of_a_task_follows_its_hands(hands, states, state):
    assert rules.task_state(hands, states) == state


@pytest.mark.parametrize(
    ("kind", "found", "clean"),
    [
        ("SAMPLING_DESK", {"sampled": 12, "turned_away": 0}, {"sampled": 12, "turned_away": 0}),
        ("HOME_SAMPLING", {"need_food": True, "need_care": False, "need_medicine": None}, {"need_food": True}),
        ("NEVER_SEEN", {}, {}),
        ("CALL_ROUND", {"reached": ""}, {}),
    ],
)
def test_what_was_found_is_kept_clean(kind, found, clean):
    assert rules.check_found(kind, found) == clean


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("SAMPLING_DESK", {"sampled": -1}),
        ("SAMPLING_DESK", {"sampled": 2001}),
        ("SAMPLING_DESK", {"sampled": True}),
        ("SAMPLING_DESK", {"sampled": "12"}),
        ("SAMPLING_DESK", {"need_food": True}),
        ("HOME_SAMPLING", {"need_food": "yes"}),
        ("HOME_SAMPLING", {"name": "x"}),
    ],
)
def test_what_cannot_have_been_found_is_refused(kind, found):
    with pytest.raises(rules.WrongFound):
        rules.check_found(kind, found)


def test_every_kind_has_at_most_three_outcomes_with_words():
    assert {kind.value for kind in rules.TaskKind} == set(rules.KINDS) == set(wording.KINDS)
    for kind, rule in rules.KINDS.items():
        assert 1 <= len(rule.outcomes) <= 3, kind
        assert set(rule.outcomes) <= set(wording.OUTCOMES)
        assert set(rule.found) <= set(wording.FOUND)
        assert rule.asks_for_help <= set(rule.outcomes)


def test_reasons_of_the_phone_are_five_and_have_words():
    assert len(rules.PHONE_REASONS) == 5
    assert set(rules.PHONE_REASONS) == set(wording.CANNOT)
    assert set(rules.GIVE_BACK_REASONS) <= set(wording.GIVE_BACK)
    assert not set(rules.CANNOT_REASONS) & set(rules.GIVE_BACK_REASONS)


def test_every_code_of_the_planner_has_a_sentence():
    assert {code.value for code in planner.ReasonCode} == set(wording.WHY)
    malformed = {"UNKNOWN_ID", "DUPLICATE", "DURATION", "INCOMPLETE_TASK", "UNACCOUNTED", "OBJECTIVE", "FREEZE"}
    assert {rule.value for rule in planner.Rule} - malformed <= set(wording.UNSERVED)


NUMBERS = {"walk_min": 4, "load_min": 90, "late_min": 0, "start_min": 5, "asked_hours": 2, "known": 0}


@pytest.mark.parametrize("code", [code.value for code in planner.ReasonCode])
def test_every_reason_can_be_said(code):
    text = wording.why_sentence({"code": code, **NUMBERS})
    assert text
    assert "%(" not in text


@pytest.mark.parametrize("code", [*sorted(wording.REFUSED), "NEW_RULE"])
def test_a_refusal_is_said_with_and_without_numbers(code):
    numbers = {
        "worked_min": 500,
        "most_min": 480,
        "rest_min": 60,
        "least_min": 660,
        "days": 7,
        "most": 6,
        "worn_min": 300,
    }
    for given in (numbers, {}):
        text = wording.refusal_sentence(Refusal(code, given))
        assert text
        assert "%(" not in text


@pytest.mark.parametrize(
    ("relief", "part"),
    [
        ({}, "No single step"),
        ({"kind": "SERVE_FIRST", "task": "x"}, "the task before it"),
        ({"kind": "EXTRA_VEHICLE"}, "one more vehicle"),
        ({"kind": "LONGER_WINDOW", "until": "2022-11-03T12:00:00+08:00"}, "time until"),
        (
            {
                "kind": "EXTRA_RESPONDERS",
                "hands": [
                    {
                        "skills": ["SAMPLING"],
                        "responders": 2,
                        "from": "2022-11-03T09:00:00+08:00",
                        "until": "2022-11-03T11:00:00+08:00",
                    }
                ],
            },
            "2 more with Sampling",
        ),
        ({"kind": "EXTRA_RESPONDERS", "hands": []}, "No single step"),
    ],
)
def test_a_relief_is_said_in_words(relief, part):
    from django.utils import translation

    with translation.override("en"):
        assert part in wording.relief_sentence(relief)


@pytest.mark.parametrize(("state", "minutes", "late"), [("OPEN", 1, True), ("OPEN", -1, False), ("DONE", 9, False)])
def test_only_open_tasks_are_late(at, state, minutes, late):
    assert rules.is_late(at - timedelta(minutes=minutes), state, at) is late
