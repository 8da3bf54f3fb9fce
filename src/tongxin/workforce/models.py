"""Who can be sent: responders, when they are there, what they have done, and where they may not go.

What not to do here: no tasks and no assignments (`dispatch`). `DutyRecord` is what somebody really worked, `Rota` a week
of shifts that was proposed, and taken or not: only when taken it becomes rows of `Shift`.
"""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from tongxin.base.fields import EncryptedTextField
from tongxin.base.marks import HEALTH, IDENTITY, REACH, SERVICE, marked
from tongxin.base.models import AREA_FIELDS, AreaModel, SubjectModel, VersionedModel


class Responder(SubjectModel, VersionedModel):
    """Anyone who can be sent: volunteer, staff, medic, driver. May also be a resident (`person`)."""

    class Kind(models.TextChoices):
        VOLUNTEER = "VOLUNTEER"
        STAFF = "STAFF"
        MEDIC = "MEDIC"
        DRIVER = "DRIVER"

    class Cohort(models.TextChoices):
        CLEAN = "CLEAN"
        HOT = "HOT"

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    person = models.ForeignKey("community.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    code = models.CharField(max_length=40)
    name = EncryptedTextField()
    phone = EncryptedTextField()
    phone_index = models.CharField(max_length=32, default="", blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.VOLUNTEER)
    skills = models.JSONField(default=list)
    dialects = models.JSONField(default=list, blank=True)
    department = models.ForeignKey(
        "community.Department", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    seconded_to = models.ForeignKey(
        "community.Department", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    home_building = models.ForeignKey(
        "community.Building", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    cohort = models.CharField(max_length=6, choices=Cohort.choices, default=Cohort.CLEAN)
    hottest_zone_rank = models.PositiveSmallIntegerField(default=0)
    cohort_since_at = models.DateTimeField(null=True, blank=True)
    exit_started_at = models.DateTimeField(null=True, blank=True)
    exit_tests_done = models.JSONField(default=list, blank=True)
    is_active = models.BooleanField(default=True)
    last_asked_at = models.DateTimeField(null=True, blank=True)
    source_hash = models.CharField(max_length=64, default="", blank=True)

    marks = marked(
        f"{AREA_FIELDS} version subject_uuid account is_active source_hash",
        person=IDENTITY,
        code=IDENTITY,
        name=IDENTITY,
        phone=REACH,
        phone_index=REACH,
        kind=SERVICE,
        skills=SERVICE,
        dialects=SERVICE,
        department=SERVICE,
        seconded_to=SERVICE,
        home_building=REACH,
        cohort=SERVICE,
        hottest_zone_rank=SERVICE,
        cohort_since_at=SERVICE,
        exit_started_at=SERVICE,
        exit_tests_done=HEALTH,
        last_asked_at=SERVICE,
    )

    class Meta(VersionedModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *VersionedModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "code"], name="workforce_responder_code"),
            models.UniqueConstraint(
                fields=["area_id", "account"],
                condition=models.Q(account__isnull=False),
                name="workforce_responder_account",
            ),
        ]


class Shift(AreaModel):
    """When a responder can be sent: availability that was agreed, one row a stretch."""

    responder = models.ForeignKey(Responder, on_delete=models.CASCADE, related_name="shifts")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    is_night = models.BooleanField(default=False)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    marks = marked(f"{AREA_FIELDS} is_night cancelled_at", responder=SERVICE, starts_at=SERVICE, ends_at=SERVICE)

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "responder", "starts_at"], name="workforce_shift_start"),
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="workforce_shift_order"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["area_id", "starts_at", "ends_at"], name="workforce_shift_span"),
        ]


class Absence(AreaModel):
    """A stretch in which a responder cannot come, told by the responder or for them; it wins over every shift."""

    class Reason(models.TextChoices):
        UNWELL = "UNWELL"
        FAMILY = "FAMILY"
        OWN_WORK = "OWN_WORK"
        EXHAUSTED = "EXHAUSTED"
        OTHER = "OTHER"

    responder = models.ForeignKey(Responder, on_delete=models.CASCADE, related_name="absences")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=12, choices=Reason.choices, default=Reason.OTHER)
    told_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)

    marks = marked(
        f"{AREA_FIELDS} told_at cancelled_at", responder=SERVICE, starts_at=SERVICE, ends_at=SERVICE, reason=HEALTH
    )

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["area_id", "responder", "starts_at"],
                condition=models.Q(cancelled_at=None),
                name="workforce_absence_start",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="workforce_absence_order"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["area_id", "starts_at", "ends_at"], name="workforce_absence_span"),
        ]


class DutyRecord(AreaModel):
    """A stretch that somebody really worked; the base of rest rules, fairness and service hours."""

    responder = models.ForeignKey(Responder, on_delete=models.CASCADE, related_name="duty_records")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    minutes = models.PositiveIntegerField()
    ppe_minutes = models.PositiveIntegerField(default=0)
    zone_rank = models.PositiveSmallIntegerField(default=0)
    is_night = models.BooleanField(default=False)
    cause_kind = models.CharField(max_length=40)
    cause_uuid = models.UUIDField()

    marks = marked(
        f"{AREA_FIELDS} cause_kind cause_uuid",
        responder=SERVICE,
        starts_at=SERVICE,
        ends_at=SERVICE,
        minutes=SERVICE,
        ppe_minutes=SERVICE,
        zone_rank=SERVICE,
        is_night=SERVICE,
    )

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["area_id", "responder", "cause_kind", "cause_uuid"], name="workforce_dutyrecord_cause"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["area_id", "responder", "ends_at"], name="workforce_duty_recent"),
        ]


class Rota(VersionedModel):
    """A week of shifts: what is needed, who should work when and why, and what became of it.

    At most one rota of a week waits or runs, one is proposed, and one is in force (TAKEN). `pairs` holds who works what
    ([responder id, slot id]), `cells` why (responder id -> day -> code and numbers), `offers` when people had said they
    could come, `before` the shifts that it laid aside when it was taken: undoing puts them back.
    """

    class State(models.TextChoices):
        WAITING = "WAITING"
        RUNNING = "RUNNING"
        PROPOSED = "PROPOSED"
        TAKEN = "TAKEN"
        REPLACED = "REPLACED"
        UNDONE = "UNDONE"
        DISCARDED = "DISCARDED"
        CANCELLED = "CANCELLED"
        FAILED = "FAILED"

    week_date = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    whom = models.CharField(max_length=10, default="OFFERED")
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    job = models.UUIDField(null=True, blank=True)
    share = models.PositiveSmallIntegerField(default=0)
    from_date = models.DateField()
    needs = models.JSONField(default=list)
    pairs = models.JSONField(default=list, blank=True)
    cells = models.JSONField(default=dict, blank=True)
    empty = models.JSONField(default=list, blank=True)
    offers = models.JSONField(default=dict, blank=True)
    before = models.JSONField(default=list, blank=True)
    stats = models.JSONField(default=dict, blank=True)
    replaces = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    marks = marked(
        f"{AREA_FIELDS} version week_date state whom asked_at started_at finished_at settled_at job share from_date"
        " needs empty stats replaces",
        pairs=SERVICE,
        cells=SERVICE,
        offers=SERVICE,
        before=SERVICE,
    )

    class Meta(VersionedModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *VersionedModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["area_id", "week_date"],
                condition=models.Q(state__in=["WAITING", "RUNNING"]),
                name="workforce_rota_running",
            ),
            models.UniqueConstraint(
                fields=["area_id", "week_date"], condition=models.Q(state="PROPOSED"), name="workforce_rota_proposed"
            ),
            models.UniqueConstraint(
                fields=["area_id", "week_date"], condition=models.Q(state="TAKEN"), name="workforce_rota_taken"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["area_id", "week_date", "-id"], name="workforce_rota_newest"),
        ]
