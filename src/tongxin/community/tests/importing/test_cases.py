"""Line lists of cases for the drill."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tongxin.community.importing.cases import ERROR_SENTENCES, CaseError, CaseRow, read_cases
from tongxin.community.importing.guard import UploadRefused
from tongxin.community.tests.importing import files

HAGELLOCH = Path(__file__).resolve().parents[6].joinpath("shared/data/hagelloch/cases.csv")


def test_cases_with_all_dates() -> None:
    found = read_cases(
        b"person,date_of_prodrome,date_of_rash,date_of_death\nH1,1861-10-30,1861-11-06,\nH2,1861-11-01,,1861-11-09\n"
    )
    assert found.errors == ()
    assert found.rows == (
        CaseRow(2, "H1", date(1861, 10, 30), None, date(1861, 11, 6)),
        CaseRow(3, "H2", date(1861, 11, 1), None, None, date(1861, 11, 9)),
    )


@pytest.mark.parametrize(
    "header",
    [
        "person,onset",
        "Code,Onset date",
        "人员编号,发病日期",
        "人員編號,發病日期",
        "case_id,date_of_onset",
        "姓名,发病日期",
    ],
)
def test_titles(header: str) -> None:
    (case,) = read_cases(f"{header}\nH1,2022-11-03\n".encode()).rows
    assert (case.person, case.onset_date) == ("H1", date(2022, 11, 3))


def test_report_date_alone_is_enough() -> None:
    (case,) = read_cases("person,报告日期\nH1,2022.11.3\n".encode()).rows
    assert (case.onset_date, case.report_date) == (None, date(2022, 11, 3))


def test_a_workbook_is_read_too() -> None:
    data = files.one_sheet(["病例名单"], ["person", "onset"], [17, date(2022, 11, 3)])
    assert read_cases(data).rows == (CaseRow(3, "17", date(2022, 11, 3)),)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b",2022-11-03,", "no_person"),
        (b"H1,yesterday,", "bad_date"),
        (b"H1,2022-02-30,", "bad_date"),
        (b"H1,1958,", "bad_date"),
        (b"H1,11/3/2022,", "ambiguous_date"),
        (b"H1,,", "no_date"),
        (b"H9,2022-11-03,", "unknown_person"),
        (b"H1,2022-11-03,2022-11-01", "death_before_onset"),
        (b"=cmd|x,2022-11-03,", "unknown_person"),
    ],
)
def test_errors_have_row_numbers(line: bytes, code: str) -> None:
    data = b"person,onset,death\nH2,2022-11-01,\n\n" + line + b"\n"
    found = read_cases(data, known=frozenset(("H1", "H2")))
    assert [(error.row, error.code) for error in found.errors] == [(4, code)]
    assert [case.person for case in found.rows] == ["H2"]


def test_a_person_twice() -> None:
    found = read_cases(b"person,onset\nH1,2022-11-01\nH1,2022-11-02\n")
    assert found.errors == (CaseError(3, "repeated_person", first=2),)
    assert found.errors[0].sentence("zh") == "第 3 行的人员在第 2 行已经出现。"


@pytest.mark.parametrize("data", [b"a,b\n1,2\n", b"person,name\nH1,x\n", "姓名,电话\n林远,139\n".encode()])
def test_no_header(data: bytes) -> None:
    assert read_cases(data).errors == (CaseError(0, "no_header"),)


def test_no_file() -> None:
    with pytest.raises(UploadRefused, match="file_empty"):
        read_cases(b"")


@pytest.mark.parametrize("code", list(ERROR_SENTENCES))
@pytest.mark.parametrize("language", ["zh", "en"])
def test_sentences(code: str, language: str) -> None:
    assert "{" not in CaseError(7, code, "onset", 3).sentence(language)


@pytest.mark.skipif(not HAGELLOCH.exists(), reason="the measles data set is not here")
def test_hagelloch() -> None:
    found = read_cases(HAGELLOCH.read_bytes())
    assert (len(found.rows), found.errors) == (188, ())
    assert found.rows[0] == CaseRow(2, "H184", date(1861, 10, 30), None, date(1861, 11, 6))
