"""The text and the slots of a call for volunteers, in either language whatever the reader's."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from tongxin.dispatch.page_tables import clock, when
from tongxin.workforce import api as workforce

_A_DAY = timedelta(days=1)


def slot_rows(slots: Sequence[Mapping[str, Any]], grids: Mapping[int, str]) -> list[dict[str, Any]]:
    """Return slots in the language of the page."""
    return [
        {
            "skills": workforce.skill_list(slot["skills"]) or _("no special skill"),
            "place": _place(slot, grids),
            "when": _hours(slot),
            "people": slot["people"],
            "tasks": slot["tasks"],
        }
        for slot in slots
    ]


def _place(slot: Mapping[str, Any], grids: Mapping[int, str]) -> str:
    number = grids.get(slot["grid_id"] or 0, "")
    return _("Grid %(number)s") % {"number": number} if number else _("at the station")


def _hours(slot: Mapping[str, Any]) -> str:
    start, end = datetime.fromisoformat(slot["from"]), datetime.fromisoformat(slot["until"])
    return f"{when(start)} – {clock(end) if end - start < _A_DAY else when(end)}"


def texts_with(
    grids: Mapping[int, str], names: tuple[str, str]
) -> Callable[[Sequence[Mapping[str, Any]]], tuple[str, str]]:
    """Return what writes the text of some slots in Chinese and in English; `names` are those of the compound."""

    def write(slots: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
        texts = []
        for language, name in zip(("zh-hans", "en"), names, strict=True):
            with translation.override(language):
                texts.append(_text(slots, grids, name))
        return texts[0], texts[1]

    return write


def _text(slots: Sequence[Mapping[str, Any]], grids: Mapping[int, str], place_name: str) -> str:
    lines = [_("%(place)s needs volunteers") % {"place": place_name}]
    lines.append(_("Neighbours, the following hands are missing. Every hour that you can give helps."))
    for row in slot_rows(slots, grids):
        lines.append(_("· %(when)s, %(place)s: %(people)s people, %(skills)s") % row)
    lines.append(
        _("Whoever feels ill, is a contact or is in isolation, please stay at home. Equipment and briefing are given.")
    )
    lines.append(_("Please tell your grid leader when you can come."))
    return "\n".join(lines)
