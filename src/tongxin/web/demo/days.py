"""Further days of the demo."""

from typing import Any

from tongxin.web.demo.story import Story


def play_day(story: Story, number: int, progress: Any) -> None:
    raise NotImplementedError
