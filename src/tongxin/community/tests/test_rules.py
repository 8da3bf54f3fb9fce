import pytest

from tongxin.community import rules
from tongxin.community.names import mask_name, mask_tail, query_words, search_words


@pytest.mark.parametrize(
    ("classes", "chronic", "mobility", "expected"),
    [
        ((), "", "", {}),
        (("ACADEMICIAN",), "", "", {"ACADEMICIAN": ""}),
        (("ACADEMICIAN", "每周换药"), "", "", {"ACADEMICIAN": "", "OTHER": "每周换药"}),
        ((), "高血压、糖尿病", "", {"CHRONIC": "高血压、糖尿病"}),
        ((), "尿毒症", "", {"DIALYSIS": "尿毒症"}),
        ((), "说不清的老毛病", "", {"CHRONIC": "说不清的老毛病"}),
        ((), "", "长期卧床", {"BEDBOUND": "长期卧床"}),
        ((), "", "行动自如", {}),
        (("RETIRED_STAFF",), "糖尿病", "卧床", {"RETIRED_STAFF": "", "CHRONIC": "糖尿病", "BEDBOUND": "卧床"}),
    ],
)
def test_what_a_row_says_becomes_care_classes(classes, chronic, mobility, expected):
    assert rules.care_needs(classes, chronic=chronic, mobility=mobility) == expected


def test_retired_people_are_no_illness():
    assert "RETIRED_STAFF" not in rules.care_needs((), chronic="退休")


def test_the_one_to_one_list_is_part_of_the_care_codes():
    assert set(rules.ONE_TO_ONE_CODES) < set(rules.CARE_CODES)


@pytest.mark.parametrize(
    "ordered",
    [
        ["1", "2", "10", "18", "甲1"],
        ["A", "B", "C"],
        ["2", "2A", "10", "?"],
    ],
)
def test_buildings_sort_as_people_count(ordered):
    assert sorted(set(ordered), key=rules.building_sort_key) == ordered


def test_dwellings_sort_in_walking_order():
    doors = [
        ("1", "1", -1, "B101"),
        ("1", "1", 3, "302"),
        ("1", "1", 12, "1203"),
        ("1", "2", 1, "101"),
        ("2", "1", 1, "101"),
    ]
    keys = [rules.dwelling_sort_key(*door) for door in doors]
    assert keys == sorted(keys)
    assert all(len(key) <= 100 for key in keys)


@pytest.mark.parametrize(
    ("parts", "building", "door"),
    [
        ({"building": "18", "entrance": "1", "room": "302"}, "18", "18-1-302"),
        ({"building": "5号院"}, "5号院", "5号院"),
        ({"household": "41"}, "41", "41"),
        ({"building": "18", "room": "302", "household": "7"}, "18", "18-302"),
        ({"room": "302"}, "?", "?-302"),
        ({"text": "老传达室旁"}, "?", "老传达室旁"),
    ],
)
def test_everybody_with_any_place_gets_a_door(parts, building, door):
    given = {"building": "", "entrance": "", "room": "", "household": "", "text": "", "floor": None} | parts
    key = rules.place_key(**given)
    assert (key.building, key.door) == (building, door)


def test_no_place_at_all_is_refused():
    with pytest.raises(ValueError, match="at least one part"):
        rules.place_key(building="", entrance="", room="", household="", text="", floor=None)


STATES = (rules.MERGE_OPEN, rules.MERGE_MERGED, rules.MERGE_DIFFERENT)
ALLOWED = {("OPEN", "MERGED"), ("OPEN", "DIFFERENT"), ("MERGED", "OPEN"), ("DIFFERENT", "OPEN")}


@pytest.mark.parametrize("present", STATES)
@pytest.mark.parametrize("wanted", STATES)
def test_only_these_steps_of_a_pair_are_allowed(present, wanted):
    if (present, wanted) in ALLOWED:
        rules.check_merge_step(present, wanted)
    else:
        with pytest.raises(rules.WrongMergeStep):
            rules.check_merge_step(present, wanted)


@pytest.mark.parametrize(
    ("reasons", "is_sure"),
    [
        (("same_id", "same_name"), True),
        (("same_id",), False),
        (("same_phone_and_name", "same_name"), False),
        (("same_door_and_name", "same_birth_date"), False),
        ((), False),
    ],
)
def test_only_the_same_number_and_name_is_sure(reasons, is_sure):
    assert rules.is_sure_pair(reasons) is is_sure


@pytest.mark.parametrize("purpose", [*rules.PURPOSES, "tracing.interview", "residents.call-round"])
def test_codes_are_purposes(purpose):
    assert rules.check_purpose(purpose) == purpose


@pytest.mark.parametrize("purpose", ["", "想看看林小满", "a b", "x" * 80, "<script>", "13900000001"])
def test_free_text_is_no_purpose(purpose):
    with pytest.raises(ValueError, match="code"):
        rules.check_purpose(purpose)


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("林小满", "林**"),
        ("林满", "林*"),
        ("欧阳小满", "欧阳**"),
        ("欧阳", "欧*"),
        ("Anna Maria Lind", "A*** M*** L***"),
        ("H001", "H***"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_names_are_masked(name, masked):
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [("+8613900000001", "*** 0001"), ("", ""), ("1234", "***"), ("11010519600101001X", "*** 001X")],
)
def test_numbers_are_masked(number, masked):
    assert mask_tail(number) == masked


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("曾单明", "zsm"),
        ("曾单明", "csm"),
        ("曾单明", "zdm"),
        ("曾单明", "zs"),
        ("曾单明", "曾单"),
        ("曾单明", "单明"),
        ("曾單明", "曾单明"),
        ("林小满", "linxiaoman"),
        ("林小满", "LXM"),
        ("林满", "lm"),
        ("Anna Lind", "lin"),
        ("Anna Lind", "al"),
        ("H001", "H001"),
    ],
)
def test_a_name_is_found_by(name, typed):
    assert set(query_words(typed)) & search_words(name)


@pytest.mark.parametrize(
    ("name", "typed"), [("林小满", "l"), ("林小满", "满"), ("林小满", "wsm"), ("林小满", ""), ("", "lxm")]
)
def test_a_name_is_not_found_by(name, typed):
    assert not set(query_words(typed)) & search_words(name)


def test_names_with_many_readings_stay_small():
    assert len(search_words("曾重单行乐朴")) < 120
