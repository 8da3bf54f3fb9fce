"""Questions and answers of what-ifs in words, as plain dicts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from tongxin.dispatch import api, wording
from tongxin.dispatch.page_tables import when
from tongxin.workforce import api as workforce


@dataclass(frozen=True, slots=True)
class Words:
    """Ids in words, as the forms offer them."""

    grids: Mapping[str, str]
    buildings: Mapping[str, str]
    people: Mapping[str, str]


def question(search: api.PlanSearch, words: Words) -> str:
    """Return a question as a sentence."""
    asked: Mapping[str, Any] = search.question
    kind = asked.get("kind", "")
    values: dict[str, Any] = dict(asked)
    if kind == "PEOPLE":
        start = datetime.fromisoformat(asked["from"])
        values["skill"] = workforce.skill_list(asked["skills"]) or _("without a special skill")
        values["where"] = words.grids.get(str(asked["grid_id"]), _("at the station"))
        values["from_at"] = when(start)
    elif kind == "LOCK":
        values["building"] = words.buildings.get(str(asked["building_id"]), "")
    elif kind == "PERSON_OFF":
        values["who"] = words.people.get(str(asked["responder"]), "")
    elif kind == "NO_WORK_AFTER":
        values["work"] = wording.label(wording.KINDS, asked["task_kind"])
    text = wording.QUESTION_SENTENCES.get(kind)
    return "" if text is None else str(text) % values


def answer(search: api.PlanSearch, words: Words) -> dict[str, Any]:
    """Return an answer: one sentence, the numbers side by side, and coverage by skill and grid where it differs."""
    found: Mapping[str, Any] = search.answer
    base = {"question": question(search, words), "at": when(search.finished_at or search.asked_at)}
    if "before" not in found:
        text = wording.ERRORS["unknown_in_question"] if found else wording.SEARCH_STATES.get(search.state, "")
        return base | {"text": str(text), "numbers": [], "skills": [], "grids": []}
    before, after = found["before"], found["after"]
    return base | {
        "text": _sentence(found),
        "numbers": _numbers(before, after),
        "skills": _shares(before["by_skill"], after["by_skill"], _skill, workforce.hours_in_words),
        "grids": _shares(before["by_grid"], after["by_grid"], lambda pk: words.grids.get(pk, _("Without a grid")), str),
    }


def _sentence(found: Mapping[str, Any]) -> str:
    more = found["gained_count"] - found["lost_count"]
    if more > 0:
        text = _("%(count)s more tasks would get hands.") % {"count": more}
    elif more < 0:
        text = _("%(count)s tasks fewer would have hands.") % {"count": -more}
    elif found["gained_count"]:
        text = _("As many tasks would get hands, some of them others than now.")
    else:
        text = _("The same tasks would get hands.")
    if found["added"]:
        text += " " + _("%(added)s guards of four hours would be needed in addition.") % {"added": found["added"]}
    return text


def _numbers(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    pairs: list[tuple[str, Callable[[int], str]]] = [
        ("unserved", str),
        ("late_min", workforce.hours_in_words),
        ("most_min", workforce.hours_in_words),
        ("mean_min", workforce.hours_in_words),
    ]
    return [
        {"label": str(wording.OUTCOMES_COMPARED[key]), "before": shown(before[key]), "after": shown(after[key])}
        | _verdict(key, before[key], after[key], is_seen=shown(before[key]) != shown(after[key]))
        for key, shown in pairs
    ]


def _verdict(key: str, before: int, after: int, *, is_seen: bool) -> dict[str, str]:
    """Return whether a number is better; more work for people is neither, and what is not seen is not said."""
    if key in ("most_min", "mean_min"):
        return {"tone": "debug", "verdict": ""}
    if not is_seen:
        return {"tone": "debug", "verdict": str(wording.VERDICTS["same"])}
    is_better = after < before
    return {
        "tone": "success" if is_better else "error",
        "verdict": str(wording.VERDICTS["better" if is_better else "worse"]),
    }


def _skill(code: str) -> str:
    return workforce.skill_list([code]) if code else _("without a special skill")


def _shares(
    before: Mapping[str, list[int]],
    after: Mapping[str, list[int]],
    label: Callable[[str], str],
    shown: Callable[[int], str],
) -> list[dict[str, str]]:
    """Return what is served of how much, before and after, for each key in which the two differ."""
    return [
        {
            "label": label(key),
            "before": _share(before.get(key, [0, 0]), shown),
            "after": _share(after.get(key, [0, 0]), shown),
        }
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]


def _share(pair: list[int], shown: Callable[[int], str]) -> str:
    return _("%(served)s of %(total)s") % {"served": shown(pair[0]), "total": shown(pair[1])}
