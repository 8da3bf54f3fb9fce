"""Optimistic versions: two officers never overwrite each other silently (trust contract P5)."""

from typing import Any, TypeVar

from django.db import models

from tongxin.base.models import VersionedModel

M = TypeVar("M", bound=VersionedModel)


class StaleVersion(Exception):
    """Somebody else saved this row after it was read. `current` is the row as it is now."""

    def __init__(self, current: VersionedModel) -> None:
        super().__init__(f"{type(current).__name__} {current.uuid} is at version {current.version}")
        self.current = current


def update_versioned(row: M, expected: int, /, **changes: Any) -> M:
    """Write `changes` if the row still has the version that was read; return it fresh. Raises StaleVersion."""
    rows = type(row)._default_manager.filter(pk=row.pk)
    updated = rows.filter(version=expected).update(**changes, version=models.F("version") + 1)
    fresh = rows.get()
    if not updated:
        raise StaleVersion(fresh)
    return fresh
