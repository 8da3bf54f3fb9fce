"""Presentation for templates: icons, level marks, doors, masked names, times, form controls. No data is read here."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, HiddenInput, RadioSelect, Select
from django.template.context import Context
from django.templatetags.static import static
from django.utils.dateformat import format as format_date
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import is_aware, localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tongxin.base.ids import new_uuid
from tongxin.community import api as community

register = template.Library()

#: Symbols that stand beside the words; the shapes differ so that they can be told apart without colour.
LEVEL_MARKS = {"HIGH": "▲", "MEDIUM": "●", "LOW": "■", "NONE": "○"}
_DOOR = re.compile(r"^(?P<building>[^-\s]+)-(?P<entrance>[^-\s]+)-(?P<dwelling>[^-\s]+)$")
_DOOR_NO_ENTRANCE = re.compile(r"^(?P<building>[^-\s]+)-(?P<dwelling>[^-\s]+)$")
_CHOICES = {"tx_theme": ("light", "dark"), "tx_size": ("normal", "large")}


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """Return an icon of the sprite; with a label it speaks for itself, without one it is decoration.

    `name` is a line of `frontend/icons.txt`.
    """
    href = f"{static('vendor/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="tx-icon" role="img" aria-label="{}"><use href="{}"></use></svg>', str(label), href
        )
    return format_html('<svg class="tx-icon" aria-hidden="true" focusable="false"><use href="{}"></use></svg>', href)


@register.simple_tag(takes_context=True)
def page_attributes(context: Context) -> SafeString:
    """Return the attributes of `<html>` for the theme and text size that this browser chose.

    The server writes them so that nothing flickers; without a choice `theme.js` follows the system.
    """
    request = context.get("request")
    cookies: Mapping[str, str] = getattr(request, "COOKIES", {})
    chosen = {name: value for name, values in _CHOICES.items() if (value := cookies.get(name, "")) in values}
    pairs = [("data-bs-theme", chosen.get("tx_theme")), ("data-size", chosen.get("tx_size"))]
    return format_html_join(" ", '{}="{}"', [(key, value) for key, value in pairs if value])


@register.simple_tag
def op_field() -> SafeString:
    """Return the hidden operation id of a form that writes: the same form sent twice is stored once.

    The server gives the first id, so that it also works without scripts; `send.js` renews it after each success.
    """
    return format_html('<input type="hidden" name="op_id" value="{}" data-op-id autocomplete="off">', new_uuid())


# ---------- levels ----------
def _level_label(code: str) -> str:
    labels = {
        "HIGH": pgettext("zone level", "High risk"),
        "MEDIUM": pgettext("zone level", "Medium risk"),
        "LOW": pgettext("zone level", "Low risk"),
    }
    return labels.get(code, pgettext("zone level", "No level"))


@register.filter
def level_mark(level: str) -> str:
    """Return the symbol of a canonical level."""
    return LEVEL_MARKS.get(str(level or "").upper(), LEVEL_MARKS["NONE"])


@register.inclusion_tag("web/_badge_level.html")
def level_badge(level: object, label: str = "") -> dict[str, str]:
    """Show a zone level by pattern, symbol and word.

    `level` is a canonical code (HIGH, MEDIUM, LOW, NONE) or an object with `canonical` and `label`.
    """
    code = str(getattr(level, "canonical", level) or "").upper()
    code = code if code in LEVEL_MARKS else "NONE"
    return {"code": code, "label": str(label or getattr(level, "label", "") or _level_label(code))}


# ---------- people and places ----------
@register.filter
def mask_name(name: str | None) -> str:
    """Return a name that those who know the person recognise and others do not: 张*, 欧阳**, A*** B***."""
    return community.mask_name(str(name or ""))


@register.filter
def mask_phone(number: str | None) -> str:
    """Return the last four digits only; the whole number is for the person who has to call."""
    digits = re.sub(r"\D", "", str(number or ""))
    return f"*** {digits[-4:]}" if len(digits) >= 7 else "***" if digits else ""


@register.simple_tag
def door(place: object, *, long: bool = False) -> SafeString:
    """Show a door as 18-1-302, or in words: 18号楼1单元302.

    `place` is such a text or an object with `door`.
    """
    text = str(getattr(place, "door", place) or "")
    if long:
        return format_html('<span class="tx-door">{}</span>', door_words(text))
    return format_html('<span class="tx-door tx-door--short">{}</span>', text)


def door_words(text: str) -> str:
    """Return 18-1-302 in words; a text of another form comes back as it is."""
    if found := _DOOR.match(text):
        return _("Building %(building)s, entrance %(entrance)s, %(dwelling)s") % found.groupdict()
    if found := _DOOR_NO_ENTRANCE.match(text):
        return _("Building %(building)s, %(dwelling)s") % found.groupdict()
    return text


# ---------- times ----------
@register.filter
def when(value: datetime | date | None) -> str:
    """Return a moment as 11月3日 08:00 or 3 Nov 08:00, a day as 11月3日 or 3 Nov, in the local time zone."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        local = localtime(value) if is_aware(value) else value
        return format_date(local, pgettext("format of a moment, see Django's date filter", "j M H:i"))
    return format_date(value, pgettext("format of a day, see Django's date filter", "j M"))


@register.simple_tag
def age(seconds: float | None, stale_after: float | None = None) -> SafeString:
    """Show how old a number is; the browser keeps counting and greys out what is older than `stale_after` seconds."""
    if seconds is None:
        return mark_safe("")
    limit = format_html(' data-stale-after="{}"', int(stale_after)) if stale_after else ""
    return format_html('<span class="tx-age" data-age="{}"{}>{}</span>', int(seconds), limit, age_words(seconds))


def age_words(seconds: float) -> str:
    """Return an age in the coarsest unit that is still true."""
    steps = [
        (60.0, 1, _("just now")),
        (3600.0, 60, _("{n} min ago")),
        (48 * 3600.0, 3600, _("{n} h ago")),
        (float("inf"), 86400, _("{n} days ago")),
    ]
    unit, words = next((unit, words) for below, unit, words in steps if seconds < below)
    return words.replace("{n}", str(int(seconds // unit)))


# ---------- progress and tables ----------
@register.inclusion_tag("web/_progress.html")
def progress(done: int, total: int, label: str = "", unit: str = "") -> dict[str, object]:
    """Show 12/36 as words and as a bar; an empty total is a finished one."""
    shown = label or _("Done")
    return {
        "done": done,
        "total": total,
        "maximum": max(total, done, 1),
        "label": shown,
        "unit": unit,
        "id": f"progress-{new_uuid().hex[-12:]}",
    }


@register.simple_tag
def table_cells(
    row: Mapping[str, Any] | Sequence[Any], columns: Sequence[Mapping[str, Any]]
) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Pair each column with its cell; a cell that is not a dict becomes its text."""
    cells = row.get("cells", ()) if isinstance(row, Mapping) else row
    return [(column, _as_cell(cell)) for column, cell in zip(columns, cells, strict=False)]


def _as_cell(cell: object) -> Mapping[str, Any]:
    if isinstance(cell, Mapping):
        return cell
    return {"text": "" if cell is None else cell}


# ---------- forms ----------
@register.filter
def is_check(field: BoundField) -> bool:
    """Tell whether a field is a single tick box: its label stands behind it."""
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def control(field: BoundField) -> SafeString:
    """Return the input of a form field in our style."""
    widget = field.field.widget
    if isinstance(widget, HiddenInput):
        return field.as_widget()
    if isinstance(widget, CheckboxSelectMultiple | RadioSelect):
        css = "tx-options"
    elif isinstance(widget, CheckboxInput):
        css = "tx-tickbox"
    elif isinstance(widget, Select):
        css = "form-select"
    else:
        css = "form-control"
    own = widget.attrs.get("class", "")
    return field.as_widget(attrs={"class": f"{css} {own}".strip()})


@register.filter
def inline_svg(source: str) -> SafeString:
    """Return an SVG that our own server drew, without its XML head, to stand inside a page.

    Only for drawings made by the server: nothing a user typed may get here.
    """
    return mark_safe(re.sub(r"^\s*<\?xml[^>]*\?>", "", str(source)))  # noqa: S308 - drawn by us, see above
