"""`tongxin drill`: line lists made up for the purpose, and one that really happened."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest
from django.utils import translation
from openpyxl import Workbook, load_workbook

from tongxin.web.cli.drill_files import BadInput, all_or_nothing, read_input, safe, write_table

from .conftest import ROOT

HAGELLOCH = ROOT.parent / "shared" / "data" / "hagelloch"
FILES = {
    "contacts.csv",
    "plan_lines.csv",
    "tasks.csv",
    "assignments.csv",
    "unserved.csv",
    "report_zh.docx",
    "report_zh.pdf",
    "report_en.pdf",
    "summary.json",
}
PEOPLE = [
    ("person", "household", "age", "sex", "school_class"),
    ("K01", 1, 8, "F", "1"),
    ("K02", 1, 4, "M", "0"),
    ("K03", 2, 8, "M", "1"),
    ("K04", 3, 9, "F", "2"),
    ("K05", 3, 2, "F", "0"),
]
CASES = ["person,date_of_prodrome,date_of_rash,date_of_death", "K01,1861-11-01,1861-11-04,", "K03,1861-11-12,,"]


def workbook(path: Path, rows) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def text(path: Path, lines) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def drill(tongxin, tmp_path):
    """Run a drill over rows in a process of its own; what is not given is the small outbreak above."""
    return drill_by(partial(tongxin, "drill"), tmp_path)


def drill_by(command, tmp_path):
    def run(*, people=None, cases=None, profile="measles", out=None, extra=(), **options):
        ledger = people if isinstance(people, Path) else workbook(tmp_path / "people.xlsx", people or PEOPLE)
        line_list = cases if isinstance(cases, Path) else text(tmp_path / "cases.csv", cases or CASES)
        folder = out or tmp_path / "out"
        arguments = ("--people", ledger, "--cases", line_list, "--profile", profile, "--out", folder, *extra)
        return command(*arguments, **options)

    return run


# ---------- a small outbreak ----------
def test_a_small_outbreak(drill, tmp_path, home):
    """Household and class of a case are listed on the day it became known, and nobody before."""
    result = drill()
    assert result.returncode == 0, result.stderr
    out = tmp_path / "out"
    assert {path.name for path in out.iterdir()} == FILES
    rows = {(row["case"], row["contact"], row["layer"]): row["listed_on"] for row in table(out / "contacts.csv")}
    assert rows["K01", "K02", "HOUSEHOLD"] == "1861-11-01"
    assert rows["K01", "K03", "CLASS"] == "1861-11-01"
    assert not any({"K04", "K05"} & {case, contact} for case, contact, _ in rows)
    assert all(case != "K03" or day == "1861-11-12" for (case, _, _), day in rows.items())
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert (summary["cases"], summary["days"], summary["hard_rule_violations"]) == (2, 12, 0)
    assert summary["failed_lines"] == summary["parked"] == 0
    assert set(summary["seconds"]) >= {"import", "events", "approve", "assign", "reports"}
    assert summary["peak_memory_mb"] > 20
    assert (out / "report_zh.docx").read_bytes().startswith(b"PK")
    assert (out / "report_en.pdf").read_bytes().startswith(b"%PDF")
    kinds = {row["kind"] for row in table(out / "tasks.csv")}
    assert "CASE_INTERVIEW" in kinds
    measures = {row["measure"] for row in table(out / "plan_lines.csv")}
    assert measures >= {"LIST_CONTACTS", "RAISE_ZONE"}
    # the installation itself was not touched, and nothing of the drill's own one is left
    assert not (home / "tongxin.sqlite3").exists()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".out")] == []


def test_names_that_are_formulas_stay_text_and_a_report_date_goes_before_the_onset(drill, tmp_path):
    """A code that a spreadsheet would run begins with an apostrophe in every table; known is known on the report."""
    rows = ["person,household,age,sex,school_class", "=1+1,1,8,F,1", "@K2,1,4,M,0", "K03,2,8,M,1"]
    cases = ["person,onset,report_date", "=1+1,1861-11-01,1861-11-03"]
    result = drill(people=text(tmp_path / "people.csv", rows), cases=cases)
    assert result.returncode == 0, result.stderr
    contacts = table(tmp_path / "out" / "contacts.csv")
    assert {"'=1+1", "'@K2", "K03"} <= {cell for row in contacts for cell in row.values()}
    assert {row["listed_on"] for row in contacts} == {"1861-11-03"}
    for path in (tmp_path / "out").glob("*.csv"):
        for row in table(path):
            assert not any(cell.startswith(("=", "+", "@", "-")) for cell in row.values())


# ---------- refusals ----------
@pytest.fixture
def sentences(tmp_path):
    """Read made-up files as the command does, and return what it would refuse them with; empty when they are fine."""

    def read(*, people=None, cases=None, language="en"):
        ledger = people if isinstance(people, Path) else workbook(tmp_path / "people.xlsx", people or PEOPLE)
        line_list = cases if isinstance(cases, Path) else text(tmp_path / "cases.csv", cases or CASES)
        with translation.override(language):
            try:
                read_input(ledger, line_list, None, language=language)
            except BadInput as bad:
                return bad.sentences
        return ()

    return read


@pytest.mark.parametrize(
    ("cases", "says"),
    [
        ([CASES[0], "K01,1861-11-01,,", "K99,1861-11-02,,"], "Row 3 names a person who is not on the list"),
        ([CASES[0], "K01,someday,,"], "Row 2: date_of_prodrome is not a date"),
        ([CASES[0], "K01,1861-13-45,,"], "Row 2: date_of_prodrome is not a date"),
        ([CASES[0], "K01,,,"], "Row 2 has neither an onset date nor a report date"),
        ([CASES[0], "K01,1861-11-01,,", "K01,1861-11-02,,"], "Row 3 repeats the person of row 2"),
        ([CASES[0], ",1861-11-01,,"], "Row 2 has no person"),
        ([CASES[0], "K01,1861-11-05,,1861-11-01"], "Row 2: death lies before onset"),
        ([CASES[0], "K01,1861-11-01,,", "K03,1961-11-01,,", "K02,1861-11-03,,"], "Row 3: the date lies more than"),
        ([CASES[0]], "names no case"),
        (["a,b,c", "1,2,3"], "No header row was found"),
    ],
)
def test_a_bad_line_list_is_refused_with_row_numbers(sentences, cases, says):
    (first, *_more) = sentences(cases=cases)
    assert first.startswith("cases.csv: ")
    assert says in first


def test_every_bad_row_is_named(sentences):
    found = sentences(cases=[CASES[0], "K99,1861-11-02,,", "K01,soon,,", "K98,1861-11-02,,"])
    assert [sentence.split()[2].rstrip(":") for sentence in found] == ["2", "3", "4"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", b"%PDF-1.7 x", b"\x00\x01\x02"])
@pytest.mark.parametrize("which", ["people", "cases"])
def test_what_is_no_list_is_refused(sentences, tmp_path, which, content):
    path = tmp_path / "x.bin"
    path.write_bytes(content)
    (sentence,) = sentences(**{which: path})
    assert sentence.startswith("x.bin: ")


def test_people_who_share_a_name_need_codes(sentences):
    """Without codes people are known by name; a case must not be told of the wrong one of two."""
    people = [("姓名", "住址"), ("赵晓岚", "1-1-101"), ("赵晓岚", "1-1-102"), ("钱子墨", "1-1-101")]
    (sentence,) = sentences(people=people, cases=["姓名,发病日期", "赵晓岚,2022-11-01"])
    assert "Row 2" in sentence
    assert sentences(people=people, cases=["姓名,发病日期", "钱子墨,2022-11-01"]) == ()


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("@x", "'@x"),
        ("-2", "'-2"),
        ("+86", "'+86"),
        ("\tx", "'\tx"),
        (-2, "-2"),
        (None, ""),
        ("K01", "K01"),
        (date(1861, 11, 1), "1861-11-01"),
    ],
)
def test_a_cell_is_never_a_formula(value, cell):
    assert safe(value) == cell


def test_nothing_comes_out_of_a_drill_that_breaks_off(tmp_path):
    """What was written before the fault is gone with the folder it was written into."""
    with pytest.raises(ZeroDivisionError), all_or_nothing(tmp_path / "out") as folder:
        write_table(folder / "contacts.csv", ("case",), [("K01",)])
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_is_a_sentence_and_exit_code_two(drill, tmp_path):
    """The whole way through both processes, in Chinese."""
    result = drill(cases=[CASES[0], "K99,1861-11-02,,"], lang="zh")
    assert result.returncode == 2
    assert "第 2 行的人员不在名单里" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "out").exists()


def test_what_the_command_line_refuses_at_once(here, tmp_path):
    """An unknown profile or rule set, a missing file, a result folder that is a file."""
    drill = drill_by(partial(here, "drill", "drill"), tmp_path)
    target = text(tmp_path / "taken", ["mine"])
    tries = (
        ({"profile": "plague"}, "measles"),
        ({"extra": ("--rule-set", "none")}, "measles-2025"),
        ({"people": tmp_path / "none.xlsx"}, "none.xlsx"),
        ({"out": target}, "taken"),
    )
    for wrong, named in tries:
        result = drill(**wrong)
        assert (result.returncode, "Traceback" in result.stderr) == (2, False)
        assert named in result.stderr
    assert target.read_text(encoding="utf-8") == "mine\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_drill_that_is_stopped_leaves_nothing_behind(tmp_path, number):
    """Neither the folder with the people's data nor half of the results, and no process that goes on."""
    people = workbook(tmp_path / "people.xlsx", [PEOPLE[0], *((f"K{n:03d}", n // 3, 8, "F", "1") for n in range(60))])
    cases = text(tmp_path / "cases.csv", [CASES[0], *(f"K{n:03d},1861-11-{1 + n // 3:02d},," for n in range(60))])
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    arguments = ["drill", "--people", people, "--cases", cases, "--profile", "measles", "--out", tmp_path / "out"]
    drill = subprocess.Popen(
        [sys.executable, "-c", "from tongxin.web.cli import main; main()", *map(str, arguments)],
        env={**os.environ, "TMPDIR": str(temporary), "TONGXIN_HOME": str(tmp_path / "home")},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: list(temporary.glob("tongxin-drill-*/tongxin.sqlite3")) or drill.poll() is not None)
    assert drill.poll() is None
    drill.send_signal(number)
    assert drill.wait(timeout=60) == 128 + number
    assert list(temporary.glob("tongxin-drill-*")) == []
    assert not [path for path in tmp_path.iterdir() if "out" in path.name]
    assert processes_with(str(temporary)) == []


def wait_until(is_so, *, seconds=60):
    for _number in range(seconds * 20):
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError("waited in vain")


def processes_with(word) -> list[int]:
    """Return the processes whose environment names something."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            if word.encode() in entry.read_bytes():
                found.append(int(entry.parent.name))
        except OSError:
            continue
    return found


# ---------- Hagelloch, 1861 ----------
@pytest.mark.skipif(not HAGELLOCH.is_dir(), reason="the data of Hagelloch is not here")
@pytest.mark.slow
def test_hagelloch(drill, tmp_path):
    """In a real outbreak everybody whom household or class tells is listed on the day the case became known."""
    result = drill(people=HAGELLOCH / "people.xlsx", cases=HAGELLOCH / "cases.csv", timeout=600)
    assert result.returncode == 0, result.stderr
    out = tmp_path / "out"
    onset = {row["person"]: date.fromisoformat(row["date_of_prodrome"]) for row in table(HAGELLOCH / "cases.csv")}
    homes, classes = groups()
    listed: dict[tuple[str, str], date] = {}
    for row in table(out / "contacts.csv"):
        pair, day = (row["case"], row["contact"]), date.fromisoformat(row["listed_on"])
        listed[pair] = min(day, listed.get(pair, day))
    expected = {
        (case, mate)
        for case in onset
        for mate in (mates(homes, case) | mates(classes, case))
        if onset[mate] > onset[case]
    }
    assert len(expected) > 2000
    assert {pair for pair in expected if listed.get(pair) != onset[pair[0]]} == set()
    # those who fell ill before are listed too: their own list does not stand for that of the later case
    everybody = {(case, mate) for case in onset for mate in (mates(homes, case) | mates(classes, case))}
    assert {pair for pair in everybody if listed.get(pair) != onset[pair[0]]} == set()
    assert min((day - onset[case]).days for (case, _), day in listed.items()) == 0
    share = share_in_time(onset, listed, lambda case: mates(homes, case) | mates(classes, case))
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    print(f"in time: {share:.1%}; contacts a case: {summary['contacts_per_case']}; {summary['seconds_total']} s")
    assert share > 0.95


def groups():
    rows = list(load_workbook(HAGELLOCH / "people.xlsx").active.iter_rows(values_only=True))[1:]
    homes, classes = defaultdict(set), defaultdict(set)
    for person, household, _x, _y, _age, _sex, school_class in rows:
        homes[household].add(person)
        if str(school_class) != "0":
            classes[str(school_class)].add(person)
    return homes, classes


def mates(groups_by_key, person) -> set[str]:
    return {mate for group in groups_by_key.values() if person in group for mate in group} - {person}


def share_in_time(onset, listed, mates_of) -> float:
    """Of the children with a mate who fell ill 6 to 21 days before them: how many such a mate had listed in time."""
    judged = in_time = 0
    for child, ill in onset.items():
        sources = [mate for mate in mates_of(child) if timedelta(6) <= ill - onset[mate] <= timedelta(21)]
        if sources:
            judged += 1
            in_time += any((mate, child) in listed and listed[mate, child] < ill for mate in sources)
    return in_time / judged
