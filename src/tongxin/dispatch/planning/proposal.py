"""A better plan as a difference: what a search may move, what it would change, and whether that still holds."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tongxin.dispatch.models import Assignment, Task
from tongxin.dispatch.planning.facts import Facts, by_uuid
from tongxin.dispatch.planning.problem import FREEZE_MIN, Posed, pose, visit_of
from tongxin.dispatch.planning.store import reason_json, runner_up_json
from tongxin.engines import planner
from tongxin.engines.planner.validate import Violation

#: So many minutes a dispatcher has to read a difference and to decide.
DECIDE_MIN = 10
#: What is wrong with a plan as it stands is no fault of what is proposed.
Known = frozenset[tuple[planner.Rule, str | None, str | None]]
Change = Mapping[str, Any]
HandKey = tuple[str, int]


class Stale(Exception):
    """What a proposal was made from changed meanwhile, or it breaks a rule by now; `rules` names those."""

    def __init__(self, rules: Iterable[str] = ()) -> None:
        self.rules = tuple(sorted(set(rules)))
        super().__init__(", ".join(self.rules))


@dataclass(frozen=True, slots=True)
class Asked:
    """What a search works on: the problem, and the plan in force as far as it can still be carried out."""

    facts: Facts
    posed: Posed
    in_force: tuple[planner.Visit, ...]


def pose_search(
    facts: Facts, *, is_fixed: Callable[[Assignment], bool], decide_min: int = 0, is_anew: bool = False
) -> Asked:
    """Return what a search works on; what `is_fixed` says is neither given to another person nor to another time.

    Pins of people, and what has started or starts soon, are kept by the problem itself. Nothing new begins within
    `decide_min` minutes: somebody has to read the difference first, and the plan has to hold for so long.
    With `is_anew` everything else is planned as if for the first time; without, the plan in force is moved little.
    """
    posed = pose(facts)
    problem = replace(posed.problem, now_min=decide_min)
    blamed = _blamed(planner.validate(problem, problem.previous))
    in_force = tuple(v for v in problem.previous if v.task not in blamed[0] and v.responder not in blamed[1])
    posed, problem, in_force = _without_overdue(posed, problem, in_force)
    problem = replace(problem, responders=tuple(_from_now(problem, person) for person in problem.responders))
    going = {(visit.task, visit.hand): visit for visit in in_force}
    pinned = {(pin.task, pin.hand) for pin in problem.pins}
    pins = []
    for key, row in posed.standing.items():
        visit = going.get(key)
        if visit is not None and key not in pinned and visit.start_min >= decide_min + FREEZE_MIN and is_fixed(row):
            pins.append(
                planner.Pin(task=visit.task, hand=visit.hand, responder=visit.responder, start_min=visit.start_min)
            )
    previous = problem.previous
    if is_anew:
        held = {pin.task for pin in (*problem.pins, *pins)}
        previous = tuple(v for v in previous if v.task in held or v.start_min < decide_min + FREEZE_MIN)
    whole = replace(posed, problem=replace(problem, pins=(*problem.pins, *pins), previous=previous))
    return Asked(facts, whole, in_force)


def _without_overdue(
    posed: Posed, problem: planner.Problem, in_force: tuple[planner.Visit, ...]
) -> tuple[Posed, planner.Problem, tuple[planner.Visit, ...]]:
    """Leave alone what should have begun already: its people are taken to be at it, and it is no task of the search."""
    begun = {visit.task for visit in in_force if visit.start_min < 0}
    if not begun:
        return posed, problem, in_force
    tasks = {task.id: task for task in problem.tasks}
    busy: dict[str, list[planner.Commitment]] = {}
    for visit in in_force:
        if visit.task in begun:
            task = tasks[visit.task]
            window = planner.Window(visit.start_min, visit.end_min)
            busy.setdefault(visit.responder, []).append(
                planner.Commitment(
                    id=f"{task.id}/{visit.hand}",
                    place=task.place,
                    window=window,
                    ppe_level=task.ppe_level,
                    zone=task.zone,
                )
            )
    rest = replace(
        problem,
        tasks=tuple(task for task in problem.tasks if task.id not in begun),
        responders=tuple(
            replace(person, commitments=_end_to_end([*person.commitments, *busy[person.id]]))
            if person.id in busy
            else person
            for person in problem.responders
        ),
        pins=tuple(pin for pin in problem.pins if pin.task not in begun),
        previous=tuple(visit for visit in problem.previous if visit.task not in begun),
    )
    standing = {key: row for key, row in posed.standing.items() if key[0] not in begun}
    return replace(posed, standing=standing), rest, tuple(v for v in in_force if v.task not in begun)


def _from_now(problem: planner.Problem, person: planner.Responder) -> planner.Responder:
    """Return a person whose work begins at minute 0: what lies before goes into how the person stands then.

    The search counts from minute 0 on. What is under way has already cost hours, equipment time and the zone order.
    """
    begun = [item for item in person.commitments if item.window.start_min < 0]
    if not begun:
        return person
    start = begun[0].window.start_min
    worked = 0 if person.shift_started_min is not None else -max(start, problem.first_midnight_min)
    equipped = [item for item in begun if any(item.ppe_level >= limit.level for limit in problem.limits.ppe)]
    return replace(
        person,
        commitments=tuple(
            replace(item, window=planner.Window(max(0, item.window.start_min), item.window.end_min))
            for item in person.commitments
            if item.window.end_min > 0
        ),
        shift_started_min=start if person.shift_started_min is None else person.shift_started_min,
        worked_today_min=person.worked_today_min + worked,
        worked_week_min=person.worked_week_min + worked,
        ppe_worn_min=person.ppe_worn_min + (-equipped[0].window.start_min if equipped else 0),
        hottest_zone=max(person.hottest_zone, *(item.zone for item in begun)),
    )


def _end_to_end(commitments: list[planner.Commitment]) -> tuple[planner.Commitment, ...]:
    """Return commitments in time order without overlaps: what comes later begins when the one before it ends."""
    found: list[planner.Commitment] = []
    for item in sorted(commitments, key=lambda c: (c.window.start_min, c.id)):
        start = max(item.window.start_min, found[-1].window.end_min) if found else item.window.start_min
        if item.window.end_min > start:
            found.append(replace(item, window=planner.Window(start, item.window.end_min)))
    return tuple(found)


def _blamed(violations: Iterable[Violation]) -> tuple[set[str], set[str]]:
    tasks, people = set(), set()
    for item in violations:
        if item.task is not None:
            tasks.add(item.task)
        elif item.responder is not None:
            people.add(item.responder)
    return tasks, people


def is_told(row: Assignment, *, given_since: datetime | None, longest: datetime) -> bool:
    """Tell whether a person counts on an assignment: begun, promised, pinned, or given before the newest answer.

    Whoever got it with the newest answer (`given_since`) has it on the phone for seconds only; what was given before
    `longest` was there for long enough to be read.
    """
    if row.is_pinned or row.state != Assignment.State.GIVEN:
        return True
    return given_since is None or row.given_at < given_since or row.given_at < longest


def differences(asked: Asked, assignments: Sequence[planner.Assignment]) -> list[dict[str, Any]]:
    """Return what an answer changes, hand by hand: before and after, each empty where there is nobody."""
    facts, posed = asked.facts, asked.posed
    people = by_uuid(facts.people.values())
    wanted = {(item.visit.task, posed.hand(item.visit.task, item.visit.hand)): item for item in assignments}
    found = []
    for key in sorted(wanted.keys() | posed.standing.keys()):
        item, row = wanted.get(key), posed.standing.get(key)
        after = {} if item is None else _after(facts, item, people[item.visit.responder].pk)
        if row is not None and item is not None:
            is_same_person = after["responder"] == row.responder_id
            if is_same_person and facts.minute(row.starts_at) == item.visit.start_min:
                continue
        found.append({"task": key[0], "hand": key[1], "before": _before(row), "after": after})
    return found


def _before(row: Assignment | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {
        "assignment": str(row.uuid),
        "responder": row.responder_id,
        "starts_at": row.starts_at.isoformat(),
        "ends_at": row.ends_at.isoformat(),
        "state": row.state,
        "reason": row.reason,
        "runner_up": row.runner_up,
    }


def _after(facts: Facts, item: planner.Assignment, responder_id: int) -> dict[str, Any]:
    return {
        "responder": responder_id,
        "starts_at": facts.moment(item.visit.start_min).isoformat(),
        "ends_at": facts.moment(item.visit.end_min).isoformat(),
        "reason": reason_json(item.reason),
        "runner_up": runner_up_json(item.runner_up),
    }


def reversed_changes(changes: Iterable[Change], standing: Mapping[HandKey, Assignment]) -> list[dict[str, Any]]:
    """Return the way back. Raises Stale where something of it has begun or is not as the change left it."""
    found = []
    for change in changes:
        row, after = standing.get((change["task"], change["hand"])), change["after"]
        if not _is_as(row, after) or (row is not None and row.state not in ("GIVEN", "ACCEPTED")):
            raise Stale
        found.append(
            {"task": change["task"], "hand": change["hand"], "before": _before(row), "after": change["before"]}
        )
    return found


def _is_as(row: Assignment | None, told: Mapping[str, Any]) -> bool:
    if row is None or not told:
        return row is None and not told
    starts_at = datetime.fromisoformat(told["starts_at"])
    return row.responder_id == told["responder"] and row.starts_at.replace(second=0, microsecond=0) == (
        starts_at.replace(second=0, microsecond=0)
    )


def changed_plan(
    facts: Facts, posed: Posed, changes: Sequence[Change], *, is_back: bool = False
) -> list[planner.Assignment]:
    """Return the plan in force with the changes made, judged by the validator.

    What starts soon is not moved, unless the change is the way back (`is_back`) to what it was moved from.

    Raises Stale where a hand is not as the change was made from (accepted, begun, moved, over), a person is gone, or
    a rule would be broken that the plan in force keeps.
    """
    standing = {key: row for key, row in posed.standing.items() if row.responder_id in facts.people}
    plan = {key: _kept(facts, posed, row) for key, row in standing.items()}
    before = [item.visit for item in plan.values()]
    for change in changes:
        key = (change["task"], change["hand"])
        row, told = posed.standing.get(key), change["before"]
        is_open = key[0] in posed.tasks and posed.tasks[key[0]].state != Task.State.STARTED
        is_open = is_open or key[1] in posed.missing.get(key[0], ())
        if not is_open or not _is_as(row, told) or (row is not None and row.state != told["state"]):
            raise Stale
        plan.pop(key, None)
        if change["after"]:
            plan[key] = _given(facts, posed, key, change["after"])
    known = frozenset(_named(planner.validate(posed.problem, before)))
    broken = _new(planner.validate(posed.problem, [item.visit for item in plan.values()]), known)
    if is_back:
        broken = [item for item in broken if item.rule is not planner.Rule.FREEZE]
    if broken:
        raise Stale(item.rule.value for item in broken)
    return list(plan.values())


def _named(violations: Iterable[Violation]) -> list[tuple[planner.Rule, str | None, str | None]]:
    return [(item.rule, item.task, item.responder) for item in violations]


def _new(violations: Iterable[Violation], known: Known) -> list[Violation]:
    return [item for item in violations if (item.rule, item.task, item.responder) not in known]


def _kept(facts: Facts, posed: Posed, row: Assignment) -> planner.Assignment:
    return planner.Assignment(visit=visit_of(facts, row), reason=planner.Reason(code=planner.ReasonCode.KEPT))


def _given(facts: Facts, posed: Posed, key: HandKey, after: Mapping[str, Any]) -> planner.Assignment:
    person = facts.people.get(after["responder"])
    task = next((task for task in posed.problem.tasks if task.id == key[0]), None)
    if person is None or task is None:
        raise Stale
    missing = posed.missing.get(key[0])
    hand = key[1] if missing is None else missing.index(key[1])
    start = facts.minute(datetime.fromisoformat(after["starts_at"]))
    visit = planner.Visit(key[0], hand, str(person.uuid), start, start + task.hand_min(hand))
    runner_up = after.get("runner_up") or {}
    return planner.Assignment(
        visit=visit,
        reason=_reason(after.get("reason") or {}),
        runner_up=planner.RunnerUp(responder=runner_up["responder"], numbers=_numbers(runner_up))
        if runner_up
        else None,
    )


def _reason(stored: Mapping[str, Any]) -> planner.Reason:
    try:
        code = planner.ReasonCode(str(stored.get("code", "")))
    except ValueError:
        code = planner.ReasonCode.WHOLE_PLAN
    return planner.Reason(code=code, numbers=_numbers(stored))


def _numbers(stored: Mapping[str, Any]) -> dict[str, int]:
    return {key: int(value) for key, value in stored.items() if key not in ("code", "responder")}
