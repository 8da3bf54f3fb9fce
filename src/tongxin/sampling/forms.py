"""Forms of this room. What is refused says so in a sentence; what was typed stays."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongxin.incidents import api as incidents
from tongxin.sampling import wording

MAX_FILE = 5 * 1024 * 1024


class _Moment(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class OpenForm(forms.Form):
    """A new round for everybody of some places."""

    places = forms.MultipleChoiceField(
        label=_("Places"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Everybody who lives there."),
    )
    entrances = forms.MultipleChoiceField(
        label=_("Single entrances"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": "8"}),
        help_text=_("Instead of whole buildings, or beside them."),
    )
    pool_size = forms.ChoiceField(
        label=_("People in one tube"), help_text=_("People who may not share always get a tube of their own.")
    )
    opens_at = forms.DateTimeField(label=_("Begins"), widget=_Moment)
    closes_at = forms.DateTimeField(label=_("Ends"), widget=_Moment)

    def __init__(self, *args: Any, places: list[incidents.Place], sizes: tuple[int, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = incidents_words()
        named = [(f"{row.kind}:{row.uuid}", f"{kinds[row.kind]} {row.label}", row.kind) for row in places]
        wide, narrow = self.fields["places"], self.fields["entrances"]
        wide.choices = [(key, text) for key, text, kind in named if kind != "ENTRANCE"]  # type: ignore[attr-defined]
        narrow.choices = [(key, text) for key, text, kind in named if kind == "ENTRANCE"]  # type: ignore[attr-defined]
        self.fields["pool_size"].choices = [(str(size), str(size)) for size in sizes]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("places") and not data.get("entrances"):
            self.add_error("places", wording.label(wording.ROUND_REFUSALS, "PLACE"))
        opens_at, closes_at = data.get("opens_at"), data.get("closes_at")
        if opens_at and closes_at and closes_at <= opens_at:
            self.add_error("closes_at", wording.label(wording.ROUND_REFUSALS, "WINDOW"))
        return data

    def chosen(self) -> list[dict[str, str]]:
        """This function will return the chosen places as rounds store them."""
        picked = [*self.cleaned_data["places"], *self.cleaned_data["entrances"]]
        return [{"kind": key.split(":", 1)[0], "uuid": key.split(":", 1)[1]} for key in picked]


def incidents_words() -> dict[str, str]:
    """This function will return the words of the kinds of place."""
    return {
        "COMPOUND": str(pgettext_lazy("kind of place", "Compound")),
        "GRID": str(pgettext_lazy("kind of place", "Grid")),
        "BUILDING": str(pgettext_lazy("kind of place", "Building")),
        "ENTRANCE": str(pgettext_lazy("kind of place", "Entrance")),
    }


class CountForm(forms.Form):
    """How many tubes lie on the table."""

    desk = forms.CharField(label=_("Desk"), max_length=40, required=False, help_text=_("Empty for the whole round."))
    counted = forms.IntegerField(label=_("Tubes counted by hand"), min_value=0, max_value=100_000)


class ResultForm(forms.Form):
    """One result."""

    code = forms.CharField(label=_("Tube"), max_length=80)
    value = forms.ChoiceField(
        label=_("Result"),
        choices=[(key, text) for key, text in wording.VALUES.items()],
        widget=forms.RadioSelect,
        initial="NEGATIVE",
    )
    #: What counts so far and is to be corrected, as the sender was told; empty where nothing is known to count.
    standing = forms.ChoiceField(
        choices=[("", ""), *((key, key) for key in wording.VALUES)], required=False, widget=forms.HiddenInput
    )


class ResultFileForm(forms.Form):
    """A laboratory's file."""

    file = forms.FileField(
        label=_("File of results (.xlsx or .csv)"),
        help_text=_("Columns: tube, value (negative, positive, invalid), time. Titles may be Chinese."),
    )
    laboratory = forms.CharField(label=_("Laboratory"), max_length=80, required=False)
    dry_run = forms.BooleanField(label=_("Only check the file, record nothing"), required=False, initial=True)

    def clean_file(self) -> Any:
        found = self.cleaned_data["file"]
        if found.size > MAX_FILE:
            raise forms.ValidationError(_("The file is larger than 5 MB. Send it in parts."))
        return found


class TellForm(forms.Form):
    """What was found out about somebody who is missing."""

    state = forms.ChoiceField(choices=[(key, key) for key in ("DUE", "REFUSED", "AWAY", "EXEMPT")])
    reason = forms.ChoiceField(choices=[("", ""), *((key, key) for key in wording.STATE_REASONS)], required=False)
