"""Measure the bars: `make bench`, or `python -m benchmarks [name…]`. Tables go to docs/benchmarks/."""
