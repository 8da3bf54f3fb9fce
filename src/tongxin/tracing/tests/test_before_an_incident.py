"""The pages of a compound in which nothing has happened."""

from django.urls import reverse


def test_without_an_incident_the_pages_say_so(cast, drill_clock):
    tracer = cast.client("tracer")
    for name in ("investigations", "managed", "tests", "rules", "ledger"):
        assert "No incident is open" in tracer.get(reverse(f"tracing:{name}")).content.decode()
