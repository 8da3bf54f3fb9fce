"""Cases that are told at once make one plan, and a single case makes one at once."""

from uuid import uuid4

import pytest

from tongxin.base import outbox
from tongxin.base.actors import system
from tongxin.hq import api
from tongxin.incidents import api as incidents


@pytest.mark.parametrize("cases", [1, 3])
def test_cases_told_together_make_one_plan(area, incident, at, cases):
    facts = [
        incidents.StatusFact(person.pk, "CASE", at, "test", uuid4(), sample_date=at.date())
        for person in area.people[:cases]
    ]
    incidents.set_many_statuses(area_id=area.area_id, incident_id=incident.pk, facts=facts, actor=system("test"), at=at)
    outbox.deliver_all()
    plans = [plan for plan in api.list_plans(area.area_id, incident.pk) if plan.trigger == "CASE"]
    assert len(plans) == 1
    listed = {view.line.target_uuid for view in api.list_lines(plans[0]) if view.line.measure == "LIST_CONTACTS"}
    assert listed == {person.uuid for person in area.people[:cases]}
