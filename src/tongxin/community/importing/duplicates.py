"""Finds rows that may be one person, among themselves and against those already known.

Nothing here holds an import up: the pairs go to a queue where a person decides. Every rule is
a blocking key, so that 10,000 against 10,000 stays a matter of a second.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import lru_cache
from itertools import combinations

from rapidfuzz import fuzz

from tongxin.community.importing.cells import name_key
from tongxin.community.importing.shapes import Fate, Field, KnownPerson, Pair, ParsedRow
from tongxin.community.readings import usual_reading

SIMILAR_NAME = 82.0
"""rapidfuzz ratio from which two spellings count as similar; 王建国/王建军 have 67 and do not."""
MAX_BLOCK = 60
"""Above this a shared phone or door (a dormitory, a desk) says nothing about similar names."""


def row_key(row: ParsedRow) -> str:
    """This function will give the key under which a row appears in pairs: ``sheet!row``."""
    return f"{row.sheet}!{row.row}"


def known_from_rows(rows: Iterable[ParsedRow], *, digest: Callable[[str], str]) -> tuple[KnownPerson, ...]:
    """This function will turn the rows that come in into what the search compares.

    ``digest`` hides ID and phone numbers in the same way as the caller's stored ones.
    """
    people = []
    for row in rows:
        if row.fate_hint in (Fate.REFUSED, Fate.IGNORED):
            continue
        phones = [str(row.fields[f]) for f in (Field.PHONE, Field.PHONE_SECOND) if f in row.fields]
        number = str(row.fields.get(Field.ID_NUMBER, ""))
        born = row.fields.get(Field.BIRTH_DATE)
        people.append(
            KnownPerson(
                key=row_key(row),
                name=row.name,
                door=row.place.door,
                id_digest=digest(number) if number else "",
                phone_digests=tuple(digest(phone) for phone in phones),
                birth_date=born if isinstance(born, date) else None,
                sex=str(row.fields.get(Field.SEX, "")),
            )
        )
    return tuple(people)


def find_pairs(
    new: Sequence[KnownPerson], known: Sequence[KnownPerson] = (), *, least: float = 0.6
) -> tuple[Pair, ...]:
    """This function will give the pairs, surest first: new with new, and new with known.

    Known people are not compared with each other. ``least`` is the lowest score reported.
    """
    people = [*new, *known]
    border = len(new)
    seen: set[tuple[int, int]] = set()
    pairs: list[Pair] = []
    for block in _blocks(people):
        for left, right in combinations(block, 2):
            if left >= border or (left, right) in seen:
                continue
            seen.add((left, right))
            score, reasons = compare(people[left], people[right])
            if score >= least:
                pairs.append(Pair(people[left].key, people[right].key, score, reasons))
    return tuple(sorted(pairs, key=lambda pair: (-pair.score, pair.left, pair.right)))


def compare(one: KnownPerson, other: KnownPerson) -> tuple[float, tuple[str, ...]]:
    """This function will score two people and say why.

    Two different ID numbers that both passed their check are two people, whatever else agrees.
    """
    if one.id_digest and one.id_digest == other.id_digest:
        return 1.0, ("same_id",)
    if one.id_digest and other.id_digest:
        return 0.0, ()
    if one.sex and other.sex and one.sex != other.sex:
        return 0.0, ()
    same, sound, alike = _names(one.name, other.name)
    phone = bool(set(one.phone_digests) & set(other.phone_digests))
    door = bool(one.door) and one.door == other.door
    both_born = one.birth_date is not None and other.birth_date is not None
    born = both_born and one.birth_date == other.birth_date
    candidates = (
        (phone and same, 0.95, "same_phone_and_name"),
        (door and same, 0.9, "same_door_and_name"),
        (same and born, 0.85, "same_name_and_birth_date"),
        (phone and (sound or alike), 0.85, "same_phone_and_similar_name"),
        (door and sound and not same, 0.8, "same_door_and_sound"),
        (door and alike and not same and not sound, 0.7, "same_door_and_similar_name"),
    )
    hits = [(score, code) for holds, score, code in candidates if holds]
    if not hits:
        return 0.0, ()
    best = max(score for score, _ in hits)
    reasons = tuple(code for _, code in hits)
    if both_born and not born:
        # Father and son may share a name and a door, hardly ever a birthday.
        return round(best - 0.3, 2), reasons
    if born and "same_name_and_birth_date" not in reasons:
        return round(min(best + 0.05, 0.99), 2), (*reasons, "same_birth_date")
    return best, reasons


def _names(one: str, other: str) -> tuple[bool, bool, bool]:
    left, right = name_key(one), name_key(other)
    if left == right:
        return True, True, True
    sound = len(left) == len(right) and _sound(left) == _sound(right)
    alike = fuzz.ratio(left, right) >= SIMILAR_NAME
    if not alike and left.isascii() and right.isascii():
        alike = fuzz.token_sort_ratio(one.casefold(), other.casefold()) >= SIMILAR_NAME
    return False, sound, alike


@lru_cache(maxsize=32_768)
def _sound(name: str) -> tuple[str, ...]:
    return usual_reading(name)


def _blocks(people: Sequence[KnownPerson]) -> Iterable[list[int]]:
    """Yields groups that share a key; large groups are cut down to those with one name."""
    sure: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    loose: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for index, person in enumerate(people):
        name = name_key(person.name)
        if person.id_digest:
            sure["id", person.id_digest].append(index)
        if person.birth_date is not None:
            sure["born", person.birth_date.isoformat(), name].append(index)
        if person.door:
            loose["door", person.door].append(index)
        for phone in person.phone_digests:
            loose["phone", phone].append(index)
    yield from (block[:MAX_BLOCK] for block in sure.values() if len(block) > 1)
    for block in loose.values():
        if 1 < len(block) <= MAX_BLOCK:
            yield block
        elif len(block) > MAX_BLOCK:
            by_name: defaultdict[str, list[int]] = defaultdict(list)
            for index in block:
                by_name[name_key(people[index].name)].append(index)
            yield from (same[:MAX_BLOCK] for same in by_name.values() if len(same) > 1)
