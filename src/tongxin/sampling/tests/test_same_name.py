"""People of one family name behind one door: told apart with the least data, and whole names only with a trace."""

import re

import pytest
from django.urls import reverse
from django.utils import translation

from tongxin.base.ids import new_uuid
from tongxin.base.models import AuditEntry
from tongxin.community.models import Person
from tongxin.conftest import add_people, new_person
from tongxin.sampling import rules, wording
from tongxin.sampling.models import Registration
from tongxin.sampling.rules import Traits
from tongxin.sampling.tests.stories import open_mass, take

HTMX = {"HTTP_HX_REQUEST": "true"}
FATHER, SON, SON_2 = Traits("M", 1968), Traits("M", 1995), Traits("M", 1999)


@pytest.mark.parametrize(
    ("alike", "expected"),
    [
        ([FATHER], [()]),
        ([], []),
        ([FATHER, Traits("F", 1968)], [(("SEX", "M"),), (("SEX", "F"),)]),
        ([FATHER, SON], [(("AGE", "50"),), (("AGE", "20"),)]),
        (
            [FATHER, SON, Traits("F", 1995)],
            [(("SEX", "M"), ("AGE", "50")), (("SEX", "M"), ("AGE", "20")), (("SEX", "F"), ("AGE", "20"))],
        ),
        ([FATHER, SON, SON_2], [(("BIRTH_YEAR", "1968"),), (("BIRTH_YEAR", "1995"),), (("BIRTH_YEAR", "1999"),)]),
        ([SON, SON], [(), ()]),
        ([Traits("U", None), Traits("U", None)], [(), ()]),
        ([Traits("U", None), SON], [(), (("SEX", "M"),)]),
        ([FATHER, SON, SON], [(("AGE", "50"),), (("AGE", "20"),), (("AGE", "20"),)]),
        ([Traits("M", 2022), Traits("M", 2030), SON], [(("BIRTH_YEAR", "2022"),), (("BIRTH_YEAR", "2030"),), (("BIRTH_YEAR", "1995"),)]),
    ],
)  # fmt: skip
def test_the_least_that_tells_everybody_apart(alike, expected):
    assert list(rules.tell_apart(alike, 2022)) == expected


def test_marks_are_words():
    with translation.override("en"):
        assert wording.marks([("SEX", "F"), ("AGE", "20")]) == "female · 20–29 years old"
        assert wording.marks([("BIRTH_YEAR", "1995")]) == "born in 1995"
        assert wording.marks([]) == ""
    with translation.override("zh-hans"):
        assert wording.marks([("SEX", "M"), ("AGE", "50")]) == "男 · 50–59 岁"


# ---------- at the desk ----------
@pytest.fixture(autouse=True)
def the_morning(request):
    if "cast" in request.fixturenames:
        request.getfixturevalue("drill_clock")


def family(area, years, names=("郑大川", "郑二川", "郑三川"), sexes="MMM"):
    """Let people of one family name move in behind an empty door of the third building."""
    dwelling = area.dwellings[-1]
    Person.objects.filter(dwelling=dwelling).update(dwelling=None)
    rows = []
    for index, (name, year, sex) in enumerate(zip(names, years, sexes, strict=True)):
        person = new_person(area.area_id, 900 + index, dwelling)
        person.name, person.birth_year, person.sex = name, year, sex
        rows.append(person)
    return add_people(area.area_id, rows), dwelling.door


def address(round_, name="register", tube="T0001"):
    return f"{reverse(f'sampling:{name}', args=[round_.uuid])}?desk=1-1&tube={tube}"


def page_of(client, url, data):
    response = client.post(url, {"op_id": str(new_uuid())} | data, **HTMX)
    return re.sub(r"\s+", " ", response.content.decode())


def choices_in(page):
    return re.search(r'name="choices" value="([^"]*)"', page)[1]


def test_a_father_and_his_sons_are_told_apart_and_picked_with_the_keyboard(cast, incident, at):
    people, door = family(cast.area, (1968, 1995, 1999))
    round_ = open_mass(incident, cast.area, at)
    client = cast.client("sampler")
    asked = page_of(client, address(round_), {"code": door})
    assert re.findall(r"born in (\d{4})", asked) == ["1968", "1995", "1999"]
    assert "whole names" not in asked, "what tells them apart is on the screen already"
    assert not any(person.name in asked for person in people)
    taken = page_of(client, address(round_), {"code": "2", "choices": choices_in(asked)})
    assert "郑** 3-2-202 born in 1995 · 1/10" in taken
    assert Registration.objects.get().person_id == people[1].pk
    assert re.search(r"郑\*\* <[^>]*>3-2-202</[^>]*> · born in 1995", taken), "also in the list of the tube"
    again = page_of(client, address(round_), {"code": door})
    assert "Sampled" in again, "who is done is seen before they are picked"


def test_one_found_by_a_code_of_their_own_is_confirmed_with_the_mark(cast, incident, at):
    people, _ = family(cast.area, (1968, 1995, 1999))
    round_ = open_mass(incident, cast.area, at)
    taken = page_of(cast.client("sampler"), address(round_), {"code": people[2].external_code})
    assert "born in 1999 · 1/10" in taken


def test_twins_need_whole_names_and_the_look_is_recorded(cast, incident, at):
    people, door = family(cast.area, (1995, 1995, 1968))
    round_ = open_mass(incident, cast.area, at)
    client = cast.client("sampler")
    asked = page_of(client, address(round_), {"code": door})
    assert "Show the whole names of 3-2-202" in asked
    before = AuditEntry.objects.filter(action="sampling.names_shown").count()
    shown = page_of(client, address(round_, "names"), {"door": door})
    assert all(person.name in shown for person in people)
    entry = AuditEntry.objects.get(action="sampling.names_shown")
    assert before == 0
    assert entry.detail == {"round": str(round_.uuid), "people": 3}
    assert not any(person.name in str(entry.detail) for person in people)
    page_of(client, address(round_), {"code": "2", "choices": choices_in(shown)})
    assert Registration.objects.get().person.name == "郑二川"


@pytest.mark.parametrize("door", ["", "9-9-999", "<script>", "3-2-202' OR 1=1"])
def test_a_door_that_is_none_shows_nobody_and_leaves_no_trace(cast, incident, at, door):
    family(cast.area, (1995, 1995, 1968))
    round_ = open_mass(incident, cast.area, at)
    page = page_of(cast.client("sampler"), address(round_, "names"), {"door": door})
    assert "Nobody was found" in page
    assert "郑" not in page
    assert not AuditEntry.objects.filter(action="sampling.names_shown").exists()


def test_whole_names_are_for_the_desk_of_that_place_only(cast, incident, at):
    _, door = family(cast.area, (1995, 1995, 1968))
    round_ = open_mass(incident, cast.area, at)
    foreign = page_of(cast.client("grid_leader_1"), address(round_, "names"), {"door": door})
    assert "郑大川" not in foreign
    own = page_of(cast.client("grid_leader_2"), address(round_, "names"), {"door": door})
    assert "郑大川" in own
    for name in ("volunteer", "caller", "documents", "outsider", "other_commander"):
        assert cast.client(name).post(address(round_, "names"), {"door": door}).status_code == 404, name
    assert cast.client("sampler").get(address(round_, "names")).status_code == 405


@pytest.mark.parametrize("typed", ["0", "4", "99", "-1", "１", "2 "])
def test_a_number_that_was_not_offered_picks_nobody(cast, incident, at, typed):
    people, door = family(cast.area, (1968, 1995, 1999))
    round_ = open_mass(incident, cast.area, at)
    client = cast.client("sampler")
    asked = page_of(client, address(round_), {"code": door})
    page_of(client, address(round_), {"code": typed, "choices": choices_in(asked)})
    picked = list(Registration.objects.values_list("person_id", flat=True))
    assert picked in ([], [people[1].pk] if typed.strip() == "2" else [])


def test_choices_of_another_compound_are_not_there(cast, other_area, incident, at):
    round_ = open_mass(incident, cast.area, at)
    take(round_, cast.area.people[20], "T0001", at)
    data = {"code": "1", "choices": str(other_area.people[0].uuid)}
    assert cast.client("sampler").post(address(round_), data, **HTMX).status_code == 404
    assert cast.client("sampler").post(address(round_), {"code": "1", "choices": "x,y"}, **HTMX).status_code == 404


def test_the_list_of_missing_people_tells_them_apart_too(cast, incident, at):
    family(cast.area, (1968, 1995, 1999))
    round_ = open_mass(incident, cast.area, at)
    client = cast.client("grid_leader_2")
    for name in ("missing", "print"):
        page = client.get(reverse(f"sampling:{name}", args=[round_.uuid])).content.decode()
        assert list(dict.fromkeys(re.findall(r"born in (\d{4})", page))) == ["1968", "1995", "1999"], name
