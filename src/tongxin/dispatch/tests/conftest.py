"""Tasks of the small compound, made as the rooms above make them."""

from datetime import timedelta

from tests.staging import staged

from tongxin.base.actors import system
from tongxin.base.ids import new_uuid
from tongxin.dispatch import api

ACTOR = system("tests")


class Desk:
    """Opens tasks for the tests: one call, one task, with what the test does not care about filled in."""

    def __init__(self, area, incident, at) -> None:
        self.area, self.incident, self.at = area, incident, at
        self.area_id = area.area_id

    def draft(self, kind="HOME_SAMPLING", door="1-1-101", hands=(("REGISTRATION",),), **changes) -> api.TaskDraft:
        people = self.area.by_door[door]
        person = people[0]
        values = {
            "kind": kind,
            "origin_kind": "test",
            "origin_uuid": new_uuid(),
            "window_starts_at": self.at,
            "window_ends_at": self.at + timedelta(hours=6),
            "due_at": self.at + timedelta(hours=6),
            "duration_min": 20,
            "person_id": person.pk,
            "dwelling_id": person.dwelling_id,
            "entrance_id": person.entrance_id,
            "hands": hands,
        }
        return api.TaskDraft(**(values | changes))

    def open(self, *drafts) -> list[api.Task]:
        return api.open_tasks(
            drafts or [self.draft()], area_id=self.area_id, incident_id=self.incident.pk, actor=ACTOR, at=self.at
        )

    def assign(self, at=None, mode="REPLAN") -> api.PlannerRun:
        return api.assign(area_id=self.area_id, incident_id=self.incident.pk, actor=ACTOR, at=at or self.at, mode=mode)

    def given(self, **changes):
        """Open one task, assign it, and return its first assignment."""
        task = self.open(self.draft(**changes))[0]
        self.assign()
        return api.list_assignments(area_id=self.area_id, task_ids=[task.pk])[task.pk][0]

    def task(self, uuid) -> api.Task:
        return api.get_task(self.area_id, uuid)


@staged
def desk(area, incident, cast, at) -> Desk:
    return Desk(area, incident, at)
