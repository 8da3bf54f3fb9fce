"""The one work queue: tasks, hands, assignments, planner runs, searches, drafted calls.

A task says what has to be done, where, when and by what skills; the room that opened it (`origin_kind`,
`origin_uuid`) hears of its end by event. Never put a domain result here: the field room writes its own fact.
"""

from typing import Any, ClassVar

from django.db import models

from tongxin.base.fields import EncryptedTextField
from tongxin.base.marks import HEALTH, IDENTITY, REACH, SERVICE, marked
from tongxin.base.models import AREA_FIELDS, AreaModel, SubjectModel, VersionedModel


class Task(VersionedModel):
    """One piece of work at one place in one window, for one or more hands at the same time.

    `told_at` is when its end was told to the room that opened it; until then a step on the phone can be taken back.
    """

    class State(models.TextChoices):
        OPEN = "OPEN"
        ASSIGNED = "ASSIGNED"
        ACCEPTED = "ACCEPTED"
        STARTED = "STARTED"
        DONE = "DONE"
        FAILED = "FAILED"
        CANCELLED = "CANCELLED"

    incident = models.ForeignKey("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    params = models.JSONField(default=dict)
    person = models.ForeignKey("community.Person", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    dwelling = models.ForeignKey(
        "community.Dwelling", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    entrance = models.ForeignKey(
        "community.Entrance", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    building = models.ForeignKey(
        "community.Building", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    grid = models.ForeignKey("community.Grid", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    window_starts_at = models.DateTimeField()
    window_ends_at = models.DateTimeField()
    due_at = models.DateTimeField()
    duration_min = models.PositiveSmallIntegerField()
    priority = models.PositiveSmallIntegerField(default=10)
    is_life_and_limb = models.BooleanField(default=False)
    ppe_level = models.PositiveSmallIntegerField(default=0)
    zone_rank = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    origin_kind = models.CharField(max_length=60)
    origin_uuid = models.UUIDField()
    outcome_code = models.CharField(max_length=40, default="", blank=True)
    outcome = models.JSONField(default=dict, blank=True)
    opened_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)

    marks = marked(
        f"{AREA_FIELDS} version incident kind params entrance building grid window_starts_at window_ends_at due_at"
        " duration_min priority is_life_and_limb ppe_level zone_rank state origin_kind origin_uuid outcome_code outcome"
        " opened_at started_at finished_at told_at",
        person=HEALTH,
        dwelling=HEALTH,
    )

    class Meta(VersionedModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *VersionedModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["area_id", "incident", "kind", "origin_kind", "origin_uuid"], name="dispatch_task_origin"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["area_id", "incident", "state", "due_at"], name="dispatch_task_state"),
            models.Index(fields=["area_id", "grid", "state"], name="dispatch_task_grid"),
        ]


class TaskHand(AreaModel):
    """One hand that a task needs: the skills that whoever gives it must have."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="hands")
    index = models.PositiveSmallIntegerField()
    skills = models.JSONField(default=list)

    marks = marked(f"{AREA_FIELDS} task index skills")

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "task", "index"], name="dispatch_taskhand_index"),
        ]


class PlannerRun(AreaModel):
    """One run of the planner: what it was given, what it reached, what is short. Bodies hold ids and codes."""

    class State(models.TextChoices):
        RUNNING = "RUNNING"
        DONE = "DONE"
        FAILED = "FAILED"

    incident = models.ForeignKey("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    mode = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    trigger = models.CharField(max_length=60, default="", blank=True)
    objective = models.JSONField(default=list)
    unserved = models.JSONField(default=list)
    shortages = models.JSONField(default=list)
    stats = models.JSONField(default=dict)

    marks = marked(
        f"{AREA_FIELDS} incident mode state started_at finished_at trigger objective unserved shortages stats"
    )


class PlanSearch(AreaModel):
    """One search for a better plan in the background, or one what-if: asked for, running, found, and what became of it.

    At most one of a purpose waits or runs for an incident, and at most one plan is proposed. `changes` is the
    difference, hand by hand: who and when before, who and when after, with the reasons. Bodies hold ids and codes.
    """

    class Purpose(models.TextChoices):
        PLAN = "PLAN"
        WHAT_IF = "WHAT_IF"

    class State(models.TextChoices):
        WAITING = "WAITING"
        RUNNING = "RUNNING"
        PROPOSED = "PROPOSED"
        TAKEN = "TAKEN"
        UNDONE = "UNDONE"
        DISCARDED = "DISCARDED"
        CANCELLED = "CANCELLED"
        NOTHING = "NOTHING"
        STALE = "STALE"
        ANSWERED = "ANSWERED"
        FAILED = "FAILED"

    incident = models.ForeignKey("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    mode = models.CharField(max_length=20)
    trigger = models.CharField(max_length=60, default="", blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    asked_at = models.DateTimeField()
    given_since = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    job = models.UUIDField(null=True, blank=True)
    share = models.PositiveSmallIntegerField(default=0)
    before = models.JSONField(default=dict, blank=True)
    best = models.JSONField(default=dict, blank=True)
    changes = models.JSONField(default=list, blank=True)
    unserved = models.JSONField(default=list, blank=True)
    shortages = models.JSONField(default=list, blank=True)
    question = models.JSONField(default=dict, blank=True)
    answer = models.JSONField(default=dict, blank=True)
    stats = models.JSONField(default=dict, blank=True)
    run = models.ForeignKey(PlannerRun, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    marks = marked(
        f"{AREA_FIELDS} incident purpose mode trigger state asked_at given_since started_at finished_at settled_at job"
        " share before best unserved shortages question answer stats run",
        changes=SERVICE,
    )

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["area_id", "incident", "purpose"],
                condition=models.Q(state__in=["WAITING", "RUNNING"]),
                name="dispatch_search_running",
            ),
            models.UniqueConstraint(
                fields=["area_id", "incident"], condition=models.Q(state="PROPOSED"), name="dispatch_search_proposed"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["area_id", "incident", "purpose", "-id"], name="dispatch_search_newest"),
        ]


class CallDraft(VersionedModel):
    """A call for volunteers, drafted from what is short: a text in both languages and slots (skills x place x hours).

    Sending it is not this table's matter. Do not write names or phone numbers of residents into the text.
    """

    incident = models.ForeignKey("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    run = models.ForeignKey(PlannerRun, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    text_zh = models.TextField(default="", blank=True)
    text_en = models.TextField(default="", blank=True)
    slots = models.JSONField(default=list)
    drafted_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    marks = marked(f"{AREA_FIELDS} version incident run slots drafted_at changed_at", text_zh=REACH, text_en=REACH)


class Assignment(SubjectModel):
    """One hand of one task given to one responder, with the reason and the runner-up.

    At most one open assignment a hand. `note` is what the person found (sealed under the responder's key).
    """

    class State(models.TextChoices):
        GIVEN = "GIVEN"
        ACCEPTED = "ACCEPTED"
        STARTED = "STARTED"
        DONE = "DONE"
        GIVEN_BACK = "GIVEN_BACK"
        WITHDRAWN = "WITHDRAWN"

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="assignments")
    hand_index = models.PositiveSmallIntegerField()
    responder = models.ForeignKey("workforce.Responder", on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.GIVEN)
    is_open = models.BooleanField(default=True)
    is_pinned = models.BooleanField(default=False)
    pin_reason = models.CharField(max_length=200, default="", blank=True)
    pinned_by = models.CharField(max_length=160, default="", blank=True)
    waived_rules = models.JSONField(default=list, blank=True)
    reason = models.JSONField(default=dict)
    runner_up = models.JSONField(default=dict)
    note = EncryptedTextField()
    give_back_code = models.CharField(max_length=40, default="", blank=True)
    run = models.ForeignKey(PlannerRun, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    given_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    marks = marked(
        f"{AREA_FIELDS} subject_uuid task hand_index state is_open is_pinned pin_reason waived_rules reason runner_up"
        " give_back_code run given_at accepted_at started_at finished_at",
        responder=SERVICE,
        starts_at=SERVICE,
        ends_at=SERVICE,
        pinned_by=IDENTITY,
        note=HEALTH,
    )

    class Meta(SubjectModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *SubjectModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["area_id", "task", "hand_index"],
                condition=models.Q(is_open=True),
                name="dispatch_assignment_open",
            ),
            models.UniqueConstraint(
                fields=["area_id", "task", "responder"],
                condition=models.Q(is_open=True),
                name="dispatch_assignment_once",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["area_id", "responder", "is_open", "starts_at"], name="dispatch_assignment_mine"),
        ]
