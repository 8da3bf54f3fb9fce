"""Many problems on two Ray nodes: same answers, in order, and a node that is killed mid-run loses nothing."""

import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tongxin.engines.planner import (
    CompoundDay,
    ProblemError,
    Progress,
    Result,
    SolveParameters,
    compound_day,
    solve,
)
from tongxin.engines.planner.city import NoRay, plan_many_on_ray
from tongxin.engines.planner.tests.builders import person, problem, task

ray = pytest.importorskip("ray", reason="Ray is not installed (extra tongxin[city])")
cluster_utils = pytest.importorskip("ray.cluster_utils")

pytestmark = pytest.mark.slow
QUIET = SolveParameters(relief_limit=0)


@dataclass(frozen=True)
class Marked:
    """Stop at the first answer, after telling by a file that a problem is under way and dawdling there."""

    folder: Path
    seconds: float

    def __call__(self, progress: Progress, /) -> bool:
        (self.folder / f"{time.monotonic_ns()}").touch()
        time.sleep(self.seconds)
        return True


@pytest.fixture
def cluster():
    """Two nodes of one core each on this machine."""
    made = cluster_utils.Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 1, "include_dashboard": False, "object_store_memory": 100 * 2**20},
    )
    made.second = made.add_node(num_cpus=1, object_store_memory=100 * 2**20)
    made.wait_for_nodes()
    yield made
    ray.shutdown()
    made.shutdown()


def test_answers_come_in_order_and_nothing_is_lost_with_a_killed_node(cluster, tmp_path):
    days = [compound_day(CompoundDay(tasks=12 + k, responders=4, seed=k)) for k in range(5)]
    bad = problem([task(), task()], [person()])
    told, killed = [], []

    def done(k, _):
        told.append(k)
        if not killed:
            # both nodes have work now: the second one dies in the middle of it, without a word
            killed.append(cluster.second)
            cluster.remove_node(cluster.second, allow_graceful=False)

    answers = plan_many_on_ray(
        [*days, bad], address=cluster.address, parameters=QUIET, stop=Marked(tmp_path, 1.0), done=done
    )
    assert len(killed) == 1
    assert not killed[0].any_processes_alive()
    assert sorted(told) == list(range(6))
    for day, answer in zip(days, answers[:5], strict=True):
        assert isinstance(answer, Result)
        assert answer.visits == solve(day, parameters=QUIET).visits
    assert isinstance(answers[5], ProblemError)
    # more begun than problems: what ran on the dead node was run again
    assert len(list(tmp_path.iterdir())) > len(days)


def test_nothing_to_do_needs_no_cluster():
    assert plan_many_on_ray([], address="nowhere:1") == []


def test_a_cluster_that_does_not_answer_is_named():
    with pytest.raises(NoRay, match="localhost:1"):
        plan_many_on_ray([problem([task()], [person()])], address="localhost:1")
