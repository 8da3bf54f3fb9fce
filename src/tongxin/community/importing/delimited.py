"""Turns the bytes of a text ledger into rows: encoding and delimiter found, never asked."""

from __future__ import annotations

import csv
import io
import re
from typing import Literal

from tongxin.community.importing import limits

DELIMITERS = (",", "\t", ";", "|", "，")
MAX_LINES_IN_A_CELL = 20
# Characters that nearly every Chinese ledger has in its header row; they tell GB from Big5.
_LEDGER_CHARACTERS = re.compile("[姓名电话電話号號楼樓单單户戶性别別住址]")


def decode(data: bytes) -> tuple[str, str]:
    """This function will return the text and the name of the encoding that gave it.

    A broken byte never loses the file: it becomes U+FFFD, which the cell rules then report.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace"), "utf-16"
    if data.startswith(b"\xef\xbb\xbf"):
        return data.decode("utf-8-sig", "replace"), "utf-8-sig"
    head = data[:4096]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) > len(head) // 12:
        encoding = "utf-16-le" if odd > even else "utf-16-be"
        return data.decode(encoding, "replace"), encoding
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _decode_legacy(data)


def _decode_legacy(data: bytes) -> tuple[str, str]:
    lenient = data.decode("utf-8", "replace")
    non_ascii = sum(1 for byte in data if byte > 127)
    if lenient.count("\ufffd") * 50 < non_ascii:
        return lenient, "utf-8"
    readable: list[tuple[str, str]] = []
    for encoding in ("gb18030", "big5"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _LEDGER_CHARACTERS.search(text[:2000]):
            return text, encoding
        readable.append((text, encoding))
    return readable[0] if readable else (data.decode("gb18030", "replace"), "gb18030")


def find_delimiter(text: str) -> str:
    """This function will return the delimiter that cuts the first lines most evenly."""
    lines = [line for line in text[:20_000].splitlines()[:40] if line.strip()][:30]
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        widths = sorted(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
        if not widths:
            continue
        usual = widths[len(widths) // 2]
        even = sum(1 for width in widths if width == usual) / len(widths)
        # Many columns are good, but only where the lines agree on them.
        score = (usual - 1) * even
        if score > best_score:
            best, best_score = delimiter, score
    return best


def read_rows(text: str, delimiter: str) -> list[list[str]]:
    """This function will split the text into rows of cells, blank lines kept for the row numbers.

    Raises:
        ValueError: more rows or columns than the limits allow.
    """
    text = text.replace("\x00", "")
    csv.field_size_limit(1_000_000)
    try:
        rows = _rows(text, delimiter, csv.QUOTE_MINIMAL)
    except csv.Error:
        rows = []
    swallowed = any(value.count("\n") > MAX_LINES_IN_A_CELL for row in rows for value in row)
    if swallowed or not rows:
        # One quotation mark that is never closed would take the rest of the list into its cell.
        rows = [[value.strip('"') for value in row] for row in _rows(text, delimiter, csv.QUOTE_NONE)]
    return rows


def _rows(text: str, delimiter: str, quoting: Literal[0, 3]) -> list[list[str]]:
    rows: list[list[str]] = []
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting):
        if len(row) > limits.MAX_COLUMNS or len(rows) >= limits.MAX_ROWS:
            raise ValueError("too many rows or columns")
        rows.append(row)
    return rows
