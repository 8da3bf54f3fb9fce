"""Investigations of cases, contacts with the layer that linked them, management with its stages.

What a person *is* (case, contact) is a fact of `incidents`; here is how it was found and what follows day by day.
"""

from typing import Any, ClassVar

from django.db import models

from tongxin.base.fields import EncryptedTextField
from tongxin.base.marks import HEALTH, IDENTITY, marked
from tongxin.base.models import AREA_FIELDS, AreaModel, SubjectModel, VersionedModel


class Investigation(SubjectModel, VersionedModel):
    """The investigation of one case. Answers of the interview are sealed JSON (`rules.INTERVIEW_FIELDS`).

    `isolated_date` is the last day on which the case could meet others; empty: the day the case became known.
    `layers_off` are the ways of meeting that headquarters chose not to use for this case, and `listed_times` counts
    how often contacts were listed. Do not keep contacts here: they are `ContactLink` rows.
    """

    class State(models.TextChoices):
        OPEN = "OPEN"
        INTERVIEWED = "INTERVIEWED"
        DONE = "DONE"

    incident = models.ForeignKey("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("community.Person", on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField()
    report_due_at = models.DateTimeField()
    track_due_at = models.DateTimeField()
    first_report_due_at = models.DateTimeField()
    onset_date = models.DateField(null=True, blank=True)
    sample_date = models.DateField(null=True, blank=True)
    rash_date = models.DateField(null=True, blank=True)
    isolated_date = models.DateField(null=True, blank=True)
    lookback_date = models.DateField(null=True, blank=True)
    layers_off = models.JSONField(default=list, blank=True)
    listed_times = models.PositiveIntegerField(default=0)
    interview_ordered_at = models.DateTimeField(null=True, blank=True)
    answers = EncryptedTextField()
    assigned_to = models.ForeignKey(
        "workforce.Responder", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    interviewed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    caused_by = models.UUIDField()

    marks = marked(
        f"{AREA_FIELDS} version subject_uuid incident state opened_at report_due_at track_due_at first_report_due_at"
        " interviewed_at finished_at caused_by layers_off listed_times interview_ordered_at",
        person=HEALTH,
        onset_date=HEALTH,
        sample_date=HEALTH,
        rash_date=HEALTH,
        isolated_date=HEALTH,
        lookback_date=HEALTH,
        answers=HEALTH,
        assigned_to=IDENTITY,
    )

    class Meta(VersionedModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *VersionedModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "incident", "person"], name="tracing_investigation_person"),
            models.UniqueConstraint(fields=["area_id", "caused_by"], name="tracing_investigation_caused_by"),
        ]


class InterviewTry(AreaModel):
    """One order to interview a case. Its uuid is the origin of the task; the first has that of the investigation.

    `unreached_at`: somebody went and the case was not reached, so that the plan proposes the next try.
    """

    investigation = models.ForeignKey(Investigation, on_delete=models.CASCADE, related_name="tries")
    number = models.PositiveSmallIntegerField()
    is_at_door = models.BooleanField(default=False)
    ordered_at = models.DateTimeField()
    unreached_at = models.DateTimeField(null=True, blank=True)

    marks = marked(f"{AREA_FIELDS} investigation number is_at_door ordered_at unreached_at")

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "investigation", "number"], name="tracing_interviewtry_number"),
        ]


class InterviewDraft(SubjectModel, VersionedModel):
    """What was typed into the interview and not saved yet: the fields as sealed JSON, one draft an investigation.

    `base_version` is the version of the investigation that the writer had before them. Never the place of what counts:
    contacts are found from the investigation only.
    """

    investigation = models.ForeignKey(Investigation, on_delete=models.CASCADE, related_name="drafts")
    content = EncryptedTextField()
    base_version = models.PositiveIntegerField()
    saved_at = models.DateTimeField()
    saved_by = models.CharField(max_length=160)

    marks = marked(
        f"{AREA_FIELDS} version subject_uuid investigation base_version saved_at", content=HEALTH, saved_by=IDENTITY
    )

    class Meta(VersionedModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *VersionedModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "investigation"], name="tracing_interviewdraft_one"),
        ]


class Exposure(SubjectModel):
    """Where a case was, or what a case ate, from when to when: the source side of exposure-source profiles too."""

    investigation = models.ForeignKey(Investigation, on_delete=models.CASCADE, related_name="exposures")
    kind = models.CharField(max_length=20)
    building = models.ForeignKey(
        "community.Building", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    department = models.ForeignKey(
        "community.Department", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    place = EncryptedTextField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    marks = marked(
        f"{AREA_FIELDS} subject_uuid investigation",
        kind=HEALTH,
        building=HEALTH,
        department=HEALTH,
        place=HEALTH,
        starts_at=HEALTH,
        ends_at=HEALTH,
    )


class ContactLink(AreaModel):
    """Why one person is a contact of one case: one row a layer (household, entrance, tube, class, radius …).

    `via` is the first contact through whom a secondary contact was found. Rows of people who became cases stay: they
    are the edges of the transmission tree. `excluded_reason` is a code (`rules.EXCLUSIONS`).
    """

    class State(models.TextChoices):
        PROPOSED = "PROPOSED"
        LISTED = "LISTED"
        EXCLUDED = "EXCLUDED"

    incident = models.ForeignKey("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    case_person = models.ForeignKey("community.Person", on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("community.Person", on_delete=models.CASCADE, related_name="+")
    via = models.ForeignKey("community.Person", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    layer = models.CharField(max_length=20)
    degree = models.CharField(max_length=20)
    first_contact_date = models.DateField()
    last_contact_date = models.DateField()
    evidence = models.JSONField(default=dict)
    rule_key = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State.choices, default=State.LISTED)
    listed_at = models.DateTimeField()
    excluded_reason = models.CharField(max_length=60, default="", blank=True)

    marks = marked(
        f"{AREA_FIELDS} incident rule_key listed_at excluded_reason evidence",
        case_person=HEALTH,
        person=HEALTH,
        via=HEALTH,
        layer=HEALTH,
        degree=HEALTH,
        first_contact_date=HEALTH,
        last_contact_date=HEALTH,
        state=HEALTH,
    )

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["area_id", "incident", "case_person", "person", "layer"], name="tracing_contactlink_layer"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["area_id", "incident", "person"], name="tracing_link_person"),
            models.Index(fields=["area_id", "incident", "listed_at"], name="tracing_link_listed"),
        ]


class Management(VersionedModel):
    """The management of one person under one dated rule set, counted from the last contact.

    Its test days are duties in `incidents` (sampling reads them); do not keep a second list of them here.
    """

    class State(models.TextChoices):
        ACTIVE = "ACTIVE"
        RELEASED = "RELEASED"
        BECAME_CASE = "BECAME_CASE"
        EXCLUDED = "EXCLUDED"

    incident = models.ForeignKey("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("community.Person", on_delete=models.CASCADE, related_name="+")
    person_class = models.CharField(max_length=20)
    rule_set_id = models.CharField(max_length=60)
    last_contact_date = models.DateField()
    release_date = models.DateField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.ACTIVE)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    marks = marked(
        f"{AREA_FIELDS} version incident rule_set_id started_at ended_at",
        person=HEALTH,
        person_class=HEALTH,
        last_contact_date=HEALTH,
        release_date=HEALTH,
        state=HEALTH,
    )

    class Meta(VersionedModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *VersionedModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["area_id", "incident", "person"],
                condition=models.Q(state="ACTIVE"),
                name="tracing_management_active",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["area_id", "incident", "state", "release_date"], name="tracing_management_release"),
        ]


class ManagementStage(AreaModel):
    """One stage: how a person is kept safe from `starts_date` to `ends_date` (inclusive)."""

    management = models.ForeignKey(Management, on_delete=models.CASCADE, related_name="stages")
    index = models.PositiveSmallIntegerField()
    mode = models.CharField(max_length=30)
    starts_date = models.DateField()
    ends_date = models.DateField()
    rule_key = models.CharField(max_length=120)

    marks = marked(f"{AREA_FIELDS} management index rule_key", mode=HEALTH, starts_date=HEALTH, ends_date=HEALTH)

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "management", "index"], name="tracing_managementstage_index"),
        ]
