"""A stop rule that counts processor seconds of this process."""

from dataclasses import dataclass, field
from time import process_time

from tongxin.engines.planner import Progress


@dataclass(slots=True)
class CpuTime:
    """Stop after so many processor seconds from the first time it is asked."""

    seconds: float
    _since: list[float] = field(default_factory=list)

    def share(self, progress: Progress, /) -> float:
        """Return how much of the time is used up."""
        if not self._since:
            self._since.append(process_time())
        return (process_time() - self._since[0]) / self.seconds

    def __call__(self, progress: Progress, /) -> bool:
        """Return True once it is."""
        return self.share(progress) >= 1.0
