"""Details of audit entries for readers: the known keys and codes in words, ids shortened, everything else as it is."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from tongxin.base.actors import SYSTEM_PREFIX
from tongxin.web import wording

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

LONGEST = 300
_DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
KEYS: Mapping[str, "StrPromise"] = {
    "accounts": pgettext_lazy("audit detail", "logins"),
    "added": pgettext_lazy("audit detail", "added"),
    "bytes": pgettext_lazy("audit detail", "bytes"),
    "devices": pgettext_lazy("audit detail", "devices"),
    "doubtful": pgettext_lazy("audit detail", "doubtful"),
    "ends_at": pgettext_lazy("audit detail", "until"),
    "entries": pgettext_lazy("audit detail", "entries"),
    "faults": pgettext_lazy("audit detail", "faults"),
    "fields": pgettext_lazy("audit detail", "fields"),
    "form": pgettext_lazy("audit detail", "file"),
    "kind": pgettext_lazy("audit detail", "kind"),
    "language": pgettext_lazy("audit detail", "language"),
    "level": pgettext_lazy("audit detail", "level"),
    "people": pgettext_lazy("audit detail", "people"),
    "purpose": pgettext_lazy("audit detail", "purpose"),
    "reason": pgettext_lazy("audit detail", "reason"),
    "refused": pgettext_lazy("audit detail", "refused"),
    "responder": pgettext_lazy("audit detail", "responder"),
    "role": pgettext_lazy("audit detail", "role"),
    "rows": pgettext_lazy("audit detail", "rows"),
    "scope": pgettext_lazy("audit detail", "scope"),
    "state": pgettext_lazy("audit detail", "state"),
    "unchanged": pgettext_lazy("audit detail", "unchanged"),
    "updated": pgettext_lazy("audit detail", "updated"),
}


def actor_in_words(actor: str) -> str:
    """Return who did it: a login, or that no person did."""
    if actor.startswith(SYSTEM_PREFIX):
        return _("by itself (%(part)s)") % {"part": actor.removeprefix(SYSTEM_PREFIX)}
    return actor


def in_words(detail: Mapping[str, Any]) -> str:
    """Return a detail as one short text."""
    parts = [
        _("%(key)s: %(value)s") % {"key": KEYS.get(key, key), "value": _value(key, value)}
        for key, value in sorted(detail.items())
        if value not in ("", None, [], {})
    ]
    text = _("; ").join(parts)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _value(key: str, value: Any) -> str:
    if isinstance(value, dict):
        return _(", ").join(f"{KEYS.get(name, name)} {_value(name, item)}" for name, item in sorted(value.items()))
    if isinstance(value, list):
        return _(", ").join(_value(key, item) for item in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if key == "role" and value in wording.ROLE_WORDS:
        return str(wording.ROLE_WORDS[value])
    if key == "scope" and value in wording.SCOPE_WORDS:
        return str(wording.SCOPE_WORDS[value])
    return _DIGEST.sub(lambda found: f"{found[0][:12]}…", _ID.sub(lambda found: f"…{found[0][-6:]}", str(value)))
