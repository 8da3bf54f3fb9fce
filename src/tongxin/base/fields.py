"""`EncryptedTextField`: text sealed at rest under its subject's own data key."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from tongxin.base import crypto, keys

if TYPE_CHECKING:
    _TextField = models.Field[str, str]
else:
    _TextField = models.Field


class _Sealed(DeferredAttribute):
    """Opens the stored bytes when the attribute is read, so that listing without reading costs nothing."""

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        name = self.field.attname
        if name not in instance.__dict__:
            super().__get__(instance, cls)
        value = instance.__dict__[name]
        if isinstance(value, memoryview | bytes):
            value = self.field.open(instance, bytes(value))  # type: ignore[attr-defined]
            instance.__dict__[name] = value
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class EncryptedTextField(_TextField):
    """Text sealed with AES-256-GCM, bound to its table, column and row uuid.

    The model needs `area_id`, `uuid` and `subject_uuid` (whose key seals it). Empty text is stored empty.
    Not for filtering: use a blind index column. `QuerySet.update` and `bulk_update` take sealed bytes only
    (`field.sealed(instance)`); plain text there raises TypeError instead of reaching the disk.
    """

    descriptor_class = _Sealed

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["blank"] = True
        kwargs["default"] = ""
        kwargs["editable"] = True
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        for key in ("blank", "default"):
            kwargs.pop(key, None)
        return name, path, args, kwargs

    def get_internal_type(self) -> str:
        return "BinaryField"

    def bound_to(self, instance: models.Model) -> str:
        return f"{self.model._meta.db_table}.{self.column}:{instance.uuid}"  # type: ignore[attr-defined]

    def open(self, instance: Any, sealed: bytes) -> str:
        if not sealed:
            return ""
        subject: UUID | None = instance.subject_uuid
        if subject is None:
            raise ImproperlyConfigured(f"{self}: a row without subject_uuid holds a sealed value")
        data_key = keys.data_key(instance.area_id, subject)
        return crypto.open_sealed(data_key, sealed, bound_to=self.bound_to(instance))

    def sealed(self, instance: Any) -> bytes:
        """Return what goes to the database for this instance."""
        value = instance.__dict__.get(self.attname, "")
        if isinstance(value, memoryview | bytes):
            return bytes(value)
        if not value:
            return b""
        # `_data_key` is set by bulk writers that made many keys at once in this same transaction.
        data_key = instance.__dict__.get("_data_key") or keys.sealing_key(instance.area_id, instance.subject_uuid)
        return crypto.seal(data_key, value, bound_to=self.bound_to(instance))

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        return self.sealed(model_instance)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if isinstance(value, str):
            if value:
                raise TypeError(f"{self}: plain text on its way to the database; use field.sealed(instance)")
            value = b""
        return None if value is None else connection.Database.Binary(bytes(value))

    def get_default(self) -> str:
        return ""
