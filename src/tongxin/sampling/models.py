"""Rounds, who is due in them, tubes, registrations, results and recalls.

A person is registered at most once a round unless the earlier registration was voided with a reason; a tube never
holds more than its size: both are constraints, not checks. Disease-neutral: what is taken is the profile's matter.
"""

from typing import Any, ClassVar

from django.db import models

from tongxin.base.marks import HEALTH, IDENTITY, marked
from tongxin.base.models import AREA_FIELDS, AreaModel, VersionedModel


class SamplingRound(VersionedModel):
    """One round: everybody of some places (MASS), people at their doors (HOME) or a pool's people (RECALL)."""

    class Kind(models.TextChoices):
        MASS = "MASS"
        HOME = "HOME"
        RECALL = "RECALL"

    class State(models.TextChoices):
        OPEN = "OPEN"
        CLOSED = "CLOSED"

    incident = models.ForeignKey("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    pool_size = models.PositiveSmallIntegerField(default=1)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    places = models.JSONField(default=list)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    closed_at = models.DateTimeField(null=True, blank=True)
    #: Uuids of places of which headquarters was told that everybody was sampled and negative.
    negative_places = models.JSONField(default=list)
    rule_key = models.CharField(max_length=120, default="", blank=True)
    origin_kind = models.CharField(max_length=40)
    origin_uuid = models.UUIDField()

    marks = marked(
        f"{AREA_FIELDS} version incident number kind pool_size opens_at closes_at places state closed_at"
        " negative_places rule_key origin_kind origin_uuid"
    )

    class Meta(VersionedModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *VersionedModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "incident", "number"], name="sampling_samplinground_number"),
            models.UniqueConstraint(
                fields=["area_id", "incident", "kind", "origin_kind", "origin_uuid"],
                name="sampling_samplinground_origin",
            ),
        ]


class RoundMember(AreaModel):
    """One person who is due in a round, and how it stands: the rows behind *still missing*."""

    class State(models.TextChoices):
        DUE = "DUE"
        DONE = "DONE"
        REFUSED = "REFUSED"
        AWAY = "AWAY"
        EXEMPT = "EXEMPT"

    round = models.ForeignKey(SamplingRound, on_delete=models.CASCADE, related_name="members")
    person = models.ForeignKey("community.Person", on_delete=models.CASCADE, related_name="+")
    grid = models.ForeignKey("community.Grid", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    entrance = models.ForeignKey(
        "community.Entrance", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    is_at_home = models.BooleanField(default=False)
    home_reason = models.CharField(max_length=40, default="", blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DUE)
    state_at = models.DateTimeField(null=True, blank=True)
    state_reason = models.CharField(max_length=40, default="", blank=True)

    marks = marked(
        f"{AREA_FIELDS} round state_at grid entrance",
        person=HEALTH,
        is_at_home=HEALTH,
        home_reason=HEALTH,
        state=HEALTH,
        state_reason=HEALTH,
    )

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "round", "person"], name="sampling_roundmember_person"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["area_id", "round", "entrance", "state"], name="sampling_member_entrance"),
            models.Index(fields=["area_id", "round", "grid", "state"], name="sampling_member_grid"),
            models.Index(fields=["area_id", "person"], name="sampling_member_person"),
            # the few who were sampled at their door: who of them has no tube yet is asked on every wall
            models.Index(
                fields=["area_id", "round"],
                condition=models.Q(state_reason="ASKED_AT_DOOR"),
                name="sampling_member_asked",
            ),
        ]


class Tube(AreaModel):
    """One tube with its bar code; `capacity` people at most go into it.

    `result_due_at` is when its result is due by the profile, counted from its first sample (earlier for people whose
    treatment waits for it); `overdue_told_at` is when it was told to be late.
    """

    class State(models.TextChoices):
        OPEN = "OPEN"
        CLOSED = "CLOSED"
        RESULTED = "RESULTED"
        VOID = "VOID"

    round = models.ForeignKey(SamplingRound, on_delete=models.PROTECT, related_name="tubes")
    code = models.CharField(max_length=40)
    capacity = models.PositiveSmallIntegerField()
    filled = models.PositiveSmallIntegerField(default=0)
    desk = models.CharField(max_length=40, default="", blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    result_due_at = models.DateTimeField(null=True, blank=True)
    overdue_told_at = models.DateTimeField(null=True, blank=True)

    marks = marked(
        f"{AREA_FIELDS} round code capacity filled desk state opened_at closed_at result_due_at overdue_told_at"
    )

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "code"], name="sampling_tube_code"),
            models.CheckConstraint(
                condition=models.Q(filled__lte=models.F("capacity")), name="sampling_tube_never_overfull"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["area_id", "round", "state"], name="sampling_tube_round"),
            models.Index(
                fields=["area_id", "result_due_at"],
                condition=models.Q(state__in=["OPEN", "CLOSED"]),
                name="sampling_tube_due",
            ),
        ]


class Registration(AreaModel):
    """One person's sample in one tube. Voided, never deleted."""

    round = models.ForeignKey(SamplingRound, on_delete=models.PROTECT, related_name="registrations")
    tube = models.ForeignKey(Tube, on_delete=models.PROTECT, related_name="registrations")
    seq = models.PositiveSmallIntegerField()
    person = models.ForeignKey("community.Person", on_delete=models.CASCADE, related_name="+")
    grid = models.ForeignKey("community.Grid", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    entrance = models.ForeignKey(
        "community.Entrance", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    sampled_at = models.DateTimeField()
    registered_at = models.DateTimeField()
    registered_by = models.CharField(max_length=160)
    how = models.CharField(max_length=16, default="PICK")
    op_id = models.UUIDField()
    voided_at = models.DateTimeField(null=True, blank=True)
    void_reason = models.CharField(max_length=40, default="", blank=True)

    marks = marked(
        f"{AREA_FIELDS} round tube seq grid entrance registered_at how op_id voided_at void_reason",
        person=HEALTH,
        sampled_at=HEALTH,
        registered_by=IDENTITY,
    )

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["area_id", "round", "person"],
                condition=models.Q(voided_at=None),
                name="sampling_registration_once",
            ),
            models.UniqueConstraint(
                fields=["area_id", "tube", "seq"], condition=models.Q(voided_at=None), name="sampling_registration_seq"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["area_id", "person", "sampled_at"], name="sampling_reg_person"),
            models.Index(fields=["area_id", "tube"], name="sampling_reg_tube"),
            models.Index(fields=["area_id", "round", "grid"], name="sampling_reg_grid"),
            models.Index(fields=["area_id", "round", "registered_at"], name="sampling_reg_order"),
            models.Index(
                fields=["area_id", "round", "sampled_at"],
                condition=models.Q(voided_at=None),
                name="sampling_reg_sampled",
            ),
        ]


class SampleResult(AreaModel):
    """What the laboratory said of one tube; a correction is a new row, the newest `reported_at` counts."""

    class Value(models.TextChoices):
        NEGATIVE = "NEGATIVE"
        POSITIVE = "POSITIVE"
        INVALID = "INVALID"

    tube = models.ForeignKey(Tube, on_delete=models.PROTECT, related_name="results")
    value = models.CharField(max_length=8, choices=Value.choices)
    reported_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=160)
    laboratory = models.CharField(max_length=80, default="", blank=True)

    marks = marked(f"{AREA_FIELDS} tube reported_at recorded_at laboratory", value=HEALTH, recorded_by=IDENTITY)

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "tube", "value", "reported_at"], name="sampling_result_once"),
        ]


class Recall(AreaModel):
    """The people of a positive pool, called back for a single tube each, isolated singly until then."""

    tube = models.ForeignKey(Tube, on_delete=models.PROTECT, related_name="recalls")
    round = models.ForeignKey(SamplingRound, on_delete=models.PROTECT, related_name="recalls")
    opened_at = models.DateTimeField()

    marks = marked(f"{AREA_FIELDS} tube round opened_at")

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "tube"], name="sampling_recall_tube"),
        ]


class TubeCount(AreaModel):
    """Somebody counted the tubes on a table before they left it: what the system knew, and what was there."""

    round = models.ForeignKey(SamplingRound, on_delete=models.CASCADE, related_name="counts")
    desk = models.CharField(max_length=40, default="", blank=True)
    in_system = models.PositiveIntegerField()
    counted = models.PositiveIntegerField()
    counted_at = models.DateTimeField()
    counted_by = models.CharField(max_length=160)

    marks = marked(f"{AREA_FIELDS} round desk in_system counted counted_at", counted_by=IDENTITY)

    class Meta(AreaModel.Meta):
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["area_id", "round", "counted_at"], name="sampling_count_round"),
        ]
