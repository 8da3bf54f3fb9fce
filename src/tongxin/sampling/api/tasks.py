"""The work that a round brings: staffed tables, and pairs of hands at doors."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid5

from tongxin.base.actors import Actor
from tongxin.community import api as community
from tongxin.dispatch import api as dispatch
from tongxin.dispatch.api import TaskDraft
from tongxin.incidents import api as incidents
from tongxin.incidents.api import Incident, RuleSet
from tongxin.sampling import rules
from tongxin.sampling.api.listing import Listed
from tongxin.sampling.models import RoundMember, SamplingRound
from tongxin.workforce import api as workforce

MEMBER, DESK = "RoundMember", "SamplingDesk"
PAIR = (("SAMPLING",), ("REGISTRATION",))
_PRIORITY = {"RECALL": 60, "RISK": 40, "HOME": 20, "DESK": 30}
#: A table may open this much later than planned before its shift counts as not served.
_SLACK = timedelta(minutes=45)
_RISK = frozenset({"POOL_POSITIVE", "UNTRANSFERRED_RISK", "CONTACT", "SECONDARY_CONTACT", "ANTIGEN_POSITIVE"})


def capacity_of(rule_set: RuleSet, pool_size: int) -> rules.Capacity:
    return rules.Capacity(
        pool_size=pool_size,
        people_per_sampler=rule_set.rounds.people_per_sampler.value,
        people_per_table=rule_set.rounds.people_per_table.value,
        people_per_site=rule_set.rounds.people_per_site.value,
        longest_minutes=int(rule_set.people.ppe_hours.value * 60),
    )


def open_round_tasks(
    round_: SamplingRound,
    incident: Incident,
    listed: Sequence[Listed],
    members: Mapping[int, RoundMember],
    rule_set: RuleSet,
    *,
    actor: Actor,
    at: datetime,
) -> int:
    """This function will open the tasks of these people of a round and return how many there are."""
    starts_at = max(round_.opens_at, at)
    ends_at = max(round_.closes_at, starts_at + timedelta(minutes=rules.MINUTES_AT_DOOR))
    levels = incidents.levels_by_entrance(round_.area_id, incident.pk, at)
    ranks = {entrance_id: workforce.ZONE_RANKS.get(row.canonical, 0) for entrance_id, row in levels.items()}
    due = [person for person in listed if not person.is_exempt]
    drafts = [
        _door_draft(round_, person, members[person.person_id], ranks, starts_at=starts_at, ends_at=ends_at)
        for person in due
        if person.is_at_home
    ]
    if round_.kind == SamplingRound.Kind.MASS:
        desk = [person for person in due if not person.is_at_home]
        drafts += _desk_drafts(
            round_, desk, ranks, capacity_of(rule_set, round_.pool_size), starts_at=starts_at, ends_at=ends_at
        )
    return len(dispatch.open_tasks(drafts, area_id=round_.area_id, incident_id=incident.pk, actor=actor, at=at))


def _door_draft(
    round_: SamplingRound,
    person: Listed,
    member: RoundMember,
    ranks: Mapping[int, int],
    *,
    starts_at: datetime,
    ends_at: datetime,
) -> TaskDraft:
    is_recall = round_.kind == SamplingRound.Kind.RECALL
    is_risk = person.home_reason in _RISK
    return TaskDraft(
        kind="RECALL_SAMPLING" if is_recall else "HOME_SAMPLING",
        origin_kind=MEMBER,
        origin_uuid=member.uuid,
        params={"round_uuid": str(round_.uuid)},
        person_id=person.person_id,
        dwelling_id=person.dwelling_id,
        entrance_id=person.entrance_id,
        building_id=person.building_id,
        grid_id=person.grid_id,
        window_starts_at=starts_at,
        window_ends_at=ends_at,
        due_at=ends_at,
        duration_min=rules.MINUTES_AT_DOOR,
        priority=_PRIORITY["RECALL" if is_recall else "RISK" if is_risk else "HOME"],
        ppe_level=2 if is_recall or is_risk else 1,
        zone_rank=ranks.get(person.entrance_id or 0, 0),
        hands=PAIR,
    )


def _desk_drafts(
    round_: SamplingRound,
    people: Sequence[Listed],
    ranks: Mapping[int, int],
    capacity: rules.Capacity,
    *,
    starts_at: datetime,
    ends_at: datetime,
) -> list[TaskDraft]:
    by_grid: dict[int | None, list[Listed]] = defaultdict(list)
    for person in people:
        by_grid[person.grid_id].append(person)
    numbers = {grid.pk: grid.number for grid in community.list_grids(round_.area_id)}
    drafts = []
    for grid_id, mine in by_grid.items():
        label = numbers.get(grid_id or 0, "0")
        # the table stands before the building that most of its people come from
        building_id = Counter(person.building_id for person in mine).most_common(1)[0][0]
        rank = max((ranks.get(person.entrance_id or 0, 0) for person in mine), default=0)
        for shift in rules.desk_shifts(label, len(mine), capacity, starts_at=starts_at, ends_at=ends_at):
            ends = shift.starts_at + timedelta(minutes=shift.minutes) + _SLACK
            drafts.append(
                TaskDraft(
                    kind="SAMPLING_DESK",
                    origin_kind=DESK,
                    origin_uuid=uuid5(round_.uuid, f"{shift.desk}/{shift.number}"),
                    params={"round_uuid": str(round_.uuid), "desk": shift.desk, "people": shift.people},
                    building_id=building_id,
                    grid_id=grid_id,
                    window_starts_at=shift.starts_at,
                    window_ends_at=ends,
                    due_at=ends,
                    duration_min=shift.minutes,
                    priority=_PRIORITY["DESK"],
                    ppe_level=2,
                    zone_rank=rank,
                    hands=(("SAMPLING",),) * shift.samplers + (("REGISTRATION",),),
                )
            )
    return drafts


def cancel_door_tasks(
    round_: SamplingRound, member_uuids: Sequence[object], *, reason: str, actor: Actor, at: datetime
) -> int:
    """This function will take the visits at these people's doors off the lists."""
    return dispatch.cancel_tasks(
        area_id=round_.area_id,
        incident_id=round_.incident_id,
        origin_kind=MEMBER,
        origin_uuids=list(member_uuids),  # type: ignore[arg-type]
        reason=reason,
        actor=actor,
        at=at,
    )


def cancel_all_tasks(round_: SamplingRound, *, reason: str, actor: Actor, at: datetime) -> int:
    """This function will take everything of a round that has not started off the lists."""
    rows = RoundMember.objects.filter(area_id=round_.area_id, round=round_, is_at_home=True)
    count = cancel_door_tasks(round_, list(rows.values_list("uuid", flat=True)), reason=reason, actor=actor, at=at)
    desks = [
        task.origin_uuid
        for task in dispatch.list_tasks(
            area_id=round_.area_id, incident_id=round_.incident_id, kinds=["SAMPLING_DESK"], origin_kind=DESK
        )
        if task.params.get("round_uuid") == str(round_.uuid)
    ]
    return count + dispatch.cancel_tasks(
        area_id=round_.area_id,
        incident_id=round_.incident_id,
        origin_kind=DESK,
        origin_uuids=desks,
        reason=reason,
        actor=actor,
        at=at,
    )


def count_tasks(round_: SamplingRound) -> int:
    """This function will return how many tasks a round brought, in whatever state they are."""
    where: dict[str, Any] = {"area_id": round_.area_id, "incident_id": round_.incident_id}
    members = RoundMember.objects.filter(area_id=round_.area_id, round=round_, is_at_home=True)
    doors = dispatch.list_tasks(**where, origin_kind=MEMBER).filter(origin_uuid__in=members.values("uuid"))
    desks = dispatch.list_tasks(**where, origin_kind=DESK).filter(params__round_uuid=str(round_.uuid))
    return doors.count() + desks.count()
