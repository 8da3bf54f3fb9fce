"""Files that are no profile, folders that hold none, the sentences of mistakes and the reference page."""

import copy
import random
import re
import shutil
import string
import tomllib
import typing
from dataclasses import fields
from pathlib import Path

import pytest

from tongxin.incidents import profile_files, profile_problems, profile_reference, wording
from tongxin.incidents.profile_types import RuleSet
from tongxin.incidents.profiles import BadProfiles, ProblemCode, check_profile, load_profiles, read_profiles

ROOT = Path(__file__).resolve().parents[4]
SHIPPED = ROOT / "profiles"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the shipped site file and one profile that a test may spoil."""
    shutil.copy(SHIPPED / "site.toml", tmp_path)
    shutil.copy(SHIPPED / "measles.toml", tmp_path)
    return tmp_path


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, f"the shipped file no longer holds {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def found(path: Path) -> list[tuple[str, str]]:
    return [(problem.code.value, problem.key) for problem in check_profile(path)]


# ------------------------------------------------------------------------------------------------ hostile files


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "MISSING_KEY"),
        (b"id = ", "BAD_TOML"),
        (b'id = "a"\nid = "b"', "BAD_TOML"),
        (b"a = " + b"[" * 20_000, "BAD_TOML"),
        (b"d = 2022-02-31", "BAD_TOML"),
        (b"\xff\xfe\x00i", "BAD_ENCODING"),
        ("id = '麻疹'".encode("gb18030"), "BAD_ENCODING"),
        (b"# " + b"x" * (512 * 1024), "TOO_LARGE"),
        (b"sources = 3", "WRONG_TYPE"),
        (b"[sources]\nx = 3", "WRONG_TYPE"),
        (b"rule_sets = 3", "MISSING_KEY"),
        (b"rule_sets = []", "MISSING_KEY"),
        (b"rule_sets = [1, {}, []]", "WRONG_TYPE"),
        (b"infection = []\nrule_sets = [{contacts = 1, zones = {levels = [1]}}]", "WRONG_TYPE"),
        (b"n = " + b"9" * 5000, "BAD_TOML"),
    ],
)
def test_files_that_are_no_profile(folder: Path, content: bytes, code: str) -> None:
    path = folder / "measles.toml"
    path.write_bytes(content)
    problems = check_profile(path)
    assert code in {problem.code.value for problem in problems}
    for problem in problems:
        assert len(problem.text("en")) < 1200
        assert "{" not in problem.text("zh")


@pytest.mark.parametrize(
    ("old", "new", "code", "key"),
    [
        ("ready_hours = { value = 5", "ready_hours = { value = 24", "OUT_OF_RANGE", "reports.ready_hours"),
        ("ready_hours = { value = 5", "ready_hours = { value = -1", "OUT_OF_RANGE", "reports.ready_hours"),
        ("ready_hours = { value = 5", 'ready_hours = { value = "5"', "WRONG_TYPE", "reports.ready_hours"),
        ("ready_hours = { value = 5", "ready_hours = { value = true", "WRONG_TYPE", "reports.ready_hours"),
        ("again_minutes = { value = 30", "again_minutes = { value = 4", "OUT_OF_RANGE", "investigation.again_minutes"),
        (
            "door_after_tries = { value = 3",
            "door_after_tries = { value = 0",
            "OUT_OF_RANGE",
            "investigation.door_after_tries",
        ),
    ],
)
def test_bad_values_of_the_site_are_named(folder: Path, old: str, new: str, code: str, key: str) -> None:
    spoil(folder / "site.toml", old, new)
    assert any(has == code and where.endswith(key) for has, where in found(folder / "measles.toml"))


def test_keys_with_a_default_may_be_missing_and_are_marked_as_proposed(folder: Path) -> None:
    text = (folder / "site.toml").read_text(encoding="utf-8")
    start, end = text.index("[zone_work]"), text.index("[planning]")
    kept = [line for line in (text[:start] + text[end:]).splitlines() if not line.startswith("close_after_hours")]
    (folder / "site.toml").write_text("\n".join(kept), encoding="utf-8")
    rules = profile_files.load_profiles(folder)["measles"].rule_sets[-1]
    values = (rules.zone_work.guard_hours, rules.zone_work.notice_minutes, rules.rounds.close_after_hours)
    assert [(one.value, one.grade.value, one.source) for one in values] == [
        (4, "D", "proposed"),
        (40, "D", "proposed"),
        (12, "D", "proposed"),
    ]


@pytest.mark.parametrize("value", ["0", "13", '"four"', "4.5"])
def test_a_wrong_stretch_of_a_guard_is_named(folder: Path, value: str) -> None:
    spoil(folder / "site.toml", "guard_hours = { value = 4,", f"guard_hours = {{ value = {value},")
    assert any(key.endswith("zone_work.guard_hours") for _code, key in found(folder / "measles.toml"))


def test_a_byte_order_mark_is_forgiven(folder: Path) -> None:
    path = folder / "measles.toml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert check_profile(path) == ()


def test_braces_in_a_value_do_not_break_the_sentence(folder: Path) -> None:
    path = folder / "measles.toml"
    spoil(path, 'transmission = "PERSON"', 'transmission = "{0.__class__} {boom}"')
    (problem,) = check_profile(path)
    assert "{0.__class__} {boom}" in problem.text("en")
    assert "{0.__class__} {boom}" in problem.text("zh")


def test_a_folder_in_place_of_a_file(folder: Path) -> None:
    (folder / "dengue.toml").mkdir()
    assert found(folder / "dengue.toml") == [("UNREADABLE", "")]


@pytest.mark.parametrize("name", ["Dengue", "dengue fever", "登革热"])
def test_file_names_that_make_no_id(folder: Path, name: str) -> None:
    path = folder / f"{name}.toml"
    shutil.copy(SHIPPED / "measles.toml", path)
    assert ("WRONG_ID", f"{name}.id") in found(path)


def test_a_bad_file_does_not_keep_the_good_ones_away(folder: Path) -> None:
    (folder / "dengue.toml").write_text("id = ", encoding="utf-8")
    reading = read_profiles(folder)
    assert list(reading.profiles) == ["measles"]
    assert [(problem.file, problem.code) for problem in reading.problems] == [("dengue.toml", ProblemCode.BAD_TOML)]


def test_load_refuses_and_tells_all_files(folder: Path) -> None:
    (folder / "dengue.toml").write_text("id = ", encoding="utf-8")
    (folder / "mumps.toml").write_bytes(b"\xff")
    with pytest.raises(BadProfiles) as caught:
        load_profiles(folder)
    assert [problem.file for problem in caught.value.problems] == ["dengue.toml", "mumps.toml"]
    assert caught.value.text("zh").count("\n") == 1
    assert "dengue.toml" in str(caught.value)


@pytest.mark.parametrize(("make", "code"), [(False, "NO_FOLDER"), (True, "NO_PROFILE")])
def test_no_folder_or_an_empty_one(tmp_path: Path, make: bool, code: str) -> None:
    folder = tmp_path / "profiles"
    if make:
        folder.mkdir()
    with pytest.raises(BadProfiles) as caught:
        load_profiles(folder)
    assert [problem.code.value for problem in caught.value.problems] == [code]


# ------------------------------------------------------------------------------------------------ sentences and page


@pytest.mark.parametrize("code", list(ProblemCode))
def test_every_mistake_has_a_sentence_in_both_languages(code: ProblemCode) -> None:
    english, chinese = profile_problems._ENGLISH[code], profile_problems._CHINESE[code]
    names = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (english, chinese)]
    assert names[1] <= names[0]
    assert english.endswith(".")
    assert chinese.endswith("。")
    assert re.search(r"[一-鿿]", chinese)


def test_every_form_of_a_value_has_its_chinese_words(folder: Path) -> None:
    path = folder / "measles.toml"
    spoil(path, "weight = 1.0", 'weight = "much"')
    (problem,) = check_profile(path)
    assert (
        problem.text("zh")
        == "measles.toml: measles-2025.contacts.layers.HOUSEHOLD.weight: 此处为 'much'，应为 数字。请按该形式填写。"
    )


def test_the_reference_page_is_the_one_that_the_keys_make() -> None:
    written = (ROOT / "docs" / "reference" / "profiles.md").read_text(encoding="utf-8")
    assert written == profile_reference.page()


def test_every_key_of_the_shipped_files_is_on_the_page() -> None:
    page = profile_reference.page()

    def keys(part: object) -> typing.Iterator[str]:
        if isinstance(part, dict):
            for name, inner in part.items():
                if name != "sources":
                    yield name
                    yield from keys(inner)
        elif isinstance(part, list):
            for inner in part:
                yield from keys(inner)

    for path in SHIPPED.glob("*.toml"):
        for key in keys(tomllib.loads(path.read_text(encoding="utf-8"))):
            assert f"`{key}" in page or key == "value", key


def test_the_wheel_takes_the_profiles_along() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]["profiles"] == "tongxin/profiles"


# ------------------------------------------------------------------------------------------------ spoiled at random


def places(part: object) -> typing.Iterator[tuple[typing.Any, typing.Any]]:
    """Every container of the tables with every key or index in it."""
    if isinstance(part, dict | list):
        for name in list(part) if isinstance(part, dict) else range(len(part)):
            yield part, name
            yield from places(part[name])


STRANGE = [
    None,
    "",
    " ",
    "x" * 300,
    "{boom}",
    -1,
    10**30,
    1.5,
    float("nan"),
    float("inf"),
    True,
    [],
    [[]],
    {},
    {"value": 1},
]


@pytest.mark.parametrize("name", ["covid-cn", "measles", "norovirus", "chikungunya"])
def test_no_strange_value_in_any_place_brings_the_reader_down(name: str) -> None:
    """Seeded: a value anywhere is replaced or taken out; the answer is a profile or mistakes, never an exception."""
    path = SHIPPED / f"{name}.toml"
    sound = tomllib.loads(path.read_text(encoding="utf-8"))
    site = profile_files._site(SHIPPED / "site.toml", [])
    chance = random.Random(2022)
    for _ in range(15):
        table = copy.deepcopy(sound)
        container, key = chance.choice(list(places(table)))
        strange = chance.choice(STRANGE)
        if strange is None:
            del container[key]
        else:
            container[key] = strange
        problems: list[profile_problems.ProfileProblem] = []
        profile = profile_files.profile_from_table(table, path=path, site=site, problems=problems)
        assert problems or profile is not None
        for problem in problems:
            assert problem.text("en")
            assert problem.text("zh")


def test_every_section_of_a_rule_set_has_a_title():
    """A section that a page would show by its key is a word of the machine in front of a person."""
    shown = {field.name for field in fields(RuleSet)} - {"id", "name"}
    assert shown == set(wording.SECTIONS)
