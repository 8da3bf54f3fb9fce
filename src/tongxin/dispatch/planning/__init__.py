"""From tasks and people to a plan and back: the bridge to `engines.planner`."""
