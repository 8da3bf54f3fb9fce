"""Many problems in several processes: same answers, in order, and a dead worker loses nothing."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path

import pytest

from tongxin.engines.planner import (
    CompoundDay,
    ProblemError,
    Progress,
    Result,
    SolveParameters,
    WorkerLost,
    compound_day,
    plan_many,
    solve,
)
from tongxin.engines.planner.tests.builders import person, problem, task

QUIET = SolveParameters(relief_limit=0)


@dataclass(frozen=True)
class KillOnce:
    """Stop at the first answer; the first process that asks is killed, like one for which memory ran out."""

    mark: Path
    always: bool = False

    def __call__(self, progress: Progress, /) -> bool:
        if self.always or not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return True


def test_answers_come_in_order_and_are_those_of_one_process() -> None:
    days = [compound_day(CompoundDay(tasks=12 + k, responders=4, seed=k)) for k in range(3)]
    told: list[int] = []
    answers = plan_many(days, parameters=QUIET, processes=2, done=lambda k, _: told.append(k))
    assert sorted(told) == [0, 1, 2]
    for day, answer in zip(days, answers, strict=True):
        assert isinstance(answer, Result)
        assert answer.visits == solve(day, parameters=QUIET).visits


def test_a_bad_problem_spoils_no_other() -> None:
    good, bad = problem([task()], [person()]), problem([task(), task()], [person()])
    answers = plan_many([bad, good], processes=1)
    assert isinstance(answers[0], ProblemError)
    assert answers[0].field == "tasks[t]"
    assert isinstance(answers[1], Result)


def test_nothing_is_lost_when_a_worker_is_killed(tmp_path: Path) -> None:
    days = [problem([task(f"t{k}")], [person()]) for k in range(3)]
    answers = plan_many(days, stop=KillOnce(tmp_path / "killed"), processes=1)
    assert [answer.visits[0].task for answer in answers if isinstance(answer, Result)] == ["t0", "t1", "t2"]
    assert (tmp_path / "killed").exists()


@pytest.mark.slow
def test_a_problem_that_kills_every_worker_is_given_up(tmp_path: Path) -> None:
    answers = plan_many([problem([task()], [person()])], stop=KillOnce(tmp_path / "killed", always=True))
    assert isinstance(answers[0], WorkerLost)


def test_nothing_to_plan_gives_nothing() -> None:
    assert plan_many([]) == []
