"""What roles, scopes and states are called on the roof's own pages."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongxin.base.policy import ROLES

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

ROLE_WORDS: Mapping[str, "StrPromise"] = {
    "COMMANDER": pgettext_lazy("role", "Commander"),
    "GRID_LEADER": pgettext_lazy("role", "Grid leader"),
    "SAMPLER": pgettext_lazy("role", "Sampler"),
    "MEDIC": pgettext_lazy("role", "Medic"),
    "VOLUNTEER": pgettext_lazy("role", "Volunteer"),
    "CALLER": pgettext_lazy("role", "Liaison caller"),
    "TRACER": pgettext_lazy("role", "Tracer"),
    "DISPATCHER": pgettext_lazy("role", "Dispatcher"),
    "DOCUMENTS": pgettext_lazy("role", "Document officer"),
    "AUDITOR": pgettext_lazy("role", "Auditor"),
    "SYSTEM_ADMIN": pgettext_lazy("role", "System administrator"),
    "SECURITY_ADMIN": pgettext_lazy("role", "Security administrator"),
}
SCOPE_WORDS: Mapping[str, "StrPromise"] = {
    "AREA": pgettext_lazy("scope", "The whole compound"),
    "GRID": pgettext_lazy("scope", "One grid"),
    "BUILDING": pgettext_lazy("scope", "One building"),
    "OWN": pgettext_lazy("scope", "Own tasks only"),
}
GRANT_STATES: Mapping[str, "StrPromise"] = {
    "OPEN": pgettext_lazy("state of a grant", "In force"),
    "ENDED": pgettext_lazy("state of a grant", "Ended"),
    "LATER": pgettext_lazy("state of a grant", "Begins later"),
}
FAULTS: Mapping[str, "StrPromise"] = {
    "MISSING": _("The chain is broken: entry %(seq)s is missing."),
    "CHANGED": _("The chain is broken: entry %(seq)s was changed afterwards."),
    "HEAD": _("The chain is broken: its end does not fit entry %(seq)s."),
}


def roles_in_words(roles: Collection[str]) -> str:
    """Return roles as one text in the policy's order."""
    return _now(", ").join(str(ROLE_WORDS[role]) for role in ROLES if role in roles)
