"""Contexts of this room's pages as plain dicts. Nothing is written here and nothing is decided."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from tongxin.situation import api, wording
from tongxin.situation.documents.blocks import Block, blocks_of
from tongxin.situation.documents.words import day_text

#: Figures on the overview, in reading order.
OVERVIEW = (
    "incidents.new_cases_today",
    "incidents.cases",
    "incidents.suspects",
    "incidents.contacts",
    "situation.people_high",
    "sampling.round_missing",
    "sampling.results_overdue",
    "residents.requests_late",
    "dispatch.open",
    "dispatch.late",
    "workforce.on_shift",
    "situation.over_limits",
)


def change_text(row: api.FigureRow) -> str:
    """Return the change since yesterday with its sign; a dash where yesterday is not known."""
    if row.change is None:
        return "—"
    return "0" if row.change == 0 else f"{'+' if row.change > 0 else '−'}{abs(row.change)}"


def figure_cards(table: api.FigureTable) -> list[dict[str, Any]]:
    """Return the figures of the overview as cards."""
    return [
        {
            "label": row.entry.label,
            "value": row.value,
            "unit": row.entry.unit,
            "url": row.url,
            "note": api.change_words(table, key),
            "level": "HIGH" if row.is_worse else "",
        }
        for key in OVERVIEW
        if (row := table.rows.get(key)) is not None
    ]


def figures_table(rows: Iterable[api.FigureRow]) -> dict[str, Any]:
    """Return figures as a table: the name leads to the rows, the number has its unit and its change."""
    return {
        "caption": _("Figures with their rows"),
        "columns": [
            {"key": "part", "label": _("Part")},
            {"key": "label", "label": _("Figure")},
            {"key": "value", "label": _("Now"), "is_number": True},
            {"key": "change", "label": _("Since yesterday"), "is_number": True},
        ],
        "rows": [_figure_cells(row) for row in rows],
        "empty_heading": _("No figure fits this filter"),
        "empty_text": _("Choose another part, or show also what did not change."),
    }


def _figure_cells(row: api.FigureRow) -> list[Any]:
    name: dict[str, Any] = {"text": str(row.entry.label), "url": row.url, "is_head": True}
    change: Any = {"text": change_text(row), "tone": "warning"} if row.is_worse else change_text(row)
    room = wording.ROOMS.get(row.entry.room, row.entry.room)
    return [str(room), name, f"{row.value} {row.entry.unit}".rstrip(), change]


def problem_rows(table: api.FigureTable) -> list[dict[str, Any]]:
    """Return what is late or short now, in sentences with links."""
    found = []
    for problem in api.problems_in(table.values()):
        row = table.rows[problem.key]
        text = str(wording.PROBLEMS[problem.code]) % {"n": f"{row.value} {row.entry.unit}".strip()}
        found.append({"text": text, "url": row.url, "is_urgent": problem.is_urgent})
    return found


def curve_table(shown: api.Curve) -> dict[str, Any]:
    """Return the curve as a table, newest day first, for those who read rather than look."""
    language = wording.language()
    total, rows = 0, []
    for day in shown.days:
        total += sum(day.counts)
        cell: Any = {"text": str(day.counts[0]), "url": day.link} if day.link else str(day.counts[0])
        rows.append([{"text": day_text(day.on_date, language), "is_head": True}, cell, str(total)])
    return {
        "caption": shown.caption,
        "columns": [
            {"key": "day", "label": _("Day")},
            {"key": "cases", "label": _("Cases"), "is_number": True},
            {"key": "total", "label": _("Total so far"), "is_number": True},
        ],
        "rows": list(reversed(rows)),
    }


def report_table(reports: Iterable[api.Report]) -> dict[str, Any]:
    """Return reports as a table."""
    language = wording.language()
    tones = {"PROVISIONAL": "info", "READY": "warning", "SIGNED": "success"}
    return {
        "caption": _("Night reports"),
        "columns": [
            {"key": "day", "label": _("Day")},
            {"key": "number", "label": _("Number"), "is_number": True},
            {"key": "state", "label": _("State")},
            {"key": "made", "label": _("Written")},
            {"key": "by", "label": _("Written by")},
        ],
        "rows": [
            [
                {
                    "text": day_text(row.report_date, language),
                    "url": reverse("situation:report", args=[row.uuid]),
                    "is_head": True,
                },
                row.number,
                {"text": str(wording.STATES[row.state]), "tone": tones[row.state]},
                date_format(localtime(row.made_at), "Y-m-d H:i"),
                row.made_by,
            ]
            for row in reports
        ],
        "empty_heading": _("No report has been written yet"),
        "empty_text": _("The report of a day is written by itself before dawn. Write one now with the form below."),
    }


def report_blocks(content: api.ReportContent, may_open: Callable[[str], bool]) -> list[dict[str, Any]]:
    """Return a report in reading order for a page; links that the viewer may not open are left out."""
    known: dict[str, bool] = {}

    def link(path: str) -> str:
        if path and path not in known:
            known[path] = may_open(path)
        return path if path and known[path] else ""

    return [_block(block, index, link) for index, block in enumerate(blocks_of(content, is_page=True))]


def _block(block: Block, index: int, link: Callable[[str], str]) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": block.kind, "pieces": _pieces(block.pieces, link)}
    if block.kind == "table":
        found["headers"] = block.headers
        found["rows"] = [[_pieces(cell, link) for cell in row] for row in block.rows]
    if block.curve is not None:
        found["svg"] = api.curve_svg(block.curve, element_id=f"curve{index}", with_links=False)
    return found


def _pieces(pieces: Iterable[Any], link: Callable[[str], str]) -> list[dict[str, str]]:
    return [{"text": piece.text, "url": link(piece.link)} for piece in pieces]


def downloads(report: api.Report) -> list[dict[str, str]]:
    """Return the documents of a report with their names."""
    words: Mapping[tuple[str, str], tuple[str, str]] = {
        ("zh", "docx"): (_("Word, Chinese"), "file-earmark-word"),
        ("zh", "pdf"): (_("PDF, Chinese"), "file-earmark-pdf"),
        ("en", "docx"): (_("Word, English"), "file-earmark-word"),
        ("en", "pdf"): (_("PDF, English"), "file-earmark-pdf"),
    }
    return [
        {"url": reverse("situation:download", args=[report.uuid, language, kind]), "label": label, "icon": icon}
        for (language, kind), (label, icon) in words.items()
    ]
