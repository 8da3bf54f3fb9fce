"""The night report: made, made anew, signed once, told without persons."""

import re
import zipfile
from datetime import date, timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader

from tongxin.base import outbox
from tongxin.base.actors import system
from tongxin.base.models import AuditEntry, OutboxEvent
from tongxin.base.versions import StaleVersion
from tongxin.situation import api, rules
from tongxin.situation.api import facts
from tongxin.situation.documents.content import walk_figures

ACTOR = system("test")
DAY = date(2022, 11, 3)


def written(report, language="en"):
    """Return all words of a report."""
    return str(report.content[language])


# ---------- making ----------
def test_a_report_of_a_day_that_is_over_is_ready(make_report, make_case, area):
    make_case(0)
    report = make_report()
    assert (report.state, report.number, report.report_date) == ("READY", 1, DAY)
    assert report.snapshot.is_daily
    assert report.snapshot.report_date == DAY
    assert AuditEntry.objects.filter(action="situation.report_made", target_uuid=report.uuid).count() == 1
    event = OutboxEvent.objects.get(kind="situation.report_made.v1")
    assert event.payload["report_uuid"] == str(report.uuid)
    assert "judgement" not in event.payload


def test_a_report_within_its_day_is_provisional(make_report, at):
    report = make_report(at)
    assert report.state == "PROVISIONAL"
    assert api.content_of(report, "en").period_ends_at == at


def test_a_provisional_report_is_counted_anew_when_the_day_is_over(make_report, make_case, at):
    first = make_report(at)
    make_case(0, at + timedelta(hours=2))
    second = make_report()
    assert (first.pk, second.state, second.number) == (second.pk, "READY", 1)
    assert second.snapshot.figures["incidents.cases"] == 1
    assert second.snapshot_id != first.snapshot_id


def test_a_ready_report_keeps_its_numbers_until_it_is_counted_again(make_report, make_case, at):
    first = make_report()
    make_case(0, at + timedelta(hours=3))
    again = make_report(at + timedelta(days=1, hours=1))
    counted = make_report(at + timedelta(days=1, hours=2), recount=True)
    assert again.snapshot_id == first.snapshot_id
    assert counted.snapshot.figures["incidents.cases"] == 1
    assert api.find_daily(1, first.incident_id, DAY).pk == counted.snapshot_id
    assert api.is_genuine(api.get_snapshot(1, first.snapshot.uuid))


def test_reports_are_numbered_in_the_order_in_which_they_are_written(make_report, at):
    numbers = [
        make_report(at + timedelta(days=day + 1), report_date=DAY + timedelta(days=day)).number for day in range(3)
    ]
    assert numbers == [1, 2, 3]


def test_each_day_is_compared_with_the_day_before(make_report, make_case, at):
    make_case(0)
    make_report()
    make_case(1, at + timedelta(days=1))
    report = make_report(at + timedelta(days=2), report_date=DAY + timedelta(days=1))
    figure = next(row for row in api.content_of(report, "zh").figures if row.key == "incidents.cases")
    assert (figure.value, figure.previous) == (2, 1)


@pytest.mark.parametrize(
    ("day", "error"),
    [
        (DAY + timedelta(days=2), api.DayNotBegun),
        (DAY - timedelta(days=1), api.OutsideIncident),
        (date(1900, 1, 1), api.OutsideIncident),
    ],
)
def test_days_without_a_report(make_report, day, error):
    with pytest.raises(error):
        make_report(report_date=day)
    assert not api.Report.objects.exists()
    assert not api.Snapshot.objects.exists()


def test_a_past_day_without_a_snapshot_says_so(make_report, at):
    report = make_report(at + timedelta(days=5))
    assert "No snapshot was taken when this day ended" in written(report)
    assert "No snapshot" not in written(make_report(at + timedelta(days=2), report_date=DAY + timedelta(days=1)))


@pytest.mark.parametrize("text", ["请联系13812345678", "ID 999999199001011234", "１３８ １２３４ ５６７８"])
def test_a_judgement_with_a_number_of_a_person_is_refused(make_report, text):
    with pytest.raises(api.LooksPersonal):
        make_report(judgement=text)
    assert not api.Report.objects.exists()


def test_the_judgement_stands_until_another_one_is_given(make_report):
    assert make_report(judgement="Calm.").judgement == "Calm."
    assert make_report().judgement == "Calm."
    report = make_report(judgement="Rising.")
    assert "Rising." in written(report, "zh")
    assert "Calm." not in written(report, "en")


# ---------- what it says ----------
def test_a_quiet_day_is_a_zero_report(make_report):
    content = api.content_of(make_report(), "zh")
    assert content.is_zero_report


def test_the_four_parts_stand_in_both_languages(make_report):
    report = make_report()
    zh, en = (api.content_of(report, language) for language in ("zh", "en"))
    assert [part.heading for part in zh.sections] == ["当前形势", "工作开展情况", "存在问题", "下一步"]
    assert [part.heading for part in en.sections] == ["Present situation", "Work done", "Problems", "Next steps"]
    assert [figure.value for figure in walk_figures(zh)] == [figure.value for figure in walk_figures(en)]


def test_the_chinese_report_has_no_english_sentence_left(make_report, make_case, raise_high):
    make_case(0)
    raise_high(0)
    texts = re.sub(r"'(key|link|language|on_date|period_\w+|issued_at)': '[^']*'", "", written(make_report(), "zh"))
    values = re.findall(r"'([^']*)'", texts)
    assert [text for text in values if re.search(r"[A-Za-z]{4,} [a-z]{3,}", text)] == []


def test_every_number_of_the_report_is_that_of_its_snapshot_and_has_rows(make_report, make_case, raise_high):
    make_case(0)
    raise_high(0)
    report = make_report()
    figures = list(walk_figures(api.content_of(report, "en")))
    assert len(figures) > 30
    assert {figure.key: figure.value for figure in figures} == {
        figure.key: report.snapshot.figures[figure.key] for figure in figures
    }
    without = {figure.key for figure in figures if not figure.link}
    assert {key for key in without if not key.startswith("sampling.round_")} == set()


def test_zones_are_named_as_places(make_report, raise_high):
    raise_high(1)
    report = make_report()
    assert "entrance 1-2" in written(report, "en")
    assert "1-2单元" in written(report, "zh")


def test_problems_have_next_steps(make_report, area):
    text = written(make_report())
    assert "On the one-to-one list without a caller" in text
    assert "names a caller and a deputy" in text


def test_nobody_is_named_in_any_document(make_report, make_case, raise_high, area, cast):
    people = [make_case(index) for index in range(3)]
    raise_high(0)
    report = make_report()
    names = {person.name for person in area.people} | {person.phone for person in people}
    names |= {responder.name for responder in cast.responders.values()}
    for language in ("zh", "en"):
        assert not [name for name in names if name in written(report, language)]
    pdf = api.render_report(report, language="zh", kind="pdf").data
    printed = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    docx = zipfile.ZipFile(BytesIO(api.render_report(report, language="zh", kind="docx").data))
    packed = docx.read("word/document.xml").decode()
    assert not [name for name in names if name in printed or name in packed]
    assert "疫情防控情况报告" in packed


def test_small_groups_of_a_building_are_not_told(make_report, raise_high, area, at):
    raise_high(5)
    # building 3 keeps two residents: fewer than the profile's smallest group
    ids = [person.pk for person in area.people if person.building_id == area.buildings[2].pk][2:]
    type(area.people[0]).objects.filter(pk__in=ids).update(moved_out_at=at)
    text = written(make_report())
    assert "fewer than 5" in text
    assert "'High risk', '2'" not in text


# ---------- signing ----------
@pytest.fixture
def signer(cast):
    return cast.actor("commander")


def sign(report, actor, at, **changes):
    values = {"version": report.version, "signer": "王指挥"} | changes
    return api.sign_report(area_id=1, uuid=report.uuid, actor=actor, at=at, **values)


def test_a_signed_report_carries_its_signer_and_never_changes(make_report, signer, at):
    report = make_report()
    assert api.content_of(report, "zh").signer == ""
    signed = sign(report, signer, at + timedelta(days=1))
    assert (signed.state, signed.signer, signed.signed_by) == ("SIGNED", "王指挥", "commander")
    assert {api.content_of(signed, language).signer for language in ("zh", "en")} == {"王指挥"}
    with pytest.raises(api.ReportIsSigned):
        make_report(recount=True)
    with pytest.raises(api.ReportIsSigned):
        sign(signed, signer, at + timedelta(days=1))
    assert OutboxEvent.objects.filter(kind="situation.report_signed.v1").count() == 1
    entry = AuditEntry.objects.get(action="situation.report_signed")
    assert "王" not in str(entry.detail)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"signer": " "}, api.SignerMissing),
        ({"signer": "13812345678"}, api.LooksPersonal),
        ({"version": 99}, StaleVersion),
    ],
)
def test_what_is_not_signed(make_report, signer, at, changes, error):
    report = make_report()
    with pytest.raises(error):
        sign(report, signer, at, **changes)
    assert api.get_report(1, report.uuid).state == "READY"


def test_a_provisional_report_is_not_signed(make_report, signer, at):
    with pytest.raises(api.NotReady):
        sign(make_report(at), signer, at)


def test_the_system_signs_nothing(make_report, at):
    with pytest.raises(PermissionError):
        sign(make_report(), ACTOR, at)


def test_what_was_written_anew_after_reading_is_not_signed(make_report, signer, at):
    read = make_report()
    make_report(judgement="New.")
    with pytest.raises(StaleVersion):
        sign(read, signer, at)


# ---------- documents ----------
@pytest.mark.parametrize(("language", "kind"), [("zh", "docx"), ("en", "pdf")])
def test_downloads_are_in_the_audit(make_report, signer, at, language, kind):
    report = make_report()
    document = api.download_report(area_id=1, uuid=report.uuid, language=language, kind=kind, actor=signer, at=at)
    assert document.name == f"report_2022-11-03_{language}.{kind}"
    assert document.data[:2] in (b"PK", b"%P")
    entry = AuditEntry.objects.get(action="situation.report_downloaded")
    assert (entry.actor, entry.detail["kind"]) == ("commander", kind)


def test_there_is_no_other_kind_of_document(make_report):
    with pytest.raises(ValueError, match="exe"):
        api.render_report(make_report(), language="zh", kind="exe")


# ---------- by the clock ----------
def test_the_day_ends_with_a_snapshot_and_dawn_brings_the_report(where, incident, at):
    midnight = at + timedelta(hours=16)
    early = api.keep_time(area_id=1, actor=ACTOR, at=midnight - timedelta(minutes=1))
    ended = api.keep_time(area_id=1, actor=ACTOR, at=midnight + timedelta(minutes=5))
    night = api.keep_time(area_id=1, actor=ACTOR, at=midnight + timedelta(hours=4, minutes=59))
    dawn = api.keep_time(area_id=1, actor=ACTOR, at=midnight + rules.READY_AFTER)
    later = api.keep_time(area_id=1, actor=ACTOR, at=midnight + timedelta(hours=9))
    assert [(row["snapshots"], row["reports"]) for row in (early, ended, night, dawn, later)] == [
        (0, 0), (1, 0), (0, 0), (0, 1), (0, 0),
    ]  # fmt: skip
    report = api.find_report(1, where["incident_id"], DAY)
    assert report.state == "READY"
    assert report.snapshot.taken_at == midnight + timedelta(minutes=5)


@pytest.mark.parametrize("hours", [0, 2, 23])
def test_the_site_says_when_the_report_is_ready(where, incident, at, own_site, hours):
    own_site(("ready_hours = { value = 5", f"ready_hours = {{ value = {hours}"))
    midnight = at + timedelta(hours=16)
    early = api.keep_time(area_id=1, actor=ACTOR, at=midnight + timedelta(hours=hours) - timedelta(seconds=1))
    ready = api.keep_time(area_id=1, actor=ACTOR, at=midnight + timedelta(hours=hours))
    assert (early["reports"], ready["reports"]) == (0, 1)


def test_before_the_first_rule_set_a_report_is_ready_all_the_same(incident):
    period = facts.period_for(incident, date(2020, 1, 1))
    assert facts.ready_at(incident, period) == period.ends_at + rules.READY_AFTER


def test_a_provisional_report_is_made_final_by_the_clock(make_report, where, at, next_morning):
    make_report(at)
    api.keep_time(area_id=1, actor=ACTOR, at=next_morning)
    assert api.find_report(1, where["incident_id"], DAY).state == "READY"


def test_a_signed_report_is_left_alone_by_the_clock(make_report, signer, where, at, next_morning):
    signed = sign(make_report(), signer, at)
    assert api.keep_time(area_id=1, actor=ACTOR, at=next_morning)["reports"] == 0
    assert api.find_report(1, where["incident_id"], DAY).version == signed.version


def test_closed_incidents_are_left_alone(incident, at, next_morning):
    type(incident).objects.filter(pk=incident.pk).update(state="CLOSED", closed_at=at)
    assert api.keep_time(area_id=1, actor=ACTOR, at=next_morning) == {"snapshots": 0, "reports": 0}


def test_the_clock_job_is_known_to_the_queue(incident, area, next_morning):
    outbox.enqueue("situation.keep_time", area_id=1, at=next_morning, payload={}, key="test")
    outbox.deliver_all(area_ids=[1])
    assert api.find_report(1, incident.pk, DAY).made_by == "system:situation.handlers"


def test_the_timeline_tells_reports(make_report, where, at):
    make_report()
    found = api.timeline(**where, since=at, until=at + timedelta(days=2))
    assert [(row["code"], row["counts"]) for row in found] == [("situation.report_made", {"number": 1})]
