"""The one-to-one ledger and the needs it finds: pairs, call rounds, calls, requests.

Guarantee: every listed person has exactly one open pair (a constraint), every round has one call a person.
A need is one `Request` however many offices hear of it; it has an owner and a due time from the start.
"""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from tongxin.base.fields import EncryptedTextField
from tongxin.base.marks import HEALTH, IDENTITY, SERVICE, marked
from tongxin.base.models import AREA_FIELDS, AreaModel, SubjectModel, VersionedModel


class LiaisonPair(AreaModel):
    """One listed person, one named caller and a deputy who is somebody else; `reason` says why these two."""

    incident = models.ForeignKey("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("community.Person", on_delete=models.CASCADE, related_name="+")
    caller = models.ForeignKey("workforce.Responder", on_delete=models.PROTECT, related_name="+")
    deputy = models.ForeignKey("workforce.Responder", null=True, on_delete=models.PROTECT, related_name="+")
    care_code = models.CharField(max_length=30)
    grid = models.ForeignKey("community.Grid", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    reason = models.JSONField(default=dict)

    marks = marked(
        f"{AREA_FIELDS} incident grid starts_at ends_at reason",
        person=HEALTH,
        caller=SERVICE,
        deputy=SERVICE,
        care_code=HEALTH,
    )

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["area_id", "incident", "person"],
                condition=models.Q(ends_at=None),
                name="residents_liaisonpair_open",
            ),
            models.CheckConstraint(
                condition=models.Q(deputy=None) | ~models.Q(deputy=models.F("caller")),
                name="residents_liaisonpair_deputy",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["area_id", "incident", "caller"], name="residents_pair_caller"),
        ]


class CallRound(AreaModel):
    """One round of calls to everybody on the list, within a window."""

    incident = models.ForeignKey("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    rule_key = models.CharField(max_length=120, default="", blank=True)
    origin_kind = models.CharField(max_length=40)
    origin_uuid = models.UUIDField()

    marks = marked(f"{AREA_FIELDS} incident number starts_at ends_at rule_key origin_kind origin_uuid")

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "incident", "number"], name="residents_callround_number"),
            models.UniqueConstraint(
                fields=["area_id", "incident", "origin_kind", "origin_uuid"], name="residents_callround_origin"
            ),
        ]


class RoundShare(AreaModel):
    """What one caller has to do in one round: one task of the dispatcher, so that calling counts as load.

    `stand_in` makes the calls instead when the dispatcher had to give the task to somebody else.
    """

    round = models.ForeignKey(CallRound, on_delete=models.CASCADE, related_name="shares")
    caller = models.ForeignKey("workforce.Responder", on_delete=models.PROTECT, related_name="+")
    stand_in = models.ForeignKey(
        "workforce.Responder", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    people = models.PositiveIntegerField()
    minutes = models.PositiveIntegerField()
    finished_at = models.DateTimeField(null=True, blank=True)

    marks = marked(f"{AREA_FIELDS} round people minutes finished_at", caller=SERVICE, stand_in=SERVICE)

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "round", "caller"], name="residents_roundshare_caller"),
        ]


class LiaisonCall(SubjectModel, VersionedModel):
    """One call that is due to one person in one round, with its three outcomes.

    UNREACHED is not the end: the person is called again until reached. `before` holds what the last entry
    overwrote (codes, numbers and moments), so that it can be taken back for some seconds.
    """

    class State(models.TextChoices):
        DUE = "DUE"
        FINE = "FINE"
        NEED = "NEED"
        UNREACHED = "UNREACHED"

    round = models.ForeignKey(CallRound, on_delete=models.CASCADE, related_name="calls")
    pair = models.ForeignKey(LiaisonPair, on_delete=models.PROTECT, related_name="calls")
    person = models.ForeignKey("community.Person", on_delete=models.CASCADE, related_name="+")
    caller = models.ForeignKey("workforce.Responder", on_delete=models.PROTECT, related_name="+")
    grid = models.ForeignKey("community.Grid", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DUE)
    called_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    note = EncryptedTextField()
    medicine_days_left = models.PositiveSmallIntegerField(null=True, blank=True)
    before = models.JSONField(default=dict, blank=True)
    escalation_level = models.PositiveSmallIntegerField(default=0)
    escalated_at = models.DateTimeField(null=True, blank=True)
    escalated_to = models.CharField(max_length=40, default="", blank=True)

    marks = marked(
        f"{AREA_FIELDS} version subject_uuid round pair grid due_at tries escalation_level escalated_at escalated_to",
        person=HEALTH,
        caller=SERVICE,
        state=HEALTH,
        called_at=HEALTH,
        note=HEALTH,
        medicine_days_left=HEALTH,
        before=HEALTH,
    )

    class Meta(VersionedModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *VersionedModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "round", "person"], name="residents_liaisoncall_person"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["area_id", "state", "due_at"], name="residents_call_due"),
            models.Index(fields=["area_id", "round", "caller"], name="residents_call_caller"),
        ]


class Request(SubjectModel, VersionedModel):
    """A resident's need (诉求): what, for whom, who owns it, due when, done when, told back when."""

    class State(models.TextChoices):
        OPEN = "OPEN"
        IN_HAND = "IN_HAND"
        DONE = "DONE"
        CLOSED = "CLOSED"
        WITHDRAWN = "WITHDRAWN"

    class Urgency(models.TextChoices):
        LIFE = "LIFE"
        TODAY = "TODAY"
        NORMAL = "NORMAL"

    incident = models.ForeignKey("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("community.Person", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    grid = models.ForeignKey("community.Grid", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(max_length=30)
    text = EncryptedTextField()
    answer = EncryptedTextField()
    urgency = models.CharField(max_length=8, choices=Urgency.choices, default=Urgency.NORMAL)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    owner_role = models.CharField(max_length=20)
    found_by = models.CharField(max_length=160)
    call = models.ForeignKey(LiaisonCall, null=True, blank=True, on_delete=models.SET_NULL, related_name="requests")
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    told_back_at = models.DateTimeField(null=True, blank=True)
    satisfaction = models.PositiveSmallIntegerField(null=True, blank=True)
    escalation_level = models.PositiveSmallIntegerField(default=0)

    marks = marked(
        f"{AREA_FIELDS} version subject_uuid incident grid urgency state owner_role call opened_at due_at done_at"
        " told_back_at satisfaction escalation_level",
        person=HEALTH,
        kind=HEALTH,
        text=HEALTH,
        answer=HEALTH,
        owner=IDENTITY,
        found_by=IDENTITY,
    )

    class Meta(VersionedModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *VersionedModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["area_id", "incident", "person", "kind"],
                condition=models.Q(state__in=["OPEN", "IN_HAND", "DONE"], person__isnull=False),
                name="residents_request_need",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["area_id", "incident", "state", "due_at"], name="residents_request_due"),
            models.Index(fields=["area_id", "grid", "state"], name="residents_request_grid"),
        ]


class Escalation(AreaModel):
    """One step up the chain for one late call or request; the unique key makes each step happen once."""

    call = models.ForeignKey(LiaisonCall, null=True, on_delete=models.CASCADE, related_name="escalations")
    request = models.ForeignKey(Request, null=True, on_delete=models.CASCADE, related_name="escalations")
    level = models.PositiveSmallIntegerField()
    told_role = models.CharField(max_length=20)
    told_at = models.DateTimeField()
    reason = models.CharField(max_length=20)

    marks = marked(f"{AREA_FIELDS} call request level told_role told_at reason")

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["area_id", "call", "level"],
                condition=models.Q(call__isnull=False),
                name="residents_escalation_call",
            ),
            models.UniqueConstraint(
                fields=["area_id", "request", "level"],
                condition=models.Q(request__isnull=False),
                name="residents_escalation_request",
            ),
            models.CheckConstraint(
                condition=models.Q(call__isnull=False) ^ models.Q(request__isnull=False),
                name="residents_escalation_one",
            ),
        ]
