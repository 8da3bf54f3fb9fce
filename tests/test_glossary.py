"""The words: every table that people speak of has one, and rejected words stay out of the code's names."""

import re
import tomllib
from pathlib import Path

import polib
import pytest
from django.apps import apps
from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent
GLOSSARY = tomllib.loads((ROOT / "glossary.toml").read_text(encoding="utf-8"))
#: Tables behind the scenes: parts of a thing that has its word.
PARTS = {
    "Absence", "Approval", "CurrentStatus", "Decision", "Department", "Encounter", "Escalation", "Exposure",
    "FactWithdrawal", "ImportRun", "InterviewDraft", "InterviewTry", "MergeCandidate", "MergeTrace", "PersonStatus",
    "Residence", "RoundMember", "RoundShare", "RuleSetInForce", "SampleResult", "SearchToken", "TaskHand", "TestDay",
    "TestDuty", "TubeCount", "ZoneFact", "ZoneRequest",
}  # fmt: skip


def our_tables():
    rooms = set(settings.ROOMS) - {"base", "web"}
    return {model.__name__ for model in apps.get_models() if model._meta.app_label in rooms}


def test_every_table_has_a_word_or_is_a_part():
    assert our_tables() - set(GLOSSARY) - PARTS == set()


@pytest.mark.parametrize("code", GLOSSARY)
def test_a_word_is_whole(code):
    word = GLOSSARY[code]
    assert word["room"] in settings.ROOMS
    assert re.fullmatch(r"[\u4e00-\u9fff·]+", word["zh"])
    assert word["en"]
    assert word["meaning"].endswith(".")
    assert set(word) <= {"room", "zh", "en", "meaning", "not"}


def test_one_chinese_word_means_one_thing():
    words = [word["zh"] for word in GLOSSARY.values()]
    assert len(words) == len(set(words))


@pytest.mark.parametrize("rejected", ["ticket", "apartment"])
def test_rejected_words_stay_out_of_names(rejected):
    names = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "src" / "tongxin").rglob("*.py")
        if re.search(rf"(class|def) \w*{rejected}", path.read_text(encoding="utf-8"), re.IGNORECASE)
    ]
    assert names == []


#: Headings of the menu that name a page about the word, not the word.
MENU = {"Load", "Management", "Responders"}


def glossary_sentences():
    words = {word["en"].lower(): word["zh"] for word in GLOSSARY.values()}
    for path in sorted((ROOT / "src" / "tongxin").glob("*/locale/zh_Hans/LC_MESSAGES/django.po")):
        for entry in polib.pofile(str(path)):
            word = words.get(entry.msgid.lower()) or words.get(entry.msgid.lower().removesuffix("s"))
            is_count = entry.msgctxt == "unit" or entry.msgid[:1].islower()
            if word and not is_count and not (entry.msgctxt == "menu" and entry.msgid in MENU):
                yield path.parts[-5], entry.msgid, entry.msgstr, word


def test_the_interface_says_the_words_of_the_glossary():
    """A short form (方案 for 处置方案) is fine where the place makes it clear; another word is not."""
    found = list(glossary_sentences())
    assert len(found) > 20
    assert [row for row in found if row[3] not in row[2] and row[2] not in row[3]] == []
