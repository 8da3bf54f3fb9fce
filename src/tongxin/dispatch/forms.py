"""What people type into this room's pages."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongxin.dispatch import wording
from tongxin.dispatch.api import Task
from tongxin.engines.planner import WAIVABLE_RULES

_MOST_NOTE = 1000


class FilterForm(forms.Form):
    """The filter of the task list; it lives in the URL."""

    kind = forms.ChoiceField(label=_("Kind of task"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False)
    grid = forms.ChoiceField(label=_("Grid"), required=False)
    late = forms.BooleanField(label=_("Only late ones"), required=False)

    def __init__(self, *args: Any, grids: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", _("All kinds")), *wording.KINDS.items()]  # type: ignore[attr-defined]
        states = [(code, wording.STATES[code]) for code in Task.State.values]
        self.fields["state"].choices = [("", _("All states")), *states]  # type: ignore[attr-defined]
        self.fields["grid"].choices = [("", _("All grids")), *grids]  # type: ignore[attr-defined]


class MoveForm(forms.Form):
    """Give one hand to somebody; setting rules aside needs a reason."""

    responder = forms.UUIDField(
        error_messages={"required": _("Please choose a person."), "invalid": _("Please choose a person.")}
    )
    hand = forms.IntegerField(min_value=0, max_value=20)
    reason = forms.CharField(max_length=200, required=False, strip=True)
    waive = forms.MultipleChoiceField(
        choices=[(rule.value, rule.value) for rule in sorted(WAIVABLE_RULES)], required=False
    )


class ExtendForm(forms.Form):
    """More time for a task."""

    hours = forms.TypedChoiceField(
        label=_("More time, from now"),
        coerce=int,
        choices=[(2, _("2 hours")), (4, _("4 hours")), (8, _("8 hours")), (24, _("24 hours"))],
    )

    def until(self, at: Any) -> Any:
        return at + timedelta(hours=self.cleaned_data["hours"])


class NoteForm(forms.Form):
    """The free words beside an outcome: sealed, for the room that opened the task only."""

    note = forms.CharField(max_length=_MOST_NOTE, required=False, strip=True)
