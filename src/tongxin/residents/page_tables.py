"""Tables and cards of this room's pages as plain dicts. Nothing is read here and nothing is decided."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tongxin.community import api as community
from tongxin.dispatch import api as dispatch
from tongxin.residents import api, rules, wording
from tongxin.workforce import api as workforce


def when(at: datetime | None) -> str:
    """This function will return a moment as it is shown: 11月3日 08:00."""
    if at is None:
        return ""
    return date_format(localtime(at), pgettext("format of a moment, see Django's date filter", "j M H:i"))


def clock(at: datetime) -> str:
    """This function will return a time of day."""
    return localtime(at).strftime("%H:%M")


def care_words() -> dict[str, str]:
    """This function will return the classes of the one-to-one list in the page's language."""
    words = {
        "RETIRED_LEADER": _("Retired leader"),
        "ACADEMICIAN": _("Academician"),
        "RETIRED_STAFF": _("Retired staff"),
    }
    return {code: words.get(code, code) for code in community.ONE_TO_ONE_CODES}


def _cell(words: Mapping[str, wording.Words], tones: Mapping[str, tuple[str, str]], code: str) -> dict[str, str]:
    tone, icon = tones.get(code, ("info", "info-circle"))
    return {"text": wording.label(words, code), "tone": tone, "icon": icon}


def call_state(code: str) -> dict[str, str]:
    return _cell(wording.CALL_STATES, wording.CALL_TONES, code)


def request_state(code: str) -> dict[str, str]:
    return _cell(wording.REQUEST_STATES, wording.REQUEST_TONES, code)


def urgency(code: str) -> dict[str, str]:
    return _cell(wording.URGENCIES, wording.URGENCY_TONES, code)


def late_cell(is_late: bool) -> Any:
    return {"text": _("Late"), "tone": "error", "icon": "clock"} if is_late else ""


def _door(person: Any) -> dict[str, str] | str:
    return {"door": person.dwelling.door} if person is not None and person.dwelling else ""


def _plain_door(person: Any) -> str:
    return person.dwelling.door if person is not None and person.dwelling else ""


def _name(person: Any) -> str:
    return community.masked_name(person) if person is not None else ""


# ---------- the board ----------
def ring(picture: api.Coverage) -> dict[str, Any]:
    """This function will return the coverage ring: covered of listed, and how much of the round is through."""
    listed, done = picture.listed, picture.total.reached
    return {
        "covered": picture.covered,
        "listed": listed,
        "arc": round(100 * picture.covered / listed) if listed else 0,
        "reached": done,
        "reached_arc": round(100 * done / listed) if listed else 0,
        "is_complete": picture.is_complete,
    }


def board_figures(picture: api.Coverage) -> list[dict[str, Any]]:
    """This function will return the numbers of the round, each with a link to its rows."""
    if picture.round is None:
        return []
    base = reverse("residents:round", args=[picture.round.uuid])
    total = picture.total
    rows: tuple[tuple[str, int, str], ...] = (
        ("FINE", total.fine, "?state=FINE"),
        ("NEED", total.need, "?state=NEED"),
        ("UNREACHED", total.unreached, "?state=UNREACHED"),
        ("DUE", total.due, "?state=DUE"),
    )
    figures = [
        {"label": wording.label(wording.CALL_STATES, code), "value": value, "url": base + query}
        for code, value, query in rows
    ]
    return [*figures, {"label": _("Late"), "value": total.late, "url": base + "?late=on"}]


_TALLY_COLUMNS = ("people", "fine", "need", "unreached", "due", "late")


def _tally_columns(first: str) -> list[dict[str, Any]]:
    return [
        {"key": "key", "label": first},
        {"key": "people", "label": _("People"), "is_number": True},
        {"key": "fine", "label": wording.label(wording.CALL_STATES, "FINE"), "is_number": True},
        {"key": "need", "label": wording.label(wording.CALL_STATES, "NEED"), "is_number": True},
        {"key": "unreached", "label": wording.label(wording.CALL_STATES, "UNREACHED"), "is_number": True},
        {"key": "due", "label": wording.label(wording.CALL_STATES, "DUE"), "is_number": True},
        {"key": "late", "label": _("Late"), "is_number": True},
    ]


def _numbers(row: Any) -> list[Any]:
    cells: list[Any] = [getattr(row, name) for name in _TALLY_COLUMNS]
    if row.late:
        cells[-1] = {"text": row.late, "tone": "error", "icon": "clock"}
    return cells


def class_table(rows: Sequence[api.Tally]) -> dict[str, Any]:
    """This function will return the board by class."""
    words = care_words()
    return {
        "caption": _("By class"),
        "columns": _tally_columns(_("Class")),
        "rows": [
            {
                "cells": [
                    {
                        "text": words.get(row.key, row.key),
                        "url": f"{reverse('residents:pairs')}?care={row.key}",
                        "is_head": True,
                    },
                    *_numbers(row),
                ]
            }
            for row in rows
        ],
        "empty_heading": _("Nobody is on the one-to-one list"),
        "empty_text": _("Import the special-care list, then pair everybody with a caller."),
    }


def caller_table(rows: Sequence[api.CallerTally]) -> dict[str, Any]:
    """This function will return the board by caller, with the load."""
    columns = _tally_columns(_("Caller"))
    columns[2:2] = [{"key": "deputy_of", "label": _("Deputy of"), "is_number": True}]
    columns.append({"key": "there", "label": _("There")})
    table = []
    for row in rows:
        people, *rest = _numbers(row)
        head = {
            "text": row.responder.code,
            "url": f"{reverse('residents:pairs')}?caller={row.responder.uuid}",
            "is_head": True,
        }
        gone = {"text": _("Gone or away"), "tone": "error", "icon": "person-x"}
        there = {"text": _("Yes"), "tone": "success", "icon": "person-check"}
        table.append({"cells": [head, people, row.deputy_of, *rest, there if row.is_there else gone]})
    return {
        "caption": _("By caller"),
        "columns": columns,
        "rows": table,
        "empty_heading": _("Nobody can call yet"),
        "empty_text": _("Give responders the skill of calling: they then become callers and deputies."),
    }


def caller_folds(rows: Sequence[api.CallerTally]) -> list[dict[str, Any]]:
    """This function will return the callers in two folds: who needs a look stands first and open, the others folded."""
    urgent = [row for row in rows if row.late or row.unreached or not row.is_there]
    parts = [(_("Late, not reached or away"), urgent, True)] if urgent else []
    calm = [row for row in rows if row not in urgent]
    if calm or not urgent:
        parts.append((_("All other callers") if urgent else _("Callers"), calm, not calm))
    return [
        {
            "label": label,
            "count": len(part),
            "people": sum(row.people for row in part),
            "is_open": is_open,
            "table": caller_table(part),
        }
        for label, part, is_open in parts
    ]


def uncovered_table(rows: Iterable[api.Uncovered]) -> dict[str, Any]:
    """This function will return who has nobody to call them, with the reason."""
    words = care_words()
    return {
        "caption": _("Without a caller"),
        "columns": [
            {"key": "door", "label": _("Door")},
            {"key": "name", "label": pgettext("of a person", "Name")},
            {"key": "care", "label": _("Class")},
            {"key": "why", "label": _("Why")},
        ],
        "rows": [
            {
                "cells": [
                    _door(row.person),
                    _name(row.person),
                    words.get(row.care_code, row.care_code),
                    {"text": wording.label(wording.UNCOVERED, row.why), "tone": "error", "icon": "person-x"},
                ]
            }
            for row in rows
        ],
    }


# ---------- pairs ----------
def pair_folds(
    pairs: Iterable[api.LiaisonPair], counts: Mapping[int | None, int], numbers: Mapping[int, str]
) -> list[dict[str, Any]]:
    """This function will return a page of pairs folded by building, each with how many people it has in all."""
    parts: dict[int | None, list[api.LiaisonPair]] = {}
    for pair in pairs:
        parts.setdefault(pair.person.building_id, []).append(pair)
    folds = []
    for building_id, mine in parts.items():
        number = numbers.get(building_id or 0, "")
        label = _("Building %(number)s") % {"number": number} if number else _("Door not known")
        table = pair_table(mine, label)
        count = counts.get(building_id, len(mine))
        folds.append({"label": label, "count": count, "is_open": len(parts) == 1, "table": table})
    return folds


def pair_table(pairs: Iterable[api.LiaisonPair], caption: str = "") -> dict[str, Any]:
    """This function will return pairs with masked names and the reason of each."""
    words = care_words()
    return {
        "caption": caption or _("Who calls whom"),
        "columns": [
            {"key": "person", "label": _("Door and name")},
            {"key": "care", "label": _("Class")},
            {"key": "caller", "label": _("Caller")},
            {"key": "deputy", "label": _("Deputy")},
            {"key": "why", "label": _("Why these two")},
        ],
        "rows": [
            {
                "cells": [
                    {
                        "text": f"{_plain_door(pair.person)} {_name(pair.person)}".strip(),
                        "url": reverse("residents:pair", args=[pair.uuid]),
                        "is_head": True,
                    },
                    words.get(pair.care_code, pair.care_code),
                    pair.caller.code,
                    pair.deputy.code if pair.deputy else {"text": _("None"), "tone": "warning", "icon": "person-x"},
                    wording.pair_reason(pair.reason),
                ]
            }
            for pair in pairs
        ],
        "empty_heading": _("No pairs here"),
        "empty_text": _("Change the filter, or pair everybody on the board."),
    }


# ---------- rounds ----------
def round_table(rounds: Iterable[api.CallRound], counts: Mapping[int, Mapping[str, int]]) -> dict[str, Any]:
    """This function will return rounds with how each stands."""
    columns = _tally_columns(_("Round"))
    columns[1:1] = [{"key": "window", "label": _("Window")}]
    rows = []
    for row in rounds:
        count = counts.get(row.pk, {})
        late = count.get("late", 0)
        rows.append(
            {
                "cells": [
                    {
                        "text": _("Round %(number)s") % {"number": row.number},
                        "url": reverse("residents:round", args=[row.uuid]),
                        "is_head": True,
                    },
                    f"{when(row.starts_at)} – {clock(row.ends_at)}",
                    *(count.get(key, 0) for key in ("calls", "fine", "need", "unreached", "due")),
                    {"text": late, "tone": "error", "icon": "clock"} if late else 0,
                ]
            }
        )
    return {
        "caption": _("Call rounds"),
        "columns": columns,
        "rows": rows,
        "empty_heading": _("No round yet"),
        "empty_text": _("A round opens by itself when the next window begins, or by the plan."),
    }


def call_table(calls: Iterable[api.LiaisonCall], at: datetime) -> dict[str, Any]:
    """This function will return the calls of a round with masked names."""
    return {
        "caption": _("Calls of this round"),
        "columns": [
            {"key": "door", "label": _("Door")},
            {"key": "name", "label": pgettext("of a person", "Name")},
            {"key": "caller", "label": _("Caller")},
            {"key": "state", "label": _("State")},
            {"key": "called", "label": _("Called")},
            {"key": "tries", "label": _("Tries"), "is_number": True},
            {"key": "late", "label": _("Late")},
            {"key": "told", "label": _("Told last")},
            {"key": "call", "label": _("Call instead")},
        ],
        "rows": [
            {
                "cells": [
                    _door(call.person),
                    _name(call.person),
                    {"text": call.caller.code, "is_head": True},
                    call_state(call.state),
                    when(call.called_at),
                    call.tries,
                    late_cell(call.state in rules.OPEN_CALLS and call.due_at <= at),
                    wording.label(wording.ROLES, call.escalated_to) if call.escalated_to else "",
                    {"text": _("Open"), "url": f"{reverse('residents:mine')}?call={call.uuid}"}
                    if call.state in rules.OPEN_CALLS
                    else "",
                ]
            }
            for call in calls
        ],
        "empty_heading": _("No calls here"),
        "empty_text": _("Change the filter to see other calls of this round."),
    }


# ---------- my calls ----------
def call_card(call: api.LiaisonCall, at: datetime, responder_id: int | None) -> dict[str, Any]:
    """This function will return one call as a card of the phone page, with the name masked."""
    return {
        "uuid": call.uuid,
        "door": call.person.dwelling.door if call.person.dwelling else "",
        "name": _name(call.person),
        "state": call_state(call.state),
        "tries": call.tries,
        "is_late": call.due_at <= at,
        "due": clock(call.due_at),
        "for_other": call.caller.code if call.caller_id != responder_id else "",
        "url": f"{reverse('residents:mine')}?call={call.uuid}",
    }


# ---------- requests ----------
def request_table(requests: Iterable[api.Request], at: datetime) -> dict[str, Any]:
    """This function will return requests by due time, with masked names and without their words."""
    return {
        "caption": _("Requests of residents"),
        "columns": [
            {"key": "kind", "label": _("Kind")},
            {"key": "urgency", "label": _("Urgency")},
            {"key": "door", "label": _("Door")},
            {"key": "name", "label": pgettext("of a person", "Name")},
            {"key": "owner", "label": _("Owner")},
            {"key": "state", "label": _("State")},
            {"key": "due", "label": _("Due")},
            {"key": "late", "label": _("Late")},
        ],
        "rows": [
            {
                "cells": [
                    {
                        "text": wording.label(wording.NEEDS, row.kind),
                        "url": reverse("residents:request", args=[row.uuid]),
                        "is_head": True,
                    },
                    urgency(row.urgency),
                    _door(row.person),
                    _name(row.person),
                    row.owner.username if row.owner else wording.label(wording.ROLES, row.owner_role),
                    request_state(row.state),
                    when(row.due_at),
                    late_cell(row.state in rules.OPEN_REQUESTS and row.due_at < at),
                ]
            }
            for row in requests
        ],
        "empty_heading": _("No requests here"),
        "empty_text": _(
            "Needs that callers hear, or that somebody tells the desk, appear here with an owner and a due time."
        ),
    }


def request_facts(row: api.Request) -> list[tuple[str, str]]:
    """This function will return what is known of a request, label by label."""
    facts = [
        (_("Urgency"), wording.label(wording.URGENCIES, row.urgency)),
        (_("State"), wording.label(wording.REQUEST_STATES, row.state)),
        (_("Owner"), row.owner.username if row.owner else wording.label(wording.ROLES, row.owner_role)),
        (_("Opened"), when(row.opened_at)),
        (_("Found by"), row.found_by),
        (_("Due"), when(row.due_at)),
        (_("Done"), when(row.done_at)),
        (_("Told back"), when(row.told_back_at)),
        (_("Satisfaction, 1 to 5"), str(row.satisfaction or "")),
    ]
    return [(name, text) for name, text in facts if text]


def steps(rows: Iterable[Any]) -> list[str]:
    """This function will return the steps up the chain as sentences."""
    return [
        _("%(when)s: %(who)s was told, %(why)s.")
        % {
            "when": when(row.told_at),
            "who": wording.label(wording.ROLES, row.told_role),
            "why": wording.label(wording.STEP_REASONS, row.reason),
        }
        for row in rows
    ]


def visit_card(task: dispatch.Task | None, hands: Sequence[dispatch.Assignment]) -> dict[str, Any] | None:
    """This function will return the visit that was asked for, or None."""
    if task is None:
        return None
    return {
        "state": task.state,
        "is_open": task.state not in ("DONE", "FAILED", "CANCELLED"),
        "who": ", ".join(row.responder.code for row in hands),
        "due": when(task.due_at),
        "outcome": task.outcome_code,
    }


def caller_choices(callers: Mapping[int, workforce.Responder], *, without: int | None = None) -> list[tuple[str, str]]:
    """This function will return callers as choices, by code."""
    rows = sorted(callers.values(), key=lambda row: row.code)
    return [(str(row.uuid), row.code) for row in rows if row.pk != without]
