"""After how many wrong passwords who waits, and for how long."""

from datetime import UTC, datetime, timedelta

import pytest

from tongxin.base.rules import LIMITS, Failure, longest_wait

NOW = datetime(2022, 11, 3, 8, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def failure(minutes_ago=0.0, *, login=True, device=True, trail=True, known=False):
    at = NOW - timedelta(minutes=minutes_ago)
    return Failure(at=at, is_login=login, is_device=device, is_trail=trail, is_known=known)


@pytest.mark.parametrize(
    ("failures", "is_known", "code"),
    [
        ([], False, None),
        ([failure()] * 5, False, None),
        ([failure()] * 6, False, "HERE"),
        ([failure(known=True)] * 6, True, "HERE"),
        ([failure(device=False)] * 29, False, None),
        ([failure(device=False)] * 30, False, "LOGIN"),
        ([failure(device=False)] * 300, True, None),
        ([failure(device=False, known=True)] * 300, False, None),
        ([failure(login=False)] * 19, False, None),
        ([failure(login=False)] * 20, False, "DEVICE"),
        ([failure(login=False)] * 300, True, None),
        ([failure(login=False, device=False)] * 99, False, None),
        ([failure(login=False, device=False)] * 100, False, "TRAIL"),
        ([failure(login=False, device=False)] * 500, True, None),
        ([failure(login=False, device=False, trail=False)] * 500, False, None),
    ],
)
def test_who_waits(failures, is_known, code):
    wait = longest_wait(failures, is_known=is_known, at=NOW)
    assert (wait and wait.code) == code


@pytest.mark.parametrize(
    ("minutes_ago", "until"),
    [
        ([0] * 6, 15),
        ([10] * 6, 5),
        ([14.9, 5, 4, 3, 2, 1], 14),
        ([16.6, 5, 4, 3, 2, 1.5], None),
        ([15] * 6, None),
        ([14] * 5, None),
        ([14] * 6 + [1], 14),
        ([30] * 6 + [1], None),
    ],
)
def test_the_wait_counts_from_the_last_one(minutes_ago, until):
    wait = longest_wait([failure(minutes) for minutes in minutes_ago], is_known=True, at=NOW)
    assert (wait and wait.until) == (until and NOW + timedelta(minutes=until))


def test_order_does_not_matter_and_the_longest_wait_is_told():
    here = [failure(minutes) for minutes in (9, 1, 5, 3, 2, 8)]
    elsewhere = [failure(0.5, device=False)] * 30
    assert longest_wait([*here, *elsewhere], is_known=False, at=NOW).code == "LOGIN"
    assert longest_wait([*elsewhere, *here], is_known=True, at=NOW).code == "HERE"


def test_nothing_that_was_remembered_is_forgotten_before_its_wait_is_over():
    from tongxin.base.lockout import KEPT

    assert max(limit.window for limit in LIMITS) * 2 <= KEPT
