"""The site plan as an SVG of our own: buildings with outlines, entrances with their level, a legend, links.

Pure: what to draw comes in as dataclasses with texts ready in the language of the page. Metres, x east, y south.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tongxin.situation.drawing.marks import SYMBOLS, attribute, is_own_path, label, number, patterns, safe

Point = tuple[float, float]
_DEFAULT_W, _DEFAULT_H = 44.0, 14.0
_PARKING_GAP = 20.0
_WORST = {"HIGH": 3, "MEDIUM": 2, "LOW": 1, "NONE": 0}


@dataclass(frozen=True, slots=True)
class PlanEntrance:
    """An entrance; without coordinates it is put along the south side of its building. `words`: 18-1, high risk …"""

    label: str
    level: str
    words: str
    x: float | None = None
    y: float | None = None
    link: str = ""


@dataclass(frozen=True, slots=True)
class PlanBuilding:
    """A building; without an outline a plain rectangle, without coordinates a place below the plan."""

    label: str
    level: str
    words: str
    x: float | None = None
    y: float | None = None
    outline: tuple[Point, ...] = ()
    entrances: tuple[PlanEntrance, ...] = ()
    link: str = ""


@dataclass(frozen=True, slots=True)
class PlanWords:
    """Title, description in words and the words of the legend by level."""

    title: str
    description: str
    levels: dict[str, str] = field(default_factory=dict)
    unplaced: str = ""


@dataclass(frozen=True, slots=True)
class _Placed:
    building: PlanBuilding
    outline: tuple[Point, ...]
    entrances: tuple[tuple[PlanEntrance, Point], ...]
    is_parked: bool

    @property
    def north(self) -> Point:
        xs, ys = [p[0] for p in self.outline], [p[1] for p in self.outline]
        return ((min(xs) + max(xs)) / 2, min(ys))


def draw_site_plan(buildings: Sequence[PlanBuilding], words: PlanWords, *, element_id: str = "plan") -> str:
    """Return the plan as SVG text. Every building and entrance has a title in words; hot ones are drawn last, on top."""
    placed = _place(buildings)
    left, top, right, bottom = _box(placed)
    unit = max(right - left, (bottom - top) * 1.4, 60.0) / 100
    margin, legend = unit * 4, unit * 9
    width, height = right - left + margin * 2, bottom - top + margin * 2 + legend
    view = " ".join(number(value) for value in (left - margin, top - margin, width, height))
    order = sorted(placed, key=lambda row: _WORST.get(row.building.level, 0))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view}" role="group" class="tx-plan"'
        f' aria-labelledby="{element_id}-title {element_id}-desc">',
        f'<title id="{element_id}-title">{safe(words.title)}</title>',
        f'<desc id="{element_id}-desc">{safe(words.description)}</desc>',
        f"<defs>{patterns(element_id, unit * 1.2)}</defs>",
        f'<rect x="{number(left - margin)}" y="{number(top - margin)}" width="{number(width)}" height="{number(height)}"'
        ' fill="#ffffff"/>',
        *(_building(row, element_id, unit) for row in order),
        _parked_note(placed, words, unit),
        _legend(words, element_id, (left, bottom + margin * 1.6), unit),
        "</svg>",
    ]
    return "\n".join(part for part in parts if part)


def _finite(*values: float | None) -> bool:
    return all(value is not None and math.isfinite(value) for value in values)


def _rectangle(x: float, y: float) -> tuple[Point, ...]:
    half_w, half_h = _DEFAULT_W / 2, _DEFAULT_H / 2
    return ((x - half_w, y - half_h), (x + half_w, y - half_h), (x + half_w, y + half_h), (x - half_w, y + half_h))


def _place(buildings: Iterable[PlanBuilding]) -> list[_Placed]:
    """Give every building its outline; those without coordinates stand in rows below the others."""
    found: list[_Placed] = []
    waiting: list[PlanBuilding] = []
    for building in buildings:
        outline = tuple(point for point in building.outline if len(point) == 2 and _finite(*point))
        if len(outline) < 3 and not _finite(building.x, building.y):
            waiting.append(building)
            continue
        outline = outline if len(outline) >= 3 else _rectangle(building.x or 0.0, building.y or 0.0)
        found.append(_Placed(building, outline, _entrances(building, outline), is_parked=False))
    bottom = max((y for row in found for _x, y in row.outline), default=0.0)
    left = min((x for row in found for x, _y in row.outline), default=0.0)
    columns = max(4, math.isqrt(len(waiting)))
    for index, building in enumerate(waiting):
        x = left + _DEFAULT_W / 2 + (index % columns) * (_DEFAULT_W + _PARKING_GAP)
        y = bottom + 30 + _DEFAULT_H / 2 + (index // columns) * (_DEFAULT_H + _PARKING_GAP * 1.4)
        outline = _rectangle(x, y)
        found.append(_Placed(building, outline, _entrances(building, outline), is_parked=True))
    return found


def _entrances(building: PlanBuilding, outline: tuple[Point, ...]) -> tuple[tuple[PlanEntrance, Point], ...]:
    """Entrances without coordinates of their own, or on one spot, are spread along the south side."""
    spots = {(entrance.x, entrance.y) for entrance in building.entrances}
    own = len(spots) == len(building.entrances) and all(_finite(*spot) for spot in spots)
    xs, ys = [p[0] for p in outline], [p[1] for p in outline]
    step = (max(xs) - min(xs)) / max(len(building.entrances), 1)
    found = []
    for index, entrance in enumerate(building.entrances):
        spread = (min(xs) + step * (index + 0.5), max(ys))
        found.append((entrance, (entrance.x or 0.0, entrance.y or 0.0) if own else spread))
    return tuple(found)


def _box(placed: Sequence[_Placed]) -> tuple[float, float, float, float]:
    points = [point for row in placed for point in (*row.outline, *(spot for _e, spot in row.entrances))]
    if not points:
        return (0.0, 0.0, 100.0, 40.0)
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return (min(xs), min(ys), max(xs), max(ys))


def _linked(body: str, link: str, words: str) -> str:
    group = f"<g><title>{safe(words)}</title>{body}</g>"
    return f"<a href={attribute(link)} aria-label={attribute(words)}>{group}</a>" if is_own_path(link) else group


def _building(row: _Placed, element_id: str, unit: float) -> str:
    points = " ".join(f"{number(x)},{number(y)}" for x, y in row.outline)
    level = row.building.level if row.building.level in _WORST else "NONE"
    stroke = number(unit * (0.5 if level == "HIGH" else 0.25))
    shape = f'<polygon points="{points}" fill="url(#{element_id}-{level})" stroke="#1b1b1b" stroke-width="{stroke}"/>'
    # Above the outline: entrances stand along the sides and would hide what is written inside a flat building.
    x, y = row.north
    mark = f" {SYMBOLS[level]}" if level != "NONE" else ""
    body = shape + label(x, y - unit * 0.6, row.building.label + mark, unit * 2)
    return _linked(body, row.building.link, row.building.words) + "".join(
        _entrance(entrance, spot, element_id, unit) for entrance, spot in row.entrances
    )


def _entrance(entrance: PlanEntrance, spot: Point, element_id: str, unit: float) -> str:
    level = entrance.level if entrance.level in _WORST else "NONE"
    x, y = spot
    side = unit * (1.7 if level != "NONE" else 1.0)
    box = (
        f'<rect x="{number(x - side / 2)}" y="{number(y - side / 2)}" width="{number(side)}" height="{number(side)}"'
        f' rx="{number(unit * 0.2)}" fill="url(#{element_id}-{level})" stroke="#1b1b1b"'
        f' stroke-width="{number(unit * 0.18)}"/>'
    )
    texts = ""
    if level != "NONE":
        texts = label(x, y + unit * 0.45, SYMBOLS[level], unit * 1.3)
        texts += label(x, y + side / 2 + unit * 1.3, entrance.label, unit * 1.3)
    return _linked(box + texts, entrance.link, entrance.words)


def _parked_note(placed: Sequence[_Placed], words: PlanWords, unit: float) -> str:
    parked = [row for row in placed if row.is_parked]
    if not parked or not words.unplaced:
        return ""
    x = min(point[0] for row in parked for point in row.outline)
    y = min(point[1] for row in parked for point in row.outline)
    return label(x, y - unit, words.unplaced, unit * 1.5, anchor="start")


def _legend(words: PlanWords, element_id: str, at: Point, unit: float) -> str:
    x, y = at
    parts = []
    for index, (level, text) in enumerate(words.levels.items()):
        left = x + index * unit * 25
        parts.append(
            f'<rect x="{number(left)}" y="{number(y)}" width="{number(unit * 3)}" height="{number(unit * 2)}"'
            f' fill="url(#{element_id}-{level})" stroke="#1b1b1b" stroke-width="{number(unit * 0.15)}"/>'
        )
        parts.append(label(left + unit * 3.6, y + unit * 1.6, f"{SYMBOLS[level]} {text}", unit * 1.7, anchor="start"))
    return f"<g>{''.join(parts)}</g>"
