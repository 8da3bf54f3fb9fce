"""Plain values for headquarters' pages: texts, tables and groups made from rows, in the reader's language."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from tongxin.hq import api, wording
from tongxin.situation.api import FigureRow

#: What an officer may change in a line's body, if the body has it; the room has the last word.
_EDITABLE = ("level", "pool_size", "opens_at", "closes_at", "starts_at", "ends_at", "review_date", "layers")


def editable_fields(line: api.PlanLine) -> tuple[str, ...]:
    """Return the fields of a line's body that the form offers; a zone may also be given a day of review."""
    always = ("review_date",) if line.measure == "RAISE_ZONE" else ()
    return tuple(name for name in _EDITABLE if name in line.body or name in always)


def why_of(line: api.PlanLine) -> str:
    return wording.why(line.room, line.why, line.numbers)


def target_of(line: api.PlanLine) -> str:
    return wording.target(line.room, line.target_label, line.target_kind)


def line_title(line: api.PlanLine) -> str:
    """Return measure and target as one heading."""
    return f"{wording.measure(line.room, line.measure)} · {target_of(line)}".rstrip(" ·")


def trend(code: str) -> str:
    return str(wording.TRENDS.get(code, code))


def history_table(plans: Iterable[api.Plan]) -> dict[str, Any]:
    """Return the versions as a table."""
    columns = [
        {"key": "number", "label": _("Version"), "is_number": True},
        {"key": "drafted", "label": _("Drafted")},
        {"key": "trigger", "label": _("Because")},
        {"key": "lines", "label": _("Lines"), "is_number": True},
        {"key": "done", "label": _("In force from it"), "is_number": True},
        {"key": "ms", "label": _("Milliseconds to draft"), "is_number": True},
    ]
    rows = [
        [
            {"text": str(plan.number), "url": reverse("hq:plan_version", args=[plan.uuid]), "is_head": True},
            page_time(plan.drafted_at),
            wording.TRIGGERS.get(plan.trigger, plan.trigger),
            getattr(plan, "line_count", 0),
            getattr(plan, "done_count", 0),
            plan.draft_ms,
        ]
        for plan in plans
    ]
    return {
        "caption": _("Versions of the plan"),
        "columns": columns,
        "rows": rows,
        "empty_heading": _("There is no plan yet"),
        "empty_text": _("The first positive result drafts it."),
    }


def page_time(value: Any) -> str:
    """Return a moment as the page's language writes it."""
    return date_format(localtime(value), "SHORT_DATETIME_FORMAT")


def lines_in_force(lines: Iterable[api.PlanLine]) -> list[dict[str, Any]]:
    """Return measures in force with what they did."""
    return [
        {
            "title": line_title(line),
            "why": why_of(line),
            "at": line.decided_at,
            "result": wording.counts(line.result.get("counts", {})),
        }
        for line in lines
    ]


def order_text(order: api.Order) -> str:
    """Return what an order says: the decision's words, or measure and target of its plan line."""
    if order.line is not None:
        return line_title(order.line)
    return order.text


def order_why(order: api.Order) -> str:
    return why_of(order.line) if order.line is not None else ""


def figure_rows(rows: Iterable[FigureRow]) -> list[dict[str, str]]:
    """Return the figures that are not zero, with their names and units, in the order of the situation room."""
    return [
        {"label": str(row.entry.label), "text": f"{row.value} {row.entry.unit}".rstrip(), "url": row.url}
        for row in rows
        if row.value
    ]


def orders_table(orders: Iterable[api.Order], *, is_mine: bool = False) -> dict[str, Any]:
    """Return orders as a table: what, whose, until when, who has confirmed."""
    columns = [
        {"key": "order", "label": _("Order")},
        {"key": "group", "label": _("Group")},
        {"key": "due", "label": _("Until")},
        {"key": "receipts", "label": _("Receipts")},
        {"key": "state", "label": _("State")},
    ]
    return {
        "caption": _("Orders"),
        "columns": columns,
        "rows": [_order_row(order) for order in orders],
        "empty_heading": _("There is no order to your groups") if is_mine else _("There is no order here"),
        "empty_text": _("Approved lines of the plan and decisions of meetings become orders."),
    }


def _order_row(order: api.Order) -> list[Any]:
    receipts = getattr(order, "receipt_count", 0)
    if order.state == "DONE":
        state = {"text": _("Done"), "tone": "success", "icon": "check-circle"}
    elif getattr(order, "is_late", False):
        state = {"text": _("Late"), "tone": "error", "icon": "clock"}
    else:
        state = {"text": pgettext("order", "In hand"), "tone": "info", "icon": "hourglass-split"}
    confirmed: dict[str, Any] = {"text": _("Nobody yet"), "tone": "warning", "icon": "hourglass-split"}
    if receipts:
        text = ngettext("%(count)s person", "%(count)s people", receipts) % {"count": receipts}
        confirmed = {"text": text}
    number = _("No. %(number)s %(text)s") % {"number": order.number, "text": order_text(order)}
    return [
        {"text": number, "url": reverse("hq:order", args=[order.uuid]), "is_head": True},
        group_name(order.group),
        page_time(order.due_at),
        confirmed,
        state,
    ]


def group_name(group: Any) -> str:
    """Return a working group's name in the reader's language."""
    is_chinese = (get_language() or "").startswith("zh")
    return str(group.name if is_chinese or not group.name_en else group.name_en)


def group_choices(groups: Iterable[Any]) -> list[tuple[str, str]]:
    return [(group.code, group_name(group)) for group in groups]


def meetings_table(meetings: Iterable[api.Meeting]) -> dict[str, Any]:
    columns = [
        {"key": "title", "label": _("Meeting")},
        {"key": "held", "label": _("Held at")},
        {"key": "decisions", "label": _("Decisions"), "is_number": True},
    ]
    rows = [
        [
            {"text": meeting.title, "url": reverse("hq:meeting", args=[meeting.uuid]), "is_head": True},
            page_time(meeting.held_at),
            len(meeting.decisions.all()),
        ]
        for meeting in meetings
    ]
    return {
        "caption": _("Meetings"),
        "columns": columns,
        "rows": rows,
        "empty_heading": _("No meeting is recorded yet"),
        "empty_text": _("Minutes and decisions stand here; decisions become orders."),
    }


def decision_rows(decisions: Iterable[api.Decision]) -> list[dict[str, Any]]:
    """Return decisions with their order, if they have one."""
    return [
        {
            "uuid": decision.uuid,
            "text": decision.text,
            "group": group_name(decision.group),
            "due_at": decision.due_at,
            "order": next(iter(decision.orders.all()), None),
        }
        for decision in decisions
    ]
