"""Fault runs: kill what can be killed, and count what was lost. `make faults`, `make faults SHORT=1`."""
