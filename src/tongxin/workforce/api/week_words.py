"""What somebody who serves says about a day of the week: I can come, I cannot. The next week of shifts keeps it."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from tongxin.base.actors import Actor
from tongxin.workforce.api.reads import absences_between, local_zone, shifts_between
from tongxin.workforce.api.rota_facts import midnight_of
from tongxin.workforce.api.values import ShiftDraft
from tongxin.workforce.api.writes import mark_unavailable, set_shifts
from tongxin.workforce.models import Absence, Responder, Shift

#: Parts of a day that can be offered: from when, until when (an earlier end lies on the next day).
DAY_PARTS: Mapping[str, tuple[time, time]] = {
    "DAY": (time(8), time(20)),
    "MORNING": (time(8), time(12)),
    "AFTERNOON": (time(12), time(18)),
    "EVENING": (time(18), time(22)),
    "NIGHT": (time(22), time(6)),
}
#: Days further ahead than this are asked about later.
MOST_DAYS_AHEAD = 60


class NotThisDay(ValueError):
    """The day is over or too far ahead, or what was said holds already."""


def _bounds(day: date, at: datetime) -> tuple[datetime, datetime]:
    start, end = midnight_of(day), midnight_of(day + timedelta(days=1))
    if end <= at or start > at + timedelta(days=MOST_DAYS_AHEAD):
        raise NotThisDay(day.isoformat())
    return max(start, at), end


def refuse_day(
    *, area_id: int, responder: Responder, day: date, reason: str = "OTHER", actor: Actor, at: datetime
) -> Absence:
    """Note that somebody cannot come on a day; work that they have then goes to others.

    Raises NotThisDay, also when they are away on the whole day already.
    """
    start, end = _bounds(day, at)
    gone = absences_between(area_id, start, end, [responder.pk])
    if any(row.starts_at <= start and end <= row.ends_at for row in gone):
        raise NotThisDay(day.isoformat())
    return mark_unavailable(
        area_id=area_id, uuid=responder.uuid, starts_at=start, ends_at=end, reason=reason, actor=actor, at=at
    )


def offer_day(*, area_id: int, responder: Responder, day: date, part: str, actor: Actor, at: datetime) -> Shift:
    """Note that somebody can come on a part of a day without a shift; it is an offer, the planner keeps the rules in it.

    Raises NotThisDay, KeyError for a part that does not exist.
    """
    _bounds(day, at)
    first, last = DAY_PARTS[part]
    start = datetime.combine(day, first, tzinfo=local_zone())
    end = datetime.combine(day if last > first else day + timedelta(days=1), last, tzinfo=local_zone())
    there = shifts_between(area_id, midnight_of(day), end, [responder.pk])
    if start <= at or any(row.starts_at >= midnight_of(day) or row.ends_at > start for row in there):
        raise NotThisDay(day.isoformat())
    draft = ShiftDraft(responder.pk, start, end)
    return set_shifts([draft], area_id=area_id, actor=actor, at=at, check=False)[0]
