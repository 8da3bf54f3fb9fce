"""Fixtures of headquarters' tests."""

from tests.staging import staged

from tongxin.base import outbox
from tongxin.hq import api
from tongxin.hq.tests.stage import make_case


@staged
def drafted(area, cast, incident, at):
    """The plan that the first case drafts by itself."""
    make_case(area, incident, area.people[0], at)
    outbox.deliver_all()
    plan = api.current_plan(area.area_id, incident.pk)
    assert plan is not None
    return plan
