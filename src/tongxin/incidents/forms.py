"""Forms of this room. What is refused says so in a sentence; what was typed stays."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongxin.base.models import Account
from tongxin.incidents import api, wording


class OpenForm(forms.Form):
    """A new incident. The profile is chosen on the page before."""

    code = forms.SlugField(
        label=_("Short code"),
        max_length=40,
        help_text=_("Letters, digits and hyphens; appears in file names. Example: 2022-11."),
    )
    title = forms.CharField(label=_("Title"), max_length=160)
    rule_set_id = forms.ChoiceField(
        label=_("Rule set"), required=False, help_text=_("By date means: the rule set that holds on each day.")
    )

    def __init__(self, *args: Any, profile: api.Profile, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = wording.language()
        choices = [(row.id, row.name.in_language(words)) for row in profile.rule_sets]
        self.fields["rule_set_id"] = forms.ChoiceField(
            label=self.fields["rule_set_id"].label,
            required=False,
            help_text=self.fields["rule_set_id"].help_text,
            choices=[("", _("By date")), *choices],
        )


class CloseForm(forms.Form):
    reason = forms.CharField(label=_("Why the incident ends"), max_length=200)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class SwitchForm(forms.Form):
    """Orders a rule set from a day on."""

    rule_set_id = forms.ChoiceField(label=_("Rule set"))
    from_date = forms.DateField(label=_("In force from"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, profile: api.Profile, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(row.id, row.name.in_language(wording.language())) for row in profile.rule_sets]
        self.fields["rule_set_id"] = forms.ChoiceField(label=self.fields["rule_set_id"].label, choices=choices)

    def starts_at(self) -> datetime:
        """This function will return the first moment of the chosen day."""
        return timezone.make_aware(datetime.combine(self.cleaned_data["from_date"], time()))


class RaiseForm(forms.Form):
    """Asks for a level on a place."""

    place = forms.ChoiceField(label=_("Place"))
    level = forms.ChoiceField(label=_("Level"))
    reason = forms.CharField(label=_("Reason"), max_length=300)

    def __init__(
        self, *args: Any, places: list[api.Place], levels: tuple[api.ZoneLevelRule, ...], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._places = {f"{place.kind}:{place.uuid}": place for place in places}
        named = [(key, f"{wording.PLACE_KINDS[place.kind]} · {place.label}") for key, place in self._places.items()]
        words = wording.language()
        self.fields["place"] = forms.ChoiceField(label=self.fields["place"].label, choices=[("", "—"), *named])
        self.fields["level"] = forms.ChoiceField(
            label=self.fields["level"].label,
            choices=[("", "—"), *((level.key, level.label.in_language(words)) for level in levels)],
        )

    def place_chosen(self) -> api.Place:
        return self._places[self.cleaned_data["place"]]


class EndForm(forms.Form):
    """Asks for a lower level on a place, or for none."""

    level = forms.ChoiceField(label=_("Next level"), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)
    is_waived = forms.BooleanField(
        label=_("Decide although conditions are still open (a reason is needed)"), required=False
    )

    def __init__(self, *args: Any, levels: list[api.ZoneLevelRule], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = wording.language()
        cooler = [(level.key, level.label.in_language(words)) for level in levels]
        self.fields["level"] = forms.ChoiceField(
            label=self.fields["level"].label, required=False, choices=[("", _("No level: lift it")), *cooler]
        )


class PostForm(forms.Form):
    """Gives a post to an account with a role in this compound."""

    group = forms.ChoiceField(label=_("Working group"))
    title = forms.CharField(label=pgettext_lazy("post in a working group", "Post"), max_length=80)
    account = forms.ChoiceField(label=_("Account"))

    def __init__(self, *args: Any, groups: list[Any], accounts: list[Account], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chinese = wording.is_chinese()
        named = [(str(row.uuid), row.name if chinese else row.name_en or row.name) for row in groups]
        logins = [(str(row.pk), row.username) for row in accounts]
        self.fields["group"] = forms.ChoiceField(label=self.fields["group"].label, choices=[("", "—"), *named])
        self.fields["account"] = forms.ChoiceField(label=self.fields["account"].label, choices=[("", "—"), *logins])


class ReasonForm(forms.Form):
    """Only the operation id: a button that writes."""


class WithdrawForm(forms.Form):
    """Facts about one person that were told by mistake, and why. The facts are checked by the api."""

    facts = forms.TypedMultipleChoiceField(coerce=UUID)
    reason = forms.ChoiceField(choices=[("", "—"), *((code, code) for code in wording.WITHDRAWAL_REASONS)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Whatever was sent is a choice if it is an id: which facts hold is not the form's business.
        sent = self.data.getlist("facts") if hasattr(self.data, "getlist") else []
        self.fields["facts"].choices = [(text, text) for text in sent[:100]]  # type: ignore[attr-defined]
