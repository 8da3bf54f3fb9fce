"""Reads the ledger that a headquarters already has, and says of each row what it is.

Pure Python: no framework and no database. Nothing is imported here on purpose: the child
process that parses an upload imports this package and must start in a blink.
The way in: ``reader.read_upload`` -> ``layout.find_tables`` -> (the user may change a ``Mapping``)
-> ``planning.plan_rows`` -> ``duplicates.find_pairs`` -> ``mark.mark_upload``.
"""
