"""Names: masked for lists, and in all pinyin readings for the search. Pure functions."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice, product

from tongxin.community.importing.cells import name_key, simplified
from tongxin.community.readings import all_readings

#: Two-syllable family names: masking after the first character would cut the name in half.
DOUBLE_NAMES = frozenset(
    [
        "欧阳",
        "司马",
        "上官",
        "诸葛",
        "东方",
        "皇甫",
        "尉迟",
        "公孙",
        "令狐",
        "慕容",
        "司徒",
        "夏侯",
        "端木",
        "百里",
        "南宫",
        "长孙",
        "宇文",
        "轩辕",
    ]
)
#: Combinations of readings kept for one name; four characters with three readings each would be 81.
MAX_READINGS = 12
_LETTERS = re.compile(r"[^a-z0-9]+")
_HAN = re.compile(r"[㐀-鿿]")


def mask_name(name: str) -> str:
    """This function will return a name that those who know the person recognise: 张*, 欧阳*, A***."""
    text = " ".join(name.split())
    if not text:
        return ""
    if text.isascii() or " " in text:
        return " ".join(f"{word[0]}***" for word in text.split(" "))
    kept = 2 if len(text) > 2 and text[:2] in DOUBLE_NAMES else 1
    return text[:kept] + "*" * max(len(text) - kept, 1)


def mask_tail(text: str, shown: int = 4) -> str:
    """This function will return a phone or ID number of which only the last characters can be read."""
    return f"*** {text[-shown:]}" if len(text) >= 7 else "***" if text else ""


@lru_cache(maxsize=16_384)
def _readings(character: str) -> tuple[str, ...]:
    return all_readings(character)


def _initials(name: str) -> list[str]:
    choices = [tuple(dict.fromkeys(r[0] for r in _readings(c) if r)) or (c.lower(),) for c in simplified(name)]
    return ["".join(parts) for parts in islice(product(*choices), MAX_READINGS)]


def _spelled(name: str) -> list[str]:
    """The whole name in letters: the usual reading of the given name, all readings of the family name."""
    choices = [_readings(c)[: 1 if at else 3] or (c.lower(),) for at, c in enumerate(simplified(name))]
    return ["".join(parts) for parts in islice(product(*choices), MAX_READINGS)]


def _latin_words(name: str) -> set[str]:
    words = [_LETTERS.sub("", word) for word in name.lower().replace("-", " ").split()]
    words = [word for word in words if word]
    found = {f"i:{''.join(word[0] for word in words)}"} if len(words) > 1 else set()
    for word in words:
        found.update(f"n:{word[:length]}" for length in range(2, min(len(word), 12) + 1))
    found.add(f"n:{''.join(words)}")
    return found


@lru_cache(maxsize=65_536)
def search_words(name: str) -> frozenset[str]:
    """This function will return what finds a name: `i:` initials and their prefixes, `n:` the name and its parts.

    Initials come in all readings (曾 as c and z, 单 as d and s), prefixes from two letters on, since one letter
    finds half the compound. Latin names are found by each word's beginning.
    """
    key = name_key(name)
    if not key:
        return frozenset()
    if not _HAN.search(key):
        return frozenset(_latin_words(name))
    found = {f"n:{key}"}
    found.update(f"n:{key[:length]}" for length in range(2, len(key)))
    if len(key) >= 3:
        found.add(f"n:{key[1:]}")
    for letters in _initials(key):
        found.update(f"i:{letters[:length]}" for length in range(2, len(letters) + 1))
        if len(letters) == 1:
            found.add(f"i:{letters}")
    found.update(f"i:{text}" for text in _spelled(key))
    return frozenset(found)


def query_words(text: str) -> list[str]:
    """This function will return the words to look for when somebody types `text` into the search box."""
    key = name_key(text)
    if not key:
        return []
    if _HAN.search(key):
        return [f"n:{key}"]
    letters = _LETTERS.sub("", key)
    return [f"i:{letters}", f"n:{letters}"] if letters else []
