"""The styleguide: every component of the pages with invented content, so that it can be looked at and tested."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

#: An invented moment: the pages show forms, not facts.
SAMPLE_AT = datetime(2022, 11, 3, 0, 0, tzinfo=UTC)


class SampleForm(forms.Form):
    """One field of each kind."""

    door = forms.CharField(label=gettext_lazy("Door"), help_text=gettext_lazy("As on the label, for example 18-1-302."))
    reason = forms.CharField(
        label=gettext_lazy("Reason"), widget=forms.Textarea(attrs={"rows": 3, "data-draft-field": True}), required=False
    )
    group = forms.ChoiceField(
        label=gettext_lazy("Working group"),
        choices=[("SAMPLING", gettext_lazy("Sampling")), ("TRANSFER", gettext_lazy("Transfer"))],
    )
    outcome = forms.ChoiceField(
        label=gettext_lazy("Outcome"),
        widget=forms.RadioSelect,
        choices=[("DONE", gettext_lazy("Done")), ("AWAY", gettext_lazy("Nobody home"))],
    )
    day = forms.DateField(label=gettext_lazy("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    told = forms.BooleanField(label=gettext_lazy("The household has been told"), required=False)


def _navigation(current: str) -> list[dict[str, Any]]:
    pages = [
        ("web:styleguide", _("Office"), "speedometer2", 0),
        ("web:styleguide_phone", _("Phone"), "phone", 3),
        ("web:styleguide_wall", _("Wall"), "bar-chart-line", 0),
        ("web:styleguide_print", _("Paper"), "printer", 0),
    ]
    return [
        {"url": reverse(name), "label": label, "icon": icon, "count": count, "is_current": name == current}
        for name, label, icon, count in pages
    ]


def _frame(current: str, title: str) -> dict[str, Any]:
    return {
        "title": title,
        "nav_items": _navigation(current),
        "who": {"name": "liaison-07", "role": _("Liaison caller")},
        "place_name": _("Invented compound"),
        "is_drill_clock": True,
        "page_at": SAMPLE_AT,
    }


def _table() -> dict[str, Any]:
    return {
        "caption": _("Entrances with people still missing"),
        "columns": [
            {"key": "door", "label": _("Entrance"), "sort_url": "?sort=-door", "sorted": "ascending"},
            {"key": "level", "label": _("Level")},
            {"key": "missing", "label": _("Still missing"), "is_number": True},
            {"key": "state", "label": _("State")},
            {"key": "leader", "label": _("Grid leader")},
        ],
        "rows": [
            [
                {"text": "18-1", "url": "#main", "is_head": True},
                {"level": "HIGH"},
                12,
                {"text": _("Late"), "tone": "error", "icon": "clock"},
                "周**",
            ],
            [
                {"text": "18-2", "url": "#main", "is_head": True},
                {"level": "MEDIUM"},
                3,
                {"text": _("Under way"), "tone": "info", "icon": "hourglass-split"},
                "欧阳*",
            ],
            {
                "row_class": "tx-added",
                "cells": [
                    {"text": "7-1", "url": "#main", "is_head": True},
                    {"level": "LOW"},
                    0,
                    {"text": _("Complete"), "tone": "success", "icon": "check-circle"},
                    "何*",
                ],
            },
        ],
    }


def office(http_request: HttpRequest) -> HttpResponse:
    """Show the components of desk pages; a POST checks the sample form and stores nothing."""
    form = SampleForm(http_request.POST or None)
    form.is_valid()
    figures = [
        {
            "label": _("Cases"),
            "value": 3,
            "unit": "",
            "note": _("1 more than yesterday"),
            "url": "#main",
            "level": "HIGH",
        },
        {"label": _("Sampled in this round"), "value": "4,812", "note": _("of %(total)s due") % {"total": "4,990"}},
        {"label": _("Called one to one"), "value": "499/499", "note": _("everybody reached"), "level": "LOW"},
    ]
    context = _frame("web:styleguide", _("Styleguide")) | {
        "lead": _("Every component with invented content."),
        "form": form,
        "figures": figures,
        "table": _table(),
        "page_obj": Paginator(range(95), 20).page(2),
        "empty_table": {"rows": [], "empty_heading": _("Nobody is missing"), "empty_text": _("The round is complete.")},
        "undos": [{"text": _("Marked as sampled: 18-1-302."), "url": reverse("web:styleguide"), "seconds": 10}],
        "levels": ("HIGH", "MEDIUM", "LOW", "NONE"),
        "bulletin": _("Sampling today 08:00 to 11:00 at the square; please stay at home until you are called."),
        "at": SAMPLE_AT,
    }
    return render(http_request, "web/styleguide.html", context)


def phone(http_request: HttpRequest) -> HttpResponse:
    """Show the phone shell; a POST answers a scan of the sample field and stores nothing."""
    code = http_request.POST.get("code", "")
    if code:
        known = code.isdigit()
        answer = {
            "result": "ok" if known else "stop",
            "text": _("Registered") if known else _("This code is not known here"),
            "detail": code if known else _("Scan again or pick the person from the list."),
        }
        return render(http_request, "web/_scan_result.html", answer)
    context = _frame("web:styleguide_phone", _("My tasks today")) | {"back_url": reverse("web:styleguide")}
    return render(http_request, "web/styleguide_phone.html", context)


def wall(http_request: HttpRequest) -> HttpResponse:
    """Show the wall with seven blocks, one of them too old."""
    blocks: list[dict[str, Any]] = [
        {"label": _("Cases"), "value": 3, "change": _("1 more than yesterday"), "level": "HIGH"},
        {"label": _("Still missing"), "value": 178, "change": _("12 fewer in 15 minutes"), "level": "MEDIUM"},
        {"label": _("Sampled in this round"), "value": "4,812", "unit": _("people"), "change": "96 %", "level": "LOW"},
        {"label": _("Called one to one"), "value": "499/499", "change": _("everybody reached"), "level": "LOW"},
        {
            "label": _("Where the load is"),
            "rows": [{"label": "18-1", "value": 14}, {"label": "18-2", "value": 9}, {"label": "7-1", "value": 4}],
        },
        {"label": _("Late tasks"), "value": 6, "change": _("oldest 42 min"), "level": "MEDIUM"},
        {"label": _("Hands short"), "value": 5, "change": _("2 medics, 3 volunteers")},
    ]
    for block in blocks:
        block |= {"age_seconds": 20, "stale_after": 120}
    blocks[5] |= {"age_seconds": 400}
    if http_request.headers.get("HX-Request"):
        return render(http_request, "web/_wall_blocks.html", {"blocks": blocks})
    context = _frame("web:styleguide_wall", _("Situation")) | {
        "blocks": blocks,
        "home_url": reverse("web:styleguide"),
        "wall_url": reverse("web:styleguide_wall"),
    }
    return render(http_request, "web/wall.html", context)


def paper(http_request: HttpRequest) -> HttpResponse:
    """Show a printed list with tick boxes."""
    context = _frame("web:styleguide_print", _("Sampling list")) | {
        "subtitle": _("Building %(building)s, entrance %(entrance)s") % {"building": 18, "entrance": 1},
        "printed_at": SAMPLE_AT,
        "printed_by": "grid-2-leader",
        "is_personal": True,
        "doors": [f"18-1-{floor}0{flat}" for floor in range(1, 7) for flat in range(1, 4)],
        "back_url": reverse("web:styleguide"),
    }
    return render(http_request, "web/styleguide_print.html", context)
