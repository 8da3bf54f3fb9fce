"""What people type into this room's pages."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongxin.dispatch import wording
from tongxin.dispatch.api import Task
from tongxin.engines.planner import WAIVABLE_RULES
from tongxin.workforce import api as workforce

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


class PeopleForm(forms.Form):
    """What if there were so many people more."""

    count = forms.IntegerField(label=_("How many people more"), min_value=1, max_value=50, initial=2)
    skill = forms.ChoiceField(label=_("With which skill"), required=False)
    grid = forms.ChoiceField(label=_("In which grid"), required=False)
    start = forms.TypedChoiceField(
        label=_("From when"),
        coerce=int,
        choices=[
            (0, _("from now on")),
            (1, _("in 1 hour")),
            (2, _("in 2 hours")),
            (4, _("in 4 hours")),
            (12, _("in 12 hours")),
        ],
    )
    hours = forms.TypedChoiceField(
        label=_("For how long"),
        coerce=int,
        choices=[(2, _("2 hours")), (4, _("4 hours")), (6, _("6 hours")), (8, _("8 hours"))],
        initial=4,
    )

    def __init__(self, *args: Any, grids: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        skills = [(code, workforce.skill_list([code])) for code in workforce.SKILLS]
        self.fields["skill"].choices = [("", _("without a special skill")), *skills]  # type: ignore[attr-defined]
        self.fields["grid"].choices = [("", _("at the station")), *grids]  # type: ignore[attr-defined]


class LockForm(forms.Form):
    """What if a building were locked today."""

    building = forms.ChoiceField(label=_("Which building"))

    def __init__(self, *args: Any, buildings: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["building"].choices = buildings  # type: ignore[attr-defined]


class NoWorkForm(forms.Form):
    """What if there were no work of a kind at night."""

    task_kind = forms.ChoiceField(label=_("Which work"))
    hour = forms.TypedChoiceField(
        label=_("Not after"), coerce=int, choices=[(h, f"{h}:00") for h in range(16, 24)], initial=20
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["task_kind"].choices = list(wording.KINDS.items())  # type: ignore[attr-defined]


class OffForm(forms.Form):
    """What if somebody were off."""

    responder = forms.ChoiceField(label=_("Who is off"))

    def __init__(self, *args: Any, people: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["responder"].choices = people  # type: ignore[attr-defined]


class CallForm(forms.Form):
    """The text of a drafted call in both languages."""

    text_zh = forms.CharField(label=_("Chinese text"), max_length=4000, required=False, widget=forms.Textarea)
    text_en = forms.CharField(label=_("English text"), max_length=4000, required=False, widget=forms.Textarea)
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
