"""How to search. What counts as good is part of the problem (``Weights``), so that an answer can be judged without it."""

from dataclasses import dataclass

from tongxin.engines.planner.stop import FIRST_ANSWER, StopRule


@dataclass(frozen=True, kw_only=True)
class SolveParameters:
    """Settings of one run.

    Parameters
    ----------
    seed
        Seed of everything random; the same problem, seed and iteration budget give the same answer.
    stop
        When to stop improving; the first answer is always completed.
    grid_min
        Step of the start times that are tried first; starts in between are used where a gap asks for them.
    candidates
        How many of the most promising people are examined exactly for each hand before more are looked at.
    relief_limit
        For how many unserved tasks (most important first) the smallest relief is looked for and verified.
    threads
        How many cores a search may use.
    bound_seconds
        Processor seconds to spend, after the search, on proving below what no plan can go; 0: no bound is asked for.
        A round of pricing that has begun is finished; for more than some 300 tasks little can be proven.
    """

    seed: int = 0
    stop: StopRule = FIRST_ANSWER
    grid_min: int = 5
    candidates: int = 2
    relief_limit: int = 50
    threads: int = 1
    bound_seconds: float = 0.0
