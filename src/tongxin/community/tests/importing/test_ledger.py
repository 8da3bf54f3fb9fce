"""The whole way in, in one call."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from tongxin.community.importing.guard import UploadRefused
from tongxin.community.importing.ledger import read_ledger
from tongxin.community.importing.reasons import refusal_sentence
from tongxin.community.importing.shapes import Fate, Field, ImportKind
from tongxin.community.importing.workbooks import export_fields, write_ledger
from tongxin.community.tests.importing import files
from tongxin.community.tests.importing.messy_ledger import TODAY, build

PEOPLE = ImportKind.PEOPLE
HAGELLOCH = Path("/work/shared/data/hagelloch/people.xlsx")


def test_the_same_file_twice_gives_the_same_rows() -> None:
    one, two = (read_ledger(build()[0], kind=PEOPLE, today=TODAY) for _ in range(2))
    assert one == two
    assert one.count()[Fate.REFUSED] == 3


def test_progress_ends_at_all() -> None:
    seen: list[tuple[int, int]] = []
    data = files.one_sheet(["姓名", "住址"], *[["林远", f"18-1-{n}"] for n in range(100, 600)])
    read_ledger(data, kind=PEOPLE, today=TODAY, on_progress=lambda done, of: seen.append((done, of)))
    assert seen == [(200, 500), (400, 500), (500, 500)]


@pytest.mark.parametrize(
    "data",
    [
        files.one_sheet(["本表用于登记"], ["姓名：必填"]),
        files.one_sheet([None]),
        files.one_sheet(["楼号", "户数", "人数"], [18, 36, 90]),
        b"a,b,c\n1,2,3\n",
        "姓名,住址\n".encode(),
    ],
)
def test_a_file_without_people_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(UploadRefused, match="no_people_found") as caught:
        read_ledger(data, kind=PEOPLE, today=TODAY)
    assert "表头" in refusal_sentence(caught.value, "zh")


def test_layouts_of_another_file_are_refused() -> None:
    ledger = read_ledger(build()[0], kind=PEOPLE, today=TODAY)
    with pytest.raises(UploadRefused, match="sheet_changed"):
        read_ledger(files.one_sheet(["姓名", "住址"]), kind=PEOPLE, today=TODAY, layouts=ledger.layouts)


def test_approved_layouts_are_followed() -> None:
    data = files.one_sheet(["姓名", "代号", "住址"], ["林远", "A7", "18-1-302"])
    (layout,) = read_ledger(data, kind=PEOPLE, today=TODAY).layouts
    table = layout.tables[0]
    mapped = replace(table, mapping=table.mapping.with_field(1, Field.DEPARTMENT))
    ledger = read_ledger(data, kind=PEOPLE, today=TODAY, layouts=[replace(layout, tables=(mapped,))])
    assert ledger.rows[0].fields[Field.DEPARTMENT] == "A7"


@pytest.mark.skipif(not HAGELLOCH.exists(), reason="the measles data set is not here")
@pytest.mark.parametrize("kind", list(ImportKind))
def test_households_without_doors_survive_the_export(kind: ImportKind) -> None:
    before = read_ledger(HAGELLOCH.read_bytes(), kind=kind, today=TODAY).rows
    sent = [{**export_fields(row), Field.TONGXIN_ID: str(uuid.uuid4())} for row in before]
    after = read_ledger(write_ledger(sent, kind, language="en"), kind=kind, today=TODAY).rows
    assert [(row.name, row.place, row.fate_hint) for row in after] == [
        (row.name, row.place, row.fate_hint) for row in before
    ]
