"""A laboratory's file of results: tube, value, time. All rows are checked first; one bad row, and nothing is written."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.utils import timezone

from tongxin.base.actors import Actor
from tongxin.community import api as community
from tongxin.sampling.api.results import checked, overturned, record_result
from tongxin.sampling.api.values import ResultRefused, ResultRow, ResultsImport
from tongxin.sampling.models import SampleResult

MAX_ROWS = 20_000
_COLUMNS = {
    "tube": {"tube", "tubecode", "barcode", "code", "管号", "条码", "试管编号", "采样管编号", "管码", "条形码"},
    "value": {"value", "result", "结果", "检测结果", "检验结果"},
    "time": {"time", "reportedat", "reporttime", "date", "时间", "报告时间", "检测时间", "出结果时间", "日期"},
}
_VALUES = {
    "NEGATIVE": {"negative", "neg", "-", "n", "阴性", "阴", "未检出"},
    "POSITIVE": {"positive", "pos", "+", "p", "阳性", "阳", "检出", "可疑阳性"},
    "INVALID": {"invalid", "inv", "无效", "失败", "不合格", "重采"},
}
_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y.%m.%d %H:%M")


class NoColumns(ValueError):
    """The file has no row that names the columns tube and value."""


class TooManyRows(ValueError):
    """The file has more rows than a laboratory sends in one go."""


def import_results(
    *, area_id: int, data: bytes, dry_run: bool, laboratory: str = "", actor: Actor, at: datetime
) -> ResultsImport:
    """This function will check a file of results row by row and, unless `dry_run` or a row is refused, record them all.

    Columns `tube`, `value` and `time` (English or Chinese titles, any order; without a time the present counts).
    Raises `UploadRefused` (see `community.api`), `NoColumns`, `TooManyRows`.
    """
    rows = tuple(_judged(area_id, data, at))
    counts = {code: sum(row.code == code for row in rows) for code in sorted({row.code for row in rows})}
    if dry_run or not rows or any(not row.is_fine for row in rows):
        return ResultsImport(rows, False, counts)
    with transaction.atomic():
        for row in rows:
            record_result(
                area_id=area_id,
                tube_code=row.tube,
                value=row.value,
                reported_at=row.reported_at,
                laboratory=laboratory,
                actor=actor,
                at=at,
            )
    return ResultsImport(rows, True, counts)


def _judged(area_id: int, data: bytes, at: datetime) -> Iterator[ResultRow]:
    known: dict[str, str] = {}
    for number, tube, value, moment in _read(data):
        code = _judge(area_id, tube, value, moment, at)
        if code.is_fine and tube in known and known[tube] != value:
            code = ResultRow(number, tube, value, code.reported_at, "TWICE", {"tube": tube})
        known.setdefault(tube, value)
        yield ResultRow(number, tube, value, code.reported_at, code.code, code.numbers)


def _judge(area_id: int, tube: str, value: str, moment: object, at: datetime) -> ResultRow:
    reported_at = at if moment in (None, "") else _time(moment)
    if reported_at is None:
        return ResultRow(0, tube, value, None, "BAD_TIME", {"tube": tube})
    try:
        row, _people = checked(area_id, tube, value, reported_at, at)
    except ResultRefused as refused:
        return ResultRow(0, tube, value, reported_at, refused.code, {"tube": tube, **refused.numbers})
    same = SampleResult.objects.filter(area_id=area_id, tube=row, value=value, reported_at=reported_at)
    if same.exists():
        return ResultRow(0, tube, value, reported_at, "REPEAT")
    before = overturned(row, value, reported_at)
    return ResultRow(0, tube, value, reported_at, "CORRECTS" if before else "OK", {"before": before} if before else {})


def _read(data: bytes) -> Iterator[tuple[int, str, str, object]]:
    """Yield row number, tube, value and time of every row that is not blank, as the sheet counts rows."""
    for sheet in community.read_upload(data).sheets:
        titles: dict[str, int] | None = None
        if len(sheet.rows) > MAX_ROWS:
            raise TooManyRows
        for number, cells in enumerate(sheet.rows, 1):
            if titles is None:
                found = _titles(cells)
                titles = found if {"tube", "value"} <= set(found) else None
                continue
            texts = {name: cells[at] if at < len(cells) else None for name, at in titles.items()}
            tube = _text(texts["tube"])
            if tube or _text(texts["value"]):
                yield number, tube[:80], _value(texts["value"]), texts.get("time")
        if titles is not None:
            return
    raise NoColumns


def _titles(cells: Sequence[Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for index, cell in enumerate(cells):
        title = "".join(_text(cell).lower().replace("_", "").split())
        for name, words in _COLUMNS.items():
            if title in words:
                found.setdefault(name, index)
    return found


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        # a bar code of digits that a spreadsheet took for a number
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


def _value(cell: object) -> str:
    word = _text(cell).lower()
    return next((value for value, words in _VALUES.items() if word in words), word.upper()[:40])


def _time(cell: object) -> datetime | None:
    if isinstance(cell, datetime):
        return cell if timezone.is_aware(cell) else timezone.make_aware(cell)
    if isinstance(cell, date):
        return timezone.make_aware(datetime.combine(cell, time.min))
    text = _text(cell)
    for pattern in _FORMATS:
        try:
            return timezone.make_aware(datetime.strptime(text, pattern))  # noqa: DTZ007 - local time, made aware here
        except ValueError:
            continue
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
