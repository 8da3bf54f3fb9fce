"""The one-to-one ledger (一对一台账) as a workbook: the special-care list with who calls and how it went."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.timezone import localtime

from tongxin.base import audit
from tongxin.base.actors import Actor, Scope
from tongxin.community import api as community
from tongxin.incidents import api as incidents
from tongxin.residents import rules
from tongxin.residents.models import LiaisonCall, LiaisonPair, Request
from tongxin.workforce import api as workforce

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

#: Columns that the ledger has beyond the special-care list: key, Chinese title, English title.
COLUMNS = (
    ("zone", "当前风险等级", "Zone level now"),
    ("caller", "联络员", "Liaison"),
    ("deputy", "副联络员", "Liaison deputy"),
    ("caller_phone", "联络员电话", "Phone of the liaison"),
    ("last_call", "最近联络时间", "Last call"),
    ("outcome", "最近联络结果", "Outcome of the last call"),
    ("tries", "联络次数", "Tries"),
    ("medicine", "电话告知药品剩余天数", "Medicine days told by phone"),
    ("needs", "未办结诉求", "Open requests"),
    ("due", "诉求最近时限", "Next due time"),
    ("told_back", "已反馈诉求数", "Requests told back"),
)
_OUTCOMES = {
    "DUE": ("未联络", "Not called yet"),
    "FINE": ("平安", "Fine"),
    "NEED": ("有需要", "Has a need"),
    "UNREACHED": ("未接通", "Not reached"),
}
_Value = str | int | None
_ID_TITLES = ("同心编号", "Tongxin ID")


@cache
def _library() -> Any:
    """Load openpyxl here and nowhere else in this room: a start of the server does not wait for it."""
    return import_module("openpyxl")


def export_ledger(*, area_id: int, incident_id: int, scope: Scope, language: str, actor: Actor, at: datetime) -> bytes:
    """This function will return the ledger as .xlsx; imported again as a special-care list it adds nobody.

    The columns of the special-care list come from the community; behind them stand the columns of calling. Whole
    names and phones leave the system with it: the audit has an entry with the number of people.
    """
    chosen = community.PeopleFilter(care="ONE_TO_ONE")
    plain = community.export_people(
        area_id=area_id,
        scope=scope,
        wanted=chosen,
        kind=community.ImportKind.SPECIAL_CARE,
        language=community_language(language),
        actor=actor,
        at=at,
    )
    book: Workbook = _library().load_workbook(BytesIO(plain))
    facts = _facts(area_id, incident_id, at, 0 if language == "zh" else 1)
    count = _append(book, facts, 1 if language == "zh" else 2)
    audit.record(
        "residents.ledger.exported",
        actor=actor,
        at=at,
        area_id=area_id,
        target_kind="Incident",
        detail={"people": count},
    )
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def community_language(language: str) -> Any:
    """This function will return the language of the community's column titles."""
    return "zh" if language == "zh" else "en"


def _append(book: "Workbook", facts: dict[str, tuple[_Value, ...]], words: int) -> int:
    sheet = book.worksheets[0]
    found = _id_column(sheet.iter_rows(max_row=5))
    if found is None:
        raise LookupError("the export of the special-care list has no id column")
    places = _places(sheet, found[0], [column[words] for column in COLUMNS])
    count = 0
    for row in range(found[0] + 1, sheet.max_row + 1):
        values = facts.get(str(sheet.cell(row=row, column=found[1]).value or ""))
        if values is None:
            continue
        count += 1
        for place, value in zip(places, values, strict=True):
            cell = sheet.cell(row=row, column=place)
            cell.value = value
            if isinstance(value, str):
                # a text that begins with = stays a text
                cell.data_type = "s"
    return count


def _places(sheet: "Worksheet", header: int, titles: Sequence[str]) -> list[int]:
    """Return the column of each title: the one that the special-care list has already, else a new one behind it."""
    known: dict[str, int] = {str(cell.value or "").strip(): int(cell.column or 0) for cell in sheet[header]}
    places, after = [], sheet.max_column
    for words in titles:
        if words not in known:
            after += 1
            sheet.cell(row=header, column=after, value=words)
            known[words] = after
        places.append(known[words])
    return places


def _id_column(rows: Iterable[tuple[Any, ...]]) -> tuple[int, int] | None:
    for row in rows:
        for cell in row:
            # The rest of a merged cell has no value.
            if str(cell.value or "").strip() in _ID_TITLES:
                return cell.row, cell.column
    return None


def _facts(area_id: int, incident_id: int, at: datetime, words: int) -> dict[str, tuple[_Value, ...]]:
    pairs = list(
        LiaisonPair.objects.filter(area_id=area_id, incident_id=incident_id, ends_at=None).select_related("person")
    )
    ids = {pk for pair in pairs for pk in (pair.caller_id, pair.deputy_id) if pk is not None}
    team = workforce.responders_by_id(area_id=area_id, ids=ids)
    community.warm_names(area_id, [*(pair.person for pair in pairs)])
    levels = incidents.levels_by_entrance(area_id, incident_id, at)
    calls = _last_calls(area_id, incident_id)
    needs = _needs(area_id, incident_id)
    found: dict[str, tuple[_Value, ...]] = {}
    for pair in pairs:
        level = levels.get(pair.person.entrance_id or 0)
        caller, deputy = team[pair.caller_id], team.get(pair.deputy_id or 0)
        call = calls.get(pair.person_id)
        open_, due, told = needs.get(pair.person_id, (0, None, 0))
        found[str(pair.person.uuid)] = (
            level.level if level is not None else "",
            caller.name,
            deputy.name if deputy else "",
            caller.phone,
            _moment(call.called_at if call else None),
            _OUTCOMES[call.state][words] if call else "",
            call.tries if call else 0,
            call.medicine_days_left if call else None,
            open_,
            _moment(due),
            told,
        )
    return found


def _moment(at: datetime | None) -> str:
    return localtime(at).strftime("%Y-%m-%d %H:%M") if at else ""


def _last_calls(area_id: int, incident_id: int) -> dict[int, LiaisonCall]:
    rows = LiaisonCall.objects.filter(area_id=area_id, round__incident_id=incident_id)
    # the newest round wins, and within it there is one call a person
    return {row.person_id: row for row in rows.order_by("round__starts_at", "round__number")}


def _needs(area_id: int, incident_id: int) -> dict[int, tuple[int, datetime | None, int]]:
    found: dict[int, tuple[int, datetime | None, int]] = {}
    rows = Request.objects.filter(Q(person__isnull=False), area_id=area_id, incident_id=incident_id)
    for person_id, state, due_at in rows.values_list("person_id", "state", "due_at"):
        open_, due, told = found.get(person_id or 0, (0, None, 0))
        if state in rules.OPEN_REQUESTS:
            open_, due = open_ + 1, min(due, due_at) if due else due_at
        found[person_id or 0] = (open_, due, told + (state == "CLOSED"))
    return found
