"""What headquarters' tests set up: a case, and the lines that wait."""

from tongxin.base.actors import system
from tongxin.base.ids import new_uuid
from tongxin.hq import api
from tongxin.incidents import api as incidents

MACHINE = system("test")


def make_case(area, incident, person, at, onset=None):
    """Record a confirmed case found by a sample of this moment."""
    incidents.set_person_status(
        area_id=area.area_id,
        incident_id=incident.pk,
        person_id=person.pk,
        kind="CASE",
        effective_at=at,
        onset_date=onset,
        sample_date=at.date(),
        cause_kind="Test",
        cause_uuid=new_uuid(),
        actor=MACHINE,
        at=at,
    )


def open_lines(plan):
    """Return the lines of a plan that wait for a decision."""
    return [view.line for view in api.list_lines(plan) if view.line.state == "PROPOSED" and view.line.change != "GONE"]
