"""The demo compound's ledgers as .xlsx, as messy as the ones that a real headquarters has on its first morning.

All three come from one population (see population.py): the same seed gives the same people in all of them, and files
with the same bytes. Each function returns what is really in the file, so that an import can be held against it.
"""

import random
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from tongxin.web.demo.compound import COMPOUND_NAME, make_site_plan
from tongxin.web.demo.mess import (
    CellValue,
    address_cell,
    date_cell,
    identity_cell,
    name_cell,
    phone_cell,
    wrong_identity,
    wrong_phone,
)
from tongxin.web.demo.names import draw_surname
from tongxin.web.demo.population import FULL_SIZE, Population, Resident, Responder, draw_population
from tongxin.web.demo.sheets import Sheet, explain, workbook
from tongxin.web.demo.truth import LedgerTruth, Recorder

__all__ = ["make_people", "make_responders", "make_site_plan", "make_special_care"]

WRONG_ID, WRONG_PHONE, DUPLICATE = 0.005, 0.005, 0.005
REPEAT_HEADER_EVERY = 200
_NO_NAME, _NO_PLACE = 3, 2
_SEX = {"M": "男", "F": "女"}

_BY_COLUMNS = (
    "序号",
    "户号",
    "姓名",
    "性别",
    "出生日期",
    "身份证号",
    "联系电话",
    "楼号",
    "单元",
    "房号",
    "与户主关系",
    "工作部门",
    "备注",
)
_BY_ADDRESS = (
    "序号",
    "姓名",
    "性别",
    "年龄",
    "身份证号码",
    "手机号码",
    "家庭住址",
    "与户主关系",
    "所在班级",
    "慢性病",
    "备注",
)
_RESPONDER = ("序号", "姓名", "性别", "身份", "手机号码", "所属部门", "借调至", "技能", "可服务时间", "住址", "备注")
_CARE = (
    "序号", "姓名", "性别", "年龄", "类别", "住址", "联系电话", "是否独居", "慢性病", "余药天数", "行动能力", "语言",
    "家属姓名", "家属电话", "备注",
)  # fmt: skip


def make_people(path: Path, seed: int, residents: int = FULL_SIZE) -> LedgerTruth:
    """This function will write the residents' ledger and tell what is in it.

    Two sheets of people: grids 1-3 with building, entrance and room in columns and the household merged over its rows,
    grids 4-6 with the address in one cell; both with titles, subtotals by building and repeated headers, before them
    an explanatory sheet. About 1 % of the rows have a wrong identity or phone number, 0.5 % are written twice, five
    cannot be taken at all (no name, no place). Raises ValueError for a size that draw_population refuses.
    """
    population = draw_population(seed, residents=residents)
    writer = _PeopleWriter(population)
    with workbook(path) as book:
        explain(book, _EXPLANATION)
        first = [person for person in population.residents if person.door.grid <= 3]
        second = [person for person in population.residents if person.door.grid > 3]
        writer.write(Sheet(book, "1-3网格", _BY_COLUMNS), first, is_split=True)
        writer.write(Sheet(book, "4-6网格", _BY_ADDRESS), second, is_split=False)
    return writer.recorder.truth(path)


def make_responders(path: Path, seed: int, residents: int = FULL_SIZE) -> LedgerTruth:
    """This function will write the ledger of those who serve: volunteers, medics and drivers, a sheet for each kind.

    The six grid leaders are volunteers whose note says N号网格网格长. All of them are residents of make_people.
    """
    population = draw_population(seed, residents=residents)
    rng = random.Random(f"{seed}-responders")
    recorder = Recorder()
    with workbook(path) as book:
        explain(book, ("本表由各部门报送，院指挥部汇总。", "身份分为志愿者、医护、司机三类；借调人员请写明借调去向。"))
        for kind, members in groupby(population.responders, key=lambda responder: responder.kind):
            sheet = Sheet(book, f"{kind}名单", _RESPONDER)
            recorder.nobody(sheet.name, range(2))
            sheet.title(f"{COMPOUND_NAME}疫情防控{kind}名单")
            sheet.header()
            for place, responder in enumerate(members, start=1):
                row = sheet.row(_responder_cells(rng, place, responder))
                person = responder.resident
                recorder.person(sheet.name, row, person.number, door=person.door.short, defects=frozenset())
    return recorder.truth(path)


def make_special_care(path: Path, seed: int, residents: int = FULL_SIZE) -> LedgerTruth:
    """This function will write the one-to-one ledger: 14 retired leaders, 17 academicians, 468 retired staff.

    In one sheet, under a line for each class as such ledgers have it, with a total at the end.
    """
    population = draw_population(seed, residents=residents)
    rng = random.Random(f"{seed}-care")
    recorder = Recorder()
    order = {"离退休院领导": 0, "院士": 1, "离退休职工": 2}
    people = sorted(population.special_care, key=lambda person: (order[person.care_class], person.number))
    with workbook(path) as book:
        explain(
            book,
            (
                "一对一台账：每位服务对象须有一名联络员和一名副联络员。",
                "本表涉及个人健康信息，仅限联络服务使用，严禁外传。",
            ),
        )
        sheet = Sheet(book, "一对一台账", _CARE)
        recorder.nobody(sheet.name, range(2))
        sheet.title(f"{COMPOUND_NAME}离退休人员一对一联络服务台账")
        sheet.header()
        place = 0
        for label, members in groupby(people, key=lambda person: person.care_class):
            listed = list(members)
            recorder.nobody(sheet.name, range(sheet.next, sheet.next + 1))
            sheet.title(f"{label}（{len(listed)}人）")
            for person in listed:
                place += 1
                row = sheet.row(_care_cells(rng, place, person))
                recorder.person(sheet.name, row, person.number, door=person.door.short, defects=frozenset())
        total = sheet.row(("合计", f"{len(people)}人"))
        recorder.nobody(sheet.name, range(total, total + 1))
    return recorder.truth(path)


def _responder_cells(rng: random.Random, place: int, responder: Responder) -> Sequence[CellValue]:
    person = responder.resident
    return (
        place,
        person.name,
        _SEX[person.sex],
        responder.kind,
        phone_cell(rng, person.phone),
        person.department,
        responder.seconded_to,
        "、".join(responder.skills),
        responder.window,
        address_cell(rng, person.door),
        f"{responder.grid_led}号网格网格长" if responder.grid_led else "",
    )


def _care_cells(rng: random.Random, place: int, person: Resident) -> Sequence[CellValue]:
    is_frail = person.age >= 85 and rng.random() < 0.5
    family = rng.random() < 0.8
    return (
        place,
        person.name,
        _SEX[person.sex],
        person.age,
        person.care_class,
        address_cell(rng, person.door),
        phone_cell(rng, person.phone),
        "是" if person.lives_alone else "否",
        person.illness,
        rng.randrange(2, 45) if person.illness else "",
        "行动不便" if is_frail else "自理",
        rng.choices(("普通话", "四川话", "上海话", "听力不佳，请大声"), weights=(80, 8, 6, 6))[0],
        f"{draw_surname(rng)}女士" if family else "",
        f"199001{person.number:05d}"[:11] if family else "",
        "",
    )


_EXPLANATION = (
    "填表说明",
    "一、本表由各网格长组织填报，以户为单位，逐人登记，不漏一户、不落一人。",
    "二、身份证号请按文本格式填写；暂无手机的老人、儿童可不填联系电话。",
    "三、住址按“楼号-单元-房号”填写，例如：18-1-302，也可写作18号楼1单元302。",
    "四、填报联系人：院办公室。",
)


class _PeopleWriter:
    """Writes residents into sheets, spoils some rows on purpose, and notes what it did."""

    def __init__(self, population: Population) -> None:
        self.recorder = Recorder()
        self._rng = random.Random(f"{population.seed}-people")
        self._plan = _plan_defects(random.Random(f"{population.seed}-defects"), population.residents)
        self._place = 0

    def write(self, sheet: Sheet, people: Sequence[Resident], *, is_split: bool) -> None:
        """This function will fill one sheet: titles, households by building, subtotals, and what was added later."""
        sheet.title(f"{COMPOUND_NAME}居民信息登记台账（{sheet.name}）")
        sheet.title("填报单位：院疫情防控指挥部办公室　　填报日期：2022年11月3日")
        sheet.header()
        self.recorder.nobody(sheet.name, range(3))
        since_header = 0
        for building, members in groupby(people, key=lambda person: person.door.building):
            listed = list(members)
            for _, family in groupby(listed, key=lambda person: person.household):
                since_header += self._household(sheet, list(family), is_split=is_split)
                if since_header >= REPEAT_HEADER_EVERY:
                    self._nobody(sheet, sheet.header())
                    since_header = 0
            subtotal = (
                ("小计", f"{building}号楼", f"{len(listed)}人")
                if is_split
                else ("小计", f"{building}号楼共{len(listed)}人")
            )
            self._nobody(sheet, sheet.row(subtotal))
            self._nobody(sheet, sheet.blank())
        again = [person for person in people if "duplicate" in self._plan.get(person.number, ())]
        for person in again:
            self._person(sheet, person, is_split=is_split, defects=frozenset({"duplicate"}))
        self._nobody(sheet, sheet.row(("合计", f"共{len(people) + len(again)}人")))

    def _nobody(self, sheet: Sheet, place: int) -> None:
        self.recorder.nobody(sheet.name, range(place, place + 1))

    def _household(self, sheet: Sheet, family: list[Resident], *, is_split: bool) -> int:
        first = sheet.next
        for person in family:
            defects = self._plan.get(person.number, frozenset()) - {"duplicate"}
            self._person(sheet, person, is_split=is_split, defects=frozenset(defects))
        if is_split:
            sheet.merge_down(first, sheet.next - 1, column=1, value=family[0].household)
        return len(family)

    def _person(self, sheet: Sheet, person: Resident, *, is_split: bool, defects: frozenset[str]) -> None:
        self._place += 1
        rng = self._rng
        name, is_traditional = name_cell(rng, person.name)
        if "no_name" in defects:
            name, is_traditional = "", False
        identity = (
            wrong_identity(rng, person.id_number) if "wrong_id" in defects else identity_cell(rng, person.id_number)
        )
        phone = wrong_phone(rng, person.phone) if "wrong_phone" in defects else phone_cell(rng, person.phone)
        cells = (
            self._split(person, (name, identity, phone), defects)
            if is_split
            else self._joined(person, (name, identity, phone), defects)
        )
        row = sheet.row((self._place, *cells))
        found = defects | ({"traditional"} if is_traditional else frozenset())
        self.recorder.person(sheet.name, row, person.number, door=person.door.short, defects=frozenset(found))

    def _split(self, person: Resident, texts: tuple[CellValue, ...], defects: frozenset[str]) -> Sequence[CellValue]:
        name, identity, phone = texts
        door = ("", "", "") if "no_place" in defects else (person.door.building, person.door.entrance, person.door.room)
        building = f"{door[0]}号楼" if door[0] and self._rng.random() < 0.3 else door[0]
        note = "补录" if "duplicate" in defects else ""
        return (
            "" if "no_place" in defects else person.household, name, _SEX[person.sex], date_cell(self._rng, person.birth_date),
            identity, phone, building, door[1], door[2], person.relation, person.department, note,
        )  # fmt: skip

    def _joined(self, person: Resident, texts: tuple[CellValue, ...], defects: frozenset[str]) -> Sequence[CellValue]:
        name, identity, phone = texts
        address = "" if "no_place" in defects else address_cell(self._rng, person.door)
        note = "补录" if "duplicate" in defects else ""
        return (
            name, _SEX[person.sex], person.age, identity, phone, address, person.relation, person.school_class,
            person.illness, note,
        )  # fmt: skip


def _plan_defects(rng: random.Random, residents: Sequence[Resident]) -> dict[int, frozenset[str]]:
    """Chooses who gets which defect: never two on one person, and at least one of each.

    Rows without a place are only in the second half of the compound: a sheet with merged cells fills the place in
    from the row above. Nobody who lacks a name or a place is written twice.
    """
    with_phone = [person.number for person in residents if person.phone]
    by_address = [person.number for person in residents if person.door.grid > 3]
    plan: dict[int, frozenset[str]] = {}

    def choose(pool: Sequence[int], count: int, defect: str) -> None:
        free = [number for number in pool if number not in plan]
        for number in rng.sample(free, min(count, len(free))):
            plan[number] = frozenset({defect})

    everybody = [person.number for person in residents]
    size = len(residents)
    choose(by_address, _NO_PLACE, "no_place")
    choose(everybody, _NO_NAME, "no_name")
    choose(everybody, max(1, round(size * WRONG_ID)), "wrong_id")
    choose(with_phone, max(1, round(size * WRONG_PHONE)), "wrong_phone")
    choose(everybody, max(1, round(size * DUPLICATE)), "duplicate")
    return plan
