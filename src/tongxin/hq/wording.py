"""The sentences of the plan: each room words its own codes, headquarters finds them and adds its own."""

from collections.abc import Iterable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

Words = Mapping[str, Promise | str]

WHY: dict[str, Promise | str] = {
    "HANDS_SHORT": _(
        "The lines of this plan need %(needed_hours)s hours of this skill in the next 24 hours. People who have it are"
        " free for %(available_hours)s hours, also for other work of the plan: %(short_hours)s hours are short, about"
        " %(people)s more people."
    ),
    "ROOM_SILENT": _("This part of the plan could not be drafted. Look at what is parked, then draft again."),
}
MEASURES: dict[str, Promise | str] = {
    "CALL_HANDS": _("Call for hands"),
    "ASK_ROOM": _("Draft this part again"),
}
TRIGGERS: dict[str, Promise | str] = {
    "CASE": _("A case was confirmed"),
    "SUSPECT": _("People wait for a retest"),
    "POOL": _("A pooled tube is positive"),
    "STATUS": _("People's status changed"),
    "ENCOUNTERS": _("New meetings of a case are known"),
    "ZONE": _("A zone level changed"),
    "RULE_SET": _("Another rule set is in force"),
    "ROUND": _("A sampling round was opened or closed"),
    "CALLS": _("Pairs or calls of the one-to-one list changed"),
    "OPENED": _("The incident was opened"),
    "TASK_FAILED": _("A task could not be done"),
    "INVESTIGATION": _("An investigation changed"),
    "CONTACTS": _("Contacts were listed or released"),
    "HANDS": _("Who can come changed"),
    "PEOPLE": _("The list of residents changed"),
    "BY_HAND": _("Drafted by hand"),
}
CHANGES: dict[str, Promise | str] = {
    "NEW": pgettext_lazy("plan line", "New"),
    "CHANGED": pgettext_lazy("plan line", "Changed"),
    "SAME": pgettext_lazy("plan line", "As before"),
    "GONE": pgettext_lazy("plan line", "No longer needed"),
}
STATES: dict[str, Promise | str] = {
    "PROPOSED": pgettext_lazy("plan line", "Waits for a decision"),
    "STRUCK": pgettext_lazy("plan line", "Struck"),
    "APPROVED": pgettext_lazy("plan line", "Approved, being carried out"),
    "CARRIED_OUT": pgettext_lazy("plan line", "In force"),
    "FAILED": pgettext_lazy("plan line", "Could not be carried out"),
}
TONES = {"PROPOSED": "warning", "STRUCK": "", "APPROVED": "info", "CARRIED_OUT": "success", "FAILED": "error"}
TRENDS: dict[str, Promise | str] = {
    "RISING": pgettext_lazy("trend", "Rising"),
    "STABLE": pgettext_lazy("trend", "Stable"),
    "FALLING": pgettext_lazy("trend", "Falling"),
}
GRADES: dict[str, Promise | str] = {
    "A": _("A: law text or standard"),
    "B": _("B: press or government page"),
    "C": _("C: copy of an official text"),
    "D": _("D: derived or proposed here"),
    "U": _("U: no source yet, verify before use"),
}
COUNTS: dict[str, Promise | str] = {
    "persons": _("people"),
    "people": _("people"),
    "tasks": _("tasks"),
    "calls": _("calls"),
    "contacts": _("contacts"),
    "places": _("places"),
    "pairs": _("pairs"),
    "members": _("people due"),
    "due": _("people due"),
    "tests": _("test days"),
    "contact": _("contacts"),
    "secondary": _("secondary contacts"),
    "secondary_contact": _("secondary contacts"),
    "exposed": _("people exposed"),
    "managed": _("under management"),
    "zones": _("zone levels"),
}
PLACES: dict[str, Promise | str] = {
    "BUILDING": _("Building %(number)s"),
    "GRID": _("Grid %(number)s"),
}
FIELDS: dict[str, Promise | str] = {
    "level": _("Level"),
    "pool_size": _("People a tube"),
    "opens_at": _("Opens"),
    "closes_at": _("Closes"),
    "review_date": _("Review on"),
    "starts_at": _("Starts"),
    "ends_at": _("Ends"),
    "layers": _("Ways of contact"),
}


def _room_words(room: str, name: str) -> Words:
    if find_spec(f"tongxin.{room}.wording") is None:
        return {}
    words: Words = getattr(import_module(f"tongxin.{room}.wording"), name, {})
    return words


class _Numbers(dict[str, Any]):
    """Numbers for a sentence: lists read as text, what is missing as a dash, never an error on a page."""

    def __missing__(self, key: str) -> str:
        return "–"

    def __getitem__(self, key: str) -> Any:
        value = super().__getitem__(key) if key in self else self.__missing__(key)
        if isinstance(value, Mapping):
            return localized(value)
        return listed(map(str, value)) if isinstance(value, list | tuple) else value


def localized(label: Mapping[str, Any]) -> str:
    """Return the present language of a {zh, en} label."""
    is_chinese = (get_language() or "").startswith("zh")
    return str(label.get("zh" if is_chinese else "en") or label.get("en") or "")


def why(room: str, code: str, numbers: Mapping[str, Any]) -> str:
    """Return the reason of a line as a sentence; an unknown code is shown as it is."""
    words = {**WHY, **_room_words(room, "WHY")}
    found = words.get(code)
    if found is None:
        return code
    own = getattr(import_module(f"tongxin.{room}.wording"), "why", None) if room != "hq" else None
    return str(own(code, numbers)) if callable(own) else str(found) % _Numbers(numbers)


def measure(room: str, code: str) -> str:
    """Return the name of a measure in the present language."""
    return str({**MEASURES, **_room_words(room, "MEASURES")}.get(code, code))


def target(line_room: str, label: str, kind: str = "") -> str:
    """Return a target's label; skills are codes that have words, and a bare number says what it is the number of."""
    if kind in PLACES and label.isdecimal():
        return str(PLACES[kind]) % {"number": label}
    skills = _room_words("workforce", "SKILLS")
    return str(skills.get(label, label))


def skill(code: str) -> str:
    """Return a skill in words."""
    return str({"ANY": pgettext("skill", "Any hands"), **_room_words("workforce", "SKILLS")}.get(code, code))


def listed(items: Iterable[str]) -> str:
    """Return items as one text, joined as the language does."""
    return pgettext("between items of a list", ", ").join(items)


def layer(code: str) -> str:
    """Return a way of contact in words."""
    return str(_room_words("tracing", "LAYERS").get(code, code))


def counts(values: Mapping[str, int]) -> str:
    """Return counts as text: `12 people, 3 tasks`."""
    return " · ".join(f"{number} {COUNTS.get(key, key)}" for key, number in values.items() if number)
