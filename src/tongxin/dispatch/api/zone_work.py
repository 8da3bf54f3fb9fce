"""What a sealed entrance needs of hands: an explanation at its doors and a guard around the clock.

How long a guard stands at a stretch, how far ahead posts are opened and when the explanation is due is in the profile
(`zone_work`). Guards stand outside the entrance.
"""

from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from tongxin.base import clock
from tongxin.base.actors import Actor
from tongxin.community import api as community
from tongxin.dispatch.api.tasks import cancel_tasks, list_tasks, open_tasks
from tongxin.dispatch.api.values import TaskDraft
from tongxin.dispatch.models import Task
from tongxin.dispatch.rules import TaskKind, guard_stretches
from tongxin.incidents import api as incidents

ORIGIN = "dispatch.zone"
#: Outcome of a guard's stretch that went by without a guard.
MISSED = "MISSED"
#: Guards stand outside, at the border of the zone: they do not become part of the hot cohort.
BORDER_RANK = 2


def follow_zones(*, area_id: int, incident_id: int, actor: Actor, at: datetime) -> dict[str, int]:
    """Open and cancel what the zone levels ask for, and return how many of each.

    For every entrance that a HIGH level of its own or its building holds: one explanation at the doors, and guards
    for the hours ahead that the profile names. Entrances that are free again lose the work that nobody has begun, and a
    stretch that is over without anybody having had it is taken off the board as missed: nobody can stand there
    yesterday. Safe to repeat: each task has its own origin.
    """
    sealed = sealed_entrances(area_id=area_id, incident_id=incident_id, at=at)
    entrances = {row.pk: row for row in community.list_entrances(area_id)}
    rules = zone_work_rules(area_id=area_id, incident_id=incident_id, at=at)
    drafts = [
        draft
        for entrance_id, zone in sealed.items()
        for draft in (_notice(entrance_id, zone, rules), *_guards(entrance_id, entrances[entrance_id].uuid, at, rules))
    ]
    opened = open_tasks(drafts, area_id=area_id, incident_id=incident_id, actor=actor, at=at)
    cancelled = 0
    ended = (("ZONE_LIFTED", _over(area_id, incident_id, set(sealed))), (MISSED, _missed(area_id, incident_id, at)))
    for reason, origins in ended:
        if origins:
            cancelled += cancel_tasks(
                area_id=area_id,
                incident_id=incident_id,
                origin_kind=ORIGIN,
                origin_uuids=origins,
                reason=reason,
                actor=actor,
                at=at,
            )
    return {"asked": len(opened), "cancelled": cancelled}


def sealed_entrances(*, area_id: int, incident_id: int, at: datetime) -> dict[int, incidents.ZoneLevel]:
    """Return entrance id -> the HIGH level of its own or its building that holds it."""
    return {
        entrance_id: zone
        for entrance_id, zone in incidents.levels_by_entrance(area_id, incident_id, at).items()
        if zone.canonical == "HIGH" and zone.place_kind in ("ENTRANCE", "BUILDING")
    }


def zone_work_rules(*, area_id: int, incident_id: int, at: datetime) -> incidents.ZoneWorkRules:
    """Return what a sealed entrance asks of hands by the profile of the day; its defaults before the first rule set."""
    incident = incidents.list_incidents(area_id).get(pk=incident_id)
    try:
        return incidents.rule_set_of(incident, clock.local_date(at)).zone_work
    except LookupError:
        return incidents.ZoneWorkRules()


def _stretches(at: datetime, rules: incidents.ZoneWorkRules) -> list[tuple[int, datetime, datetime]]:
    return guard_stretches(
        at, stretch=timedelta(hours=rules.guard_hours.value), ahead=timedelta(hours=rules.guard_ahead_hours.value)
    )


def guard_minutes(at: datetime, rules: incidents.ZoneWorkRules) -> int:
    """Return the minutes that one guarded entrance asks of hands in the time for which guards are opened."""
    stretches = _stretches(at, rules)
    return sum(int((end - start).total_seconds() // 60) for _slot, start, end in stretches)


def sealing_drafts(
    *, area_id: int, incident_id: int, building_id: int, at: datetime
) -> tuple[list[int], list[TaskDraft]]:
    """Return the entrances of a building, and the guards that `follow_zones` would open were it sealed now.

    Entrances that are sealed already ask for nothing more. Nothing is written.
    """
    sealed = sealed_entrances(area_id=area_id, incident_id=incident_id, at=at)
    rows = [row for row in community.list_entrances(area_id) if row.building_id == building_id]
    rules = zone_work_rules(area_id=area_id, incident_id=incident_id, at=at)
    drafts = [draft for row in rows if row.pk not in sealed for draft in _guards(row.pk, row.uuid, at, rules)]
    return [row.pk for row in rows], drafts


def _over(area_id: int, incident_id: int, sealed: set[int]) -> list[UUID]:
    """Origins of work at entrances that are not sealed any more."""
    kinds = (TaskKind.ZONE_GUARD.value, TaskKind.NOTIFY_DOOR.value)
    waiting = list_tasks(
        area_id=area_id,
        incident_id=incident_id,
        kinds=kinds,
        states=("OPEN", "ASSIGNED", "ACCEPTED"),
        origin_kind=ORIGIN,
    )
    return [task.origin_uuid for task in waiting if task.entrance_id not in sealed]


def _missed(area_id: int, incident_id: int, at: datetime) -> list[UUID]:
    """Origins of guards whose stretch is over and whom nobody ever was asked to be."""
    rows = Task.objects.filter(
        area_id=area_id,
        incident_id=incident_id,
        kind=TaskKind.ZONE_GUARD,
        origin_kind=ORIGIN,
        state=Task.State.OPEN,
        window_ends_at__lte=at,
    )
    return list(rows.values_list("origin_uuid", flat=True))


def _origin(*parts: object) -> UUID:
    return uuid5(NAMESPACE_URL, "tongxin:zone-work:" + ":".join(map(str, parts)))


def _notice(entrance_id: int, zone: incidents.ZoneLevel, rules: incidents.ZoneWorkRules) -> TaskDraft:
    due_at = zone.starts_at + timedelta(hours=rules.notice_hours.value)
    return TaskDraft(
        kind=TaskKind.NOTIFY_DOOR,
        origin_kind=ORIGIN,
        origin_uuid=_origin("notice", zone.uuid, entrance_id),
        entrance_id=entrance_id,
        # Counted from the level, not from this call: the same draft again is the same task.
        window_starts_at=zone.starts_at,
        window_ends_at=due_at,
        due_at=due_at,
        duration_min=rules.notice_minutes.value,
        priority=30,
        zone_rank=BORDER_RANK,
        ppe_level=1,
    )


def _guards(entrance_id: int, entrance_uuid: UUID, at: datetime, rules: incidents.ZoneWorkRules) -> list[TaskDraft]:
    return [
        TaskDraft(
            kind=TaskKind.ZONE_GUARD,
            origin_kind=ORIGIN,
            origin_uuid=_origin("guard", entrance_uuid, slot),
            entrance_id=entrance_id,
            window_starts_at=starts_at,
            window_ends_at=ends_at,
            due_at=ends_at,
            duration_min=int((ends_at - starts_at).total_seconds() // 60),
            priority=20,
            zone_rank=BORDER_RANK,
            ppe_level=1,
            hands=(("GUARD",),),
        )
        for slot, starts_at, ends_at in _stretches(at, rules)
    ]


def follow_all(*, area_id: int, actor: Actor, at: datetime) -> dict[str, int]:
    """Do the same for the open incident of a compound: guards of the next day are opened hour by hour."""
    incident = incidents.find_open_incident(area_id)
    if incident is None:
        return {"asked": 0, "cancelled": 0}
    return follow_zones(area_id=area_id, incident_id=incident.pk, actor=actor, at=at)
