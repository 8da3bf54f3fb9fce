"""Pages of a week of shifts for headquarters: ask for it, look at it, change it, take it, take it back."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongxin.base.idempotency import Operation, OtherBody, once
from tongxin.base.ids import new_uuid
from tongxin.base.sessions import actor_of, area_of, at_of
from tongxin.base.versions import StaleVersion
from tongxin.workforce import access, api, forms, page_rota, wording

PAGE_SIZE = 50
_YEARS = timedelta(days=800)


def _who(request: HttpRequest) -> dict[str, Any]:
    return {"area_id": area_of(request), "actor": actor_of(request), "at": at_of(request)}


def chosen_week(request: HttpRequest, *, ahead: int = 0) -> date:
    """Return the Monday of the week that the URL names; else of the present one, or of one so many weeks ahead."""
    now = api.monday_of(at_of(request))
    day = read_day(request.GET.get("week", "") or request.POST.get("week", ""), now)
    return day - timedelta(days=day.weekday()) if day is not None else now + timedelta(weeks=ahead)


def read_day(text: str, now: date) -> date | None:
    """Return the day that a URL names; None for what is none, or lies years away."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if abs(day - now) < _YEARS else None


@require_http_methods(["GET", "POST"])
def rotas(request: HttpRequest) -> HttpResponse:
    """Choose a week and say what it needs; the proposal is made in the background."""
    week_date = chosen_week(request, ahead=1)
    whom = forms.WhomForm(request.POST or None)
    if request.method == "POST":
        formset = forms.NeedFormSet(request.POST, prefix="need")
        if formset.is_valid() and whom.is_valid():
            problem = _ask(request, week_date, formset, whom.cleaned_data["whom"])
            if not problem:
                return redirect(f"{reverse('workforce:rotas')}?week={week_date.isoformat()}")
            messages.error(request, problem)
    else:
        formset = forms.NeedFormSet(prefix="need", initial=_initial(request))
    rows = api.rotas_of_week(area_id=area_of(request), week_date=week_date)
    context = {
        "title": _("Shifts of a week"),
        "lead": _(
            "Say what the week needs; who works when is proposed with its reasons, and nothing changes before you take it."
        ),
        "week": week_date.isoformat(),
        "week_name": page_rota.week_name(week_date),
        "formset": formset,
        "whom": whom,
        "going": next((page_rota.rota_card(row) for row in rows if row.state in ("WAITING", "RUNNING")), None),
        "cards": [page_rota.rota_card(row) for row in rows if row.state not in ("WAITING", "RUNNING")],
        "is_over": _is_over(request, week_date),
        "before": (week_date - timedelta(weeks=1)).isoformat(),
        "after": (week_date + timedelta(weeks=1)).isoformat(),
    }
    return render(request, "workforce/rotas.html", context, status=422 if request.method == "POST" else 200)


def _is_over(request: HttpRequest, week_date: date) -> bool:
    try:
        api.first_day(week_date, at_of(request))
    except api.WeekOver:
        return True
    return False


def _initial(request: HttpRequest) -> list[dict[str, Any]]:
    """Return what the form begins with: the mean work of a day."""
    needs = api.propose_needs(area_id=area_of(request), at=at_of(request))
    return [
        {
            "skill": need.skill,
            "starts": need.starts.strftime("%H:%M"),
            "ends": need.ends.strftime("%H:%M"),
            **{f"d{day}": people for day, people in enumerate(need.people)},
        }
        for need in needs[: api.MOST_NEEDS - 2]
    ]


def _ask(request: HttpRequest, week_date: date, formset: Any, whom: str) -> str:
    """Ask for the week once for the form's operation; return what says no, or nothing."""
    needs = [need for form in formset if (need := form.need()) is not None]

    def effect() -> dict[str, Any]:
        return {"rota": str(api.ask_rota(week_date=week_date, needs=needs, whom=whom, **_who(request)).uuid)}

    body = {"week": week_date.isoformat(), "whom": whom, "needs": [need.as_json() for need in needs]}
    try:
        once(Operation(_op_id(request), "workforce.rota.ask", body), effect, **_who(request))
    except api.RotaRunning:
        return str(wording.ROTA_ERRORS["running"])
    except api.WeekOver:
        return str(wording.ROTA_ERRORS["over"])
    except api.WrongNeeds:
        return str(wording.ROTA_ERRORS["needs"])
    except OtherBody:
        return str(wording.ROTA_ERRORS["stale"])
    messages.success(
        request, _("The week is being made. You can leave this page; it shows the proposal when it is there.")
    )
    return ""


def _op_id(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("op_id", ""))
    except ValueError:
        return new_uuid()


@require_GET
def running(request: HttpRequest) -> HttpResponse:
    """Show how far a week is; the page asks again every two seconds and is read anew when there is news."""
    rows = api.rotas_of_week(area_id=area_of(request), week_date=chosen_week(request, ahead=1))
    going = next((page_rota.rota_card(row) for row in rows if row.state in ("WAITING", "RUNNING")), None)
    context = {"going": going, "week": chosen_week(request, ahead=1).isoformat()}
    response = render(request, "workforce/_rota_running.html", context)
    if going is None:
        response["HX-Refresh"] = "true"
    return response


def _standing(request: HttpRequest, row: api.Rota) -> dict[str, Any]:
    """Return what both pages of a rota show: the facts as they stand now and what breaks rules."""
    facts = api.read_facts(row, at=at_of(request))
    codes = {pk: person.code for pk, person in facts.people.items()}
    slots = {slot.id: slot for slot in facts.slots}
    broken = api.broken_now(row, facts) if row.state == "PROPOSED" else []
    cells, sentences = page_rota.broken_cells(broken, slots, codes)
    return {
        "facts": facts,
        "codes": codes,
        "slots": slots,
        "broken": cells,
        "sentences": sentences,
        "rota": row,
        "card": page_rota.rota_card(row),
        "week": row.week_date.isoformat(),
        "week_name": page_rota.week_name(row.week_date),
        "may_change": row.state == "PROPOSED",
        "may_undo": row.state == "TAKEN",
    }


@require_GET
def rota(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show a week: who works when, what is empty and why, how fair it is, and the ways to decide."""
    row = access.visible_rota(actor_of(request), uuid, area_id=area_of(request))
    shown = _standing(request, row)
    shares = page_rota.week_shares(row, shown["facts"])
    people = sorted(shown["facts"].people.values(), key=lambda one: (not shares[one.pk].minutes, one.code))
    page = Paginator(people, PAGE_SIZE).get_page(request.GET.get("page"))
    context = shown | {
        "title": _("Shifts of %(week)s") % {"week": shown["week_name"]},
        "grid": page_rota.grid_table(row, shown["facts"], page, shown["broken"]),
        "page_obj": page,
        "query": "",
        "empty": page_rota.empty_table(row, shown["slots"], shown["codes"]),
        "fairness": page_rota.fairness_table(row, shown["facts"]),
        "is_proven": row.stats.get("is_proven", False),
        "missing": sum(entry["people"] for entry in row.empty),
        "asked": sum(slot.people for slot in shown["facts"].slots),
    }
    return render(request, "workforce/rota.html", context)


@require_http_methods(["GET", "POST"])
def person(request: HttpRequest, uuid: UUID, responder: UUID) -> HttpResponse:
    """Show one person's week with its reasons, and change a day of it; a broken rule is told and nothing is stored."""
    row = access.visible_rota(actor_of(request), uuid, area_id=area_of(request))
    who = access.visible_responder(
        actor_of(request), responder, area_id=area_of(request), permission="workforce.responder.read"
    )
    status, problem = 200, ""
    if request.method == "POST":
        problem = _change(request, row, who)
        if not problem:
            messages.success(request, _("Changed. Nobody is told before the week is taken."))
            return redirect("workforce:rota_person", uuid=uuid, responder=responder)
        status = 422
    shown = _standing(request, row)
    context = shown | {
        "title": _("Week of %(who)s") % {"who": who.code},
        "person": who,
        "skills": wording.skill_list(who.skills),
        "days": page_rota.person_days(row, shown["facts"], who, shown["broken"]),
        "problem": problem,
        "changed_day": request.POST.get("day", ""),
    }
    return render(request, "workforce/rota_person.html", context, status=status)


def _change(request: HttpRequest, row: api.Rota, who: api.Responder) -> str:
    """Change one day; return what says no, or nothing."""
    form = forms.CellForm(request.POST)
    if not form.is_valid():
        return str(wording.ROTA_ERRORS["state"])
    values = form.cleaned_data
    try:
        api.change_cell(
            uuid=row.uuid, responder_uuid=who.uuid, day=values["day"], slot_id=values["slot"], **_who(request)
        )
    except api.RotaRefused as refused:
        reasons = ", ".join(str(wording.ROTA_RULES[rule.value]) for _who_, _what, rule in refused.broken)
        return _("Not possible: %(who)s %(why)s. Nothing was changed.") % {"who": who.code, "why": reasons}
    except (api.NotThisState, api.WrongNeeds):
        return str(wording.ROTA_ERRORS["state"])
    except StaleVersion:
        return str(wording.ROTA_ERRORS["stale"])
    return ""


_STEPS: dict[str, tuple[Callable[..., Any], Any]] = {
    "take": (api.take_rota, lambda: _("Taken. The planner gives work in these shifts from now on.")),
    "discard": (api.discard_rota, lambda: _("Laid aside. The shifts stay as they are.")),
    "undo": (api.undo_rota, lambda: _("Taken back. The shifts are as they were before.")),
    "cancel": (api.cancel_rota, lambda: _("Stopped. The shifts stay as they are.")),
}


@require_POST
def step(request: HttpRequest, uuid: UUID, step: str) -> HttpResponse:
    """Take a week, lay it aside, take it back, or stop its making."""
    row = access.visible_rota(actor_of(request), uuid, area_id=area_of(request))
    if step not in _STEPS:
        raise Http404
    verb, done = _STEPS[step]

    def effect() -> dict[str, Any]:
        verb(uuid=row.uuid, **_who(request))
        return {}

    try:
        once(Operation(_op_id(request), f"workforce.rota.{step}", {"rota": str(uuid)}), effect, **_who(request))
    except api.RotaRefused:
        messages.error(request, _("Not taken: since it was proposed some of it is not allowed any more. See below."))
    except api.TooLate:
        messages.error(request, str(wording.ROTA_ERRORS["too_late"]))
    except api.WeekOver:
        messages.error(request, str(wording.ROTA_ERRORS["over"]))
    except (api.NotThisState, OtherBody):
        messages.error(request, str(wording.ROTA_ERRORS["state"]))
    else:
        messages.success(request, done())
    if step == "cancel":
        return redirect(f"{reverse('workforce:rotas')}?week={row.week_date.isoformat()}")
    return redirect("workforce:rota", uuid=uuid)
