"""Forms of the roof: the audit's filter, logins and roles."""

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongxin.base.actors import ScopeKind
from tongxin.base.audit_reads import AuditFilter
from tongxin.base.policy import ROLES
from tongxin.web import audit_wording, wording

#: A choice beside the actions: everything by which somebody only looked.
LOOKS = "LOOKS"


class AuditFilterForm(forms.Form):
    """Which entries to show. What cannot be understood filters nothing away and is marked beside its field."""

    actor = forms.CharField(label=_("Login"), max_length=160, required=False)
    action = forms.ChoiceField(label=pgettext_lazy("audit", "What was done"), required=False)
    target = forms.UUIDField(label=_("Identity (of a person or a thing)"), required=False)
    day = forms.DateField(label=_("From (day)"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(
        label=_("To (day)"),
        required=False,
        help_text=_("Empty: the first day only."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, data: Any, *, actions: Iterable[str]) -> None:
        super().__init__(data)
        field = self.fields["action"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            ("", pgettext_lazy("filter", "Everything")),
            (LOOKS, _("Looks at people, and files taken away")),
            *_by_room(actions),
        ]

    def wanted(self) -> AuditFilter:
        """Return the filter of the fields that are right."""
        self.is_valid()
        found = self.cleaned_data
        action = found.get("action") or ""
        return AuditFilter(
            actor=found.get("actor") or "",
            action="" if action == LOOKS else action,
            among=audit_wording.LOOKS if action == LOOKS else frozenset(),
            target=found.get("target"),
            day=found.get("day"),
            until=found.get("until"),
        )

    def query(self) -> list[tuple[str, str]]:
        """Return the right fields as pairs, to be sent again with an export."""
        self.is_valid()
        return [(key, str(value)) for key, value in self.cleaned_data.items() if value]

    def as_query(self) -> str:
        return urlencode(self.query())


def _by_room(actions: Iterable[str]) -> list[tuple[str, list[tuple[str, Any]]]]:
    """Return actions as choices below the names of their rooms; a room itself can be chosen too."""
    found: dict[str, list[tuple[str, Any]]] = {}
    for action in actions:
        room = action.partition(".")[0]
        everything = (room, _("Everything below"))
        found.setdefault(room, [everything]).append((action, audit_wording.action_in_words(action)))
    return [(str(audit_wording.ROOMS.get(room, room)), choices) for room, choices in found.items()]


class GrantForm(forms.Form):
    """A role with its scope and its end."""

    role = forms.ChoiceField(
        label=_("Role"), choices=[("", "---------"), *((role, wording.ROLE_WORDS[role]) for role in ROLES)]
    )
    scope = forms.ChoiceField(
        label=_("How far it reaches"),
        help_text=_("Volunteers, medics and callers need their own tasks only; a grid leader needs a grid."),
    )
    last_day = forms.DateField(
        label=pgettext_lazy("role", "Last day"),
        required=False,
        help_text=_("Empty: until somebody ends it."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, data: Any = None, *, places: Sequence[tuple[str, str]], today: Any) -> None:
        super().__init__(data)
        field = self.fields["scope"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            ("AREA:0", wording.SCOPE_WORDS["AREA"]),
            ("OWN:0", wording.SCOPE_WORDS["OWN"]),
            *places,
        ]
        self._today = today

    def clean_last_day(self) -> Any:
        """Refuse a day that is over."""
        day = self.cleaned_data["last_day"]
        if day is not None and day < self._today:
            raise forms.ValidationError(_("This day is over. Choose today or a later day."))
        if day is not None and day > self._today + timedelta(days=3660):
            raise forms.ValidationError(_("Choose a day within the next ten years."))
        return day

    def scope_chosen(self) -> tuple[ScopeKind, int]:
        """Return the scope and the id of its place."""
        kind, _colon, place = self.cleaned_data["scope"].partition(":")
        return ScopeKind(kind), int(place)

    def ends_at(self) -> datetime | None:
        """Return the midnight after the last day."""
        day = self.cleaned_data["last_day"]
        return None if day is None else timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))


class LoginForm(GrantForm):
    """A new login with its first role."""

    username = forms.CharField(
        label=_("Login"),
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        help_text=_("A code such as grid-2-leader. It stands in the audit, so do not take a person's name."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=[("zh-hans", "中文"), ("en", "English")])
    field_order = ["username", "role", "scope", "last_day", "language"]
