"""The plan page as plain values: what is to be decided now, what waits for a second officer, what is decided."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tongxin.hq import api, wording
from tongxin.hq.page_values import editable_fields, page_time, target_of, why_of


def plan_context(
    version: api.Plan | None,
    views: Sequence[api.LineView],
    *,
    may_decide: bool,
    before: Mapping[str, api.PlanLine],
    hands: Sequence[api.HandsNeeded],
) -> dict[str, Any]:
    """Return the plan in the order in which an officer needs it; `before` holds changed lines as they were."""
    rows = [_line_row(view, may_decide=may_decide, before=before.get(view.line.key)) for view in views]
    standing = [row for row in rows if not row["is_gone"]]
    waiting = [row for row in standing if row["is_open"]]
    mine = [row for row in waiting if not row["has_mine"]]
    theirs = [row for row in waiting if row["has_mine"]]
    return {
        "version": version,
        "trigger": wording.TRIGGERS.get(version.trigger, version.trigger) if version else "",
        "waiting": len(waiting),
        "line_total": len(standing),
        "to_decide": _groups(mine, may_decide=may_decide),
        "to_decide_count": len(mine),
        "second": theirs,
        "decided": [row for row in rows if row["is_gone"] or not row["is_open"]],
        "changes": {code: sum(row["change"] == code for row in rows) for code in ("NEW", "CHANGED", "GONE")},
        "hands": hands_rows(hands),
        "hands_line": hands_line(hands),
        "is_short": any(row.short_min for row in hands),
        "may_decide": may_decide,
    }


def _groups(rows: Iterable[dict[str, Any]], *, may_decide: bool) -> list[dict[str, Any]]:
    """Return lines of one kind together; those that one officer may decide alone may be approved in one go."""
    found: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault((row["kind"], row["needs_approvals"] > 1), []).append(row)
    return [
        {
            "id": f"kind-{index}",
            "title": lines[0]["measure"],
            "lines": lines,
            "needs_two": needs_two,
            "may_all": may_decide and not needs_two and len(lines) > 1,
        }
        for index, ((_kind, needs_two), lines) in enumerate(found.items())
    ]


def _line_row(view: api.LineView, *, may_decide: bool, before: api.PlanLine | None) -> dict[str, Any]:
    line = view.line
    is_gone = line.change == "GONE"
    is_open = api.is_waiting(line)
    return {
        "uuid": line.uuid,
        "version": line.version,
        "kind": (line.room, line.measure),
        "title": target_of(line),
        "measure": wording.measure(line.room, line.measure),
        "why": why_of(line),
        "was": _was(line, before),
        "details": _details(line, before),
        "hands": _hands_words(line),
        "rule_key": line.rule_key,
        "source": line.source,
        "grade": wording.GRADES.get(line.grade, line.grade),
        "hours": round(line.due_minutes / 60, 1),
        "canonical": line.body.get("canonical", ""),
        "level_label": _level(line),
        "change": line.change,
        "change_text": wording.CHANGES.get(line.change, line.change),
        "state": line.state,
        "state_text": wording.STATES.get(line.state, line.state),
        "tone": wording.TONES.get(line.state, ""),
        "is_gone": is_gone,
        "is_open": is_open,
        "is_edited": bool(line.edited_by) and line.body != line.original_body,
        "edited_by": line.edited_by,
        "strike_reason": line.strike_reason,
        "needs_approvals": line.needs_approvals,
        "approvals": _approvals(view) if line.needs_approvals > 1 or view.approved_by else "",
        "has_mine": view.has_my_approval,
        "may_approve": may_decide and is_open and not view.has_my_approval,
        "may_edit": may_decide and is_open and bool(editable_fields(line)),
        "may_strike": may_decide and is_open,
        "may_restore": may_decide and line.state == "STRUCK" and not is_gone,
        "result": wording.counts(line.result.get("counts", {})),
        "error": line.result.get("error", ""),
    }


def _level(line: api.PlanLine) -> str:
    label = line.body.get("label")
    return wording.localized(label) if isinstance(label, dict) else ""


def _approvals(view: api.LineView) -> str:
    """Return who has approved and who is missing, as a sentence."""
    names = wording.listed(view.approved_by)
    missing = view.line.needs_approvals - len(view.approved_by)
    if missing <= 0:
        return _("Approved by %(names)s.") % {"names": names}
    if not view.approved_by:
        return ngettext(
            "%(count)s officer has to approve.",
            "%(count)s different officers have to approve; nobody has yet.",
            missing,
        ) % {"count": missing}
    text = ngettext(
        "%(names)s has approved. %(count)s other officer is missing.",
        "%(names)s has approved. %(count)s other officers are missing.",
        missing,
    )
    return text % {"names": names, "count": missing}


def _was(line: api.PlanLine, before: api.PlanLine | None) -> str:
    """Return the reason of a changed line as the version before gave it, where it reads differently."""
    if line.change != "CHANGED" or before is None:
        return ""
    was = why_of(before)
    return "" if was == why_of(line) else was


def _details(line: api.PlanLine, before: api.PlanLine | None) -> list[dict[str, str]]:
    """Return what the line will do, field by field, where an officer may change it; the level stands in the head."""
    rows = []
    for name in editable_fields(line):
        text = _value(line.body.get(name))
        if not text or (name == "level" and _level(line)):
            continue
        was = _value(before.body.get(name)) if before is not None and line.change == "CHANGED" else ""
        label = str(wording.FIELDS.get(name, name))
        rows.append({"label": label, "text": text, "was": was if was != text else ""})
    return rows


def _value(value: Any) -> str:
    """Return a value of a body as people write it: ways of contact in words, moments and days by the language."""
    if value in (None, ""):
        return ""
    if isinstance(value, list):
        return wording.listed(map(wording.layer, value))
    if isinstance(value, str):
        moment = _moment(value)
        if isinstance(moment, datetime):
            return page_time(moment)
        return date_format(moment, "SHORT_DATE_FORMAT") if moment is not None else value
    return str(value)


def _moment(text: str) -> datetime | date | None:
    try:
        return parse_datetime(text) if "T" in text else parse_date(text)
    except ValueError:
        return None


# ---------- hands ----------
def hours(minutes: int) -> str:
    """Return minutes as hours: whole ones above ten, else with one figure after the point."""
    value = minutes / 60
    return str(round(value)) if value >= 10 or value == round(value) else f"{value:.1f}"


def _hands_words(line: api.PlanLine) -> str:
    """Return the hands that a line asks for: `Sampling 12 h, Registration 12 h`."""
    hands: Mapping[str, int] = line.numbers.get("hands") or {}
    return wording.listed(
        _("%(skill)s %(hours)s h") % {"skill": wording.skill(skill), "hours": hours(minutes)}
        for skill, minutes in hands.items()
    )


def hands_line(hands: Sequence[api.HandsNeeded]) -> str:
    """Return in one sentence whether hands suffice for the lines that wait."""
    short = [row for row in hands if row.short_min]
    if not short:
        return _("There are hands enough for all that waits.")
    what = wording.listed(
        _("%(skill)s %(hours)s h") % {"skill": wording.skill(row.skill), "hours": hours(row.short_min)} for row in short
    )
    return _("Hands are short: %(what)s.") % {"what": what}


def hands_rows(hands: Sequence[api.HandsNeeded]) -> list[dict[str, str]]:
    """Return skill by skill the hours that the waiting lines need, that are free, and that are short."""
    return [
        {
            "skill": wording.skill(row.skill),
            "need": hours(row.need_min),
            "have": hours(row.have_min),
            "waiting": hours(row.waiting_min) if row.waiting_min else "",
            "short": hours(row.short_min) if row.short_min else "",
        }
        for row in hands
    ]
