"""What people type into this room's pages."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongxin.workforce import wording
from tongxin.workforce.api import FIELD_ROLES, MOST_NEEDS, Need


class FilterForm(forms.Form):
    """The filter of the list; it lives in the URL."""

    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("All kinds")), *wording.KINDS.items()])
    skill = forms.ChoiceField(
        label=_("Skill"), required=False, choices=[("", _("All skills")), *wording.SKILLS.items()]
    )
    cohort = forms.ChoiceField(
        label=_("Cohort"), required=False, choices=[("", _("Both cohorts")), *wording.COHORTS.items()]
    )


class _MomentField(forms.DateTimeField):
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], **kwargs)


class ShiftForm(forms.Form):
    """A shift of one person."""

    starts_at = _MomentField(label=_("Starts"))
    ends_at = _MomentField(label=_("Ends"))

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        starts_at, ends_at = values.get("starts_at"), values.get("ends_at")
        if starts_at and ends_at and not timedelta(0) < ends_at - starts_at <= timedelta(hours=24):
            self.add_error("ends_at", _("The end must lie after the start, and within a day of it."))
        return values


class AbsenceForm(forms.Form):
    """I cannot come: from now or later, until when, and why."""

    reason = forms.ChoiceField(label=_("Why"), choices=[*wording.ABSENCES.items()], widget=forms.RadioSelect)
    until = forms.ChoiceField(
        label=_("For how long"),
        choices=[("4", _("The next 4 hours")), ("24", _("Until this time tomorrow")), ("72", _("Three days"))],
        widget=forms.RadioSelect,
    )

    def ends_at(self, at: datetime) -> datetime:
        return at + timedelta(hours=int(self.cleaned_data["until"]))


class NeedForm(forms.Form):
    """One row of what a week needs: a skill, a time of day, and how many people on each day."""

    skill = forms.ChoiceField(label=_("Skill"), required=False, choices=[("", _("Any skill")), *wording.SKILLS.items()])
    starts = forms.TimeField(
        label=pgettext_lazy("time of day", "From"), required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )
    ends = forms.TimeField(
        label=pgettext_lazy("time of day", "Until"), required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for day, name in enumerate(WEEKDAYS):
            self.fields[f"d{day}"] = forms.IntegerField(label=name, required=False, min_value=0, max_value=MOST_A_SHIFT)

    def days(self) -> list[forms.BoundField]:
        """Return the seven fields of the days, for the template."""
        return [self[f"d{day}"] for day in range(7)]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        is_asked = any(values.get(f"d{day}") for day in range(7))
        for name in ("starts", "ends"):
            if is_asked and values.get(name) is None and name not in self.errors:
                self.add_error(name, _("Please say from when until when the shift lasts."))
        if is_asked and values.get("starts") is not None and values.get("starts") == values.get("ends"):
            self.add_error("ends", _("The end must not be the same as the start."))
        return values

    def need(self) -> Need | None:
        """Return what was asked for; None where no day asks for anybody."""
        values = self.cleaned_data
        people = tuple(values.get(f"d{day}") or 0 for day in range(7))
        return Need(values["skill"], values["starts"], values["ends"], people) if any(people) else None


WEEKDAYS = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
MOST_A_SHIFT = 200
NeedFormSet = forms.formset_factory(NeedForm, extra=2, max_num=MOST_NEEDS, absolute_max=MOST_NEEDS, validate_max=True)


class WhomForm(forms.Form):
    """Whom a week of shifts may ask."""

    whom = forms.ChoiceField(
        label=_("Who can be asked"),
        choices=[
            ("OFFERED", _("Only those who offered times, within these")),
            ("ALL", _("Everybody in service; who offered times only within these")),
        ],
        widget=forms.RadioSelect,
        initial="OFFERED",
    )


class CellForm(forms.Form):
    """Another shift of one day for one person; empty: a free day."""

    day = forms.IntegerField(min_value=0, max_value=6)
    slot = forms.RegexField(r"^\d{1,2}-[0-6]$", required=False)


class AccountsForm(forms.Form):
    """Who gets a login."""

    role = forms.ChoiceField(
        label=_("Role"), required=False, choices=[("", _("By kind")), *((role, role) for role in FIELD_ROLES)]
    )
    responders = forms.MultipleChoiceField(label=_("People without a login"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["responders"].choices = choices  # type: ignore[attr-defined]


class ExitTestForm(forms.Form):
    """The negative test of one day of the exit protocol."""

    day = forms.TypedChoiceField(label=_("Negative test of day"), coerce=int)

    def __init__(self, *args: Any, days: tuple[int, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["day"].choices = [(str(day), str(day)) for day in days]  # type: ignore[attr-defined]


def local_input(at: datetime) -> str:
    """Return a moment as a date-time input takes it."""
    return timezone.localtime(at).strftime("%Y-%m-%dT%H:%M")
