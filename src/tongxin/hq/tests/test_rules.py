"""What a redraft keeps, what is short, what a signature covers."""

from datetime import UTC, datetime

import pytest

from tongxin.hq import rules

AT = datetime(2022, 11, 3, tzinfo=UTC)


def before(**changes):
    values = {"state": "PROPOSED", "change": "NEW", "body": {"level": "high"}, "original_body": {"level": "high"}}
    return rules.Before(**{**values, "numbers": {"count": 1}, **changes})


@pytest.mark.parametrize(
    ("old", "body", "numbers", "expected"),
    [
        (None, {"level": "high"}, {"count": 1}, ("NEW", "PROPOSED", False)),
        (before(), {"level": "high"}, {"count": 1}, ("SAME", "PROPOSED", True)),
        (before(), {"level": "high"}, {"count": 2}, ("CHANGED", "PROPOSED", False)),
        (before(), {"level": "low"}, {"count": 1}, ("CHANGED", "PROPOSED", False)),
        (before(state="STRUCK"), {"level": "high"}, {"count": 1}, ("SAME", "STRUCK", True)),
        (before(state="STRUCK"), {"level": "high"}, {"count": 9}, ("CHANGED", "STRUCK", False)),
        (before(state="STRUCK"), {"level": "low"}, {"count": 1}, ("CHANGED", "PROPOSED", False)),
        (before(state="FAILED"), {"level": "high"}, {"count": 1}, ("SAME", "PROPOSED", True)),
        (before(change="GONE"), {"level": "high"}, {"count": 1}, ("NEW", "PROPOSED", False)),
        (before(change="GONE", state="STRUCK"), {"level": "high"}, {"count": 1}, ("NEW", "PROPOSED", False)),
    ],
)
def test_what_a_new_draft_takes_over(old, body, numbers, expected):
    carried = rules.take_over(body, numbers, old)
    assert (carried.change, carried.state, carried.keeps_approvals) == expected


def test_an_edit_is_kept_while_the_proposal_stays_the_same():
    edited = before(body={"level": "medium"}, edited_by="commander")
    carried = rules.take_over({"level": "high"}, {"count": 1}, edited)
    assert (carried.body, carried.edited_by) == ({"level": "medium"}, "commander")


def test_an_edit_is_given_up_when_the_room_proposes_something_else():
    edited = before(body={"level": "medium"}, edited_by="commander")
    carried = rules.take_over({"level": "low"}, {"count": 1}, edited)
    assert (carried.body, carried.edited_by) == ({"level": "low"}, "")


def test_a_strike_keeps_its_reason():
    struck = before(state="STRUCK", strike_reason="two entrances are enough")
    assert rules.take_over({"level": "high"}, {"count": 1}, struck).strike_reason == "two entrances are enough"


BASE = {"text": "稳中有降", "trend": "FALLING", "snapshot_hash": "ab", "account_id": 3, "at": AT}


@pytest.mark.parametrize(
    "change",
    [{"text": "稳中有升"}, {"trend": "RISING"}, {"snapshot_hash": "ac"}, {"account_id": 4}, {"at": AT.replace(hour=1)}],
)
def test_a_signature_covers_everything(change):
    assert rules.signature(**BASE) != rules.signature(**{**BASE, **change})
    assert rules.signature(**BASE) == rules.signature(**BASE)


def test_every_room_of_the_plan_has_a_group_and_a_place_in_the_order():
    assert set(rules.ROOM_ORDER) == set(rules.GROUP_OF_ROOM)
