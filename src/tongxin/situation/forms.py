"""What people type into the pages of this room."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongxin.situation import wording


class MakeForm(forms.Form):
    """Write the report of a day, or write it anew."""

    report_date = forms.DateField(
        label=_("Day of the report"),
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={
            "required": _("Choose the day of the report."),
            "invalid": _("This is not a day. Write it as 2022-11-03."),
        },
    )
    judgement = forms.CharField(
        label=_("Judgement of headquarters"),
        help_text=_("Stands in the report as written. Empty: what headquarters signed last, or what stood there."),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": _("The judgement is longer than %(limit_value)d characters. Shorten it.")},
    )
    recount = forms.BooleanField(
        label=_("Count everything again"),
        help_text=_("Otherwise the numbers of the snapshot at the end of the day stay."),
        required=False,
    )


class SignForm(forms.Form):
    """Sign a report off."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    signer = forms.CharField(
        label=_("Signed by"),
        help_text=_("Stands on the document. After signing the report does not change any more."),
        max_length=40,
        error_messages={
            "required": _("Write who signs this report."),
            "max_length": _("The name is longer than %(limit_value)d characters. Shorten it."),
        },
    )


class RoomFilter(forms.Form):
    """Which figures are shown; it lives in the URL."""

    room = forms.ChoiceField(label=_("Part"), required=False)
    changed = forms.BooleanField(label=_("Only what changed since yesterday"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["room"].choices = [("", _("All parts")), *wording.ROOMS.items()]  # type: ignore[attr-defined]


class CurveFilter(forms.Form):
    """By which day cases are counted; it lives in the URL."""

    by = forms.ChoiceField(label=_("Counted by"), required=False, choices=list(wording.CURVES.items()))
