"""The start page by role: what waits for me now, each number with its rows, and the next thing to do as one big button.

A section asks the rooms' apis; it opens no table itself. Somebody with several roles sees the sections one below the other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from tongxin.base import accounts, audit_reads, clock, health, lockout, policy
from tongxin.base.actors import Actor, Scope
from tongxin.community import api as community
from tongxin.dispatch import api as dispatch
from tongxin.hq import api as hq
from tongxin.incidents import api as incidents
from tongxin.residents import api as residents
from tongxin.sampling import api as sampling
from tongxin.situation import api as situation
from tongxin.tracing import api as tracing
from tongxin.web import nav, wording
from tongxin.workforce import api as workforce

Tile = dict[str, Any]
#: Backups older than this are told as late (the promise is a proof every 48 hours).
_BACKUP_HOURS = 48
_OPEN_REQUESTS = ("OPEN", "IN_HAND")


@dataclass(frozen=True)
class Ground:
    """Who looks, where and when; what several sections need is read once."""

    actor: Actor
    area_id: int
    at: datetime

    @cached_property
    def incident(self) -> incidents.Incident | None:
        return incidents.find_open_incident(self.area_id)

    @cached_property
    def responder(self) -> workforce.Responder | None:
        return workforce.find_responder_of(self.actor.account_id, self.area_id)

    @cached_property
    def mass_round(self) -> sampling.SamplingRound | None:
        if self.incident is None:
            return None
        return sampling.list_rounds(self.area_id, self.incident.pk, kinds=["MASS"]).first()

    @cached_property
    def my_tasks(self) -> list[dispatch.MyTask]:
        if self.responder is None:
            return []
        return dispatch.my_tasks(area_id=self.area_id, responder_id=self.responder.pk, at=self.at, actor=self.actor)

    def scope(self, permission: str) -> Scope:
        return policy.scope_for(self.actor, permission, area_id=self.area_id)

    def link(self, url_name: str, *args: object, query: str = "") -> str:
        return nav.link(self.actor, url_name, *args, area_id=self.area_id, query=query)


def _tile(label: str, value: object, url: str, *, unit: str = "", note: str = "", level: str = "") -> Tile:
    """Return a number as `web/_figure.html` takes it; a level stands only where there is something to worry about."""
    return {"label": label, "value": value, "url": url, "unit": unit, "note": note, "level": level if value else ""}


def _button(label: str, url: str, icon: str) -> dict[str, str] | None:
    return {"label": label, "url": url, "icon": icon} if url else None


def _first(*buttons: dict[str, str] | None) -> dict[str, str] | None:
    return next((button for button in buttons if button is not None), None)


def _section(
    role: str, main: dict[str, str] | None, tiles: list[Tile], *links: dict[str, str] | None
) -> dict[str, Any]:
    shown = [link for link in links if link is not None and (main is None or link["url"] != main["url"])]
    return {
        "key": role.lower().replace("_", "-"),
        "heading": wording.ROLE_WORDS[role],
        "main": main,
        "tiles": tiles,
        "links": shown,
    }


def _figures(ground: Ground, keys: str) -> list[Tile]:
    """Return figures of the one table of facts, with the page of their rows and the change since yesterday."""
    if ground.incident is None:
        return []
    table = situation.figure_table(
        area_id=ground.area_id, incident_id=ground.incident.pk, at=ground.at, viewer=ground.actor
    )
    found = []
    for key in keys.split():
        row = table.rows.get(key)
        if row is None:
            continue
        level = "MEDIUM" if row.entry.worse == "MORE" else ""
        note = situation.change_words(table, key)
        tile = _tile(str(row.entry.label), row.value, row.url, unit=str(row.entry.unit), note=note, level=level)
        found.append(tile | {"key": key})
    return found


def _start_button(ground: Ground) -> dict[str, str] | None:
    """Return what comes before everything else: a ledger, an incident; None when both are there."""
    if ground.incident is not None:
        return None
    everybody = Scope(ground.area_id, everything=True)
    if not community.people_query(area_id=ground.area_id, scope=everybody).exists():
        return _button(_("Import the ledger of residents"), ground.link("community:imports"), "upload")
    return _button(_("Open an incident"), ground.link("incidents:open"), "flag")


# ---------- sections ----------
def commander(ground: Ground) -> dict[str, Any]:
    """What waits for a decision of headquarters."""
    decisions = _decision_tiles(ground)
    tiles = _figures(
        ground,
        "sampling.round_missing dispatch.unassigned residents.calls_late residents.requests_late incidents.zones_high"
        " incidents.cases",
    )
    unassigned = next((tile["value"] for tile in tiles if tile["key"] == "dispatch.unassigned"), 0)
    waiting = int(decisions[0]["value"]) if decisions else 0
    decide = ngettext("Decide %(n)s line of the plan", "Decide %(n)s lines of the plan", waiting) % {"n": waiting}
    main = _first(
        _start_button(ground),
        _button(decide, ground.link("hq:plan"), "clipboard-check") if waiting else None,
        _button(_("Find hands for the tasks"), ground.link("dispatch:board"), "shuffle") if unassigned else None,
        _button(_("Look at the plan"), ground.link("hq:plan"), "clipboard-check"),
    )
    return _section(
        "COMMANDER",
        main,
        [*decisions, *tiles],
        _wall(ground),
        _button(_("Situation"), ground.link("situation:overview"), "speedometer2"),
        _button(_("Site plan"), ground.link("situation:site_plan"), "map"),
        _button(_("Incident"), ground.link("incidents:list"), "flag"),
        _button(_("Meetings"), ground.link("hq:meetings"), "people"),
        _button(_("Import a ledger"), ground.link("community:imports"), "upload"),
    )


def _decision_tiles(ground: Ground) -> list[Tile]:
    """Return what waits for headquarters itself: lines of the plan, late orders, work that failed five times."""
    if ground.incident is None:
        return []
    found = hq.figures(area_id=ground.area_id, incident_id=ground.incident.pk, at=ground.at)
    lines, orders = pgettext("unit", "lines"), pgettext("unit", "orders")
    return [
        _tile(
            _("Lines of the plan to decide"),
            found["hq.lines_waiting"],
            ground.link("hq:plan"),
            unit=lines,
            level="HIGH",
        ),
        _tile(
            _("Late orders"),
            found["hq.orders_late"],
            ground.link("hq:orders", query="late=1"),
            unit=orders,
            level="HIGH",
        ),
        _tile(_("Parked work"), found["hq.parked"], ground.link("hq:queue"), level="MEDIUM"),
    ]


def _wall(ground: Ground) -> dict[str, str] | None:
    return _button(_("Open the wall"), ground.link("web:wall") if ground.incident else "", "speedometer2")


def grid_leader(ground: Ground) -> dict[str, Any]:
    """My grid: who is missing, what is late, who asked for something."""
    tiles: list[Tile] = []
    main = None
    if ground.incident is not None:
        missing = _missing_tile(ground)
        tiles = [
            *missing,
            *_grid_task_tiles(ground, ground.incident.pk),
            *_grid_resident_tiles(ground, ground.incident.pk),
        ]
        tiles.append(_zone_tile(ground, ground.incident))
        if missing and missing[0]["value"]:
            main = _button(_("See who is still missing"), str(missing[0]["url"]), "person-exclamation")
    main = _first(main, _button(_("My tasks today"), ground.link("dispatch:mine"), "check2-square"))
    return _section(
        "GRID_LEADER",
        main,
        tiles,
        _button(_("My tasks today"), ground.link("dispatch:mine"), "check2-square"),
        _button(_("Residents of my grid"), ground.link("community:people"), "people"),
        _button(_("Site plan"), ground.link("situation:site_plan"), "map"),
        _wall(ground),
    )


def _missing_tile(ground: Ground) -> list[Tile]:
    newest = ground.mass_round
    if newest is None:
        return []
    counts = sampling.counts_by_round(ground.area_id, [newest.pk], ground.scope("sampling.missing.list")).get(newest.pk)
    url = ground.link("sampling:round", newest.uuid, query="state=DUE")
    if counts is None:
        return [_tile(_("Still missing"), 0, url, note=_("Nobody of my grid is listed in this round."))]
    note = _("%(done)s of %(listed)s sampled") % {"done": counts.done, "listed": counts.listed}
    return [_tile(_("Still missing"), counts.missing, url, unit=pgettext("unit", "people"), note=note, level="HIGH")]


def _grid_task_tiles(ground: Ground, incident_id: int) -> list[Tile]:
    list_mine = partial(
        dispatch.list_tasks, area_id=ground.area_id, incident_id=incident_id, scope=ground.scope("dispatch.task.list")
    )
    late = list_mine(late_at=ground.at).count()
    without = list_mine(states=["OPEN"]).count()
    unit = pgettext("unit", "tasks")
    return [
        _tile(_("Late tasks"), late, ground.link("dispatch:tasks", query="late=on"), unit=unit, level="HIGH"),
        _tile(
            _("Tasks without hands"),
            without,
            ground.link("dispatch:tasks", query="state=OPEN"),
            unit=unit,
            level="MEDIUM",
        ),
    ]


def _grid_resident_tiles(ground: Ground, incident_id: int) -> list[Tile]:
    coverage = residents.coverage(
        area_id=ground.area_id, incident_id=incident_id, at=ground.at, scope=ground.scope("residents.coverage.read")
    )
    late_requests = residents.list_requests(
        area_id=ground.area_id,
        incident_id=incident_id,
        scope=ground.scope("residents.request.list"),
        roles=ground.actor.roles(ground.area_id),
        late_at=ground.at,
    ).count()
    return [
        _tile(
            _("Late calls"),
            coverage.total.late,
            ground.link("residents:coverage"),
            unit=pgettext("unit", "calls"),
            level="HIGH",
        ),
        _tile(
            _("Late requests"),
            late_requests,
            ground.link("residents:requests", query="late=1"),
            unit=pgettext("unit", "requests"),
            level="HIGH",
        ),
    ]


def _zone_tile(ground: Ground, incident: incidents.Incident) -> Tile:
    zones = len(incidents.zone_levels(ground.area_id, incident.pk, ground.at))
    url = ground.link("incidents:zones", incident.uuid)
    return _tile(_("Places with a level"), zones, url, unit=pgettext("unit", "places"), level="MEDIUM")


def _own_work(ground: Ground, role: str, *extra: Tile) -> dict[str, Any]:
    """The home of whoever has tasks: how many today, and the way to them."""
    count = len(ground.my_tasks)
    url = ground.link("dispatch:mine")
    tile = _tile(_("My tasks today"), count, url, unit=pgettext("unit", "tasks"))
    words = ngettext("Go to my %(n)s task", "Go to my %(n)s tasks", count) % {"n": count}
    main = _button(words if count else _("My tasks today"), url, "check2-square")
    return _section(
        role,
        main,
        [tile, *extra],
        _button(_("My hours and shifts"), ground.link("workforce:me"), "clock"),
        _button(_("Site plan"), ground.link("situation:site_plan"), "map"),
    )


def volunteer(ground: Ground) -> dict[str, Any]:
    """My tasks today."""
    return _own_work(ground, "VOLUNTEER")


def medic(ground: Ground) -> dict[str, Any]:
    """My tasks today, at doors and tables."""
    return _own_work(ground, "MEDIC")


def sampler(ground: Ground) -> dict[str, Any]:
    """The open rounds, each with the way to its desk, and my tasks."""
    rounds = (
        list(sampling.list_rounds(ground.area_id, ground.incident.pk, is_open=True)[:20]) if ground.incident else []
    )
    links = [
        _button(
            _("Desk of round %(number)s") % {"number": row.number}, ground.link("sampling:desk", row.uuid), "upc-scan"
        )
        for row in rounds
    ]
    tiles = [
        _tile(_("Open sampling rounds"), len(rounds), ground.link("sampling:list"), unit=pgettext("unit", "rounds")),
        _tile(_("My tasks today"), len(ground.my_tasks), ground.link("dispatch:mine"), unit=pgettext("unit", "tasks")),
    ]
    main = _first(*links, _button(_("My tasks today"), ground.link("dispatch:mine"), "check2-square"))
    return _section(
        "SAMPLER", main, tiles, *links, _button(_("My tasks today"), ground.link("dispatch:mine"), "check2-square")
    )


def caller(ground: Ground) -> dict[str, Any]:
    """Whom I still have to call in this window."""
    left = total = 0
    if ground.incident is not None and ground.responder is not None:
        mine = residents.my_calls(
            area_id=ground.area_id, incident_id=ground.incident.pk, responder_id=ground.responder.pk, at=ground.at
        )
        left, total = len(mine.left), mine.total
    url = ground.link("residents:mine")
    note = _("of %(total)s in this round") % {"total": total} if total else ""
    words = ngettext("Make my %(n)s call", "Make my %(n)s calls", left) % {"n": left}
    return _section(
        "CALLER",
        _button(words if left else _("My calls"), url, "telephone"),
        [_tile(_("Calls still to make"), left, url, unit=pgettext("unit", "calls"), note=note, level="MEDIUM")],
        _button(_("My tasks today"), ground.link("dispatch:mine"), "check2-square"),
        _button(_("My hours and shifts"), ground.link("workforce:me"), "clock"),
    )


def tracer(ground: Ground) -> dict[str, Any]:
    """Interviews to hold, people under management, tests that are due."""
    tiles = []
    if ground.incident is not None:
        found = tracing.figures(area_id=ground.area_id, incident_id=ground.incident.pk, at=ground.at)
        today = clock.local_date(ground.at).isoformat()
        people = pgettext("unit", "people")
        tiles = [
            _tile(
                _("Interviews to hold"),
                found["tracing.to_interview"],
                ground.link("tracing:investigations", query="state=OPEN"),
                level="HIGH",
            ),
            _tile(
                _("Late investigations"),
                found["tracing.late"],
                ground.link("tracing:investigations", query="late=1"),
                level="HIGH",
            ),
            _tile(_("People under management"), found["tracing.managed"], ground.link("tracing:managed"), unit=people),
            _tile(
                _("Tests of managed people today"),
                found["tracing.tests_today"],
                ground.link("tracing:tests", query=f"date={today}"),
                unit=people,
            ),
            _tile(
                _("People with a missed test"),
                found["tracing.tests_late"],
                ground.link("tracing:managed", query="late=on"),
                unit=people,
                level="HIGH",
            ),
        ]
    return _section(
        "TRACER",
        _button(_("Go to the investigations"), ground.link("tracing:investigations"), "diagram-3"),
        tiles,
        _button(_("Contact ledger"), ground.link("tracing:ledger"), "file-earmark-excel"),
        _button(_("My tasks today"), ground.link("dispatch:mine"), "check2-square"),
    )


def dispatcher(ground: Ground) -> dict[str, Any]:
    """Load, late tasks, tasks that nobody has."""
    tiles = _figures(
        ground, "dispatch.unassigned dispatch.late dispatch.started dispatch.open workforce.on_shift workforce.absent"
    )
    return _section(
        "DISPATCHER",
        _button(_("Go to the board"), ground.link("dispatch:board"), "bar-chart-line"),
        tiles,
        _wall(ground),
        _button(_("Responders"), ground.link("workforce:responders"), "person-lines-fill"),
        _button(_("Orders"), ground.link("hq:orders"), "megaphone"),
    )


def documents(ground: Ground) -> dict[str, Any]:
    """The night report and what stands in it."""
    tiles = _figures(ground, "situation.reports_to_sign situation.reports incidents.zones_high dispatch.open")
    return _section(
        "DOCUMENTS",
        _button(_("Go to the night report"), ground.link("situation:reports"), "journal-text"),
        tiles,
        _button(_("All figures"), ground.link("situation:figures"), "list-check"),
        _button(_("Meetings"), ground.link("hq:meetings"), "people"),
    )


def auditor(ground: Ground) -> dict[str, Any]:
    """What was done and looked at today."""
    today = clock.local_date(ground.at)
    entries = audit_reads.entries(ground.area_id, audit_reads.AuditFilter(day=today)).count()
    url = ground.link("web:audit")
    tile = _tile(_("Audit entries today"), entries, ground.link("web:audit", query=f"day={today.isoformat()}"))
    return _section("AUDITOR", _button(_("Read the audit"), url, "shield-check"), [tile])


def system_admin(ground: Ground) -> dict[str, Any]:
    """Whether the installation can work."""
    tiles = system_tiles(ground)
    parked = tiles[0]["value"]
    main = _first(
        _button(_("Look at parked work"), ground.link("hq:queue"), "hourglass-split") if parked else None,
        _button(_("State of the system"), ground.link("web:system"), "gear"),
    )
    return _section("SYSTEM_ADMIN", main, tiles)


def system_tiles(ground: Ground) -> list[Tile]:
    """Return parked work, age of the queue, free disk and age of the newest backup."""
    found = health.check()
    newest = next(iter(health.backups()), None)
    system = ground.link("web:system")
    parked = len(hq.parked_items(ground.area_id))
    if newest is None:
        backup = _tile(
            _("Newest backup"), "–", system, note=_("There is no backup yet: run `tongxin backup`."), level="HIGH"
        )
    else:
        hours = int((clock.machine_now() - newest.made_at).total_seconds() // 3600)
        level = "HIGH" if hours >= _BACKUP_HOURS else ""
        backup = _tile(_("Newest backup"), hours, system, unit=_("hours ago"), note=newest.name, level=level)
    return [
        _tile(
            _("Parked work"),
            parked,
            ground.link("hq:queue"),
            note=_("Failed five times and waits for a person."),
            level="HIGH",
        ),
        _tile(
            _("Oldest waiting work"),
            int(found.queue_age_seconds),
            system,
            unit=_("seconds"),
            level="HIGH" if found.queue_age_seconds > 60 else "",
        ),
        _tile(
            _("Free disk"),
            filesizeformat(found.disk_free_bytes),
            system,
            note=f"{found.disk_free_percent} %",
            level="HIGH" if found.disk_free_percent < 10 else "",
        ),
        backup,
    ]


def security_admin(ground: Ground) -> dict[str, Any]:
    """Logins: how many, which are locked, which still have their first password."""
    rows = accounts.accounts_of(ground.area_id)
    locked = len(lockout.locked_usernames([row.username for row in rows], at=clock.machine_now()))
    url = ground.link("web:logins")
    tiles = [
        _tile(_("Logins"), len(rows), url),
        _tile(
            _("Locked after wrong passwords"), locked, ground.link("web:logins", query="state=locked"), level="MEDIUM"
        ),
        _tile(
            _("Not yet signed in with an own password"),
            sum(row.must_change_password for row in rows),
            ground.link("web:logins", query="state=first"),
        ),
    ]
    return _section(
        "SECURITY_ADMIN",
        _button(_("Make or change a login"), url, "key"),
        tiles,
        _button(_("Logins for responders"), ground.link("workforce:accounts"), "people"),
        _button(_("Read the audit"), ground.link("web:audit"), "shield-check"),
    )


_SECTIONS: Mapping[str, Callable[[Ground], dict[str, Any]]] = {
    "COMMANDER": commander,
    "GRID_LEADER": grid_leader,
    "SAMPLER": sampler,
    "MEDIC": medic,
    "VOLUNTEER": volunteer,
    "CALLER": caller,
    "TRACER": tracer,
    "DISPATCHER": dispatcher,
    "DOCUMENTS": documents,
    "AUDITOR": auditor,
    "SYSTEM_ADMIN": system_admin,
    "SECURITY_ADMIN": security_admin,
}


def sections(ground: Ground) -> list[dict[str, Any]]:
    """Return the sections of all roles that the actor holds here, in the policy's order."""
    held = ground.actor.roles(ground.area_id)
    return [_SECTIONS[role](ground) for role in policy.ROLES if role in held]
