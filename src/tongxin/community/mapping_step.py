"""The mapping step of an import as form fields: which sheets are used and what each column means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from tongxin.community import api, wording
from tongxin.community.importing.shapes import Column, Field, SheetLayout, SheetRole, Table
from tongxin.community.importing.titles import TITLES, title

PREVIEW_ROWS = 8
_HIDDEN_CHOICES = {Field.IMPORT_RESULT, Field.LIAISON_NAME, Field.LIAISON_DEPUTY_NAME}
_COLUMN = re.compile(r"c-(\d{1,4})-(\d{1,4})-(\d{1,4})")


def _choices() -> list[tuple[str, str]]:
    known = [(field.value, title(field, wording.language())) for field in TITLES if field not in _HIDDEN_CHOICES]
    return [("", _("Leave this column out")), *known]


def _column(column: Column, prefix: str) -> dict[str, Any]:
    sure = round(column.confidence * 100)
    return {
        "name": f"{prefix}-{column.index}",
        "title": column.title or _("Column %(number)s") % {"number": column.index + 1},
        "chosen": column.field.value if column.field else "",
        "confidence": sure,
        "is_unsure": column.field is not None and sure < 90,
    }


def _table(layout: SheetLayout, table: Table, prefix: str) -> dict[str, Any]:
    shown = layout.preview[table.header_end : table.header_end + PREVIEW_ROWS]
    columns = [
        _column(column, prefix) | {"values": [row[column.index] if column.index < len(row) else "" for row in shown]}
        for column in table.mapping.columns
    ]
    return {"columns": columns, "rows": table.end_row - table.first_row, "header_row": table.header_row + 1}


def sheets(preview: api.UploadPreview) -> dict[str, Any]:
    """This function will return the form of the mapping step: sheets, their lists, choices for each column.

    The sheet's name goes through a hidden field; columns are named by positions, never by what stands in them.
    """
    entries = []
    for at, layout in enumerate(preview.layouts):
        if layout.tables:
            tables = [_table(layout, table, f"c-{at}-{number}") for number, table in enumerate(layout.tables)]
            entries.append(
                {"at": at, "name": layout.sheet, "is_used": layout.role is SheetRole.PEOPLE, "tables": tables}
            )
    return {"entries": entries, "choices": _choices()}


def chosen(data: Mapping[str, Any]) -> dict[str, Any]:
    """This function will return the mapping that a posted form means; what is not ours in it is left out."""
    found: dict[str, Any] = {}
    by_position: dict[int, dict[str, Any]] = {}
    for key in data:
        if re.fullmatch(r"sheet-\d{1,4}", key):
            at = int(key[6:])
            entry = by_position[at] = {"use": data.get(f"use-{at}") == "1", "tables": []}
            found[str(data[key])[:60]] = entry
    for key in data:
        match = _COLUMN.fullmatch(key)
        if match is None or int(match[1]) not in by_position or int(match[2]) > 200:
            continue
        value = str(data[key])
        if value and value not in set(Field):
            continue
        tables = by_position[int(match[1])]["tables"]
        while len(tables) <= int(match[2]):
            tables.append({})
        tables[int(match[2])][match[3]] = value
    return {"sheets": found}
