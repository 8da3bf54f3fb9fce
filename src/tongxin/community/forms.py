"""What people type into the pages of this room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongxin.community import rules, wording
from tongxin.community.importing import limits


class SearchForm(forms.Form):
    """One box for initials, names, doors and phone tails."""

    text = forms.CharField(
        label=_("Initials, name, door or end of a phone"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "spellcheck": "false"}),
    )


class FilterForm(forms.Form):
    """What the list of people is narrowed to; codes only, so that it may stand in the address."""

    building = forms.ChoiceField(label=_("Building"), required=False)
    entrance = forms.CharField(label=_("Entrance"), max_length=20, required=False)
    care = forms.ChoiceField(label=_("Special care"), required=False)
    to_verify = forms.BooleanField(label=_("Only people with something to verify"), required=False)

    def __init__(self, *args: Any, buildings: list[str], with_care: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["building"].choices = [("", _("All buildings")), *((n, n) for n in buildings)]  # type: ignore[attr-defined]
        if with_care:
            codes = [(code, wording.CARE[code]) for code in rules.CARE_CODES]
            choices = [("", _("Everybody")), ("ONE_TO_ONE", wording.ONE_TO_ONE), *codes]
            self.fields["care"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["care"]


class PurposeForm(forms.Form):
    """Why somebody opens a person's details."""

    purpose = forms.ChoiceField(
        label=_("What do you need the details for?"),
        choices=[(code, wording.PURPOSES[code]) for code in rules.PURPOSES],
    )


class CorrectForm(forms.Form):
    """One field of one person, with the version that was read."""

    field = forms.ChoiceField(widget=forms.HiddenInput, choices=[(name, name) for name in wording.FIELDS])
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    value = forms.CharField(label=_("New value"), max_length=500, required=False)

    def __init__(self, *args: Any, field_name: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wanted = field_name or str(self.data.get("field", ""))
        if wanted in wording.FIELDS:
            self.fields["value"].label = str(wording.FIELDS[wanted])
        if wanted == "sex":
            self.fields["value"].widget = forms.Select(choices=list(wording.SEX.items()))


class ChooseFieldForm(forms.Form):
    """Which field of a person is to be corrected, and how."""

    CHOICES: ClassVar = (
        "phone",
        "phone_2",
        "id_number",
        "name",
        "birth_date",
        "door",
        "family_contact",
        "language",
        "note",
    )
    field = forms.ChoiceField(label=_("Field"), choices=[(name, wording.FIELDS[name]) for name in CHOICES])
    value = forms.CharField(label=_("New value"), max_length=500, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class BuildingForm(forms.Form):
    """What headquarters knows of a building."""

    name = forms.CharField(label=_("Name of the building"), max_length=80, required=False)
    grid = forms.ChoiceField(label=_("Grid"), required=False)
    floors = forms.IntegerField(label=_("Floors"), min_value=0, max_value=200)
    has_lift = forms.BooleanField(label=_("There is a lift"), required=False)
    x = forms.FloatField(label=_("Metres to the east on the site plan"), required=False, min_value=-1e6, max_value=1e6)
    y = forms.FloatField(label=_("Metres to the north on the site plan"), required=False, min_value=-1e6, max_value=1e6)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, *args: Any, grids: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["grid"].choices = [("", _("No grid yet")), *grids]  # type: ignore[attr-defined]


class UploadForm(forms.Form):
    """A ledger to import. The content decides what the file is; its name is not looked at."""

    kind = forms.ChoiceField(label=_("What does the file list?"))
    file = forms.FileField(
        label=_("Workbook (.xlsx) or text (.csv)"),
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xlsm,.csv,.txt"}),
    )

    def __init__(self, *args: Any, kinds: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(code, wording.KINDS[code]) for code in kinds]  # type: ignore[attr-defined]
        if len(kinds) == 1:
            self.fields["kind"].widget = forms.HiddenInput()
            self.fields["kind"].initial = kinds[0]

    def clean_file(self) -> Any:
        found = self.cleaned_data["file"]
        if found.size > limits.MAX_FILE_BYTES:
            raise forms.ValidationError(wording.file_words("file_too_large", {"limit_mb": limits.MAX_FILE_BYTES >> 20}))
        return found


class SitePlanForm(forms.Form):
    """A site plan file."""

    file = forms.FileField(
        label=_("Site plan (.json or .toml)"), widget=forms.ClearableFileInput(attrs={"accept": ".json,.toml"})
    )


class KeepForm(forms.Form):
    """Which row of a pair stays."""

    keep = forms.UUIDField()


class _DayField(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def _reasons(words: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return list(words.items())


class MoveForm(forms.Form):
    """Where a person lives from a day on, and why."""

    door = forms.CharField(label=_("New door, such as 18-1-302"), max_length=80)
    moved_on = _DayField(label=_("From which day"))
    reason = forms.ChoiceField(label=pgettext_lazy("of a change", "Reason"), choices=_reasons(wording.MOVE_REASONS))
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class MoveOutForm(forms.Form):
    """Who of a household does not live here any more, from which day, and why."""

    people = forms.MultipleChoiceField(label=_("Who moves out"), widget=forms.CheckboxSelectMultiple)
    moved_on = _DayField(label=_("From which day"))
    reason = forms.ChoiceField(label=pgettext_lazy("of a change", "Reason"), choices=_reasons(wording.MOVE_OUT_REASONS))

    def __init__(self, *args: Any, people: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].choices = people  # type: ignore[attr-defined]


class AddPersonForm(forms.Form):
    """Somebody new at a door: only the name is needed, the rest may be told later."""

    door = forms.CharField(label=_("Door, such as 18-1-302"), max_length=80)
    name = forms.CharField(max_length=60)
    sex = forms.ChoiceField(choices=_reasons(wording.SEX), required=False, initial="U")
    birth_date = forms.CharField(max_length=30, required=False)
    phone = forms.CharField(max_length=60, required=False)
    id_number = forms.CharField(max_length=40, required=False)
    relation = forms.CharField(label=_("Relation to the head of the household"), max_length=40, required=False)
    since = _DayField(label=_("From which day"))
    reason = forms.ChoiceField(label=pgettext_lazy("of a change", "Reason"), choices=_reasons(wording.ADD_REASONS))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("name", "sex", "birth_date", "phone", "id_number"):
            self.fields[name].label = str(wording.FIELDS[name])


class BeginCareForm(forms.Form):
    """A class of special care that begins."""

    code = forms.ChoiceField(label=_("Special care"), choices=[(code, wording.CARE[code]) for code in rules.CARE_CODES])
    detail = forms.CharField(label=_("Particulars (stored sealed)"), max_length=500, required=False)
    since = _DayField(label=_("From which day"))
    reason = forms.ChoiceField(
        label=pgettext_lazy("of a change", "Reason"), choices=_reasons(wording.CARE_BEGIN_REASONS)
    )


class EndCareForm(forms.Form):
    """A class of special care that ends."""

    code = forms.ChoiceField(label=_("Special care"))
    ended_on = _DayField(label=_("From which day it is not needed any more"))
    reason = forms.ChoiceField(label=pgettext_lazy("of a change", "Reason"), choices=_reasons(wording.CARE_END_REASONS))

    def __init__(self, *args: Any, codes: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].choices = [(code, wording.CARE[code]) for code in codes]  # type: ignore[attr-defined]
