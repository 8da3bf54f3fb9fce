"""Tables and lists of this room's pages as plain dicts. Nothing is read here and nothing is decided."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tongxin.community import api as community
from tongxin.incidents import api, wording


def when(value: datetime | date | None) -> str:
    """This function will return a moment or a day in the page's short form."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return date_format(localtime(value), "SHORT_DATETIME_FORMAT")
    return date_format(value, "SHORT_DATE_FORMAT")


def incident_table(incidents: Iterable[api.Incident]) -> dict[str, Any]:
    names = {key: row.name.in_language(wording.language()) for key, row in api.profiles_at_hand().profiles.items()}
    return {
        "caption": _("Incidents of this compound"),
        "columns": [
            {"key": "title", "label": _("Title")},
            {"key": "code", "label": _("Short code")},
            {"key": "profile", "label": _("Disease profile")},
            {"key": "state", "label": _("State")},
            {"key": "opened", "label": _("Opened")},
        ],
        "rows": [
            {
                "cells": [
                    {"text": row.title, "url": reverse("incidents:detail", args=[row.uuid]), "is_head": True},
                    row.code,
                    names.get(row.profile_id, row.profile_id),
                    {
                        "text": wording.STATE[row.state],
                        "tone": "warning" if row.state == "OPEN" else "success",
                        "icon": "hourglass-split" if row.state == "OPEN" else "check-circle",
                    },
                    when(row.opened_at),
                ]
            }
            for row in incidents
        ],
        "empty_heading": _("No incident yet"),
        "empty_text": _("When a first case is suspected, headquarters opens an incident on a disease profile."),
    }


def level_words(rule_set: api.RuleSet) -> dict[str, str]:
    """This function will return the label of each level in the page's language."""
    return {level.key: level.label.in_language(wording.language()) for level in rule_set.zones.levels}


def local_words(rule_set: api.RuleSet) -> dict[str, str]:
    """This function will return the word that the site itself uses for a level, where it has one."""
    words = wording.language()
    return {row.key: row.local_label.in_language(words) for row in rule_set.zones.levels if row.local_label}


def condition_rows(conditions: Iterable[api.ConditionState]) -> list[dict[str, Any]]:
    return [
        {
            "text": wording.sentence(row.kind, row.numbers, wording.CONDITIONS),
            "holds": row.holds,
            "due_date": row.due_date,
            "source": row.source,
            "rule_key": row.rule_key,
        }
        for row in conditions
    ]


def evidence_rows(evidence: Iterable[Mapping[str, Any]]) -> list[str]:
    found = []
    for row in evidence:
        code = str(row.get("code", ""))
        if code in wording.CONDITIONS:
            found.append(wording.sentence(code, row, wording.CONDITIONS))
        else:
            found.append(wording.sentence(code, row, wording.EVIDENCE))
    return found


def zone_card(row: api.ZoneLevel, check: api.LiftCheck | None, rule_set: api.RuleSet) -> dict[str, Any]:
    """This function will return what a page shows of one level: since when, why, what holds, what is missing."""
    words, labels = wording.language(), level_words(rule_set)
    return {
        "uuid": row.uuid,
        "url": reverse("incidents:zone", args=[row.uuid]),
        "place": f"{wording.PLACE_KINDS[row.place_kind]} {row.place_label}",
        "canonical": row.canonical,
        "label": labels.get(row.level, row.level),
        "local": local_words(rule_set).get(row.level, ""),
        "since": row.starts_at,
        "until": row.ends_at,
        "review_date": row.review_date,
        "decided_by": row.decided_by,
        "reason": row.reason,
        "end_reason": row.end_reason,
        "rule_set_id": row.rule_set_id,
        "evidence": evidence_rows(row.evidence),
        "measures": [
            {
                "text": entry.get(words, entry.get("code", "")),
                "source": entry.get("source", ""),
                "grade": entry.get("grade", ""),
            }
            for entry in row.measures
        ],
        "conditions": condition_rows(check.conditions) if check else [],
        "is_due": bool(check and check.is_due),
        "is_abolished": bool(check and check.is_abolished),
        "held": sum(c.holds for c in check.conditions) if check else 0,
        "conditions_count": len(check.conditions) if check else 0,
        "next_label": labels.get(check.to, "") if check else "",
        "version": row.version,
    }


def request_cards(
    rows: Iterable[api.ZoneRequest], labels: Mapping[str, str], account_id: int | None
) -> list[dict[str, Any]]:
    measures = {"RAISE": "RAISE_ZONE", "LOWER": "LOWER_ZONE", "LIFT": "LIFT_ZONE"}
    return [
        {
            "uuid": row.uuid,
            "measure": wording.MEASURES[measures[row.action]],
            "place": f"{wording.PLACE_KINDS[row.place_kind]} {row.place_label}",
            "level": labels.get(row.level, row.level),
            "reason": row.reason,
            "asked_by": row.asked_by,
            "asked_at": row.asked_at,
            "agreed": len(row.agreed_by),
            "needed": row.persons_needed,
            "is_mine": account_id in row.agreed_by,
        }
        for row in rows
    ]


def person_table(rows: Sequence[api.CurrentStatus], area_id: int, incident: api.Incident) -> dict[str, Any]:
    """This function will return the status list: masked names, door and state, with a link to the person."""
    community.warm_names(area_id, [row.person for row in rows])
    tones = {"CASE": "error", "SUSPECT": "warning", "RECOVERED": "success", "CLEARED": "success"}
    return {
        "caption": _("People by status"),
        "columns": [
            {"key": "name", "label": _("Name")},
            {"key": "door", "label": _("Door")},
            {"key": "status", "label": _("Status")},
            {"key": "since", "label": _("Since")},
            {"key": "onset", "label": _("Onset")},
            {"key": "last_contact", "label": _("Last contact")},
            {"key": "facts", "label": _("Facts")},
        ],
        "rows": [
            {
                "cells": [
                    {"text": community.masked_name(row.person), "url": person_url(row.person.uuid), "is_head": True},
                    {"door": row.person.dwelling.door} if row.person.dwelling else "",
                    {"text": wording.STATUS[row.kind], "tone": tones.get(row.kind, "info")},
                    when(row.since_at),
                    when(row.onset_date),
                    when(row.last_contact_date),
                    {
                        "text": _("All facts"),
                        "url": reverse("incidents:facts", args=[incident.uuid, row.person.uuid]),
                    },
                ]
            }
            for row in rows
        ],
        "empty_heading": _("Nobody in this list"),
        "empty_text": _("Nobody in your area has this status now."),
    }


def person_url(uuid: UUID) -> str:
    return reverse("community:person", args=[uuid])


def value_table(values: Iterable[api.RuleValue]) -> list[dict[str, Any]]:
    """This function will return one table a section of a rule set: key, value, grade, source."""
    sections: dict[str, list[api.RuleValue]] = {}
    for row in values:
        sections.setdefault(row.section, []).append(row)
    columns = [
        {"key": "key", "label": _("Rule")},
        {"key": "value", "label": _("Value")},
        {"key": "grade", "label": _("Grade")},
        {"key": "source", "label": _("Source")},
    ]
    return [
        {
            "caption": str(wording.SECTIONS.get(section, section)),
            "columns": columns,
            "rows": [
                {
                    "cells": [
                        {"text": row.key.partition(".")[2], "is_head": True},
                        row.text,
                        {
                            "text": wording.GRADES[row.grade],
                            "tone": "warning" if row.is_to_verify or row.grade == "U" else "info",
                        },
                        row.source,
                    ]
                }
                for row in rows
            ],
        }
        for section, rows in sections.items()
    ]


def change_table(preview: api.RuleSetPreview) -> dict[str, Any]:
    return {
        "caption": _("Values that change"),
        "columns": [
            {"key": "section", "label": pgettext("rule section", "Part")},
            {"key": "key", "label": _("Rule")},
            {"key": "before", "label": pgettext("value before a change", "Now")},
            {"key": "after", "label": pgettext("value after a change", "Then")},
        ],
        "rows": [
            {
                "cells": [
                    str(wording.SECTIONS.get(row.section, row.section)),
                    {"text": row.key.partition(".")[2] or row.key, "is_head": True},
                    row.before or "—",
                    row.after or "—",
                ]
            }
            for row in preview.changes
        ],
        "empty_heading": _("Nothing changes"),
        "empty_text": _("This rule set says the same as the one in force."),
    }


def timeline_rows(entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "at": entry["at"],
            "text": wording.sentence(
                entry["code"], {**entry["counts"], "place": entry.get("place", "")}, wording.TIMELINE
            ),
        }
        for entry in entries
    ]
