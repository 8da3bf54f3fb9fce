"""Every code that the importer can give has both sentences, and nothing else has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tongxin.community.importing import reasons
from tongxin.community.importing.shapes import Field, Reason, Severity
from tongxin.community.importing.titles import TITLES

ROOM = Path(reasons.__file__).parent.parent


def _source_of(folder: Path) -> str:
    paths = (path for path in folder.rglob("*.py") if "tests" not in path.parts and path.name != "reasons.py")
    return "\n".join(path.read_text() for path in paths)


SOURCE = _source_of(ROOM)
EVERYWHERE = _source_of(ROOM.parent)
PARAMS = {"limit": 60, "limit_mb": 32, "cell": "XFD1", "rows": 5, "cells": 9}


def test_every_field_has_titles_in_both_languages() -> None:
    assert set(TITLES) == set(Field)
    assert all(zh and en and zh != en for zh, en in TITLES.values())


@pytest.mark.parametrize("code", list(reasons.REASONS))
def test_reason(code: str) -> None:
    assert f'"{code}"' in EVERYWHERE, "a reason that nobody gives"
    zh = reasons.sentence(Reason(code, Field.PHONE, PARAMS), "zh")
    en = reasons.sentence(Reason(code, Field.PHONE, PARAMS), "en")
    assert re.search("[一-鿿].*。$", zh)
    assert re.fullmatch(r"[A-Z#][ -~]+\.", en)
    assert "{" not in zh + en
    assert not re.search("[!！]", zh + en)


def test_every_code_that_is_given_has_words() -> None:
    given = set(re.findall(r'tell\(\s*"(\w+)"', SOURCE)) | set(re.findall(r'trouble="(\w+)"', SOURCE))
    assert given
    assert given <= set(reasons.REASONS)
    refused = set(re.findall(r'UploadRefused\(\s*"(\w+)"', SOURCE)) | set(re.findall(r'"refused": "(\w+)"', SOURCE))
    assert refused
    assert refused <= set(reasons.FILE_SENTENCES)


@pytest.mark.parametrize("code", list(reasons.FILE_SENTENCES))
def test_file_sentence(code: str) -> None:
    zh, en = (reasons.file_sentence(code, language, PARAMS) for language in ("zh", "en"))
    assert zh.endswith("。")
    assert re.fullmatch(r"[A-Z][ -~]+\.", en)


def test_only_a_missing_name_or_place_refuses() -> None:
    refusals = {code for code, text in reasons.REASONS.items() if text.severity is Severity.REFUSAL}
    assert refusals == {"no_name", "no_place"}
