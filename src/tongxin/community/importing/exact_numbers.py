"""Finds long numbers in a workbook digit by digit.

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
_ANY_LONG = re.compile(rb">\d{16,19}(?:\.0+)?<")
_SHEET = re.compile(r"<(?:\w+:)?sheet\s([^<>]*)>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\s([^<>]*)>")
_ATTRIBUTE = re.compile(r"([\w:]+)\s*=\s*\"([^\"]*)\"")


def long_numbers(data: bytes) -> list[dict[tuple[int, int], int]]:
    """This function will return, per sheet in workbook order, ``(row, column) -> exact integer``.

    Rows and columns are zero-based. Gives an empty list where the workbook is laid out so
    unusually that its sheets cannot be told; the caller then has the rounded numbers.
    """
    with zipfile.ZipFile(BytesIO(data)) as archive:
        names = set(archive.namelist())
        found: list[dict[tuple[int, int], int]] = []
        for path in _sheet_paths(archive, names):
            xml = archive.read(path) if path in names else b""
            if not _ANY_LONG.search(xml):
                found.append({})
                continue
            found.append(
                {
                    (int(match[2]) - 1, column_number(match[1].decode("ascii")) - 1): int(match[3])
                    for match in _LONG.finditer(xml)
                }
            )
    return found


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
