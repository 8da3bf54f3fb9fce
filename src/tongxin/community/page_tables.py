"""Contexts of this room's pages as plain dicts. Nothing is written here and nothing is decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tongxin.community import api, wording
from tongxin.community.import_flow import ImportFlow
from tongxin.community.models import (
    Building,
    Dwelling,
    ImportRun,
    MergeCandidate,
    Person,
    Residence,
    SpecialCare,
    VerifyItem,
)

PER_PAGE = 50


def page_of(request: HttpRequest, rows: QuerySet[Any] | list[Any]) -> Page[Any]:
    """This function will return the page that the address asks for; a wrong number gives the nearest page."""
    return Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))


def door_of(person: Person) -> str:
    return person.dwelling.door if person.dwelling else ""


def people_table(area_id: int, people: Iterable[Person]) -> dict[str, Any]:
    """This function will return masked people with their doors; one query for the keys of the page."""
    rows = list(people)
    api.warm_names(area_id, rows)
    return {
        "caption": _("People in the order of their doors"),
        "columns": [
            {"key": "name", "label": wording.FIELDS["name"]},
            {"key": "door", "label": wording.FIELDS["door"]},
            {"key": "state", "label": _("State of the data")},
        ],
        "rows": [
            {
                "cells": [
                    {
                        "text": api.masked_name(person) or _("Without a name"),
                        "url": reverse("community:person", args=[person.uuid]),
                        "is_head": True,
                    },
                    {"door": door_of(person)} if person.dwelling else _("No door"),
                    {"text": _("To verify"), "tone": "warning", "icon": "question-circle"}
                    if person.is_to_verify
                    else {"text": _("No open doubt"), "tone": "success", "icon": "check-circle"},
                ]
            }
            for person in rows
        ],
        "empty_heading": _("Nobody is on this list"),
        "empty_text": _("Loosen the filter, or import the residents' ledger first."),
    }


def care_table(area_id: int, rows: Iterable[SpecialCare]) -> dict[str, Any]:
    """This function will return the special-care list; particulars stay sealed until a person is opened."""
    care = list(rows)
    api.warm_names(area_id, [row.person for row in care])
    return {
        "caption": _("Special care in the order of the doors"),
        "columns": [
            {"key": "name", "label": wording.FIELDS["name"]},
            {"key": "door", "label": wording.FIELDS["door"]},
            {"key": "class", "label": _("Class")},
            {"key": "days", "label": _("Days of medicine left"), "is_number": True},
        ],
        "rows": [
            {
                "cells": [
                    {
                        "text": api.masked_name(row.person) or _("Without a name"),
                        "url": reverse("community:person", args=[row.person.uuid]),
                        "is_head": True,
                    },
                    {"door": door_of(row.person)},
                    wording.CARE[row.code],
                    "" if row.medicine_days_left is None else row.medicine_days_left,
                ]
            }
            for row in care
        ],
        "empty_heading": _("Nobody is in this class"),
        "empty_text": _("Import the special-care list, or choose another class."),
    }


def verify_table(area_id: int, rows: Iterable[VerifyItem]) -> dict[str, Any]:
    items = list(rows)
    api.warm_names(area_id, [item.person for item in items])
    return {
        "caption": _("What has to be verified, in the order of the doors"),
        "columns": [
            {"key": "name", "label": wording.FIELDS["name"]},
            {"key": "door", "label": wording.FIELDS["door"]},
            {"key": "field", "label": _("Field")},
            {"key": "reason", "label": _("Why")},
        ],
        "rows": [
            {
                "cells": [
                    {
                        "text": api.masked_name(item.person) or _("Without a name"),
                        "url": reverse("community:verify_item", args=[item.uuid]),
                        "is_head": True,
                    },
                    {"door": door_of(item.person)},
                    wording.field_words(item.field),
                    wording.reason_words(item.reason, item.field),
                ]
            }
            for item in items
        ],
        "empty_heading": _("Nothing to verify"),
        "empty_text": _("Every field that the ledgers left in doubt has been answered."),
    }


def pairs_table(area_id: int, rows: Iterable[MergeCandidate]) -> dict[str, Any]:
    pairs = list(rows)
    api.warm_names(area_id, [person for pair in pairs for person in (pair.first, pair.second)])
    return {
        "caption": _("Rows that may be one person, surest first"),
        "columns": [
            {"key": "first", "label": _("First row")},
            {"key": "second", "label": _("Second row")},
            {"key": "why", "label": _("Why")},
            {"key": "score", "label": _("How sure (of 100)"), "is_number": True},
        ],
        "rows": [
            {
                "cells": [
                    {
                        "text": f"{api.masked_name(pair.first)} {door_of(pair.first)}",
                        "url": reverse("community:pair", args=[pair.uuid]),
                        "is_head": True,
                    },
                    f"{api.masked_name(pair.second)} {door_of(pair.second)}",
                    wording.pair_words(pair.reasons),
                    pair.score,
                ]
            }
            for pair in pairs
        ],
        "empty_heading": _("No pair is in this state"),
        "empty_text": _("Each import looks for people who are on the ledger twice and puts them here."),
    }


def buildings_table(buildings: Iterable[Building]) -> dict[str, Any]:
    return {
        "caption": _("Buildings and their entrances"),
        "columns": [
            {"key": "number", "label": _("Building")},
            {"key": "grid", "label": _("Grid")},
            {"key": "entrances", "label": _("Entrances")},
            {"key": "floors", "label": _("Floors"), "is_number": True},
            {"key": "lift", "label": _("Lift")},
            {"key": "plan", "label": _("On the site plan")},
        ],
        "rows": [
            {
                "cells": [
                    {
                        "text": _("Building not known") if building.number == "?" else building.name or building.number,
                        "url": reverse("community:building", args=[building.uuid]),
                        "is_head": True,
                    },
                    building.grid.name or building.grid.number
                    if building.grid
                    else {"text": _("No grid yet"), "tone": "warning", "icon": "exclamation-triangle"},
                    ", ".join(sorted(entrance.number or "–" for entrance in building.entrances.all())),
                    building.floors or "",
                    _("Yes") if building.has_lift else _("No"),
                    _("Yes") if building.x is not None else _("No"),
                ]
            }
            for building in buildings
        ],
        "empty_heading": _("No building yet"),
        "empty_text": _("Buildings, entrances and dwellings come in with the residents' ledger."),
    }


def dwellings_table(dwellings: Iterable[Dwelling]) -> dict[str, Any]:
    return {
        "caption": _("Dwellings in walking order"),
        "columns": [
            {"key": "door", "label": wording.FIELDS["door"]},
            {"key": "floor", "label": _("Floor"), "is_number": True},
            {"key": "people", "label": _("Number of people"), "is_number": True},
        ],
        "rows": [
            {
                "cells": [
                    {"text": row.door, "url": reverse("community:household", args=[row.uuid]), "is_head": True},
                    "" if row.floor is None else row.floor,
                    getattr(row, "people_count", 0),
                ]
            }
            for row in dwellings
        ],
        "empty_heading": _("No dwelling yet"),
        "empty_text": _("Dwellings come in with the residents' ledger."),
    }


def departments_table(departments: Iterable[Any]) -> dict[str, Any]:
    return {
        "caption": _("Departments, work units and school classes"),
        "columns": [
            {"key": "name", "label": _("Name of the department or class")},
            {"key": "kind", "label": _("Kind")},
            {"key": "people", "label": _("Number of people"), "is_number": True},
        ],
        "rows": [
            {
                "cells": [
                    {"text": row.name, "is_head": True},
                    wording.DEPARTMENT_KINDS[row.kind],
                    row.people_count,
                ]
            }
            for row in departments
        ],
        "empty_heading": _("No department yet"),
        "empty_text": _("Departments, work units and classes come in with the ledgers."),
    }


def runs_table(runs: Iterable[ImportRun], flow: ImportFlow) -> dict[str, Any]:
    tones = {"DONE": ("success", "check-circle"), "REFUSED": ("error", "x-circle")}
    return {
        "caption": _("Imports, newest first"),
        "columns": [
            {"key": "kind", "label": _("Ledger")},
            {"key": "at", "label": _("Uploaded")},
            {"key": "state", "label": _("State")},
            {"key": "added", "label": wording.FATES["added"], "is_number": True},
            {"key": "refused", "label": wording.FATES["refused"], "is_number": True},
        ],
        "rows": [
            {
                "cells": [
                    {
                        "text": wording.KINDS.get(run.kind, run.kind),
                        "url": flow.url("import", run.uuid),
                        "is_head": True,
                    },
                    {"text": when(run.uploaded_at)},
                    {
                        "text": _("Dry run finished")
                        if run.state == "DONE" and run.is_dry_run
                        else wording.RUN_STATES[run.state],
                        "tone": tones.get(run.state, ("info", "hourglass-split"))[0],
                        "icon": tones.get(run.state, ("info", "hourglass-split"))[1],
                    },
                    run.counts.get("added", ""),
                    run.counts.get("refused", ""),
                ]
            }
            for run in runs
        ],
        "empty_heading": _("No ledger was imported yet"),
        "empty_text": _("Start with the residents' ledger that you already have, as .xlsx or .csv."),
    }


def result_table(rows: list[Mapping[str, Any]]) -> dict[str, Any]:
    """This function will return refused and doubtful rows with their sentences."""
    return {
        "caption": _("Rows that were not imported or need an answer"),
        "columns": [
            {"key": "row", "label": _("Row")},
            {"key": "door", "label": wording.FIELDS["door"]},
            {"key": "fate", "label": _("What happened")},
            {"key": "why", "label": _("Why")},
        ],
        "rows": [
            {
                "cells": [
                    {"text": f"{row['sheet']} {row['row']}", "is_head": True},
                    {"door": row["door"]},
                    {"text": wording.FATES["refused"], "tone": "error", "icon": "x-circle"}
                    if row["fate"] == "refused"
                    else {"text": wording.FATES["doubtful"], "tone": "warning", "icon": "question-circle"},
                    " ".join(wording.reason_words(r["code"], r["field"], r["params"]) for r in row["reasons"]),
                ]
            }
            for row in rows
        ],
        "empty_heading": _("Every row came in without a doubt"),
        "empty_text": _("There is nothing to correct in this ledger."),
    }


def looks_table(looks: Iterable[api.Look]) -> dict[str, Any]:
    return {
        "caption": _("Who looked at this person, newest first"),
        "columns": [
            {"key": "at", "label": _("When")},
            {"key": "actor", "label": _("Account")},
            {"key": "what", "label": _("What")},
            {"key": "purpose", "label": _("What for")},
        ],
        "rows": [
            {
                "cells": [
                    {"text": when(look.at), "is_head": True},
                    look.actor,
                    wording.LOOKS.get(look.action, look.action),
                    wording.PURPOSES.get(look.purpose, look.purpose),
                ]
            }
            for look in looks
        ],
        "empty_heading": _("Nobody has opened this person's details"),
        "empty_text": _("Every look is recorded here."),
    }


def when(value: Any) -> str:
    """This function will return a moment in the page's short form."""
    return date_format(localtime(value), "SHORT_DATETIME_FORMAT") if value else ""


def told_apart(person: Person) -> str:
    """This function will return a masked name with sex and year of birth, since a family shares the first character."""
    sex = "" if person.sex == Person.Sex.UNKNOWN else str(wording.SEX[person.sex])
    return " · ".join(part for part in (api.masked_name(person), sex, str(person.birth_year or "")) if part)


def stays_table(stays: Iterable[Residence]) -> dict[str, Any]:
    """This function will return where a person lived, newest first."""
    return {
        "caption": _("Where this person lived"),
        "columns": [
            {"key": "door", "label": wording.FIELDS["door"]},
            {"key": "from", "label": pgettext("of a period", "From")},
            {"key": "until", "label": pgettext("of a period", "Until")},
            {"key": "why", "label": pgettext("of a change", "Reason")},
        ],
        "rows": [
            {
                "cells": [
                    {"door": stay.dwelling.door, "is_head": True},
                    _day(stay.starts_at) or _("Before the ledger"),
                    _day(stay.ends_at) or _("Lives here now"),
                    str(wording.STAY_REASONS.get(stay.end_reason, "")),
                ]
            }
            for stay in stays
        ],
        "empty_heading": _("No door is known"),
        "empty_text": _("Write the door below; from then on the person is on its list."),
    }


def _day(moment: datetime | None) -> str:
    return date_format(localtime(moment), "DATE_FORMAT") if moment else ""


def care_history(rows: Iterable[SpecialCare]) -> list[dict[str, Any]]:
    """This function will return the classes of one person with days and reasons, particulars readable."""
    return [
        {
            "uuid": row.uuid,
            "label": wording.CARE[row.code],
            "detail": row.detail,
            "since": _day(row.starts_at),
            "until": _day(row.ends_at),
            "why": wording.CARE_BEGIN_REASONS.get(row.start_reason, ""),
            "why_ended": wording.CARE_END_REASONS.get(row.end_reason, ""),
        }
        for row in rows
    ]
