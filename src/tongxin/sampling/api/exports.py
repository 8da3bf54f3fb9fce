"""Lists that leave the screen: the still-missing list as a workbook and on paper. Names stay masked; each is recorded."""

from collections.abc import Collection, Sequence
from datetime import datetime
from io import BytesIO
from uuid import UUID

import xlsxwriter

from tongxin.base import audit
from tongxin.base.actors import Actor, Scope
from tongxin.community import api as community
from tongxin.sampling.api.desk_people import masked_people
from tongxin.sampling.api.rounds import get_round, members_query, missing_row
from tongxin.sampling.api.values import MissingRow


def list_for_paper(
    *,
    area_id: int,
    round_uuid: UUID,
    scope: Scope,
    entrance: UUID | None = None,
    states: Collection[str] = ("DUE",),
    purpose: str,
    actor: Actor,
    at: datetime,
) -> list[tuple[str, list[MissingRow]]]:
    """This function will return the people of a list by entrance, in walking order, and record that they were taken out.

    `purpose` is PRINT or XLSX.
    """
    round_ = get_round(area_id, round_uuid)
    rows = members_query(area_id, round_.pk, scope, states=states, entrance_uuid=entrance)
    found = list(rows.select_related("person__dwelling"))
    shown = masked_people(area_id=area_id, people=[row.person for row in found], at=at)
    labels = {
        place.pk: f"{place.building.number}-{place.number}" if place.number else place.building.number
        for place in community.list_entrances(area_id)
    }
    sheets: dict[str, list[MissingRow]] = {}
    for row in found:
        sheets.setdefault(labels.get(row.entrance_id or 0, ""), []).append(missing_row(row, shown[row.person_id].marks))
    audit.record(
        "sampling.list.taken",
        actor=actor,
        at=at,
        area_id=area_id,
        target_kind="SamplingRound",
        target_uuid=round_uuid,
        detail={"purpose": purpose, "people": len(found), "entrance": str(entrance or "")},
    )
    return list(sheets.items())


def missing_workbook(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """This function will return a workbook of texts: nothing in it becomes a formula or a link."""
    buffer = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        sheet = book.add_worksheet("missing")
        bold = book.add_format({"bold": True})
        sheet.write_row(0, 0, list(titles), bold)
        for number, row in enumerate(rows, 1):
            for column, text in enumerate(row):
                sheet.write_string(number, column, text)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(titles), 18)
    return buffer.getvalue()
