"""The search: one global order of tasks plus who does each hand, improved by numba-compiled moves."""
