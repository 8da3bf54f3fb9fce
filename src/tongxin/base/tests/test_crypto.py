"""Sealed fields: bound to their row, gone with their key, never plain by accident."""

import pytest
from django.db import IntegrityError, transaction

from tongxin.base import crypto, keys
from tongxin.base.ids import new_uuid
from tongxin.base.models import DataKey


def test_a_sealed_value_opens_only_in_its_place():
    key = crypto.new_data_key()
    sealed = crypto.seal(key, "张三丰", bound_to="t.name:1")
    assert crypto.open_sealed(key, sealed, bound_to="t.name:1") == "张三丰"
    for other in ("t.name:2", "t.phone:1"):
        with pytest.raises(crypto.Unreadable):
            crypto.open_sealed(key, sealed, bound_to=other)
    with pytest.raises(crypto.Unreadable):
        crypto.open_sealed(crypto.new_data_key(), sealed, bound_to="t.name:1")
    with pytest.raises(crypto.Unreadable):
        crypto.open_sealed(key, sealed[:-1] + bytes([sealed[-1] ^ 1]), bound_to="t.name:1")


@pytest.fixture
def person_model(area):
    """A table with sealed fields: that of the room above, reached through a row of the cast."""
    return type(area.people[0])


def test_a_value_moved_to_another_row_is_found_out(area, person_model):
    first, second = area.people[:2]
    person_model.objects.filter(pk=second.pk).update(name=person_model._meta.get_field("name").sealed(first))
    moved = person_model.objects.get(pk=second.pk)
    with pytest.raises(crypto.Unreadable):
        str(moved.name)


def test_plain_text_never_reaches_the_disk_through_update(area, person_model):
    with pytest.raises(TypeError, match="plain text"):
        person_model.objects.filter(pk=area.people[0].pk).update(name="李四光")


def test_destroying_the_key_erases_and_is_final(area, person_model, at):
    person = area.people[0]
    keys.destroy(area.area_id, person.uuid, at=at)
    keys.forget_cached()
    with pytest.raises(keys.KeyDestroyed):
        str(person_model.objects.get(pk=person.pk).name)
    with pytest.raises(keys.KeyDestroyed):
        keys.sealing_key(area.area_id, person.uuid)
    assert bytes(DataKey.objects.get(subject_uuid=person.uuid).wrapped) == b""


def test_a_key_of_a_rolled_back_transaction_seals_nothing(db):
    subject = new_uuid()
    with pytest.raises(IntegrityError), transaction.atomic():
        lost = keys.sealing_key(1, subject)
        raise IntegrityError
    assert keys.sealing_key(1, subject) != lost
    keys.forget_cached()
    assert keys.data_key(1, subject) == keys.sealing_key(1, subject)


def test_reading_a_list_warms_keys_with_one_query(area, person_model, django_assert_num_queries):
    people = list(person_model.objects.filter(area_id=1))
    keys.forget_cached()
    with django_assert_num_queries(1):
        keys.warm(1, [person.subject_uuid for person in people])
        assert all(person.name for person in people)


def test_blind_indexes_differ_by_kind_and_compound():
    values = {crypto.blind_index(kind, "x", area_id=area) for kind in ("a", "b") for area in (1, 2)}
    assert len(values) == 4
    assert crypto.blind_index("a", "x", area_id=1) in values


def test_the_master_key_is_outside_the_database_and_private():
    crypto.blind_index("a", "x", area_id=1)
    assert crypto.master_key_file().stat().st_mode & 0o077 == 0
    assert len(crypto.master_key_file().read_bytes()) == 32
