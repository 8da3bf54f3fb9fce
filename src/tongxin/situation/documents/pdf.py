"""The report as a tagged PDF, set by typst with the fonts that the assets build brings; no system package is needed."""

import json
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import typst

from tongxin.situation.documents.blocks import Block, blocks_of, frame_of
from tongxin.situation.documents.content import Curve, Language, ReportContent
from tongxin.situation.documents.curve import describe, epidemic_curve
from tongxin.situation.documents.words import plain_text, say

FONTS_FOLDER = Path(__file__).resolve().parent.parent / "fonts"
NEEDED_FAMILIES = frozenset({"Noto Serif SC", "Noto Sans SC"})

_TEMPLATE = Path(__file__).with_name("report.typ")
_CURVE_PAGE = b"""
#let data = json(bytes(sys.inputs.data))
#set page(width: 156mm, height: auto, margin: 0mm)
#image(bytes(data.svg), format: "svg", width: 100%)
"""


class FontsMissing(RuntimeError):
    """The fonts of the report are not in the fonts folder; the assets build puts them there."""


def render_pdf(content: ReportContent, *, base_url: str = "", fonts_folder: Path = FONTS_FOLDER) -> bytes:
    """This function will set the report as a PDF of A4 pages; the same content gives the same bytes.

    `base_url` makes figures link to their rows. Raises FontsMissing when the Noto SC fonts are not in `fonts_folder`.
    """
    blocks = blocks_of(content, base_url=base_url)
    data = {
        "language": content.language,
        "words": {"signer": say("signer", content.language)},
        "frame": asdict(frame_of(content)),
        "blocks": [_block_data(blocks, place, content.language) for place in range(len(blocks))],
    }
    # The stamp would otherwise be the clock's: a report is dated by its facts.
    return _compile(_TEMPLATE.read_bytes(), data, fonts_folder, output="pdf", stamp=int(content.issued_at.timestamp()))


def render_curve_png(curve: Curve, *, language: Language, ppi: int = 200, fonts_folder: Path = FONTS_FOLDER) -> bytes:
    """This function will draw the curve as a PNG 156 mm wide, for Word, which cannot show an SVG alone.

    Raises FontsMissing like render_pdf.
    """
    data = {"svg": epidemic_curve(curve, language=language)}
    return _compile(_CURVE_PAGE, data, fonts_folder, output="png", ppi=float(ppi))


def _block_data(blocks: tuple[Block, ...], place: int, language: Language) -> dict[str, Any]:
    block = blocks[place]
    data: dict[str, Any] = {
        "kind": block.kind,
        "pieces": [asdict(piece) for piece in block.pieces],
        "headers": block.headers,
        "rows": [[[asdict(piece) for piece in cell] for cell in row] for row in block.rows],
        # A caption above its table may not stay behind on the page before it.
        "sticky": place + 1 < len(blocks) and blocks[place + 1].kind == "table",
        "last": place + 1 == len(blocks),
    }
    if block.curve is not None:
        data["svg"] = epidemic_curve(block.curve, language=language, element_id=f"curve{place}")
        data["alt"] = f"{plain_text(block.curve.title)}. {describe(block.curve, language)}"
    return data


@lru_cache(maxsize=4)
def _fonts(folder: Path) -> typst.Fonts:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])
    missing = NEEDED_FAMILIES - set(fonts.families())
    if missing:
        raise FontsMissing(f"Fonts {', '.join(sorted(missing))} are not in {folder}; run `make assets` first.")
    return fonts


def _compile(
    source: bytes,
    data: dict[str, Any],
    fonts_folder: Path,
    *,
    output: Literal["pdf", "png"],
    stamp: int | None = None,
    ppi: float | None = None,
) -> bytes:
    compiled = typst.compile(
        source,
        font_paths=_fonts(fonts_folder),
        ignore_system_fonts=True,
        format=output,
        ppi=ppi,
        timestamp=stamp,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )
    return bytes(compiled)
