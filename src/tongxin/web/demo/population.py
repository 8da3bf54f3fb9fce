"""Who lives in the demo compound: households with ages, work and needs, drawn from one seed."""

import random
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from tongxin.web.demo.compound import Door, buildings
from tongxin.web.demo.names import Numbers, draw_name, draw_surname

TODAY = date(2022, 11, 3)
LEADERS, ACADEMICIANS, RETIRED_STAFF = 14, 17, 468
VOLUNTEERS, MEDICS, DRIVERS = 120, 24, 6
FULL_SIZE = 5_000

DEPARTMENTS = (
    "院办公室", "人事处", "科研管理处", "财务处", "后勤保障处", "物业服务中心", "离退休工作处", "保卫处",
    "信息中心", "第一研究所", "第二研究所", "第三研究所", "院卫生所", "幼儿园",
)  # fmt: skip
_CLASSES = ("幼儿园中班", "一年级2班", "二年级1班", "三年级3班", "五年级1班", "初一4班", "初二2班")
_ILLNESSES = ("高血压", "糖尿病", "冠心病", "高血压、糖尿病", "慢阻肺", "脑梗后遗症")
# household: (weight, members as (relation, youngest, oldest)); a couple shares the surname of nobody.
_HOUSEHOLDS: tuple[tuple[int, tuple[tuple[str, int, int], ...]], ...] = (
    (9, (("户主", 66, 94),)),
    (16, (("户主", 62, 90), ("配偶", 60, 88))),
    (6, (("户主", 64, 88), ("配偶", 62, 86), ("子女", 30, 45))),
    (10, (("户主", 23, 45),)),
    (12, (("户主", 26, 45), ("配偶", 25, 44))),
    (28, (("户主", 31, 50), ("配偶", 29, 48), ("子女", 1, 20))),
    (9, (("户主", 34, 50), ("配偶", 32, 48), ("子女", 6, 18), ("子女", 0, 8))),
    (10, (("户主", 32, 48), ("配偶", 30, 46), ("子女", 1, 16), ("父母", 60, 82), ("父母", 60, 80))),
)


@dataclass(frozen=True, slots=True)
class Resident:
    """One invented person, as the ledgers would be if they were clean. `number` is the place in the roster from 1."""

    number: int
    name: str
    sex: str
    birth_date: date
    id_number: str
    phone: str
    door: Door
    household: int
    relation: str
    department: str = ""
    school_class: str = ""
    illness: str = ""
    lives_alone: bool = False
    care_class: str = ""

    @property
    def age(self) -> int:
        """This function will give the age in whole years on the day of the ledger."""
        return _age(self.birth_date)


@dataclass(frozen=True, slots=True)
class Responder:
    """A resident who serves: kind is 志愿者, 医护 or 司机."""

    resident: Resident
    kind: str
    seconded_to: str
    skills: tuple[str, ...]
    window: str
    grid_led: int = 0


@dataclass(frozen=True, slots=True)
class Population:
    seed: int
    residents: tuple[Resident, ...]
    responders: tuple[Responder, ...]
    special_care: tuple[Resident, ...] = field(default=())


def draw_population(seed: int, *, residents: int = FULL_SIZE) -> Population:
    """This function will draw the whole compound; the same seed and size give the same people.

    Below 5,000 residents the special list and the responders shrink in proportion. Raises ValueError below 50 (too few
    to staff) or above 60,000 (the numbers run out).
    """
    if not 50 <= residents <= 60_000:
        raise ValueError("The demo compound has 50 to 60,000 residents.")
    rng = random.Random(seed)
    people = _draw_households(rng, residents)
    people = _name_special_care(rng, people)
    responders = tuple(_draw_responders(rng, people))
    # A medic's department is the clinic in every ledger, not only in the one of those who serve.
    serving = {responder.resident.number: responder.resident for responder in responders}
    people = [serving.get(person.number, person) for person in people]
    return Population(
        seed=seed,
        residents=tuple(people),
        responders=responders,
        special_care=tuple(person for person in people if person.care_class),
    )


def _age(born: date) -> int:
    return TODAY.year - born.year - ((TODAY.month, TODAY.day) < (born.month, born.day))


def _share(count: int, residents: int) -> int:
    return max(1, round(count * min(residents, FULL_SIZE) / FULL_SIZE))


def _draw_households(rng: random.Random, residents: int) -> list[Resident]:
    numbers = Numbers(rng)
    doors = [door for building in buildings(residents=residents) for door in building.doors()]
    kinds = rng.choices([members for _, members in _HOUSEHOLDS], [weight for weight, _ in _HOUSEHOLDS], k=len(doors))
    sizes, total = [], 0
    for members in kinds:
        if total >= residents:
            break
        sizes.append(members[: residents - total])
        total += len(sizes[-1])
    if total < residents:
        raise ValueError("The compound has too few doors for its residents.")
    taken = sorted(rng.sample(doors, len(sizes)), key=lambda door: (door.building, door.entrance, door.room))
    people: list[Resident] = []
    for household, (door, members) in enumerate(zip(taken, sizes, strict=True), start=1):
        people += _draw_household(rng, numbers, (household, len(people)), door, members)
    return people


def _draw_household(
    rng: random.Random,
    numbers: Numbers,
    counted: tuple[int, int],
    door: Door,
    members: tuple[tuple[str, int, int], ...],
) -> list[Resident]:
    household, before = counted
    surname = draw_surname(rng)
    head_sex = rng.choice("MF") if len(members) == 1 else ("M" if rng.random() < 0.8 else "F")
    people = []
    for place, (relation, youngest, oldest) in enumerate(members):
        sex = _sex_of(rng, relation, head_sex, place)
        born = TODAY - timedelta(days=rng.randrange(youngest * 366 + 1, oldest * 365 + 364))
        age = _age(born)
        # A couple has two surnames; so have the two grandparents, the second being the first's wife.
        own = draw_surname(rng) if relation == "配偶" or (relation == "父母" and place == 4) else surname
        people.append(
            Resident(
                number=before + place + 1,
                name=draw_name(rng, surname=own, sex=sex, born=born),
                sex=sex,
                birth_date=born,
                id_number=numbers.identity(sex=sex, born=born),
                phone=numbers.phone() if age >= 12 and rng.random() < 0.94 else "",
                door=door,
                household=household,
                relation=relation,
                department=rng.choice(DEPARTMENTS) if 22 <= age < 60 and rng.random() < 0.6 else "",
                school_class=rng.choice(_CLASSES) if 4 <= age <= 14 else "",
                illness=rng.choice(_ILLNESSES) if age >= 60 and rng.random() < 0.45 else "",
                lives_alone=len(members) == 1 and age >= 60,
            )
        )
    return people


def _sex_of(rng: random.Random, relation: str, head_sex: str, place: int) -> str:
    if relation == "户主":
        return head_sex
    if relation == "配偶":
        return "F" if head_sex == "M" else "M"
    if relation == "父母":
        return "M" if place == 3 else "F"
    return rng.choice("MF")


def _name_special_care(rng: random.Random, people: list[Resident]) -> list[Resident]:
    """Puts 14 + 17 + 468 retired people on the one-to-one list (fewer in a smaller compound)."""
    elders = [person for person in people if person.age >= 60]
    rng.shuffle(elders)
    classes: dict[int, str] = {}
    for label, count, oldest_first in (
        ("离退休院领导", LEADERS, True),
        ("院士", ACADEMICIANS, True),
        ("离退休职工", RETIRED_STAFF, False),
    ):
        free = [person for person in elders if person.number not in classes]
        if oldest_first:
            free = [person for person in free if person.age >= 66]
        for person in free[: _share(count, len(people))]:
            classes[person.number] = label
    return [replace(person, care_class=classes.get(person.number, "")) for person in people]


def _draw_responders(rng: random.Random, people: list[Resident]) -> list[Responder]:
    able = [person for person in people if 20 <= person.age < 58 and person.phone and person.department]
    rng.shuffle(able)
    windows = ("每天08:00-16:00", "每天14:00-22:00", "每天08:00-21:00", "工作日18:00-22:00", "周末08:00-20:00")
    talents = (
        ("登记", "搬运"),
        ("值守", "搬运"),
        ("电话联络",),
        ("登记", "值守"),
        ("流调", "电话联络"),
        ("消杀", "搬运"),
    )
    found: list[Responder] = []
    for kind, count in (("志愿者", VOLUNTEERS), ("医护", MEDICS), ("司机", DRIVERS)):
        for place in range(min(_share(count, len(people)), len(able))):
            person = able.pop()
            skills = {"志愿者": rng.choice(talents), "医护": ("采样", "登记"), "司机": ("驾驶", "搬运")}[kind]
            if kind == "医护":
                person = replace(person, department="院卫生所")
            away = rng.random() < 0.2 and kind == "志愿者"
            found.append(
                Responder(
                    resident=person,
                    kind=kind,
                    seconded_to=rng.choice(("转运隔离组", "物资保障组", "核酸检测组", "流调溯源组")) if away else "",
                    skills=skills,
                    window=rng.choice(windows[:3]) if kind != "志愿者" else rng.choice(windows),
                    grid_led=place + 1 if kind == "志愿者" and place < 6 else 0,
                )
            )
    return found
