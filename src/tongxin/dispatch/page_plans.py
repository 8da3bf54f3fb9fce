"""What a search is doing and what its plan would change, as plain dicts in words. Nothing is read or decided here."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tongxin.dispatch import api, wording
from tongxin.dispatch.page_tables import when
from tongxin.workforce import api as workforce

#: Rows of one group of changes; the rest is a number.
_MOST_ROWS = 100
_MOST_PEOPLE = 20
_GOING = ("WAITING", "RUNNING")
Change = Mapping[str, Any]


def search_card(search: api.PlanSearch | None, at: datetime, *, may_manage: bool) -> dict[str, Any] | None:
    """Return what the board says of a search: how far, what it found, or how it ended; None where that is nothing."""
    if search is None:
        return None
    is_going = search.state in _GOING
    return {
        "uuid": search.uuid,
        "state": search.state,
        "is_going": is_going,
        "percent": search.share,
        "best": _best(search) if is_going else "",
        "text": str(wording.SEARCH_STATES.get(search.state, "")),
        "tone": wording.SEARCH_TONES.get(search.state, "info"),
        "url": reverse("dispatch:plan", args=[search.uuid]) if search.changes else "",
        "cancel_url": reverse("dispatch:cancel", args=[search.uuid]) if is_going and may_manage else "",
        "is_proposed": search.state == "PROPOSED",
        "at": when(search.settled_at or search.finished_at or search.asked_at),
        "summary": summary(search) if search.changes and not is_going else "",
        "is_automatic": search.mode == "IMPROVE",
    }


def _best(search: api.PlanSearch) -> str:
    """Return how much of the work without hands the best plan so far would give hands, in words."""
    before, best = search.before.get("tiers"), search.best.get("tiers")
    if not before or not best:
        return ""
    if before[1] > best[1]:
        share = round(100 * (before[1] - best[1]) / before[1])
        return _("Best so far: %(share)s percent of the work without hands would get them.") % {"share": share}
    if best[:7] < before[:7]:
        return _("Best so far: the same work gets hands, with less delay, fairer or with less walking.")
    return _("Nothing better was found so far.")


def _kind_of(change: Change) -> str:
    before, after = change["before"], change["after"]
    if not before:
        return "NEW"
    if not after:
        return "LOST"
    return "TIME" if before["responder"] == after["responder"] else "MOVED"


def summary(search: api.PlanSearch) -> str:
    """Return a difference in one sentence."""
    counts = Counter(kind for _task, kind in {(change["task"], _kind_of(change)) for change in search.changes})
    people = {side["responder"] for change in search.changes for side in (change["before"], change["after"]) if side}
    return _(
        "%(new)s tasks get hands, %(moved)s go to somebody else, %(time)s only change their time, %(lost)s lose their"
        " hands; %(people)s people are concerned."
    ) % {
        "new": counts["NEW"],
        "moved": counts["MOVED"],
        "time": counts["TIME"],
        "lost": counts["LOST"],
        "people": len(people),
    }


def plan_page(search: api.PlanSearch, tasks: Mapping[str, api.Task], codes: Mapping[int, str]) -> dict[str, Any]:
    """Return the difference of a plan: numbers before and after, changes by group, people with more or less work."""
    shown = [change for change in search.changes if change["task"] in tasks]
    unserved = {entry["task"]: entry for entry in search.unserved}
    groups = []
    for kind in ("LOST", "NEW", "MOVED", "TIME"):
        rows = _together(change for change in shown if _kind_of(change) == kind)
        rows.sort(key=lambda hands: (hands[0]["after"] or hands[0]["before"])["starts_at"])
        if rows:
            groups.append(
                {
                    "title": str(wording.CHANGES[kind]),
                    "count": len(rows),
                    "tone": "error" if kind == "LOST" else "success" if kind == "NEW" else "info",
                    "is_open": kind != "TIME",
                    "rows": [_row(hands, tasks[hands[0]["task"]], codes, unserved) for hands in rows[:_MOST_ROWS]],
                    "more": max(0, len(rows) - _MOST_ROWS),
                }
            )
    return {
        "summary": summary(search),
        "numbers": numbers(search.before, search.best),
        "groups": groups,
        "people": _people(shown, codes),
    }


def _together(changes: Iterable[Change]) -> list[list[Change]]:
    """Return changes with those hands of one task side by side that change in the same way."""
    found: dict[tuple[str, ...], list[Change]] = {}
    for change in changes:
        before, after = change["before"], change["after"]
        # Who takes over from whom is said for each hand.
        hand = str(change["hand"]) if before and after else ""
        key = (change["task"], before.get("starts_at", ""), after.get("starts_at", ""), hand)
        found.setdefault(key, []).append(change)
    return list(found.values())


def _row(
    hands: Sequence[Change], task: api.Task, codes: Mapping[int, str], unserved: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    change = hands[0]
    before, after = change["before"], change["after"]
    joint = pgettext("between items of a list", ", ")
    words = {
        "who": joint.join(codes.get(item["after"].get("responder", 0), "") for item in hands),
        "old": joint.join(codes.get(item["before"].get("responder", 0), "") for item in hands),
        "at": _moment(after),
        "was": _moment(before),
    }
    kind = _kind_of(change)
    if kind == "MOVED" and words["at"] == words["was"]:
        kind = "MOVED_SAME_TIME"
    entry = unserved.get(change["task"], {})
    why = wording.why_sentence(after["reason"]) if kind in ("NEW", "MOVED", "MOVED_SAME_TIME") else ""
    if kind == "LOST" and entry:
        why = f"{wording.unserved_sentence(entry['rule'])} {wording.relief_sentence(entry['relief'])}"
    return {
        "url": reverse("dispatch:task", args=[task.uuid]),
        "kind": wording.label(wording.KINDS, task.kind),
        "place": api.place_label(task),
        "text": str(wording.CHANGE_SENTENCES[kind]) % words,
        "why": why,
        "is_urgent": task.is_life_and_limb,
    }


def _moment(side: Mapping[str, Any]) -> str:
    return when(datetime.fromisoformat(side["starts_at"])) if side else ""


def numbers(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the tiers of two plans side by side, most important first, in words; what is 0 in both is left out."""
    if not before.get("tiers") or not after.get("tiers") or "unserved" not in after:
        return []
    pairs: list[tuple[str, int, int, Callable[[int], str]]] = [
        ("unserved", before["unserved"], after["unserved"], str),
        ("life", before["tiers"][0], after["tiers"][0], str),
        ("late", before["tiers"][2], after["tiers"][2], workforce.hours_in_words),
        ("most", before["most_min"], after["most_min"], workforce.hours_in_words),
        ("walking", before["tiers"][5], after["tiers"][5], workforce.hours_in_words),
        ("strangers", before["tiers"][6], after["tiers"][6], str),
        ("people", before["people"], after["people"], str),
    ]
    return [
        {
            "label": str(wording.TIERS[key]),
            "before": shown(old),
            "after": shown(new),
            "verdict": _verdict(old, new, is_seen=shown(old) != shown(new)) if key != "people" else "",
            "tone": "debug" if shown(old) == shown(new) else "success" if new < old else "error",
        }
        for key, old, new, shown in pairs
        if old or new
    ]


def _verdict(old: int, new: int, *, is_seen: bool) -> str:
    if not is_seen:
        return str(wording.VERDICTS["same"])
    return str(wording.VERDICTS["better" if new < old else "worse"])


def _people(changes: Iterable[Mapping[str, Any]], codes: Mapping[int, str]) -> list[dict[str, Any]]:
    """Return whose work changes most: minutes more (or fewer), those with most more first."""
    minutes: Counter[int] = Counter()
    for change in changes:
        for sign, side in ((-1, change["before"]), (1, change["after"])):
            if side:
                length = datetime.fromisoformat(side["ends_at"]) - datetime.fromisoformat(side["starts_at"])
                minutes[side["responder"]] += sign * int(length.total_seconds() // 60)
    rows = sorted(((pk, amount) for pk, amount in minutes.items() if amount), key=lambda e: (-abs(e[1]), e[0]))
    return [
        {
            "code": codes.get(pk, ""),
            "text": (_("%(hours)s h more") if amount > 0 else _("%(hours)s h less"))
            % {"hours": workforce.hours_in_words(abs(amount))},
            "is_more": amount > 0,
        }
        for pk, amount in rows[:_MOST_PEOPLE]
    ]
