"""What is true of people and zones during an outbreak: incident, rule set in force, zone levels, person status.

Only facts that two or more field rooms read live here. What has to be done about them is a task (`dispatch`);
how it was found out belongs to the field room that found it.
"""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from tongxin.base.marks import HEALTH, IDENTITY, marked
from tongxin.base.models import AREA_FIELDS, AreaModel, VersionedModel


class Incident(VersionedModel):
    """One outbreak in one compound, run under one disease profile."""

    class State(models.TextChoices):
        OPEN = "OPEN"
        CLOSED = "CLOSED"

    code = models.CharField(max_length=40)
    title = models.CharField(max_length=160)
    profile_id = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    opened_by = models.CharField(max_length=160)
    close_reason = models.CharField(max_length=200, default="", blank=True)

    marks = marked(
        f"{AREA_FIELDS} version code title profile_id state opened_at closed_at close_reason", opened_by=IDENTITY
    )

    class Meta(VersionedModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *VersionedModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "code"], name="incidents_incident_code"),
        ]


class RuleSetInForce(AreaModel):
    """Which dated rule set an incident follows from when on; the newest `starts_at` not after a day counts."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="rule_sets")
    rule_set_id = models.CharField(max_length=60)
    starts_at = models.DateTimeField()
    decided_by = models.CharField(max_length=160)

    marks = marked(f"{AREA_FIELDS} incident rule_set_id starts_at", decided_by=IDENTITY)

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "incident", "starts_at"], name="incidents_rulesetinforce_start"),
        ]


class WorkingGroup(AreaModel):
    """A working group of the headquarters (流调溯源组, 转运隔离组, 材料组 …)."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="groups")
    code = models.CharField(max_length=30)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, default="", blank=True)

    marks = marked(f"{AREA_FIELDS} incident code name name_en")

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "incident", "code"], name="incidents_workinggroup_code"),
        ]


class Post(AreaModel):
    """Who holds which post of a group, from when to when."""

    group = models.ForeignKey(WorkingGroup, on_delete=models.CASCADE, related_name="posts")
    title = models.CharField(max_length=80)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    marks = marked(f"{AREA_FIELDS} group title starts_at ends_at", account=IDENTITY)

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["area_id", "group", "title", "account"],
                condition=models.Q(ends_at=None),
                name="incidents_post_open",
            ),
        ]


class PlaceKind(models.TextChoices):
    """Kinds of place that a zone level or a proposal may name, widest first."""

    COMPOUND = "COMPOUND"
    GRID = "GRID"
    BUILDING = "BUILDING"
    ENTRANCE = "ENTRANCE"


class ZoneLevel(VersionedModel):
    """A dated level of one place with its evidence, measures and lift conditions (an AND-list).

    `level` is the profile's own key, `canonical` one of HIGH, MEDIUM, LOW. A place has at most one open level.
    `place_uuid` is the uuid of the Compound, Grid, Building or Entrance. `is_lowered` tells that this level followed
    a hotter one. Rows are closed, never rewritten: what was in force on a day stays readable.
    """

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="zone_levels")
    place_kind = models.CharField(max_length=10, choices=PlaceKind.choices)
    place_uuid = models.UUIDField()
    place_label = models.CharField(max_length=80)
    level = models.CharField(max_length=30)
    canonical = models.CharField(max_length=10)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    evidence = models.JSONField(default=list)
    measures = models.JSONField(default=list)
    lift_conditions = models.JSONField(default=list)
    rule_set_id = models.CharField(max_length=60)
    rule_key = models.CharField(max_length=120, default="", blank=True)
    is_lowered = models.BooleanField(default=False)
    reason = models.CharField(max_length=300, default="", blank=True)
    end_reason = models.CharField(max_length=300, default="", blank=True)
    review_date = models.DateField(null=True, blank=True)
    decided_by = models.CharField(max_length=160)
    recorded_at = models.DateTimeField()

    marks = marked(
        f"{AREA_FIELDS} version incident place_kind place_uuid place_label level canonical starts_at ends_at evidence"
        " measures lift_conditions rule_set_id rule_key is_lowered reason end_reason review_date recorded_at",
        decided_by=IDENTITY,
    )

    class Meta(VersionedModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *VersionedModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["area_id", "incident", "place_kind", "place_uuid"],
                condition=models.Q(ends_at=None),
                name="incidents_zonelevel_open",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at=None) | models.Q(ends_at__gte=models.F("starts_at")),
                name="incidents_zonelevel_order",
            ),
        ]


class ZoneRequest(AreaModel):
    """A level that one officer wants to lay or end, until as many have agreed as the rule set asks for.

    `agreed_by` holds account ids, the asking one first. Carried out in the moment of the last agreement.
    """

    class State(models.TextChoices):
        WAITING = "WAITING"
        DONE = "DONE"
        REFUSED = "REFUSED"

    class Action(models.TextChoices):
        RAISE = "RAISE"
        LOWER = "LOWER"
        LIFT = "LIFT"

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="zone_requests")
    action = models.CharField(max_length=10, choices=Action.choices)
    place_kind = models.CharField(max_length=10, choices=PlaceKind.choices)
    place_uuid = models.UUIDField()
    place_label = models.CharField(max_length=80)
    level = models.CharField(max_length=30, default="", blank=True)
    reason = models.CharField(max_length=300, default="", blank=True)
    is_waived = models.BooleanField(default=False)
    persons_needed = models.PositiveSmallIntegerField()
    rule_key = models.CharField(max_length=120)
    agreed_by = models.JSONField(default=list)
    asked_by = models.CharField(max_length=160)
    asked_at = models.DateTimeField()
    decided_by = models.CharField(max_length=160, default="", blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)

    marks = marked(
        f"{AREA_FIELDS} incident action place_kind place_uuid place_label level reason is_waived persons_needed rule_key"
        " asked_at decided_at state",
        agreed_by=IDENTITY,
        asked_by=IDENTITY,
        decided_by=IDENTITY,
    )

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["area_id", "incident", "place_kind", "place_uuid"],
                condition=models.Q(state="WAITING"),
                name="incidents_zonerequest_waiting",
            ),
        ]


class StatusKind(models.TextChoices):
    """What a person is in this outbreak. SUSPECT stands for a member of a positive pool until the retest."""

    CASE = "CASE"
    SUSPECT = "SUSPECT"
    CONTACT = "CONTACT"
    SECONDARY_CONTACT = "SECONDARY_CONTACT"
    EXPOSED = "EXPOSED"
    CLEARED = "CLEARED"
    RECOVERED = "RECOVERED"
    DIED = "DIED"


class PersonStatus(AreaModel):
    """One fact about a person: from `effective_at` on they are `kind`, known since `recorded_at`.

    Facts may arrive late: the order is that of `effective_at`, never that of arrival. Rows are never changed;
    a fact that was wrong is withdrawn (`withdrawn_at`), with who and why in the audit, and may be told anew.
    """

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="statuses")
    person = models.ForeignKey("community.Person", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=StatusKind.choices)
    effective_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    onset_date = models.DateField(null=True, blank=True)
    sample_date = models.DateField(null=True, blank=True)
    last_contact_date = models.DateField(null=True, blank=True)
    rule_key = models.CharField(max_length=120, default="", blank=True)
    cause_kind = models.CharField(max_length=40)
    cause_uuid = models.UUIDField()
    recorded_by = models.CharField(max_length=160)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    marks = marked(
        f"{AREA_FIELDS} incident rule_key cause_kind cause_uuid recorded_at withdrawn_at",
        person=HEALTH,
        kind=HEALTH,
        effective_at=HEALTH,
        onset_date=HEALTH,
        sample_date=HEALTH,
        last_contact_date=HEALTH,
        recorded_by=IDENTITY,
    )

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["area_id", "incident", "person", "kind", "cause_kind", "cause_uuid"],
                condition=models.Q(withdrawn_at=None),
                name="incidents_personstatus_cause",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["area_id", "incident", "person", "effective_at"], name="incidents_status_person"),
            models.Index(fields=["area_id", "incident", "kind", "effective_at"], name="incidents_status_kind"),
        ]


class MergeTrace(AreaModel):
    """What moved here when two rows of people became one, so that a merge that is taken back gives it back.

    `moved` holds uuids and ids: `facts` that changed their person, `ended` ones that both had, `meetings`, `duties`,
    and under the name of a room above what that room moved. One open trace a pair. Nothing else is to be read from here: what holds of a person are their facts.
    """

    kept_uuid = models.UUIDField()
    gone_uuid = models.UUIDField()
    moved = models.JSONField(default=dict)
    merged_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    marks = marked(f"{AREA_FIELDS} kept_uuid gone_uuid merged_at undone_at", moved=HEALTH)

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["area_id", "kept_uuid", "gone_uuid"],
                condition=models.Q(undone_at=None),
                name="incidents_mergetrace_open",
            ),
        ]


class FactWithdrawal(AreaModel):
    """Somebody says that facts of one kind about a person were told by mistake; done when enough people have agreed.

    `fact_uuids` are the facts meant, as texts. `agreed_by` holds account ids, the asking one first. Not for people whom
    tracing listed: those leave the list of contacts there.
    """

    class State(models.TextChoices):
        WAITING = "WAITING"
        DONE = "DONE"
        REFUSED = "REFUSED"

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="withdrawals")
    person = models.ForeignKey("community.Person", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=StatusKind.choices)
    fact_uuids = models.JSONField(default=list)
    reason = models.CharField(max_length=30)
    persons_needed = models.PositiveSmallIntegerField()
    rule_key = models.CharField(max_length=120)
    agreed_by = models.JSONField(default=list)
    asked_by = models.CharField(max_length=160)
    asked_at = models.DateTimeField()
    decided_by = models.CharField(max_length=160, default="", blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)

    marks = marked(
        f"{AREA_FIELDS} incident fact_uuids reason persons_needed rule_key asked_at decided_at state",
        person=HEALTH,
        kind=HEALTH,
        agreed_by=IDENTITY,
        asked_by=IDENTITY,
        decided_by=IDENTITY,
    )

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["area_id", "incident", "person", "kind"],
                condition=models.Q(state="WAITING"),
                name="incidents_factwithdrawal_waiting",
            ),
        ]


class CurrentStatus(AreaModel):
    """What a person is now: the standing result over all facts by rank and `effective_at`; kept by the api."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("community.Person", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=StatusKind.choices)
    since_at = models.DateTimeField()
    onset_date = models.DateField(null=True, blank=True)
    sample_date = models.DateField(null=True, blank=True)
    last_contact_date = models.DateField(null=True, blank=True)

    marks = marked(
        f"{AREA_FIELDS} incident",
        person=HEALTH,
        kind=HEALTH,
        since_at=HEALTH,
        onset_date=HEALTH,
        sample_date=HEALTH,
        last_contact_date=HEALTH,
    )

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "incident", "person"], name="incidents_currentstatus_person"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["area_id", "incident", "kind"], name="incidents_current_kind"),
        ]


class ZoneFact(AreaModel):
    """Something that happened in a place and that lifting a level may depend on; told by the rooms above.

    `code` is one of `rules.ZoneFactCode`; `value` an index, or 1 for a plain "it happened". Not for persons.
    """

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="+")
    place_kind = models.CharField(max_length=10, choices=PlaceKind.choices)
    place_uuid = models.UUIDField()
    code = models.CharField(max_length=30)
    happened_at = models.DateTimeField()
    value = models.FloatField(default=1.0)
    cause_kind = models.CharField(max_length=40)
    cause_uuid = models.UUIDField()
    recorded_by = models.CharField(max_length=160)
    recorded_at = models.DateTimeField()

    marks = marked(
        f"{AREA_FIELDS} incident place_kind place_uuid code happened_at value cause_kind cause_uuid recorded_at",
        recorded_by=IDENTITY,
    )

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["area_id", "incident", "place_kind", "place_uuid", "code", "cause_kind", "cause_uuid"],
                name="incidents_zonefact_cause",
            ),
        ]


class MeetingLayer(models.TextChoices):
    """How two people met as far as sampling can tell: in one tube, or near each other in the queue."""

    TUBE = "TUBE"
    QUEUE = "QUEUE"


class Encounter(AreaModel):
    """Two people met on a day. One row a pair: `person_a` is always the one with the smaller id.

    What the meeting makes of them is decided by the rule set and by tracing, not here.
    """

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="+")
    person_a = models.ForeignKey("community.Person", on_delete=models.CASCADE, related_name="+")
    person_b = models.ForeignKey("community.Person", on_delete=models.CASCADE, related_name="+")
    layer = models.CharField(max_length=10, choices=MeetingLayer.choices)
    on_date = models.DateField()
    evidence = models.JSONField(default=dict)
    recorded_at = models.DateTimeField()

    marks = marked(
        f"{AREA_FIELDS} incident layer recorded_at",
        person_a=HEALTH,
        person_b=HEALTH,
        on_date=HEALTH,
        evidence=HEALTH,
    )

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["area_id", "incident", "person_a", "person_b", "layer", "on_date"],
                name="incidents_encounter_pair",
            ),
            models.CheckConstraint(
                condition=models.Q(person_a__lt=models.F("person_b")), name="incidents_encounter_order"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["area_id", "incident", "person_b", "on_date"], name="incidents_encounter_b"),
        ]


class TestDuty(AreaModel):
    """A person has to be tested on a day, because of `cause`; `done_at` is when the sample was taken."""

    __test__ = False  # the name begins with Test, and the test collector must not take it for one

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("community.Person", on_delete=models.CASCADE, related_name="+")
    due_date = models.DateField()
    cause_kind = models.CharField(max_length=40)
    cause_uuid = models.UUIDField()
    done_at = models.DateTimeField(null=True, blank=True)

    marks = marked(f"{AREA_FIELDS} incident cause_kind cause_uuid", person=HEALTH, due_date=HEALTH, done_at=HEALTH)

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["area_id", "incident", "person", "due_date"], name="incidents_testduty_day"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["area_id", "incident", "due_date"], name="incidents_testduty_date"),
        ]
