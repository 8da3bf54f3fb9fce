"""The epidemic curve as an SVG of our own: no script, no inline style, readable without color.

Only presentation attributes are used (a strict content policy blocks style attributes), the text takes the color of the
page around it (dark mode), and each series has a pattern beside its color. The same drawing goes into the PDF.
"""

import re
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from tongxin.situation.documents.content import Curve, CurveDay, Language
from tongxin.situation.documents.words import day_text, plain_text, say

WIDTH, HEIGHT = 720, 300
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 40, 34
MAX_LABELS = 12
MAX_VALUES = 31

# Middle tones: at least 3:1 on white and on the dark page alike.
COLORS = ("#d9480f", "#1c7ed6", "#2f9e44", "#ae3ec9")
_PATTERNS = (
    "",
    '<path d="M0 6L6 0" stroke="{color}" stroke-width="2"/>',
    '<circle cx="3" cy="3" r="1.7" fill="{color}"/>',
    '<path d="M0 3H6" stroke="{color}" stroke-width="2"/>',
)
_ID = re.compile(r"^[A-Za-z][A-Za-z0-9_-]*$")
_FONT = 'font-family="Noto Sans SC, Noto Sans CJK SC, sans-serif" fill="currentColor"'


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where days and counts lie on the drawing."""

    days: int
    top_value: int

    @property
    def step(self) -> float:
        return (WIDTH - LEFT - RIGHT) / max(self.days, 1)

    def x(self, index: int) -> float:
        return LEFT + index * self.step

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - value / self.top_value * (HEIGHT - TOP - BOTTOM)


def epidemic_curve(curve: Curve, *, language: Language, element_id: str = "curve", with_links: bool = False) -> str:
    """This function will draw the curve as SVG text: stacked bars a day, with a title and a description in words.

    `element_id` keeps ids unique when a page holds several curves (ValueError when it is no plain id). `with_links` makes
    each bar a link to the rows of its day; leave it off where the drawing is an image (PDF).
    """
    if not _ID.match(element_id):
        raise ValueError("The id of a curve is a letter followed by letters, digits, - or _.")
    totals = [sum(day.counts) for day in curve.days]
    scale = _Scale(days=len(curve.days), top_value=_top_value(max(totals, default=0)))
    role = "group" if with_links else "img"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="{role}" '
        f'aria-labelledby="{element_id}-title {element_id}-desc">',
        f'<title id="{element_id}-title">{_safe(curve.title)}</title>',
        f'<desc id="{element_id}-desc">{escape(describe(curve, language))}</desc>',
        _definitions(curve, element_id),
        _axes(scale),
        _legend(curve, element_id),
        *(_bar(curve, index, scale, (element_id, language, with_links)) for index in range(len(curve.days))),
        _day_labels(curve, scale, language),
    ]
    if not any(totals):
        note = say("no_cases" if curve.days else "no_days", language)
        parts.append(
            f'<text x="{WIDTH / 2}" y="{HEIGHT / 2}" font-size="16" text-anchor="middle" {_FONT}>{note}</text>'
        )
    return "\n".join([*parts, "</svg>"])


def describe(curve: Curve, language: Language) -> str:
    """This function will say the curve in one sentence: the total, the days it spans and the highest day."""
    totals = [sum(day.counts) for day in curve.days]
    if not any(totals):
        return say("no_cases" if curve.days else "no_days", language)
    peak = totals.index(max(totals))
    return say(
        "curve_summary",
        language,
        first=day_text(curve.days[0].on_date, language),
        last=day_text(curve.days[-1].on_date, language),
        total=sum(totals),
        peak=day_text(curve.days[peak].on_date, language, with_year=False),
        highest=totals[peak],
    )


def _safe(text: str) -> str:
    return escape(plain_text(text))


def _top_value(highest: int) -> int:
    """The smallest of 4, 5, 8, 10, 20, 40, 50, 80, 100 … that holds the highest day, so that ticks are whole numbers."""
    power = 1
    while True:
        for lead in (4, 5, 8, 10):
            if highest <= lead * power:
                return lead * power
        power *= 10


def _ticks(top_value: int) -> list[int]:
    parts = 5 if top_value % 5 == 0 else 4
    return [top_value * part // parts for part in range(parts + 1)]


def _definitions(curve: Curve, element_id: str) -> str:
    patterns = []
    for index in range(1, len(curve.series)):
        mark = _PATTERNS[index].format(color=COLORS[index])
        patterns.append(
            f'<pattern id="{element_id}-p{index}" width="6" height="6" patternUnits="userSpaceOnUse">{mark}</pattern>'
        )
    return f"<defs>{''.join(patterns)}</defs>"


def _fill(index: int, element_id: str) -> str:
    paint = COLORS[0] if index == 0 else f"url(#{element_id}-p{index})"
    return f'fill="{paint}" stroke="{COLORS[index]}" stroke-width="1"'


def _axes(scale: _Scale) -> str:
    lines = []
    for tick in _ticks(scale.top_value):
        y = scale.y(tick)
        opacity = "0.8" if tick == 0 else "0.2"
        lines.append(
            f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="currentColor" stroke-opacity="{opacity}"/>'
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" font-size="12" text-anchor="end" {_FONT}>{tick}</text>'
        )
    return "".join(lines)


def _legend(curve: Curve, element_id: str) -> str:
    marks = []
    room = (WIDTH - LEFT - RIGHT) / len(curve.series)
    for index, name in enumerate(curve.series):
        x = LEFT + index * room
        text = _safe(_shortened(name, room - 24))
        marks.append(
            f'<rect x="{x:.1f}" y="8" width="14" height="14" {_fill(index, element_id)}/>'
            f'<text x="{x + 20:.1f}" y="20" font-size="13" {_FONT}>{text}</text>'
        )
    return "".join(marks)


def _shortened(name: str, room: float) -> str:
    """A legend word that is too long for its place is cut with … (13 px per Chinese character, 7 per Latin one)."""
    width = 0
    for place, letter in enumerate(name):
        width += 13 if ord(letter) > 0x2E7F else 7
        if width > room:
            return name[: max(place - 1, 1)] + "…"
    return name


def _bar(curve: Curve, index: int, scale: _Scale, settings: tuple[str, Language, bool]) -> str:
    element_id, language, with_links = settings
    day = curve.days[index]
    total = sum(day.counts)
    if not total:
        return ""
    width = scale.step * 0.8
    x = scale.x(index) + scale.step * 0.1
    marks, below = [], 0
    for number, count in enumerate(day.counts):
        if count:
            top, height = scale.y(below + count), scale.y(below) - scale.y(below + count)
            marks.append(
                f'<rect x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" {_fill(number, element_id)}/>'
            )
            below += count
    if scale.days <= MAX_VALUES:
        marks.append(
            f'<text x="{x + width / 2:.1f}" y="{scale.y(total) - 4:.1f}" font-size="12" text-anchor="middle" {_FONT}>{total}</text>'
        )
    body = f"<g><title>{escape(_day_words(curve, day, language))}</title>{''.join(marks)}</g>"
    if with_links and day.link.startswith("/") and not day.link.startswith("//"):
        label = quoteattr(_day_words(curve, day, language))
        return f"<a href={quoteattr(plain_text(day.link))} aria-label={label}>{body}</a>"
    return body


def _day_words(curve: Curve, day: CurveDay, language: Language) -> str:
    parts = [
        say("curve_part", language, name=plain_text(name), value=count)
        for name, count in zip(curve.series, day.counts, strict=True)
    ]
    colon, comma = ("：", "，") if language == "zh" else (": ", ", ")
    return day_text(day.on_date, language) + colon + comma.join(parts)


def _day_labels(curve: Curve, scale: _Scale, language: Language) -> str:
    every = max(1, -(-len(curve.days) // MAX_LABELS))
    labels = []
    for index in range(0, len(curve.days), every):
        text = day_text(curve.days[index].on_date, language, with_year=False)
        x = scale.x(index) + scale.step / 2
        labels.append(f'<text x="{x:.1f}" y="{HEIGHT - 12}" font-size="12" text-anchor="middle" {_FONT}>{text}</text>')
    return "".join(labels)
