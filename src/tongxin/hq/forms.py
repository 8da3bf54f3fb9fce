"""Forms of headquarters."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongxin.hq import rules, wording


class StrikeForm(forms.Form):
    reason = forms.CharField(
        label=_("Why is this not done?"),
        max_length=200,
        error_messages={"required": _("Write in a few words why: tomorrow's reader has to know.")},
    )


class EditForm(forms.Form):
    """Fields are made from the body of a line: only what the room accepts is kept, the room decides.

    `levels` are the rule set's levels, of which a zone line takes one whole (key, canonical heat, label).
    """

    def __init__(
        self,
        *args: Any,
        body: dict[str, Any],
        editable: tuple[str, ...],
        levels: list[dict[str, Any]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.body = body
        self.levels = {row["level"]: row for row in levels}
        for name in editable:
            self.fields[name] = self._level_field() if name == "level" else self._field(name, body.get(name))

    def _level_field(self) -> forms.Field:
        choices = [(key, wording.localized(row["label"])) for key, row in self.levels.items()]
        return forms.ChoiceField(label=str(wording.FIELDS["level"]), choices=choices, initial=self.body.get("level"))

    @staticmethod
    def _field(name: str, value: Any) -> forms.Field:
        label = str(wording.FIELDS.get(name, name))
        if name.endswith("_date"):
            widget = forms.DateInput(attrs={"type": "date"})
            return forms.CharField(label=label, initial=value, max_length=10, required=False, widget=widget)
        if isinstance(value, bool):
            return forms.BooleanField(label=label, required=False, initial=value)
        if isinstance(value, int):
            return forms.IntegerField(label=label, initial=value, min_value=0, max_value=100_000)
        if isinstance(value, list):
            return forms.CharField(label=label, initial=", ".join(map(str, value)), max_length=400, required=False)
        return forms.CharField(label=label, initial=value, max_length=200)

    def changes(self) -> dict[str, Any]:
        """Return the body's changed fields in the types that the body has."""
        found: dict[str, Any] = {}
        for name, value in self.cleaned_data.items():
            old = self.body.get(name)
            new = [part.strip() for part in value.split(",") if part.strip()] if isinstance(old, list) else value
            if new == old or (new in ("", None) and old in ("", None)):
                continue
            found |= self.levels[new] if name == "level" else {name: new}
        return found


class MeetingForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=160)
    held_at = forms.DateTimeField(
        label=_("Held at"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    minutes = forms.CharField(
        label=_("Minutes"), required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 8})
    )


class DecisionForm(forms.Form):
    text = forms.CharField(label=_("What was decided"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    group = forms.ChoiceField(label=_("Who answers for it"))
    due_at = forms.DateTimeField(
        label=_("Until"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )

    def __init__(self, *args: Any, groups: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["group"]
        if isinstance(field, forms.ChoiceField):
            field.choices = groups


class JudgementForm(forms.Form):
    trend = forms.ChoiceField(
        label=_("Where is it going?"), choices=[(code, wording.TRENDS[code]) for code in rules.TRENDS]
    )
    text = forms.CharField(
        label=_("Your judgement"),
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("It is signed together with the figures of this moment and cannot be changed afterwards."),
    )


class ConfirmForm(forms.Form):
    remark = forms.CharField(label=_("Remark"), required=False, max_length=300)
