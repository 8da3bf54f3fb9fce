"""How long a search lasts, and how it tells where it stands."""

from collections.abc import Callable
from time import perf_counter

from tongxin.engines import planner

_TICK_S = 1.0
#: Before this share of its time the search is still hot: that nothing better came says nothing yet.
_COOL_FROM = 0.6
#: Once cool, a search that found nothing better for this share of all its moves is over.
_VAIN_SHARE = 0.35
#: The first answer takes up to this share of the bar.
_FIRST_SHARE = 10


class Pace:
    """The stop rule of a search of so many seconds, which ends sooner where nothing better comes. For one run.

    The seconds count from the first move on: loading the compiled search takes some, once a process.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._began_s = 0.0

    def __call__(self, progress: planner.Progress, /) -> bool:
        """Return True to stop."""
        share = self.share(progress)
        is_vain = progress.since_improved > _VAIN_SHARE * progress.iteration
        return share >= 1.0 or (share >= _COOL_FROM and progress.iteration > 0 and is_vain)

    def share(self, progress: planner.Progress) -> float:
        """Return how much of the run is over, from 0 to 1."""
        if progress.iteration == 0:
            self._began_s = progress.elapsed_s
            return 0.0 if self._seconds > 0 else 1.0
        return min(1.0, (progress.elapsed_s - self._began_s) / self._seconds)


class Watch:
    """Tells about once a second where a search stands, and learns by that whether to stop."""

    def __init__(self, seconds: float, tell: Callable[[int, planner.Objective | None], bool]) -> None:
        self._seconds, self._tell = seconds, tell
        self._told_at = -_TICK_S
        self._progress: planner.Progress | None = None
        self.is_cancelled = False

    def progress(self, progress: planner.Progress) -> None:
        """Take what the engine says."""
        self._progress = progress

    def cancelled(self) -> bool:
        """Tell whether to stop; asked often, answered from the database about once a second."""
        now = perf_counter()
        if now - self._told_at >= _TICK_S and self._progress is not None:
            self._told_at = now
            self.is_cancelled = self._tell(self._percent(self._progress), self._progress.best) or self.is_cancelled
        return self.is_cancelled

    def _percent(self, progress: planner.Progress) -> int:
        first = _FIRST_SHARE * progress.done / max(1, progress.total)
        if progress.done < progress.total or self._seconds <= 0:
            return int(first)
        return int(first + (95 - _FIRST_SHARE) * min(1.0, progress.elapsed_s / self._seconds))
