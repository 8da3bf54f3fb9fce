"""Times the pages of sampling as a grid leader, at 10,000 residents and 95,000 registrations.

    python -m benchmarks.bench_pages_sampling [times] [rounds]

The bar is 300 ms p95 for each page.
"""

from __future__ import annotations

import sys
import time
from statistics import quantiles

from benchmarks import fill

BAR_MS = 300.0


def main(times: int = 20, rounds: int = 10) -> int:
    """Fill, ask for each page `times` times, print the table; return 1 when a page misses the bar."""
    fill.setup()
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.urls import reverse

    settings.ALLOWED_HOSTS = ["*"]
    started = time.perf_counter()
    made = fill.fill(rounds=rounds)
    print(f"filled in {time.perf_counter() - started:.1f} s")
    client = Client()
    backend = "allauth.account.auth_backends.AuthenticationBackend"
    client.force_login(made.accounts["GRID_LEADER"], backend=backend)
    last = made.rounds[-1]
    pages = {
        "rounds": reverse("sampling:list"),
        "round": reverse("sampling:round", args=[last.uuid]),
        "still missing": reverse("sampling:missing", args=[last.uuid]),
        "at the door": reverse("sampling:home", args=[last.uuid]),
        "desk": reverse("sampling:desk", args=[last.uuid]) + f"?tube=R{len(made.rounds):02d}-00003",
    }
    missed = 0
    print(f"{'page':<16}{'status':>8}{'queries':>9}{'median ms':>11}{'p95 ms':>9}")
    for name, address in pages.items():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            status = client.get(address).status_code
        spent = []
        for _turn in range(times):
            begun = time.perf_counter()
            client.get(address)
            spent.append(1000 * (time.perf_counter() - begun))
        cuts = quantiles(spent, n=20)
        print(f"{name:<16}{status:>8}{len(queries):>9}{cuts[9]:>11.0f}{cuts[18]:>9.0f}")
        missed += cuts[18] > BAR_MS or status != 200
    print(f"bar {BAR_MS:.0f} ms: {'held' if not missed else 'MISSED'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(*(int(text) for text in sys.argv[1:3])))
