"""Puts the place of a row together from its columns, the titles above it and the row before."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from tongxin.community.importing import addresses
from tongxin.community.importing.cells import as_text, is_blank_word, simplified
from tongxin.community.importing.shapes import Cell, Field, Place
from tongxin.community.importing.values import RowDraft, checked_text

PLACE_FIELDS = (
    Field.BUILDING,
    Field.ENTRANCE,
    Field.FLOOR,
    Field.DWELLING,
    Field.ADDRESS,
)
_HEAD_WORDS = frozenset(["户主", "本人", "业主", "房主", "head", "self", "householder"])
_VILLA = re.compile("院|别墅")


def read_place(
    draft: RowDraft,
    cells_of: Mapping[Field, Cell],
    context: Place,
    above: Place,
    households: Mapping[str, Place],
) -> Place:
    """This function will give the place of a row and tell what is doubtful about it.

    ``context`` comes from a title; ``above`` is the place of the row before, empty unless this
    row belongs to the same household. ``households`` are the places told so far by household number;
    the number alone is a place only in a ledger that has no columns for places at all.
    """
    place = _from_columns(draft, cells_of, context)
    household = str(draft.fields.get(Field.HOUSEHOLD_NUMBER, ""))
    if not place and (not household or (cells_of and Field.TONGXIN_ID not in draft.fields)):
        if household in households:
            draft.tell("place_from_household")
            return households[household]
        if above:
            # A row that says 妻 or 子 tells itself that it belongs to the household above.
            is_member = not is_blank_word(str(draft.fields.get(Field.RELATION_TO_HEAD, "")))
            draft.tell("place_of_household_above" if is_member else "place_from_row_above")
        return above or (context if context.building and context.entrance else Place())
    if not place.building and not place.text and place.door and context.building:
        place, _ = addresses.joined(place, context)
        draft.tell("place_from_title")
    elif place.building == context.building and not place.entrance and context.entrance:
        place = replace(place, entrance=context.entrance)
    if household:
        place = replace(place, household=household)
    _judge(draft, place, cells_of)
    return place


def _from_columns(draft: RowDraft, cells_of: Mapping[Field, Cell], context: Place) -> Place:
    place = Place()
    for where in (Field.BUILDING, Field.ENTRANCE, Field.DWELLING, Field.ADDRESS):
        value = cells_of.get(where)
        text = _address_text(draft, where, value)
        if not text:
            continue
        read = _read_part(where, text, has_building=bool(place.building or context.building))
        if where is Field.ADDRESS and place.building and place.dwelling and not read.dwelling:
            continue  # the street that all have in common, beside columns that say more
        if where in (Field.BUILDING, Field.ENTRANCE) and _has_room(cells_of):
            read = _without_room(read)
        place, contradicts = addresses.joined(place, read)
        if contradicts:
            draft.tell("place_contradiction", where)
    floor = re.search(r"-?\d{1,3}", as_text(cells_of.get(Field.FLOOR)))
    if floor:
        place = replace(place, floor=int(floor[0]))
    return place


def _has_room(cells_of: Mapping[Field, Cell]) -> bool:
    return not is_blank_word(as_text(cells_of.get(Field.DWELLING)))


def _without_room(read: Place) -> Place:
    """Reads 18-1 in a column 楼栋单元 beside a column of rooms: the second part is the entrance."""
    if read.building and not read.entrance and re.fullmatch(r"\d{1,2}|[A-Z]", read.dwelling):
        return Place(building=read.building, entrance=read.dwelling)
    return read


def _read_part(where: Field, text: str, *, has_building: bool) -> Place:
    if where is Field.BUILDING:
        return addresses.parse_building_cell(text)
    if where is Field.ENTRANCE:
        entrance = addresses.parse_entrance_cell(text)
        return Place(entrance=entrance) if entrance else addresses.parse_address(text)
    if where is Field.DWELLING:
        return addresses.parse_room_cell(text, has_building=has_building)
    return addresses.parse_address(text)


def _address_text(draft: RowDraft, where: Field, value: Cell) -> str:
    if isinstance(value, date):
        # 8-1-3 typed into a cell becomes 3 January 2008; datetime is a date as well.
        draft.tell("place_became_date", where)
        return f"{value.year % 100}-{value.month}-{value.day}"
    return checked_text(draft, where, value)[:200]


def may_share_door(draft: RowDraft, *, has_head_column: bool, is_told_by_gaps: bool) -> bool:
    """This function will say whether a row without a place belongs to the household above it.

    It does if it names a relation to a head; or if the ledger has a column for heads or household
    numbers, and this row leaves it empty as well; or if the gap is all by which this ledger tells households.
    """
    if is_told_by_gaps:
        return True
    relation = simplified(str(draft.fields.get(Field.RELATION_TO_HEAD, ""))).lower()
    if not is_blank_word(relation):
        return relation not in _HEAD_WORDS
    own = draft.fields.keys() & {Field.HOUSEHOLD_HEAD, Field.HOUSEHOLD_NUMBER}
    return has_head_column and not own


def _judge(draft: RowDraft, place: Place, cells_of: Mapping[Field, Cell]) -> None:
    if place.text:
        draft.tell("place_not_understood", Field.ADDRESS)
    elif place.dwelling and not place.building:
        draft.tell("place_incomplete", Field.BUILDING)
    elif place.building and not place.dwelling:
        expects = Field.DWELLING in cells_of or Field.ADDRESS in cells_of
        if expects and not _VILLA.search(place.building) and not place.household:
            draft.tell("place_incomplete", Field.DWELLING)
