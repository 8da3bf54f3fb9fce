"""A compound of 10,000 invented people with an incident, ten rounds and 100,000 registrations, written in bulk.

For benchmarks of pages in any room. Call `setup()` first (a data folder of its own), then `fill()`.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

AT = datetime(2022, 11, 3, 0, 0, tzinfo=UTC)
BUILDINGS, ENTRANCES, FLOORS, ROOMS = 24, 3, 12, 4
FAMILY, GIVEN = "王李张刘陈杨黄赵吴周", ["晓岚", "子墨", "若溪", "明哲", "雨桐", "思远", "佳宁", "浩然"]
BATCH = 2000


@dataclass
class Filled:
    """What was made: ids for the pages that are measured, and accounts by role."""

    area_id: int
    incident: Any
    rounds: list[Any]
    accounts: dict[str, Any]


def setup() -> None:
    """Start Django on a fresh database in a folder that goes away with the process."""
    home = tempfile.mkdtemp(prefix="tongxin-bench-")
    os.environ["TONGXIN_HOME"] = home
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongxin.web.settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def fill(people: int = 10_000, rounds: int = 10) -> Filled:
    """Write everything and return it; the last round is half done, so that somebody is missing."""
    from tongxin.base import clock
    from tongxin.community.models import Compound
    from tongxin.incidents.models import Incident

    clock.set_now(AT + timedelta(days=rounds))
    Compound.objects.create(area_id=1, code="bench", name="示范院区", name_en="Sample compound")
    grids, dwellings = _places()
    persons = _people(people, dwellings)
    incident = Incident.objects.create(
        area_id=1, code="bench", title="bench", profile_id="covid-cn", opened_at=AT, opened_by="bench"
    )
    made = [_round(incident, number, persons, is_last=number == rounds) for number in range(1, rounds + 1)]
    return Filled(1, incident, made, _accounts(grids))


def _places() -> tuple[list[Any], list[Any]]:
    from tongxin.community.models import Building, Dwelling, Entrance, Grid

    grids = [Grid.objects.create(area_id=1, number=str(n), name=f"{n}号网格") for n in range(1, 7)]
    dwellings = []
    for number in range(1, BUILDINGS + 1):
        building = Building.objects.create(
            area_id=1, number=str(number), name=f"{number}号楼", grid=grids[number % 6], sort_key=f"{number:04d}"
        )
        for unit in range(1, ENTRANCES + 1):
            entrance = Entrance.objects.create(area_id=1, building=building, number=str(unit))
            for floor in range(1, FLOORS + 1):
                for room in range(1, ROOMS + 1):
                    text = f"{floor}{room:02d}"
                    dwellings.append(
                        Dwelling(
                            area_id=1,
                            entrance=entrance,
                            room=text,
                            floor=floor,
                            door=f"{number}-{unit}-{text}",
                            sort_key=f"{number:04d}-{unit:02d}-{floor:03d}{room:02d}",
                        )
                    )
    Dwelling.objects.bulk_create(dwellings, batch_size=BATCH)
    return grids, dwellings


def _people(count: int, dwellings: list[Any]) -> list[Any]:
    from tongxin.base import keys
    from tongxin.base.ids import new_uuid
    from tongxin.community.models import Person, Residence

    random = Random(7)
    uuids = [new_uuid() for _ in range(count)]
    keys.create_many(1, uuids)
    rows = []
    for number, uuid in enumerate(uuids):
        home = dwellings[number % len(dwellings)]
        building = home.entrance.building
        rows.append(
            Person(
                area_id=1,
                uuid=uuid,
                subject_uuid=uuid,
                name=random.choice(FAMILY) + random.choice(GIVEN),
                phone=f"199{number:08d}",
                phone_index=f"{number:032d}",
                birth_year=random.randint(1930, 2018),
                external_code=f"P{number:05d}",
                dwelling=home,
                entrance=home.entrance,
                building=building,
                grid=building.grid,
                sort_key=f"{home.sort_key}-{number:06d}",
            )
        )
    Person.objects.bulk_create(rows, batch_size=BATCH)
    Residence.objects.bulk_create(
        (Residence(area_id=1, person=row, dwelling=row.dwelling) for row in rows), batch_size=BATCH
    )
    return rows


def _round(incident: Any, number: int, people: list[Any], *, is_last: bool) -> Any:
    from tongxin.base.ids import new_uuid
    from tongxin.community.models import Compound
    from tongxin.sampling.models import Registration, RoundMember, SamplingRound, Tube

    opens_at = AT + timedelta(days=number - 1)
    round_ = SamplingRound.objects.create(
        area_id=1,
        incident=incident,
        number=number,
        kind="MASS",
        pool_size=10,
        opens_at=opens_at,
        closes_at=opens_at + timedelta(days=2 if is_last else 0, hours=10),
        places=[{"kind": "COMPOUND", "uuid": str(Compound.objects.get(area_id=1).uuid)}],
        state="OPEN" if is_last else "CLOSED",
        origin_kind="BENCH",
        origin_uuid=new_uuid(),
    )
    taken = people[: len(people) // 2] if is_last else people
    RoundMember.objects.bulk_create(
        (
            RoundMember(
                area_id=1,
                round=round_,
                person=row,
                grid_id=row.grid_id,
                entrance_id=row.entrance_id,
                state="DONE" if index < len(taken) else "DUE",
            )
            for index, row in enumerate(people)
        ),
        batch_size=BATCH,
    )
    tubes = [
        Tube(
            area_id=1,
            round=round_,
            code=f"R{number:02d}-{index:05d}",
            capacity=10,
            filled=10,
            desk=f"{index % 14}",
            state="CLOSED" if is_last else "RESULTED",
            opened_at=opens_at,
        )
        for index in range(-(-len(taken) // 10))
    ]
    Tube.objects.bulk_create(tubes, batch_size=BATCH)
    Registration.objects.bulk_create(
        (
            Registration(
                area_id=1,
                round=round_,
                tube=tubes[index // 10],
                seq=index % 10 + 1,
                person=row,
                grid_id=row.grid_id,
                entrance_id=row.entrance_id,
                sampled_at=opens_at + timedelta(seconds=3 * index),
                registered_at=opens_at + timedelta(seconds=3 * index),
                registered_by="bench",
                op_id=new_uuid(),
            )
            for index, row in enumerate(taken)
        ),
        batch_size=BATCH,
    )
    return round_


def _accounts(grids: list[Any]) -> dict[str, Any]:
    from tongxin.base.models import Account, RoleGrant

    found = {}
    for role, kind, scope_id in (
        ("COMMANDER", "AREA", 0),
        ("GRID_LEADER", "GRID", grids[1].pk),
        ("SAMPLER", "AREA", 0),
    ):
        account = Account.objects.create(username=role.lower())
        RoleGrant.objects.create(
            area_id=1, account=account, role=role, scope_kind=kind, scope_id=scope_id, starts_at=AT - timedelta(days=1)
        )
        found[role] = account
    return found
