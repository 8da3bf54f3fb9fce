"""Computed snapshots and the reports made from them. Nothing here is a source: every number links to its rows."""

from typing import Any, ClassVar

from django.db import models

from tongxin.base.marks import IDENTITY, marked
from tongxin.base.models import AREA_FIELDS, AreaModel


class Snapshot(AreaModel):
    """All figures of one incident at one moment, with a hash that a judgement signs."""

    incident = models.ForeignKey("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    taken_at = models.DateTimeField()
    figures = models.JSONField()
    hash = models.CharField(max_length=64)
    is_daily = models.BooleanField(default=False)
    report_date = models.DateField(null=True, blank=True)

    marks = marked(f"{AREA_FIELDS} incident taken_at figures hash is_daily report_date")

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["area_id", "incident", "report_date"],
                condition=models.Q(is_daily=True),
                name="situation_snapshot_daily",
            ),
        ]


class Report(AreaModel):
    """One night report: which snapshot, which day before it is compared with, the text in both languages."""

    incident = models.ForeignKey("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    report_date = models.DateField()
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="+")
    previous = models.ForeignKey(Snapshot, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=160)
    content = models.JSONField(default=dict)

    marks = marked(
        f"{AREA_FIELDS} incident number report_date snapshot previous made_at content", made_by=IDENTITY
    )

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "incident", "report_date"], name="situation_report_date"),
            models.UniqueConstraint(fields=["area_id", "incident", "number"], name="situation_report_number"),
        ]
