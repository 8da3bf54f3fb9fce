"""Kill the server over and over while phones send: `python -m faults.server_campaign`, by `faults` itself."""

import socket
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from benchmarks.bench_import import ledger
from django.conf import settings

from faults import checks, killing
from faults.phones import Phone, Rack, Told
from tongxin.base import accounts, clock, outbox
from tongxin.base.actors import Scope, system
from tongxin.base.models import QueueItem
from tongxin.community import api as community
from tongxin.incidents import api as incidents
from tongxin.sampling import api as sampling
from tongxin.sampling.events import ResultRecorded
from tongxin.web.cli.starting import server_arguments

AREA, ACTOR = 1, system("faults")
AT = datetime(2022, 11, 3, 7, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
LOGIN = ("sampler", "a-password-of-the-fault-run")
PHONES = 4
POOL = 10
_FEWEST = 60


def prepare(people: int, rounds: int) -> list[list[tuple[str, str]]]:
    """Open a compound, an incident and rounds; return the work of each phone: (round, person) pairs, no pair twice."""
    clock.set_now(AT)
    community.open_compound(area_id=AREA, code="F", name="示例院区", name_en="Sample", actor=ACTOR, at=AT)
    community.import_ledger(area_id=AREA, kind="people", content=ledger(people), actor=ACTOR, at=AT)
    account = accounts.make_account(area_id=AREA, username=LOGIN[0], password=LOGIN[1], actor=ACTOR, at=AT)
    accounts.grant_role(area_id=AREA, account=account, role="SAMPLER", actor=ACTOR, at=AT)
    incident = incidents.open_incident(
        area_id=AREA, code="F-1", title="示例", profile_id="covid-cn", actor=ACTOR, at=AT
    )
    uuids = [str(row.uuid) for row in community.people_query(area_id=AREA, scope=Scope(AREA, everything=True))]
    compound = community.get_compound(AREA)
    work: list[list[tuple[str, str]]] = [[] for _ in range(PHONES)]
    for number in range(rounds):
        opened = sampling.open_round(
            area_id=AREA,
            incident_id=incident.pk,
            kind="MASS",
            opens_at=AT,
            closes_at=AT + timedelta(hours=14),
            places=[{"kind": "COMPOUND", "uuid": str(compound.uuid)}],
            pool_size=POOL,
            origin_kind="faults",
            origin_uuid=UUID(int=number + 1),
            with_tasks=False,
            actor=ACTOR,
            at=AT,
        )
        for place, person in enumerate(uuids):
            work[place % PHONES].append((str(opened.uuid), person))
    outbox.deliver_all(ahead=timedelta(minutes=10))
    return work


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(*, kills: int, seed: int, broken: str, lease: float) -> dict[str, Any]:
    """Kill `kills` servers, let the phones finish at a last one, and return the counts and checks."""
    work = prepare(people=max(400, min(4000, kills * 30)), rounds=2)
    home, port, told, rack = Path(settings.TONGXIN_HOME), _free_port(), Told(), Rack()

    def launch() -> Any:
        target = server_arguments("127.0.0.1", port, target="faults.server_process:application")
        return killing.start(
            *target[1:], log=home / "server.log", FAULTS_LEASE=str(lease), FAULTS_BROKEN=broken, TONGXIN_QUEUE="thread"
        )

    phones = [
        Phone(port=port, login=LOGIN, work=iter(share), rack=rack, told=told, seed=seed + number)
        for number, share in enumerate(work)
    ]
    seen = [0]

    def is_working() -> bool:
        """Tell whether this server has acknowledged something: a kill before that proves little."""
        return len(told.receipts) > seen[0] or not any(phone.is_alive() for phone in phones)

    def launch_counted() -> Any:
        seen[0] = len(told.receipts)
        return launch()

    for phone in phones:
        phone.start()
    killing.campaign(launch_counted, kills=kills, seed=seed, is_ready=is_working)
    last = launch()
    try:
        # The story goes on until every check has something to look at.
        killing.wait_until(lambda: len(told.receipts) >= _FEWEST and "POSITIVE" in told.results.values(), seconds=120)
        for phone in phones:
            phone.stopped.set()
        unfinished = _finish(phones, seconds=120)
        killing.wait_until(_is_empty, seconds=120 + 10 * lease)
    finally:
        killing.kill(last)
    counts = {
        "kills": kills,
        "acknowledged": len(told.receipts),
        "results": len(told.results),
        "sent again after a kill": told.retried,
        "deliveries taken over": QueueItem.objects.filter(tries__gt=1).count(),
    }
    return {"counts": counts, "checks": [check.as_json() for check in _checks(told, unfinished)]}


def _finish(phones: list[Phone], *, seconds: float) -> int:
    deadline = threading.Event()
    timer = threading.Timer(seconds, deadline.set)
    timer.daemon = True
    timer.start()
    while any(phone.is_alive() for phone in phones) and not deadline.is_set():
        for phone in phones:
            phone.join(0.1)
    timer.cancel()
    return sum(phone.is_alive() for phone in phones)


def _checks(told: Told, unfinished: int) -> Iterator[checks.Check]:
    yield from checks.acknowledged(told.receipts)
    yield checks.results_kept(told.results)
    yield checks.Check("a repeat gets the same receipt", told.repeats, told.other_receipts)
    sent = len(told.receipts) + len(told.unexpected)
    yield checks.Check(
        "no retry is refused or forgotten", sent, len(told.unexpected) + unfinished, ", ".join(told.unexpected[:3])
    )
    yield from checks.tubes_hold()
    yield from checks.followed()
    yield from checks.chain_holds(AREA)
    yield from checks.delivered()
    yield checks.effects_once(ResultRecorded.KIND, ["result_heard"])
    yield from checks.database_is_sound()


def _is_empty() -> bool:
    return not QueueItem.objects.filter(state__in=["WAITING", "RUNNING"]).exists()
