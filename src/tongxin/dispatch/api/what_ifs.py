"""What would be if: two plans are made in the background and compared; nothing is changed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from tongxin.dispatch.api.searches import Now, Report, begin, end, seconds_of_profile, teller
from tongxin.dispatch.api.zone_work import sealing_drafts
from tongxin.dispatch.models import PlanSearch
from tongxin.dispatch.planning.facts import Facts, read_facts
from tongxin.dispatch.planning.pace import Pace, Watch
from tongxin.dispatch.planning.problem import HORIZON_MIN, STATION, Posed
from tongxin.dispatch.planning.proposal import pose_search
from tongxin.dispatch.planning.questions import UnknownInQuestion, answer_json, more_people, no_work_after, person_off
from tongxin.dispatch.rules import search_seconds
from tongxin.engines import planner
from tongxin.engines.planner.whatif import Change, Hotter, what_if
from tongxin.workforce import api as workforce

#: A locked place is entered in full protective equipment.
_FULL_PPE = 2
_SHOWN = 6


def list_what_ifs(*, area_id: int, incident_id: int) -> list[PlanSearch]:
    """Return the newest questions and their answers, the newest first."""
    rows = PlanSearch.objects.filter(
        area_id=area_id, incident_id=incident_id, purpose=PlanSearch.Purpose.WHAT_IF
    ).exclude(state=PlanSearch.State.CANCELLED)
    return list(rows.order_by("-id")[:_SHOWN])


def run_what_if(*, area_id: int, search_uuid: UUID, now: Now, report: Report) -> PlanSearch | None:
    """Answer a question; for the worker of long jobs. None when it was over before it began."""
    at = now()
    search = begin(area_id, search_uuid, at)
    if search is None:
        return None
    try:
        answer = _answer(search, at, report)
    except UnknownInQuestion as error:
        search.answer = {"unknown": error.field}
        return end(search, PlanSearch.State.ANSWERED, now())
    except planner.ProblemError as error:
        search.answer = {"unknown": error.field.split("[")[0]}
        return end(search, PlanSearch.State.ANSWERED, now())
    except Exception:
        end(search, PlanSearch.State.FAILED, now())
        raise
    search.answer = answer
    return end(search, PlanSearch.State.ANSWERED if answer else PlanSearch.State.CANCELLED, now())


def _answer(search: PlanSearch, at: datetime, report: Report) -> dict[str, Any]:
    facts = read_facts(area_id=search.area_id, incident=search.incident, at=at)
    posed = pose_search(facts, is_fixed=lambda row: False).posed
    change = _change(search, facts, posed, at)
    hands = sum(len(task.hands) for task in posed.problem.tasks)
    seconds = search_seconds(hands, seconds_of_profile(search.incident, at, "what_if_seconds"))
    watch = Watch(2 * seconds, teller(search, report))
    # The engine does not tell how far the two runs are; that they go on and may be stopped is enough here.
    watch.progress(planner.Progress(iteration=0, elapsed_s=0, done=1, total=1))
    found = what_if(posed.problem, [change], stop=lambda: Pace(seconds), cancelled=watch.cancelled)
    return {} if watch.is_cancelled else answer_json(found)


def _change(search: PlanSearch, facts: Facts, posed: Posed, at: datetime) -> Change:
    question: Mapping[str, Any] = search.question
    match question["kind"]:
        case "PEOPLE":
            return more_people(facts, posed, question)
        case "PERSON_OFF":
            return person_off(posed, question)
        case "NO_WORK_AFTER":
            return no_work_after(facts, posed, question)
        case "LOCK":
            return _locked(search, facts, posed, at)
        case _:
            raise UnknownInQuestion("kind")


def _locked(search: PlanSearch, facts: Facts, posed: Posed, at: datetime) -> Change:
    """Return a building locked: its tasks hot and in full equipment, and guards at its entrances."""
    building_id = int(search.question["building_id"])
    entrances, drafts = sealing_drafts(
        area_id=search.area_id, incident_id=search.incident_id, building_id=building_id, at=at
    )
    if not entrances:
        raise UnknownInQuestion("building")
    spots = {facts.entrances[pk].key for pk in entrances} | {facts.buildings[building_id].key}
    places = [place for place in posed.problem.places if place.entrance in spots]
    # Guards stand where the building's own work is; without any of that, walking there is not counted.
    home = places[0].id if places else STATION
    guards = []
    for index, draft in enumerate(drafts):
        start = max(0, facts.minute(draft.window_starts_at))
        if start + draft.duration_min <= HORIZON_MIN:
            guards.append(
                planner.Task(
                    id=f"guard-{index}",
                    place=home,
                    duration_min=draft.duration_min,
                    window=planner.Window(start, start + draft.duration_min),
                    hands=tuple(planner.Hand(skills=frozenset(skills)) for skills in draft.hands),
                    priority=draft.priority,
                    ppe_level=draft.ppe_level,
                    zone=draft.zone_rank,
                )
            )
    return Hotter(
        places=frozenset(place.id for place in places),
        zone=workforce.HOT_FROM_RANK,
        ppe_level=_FULL_PPE,
        added=tuple(guards),
    )
