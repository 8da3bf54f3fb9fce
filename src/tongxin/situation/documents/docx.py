"""The report as a Word file in the layout of GB/T 9704, filled into a docxtpl template."""

import zipfile
from dataclasses import asdict
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from docx.oxml.ns import qn
from docx.shared import Emu, Mm, Pt
from docx.table import Table
from docxtpl.inline_image import InlineImage
from docxtpl.richtext import RichText
from docxtpl.template import DocxTemplate
from jinja2.sandbox import SandboxedEnvironment

from tongxin.situation.documents.blocks import Block, Pieces, blocks_of, frame_of
from tongxin.situation.documents.content import Language, ReportContent
from tongxin.situation.documents.curve import describe
from tongxin.situation.documents.letterhead import TYPE_AREA, build_template
from tongxin.situation.documents.pdf import FONTS_FOLDER, render_curve_png
from tongxin.situation.documents.words import plain_text, say

# docxtpl carries no types; these say once, at its door, that what comes from it is unchecked.
_new_template: Any = DocxTemplate
_new_rich_text: Any = RichText
_new_picture: Any = InlineImage

_EPOCH = (1980, 1, 1, 0, 0, 0)
_CURVE_WIDTH = Mm(144)


def render_docx(
    content: ReportContent, *, base_url: str = "", template: bytes | None = None, fonts_folder: Path = FONTS_FOLDER
) -> bytes:
    """This function will write the report as a .docx; the same content gives the same bytes.

    `template` is a site's own letterhead with the same tags (see letterhead.build_template). `base_url` makes figures
    link to their rows. Raises FontsMissing when a curve has to be drawn and the Noto SC fonts are not there.
    """
    document = _new_template(BytesIO(template if template is not None else _own_template(content.language)))
    document.init_docx()
    blocks = blocks_of(content, base_url=base_url)
    context = {
        "frame": {name: _kept(text) for name, text in asdict(frame_of(content)).items()},
        "signer_word": say("signer", content.language),
        "blocks": [_block_context(document, block, content.language, fonts_folder) for block in blocks],
    }
    # A template edited by hand is a program too: the sandbox keeps it to filling in texts.
    document.render(context, jinja_env=SandboxedEnvironment(autoescape=True))
    _finish(document, content, blocks)
    buffer = BytesIO()
    document.save(buffer)
    return _stable(buffer.getvalue())


@lru_cache(maxsize=2)
def _own_template(language: Language) -> bytes:
    return build_template(language)


def _block_context(document: Any, block: Block, language: Language, fonts_folder: Path) -> dict[str, Any]:
    context: dict[str, Any] = {
        "kind": block.kind,
        "text": _rich(document, block.pieces),
        "headers": [_kept(header) for header in block.headers],
        "rows": [[_rich(document, cell) for cell in row] for row in block.rows],
    }
    if block.curve is not None:
        picture = render_curve_png(block.curve, language=language, fonts_folder=fonts_folder)
        context["picture"] = _new_picture(document, BytesIO(picture), width=_CURVE_WIDTH)
    return context


def _rich(document: Any, pieces: Pieces) -> Any:
    text = _new_rich_text()
    for piece in pieces:
        safe = _kept(piece.text)
        if piece.link:
            text.add(safe, url_id=document.build_url_id(piece.link))
        else:
            text.add(safe)
    return text


def _kept(text: str) -> str:
    """docxtpl turns {_{ into {{ after filling in; a joiner that nobody sees keeps the text as it was typed."""
    return text.replace("{_", "{\u2060_").replace("_}", "_\u2060}").replace("%_", "%\u2060_")


def _finish(document: Any, content: ReportContent, blocks: tuple[Block, ...]) -> None:
    """What a template cannot say: widths by content, words for the pictures, and the properties of the file."""
    word = document.docx
    tables = [block for block in blocks if block.kind == "table"]
    for table, block in zip(word.tables, tables, strict=False):
        _set_widths(table, block)
    curves = [block.curve for block in blocks if block.curve is not None]
    for shape, curve in zip(word.inline_shapes, curves, strict=False):
        words = f"{plain_text(curve.title)}: {describe(curve, content.language)}"
        shape._inline.docPr.set("descr", words)
    properties = word.core_properties
    properties.title, properties.author = (
        plain_text(content.title)[:255],
        plain_text(content.red_head or content.compound)[:255],
    )
    properties.language = "zh-CN" if content.language == "zh" else "en-GB"
    properties.comments = ""
    properties.created = properties.modified = content.issued_at
    properties.last_modified_by = properties.author


def _set_widths(table: Table, block: Block) -> None:
    """Columns share the type area by their longest text, within bounds, so that a name column is wider than a number."""
    longest = [
        max([_width(header), *(_width("".join(piece.text for piece in row[index])) for row in block.rows)])
        for index, header in enumerate(block.headers)
    ]
    shares = [min(max(width, 4), 24) for width in longest]
    widths = [Emu(int(TYPE_AREA * share / sum(shares))) for share in shares]
    table.autofit = False
    grid = table._tbl.tblGrid
    for column in list(grid):
        grid.remove(column)
    for width in widths:
        grid.add_gridCol().set(qn("w:w"), str(int(width.twips)))
    for row in table.rows:
        for cell, width in zip(row._tr.tc_lst, widths, strict=False):
            cell.width = width
        row.height = Pt(24)


def _width(text: str) -> int:
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)


def _stable(packed: bytes) -> bytes:
    """The same parts with fixed times: a report that is made again from the same facts has the same fingerprint."""
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(packed)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as result:
        for entry in source.infolist():
            part = zipfile.ZipInfo(entry.filename, date_time=_EPOCH)
            part.compress_type = zipfile.ZIP_DEFLATED
            result.writestr(part, source.read(entry.filename))
    return target.getvalue()
