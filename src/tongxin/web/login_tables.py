"""Tables and sentences of the pages about logins."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from tongxin.base import accounts
from tongxin.base.models import Account
from tongxin.community import api as community
from tongxin.web import wording
from tongxin.web.templatetags.tongxin_ui import when


def logins(rows: Sequence[Account], roles: Mapping[int, Collection[str]], locked: Collection[str]) -> dict[str, Any]:
    """Return the list of logins as `web/_table.html` takes it."""
    return {
        "caption": _("Logins of this compound"),
        "columns": [
            {"key": "login", "label": _("Login")},
            {"key": "roles", "label": _("Roles now")},
            {"key": "state", "label": _("State")},
            {"key": "seen", "label": _("Last signed in")},
        ],
        "rows": [
            [
                {"text": row.username, "url": reverse("web:login", args=[row.uuid]), "is_head": True},
                wording.roles_in_words(roles.get(row.pk, ())) or _("none"),
                _state(row, row.username in locked),
                when(row.last_login) if row.last_login else _("never"),
            ]
            for row in rows
        ],
        "empty_heading": _("No login fits"),
        "empty_text": _("Make one, or empty the filter."),
    }


def _state(row: Account, is_locked: bool) -> dict[str, str]:
    if not row.is_active:
        return {"text": _("Kept out"), "tone": "error", "icon": "lock"}
    if is_locked:
        return {"text": _("Locked after wrong passwords"), "tone": "warning", "icon": "clock"}
    if row.must_change_password:
        return {"text": _("Has a one-time password"), "tone": "info", "icon": "key"}
    return {"text": _("May sign in"), "tone": "success", "icon": "check-circle"}


def _place_names(area_id: int) -> dict[tuple[str, int], str]:
    grids = {("GRID", row.pk): _("Grid %(number)s") % {"number": row.number} for row in community.list_grids(area_id)}
    buildings = {
        ("BUILDING", row.pk): _("Building %(number)s") % {"number": row.number}
        for row in community.list_buildings(area_id)
        if row.number != "?"
    }
    return grids | buildings


def place_choices(area_id: int) -> list[tuple[str, str]]:
    """Return grids and buildings as choices of a scope."""
    return [(f"{kind}:{pk}", name) for (kind, pk), name in _place_names(area_id).items()]


def grants(rows: Sequence[accounts.GrantRow], area_id: int) -> list[dict[str, Any]]:
    """Return the roles of a login in words, with whether they can be ended."""
    names = _place_names(area_id) if any(row.scope_id for row in rows) else {}
    return [
        {
            "uuid": row.uuid,
            "role": wording.ROLE_WORDS[row.role],
            "scope": names.get((row.scope.value, row.scope_id)) or wording.SCOPE_WORDS[row.scope.value],
            "starts_at": row.starts_at,
            "ends_at": row.ends_at,
            "state": wording.GRANT_STATES[row.state],
            "is_over": row.state == "ENDED",
        }
        for row in rows
    ]


def sentence(refusal: Exception) -> str:
    """Return why something was refused, and what to do."""
    if isinstance(refusal, accounts.OwnAccount):
        return _("Nobody changes the rights of the own login. Ask another security administrator.")
    if isinstance(refusal, accounts.ServesElsewhere):
        return _("This login serves another compound too. Somebody who looks after both has to do this.")
    return _(
        "System administrator, security administrator and auditor are separate officers and hold no other role. "
        "Make a second login for the other task, for another person."
    )
