"""The harnesses themselves: a check that looked at nothing proves nothing, and percentiles are of the values seen."""

import os

import pytest
from benchmarks.__main__ import main as benchmarks
from benchmarks.measuring import Sheet, median, p95
from faults.__main__ import Ask, lines_of
from faults.checks import Check


@pytest.mark.parametrize(
    ("looked_at", "wrong", "is_passed"),
    [(10, 0, True), (10, 1, False), (0, 0, False), (1, 1, False)],
)
def test_a_check_passes_only_if_it_looked_and_found_nothing(looked_at, wrong, is_passed):
    assert Check("x", looked_at, wrong).is_passed is is_passed


@pytest.mark.parametrize(("wrong", "is_passed"), [((0, 0), False), ((0, 3), True), ((2, 3), True)])
def test_a_broken_variant_passes_only_if_some_check_caught_it(wrong, is_passed):
    found = {"checks": [Check(f"check {n}", 9, count).as_json() for n, count in enumerate(wrong)]}
    (line,) = lines_of(Ask("worker", 3, "done-apart", "why"), found)
    assert line.is_passed is is_passed


def test_a_correct_build_shows_every_check():
    found = {"checks": [Check("a", 9, 0).as_json(), Check("b", 9, 1).as_json()]}
    assert [line.is_passed for line in lines_of(Ask("server", 3), found)] == [True, False]


@pytest.mark.parametrize(
    ("values", "middle", "high"),
    [([1.0], 1.0, 1.0), ([3.0, 1.0, 2.0], 2.0, 3.0), ([float(n) for n in range(1, 21)], 10.0, 19.0)],
)
def test_percentiles_are_values_that_were_seen(values, middle, high):
    assert (median(values), p95(values)) == (middle, high)


@pytest.mark.parametrize(("value", "said", "missed"), [(0.9, "held", 0), (1.0, "held", 0), (1.1, "MISSED", 1)])
def test_a_bar_is_held_or_missed(value, said, missed):
    sheet = Sheet("x", "X", ("a",))
    assert sheet.hold("it", value, 1.0) == said
    assert len(sheet.missed) == missed


def test_an_unknown_benchmark_is_named(capsys):
    assert benchmarks(["plan", "plam"]) == 2
    assert "plam" in capsys.readouterr().err


@pytest.mark.xdist_group("harness")
@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="only with several workers")
def test_groups_of_tests_stay_on_one_worker(request):
    """A story is told in chapters: told by two workers, each would wait for the other's."""
    assert request.node.nodeid.endswith("@harness")
