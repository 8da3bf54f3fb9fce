"""The demo's ledgers: who is in them, what is wrong in them on purpose, and that the importer reads all of it."""

import json
import random
from collections import Counter
from datetime import date
from pathlib import Path

import openpyxl
import phonenumbers
import pytest

from tongxin.community.importing.identity import check_character, read_identity
from tongxin.community.importing.layout import find_tables
from tongxin.community.importing.planning import plan_rows
from tongxin.community.importing.reader import read_upload
from tongxin.community.importing.shapes import Fate, ImportKind, ParsedRow
from tongxin.web.demo import ledgers
from tongxin.web.demo.compound import Door, buildings
from tongxin.web.demo.mess import address_cell, identity_cell, phone_cell, wrong_identity, wrong_phone
from tongxin.web.demo.names import NEVER_ASSIGNED_COUNTY, TRADITIONAL, identity_number
from tongxin.web.demo.population import TODAY, Population, draw_population
from tongxin.web.demo.truth import LedgerTruth

SEED, SMALL = 11, 400
MAKERS = {
    ImportKind.PEOPLE: ledgers.make_people,
    ImportKind.RESPONDERS: ledgers.make_responders,
    ImportKind.SPECIAL_CARE: ledgers.make_special_care,
}


@pytest.fixture(scope="module")
def whole() -> Population:
    return draw_population(SEED)


@pytest.fixture(scope="module")
def small() -> Population:
    return draw_population(SEED, residents=SMALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ledgers")


@pytest.fixture(scope="module")
def truths(folder: Path) -> dict[ImportKind, LedgerTruth]:
    return {kind: make(folder / f"{kind.name}.xlsx", SEED, SMALL) for kind, make in MAKERS.items()}


def read_rows(path: Path, kind: ImportKind) -> dict[tuple[str, int], ParsedRow]:
    book = read_upload(path.read_bytes())
    rows = plan_rows(book, find_tables(book, kind=kind), kind=kind, today=TODAY)
    return {(row.sheet, row.row): row for row in rows}


# --- the people -------------------------------------------------------------------------------------------------------


def test_compound_has_the_size_of_the_story(whole):
    assert len(whole.residents) == 5_000
    assert [person.number for person in whole.residents] == list(range(1, 5_001))
    assert Counter(person.care_class for person in whole.special_care) == {
        "离退休院领导": 14,
        "院士": 17,
        "离退休职工": 468,
    }
    assert Counter(responder.kind for responder in whole.responders) == {"志愿者": 120, "医护": 24, "司机": 6}


def test_households_are_plausible(whole):
    sizes = Counter(Counter(person.household for person in whole.residents).values())
    assert 2.2 <= 5_000 / sum(sizes.values()) <= 2.9
    assert set(sizes) <= {1, 2, 3, 4, 5}
    heads = Counter(person.household for person in whole.residents if person.relation == "户主")
    assert set(heads.values()) == {1}
    doors = {person.household: person.door for person in whole.residents}
    assert len(set(doors.values())) == len(doors), "two households behind one door"
    for person in whole.residents:
        assert doors[person.household] == person.door


def test_ages_fit_roles(whole):
    assert all(0 <= person.age <= 95 for person in whole.residents)
    assert 0.15 <= sum(person.age >= 60 for person in whole.residents) / 5_000 <= 0.35
    assert all(person.age >= 60 for person in whole.special_care)
    assert all(20 <= responder.resident.age < 58 and responder.resident.phone for responder in whole.responders)
    assert all(4 <= person.age <= 14 for person in whole.residents if person.school_class)
    assert {person.age >= 60 for person in whole.residents if person.lives_alone} == {True}


def test_responders_live_here_serve_once_and_some_are_seconded(whole):
    known = {person.number: person for person in whole.residents}
    assert all(known[responder.resident.number] == responder.resident for responder in whole.responders)
    assert len({responder.resident.number for responder in whole.responders}) == 150
    assert 8 <= sum(bool(responder.seconded_to) for responder in whole.responders) <= 45
    assert sorted(responder.grid_led for responder in whole.responders if responder.grid_led) == [1, 2, 3, 4, 5, 6]
    assert all("驾驶" in responder.skills for responder in whole.responders if responder.kind == "司机")
    assert all("采样" in responder.skills for responder in whole.responders if responder.kind == "医护")


def test_identity_numbers_pass_every_check_and_belong_to_nobody(whole):
    numbers = [person.id_number for person in whole.residents]
    assert len(set(numbers)) == 5_000
    for person in whole.residents[::7]:
        read = read_identity(person.id_number, today=TODAY)
        assert (read.trouble, read.birth_date, read.sex[0]) == ("", person.birth_date, person.sex)
        assert person.id_number[2:6] == NEVER_ASSIGNED_COUNTY


@pytest.mark.parametrize(
    ("area", "born", "order", "number"),
    # The two examples that GB 11643-1999 itself prints.
    [
        ("110105", date(1949, 12, 31), 2, "11010519491231002X"),
        ("440524", date(1880, 1, 1), 1, "440524188001010014"),
    ],
)
def test_check_character_of_the_standard(area, born, order, number):
    assert identity_number(area, born, order) == number
    assert check_character(number[:17]) == number[17]


def test_phones_are_valid_and_given_once(whole):
    phones = [person.phone for person in whole.residents if person.phone]
    assert len(phones) == len(set(phones)) > 4_000
    for phone in phones[::50]:
        assert phone.startswith("199000")
        assert phonenumbers.is_valid_number(phonenumbers.parse(phone, "CN"))


@pytest.mark.parametrize("size", [50, 300, 10_000])
def test_scales(size):
    population = draw_population(3, residents=size)
    assert len(population.residents) == size
    assert len(population.special_care) == {50: 7, 300: 30, 10_000: 499}[size]
    assert {person.care_class for person in population.special_care} == {"离退休院领导", "院士", "离退休职工"}
    assert {responder.kind for responder in population.responders} == {"志愿者", "医护", "司机"}


@pytest.mark.parametrize("size", [-1, 0, 49, 60_001])
def test_impossible_sizes_are_refused(size, tmp_path):
    with pytest.raises(ValueError, match="50 to 60,000"):
        ledgers.make_people(tmp_path / "x.xlsx", 1, size)
    assert not list(tmp_path.iterdir())


def test_seed_decides(small):
    assert draw_population(SEED, residents=SMALL) == small
    assert draw_population(SEED + 1, residents=SMALL) != small


# --- the forms of a value ---------------------------------------------------------------------------------------------


def test_phone_forms_all_say_the_same_number(rng_seeds):
    forms = {type(phone_cell(rng, "19900012345")).__name__ for rng in rng_seeds}
    assert forms == {"str", "float"}
    for rng in rng_seeds:
        text = str(phone_cell(rng, "19900012345"))
        assert int(float(text.replace(" ", "").replace("-", "").removeprefix("+86"))) == 19900012345
    assert phone_cell(rng_seeds[0], "") == ""


def test_identity_forms_all_say_the_same_number(rng_seeds):
    number = identity_number("119901", date(1950, 5, 6), 12)
    for rng in rng_seeds:
        assert read_identity(identity_cell(rng, number), today=TODAY).number == number


def test_spoilt_values_are_always_wrong(rng_seeds):
    number = identity_number("119901", date(1950, 5, 6), 12)
    for rng in rng_seeds:
        assert read_identity(wrong_identity(rng, number), today=TODAY).number == ""
        assert len(wrong_phone(rng, "19900012345")) in (10, 12)


def test_both_address_forms_are_used(rng_seeds):
    forms = {address_cell(rng, Door(2, 18, 1, 302)) for rng in rng_seeds}
    assert {"18-1-302", "18号楼1单元302"} <= forms


@pytest.fixture(scope="module")
def rng_seeds():
    return [random.Random(seed) for seed in range(120)]


# --- the files --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", MAKERS)
def test_same_seed_same_bytes(kind, truths, folder, tmp_path):
    again = MAKERS[kind](tmp_path / "again.xlsx", SEED, SMALL)
    assert (tmp_path / "again.xlsx").read_bytes() == (folder / f"{kind.name}.xlsx").read_bytes()
    assert again.rows == truths[kind].rows
    MAKERS[kind](tmp_path / "other.xlsx", SEED + 1, SMALL)
    assert (tmp_path / "other.xlsx").read_bytes() != (tmp_path / "again.xlsx").read_bytes()


def test_ledgers_agree_on_people(truths):
    residents = {row.number: row.door for row in truths[ImportKind.PEOPLE].rows}
    for kind in (ImportKind.RESPONDERS, ImportKind.SPECIAL_CARE):
        assert all(residents[row.number] == row.door for row in truths[kind].rows)


def test_ledger_holds_every_mess_it_promises(folder, truths):
    book = openpyxl.load_workbook(folder / "PEOPLE.xlsx")
    assert book.sheetnames == ["填表说明", "1-3网格", "4-6网格"]
    first, second = book["1-3网格"], book["4-6网格"]
    assert first["A1"].value.startswith("同心科研院区")
    assert any(area.max_row > area.min_row for area in first.merged_cells.ranges), "no household is merged"
    days = {type(row[4]).__name__ for row in first.iter_rows(min_row=4, values_only=True) if row[2]}
    assert {"datetime", "str"} <= days
    phones = {type(row[5]).__name__ for row in second.iter_rows(min_row=4, values_only=True) if row[1]}
    assert {"int", "str"} <= phones or {"float", "str"} <= phones
    texts = "".join(str(value) for row in second.iter_rows(values_only=True) for value in row if value)
    assert "小计" in texts
    assert "号楼" in texts
    assert any(wide in texts for wide in "０１２３４５６７８９")
    names = "".join(str(row[2]) for row in first.iter_rows(min_row=4, values_only=True))
    names += "".join(str(row[1]) for row in second.iter_rows(min_row=4, values_only=True))
    assert bool(truths[ImportKind.PEOPLE].with_defect("traditional")) == any(
        old in names for old in TRADITIONAL.values()
    )


def test_header_is_repeated_in_a_long_ledger(tmp_path):
    truth = ledgers.make_people(tmp_path / "long.xlsx", SEED, 1_200)
    sheet = openpyxl.load_workbook(tmp_path / "long.xlsx")["1-3网格"]
    headers = [row for row in range(1, sheet.max_row + 1) if sheet.cell(row, 3).value == "姓名"]
    assert len(headers) >= 2
    assert all(("1-3网格", row) in truth.ignored for row in headers)


def test_shares_of_defects(tmp_path):
    truth = ledgers.make_people(tmp_path / "p.xlsx", SEED, 2_000)
    counts = truth.counts()
    assert counts == {
        "rows": 2_010,
        "people": 1_995,
        "refused": 5,
        "doubtful": 20,
        "duplicates": 10,
        "ignored": counts["ignored"],
    }
    assert len(truth.with_defect("wrong_id")) == len(truth.with_defect("wrong_phone")) == 10
    assert all(len(row.defects - {"traditional"}) <= 1 for row in truth.rows)


@pytest.mark.parametrize("kind", MAKERS)
def test_importer_finds_exactly_the_people_that_are_there(kind, truths, folder):
    truth, rows = truths[kind], read_rows(folder / f"{kind.name}.xlsx", kind)
    expected = {(row.sheet, row.row): row for row in truth.rows}
    read_as_people = {key for key, row in rows.items() if row.fate_hint is not Fate.IGNORED}
    assert read_as_people == set(expected)
    for key, row in expected.items():
        wanted = Fate.REFUSED if row in truth.refused else Fate.DOUBTFUL if row in truth.doubtful else Fate.OK
        assert rows[key].fate_hint is wanted, (key, row.defects, rows[key].reasons)
        if wanted is not Fate.REFUSED:
            place = rows[key].place
            assert f"{place.building}-{place.entrance}-{place.dwelling}" == row.door


# --- the ground -------------------------------------------------------------------------------------------------------


def test_buildings_of_the_story():
    by_number = {building.number: building for building in buildings()}
    assert list(by_number) == list(range(1, 25))
    assert Counter(building.grid for building in by_number.values()) == dict.fromkeys(range(1, 7), 4)
    assert by_number[18].grid == 2
    assert {building.floors for building in by_number.values()} == {6, 18}
    assert all(building.has_lift == (building.floors == 18) for building in by_number.values())
    assert all(1 <= building.entrances <= 4 for building in by_number.values())
    assert Door(2, 18, 1, 302) in by_number[18].doors()
    assert Door(2, 18, 1, 302).short == "18-1-302"


def test_site_plan_is_drawable(tmp_path):
    ledgers.make_site_plan(tmp_path / "plan.json")
    plan = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    assert len(plan["buildings"]) == 24
    boxes = []
    for building in plan["buildings"]:
        xs, ys = zip(*building["outline"], strict=True)
        assert 0 <= min(xs) < max(xs) <= plan["width_m"]
        assert 0 <= min(ys) < max(ys) <= plan["height_m"]
        for entrance in building["entrances"]:
            assert min(xs) < entrance["x"] < max(xs)
            assert entrance["y"] == max(ys)
        boxes.append((min(xs), min(ys), max(xs), max(ys)))
    for place, (left, top, right, bottom) in enumerate(boxes):
        for other in boxes[place + 1 :]:
            assert right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top, "buildings overlap"
    grids = {grid["number"]: grid["outline"] for grid in plan["grids"]}
    for building, (left, top, right, bottom) in zip(plan["buildings"], boxes, strict=True):
        xs, ys = zip(*grids[building["grid"]], strict=True)
        assert min(xs) <= left <= right <= max(xs)
        assert min(ys) <= top <= bottom <= max(ys)
