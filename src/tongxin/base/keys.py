"""Data keys of persons: made once, cached while the process lives, destroyed at erasure."""

from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime
from threading import Lock
from uuid import UUID

from django.apps import apps

from tongxin.base import crypto

_LIMIT = 60_000
_cache: OrderedDict[tuple[int, UUID], bytes] = OrderedDict()
_lock = Lock()


class KeyDestroyed(crypto.Unreadable):
    """The person was erased: what was sealed under this key can never be read again."""


def _table() -> "type":  # the model imports fields, which import this module
    return apps.get_model("base", "DataKey")


def _bound(area_id: int, subject: UUID) -> str:
    return f"data-key:{area_id}:{subject}"


def _remember(area_id: int, subject: UUID, key: bytes) -> None:
    with _lock:
        _cache[(area_id, subject)] = key
        _cache.move_to_end((area_id, subject))
        while len(_cache) > _LIMIT:
            _cache.popitem(last=False)


def forget_cached() -> None:
    """Empty the cache: after an erasure, a restore, and between tests."""
    with _lock:
        _cache.clear()


def _read(area_id: int, subjects: list[UUID]) -> dict[UUID, bytes]:
    found: dict[UUID, bytes] = {}
    for start in range(0, len(subjects), 500):
        rows = _table().objects.filter(  # type: ignore[attr-defined]
            area_id=area_id, subject_uuid__in=subjects[start : start + 500], destroyed_at=None
        )
        for row in rows:
            key = crypto.unwrap_key(row.wrapped, bound_to=_bound(area_id, row.subject_uuid))
            found[row.subject_uuid] = key
            _remember(area_id, row.subject_uuid, key)
    return found


def warm(area_id: int, subjects: Iterable[UUID]) -> None:
    """Load the keys of many persons with one query a 500; call before reading sealed fields of a list."""
    _read(area_id, [subject for subject in set(subjects) if (area_id, subject) not in _cache])


def create_many(area_id: int, subjects: Iterable[UUID]) -> dict[UUID, bytes]:
    """Make sure that every subject has a key, and return the keys as the database holds them.

    Subjects whose key was destroyed are left out. The cache is never trusted here: a key that was cached by a
    transaction which then rolled back must not seal anything.
    """
    wanted = sorted(set(subjects))
    model = _table()
    found = _read(area_id, wanted)
    rows = [
        model(area_id=area_id, subject_uuid=subject, wrapped=crypto.wrap_key(key, bound_to=_bound(area_id, subject)))
        for subject, key in ((s, crypto.new_data_key()) for s in wanted if s not in found)
    ]
    if rows:
        model.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)  # type: ignore[attr-defined]
        found |= _read(area_id, [row.subject_uuid for row in rows])
    return found


def sealing_key(area_id: int, subject: UUID) -> bytes:
    """Return the key to seal with, making one for a new subject. Raises KeyDestroyed after an erasure."""
    found = create_many(area_id, [subject])
    if subject not in found:
        raise KeyDestroyed(f"the data key of {subject} was destroyed")
    return found[subject]


def data_key(area_id: int, subject: UUID) -> bytes:
    """Return a person's data key for reading. Raises KeyDestroyed when it is gone or was never made."""
    found = _cache.get((area_id, subject))
    if found is None:
        found = _read(area_id, [subject]).get(subject)
    if found is None:
        raise KeyDestroyed(f"no data key for {subject}")
    return found


def destroy(area_id: int, subject: UUID, *, at: datetime) -> None:
    """Destroy a person's key: overwrites the wrapped key and marks it; a new one is never made for this subject."""
    rows = _table().objects.filter(area_id=area_id, subject_uuid=subject)  # type: ignore[attr-defined]
    rows.update(wrapped=b"", destroyed_at=at)
    with _lock:
        _cache.pop((area_id, subject), None)
