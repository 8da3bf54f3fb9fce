"""Drawings: well-formed, told in words, readable in black and white, harmless with hostile texts."""

import math
import re
from xml.etree import ElementTree

import pytest

from tongxin.situation.drawing.charts import Bar, ChartWords, draw_bars, draw_ring
from tongxin.situation.drawing.marks import SYMBOLS, is_own_path, number
from tongxin.situation.drawing.site_plan import PlanBuilding, PlanEntrance, PlanWords, draw_site_plan

SVG = "{http://www.w3.org/2000/svg}"
WORDS = PlanWords(
    "Site plan",
    "High: 18-1",
    {"HIGH": "High risk", "MEDIUM": "Medium risk", "LOW": "Low risk", "NONE": "No level"},
    "Without a place",
)
HOSTILE = '<script>alert("1")</script>&"\u202e\x00'


def building(label="18", level="NONE", **values):
    return PlanBuilding(label, level, f"Building {label}", **values)


def entrance(label="18-1", level="HIGH", **values):
    return PlanEntrance(label, level, f"Entrance {label}: high risk", **values)


def parsed(svg):
    root = ElementTree.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    assert "style=" not in svg
    assert "<script" not in svg
    return root


def texts(root):
    return ["".join(node.itertext()) for node in root.iter(f"{SVG}text")]


def box(root):
    return [float(part) for part in root.get("viewBox").split()]


def test_an_entrance_shows_pattern_symbol_and_text():
    plan = draw_site_plan([building(x=10, y=10, entrances=(entrance(x=5, y=17),))], WORDS)
    root = parsed(plan)
    assert "url(#plan-HIGH)" in plan
    assert SYMBOLS["HIGH"] in texts(root)
    assert "18-1" in texts(root)
    assert {f"{SYMBOLS[level]} {text}" for level, text in WORDS.levels.items()} <= set(texts(root))
    assert root.find(f"{SVG}title").text == "Site plan"
    assert root.find(f"{SVG}desc").text == "High: 18-1"


def test_levels_have_patterns_that_differ_without_color():
    root = parsed(draw_site_plan([building(x=0, y=0)], WORDS))
    bodies = {
        node.get("id"): re.sub(r'(fill|stroke)="#\w+"', "", ElementTree.tostring(node, encoding="unicode"))
        for node in root.iter(f"{SVG}pattern")
    }
    assert len(bodies) == 4
    shapes = {re.sub(r'id="[^"]+"', "", body) for body in bodies.values()}
    assert len(shapes) == 4


def test_links_lead_to_the_building_and_only_within_this_server():
    plan = draw_site_plan(
        [building(x=0, y=0, link="/community/x/"), building("2", x=90, y=0, link="//evil.example/")], WORDS
    )
    links = [node.get("href") for node in parsed(plan).iter(f"{SVG}a")]
    assert links == ["/community/x/"]


def test_an_outline_is_drawn_as_it_is():
    outline = ((0.0, 0.0), (30.0, 0.0), (30.0, 12.0), (0.0, 12.0))
    root = parsed(draw_site_plan([building(outline=outline)], WORDS))
    assert root.find(f".//{SVG}polygon").get("points") == "0,0 30,0 30,12 0,12"


def test_buildings_without_a_place_stand_below_with_a_note():
    root = parsed(draw_site_plan([building("1", x=0, y=0), building("2"), building("3")], WORDS))
    assert "Without a place" in texts(root)
    polygons = [node.get("points") for node in root.iter(f"{SVG}polygon")]
    assert len(polygons) == len(set(polygons)) == 3


def test_entrances_on_one_spot_are_spread():
    both = (entrance("1-1", x=5, y=5), entrance("1-2", x=5, y=5))
    root = parsed(draw_site_plan([building("1", x=0, y=0, entrances=both)], WORDS))
    spots = {node.get("x") for node in root.iter(f"{SVG}text") if "".join(node.itertext()).startswith("1-")}
    assert len(spots) == 2


def test_everything_lies_inside_the_picture():
    rows = [building(str(n), x=n * 60.0, y=(n % 5) * 40.0, entrances=(entrance(f"{n}-1"),)) for n in range(24)]
    root = parsed(draw_site_plan([*rows, building("30")], WORDS))
    left, top, width, height = box(root)
    for node in root.iter(f"{SVG}polygon"):
        for point in node.get("points").split():
            x, y = (float(part) for part in point.split(","))
            assert left <= x <= left + width
            assert top <= y <= top + height


def test_hot_buildings_are_drawn_on_top():
    plan = draw_site_plan([building("1", "HIGH", x=0, y=0), building("2", x=5, y=5)], WORDS)
    assert plan.index("Building 2") < plan.index("Building 1")


@pytest.mark.parametrize(
    "values",
    [
        {"x": math.nan, "y": 0.0},
        {"x": math.inf, "y": 0.0},
        {"outline": ((math.nan, 0.0), (1.0, 1.0), (2.0, 2.0))},
        {"outline": ((0.0, 0.0),)},
        {"x": 0.0, "y": 0.0, "outline": ()},
    ],
)
def test_broken_coordinates_break_nothing(values):
    root = parsed(draw_site_plan([building(**values)], WORDS))
    assert len(list(root.iter(f"{SVG}polygon"))) == 1
    assert all(math.isfinite(part) for part in box(root))


def test_an_empty_compound_has_an_empty_plan():
    assert list(parsed(draw_site_plan([], WORDS)).iter(f"{SVG}polygon")) == []


def test_unknown_levels_are_drawn_as_none():
    assert "url(#plan-NONE)" in draw_site_plan([building(level="PURPLE", x=0, y=0)], WORDS)


def test_hostile_texts_stay_texts():
    row = PlanBuilding(HOSTILE, "HIGH", HOSTILE, 0, 0, (), (PlanEntrance(HOSTILE, "HIGH", HOSTILE, link=HOSTILE),))
    root = parsed(draw_site_plan([row], PlanWords(HOSTILE, HOSTILE, {"HIGH": HOSTILE})))
    assert 'alert("1")' in root.find(f"{SVG}title").text
    assert list(root.iter(f"{SVG}script")) == []


# ---------- bars and ring ----------
CHART = ChartWords("Open tasks by grid", "Grid 1: 10 open, 4 late", "On time", "Late")


def test_bars_show_value_and_late_part():
    root = parsed(draw_bars([Bar("Grid 1", 10, 4, "Grid 1: 10 open, 4 late", "/dispatch/tasks?grid=1")], CHART))
    widths = [float(node.get("width")) for node in root.iter(f"{SVG}rect") if node.get("y") == "38"]
    assert widths[1] == pytest.approx(widths[0] * 4 / 6, abs=0.1)
    assert "10" in texts(root)
    assert [node.get("href") for node in root.iter(f"{SVG}a")] == ["/dispatch/tasks?grid=1"]


@pytest.mark.parametrize(("value", "late"), [(0, 0), (0, 5), (3, 9), (-1, -1)])
def test_bars_with_odd_numbers(value, late):
    root = parsed(draw_bars([Bar("1", value, late, "x")], CHART))
    assert all(float(node.get("width")) >= 0 for node in root.iter(f"{SVG}rect"))


def test_no_bars_is_a_picture_too():
    assert texts(parsed(draw_bars([], CHART))) == ["On time", "Late"]


@pytest.mark.parametrize(
    ("done", "total", "share"), [(499, 499, 1.0), (0, 499, 0.0), (250, 500, 0.5), (0, 0, 1.0), (9, 3, 1.0)]
)
def test_the_ring_is_as_long_as_the_share(done, total, share):
    root = parsed(draw_ring(done, total, title="Coverage", description="x"))
    drawn, around = root.findall(f"{SVG}circle")[1].get("stroke-dasharray").split()
    assert float(drawn) / float(around) == pytest.approx(share, abs=0.001)
    assert texts(root) == [f"{done}/{total}"]


@pytest.mark.parametrize(
    ("value", "text"), [(1.0, "1"), (1.25, "1.25"), (-0.001, "0"), (math.nan, "0"), (math.inf, "0"), (1e6, "1000000")]
)
def test_numbers_are_short_and_finite(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("link", "own"), [("/a/", True), ("//a", False), ("https://a", False), ("", False), ("javascript:x", False)]
)
def test_only_own_paths_are_links(link, own):
    assert is_own_path(link) is own
