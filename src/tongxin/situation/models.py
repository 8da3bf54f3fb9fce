"""Computed snapshots and the reports made from them. Nothing here is a source: every number links to its rows.

What not to do here: never write a fact about people, places or work into these tables, and never change the figures
of a snapshot: a judgement signs their hash. A number that turns out wrong is put right in the room that owns its rows,
and then counted again.
"""

from typing import Any, ClassVar

from django.db import models

from tongxin.base.marks import IDENTITY, marked
from tongxin.base.models import AREA_FIELDS, AreaModel, VersionedModel


class Snapshot(AreaModel):
    """All figures of one incident, with a hash that a judgement signs.

    `as_of` is the moment for which was counted, `taken_at` when that was done: the end of a day is counted after it.
    """

    incident = models.ForeignKey("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    as_of = models.DateTimeField()
    taken_at = models.DateTimeField()
    figures = models.JSONField()
    hash = models.CharField(max_length=64)
    is_daily = models.BooleanField(default=False)
    report_date = models.DateField(null=True, blank=True)

    marks = marked(f"{AREA_FIELDS} incident as_of taken_at figures hash is_daily report_date")

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["area_id", "incident", "report_date"],
                condition=models.Q(is_daily=True),
                name="situation_snapshot_daily",
            ),
        ]


class Report(VersionedModel):
    """One night report: which snapshot, which day before it is compared with, the text in both languages.

    `content` holds the finished report by language, so that what was handed upward can be printed again word for word.
    PROVISIONAL is written before its day was over, READY after; a SIGNED report is never written again.
    """

    class State(models.TextChoices):
        PROVISIONAL = "PROVISIONAL"
        READY = "READY"
        SIGNED = "SIGNED"

    incident = models.ForeignKey("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    report_date = models.DateField()
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="+")
    previous = models.ForeignKey(Snapshot, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=State.choices, default=State.PROVISIONAL)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=160)
    judgement = models.TextField(default="", blank=True)
    content = models.JSONField(default=dict)
    signer = models.CharField(max_length=40, default="", blank=True)
    signed_by = models.CharField(max_length=160, default="", blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)

    marks = marked(
        f"{AREA_FIELDS} version incident number report_date snapshot previous state made_at judgement content"
        " signed_at",
        made_by=IDENTITY,
        signer=IDENTITY,
        signed_by=IDENTITY,
    )

    class Meta(VersionedModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *VersionedModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "incident", "report_date"], name="situation_report_date"),
            models.UniqueConstraint(fields=["area_id", "incident", "number"], name="situation_report_number"),
        ]
