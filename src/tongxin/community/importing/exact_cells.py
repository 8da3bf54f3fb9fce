"""Finds what a spreadsheet reader loses: the last digits of long numbers, and failed formulas.

Every spreadsheet reader turns ``<v>110101199003078515</v>`` into a float and loses the last
digits of an ID number. The file still has them, so they are taken from the file.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from io import BytesIO

from tongxin.community.importing.guard import column_number

_LONG = re.compile(
    rb"<(?:\w+:)?c\s[^<>]*?\br=\"([A-Z]{1,3})(\d{1,7})\"[^<>]*>(?:<(?:\w+:)?f[^<>]*>[^<>]*</(?:\w+:)?f>)?"
    rb"<(?:\w+:)?v>(\d{16,19})(?:\.0+)?</"
)
_FAILED = re.compile(
    rb"<(?:\w+:)?c\s(?=[^<>]*?\bt=\"e\")[^<>]*?\br=\"([A-Z]{1,3})(\d{1,7})\"[^<>]*>"
    rb"(?:<(?:\w+:)?f[^<>]*(?:/>|>[^<>]*</(?:\w+:)?f>))?<(?:\w+:)?v>(#[A-Z0-9/!?]{2,12})</"
)
_ANY_LONG = re.compile(rb">\d{16,19}(?:\.0+)?<")
_SHEET = re.compile(r"<(?:\w+:)?sheet\s([^<>]*)>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\s([^<>]*)>")
_ATTRIBUTE = re.compile(r"([\w:]+)\s*=\s*\"([^\"]*)\"")


def exact_cells(data: bytes) -> list[dict[tuple[int, int], int | str]]:
    """This function will return, per sheet in workbook order, ``(row, column) -> exact integer``.

    A failed formula (``#DIV/0!``) comes as its text, which the reader would give as nothing.
    Rows and columns are zero-based. Gives an empty list where the workbook is laid out so
    unusually that its sheets cannot be told; the caller then has the rounded numbers.
    """
    with zipfile.ZipFile(BytesIO(data)) as archive:
        names = set(archive.namelist())
        return [_exact_in(archive.read(path)) if path in names else {} for path in _sheet_paths(archive, names)]


def _exact_in(xml: bytes) -> dict[tuple[int, int], int | str]:
    found: dict[tuple[int, int], int | str] = {}
    if _ANY_LONG.search(xml):
        found.update((_position(match), int(match[3])) for match in _LONG.finditer(xml))
    if b't="e"' in xml:
        found.update((_position(match), match[3].decode("ascii")) for match in _FAILED.finditer(xml))
    return found


def _position(match: re.Match[bytes]) -> tuple[int, int]:
    return int(match[2]) - 1, column_number(match[1].decode("ascii")) - 1


def _sheet_paths(archive: zipfile.ZipFile, names: set[str]) -> list[str]:
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return []
    workbook = archive.read("xl/workbook.xml").decode("utf-8", "replace")
    relations = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    targets: dict[str, str] = {}
    for match in _RELATION.finditer(relations):
        attributes = dict(_ATTRIBUTE.findall(match[1]))
        target = attributes.get("Target", "")
        path = target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)
        targets[attributes.get("Id", "")] = posixpath.normpath(path)
    return [targets.get(dict(_ATTRIBUTE.findall(match[1])).get("r:id", ""), "") for match in _SHEET.finditer(workbook)]
