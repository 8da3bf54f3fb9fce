"""Tables that every room stands on: accounts and grants, audit, outbox and queue, receipts, data keys.

Do not add domain tables here: what two field rooms share is a fact (`incidents`) or work (`dispatch`).
"""

from datetime import timedelta
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models

from tongxin.base.actors import ScopeKind
from tongxin.base.ids import new_uuid
from tongxin.base.marks import IDENTITY, REACH, WORK, marked

AREA_FIELDS = "id uuid area_id"


class AreaModel(models.Model):
    """A row that belongs to one compound. `area_id` is in every unique key, so that a city can be split by it.

    Subclasses write `class Meta(AreaModel.Meta)` and extend `AreaModel.Meta.constraints`.
    """

    uuid = models.UUIDField(default=new_uuid, editable=False)
    area_id = models.PositiveIntegerField()

    class Meta:
        abstract = True
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["area_id", "uuid"], name="%(app_label)s_%(class)s_uuid")
        ]


class VersionedModel(AreaModel):
    """A row that two officers may edit: writes go through `api.update_versioned` with the version that was read."""

    version = models.PositiveIntegerField(default=1)

    class Meta(AreaModel.Meta):
        abstract = True


class SubjectModel(AreaModel):
    """A row with sealed fields: `subject_uuid` says whose data key seals them."""

    subject_uuid = models.UUIDField(editable=False, db_index=True)

    class Meta(AreaModel.Meta):
        abstract = True


class Account(AbstractUser):
    """A login. Roles are in `RoleGrant`; Django's own groups and permissions are not used."""

    uuid = models.UUIDField(default=new_uuid, editable=False, unique=True)
    language = models.CharField(max_length=10, default="zh-hans")
    is_large_print = models.BooleanField(default=False)
    must_change_password = models.BooleanField(default=False)

    marks = marked(
        "id uuid password is_superuser is_staff is_active date_joined last_login groups user_permissions language"
        " is_large_print must_change_password",
        username=IDENTITY,
        first_name=IDENTITY,
        last_name=IDENTITY,
        email=REACH,
    )


class RoleGrant(AreaModel):
    """One role of one account in one compound, with its scope and its time.

    `scope_id` is a grid or building id (those tables are above this room, hence no foreign key); 0 stands for
    the whole scope kind.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="role_grants")
    role = models.CharField(max_length=20)
    scope_kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in ScopeKind])
    scope_id = models.PositiveBigIntegerField(default=0)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    marks = marked("id uuid area_id account role scope_kind scope_id starts_at ends_at")

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["area_id", "account", "role", "scope_kind", "scope_id"],
                condition=models.Q(ends_at=None),
                name="base_rolegrant_open",
            ),
        ]


class LoginFailure(models.Model):
    """A wrong password or code: keyed digests only, gone after some hours (see `lockout`). Of no compound."""

    login = models.CharField(max_length=32)
    device = models.CharField(max_length=32)
    trail = models.CharField(max_length=32)
    is_known = models.BooleanField()
    at = models.DateTimeField()

    marks = marked("id login device trail is_known at")

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["login", "at"], name="base_loginfailure_login"),
            models.Index(fields=["device", "at"], name="base_loginfailure_device"),
            models.Index(fields=["trail", "at"], name="base_loginfailure_trail"),
            models.Index(fields=["at"], name="base_loginfailure_at"),
        ]


class KnownDevice(models.Model):
    """A device on which the owner of an account has signed in, as a digest of its cookie."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    device = models.CharField(max_length=32)
    last_at = models.DateTimeField()

    marks = marked("id account device last_at")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["account", "device"], name="base_knowndevice_device")
        ]


class DataKey(models.Model):
    """One person's data key, wrapped. An empty `wrapped` with `destroyed_at` set is an erased person."""

    area_id = models.PositiveIntegerField()
    subject_uuid = models.UUIDField()
    wrapped = models.BinaryField()
    destroyed_at = models.DateTimeField(null=True)

    marks = marked("id area_id subject_uuid wrapped destroyed_at")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["area_id", "subject_uuid"], name="base_datakey_subject")
        ]


class AuditHead(models.Model):
    """The end of a compound's audit chain; locked while an entry is added, so that the chain has no forks."""

    area_id = models.PositiveIntegerField(unique=True)
    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="")

    marks = marked("id area_id seq hash")


class AuditEntry(models.Model):
    """One deed or one look at personal detail. Append-only: database triggers refuse UPDATE and DELETE.

    `detail` holds codes, ids and counts, never names or phones.
    """

    area_id = models.PositiveIntegerField()
    seq = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=160)
    account_id = models.BigIntegerField(null=True)
    action = models.CharField(max_length=80)
    target_kind = models.CharField(max_length=40)
    target_uuid = models.UUIDField(null=True)
    detail = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    marks = marked(
        "id area_id seq at action target_kind target_uuid detail previous_hash hash",
        actor=IDENTITY,
        account_id=IDENTITY,
    )

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["area_id", "seq"], name="base_auditentry_seq")
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["area_id", "target_uuid"], name="base_audit_target"),
            models.Index(fields=["area_id", "at"], name="base_audit_at"),
        ]


class OutboxEvent(AreaModel):
    """A notice that a room gave, written in the same transaction as the change it tells of."""

    kind = models.CharField(max_length=80)
    payload = models.JSONField()
    at = models.DateTimeField()

    marks = marked(f"{AREA_FIELDS} kind payload at")

    class Meta(AreaModel.Meta):
        indexes: ClassVar[list[Any]] = [models.Index(fields=["area_id", "kind", "at"], name="base_outbox_kind")]


class QueueItem(AreaModel):
    """One delivery of an event to one hearer, or one background job: the same leased queue for both.

    Claimed by a conditional UPDATE with a lease; the handler's effects and DONE commit together. After five
    failed tries it is PARKED on a page that a person sees. `key` makes enqueueing idempotent.
    """

    class State(models.TextChoices):
        WAITING = "WAITING"
        RUNNING = "RUNNING"
        DONE = "DONE"
        PARKED = "PARKED"
        CANCELLED = "CANCELLED"

    event = models.ForeignKey(OutboxEvent, null=True, on_delete=models.CASCADE, related_name="deliveries")
    handler = models.CharField(max_length=120)
    key = models.CharField(max_length=120)
    payload = models.JSONField(default=dict)
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    run_after = models.DateTimeField()
    lease_token = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
    error = models.TextField(default="", blank=True)
    progress = models.PositiveSmallIntegerField(default=0)
    progress_note = models.CharField(max_length=200, default="", blank=True)
    is_cancel_asked = models.BooleanField(default=False)
    result = models.JSONField(default=dict)
    finished_at = models.DateTimeField(null=True)

    marks = marked(
        f"{AREA_FIELDS} event handler key payload at state tries run_after lease_token leased_until error progress"
        " progress_note is_cancel_asked result finished_at"
    )

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "handler", "key"], name="base_queueitem_key"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["run_after"],
                condition=models.Q(state__in=["WAITING", "RUNNING"]),
                name="base_queueitem_due",
            ),
            models.Index(fields=["area_id", "state"], name="base_queueitem_state"),
        ]


class Receipt(models.Model):
    """What was answered to an operation: the same op id with the same body gets the same receipt again."""

    area_id = models.PositiveIntegerField()
    op_id = models.UUIDField()
    body_hash = models.CharField(max_length=64)
    kind = models.CharField(max_length=80)
    at = models.DateTimeField()
    account_id = models.BigIntegerField(null=True)
    device_id = models.CharField(max_length=64, default="", blank=True)
    device_seq = models.BigIntegerField(null=True)
    device_time = models.DateTimeField(null=True)
    receipt = models.JSONField(default=dict)

    marks = marked("id area_id op_id body_hash kind at device_id device_seq device_time receipt", account_id=WORK)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["area_id", "op_id"], name="base_receipt_op")
        ]


#: How long a claimed delivery stays claimed; a crashed worker's item is free again afterwards.
LEASE = timedelta(seconds=60)
