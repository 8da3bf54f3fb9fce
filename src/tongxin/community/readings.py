"""Pinyin of Chinese characters: the only place that loads the dictionary.

The dictionary takes almost 60 MB and a third of a second, so a server that nobody has searched on or imported into does
without it.
"""

from functools import cache
from importlib import import_module
from typing import Any


@cache
def _library() -> Any:
    return import_module("pypinyin")


def all_readings(character: str) -> tuple[str, ...]:
    """This function will return every reading of one character without tones, the usual one first."""
    library = _library()
    found = library.pinyin(character, style=library.Style.NORMAL, heteronym=True, errors="ignore")
    return tuple(dict.fromkeys(found[0])) if found else ()


def usual_reading(text: str) -> tuple[str, ...]:
    """This function will return the usual reading of each character of a text without tones."""
    return tuple(_library().lazy_pinyin(text))
