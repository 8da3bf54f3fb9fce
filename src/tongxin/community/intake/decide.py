"""Decides what each row of a ledger means, before anything is written; a dry run stops after this."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from tongxin.base import clock, keys
from tongxin.community import rules
from tongxin.community.importing.duplicates import find_pairs
from tongxin.community.importing.reasons import severity
from tongxin.community.importing.shapes import Fate, Field, ImportKind, KnownPerson, Pair, Reason, Severity
from tongxin.community.intake import ledger
from tongxin.community.intake.known import Known, parsed_day
from tongxin.community.intake.ledger import ParsedLedger, Progress, RowFate
from tongxin.community.intake.rows import RowPerson, row_person
from tongxin.community.models import Person, SpecialCare

_SEX_WORDS = {"M": "MALE", "F": "FEMALE"}


@dataclass(slots=True)
class Decision:
    """One row that comes in. `person_id` is whom it is about; None makes a new person.

    `same_as` is the position of an earlier row that is the same person beyond doubt.
    """

    person: RowPerson
    fate: str = ledger.ADDED
    person_id: int | None = None
    changes: dict[str, Any] = field(default_factory=dict)
    is_moving: bool = False
    needs: dict[str, str] = field(default_factory=dict)
    same_as: int | None = None

    @property
    def is_new(self) -> bool:
        return self.person_id is None


@dataclass(slots=True)
class Verdict:
    """What an import would do: `decisions` in the order of the file, refused rows apart."""

    ledger: ParsedLedger
    decisions: list[Decision]
    refused: list[RowFate]
    pairs: list[Pair]
    people: dict[int, Person]

    def counts(self) -> dict[str, int]:
        """This function will return the counts of `ImportOutcome`."""
        fates = Counter(decision.fate for decision in self.decisions)
        return {
            "added": fates[ledger.ADDED],
            "updated": fates[ledger.UPDATED],
            "unchanged": fates[ledger.UNCHANGED],
            "doubtful": sum(1 for d in self.decisions if d.person.row.fate_hint is Fate.DOUBTFUL),
            "refused": len(self.refused),
            "duplicates": fates[ledger.DUPLICATE],
        }

    def fates(self, uuids: Mapping[int, Any]) -> tuple[RowFate, ...]:
        """This function will return one fate a row; `uuids` gives position -> person uuid after the writing."""
        came_in = [
            RowFate(
                sheet=decision.person.row.sheet,
                row=decision.person.row.row,
                fate=decision.fate,
                door=decision.person.door,
                reasons=decision.person.row.reasons,
                is_doubtful=decision.person.row.fate_hint is Fate.DOUBTFUL,
                person_uuid=uuids.get(at),
            )
            for at, decision in enumerate(self.decisions)
        ]
        sheets = {layout.sheet: at for at, layout in enumerate(self.ledger.layouts)}
        return tuple(sorted([*came_in, *self.refused], key=lambda f: (sheets.get(f.sheet, 0), f.row)))


def doubts_of(person: RowPerson) -> list[tuple[str, str]]:
    """This function will return (field, reason code) of what somebody has to ask, each field once."""
    found: dict[str, str] = {}
    for reason in person.row.reasons:
        if severity(reason.code) is Severity.DOUBT:
            found.setdefault(reason.field.value if reason.field else "address", reason.code)
    return list(found.items())


def changes_of(person: Person, row: RowPerson, kind: ImportKind) -> dict[str, Any]:
    """This function will return the columns in which a row says something new about a person.

    An empty cell never erases. A special-care list only fills gaps: the residents' ledger knows better.
    """
    changes: dict[str, Any] = {}
    for column, value in row.values.items():
        if column == "birth_year_by_age":
            if person.birth_year is None and "birth_date" not in row.values:
                changes["birth_year"] = value
            continue
        present = getattr(person, column)
        is_gap = present in ("", None, "U") or (column == "lives_alone" and not present)
        if present != value and (is_gap or kind is ImportKind.PEOPLE):
            changes[column] = value
    return changes


def _moves(person: Person, row: RowPerson, kind: ImportKind) -> bool:
    if row.place is None or kind is not ImportKind.PEOPLE:
        return row.place is not None and person.dwelling is None
    if person.dwelling is None:
        return True
    # From a door that is known to a place that nobody understands: that is a worse ledger, not a move.
    return row.place.door != person.dwelling.door and row.place.building != rules.UNKNOWN_BUILDING


def _load(area_id: int, ids: Sequence[int]) -> dict[int, Person]:
    found: dict[int, Person] = {}
    for start in range(0, len(ids), 500):
        rows = Person.objects.filter(area_id=area_id, id__in=ids[start : start + 500])
        found.update({person.pk: person for person in rows.select_related("dwelling", "department")})
    keys.warm(area_id, [person.subject_uuid for person in found.values()])
    return found


def _known_person(key: str, person: RowPerson) -> KnownPerson:
    return KnownPerson(
        key=key,
        name=str(person.values.get("name", "")),
        door=person.door,
        id_digest=person.id_index,
        phone_digests=(person.phone_index,) if person.phone_index else (),
        birth_date=parsed_day(str(person.values.get("birth_date", ""))),
        sex=_SEX_WORDS.get(str(person.values.get("sex", "")), ""),
    )


def _match(decisions: list[Decision], known: Known, kind: ImportKind) -> None:
    """Finds whom each row is about: the very row again, then by keys, then rows that were merged away."""
    waiting = []
    for decision in decisions:
        found = known.take_source(decision.person) if kind is ImportKind.PEOPLE else None
        if found is not None:
            decision.person_id, decision.fate = found.id, ledger.UNCHANGED
        else:
            waiting.append(decision)
    still = []
    for decision in waiting:
        found = known.take_like(decision.person)
        if found is not None:
            decision.person_id, decision.fate = found.id, ledger.UPDATED
        else:
            still.append(decision)
    for decision in still:
        merged = known.merged_like(decision.person)
        if merged is None:
            continue
        survivor = known.by_id.get(merged.merged_into or 0)
        if survivor is not None and survivor.id not in known.taken:
            known.taken.add(survivor.id)
            decision.person_id, decision.fate = survivor.id, ledger.UPDATED
        else:
            decision.person_id, decision.fate = merged.id, ledger.DUPLICATE


def _match_care_repeats(decisions: list[Decision]) -> None:
    """A person may stand on a special-care list twice, once a class: the second row is about the same person."""
    first: dict[tuple[str, ...], int] = {}
    for at, decision in enumerate(decisions):
        person = decision.person
        keys_of = [("id", person.id_index)] if person.id_index else []
        keys_of += [("phone", person.phone_index)] if person.phone_index else []
        keys_of += [("door", person.door)] if person.door else []
        for key in keys_of:
            at_first = first.setdefault((*key, person.name_index), at)
            if at_first != at and decision.same_as is None:
                decision.same_as = at_first


def _settle(decisions: list[Decision], people: dict[int, Person], kind: ImportKind, area_id: int) -> None:
    """Compares what a row says with what is stored; a row that says nothing new is unchanged."""
    open_care: dict[int, dict[str, SpecialCare]] = {}
    ids = sorted(people)
    for start in range(0, len(ids), 500):
        for care in SpecialCare.objects.filter(area_id=area_id, ends_at=None, person_id__in=ids[start : start + 500]):
            open_care.setdefault(care.person_id, {})[care.code] = care
    for decision in decisions:
        if kind is ImportKind.SPECIAL_CARE and decision.same_as is not None:
            # The same person's second row: its class is new where the first row makes or finds the person.
            decision.person_id = decisions[decision.same_as].person_id
            decision.fate = ledger.UPDATED
        if decision.person_id is None:
            decision.needs = decision.person.care
            continue
        if decision.fate == ledger.UNCHANGED or decision.fate == ledger.DUPLICATE:
            continue
        person = people[decision.person_id]
        decision.changes = changes_of(person, decision.person, kind)
        decision.is_moving = _moves(person, decision.person, kind)
        if _other_department(person, decision.person, kind):
            decision.changes["department"] = decision.person.department
        if person.moved_out_at is not None:
            decision.changes["moved_out_at"] = None
        decision.needs = _new_needs(decision.person, open_care.get(person.pk, {}))
        if not (decision.changes or decision.is_moving or decision.needs):
            decision.fate = ledger.UNCHANGED


def _other_department(person: Person, row: RowPerson, kind: ImportKind) -> bool:
    if row.department is None:
        return False
    if person.department is None:
        return True
    present = (person.department.kind, person.department.name)
    return kind is ImportKind.PEOPLE and present != row.department


def _new_needs(row: RowPerson, present: Mapping[str, SpecialCare]) -> dict[str, str]:
    needs = {}
    for code, detail in row.care.items():
        care = present.get(code)
        days_differ = (
            care is not None
            and row.medicine_days_left is not None
            and care.medicine_days_left != row.medicine_days_left
        )
        if care is None or (detail and care.detail != detail) or days_differ:
            needs[code] = detail
    return needs


def _find_pairs(decisions: list[Decision], known: Known) -> list[Pair]:
    """Finds possible duplicates among the new rows and with the people near them; the later row is the duplicate."""
    new = [(at, d) for at, d in enumerate(decisions) if d.is_new and d.same_as is None]
    compared = [_known_person(f"r:{at}", decision.person) for at, decision in new]
    pairs = find_pairs(compared, known.neighbors_of([decision.person for _, decision in new]))
    kept = []
    for pair in pairs:
        if pair.right.startswith("r:"):
            first, later = sorted((int(pair.left[2:]), int(pair.right[2:])))
            is_same_name = decisions[first].person.name_key == decisions[later].person.name_key
            reasons = (*pair.reasons, "same_name") if is_same_name else pair.reasons
            if rules.is_sure_pair(reasons) and decisions[later].same_as is None:
                root = decisions[first].same_as
                decisions[later].same_as = first if root is None else root
            decisions[later].fate = ledger.DUPLICATE
        else:
            decisions[int(pair.left[2:])].fate = ledger.DUPLICATE
        kept.append(pair)
    return kept


def decide(
    parsed: ParsedLedger, *, area_id: int, at: datetime, today: date | None = None, progress: Progress | None = None
) -> Verdict:
    """This function will say of each row whether it adds, updates, repeats or is refused. Reads only.

    Raises ImportCancelled when asked to stop.
    """
    day = today or clock.local_date(at)
    decisions: list[Decision] = []
    refused: list[RowFate] = []
    for number, row in enumerate(parsed.rows):
        if number % 1000 == 0:
            ledger.report(progress, 50 + 15 * number // max(len(parsed.rows), 1), "matching")
        if row.fate_hint is Fate.REFUSED:
            refused.append(RowFate(row.sheet, row.row, ledger.REFUSED, row.place.door, row.reasons))
        else:
            decisions.append(Decision(row_person(row, kind=parsed.kind, area_id=area_id, today=day)))
    known = Known(area_id)
    if parsed.kind is ImportKind.SPECIAL_CARE:
        _match_care_repeats(decisions)
    _match([d for d in decisions if d.same_as is None], known, parsed.kind)
    if parsed.kind is ImportKind.SPECIAL_CARE:
        decisions = _refuse_homeless(decisions, refused)
    people = _load(area_id, sorted({d.person_id for d in decisions if d.person_id is not None}))
    _settle(decisions, people, parsed.kind, area_id)
    ledger.report(progress, 66, "comparing")
    pairs = _find_pairs(decisions, known)
    return Verdict(parsed, decisions, refused, pairs, people)


def _refuse_homeless(decisions: list[Decision], refused: list[RowFate]) -> list[Decision]:
    """A row of a special-care list about somebody unknown needs a place; without one it is refused with the reason."""
    kept: list[Decision] = []
    position: dict[int, int] = {}
    for at, decision in enumerate(decisions):
        row = decision.person.row
        head = decisions[decision.same_as] if decision.same_as is not None else decision
        if head.is_new and head.person.place is None and decision.person.place is None:
            reasons = (*row.reasons, Reason("no_place", Field.ADDRESS))
            refused.append(RowFate(row.sheet, row.row, ledger.REFUSED, "", reasons))
            continue
        position[at] = len(kept)
        if decision.same_as is not None:
            decision.same_as = position.get(decision.same_as)
        kept.append(decision)
    return kept
