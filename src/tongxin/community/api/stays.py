"""Who lived where over a span of days, for tracing: everybody of a compound in one plain read."""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone

from tongxin.community.models import Person, Residence

__all__ = ["Membership", "Stay", "memberships", "stays_between"]


class Stay(NamedTuple):
    """One person in one dwelling; `starts_at` and `ends_at` are None where the span is open. `x`, `y` in metres."""

    person_id: int
    dwelling_id: int
    entrance_id: int
    floor: int | None
    x: float | None
    y: float | None
    starts_at: datetime | None
    ends_at: datetime | None


class Membership(NamedTuple):
    """One person in a department, a work unit or a school class (`kind` is `Department.Kind`)."""

    person_id: int
    department_id: int
    kind: str


def stays_between(area_id: int, start: date, end: date) -> list[Stay]:
    """This function will return every stay in the compound on any day from `start` to `end` (both inside).

    Somebody who moved out since is in; merged and erased rows are left out. One query, plain values.
    """
    first = timezone.make_aware(datetime.combine(start, time.min))
    after = timezone.make_aware(datetime.combine(end + timedelta(days=1), time.min))
    overlap = (Q(starts_at=None) | Q(starts_at__lt=after)) & (Q(ends_at=None) | Q(ends_at__gt=first))
    rows = Residence.objects.filter(overlap, area_id=area_id, person__merged_into=None, person__erased_at=None)
    columns = (
        *("person_id", "dwelling_id", "dwelling__entrance_id", "dwelling__floor"),
        *("dwelling__entrance__x", "dwelling__entrance__y", "starts_at", "ends_at"),
        *("dwelling__entrance__building__x", "dwelling__entrance__building__y"),
    )
    found = []
    for person, dwelling, entrance, floor, x, y, starts_at, ends_at, far_x, far_y in rows.values_list(*columns):
        has_own = x is not None and y is not None
        place = (x, y) if has_own else (far_x, far_y)
        found.append(Stay(person, dwelling, entrance, floor, *place, starts_at, ends_at))
    return found


def memberships(area_id: int) -> list[Membership]:
    """This function will return who belongs to which department, work unit or class now; merged and erased left out."""
    rows = Person.objects.filter(area_id=area_id, merged_into=None, erased_at=None).exclude(department=None)
    return [Membership(*row) for row in rows.values_list("id", "department_id", "department__kind")]
