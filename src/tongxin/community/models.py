"""Places from compound to dwelling, people and households over time, departments, special care, imports.

What not to do here: nothing about an outbreak. Whether a person is a case or a building is sealed is a fact of an
incident (`incidents`). Names, phones and ID numbers are sealed under the person's own data key; search them through
blind indexes, never by LIKE.
"""

from typing import Any, ClassVar

from django.db import models

from tongxin.base.fields import EncryptedTextField
from tongxin.base.marks import HEALTH, ID_NUMBER, IDENTITY, REACH, marked
from tongxin.base.models import AREA_FIELDS, AreaModel, SubjectModel, VersionedModel


class Compound(VersionedModel):
    """The area itself: one row an `area_id`."""

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, default="", blank=True)

    marks = marked(f"{AREA_FIELDS} version code name name_en")

    class Meta(VersionedModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *VersionedModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id"], name="community_compound_area"),
            models.UniqueConstraint(fields=["area_id", "code"], name="community_compound_code"),
        ]


class Grid(VersionedModel):
    """An area with a leader; buildings belong to one grid."""

    number = models.CharField(max_length=20)
    name = models.CharField(max_length=80, default="", blank=True)

    marks = marked(f"{AREA_FIELDS} version number name")

    class Meta(VersionedModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *VersionedModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "number"], name="community_grid_number"),
        ]


class Building(VersionedModel):
    """A building; `outline` is a list of [x, y] metres on the site plan, `x`/`y` its middle."""

    number = models.CharField(max_length=40)
    name = models.CharField(max_length=80, default="", blank=True)
    grid = models.ForeignKey(Grid, null=True, blank=True, on_delete=models.PROTECT, related_name="buildings")
    floors = models.PositiveSmallIntegerField(default=0)
    has_lift = models.BooleanField(default=False)
    x = models.FloatField(null=True, blank=True)
    y = models.FloatField(null=True, blank=True)
    outline = models.JSONField(default=list, blank=True)
    sort_key = models.CharField(max_length=60, default="", blank=True)

    marks = marked(f"{AREA_FIELDS} version number name grid floors has_lift x y outline sort_key")

    class Meta(VersionedModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *VersionedModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "number"], name="community_building_number"),
        ]


class Entrance(AreaModel):
    """A stairwell (单元) of a building. A building without entrances has one whose number is empty."""

    building = models.ForeignKey(Building, on_delete=models.PROTECT, related_name="entrances")
    number = models.CharField(max_length=20, default="", blank=True)
    x = models.FloatField(null=True, blank=True)
    y = models.FloatField(null=True, blank=True)

    marks = marked(f"{AREA_FIELDS} building number x y")

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "building", "number"], name="community_entrance_number"),
        ]


class Dwelling(AreaModel):
    """A flat or house; `door` is how people write it (18-1-302, or 41 for a house that has only a number)."""

    entrance = models.ForeignKey(Entrance, on_delete=models.PROTECT, related_name="dwellings")
    room = models.CharField(max_length=20, default="", blank=True)
    floor = models.SmallIntegerField(null=True, blank=True)
    door = models.CharField(max_length=80)
    sort_key = models.CharField(max_length=100, default="", blank=True)

    marks = marked(f"{AREA_FIELDS} entrance room floor door sort_key")

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "door"], name="community_dwelling_door"),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["area_id", "sort_key"], name="community_dwelling_sort")]


class Department(AreaModel):
    """Where people work or learn: a department, a work unit, a school class."""

    class Kind(models.TextChoices):
        DEPARTMENT = "DEPARTMENT"
        WORK_UNIT = "WORK_UNIT"
        SCHOOL_CLASS = "SCHOOL_CLASS"

    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.DEPARTMENT)
    name = models.CharField(max_length=120)

    marks = marked(f"{AREA_FIELDS} kind name")

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "kind", "name"], name="community_department_name"),
        ]


class Person(SubjectModel, VersionedModel):
    """A resident or somebody who works here.

    `dwelling`, `entrance`, `building` and `grid` are where the person lives now, kept by the api beside
    `Residence` (the history), so that scoped lists need no joins. `subject_uuid` equals `uuid`.
    """

    class Sex(models.TextChoices):
        MALE = "M"
        FEMALE = "F"
        UNKNOWN = "U"

    name = EncryptedTextField()
    name_index = models.CharField(max_length=32, default="", blank=True)
    sex = models.CharField(max_length=1, choices=Sex.choices, default=Sex.UNKNOWN)
    birth_year = models.PositiveSmallIntegerField(null=True, blank=True)
    birth_date = EncryptedTextField()
    id_kind = models.CharField(max_length=20, default="", blank=True)
    id_number = EncryptedTextField()
    id_index = models.CharField(max_length=32, default="", blank=True)
    phone = EncryptedTextField()
    phone_index = models.CharField(max_length=32, default="", blank=True)
    phone_2 = EncryptedTextField()
    family_contact = EncryptedTextField()
    note = EncryptedTextField()
    external_code = models.CharField(max_length=60, default="", blank=True)
    dwelling = models.ForeignKey(Dwelling, null=True, blank=True, on_delete=models.PROTECT, related_name="people")
    entrance = models.ForeignKey(Entrance, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    building = models.ForeignKey(Building, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    grid = models.ForeignKey(Grid, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    sort_key = models.CharField(max_length=110, default="", blank=True)
    department = models.ForeignKey(Department, null=True, blank=True, on_delete=models.SET_NULL, related_name="people")
    language = models.CharField(max_length=40, default="", blank=True)
    lives_alone = models.BooleanField(default=False)
    is_to_verify = models.BooleanField(default=False)
    moved_out_at = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    erased_at = models.DateTimeField(null=True, blank=True)
    source_hash = models.CharField(max_length=64, default="", blank=True)

    marks = marked(
        f"{AREA_FIELDS} version subject_uuid is_to_verify moved_out_at merged_into erased_at source_hash sort_key",
        name=IDENTITY,
        name_index=IDENTITY,
        sex=IDENTITY,
        birth_year=IDENTITY,
        birth_date=IDENTITY,
        id_kind=IDENTITY,
        id_number=ID_NUMBER,
        id_index=ID_NUMBER,
        phone=REACH,
        phone_index=REACH,
        phone_2=REACH,
        family_contact=REACH,
        note=HEALTH,
        external_code=IDENTITY,
        dwelling=REACH,
        entrance=REACH,
        building=REACH,
        grid=REACH,
        department=IDENTITY,
        language=IDENTITY,
        lives_alone=HEALTH,
    )

    class Meta(VersionedModel.Meta):
        constraints: ClassVar[list[Any]] = [*VersionedModel.Meta.constraints]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["area_id", "sort_key"], name="community_person_sort"),
            models.Index(fields=["area_id", "grid", "sort_key"], name="community_person_grid"),
            models.Index(fields=["area_id", "entrance", "sort_key"], name="community_person_entrance"),
            models.Index(fields=["area_id", "dwelling"], name="community_person_dwelling"),
            models.Index(fields=["area_id", "department"], name="community_person_dept"),
            models.Index(fields=["area_id", "id_index"], name="community_person_id"),
            models.Index(fields=["area_id", "phone_index"], name="community_person_phone"),
            models.Index(fields=["area_id", "external_code"], name="community_person_code"),
        ]


class Residence(AreaModel):
    """Who lived where from when to when; the household of a day is everybody with the same dwelling that day."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="residences")
    dwelling = models.ForeignKey(Dwelling, on_delete=models.PROTECT, related_name="residences")
    relation = models.CharField(max_length=40, default="", blank=True)
    household_number = models.CharField(max_length=40, default="", blank=True)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=20, default="", blank=True)

    marks = marked(
        f"{AREA_FIELDS}",
        person=REACH,
        dwelling=REACH,
        relation=IDENTITY,
        household_number=IDENTITY,
        starts_at=REACH,
        ends_at=REACH,
        end_reason=REACH,
    )

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["area_id", "person"], condition=models.Q(ends_at=None), name="community_residence_open"
            ),
        ]


class SearchToken(models.Model):
    """Blind search: HMAC of a name, of pinyin initials (all readings, and their prefixes), of a phone's tail."""

    area_id = models.PositiveIntegerField()
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="search_tokens")
    token = models.CharField(max_length=32)

    marks = marked("id area_id", person=IDENTITY, token=IDENTITY)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["area_id", "token", "person"], name="community_searchtoken_token")
        ]


class SpecialCare(SubjectModel):
    """Why a person needs more than others: a class of the special-care list, with sealed particulars.

    `code` is one of `rules.CARE_CODES` (RETIRED_LEADER, ACADEMICIAN, RETIRED_STAFF, DIALYSIS, PREGNANT, BEDRIDDEN…).
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="special_care")
    code = models.CharField(max_length=30)
    detail = EncryptedTextField()
    medicine_days_left = models.PositiveSmallIntegerField(null=True, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    start_reason = models.CharField(max_length=20, default="", blank=True)
    end_reason = models.CharField(max_length=20, default="", blank=True)

    marks = marked(
        f"{AREA_FIELDS} subject_uuid",
        start_reason=HEALTH,
        end_reason=HEALTH,
        person=HEALTH,
        code=HEALTH,
        detail=HEALTH,
        medicine_days_left=HEALTH,
        starts_at=HEALTH,
        ends_at=HEALTH,
    )

    class Meta(SubjectModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *SubjectModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["area_id", "person", "code"],
                condition=models.Q(ends_at=None),
                name="community_specialcare_open",
            ),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["area_id", "code"], name="community_specialcare_code")]


class VerifyItem(AreaModel):
    """One doubt about one field of one person (待核实): the field was left empty and somebody has to ask."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="verify_items")
    field = models.CharField(max_length=40)
    reason = models.CharField(max_length=60)
    opened_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)

    marks = marked(f"{AREA_FIELDS} field reason opened_at resolved_at", person=IDENTITY)

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["area_id", "person", "field"],
                condition=models.Q(resolved_at=None),
                name="community_verifyitem_open",
            ),
        ]


class MergeCandidate(AreaModel):
    """Two rows that may be one person. `undo` holds ids (no names) to take a merge back."""

    class State(models.TextChoices):
        OPEN = "OPEN"
        MERGED = "MERGED"
        DIFFERENT = "DIFFERENT"

    first = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    score = models.PositiveSmallIntegerField()
    reasons = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    found_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=160, default="", blank=True)
    undo = models.JSONField(default=dict)

    marks = marked(
        f"{AREA_FIELDS} score reasons state found_at decided_at undo",
        first=IDENTITY,
        second=IDENTITY,
        decided_by=IDENTITY,
    )

    class Meta(AreaModel.Meta):
        constraints: ClassVar[list[Any]] = [
            *AreaModel.Meta.constraints,
            models.UniqueConstraint(fields=["area_id", "first", "second"], name="community_mergecandidate_pair"),
        ]


class ImportRun(AreaModel):
    """One import of a ledger: what was asked, what came out. The file lies sealed in `TONGXIN_HOME/imports`."""

    class State(models.TextChoices):
        UPLOADED = "UPLOADED"
        RUNNING = "RUNNING"
        DONE = "DONE"
        REFUSED = "REFUSED"

    kind = models.CharField(max_length=20)
    file_hash = models.CharField(max_length=64)
    file_suffix = models.CharField(max_length=8)
    mapping = models.JSONField(default=dict, blank=True)
    is_dry_run = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.UPLOADED)
    error = models.JSONField(default=dict, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    uploaded_by = models.CharField(max_length=160)
    uploaded_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    has_marked_copy = models.BooleanField(default=False)
    files_deleted_at = models.DateTimeField(null=True, blank=True)
    job_uuid = models.UUIDField(null=True, blank=True)

    marks = marked(
        f"{AREA_FIELDS} job_uuid kind file_hash file_suffix mapping is_dry_run state error counts uploaded_at finished_at"
        " has_marked_copy files_deleted_at",
        uploaded_by=IDENTITY,
    )
