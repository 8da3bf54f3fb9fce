"""One set of facts: every number has a name and rows, and is the same wherever it is shown."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from tongxin.base import policy
from tongxin.base.actors import system
from tongxin.base.ids import new_uuid
from tongxin.base.models import AuditEntry
from tongxin.incidents import api as incidents
from tongxin.situation import api, entries, page_tables
from tongxin.situation.api import keeping, sources
from tongxin.situation.registry import Ground, entry_of, rows_url

ACTOR = system("test")
KEPT_FOR = timedelta(seconds=3)


def test_every_figure_of_every_room_has_a_name(where, cast, at):
    assert api.nameless(api.all_figures(**where, at=at)) == []


def test_every_name_belongs_to_a_figure(where, cast, at):
    figures = api.all_figures(**where, at=at)
    assert sorted(entry.key for entry in entries.ALL if entry.key not in figures) == []


@pytest.mark.parametrize("entry", entries.ALL, ids=lambda entry: entry.key)
def test_every_figure_leads_to_a_page_with_a_policy_row(entry, incident):
    url = rows_url(entry, Ground(incident.uuid, date(2022, 11, 3), round_uuid=incident.uuid))
    assert url.startswith("/")
    assert entry.url_name in policy.url_permissions()
    assert "{" not in url


def test_a_figure_of_the_newest_round_has_no_rows_before_the_first(incident):
    entry = entry_of("sampling.round_missing")
    assert rows_url(entry, Ground(incident.uuid, date(2022, 11, 3))) == ""


def test_people_in_zones_are_counted_behind_hot_entrances(where, area, at, raise_high):
    assert api.all_figures(**where, at=at)["situation.people_high"] == 0
    entrance = raise_high(0)
    lives = sum(person.entrance_id == entrance.pk for person in area.people)
    figures = api.all_figures(**where, at=at)
    assert (figures["situation.people_high"], figures["situation.entrances_high"]) == (lives, 1)


def test_another_compound_counts_nothing_of_this_one(where, other_area, cast, at, make_case, raise_high):
    make_case(0)
    raise_high(0)
    other = api.all_figures(area_id=2, incident_id=where["incident_id"], at=at)
    assert other["community.people"] == len(other_area.people)
    assert other["incidents.cases"] == other["situation.people_high"] == other["workforce.responders"] == 0


# ---------- snapshots ----------
def test_a_snapshot_keeps_all_figures_under_one_hash(where, at, make_case):
    make_case(0)
    snapshot = api.take_snapshot(**where, at=at)
    assert snapshot.figures == api.all_figures(**where, at=at)
    assert api.is_genuine(api.get_snapshot(1, snapshot.uuid))
    entry = AuditEntry.objects.get(action="situation.snapshot_taken")
    assert entry.detail == {"hash": snapshot.hash, "figures": len(snapshot.figures)}


def test_a_changed_snapshot_is_found_out(where, at):
    snapshot = api.take_snapshot(**where, at=at)
    forged = snapshot.figures | {"incidents.cases": 99}
    api.Snapshot.objects.filter(pk=snapshot.pk).update(figures=forged)
    assert not api.is_genuine(api.get_snapshot(1, snapshot.uuid))


def test_the_same_facts_have_the_same_hash(where, at):
    hashes = {api.take_snapshot(**where, at=at).hash for _ in range(3)}
    assert len(hashes) == 1


def test_a_snapshot_of_another_compound_is_not_there(where, at):
    snapshot = api.take_snapshot(**where, at=at)
    with pytest.raises(api.Snapshot.DoesNotExist):
        api.get_snapshot(2, snapshot.uuid)


# ---------- since yesterday ----------
def test_figures_are_compared_with_yesterdays_snapshot(where, at, make_case, make_report):
    make_case(0)
    make_report()
    tomorrow = at + timedelta(days=1)
    make_case(1, tomorrow)
    make_case(2, tomorrow)
    table = api.figure_table(**where, at=tomorrow)
    row = table.rows["incidents.cases"]
    assert (row.value, row.previous, row.change, row.is_worse) == (3, 1, 2, True)
    assert table.compared_with is not None


def test_without_a_snapshot_of_yesterday_nothing_is_compared(where, at, make_report):
    make_report()
    table = api.figure_table(**where, at=at + timedelta(days=2))
    assert table.compared_with is None
    assert {row.change for row in table.rows.values()} == {None}


@pytest.mark.parametrize(
    ("key", "value", "previous", "is_worse"),
    [
        ("incidents.cases", 2, 1, True),
        ("incidents.cases", 1, 2, False),
        ("residents.covered", 1, 2, True),
        ("residents.covered", 2, 1, False),
        ("community.people", 2, 1, False),
        ("incidents.cases", 2, None, False),
    ],
)
def test_which_changes_are_bad_news(key, value, previous, is_worse):
    assert api.FigureRow(entry_of(key), value, previous, "").is_worse is is_worse


# ---------- counted once for all who ask within seconds ----------
@pytest.fixture
def kept(settings):
    settings.TONGXIN_FIGURES_SECONDS = KEPT_FOR.seconds


def test_without_seconds_every_page_counts(where, at, make_case):
    api.figure_table(**where, at=at)
    make_case(0)
    assert api.figure_table(**where, at=at + timedelta(microseconds=1)).rows["incidents.cases"].value == 1


def test_who_asks_within_seconds_gets_the_same_set_with_its_moment(
    kept, where, at, make_case, django_assert_max_num_queries
):
    first = api.figure_table(**where, at=at)
    make_case(0)
    with django_assert_max_num_queries(4):
        second = api.figure_table(**where, at=at + timedelta(seconds=2))
    assert second.values() == first.values()
    assert (second.as_of, second.age_seconds(at + timedelta(seconds=2))) == (at, 2)


@pytest.mark.parametrize(
    ("passed", "expected"),
    [
        (timedelta(0), False),
        (timedelta(microseconds=1), True),
        (KEPT_FOR, True),
        (KEPT_FOR + timedelta(microseconds=1), False),
        (timedelta(days=1), False),
        (timedelta(seconds=-1), False),
        (timedelta(days=-1), False),
    ],
)
def test_when_figures_are_recent(at, passed, expected):
    assert keeping.is_recent(at, at + passed, KEPT_FOR) is expected


def test_after_some_seconds_everything_is_counted_anew(kept, where, at, make_case):
    api.figure_table(**where, at=at)
    make_case(0)
    later = at + KEPT_FOR + timedelta(seconds=1)
    table = api.figure_table(**where, at=later)
    assert (table.rows["incidents.cases"].value, table.as_of) == (1, later)


def test_a_clock_that_stands_still_always_counts(kept, where, at, make_case):
    api.figure_table(**where, at=at)
    make_case(0)
    assert api.figure_table(**where, at=at).rows["incidents.cases"].value == 1


def test_a_snapshot_is_never_an_older_count(kept, where, at, make_case):
    api.figure_table(**where, at=at)
    make_case(0)
    assert api.take_snapshot(**where, at=at + timedelta(seconds=1)).figures["incidents.cases"] == 1


def test_another_compound_never_gets_the_kept_set(kept, where, other_area, at, make_case):
    make_case(0)
    api.figure_table(**where, at=at)
    with pytest.raises(incidents.Incident.DoesNotExist):
        api.figure_table(area_id=2, incident_id=where["incident_id"], at=at + timedelta(seconds=1))


def test_a_process_keeps_no_more_incidents_than_it_should(kept, where, at, monkeypatch):
    monkeypatch.setattr(keeping, "_MOST_KEPT", 2)
    monkeypatch.setattr(keeping, "_kept", {})
    monkeypatch.setattr(keeping, "_counting", {})
    for _number in range(3):
        keeping.recent_figures(**where, incident_uuid=new_uuid(), at=at)
    assert len(keeping._kept) == len(keeping._counting) == 1


def test_a_failed_count_is_not_kept(kept, where, at, own_sources):
    def broken(**_where):
        raise LookupError

    api.register_source("upstairs", broken)
    with pytest.raises(LookupError):
        api.figure_table(**where, at=at)
    del sources._SOURCES["upstairs"]
    assert api.figure_table(**where, at=at + timedelta(seconds=1)).as_of == at + timedelta(seconds=1)


def test_pages_say_when_their_numbers_were_counted(settings, where, cast, at, drill_clock):
    settings.TONGXIN_FIGURES_SECONDS = 60  # the drill clock goes on while a busy machine makes the pages
    client = cast.client("commander")
    api.figure_table(**where, at=at)
    drill_clock(at + timedelta(seconds=2))
    for name in ("overview", "figures"):
        page = client.get(reverse(f"situation:{name}"))
        assert page.context["as_of"] == at
        assert page.context["age"] >= 2
        assert "08:00" in page.content.decode()
    blocks = client.get(reverse("situation:wall_blocks")).context["blocks"]
    assert min(block["age_seconds"] for block in blocks) >= 2


# ---------- links ----------
def test_a_viewer_gets_only_links_that_they_may_open(where, cast, at):
    auditor = api.figure_table(**where, at=at, viewer=cast.actor("auditor"))
    commander = api.figure_table(**where, at=at, viewer=cast.actor("commander"))
    assert auditor.rows["incidents.cases"].url == ""
    assert commander.rows["incidents.cases"].url.endswith("?kind=CASE")
    assert auditor.rows["incidents.cases"].value == commander.rows["incidents.cases"].value


def test_paths_that_are_no_page_may_not_be_opened(cast):
    assert not api.may_open(cast.actor("commander"), "/nowhere/", area_id=1)
    assert api.may_open(cast.actor("commander"), reverse("situation:figures") + "?room=hq", area_id=1)


# ---------- sources of rooms above ----------
@pytest.fixture
def own_sources(monkeypatch):
    monkeypatch.setattr(sources, "_SOURCES", dict(sources._SOURCES))


def test_a_room_above_puts_its_figures_in(where, at, own_sources):
    entry = api.FigureEntry("upstairs.waiting", "Waiting", "lines", "situation:figures", worse="MORE")
    api.register_source("upstairs", lambda **_: {"upstairs.waiting": 7}, (entry,))
    assert api.take_snapshot(**where, at=at).figures["upstairs.waiting"] == 7
    assert api.figure_table(**where, at=at).rows["upstairs.waiting"].value == 7


# ---------- what is late ----------
def test_problems_are_sentences_with_links(where, area, cast, at):
    rows = page_tables.problem_rows(api.figure_table(**where, at=at))
    uncovered = next(row for row in rows if row["url"] == reverse("residents:coverage"))
    assert uncovered["is_urgent"]
    assert "4" in uncovered["text"]


# ---------- wall ----------
def test_the_wall_has_at_most_seven_blocks_with_number_and_age(where, at, make_case, make_report):
    make_case(0)
    make_report()
    tomorrow = at + timedelta(days=1)
    make_case(1, tomorrow)
    blocks = api.wall_blocks(**where, at=tomorrow + timedelta(seconds=90), counted_at=tomorrow)
    assert 1 <= len(blocks) <= 7
    assert {block["age_seconds"] for block in blocks} == {90}
    assert all(block["stale_after"] < 90 for block in blocks)
    assert all("value" in block or block["rows"] for block in blocks)
    new = next(block for block in blocks if block["level"] == "HIGH")
    assert new["value"] == 1


def test_numbers_on_wall_page_and_report_are_equal(where, cast, at, drill_clock, make_case, make_report):
    for index in range(3):
        make_case(index)
    value = api.all_figures(**where, at=at)["incidents.cases"]
    page = cast.client("commander").get(reverse("situation:overview"))
    cards = {str(card["label"]): card["value"] for card in page.context["figures"]}
    wall = {str(block["label"]): block.get("value") for block in api.wall_blocks(**where, at=at)}
    report = api.content_of(make_report(at), "en")
    printed = {figure.label: figure.value for figure in report.figures}
    assert cards["Present cases"] == wall["Present cases"] == printed["Present cases"] == value == 3


def test_nothing_is_kept_of_a_person(area, at):
    api.forget(area_id=1, person_uuid=area.people[0].uuid, at=at, actor=ACTOR)
    assert AuditEntry.objects.get(action="situation.forget").target_uuid == area.people[0].uuid
