"""Settings of all tests: what a machine shared with others may not decide."""

from hypothesis import HealthCheck, settings

# A slow draw says something about the neighbours of this machine, nothing about the code.
settings.register_profile("tongxin", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tongxin")
