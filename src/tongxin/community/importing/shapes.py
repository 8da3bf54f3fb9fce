"""The records that the parts of the importer hand to each other."""

from __future__ import annotations

from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import date, datetime
from enum import StrEnum

Cell = str | int | float | bool | date | datetime | None
"""One cell as the file holds it. Integers of 16 digits or more keep every digit."""

FieldValue = str | int | float | bool | date | tuple[str, ...]


class ImportKind(StrEnum):
    """What a ledger lists."""

    PEOPLE = "people"
    RESPONDERS = "responders"
    SPECIAL_CARE = "special-care"


class Field(StrEnum):
    """A thing that a column can mean."""

    TONGXIN_ID = "tongxin_id"
    EXTERNAL_CODE = "external_code"
    SERIAL = "serial"
    NAME = "name"
    SEX = "sex"
    BIRTH_DATE = "birth_date"
    BIRTH_YEAR = "birth_year"
    AGE = "age"
    ID_TYPE = "id_type"
    ID_NUMBER = "id_number"
    PHONE = "phone"
    PHONE_SECOND = "phone_second"
    GRID = "grid"
    ADDRESS = "address"
    BUILDING = "building"
    ENTRANCE = "entrance"
    FLOOR = "floor"
    DWELLING = "dwelling"
    HOUSEHOLD_NUMBER = "household_number"
    HOUSEHOLD_HEAD = "household_head"
    RELATION_TO_HEAD = "relation_to_head"
    RESIDENCE_TYPE = "residence_type"
    NATIONALITY = "nationality"
    ETHNIC_GROUP = "ethnic_group"
    DEPARTMENT = "department"
    WORK_UNIT = "work_unit"
    OCCUPATION = "occupation"
    SCHOOL_CLASS = "school_class"
    X_M = "x_m"
    Y_M = "y_m"
    SPECIAL_CARE_CLASSES = "special_care_classes"
    LIVES_ALONE = "lives_alone"
    CHRONIC_ILLNESS = "chronic_illness"
    MEDICINE_DAYS_LEFT = "medicine_days_left"
    MOBILITY = "mobility"
    DIALECT = "dialect"
    FAMILY_CONTACT_NAME = "family_contact_name"
    FAMILY_CONTACT_PHONE = "family_contact_phone"
    LIAISON_NAME = "liaison_name"
    LIAISON_DEPUTY_NAME = "liaison_deputy_name"
    RESPONDER_KIND = "responder_kind"
    SKILLS = "skills"
    HOME_DEPARTMENT = "home_department"
    SECONDED_TO = "seconded_to"
    AVAILABLE_WINDOWS = "available_windows"
    NOTE = "note"
    IMPORT_RESULT = "import_result"


class Fate(StrEnum):
    """What the importer thinks should become of a row; the caller decides."""

    OK = "ok"
    DOUBTFUL = "doubtful"
    REFUSED = "refused"
    IGNORED = "ignored"


class Severity(StrEnum):
    """How much a reason weighs: a note changes nothing, a doubt puts the person on 待核实."""

    NOTE = "note"
    DOUBT = "doubt"
    REFUSAL = "refusal"
    IGNORE = "ignore"


class SheetRole(StrEnum):
    """What a sheet is for."""

    PEOPLE = "people"
    EXPLANATION = "explanation"
    EMPTY = "empty"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Merged:
    """A merged range, zero-based, both ends inside."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet from A1 on: ``rows[0]`` is row 1 of the file, all rows equally long."""

    name: str
    rows: tuple[tuple[Cell, ...], ...]
    merged: tuple[Merged, ...] = ()
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Workbook:
    """Everything that was read from one upload."""

    sheets: tuple[Sheet, ...]
    format: str  # "xlsx" or "csv"
    encoding: str = ""  # csv only
    delimiter: str = ""  # csv only


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a row is not simply right. ``params`` hold codes and counts, never personal data."""

    code: str
    field: Field | None = None
    params: AbstractMapping[str, str | int] = attribute(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody lives, in canonical parts; empty text where a part is not known.

    ``text`` holds an address that nobody could take apart; then all parts are empty.
    """

    building: str = ""
    entrance: str = ""
    floor: int | None = None
    dwelling: str = ""
    household: str = ""
    text: str = ""

    @property
    def door(self) -> str:
        """The short door, ``18-1-302``; for a place that is only a household its number."""
        parts = [part for part in (self.building, self.entrance, self.dwelling) if part]
        return "-".join(parts) or self.household or self.text

    def __bool__(self) -> bool:
        return bool(self.door)


@dataclass(frozen=True, slots=True)
class Column:
    """What one column is taken for. ``confidence`` runs from 0 to 1; 1 = exact synonym or user."""

    index: int
    title: str
    field: Field | None
    confidence: float
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mapping:
    """Which column means what in one table; a user may change it before the rows are planned."""

    columns: tuple[Column, ...]

    def field_at(self, index: int) -> Field | None:
        """The field of the column, or None if the column is not used."""
        return next((c.field for c in self.columns if c.index == index), None)

    def index_of(self, wanted: Field) -> int | None:
        """The zero-based column of the field, or None."""
        return next((c.index for c in self.columns if c.field is wanted), None)

    def with_field(self, index: int, wanted: Field | None) -> Mapping:
        """A copy in which the column means ``wanted``; another column loses that meaning."""
        changed = []
        for column in self.columns:
            if column.index == index:
                column = Column(index, column.title, wanted, 1.0, column.examples)
            elif wanted is not None and column.field is wanted:
                column = Column(column.index, column.title, None, 1.0, column.examples)
            changed.append(column)
        return Mapping(tuple(changed))


@dataclass(frozen=True, slots=True)
class Table:
    """One list inside a sheet. Rows are zero-based; ``first_row`` to ``end_row`` (exclusive) is data.

    ``context`` is the place that a title row or the sheet's name gives to all rows. Where a
    row holds several people side by side, each has a table of its own; ``own_columns`` are then
    the columns of this one, and a row that has nothing in them holds nobody here.
    """

    sheet: str
    header_row: int
    header_end: int
    first_row: int
    end_row: int
    mapping: Mapping
    context: Place = Place()
    own_columns: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """What a sheet is, its tables and its first rows as text for the preview."""

    sheet: str
    role: SheetRole
    tables: tuple[Table, ...] = ()
    preview: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """One row that held, or seemed to hold, a person. ``row`` is the number that Excel shows."""

    sheet: str
    row: int
    fields: AbstractMapping[Field, FieldValue]
    place: Place
    fate_hint: Fate
    reasons: tuple[Reason, ...]

    @property
    def name(self) -> str:
        """The cleaned name, empty if there is none."""
        return str(self.fields.get(Field.NAME, ""))


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A person as the duplicate search sees one, from a row or from the database.

    ``key`` is the caller's own; digests come from the caller, so that numbers stay hidden.
    """

    key: str
    name: str
    door: str = ""
    id_digest: str = ""
    phone_digests: tuple[str, ...] = ()
    birth_date: date | None = None
    sex: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two that may be one person: why, and how sure (0 to 1). Never a reason to hold an import."""

    left: str
    right: str
    score: float
    reasons: tuple[str, ...]
