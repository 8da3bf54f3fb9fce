"""Many compounds on many machines: the same as ``plan_many``, over a Ray cluster (extra ``tongxin[city]``)."""

from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from socket import create_connection
from typing import Any

from tongxin.engines.planner.many import TRIES, Answer, WorkerLost, solve_one
from tongxin.engines.planner.parameters import SolveParameters
from tongxin.engines.planner.problem import Problem
from tongxin.engines.planner.solve import DEFAULTS
from tongxin.engines.planner.stop import StopRule

# A cluster keeps copies of what waits; so many problems a core wait there, the rest here.
_WAITING_PER_CORE = 4
_KNOCK_S = 5.0


class NoRay(RuntimeError):
    """Ray is not installed (extra ``tongxin[city]``): ``address`` is None; or no cluster answers at ``address``."""

    def __init__(self, address: str | None) -> None:
        super().__init__(
            "Ray is not installed: install tongxin[city]" if address is None else f"no Ray cluster answers at {address}"
        )
        self.address = address


def plan_many_on_ray(
    problems: Sequence[Problem],
    *,
    address: str,
    parameters: SolveParameters = DEFAULTS,
    stop: StopRule | None = None,
    done: Callable[[int, Answer], None] | None = None,
) -> list[Answer]:
    """Solve problems that have nothing to do with each other on the cores of a Ray cluster.

    Parameters
    ----------
    problems
        What is to be planned; answers come in the same order.
    address
        Where the cluster is, as Ray takes it (``10.0.0.1:6379``, ``auto``); ``local`` starts one on this machine.
        Each node needs this package of the same version.
    parameters, stop
        As in ``solve``, the same for all; a stop rule must be picklable.
    done
        Called in this process with the place and the answer of each problem as soon as it is there.

    Returns
    -------
    list
        For each problem its result, or the error why there is none. What ran on a worker or a node that died is run
        again elsewhere; a problem that takes down as many workers as ``plan_many`` allows becomes a ``WorkerLost``.

    Raises
    ------
    NoRay
        Ray is missing or the cluster does not answer.
    """
    if not problems:
        return []
    ray = connect(address)
    remote = ray.remote(num_cpus=1, max_retries=TRIES - 1)(solve_one)
    shared = ray.put((parameters, stop))
    most = max(1, int(ray.cluster_resources().get("CPU", 1))) * _WAITING_PER_CORE
    waiting: dict[Any, int] = {}
    answers: dict[int, Answer] = {}
    following = 0
    while len(answers) < len(problems):
        while following < len(problems) and len(waiting) < most:
            waiting[remote.remote(problems[following], shared)] = following
            following += 1
        ready, _ = ray.wait(list(waiting), num_returns=1)
        k = waiting.pop(ready[0])
        answers[k] = _answer(ray, ready[0], k)
        if done is not None:
            done(k, answers[k])
    return [answers[k] for k in range(len(problems))]


def connect(address: str) -> Any:
    """Join a cluster, or start one on this machine, unless this process has joined one; return Ray. Raises NoRay."""
    if find_spec("ray") is None:
        raise NoRay(None)
    ray = import_module("ray")
    if not ray.is_initialized():
        _knock(address)
        try:
            ray.init(address=address, log_to_driver=False, logging_level="ERROR")
        except (ConnectionError, ValueError, RuntimeError) as error:
            raise NoRay(address) from error
    return ray


def _knock(address: str) -> None:
    """Raise NoRay at once where nobody listens: Ray itself would try for minutes."""
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdigit():
        return
    try:
        with create_connection((host, int(port)), timeout=_KNOCK_S):
            return
    except OSError as error:
        raise NoRay(address) from error


def _answer(ray: Any, reference: Any, k: int) -> Answer:
    lost = (ray.exceptions.WorkerCrashedError, ray.exceptions.NodeDiedError, ray.exceptions.ObjectLostError)
    try:
        answer: Answer = ray.get(reference)
    except lost:
        return WorkerLost(f"problem {k} took {TRIES} workers down")
    return answer
