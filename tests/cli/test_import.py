"""`tongxin import` as a headquarters has it on its first morning: a real file, a real process."""

import json
from pathlib import Path

import pytest
from openpyxl import Workbook

from tongxin.web.demo.ledgers import make_people, make_responders, make_special_care

COUNTS = "added {}, updated {}, unchanged {}, doubtful {}, refused {}, possible duplicates {}"


@pytest.fixture
def ledger(tmp_path) -> Path:
    """Four residents: one without a place, one with a phone number that cannot be."""
    book = Workbook()
    sheet = book.active
    sheet.title = "居民"
    sheet.append(["某院区居民登记表"])
    sheet.append(["姓名", "身份证号", "联系电话", "住址"])
    sheet.append(["赵晓岚", "", "19900000001", "18-1-302"])
    sheet.append(["钱子墨", "", "12345", "18号楼1单元303"])
    sheet.append(["孙若溪", "", "", ""])
    sheet.append(["李明哲", "", "", "18-1-401"])
    path = tmp_path / "people.xlsx"
    book.save(path)
    return path


def last_line(result) -> str:
    return result.stdout.strip().splitlines()[-1]


@pytest.mark.usefixtures("ready")
def test_the_story_of_one_ledger(tongxin, ledger, tmp_path):
    """Dry run, import, the same again, and the report of the rows: one data folder, four commands."""
    report = tmp_path / "r.json"
    dry = tongxin("import", ledger, "--kind", "people", "--dry-run", "--report", report)
    assert (dry.returncode, last_line(dry)) == (0, COUNTS.format(3, 0, 0, 1, 1, 0)), dry.stderr
    rows = json.loads(report.read_text(encoding="utf-8"))
    assert [set(row) for row in rows] == [{"sheet", "row", "fate", "door", "reasons"}] * 4
    assert [(row["row"], row["fate"], row["door"]) for row in rows][:3] == [
        (3, "added", "18-1-302"),
        (4, "added", "18-1-303"),
        (5, "refused", ""),
    ]
    assert rows[1]["reasons"]
    real = tongxin("import", ledger, "--kind", "people")
    assert last_line(real) == COUNTS.format(3, 0, 0, 1, 1, 0)
    again = tongxin("import", ledger, "--kind", "people", lang="zh")
    assert again.returncode == 0
    assert "新增 0" in last_line(again).replace("，", " ").replace("新增0", "新增 0"), last_line(again)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "empty.xlsx"),
        (b"PK\x03\x04 not a workbook", "broken.xlsx"),
        (b"%PDF-1.7", "other.xlsx"),
        (b"a,b\n1,2\n", "no-people.csv"),
        (b"\x00\xff\xfe", "noise.csv"),
    ],
)
def test_what_is_no_ledger_is_refused_in_a_sentence(here, tmp_path, content, name):
    path = tmp_path / name
    path.write_bytes(content)
    result = here("ledger", "import", path, "--kind", "people")
    assert result.returncode == 2
    assert result.stderr.strip()
    assert "Traceback" not in result.stderr


def test_a_missing_file_and_a_missing_folder_are_named(here, tmp_path, ledger):
    missing = here("ledger", "import", tmp_path / "none.xlsx", "--kind", "people")
    assert missing.returncode == 2
    assert "none.xlsx" in missing.stderr
    nowhere = here("ledger", "import", ledger, "--kind", "people", "--report", tmp_path / "no" / "r.json")
    assert nowhere.returncode == 2


def test_an_unknown_kind_is_refused(here, ledger):
    assert here("ledger", "import", ledger, "--kind", "animals").returncode == 2


@pytest.mark.usefixtures("ready")
def test_the_three_ledgers_of_a_compound(tongxin, tmp_path):
    """People, special care and responders of one population find each other; the care list adds nobody."""
    truth = make_people(tmp_path / "people.xlsx", seed=3, residents=200)
    make_special_care(tmp_path / "care.xlsx", seed=3, residents=200)
    make_responders(tmp_path / "responders.xlsx", seed=3, residents=200)
    people = tongxin("import", tmp_path / "people.xlsx", "--kind", "people")
    assert f"added {truth.people}," in last_line(people)
    assert f"refused {len(truth.refused)}," in last_line(people)
    care = tongxin("import", tmp_path / "care.xlsx", "--kind", "special-care")
    assert "refused 0" in last_line(care)
    responders = tongxin("import", tmp_path / "responders.xlsx", "--kind", "responders")
    assert "refused 0" in last_line(responders)
    assert "added 0" not in last_line(responders)
