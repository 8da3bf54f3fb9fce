"""The same file again, a file without people, and places that are only households, all the way through."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from tongxin.community.importing.layout import find_tables
from tongxin.community.importing.reader import read_upload
from tongxin.community.importing.shapes import Fate, Field, ImportKind, SheetRole
from tongxin.community.importing.workbooks import export_fields, write_ledger
from tongxin.community.tests.importing import files
from tongxin.community.tests.importing.messy_ledger import build
from tongxin.community.tests.importing.reading import PEOPLE, parse_file

HAGELLOCH = Path(__file__).resolve().parents[6].joinpath("shared/data/hagelloch/people.xlsx")


def test_the_same_file_twice_gives_the_same_rows() -> None:
    one, two = parse_file(build()[0]), parse_file(build()[0])
    assert one == two
    assert sum(1 for row in one if row.fate_hint is Fate.REFUSED) == 3


@pytest.mark.parametrize(
    "data",
    [
        files.one_sheet(["本表用于登记"], ["姓名：必填"]),
        files.one_sheet([None]),
        files.one_sheet(["楼号", "户数", "人数"], [18, 36, 90]),
        b"a,b,c\n1,2,3\n",
    ],
    ids=["notes", "nothing", "counts of buildings", "letters"],
)
def test_a_file_without_people_has_no_sheet_of_people(data: bytes) -> None:
    layouts = find_tables(read_upload(data), kind=PEOPLE)
    assert not [layout for layout in layouts if layout.role is SheetRole.PEOPLE]


@pytest.mark.skipif(not HAGELLOCH.exists(), reason="the measles data set is not here")
@pytest.mark.parametrize("kind", list(ImportKind))
def test_households_without_doors_survive_the_export(kind: ImportKind) -> None:
    before = parse_file(HAGELLOCH.read_bytes(), kind)
    sent = [{**export_fields(row), Field.TONGXIN_ID: str(uuid.uuid4())} for row in before]
    after = parse_file(write_ledger(sent, kind, language="en"), kind)
    assert [(row.name, row.place, row.fate_hint) for row in after] == [
        (row.name, row.place, row.fate_hint) for row in before
    ]
