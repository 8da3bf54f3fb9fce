"""The picture of the whole: coverage, figures, the story; and forgetting a person."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.db.models import Count, Q

from tongxin.base import audit
from tongxin.base.actors import Actor, Scope
from tongxin.community import api as community
from tongxin.residents import rules
from tongxin.residents.api.pairs import long_absent, reached
from tongxin.residents.api.rounds import find_current_round
from tongxin.residents.models import CallRound, Escalation, LiaisonCall, LiaisonPair, Request
from tongxin.workforce import api as workforce


@dataclass(frozen=True, slots=True)
class Tally:
    """One line of the board: a class or a caller. `due` counts calls nobody tried yet, `late` those past the window."""

    key: str
    people: int
    paired: int = 0
    fine: int = 0
    need: int = 0
    unreached: int = 0
    due: int = 0
    late: int = 0

    @property
    def reached(self) -> int:
        return self.fine + self.need


@dataclass(frozen=True, slots=True)
class CallerTally:
    """One caller: people in hand, people as deputy, and how the current round stands."""

    responder: workforce.Responder
    people: int
    deputy_of: int
    fine: int
    need: int
    unreached: int
    due: int
    late: int
    is_there: bool

    @property
    def reached(self) -> int:
        return self.fine + self.need


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A listed person without a caller; `why` is NOT_PAIRED or CALLER_GONE."""

    person: Any
    care_code: str
    why: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """499 of 499: who is listed, who is in good hands, how the round that has begun last stands."""

    listed: int
    covered: int
    uncovered: Sequence[Uncovered]
    round: CallRound | None
    total: Tally
    classes: Sequence[Tally]
    at: datetime

    @property
    def is_complete(self) -> bool:
        return self.covered == self.listed


_STATES = {"FINE": "fine", "NEED": "need", "UNREACHED": "unreached", "DUE": "due"}


def coverage(*, area_id: int, incident_id: int, at: datetime, scope: Scope | None = None) -> Coverage:
    """This function will count who is covered, as far as a scope reaches; the same number of queries for any size.

    Covered is who has an open pair with a caller who is there. Everybody else is listed with the reason.
    """
    whole = scope or Scope(area_id=area_id, everything=True)
    listed = _listed(area_id, whole)
    callers = _caller_ids(area_id, at)
    pairs = _open_pairs(area_id, incident_id)
    why = {pk: "NOT_PAIRED" if pk not in pairs else "CALLER_GONE" for pk in listed if pairs.get(pk) not in callers}
    row = find_current_round(area_id=area_id, incident_id=incident_id, at=at)
    states = _call_states(area_id, row, at)
    by_class: dict[str, Counter[str]] = {code: Counter() for code in community.ONE_TO_ONE_CODES}
    for pk, code in listed.items():
        count = by_class[code]
        count["people"] += 1
        count["paired"] += pk not in why
        for name in states.get(pk, ()):
            count[name] += 1
    classes = [Tally(code, **count) for code, count in by_class.items() if count]
    total: Counter[str] = sum(by_class.values(), Counter())
    people = community.list_people(area_id=area_id, ids=why)
    return Coverage(
        listed=len(listed),
        covered=len(listed) - len(why),
        uncovered=[Uncovered(people[pk], listed[pk], reason) for pk, reason in why.items()],
        round=row,
        total=Tally("", **{"people": 0, **total}),
        classes=classes,
        at=at,
    )


def _caller_ids(area_id: int, at: datetime) -> set[int]:
    """Return the ids of those whom `pairs.callers_at` returns whole: here they are only counted."""
    able = workforce.list_responders(area_id=area_id).order_by().values_list("pk", "skills")
    ids = {pk for pk, skills in able if rules.CALL_SKILL in (skills or ())}
    return ids - long_absent(area_id, at, ids)


def _listed(area_id: int, scope: Scope) -> dict[int, str]:
    """Return person id -> the first of the person's classes, in the order of doors."""
    order = {code: index for index, code in enumerate(community.ONE_TO_ONE_CODES)}
    listed: dict[int, str] = {}
    rows = community.care_query(area_id=area_id, scope=scope, codes=community.ONE_TO_ONE_CODES)
    for person_id, code in rows.values_list("person_id", "code"):
        held = listed.get(person_id)
        if held is None or order[code] < order[held]:
            listed[person_id] = code
    return listed


def _open_pairs(area_id: int, incident_id: int) -> dict[int, int]:
    rows = LiaisonPair.objects.filter(area_id=area_id, incident_id=incident_id, ends_at=None)
    return dict(rows.values_list("person_id", "caller_id"))


def _call_states(area_id: int, row: CallRound | None, at: datetime) -> dict[int, tuple[str, ...]]:
    """Return person id -> the columns of the board that the person's call counts in."""
    if row is None:
        return {}
    found: dict[int, tuple[str, ...]] = {}
    rows = LiaisonCall.objects.filter(area_id=area_id, round=row).values_list("person_id", "state", "due_at")
    for person_id, state, due_at in rows:
        is_late = state in rules.OPEN_CALLS and due_at <= at
        found[person_id] = (_STATES[state], "late") if is_late else (_STATES[state],)
    return found


def caller_tallies(*, area_id: int, incident_id: int, at: datetime, scope: Scope | None = None) -> list[CallerTally]:
    """This function will return every caller with people in hand or free to take some, and how their round stands."""
    whole = scope or Scope(area_id=area_id, everything=True)
    there = _caller_ids(area_id, at)
    pairs = LiaisonPair.objects.filter(area_id=area_id, incident_id=incident_id, ends_at=None).filter(reached(whole))
    people = _counted(pairs, "caller_id")
    second = _counted(pairs.exclude(deputy=None), "deputy_id")
    row = find_current_round(area_id=area_id, incident_id=incident_id, at=at)
    calls = LiaisonCall.objects.filter(area_id=area_id, round=row).filter(reached(whole)) if row else None
    counts = _calls_by_caller(calls, at) if calls is not None else {}
    ids = set(people) | set(second) | set(counts) | (set(there) if whole.everything else set())
    responders = workforce.responders_by_id(area_id=area_id, ids=ids)
    tallies = [
        CallerTally(
            responder=responders[pk],
            people=people.get(pk, 0),
            deputy_of=second.get(pk, 0),
            is_there=pk in there,
            **{name: counts.get(pk, {}).get(name, 0) for name in (*_STATES.values(), "late")},
        )
        for pk in ids
    ]
    return sorted(tallies, key=lambda one: one.responder.code)


def _counted(rows: models.QuerySet[LiaisonPair], column: str) -> dict[int, int]:
    return dict(rows.values_list(column).annotate(count=Count("id")).order_by())


def _calls_by_caller(rows: models.QuerySet[LiaisonCall], at: datetime) -> dict[int, Mapping[str, int]]:
    late = Count("id", filter=Q(state__in=rules.OPEN_CALLS, due_at__lte=at))
    counted = {name: Count("id", filter=Q(state=state)) for state, name in _STATES.items()} | {"late": late}
    found = rows.values_list("caller_id").annotate(**counted).order_by()
    return {row[0]: dict(zip(counted, row[1:], strict=True)) for row in found}


# ---------- uniform doors ----------
def figures(*, area_id: int, incident_id: int, at: datetime) -> dict[str, int | float]:
    """This function will return the numbers of this room; README.md names the page that lists the rows of each."""
    picture = coverage(area_id=area_id, incident_id=incident_id, at=at)
    open_ = Q(state__in=rules.OPEN_REQUESTS)
    counts = Request.objects.filter(area_id=area_id, incident_id=incident_id).aggregate(
        open=Count("id", filter=open_),
        late=Count("id", filter=open_ & Q(due_at__lt=at)),
        life=Count("id", filter=open_ & Q(urgency="LIFE")),
        to_tell_back=Count("id", filter=Q(state="DONE")),
        closed=Count("id", filter=Q(state="CLOSED")),
        satisfaction=models.Avg("satisfaction"),
    )
    return {
        "residents.listed": picture.listed,
        "residents.covered": picture.covered,
        "residents.uncovered": picture.listed - picture.covered,
        "residents.calls_fine": picture.total.fine,
        "residents.calls_need": picture.total.need,
        "residents.calls_unreached": picture.total.unreached,
        "residents.calls_due": picture.total.due,
        "residents.calls_late": picture.total.late,
        "residents.rounds": CallRound.objects.filter(area_id=area_id, incident_id=incident_id).count(),
        "residents.requests_open": counts["open"],
        "residents.requests_late": counts["late"],
        "residents.requests_life": counts["life"],
        "residents.requests_to_tell_back": counts["to_tell_back"],
        "residents.requests_closed": counts["closed"],
        "residents.satisfaction": round(counts["satisfaction"] or 0, 1),
    }


def timeline(*, area_id: int, incident_id: int, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """This function will return what happened from `since` to before `until`: codes and counts in order of time."""
    span = {"area_id": area_id, "incident_id": incident_id}
    entries: list[dict[str, Any]] = []
    pairs = LiaisonPair.objects.filter(**span, starts_at__gte=since, starts_at__lt=until)
    for moment, count in pairs.values_list("starts_at").annotate(count=Count("id")).order_by():
        entries.append({"at": moment, "code": "PEOPLE_PAIRED", "counts": {"people": count}})
    rounds = CallRound.objects.filter(**span, starts_at__gte=since, starts_at__lt=until)
    for row in rounds.annotate(calls_count=Count("calls")):
        counts = {"calls": row.calls_count, "number": row.number}
        entries.append({"at": row.starts_at, "code": "ROUND_BEGAN", "counts": counts})
    ended = CallRound.objects.filter(**span, ends_at__gte=since, ends_at__lt=until)
    reached_ = Count("calls", filter=Q(calls__state__in=["FINE", "NEED"]))
    for row in ended.annotate(calls_count=Count("calls"), reached_count=reached_):
        counts = {"calls": row.calls_count, "reached": row.reached_count, "number": row.number}
        entries.append({"at": row.ends_at, "code": "ROUND_ENDED", "counts": counts})
    steps = Escalation.objects.filter(area_id=area_id, told_at__gte=since, told_at__lt=until).filter(
        Q(call__round__incident_id=incident_id) | Q(request__incident_id=incident_id)
    )
    for moment, count in steps.values_list("told_at").annotate(count=Count("id")).order_by():
        entries.append({"at": moment, "code": "ESCALATED", "counts": {"steps": count}})
    urgent = Request.objects.filter(**span, urgency="LIFE", opened_at__gte=since, opened_at__lt=until)
    for moment in urgent.values_list("opened_at", flat=True):
        entries.append({"at": moment, "code": "LIFE_REQUEST", "counts": {"requests": 1}})
    return sorted(entries, key=lambda entry: (entry["at"], entry["code"]))


def forget(*, area_id: int, person_uuid: UUID, at: datetime, actor: Actor) -> None:
    """This function will erase what identifies a person here: words of calls and needs. Counts stay.

    Open needs are withdrawn and the open pair is closed: nobody is left to call.
    """
    with transaction.atomic():
        calls = LiaisonCall.objects.filter(area_id=area_id, person__uuid=person_uuid)
        emptied = calls.update(note=b"", medicine_days_left=None, before={})
        calls.filter(state__in=rules.OPEN_CALLS).delete()
        needs = Request.objects.filter(area_id=area_id, person__uuid=person_uuid)
        needs.filter(state__in=rules.STANDING_REQUESTS).update(state=Request.State.WITHDRAWN)
        needs.update(text=b"", answer=b"", found_by="", owner=None)
        pairs = LiaisonPair.objects.filter(area_id=area_id, person__uuid=person_uuid, ends_at=None)
        closed = pairs.update(ends_at=at)
        audit.record(
            "residents.forget",
            actor=actor,
            at=at,
            area_id=area_id,
            target_kind="Person",
            target_uuid=person_uuid,
            detail={"calls": emptied, "pairs": closed},
        )
