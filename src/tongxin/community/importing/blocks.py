"""Finds the lists that stand side by side in one table, so that nobody on the right is lost.

Three forms are common: the same titles again (房号 姓名 电话 | 房号 姓名 电话), one row a
household with numbered members (户主 户主电话 家庭成员1 成员1电话 家庭成员2 …) or with somebody
else's own columns (业主姓名 业主电话 租户姓名 租户电话), and a head beside a cell of members.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from tongxin.community.importing.cells import as_text
from tongxin.community.importing.headers import propose_mapping, title_key
from tongxin.community.importing.shapes import Cell, Column, Field, ImportKind, Mapping

Block = tuple[Mapping, tuple[int, ...]]

_NUMBERED = re.compile(
    r"^(家庭成员|成员|同住人|家人|共同居住人|member|householdmember)([1-9]|[一二三四五六七八九])(.*)$"
)
_SOMEBODY_ELSE = re.compile(
    r"^(租户|承租人|租客|租住人|现租户|配偶|tenant)的?(|姓名|名字|name|性别|sex|年龄|age|身份证|身份证号|身份证号码|证件号码|idnumber|"
    r"电话|电话号码|联系电话|联系方式|手机|手机号|手机号码|phone|mobile)$"
)
_NAME_COLUMN = frozenset(("", "姓名", "名字", "name"))
_MEMBERS = frozenset(["家庭成员", "家庭成员姓名", "成员", "成员姓名", "同住人", "同住人姓名", "共同居住人"])
_SHARED = frozenset(
    (
        Field.ADDRESS,
        Field.BUILDING,
        Field.ENTRANCE,
        Field.FLOOR,
        Field.DWELLING,
        Field.GRID,
        Field.HOUSEHOLD_NUMBER,
        Field.HOUSEHOLD_HEAD,
        Field.RESIDENCE_TYPE,
    )
)


def blocks_of(titles: list[str], groups: list[str], sample: Sequence[Sequence[Cell]], kind: ImportKind) -> list[Block]:
    """This function will give one mapping per list, with the columns that are its own.

    The own columns are empty where the table is one list, as nearly all are.
    """
    whole = propose_mapping(titles, groups, sample, kind)
    if any(groups):
        return [(whole, ())]
    members = _numbered_members(titles, groups, sample, kind) or _beside_the_head(whole, sample)
    return members or _repeated_titles(titles, groups, sample, kind, whole) or [(whole, ())]


def _numbered_members(
    titles: list[str], groups: list[str], sample: Sequence[Sequence[Cell]], kind: ImportKind
) -> list[Block]:
    numbers: dict[str, dict[int, str]] = {}
    for index, title in enumerate(titles):
        if match := _NUMBERED.match(title_key(title)):
            numbers.setdefault(match[2], {})[index] = match[3] or "姓名"
        elif match := _SOMEBODY_ELSE.match(title_key(title)):
            numbers.setdefault(match[1], {})[index] = "姓名" if match[2] in _NAME_COLUMN else match[2]
    numbers = {word: columns for word, columns in numbers.items() if "姓名" in columns.values()}
    if not numbers:
        return []
    numbered = {index for columns in numbers.values() for index in columns}
    plain = ["" if i in numbered else title for i, title in enumerate(titles)]
    head = propose_mapping(plain, groups, _only(sample, set(range(len(titles))) - numbered), kind)
    if head.index_of(Field.NAME) is None:
        return []
    # Before its own name became the name, the head's column told whose household this is.
    shared = {c.index: c for c in head.columns if c.field in _SHARED}
    name = head.columns[head.index_of(Field.NAME) or 0]
    shared[name.index] = replace(name, field=Field.HOUSEHOLD_HEAD)
    own = tuple(c.index for c in head.columns if c.field and c.field not in _SHARED)
    blocks: list[Block] = [(head, own)]
    for columns in numbers.values():
        inside = [columns.get(i, "") for i in range(len(titles))]
        mapping = propose_mapping(inside, groups, _only(sample, set(columns)), kind)
        blocks.append((_with_shared(mapping, shared), tuple(columns)))
    return blocks


def _beside_the_head(whole: Mapping, sample: Sequence[Sequence[Cell]]) -> list[Block]:
    """Keeps the head of a household in the list where the other column names only the rest of the family."""
    name, head = whole.index_of(Field.NAME), whole.index_of(Field.HOUSEHOLD_HEAD)
    if name is None or head is None or title_key(whole.columns[name].title) not in _MEMBERS:
        return []
    heads = {as_text(row[head]) for row in sample if head < len(row) and row[head] is not None}
    names = {as_text(row[name]) for row in sample if name < len(row) and row[name] is not None}
    if len(heads) < 2 or heads & names:
        return []
    shared = {c.index: c for c in whole.columns if c.field in _SHARED or c.index == name}
    members = Mapping(tuple(c if c.index in shared else replace(c, field=None) for c in whole.columns))
    return [(whole.with_field(name, None).with_field(head, Field.NAME), (head,)), (members, (name,))]


def _with_shared(mapping: Mapping, shared: dict[int, Column]) -> Mapping:
    taken = {column.field for column in mapping.columns}
    return Mapping(
        tuple(
            shared[column.index] if column.index in shared and shared[column.index].field not in taken else column
            for column in mapping.columns
        )
    )


def _only(sample: Sequence[Sequence[Cell]], columns: set[int]) -> list[list[Cell]]:
    return [[value if i in columns else None for i, value in enumerate(row)] for row in sample]


def _repeated_titles(
    titles: list[str],
    groups: list[str],
    sample: Sequence[Sequence[Cell]],
    kind: ImportKind,
    whole: Mapping,
) -> list[Block]:
    keys = [title_key(text) for text in titles]
    name = whole.index_of(Field.NAME)
    places = [i for i, key in enumerate(keys) if name is not None and key and key == keys[name]]
    if len(places) < 2:
        return []
    period, start = places[1] - places[0], places[0]
    while start > 0 and keys[start - 1] and keys[start - 1] == keys[start - 1 + period]:
        start -= 1
    if period < 2 or places[0] - start >= period:
        return []
    blocks: list[Block] = []
    for left in range(start, len(keys) - 1, period):
        own = list(range(left, min(left + period, len(keys))))
        if not any(place in own for place in places):
            continue
        # Columns before the first block (building, entrance) belong to every block.
        seen = {*own, *range(start)}
        inside = [title if i in seen else "" for i, title in enumerate(titles)]
        blocks.append((propose_mapping(inside, groups, _only(sample, seen), kind), tuple(own)))
    return blocks
