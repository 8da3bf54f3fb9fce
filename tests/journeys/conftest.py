"""The cast of the rooms' tests, for stories that go through several rooms."""

from tongxin.conftest import *  # noqa: F403 - fixtures
