"""What a merge moves from the row that goes to the row that stays, and how that is taken back."""

from __future__ import annotations

from tongxin.community.intake.digests import id_digest, phone_digest
from tongxin.community.models import Person

#: A gap in these columns of the row that stays is filled from the row that goes; what stands there stays.
FILLED_COLUMNS = (
    *("phone", "phone_2", "birth_date", "id_number", "family_contact", "note"),
    *("id_kind", "external_code", "language", "birth_year", "department_id"),
)


def fill_gaps(kept: Person, gone: Person) -> list[str]:
    """This function will fill the gaps of `kept` from `gone` in memory, and return the columns that it filled."""
    filled = []
    for column in FILLED_COLUMNS:
        if getattr(kept, column) in ("", None) and getattr(gone, column) not in ("", None):
            setattr(kept, column, getattr(gone, column))
            filled.append(column)
    if kept.sex == Person.Sex.UNKNOWN and gone.sex != Person.Sex.UNKNOWN:
        kept.sex = gone.sex
        filled.append("sex")
    set_digests(kept, filled)
    return filled


def empty_again(kept: Person, filled: list[str]) -> None:
    """This function will take back what `fill_gaps` filled, in memory."""
    for column in filled:
        if column == "sex":
            kept.sex = Person.Sex.UNKNOWN
        elif column in FILLED_COLUMNS:
            setattr(kept, column, None if column in ("birth_year", "department_id") else "")
    set_digests(kept, filled)


def set_digests(person: Person, changed: list[str]) -> None:
    """This function will renew the blind indexes of the columns that changed, and name them in `changed`."""
    if "id_number" in changed:
        person.id_index = id_digest(person.area_id, person.id_number)
        if "id_index" not in changed:
            changed.append("id_index")
    if "phone" in changed:
        person.phone_index = phone_digest(person.area_id, person.phone)
        if "phone_index" not in changed:
            changed.append("phone_index")
