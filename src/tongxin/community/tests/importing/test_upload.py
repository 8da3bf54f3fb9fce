"""What may come in and what is refused, with a sentence, before and while it is read."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime

import pytest

from tongxin.community.importing import limits
from tongxin.community.importing.guard import UploadFormat, UploadRefused, column_number, inspect_upload
from tongxin.community.importing.reader import read_upload, run_child
from tongxin.community.importing.reasons import FILE_SENTENCES, refusal_sentence
from tongxin.community.tests.importing import files

LEDGER = "姓名,住址,电话\n林远,18-1-302,13912345678\n方和,18-1-303,13812345678\n"


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: b"", "file_empty"),
        (lambda: b" \r\n\t\n", "file_empty"),
        (lambda: b"\xef\xbb\xbf", "file_empty"),
        (lambda: b"\x00" * 4096, "file_empty"),
        (lambda: b"a,b\n" * (9 << 20), "file_too_large"),
        (lambda: files.ole(is_encrypted=True), "file_has_password"),
        (lambda: files.ole(is_encrypted=False), "file_is_old_excel"),
        (files.encrypted_zip, "file_has_password"),
        (lambda: b"<html><body><table><tr><td>x</td></tr></table></body></html>", "file_is_web_page"),
        (lambda: b"\xef\xbb\xbf  <!DOCTYPE html>\n<html>", "file_is_web_page"),
        (lambda: "<table><tr><td>姓名</td></tr></table>".encode("utf-16"), "file_is_web_page"),
        (lambda: b'<?xml version="1.0"?><Workbook></Workbook>', "file_wrong_type"),
        (lambda: b"%PDF-1.7\n" + b"x" * 100, "file_wrong_type"),
        (lambda: b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "file_wrong_type"),
        (lambda: random.Random(3).randbytes(5000), "file_wrong_type"),
        (lambda: files.one_sheet(["a"])[:-200], "file_damaged"),
        (lambda: b"PK\x03\x04" + b"rubbish" * 50, "file_damaged"),
        (lambda: files.bomb(250), "file_is_bomb"),
        (lambda: files.bomb(60), "file_is_bomb"),
        (files.far_cells, "sheet_too_wide"),
        (lambda: files.far_cells("s='1' r='XFD1048576'"), "sheet_too_wide"),
        (lambda: files.far_cells('r="A1048576"'), "sheet_too_wide"),
        (lambda: files.far_cells('r="XFD2"'), "sheet_too_wide"),
        (lambda: files.far_cells('r="OJ99999"'), "sheet_too_large"),
    ],
)
def test_refused_at_the_door(make: Callable[[], bytes], code: str) -> None:
    with pytest.raises(UploadRefused) as caught:
        inspect_upload(make())
    assert caught.value.code == code
    for language in ("zh", "en"):
        assert "{" not in refusal_sentence(caught.value, language)


@pytest.mark.parametrize("name", ["xl/workbook.bin", "content.xml"])
def test_other_workbook_formats_are_named(name: str) -> None:
    with pytest.raises(UploadRefused, match="file_is_old_excel"):
        inspect_upload(files.with_entry(files.one_sheet(["a"]), name, b"x"))


def test_a_document_is_no_workbook() -> None:
    data = files.one_sheet(["a"]).replace(b"xl/workbook.xml", b"xl/wordbook.xml")
    with pytest.raises(UploadRefused, match="file_wrong_type"):
        inspect_upload(data)


def test_a_lying_directory_is_refused() -> None:
    with pytest.raises(UploadRefused) as caught:
        inspect_upload(files.lying_sizes())
    assert caught.value.code in ("file_damaged", "file_is_bomb")


def test_painted_empty_rows_are_no_reason_to_refuse() -> None:
    data = files.far_cells('s="1" r="XFD1048576"', "")
    assert inspect_upload(data) is UploadFormat.XLSX
    assert read_upload(data).sheets[0].rows == ((1,),)


def test_far_reference_cut_by_a_chunk_border_is_still_seen() -> None:
    row = '<row r="1">' + '<c r="A1"><v>1</v></c>' * 11_900 + "</row>"
    for padding in range(0, 40, 7):
        cells = row + " " * padding + '<row r="9"><c r="XFD9"><v>2</v></c></row>'
        with pytest.raises(UploadRefused, match="sheet_too_wide"):
            inspect_upload(files.with_entry(files.one_sheet(["a"]), files.SHEET, files.sheet_xml(cells)))


@pytest.mark.parametrize(("letters", "number"), [("A", 1), ("Z", 26), ("AA", 27), ("XFD", 16384)])
def test_column_number(letters: str, number: int) -> None:
    assert column_number(letters) == number


def test_cells_keep_their_types_and_place() -> None:
    data = files.one_sheet([None], [None, "甲", 1.0, 2.5, True, date(2022, 11, 3), datetime(2022, 11, 3, 8, 0)])
    sheet = read_upload(data).sheets[0]
    assert sheet.rows[0] == (None,) * 7
    assert sheet.rows[1][:5] == (None, "甲", 1, 2.5, True)
    assert sheet.rows[1][5] in (date(2022, 11, 3), datetime(2022, 11, 3))
    assert sheet.rows[1][6] == datetime(2022, 11, 3, 8, 0)


def test_long_numbers_keep_every_digit_that_the_file_has() -> None:
    cells = '<row r="1"><c r="A1"><v>110101199003078515</v></c><c r="B1"><v>1.1010119900307852E+17</v></c></row>'
    data = files.with_entry(files.one_sheet(["a"]), files.SHEET, files.sheet_xml(cells))
    exact, rounded = read_upload(data).sheets[0].rows[0]
    assert exact == 110101199003078515
    assert isinstance(rounded, float)


def test_hidden_sheets_and_merged_cells_are_told() -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.active["A1"] = "x"
    book.active.merge_cells("A1:C2")
    book.create_sheet("藏").sheet_state = "hidden"
    from io import BytesIO

    buffer = BytesIO()
    book.save(buffer)
    first, second = read_upload(buffer.getvalue()).sheets
    assert [(m.top, m.left, m.bottom, m.right) for m in first.merged] == [(0, 0, 1, 2)]
    assert (first.is_hidden, second.is_hidden) == (False, True)


def test_macros_are_read_over() -> None:
    assert read_upload(files.macro_workbook()).sheets[0].rows[1] == ("林远", "18-1-302")


def outcome(data: bytes) -> str:
    """How reading ended: the code of the refusal, or how many rows came."""
    try:
        return str(sum(len(sheet.rows) for sheet in read_upload(data).sheets))
    except UploadRefused as refused:
        return refused.code


def test_a_workbook_without_sheets_holds_nothing() -> None:
    assert outcome(files.no_sheets()) in ("0", "file_damaged")


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"<worksheet><sheetData><row r='1'><c r='A1'",
        b"<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]><worksheet>&b;</worksheet>",
        b"\xff\xfe\x00\x00rubbish",
    ],
)
def test_broken_sheets_end_in_a_sentence_or_in_no_rows(xml: bytes) -> None:
    assert outcome(files.with_entry(files.one_sheet(["a"]), files.SHEET, xml)) in ("0", *FILE_SENTENCES)


@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
    ],
)
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_text_ledgers(encoding: str, named: str, delimiter: str) -> None:
    workbook = read_upload(LEDGER.replace(",", delimiter).encode(encoding))
    assert (workbook.encoding, workbook.delimiter) == (named, delimiter)
    assert workbook.sheets[0].rows[1] == ("林远", "18-1-302", "13912345678")


def test_traditional_ledger_in_big5() -> None:
    workbook = read_upload("姓名,電話,地址\n陸遠,13912345678,18-1-302\n".encode("big5"))
    assert workbook.sheets[0].rows[1][0] == "陸遠"


def test_quotes_newlines_blank_lines_and_short_rows_keep_the_row_numbers() -> None:
    rows = read_upload('姓名,备注,电话\n\n"林远","一行\n两行, 逗号",139\n方和\n'.encode()).sheets[0].rows
    assert rows[1] == (None, None, None)
    assert rows[2] == ("林远", "一行\n两行, 逗号", "139")
    assert rows[3] == ("方和", None, None)


@pytest.mark.parametrize("lines", [30, 30_000])
def test_a_quotation_mark_that_is_never_closed_swallows_nobody(lines: int) -> None:
    text = '姓名,住址\n"林远,18-1-302\n' + "方和,18-1-303-某某某某某某某某某某某某某\n" * lines
    rows = read_upload(text.encode()).sheets[0].rows
    assert len(rows) == lines + 2
    assert rows[1] == ("林远", "18-1-302")


def test_a_broken_byte_does_not_lose_the_file() -> None:
    rows = read_upload(LEDGER.encode()[:40] + b"\xff" + LEDGER.encode()[40:] + LEDGER.encode() * 20).sheets[0].rows
    assert len(rows) > 60


def test_too_many_columns_in_text_are_refused() -> None:
    with pytest.raises(UploadRefused, match="sheet_too_large"):
        read_upload(b"a" + b",b" * (limits.MAX_COLUMNS + 5))


CRASHES = "tongxin.community.tests.importing.crashing_child"


@pytest.mark.parametrize(
    ("argument", "code"),
    [
        ("abort", "file_unreadable"),
        ("sleep", "file_took_too_long"),
        ("memory", "file_unreadable"),
        ("exit", "file_unreadable"),
    ],
)
def test_whatever_happens_to_the_child_the_parent_answers(argument: str, code: str) -> None:
    with pytest.raises(UploadRefused) as caught:
        run_child(b"x", [argument], wall_s=1.5, module=CRASHES)
    assert caught.value.code == code


def test_the_child_gets_none_of_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGXIN_SECRET", "not for children")
    assert b"TONGXIN_SECRET" not in run_child(b"", ["environment"], wall_s=5.0, module=CRASHES)


def test_fuzzed_workbooks_never_escape_the_sentences() -> None:
    rng = random.Random(11)
    good = files.one_sheet(["姓名", "住址"], ["林远", "18-1-302"])
    for _ in range(12):
        data = bytearray(good)
        for _ in range(rng.randint(1, 30)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        ended = outcome(bytes(data))
        assert ended.isdigit() or ended in FILE_SENTENCES


@pytest.mark.parametrize("make", [files.far_cells, lambda: files.far_cells('r="OJ99999"')])
def test_the_second_wall_holds_without_the_first(make: Callable[[], bytes]) -> None:
    data = make()
    with pytest.raises(UploadRefused):
        refuse_what_the_child_refuses(run_child(data, ["xlsx"], wall_s=20.0))


def refuse_what_the_child_refuses(message: bytes) -> None:
    if b"refused" in message[:20]:
        raise UploadRefused("file_too_much_memory")
