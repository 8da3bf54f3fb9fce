"""How long from a positive retest to the plan, and from the approved plan to tasks with names."""

import pickle
import sys
from typing import Any

from benchmarks import installation
from benchmarks.measuring import Sheet, Times, median, milliseconds, p95

RESIDENTS = 5000
DRAFTS, RUNS = 20, 5
DRAFT_BAR, ASSIGN_BAR = 1.0, 3.0


def _say(note: str) -> None:
    print(f"  filling: {note}", file=sys.stderr, flush=True)


def _story(residents: int) -> Any:
    home, is_filled = installation.begin("story")
    if is_filled:
        from tongxin.base import clock

        story = pickle.loads((home / "filled").read_bytes())
        clock.set_now(story.now)
        return story
    story = installation.tell_until_case(home, residents, say=_say)
    (home / "filled").write_bytes(pickle.dumps(story))
    return story


def _draft(story: Any) -> int:
    """Record each retest's positive result in turn, and take it back; return 1 when the bar is missed."""
    from django.db import transaction

    from tongxin.base import outbox
    from tongxin.hq import api as hq
    from tongxin.sampling import api as sampling
    from tongxin.web.demo import story as day

    sheet = Sheet(
        "plan",
        f"From a positive retest to the plan, {RESIDENTS:,} residents",
        ("step", "runs", "median", "p95", "processor time: median", "p95", "bar (p95)", ""),
    )
    at = story.go(13, 30)
    tubes = list(sampling.tubes_query(1, sampling.get_round(1, story.retest_round).pk))
    whole, alone, lines = Times(), Times(), []
    for number in range(DRAFTS + 1):
        with transaction.atomic():
            code = tubes[number % len(tubes)].code
            times = Times() if number == 0 else whole  # the first one loads what is loaded once
            with times.run():
                sampling.record_result(area_id=1, tube_code=code, value="POSITIVE", actor=day.ACTOR, at=at)
                outbox.deliver_all()
            plan = hq.current_plan(area_id=1, incident_id=story.incident.pk)
            assert plan is not None
            if number:
                alone.wall.append(plan.draft_ms / 1000)
                lines.append(len(hq.list_lines(plan)))
            transaction.set_rollback(True)
    for step, times, bar in (
        ("result recorded, all told, plan drafted", whole, DRAFT_BAR),
        ("draft alone", alone, DRAFT_BAR),
    ):
        cpu = [milliseconds(median(times.cpu)), milliseconds(p95(times.cpu))] if times.cpu else ["–", "–"]
        held = sheet.hold(step, p95(times.wall), bar, milliseconds)
        sheet.rows.append(
            (
                step,
                str(len(times.wall)),
                milliseconds(median(times.wall)),
                milliseconds(p95(times.wall)),
                *cpu,
                "1 s",
                held,
            )
        )
    sheet.notes.append(
        f"The plan has {min(lines)} to {max(lines)} lines. Each run starts from the same state (rolled back)."
    )
    return sheet.finish()


def _assign(story: Any) -> int:
    from django.db import transaction

    from tongxin.dispatch import api as dispatch
    from tongxin.web.demo import story as day

    sheet = Sheet(
        "assign",
        f"All tasks of the approved plan get names, {RESIDENTS:,} residents",
        ("run", "seconds", "processor seconds", "tasks", "people", "without hands", "hard rules broken", "bar", ""),
    )
    with transaction.atomic():
        day.confirm_case(story)
        day.approve_all(story)
        for number in range(RUNS):
            times = Times()
            with transaction.atomic():
                with times.run():
                    run = dispatch.assign(
                        area_id=1, incident_id=story.incident.pk, actor=day.ACTOR, at=story.now, trigger="BENCHMARK"
                    )
                transaction.set_rollback(True)
            broken = len(run.stats["violations"])
            held = sheet.hold("assign", times.wall[0], ASSIGN_BAR, milliseconds)
            if broken:
                sheet.missed.append(f"{broken} hard rules broken")
            sheet.rows.append(
                (
                    str(number + 1), f"{times.wall[0]:.2f}", f"{times.cpu[0]:.2f}", str(run.stats["tasks"]),
                    str(run.stats["people"]), str(len(run.unserved)), str(broken), "3 s, 0 broken", held,
                )
            )  # fmt: skip
        transaction.set_rollback(True)
    return sheet.finish()


def plan() -> int:
    """Measure the drafts and return 1 when the bar is missed."""
    return _draft(_story(RESIDENTS))


def assign() -> int:
    """Measure the planner's runs and return 1 when the bar is missed."""
    return _assign(_story(RESIDENTS))
