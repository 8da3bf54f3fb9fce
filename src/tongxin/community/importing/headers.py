"""Tells what a column means from its title, the title above it, and what stands in it."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache

from rapidfuzz import fuzz, process

from tongxin.community.importing.addresses import parse_address
from tongxin.community.importing.care_classes import read_care_classes
from tongxin.community.importing.cells import as_text, clean, simplified
from tongxin.community.importing.shapes import Cell, Column, Field, ImportKind, Mapping
from tongxin.community.importing.synonyms import QUALIFIERS, SYNONYMS

EXACT, BRACKETLESS, CONTAINED, SIMILAR, BY_CONTENT = 1.0, 0.95, 0.75, 0.65, 0.6

_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^】]*】|<[^<>]*>|《[^》]*》")
_PUNCTUATION = re.compile(r"[\s*:;,.，。、/\\_\-·'\"“”|()\[\]【】<>《》?!+&=~]+")
_BY_TITLE: dict[str, Field] = {word: meaning for meaning, words in SYNONYMS.items() for word in words.split()}
_LONG_TITLES = sorted((word for word in _BY_TITLE if len(word) >= 2), key=len, reverse=True)
_ENGLISH_TITLES = [word for word in _BY_TITLE if word.isascii() and len(word) >= 5]
_QUALIFIERS = [(re.compile(pattern), table) for pattern, table in QUALIFIERS.items()]
# Another address than the one where somebody lives, or a paper's last day.
_NOT_ASKED = re.compile(
    r"(?:户籍|户口|身份证|工作|单位|公司|学校|老家|原|出生|发证|签发).{0,3}(?:地址|住址|所在地|地)$|籍贯|有效期|到期"
)
# Who looks after the building, and their phones: one number for everybody below.
_OTHER_PEOPLE = re.compile(
    r"^(?:网格员|网格长|楼长|楼门长|门长|单元长|楼组长|物业|民警|家庭医生|填表人|填报人|登记人|核查人|排查人|经办人|审核人)"
)
_OWNERS = re.compile("户主|业主|房主|戶主|業主")
_NAMING = re.compile("(?:编号|编码|代码|名称|序号)$")
_GENERAL_CLASS_TITLES = frozenset(["类别", "人员类别", "人群类别", "人群分类", "服务类别", "对象类别", "category"])
_CODE = re.compile(r"[A-Za-z]{0,4}[-_ ]?\d{1,12}")
_NAME = re.compile(r"[㐀-鿿]{2,4}|[㐀-鿿]+·[㐀-鿿·]+")
# The 300 surnames that cover nearly everybody are too many to list; these cover most ledgers.
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金"
    "韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向汤"
)
NAME_TITLES = frozenset(SYNONYMS[Field.NAME].split())


@lru_cache(maxsize=8_192)
def title_key(title: str, *, keep_brackets: bool = True) -> str:
    """This function will give what two spellings of one title share."""
    text = simplified(clean(title)).lower()
    if not keep_brackets:
        text = _BRACKETS.sub("", text)
    return _PUNCTUATION.sub("", text) or text.strip()


@lru_cache(maxsize=8_192)
def exact_field(title: str) -> Field | None:
    """This function will give the field of a title that is a known word, or None."""
    return _BY_TITLE.get(title_key(title)) or _BY_TITLE.get(title_key(title, keep_brackets=False))


@lru_cache(maxsize=8_192)
def guess_field(title: str, group: str = "") -> tuple[Field | None, float]:
    """This function will give the likeliest field of a title below a group title, and how sure."""
    key = title_key(title)
    if not key:
        return (exact_field(group), BRACKETLESS) if group and exact_field(group) else (None, 0.0)
    below, sure = _plain_guess(title)
    if group and title_key(group) != key:
        together = exact_field(group + title)
        if together:
            return together, EXACT
        for pattern, table in _QUALIFIERS:
            if pattern.search(title_key(group)) and below in table:
                return table[below], BRACKETLESS
        if below is None:
            over, over_sure = _plain_guess(group)
            return over, over_sure * 0.8
    return below, sure


def _plain_guess(title: str) -> tuple[Field | None, float]:
    key, bare = title_key(title), title_key(title, keep_brackets=False)
    if key in _BY_TITLE:
        return _BY_TITLE[key], EXACT
    if bare in _BY_TITLE:
        return _BY_TITLE[bare], BRACKETLESS
    if len(key) > 24 or _NOT_ASKED.search(bare) or _OTHER_PEOPLE.search(bare):
        return None, 0.0
    trimmed = re.sub(r"(?:必填|选填|\d+|请填写|样例|示例|信息)$|^(?:您的|本人|居民|人员|住户|个人)", "", bare)
    if trimmed in _BY_TITLE:
        return _BY_TITLE[trimmed], BRACKETLESS
    core = _NAMING.sub("", bare)
    if core in _BY_TITLE:
        return _BY_TITLE[core], BRACKETLESS
    if (qualified := _qualified(bare)) is not None:
        return qualified, CONTAINED
    if not bare.isascii():
        for word in _LONG_TITLES:
            if not word.isascii() and word in bare:
                return _BY_TITLE[word], CONTAINED
        return None, 0.0
    if len(bare) < 5:
        return None, 0.0
    best = process.extractOne(bare, _ENGLISH_TITLES, scorer=fuzz.ratio, score_cutoff=86)
    return (_BY_TITLE[best[0]], SIMILAR) if best else (None, 0.0)


def _qualified(bare: str) -> Field | None:
    """Reads a title that holds its own group, such as 独居老人家属的手机."""
    for pattern, table in _QUALIFIERS:
        if pattern.search(bare):
            for plain, meaning in table.items():
                if any(len(word) >= 2 and word in bare for word in SYNONYMS[plain].split()):
                    return meaning
    return None


def propose_mapping(
    titles: Sequence[str],
    groups: Sequence[str],
    sample: Sequence[Sequence[Cell]],
    kind: ImportKind,
) -> Mapping:
    """This function will say for each column what it means, from its title and from its content.

    ``groups`` are the titles above (empty texts if there is one header row); ``sample`` holds
    some rows of data, at most a few hundred.
    """
    columns = []
    for index, title in enumerate(titles):
        found, sure = guess_field(title, groups[index])
        values = [row[index] for row in sample if index < len(row) and row[index] is not None]
        examples = tuple(as_text(value)[:40] for value in values[:3])
        group = groups[index]
        shown = f"{group} / {title}" if group and title and group != title else title or group
        columns.append(Column(index, shown[:60], found, round(sure, 2), examples))
    columns = _one_column_a_field(columns)
    columns = _fill_by_content(columns, sample)
    return Mapping(tuple(_fit_to_kind(columns, sample, kind)))


def _one_column_a_field(columns: list[Column]) -> list[Column]:
    """Keeps the surest column of each field; a second phone column is the second phone."""
    order = sorted(columns, key=lambda column: (-column.confidence, column.index))
    taken: set[Field] = set()
    kept: dict[int, Column] = {}
    for column in order:
        wanted = column.field
        if wanted in taken and wanted is Field.PHONE and Field.PHONE_SECOND not in taken:
            wanted = Field.PHONE_SECOND
        elif wanted in taken and wanted is not Field.SERIAL:
            kept[column.index] = replace(column, field=None, confidence=0.0)
            continue
        if wanted is not None:
            taken.add(wanted)
        kept[column.index] = replace(column, field=wanted)
    return [kept[column.index] for column in columns]


def _share(values: list[str], test: Callable[[str], object]) -> float:
    return sum(1 for value in values if test(value)) / len(values) if values else 0.0


def looks_like_name(text: str) -> bool:
    """This function will say whether a text looks like a Chinese personal name."""
    bare = simplified(text).replace(" ", "")
    return bool(_NAME.fullmatch(bare)) and (bare[0] in _SURNAMES or "·" in bare)


def _content_field(values: list[str]) -> Field | None:
    if _share(values, re.compile(r"1[3-9]\d{9}").fullmatch) >= 0.6:
        return Field.PHONE
    if _share(values, re.compile(r"\d{17}[\dXx]|\d{15}").fullmatch) >= 0.6:
        return Field.ID_NUMBER
    if _share(values, lambda text: text in ("男", "女")) >= 0.8:
        return Field.SEX
    if _share(values, looks_like_name) >= 0.6:
        return Field.NAME
    if _share(values, _is_full_address) >= 0.6:
        return Field.ADDRESS
    return None


def _is_full_address(text: str) -> bool:
    if len(text) > 60 or not re.search(r"\d", text) or re.fullmatch(r"[\d.]+", text):
        return False
    if re.fullmatch(r"\d{4}[-./年]\d{1,2}[-./月]\d{1,2}日?", text):
        return False
    place = parse_address(text)
    return bool(place.building and place.dwelling)


def _fill_by_content(columns: list[Column], sample: Sequence[Sequence[Cell]]) -> list[Column]:
    """Looks into columns that no title explains, but only for the fields nobody has yet."""
    taken = {column.field for column in columns}
    filled = []
    for column in columns:
        if column.field is None and not _OTHER_PEOPLE.search(title_key(column.title)):
            values = _texts(sample, column.index)
            found = _content_field(values) if len(values) >= min(3, len(sample)) else None
            has_place = taken & {Field.ADDRESS, Field.DWELLING, Field.BUILDING}
            if found and found not in taken and not (found is Field.ADDRESS and has_place):
                column = replace(column, field=found, confidence=BY_CONTENT)
                taken.add(found)
        filled.append(column)
    return filled


def _texts(sample: Sequence[Sequence[Cell]], index: int) -> list[str]:
    texts = (as_text(row[index]) for row in sample if index < len(row))
    return [text for text in texts if text]


def _fit_to_kind(columns: list[Column], sample: Sequence[Sequence[Cell]], kind: ImportKind) -> list[Column]:
    """Settles titles that mean different things in different ledgers."""
    by_field = {column.field: column for column in columns if column.field}
    changes: dict[int, Field] = {}
    name = by_field.get(Field.NAME)
    # A column "person" that holds H001, H002 … is a code, not a name.
    if name and Field.EXTERNAL_CODE not in by_field and _share(_texts(sample, name.index), _CODE.fullmatch) >= 0.9:
        changes[name.index] = Field.EXTERNAL_CODE
    if name is None and Field.HOUSEHOLD_HEAD in by_field:
        changes[by_field[Field.HOUSEHOLD_HEAD].index] = Field.NAME
    elif name is None and Field.FAMILY_CONTACT_NAME in by_field:
        changes[by_field[Field.FAMILY_CONTACT_NAME].index] = Field.NAME
        if Field.PHONE not in by_field and Field.FAMILY_CONTACT_PHONE in by_field:
            changes[by_field[Field.FAMILY_CONTACT_PHONE].index] = Field.PHONE
    reach = by_field.get(Field.FAMILY_CONTACT_PHONE)
    alone = not by_field.keys() & {Field.PHONE, Field.FAMILY_CONTACT_NAME}
    if name is not None and reach and alone and title_key(reach.title).startswith("联系人"):
        changes[reach.index] = Field.PHONE  # with no 联系人 beside it this is how the person is reached
    second = by_field.get(Field.PHONE_SECOND)
    if (
        (name or Field.HOUSEHOLD_HEAD in by_field)
        and second
        and Field.PHONE not in by_field
        and _OWNERS.search(second.title)
    ):
        changes[second.index] = Field.PHONE  # 户主 and 户主电话 are one person's where nobody else is named
    columns = _without_plain_classes(columns, sample) if kind is ImportKind.PEOPLE else columns
    code = by_field.get(Field.EXTERNAL_CODE)
    if code and _is_running_number(_texts(sample, code.index)):
        changes[code.index] = Field.SERIAL
    serves = kind is ImportKind.RESPONDERS and Field.HOME_DEPARTMENT not in by_field
    if serves and Field.DEPARTMENT in by_field:
        changes[by_field[Field.DEPARTMENT].index] = Field.HOME_DEPARTMENT
    return [replace(column, field=changes[column.index]) if column.index in changes else column for column in columns]


def _without_plain_classes(columns: list[Column], sample: Sequence[Sequence[Cell]]) -> list[Column]:
    """类别 in a residents' ledger often says 常住 or 自有; only where it names a class is it special care."""
    changed = []
    for column in columns:
        is_general = column.confidence < EXACT or title_key(column.title) in _GENERAL_CLASS_TITLES
        if column.field is Field.SPECIAL_CARE_CLASSES and is_general:
            told = [text for text in _texts(sample, column.index) if read_care_classes(text) != ((), ())]
            if told and not any(read_care_classes(text)[0] for text in told):
                column = replace(column, field=None, confidence=0.0)
        changed.append(column)
    return changed


def _is_running_number(values: list[str]) -> bool:
    """编号 is often only 1, 2, 3 …; taken for a code it would join strangers of two ledgers."""
    numbers = [int(text) for text in values if text.isascii() and text.isdigit()]
    if len(numbers) < 2 or len(numbers) * 10 < len(values) * 9:
        return False
    steps = sum(1 for a, b in itertools.pairwise(numbers) if b - a == 1)
    return numbers[0] <= 1 and steps * 10 >= (len(numbers) - 1) * 8


def duplicated_titles(mapping: Mapping) -> tuple[str, ...]:
    """This function will name the titles that stand above more than one column."""
    counts = Counter(title_key(column.title) for column in mapping.columns if column.title)
    return tuple(sorted(title for title, count in counts.items() if count > 1))
