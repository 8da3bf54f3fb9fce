"""What every part of this api needs first: the open incident, its rules of calling, local time."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID, uuid5

from django.utils import timezone

from tongxin.base import clock
from tongxin.incidents import api as incidents
from tongxin.residents.rules import RequestTimes


@dataclass(frozen=True, slots=True)
class CallingRules:
    """The rule set's values for one-to-one calls, with where they come from."""

    windows: tuple[tuple[time, time], ...]
    call_minutes: int
    escalate_minutes: tuple[int, ...]
    door_check_step: int
    stop_after: timedelta
    gone_for: timedelta
    pair_minutes: int
    uneven_by: int
    rule_key: str
    source: str
    grade: str


def open_incident_of(area_id: int, incident_id: int) -> incidents.Incident:
    """Return an incident that is open. Raises incidents.IncidentIsClosed and Incident.DoesNotExist."""
    incident = incidents.Incident.objects.get(area_id=area_id, pk=incident_id)
    if incident.state != incidents.Incident.State.OPEN:
        raise incidents.IncidentIsClosed(incident.code)
    return incident


def calling_rules(incident: incidents.Incident, at: datetime) -> CallingRules:
    """Return how calls are made under the rule set of the day."""
    calls = incidents.rule_set_of(incident, clock.local_date(at)).calls
    return CallingRules(
        windows=tuple((window.start, window.until) for window in calls.windows.value),
        call_minutes=calls.call_minutes.value,
        escalate_minutes=calls.escalate_minutes.value,
        door_check_step=calls.door_check_step.value,
        stop_after=timedelta(hours=calls.stop_after_hours.value),
        gone_for=timedelta(hours=calls.gone_hours.value),
        pair_minutes=calls.pair_minutes.value,
        uneven_by=calls.uneven_by.value,
        rule_key=calls.windows.key,
        source=calls.windows.source,
        grade=calls.windows.grade.value,
    )


def request_times(incident: incidents.Incident, at: datetime) -> RequestTimes:
    """Return when needs are due and who is told of late ones, under the rule set of the day."""
    values = incidents.rule_set_of(incident, clock.local_date(at)).requests
    return RequestTimes(
        life=timedelta(minutes=values.life_minutes.value),
        today_until=values.today_until.value,
        today_at_least=timedelta(minutes=values.today_at_least_minutes.value),
        normal=timedelta(hours=values.normal_hours.value),
        medicine_today_days=values.medicine_today_days.value,
        medicine_days=values.medicine_days.value,
        visit_minutes=values.visit_minutes.value,
        escalate_minutes=values.escalate_minutes.value,
    )


def local(at: datetime) -> datetime:
    """Return a moment in the installation's time zone: windows and evening hours are local."""
    return timezone.localtime(at)


def window_uuid(incident_uuid: UUID, starts_at: datetime) -> UUID:
    """Return the same id for the same window, whoever opens its round first."""
    return uuid5(incident_uuid, f"residents.window:{int(starts_at.timestamp())}")
