"""Many rows at once say the same as rows written one by one."""

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import FieldDoesNotExist
from django.db import IntegrityError, transaction

from tongxin.base.bulk import insert_rows
from tongxin.base.ids import new_uuid
from tongxin.community.models import Person
from tongxin.incidents.models import PersonStatus, TestDuty
from tongxin.tracing.models import ContactLink

AT = datetime(2022, 11, 3, 0, 0, 0, 123456, tzinfo=UTC)
DAY = date(2022, 11, 3)
DUTY = ("area_id", "incident_id", "person_id", "due_date", "cause_kind", "cause_uuid")
LINK = (
    "area_id", "incident_id", "case_person_id", "person_id", "via_id", "layer", "degree", "first_contact_date",
    "last_contact_date", "evidence", "rule_key", "listed_at",
)  # fmt: skip


def without_ids(row):
    return {key: value for key, value in vars(row).items() if key not in ("_state", "id", "uuid")}


def link(area, incident, index, evidence):
    people = (area.people[0].pk, area.people[index].pk, None)
    return (1, incident.pk, *people, ContactLink.State.LISTED, "CONTACT", DAY, DAY, evidence, "a.b", AT)


@pytest.mark.parametrize("evidence", [{}, {"places": [1, 2]}, {"text": '\'; DROP TABLE x; -- 中文 "%s"'}])
def test_rows_are_as_the_model_would_write_them(area, incident, evidence):
    values = link(area, incident, 1, evidence)
    made = ContactLink.objects.create(**dict(zip(LINK, values, strict=True)))
    kept = without_ids(ContactLink.objects.get(pk=made.pk))
    made.delete()
    insert_rows(ContactLink, LINK, [values])
    row = ContactLink.objects.get()
    assert without_ids(row) == kept
    assert (row.listed_at, row.state, row.excluded_reason, row.via_id) == (AT, "LISTED", "", None)


def test_each_row_has_its_own_defaults(area, incident):
    insert_rows(ContactLink, LINK, (link(area, incident, index, {}) for index in (1, 2, 3)))
    assert len(set(ContactLink.objects.values_list("uuid", flat=True))) == 3


def test_thousands_take_one_statement(area, incident, django_assert_num_queries):
    rows = [(1, incident.pk, area.people[0].pk, DAY, "test", new_uuid()) for _ in range(3000)]
    with django_assert_num_queries(1):
        insert_rows(TestDuty, DUTY, rows, ignore_conflicts=True)
    assert TestDuty.objects.count() == 1


def test_no_row_is_no_statement(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        insert_rows(TestDuty, DUTY, [])


def test_what_is_there_already_is_refused_or_left_as_it_is(area, incident):
    first, second = new_uuid(), new_uuid()
    insert_rows(TestDuty, DUTY, [(1, incident.pk, area.people[0].pk, DAY, "test", first)])
    again = [(1, incident.pk, area.people[0].pk, DAY, "test", second)]
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(TestDuty, DUTY, again)
    insert_rows(TestDuty, DUTY, again, ignore_conflicts=True)
    assert list(TestDuty.objects.values_list("cause_uuid", flat=True)) == [first]


def test_nothing_is_written_when_one_row_is_wrong(area, incident):
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(
            TestDuty, DUTY, [(1, incident.pk, area.people[0].pk, day, "test", new_uuid()) for day in (DAY, None)]
        )
    assert not TestDuty.objects.exists()


def test_a_short_row_is_refused(incident):
    with pytest.raises(ValueError, match="zip"):
        insert_rows(TestDuty, DUTY, [(1, incident.pk)])


def test_an_unknown_column_is_refused():
    with pytest.raises(FieldDoesNotExist):
        insert_rows(PersonStatus, ("area_id", "name); DROP TABLE x"), [])


def test_sealed_fields_are_refused():
    with pytest.raises(TypeError, match="sealed"):
        insert_rows(Person, ("area_id",), [])
