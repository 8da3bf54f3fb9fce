"""Settings of all tests: what a machine shared with others may not decide."""

import pytest
from hypothesis import HealthCheck, settings

# A slow draw says something about the neighbours of this machine, nothing about the code.
settings.register_profile("tongxin", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tongxin")

LONGEST_NAME = 60


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Name a value that cannot name its test by its argument; pytest counts those alike.

    Workers collect each for itself and have to find the same names: a file written at
    collection holds the second it was written in.
    """
    unnamable = isinstance(val, bytes) or (isinstance(val, str) and len(val) > LONGEST_NAME)
    return argname if unnamable else None
