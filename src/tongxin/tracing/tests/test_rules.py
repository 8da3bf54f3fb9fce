"""Decisions without a database: differences of lists, strongest class, release, dates, steps."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxin.tracing import rules, wording
from tongxin.tracing.rules import Link, Reason, Shift, Standing

DAY = date(2022, 11, 3)
AT = datetime(2022, 11, 3, 8, tzinfo=UTC)


def link(person=2, layer="HOUSEHOLD", degree="CONTACT", first=0, last=0, via=None):
    return Link(1, person, layer, degree, DAY + timedelta(first), DAY + timedelta(last), via_id=via)


# ---------- differences ----------
@pytest.mark.parametrize(
    ("found", "standing", "expected"),
    [
        ([link()], [], (1, 0, 0)),
        ([link()], [Standing(link(), "LISTED")], (0, 0, 0)),
        ([link(last=1)], [Standing(link(), "LISTED")], (0, 1, 0)),
        ([link(first=-1)], [Standing(link(), "LISTED")], (0, 1, 0)),
        ([link(degree="EXPOSED")], [Standing(link(), "LISTED")], (0, 1, 0)),
        ([], [Standing(link(), "LISTED")], (0, 0, 1)),
        ([], [Standing(link(), "LISTED", is_by_hand=True)], (0, 0, 0)),
        ([link(last=1)], [Standing(link(), "LISTED", is_by_hand=True)], (0, 0, 0)),
        ([link()], [Standing(link(), "EXCLUDED", "NOT_THERE")], (0, 0, 0)),
        ([link()], [Standing(link(), "EXCLUDED", rules.NO_LONGER_FOUND)], (1, 0, 0)),
        ([], [Standing(link(), "EXCLUDED", "NOT_THERE")], (0, 0, 0)),
        ([link(layer="FLOOR")], [Standing(link(), "LISTED")], (1, 0, 1)),
    ],
)
def test_what_listing_would_do(found, standing, expected):
    delta = rules.difference(found, standing)
    assert (len(delta.new), len(delta.changed), len(delta.gone)) == expected
    assert delta.is_empty == (expected == (0, 0, 0))
    assert len(delta.before) == len(delta.changed)


LINKS = st.lists(
    st.builds(
        link,
        person=st.integers(2, 6),
        layer=st.sampled_from(["HOUSEHOLD", "FLOOR"]),
        degree=st.sampled_from(rules.CLASSES),
        last=st.integers(0, 3),
    ),
    unique_by=lambda one: one.key,
    max_size=8,
)


@given(LINKS, LINKS)
def test_listing_what_is_found_leaves_no_difference(found, before):
    delta = rules.difference(found, [Standing(one, "LISTED") for one in before])
    kept = {one.key: one for one in before} | {one.key: one for one in (*delta.new, *delta.changed)}
    for one in delta.gone:
        del kept[one.key]
    assert set(kept) == {one.key for one in found}
    assert rules.difference(found, [Standing(one, "LISTED") for one in kept.values()]).is_empty


# ---------- classes ----------
@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ([], None),
        ([("EXPOSED", DAY)], Reason("EXPOSED", DAY)),
        ([("SECONDARY_CONTACT", DAY + timedelta(3)), ("CONTACT", DAY)], Reason("CONTACT", DAY)),
        ([("CONTACT", DAY), ("CONTACT", DAY + timedelta(2))], Reason("CONTACT", DAY + timedelta(2))),
    ],
)
def test_the_strongest_class_and_its_last_contact_decide(links, expected):
    assert rules.reason_of(links) == expected
    assert rules.reason_of(reversed(links)) == expected


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        (("CONTACT", 0), ("CONTACT", 0), True),
        (("CONTACT", 0), ("CONTACT", 1), False),
        (("CONTACT", 0), ("SECONDARY_CONTACT", -2), True),
        (("SECONDARY_CONTACT", 0), ("CONTACT", -2), False),
        (("EXPOSED", 0), ("SECONDARY_CONTACT", 0), False),
    ],
)
def test_an_ended_management_covers_no_newer_day_and_no_stronger_class(was, now, expected):
    reasons = [Reason(code, DAY + timedelta(days)) for code, days in (was, now)]
    assert rules.is_answered_before(*reasons) is expected


def test_people_are_counted_once_by_class_and_layer():
    counts = rules.counts_of(
        [
            link(2),
            link(2, "FLOOR", "SECONDARY_CONTACT"),
            link(3, "FLOOR", "SECONDARY_CONTACT"),
            link(4, "HOUSEHOLD", "SECONDARY_CONTACT", via=2),
        ]
    )
    assert (counts["contact"], counts["secondary_contact"], counts["exposed"], counts["people"]) == (1, 2, 0, 3)
    assert (counts["layer_household"], counts["layer_floor"], counts["layer_secondary"]) == (1, 1, 1)


# ---------- release ----------
@pytest.mark.parametrize(
    ("today", "tests", "status", "may"),
    [
        (0, [], "CONTACT", True),
        (-1, [], "CONTACT", False),
        (5, [], "CONTACT", True),
        (0, [(0, AT)], "CONTACT", True),
        (0, [(-3, None)], "CONTACT", False),
        (0, [(-3, AT), (0, None)], "CONTACT", False),
        (2, [(1, None)], "CONTACT", True),
        (0, [], "SUSPECT", False),
        (0, [], "CASE", False),
        (0, [], "", True),
    ],
)
def test_release_needs_the_day_the_tests_and_no_suspicion(today, tests, status, may):
    finding = rules.release_finding(
        release_date=DAY,
        today=DAY + timedelta(today),
        tests=[(DAY + timedelta(day), done) for day, done in tests],
        status=status,
    )
    assert finding.may_release is may


def test_only_days_ahead_are_tested():
    days = [DAY + timedelta(n) for n in (-1, 0, 2, 2, 1)]
    assert rules.test_dates_from(days, today=DAY) == (DAY, DAY + timedelta(1), DAY + timedelta(2))


# ---------- dates ----------
@pytest.mark.parametrize(
    ("dates", "field"),
    [
        ({}, None),
        ({"onset_date": DAY}, None),
        ({"onset_date": DAY + timedelta(1)}, "onset_date"),
        ({"sample_date": DAY + timedelta(1)}, "sample_date"),
        ({"isolated_date": DAY - timedelta(400)}, "isolated_date"),
        ({"onset_date": DAY, "rash_date": DAY - timedelta(1)}, "rash_date"),
        ({"onset_date": DAY - timedelta(2), "rash_date": DAY}, None),
    ],
)
def test_dates_that_cannot_be_are_named(dates, field):
    known = dict.fromkeys(("onset_date", "sample_date", "rash_date", "isolated_date")) | dates
    if field is None:
        rules.check_interview_dates(**known, today=DAY)
    else:
        with pytest.raises(rules.WrongDates) as error:
            rules.check_interview_dates(**known, today=DAY)
        assert error.value.field == field


@pytest.mark.parametrize(
    ("starts", "ends", "code"),
    [(-2, -1, None), (-1, -1, None), (-1, -2, "BEFORE_START"), (1, 2, "IN_FUTURE"), (-400, -1, "TOO_LONG")],
)
def test_exposures_that_cannot_be_are_named(starts, ends, code):
    times = {"starts_at": AT + timedelta(hours=starts), "ends_at": AT + timedelta(hours=ends), "at": AT}
    if code is None:
        rules.check_exposure(**times)
    else:
        with pytest.raises(rules.WrongDates) as error:
            rules.check_exposure(**times)
        assert error.value.code == code


@pytest.mark.parametrize(
    ("due", "done", "late"), [(1, None, False), (-1, None, True), (-1, -2, False), (-2, -1, True), (0, None, False)]
)
def test_a_deadline_is_late_when_it_passed_undone_or_was_done_after_it(due, done, late):
    done_at = None if done is None else AT + timedelta(hours=done)
    assert rules.is_late(AT + timedelta(hours=due), done_at, AT) is late


@pytest.mark.parametrize("state", list(rules.STEPS))
@pytest.mark.parametrize("following", list(rules.STEPS))
def test_steps_of_an_investigation(state, following):
    allowed = {("OPEN", "INTERVIEWED"), ("OPEN", "DONE"), ("INTERVIEWED", "DONE"), ("INTERVIEWED", "OPEN")}
    assert rules.may_become(state, following) is ((state, following) in allowed | {("DONE", "OPEN")})


@pytest.mark.parametrize(
    ("after", "tests", "kind"),
    [(-2, (2, 2), "SHORTER"), (3, (2, 2), "LONGER"), (0, (2, 1), "TESTS"), (0, (2, 2), "SAME"), (None, (2, 0), "ENDS")],
)
def test_how_another_rule_set_changes_a_management(after, tests, kind):
    release = None if after is None else DAY + timedelta(after)
    shift = Shift(1, DAY, release, *tests)
    assert shift.kind == kind
    assert shift.days == (after or 0)


# ---------- words ----------
def test_every_code_has_words():
    assert set(wording.CLASSES) == set(rules.CLASSES)
    assert set(wording.EXCLUSIONS) == set(rules.EXCLUSIONS)
    assert set(wording.SECTIONS) == set(rules.INTERVIEW_FIELDS)
    codes = {code for fields in rules.INTERVIEW_FIELDS.values() for code, _kind in fields}
    assert set(wording.QUESTIONS) == codes
    assert set(wording.STATES) == set(rules.STEPS)
    assert set(rules.BY_HAND) <= set(wording.LAYERS)
