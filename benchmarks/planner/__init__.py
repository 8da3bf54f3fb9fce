"""The planner against its bars: public instances, compounds' days, replanning."""
