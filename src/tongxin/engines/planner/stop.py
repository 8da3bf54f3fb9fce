"""When to stop: by time, by iterations, without improvement, or any mix of them."""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Protocol

from tongxin.engines.planner.result import Objective

if TYPE_CHECKING:
    from tongxin.engines.planner.search.anneal import Stand

ITERATIONS_PER_CYCLE = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where a run stands: handed to stop rules and to the progress callback.

    ``done`` and ``total`` count tasks while the first answer is built; afterwards ``done == total`` and
    ``iteration`` counts the moves that were tried.
    """

    iteration: int
    elapsed_s: float
    done: int
    total: int
    since_improved: int = 0
    best: Objective | None = None


class StopRule(Protocol):
    """Anything that looks at the progress and says whether to stop. It is only asked once a first answer exists."""

    def __call__(self, progress: Progress, /) -> bool:
        """Return True to stop."""
        ...


class _Combinable:
    def __call__(self, progress: Progress, /) -> bool:
        raise NotImplementedError

    def share(self, progress: Progress) -> float:
        """Return how much of the run is over, from 0 to 1: the search cools down with it."""
        raise NotImplementedError

    def __or__(self, other: StopRule) -> "Either":
        return Either(self, other)

    def __and__(self, other: StopRule) -> "Both":
        return Both(self, other)


@dataclass(frozen=True)
class MaxTime(_Combinable):
    """Stop after so many seconds of wall time."""

    seconds: float

    def __call__(self, progress: Progress, /) -> bool:
        """Return True once the time is up."""
        return progress.elapsed_s >= self.seconds

    def share(self, progress: Progress) -> float:
        """Return how much of the run is over, from 0 to 1."""
        return progress.elapsed_s / self.seconds if self.seconds > 0 else 1.0


@dataclass(frozen=True)
class MaxIterations(_Combinable):
    """Stop after so many iterations; with a seed this makes a run repeatable to the bit. 0: the first answer."""

    iterations: int

    def __call__(self, progress: Progress, /) -> bool:
        """Return True once the iterations are used up."""
        return progress.iteration >= self.iterations

    def share(self, progress: Progress) -> float:
        """Return how much of the run is over, from 0 to 1."""
        return progress.iteration / self.iterations if self.iterations > 0 else 1.0


@dataclass(frozen=True)
class NoImprovement(_Combinable):
    """Stop after so many iterations in a row without a better answer."""

    iterations: int

    def __call__(self, progress: Progress, /) -> bool:
        """Return True once nothing better has come for long enough."""
        return progress.since_improved >= self.iterations

    def share(self, progress: Progress) -> float:
        """Return how much of the run is over, from 0 to 1."""
        # The end is not known beforehand: the longer it lasts, the nearer it is.
        return progress.iteration / (progress.iteration + max(1, self.iterations))


@dataclass(frozen=True)
class Either(_Combinable):
    """Stop when one of two rules says so: ``MaxTime(5) | NoImprovement(10_000)``."""

    first: StopRule
    second: StopRule

    def __call__(self, progress: Progress, /) -> bool:
        """Return True when one of the two does."""
        return self.first(progress) or self.second(progress)

    def share(self, progress: Progress) -> float:
        """Return how much of the run is over, from 0 to 1."""
        return max(share_of(self.first, progress), share_of(self.second, progress))


@dataclass(frozen=True)
class Both(_Combinable):
    """Stop when two rules agree: ``MaxTime(1) & NoImprovement(1_000)``."""

    first: StopRule
    second: StopRule

    def __call__(self, progress: Progress, /) -> bool:
        """Return True when both do."""
        return self.first(progress) and self.second(progress)

    def share(self, progress: Progress) -> float:
        """Return how much of the run is over, from 0 to 1."""
        return min(share_of(self.first, progress), share_of(self.second, progress))


def share_of(rule: StopRule, progress: Progress) -> float:
    """Return how much of a run is over; a rule that cannot say makes the search cool and warm up again and again."""
    share = getattr(rule, "share", None)
    if share is not None:
        return min(1.0, float(share(progress)))
    return (progress.iteration % ITERATIONS_PER_CYCLE) / ITERATIONS_PER_CYCLE


def follow(stop: StopRule, *, total: int, progress: Callable[[Progress], None] | None) -> "Callable[[Stand], float]":
    """Return what the search of a public format asks how far it is, from 0 to 1; the clock starts now.

    ``progress`` is told what the first walker has done, without ``best``.
    """
    started = perf_counter()

    def how_far(stand: "Stand") -> float:
        now = Progress(
            iteration=stand.iteration,
            elapsed_s=perf_counter() - started,
            done=total,
            total=total,
            since_improved=stand.since_improved,
        )
        if progress is not None and stand.walker == 0:
            progress(now)
        return 1.0 if stop(now) else min(0.999, share_of(stop, now))

    return how_far


FIRST_ANSWER = MaxIterations(0)
