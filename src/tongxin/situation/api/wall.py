"""The wall: at most seven blocks, each a number with its change since yesterday and its age."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tongxin.situation.api.tables import FigureTable, figure_table

MOST_BLOCKS = 7
#: A number that was not counted anew for this long is shown grey.
STALE_AFTER_SECONDS = 60


def wall_blocks(
    *, area_id: int, incident_id: int, at: datetime, counted_at: datetime | None = None
) -> list[dict[str, Any]]:
    """Return the blocks of the wall as `web/_wall_block.html` takes them, counted at `counted_at` (default `at`)."""
    moment = counted_at or at
    table = figure_table(area_id=area_id, incident_id=incident_id, at=moment)
    age = table.age_seconds(at)
    blocks = [_plain(table, "incidents.new_cases_today", level="HIGH"), _plain(table, "incidents.cases", level="HIGH")]
    blocks += [_sampling(table), _plain(table, "sampling.results_overdue", level="MEDIUM"), _coverage(table)]
    blocks += [_zones(table), _tasks(table)]
    return [block | {"age_seconds": age, "stale_after": STALE_AFTER_SECONDS} for block in blocks[:MOST_BLOCKS] if block]


def _value(table: FigureTable, key: str) -> int | float:
    row = table.rows.get(key)
    return row.value if row else 0


def change_words(table: FigureTable, key: str) -> str:
    """Return the change since yesterday in words; empty when yesterday is not known."""
    row = table.rows.get(key)
    if row is None or row.change is None:
        return ""
    if row.change == 0:
        return _("as yesterday")
    sign = "+" if row.change > 0 else "−"
    return _("%(change)s since yesterday") % {"change": f"{sign}{abs(row.change)}"}


def _plain(table: FigureTable, key: str, *, level: str = "") -> dict[str, Any]:
    row = table.rows.get(key)
    if row is None:
        return {}
    return {
        "label": str(row.entry.label),
        "value": row.value,
        "unit": str(row.entry.unit),
        "change": change_words(table, key),
        "level": level if row.value else "",
    }


def _sampling(table: FigureTable) -> dict[str, Any]:
    missing = _value(table, "sampling.round_missing")
    return {
        "label": _("Still missing"),
        "value": missing,
        "unit": "",
        "change": _("%(done)s of %(listed)s sampled")
        % {"done": _value(table, "sampling.round_done"), "listed": _value(table, "sampling.round_listed")},
        "level": "MEDIUM" if missing else "",
    }


def _coverage(table: FigureTable) -> dict[str, Any]:
    covered, listed = _value(table, "residents.covered"), _value(table, "residents.listed")
    late = int(_value(table, "residents.calls_late"))
    return {
        "label": _("One-to-one coverage"),
        "value": f"{covered}/{listed}",
        "unit": "",
        "change": ngettext("%(n)s late call", "%(n)s late calls", late) % {"n": late},
        "level": "HIGH" if covered < listed or late else "",
    }


def _zones(table: FigureTable) -> dict[str, Any]:
    rows = [
        {"label": _("High-risk zones"), "value": _value(table, "incidents.zones_high")},
        {"label": _("People in high-risk zones"), "value": _value(table, "situation.people_high")},
        {"label": _("Contacts now"), "value": _value(table, "incidents.contacts")},
        {"label": _("Waiting for retest"), "value": _value(table, "incidents.suspects")},
    ]
    return {"label": _("Zones and people"), "rows": rows, "change": "", "level": ""}


def _tasks(table: FigureTable) -> dict[str, Any]:
    late = _value(table, "dispatch.late")
    rows = [
        {"label": _("Open tasks"), "value": _value(table, "dispatch.open")},
        {"label": _("Late tasks"), "value": late},
        {"label": _("Tasks without hands"), "value": _value(table, "dispatch.unassigned")},
        {"label": _("Responders on shift"), "value": _value(table, "workforce.on_shift")},
    ]
    return {"label": _("Tasks and hands"), "rows": rows, "change": "", "level": "MEDIUM" if late else ""}
