"""The audit chain: what was done stays done, and a change is found."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from tongxin.base import audit
from tongxin.base.actors import system
from tongxin.base.ids import new_uuid
from tongxin.base.models import AuditEntry, AuditHead

ACTOR = system("test")


def fill(at, count=20, area_id=1):
    for index in range(count):
        audit.record(
            "test.done",
            actor=ACTOR,
            at=at + timedelta(seconds=index),
            area_id=area_id,
            target_kind="Thing",
            target_uuid=new_uuid(),
            detail={"n": index, "text": "中文"},
        )


def without_guard(statement, parameters=()):
    """Do what only somebody with the database in hand can do: drop the triggers, then tamper."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE base_auditentry DISABLE TRIGGER ALL")
        else:
            cursor.execute("DROP TRIGGER IF EXISTS base_auditentry_no_update")
            cursor.execute("DROP TRIGGER IF EXISTS base_auditentry_no_delete")
        cursor.execute(statement, parameters)


def test_a_chain_holds_over_compounds(db, at):
    fill(at, 20, 1)
    fill(at, 3, 2)
    assert [audit.verify(area).faults for area in audit.areas()] == [(), ()]
    assert audit.verify(1).entries == 20


@pytest.mark.parametrize("write", ["UPDATE base_auditentry SET actor='x'", "DELETE FROM base_auditentry"])
def test_the_database_refuses_changes(db, at, write):
    fill(at, 2)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(write)
    assert AuditEntry.objects.count() == 2


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("actor", "somebody else"),
        ("action", "other.deed"),
        ("target_kind", "Other"),
        ("previous_hash", "0" * 64),
        ("hash", "0" * 64),
        ("account_id", 7),
        ("detail", '{"n": 99}'),
    ],
)
@pytest.mark.parametrize("seq", [1, 7, 20])
def test_every_changed_column_is_found(db, at, column, value, seq):
    fill(at)
    without_guard(f"UPDATE base_auditentry SET {column}=%s WHERE seq=%s", (value, seq))
    assert audit.verify(1).faults[0].seq in (seq, seq + 1)


@pytest.mark.parametrize("seq", [1, 10, 20])
def test_a_removed_entry_is_found(db, at, seq):
    fill(at)
    without_guard("DELETE FROM base_auditentry WHERE seq=%s", (seq,))
    assert audit.verify(1).faults


def test_a_cut_tail_with_a_matching_head_count_is_found_by_the_head(db, at):
    fill(at)
    head = AuditHead.objects.get(area_id=1)
    without_guard("DELETE FROM base_auditentry WHERE seq>%s", (15,))
    fault = audit.verify(1).faults[0]
    assert (fault.kind, fault.seq) == ("HEAD", head.seq)


def test_nothing_stays_when_the_deed_is_rolled_back(db, at):
    with pytest.raises(ValueError, match="stop"), transaction.atomic():
        fill(at, 1)
        raise ValueError("stop")
    assert AuditEntry.objects.count() == 0
    assert audit.verify(1).faults == ()
