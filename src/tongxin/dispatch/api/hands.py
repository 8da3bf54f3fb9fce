"""Hands before the planner runs: what measures would ask for, who is free, what would be short.

An estimate for those who decide: minutes of work against minutes of people with the skill in the next 24 hours. It
knows nothing of walking, rest between two shifts or zones; the planner says exactly what it cannot fill afterwards.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from tongxin.community import api as community
from tongxin.dispatch import rules
from tongxin.dispatch.api.values import HandsNeeded
from tongxin.dispatch.api.zone_work import guard_minutes, sealed_entrances, zone_work_rules
from tongxin.dispatch.models import Assignment, TaskHand
from tongxin.incidents import api as incidents
from tongxin.workforce import api as workforce

HANDS_AHEAD = timedelta(hours=24)
#: Work for which no skill is asked.
ANY_SKILL = "ANY"


def estimate_hands(
    *, area_id: int, incident: incidents.Incident, needed: Sequence[Mapping[str, int]], at: datetime
) -> list[HandsNeeded]:
    """Return for each skill the minutes that are needed, free and short in the next 24 hours, the shortest first.

    `needed` holds minutes by skill (`ANY` = no skill). Open tasks that nobody has take their hands before it; every
    free minute is used once, though a person with two skills counts as free for both.
    """
    total: Counter[str] = Counter()
    for row in needed:
        total.update(row)
    total = Counter({skill: minutes for skill, minutes in total.items() if minutes > 0})
    if not total:
        return []
    supply, people = _free(area_id, incident, at)
    waiting = _waiting(area_id, incident.pk, at)
    order = sorted(total, key=lambda skill: (skill == ANY_SKILL, skill))
    demand = [*waiting, *((_skills(skill), total[skill]) for skill in order)]
    covered = rules.cover(demand, supply)[len(waiting) :]
    found = [
        HandsNeeded(
            skill=skill,
            need_min=total[skill],
            have_min=sum(minutes for skills, minutes in supply.items() if _skills(skill) <= skills),
            waiting_min=sum(minutes for skills, minutes in waiting if _skills(skill) <= skills),
            short_min=total[skill] - minutes,
            people=sum(count for skills, count in people.items() if _skills(skill) <= skills),
        )
        for skill, minutes in zip(order, covered, strict=True)
    ]
    return sorted(found, key=lambda row: (-row.short_min, row.skill == ANY_SKILL, -row.need_min, row.skill))


def _skills(skill: str) -> frozenset[str]:
    return frozenset() if skill == ANY_SKILL else frozenset({skill})


def _free(
    area_id: int, incident: incidents.Incident, at: datetime
) -> tuple[dict[frozenset[str], int], dict[frozenset[str], int]]:
    """Return skills -> free minutes and skills -> people of the next 24 hours: shifts less what is given already."""
    until = at + HANDS_AHEAD
    limits = workforce.limits_for(area_id=area_id, at=at, incident=incident)
    spans = workforce.availability(area_id=area_id, start=at, end=until)
    busy: Counter[int] = Counter()
    rows = Assignment.objects.filter(area_id=area_id, is_open=True, starts_at__lt=until, ends_at__gt=at)
    for responder_id, starts_at, ends_at in rows.values_list("responder_id", "starts_at", "ends_at"):
        busy[responder_id] += _minutes(max(starts_at, at), min(ends_at, until))
    supply: dict[frozenset[str], int] = defaultdict(int)
    people: dict[frozenset[str], int] = defaultdict(int)
    for person in workforce.list_responders(area_id=area_id):
        if person.pk not in spans:
            continue
        there = sum(_minutes(max(span.starts_at, at), min(span.ends_at, until)) for span in spans[person.pk].spans)
        free = max(0, min(there, limits.shift_min) - busy[person.pk])
        if free:
            supply[frozenset(person.skills or ())] += free
            people[frozenset(person.skills or ())] += 1
    return dict(supply), dict(people)


def _minutes(start: datetime, end: datetime) -> int:
    return max(0, int((end - start).total_seconds() // 60))


def _waiting(area_id: int, incident_id: int, at: datetime) -> list[tuple[frozenset[str], int]]:
    """Return the hands that open tasks of the next 24 hours still miss, one entry a set of skills."""
    rows = TaskHand.objects.filter(
        area_id=area_id,
        task__incident_id=incident_id,
        task__state="OPEN",
        task__window_starts_at__lt=at + HANDS_AHEAD,
        task__window_ends_at__gt=at,
    )
    taken = set(
        Assignment.objects.filter(
            area_id=area_id, is_open=True, task__state="OPEN", task__incident_id=incident_id
        ).values_list("task_id", "hand_index")
    )
    found: Counter[frozenset[str]] = Counter()
    for task_id, index, skills, minutes in rows.values_list("task_id", "index", "skills", "task__duration_min"):
        if (task_id, index) not in taken:
            found[frozenset(skills)] += minutes
    return sorted(found.items(), key=lambda entry: sorted(entry[0]))


def sealing_hands(
    *, area_id: int, incident_id: int, places: Sequence[tuple[str, UUID]], at: datetime
) -> list[dict[str, int]]:
    """Return for each place (kind, uuid) the minutes by skill that a HIGH level there would ask for in 24 hours.

    The same tasks as `follow_zones` opens: an explanation at the doors and guards around the clock. An entrance that
    is sealed already, or that an earlier place of the list seals, asks for nothing more.
    """
    if not places:
        return []
    sealed = set(sealed_entrances(area_id=area_id, incident_id=incident_id, at=at))
    entrances = community.list_entrances(area_id)
    asked = zone_work_rules(area_id=area_id, incident_id=incident_id, at=at)
    found = []
    for kind, uuid in places:
        new = {
            row.pk
            for row in entrances
            if row.pk not in sealed and uuid == {"ENTRANCE": row.uuid, "BUILDING": row.building.uuid}.get(kind)
        }
        sealed |= new
        hands = {"GUARD": len(new) * guard_minutes(at, asked), ANY_SKILL: len(new) * asked.notice_minutes.value}
        found.append({skill: minutes for skill, minutes in hands.items() if minutes})
    return found


def work_between(area_id: int, start: datetime, end: datetime) -> list[workforce.Demand]:
    """Return the hands of all tasks whose window touches the stretch: what a week of shifts is proposed from.

    Tasks that were cancelled or failed ask for nobody.
    """
    rows = TaskHand.objects.filter(area_id=area_id, task__window_starts_at__lt=end, task__window_ends_at__gt=start)
    rows = rows.exclude(task__state__in=["CANCELLED", "FAILED"])
    found = rows.values_list("task__window_starts_at", "task__window_ends_at", "task__duration_min", "skills")
    return [workforce.Demand(begin, until, minutes, tuple(skills)) for begin, until, minutes, skills in found]
