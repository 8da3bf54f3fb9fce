"""Between the ledger and the engine: what the pairing is asked, and what its answer changes."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from tongxin.community import api as community
from tongxin.engines.planner.pairing import Caller, Listed, PairCode, Paired, Pairing, PairingRules, pair
from tongxin.residents.models import LiaisonCall, LiaisonPair
from tongxin.workforce import api as workforce

_CHUNK = 500
#: Everybody speaks these: they bind nobody to a caller.
_EVERYBODYS = frozenset({"", "普通话", "国语", "汉语", "中文", "mandarin", "putonghua", "chinese", "standard chinese"})


class NoCallers(ValueError):
    """Nobody can call."""


@dataclass(frozen=True, slots=True)
class Change:
    """A pair to open: the row that it replaces (None: the person had nobody), who calls, who stands in, and why."""

    person_id: int
    before: LiaisonPair | None
    caller_id: int
    deputy_id: int | None
    reason: dict[str, object]


def match(
    area_id: int,
    listed: Collection[int],
    callers: Mapping[int, workforce.Responder],
    pairs: Sequence[LiaisonPair],
    *,
    uneven_by: int,
) -> Pairing:
    """Return the best pairing of everybody on the list, with `pairs` in hand. Pure reading."""
    return pair(
        as_listed(area_id, sorted(listed), callers, pairs),
        [as_caller(row) for row in callers.values()],
        rules=PairingRules(uneven_by=uneven_by),
    )


def changes_of(answer: Pairing, pairs: Iterable[LiaisonPair], callers: Collection[int]) -> list[Change]:
    """Return the pairs to open; who is left out by the answer keeps what stands on paper."""
    held = {row.person_id: row for row in pairs}
    changes = []
    for one in answer.pairs:
        row = held.get(one.person_id)
        if one.caller_id is None or (row and (row.caller_id, row.deputy_id) == (one.caller_id, one.deputy_id)):
            continue
        changes.append(Change(one.person_id, row, one.caller_id, one.deputy_id, _reason(one, row, callers)))
    return changes


def is_by_hand(row: LiaisonPair) -> bool:
    """Return whether somebody has chosen this caller: no later pairing takes the person away."""
    return row.reason.get("why") == "BY_HAND" or bool(row.reason.get("by_hand"))


def _reason(one: Paired, row: LiaisonPair | None, callers: Collection[int]) -> dict[str, object]:
    codes = [code.value for code in one.codes if code is not PairCode.KEPT]
    reason: dict[str, object] = {"why": _why(one, row, callers), "codes": codes, "numbers": dict(one.numbers)}
    if one.next_best is not None:
        reason["next_best"] = {
            "caller_id": one.next_best.caller_id,
            "tier": one.next_best.tier.value,
            "by": one.next_best.by,
        }
    if row is not None and row.caller_id == one.caller_id and is_by_hand(row):
        reason["by_hand"] = True
    return reason


def _why(one: Paired, row: LiaisonPair | None, callers: Collection[int]) -> str:
    if row is None:
        return "NEW"
    if row.caller_id == one.caller_id:
        return "DEPUTY_GONE"
    if row.caller_id in callers:
        return "EVENED"
    return "WAS_DEPUTY" if row.deputy_id == one.caller_id else "NEW"


def as_caller(row: workforce.Responder) -> Caller:
    """Return a responder as the engine sees a caller; near is who lives in the same grid."""
    return Caller(
        id=row.pk,
        dialects=frozenset(str(word).strip().lower() for word in row.dialects or ()),
        area=row.home_building.grid_id if row.home_building else None,
        department=row.department_id,
    )


def as_listed(
    area_id: int,
    person_ids: Sequence[int],
    callers: Mapping[int, workforce.Responder],
    pairs: Iterable[LiaisonPair] = (),
) -> list[Listed]:
    """Return people as the engine sees them: with the caller in hand, or the deputy where the caller is gone."""
    people = community.list_people(area_id=area_id, ids=person_ids)
    known = _known_before(area_id, person_ids)
    own = defaultdict(set)
    for pk, responder in callers.items():
        if responder.person_id is not None:
            own[responder.person_id].add(pk)
    held = {row.person_id: row for row in pairs}
    found = []
    for pk in person_ids:
        person = people[pk]
        dialect = person.language.strip().lower()
        row = held.get(pk)
        stands = row is not None and row.caller_id in callers
        stays = None if row is None else row.caller_id if stands else row.deputy_id
        found.append(
            Listed(
                id=pk,
                dialect="" if dialect in _EVERYBODYS else dialect,
                area=person.grid_id,
                department=person.department_id,
                known=frozenset(known.get(pk, ())),
                barred=frozenset(own.get(pk, ())),
                stays_with=stays if stays in callers else None,
                deputy_stays=row.deputy_id if row is not None and stands else None,
                is_fixed=row is not None and stands and is_by_hand(row),
            )
        )
    return found


def _known_before(area_id: int, person_ids: Sequence[int]) -> dict[int, set[int]]:
    """Return person id -> callers who have spoken with the person, in this incident or an earlier one."""
    found: dict[int, set[int]] = defaultdict(set)
    for start in range(0, len(person_ids), _CHUNK):
        part = person_ids[start : start + _CHUNK]
        rows = LiaisonCall.objects.filter(area_id=area_id, person_id__in=part, state__in=["FINE", "NEED"])
        for person_id, caller_id in rows.values_list("person_id", "caller_id").distinct():
            found[person_id].add(caller_id)
    return found
