"""Forms of tracing: the interview, exposures, contacts by hand, filters and the export."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongxin.tracing import rules, wording
from tongxin.tracing.models import Investigation, Management

DATES = rules.INTERVIEW_DATES


def _day(label: Any, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, help_text=help_text, required=False, widget=widget)


def _choices(words: wording.Words, codes: Any = None) -> list[tuple[str, Any]]:
    return [(code, words[code]) for code in (codes or words)]


class InterviewForm(forms.Form):
    """The interview of one case: dates that decide who counts, and sealed answers. Nothing of it is kept on the device."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    onset_date = _day(_("First symptoms"), _("Days that count are computed from this day by the rule set."))
    sample_date = _day(_("Day of the positive sample"))
    rash_date = _day(_("First day of the rash"))
    isolated_date = _day(_("Last day among other people"), _("Empty: the day on which the case became known."))

    def __init__(self, *args: Any, has_rash: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_rash:
            del self.fields["rash_date"]
        for fields in rules.INTERVIEW_FIELDS.values():
            for code, kind in fields:
                self.fields[code] = _question(code, kind)

    @classmethod
    def for_investigation(
        cls,
        row: Investigation,
        answers: Mapping[str, str],
        *,
        has_rash: bool,
        draft: Mapping[str, str] | None = None,
    ) -> "InterviewForm":
        """This function will fill the form with what is known, or with what was typed and not saved yet."""
        saved = {**{name: getattr(row, name) for name in DATES}, **answers}
        return cls(initial={**(saved if draft is None else draft), "version": row.version}, has_rash=has_rash)

    def dates(self) -> dict[str, Any]:
        """This function will return the four dates; the rash is None for a profile without one."""
        return {name: self.cleaned_data.get(name) for name in DATES}

    def answers(self) -> dict[str, str]:
        """This function will return the answers that were given."""
        codes = [code for fields in rules.INTERVIEW_FIELDS.values() for code, _kind in fields]
        return {code: self.cleaned_data.get(code, "") for code in codes if self.cleaned_data.get(code)}

    def sections(self) -> list[dict[str, Any]]:
        """This function will return the questions by section, for the page."""
        return [
            {"title": wording.SECTIONS[code], "fields": [self[name] for name, _kind in fields]}
            for code, fields in rules.INTERVIEW_FIELDS.items()
        ]

    def date_fields(self) -> list[Any]:
        """This function will return the bound date fields."""
        return [self[name] for name in DATES if name in self.fields]


def _question(code: str, kind: str) -> forms.Field:
    label: Any = wording.QUESTIONS[code]
    if kind == "CHOICE":
        options = [("", pgettext_lazy("tracing", "Not asked yet")), *_choices(wording.CHOICES)]
        return forms.ChoiceField(label=label, choices=options, required=False)
    widget = forms.Textarea(attrs={"rows": 3, "autocomplete": "off"})
    return forms.CharField(label=label, required=False, max_length=rules.MAX_ANSWER, widget=widget)


def typed_values(data: Mapping[str, str]) -> dict[str, str]:
    """This function will return the fields of an interview as they were typed, checked by nobody; others are left out."""
    codes = [code for fields in rules.INTERVIEW_FIELDS.values() for code, _kind in fields]
    return {name: data[name] for name in (*DATES, *codes) if name in data}


def number_in(data: Mapping[str, str], name: str) -> int:
    """This function will return a version from a hidden field; 0 for what is none."""
    text = data.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


class ExposureForm(forms.Form):
    """Where a case was, from when to when."""

    kind = forms.ChoiceField(label=_("Kind of exposure"), choices=_choices(wording.EXPOSURE_KINDS))
    department = forms.ChoiceField(
        label=_("Department or class visited"),
        required=False,
        help_text=_("Its members become contacts of this visit."),
    )
    place = forms.CharField(
        label=_("Place in words"), max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    starts_at = forms.DateTimeField(
        label=pgettext_lazy("tracing", "From"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    ends_at = forms.DateTimeField(
        label=pgettext_lazy("tracing", "Until"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, *args: Any, departments: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        options = [(str(row.uuid), row.name) for row in departments]
        self.fields["department"].choices = [("", pgettext_lazy("tracing", "None of them")), *options]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("place") and not data.get("department"):
            self.add_error("place", _("Say where: choose a department or class, or write the place."))
        return data


class ContactForm(forms.Form):
    """A contact whom only the interview tells."""

    person = forms.UUIDField(widget=forms.HiddenInput)
    layer = forms.ChoiceField(label=_("How they met"), choices=_choices(wording.LAYERS, rules.BY_HAND))
    first_date = _day(_("First day of contact"))
    last_date = _day(_("Last day of contact"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first_date", "last_date"):
            self.fields[name].required = True


class ExclusionForm(forms.Form):
    """Taking somebody off the list of a case; `reasons` are those that the rule set of the day knows."""

    person = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.ChoiceField(label=pgettext_lazy("tracing", "Why"))

    def __init__(self, *args: Any, reasons: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = _choices(wording.EXCLUSIONS, reasons)  # type: ignore[attr-defined]


class ManagedFilter(forms.Form):
    """Filter of the management list; everything may stay empty, what is wrong is ignored."""

    state = forms.ChoiceField(
        label=pgettext_lazy("tracing", "State"), required=False, choices=_choices(wording.MANAGEMENT_STATES)
    )
    person_class = forms.ChoiceField(
        label=pgettext_lazy("tracing", "Class"),
        required=False,
        choices=[("", pgettext_lazy("tracing", "All classes")), *_choices(wording.CLASSES)],
    )
    mode = forms.ChoiceField(
        label=pgettext_lazy("tracing", "Stage today"),
        required=False,
        choices=[("", pgettext_lazy("tracing", "All stages")), *_choices(wording.MODES)],
    )
    release_by = _day(_("Released by"))
    late = forms.BooleanField(label=_("With a missed test"), required=False)

    def wanted(self) -> dict[str, Any]:
        """This function will return the filter as arguments of `list_managed`."""
        self.is_valid()
        data = getattr(self, "cleaned_data", {})
        return {
            "state": data.get("state") or Management.State.ACTIVE,
            "person_class": data.get("person_class", ""),
            "mode": data.get("mode", ""),
            "release_by": data.get("release_by"),
            "has_late_tests": bool(data.get("late")),
        }


class LedgerForm(forms.Form):
    """The contact ledger as a workbook: why, and whether with whole names and numbers."""

    purpose = forms.ChoiceField(label=pgettext_lazy("tracing", "Purpose"), choices=_choices(wording.PURPOSES))
    is_full = forms.BooleanField(
        label=_("With whole names, phones and document numbers"),
        required=False,
        help_text=_("Only for the person who needs them now; the export is recorded with your login and the purpose."),
    )

    def __init__(self, *args: Any, may_full: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_full:
            del self.fields["is_full"]
