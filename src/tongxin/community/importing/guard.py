"""Looks at an upload from the outside and refuses what must not reach the parser.

Costs milliseconds and never unpacks more than the limits allow. What passes here is still
parsed in a child process (``reader``): the guard is the first of two walls, not the only one.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from enum import StrEnum
from io import BytesIO

from tongxin.community.importing import limits

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
BINARY_MAGIC = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x7fELF", b"MZ")
CHUNK_BYTES = 1 << 18

_CELL = re.compile(rb"<(?:\w+:)?c\s[^<>]*?\br\s*=\s*[\"']([A-Z]{1,3})(\d{1,7})[\"'][^<>]*>(?=(</(?:\w+:)?c>)?)")
_REFERENCE = re.compile(rb"\br\s*=\s*[\"']([A-Z]{1,3})(\d{1,7})[\"']")
_WEB_PAGE = re.compile(rb"<\s*(?:!doctype\s+html|html|head|body|table|script|meta)\b", re.I)


class UploadFormat(StrEnum):
    """How an accepted upload is read."""

    XLSX = "xlsx"
    CSV = "csv"


class UploadRefused(Exception):
    """A file that cannot be read as a ledger; ``reasons.sentence`` gives the words."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def inspect_upload(data: bytes) -> UploadFormat:
    """This function will say how an upload is to be read, judging by its content alone.

    The file's name proves nothing, so it is not asked for.

    Raises:
        UploadRefused: empty, too large, wrong type, password, damaged, bomb, or a cell range
            that no ledger needs.
    """
    if not data.strip(b"\x00\t\r\n ") or data in (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"):
        raise UploadRefused("file_empty")
    if len(data) > limits.MAX_FILE_BYTES:
        raise UploadRefused("file_too_large", limit_mb=limits.MAX_FILE_BYTES >> 20)
    if data.startswith(OLE_MAGIC):
        # A workbook with a password is an old-style container around the encrypted package.
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise UploadRefused("file_has_password")
        raise UploadRefused("file_is_old_excel")
    if data.startswith(ZIP_MAGIC):
        _inspect_archive(data)
        return UploadFormat.XLSX
    _inspect_text(data)
    return UploadFormat.CSV


def _inspect_text(data: bytes) -> None:
    head = data[:4096]
    if head.startswith(BINARY_MAGIC):
        raise UploadRefused("file_wrong_type")
    if _WEB_PAGE.search(head.replace(b"\x00", b"")) and head.replace(b"\x00", b"").lstrip(
        b"\xef\xbb\xbf\xff\xfe \t\r\n"
    ).startswith(b"<"):
        raise UploadRefused("file_is_web_page")
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?xml"):
        raise UploadRefused("file_wrong_type")
    is_utf16 = head.startswith((b"\xff\xfe", b"\xfe\xff")) or _looks_like_utf16(head)
    controls = sum(1 for byte in head if byte < 32 and byte not in b"\t\r\n\x0b\x0c\x1a\x00")
    if controls * 20 > len(head) or (b"\x00" in head and not is_utf16):
        raise UploadRefused("file_wrong_type")


def _looks_like_utf16(head: bytes) -> bool:
    even, odd = head[0::2].count(0), head[1::2].count(0)
    return max(even, odd) > len(head) // 12 and min(even, odd) * 8 <= max(even, odd)


def _inspect_archive(data: bytes) -> None:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_directory(entries, len(data))
            _check_kind({entry.filename.replace("\\", "/").lower() for entry in entries})
            for entry in entries:
                if _may_hold_cells(entry.filename) and not _is_plainly_small(archive, entry):
                    _check_range(archive, entry)
    except UploadRefused:
        raise
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        EOFError,
        OSError,
        ValueError,
        RuntimeError,
    ) as error:
        raise UploadRefused("file_damaged") from error


def _check_directory(entries: list[zipfile.ZipInfo], file_bytes: int) -> None:
    if len(entries) > limits.MAX_ENTRIES:
        raise UploadRefused("file_is_bomb")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise UploadRefused("file_has_password")
    packed = sum(entry.compress_size for entry in entries)
    unpacked = sum(entry.file_size for entry in entries)
    # Entries that share bytes are how small archives unpack to terabytes.
    if packed > file_bytes or unpacked > limits.MAX_UNPACKED_BYTES:
        raise UploadRefused("file_is_bomb")
    for entry in entries:
        big = entry.file_size > limits.RATIO_APPLIES_ABOVE_BYTES
        if big and entry.file_size > limits.MAX_RATIO * max(entry.compress_size, 1):
            raise UploadRefused("file_is_bomb")


def _check_kind(names: set[str]) -> None:
    if "xl/workbook.bin" in names or "content.xml" in names:
        raise UploadRefused("file_is_old_excel")
    if "[content_types].xml" not in names or not any(name.endswith("workbook.xml") for name in names):
        raise UploadRefused("file_wrong_type")


def _may_hold_cells(filename: str) -> bool:
    name = filename.lower()
    return name.endswith(".xml") and not name.endswith(("sharedstrings.xml", "styles.xml", "[content_types].xml"))


def _is_plainly_small(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    """Says yes if even with its empty cells the sheet is small; ten times faster than measuring."""
    letters: set[bytes] = set()
    bottom, rest = 0, b""
    for chunk in _chunks(archive, entry):
        found = _REFERENCE.findall(rest + chunk)
        letters.update(column for column, _ in found)
        bottom = max(bottom, max((int(row) for row in {row for _, row in found}), default=0))
        rest = chunk[-32:]
    right = max((column_number(text.decode("ascii")) for text in letters), default=0)
    if bottom > limits.MAX_ROWS or right > limits.MAX_COLUMNS:
        return False
    return bottom * right <= limits.MAX_RECTANGLE


def _chunks(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    seen = 0
    with archive.open(entry) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            seen += len(chunk)
            if seen > limits.MAX_UNPACKED_BYTES:
                raise UploadRefused("file_is_bomb")
            yield chunk


def _check_range(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Measures the rectangle around all filled cells; the declared dimension may lie."""
    top, bottom, left, right = 1 << 30, -1, 1 << 30, -1
    columns: dict[bytes, int] = {}
    for letters, digits, empty, tag in _cells(archive, entry):
        column = columns.get(letters)
        if column is None:
            column = columns[letters] = column_number(letters.decode("ascii"))
        row = int(digits)
        if row > limits.MAX_ROWS or column > limits.MAX_COLUMNS:
            if empty or tag.endswith(b"/>"):
                continue  # painted but empty: people color whole rows
            raise UploadRefused("sheet_too_wide", cell=f"{letters.decode('ascii')}{row}", rows=limits.MAX_ROWS)
        top, bottom = min(top, row), max(bottom, row)
        left, right = min(left, column), max(right, column)
    if bottom >= top and (bottom - top + 1) * (right - left + 1) > limits.MAX_RECTANGLE:
        raise UploadRefused("sheet_too_large", cells=limits.MAX_RECTANGLE)


def _cells(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[tuple[bytes, bytes, bytes, bytes]]:
    rest = b""
    for chunk in _chunks(archive, entry):
        text = rest + chunk
        end = 0
        # The last tag may be cut, and its closing tag may be in the next chunk.
        cut = max(len(text) - 512, 0)
        for match in _CELL.finditer(text):
            if match.start() >= cut:
                break
            end = match.end()
            yield match[1], match[2], match[3] or b"", match[0]
        rest = text[max(end, cut) :]
    for match in _CELL.finditer(rest):
        yield match[1], match[2], match[3] or b"", match[0]


def column_number(letters: str) -> int:
    """This function will turn ``A``, ``Z``, ``AA`` into 1, 26, 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
