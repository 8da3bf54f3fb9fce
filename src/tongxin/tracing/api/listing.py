"""Putting contacts on the list, taking them off with a reason, and what follows for their status and management."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from tongxin.base import audit, clock, outbox
from tongxin.base.actors import Actor
from tongxin.base.bulk import insert_rows
from tongxin.community import api as community
from tongxin.incidents import api as incidents
from tongxin.incidents.api import Incident
from tongxin.tracing import rules
from tongxin.tracing.api.finding import find_links, ground_of, standing_links
from tongxin.tracing.api.investigating import investigation_for
from tongxin.tracing.api.managing import lock_tracing, settle
from tongxin.tracing.events import ContactsListed
from tongxin.tracing.models import ContactLink, Investigation, Management

#: Under this cause the statuses of contacts stand in `incidents`; its uuid is the investigation's.
STATUS_CAUSE = "tracing.investigation"
_LINK_COLUMNS = (
    "area_id", "incident_id", "case_person_id", "person_id", "via_id", "layer", "degree", "first_contact_date",
    "last_contact_date", "evidence", "rule_key", "listed_at",
)  # fmt: skip
_LINK_FIELDS = ["degree", "first_contact_date", "last_contact_date", "via_id", "rule_key", "evidence", "state"]


class UnknownReason(ValueError):
    """The reason is none of `rules.EXCLUSIONS`."""


class NotOnTheList(LookupError):
    """This person is no contact of this case."""


class NotACase(LookupError):
    """This person is no case of the incident."""


class WrongContact(ValueError):
    """A contact was added with days or a layer that cannot be; `field` names what to correct."""

    def __init__(self, field_name: str) -> None:
        super().__init__(field_name)
        self.field = field_name


@dataclass(frozen=True, slots=True)
class Listed:
    """What a listing did, in people and test days."""

    investigation_uuid: UUID
    counts: dict[str, int]
    managed: int
    ended: int
    tests: int


def list_contacts(
    *,
    area_id: int,
    incident_id: int,
    case_uuid: UUID,
    layers: Collection[str] | None = None,
    drop_gone: bool = True,
    actor: Actor,
    at: datetime,
) -> Listed:
    """This function will list everybody who met a case, set their status, and lay out management and test days.

    `layers` are the ways of meeting that count (with SECONDARY for contacts of contacts); what is left out is
    remembered for this case. With `drop_gone` people who are no longer found (a date was corrected) leave the list.
    Found anew at this moment: a plan that new facts have overtaken lists what is true now. Safe to repeat.
    Raises `NotACase`, `IncidentIsClosed`, `Person.DoesNotExist`.
    """
    with transaction.atomic():
        incident = Incident.objects.get(area_id=area_id, pk=incident_id)
        lock_tracing(area_id, incident_id)
        person = community.get_person(area_id, case_uuid)
        ground = ground_of(incident, at=at, only=person.pk)
        if not ground.cases:
            raise NotACase(str(case_uuid))
        case = ground.cases[0]
        investigation = investigation_for(incident, person, actor=actor, at=at)
        found = find_links(ground, layers=None if layers is None else {person.pk: layers})[person.pk]
        standing = standing_links(incident, [person.pk])[person.pk]
        delta = rules.difference(found, standing)
        if not drop_gone:
            delta = replace(delta, gone=())
        _write(incident, delta, at=at)
        _tell(incident, investigation, delta, actor=actor, at=at)
        settled = settle(
            incident,
            ground.rule_set,
            delta.person_ids,
            ended_state=Management.State.EXCLUDED,
            actor=actor,
            at=at,
        )
        counts = rules.counts_of(found)
        _remember(investigation, ground.rule_set, layers, case.first_date)
        _note(incident, investigation, delta, counts, actor=actor, at=at)
        event = ContactsListed(incident.uuid, case_uuid, {code.lower(): counts[code.lower()] for code in rules.CLASSES})
        outbox.publish(event, area_id=area_id, at=at)
    return Listed(investigation.uuid, counts, settled.started + settled.changed, settled.ended, settled.tests)


def _remember(investigation: Investigation, rule_set: Any, layers: Collection[str] | None, first: date) -> None:
    known = {row.value.layer.value for row in rule_set.contacts.layers} | {rules.SECONDARY}
    off = investigation.layers_off if layers is None else sorted(known - set(layers))
    Investigation.objects.filter(pk=investigation.pk).update(
        layers_off=off, lookback_date=first, listed_times=investigation.listed_times + 1
    )


def _note(
    incident: Incident,
    investigation: Investigation,
    delta: rules.Difference,
    counts: dict[str, int],
    *,
    actor: Actor,
    at: datetime,
) -> None:
    detail = {"new": len(delta.new), "changed": len(delta.changed), "gone": len(delta.gone), "people": counts["people"]}
    audit.record(
        "tracing.contacts.listed",
        actor=actor,
        at=at,
        area_id=incident.area_id,
        target_kind="Investigation",
        target_uuid=investigation.uuid,
        detail=detail,
    )


def _write(incident: Incident, delta: rules.Difference, *, at: datetime) -> None:
    """Write the links: new rows in bulk, rows that come back or change by their key."""
    keys = {link.key for link in (*delta.new, *delta.changed, *delta.gone)}
    if not keys:
        return
    case_id = next(iter(keys))[0]
    rows = ContactLink.objects.filter(area_id=incident.area_id, incident=incident, case_person_id=case_id)
    by_key = {(row.case_person_id, row.person_id, row.layer): row for row in rows}
    made, again = [], []
    for link in (*delta.new, *delta.changed):
        row = by_key.get(link.key)
        if row is None:
            made.append(_link_row(incident, link, at))
            continue
        row.degree, row.first_contact_date, row.last_contact_date = link.degree, link.first_date, link.last_date
        row.via_id, row.rule_key, row.evidence = link.via_id, link.rule_key, dict(link.evidence)
        row.state, row.excluded_reason = ContactLink.State.LISTED, ""
        again.append(row)
    for link in delta.gone:
        row = by_key[link.key]
        row.state, row.excluded_reason = ContactLink.State.EXCLUDED, rules.NO_LONGER_FOUND
        again.append(row)
    insert_rows(ContactLink, _LINK_COLUMNS, made)
    ContactLink.objects.bulk_update(again, [*_LINK_FIELDS, "excluded_reason"], batch_size=200)


def _link_row(incident: Incident, link: rules.Link, at: datetime) -> tuple[Any, ...]:
    """Return the values of `_LINK_COLUMNS`."""
    people = (link.case_id, link.person_id, link.via_id)
    days = (link.first_date, link.last_date)
    return (
        incident.area_id,
        incident.pk,
        *people,
        link.layer,
        link.degree,
        *days,
        dict(link.evidence),
        link.rule_key,
        at,
    )


def _tell(
    incident: Incident, investigation: Investigation, delta: rules.Difference, *, actor: Actor, at: datetime
) -> None:
    """Tell `incidents` what these people are because of this case, and take back what they are no longer."""
    people = sorted(delta.person_ids)
    if not people:
        return
    rows = ContactLink.objects.filter(
        area_id=incident.area_id,
        incident=incident,
        case_person_id=investigation.person_id,
        state=ContactLink.State.LISTED,
    )
    wanted = set(people)
    mine: dict[tuple[int, str], list[tuple[date, datetime, str]]] = defaultdict(list)
    for person_id, degree, day, listed_at, key in rows.values_list(
        "person_id", "degree", "last_contact_date", "listed_at", "rule_key"
    ):
        if person_id in wanted:
            mine[person_id, degree].append((day, listed_at, key))
    facts = [
        incidents.StatusFact(
            person_id,
            degree,
            min(listed_at for _, listed_at, _ in links),
            STATUS_CAUSE,
            investigation.uuid,
            last_contact_date=max(day for day, _, _ in links),
            rule_key=min(key for _, _, key in links),
        )
        for (person_id, degree), links in sorted(mine.items())
    ]
    was = {(link.person_id, link.degree) for link in (*delta.gone, *delta.before)}
    _withdraw(incident, investigation, was - set(mine), actor=actor, at=at)
    incidents.set_many_statuses(area_id=incident.area_id, incident_id=incident.pk, facts=facts, actor=actor, at=at)


def _withdraw(
    incident: Incident, investigation: Investigation, over: set[tuple[int, str]], *, actor: Actor, at: datetime
) -> None:
    """Take back statuses (person id, kind) that rested on links of this case which are gone or became weaker."""
    for person_id in sorted({person_id for person_id, _ in over}):
        for fact in incidents.facts_of_person(incident.area_id, incident.pk, person_id):
            is_mine = fact.cause_kind == STATUS_CAUSE and fact.cause_uuid == investigation.uuid
            if is_mine and fact.withdrawn_at is None and (person_id, fact.kind) in over:
                incidents.withdraw_status(
                    area_id=incident.area_id, uuid=fact.uuid, reason="NO_CONTACT", actor=actor, at=at
                )


def exclusion_reasons(incident: Incident, *, at: datetime) -> tuple[str, ...]:
    """This function will return the reasons an officer may give; immunity only where the rule set frees the immune."""
    frees_immune = incidents.rule_set_of(incident, clock.local_date(at)).contacts.immune_excluded.value
    hidden = {rules.NO_LONGER_FOUND} if frees_immune else {rules.NO_LONGER_FOUND, "IMMUNE"}
    return tuple(code for code in rules.EXCLUSIONS if code not in hidden)


def exclude_contact(
    *,
    area_id: int,
    incident_id: int,
    case_uuid: UUID,
    person_uuid: UUID,
    reason: str,
    actor: Actor,
    at: datetime,
) -> int:
    """This function will take a person off the list of one case, with a reason that is kept; returns the links concerned.

    If no other case keeps them on the list their management ends. Safe to repeat.
    Raises `UnknownReason` (also for a reason that the rule set does not know), `NotOnTheList`, `IncidentIsClosed`.
    """
    with transaction.atomic():
        incident = Incident.objects.get(area_id=area_id, pk=incident_id)
        if reason not in exclusion_reasons(incident, at=at):
            raise UnknownReason(reason)
        lock_tracing(area_id, incident_id)
        rows = ContactLink.objects.filter(
            area_id=area_id, incident=incident, case_person__uuid=case_uuid, person__uuid=person_uuid
        )
        links = [_as_link(row) for row in rows]
        if not links:
            raise NotOnTheList(str(person_uuid))
        listed = rows.filter(state=ContactLink.State.LISTED)
        count = listed.update(state=ContactLink.State.EXCLUDED, excluded_reason=reason)
        if count:
            person = community.get_person(area_id, case_uuid)
            investigation = investigation_for(incident, person, actor=actor, at=at)
            _after_change(incident, investigation, rules.Difference(gone=tuple(links)), actor=actor, at=at)
            audit.record(
                "tracing.contact.excluded",
                actor=actor,
                at=at,
                area_id=area_id,
                target_kind="Person",
                target_uuid=person_uuid,
                detail={"reason": reason, "links": count, "case": str(case_uuid)},
            )
    return count


def _as_link(row: ContactLink) -> rules.Link:
    return rules.Link(
        row.case_person_id,
        row.person_id,
        row.layer,
        row.degree,
        row.first_contact_date,
        row.last_contact_date,
        row.rule_key,
        row.via_id,
        row.evidence,
    )


def _after_change(
    incident: Incident, investigation: Investigation, delta: rules.Difference, *, actor: Actor, at: datetime
) -> None:
    _tell(incident, investigation, delta, actor=actor, at=at)
    rule_set = incidents.rule_set_of(incident, clock.local_date(at))
    settle(incident, rule_set, delta.person_ids, ended_state=Management.State.EXCLUDED, actor=actor, at=at)


def add_contact(
    *,
    area_id: int,
    incident_id: int,
    case_uuid: UUID,
    person_uuid: UUID,
    layer: str,
    first_date: date,
    last_date: date,
    actor: Actor,
    at: datetime,
) -> ContactLink:
    """This function will list somebody whom only the interview tells, with the days on which they met the case.

    The rule set says what the layer makes of them (a layer that it does not name makes a contact). Added by hand stays
    until taken off by hand; somebody who was taken off before is put on again. Raises `WrongContact`, `NotACase`.
    """
    if layer not in rules.BY_HAND:
        raise WrongContact("layer")
    if last_date < first_date:
        raise WrongContact("last_date")
    if last_date > clock.local_date(at):
        raise WrongContact("last_date")
    if case_uuid == person_uuid:
        raise WrongContact("person")
    with transaction.atomic():
        incident = Incident.objects.get(area_id=area_id, pk=incident_id)
        lock_tracing(area_id, incident_id)
        case = community.get_person(area_id, case_uuid)
        person = community.get_person(area_id, person_uuid)
        if not incidents.status_of(area_id, incident_id, [case.pk]).get(case.pk):
            raise NotACase(str(case_uuid))
        link = _by_hand(incident, case.pk, person.pk, layer, (first_date, last_date), at=at)
        row = _put(incident, link, at=at)
        investigation = investigation_for(incident, case, actor=actor, at=at)
        _after_change(incident, investigation, rules.Difference(new=(link,)), actor=actor, at=at)
        audit.record(
            "tracing.contact.added",
            actor=actor,
            at=at,
            area_id=area_id,
            target_kind="Person",
            target_uuid=person_uuid,
            detail={"layer": layer, "case": str(case_uuid)},
        )
    return row


def _by_hand(
    incident: Incident, case_id: int, person_id: int, layer: str, days: Sequence[date], *, at: datetime
) -> rules.Link:
    rule_set = incidents.rule_set_of(incident, clock.local_date(at))
    table = {row.value.layer.value: row for row in rule_set.contacts.layers}
    rule = table.get(layer)
    degree = rule.value.degree.value if rule else "CONTACT"
    key = rule.key if rule else rule_set.contacts.definition.key
    return rules.Link(case_id, person_id, layer, degree, days[0], days[1], key, None, {"by_hand": True})


def _put(incident: Incident, link: rules.Link, *, at: datetime) -> ContactLink:
    row, _made = ContactLink.objects.update_or_create(
        area_id=incident.area_id,
        incident=incident,
        case_person_id=link.case_id,
        person_id=link.person_id,
        layer=link.layer,
        defaults={
            "degree": link.degree,
            "first_contact_date": link.first_date,
            "last_contact_date": link.last_date,
            "evidence": dict(link.evidence),
            "rule_key": link.rule_key,
            "state": ContactLink.State.LISTED,
            "excluded_reason": "",
            "via_id": None,
        },
        create_defaults=_create_values(link, at),
    )
    return row


def _create_values(link: rules.Link, at: datetime) -> dict[str, Any]:
    return {
        "degree": link.degree,
        "first_contact_date": link.first_date,
        "last_contact_date": link.last_date,
        "evidence": dict(link.evidence),
        "rule_key": link.rule_key,
        "listed_at": at,
    }
