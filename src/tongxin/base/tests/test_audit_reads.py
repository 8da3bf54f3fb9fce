"""Reading the audit: filters, who looked, exports that are recorded and harmless."""

import io
import json
from datetime import date, timedelta

import openpyxl
import pytest

from tongxin.base import audit, audit_reads
from tongxin.base.actors import Actor
from tongxin.base.audit_reads import AuditFilter
from tongxin.base.ids import new_uuid
from tongxin.base.models import AuditEntry

TRACER, AUDITOR = Actor("tracer", 1), Actor("auditor", 2)
PERSON = new_uuid()


@pytest.fixture
def told(db, at):
    """Five entries of compound 1 over two days, one of compound 2."""
    for index, (actor, action, target) in enumerate(
        [
            (TRACER, "community.person.revealed", PERSON),
            (TRACER, "community.person.revealed", PERSON),
            (TRACER, "community.care.listed", None),
            (Actor("=cmd()", 3), "communities.other", None),
            (AUDITOR, "base.audit.verified", None),
        ]
    ):
        moment = at + timedelta(hours=index * 5)
        audit.record(action, actor=actor, at=moment, area_id=1, target_kind="Person", target_uuid=target)
    audit.record("community.person.revealed", actor=TRACER, at=at, area_id=2, target_kind="Person", target_uuid=PERSON)


@pytest.mark.parametrize(
    ("wanted", "seqs"),
    [
        (AuditFilter(), [5, 4, 3, 2, 1]),
        (AuditFilter(actor="tracer"), [3, 2, 1]),
        (AuditFilter(actor="TRACER"), []),
        (AuditFilter(actor="trac"), []),
        (AuditFilter(action="community.person.revealed"), [2, 1]),
        (AuditFilter(action="community"), [3, 2, 1]),
        (AuditFilter(action="community.person"), [2, 1]),
        (AuditFilter(target=PERSON), [2, 1]),
        (AuditFilter(target=new_uuid()), []),
        (AuditFilter(day=date(2022, 11, 3)), [4, 3, 2, 1]),
        (AuditFilter(day=date(2022, 11, 4)), [5]),
        (AuditFilter(actor="tracer", action="community.care.listed", day=date(2022, 11, 3)), [3]),
        (AuditFilter(actor="' OR 1=1 --"), []),
    ],
)
def test_filters(told, wanted, seqs):
    assert list(audit_reads.entries(1, wanted).values_list("seq", flat=True)) == seqs


def test_choices_name_actions_of_the_compound(told):
    assert audit_reads.actions_of(1)[0] == "base.audit.verified"
    assert audit_reads.actions_of(2) == ["community.person.revealed"]


def test_the_newest_check_is_known(told, at):
    before = audit_reads.last_check(1)
    audit.record(
        "base.audit.verified", actor=AUDITOR, at=at, area_id=1, target_kind="AuditEntry", detail={"entries": 9}
    )
    after = audit_reads.last_check(1)
    assert (before.detail, after.detail) != ({"entries": 9}, before.detail)
    assert after.detail == {"entries": 9}
    assert audit_reads.last_check(2) is None


def test_who_saw_counts_by_login(told, at):
    (row,) = audit_reads.who_saw(1, PERSON)
    assert (row.actor, row.action, row.times, row.last_at) == (
        "tracer",
        "community.person.revealed",
        2,
        at + timedelta(hours=5),
    )
    assert audit_reads.who_saw(1, new_uuid()) == []


def test_an_export_is_recorded_before_it_leaves(told, at):
    wanted = AuditFilter(actor="tracer", day=date(2022, 11, 3))
    text = audit_reads.export(area_id=1, wanted=wanted, form="ndjson", actor=AUDITOR, at=at)
    rows = [json.loads(line) for line in text.decode().splitlines()]
    assert [row["seq"] for row in rows] == [3, 2, 1]
    assert set(rows[0]) == set(audit_reads.COLUMNS)
    entry = AuditEntry.objects.get(area_id=1, action="base.audit.exported")
    assert entry.actor == "auditor"
    assert entry.detail == {"form": "ndjson", "rows": 3, "by": "tracer", "day": "2022-11-03"}
    assert audit.verify(1).faults == ()


def test_a_workbook_has_no_live_formula(told, at):
    content = audit_reads.export(area_id=1, wanted=AuditFilter(), form="xlsx", actor=AUDITOR, at=at)
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == audit_reads.COLUMNS
    assert len(rows) == 6
    cell = sheet["C3"]
    assert (cell.value, cell.data_type) == ("=cmd()", "s")


@pytest.mark.parametrize("form", ["", "csv", "../x"])
def test_another_form_is_refused_and_nothing_is_recorded(told, at, form):
    with pytest.raises(KeyError):
        audit_reads.export(area_id=1, wanted=AuditFilter(), form=form, actor=AUDITOR, at=at)
    assert not AuditEntry.objects.filter(action="base.audit.exported").exists()
