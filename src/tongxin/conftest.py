"""The cast of the tests: one small compound, its officers and residents, all with invented names.

Fixtures build rows directly where a test's subject is a room above; every assertion goes through an api or a URL.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.test import Client, override_settings
from tests.staging import asked_by_all, from_stage, stage, staged  # noqa: F401 - fixtures among them

from tongxin.base import clock, crypto, keys, sessions
from tongxin.base.actors import Actor, ScopeKind
from tongxin.base.ids import new_uuid
from tongxin.base.models import Account, RoleGrant
from tongxin.community.models import (
    Building,
    Compound,
    Department,
    Dwelling,
    Entrance,
    Grid,
    Person,
    Residence,
    SpecialCare,
)
from tongxin.incidents.models import Incident, RuleSetInForce, WorkingGroup
from tongxin.incidents.profile_files import default_folder
from tongxin.workforce.models import Responder, Shift

AT = datetime(2022, 11, 3, 8, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
SURNAMES = "赵钱孙李周吴郑王冯陈"
GIVEN = ["晓岚", "子墨", "若溪", "明哲", "雨桐", "思远", "佳宁", "浩然"]


@pytest.fixture(scope="session")
def home_folder(tmp_path_factory) -> Path:
    """The data folder of this process's tests; the master key is made in it once."""
    home = tmp_path_factory.getbasetemp() / "home"
    home.mkdir(exist_ok=True)
    return home


@pytest.fixture(autouse=True)
def own_home(settings, home_folder, request) -> Iterator[None]:
    """Each test run has its own data folder (keys, uploads, clock)."""
    home = home_folder
    settings.TONGXIN_HOME = home
    settings.TONGXIN_FIGURES_SECONDS = 0  # a test looks at what it has just changed
    settings.WHITENOISE_AUTOREFRESH = True  # each test client would read the folder of static files anew
    keys.forget_cached()
    cache.clear()  # tries of one test must not count for the next, whose accounts have the same numbers
    yield
    (home / "clock-shift").unlink(missing_ok=True)
    keys.forget_cached()


@pytest.fixture(scope="session")
def stage_setting(home_folder) -> Callable[[pytest.FixtureRequest], AbstractContextManager[None]]:
    """In what shared rows are made: as in each test, the data folder, and the story's morning where all ask for it."""

    @contextmanager
    def setting(request: pytest.FixtureRequest) -> Iterator[None]:
        with override_settings(TONGXIN_HOME=home_folder, TONGXIN_FIGURES_SECONDS=0):
            keys.forget_cached()
            cache.clear()
            if asked_by_all(request, "drill_clock"):
                clock.set_now(AT.astimezone(UTC))
            yield
            Path(clock._shift_file()).unlink(missing_ok=True)
            keys.forget_cached()

    return setting


@pytest.fixture(scope="session")
def at() -> datetime:
    """The morning of 3 November 2022, 08:00 in Beijing."""
    return AT.astimezone(UTC)


@dataclass
class Area:
    """A compound of three buildings in two grids: 1 and 2 in grid 1, 3 in grid 2; 40 residents, one other compound."""

    area_id: int
    compound: Compound
    grids: list[Grid]
    buildings: list[Building]
    entrances: list[Entrance]
    dwellings: list[Dwelling]
    people: list[Person]
    departments: list[Department]
    by_door: dict[str, list[Person]] = field(default_factory=dict)


def _places(area_id: int) -> tuple[list[Grid], list[Building], list[Entrance], list[Dwelling]]:
    """Make the places with one statement a table: every test of the house pays for this."""
    grids = Grid.objects.bulk_create(Grid(area_id=area_id, number=str(n), name=f"{n}号网格") for n in (1, 2))
    buildings = Building.objects.bulk_create(
        Building(
            area_id=area_id,
            number=str(number),
            name=f"{number}号楼",
            grid=grid,
            floors=6,
            has_lift=False,
            x=60.0 * number,
            y=40.0,
            sort_key=f"{number:04d}",
        )
        for number, grid in ((1, grids[0]), (2, grids[0]), (3, grids[1]))
    )
    entrances = Entrance.objects.bulk_create(
        Entrance(area_id=area_id, building=building, number=str(number), x=building.x, y=building.y)
        for building in buildings
        for number in (1, 2)
    )
    dwellings = Dwelling.objects.bulk_create(
        Dwelling(
            area_id=area_id,
            entrance=entrance,
            room=f"{floor}0{room}",
            floor=floor,
            door=f"{entrance.building.number}-{entrance.number}-{floor}0{room}",
            sort_key=f"{int(entrance.building.number):04d}-{int(entrance.number):02d}-{floor:03d}0{room}",
        )
        for entrance in entrances
        for floor in (1, 2)
        for room in (1, 2)
    )
    return grids, buildings, entrances, dwellings


def new_person(area_id: int, index: int, dwelling: Dwelling, department: Department | None = None) -> Person:
    """Return one resident, not saved, with an invented name, phone and birth date."""
    uuid = new_uuid()
    name = SURNAMES[index % len(SURNAMES)] + GIVEN[index % len(GIVEN)]
    phone = f"1990000{index:04d}"
    return Person(
        area_id=area_id,
        uuid=uuid,
        subject_uuid=uuid,
        name=name,
        name_index=crypto.blind_index("name", name, area_id=area_id),
        sex="F" if index % 2 else "M",
        birth_year=1935 + index,
        birth_date=f"{1935 + index}-05-01",
        phone=phone,
        phone_index=crypto.blind_index("phone", f"+86{phone}", area_id=area_id),
        external_code=f"P{index:03d}",
        dwelling=dwelling,
        entrance=dwelling.entrance,
        building=dwelling.entrance.building,
        grid=dwelling.entrance.building.grid,
        sort_key=f"{dwelling.sort_key}-{index:03d}",
        department=department,
    )


def add_people(area_id: int, people: list[Person]) -> list[Person]:
    """Save people sealed under keys of their own, with where they live, in a handful of statements."""
    made = keys.create_many(area_id, [person.uuid for person in people])
    for person in people:
        person.__dict__["_data_key"] = made[person.uuid]
    Person.objects.bulk_create(people)
    for person in people:
        del person.__dict__["_data_key"]
    Residence.objects.bulk_create(
        Residence(area_id=area_id, person=person, dwelling=person.dwelling) for person in people
    )
    return people


def make_person(area_id: int, index: int, dwelling: Dwelling, department: Department | None = None) -> Person:
    """Make one resident."""
    return add_people(area_id, [new_person(area_id, index, dwelling, department)])[0]


def build_area(area_id: int, people: int = 40) -> Area:
    compound = Compound.objects.create(
        area_id=area_id, code=f"C{area_id}", name=f"示例院区{area_id}", name_en=f"Sample compound {area_id}"
    )
    grids, buildings, entrances, dwellings = _places(area_id)
    departments = Department.objects.bulk_create(
        [
            Department(area_id=area_id, kind="DEPARTMENT", name="综合办公室"),
            Department(area_id=area_id, kind="SCHOOL_CLASS", name="一年级一班"),
        ]
    )
    rows = add_people(
        area_id,
        [
            new_person(area_id, i, dwellings[i % len(dwellings)], departments[i % 2] if i % 5 == 0 else None)
            for i in range(people)
        ],
    )
    area = Area(area_id, compound, grids, buildings, entrances, dwellings, rows, departments)
    for person in rows:
        area.by_door.setdefault(person.dwelling.door, []).append(person)
    listed = ((0, "RETIRED_LEADER"), (1, "ACADEMICIAN"), (2, "RETIRED_STAFF"), (3, "RETIRED_STAFF"))
    SpecialCare.objects.bulk_create(
        SpecialCare(area_id=area_id, subject_uuid=rows[index].uuid, person=rows[index], code=code, starts_at=AT)
        for index, code in listed
        if index < people
    )
    return area


@staged
def area() -> Area:
    """The compound in which the stories happen (area 1)."""
    return build_area(1)


@staged
def other_area() -> Area:
    """A second compound of which nobody of the first may see anything (area 2)."""
    return build_area(2, people=8)


@staged
def incident(area: Area, at: datetime) -> Incident:
    """An open covid-cn incident of 3 November 2022 (9th edition in force)."""
    row = Incident.objects.create(
        area_id=area.area_id,
        code="2022-11",
        title="示例疫情",
        profile_id="covid-cn",
        opened_at=at,
        opened_by="commander",
    )
    for code, name, name_en in (
        ("COMMAND", "指挥部", "Command"),
        ("TRACING", "流调溯源组", "Tracing"),
        ("SAMPLING", "核酸检测组", "Sampling"),
        ("TRANSFER", "转运隔离组", "Transfer"),
        ("SUPPLIES", "物资保障组", "Supplies"),
        ("COMMUNITY", "社区防控组", "Community"),
        ("DOCUMENTS", "材料组", "Documents"),
        ("REAR", "综合保障组", "Rear support"),
    ):
        WorkingGroup.objects.create(area_id=area.area_id, incident=row, code=code, name=name, name_en=name_en)
    return row


ROLES: dict[str, tuple[str, ScopeKind, int | None]] = {
    "commander": ("COMMANDER", ScopeKind.AREA, None),
    "second_commander": ("COMMANDER", ScopeKind.AREA, None),
    "grid_leader_1": ("GRID_LEADER", ScopeKind.GRID, 0),
    "grid_leader_2": ("GRID_LEADER", ScopeKind.GRID, 1),
    "sampler": ("SAMPLER", ScopeKind.AREA, None),
    "medic": ("MEDIC", ScopeKind.OWN, None),
    "volunteer": ("VOLUNTEER", ScopeKind.OWN, None),
    "seconded": ("VOLUNTEER", ScopeKind.OWN, None),
    "tired": ("VOLUNTEER", ScopeKind.OWN, None),
    "caller": ("CALLER", ScopeKind.OWN, None),
    "tracer": ("TRACER", ScopeKind.AREA, None),
    "dispatcher": ("DISPATCHER", ScopeKind.AREA, None),
    "documents": ("DOCUMENTS", ScopeKind.AREA, None),
    "auditor": ("AUDITOR", ScopeKind.AREA, None),
    "system_admin": ("SYSTEM_ADMIN", ScopeKind.AREA, None),
    "security_admin": ("SECURITY_ADMIN", ScopeKind.AREA, None),
}


@dataclass
class Cast:
    """The people of the stories: accounts by name, actors, and responders for those who serve."""

    area: Area
    accounts: dict[str, Account]
    responders: dict[str, Responder]

    def actor(self, name: str, at: datetime = AT) -> Actor:
        return sessions.actor_for(self.accounts[name], at=at)

    def client(self, name: str) -> Client:
        """Return a browser in which `name` is signed in (English pages)."""
        client = Client(headers={"accept-language": "en"})
        client.force_login(self.accounts[name], backend="allauth.account.auth_backends.AuthenticationBackend")
        client.cookies["django_language"] = "en"
        return client


SERVING = {
    "medic": ("MEDIC", ["SAMPLING", "REGISTRATION"]),
    "volunteer": ("VOLUNTEER", ["REGISTRATION", "GUARD", "CARRY"]),
    "seconded": ("VOLUNTEER", ["REGISTRATION", "CALLS"]),
    "tired": ("VOLUNTEER", ["GUARD", "CARRY"]),
    "caller": ("STAFF", ["CALLS"]),
    "tracer": ("STAFF", ["TRACING", "CALLS"]),
}


def _responders(area: Area, accounts: dict[str, Account]) -> dict[str, Responder]:
    """Make those of the cast who serve, each with a shift of eight hours from the story's morning on."""
    rows = {}
    for index, (name, (kind, skills)) in enumerate(SERVING.items()):
        uuid = new_uuid()
        rows[name] = Responder(
            area_id=area.area_id,
            uuid=uuid,
            subject_uuid=uuid,
            account=accounts[name],
            code=name,
            name=SURNAMES[-1 - index] + "志愿",
            phone=f"1990001{index:04d}",
            kind=kind,
            skills=skills,
            department=area.departments[0],
            seconded_to=area.departments[0] if name == "seconded" else None,
            home_building=area.buildings[index % 3],
        )
    made = keys.create_many(area.area_id, [row.uuid for row in rows.values()])
    for row in rows.values():
        row.__dict__["_data_key"] = made[row.uuid]
    Responder.objects.bulk_create(rows.values())
    for row in rows.values():
        del row.__dict__["_data_key"]
    Shift.objects.bulk_create(
        Shift(area_id=area.area_id, responder=row, starts_at=AT, ends_at=AT + timedelta(hours=8))
        for row in rows.values()
    )
    return rows


@staged
def cast(area: Area) -> Cast:
    """Accounts of every role; `outsider` has a login and no grant; `other_commander` rules compound 2."""
    names = [*ROLES, "outsider", "other_commander"]
    made = Account.objects.bulk_create(Account(username=name) for name in names)
    accounts = dict(zip(names, made, strict=True))
    since = AT - timedelta(days=30)
    grants = [
        RoleGrant(
            area_id=area.area_id,
            account=accounts[name],
            role=role,
            scope_kind=scope.value,
            scope_id=area.grids[grid_index].pk if grid_index is not None else 0,
            starts_at=since,
        )
        for name, (role, scope, grid_index) in ROLES.items()
    ]
    abroad = RoleGrant(
        area_id=2, account=accounts["other_commander"], role="COMMANDER", scope_kind="AREA", starts_at=since
    )
    RoleGrant.objects.bulk_create([*grants, abroad])
    return Cast(area, accounts, _responders(area, accounts))


@pytest.fixture
def drill_clock(at: datetime) -> Iterator[Callable[[datetime], None]]:
    """Set the installation's clock to the story's morning; call it with another moment to move on."""
    clock.set_now(at)
    yield clock.set_now
    (Path(clock._shift_file())).unlink(missing_ok=True)


@pytest.fixture
def own_site(settings, tmp_path) -> Callable[..., None]:
    """Profiles of a site with values of its own; call it with (old, new) of what to replace in `site.toml`."""

    def write(*changes: tuple[str, str]) -> None:
        folder = tmp_path / "profiles"
        shutil.copytree(default_folder(), folder)
        text = (folder / "site.toml").read_text(encoding="utf-8")
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        (folder / "site.toml").write_text(text, encoding="utf-8")
        settings.TONGXIN_PROFILES = str(folder)

    return write


@pytest.fixture
def rule_set_twenty(incident: Incident) -> RuleSetInForce:
    """The twenty measures, ordered by headquarters from 11 November on."""
    return RuleSetInForce.objects.create(
        area_id=incident.area_id,
        incident=incident,
        rule_set_id="covid-cn-20m",
        starts_at=AT + timedelta(days=8),
        decided_by="commander",
    )
