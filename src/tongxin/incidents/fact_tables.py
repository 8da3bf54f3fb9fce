"""The facts about one person, and requests to withdraw some, as plain dicts. Nothing is read and nothing decided here."""

import operator
from collections.abc import Collection, Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tongxin.community import api as community
from tongxin.incidents import api, wording
from tongxin.incidents.forms import WithdrawForm
from tongxin.incidents.page_tables import when
from tongxin.incidents.rules import LISTED_BY_TRACING


def fact_words(row: api.PersonStatus) -> str:
    """This function will say when a fact began, who told it and which days it holds."""
    cause = wording.CAUSES.get(row.cause_kind, _("Told by an officer"))
    parts = [str(wording.STATUS[row.kind]), str(when(row.effective_at)), str(cause)]
    if row.onset_date:
        parts.append(_("onset %(day)s") % {"day": when(row.onset_date)})
    if row.sample_date:
        parts.append(_("sample %(day)s") % {"day": when(row.sample_date)})
    return " · ".join(parts)


def fact_groups(
    rows: Iterable[api.PersonStatus], waiting: Collection[str], wrong: WithdrawForm | None
) -> list[dict[str, Any]]:
    """This function will return the facts that hold by kind, each group with what may be done about it."""
    groups: dict[str, list[api.PersonStatus]] = {}
    for row in rows:
        if row.withdrawn_at is None:
            groups.setdefault(row.kind, []).append(row)
    chosen = {str(uuid) for uuid in wrong.cleaned_data.get("facts", [])} if wrong is not None else set()
    return [
        {
            "kind": kind,
            "label": wording.STATUS[kind],
            "is_waiting": kind in waiting,
            "is_listed": all(row.cause_kind == LISTED_BY_TRACING for row in mine),
            "is_result": any(row.cause_kind == "Tube" for row in mine),
            "facts": [
                {
                    "uuid": row.uuid,
                    "text": fact_words(row),
                    "is_chosen": wrong is None or str(row.uuid) in chosen,
                }
                for row in mine
                if row.cause_kind != LISTED_BY_TRACING
            ],
            "reasons": [
                {
                    "code": code,
                    "label": label,
                    "is_chosen": wrong is not None and wrong.cleaned_data.get("reason") == code,
                }
                for code, label in wording.WITHDRAWAL_REASONS.items()
            ],
        }
        for kind, mine in groups.items()
    ]


def withdrawn_facts(rows: Iterable[api.PersonStatus]) -> list[dict[str, Any]]:
    """This function will return the facts that may be put back: withdrawn, and not told again since."""
    key = operator.attrgetter("kind", "cause_kind", "cause_uuid")
    known = list(rows)
    standing = {key(row) for row in known if row.withdrawn_at is None}
    newest = {key(row): row for row in known if row.withdrawn_at is not None and row.cause_kind != LISTED_BY_TRACING}
    return [{"uuid": row.uuid, "text": fact_words(row)} for held, row in newest.items() if held not in standing]


def fact_table(rows: Iterable[api.PersonStatus]) -> dict[str, Any]:
    """This function will return every fact with when it was told and whether it holds."""
    return {
        "caption": _("All facts, in the order of what happened"),
        "columns": [
            {"key": "fact", "label": pgettext("about a person", "Fact")},
            {"key": "told", "label": _("Told")},
            {"key": "by", "label": _("Told by")},
            {"key": "state", "label": _("State")},
        ],
        "rows": [
            {
                "cells": [
                    {"text": fact_words(row), "is_head": True},
                    when(row.recorded_at),
                    row.recorded_by,
                    {"text": _("withdrawn %(time)s") % {"time": when(row.withdrawn_at)}, "tone": "warning"}
                    if row.withdrawn_at
                    else {"text": pgettext("a fact", "holds"), "tone": "success"},
                ]
            }
            for row in rows
        ],
    }


def withdrawal_rows(rows: Iterable[api.FactWithdrawal], area_id: int, account_id: int | None) -> list[dict[str, Any]]:
    """This function will return what waits for agreement, masked."""
    known = list(rows)
    community.warm_names(area_id, [row.person for row in known])
    return [
        {
            "uuid": row.uuid,
            "who": f"{community.masked_name(row.person)} {row.person.dwelling.door if row.person.dwelling else ''}",
            "url": reverse("incidents:facts", args=[row.incident.uuid, row.person.uuid]),
            "kind": wording.STATUS[row.kind],
            "facts": len(row.fact_uuids),
            "reason": wording.WITHDRAWAL_REASONS.get(row.reason, row.reason),
            "asked_by": row.asked_by,
            "asked_at": row.asked_at,
            "agreed": len(row.agreed_by),
            "needed": row.persons_needed,
            "is_mine": account_id in row.agreed_by,
        }
        for row in known
    ]
