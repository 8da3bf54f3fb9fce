"""Writes the page docs/reference/profiles.md from the declared keys, so that the page cannot miss one.

``python -m tongxin.incidents.profile_reference > docs/reference/profiles.md``; a test holds the page to this text.
"""

import dataclasses
import sys
import types
import typing
from enum import StrEnum
from typing import Any

from tongxin.incidents.profile_types import Profile, Valued

_HEAD = """# Disease profiles

A disease is data: one `.toml` file in `profiles/`, with dated rule sets. `site.toml` beside them holds what is the same
for every disease; a rule set that lacks one of its keys takes it from there, and a rule set may restate single keys of
a section. The folder is found in the installed package or in the source tree; `TONGXIN_PROFILES` names another one.
This page is written by `python -m tongxin.incidents.profile_reference`.

Nothing here is medical or legal advice: every number may be changed by an epidemiologist of the site.

## How a value is written

Every value carries its origin, so that a line of a plan can quote it:

    lookback_days = { value = 2, source = "nhc-contacts", grade = "C" }

- `source` names an entry of `[sources]` in the same file. A value without a source is refused.
- `grade`: **A** law text, standard or source code read directly · **B** press or government page · **C** mirror that
  repeats an official text · **D** derived by arithmetic or proposed · **U** no source found.
- `to_verify = true` is needed with grade U, and may stand with any other. Such values are shown as *to verify*.
- A row that belongs together, such as one contact layer, carries one origin for the whole row.

The *rule key* of a value is its path: the id of the rule set (`site` for values of `site.toml`), then the names below
it, and for rows the code in their first column: `covid-cn-9e.contacts.layers.HOUSEHOLD`, a second row of the same code
`…-2`. Rule keys are quoted in plans and do not change when rows are put in another order.

## How days are counted

- Management: the day of the last contact is day 0. With 5 + 3 days the first stage ends on last contact + 5, the
  second on + 8. Test days are counted within their stage from 1. Where a person is found late, days are still counted
  from the last contact, and one test on the day of finding replaces those that were missed.
- Zones: the day on which a level was laid, and the day of a new infection, is day 1 of the zone's rounds. Lifting after
  *n* days without a new infection is possible *n* days after the last one; the round of day *n* comes the day before.
- A case isolated "through day 4" may leave on day 5.
- A fact that is not known never fulfils a condition.
- A time window whose end is not later than its start runs over midnight. `cutoff = "00:00"` is midnight at day's end.

## Keys

"Default" is what holds when the key is absent; "–" means that the key must be given (by the profile or by `site.toml`).
"""


def page() -> str:
    """This function will return the whole page as Markdown."""
    records: dict[type[Any], None] = {}
    codes: dict[type[StrEnum], None] = {}
    _collect(Profile, records, codes)
    parts = [_HEAD]
    parts += [_record(kind) for kind in records]
    parts.append("## Codes\n")
    parts += [_codes(kind) for kind in sorted(codes, key=lambda kind: kind.__name__)]
    return "\n".join(parts)


def _collect(kind: type[Any], records: dict[type[Any], None], codes: dict[type[StrEnum], None]) -> None:
    records.setdefault(kind)
    for hint in typing.get_type_hints(kind).values():
        for part in _leaves(hint):
            if dataclasses.is_dataclass(part) and part not in records:
                _collect(typing.cast("type[Any]", part), records, codes)
            elif isinstance(part, type) and issubclass(part, StrEnum):
                codes.setdefault(part)


def _leaves(hint: Any) -> list[Any]:
    if typing.get_origin(hint) is None:
        return [hint]
    return [leaf for part in typing.get_args(hint) if part is not Ellipsis for leaf in _leaves(part)]


def _record(kind: type[Any]) -> str:
    lines = [f"### {kind.__name__}", ""]
    told = (kind.__doc__ or "").strip()
    if told and not told.startswith(f"{kind.__name__}("):
        lines += [" ".join(told.replace("``", "`").split()), ""]
    lines += ["| key | form | default | meaning |", "|---|---|---|---|"]
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        default = "–" if field.default is dataclasses.MISSING else _default(field.default)
        lines.append(f"| `{field.name}` | {_form(hints[field.name])} | {default} | {_meaning(field.metadata)} |")
    return "\n".join([*lines, ""])


def _default(value: object) -> str:
    if isinstance(value, Valued):
        return f"`{value.value}`"
    if dataclasses.is_dataclass(value):
        return "its defaults"
    return "none" if value is None or value == () else f"`{value}`"


def _meaning(metadata: typing.Mapping[str, Any]) -> str:
    low, high = metadata["low"], metadata["high"]
    text = str(metadata["doc"]).replace("|", "\\|")
    return f"{text} ({low} to {high})" if low is not None else text


def _form(hint: Any) -> str:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return _form(next(part for part in inner if part is not types.NoneType))
    if origin is Valued:
        return f"{_form(inner[0])} + origin"
    if origin is tuple:
        each = _form(inner[0])
        return f"list of ({each})" if " " in each else f"list of {each}"
    return str(hint.__name__)


def _codes(kind: type[StrEnum]) -> str:
    told = " ".join((kind.__doc__ or "").split())
    return f"### {kind.__name__}\n\n{told}\n\n" + "\n".join(f"- `{member.value}`" for member in kind) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
