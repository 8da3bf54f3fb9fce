"""An incident from opening to closing, its working groups and posts."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from tongxin.base import audit, clock, outbox
from tongxin.base.actors import Actor
from tongxin.base.models import Account
from tongxin.base.versions import update_versioned
from tongxin.incidents.api.rule_sets import NoRuleSet, profile_named, rule_set_named
from tongxin.incidents.events import IncidentClosed, IncidentOpened
from tongxin.incidents.models import Incident, Post, RuleSetInForce, WorkingGroup
from tongxin.incidents.profile_files import rule_set_on

__all__ = [
    "GROUPS",
    "CodeTaken",
    "IncidentIsClosed",
    "PostTaken",
    "accounts_at_hand",
    "assign_post",
    "close_incident",
    "end_post",
    "find_open_incident",
    "get_incident",
    "groups",
    "incident_of_post",
    "incident_of_request",
    "list_incidents",
    "lock_open_incident",
    "open_incident",
    "posts_of",
]

#: The groups of a headquarters: code, Chinese name, English name.
GROUPS = (
    ("COMMAND", "指挥部", "Command"),
    ("TRACING", "流调溯源组", "Tracing group"),
    ("SAMPLING", "核酸检测组", "Sampling group"),
    ("TRANSFER", "转运隔离组", "Transfer group"),
    ("SUPPLIES", "物资保障组", "Supplies group"),
    ("COMMUNITY", "社区防控组", "Community group"),
    ("DOCUMENTS", "材料组", "Documents group"),
    ("REAR", "综合保障组", "Rear support group"),
)


class CodeTaken(ValueError):
    """Another incident of this compound has that code."""


class IncidentIsClosed(ValueError):
    """The incident is closed: its facts are not changed any more."""


class PostTaken(ValueError):
    """This account already holds this post."""


def get_incident(area_id: int, uuid: UUID) -> Incident:
    """This function will return an incident of the compound. Raises `Incident.DoesNotExist`."""
    return Incident.objects.get(area_id=area_id, uuid=uuid)


def incident_of_post(area_id: int, uuid: UUID) -> Incident:
    """This function will return the incident that a post belongs to. Raises `Incident.DoesNotExist`."""
    return Incident.objects.get(area_id=area_id, groups__posts__uuid=uuid, groups__posts__area_id=area_id)


def incident_of_request(area_id: int, uuid: UUID) -> Incident:
    """This function will return the incident that a zone request belongs to. Raises `Incident.DoesNotExist`."""
    return Incident.objects.get(area_id=area_id, zone_requests__uuid=uuid, zone_requests__area_id=area_id)


def find_open_incident(area_id: int) -> Incident | None:
    """This function will return the newest open incident of the compound, or None."""
    rows = Incident.objects.filter(area_id=area_id, state=Incident.State.OPEN)
    return rows.order_by("-opened_at", "-id").first()


def list_incidents(area_id: int) -> QuerySet[Incident]:
    """This function will return the incidents of a compound, open ones first, then the newest."""
    return Incident.objects.filter(area_id=area_id).order_by("-state", "-opened_at", "-id")


def lock_open_incident(area_id: int, incident_id: int) -> Incident:
    """This function will lock an incident for the running transaction: facts of one incident are written one at a time.

    Raises `IncidentIsClosed` and `Incident.DoesNotExist`.
    """
    incident = Incident.objects.select_for_update().get(area_id=area_id, pk=incident_id)
    if incident.state != Incident.State.OPEN:
        raise IncidentIsClosed(incident.code)
    return incident


def open_incident(
    *,
    area_id: int,
    code: str,
    title: str,
    profile_id: str,
    rule_set_id: str | None = None,
    actor: Actor,
    at: datetime,
) -> Incident:
    """This function will open an incident with its working groups.

    Without `rule_set_id` the profile's own dates decide which rule set holds on a day; with it, that rule set is
    ordered from the opening on. Raises `UnknownProfile`, `UnknownRuleSet`, `NoRuleSet` (no rule set of the profile
    holds today and none was chosen) and `CodeTaken`.
    """
    profile = profile_named(profile_id)
    if rule_set_id:
        rule_set_named(profile, rule_set_id)
    elif rule_set_on(profile, clock.local_date(at)) is None:
        raise NoRuleSet(f"{profile.id} on {clock.local_date(at).isoformat()}")
    try:
        with transaction.atomic():
            incident = _create_incident(area_id, code, title, profile_id, actor=actor, at=at)
            if rule_set_id:
                RuleSetInForce.objects.create(
                    area_id=area_id, incident=incident, rule_set_id=rule_set_id, starts_at=at, decided_by=actor.label
                )
            _tell_opened(incident, rule_set_id or "", actor=actor, at=at)
    except IntegrityError as error:
        if Incident.objects.filter(area_id=area_id, code=code).exists():
            raise CodeTaken(code) from error
        raise
    return incident


def _create_incident(area_id: int, code: str, title: str, profile_id: str, *, actor: Actor, at: datetime) -> Incident:
    incident = Incident.objects.create(
        area_id=area_id, code=code, title=title, profile_id=profile_id, opened_at=at, opened_by=actor.label
    )
    WorkingGroup.objects.bulk_create(
        WorkingGroup(area_id=area_id, incident=incident, code=group, name=name, name_en=name_en)
        for group, name, name_en in GROUPS
    )
    return incident


def _tell_opened(incident: Incident, rule_set_id: str, *, actor: Actor, at: datetime) -> None:
    audit.record(
        "incidents.open",
        actor=actor,
        at=at,
        area_id=incident.area_id,
        target_kind="Incident",
        target_uuid=incident.uuid,
        detail={"profile": incident.profile_id, "rule_set": rule_set_id},
    )
    outbox.publish(IncidentOpened(incident.uuid, incident.profile_id), area_id=incident.area_id, at=at)


def close_incident(
    *, area_id: int, incident_id: int, reason: str, expected_version: int | None = None, actor: Actor, at: datetime
) -> Incident:
    """This function will close an incident; closing a closed one changes nothing.

    Raises `StaleVersion` when somebody else changed it after it was read.
    """
    with transaction.atomic():
        incident = Incident.objects.select_for_update().get(area_id=area_id, pk=incident_id)
        if incident.state == Incident.State.CLOSED:
            return incident
        expected = incident.version if expected_version is None else expected_version
        closed = update_versioned(
            incident, expected, state=Incident.State.CLOSED, closed_at=at, close_reason=reason[:200]
        )
        Post.objects.filter(area_id=area_id, group__incident=incident, ends_at=None).update(ends_at=at)
        audit.record(
            "incidents.close",
            actor=actor,
            at=at,
            area_id=area_id,
            target_kind="Incident",
            target_uuid=incident.uuid,
        )
        outbox.publish(IncidentClosed(incident.uuid), area_id=area_id, at=at)
    return closed


def groups(area_id: int, incident_id: int) -> list[WorkingGroup]:
    """This function will return the working groups of an incident in the order of their opening."""
    return list(WorkingGroup.objects.filter(area_id=area_id, incident_id=incident_id).order_by("id"))


def posts_of(area_id: int, incident_id: int, *, at: datetime) -> list[Post]:
    """This function will return the posts held at a moment, with group and account."""
    rows = Post.objects.filter(area_id=area_id, group__incident_id=incident_id, starts_at__lte=at)
    rows = rows.filter(Q(ends_at=None) | Q(ends_at__gt=at))
    return list(rows.select_related("group", "account").order_by("group_id", "title", "id"))


def accounts_at_hand(area_id: int, *, at: datetime) -> list[Account]:
    """This function will return the accounts that have a role in this compound now, by login."""
    grants = Q(role_grants__area_id=area_id, role_grants__starts_at__lte=at)
    grants &= Q(role_grants__ends_at=None) | Q(role_grants__ends_at__gt=at)
    return list(Account.objects.filter(grants, is_active=True).distinct().order_by("username"))


def assign_post(*, area_id: int, group_uuid: UUID, title: str, account_id: int, actor: Actor, at: datetime) -> Post:
    """This function will give a post to an account that has a role in this compound.

    Raises `PostTaken` when the account holds it already, `WorkingGroup.DoesNotExist`, `Account.DoesNotExist` and
    `IncidentIsClosed`.
    """
    with transaction.atomic():
        group = WorkingGroup.objects.get(area_id=area_id, uuid=group_uuid)
        lock_open_incident(area_id, group.incident_id)
        account = Account.objects.filter(role_grants__area_id=area_id).distinct().get(pk=account_id)
        held = Post.objects.filter(area_id=area_id, group=group, title=title, account=account, ends_at=None)
        if held.exists():
            raise PostTaken(title)
        post = Post.objects.create(area_id=area_id, group=group, title=title, account=account, starts_at=at)
        audit.record(
            "incidents.assign_post",
            actor=actor,
            at=at,
            area_id=area_id,
            target_kind="Post",
            target_uuid=post.uuid,
            detail={"group": group.code, "account": account_id},
        )
    return post


def end_post(*, area_id: int, uuid: UUID, actor: Actor, at: datetime) -> Post:
    """This function will end a post now; ending it twice changes nothing. Raises `Post.DoesNotExist`."""
    with transaction.atomic():
        post = Post.objects.select_for_update().get(area_id=area_id, uuid=uuid)
        if post.ends_at is None:
            Post.objects.filter(pk=post.pk).update(ends_at=at)
            post.ends_at = at
            audit.record(
                "incidents.end_post", actor=actor, at=at, area_id=area_id, target_kind="Post", target_uuid=post.uuid
            )
    return post
