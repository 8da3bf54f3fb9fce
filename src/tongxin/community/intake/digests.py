"""Blind indexes of what identifies people."""

from __future__ import annotations

import re

from tongxin.base.crypto import blind_index
from tongxin.community.importing.cells import name_key
from tongxin.community.names import search_words

_NOT_DIGIT = re.compile(r"\D")
_MOBILE = re.compile(r"1[3-9]\d{9}")


def id_digest(area_id: int, number: str) -> str:
    """This function will return the blind index of an identity number, "" for none."""
    return blind_index("id", number.upper(), area_id=area_id) if number else ""


def phone_digest(area_id: int, number: str) -> str:
    """This function will return the blind index of a phone in any of its spellings, "" for none.

    What is indexed is E.164 without the extension; a mobile without country code is Chinese, a landline without
    area code stays as it is.
    """
    main = number.split(";")[0]
    digits = _NOT_DIGIT.sub("", main)
    if not digits:
        return ""
    if main.lstrip().startswith("+"):
        return blind_index("phone", f"+{digits}", area_id=area_id)
    is_mobile = _MOBILE.fullmatch(digits) is not None
    return blind_index("phone", f"+86{digits}" if is_mobile else digits, area_id=area_id)


def name_digest(area_id: int, name: str) -> str:
    """This function will return the blind index of a name: traditional and simplified spellings share it."""
    key = name_key(name)
    return blind_index("name", key, area_id=area_id) if key else ""


def token(area_id: int, word: str) -> str:
    """This function will return the search token of a word of `names.search_words` or of a phone's tail."""
    return blind_index("token", word, area_id=area_id)


def phone_tail(number: str) -> str:
    """This function will return the word for a phone's last four digits; "" when there are fewer or other signs."""
    digits = _NOT_DIGIT.sub("", number.split(";")[0])
    if len(digits) < 4 or re.search(r"[A-Za-z㐀-鿿]", number.split(";")[0]):
        return ""
    return f"t:{digits[-4:]}"


class Tokens:
    """Search tokens of one compound with a memory: a ledger repeats the same initials thousands of times.

    Lives for one import only; a global memory would outlive a change of the master key.
    """

    def __init__(self, area_id: int) -> None:
        self.area_id = area_id
        self._known: dict[str, str] = {}

    def of(self, name: str, phones: tuple[str, ...]) -> set[str]:
        """This function will return the tokens that find a person with this name and these phones."""
        words = set(search_words(name))
        words.update(tail for tail in map(phone_tail, phones) if tail)
        return {self._token(word) for word in words}

    def _token(self, word: str) -> str:
        known = self._known.get(word)
        if known is None:
            known = self._known[word] = token(self.area_id, word)
        return known
