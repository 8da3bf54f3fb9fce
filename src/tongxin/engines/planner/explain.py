"""Why this person, why not that one, and what stands in the way of a task that nobody does."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tongxin.engines.planner.check import Contradiction, ProblemError, check_problem
from tongxin.engines.planner.codes import PauseKind, ReasonCode, Rule
from tongxin.engines.planner.compact import Compact, Person
from tongxin.engines.planner.cost import walking_of
from tongxin.engines.planner.fitting import Fitter, Wish, wishes_of
from tongxin.engines.planner.gaps import NEVER, Openings
from tongxin.engines.planner.problem import Problem, Visit, Window
from tongxin.engines.planner.ranking import Option, Ranking
from tongxin.engines.planner.result import Assignment, Binding, Pause, PersonLoad, Reason
from tongxin.engines.planner.route import legs_of
from tongxin.engines.planner.state import Move, State, new_state

ASSUMED = Wish()
# How many natural starts are looked at to say which rule keeps a free person from a task.
STARTS_LOOKED_AT = 4
_AS_GIVEN = Reason(code=ReasonCode.WHOLE_PLAN)
_UNSUITABLE = frozenset({Rule.SKILL, Rule.EXCLUDED, Rule.ZONE_COHORT})


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One person seen for one hand of a task: the rule that says no, or the numbers by which people are compared.

    ``rank`` counts from 1 among those who can; it is 0 for those who cannot.
    """

    responder: str
    rule: Rule | None
    rank: int
    numbers: dict[str, int]


def assignments_of(state: State) -> tuple[Assignment, ...]:
    """Return the visits with the reasons that were found when they were made, by person and start."""
    compact = state.compact
    moves = [(compact.tasks[task].id, move) for task, found in state.placed.items() for move in found]
    assignments = [
        Assignment(visit=visit_of(compact, task_id, move), reason=move.reason, runner_up=move.runner_up)
        for task_id, move in moves
    ]
    return tuple(sorted(assignments, key=lambda a: (a.visit.responder, a.visit.start_min, a.visit.task)))


def visit_of(compact: Compact, task_id: str, move: Move) -> Visit:
    """Return a move with ids instead of indices."""
    stop, person = move.stop, compact.people[move.person].responder
    return Visit(task_id, stop.hand, person.id, stop.start, stop.end, move.vehicle)


def bindings_of(fitter: Fitter, task: int) -> tuple[Binding, ...]:
    """Return which rules keep people from the scarcest hand of an unserved task.

    Rules that stop suitable people come first, the most common before the others; then what makes people unsuitable.
    """
    state, compact = fitter.state, fitter.compact
    if state.start_range(task) is None:
        return (Binding(rule=Rule.PRECEDENCE, responders=len(compact.people)),)
    scarcest: tuple[int, Counter[Rule]] | None = None
    for hand in range(len(compact.tasks[task].hands)):
        verdicts = _counted(fitter, task, hand)
        able = len(compact.people) - verdicts.total()
        if scarcest is None or able < scarcest[0]:
            scarcest = (able, verdicts)
    able, verdicts = scarcest or (0, Counter())
    if able:
        verdicts[Rule.VEHICLE_BUSY if _lacks_vehicle(state, task) else Rule.SYNC] = able
    ordered = sorted(verdicts.items(), key=lambda item: (item[0] in _UNSUITABLE, -item[1], item[0]))
    return tuple(Binding(rule=rule, responders=count) for rule, count in ordered)


def _lacks_vehicle(state: State, task: int) -> bool:
    return state.needs_vehicle(task) and len(state.compact.tasks[task].hands) == 1


def _counted(fitter: Fitter, task: int, hand: int) -> Counter[Rule]:
    """Return how many people each rule keeps from a hand."""
    desk = fitter.state.desk
    if desk is None:
        return Counter(rule for rule in _verdicts(fitter, task, hand).values() if rule is not None)
    counts = np.bincount(desk.verdicts(task, hand, _span(fitter, task, hand), fitter.wishes)).tolist()
    return Counter({rule: n for rule, n in zip(desk.rules, counts, strict=False) if rule is not None and n})


def _span(fitter: Fitter, task: int, hand: int) -> tuple[int, int]:
    """Return the first and last start that precedence and lags leave a hand, or its window when nothing is left."""
    what, start_range = fitter.compact.tasks[task], fitter.state.start_range(task)
    first, end = start_range if start_range is not None else (what.window.start_min, what.window.end_min)
    return first, end + hand * what.sync.max_lag_min


def _verdicts(fitter: Fitter, task: int, hand: int) -> dict[int, Rule | None]:
    """Return for every person the first rule that keeps them from a hand, None for those who can."""
    compact, desk = fitter.compact, fitter.state.desk
    first, end = _span(fitter, task, hand)
    if desk is not None:
        codes = desk.verdicts(task, hand, (first, end), fitter.wishes).tolist()
        return {person: desk.rules[code] for person, code in enumerate(codes)}
    what = compact.tasks[task]
    wish = fitter.wishes.get((task, hand), ASSUMED)
    verdicts: dict[int, Rule | None] = {p.index: _unsuitable(fitter, task, hand, p) for p in compact.people}
    if wish.person is not None:
        verdicts |= {p: Rule.PIN for p, rule in verdicts.items() if rule is None and p != wish.person}
    last = min(what.window.end_min, compact.problem.horizon_min) - what.hand_min(hand)
    opening = fitter.openings(task, hand, first, end)
    entry = _first_entries(opening)
    is_free = fitter.state.gaps.is_merely_free(
        who=np.ones(len(compact.people), dtype=np.bool_),
        node=compact.task_node[task],
        end_node=compact.task_end_node[task],
        length=what.hand_min(hand),
        first=first,
        last=last,
    )
    for person, rule in verdicts.items():
        if rule is not None:
            continue
        if person not in entry:
            verdicts[person] = _why_closed(fitter, task, hand, compact.people[person], last)
            if verdicts[person] is Rule.BUSY and is_free[person]:
                verdicts[person] = _rule_in_the_way(fitter, task, hand, compact.people[person], last)
        elif fitter.start_that_keeps_rules(task, hand, opening, entry[person]) is None:
            stop = compact.stop(task, hand, int(opening.first[entry[person]]))
            verdicts[person] = fitter.state.broken_by(compact.people[person], stop)
    return verdicts


def _first_entries(opening: Openings) -> dict[int, int]:
    """Return the entry with the earliest start of every person."""
    found: dict[int, int] = {}
    for k in np.argsort(opening.first, kind="stable").tolist():
        found.setdefault(int(opening.person[k]), k)
    return found


def _unsuitable(fitter: Fitter, task: int, hand: int, person: Person) -> Rule | None:
    what, who = fitter.compact.tasks[task], person.responder
    waives = fitter.wishes.get((task, hand), ASSUMED).waives
    if not what.hands[hand].skills <= who.skills and Rule.SKILL not in waives:
        return Rule.SKILL
    if who.id in what.excluded and Rule.EXCLUDED not in waives:
        return Rule.EXCLUDED
    if not who.lowest_zone <= what.zone <= who.highest_zone and Rule.ZONE_COHORT not in waives:
        return Rule.ZONE_COHORT
    return None


def _rule_in_the_way(fitter: Fitter, task: int, hand: int, person: Person, last: int) -> Rule:
    """Return the rule that closes a stretch in which a person is merely free, tried at its natural starts."""
    compact = fitter.compact
    minutes, node = compact.nodes.minutes, compact.task_node[task]
    opens = compact.tasks[task].window.start_min
    starts = {opens, last, *(start + minutes(person.home, node) for start, _ in person.windows)}
    starts |= {stop.end + minutes(stop.end_node, node) for stop in person.stops}
    for start in sorted(start for start in starts if opens <= start <= last)[:STARTS_LOOKED_AT]:
        rule = fitter.state.broken_by(person, compact.stop(task, hand, start))
        if rule is not None and rule not in (Rule.BUSY, Rule.TRAVEL, Rule.AVAILABILITY, Rule.PAST):
            return rule
    return Rule.BUSY


def _why_closed(fitter: Fitter, task: int, hand: int, person: Person, last: int) -> Rule:
    """Return why a suitable person has no free stretch: not there, not rested, or busy."""
    what, who = fitter.compact.tasks[task], person.responder
    length, opens = what.hand_min(hand), what.window.start_min
    if not any(min(end, last + length) - max(start, opens) >= length for start, end in person.windows):
        return Rule.AVAILABILITY
    is_off_duty = who.shift_started_min is None
    rested = (who.last_duty_end_min or -NEVER) + fitter.compact.limits.min_rest_min
    if is_off_duty and rested > last:
        return Rule.REST
    noon = fitter.compact.problem.first_midnight_min + fitter.compact.limits.morning_until_min
    if is_off_duty and who.worked_night and noon > last:
        return Rule.NIGHT_MORNING
    return Rule.PAST if fitter.compact.problem.now_min > last else Rule.BUSY


def loads_of(state: State) -> tuple[PersonLoad, ...]:
    """Return the load of everybody before and with the plan."""
    compact = state.compact
    return tuple(
        PersonLoad(
            responder=person.responder.id,
            before=person.responder.load_7d,
            after=person.load,
            walking_min=walking_of(compact, person, 1),
            visits=sum(stop.task >= 0 for stop in person.stops),
        )
        for person in compact.people
    )


def pauses_of(state: State) -> tuple[Pause, ...]:
    """Return the gaps that must stay empty because a limit on equipment or the order of zones counts on them."""
    found = [pause for person in state.compact.people for pause in _pauses(state.compact, person)]
    return tuple(sorted(found, key=lambda p: (p.responder, p.window.start_min, p.kind)))


def _pauses(compact: Compact, person: Person) -> Iterator[Pause]:
    limits, who = compact.limits, person.responder
    hottest, worn = who.hottest_zone, {ppe.level: who.ppe_worn_min > 0 for ppe in limits.ppe}
    for stop, leg in zip(person.stops, legs_of(compact, person, person.stops), strict=True):
        begins = leg[0] - leg[1]
        protocol = limits.exit_protocol_min
        if protocol is not None and leg[1] >= protocol:
            if stop.zone < hottest and hottest >= limits.zone_order_from:
                window = Window(begins, begins + protocol)
                yield Pause(responder=who.id, kind=PauseKind.EXIT_PROTOCOL, window=window)
            hottest = 0
        hottest = max(hottest, stop.zone)
        for ppe in limits.ppe:
            if leg[1] >= ppe.break_min and worn[ppe.level]:
                if stop.ppe >= ppe.level:
                    window = Window(begins, begins + ppe.break_min)
                    yield Pause(responder=who.id, kind=PauseKind.PPE_BREAK, window=window)
                worn[ppe.level] = False
            worn[ppe.level] = worn[ppe.level] or stop.ppe >= ppe.level


def explain_hand(problem: Problem, visits: Sequence[Visit], *, task: str, hand: int = 0) -> tuple[Candidate, ...]:
    """Compare everybody for one hand of a task, with all other visits of a plan left as they are.

    For a served task the hand is looked at in its own time; for an unserved one at any time in its window.

    Parameters
    ----------
    problem, visits
        The problem and the plan in question.
    task, hand
        The hand that is asked about.

    Returns
    -------
    tuple of Candidate
        Those who can do it first, best first; then the others with the rule that stops them, by id.

    Raises
    ------
    ProblemError
        The problem contradicts itself, or the task or hand does not exist.
    """
    check_problem(problem)
    compact = Compact(problem)
    index = compact.task_index.get(task)
    if index is None or not 0 <= hand < len(compact.tasks[index].hands):
        raise ProblemError("task", Contradiction.UNKNOWN_HAND)
    others = [visit for visit in visits if visit.task != task or visit.hand != hand]
    own = next((visit for visit in visits if visit.task == task and visit.hand == hand), None)
    ranking = Ranking(compact)
    fitter = Fitter(rebuild(compact, ranking, others), ranking)
    fitter.wishes = wishes_of(compact, problem.pins)
    wish = fitter.wishes.get((index, hand), ASSUMED)
    fitter.wishes[index, hand] = Wish(None, wish.start if own is None else own.start_min, wish.waives)
    verdicts = _verdicts(fitter, index, hand)
    busy = {visit.responder for visit in others if visit.task == task}
    for person in busy:
        verdicts[compact.person_index[person]] = Rule.DISTINCT_HANDS
    return tuple(_ranked(fitter, index, hand, verdicts))


def _ranked(fitter: Fitter, task: int, hand: int, verdicts: dict[int, Rule | None]) -> Iterator[Candidate]:
    compact, people = fitter.compact, fitter.compact.people
    what = compact.tasks[task]
    opening = fitter.openings(task, hand, what.window.start_min, what.window.end_min - what.hand_min(hand))
    entry = _first_entries(opening)
    options: list[Option] = []
    for person in (p for p, rule in verdicts.items() if rule is None):
        found = fitter.start_that_keeps_rules(task, hand, opening, entry[person])
        if found is not None:
            options.append(fitter.ranking.option(task, hand, person, *found))
    options.sort(key=lambda o: (o.late, o.spared, o.load_step, o.asked, o.walk, o.stranger, o.start, o.person))
    for rank, option in enumerate(options, 1):
        who = people[option.person].responder.id
        yield Candidate(responder=who, rule=None, rank=rank, numbers=option.numbers())
    for person, rule in sorted(verdicts.items()):
        if rule is not None:
            yield Candidate(responder=people[person].responder.id, rule=rule, rank=0, numbers={})


def rebuild(compact: Compact, ranking: Ranking, visits: Sequence[Visit]) -> State:
    """Return the state that holds these visits, put in as they are."""
    state = new_state(compact, ranking)
    by_task: dict[int, list[Visit]] = {}
    for visit in sorted(visits, key=lambda v: (v.task, v.hand)):
        by_task.setdefault(compact.task_index[visit.task], []).append(visit)
    for task, found in by_task.items():
        state.place(task, [_plain_move(compact, task, visit) for visit in found], is_last=False)
    state.catch_up()
    return state


def _plain_move(compact: Compact, task: int, visit: Visit) -> Move:
    person = compact.person_index[visit.responder]
    stop = compact.stop(task, visit.hand, visit.start_min)
    return Move(person=person, stop=stop, reason=_AS_GIVEN, vehicle=visit.vehicle)
