"""Forms of this room. What is refused says so in a sentence; what was typed stays."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongxin.residents import api, rules, wording

_LONG = {"rows": 3, "maxlength": rules.LONGEST_TEXT}


def _choices(table: dict[str, wording.Words], codes: Any = None) -> list[tuple[str, Any]]:
    return [(code, table[code]) for code in (codes or table)]


class RoundForm(forms.Form):
    """A round outside the windows of the profile, or the next one by hand."""

    starts_at = forms.DateTimeField(
        label=_("Calls from"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    ends_at = forms.DateTimeField(
        label=_("Calls until"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )


class MoveForm(forms.Form):
    caller = forms.ChoiceField(label=_("New caller"), help_text=_("The caller until now becomes the deputy."))

    def __init__(self, *args: Any, callers: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["caller"] = forms.ChoiceField(
            label=self.fields["caller"].label,
            help_text=self.fields["caller"].help_text,
            choices=[("", _("Please choose")), *callers],
        )


class CallForm(forms.Form):
    """What a caller writes down beside one of the three buttons."""

    outcome = forms.ChoiceField(choices=[(code, code) for code in rules.OUTCOMES])
    kinds = forms.MultipleChoiceField(
        label=_("What is needed"),
        required=False,
        choices=_choices(wording.NEEDS, rules.HEARD_NEEDS),
        widget=forms.CheckboxSelectMultiple,
    )
    medicine_days = forms.IntegerField(
        label=_("Days of medicine left"),
        required=False,
        min_value=0,
        max_value=rules.MOST_MEDICINE_DAYS,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    note = forms.CharField(
        label=pgettext_lazy("of a call", "Note"),
        required=False,
        max_length=rules.LONGEST_TEXT,
        widget=forms.Textarea(attrs={**_LONG, "rows": 2}),
    )


class PairFilter(forms.Form):
    caller = forms.ChoiceField(label=_("Caller"), required=False)
    care = forms.ChoiceField(label=_("Class"), required=False)
    why = forms.ChoiceField(
        label=_("How they came together"), required=False, choices=[("", _("All")), *_choices(wording.PAIR_WHY)]
    )

    def __init__(
        self, *args: Any, callers: list[tuple[str, str]], classes: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["caller"] = forms.ChoiceField(label=_("Caller"), required=False, choices=[("", _("All")), *callers])
        self.fields["care"] = forms.ChoiceField(label=_("Class"), required=False, choices=[("", _("All")), *classes])


class CallFilter(forms.Form):
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("All")), *_choices(wording.CALL_STATES)]
    )
    late = forms.BooleanField(label=_("Late only"), required=False)


class RequestFilter(forms.Form):
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("Not closed")), ("ALL", _("All")), *_choices(wording.REQUEST_STATES)],
    )
    urgency = forms.ChoiceField(
        label=_("Urgency"), required=False, choices=[("", _("All")), *_choices(wording.URGENCIES)]
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("All")), *_choices(wording.NEEDS)])
    mine = forms.BooleanField(label=_("Mine only"), required=False)
    late = forms.BooleanField(label=_("Late only"), required=False)


class RequestForm(forms.Form):
    """A need that somebody told the desk, the grid leader or headquarters."""

    kind = forms.ChoiceField(label=_("Kind"), choices=_choices(wording.NEEDS, rules.HEARD_NEEDS))
    urgency = forms.ChoiceField(
        label=_("Urgency"),
        required=False,
        choices=[("", _("As the kind says")), *_choices(wording.URGENCIES)],
    )
    text = forms.CharField(
        label=_("In the person's words"),
        required=False,
        max_length=rules.LONGEST_TEXT,
        widget=forms.Textarea(attrs=_LONG),
    )


class VersionForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class DoneForm(VersionForm):
    answer = forms.CharField(
        label=_("What was done"), max_length=rules.LONGEST_TEXT, widget=forms.Textarea(attrs=_LONG)
    )


class ToldForm(VersionForm):
    satisfaction = forms.TypedChoiceField(
        label=_("How well the need was met"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[
            ("", _("Not asked")),
            (5, _("5: very well")),
            (4, _("4: well")),
            (3, _("3: so-so")),
            (2, _("2: badly")),
            (1, _("1: very badly")),
        ],
    )


class PassForm(VersionForm):
    owner_role = forms.ChoiceField(label=_("Who should have it"), choices=_choices(wording.ROLES, api.OWNER_ROLES))
