"""Reading and checking profile files: the shipped ones are sound, and every mistake is told where and how."""

import dataclasses
import re
import shutil
import typing
from datetime import date, time
from pathlib import Path

import pytest

from tongxin.incidents.profiles import (
    Degree,
    Grade,
    Layer,
    Profile,
    Transmission,
    Valued,
    check_profile,
    default_folder,
    load_profiles,
    rule_set_on,
)

ROOT = Path(__file__).resolve().parents[4]
SHIPPED = ROOT / "profiles"


@pytest.fixture(scope="module")
def shipped() -> dict[str, Profile]:
    return load_profiles(SHIPPED)


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


def every_value(thing: object) -> typing.Iterator[Valued[object]]:
    if isinstance(thing, Valued):
        yield thing
        thing = thing.value
    if isinstance(thing, tuple):
        for part in thing:
            yield from every_value(part)
    elif dataclasses.is_dataclass(thing):
        for field in dataclasses.fields(thing):
            yield from every_value(getattr(thing, field.name))


# ------------------------------------------------------------------------------------------------ shipped files


def test_the_default_folder_is_the_one_of_the_source_tree() -> None:
    assert default_folder().resolve() == SHIPPED


def test_four_profiles_are_shipped(shipped: dict[str, Profile]) -> None:
    assert sorted(shipped) == ["chikungunya", "covid-cn", "measles", "norovirus"]


@pytest.mark.parametrize(
    ("profile_id", "model", "reference_only"),
    [
        ("covid-cn", Transmission.PERSON, True),
        ("measles", Transmission.PERSON, False),
        ("norovirus", Transmission.EXPOSURE_SOURCE, False),
        ("chikungunya", Transmission.VECTOR_RADIUS, False),
    ],
)
def test_contact_models(
    shipped: dict[str, Profile], profile_id: str, model: Transmission, reference_only: bool
) -> None:
    assert shipped[profile_id].transmission is model
    assert shipped[profile_id].reference_only is reference_only


def test_every_value_has_source_grade_and_key(shipped: dict[str, Profile]) -> None:
    values = [value for profile in shipped.values() for value in every_value(profile)]
    assert len(values) > 300
    for value in values:
        assert value.source.strip(), value.key
        assert isinstance(value.grade, Grade), value.key
        assert re.fullmatch(r"[a-z0-9-]+(\.[A-Za-z0-9_*-]+)+", value.key), value.key


def test_unsourced_values_are_to_verify(shipped: dict[str, Profile]) -> None:
    unsourced = [value for profile in shipped.values() for value in every_value(profile) if value.grade is Grade.U]
    assert unsourced
    assert all(value.to_verify for value in unsourced)


def test_rule_keys_are_unique_within_a_rule_set(shipped: dict[str, Profile]) -> None:
    for profile in shipped.values():
        for rule_set in profile.rule_sets:
            keys = [value.key for value in every_value(rule_set)]
            assert len(keys) == len(set(keys)), rule_set.id


def test_a_rule_key_names_rule_set_section_and_row(shipped: dict[str, Profile]) -> None:
    rules = shipped["covid-cn"].rule_sets[0]
    assert rules.contacts.lookback_days.key == "covid-cn-9e.contacts.lookback_days"
    assert rules.contacts.layers[0].key == "covid-cn-9e.contacts.layers.HOUSEHOLD"
    assert [row.key for row in rules.zones.proposals][:2] == [
        "covid-cn-9e.zones.proposals.CASE",
        "covid-cn-9e.zones.proposals.CASE-2",
    ]
    assert rules.zones.levels[0].lift is not None
    assert rules.zones.levels[0].lift.conditions[0].key == "covid-cn-9e.zones.levels.high.lift.conditions.NO_NEW_DAYS"


def test_values_of_the_site_keep_their_own_key_and_source(shipped: dict[str, Profile]) -> None:
    rules = shipped["measles"].rule_sets[0]
    assert rules.people.shift_hours.key == "site.people.shift_hours"
    assert rules.rounds.bag_tubes.key == "site.rounds.bag_tubes"
    assert rules.rounds.pool_sizes.key == "measles-2025.rounds.pool_sizes"
    assert "Huainan" in rules.rounds.bag_tubes.source


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("shift_hours", 8),
        ("rest_hours", 11),
        ("ppe_hours", 4),
        ("ppe_break_minutes", 60),
        ("mask_hours", 4),
        ("days_in_row", 6),
        ("exit_days", 5),
        ("exit_tests", (1, 3, 5)),
        ("morning_until", time(12)),
    ],
)
def test_limits_for_those_who_serve(shipped: dict[str, Profile], name: str, expected: object) -> None:
    for profile in shipped.values():
        for rule_set in profile.rule_sets:
            assert getattr(rule_set.people, name).value == expected


def test_coverall_limit_says_that_it_has_no_official_text(shipped: dict[str, Profile]) -> None:
    limit = shipped["covid-cn"].rule_sets[0].people.ppe_hours
    assert (limit.grade, limit.to_verify) == (Grade.U, True)


@pytest.mark.parametrize(
    ("section", "name", "expected"),
    [
        ("investigation", "report_hours", 2),
        ("investigation", "track_hours", 4),
        ("investigation", "first_report_hours", 24),
        ("transfer", "contact_hours", 8),
        ("transfer", "secondary_hours", 12),
        ("transfer", "second_driver_above_hours", 4),
        ("transfer", "ambulance_seats", 1),
        ("rounds", "pool_sizes", (1, 5, 10, 20)),
        ("rounds", "bag_tubes", 20),
        ("rounds", "recall_mode", "HOME_ISOLATION"),
        ("rounds", "people_per_sampler", 360),
        ("rounds", "pooled_result_hours", 24),
        ("rounds", "single_result_hours", 6),
        ("pooling", "warn_size", 20),
        ("pooling", "warn_above_share", 0.005),
        ("reports", "zero_report", True),
        ("reports", "cutoff", time(0)),
        ("reports", "ready_hours", 5),
        ("investigation", "again_minutes", 30),
        ("investigation", "door_after_tries", 3),
    ],
)
def test_numbers_of_the_rulebook(shipped: dict[str, Profile], section: str, name: str, expected: object) -> None:
    assert getattr(getattr(shipped["covid-cn"].rule_sets[0], section), name).value == expected


def test_no_coach_drives_in_the_hours_of_the_accident(shipped: dict[str, Profile]) -> None:
    window = shipped["covid-cn"].rule_sets[0].transfer.no_coach.value
    assert (window.start, window.until) == (time(2), time(5))


@pytest.mark.parametrize(
    ("profile_id", "layers"),
    [
        ("measles", {Layer.HOUSEHOLD, Layer.CLASS, Layer.ENTRANCE, Layer.VENUE}),
        ("chikungunya", {Layer.HOUSEHOLD, Layer.RADIUS}),
        ("norovirus", {Layer.HOUSEHOLD, Layer.CLASS, Layer.VENUE, Layer.WORK_UNIT}),
    ],
)
def test_layers(shipped: dict[str, Profile], profile_id: str, layers: set[Layer]) -> None:
    assert {row.value.layer for row in shipped[profile_id].rule_sets[0].contacts.layers} == layers


def test_household_and_class_are_measles_contacts_for_21_days(shipped: dict[str, Profile]) -> None:
    rules = rule_set_on(shipped["measles"], date(1861, 10, 30))
    assert rules is not None
    degrees = {row.value.layer: row.value.degree for row in rules.contacts.layers}
    assert degrees[Layer.HOUSEHOLD] is degrees[Layer.CLASS] is Degree.CONTACT
    assert [stage.days for row in rules.management for stage in row.value.stages] == [21]


def test_mosquito_radius_and_spraying(shipped: dict[str, Profile]) -> None:
    vector = shipped["chikungunya"].rule_sets[0].vector
    assert vector is not None
    assert vector.radius_m.value == 100
    assert [(row.value.from_day, row.value.until_day, row.value.times_a_day) for row in vector.spraying] == [
        (1, 3, 2),
        (4, 7, 1),
    ]


def test_norovirus_exposure_and_cleaning(shipped: dict[str, Profile]) -> None:
    rules = shipped["norovirus"].rule_sets[0]
    assert rules.exposure is not None
    assert rules.cleaning is not None
    assert (rules.exposure.before_onset_min_hours.value, rules.exposure.before_onset_max_hours.value) == (12, 72)
    assert rules.cleaning.alcohol_effective.value is False
    vomit = rules.cleaning.surfaces[0].value
    assert (vomit.chlorine_mg_l_min, vomit.chlorine_mg_l_max, vomit.minutes) == (5000, 10000, 30)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2022, 6, 27), None),
        (date(2022, 6, 28), "covid-cn-9e"),
        (date(2022, 11, 3), "covid-cn-9e"),
        (date(2022, 11, 10), "covid-cn-9e"),
        (date(2022, 11, 11), "covid-cn-20m"),
        (date(2026, 1, 1), "covid-cn-20m"),
    ],
)
def test_rule_set_on_a_day(shipped: dict[str, Profile], day: date, expected: str | None) -> None:
    rule_set = rule_set_on(shipped["covid-cn"], day)
    assert (rule_set.id if rule_set else None) == expected


def test_text_in_both_languages(shipped: dict[str, Profile]) -> None:
    name = shipped["measles"].name
    assert (name.in_language("zh-hans"), name.in_language("en")) == ("麻疹", "Measles")


def test_a_rule_set_may_restate_one_key_of_the_site(folder: Path) -> None:
    path = folder / "measles.toml"
    path.write_text(
        path.read_text(encoding="utf-8")
        + '\n[rule_sets.people]\nshift_hours = { value = 6, source = "proposed", grade = "D" }\n',
        encoding="utf-8",
    )
    people = load_profiles(folder)["measles"].rule_sets[0].people
    assert (people.shift_hours.value, people.shift_hours.key) == (6, "measles-2025.people.shift_hours")
    assert (people.rest_hours.value, people.rest_hours.key) == (11, "site.people.rest_hours")


# ------------------------------------------------------------------------------------------------ mistakes

LOOKBACK = 'lookback_days = { value = 4, source = "us-health", grade = "B" }'


@pytest.mark.parametrize(
    ("old", "new", "code", "key"),
    [
        ('id = "measles"', 'id = "mumps"', "WRONG_ID", "measles.id"),
        ('id = "measles-2025"', 'id = "Measles 2025"', "WRONG_ID", "rule_sets.1.id"),
        ('id = "measles-2025"\n', "", "MISSING_KEY", "rule_sets.1.id"),
        ("reference_only = false", "", "MISSING_KEY", "measles.reference_only"),
        ("reference_only = false", 'reference_only = "no"', "WRONG_TYPE", "measles.reference_only"),
        ('transmission = "PERSON"', 'transmission = "PERSONS"', "UNKNOWN_CODE_GUESS", "measles.transmission"),
        ('transmission = "PERSON"', "transmission = 7", "UNKNOWN_CODE", "measles.transmission"),
        ('transmission = "PERSON"', 'transmission = "VECTOR_RADIUS"', "MODEL_INCOMPLETE", "measles-2025.vector"),
        ('transmission = "PERSON"', 'transmission = "EXPOSURE_SOURCE"', "MODEL_INCOMPLETE", "measles-2025.exposure"),
        ('name = { zh = "麻疹", en', 'name = { zh = " ", en', "EMPTY", "measles.name.zh"),
        ('name = { zh = "麻疹", en', "name = { en", "MISSING_KEY", "measles.name.zh"),
        ("lookback_days", "lookback_dayz", "UNKNOWN_KEY_GUESS", "measles-2025.contacts.lookback_dayz"),
        ("lookback_days", "lookback_dayz", "MISSING_KEY", "measles-2025.contacts.lookback_days"),
        (LOOKBACK, f"{LOOKBACK}\nxyzzy = 1", "UNKNOWN_KEY", "measles-2025.contacts.xyzzy"),
        (LOOKBACK, "lookback_days = 4", "WRONG_TYPE", "measles-2025.contacts.lookback_days"),
        (LOOKBACK, LOOKBACK.replace("value = 4", "value = -4"), "OUT_OF_RANGE", "measles-2025.contacts.lookback_days"),
        (LOOKBACK, LOOKBACK.replace("value = 4", "value = 4.5"), "WRONG_TYPE", "measles-2025.contacts.lookback_days"),
        (LOOKBACK, LOOKBACK.replace("value = 4", "value = true"), "WRONG_TYPE", "measles-2025.contacts.lookback_days"),
        (LOOKBACK, LOOKBACK.replace("value = 4, ", ""), "MISSING_KEY", "measles-2025.contacts.lookback_days.value"),
        (LOOKBACK, LOOKBACK.replace('"B"', '"E"'), "BAD_GRADE", "measles-2025.contacts.lookback_days.grade"),
        (LOOKBACK, LOOKBACK.replace(', grade = "B"', ""), "MISSING_KEY", "measles-2025.contacts.lookback_days.grade"),
        (
            LOOKBACK,
            LOOKBACK.replace('source = "us-health", ', ""),
            "MISSING_SOURCE",
            "measles-2025.contacts.lookback_days",
        ),
        (LOOKBACK, LOOKBACK.replace("us-health", "hearsay"), "UNKNOWN_SOURCE", "measles-2025.contacts.lookback_days"),
        (LOOKBACK, LOOKBACK.replace('"B"', '"U"'), "UNVERIFIED", "measles-2025.contacts.lookback_days"),
        (
            LOOKBACK,
            LOOKBACK.replace(" }", ', to_verify = "yes" }'),
            "WRONG_TYPE",
            "measles-2025.contacts.lookback_days.to_verify",
        ),
        ("weight = 1.0", "weight = nan", "WRONG_TYPE", "measles-2025.contacts.layers.HOUSEHOLD.weight"),
        ("weight = 1.0", "weight = 1.5", "OUT_OF_RANGE", "measles-2025.contacts.layers.HOUSEHOLD.weight"),
        ('layer = "HOUSEHOLD"', 'layer = "QUEUE"', "LAYER_INCOMPLETE", "measles-2025.contacts.layers.QUEUE"),
        ('layer = "HOUSEHOLD"', 'layer = "RADIUS"', "LAYER_INCOMPLETE", "measles-2025.contacts.layers.RADIUS"),
        ("within_minutes = 120, ", "", "LAYER_INCOMPLETE", "measles-2025.contacts.layers.VENUE"),
        ('degree = "CONTACT"', 'degree = "EXPOSED"', "NO_MANAGEMENT", "measles-2025.management"),
        (
            'degree = "CONTACT"',
            'degree = "SECONDARY_CONTACT"',
            "SECONDARY_OFF",
            "measles-2025.contacts.layers.HOUSEHOLD",
        ),
        ("secondary = { value = false", "secondary = { value = true", "NO_MANAGEMENT", "measles-2025.management"),
        ("days = 21 }", "days = 21, tests = [22] }", "TEST_DAY_OUTSIDE", "measles-2025.management.CONTACT"),
        ("days = 21 }", "days = 0 }", "OUT_OF_RANGE", "measles-2025.management.CONTACT.stages.HOME_ISOLATION.days"),
        ('[{ mode = "HOME_ISOLATION", days = 21 }]', "[]", "EMPTY", "measles-2025.management.CONTACT.stages"),
        ('[{ mode = "HOME_ISOLATION", days = 21 }]', "7", "WRONG_TYPE", "measles-2025.management.CONTACT.stages"),
        ('to = "low"', 'to = "lowest"', "UNKNOWN_LEVEL", "measles-2025.zones.levels.watch.lift.to"),
        ('to = "low"', 'to = "watch"', "LIFT_CYCLE", "measles-2025.zones.levels.watch.lift.to"),
        ('level = "watch"', 'level = "wach"', "UNKNOWN_LEVEL", "measles-2025.zones.proposals.CASE.level"),
        ('canonical = "LOW"', 'canonical = "HIGH"', "LEVEL_ORDER", "measles-2025.zones.levels.low"),
        ('key = "low"', 'key = "watch"', "DUPLICATE", "measles-2025.zones.levels"),
        ("minimum = 7", "minimum = 12", "NOT_ASCENDING", "measles.infection.incubation"),
        ("value = -4, source", "value = 5, source", "NOT_ASCENDING", "measles.infection.infectious_until_day"),
        (
            "default_pool = { value = 1",
            "default_pool = { value = 10",
            "POOL_NOT_ALLOWED",
            "measles-2025.rounds.default_pool",
        ),
        (
            "pool_sizes = { value = [1]",
            "pool_sizes = { value = [30]",
            "OUT_OF_RANGE",
            "measles-2025.rounds.pool_sizes.1",
        ),
        ("[[rule_sets]]", "[[rulesets]]", "UNKNOWN_KEY_GUESS", "measles.rulesets"),
        ("[[rule_sets]]", "[[rulesets]]", "MISSING_KEY", "rule_sets"),
        ('id = "measles-2025"', 'id = "site"', "WRONG_ID", "rule_sets.1.id"),
    ],
)
def test_one_mistake(folder: Path, old: str, new: str, code: str, key: str) -> None:
    path = folder / "measles.toml"
    spoil(path, old, new)
    assert (code, key) in found(path)


def with_days(folder: Path, *spans: tuple[str, str]) -> Path:
    """One profile with a rule set a span; the days are written as in a file, "" leaves the end open."""
    text = (SHIPPED / "measles.toml").read_text(encoding="utf-8")
    head, body = text.split("[[rule_sets]]\n", 1)
    parts = []
    for number, (start, until) in enumerate(spans, 1):
        days = "".join(
            f'{name} = {{ value = {day}, source = "proposed", grade = "D" }}\n'
            for name, day in (("effective_from", start), ("effective_until", until))
            if day
        )
        label, rest = body.split("\n\n", 1)
        parts.append("[[rule_sets]]\n" + label.replace("measles-2025", f"r{number}") + "\n" + days + "\n" + rest)
    path = folder / "measles.toml"
    path.write_text(head + "\n".join(parts), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([("2022-01-01", "2022-02-01"), ("2022-02-02", "")], []),
        ([("2022-02-02", ""), ("2022-01-01", "2022-02-01")], []),
        ([("", "2022-02-01"), ("2022-02-02", "2022-03-01")], []),
        ([("2022-01-01", "2022-02-01"), ("2022-02-01", "")], [("DATES_OVERLAP", "r2.effective_from")]),
        ([("2022-01-01", ""), ("2022-02-01", "")], [("DATES_OVERLAP", "r2.effective_from")]),
        ([("", ""), ("", "")], [("DATES_OVERLAP", "r2.effective_from")]),
        ([("2022-01-01", "2022-02-01"), ("2022-02-03", "")], [("DATES_GAP", "r2.effective_from")]),
        ([("2022-03-01", "2022-02-01")], [("DATES_REVERSED", "r1.effective_until")]),
        ([('"2022-01-01"', "")], [("WRONG_TYPE", "r1.effective_from")]),
        ([("2022-01-01T00:00:00", "")], [("WRONG_TYPE", "r1.effective_from")]),
    ],
)
def test_days_of_rule_sets(folder: Path, spans: list[tuple[str, str]], expected: list[tuple[str, str]]) -> None:
    assert found(with_days(folder, *spans)) == expected


def test_rule_sets_are_sorted_by_their_days(folder: Path) -> None:
    with_days(folder, ("2022-02-02", ""), ("2022-01-01", "2022-02-01"))
    assert [rule_set.id for rule_set in load_profiles(folder)["measles"].rule_sets] == ["r2", "r1"]


def test_a_gap_is_told_with_its_days(folder: Path) -> None:
    path = with_days(folder, ("2022-01-01", "2022-02-01"), ("2022-02-05", ""))
    (problem,) = check_profile(path)
    assert "2022-02-02 to 2022-02-04" in problem.text("en")
    assert "2022-02-02 至 2022-02-04" in problem.text("zh-hans")


def test_two_rule_sets_with_one_id(folder: Path) -> None:
    path = with_days(folder, ("2022-01-01", "2022-02-01"), ("2022-02-02", ""))
    spoil(path, 'id = "r2"', 'id = "r1"')
    assert ("DUPLICATE", "rule_sets") in found(path)


def test_a_longer_circle_of_lifts_is_told_with_its_path(folder: Path) -> None:
    shutil.copy(SHIPPED / "chikungunya.toml", folder)
    path = folder / "chikungunya.toml"
    spoil(path, 'to = "safe"', 'to = "high"')
    texts = [problem.text() for problem in check_profile(path)]
    assert len(texts) == 3
    assert any("high → medium → low → high" in text for text in texts)


def test_a_level_that_can_never_be_lifted(folder: Path) -> None:
    path = folder / "measles.toml"
    text = path.read_text(encoding="utf-8")
    start = text.index("[rule_sets.zones.levels.lift]")
    end = text.index("[[rule_sets.zones.levels]]", start)
    path.write_text(text[:start] + text[end:], encoding="utf-8")
    assert found(path) == [("LIFT_MISSING", "measles-2025.zones.levels.watch.lift")]


def test_two_steps_down_at_once_are_a_choice_of_the_epidemiologist(folder: Path) -> None:
    shutil.copy(SHIPPED / "chikungunya.toml", folder)
    path = folder / "chikungunya.toml"
    spoil(path, 'to = "medium"', 'to = "low"')
    assert found(path) == []


def test_a_lift_must_lead_downward(folder: Path) -> None:
    shutil.copy(SHIPPED / "chikungunya.toml", folder)
    path = folder / "chikungunya.toml"
    spoil(path, 'to = "low"', 'to = "high"')
    spoil(path, 'to = "medium"', 'to = "low"')
    assert found(path) == [("LIFT_UPWARD", "chikungunya-2025.zones.levels.medium.lift.to")]


def test_band_that_names_no_level_and_falls(folder: Path) -> None:
    shutil.copy(SHIPPED / "chikungunya.toml", folder)
    path = folder / "chikungunya.toml"
    spoil(path, '{ below = 10, level = "low"', '{ below = 4, level = "lov"')
    codes = found(path)
    assert ("UNKNOWN_LEVEL", "chikungunya-2025.vector.bands.2.level") in codes
    assert ("NOT_ASCENDING", "chikungunya-2025.vector.bands") in codes


def test_all_mistakes_are_told_at_once(folder: Path) -> None:
    path = folder / "measles.toml"
    spoil(path, 'source = "us-health", grade = "B"', 'grade = "B"')
    spoil(path, "days = 21 }", "days = 21, tests = [30] }")
    spoil(path, 'to = "low"', 'to = "nowhere"')
    spoil(path, "minimum = 7", "minimum = 30")
    assert {code for code, _ in found(path)} == {"MISSING_SOURCE", "TEST_DAY_OUTSIDE", "UNKNOWN_LEVEL", "NOT_ASCENDING"}


@pytest.mark.parametrize(
    ("old", "new", "code", "key"),
    [
        ("[people]", "[peple]", "UNKNOWN_KEY_GUESS", "site.peple"),
        ("shift_hours = { value = 8", "shift_hours = { value = 80", "OUT_OF_RANGE", "site.people.shift_hours"),
        ('start = "02:00"', 'start = "2 a.m."', "WRONG_TYPE", "site.transfer.no_coach.start"),
        ('measure = "*"', 'measure = "ANY"', "NO_GENERAL_APPROVAL", "site.approvals"),
        ('measure = "LIFT_ZONE"', 'measure = "CENTRAL_ISOLATION"', "DUPLICATE", "site.approvals"),
        ("value = [0, 60, 120]", "value = [60, 0]", "NOT_ASCENDING", "site.calls.escalate_minutes"),
        (
            "door_check_step = { value = 2",
            "door_check_step = { value = 4",
            "OUT_OF_RANGE",
            "site.calls.door_check_step",
        ),
        ("gone_hours = { value = 24", "gone_hours = { value = 0", "OUT_OF_RANGE", "site.calls.gone_hours"),
        (
            "stop_after_hours = { value = 48,",
            "stop_after_hours = { value = true,",
            "WRONG_TYPE",
            "site.calls.stop_after_hours",
        ),
        ("[requests]", "[request]", "UNKNOWN_KEY_GUESS", "site.request"),
        ("life_minutes = { value = 30", "life_minutes = { value = -5", "OUT_OF_RANGE", "site.requests.life_minutes"),
        (
            'today_until = { value = "20:00"',
            'today_until = { value = "8 pm"',
            "WRONG_TYPE",
            "site.requests.today_until",
        ),
        ("medicine_days = { value = 7", "medicine_days = { value = 1", "NOT_ASCENDING", "site.requests.medicine_days"),
        (
            "visit_minutes = { value = 20, source",
            "visit_minutes = { value = 20, sourc",
            "MISSING_SOURCE",
            "site.requests.visit_minutes",
        ),
        ("persons = 2", "persons = 0", "OUT_OF_RANGE", "site.approvals.RAISE_ZONE.persons"),
    ],
)
def test_mistakes_in_the_site_file(folder: Path, old: str, new: str, code: str, key: str) -> None:
    spoil(folder / "site.toml", old, new)
    problems = check_profile(folder / "measles.toml")
    assert (code, key) in [(problem.code.value, problem.key) for problem in problems]
    assert {problem.file for problem in problems if problem.key == key} == {"site.toml"}


def test_steps_of_late_requests_rise_like_those_of_calls(folder: Path) -> None:
    path = folder / "site.toml"
    text = path.read_text(encoding="utf-8")
    head, tail = text.split("[requests]")
    path.write_text(f"{head}[requests]{tail.replace('[0, 60, 120]', '[0, 120, 60]')}", encoding="utf-8")
    problems = check_profile(folder / "measles.toml")
    assert [(row.code.value, row.key) for row in problems] == [("NOT_ASCENDING", "site.requests.escalate_minutes")]
    assert "120" in problems[0].text("zh-hans")


def test_without_the_site_file_every_section_is_asked_for(folder: Path) -> None:
    (folder / "site.toml").unlink()
    assert ("MISSING_KEY", "measles-2025.people") in found(folder / "measles.toml")
