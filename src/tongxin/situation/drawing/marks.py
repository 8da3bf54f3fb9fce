"""What all drawings share: patterns and symbols of the levels, escaping, text that stays readable on a pattern.

Only presentation attributes are used: a strict page policy blocks style attributes. Each level has a pattern, a symbol
and a word, so that a plan printed in black and white, or seen without colors, says the same.
"""

import math
import re
from xml.sax.saxutils import escape, quoteattr

LEVELS = ("HIGH", "MEDIUM", "LOW", "NONE")
SYMBOLS = {"HIGH": "▲", "MEDIUM": "●", "LOW": "■", "NONE": "○"}
INK = "#1b1b1b"
_PATTERNS = {
    "HIGH": '<rect width="{s}" height="{s}" fill="#fbe6e1"/><path d="M0 {s}L{s} 0M-{q} {q}L{q} -{q}M{t} {u}L{u} {t}"'
    ' stroke="#b3261e" stroke-width="{w}"/>',
    "MEDIUM": '<rect width="{s}" height="{s}" fill="#fcf0d6"/><circle cx="{h}" cy="{h}" r="{r}" fill="#8a5200"/>',
    "LOW": '<rect width="{s}" height="{s}" fill="#e2f1e7"/><path d="M0 {h}H{s}" stroke="#2c7a4c" stroke-width="{w}"/>',
    "NONE": '<rect width="{s}" height="{s}" fill="#f3f4f5"/>',
}
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def safe(text: str) -> str:
    """Return a text for the inside of an element, without control characters and direction overrides."""
    return escape(_UNPRINTABLE.sub(" ", text))


def attribute(text: str) -> str:
    """Return a quoted attribute value."""
    return quoteattr(_UNPRINTABLE.sub(" ", text))


def is_own_path(link: str) -> bool:
    """Tell whether a link stays within this server."""
    return link.startswith("/") and not link.startswith("//")


def patterns(prefix: str, size: float) -> str:
    """Return the level patterns as definitions; `size` is the side of one tile in drawing units."""
    values = {"s": size, "h": size / 2, "q": size / 4, "r": size / 5, "w": size / 6}
    values |= {"t": size - values["q"], "u": size + values["q"]}
    numbers = {key: number(value) for key, value in values.items()}
    return "".join(
        f'<pattern id="{prefix}-{level}" width="{numbers["s"]}" height="{numbers["s"]}" patternUnits="userSpaceOnUse">'
        f"{_PATTERNS[level].format(**numbers)}</pattern>"
        for level in LEVELS
    )


def number(value: float) -> str:
    """Return a coordinate in short form; what is not finite becomes 0 (nothing may break the drawing)."""
    if not math.isfinite(value):
        return "0"
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def label(
    x: float, y: float, text: str, size: float, *, anchor: str = "middle", ink: str = INK, halo: bool = True
) -> str:
    """Return a text with a white halo, so that it can be read on any pattern."""
    around = f' stroke="#ffffff" stroke-width="{number(size / 4)}" paint-order="stroke"' if halo else ""
    return (
        f'<text x="{number(x)}" y="{number(y)}" font-size="{number(size)}" text-anchor="{anchor}" fill="{ink}"'
        f' font-family="Noto Sans SC, Noto Sans CJK SC, sans-serif"{around}>{safe(text)}</text>'
    )
