"""Load by grid as bars and coverage as a ring: SVG of our own, readable without color. Pure; texts come in ready."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tongxin.situation.drawing.marks import attribute, is_own_path, number, patterns, safe

_FONT = 'font-family="Noto Sans SC, Noto Sans CJK SC, sans-serif" fill="currentColor"'
_WIDTH, _ROW, _TOP, _LABEL = 720, 34, 34, 130


@dataclass(frozen=True, slots=True)
class Bar:
    """One place: how much lies there and how much of it is late; `words` says both in a sentence."""

    label: str
    value: int
    late: int
    words: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class ChartWords:
    """Title, description in words, and the words of the two parts."""

    title: str
    description: str
    on_time: str
    late: str


def draw_bars(bars: Sequence[Bar], words: ChartWords, *, element_id: str = "load") -> str:
    """Return horizontal bars: plain for what is on time, hatched for what is late, the number at the end."""
    height = _TOP + _ROW * max(len(bars), 1) + 6
    most = max([bar.value for bar in bars], default=0) or 1
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="group"'
        f' aria-labelledby="{element_id}-title {element_id}-desc">',
        f'<title id="{element_id}-title">{safe(words.title)}</title>',
        f'<desc id="{element_id}-desc">{safe(words.description)}</desc>',
        f"<defs>{patterns(element_id, 8)}</defs>",
        _key(words, element_id),
    ]
    for index, bar in enumerate(bars):
        parts.append(_bar(bar, _TOP + index * _ROW, (_WIDTH - _LABEL - 70) / most, element_id))
    return "\n".join([*parts, "</svg>"])


def _key(words: ChartWords, element_id: str) -> str:
    return (
        f'<rect x="{_LABEL}" y="6" width="14" height="14" fill="#1c7ed6" stroke="currentColor"/>'
        f'<text x="{_LABEL + 20}" y="18" font-size="13" {_FONT}>{safe(words.on_time)}</text>'
        f'<rect x="{_LABEL + 220}" y="6" width="14" height="14" fill="url(#{element_id}-HIGH)" stroke="currentColor"/>'
        f'<text x="{_LABEL + 240}" y="18" font-size="13" {_FONT}>{safe(words.late)}</text>'
    )


def _bar(bar: Bar, y: int, scale: float, element_id: str) -> str:
    late, value = max(min(bar.late, bar.value), 0), max(bar.value, 0)
    on_time = (value - late) * scale
    body = (
        f'<text x="{_LABEL - 8}" y="{y + 20}" font-size="14" text-anchor="end" {_FONT}>{safe(bar.label)}</text>'
        f'<rect x="{_LABEL}" y="{y + 4}" width="{number(on_time)}" height="{_ROW - 10}" fill="#1c7ed6"/>'
    )
    if late:
        body += (
            f'<rect x="{number(_LABEL + on_time)}" y="{y + 4}" width="{number(late * scale)}" height="{_ROW - 10}"'
            f' fill="url(#{element_id}-HIGH)" stroke="#b3261e"/>'
        )
    end = _LABEL + value * scale + 8
    body += f'<text x="{number(end)}" y="{y + 20}" font-size="14" {_FONT}>{value}</text>'
    group = f"<g><title>{safe(bar.words)}</title>{body}</g>"
    return (
        f"<a href={attribute(bar.link)} aria-label={attribute(bar.words)}>{group}</a>"
        if is_own_path(bar.link)
        else group
    )


def draw_ring(done: int, total: int, *, title: str, description: str, element_id: str = "ring") -> str:
    """Return done of total as a ring with the numbers inside; an empty total is a full ring of nothing to do."""
    radius = 70.0
    around = 2 * math.pi * radius
    share = 1.0 if total <= 0 else max(0.0, min(done / total, 1.0))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200" role="img"'
            f' aria-labelledby="{element_id}-title {element_id}-desc">',
            f'<title id="{element_id}-title">{safe(title)}</title>',
            f'<desc id="{element_id}-desc">{safe(description)}</desc>',
            f'<circle cx="100" cy="100" r="{number(radius)}" fill="none" stroke="currentColor" stroke-opacity="0.25"'
            ' stroke-width="22"/>',
            f'<circle cx="100" cy="100" r="{number(radius)}" fill="none" stroke="#2c7a4c" stroke-width="22"'
            f' stroke-dasharray="{number(around * share)} {number(around)}" transform="rotate(-90 100 100)"/>',
            f'<text x="100" y="112" font-size="34" text-anchor="middle" font-weight="bold" {_FONT}>{done}/{total}</text>',
            "</svg>",
        ]
    )
