"""The compiled search, shared by all tests: loading it takes a third of a second once it has been compiled."""

import pytest

from tongxin.engines.planner import warm


@pytest.fixture(scope="session")
def compiled_search() -> None:
    """Compile the search, or load what set-up has compiled."""
    warm.compile_all()
