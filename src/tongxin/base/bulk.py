"""Many rows of one table, written with one statement: for lists of thousands, where `bulk_create` is mostly Python.

A model is made for no row, so there are no primary keys afterwards. Sealed fields need their model: they are refused.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.constants import OnConflict

from tongxin.base.fields import EncryptedTextField

Convert = Callable[[Any], Any]


def insert_rows(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    ignore_conflicts: bool = False,
) -> None:
    """This function will insert rows that give values for these columns (`person_id` for a foreign key), in this order.

    Other columns get the default of their field. With `ignore_conflicts` a row that breaks a unique key is left out.
    Raises `FieldDoesNotExist` for an unknown column and TypeError for a sealed one.
    """
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    named = {field.attname: field for field in fields}
    for column in columns:
        if column not in named:
            raise FieldDoesNotExist(column)
    others = [field for field in fields if field.attname not in columns]
    if any(isinstance(field, EncryptedTextField) for field in fields):
        raise TypeError(f"{model.__name__} has sealed fields")
    database = connections[DEFAULT_DB_ALIAS]
    given = [_converter(named[column], database) for column in columns]
    left = [(_converter(field, database), field.get_default) for field in others]
    found = [
        (
            *(convert(value) for convert, value in zip(given, row, strict=True)),
            *(convert(default()) for convert, default in left),
        )
        for row in rows
    ]
    if found:
        written = [*(named[column] for column in columns), *others]
        sql = _statement(model, written, database.ops, OnConflict.IGNORE if ignore_conflicts else None)
        with database.cursor() as cursor:
            cursor.executemany(sql, found)


def _statement(
    model: type[models.Model], fields: Sequence[Any], operations: Any, on_conflict: OnConflict | None
) -> str:
    quote = operations.quote_name
    names = ", ".join(quote(field.column) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    suffix = operations.on_conflict_suffix_sql(fields, on_conflict, [], [])
    return (
        f"{operations.insert_statement(on_conflict)} {quote(model._meta.db_table)} ({names}) VALUES ({places}) {suffix}"
    )


def _converter(field: Any, database: Any) -> Convert:
    """Return how values of a field go into the database; moments and days repeat, so each is converted once."""
    known: dict[Any, Any] = {}

    def convert(value: Any) -> Any:
        return field.get_db_prep_save(value, database)

    def convert_once(value: Any) -> Any:
        if value not in known:
            known[value] = convert(value)
        return known[value]

    target = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(target, models.DateField):
        return convert_once
    if isinstance(target, models.CharField):
        return _text
    if isinstance(target, models.UUIDField) and not database.features.has_native_uuid_field:
        return _hex
    return _unchanged if isinstance(target, models.IntegerField) else convert


def _text(value: Any) -> Any:
    return value if value is None or type(value) is str else str(value)


def _hex(value: Any) -> Any:
    return None if value is None else value.hex


def _unchanged(value: Any) -> Any:
    return value
