"""What would be if: each change does what it says, both answers keep every rule, and the numbers are those of the answers."""

from dataclasses import replace
from random import Random

import pytest

from tongxin.engines.planner import After, Hand, MaxIterations, Pin, ProblemError, Visit, Window, validate
from tongxin.engines.planner.tests import builders as make
from tongxin.engines.planner.whatif import Closed, Hotter, MorePeople, PersonOff, changed_problem, what_if


def crowded(count=6, *, skills="SAMPLING"):
    """Return more work of an hour than one medic can do in two hours and a half."""
    window = Window(0, 150)
    tasks = [
        make.task(f"t{k}", at="b", minutes=60, window=window, hands=(Hand(skills=frozenset(skills.split())),))
        for k in range(count)
    ]
    return make.problem(tasks, [make.person("p0", skills="SAMPLING"), make.person("p1", skills="GUARD")])


def more(count=1, *, skills="SAMPLING", place="b", windows=(make.DAY,)):
    return MorePeople(people=count, skills=frozenset(skills.split()), place=place, windows=windows)


@pytest.mark.parametrize(("count", "gained"), [(1, 2), (2, 4), (9, 4)])
def test_more_people_serve_more(count, gained):
    found = what_if(crowded(), [more(count)])
    assert len(found.before.unserved) == 4
    assert len(found.after.unserved) == 4 - gained
    assert (len(found.gained), found.lost, found.added) == (gained, (), ())
    assert found.after.people == found.before.people + count


@pytest.mark.parametrize("change", [more(skills="GUARD"), more(windows=(Window(600, 720),)), more(windows=())])
def test_people_without_the_skill_or_at_another_time_help_nothing(change):
    found = what_if(crowded(), [change])
    assert found.before.unserved == found.after.unserved
    assert found.gained == found.lost == ()


def test_somebody_off():
    found = what_if(crowded(), [PersonOff(responder="p0")])
    assert len(found.lost) == 2
    assert found.after.by_skill["SAMPLING"].served == 0
    assert found.before.by_skill["SAMPLING"].served == 120
    assert found.after.by_skill["SAMPLING"].total == 360


def test_who_is_off_is_in_no_pin_and_no_previous_plan_and_nobodys_face():
    pair = make.task("t", minutes=30, hands=(Hand(), Hand()), preferred=("p0", "p1"))
    problem = make.problem(
        [pair],
        [make.person("p0"), make.person("p1"), make.person("p2")],
        pins=(Pin(task="t", hand=0, responder="p0"),),
        previous=(Visit("t", 0, "p0", 60, 90), Visit("t", 1, "p1", 60, 90)),
    )
    changed, impossible = changed_problem(problem, [PersonOff(responder="p0")])
    assert (changed.pins, changed.previous, changed.tasks[0].preferred, impossible) == ((), (), ("p1",), ())
    assert {v.responder for v in what_if(problem, [PersonOff(responder="p0")]).answers[1].visits} == {"p1", "p2"}


@pytest.mark.parametrize(
    ("window", "closed", "left"),
    [
        ((0, 720), [(600, 800)], (0, 600)),
        ((0, 720), [(0, 100)], (100, 720)),
        ((0, 720), [(100, 200), (0, 90)], (200, 720)),
        ((0, 720), [(100, 200), (10, 20)], (20, 100)),
        ((0, 720), [(0, 720)], None),
        ((0, 720), [(20, 700)], None),
        ((0, 720), [(720, 900)], (0, 720)),
        ((0, 720), [], (0, 720)),
    ],
)
def test_the_window_that_is_left(window, closed, left):
    problem = make.problem([make.task("t", minutes=30, window=Window(*window))], [make.person()])
    change = Closed(tasks=frozenset({"t"}), windows=tuple(Window(*pair) for pair in closed))
    changed, impossible = changed_problem(problem, [change])
    if left is None:
        assert (changed.tasks, [task.id for task in impossible]) == ((), ["t"])
    else:
        assert changed.tasks[0].window == Window(*left)


def test_closed_hours_lose_what_has_no_other_time_and_what_waits_for_it():
    tasks = [
        make.task("late", minutes=30, window=Window(600, 720), priority=7),
        make.task("follows", minutes=30, after=(After(task="late"),)),
        make.task("other", minutes=30, window=Window(600, 720)),
    ]
    problem = make.problem(tasks, [make.person("p0"), make.person("p1")], previous=(Visit("late", 0, "p0", 620, 650),))
    found = what_if(problem, [Closed(tasks=frozenset({"late"}), windows=(Window(600, 1000),))])
    assert found.lost == ("follows", "late")
    assert found.after.unserved_priority == 8
    assert found.after.tasks == 3
    assert {visit.task for visit in found.answers[1].visits} == {"other"}


def test_a_locked_building_asks_for_its_own_and_for_more():
    guard = make.task("guard", at="b", minutes=120, hands=(Hand(skills=frozenset({"GUARD"})),))
    change = Hotter(places=frozenset({"b"}), zone=3, ppe_level=2, added=(guard,))
    changed, _ = changed_problem(crowded(2), [change])
    assert {(task.zone, task.ppe_level) for task in changed.tasks if task.id != "guard"} == {(3, 2)}
    found = what_if(crowded(2), [change])
    assert found.added == ("guard",)
    assert (found.before.tasks, found.after.tasks) == (2, 3)
    assert found.after.by_skill["GUARD"].total == 120


def test_who_may_not_enter_a_hot_place_does_not():
    problem = make.problem([make.task("t")], [make.person(highest_zone=2)])
    assert what_if(problem, [Hotter(places=frozenset({"b"}), zone=3, ppe_level=0)]).lost == ("t",)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (more(0), "people"),
        (more(-3), "people"),
        (more(place="nowhere"), "home_place"),
        (more(windows=(Window(5, 5),)), "availability"),
        (PersonOff(responder="nobody"), "responder"),
        (Hotter(places=frozenset({"x"}), zone=1, ppe_level=0), "places"),
        (Hotter(places=frozenset(), zone=1, ppe_level=0, added=(make.task("t0"),)), "tasks"),
        (Closed(tasks=frozenset({"x"}), windows=()), "tasks"),
    ],
    ids=["none", "negative", "place", "window", "person", "hot place", "twice", "task"],
)
def test_what_is_unknown_or_contradicts_itself_is_named(change, field):
    with pytest.raises(ProblemError) as error:
        what_if(crowded(), [change])
    assert field in error.value.field


def test_changes_are_made_one_after_the_other():
    found = what_if(crowded(), [more(2), PersonOff(responder="p0")])
    assert (len(found.gained), len(found.lost)) in {(2, 0), (3, 1), (4, 2)}


@pytest.mark.parametrize("seed", range(12))
def test_both_answers_keep_every_rule_on_wild_problems(seed):
    random = Random(seed)
    problem = make.wild(seed)
    people = [person.id for person in problem.responders]
    tasks = [task.id for task in problem.tasks]
    changes = [more(random.randint(1, 3), place=problem.places[0].id)]
    if people:
        changes.append(PersonOff(responder=random.choice(people)))
    if tasks:
        chosen = frozenset(random.sample(tasks, max(1, len(tasks) // 3)))
        changes.append(Closed(tasks=chosen, windows=(Window(200, 500),)))
    changes.append(Hotter(places=frozenset({problem.places[-1].id}), zone=2, ppe_level=1))
    found = what_if(problem, changes)
    changed, impossible = changed_problem(problem, changes)
    assert validate(problem, found.answers[0]) == []
    assert validate(changed, found.answers[1]) == []
    assert found.after.tasks == len(changed.tasks) + len(impossible)
    assert found.after.unserved == {item.task for item in found.answers[1].unserved} | {t.id for t in impossible}
    assert sum(share.total for share in found.after.by_area.values()) == found.after.tasks


def test_the_same_question_has_the_same_answer_and_each_run_its_own_stop_rule():
    made = []

    def stop():
        made.append(MaxIterations(2000))
        return made[-1]

    first, second = (what_if(crowded(), [more(1)], stop=stop) for _ in range(2))
    assert len(made) == 4
    assert (first.before, first.after, first.gained) == (second.before, second.after, second.gained)
    turned = replace(crowded(), tasks=tuple(reversed(crowded().tasks)))
    assert what_if(turned, [more(1)]).after.objective == what_if(crowded(), [more(1)]).after.objective
