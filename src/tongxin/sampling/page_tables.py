"""Tables and values of this room's pages as plain dicts. Nothing is read here and nothing is decided."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from tongxin.sampling import api, wording

_TONES = {"OPEN": "warning", "CLOSED": "success", "RESULTED": "success", "VOID": ""}


def when(value: datetime | None) -> str:
    """This function will return a moment in the page's short form."""
    return date_format(localtime(value), "SHORT_DATETIME_FORMAT") if value else ""


def round_table(rounds: Iterable[api.SamplingRound], counts: Mapping[int, api.Counts]) -> dict[str, Any]:
    return {
        "caption": _("Sampling rounds"),
        "columns": [
            {"label": _("Round")},
            {"label": _("For whom")},
            {"label": _("State")},
            {"label": _("Begins")},
            {"label": _("Ends")},
            {"label": _("Sampled"), "is_number": True},
            {"label": _("Still missing"), "is_number": True},
            {"label": wording.label(wording.MEMBER_STATES, "REFUSED"), "is_number": True},
        ],
        "rows": [
            {
                "cells": [
                    {"text": f"{row.number}", "url": reverse("sampling:round", args=[row.uuid]), "is_head": True},
                    wording.label(wording.KINDS, row.kind),
                    {"text": wording.label(wording.ROUND_STATES, row.state), "tone": _TONES.get(row.state, "")},
                    when(row.opens_at),
                    when(row.closes_at),
                    f"{found.done}/{found.listed}",
                    str(found.missing),
                    str(found.refused),
                ]
            }
            for row in rounds
            for found in [counts.get(row.pk, api.Counts())]
        ],
        "empty_heading": _("No round yet"),
        "empty_text": _("A round opens from the plan, from a positive pool, or here."),
    }


def progress_tree(
    progress: api.RoundProgress, round_: api.SamplingRound, *, current: str = "", state: str = "DUE"
) -> list[dict[str, Any]]:
    """This function will return grids with their buildings and entrances, most missing first; each entrance is a link.

    A grid or building without anybody missing stays folded; a viewer with one grid finds it unfolded.
    """
    base = reverse("sampling:round", args=[round_.uuid])
    doors: dict[int | None, list[dict[str, Any]]] = {}
    for place in _most_missing(progress.entrances):
        uuid = str(place.uuid or "")
        url = f"{base}?{urlencode({'state': state, 'entrance': uuid})}#missing" if uuid else ""
        doors.setdefault(place.building_id, []).append(
            _fold(place, _("Entrance %(label)s")) | {"url": url, "is_current": bool(uuid) and uuid == current}
        )
    buildings: dict[int | None, list[dict[str, Any]]] = {}
    for place in _most_missing(progress.buildings):
        inside = doors.get(place.id, [])
        row = _fold(place, _("Building %(label)s")) | {"entrances": inside}
        row["is_open"] = any(door["is_current"] for door in inside) or len(progress.buildings) == 1
        buildings.setdefault(place.grid_id, []).append(row)
    grids = []
    for place in _most_missing(progress.grids):
        inside = buildings.get(place.id, [])
        row = _fold(place, _("Grid %(label)s")) | {"buildings": inside}
        row["is_open"] = any(part["is_open"] for part in inside) or len(progress.grids) == 1
        grids.append(row)
    return grids


def _most_missing(places: Sequence[api.PlaceProgress]) -> list[api.PlaceProgress]:
    return sorted(places, key=lambda place: -place.counts.missing)


def _fold(place: api.PlaceProgress, words: str) -> dict[str, Any]:
    counts = place.counts
    return {
        "label": words % {"label": place.label} if place.label else _("Place not known"),
        "missing": counts.missing,
        "done": counts.done,
        "listed": counts.listed,
        "refused": counts.refused,
        "away": counts.away,
    }


def state_filters(current: str, counts: api.Counts) -> list[dict[str, Any]]:
    """This function will return the states that the list may be filtered by, each with its number."""
    numbers = {"DUE": counts.missing, "REFUSED": counts.refused, "AWAY": counts.away, "EXEMPT": counts.exempt}
    return [
        {
            "code": code,
            "label": wording.label(wording.MEMBER_STATES, code),
            "count": number,
            "is_current": code == current,
        }
        for code, number in numbers.items()
    ]


def missing_rows(rows: Iterable[api.MissingRow]) -> list[dict[str, Any]]:
    """This function will return people of a list as the page shows them; why somebody is at home is not on it."""
    return [
        {
            "uuid": row.member_uuid,
            "name": row.name or _("Without a name"),
            "door": row.door,
            "marks": wording.marks(row.marks),
            "state": row.state,
            "state_text": wording.label(wording.MEMBER_STATES, row.state),
            "reason": wording.label(wording.STATE_REASONS, row.state_reason) if row.state_reason else "",
            "is_at_home": row.is_at_home,
            "has_phone": row.has_phone,
        }
        for row in rows
    ]


def home_table(rows: Iterable[api.MissingRow], caption: str) -> dict[str, Any]:
    return {
        "caption": caption,
        "columns": [
            {"label": _("Door")},
            {"label": _("Name")},
            {"label": _("Why at the door")},
            {"label": _("State")},
        ],
        "rows": [
            {
                "cells": [
                    {"door": row.door, "is_head": True},
                    row.name,
                    wording.label(wording.HOME_REASONS, row.home_reason) if row.home_reason else "",
                    {
                        "text": wording.label(wording.MEMBER_STATES, row.state),
                        "tone": "success" if row.state == "DONE" else "warning" if row.state == "DUE" else "",
                    },
                ]
            }
            for row in rows
        ],
        "empty_heading": _("Nobody has to be sampled at the door"),
        "empty_text": _("The disease profile says who is sampled at home: contacts, very old and bed-bound people."),
    }


def tube_table(tubes: Iterable[api.Tube], caption: str, *, at: datetime, with_round: bool = False) -> dict[str, Any]:
    columns = [_("Tube"), _("Desk"), _("People"), _("State"), _("Opened"), _("Result due")]
    rows = []
    for tube in tubes:
        due: dict[str, Any] = {"text": when(tube.result_due_at)}
        if tube.result_due_at and tube.result_due_at < at and tube.state in ("OPEN", "CLOSED"):
            due |= {"tone": "error", "icon": "exclamation-triangle"}
        state = {"text": wording.label(wording.TUBE_STATES, tube.state), "tone": _TONES.get(tube.state, "")}
        cells: list[Any] = [
            {"text": tube.code, "is_head": True},
            tube.desk or "—",
            f"{tube.filled}/{tube.capacity}",
            state,
            when(tube.opened_at),
            due,
        ]
        if with_round:
            cells.append({"text": str(tube.round.number), "url": reverse("sampling:tubes", args=[tube.round.uuid])})
        rows.append({"cells": cells})
    return {
        "caption": caption,
        "columns": [{"label": text} for text in [*columns, *([_("Round")] if with_round else [])]],
        "rows": rows,
        "empty_heading": _("No tubes here"),
        "empty_text": _("A tube appears when its code is scanned at a desk for the first time."),
    }


def pool_table(pools: Iterable[api.RecallView], *, at: datetime) -> dict[str, Any]:
    rows = []
    for pool in pools:
        state = pool.state
        is_late = state.code in ("WAITING", "FOUND_WAITING") and pool.due_at < at
        tones = {"WAITING": "warning", "FOUND_WAITING": "error", "FOUND": "error", "UNRESOLVED": "warning"}
        rows.append(
            {
                "cells": [
                    {
                        "text": pool.tube_code,
                        "url": reverse("sampling:round", args=[pool.recall_round_uuid]),
                        "is_head": True,
                    },
                    ", ".join(pool.entrances),
                    f"{state.sampled}/{state.people}",
                    f"{state.negative}/{state.people}",
                    str(state.positive),
                    {"text": wording.label(wording.RECALL_STATES, state.code), "tone": tones[state.code]},
                    when(pool.opened_at),
                    {"text": when(pool.due_at), "tone": "error" if is_late else ""},
                ]
            }
        )
    labels = [
        *(_("Tube"), _("Entrances"), _("Sampled again"), _("Negative"), _("Positive"), _("State")),
        *(_("Called back"), _("To be done by")),
    ]
    return {
        "caption": _("Positive pools"),
        "columns": [{"label": text} for text in labels],
        "rows": rows,
        "empty_heading": _("No positive pool"),
        "empty_text": _("When a shared tube is positive, its people are called back by themselves and stand here."),
    }


def _what_happens(row: api.ResultRow) -> str:
    numbers = dict(row.numbers)
    if "before" in numbers:
        numbers["before"] = wording.label(wording.VALUES, numbers["before"])
    return wording.sentence(wording.RESULTS, row.code, numbers)


def file_table(found: api.ResultsImport) -> dict[str, Any]:
    shown = sorted(found.rows, key=lambda row: (row.is_fine, row.code != "CORRECTS", row.number))[:200]
    return {
        "caption": _("Rows of the file, refused ones first"),
        "columns": [{"label": _("Row")}, {"label": _("Tube")}, {"label": _("Result")}, {"label": _("What happens")}],
        "rows": [
            {
                "cells": [
                    {"text": str(row.number), "is_head": True},
                    row.tube,
                    wording.label(wording.VALUES, row.value),
                    {
                        "text": _what_happens(row),
                        "tone": ("warning" if row.code == "CORRECTS" else "") if row.is_fine else "error",
                    },
                ]
            }
            for row in shown
        ],
    }
