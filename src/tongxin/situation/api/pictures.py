"""Pictures where people would rather look: epidemic curve, site plan, load by grid, coverage. Facts in, drawings out."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tongxin.base import clock
from tongxin.base.actors import Scope
from tongxin.community import api as community
from tongxin.dispatch import api as dispatch
from tongxin.incidents import api as incidents
from tongxin.situation import wording
from tongxin.situation.api.counting import people_by_entrance
from tongxin.situation.documents.content import Curve, CurveDay
from tongxin.situation.documents.curve import epidemic_curve
from tongxin.situation.drawing.charts import Bar, ChartWords, draw_bars, draw_ring
from tongxin.situation.drawing.site_plan import PlanBuilding, PlanEntrance, PlanWords, draw_site_plan

#: A curve shows at least this many days, and at most the last so many.
LEAST_DAYS, MOST_DAYS = 7, 60
CURVE_KINDS = ("ONSET", "SAMPLE", "KNOWN")


def _path(name: str, *args: object) -> str:
    try:
        return reverse(name, args=list(args))
    except NoReverseMatch:
        return ""


# ---------- epidemic curve ----------
def curve(*, area_id: int, incident_id: int, until: date, by: str = "ONSET") -> Curve:
    """Return the epidemic curve up to a day: cases by day of onset, sample or report, in words of the active language.

    Raises ValueError for another `by`, and `Incident.DoesNotExist`.
    """
    counts = incidents.case_counts_by_day(area_id, incident_id, by=by)
    incident = incidents.Incident.objects.get(area_id=area_id, pk=incident_id)
    known = [day for day in counts if day <= until]
    opened = clock.local_date(incident.opened_at)
    first = min([*known, opened, until - timedelta(days=LEAST_DAYS - 1)])
    first = max(first, until - timedelta(days=MOST_DAYS - 1))
    link = f"{_path('incidents:persons', incident.uuid)}?kind=CASE"
    days = tuple(
        CurveDay(day, (counts.get(day, 0),), link if counts.get(day) else "")
        for day in (first + timedelta(days=index) for index in range((until - first).days + 1))
    )
    title = _("Cases by day")
    return Curve(title, (str(_("Cases")),), days, caption=f"{title}: {wording.CURVES[by]}")


def curve_svg(shown: Curve, *, element_id: str = "curve", with_links: bool = True) -> str:
    """Return the curve as SVG for a page."""
    return epidemic_curve(shown, language=wording.language(), element_id=element_id, with_links=with_links)


# ---------- site plan ----------
def site_plan_svg(
    *, area_id: int, incident_id: int | None, at: datetime, grid: str = "", with_links: bool = True
) -> str:
    """Return the site plan with the level of every building and entrance; `grid` (a number) zooms to that grid.

    A building shows the level laid on itself or around it; an entrance the hottest that holds there.
    """
    levels = incidents.levels_by_entrance(area_id, incident_id, at) if incident_id else {}
    rows = incidents.zone_levels(area_id, incident_id, at) if incident_id else []
    own = {(row.place_kind, row.place_uuid): row.canonical for row in rows}
    people = people_by_entrance(area_id)
    buildings = []
    for building in community.list_buildings(area_id):
        if building.number == "?" or (grid and (building.grid is None or building.grid.number != grid)):
            continue
        entrances = sorted(building.entrances.all(), key=lambda row: (len(row.number), row.number))
        wide = [own.get(("BUILDING", building.uuid)), own.get(("GRID", building.grid.uuid)) if building.grid else None]
        wide += [canonical for (kind, _uuid), canonical in own.items() if kind == "COMPOUND"]
        level = max((code for code in wide if code), key=lambda code: incidents.HEAT[code], default="NONE")
        buildings.append(_plan_building(building, entrances, levels, level, people))
    if not with_links:
        buildings = [_without_links(building) for building in buildings]
    return draw_site_plan(buildings, _plan_words(buildings), element_id="plan")


def _without_links(building: PlanBuilding) -> PlanBuilding:
    """Return the building for somebody who may not open its page."""
    entrances = tuple(replace(entrance, link="") for entrance in building.entrances)
    return replace(building, link="", entrances=entrances)


def _plan_building(
    building: community.Building,
    entrances: list[community.Entrance],
    levels: Mapping[int, incidents.ZoneLevel],
    level: str,
    people: Mapping[int, int],
) -> PlanBuilding:
    link = _path("community:building", building.uuid)
    drawn = []
    for entrance in entrances:
        zone = levels.get(entrance.pk)
        label = f"{building.number}-{entrance.number}" if entrance.number else building.number
        canonical = zone.canonical if zone else "NONE"
        words = _("Entrance %(label)s: %(level)s, %(people)s residents") % {
            "label": label,
            "level": wording.LEVELS[canonical],
            "people": people.get(entrance.pk, 0),
        }
        drawn.append(PlanEntrance(label, canonical, words, entrance.x, entrance.y, link))
    words = _("Building %(label)s: %(level)s, %(people)s residents") % {
        "label": building.number,
        "level": wording.LEVELS[level],
        "people": sum(people.get(entrance.pk, 0) for entrance in entrances),
    }
    outline = tuple((float(point[0]), float(point[1])) for point in building.outline if len(point) == 2)
    return PlanBuilding(building.number, level, words, building.x, building.y, outline, tuple(drawn), link)


def _plan_words(buildings: list[PlanBuilding]) -> PlanWords:
    found: dict[str, list[str]] = {"HIGH": [], "MEDIUM": [], "LOW": []}
    for building in buildings:
        for entrance in building.entrances:
            if entrance.level in found:
                found[entrance.level].append(entrance.label)
    parts = [
        _("%(level)s: %(places)s") % {"level": wording.LEVELS[level], "places": _few(places)}
        for level, places in found.items()
        if places
    ]
    return PlanWords(
        title=_("Site plan with zone levels"),
        description="; ".join(parts) or _("No entrance has a zone level."),
        levels={level: str(wording.LEVELS[level]) for level in ("HIGH", "MEDIUM", "LOW", "NONE")},
        unplaced=_("Buildings whose place on the plan is not known"),
    )


def _few(places: list[str], most: int = 12) -> str:
    if len(places) <= most:
        return ", ".join(places)
    rest = len(places) - most
    return ngettext("%(places)s and %(rest)s more", "%(places)s and %(rest)s more", rest) % {
        "places": ", ".join(places[:most]),
        "rest": rest,
    }


# ---------- load and coverage ----------
def load_svg(*, area_id: int, incident_id: int, at: datetime) -> str:
    """Return open tasks by grid as bars, late ones hatched."""
    loads = dispatch.load_by_grid(
        area_id=area_id, incident_id=incident_id, scope=Scope(area_id, everything=True), at=at
    )
    page = _path("dispatch:tasks")
    bars = []
    for load in loads:
        label = _("Grid %(number)s") % {"number": load.number} if load.number else _("No grid")
        words = _("%(place)s: %(open)s open tasks, %(late)s of them late") % {
            "place": label,
            "open": load.open,
            "late": load.late,
        }
        link = f"{page}?grid={load.number}" if load.number and page else ""
        bars.append(Bar(label, load.open, load.late, words, link))
    description = "; ".join(bar.words for bar in bars if bar.value) or _("No task is open.")
    chart = ChartWords(_("Open tasks by grid"), description, _("On time"), _("Late"))
    return draw_bars(bars, chart, element_id="load")


def coverage_svg(covered: int, listed: int) -> str:
    """Return the one-to-one coverage as a ring."""
    description = _("%(covered)s of %(listed)s people of the one-to-one list have a caller.") % {
        "covered": covered,
        "listed": listed,
    }
    return draw_ring(covered, listed, title=_("One-to-one coverage"), description=description, element_id="coverage")


def incident_of(area_id: int, uuid: UUID | None) -> incidents.Incident | None:
    """Return the asked incident, or the newest open one, or the newest; None when the compound never had one.

    Raises `Incident.DoesNotExist` for an unknown uuid.
    """
    if uuid is not None:
        return incidents.get_incident(area_id, uuid)
    return incidents.find_open_incident(area_id) or incidents.list_incidents(area_id).first()
